"""Charts as inline SVG that stretch with the page while their text keeps its size, without a script."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from attune.reporting import plot
from attune.reporting.markup import text
from attune.reporting.report import Bars, Histogram, Intervals, Line, Lines, Rows
from attune.reporting.scales import LogScale, Scale, drawable, number_text, share_text, text_width

MOST_BARS = 40
_MOST_REASONS = 6
_MOST_POINTS = 800
_COLOURS = 8
_DASHES = ("", "6 4", "2 3", "9 3 2 3")


def bars(block: Bars, identifier: str) -> str:
    """Horizontal bars, a name each; beyond 40 the rest is left to the table."""
    shown = [(name, value) for name, value in block.values.items() if drawable(value)][:MOST_BARS]
    if not shown:
        return plot.empty("There is nothing to count here.")
    targets = {name: block.target[name] for name, _ in shown if name in block.target and drawable(block.target[name])}
    scale = Scale.over([value for _, value in shown] + list(targets.values()), zero=True, exact=True)
    pitch, thick = (26, 14) if len(shown) <= 20 else (20, 11)
    unit = f" {block.unit}" if block.unit and len(block.unit) <= 2 else ""
    body = []
    for index, (name, value) in enumerate(shown):
        y = index * pitch
        start, end = sorted((scale.at(0.0), scale.at(value)))
        body.append(plot.row_name(name, y + pitch / 2 + 4))
        body.append(plot.rect(start, y + (pitch - thick) / 2, end - start, thick, "--kept"))
        target = scale.at(targets[name]) if name in targets else None
        if target is not None:
            body.append(plot.vertical(target, y + 2, y + pitch - 2, "target"))
        label_at = max(end, target) if target is not None and 0 <= target - end < 0.12 else end
        body.append(plot.text(label_at, y + pitch / 2 + 4, number_text(value) + unit, dx=7, classes="halo"))
    body.append(plot.vertical(scale.at(0.0), 0, len(shown) * pitch, "axis"))
    widest = max(text_width(number_text(value) + unit) for _, value in shown)
    frame = plot.Frame(len(shown) * pitch, plot.gutters(name for name, _ in shown), (widest + 12, widest + 12), 4, 4, slim=True)
    largest = max(shown, key=lambda item: item[1])
    longest = f"{largest[0]} with {number_text(largest[1])} {block.unit}".rstrip()
    description = f"{len(block.values)} bars; the longest is {longest}."
    legend = _legend([_key_line("mark", "target")]) if targets else ""
    more = len(block.values) - len(shown)
    rest = f'<p class="note">{more} more stand in the table below.</p>' if more > 0 else ""
    return legend + frame.svg(identifier, block.title, description, body) + rest


def histogram(block: Histogram, identifier: str) -> str:
    """Counts between edges; bins of unequal width are drawn equally wide and labelled at their edges."""
    if not block.counts or not any(block.counts) or len(block.edges) != len(block.counts) + 1:
        return plot.empty("There is nothing to count here.")
    height = 190.0
    y = Scale.over(block.counts, 4, zero=True, whole=True)
    place, ticks = _edge_axis(block.edges)
    body = plot.horizontal_grid(y, height)
    for index, count in enumerate(block.counts):
        low, high = place(block.edges[index]), place(block.edges[index + 1])
        tall = y.at(count) * height if drawable(count) else 0.0
        tall = max(tall, 1.0) if count else 0.0
        gap = 0.08 * (high - low) if len(block.counts) <= 60 else 0.0
        body.append(plot.rect(low + gap / 2, height - tall, high - low - gap, tall, "--kept"))
    body.append(f'<line class="axis" x1="0" x2="100%" y1="{height:.0f}" y2="{height:.0f}"/>')
    body.extend(plot.x_ticks(ticks, height))
    marks, rows = plot.vertical_marks({plot.valued(name, at): at for name, at in block.marks.items()}, place, height)
    body.extend(marks)
    body.append(plot.text(0.5, height + 37, block.axis, classes="middle soft"))
    total = sum(block.counts)
    description = f"Histogram of {number_text(total)} values in {len(block.counts)} bins of {block.axis or 'the value'}."
    left = plot.tick_gutter(y)
    frame = plot.Frame(height, (left, left), (22, 22), 10 + 16 * rows, 46 if block.axis else 28, slim=True)
    return frame.svg(identifier, block.title, description, body)


def lines(block: Lines, identifier: str) -> str:
    """A line chart with bands, limits (horizontal) and events (vertical)."""
    points = [(x, y) for line in block.lines for x, y in zip(line.x, line.y, strict=False) if drawable(x) and drawable(y)]
    if not points:
        return plot.empty("There is nothing to draw here.")
    height = 240.0
    edges = [value for line in block.lines for value in (*line.low, *line.high)]
    marks = {name: value for name, value in block.marks.items() if drawable(value)}
    heights = [value for value in [*(y for _, y in points), *edges, *marks.values()] if drawable(value)]
    widths = [*(x for x, _ in points), *block.events.values()]
    y = LogScale.around(heights) if block.log else Scale.over(heights, 5, zero=0 < min(heights) < max(heights) / 2)
    x = LogScale.around(widths) if block.log else Scale.over(widths, 6, exact=True)
    body = plot.horizontal_grid(y, height)
    body.append(f'<line class="axis" x1="0" x2="100%" y1="{height:.0f}" y2="{height:.0f}"/>')
    body.extend(plot.x_ticks([(x.at(tick), x.label(tick)) for tick in x.ticks()], height))
    body.append(plot.stretched(height, (_curve(line, index, x, y, height) for index, line in enumerate(block.lines))))
    body.extend(_dots(line, index, x, y, height) for index, line in enumerate(block.lines))
    body.extend(plot.horizontal_marks(marks, y, height))
    events, rows = plot.vertical_marks(block.events, x.at, height)
    body.extend(events)
    body.append(plot.text(0.5, height + 37, block.x_axis, classes="middle soft"))
    left = plot.tick_gutter(y)
    body.append(plot.text(0, -12 - 16 * rows, block.y_axis, dx=-left + 2, classes="soft"))
    names = ", ".join(line.name for line in block.lines)
    description = f"{block.y_axis} over {block.x_axis}; {len(points)} points in {len(block.lines)} series: {names}."
    frame = plot.Frame(height, (left, left), (22, 22), 26 + 16 * rows, 46)
    return _line_legend(block.lines) + frame.svg(identifier, block.title, description, body)


def intervals(block: Intervals, identifier: str) -> str:
    """Estimates as dots with whiskers, a name each."""
    shown = [(name, found) for name, found in block.values.items() if all(drawable(value) for value in found)][:MOST_BARS]
    if not shown:
        return plot.empty("There is no estimate to show.")
    scale = Scale.over([value for _, found in shown for value in found], 5)
    body: list[str] = []
    pitch = 28.0
    height = pitch * len(shown)
    ticks = [(scale.at(tick), scale.label(tick)) for tick in scale.ticks()]
    body.extend(plot.vertical(at, 0, height, "grid") for at, _ in ticks)
    if scale.low < 0 < scale.high:
        body.append(plot.vertical(scale.at(0.0), 0, height, "axis"))
    labels = [f"{number_text(mid)} ({number_text(low)} to {number_text(high)})" for _, (low, mid, high) in shown]
    for index, ((name, (low, middle, high)), label) in enumerate(zip(shown, labels, strict=True)):
        y = index * pitch + pitch / 2
        body.append(plot.row_name(name, y + 4))
        body.append(
            f'<line x1="{scale.at(low):.4%}" x2="{scale.at(high):.4%}" y1="{y:.1f}" y2="{y:.1f}" stroke-width="3" '
            'stroke-linecap="round" stroke-opacity="0.55" style="stroke:var(--kept)"/>'
            f'<circle class="fill" style="--c:var(--kept)" cx="{scale.at(middle):.4%}" cy="{y:.1f}" r="5"/>'
        )
        body.append(plot.text(1, y + 4, label, dx=14, classes="broad"))
        body.append(plot.text(1, y + 4, number_text(middle), dx=12, classes="narrow"))
    body.extend(plot.x_ticks(ticks, height))
    body.append(plot.text(0.5, height + 37, block.axis, classes="middle soft"))
    right = (max(text_width(label) for label in labels) + 18, max(text_width(number_text(f[1])) for _, f in shown) + 16)
    frame = plot.Frame(height, plot.gutters(name for name, _ in shown), right, 6, 46)
    description = f"{len(shown)} estimates with intervals on the axis {block.axis}: " + "; ".join(
        f"{name} {label}" for (name, _), label in zip(shown, labels, strict=True)
    )
    return frame.svg(identifier, block.title, description, body)


@dataclass(frozen=True)
class Stream:
    """One way that rows went."""

    name: str
    count: int
    colour: str


def flow(rows: Rows, identifier: str) -> str:
    """Rows in, and where they went: kept, rejected by reason, quarantined; widths are proportional to rows."""
    if rows.rows_in <= 0:
        return plot.empty("No rows came in.")
    streams = _streams(rows)
    gap, least, full = 8.0, 34.0, 200.0
    sizes = [full * stream.count / rows.rows_in for stream in streams]
    slots = [max(size, least) for size in sizes]
    height = max(sum(slots) + gap * (len(slots) - 1), full)
    start, at, ribbons, ends = 0.0, 0.0, [], []
    for stream, size, slot in zip(streams, sizes, slots, strict=True):
        drawn, middle = max(size, 1.5), at + slot / 2
        top = middle - drawn / 2
        ribbons.append(plot.ribbon(stream.colour, (start, start + size), (top, top + drawn)))
        ends.append(plot.node(stream.colour, "100%", top, drawn) + plot.node(stream.colour, "-7", start, size))
        ends.append(plot.fitted(1, middle - 3, stream.name, 190, 150, dx=15, classes="bold"))
        ends.append(plot.text(1, middle + 12, _outcome(stream, rows.rows_in), dx=15, classes="soft"))
        start, at = start + size, at + slot + gap
    head = plot.text(0, -18, number_text(rows.rows_in), dx=-7, classes="bold") + plot.text(
        0, -5, "rows in", dx=-7, classes="soft"
    )
    outcomes = ", ".join(f"{stream.name} {number_text(stream.count)}" for stream in streams)
    description = f"{number_text(rows.rows_in)} rows in: {outcomes}."
    widest = 22 + max(text_width(_outcome(stream, rows.rows_in)) for stream in streams)
    frame = plot.Frame(height, (8, 8), (max(212, widest), max(168, widest)), 34, 6)
    return frame.svg(identifier, "Where the rows went", description, [plot.stretched(height, ribbons), *ends, head])


def _outcome(stream: Stream, rows_in: int) -> str:
    return f"{number_text(stream.count)} · {share_text(stream.count, rows_in)}"


def mini_flow(kept: int, rejected: int, quarantined: int) -> str:
    """A thin bar of kept, rejected and quarantined; a decoration beside the numbers themselves."""
    total = kept + rejected + quarantined
    at, parts = 0.0, []
    for count, colour in ((kept, "--kept"), (rejected, "--rejected"), (quarantined, "--quarantined")):
        if count > 0:
            parts.append(plot.rect(at, 0, count / total, 6, colour))
            at += count / total
    return f'<svg aria-hidden="true">{"".join(parts)}</svg>'


def _streams(rows: Rows) -> list[Stream]:
    reasons = sorted(((name, count) for name, count in rows.rejected.items() if count), key=lambda item: (-item[1], item[0]))
    streams = [Stream("kept", rows.kept, "--kept")]
    cut = _MOST_REASONS if len(reasons) > _MOST_REASONS + 1 else len(reasons)
    streams += [Stream(name.replace("_", " "), count, "--rejected") for name, count in reasons[:cut]]
    if reasons[cut:]:
        streams.append(Stream(f"{len(reasons) - cut} other reasons", sum(count for _, count in reasons[cut:]), "--rejected"))
    quarantined = sum(rows.quarantined.values())
    if quarantined:
        streams.append(Stream("quarantined", quarantined, "--quarantined"))
    return streams


def _edge_axis(edges: Sequence[float]) -> tuple[Callable[[float], float], list[tuple[float, str]]]:
    """Where a value lies on a histogram's axis, and the ticks."""
    bins = len(edges) - 1
    width = (edges[-1] - edges[0]) / bins
    if all(drawable(edge) for edge in edges) and all(
        abs(after - before - width) <= abs(width) * 1e-6 for before, after in pairwise(edges)
    ):
        scale = Scale.over(edges, 8, exact=True)
        return scale.at, [(scale.at(tick), scale.label(tick)) for tick in scale.ticks()]

    def place(value: float) -> float:
        index = min(max(bisect_right(edges, value) - 1, 0), bins - 1)
        low, high = edges[index], edges[index + 1]
        within = (value - low) / (high - low) if drawable(low) and drawable(high) and high > low else 0.5
        return (index + min(1.0, max(0.0, within))) / bins if value not in (low, high) else (index + (value == high)) / bins

    every = -(-(bins + 1) // 9)
    return place, [(index / bins, number_text(edges[index])) for index in range(0, bins + 1, every)]


def _curve(line: Line, index: int, x: Scale, y: Scale, height: float) -> str:
    """A series in the stretched coordinates of 1000 by ``height``: its band and its line, broken where a value is missing."""
    colour = f"--c:var(--s{index % _COLOURS})"
    step = max(1, -(-len(line.x) // _MOST_POINTS))
    chosen = sorted({*range(0, len(line.x), step), max(0, len(line.x) - 1)}) if line.x else []
    path, pen = "", "M"
    for at in chosen:
        if at < len(line.y) and drawable(line.x[at]) and drawable(line.y[at]):
            path += f"{pen}{1000 * x.at(line.x[at]):.2f},{height * (1 - y.at(line.y[at])):.2f}"
            pen = "L"
        else:
            pen = "M"
    dash = f' stroke-dasharray="{_DASHES[index % len(_DASHES)]}"' if index % len(_DASHES) else ""
    drawn = f'<path class="stroke" style="{colour}" d="{path}"{dash}/>' if path else ""
    if len(line.low) != len(line.x) or len(line.high) != len(line.x):
        return drawn
    sides = [(line.x[at], line.low[at], line.high[at]) for at in chosen]
    sides = [side for side in sides if all(drawable(value) for value in side)]
    upper = [f"{1000 * x.at(at):.2f},{height * (1 - y.at(high)):.2f}" for at, _, high in sides]
    lower = [f"{1000 * x.at(at):.2f},{height * (1 - y.at(low)):.2f}" for at, low, _ in reversed(sides)]
    return (f'<polygon class="band" style="{colour}" points="{" ".join(upper + lower)}"/>' if sides else "") + drawn


def _dots(line: Line, index: int, x: Scale, y: Scale, height: float) -> str:
    """Dots on the points of a short series."""
    if len(line.x) > 24:
        return ""
    colour = f"--c:var(--s{index % _COLOURS})"
    return "".join(
        f'<circle class="fill" style="{colour}" cx="{x.at(a):.4%}" cy="{height * (1 - y.at(b)):.2f}" r="3"/>'
        for a, b in zip(line.x, line.y, strict=False)
        if drawable(a) and drawable(b)
    )


def _line_legend(series: Sequence[Line]) -> str:
    banded = [index for index, line in enumerate(series) if line.x and len(line.low) == len(line.x) == len(line.high)]
    if len(series) < 2 and not banded:
        return ""
    keys = [_key_line("stroke", line.name, index) for index, line in enumerate(series)]
    if banded:
        band = f'<rect class="band" style="--c:var(--s{banded[0] % _COLOURS})" width="22" height="10"/>'
        keys.append(f'<li><svg aria-hidden="true">{band}</svg>interval</li>')
    return _legend(keys)


def _key_line(kind: str, name: str, index: int = 0) -> str:
    if kind == "mark":
        return f'<li><svg aria-hidden="true"><path class="mark" d="M11,-2V12" stroke-width="2"/></svg>{text(name)}</li>'
    dash = f' stroke-dasharray="{_DASHES[index % len(_DASHES)]}"' if index % len(_DASHES) else ""
    drawn = f'<path class="stroke" style="--c:var(--s{index % _COLOURS})" d="M0,5H22"{dash}/>'
    return f'<li><svg aria-hidden="true">{drawn}</svg>{text(name)}</li>'


def _legend(keys: Sequence[str]) -> str:
    return f'<ul class="legend">{"".join(keys)}</ul>'
