"""A report as one self-contained HTML page: no script or style from elsewhere, light and dark, readable at 360 px.

How it is built: ``markup`` knows HTML, ``charts`` knows SVG, ``style.css`` knows how it looks; this module says what a page
holds and in which order. The keys that make numbers findable are documented in ``reporting/report.py``.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from attune.reporting import charts, plot
from attune.reporting.markup import (
    Cell,
    cell,
    details,
    document,
    human,
    machine_value,
    row,
    section,
    table,
    text,
    value_attributes,
)
from attune.reporting.report import (
    Bars,
    Block,
    Checks,
    Histogram,
    Intervals,
    Lines,
    Links,
    Report,
    Rows,
    Table,
    Text,
    Tiles,
    Tone,
)
from attune.reporting.scales import column_texts, number_text, share_text

_MOST_NUMBERS = 1_000  # leaves of ``numbers`` that a page lists; report.json holds them all
_MOST_PAIRED = 14  # bars of a chart that may stand beside another block; a longer one would leave a hole beside it
_TONES: dict[Tone, tuple[str, str]] = {
    "neutral": ("", ""),
    "good": ("✓", "good"),
    "warning": ("!", "attention"),
    "bad": ("✕", "bad"),
}


def render_page(report: Report) -> str:
    """The page of a report; equal reports give equal bytes."""
    header = (
        f'<p class="step">Attune · step <b>{text(report.step)}</b></p><h1>{text(report.title)}</h1>'
        f'<p class="lead">{text(report.lead)}</p>{_verdict(report.failed_gates)}'
    )
    blocks = [(block, f"c{index}") for index, block in enumerate(report.blocks, start=1)]
    first = 1 if blocks and isinstance(blocks[0][0], Tiles) else 0  # what matters most stands before the flow of the rows
    parts = [*_arranged(blocks[:first]), *([_rows(report.rows)] if report.rows else []), *_arranged(blocks[first:])]
    if report.numbers:
        parts.append(_numbers(report.numbers))
    footer = "The numbers of this page are also in <code>report.json</code> beside it."
    return document(f"{report.title} · {report.step}", header, "\n".join(parts), footer)


def _verdict(failed: Sequence[str]) -> str:
    if not failed:
        return ""
    gates = "One gate" if len(failed) == 1 else f"{len(failed)} gates"
    names = ", ".join(text(name) for name in failed)
    return f'<p class="verdict"><strong>✕ {gates} failed:</strong> {names}. The pipeline stops here.</p>'


def _arranged(blocks: Sequence[tuple[Block, str]]) -> Iterator[str]:
    """Blocks in order; two narrow ones that follow each other stand side by side where the window is wide."""
    index = 0
    while index < len(blocks):
        if index + 1 < len(blocks) and _is_narrow(blocks[index][0]) and _is_narrow(blocks[index + 1][0]):
            yield f'<div class="pair">{_block(*blocks[index])}{_block(*blocks[index + 1])}</div>'
            index += 2
        else:
            yield _block(*blocks[index])
            index += 1


def _is_narrow(block: Block) -> bool:
    if isinstance(block, Table):
        return len(block.columns) <= 4 and len(block.rows) <= _MOST_PAIRED
    if isinstance(block, Bars):
        return len(block.values) <= _MOST_PAIRED
    return isinstance(block, Histogram)


def _block(block: Block, identifier: str) -> str:
    match block:
        case Tiles():
            return f'<section class="plain"><h2 class="hidden">Key figures</h2>{_tiles(block)}</section>'
        case Table():
            return section(block.title, _table(block), note=block.note)
        case Bars():
            return section(block.title, _chart(charts.bars(block, identifier), _bars_table(block)), note=block.note)
        case Histogram():
            return section(block.title, _chart(charts.histogram(block, identifier), _histogram_table(block)), note=block.note)
        case Lines():
            return section(block.title, _chart(charts.lines(block, identifier), _lines_table(block)), note=block.note)
        case Intervals():
            return section(block.title, _chart(charts.intervals(block, identifier), _intervals_table(block)), note=block.note)
        case Checks():
            return section(block.title, _checks(block))
        case Text():
            return section(block.title, "".join(f"<p>{text(paragraph)}</p>" for paragraph in block.paragraphs))
        case Links():
            return section(block.title, _links(block))


def _chart(figure: str, numbers: str) -> str:
    return f"<figure>{figure}</figure>{details('The numbers', numbers)}" if numbers else figure


def _tiles(block: Tiles) -> str:
    drawn = []
    for tile in block.tiles:
        sign, meaning = _TONES[tile.tone]
        tone = f'<span class="tone" aria-hidden="true">{sign} </span><span class="hidden">{meaning}: </span>' if sign else ""
        long = " long" if len(str(tile.value)) > 13 else ""
        note = f"<dd>{text(tile.note)}</dd>" if tile.note else ""
        value = f"<span {value_attributes(tile.key, tile.value)}>{human(tile.value)}</span>"
        label = f"<dt>{tone}{text(tile.label)}</dt>"
        drawn.append(f'<div class="{tile.tone}">{label}<dd class="value{long}">{value}</dd>{note}</div>')
    return f'<dl class="tiles">{"".join(drawn)}</dl>'


def _table(block: Table) -> str:
    if not block.rows:
        return plot.empty("There are no rows to show.")
    key = block.key or block.title
    seen: Counter[str] = Counter()
    by_column = list(zip(*block.rows, strict=True))
    numeric = [_is_numeric(values) for values in by_column]
    columns = [
        column_texts(values) if numbers else [None] * len(values) for values, numbers in zip(by_column, numeric, strict=True)
    ]
    rows = []
    for values, shown in zip(block.rows, zip(*columns, strict=True), strict=True):
        name = "" if values[0] is None else str(values[0])
        seen[name] += 1
        named = name if seen[name] == 1 else f"{name} #{seen[name]}"
        triples = zip(block.columns[1:], values[1:], shown[1:], strict=True)
        rows.append(row(values[0], [cell(value, f"{key}/{named}/{column}", shown=short) for column, value, short in triples]))
    return table(block.title, block.columns, rows, numeric=numeric)


def _is_numeric(values: Sequence[Cell]) -> bool:
    return not any(isinstance(value, str) for value in values)


def _rows(rows: Rows) -> str:
    """The picture of the flow and the table that it is drawn from."""

    def line(name: str, count: int, key: str, kind: str = "part") -> str:
        share = cell(count / rows.rows_in if rows.rows_in else None, f"{key}/share", shown=share_text(count, rows.rows_in))
        group = f'class="group" style="--c:var(--{kind})"' if kind != "part" else 'class="part"'
        return f'<tr {group}><th scope="row">{human(name)}</th>{cell(count, key)}{share}</tr>'

    body = [line("kept", rows.kept, "rows/kept", "kept")]
    for kind, counts in (("rejected", rows.rejected), ("quarantined", rows.quarantined)):
        body.append(line(kind, sum(counts.values()), f"rows/{kind}", kind))
        ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
        body.extend(line(name.replace("_", " "), count, f"rows/{kind}/{name}") for name, count in ordered)
    total = cell(rows.rows_in, "rows/rows_in")
    foot = f'<tr class="sum"><th scope="row">rows in</th>{total}<td class="n">{share_text(1, 1)}</td></tr>'
    numbers = table("Where the rows went", ["outcome", "rows", "share"], body, numeric=[False, True, True], footer=foot)
    figure = f"<figure>{charts.flow(rows, 'c0')}</figure>"
    return section("Where the rows went", f'<div class="rows">{figure}{numbers}</div>')


def _bars_table(block: Bars) -> str:
    total = sum(value for value in block.values.values() if value == value and value > 0)
    whole = total > 0 and all(isinstance(value, int) and value >= 0 for value in block.values.values())
    columns = ["name", block.unit or "value", *(["share"] if whole else []), *(["target"] if block.target else [])]
    rows = []
    for name, value in block.values.items():
        cells = [cell(value, f"{block.title}/{name}")]
        if whole:
            cells.append(cell(value / total, f"{block.title}/{name}/share", shown=share_text(value, total)))
        if block.target:
            cells.append(cell(block.target.get(name), f"{block.title}/{name}/target"))
        rows.append(row(name, cells))
    return table(block.title, columns, rows, numeric=[False] + [True] * (len(columns) - 1))


def _histogram_table(block: Histogram) -> str:
    rows = [
        f'<tr><th scope="row" class="n" data-value="{machine_value(low)}">{human(low)}</th>'
        f'<td class="n" data-value="{machine_value(high)}">{human(high)}</td>'
        f"{cell(count, f'{block.title}/{machine_value(low)}..{machine_value(high)}')}</tr>"
        for low, high, count in zip(block.edges, block.edges[1:], block.counts, strict=False)
    ]
    numbers = table(block.title, ["from", "up to", "count"], rows, numeric=[True, True, True])
    return numbers + _marks_table(block.title, "mark", block.marks)


def _lines_table(block: Lines) -> str:
    banded = any(line.low or line.high for line in block.lines)
    columns = ["series", block.x_axis, block.y_axis, *(["low", "high"] if banded else [])]
    rows = []
    for line in block.lines:
        for index, (x, y) in enumerate(zip(line.x, line.y, strict=False)):
            key = f"{block.title}/{line.name}/{machine_value(x)}"
            cells = [f'<td class="n" data-value="{machine_value(x)}">{human(x)}</td>', cell(y, key)]
            if banded:
                low = line.low[index] if index < len(line.low) else None
                high = line.high[index] if index < len(line.high) else None
                cells += [cell(low, f"{key}/low"), cell(high, f"{key}/high")]
            rows.append(row(line.name, cells))
    numbers = table(block.title, columns, rows, numeric=[False] + [True] * (len(columns) - 1))
    marks = _marks_table(block.title, "mark", block.marks)
    return numbers + marks + _marks_table(block.title, "event", block.events)


def _intervals_table(block: Intervals) -> str:
    names = ("low", "estimate", "high")
    rows = [
        row(name, [cell(value, f"{block.title}/{name}/{part}") for part, value in zip(names, values, strict=True)])
        for name, values in block.values.items()
    ]
    return table(f"{block.title} ({block.axis})", ["name", *names], rows, numeric=[False, True, True, True])


def _marks_table(title: str, kind: str, marks: Mapping[str, float]) -> str:
    if not marks:
        return ""
    rows = [row(name, [cell(value, f"{title}/{kind}/{name}")]) for name, value in marks.items()]
    return table(f"{title}: {kind}s", [kind, "at"], rows, numeric=[False, True])


def _checks(block: Checks) -> str:
    if not block.checks:
        return plot.empty("There is nothing to check.")
    drawn = []
    for name, passed, evidence in block.checks:
        tone, word = ("good", "✓ passed") if passed else ("bad", "✕ failed")
        result = f'<span class="tone {tone}" {value_attributes(f"{block.title}/{name}", passed)}>{word}</span>'
        drawn.append(f"<li>{result}<span>{human(name)}</span><span>{text(evidence)}</span></li>")
    return f'<ul class="checks">{"".join(drawn)}</ul>'


def _links(block: Links) -> str:
    drawn = [
        f'<li><a href="{text(safe_address(address))}">{text(label)}</a>{f" <span>{text(note)}</span>" if note else ""}</li>'
        for address, label, note in block.links
    ]
    return f'<ul class="links">{"".join(drawn)}</ul>'


def safe_address(address: str) -> str:
    """``address`` if it is relative or http(s); anything that a browser could execute becomes ``#``."""
    scheme = address.strip().partition(":")[0] if ":" in address.split("/")[0] else ""
    return address if scheme.lower() in {"", "http", "https"} else "#"


def leaves(value: Any, path: str) -> Iterator[tuple[str, Cell]]:
    """The plain values in a nest of dictionaries and lists, each with its path such as ``numbers/families/product``."""
    if isinstance(value, Mapping):
        for name, inner in value.items():
            yield from leaves(inner, f"{path}/{name}")
    elif isinstance(value, list | tuple):
        for index, inner in enumerate(value):
            yield from leaves(inner, f"{path}/{index}")
    else:
        yield path, value


def _numbers(numbers: Mapping[str, Any]) -> str:
    """Everything that report.json holds, folded away at the end of the page."""
    known = list(leaves(numbers, "numbers"))
    rows = [row(path.removeprefix("numbers/"), [cell(value, path)]) for path, value in known[:_MOST_NUMBERS]]
    more = len(known) - _MOST_NUMBERS
    rest = f'<p class="note">{number_text(more)} more are in report.json.</p>' if more > 0 else ""
    listed = table("All numbers of this step", ["name", "value"], rows, numeric=[False, False])
    return section("All numbers", details(f"{number_text(len(known))} values, as in report.json", listed + rest))
