"""What a step has to show: numbers for programs (``report.json``) and one self-contained page for people (``report.html``).

A step builds a :class:`Report` from blocks; how a page looks is decided in ``reporting/page.py`` and ``reporting/charts.py`` alone.

Every number on a page can be found by a script: beside what people read (``1,204``) its element has ``data-value`` (``1204``,
what Python's ``int`` or ``float`` reads back; empty for None; ``true`` or ``false``) and ``data-key``:

======================  ==============================================================================================
rows                    ``rows/rows_in``, ``rows/kept``, ``rows/rejected``, ``rows/rejected/<reason>``, ``rows/quarantined``,
                        ``rows/quarantined/<error>``; all but the first also with ``/share``
:class:`Tile`           its ``key``
:class:`Table`          ``<key, or title>/<first cell of the row>/<column>``; the second row of a name is ``<name> #2``
:class:`Bars`           ``<title>/<name>``, with ``/share`` (counts only) and ``/target``
:class:`Histogram`      ``<title>/<low>..<high>`` and ``<title>/mark/<name>``
:class:`Lines`          ``<title>/<line>/<x>``, with ``/low`` and ``/high``; ``<title>/mark/<name>``, ``<title>/event/<name>``
:class:`Intervals`      ``<title>/<name>/low``, ``…/estimate``, ``…/high``
:class:`Checks`         ``<title>/<name>``
``numbers``             ``numbers/<path in report.json>``, list positions from 0
======================  ==============================================================================================
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from attune import storage
from attune.records.shards import json_bytes

Tone = Literal["neutral", "good", "warning", "bad"]


@dataclass(frozen=True)
class Rows:
    """Where the rows went. ``rows_in`` equals the sum of the others; the engine has checked it."""

    rows_in: int
    kept: int
    rejected: Mapping[str, int] = field(default_factory=dict)
    quarantined: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Tile:
    """One number that matters, such as ``Tile("kept", "kept", 1_204, "of 1,482 records")``.

    ``key`` is written as ``data-key`` beside the value, so that a test or a script can find the number on the page.
    """

    key: str
    label: str
    value: str | int | float
    note: str = ""
    tone: Tone = "neutral"


@dataclass(frozen=True)
class Tiles:
    """A row of numbers."""

    tiles: Sequence[Tile]


@dataclass(frozen=True)
class Table:
    """A real table. Numbers are aligned right; ``key`` makes cells findable as ``data-key="key/row name/column name"``."""

    title: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str | int | float | None]]
    note: str = ""
    key: str = ""


@dataclass(frozen=True)
class Bars:
    """Horizontal bars, one a name: counts of reasons, families, kinds."""

    title: str
    values: Mapping[str, float]
    unit: str = ""
    note: str = ""
    target: Mapping[str, float] = field(default_factory=dict)  # a mark on the bar of the same name


@dataclass(frozen=True)
class Histogram:
    """Counts between edges: ``len(edges) == len(counts) + 1``; ``marks`` are named vertical lines, such as a threshold."""

    title: str
    edges: Sequence[float]
    counts: Sequence[int]
    axis: str = ""
    note: str = ""
    marks: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Line:
    """One series of a line chart; ``low`` and ``high`` draw a band around it."""

    name: str
    x: Sequence[float]
    y: Sequence[float]
    low: Sequence[float] = ()
    high: Sequence[float] = ()


@dataclass(frozen=True)
class Lines:
    """A line chart; with ``log`` both axes are logarithmic, and what is not positive is not drawn."""

    title: str
    lines: Sequence[Line]
    x_axis: str
    y_axis: str
    note: str = ""
    marks: Mapping[str, float] = field(default_factory=dict)  # named horizontal lines, such as a limit
    events: Mapping[str, float] = field(default_factory=dict)  # named vertical lines, such as a stage's start
    log: bool = False


@dataclass(frozen=True)
class Intervals:
    """Estimates with their confidence intervals on one axis: name -> (low, estimate, high)."""

    title: str
    values: Mapping[str, tuple[float, float, float]]
    axis: str
    note: str = ""


@dataclass(frozen=True)
class Checks:
    """Pass or fail with evidence, one line a check: (name, passed, evidence)."""

    title: str
    checks: Sequence[tuple[str, bool, str]]


@dataclass(frozen=True)
class Text:
    """A heading and paragraphs of plain text (no markup)."""

    title: str
    paragraphs: Sequence[str]


@dataclass(frozen=True)
class Links:
    """Links to other pages: (address, label, note)."""

    title: str
    links: Sequence[tuple[str, str, str]]


Block = Tiles | Table | Bars | Histogram | Lines | Intervals | Checks | Text | Links


@dataclass(frozen=True)
class Report:
    """What a step did, for programs and for people.

    Attributes:
        step: the step's name.
        title: the page's heading, such as ``Near and exact duplicates``.
        lead: one or two sentences that say what happened, for someone who reads nothing else.
        rows: where the rows went; None for steps that have no rows.
        numbers: everything that ``report.json`` shall hold; plain JSON values.
        blocks: the page under the heading; the page itself shows ``rows`` (flow and reasons), blocks need not repeat it.
        failed_gates: names of gates that failed; not empty makes the command exit with 3 after the report is written.
    """

    step: str
    title: str
    lead: str
    rows: Rows | None = None
    numbers: Mapping[str, Any] = field(default_factory=dict)
    blocks: Sequence[Block] = ()
    failed_gates: Sequence[str] = ()


def report_json(report: Report) -> bytes:
    """The bytes of ``report.json``: rows, numbers and failed gates; nothing that differs between two equal runs."""
    rows = report.rows
    return json_bytes(
        {
            "step": report.step,
            "title": report.title,
            "lead": report.lead,
            "rows": None
            if rows is None
            else {
                "rows_in": rows.rows_in,
                "kept": rows.kept,
                "rejected": dict(rows.rejected),
                "quarantined": dict(rows.quarantined),
            },
            "numbers": dict(report.numbers),
            "failed_gates": list(report.failed_gates),
        }
    )


def report_from_json(content: bytes) -> Report:
    """The report that ``report.json`` tells of: its numbers, without the blocks of its page."""
    values = json.loads(content)
    return Report(
        step=values["step"],
        title=values["title"],
        lead=values["lead"],
        rows=Rows(**values["rows"]) if values["rows"] else None,
        numbers=values["numbers"],
        failed_gates=values["failed_gates"],
    )


def write_report(output: str, report: Report) -> None:
    """Write ``report.json`` and ``report.html`` into the folder ``output``."""
    from attune.reporting.page import render_page

    storage.write_bytes(storage.join(output, "report.html"), render_page(report).encode())
    storage.write_bytes(storage.join(output, "report.json"), report_json(report))
