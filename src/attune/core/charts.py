"""Charts as inline SVG that stretch with the page while their text keeps its size, without a script.

The SVG element is the plot area itself: horizontal positions are per cent of it, vertical ones are pixels, and labels stand in
the margins around it (``overflow: visible``). Where space is short the style sheet shows the texts of class ``narrow`` in place
of those of class ``broad``. Curves lie in a nested SVG that is stretched, with strokes that are not.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from attune.core.markup import text
from attune.core.report import Bars, Histogram, Intervals, Line, Lines, Rows
from attune.core.scales import Scale, drawable, fit, number_text, share_text, text_width

MOST_BARS = 40
_MOST_REASONS = 6
_MOST_POINTS = 800
_COLOURS = 8
_DASHES = ("", "6 4", "2 3", "9 3 2 3")
_BROAD_NAME, _NARROW_NAME = 190.0, 112.0  # pixels that names may take beside a plot
_NARROW_PLOT, _NARROW_LABEL = 230.0, 150.0  # pixels of the narrowest plot, and of a mark's label on it


@dataclass(frozen=True)
class Frame:
    """Margins of a plot area in pixels; ``left`` and ``right`` for broad and for narrow containers."""

    height: float
    left: tuple[float, float]
    right: tuple[float, float]
    top: float = 6.0
    bottom: float = 6.0
    slim: bool = False  # little text beside the plot: what counts as narrow begins later

    def svg(self, identifier: str, title: str, description: str, body: Iterable[str]) -> str:
        """The finished figure."""
        style = (
            f"--l:{self.left[0]:.0f}px;--ln:{self.left[1]:.0f}px;--r:{self.right[0]:.0f}px;--rn:{self.right[1]:.0f}px;"
            f"--t:{self.top:.0f}px;--b:{self.bottom:.0f}px"
        )
        kind = "chart slim" if self.slim else "chart"
        return (
            f'<div class="{kind}"><svg class="plot" role="img" aria-labelledby="{identifier}-t {identifier}-d" '
            f'height="{self.height:.0f}" style="{style}"><title id="{identifier}-t">{text(title)}</title>'
            f'<desc id="{identifier}-d">{text(description)}</desc>{"".join(body)}</svg></div>'
        )


def empty(sentence: str) -> str:
    """What stands in the place of a chart without data."""
    return f'<p class="empty">{text(sentence)}</p>'


def bars(block: Bars, identifier: str) -> str:
    """Horizontal bars, a name each; beyond 40 the rest is left to the table."""
    shown = [(name, value) for name, value in block.values.items() if drawable(value)][:MOST_BARS]
    if not shown:
        return empty("There is nothing to count here.")
    targets = {name: block.target[name] for name, _ in shown if name in block.target and drawable(block.target[name])}
    scale = Scale.over([value for _, value in shown] + list(targets.values()), zero=True, exact=True)
    pitch, thick = (26, 14) if len(shown) <= 20 else (20, 11)
    unit = f" {block.unit}" if block.unit and len(block.unit) <= 2 else ""
    body = []
    for index, (name, value) in enumerate(shown):
        y = index * pitch
        start, end = sorted((scale.at(0.0), scale.at(value)))
        body.append(_name(name, y + pitch / 2 + 4))
        body.append(_rect(start, y + (pitch - thick) / 2, end - start, thick, "--kept"))
        target = scale.at(targets[name]) if name in targets else None
        if target is not None:
            body.append(_vertical(target, y + 2, y + pitch - 2, "target"))
        label_at = max(end, target) if target is not None and 0 <= target - end < 0.12 else end
        body.append(_text(label_at, y + pitch / 2 + 4, number_text(value) + unit, dx=7, classes="halo"))
    body.append(_vertical(scale.at(0.0), 0, len(shown) * pitch, "axis"))
    widest = max(text_width(number_text(value) + unit) for _, value in shown)
    frame = Frame(len(shown) * pitch, _gutters(name for name, _ in shown), (widest + 12, widest + 12), 4, 4, slim=True)
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
        return empty("There is nothing to count here.")
    height = 190.0
    y = Scale.over(block.counts, 4, zero=True, whole=True)
    place, ticks = _edge_axis(block.edges)
    body = _horizontal_grid(y, height)
    for index, count in enumerate(block.counts):
        low, high = place(block.edges[index]), place(block.edges[index + 1])
        tall = y.at(count) * height if drawable(count) else 0.0
        tall = max(tall, 1.0) if count else 0.0
        gap = 0.08 * (high - low) if len(block.counts) <= 60 else 0.0
        body.append(_rect(low + gap / 2, height - tall, high - low - gap, tall, "--kept"))
    body.append(f'<line class="axis" x1="0" x2="100%" y1="{height:.0f}" y2="{height:.0f}"/>')
    body.extend(_x_ticks(ticks, height))
    marks, rows = _vertical_marks({_valued(name, at): at for name, at in block.marks.items()}, place, height)
    body.extend(marks)
    body.append(_text(0.5, height + 37, block.axis, classes="middle soft"))
    total = sum(block.counts)
    description = f"Histogram of {number_text(total)} values in {len(block.counts)} bins of {block.axis or 'the value'}."
    left = _tick_gutter(y)
    frame = Frame(height, (left, left), (22, 22), 10 + 16 * rows, 46 if block.axis else 28, slim=True)
    return frame.svg(identifier, block.title, description, body)


def lines(block: Lines, identifier: str) -> str:
    """A line chart with bands, limits (horizontal) and events (vertical)."""
    points = [(x, y) for line in block.lines for x, y in zip(line.x, line.y, strict=False) if drawable(x) and drawable(y)]
    if not points:
        return empty("There is nothing to draw here.")
    height = 240.0
    edges = [value for line in block.lines for value in (*line.low, *line.high)]
    marks = {name: value for name, value in block.marks.items() if drawable(value)}
    heights = [value for value in [*(y for _, y in points), *edges, *marks.values()] if drawable(value)]
    y = Scale.over(heights, 5, zero=0 < min(heights) < max(heights) / 2)
    x = Scale.over([*(x for x, _ in points), *block.events.values()], 6, exact=True)
    body = _horizontal_grid(y, height)
    body.append(f'<line class="axis" x1="0" x2="100%" y1="{height:.0f}" y2="{height:.0f}"/>')
    body.extend(_x_ticks([(x.at(tick), x.label(tick)) for tick in x.ticks()], height))
    body.append(_stretched(height, (_curve(line, index, x, y, height) for index, line in enumerate(block.lines))))
    body.extend(_dots(line, index, x, y, height) for index, line in enumerate(block.lines))
    body.extend(_horizontal_marks(marks, y, height))
    events, rows = _vertical_marks(block.events, x.at, height)
    body.extend(events)
    body.append(_text(0.5, height + 37, block.x_axis, classes="middle soft"))
    left = _tick_gutter(y)
    body.append(_text(0, -12 - 16 * rows, block.y_axis, dx=-left + 2, classes="soft"))
    names = ", ".join(line.name for line in block.lines)
    description = f"{block.y_axis} over {block.x_axis}; {len(points)} points in {len(block.lines)} series: {names}."
    frame = Frame(height, (left, left), (22, 22), 26 + 16 * rows, 46)
    return _line_legend(block.lines) + frame.svg(identifier, block.title, description, body)


def intervals(block: Intervals, identifier: str) -> str:
    """Estimates as dots with whiskers, a name each."""
    shown = [(name, found) for name, found in block.values.items() if all(drawable(value) for value in found)][:MOST_BARS]
    if not shown:
        return empty("There is no estimate to show.")
    scale = Scale.over([value for _, found in shown for value in found], 5)
    body: list[str] = []
    pitch = 28.0
    height = pitch * len(shown)
    ticks = [(scale.at(tick), scale.label(tick)) for tick in scale.ticks()]
    body.extend(_vertical(at, 0, height, "grid") for at, _ in ticks)
    if scale.low < 0 < scale.high:
        body.append(_vertical(scale.at(0.0), 0, height, "axis"))
    labels = [f"{number_text(mid)} ({number_text(low)} to {number_text(high)})" for _, (low, mid, high) in shown]
    for index, ((name, (low, middle, high)), label) in enumerate(zip(shown, labels, strict=True)):
        y = index * pitch + pitch / 2
        body.append(_name(name, y + 4))
        body.append(
            f'<line x1="{scale.at(low):.4%}" x2="{scale.at(high):.4%}" y1="{y:.1f}" y2="{y:.1f}" stroke-width="3" '
            'stroke-linecap="round" stroke-opacity="0.55" style="stroke:var(--kept)"/>'
            f'<circle class="fill" style="--c:var(--kept)" cx="{scale.at(middle):.4%}" cy="{y:.1f}" r="5"/>'
        )
        body.append(_text(1, y + 4, label, dx=14, classes="broad"))
        body.append(_text(1, y + 4, number_text(middle), dx=12, classes="narrow"))
    body.extend(_x_ticks(ticks, height))
    body.append(_text(0.5, height + 37, block.axis, classes="middle soft"))
    right = (max(text_width(label) for label in labels) + 18, max(text_width(number_text(f[1])) for _, f in shown) + 16)
    frame = Frame(height, _gutters(name for name, _ in shown), right, 6, 46)
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
        return empty("No rows came in.")
    streams = _streams(rows)
    gap, least, full = 8.0, 34.0, 200.0
    sizes = [full * stream.count / rows.rows_in for stream in streams]
    slots = [max(size, least) for size in sizes]
    height = max(sum(slots) + gap * (len(slots) - 1), full)
    start, at, ribbons, ends = 0.0, 0.0, [], []
    for stream, size, slot in zip(streams, sizes, slots, strict=True):
        drawn, middle = max(size, 1.5), at + slot / 2
        top = middle - drawn / 2
        ribbons.append(_ribbon(stream.colour, (start, start + size), (top, top + drawn)))
        ends.append(_node(stream.colour, "100%", top, drawn) + _node(stream.colour, "-7", start, size))
        ends.append(_fitted(1, middle - 3, stream.name, 190, 150, dx=15, classes="bold"))
        ends.append(_text(1, middle + 12, _outcome(stream, rows.rows_in), dx=15, classes="soft"))
        start, at = start + size, at + slot + gap
    head = _text(0, -18, number_text(rows.rows_in), dx=-7, classes="bold") + _text(0, -5, "rows in", dx=-7, classes="soft")
    outcomes = ", ".join(f"{stream.name} {number_text(stream.count)}" for stream in streams)
    description = f"{number_text(rows.rows_in)} rows in: {outcomes}."
    widest = 22 + max(text_width(_outcome(stream, rows.rows_in)) for stream in streams)
    frame = Frame(height, (8, 8), (max(212, widest), max(168, widest)), 34, 6)
    return frame.svg(identifier, "Where the rows went", description, [_stretched(height, ribbons), *ends, head])


def _outcome(stream: Stream, rows_in: int) -> str:
    return f"{number_text(stream.count)} · {share_text(stream.count, rows_in)}"


def mini_flow(kept: int, rejected: int, quarantined: int) -> str:
    """A thin bar of kept, rejected and quarantined; a decoration beside the numbers themselves."""
    total = kept + rejected + quarantined
    at, parts = 0.0, []
    for count, colour in ((kept, "--kept"), (rejected, "--rejected"), (quarantined, "--quarantined")):
        if count > 0:
            parts.append(_rect(at, 0, count / total, 6, colour))
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


def _horizontal_grid(y: Scale, height: float) -> list[str]:
    drawn = []
    for tick in y.ticks():
        at = height * (1 - y.at(tick))
        drawn.append(f'<line class="grid" x1="0" x2="100%" y1="{at:.1f}" y2="{at:.1f}"/>')
        drawn.append(_text(0, at + 4, y.label(tick), dx=-8, classes="end soft"))
    return drawn


def _x_ticks(ticks: Sequence[tuple[float, str]], height: float) -> list[str]:
    """Tick labels under the plot; every second one is left out where space is short."""
    crowded = len(ticks) > 4
    return [
        f'<line class="axis" x1="{at:.4%}" x2="{at:.4%}" y1="{height:.0f}" y2="{height + 4:.0f}"/>'
        + _text(at, height + 18, label, classes=f"middle soft{' broad' if crowded and index % 2 else ''}")
        for index, (at, label) in enumerate(ticks)
    ]


def _vertical_marks(marks: Mapping[str, float], place: Callable[[float], float], height: float) -> tuple[list[str], int]:
    """Named vertical lines with their labels above the plot, and how many lines of labels there are.

    Labels point inwards. Each stands as low as it can without covering another one or being crossed by another mark, judged
    on a plot as narrow as a telephone's.
    """
    known = sorted((place(value), label) for label, value in marks.items() if drawable(value))
    known.sort(key=lambda mark: abs(mark[0] - 0.5))
    placed: list[tuple[int, float, float, float]] = []  # the row, the place of the mark, both ends of its label
    drawn, labels = [], []
    for at, label in known:
        width = 8 + text_width(fit(label, _NARROW_LABEL))
        inward = -1 if at > 0.5 else 1
        low, high = sorted((at * _NARROW_PLOT, at * _NARROW_PLOT + inward * width))
        above = 1 + max((row for row, *_ in placed), default=-1)
        free = (row for row in range(above) if not any(_collide((row, at, low, high), other) for other in placed))
        row = next(free, above)  # where marks stand on top of each other, a line must cross a label
        placed.append((row, at, low, high))
        y = -6 - 16 * row
        drawn.append(_vertical(at, y - 9, height, "mark"))
        classes = "halo end" if inward < 0 else "halo"
        labels.append(_fitted(at, y, label, 300, _NARROW_LABEL, dx=6.0 * inward, classes=classes))
    return drawn + labels, 1 + max((row for row, *_ in placed), default=-1)


def _collide(one: tuple[int, float, float, float], other: tuple[int, float, float, float]) -> bool:
    """Whether the labels of two marks overlap, or the line of the higher one crosses the label of the lower one."""
    if one[0] == other[0]:
        return one[2] < other[3] + 4 and other[2] < one[3] + 4
    higher, lower = (one, other) if one[0] > other[0] else (other, one)
    return lower[2] - 3 < higher[1] * _NARROW_PLOT < lower[3] + 3


def _horizontal_marks(marks: Mapping[str, float], y: Scale, height: float) -> list[str]:
    """Named horizontal lines with their labels at the right end, pushed apart where they would touch."""
    drawn, lowest = [], height + 12.0
    for name, value in sorted(marks.items(), key=lambda mark: mark[1]):
        at = height * (1 - y.at(value))
        lowest = min(at - 5, lowest - 15)
        drawn.append(f'<line class="mark" x1="0" x2="100%" y1="{at:.1f}" y2="{at:.1f}"/>')
        drawn.append(_fitted(1, lowest, _valued(name, value), 300, 150, dx=-2, classes="halo end"))
    return drawn


def _valued(name: str, value: float) -> str:
    """A mark's label: its name and its value, unless the name says it already."""
    return name if number_text(value) in name else f"{name} {number_text(value)}"


def _gutters(names: Iterable[str]) -> tuple[float, float]:
    widest = max(text_width(name) for name in names)
    return min(widest, _BROAD_NAME) + 12, min(widest, _NARROW_NAME) + 10


def _tick_gutter(y: Scale) -> float:
    return max(text_width(y.label(tick)) for tick in y.ticks()) + 12


def _name(name: str, y: float) -> str:
    return _fitted(0, y, name, _BROAD_NAME, _NARROW_NAME, dx=-10, classes="end")


def _fitted(x: float, y: float, content: str, broad: float, narrow: float, *, dx: float, classes: str) -> str:
    """A label that is cut to the room it has: one text if that is the same for broad and narrow, else one for each."""
    cut = fit(content, broad), fit(content, narrow)
    if cut[0] == cut[1]:
        return _text(x, y, cut[0], dx=dx, classes=classes)
    return _text(x, y, cut[0], dx=dx, classes=f"{classes} broad") + _text(x, y, cut[1], dx=dx, classes=f"{classes} narrow")


def _rect(x: float, y: float, width: float, height: float, colour: str) -> str:
    wide = max(0.0, width)
    return f'<rect class="fill" style="--c:var({colour})" x="{x:.4%}" y="{y:.1f}" width="{wide:.4%}" height="{height:.1f}"/>'


def _node(colour: str, x: str, y: float, height: float) -> str:
    return f'<rect class="fill" style="--c:var({colour})" x="{x}" y="{y:.2f}" width="7" height="{height:.2f}"/>'


def _ribbon(colour: str, start: tuple[float, float], end: tuple[float, float]) -> str:
    """A band from the left edge (top and bottom there) to the right edge of the stretched coordinates."""
    (a, b), (c, d) = start, end
    curve = f"M0,{a:.2f}C500,{a:.2f} 500,{c:.2f} 1000,{c:.2f}V{d:.2f}C500,{d:.2f} 500,{b:.2f} 0,{b:.2f}Z"
    return f'<path class="flow" style="--c:var({colour})" d="{curve}"/>'


def _stretched(height: float, body: Iterable[str]) -> str:
    """Shapes in coordinates of 1000 by ``height``, stretched over the plot area."""
    box = f'width="100%" height="{height:.0f}" viewBox="0 0 1000 {height:.0f}" preserveAspectRatio="none"'
    return f"<svg {box}>{''.join(body)}</svg>"


def _vertical(x: float, top: float, bottom: float, kind: str) -> str:
    return f'<line class="{kind}" x1="{x:.4%}" x2="{x:.4%}" y1="{top:.1f}" y2="{bottom:.1f}"/>'


def _text(x: float, y: float, content: str, *, dx: float = 0.0, classes: str = "") -> str:
    shift = f' dx="{dx:.1f}"' if dx else ""
    named = f' class="{classes}"' if classes else ""
    return f'<text x="{x:.4%}" y="{y:.1f}"{shift}{named}>{text(content)}</text>' if content else ""
