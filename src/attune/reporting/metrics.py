"""A report's numbers as flat metrics, for tools that compare runs: Kubeflow's run comparison and ``dvc metrics``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from attune.reporting.report import Report

_DEPTH = 2  # what lies deeper, such as the evidence of a gate, is for the page


def report_metrics(report: Report) -> dict[str, float]:
    """The counts of rows and all numbers of a report, at most two levels deep.

    Keys join the levels with a slash: ``rows/kept``, ``languages/en``, ``coherence/mean``. A truth value is 1 or 0.
    """
    found: dict[str, float] = {}
    if report.rows is not None:
        rows = report.rows
        found["rows/in"], found["rows/kept"] = rows.rows_in, rows.kept
        found["rows/rejected"], found["rows/quarantined"] = sum(rows.rejected.values()), sum(rows.quarantined.values())
    found["failed_gates"] = len(report.failed_gates)
    found.update(_numbers(report.numbers, (), _DEPTH))
    return found


def _numbers(values: Mapping[str, Any], path: tuple[str, ...], depth: int) -> Iterator[tuple[str, float]]:
    for name, value in values.items():
        if isinstance(value, Mapping) and depth > 1:
            yield from _numbers(value, (*path, str(name)), depth - 1)
        elif isinstance(value, bool | int | float):
            yield "/".join((*path, str(name))), value if isinstance(value, float) else int(value)
