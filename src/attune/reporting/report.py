"""The report of a step: numbers for programs and blocks for people, both in ``report.json``.

A step builds a :class:`Report` from blocks and knows nothing of how a page looks. ``report.html`` is made from ``report.json``
alone, so a page can be rendered again without the step.

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
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields, is_dataclass
from typing import Any, Literal, get_args

from attune.records.shards import json_bytes

Tone = Literal["neutral", "good", "warning", "bad"]


@dataclass(frozen=True)
class Rows:
    """Rows in, and how many were kept, rejected and quarantined; the engine checks that the sums agree."""

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
        numbers: results for programs; plain JSON values.
        blocks: what the page shows under the heading; it shows ``rows`` by itself, blocks need not repeat them.
        failed_gates: names of gates that failed; if there are any, the command exits with 3 after writing the report.
    """

    step: str
    title: str
    lead: str
    rows: Rows | None = None
    numbers: Mapping[str, Any] = field(default_factory=dict)
    blocks: Sequence[Block] = ()
    failed_gates: Sequence[str] = ()


def report_json(report: Report) -> bytes:
    """The bytes of ``report.json``: everything that the page shows; nothing that differs between two equal runs."""
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
            "blocks": [{"block": type(block).__name__, **_fields_json(block)} for block in report.blocks],
            "failed_gates": list(report.failed_gates),
        }
    )


def report_from_json(content: bytes) -> Report:
    """The report that ``report.json`` holds; its page is the page of the report that was written."""
    values = json.loads(content)
    return Report(
        step=values["step"],
        title=values["title"],
        lead=values["lead"],
        rows=Rows(**values["rows"]) if values["rows"] else None,
        numbers=values["numbers"],
        blocks=[_BLOCKS[block.pop("block")](**_fields(block)) for block in values.get("blocks", ())],
        failed_gates=values["failed_gates"],
    )


_BLOCKS: dict[str, type[Any]] = {block.__name__: block for block in get_args(Block)}
_PARTS: dict[str, type[Any]] = {"tiles": Tile, "lines": Line}  # fields that hold dataclasses
_MAPPINGS = {"values", "target", "marks", "events"}  # fields that hold mappings, written as pairs: their order counts
_NOT_FINITE = "not_finite"  # JSON has no word for infinity and NaN


def _fields_json(value: Any) -> dict[str, Any]:
    return {item.name: _plain(getattr(value, item.name)) for item in fields(value)}


def _plain(value: Any) -> Any:
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else {_NOT_FINITE: str(float(value))}
    if value is None or isinstance(value, str | int):
        return value
    if isinstance(value, Mapping):
        return [[name, _plain(each)] for name, each in value.items()]
    if is_dataclass(value):
        return _fields_json(value)
    if isinstance(value, Iterable):
        return [_plain(each) for each in value]
    return _plain(value.item())  # a NumPy scalar


def _fields(values: Mapping[str, Any]) -> dict[str, Any]:
    found = {name: _restored(value) for name, value in values.items()}
    for name in _MAPPINGS & found.keys():
        found[name] = dict(found[name])
    for name in _PARTS.keys() & found.keys():
        found[name] = [_PARTS[name](**part) for part in found[name]]
    return found


def _restored(value: Any) -> Any:
    if isinstance(value, list):
        return [_restored(each) for each in value]
    if isinstance(value, dict):
        if value.keys() == {_NOT_FINITE}:
            return float(value[_NOT_FINITE])
        return {name: _restored(each) for name, each in value.items()}
    return value
