"""A report's numbers and curves as plain files, for tools that compare runs: Kubeflow, ``dvc metrics`` and ``dvc plots``."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from attune import storage
from attune.reporting.report import Histogram, Lines, Report

METRICS = "metrics.json"
PLOTS = "plots"
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


def write_metrics(output: str, report: Report) -> None:
    """Write ``metrics.json`` and, for every histogram and curve of the report, ``plots/<title>.json`` into ``output``.

    A plot is a list of points ``{"series": name, "x": number, "y": number}``; the x of a histogram is the lower edge of a bin.
    """
    storage.write_bytes(storage.join(output, METRICS), _json(report_metrics(report)))
    for block in report.blocks:
        if isinstance(block, Histogram | Lines):
            name = re.sub(r"[^a-z0-9]+", "-", block.title.lower()).strip("-")
            storage.write_bytes(storage.join(output, PLOTS, f"{name}.json"), _json(list(_points(block))))


def _points(block: Histogram | Lines) -> Iterator[dict[str, Any]]:
    if isinstance(block, Histogram):
        yield from ({"series": block.title, "x": x, "y": y} for x, y in zip(block.edges, block.counts, strict=False))
        return
    for line in block.lines:
        yield from ({"series": line.name, "x": x, "y": y} for x, y in zip(line.x, line.y, strict=True))


def _json(value: Any) -> bytes:
    return json.dumps(value, indent=1, sort_keys=True).encode() + b"\n"


def _numbers(values: Mapping[str, Any], path: tuple[str, ...], depth: int) -> Iterator[tuple[str, float]]:
    for name, value in values.items():
        if isinstance(value, Mapping) and depth > 1:
            yield from _numbers(value, (*path, str(name)), depth - 1)
        elif isinstance(value, bool | int | float):
            yield "/".join((*path, str(name))), value if isinstance(value, float) else int(value)
