"""Tables of numbers as templates show them: every cell knows its exact value and the key that scripts find it by."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from attune.reporting.markup import Cell, machine_value
from attune.reporting.report import Bars, Histogram, Intervals, Lines, Rows, Table
from attune.reporting.scales import column_texts, share_text

_SHORT = 24  # characters of a text that is not broken into lines


@dataclass(frozen=True)
class DataCell:
    """A cell.

    Attributes:
        value: the exact value.
        key: its ``data-key``; empty for a value that needs none.
        shown: what people read in place of the value.
        link: address of a page that the cell links to.
    """

    value: Cell
    key: str = ""
    shown: str | None = None
    link: str = ""

    @property
    def style(self) -> str:
        """Its class in the style sheet: a number, a short text, or none."""
        if isinstance(self.value, str):
            return "s" if len(self.value) <= _SHORT else ""
        return "n"


@dataclass(frozen=True)
class DataRow:
    """A row: its name, its cells, and its class and colour (a variable of the style sheet) where it has its own."""

    name: Cell
    cells: Sequence[DataCell]
    style: str = ""
    colour: str = ""

    @property
    def head(self) -> DataCell:
        """The name as a cell."""
        return DataCell(self.name)


@dataclass(frozen=True)
class DataTable:
    """A table; ``numeric`` says for each column whether its head is aligned right, ``style`` is its class."""

    caption: str
    columns: Sequence[str]
    rows: Sequence[DataRow]
    numeric: Sequence[bool]
    footer: DataRow | None = None
    style: str = ""


def share_cell(part: float, whole: float, key: str) -> DataCell:
    """``part`` of ``whole``: a fraction for scripts, per cent for people."""
    return DataCell(part / whole if whole else None, f"{key}/share", share_text(part, whole))


def plain_table(block: Table) -> DataTable:
    """The table of a :class:`Table`: numbers of a column with the same decimals."""
    key = block.key or block.title
    seen: Counter[str] = Counter()
    by_column = list(zip(*block.rows, strict=True))
    numeric = [not any(isinstance(value, str) for value in values) for values in by_column]
    columns = [
        column_texts(values) if numbers else [None] * len(values) for values, numbers in zip(by_column, numeric, strict=True)
    ]
    rows = []
    for values, shown in zip(block.rows, zip(*columns, strict=True), strict=True):
        name = "" if values[0] is None else str(values[0])
        seen[name] += 1
        named = name if seen[name] == 1 else f"{name} #{seen[name]}"
        triples = zip(block.columns[1:], values[1:], shown[1:], strict=True)
        rows.append(DataRow(values[0], [DataCell(value, f"{key}/{named}/{column}", text) for column, value, text in triples]))
    return DataTable(block.title, block.columns, rows, numeric or [False] * len(block.columns))


def rows_table(rows: Rows) -> DataTable:
    """What became of the rows of a step, with shares of the rows in."""

    def row(name: str, count: int, key: str, style: str, colour: str = "") -> DataRow:
        return DataRow(name, [DataCell(count, key), share_cell(count, rows.rows_in, key)], style, colour)

    body = [row("kept", rows.kept, "rows/kept", "group", "--kept")]
    for kind, counts in (("rejected", rows.rejected), ("quarantined", rows.quarantined)):
        body.append(row(kind, sum(counts.values()), f"rows/{kind}", "group", f"--{kind}"))
        ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
        body.extend(row(name.replace("_", " "), count, f"rows/{kind}/{name}", "part") for name, count in ordered)
    total = DataRow("rows in", [DataCell(rows.rows_in, "rows/rows_in"), DataCell(1, shown=share_text(1, 1))], "sum")
    return DataTable("Where the rows went", ["outcome", "rows", "share"], body, [False, True, True], total)


def bars_table(block: Bars) -> DataTable:
    """The numbers of a bar chart, with shares where all are counts, and with targets."""
    total = sum(value for value in block.values.values() if value == value and value > 0)
    counts = total > 0 and all(isinstance(value, int) and value >= 0 for value in block.values.values())
    columns = ["name", block.unit or "value", *(["share"] if counts else []), *(["target"] if block.target else [])]
    rows = []
    for name, value in block.values.items():
        key = f"{block.title}/{name}"
        cells = [DataCell(value, key)]
        if counts:
            cells.append(share_cell(value, total, key))
        if block.target:
            cells.append(DataCell(block.target.get(name), f"{key}/target"))
        rows.append(DataRow(name, cells))
    return DataTable(block.title, columns, rows, _one_name(columns))


def histogram_tables(block: Histogram) -> list[DataTable]:
    """The bins of a histogram, and its marks."""
    rows = [
        DataRow(low, [DataCell(high), DataCell(count, f"{block.title}/{machine_value(low)}..{machine_value(high)}")])
        for low, high, count in zip(block.edges, block.edges[1:], block.counts, strict=False)
    ]
    bins = DataTable(block.title, ["from", "up to", "count"], rows, [True, True, True])
    return [bins, _marks_table(block.title, "mark", block.marks)]


def lines_tables(block: Lines) -> list[DataTable]:
    """The points of a line chart, its marks and its events."""
    banded = any(line.low or line.high for line in block.lines)
    columns = ["series", block.x_axis, block.y_axis, *(["low", "high"] if banded else [])]
    rows = []
    for line in block.lines:
        for index, (x, y) in enumerate(zip(line.x, line.y, strict=False)):
            key = f"{block.title}/{line.name}/{machine_value(x)}"
            cells = [DataCell(x), DataCell(y, key)]
            if banded:
                low = line.low[index] if index < len(line.low) else None
                high = line.high[index] if index < len(line.high) else None
                cells += [DataCell(low, f"{key}/low"), DataCell(high, f"{key}/high")]
            rows.append(DataRow(line.name, cells))
    marks = _marks_table(block.title, "mark", block.marks)
    return [DataTable(block.title, columns, rows, _one_name(columns)), marks, _marks_table(block.title, "event", block.events)]


def intervals_table(block: Intervals) -> DataTable:
    """The estimates of a chart of intervals."""
    parts = ("low", "estimate", "high")
    rows = [
        DataRow(name, [DataCell(value, f"{block.title}/{name}/{part}") for part, value in zip(parts, values, strict=True)])
        for name, values in block.values.items()
    ]
    return DataTable(f"{block.title} ({block.axis})", ["name", *parts], rows, [False, True, True, True])


def values_table(title: str, values: Iterable[tuple[str, Cell]], key: str) -> DataTable:
    """Names with one value each; the key of a value is ``<key>/<name>``."""
    rows = [DataRow(name, [DataCell(value, f"{key}/{name}")]) for name, value in values]
    return DataTable(title, ["name", "value"], rows, [False, False], style="values")


def leaves(value: Any, path: str | None = None) -> Iterator[tuple[str, Cell]]:
    """The plain values in nested dictionaries and lists, each with its path such as ``families/product``."""
    if isinstance(value, Mapping):
        inner: Iterable[tuple[Any, Any]] = value.items()
    elif isinstance(value, list | tuple):
        inner = enumerate(value)
    else:
        yield path or "", value
        return
    for name, each in inner:
        yield from leaves(each, str(name) if path is None else f"{path}/{name}")


def _marks_table(title: str, kind: str, marks: Mapping[str, float]) -> DataTable:
    rows = [DataRow(name, [DataCell(value, f"{title}/{kind}/{name}")]) for name, value in marks.items()]
    return DataTable(f"{title}: {kind}s", [kind, "at"], rows, [False, True])


def _one_name(columns: Sequence[str]) -> list[bool]:
    """The first column holds names, all others numbers."""
    return [False] + [True] * (len(columns) - 1)
