"""Charts as inline SVG that stretch with the page while their text keeps its size.

They are our own and not a library's because a page must be self-contained and run no script, and because tests read the numbers
back from the table beside each chart.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from markupsafe import Markup

from attune.reporting import plot
from attune.reporting.report import Bars, Histogram, Intervals, Line, Lines, Rows
from attune.reporting.scales import LogScale, Scale, drawable, number_text, share_text, text_width

MOST_BARS = 40
_MOST_REASONS = 6
_MOST_POINTS = 800
_COLOURS = 8
_DASHES = ("", "6 4", "2 3", "9 3 2 3")
_WHISKER = Markup(
    '<line x1="{0:.4%}" x2="{1:.4%}" y1="{2:.1f}" y2="{2:.1f}" stroke-width="3" stroke-linecap="round" stroke-opacity="0.55" '
    'style="stroke:var(--kept)"/>'
)


def bars(block: Bars, identifier: str) -> Markup:
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
    legend = plot.legend([plot.swatch("mark", "target")]) if targets else Markup("")
    more = len(block.values) - len(shown)
    rest = Markup('<p class="note">{} more are in the table below.</p>').format(more) if more > 0 else Markup("")
    return legend + frame.svg(identifier, block.title, description, body) + rest


def histogram(block: Histogram, identifier: str) -> Markup:
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
    body.append(plot.horizontal(height, "axis"))
    body.extend(plot.x_ticks(ticks, height))
    marks, rows = plot.vertical_marks({plot.valued(name, at): at for name, at in block.marks.items()}, place, height)
    body.extend(marks)
    body.append(plot.text(0.5, height + 37, block.axis, classes="middle soft"))
    total = sum(block.counts)
    description = f"Histogram of {number_text(total)} values in {len(block.counts)} bins of {block.axis or 'the value'}."
    left = plot.tick_gutter(y)
    frame = plot.Frame(height, (left, left), (22, 22), 10 + 16 * rows, 46 if block.axis else 28, slim=True)
    return frame.svg(identifier, block.title, description, body)


def lines(block: Lines, identifier: str) -> Markup:
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
    body.append(plot.horizontal(height, "axis"))
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


def intervals(block: Intervals, identifier: str) -> Markup:
    """Estimates as dots with whiskers, a name each."""
    shown = [(name, found) for name, found in block.values.items() if all(drawable(value) for value in found)][:MOST_BARS]
    if not shown:
        return plot.empty("There is no estimate to show.")
    scale = Scale.over([value for _, found in shown for value in found], 5)
    body: list[Markup] = []
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
        body.append(_WHISKER.format(scale.at(low), scale.at(high), y) + plot.dot(scale.at(middle), y, 5, "--kept"))
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
class RowOutcome:
    """One outcome of rows, drawn as a ribbon."""

    name: str
    count: int
    colour: str

    def text(self, rows_in: int) -> str:
        """Its count and its share of the rows in."""
        return f"{number_text(self.count)} · {share_text(self.count, rows_in)}"


def rows_chart(rows: Rows, identifier: str) -> Markup:
    """Rows in, and where they went: kept, rejected by reason, quarantined; widths are proportional to rows."""
    if rows.rows_in <= 0:
        return plot.empty("No rows came in.")
    outcomes = _outcomes(rows)
    gap, least, full = 8.0, 34.0, 200.0
    sizes = [full * outcome.count / rows.rows_in for outcome in outcomes]
    slots = [max(size, least) for size in sizes]
    height = max(sum(slots) + gap * (len(slots) - 1), full)
    start, at, ribbons, ends = 0.0, 0.0, [], []
    for outcome, size, slot in zip(outcomes, sizes, slots, strict=True):
        drawn, middle = max(size, 1.5), at + slot / 2
        top = middle - drawn / 2
        ribbons.append(plot.ribbon(outcome.colour, (start, start + size), (top, top + drawn)))
        ends.append(plot.node(outcome.colour, "100%", top, drawn) + plot.node(outcome.colour, "-7", start, size))
        ends.append(plot.fitted(1, middle - 3, outcome.name, 190, 150, dx=15, classes="bold"))
        ends.append(plot.text(1, middle + 12, outcome.text(rows.rows_in), dx=15, classes="soft"))
        start, at = start + size, at + slot + gap
    head = plot.text(0, -18, number_text(rows.rows_in), dx=-7, classes="bold") + plot.text(
        0, -5, "rows in", dx=-7, classes="soft"
    )
    listed = ", ".join(f"{outcome.name} {number_text(outcome.count)}" for outcome in outcomes)
    description = f"{number_text(rows.rows_in)} rows in: {listed}."
    widest = 22 + max(text_width(outcome.text(rows.rows_in)) for outcome in outcomes)
    frame = plot.Frame(height, (8, 8), (max(212, widest), max(168, widest)), 34, 6)
    return frame.svg(identifier, "Where the rows went", description, [plot.stretched(height, ribbons), *ends, head])


def rows_bar(kept: int, rejected: int, quarantined: int) -> Markup:
    """A thin bar of kept, rejected and quarantined; a decoration beside the numbers themselves."""
    total = kept + rejected + quarantined
    at, parts = 0.0, []
    for count, colour in ((kept, "--kept"), (rejected, "--rejected"), (quarantined, "--quarantined")):
        if count > 0:
            parts.append(plot.rect(at, 0, count / total, 6, colour))
            at += count / total
    return Markup('<svg aria-hidden="true">{}</svg>').format(plot.joined(parts))


def _outcomes(rows: Rows) -> list[RowOutcome]:
    reasons = sorted(((name, count) for name, count in rows.rejected.items() if count), key=lambda item: (-item[1], item[0]))
    outcomes = [RowOutcome("kept", rows.kept, "--kept")]
    cut = _MOST_REASONS if len(reasons) > _MOST_REASONS + 1 else len(reasons)
    outcomes += [RowOutcome(name.replace("_", " "), count, "--rejected") for name, count in reasons[:cut]]
    if reasons[cut:]:
        outcomes.append(
            RowOutcome(f"{len(reasons) - cut} other reasons", sum(count for _, count in reasons[cut:]), "--rejected")
        )
    quarantined = sum(rows.quarantined.values())
    if quarantined:
        outcomes.append(RowOutcome("quarantined", quarantined, "--quarantined"))
    return outcomes


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


def _curve(line: Line, index: int, x: Scale, y: Scale, height: float) -> Markup:
    """A series in the stretched coordinates of 1000 by ``height``: its band and its line, broken where a value is missing."""
    step = max(1, -(-len(line.x) // _MOST_POINTS))
    chosen = sorted({*range(0, len(line.x), step), max(0, len(line.x) - 1)}) if line.x else []
    path, pen = "", "M"
    for at in chosen:
        if at < len(line.y) and drawable(line.x[at]) and drawable(line.y[at]):
            path += f"{pen}{1000 * x.at(line.x[at]):.2f},{height * (1 - y.at(line.y[at])):.2f}"
            pen = "L"
        else:
            pen = "M"
    stroke = Markup('<path class="stroke" style="--c:var({})" d="{}"{}/>').format(_colour(index), path, _dash(index))
    drawn = stroke if path else Markup("")
    if len(line.low) != len(line.x) or len(line.high) != len(line.x):
        return drawn
    sides = [(line.x[at], line.low[at], line.high[at]) for at in chosen]
    sides = [side for side in sides if all(drawable(value) for value in side)]
    if not sides:
        return drawn
    upper = [f"{1000 * x.at(at):.2f},{height * (1 - y.at(high)):.2f}" for at, _, high in sides]
    lower = [f"{1000 * x.at(at):.2f},{height * (1 - y.at(low)):.2f}" for at, low, _ in reversed(sides)]
    band = Markup('<polygon class="band" style="--c:var({})" points="{}"/>').format(_colour(index), " ".join(upper + lower))
    return band + drawn


def _dots(line: Line, index: int, x: Scale, y: Scale, height: float) -> Markup:
    """Dots on the points of a short series."""
    if len(line.x) > 24:
        return Markup("")
    return plot.joined(
        plot.dot(x.at(a), height * (1 - y.at(b)), 3, _colour(index))
        for a, b in zip(line.x, line.y, strict=False)
        if drawable(a) and drawable(b)
    )


def _line_legend(series: Sequence[Line]) -> Markup:
    banded = [index for index, line in enumerate(series) if line.x and len(line.low) == len(line.x) == len(line.high)]
    if len(series) < 2 and not banded:
        return Markup("")
    keys = [plot.swatch("stroke", line.name, _colour(index), _dash(index)) for index, line in enumerate(series)]
    if banded:
        keys.append(plot.swatch("band", "interval", _colour(banded[0])))
    return plot.legend(keys)


def _colour(index: int) -> str:
    return f"--s{index % _COLOURS}"


def _dash(index: int) -> Markup | str:
    dash = _DASHES[index % len(_DASHES)]
    return Markup(' stroke-dasharray="{}"').format(dash) if dash else ""
