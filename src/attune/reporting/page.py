"""The page of a report, ``report.html``: self-contained, without scripts, light and dark, readable at 360 px.

``charts`` draws SVG, ``tables`` prepares numbers, the templates hold the HTML and ``style.css`` says how it looks; this module
says what a page shows and in which order. ``report`` documents the keys that numbers are found by.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from attune import storage
from attune.reporting import charts, plot
from attune.reporting.markup import render
from attune.reporting.report import (
    Bars,
    Block,
    Checks,
    Histogram,
    Intervals,
    Lines,
    Report,
    Table,
    Tiles,
    report_from_json,
    report_json,
)
from attune.reporting.tables import (
    DataTable,
    bars_table,
    histogram_tables,
    intervals_table,
    leaves,
    lines_tables,
    plain_table,
    rows_table,
    values_table,
)

JSON, PAGE = "report.json", "report.html"
_MOST_NUMBERS = 1_000  # of ``numbers`` that a page lists; report.json holds them all
_MOST_PAIRED = 14  # bars of a chart that may stand beside another block; a longer one would leave a hole beside it


@dataclass(frozen=True)
class PagePart:
    """A block with what is drawn for it; a ``figure`` without tables is the sentence for a block without data."""

    block: Block
    figure: Markup | None = None
    tables: Sequence[DataTable] = ()

    @property
    def kind(self) -> str:
        """The name of the block's class: what the template chooses by."""
        return type(self.block).__name__


def write_report(output: str, report: Report) -> None:
    """Write ``report.json`` and ``report.html`` into the folder ``output``."""
    storage.write_bytes(storage.join(output, JSON), report_json(report))
    rewrite_page(output)


def rewrite_page(output: str) -> None:
    """Render ``report.html`` in the folder ``output`` from its ``report.json``; a page that is up to date is left alone."""
    page = storage.join(output, PAGE)
    content = render_page(report_from_json(storage.read_bytes(storage.join(output, JSON)))).encode()
    if not storage.exists(page) or storage.read_bytes(page) != content:
        storage.write_bytes(page, content)


def render_page(report: Report) -> str:
    """The page of a report; equal reports give equal bytes."""
    parts = [_part(block, f"c{index}") for index, block in enumerate(report.blocks, start=1)]
    first = 1 if parts and parts[0].kind == "Tiles" else 0  # key figures stand before the chart of the rows
    return render(
        "report.html",
        report=report,
        groups_before=list(_arranged(parts[:first])),
        groups_after=list(_arranged(parts[first:])),
        rows_figure=charts.rows_chart(report.rows, "c0") if report.rows else None,
        rows_table=rows_table(report.rows) if report.rows else None,
        **_numbers(report.numbers),
    )


def _arranged(parts: Sequence[PagePart]) -> Iterator[Sequence[PagePart]]:
    """Parts in order; two narrow ones that follow each other stand side by side where the window is wide."""
    index = 0
    while index < len(parts):
        size = 2 if index + 1 < len(parts) and _is_narrow(parts[index].block) and _is_narrow(parts[index + 1].block) else 1
        yield parts[index : index + size]
        index += size


def _is_narrow(block: Block) -> bool:
    if isinstance(block, Table):
        return len(block.columns) <= 4 and len(block.rows) <= _MOST_PAIRED
    if isinstance(block, Bars):
        return len(block.values) <= _MOST_PAIRED
    return isinstance(block, Histogram)


def _part(block: Block, identifier: str) -> PagePart:
    match block:
        case Table():
            return PagePart(block, tables=[plain_table(block)]) if block.rows else _empty(block, "There are no rows to show.")
        case Checks():
            return PagePart(block) if block.checks else _empty(block, "There is nothing to check.")
        case Bars():
            return _chart(block, charts.bars(block, identifier), bars_table(block))
        case Histogram():
            return _chart(block, charts.histogram(block, identifier), *histogram_tables(block))
        case Lines():
            return _chart(block, charts.lines(block, identifier), *lines_tables(block))
        case Intervals():
            return _chart(block, charts.intervals(block, identifier), intervals_table(block))
        case Tiles() | _:
            return PagePart(block)


def _chart(block: Block, figure: Markup, *tables: DataTable) -> PagePart:
    return PagePart(block, figure, [table for table in tables if table.rows])


def _empty(block: Block, sentence: str) -> PagePart:
    return PagePart(block, plot.empty(sentence))


def _numbers(numbers: Mapping[str, Any]) -> dict[str, Any]:
    """The results of the step, listed at the end of the page."""
    known = list(leaves(numbers))
    return {
        "numbers": values_table("All numbers of this step", known[:_MOST_NUMBERS], "numbers"),
        "count": len(known),
        "more": max(0, len(known) - _MOST_NUMBERS),
    }
