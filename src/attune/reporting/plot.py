"""What charts are drawn with: the plot area, its axes, marks and labels, as pieces of SVG.

The SVG element is the plot area itself: horizontal positions are per cent of it, vertical ones are pixels, and labels are in
the margins around it (``overflow: visible``). Where space is short the style sheet shows the texts of class ``narrow`` in place
of those of class ``broad``. Curves lie in a nested SVG that is stretched, with strokes that are not.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from attune.reporting.markup import text as escaped
from attune.reporting.scales import Scale, drawable, fit, number_text, text_width

_BROAD_NAME, _NARROW_NAME = 190.0, 112.0  # pixels that names may take beside a plot
_NARROW_PLOT, _NARROW_LABEL = 230.0, 150.0  # pixels of the narrowest plot, and of a mark's label on it
_SWATCHES = {
    "mark": Markup('<path class="{}"{}{} d="M11,-2V12" stroke-width="2"/>'),
    "stroke": Markup('<path class="{}"{}{} d="M0,5H22"/>'),
}
_AREA = Markup('<rect class="{}"{}{} width="22" height="10"/>')


@dataclass(frozen=True)
class Frame:
    """Margins of a plot area in pixels; ``left`` and ``right`` for broad and for narrow containers."""

    height: float
    left: tuple[float, float]
    right: tuple[float, float]
    top: float = 6.0
    bottom: float = 6.0
    slim: bool = False  # little text beside the plot: what counts as narrow begins later

    def svg(self, identifier: str, title: str, description: str, body: Iterable[Markup]) -> Markup:
        """The finished figure."""
        style = (
            f"--l:{self.left[0]:.0f}px;--ln:{self.left[1]:.0f}px;--r:{self.right[0]:.0f}px;--rn:{self.right[1]:.0f}px;"
            f"--t:{self.top:.0f}px;--b:{self.bottom:.0f}px"
        )
        return Markup(
            '<div class="{kind}"><svg class="plot" role="img" aria-labelledby="{id}-t {id}-d" height="{height:.0f}" '
            'style="{style}"><title id="{id}-t">{title}</title><desc id="{id}-d">{description}</desc>{body}</svg></div>'
        ).format(
            kind="chart slim" if self.slim else "chart",
            id=identifier,
            height=self.height,
            style=style,
            title=escaped(title),
            description=escaped(description),
            body=joined(body),
        )


def joined(pieces: Iterable[Markup]) -> Markup:
    """Pieces of markup one after the other."""
    return Markup("").join(pieces)


def empty(sentence: str) -> Markup:
    """The sentence in place of a chart without data."""
    return Markup('<p class="empty">{}</p>').format(sentence)


def legend(keys: Iterable[Markup]) -> Markup:
    """The legend above a chart, from the pieces that :func:`swatch` makes."""
    return Markup('<ul class="legend">{}</ul>').format(joined(keys))


def swatch(kind: str, name: str, colour: str = "", dash: Markup | str = "") -> Markup:
    """One entry of a legend: a small shape of class ``kind`` in ``colour``, beside its name."""
    style = Markup(' style="--c:var({})"').format(colour) if colour else ""
    shape = _SWATCHES.get(kind, _AREA).format(kind, style, dash)
    return Markup('<li><svg aria-hidden="true">{}</svg>{}</li>').format(shape, escaped(name))


def horizontal_grid(y: Scale, height: float) -> list[Markup]:
    """Grid lines at the ticks of the vertical axis, with their labels to the left."""
    drawn = []
    for tick in y.ticks():
        at = height * (1 - y.at(tick))
        drawn.append(horizontal(at, "grid"))
        drawn.append(text(0, at + 4, y.label(tick), dx=-8, classes="end soft"))
    return drawn


def x_ticks(ticks: Sequence[tuple[float, str]], height: float) -> list[Markup]:
    """Tick labels under the plot; every second one is left out where space is short."""
    crowded = len(ticks) > 4
    return [
        vertical(at, height, height + 4, "axis")
        + text(at, height + 18, label, classes=f"middle soft{' broad' if crowded and index % 2 else ''}")
        for index, (at, label) in enumerate(ticks)
    ]


def vertical_marks(marks: Mapping[str, float], place: Callable[[float], float], height: float) -> tuple[list[Markup], int]:
    """Named vertical lines with their labels above the plot, and how many lines of labels there are.

    Labels point inwards. Each is as low as possible without covering another one or being crossed by another mark, judged
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
        drawn.append(vertical(at, y - 9, height, "mark"))
        classes = "halo end" if inward < 0 else "halo"
        labels.append(fitted(at, y, label, 300, _NARROW_LABEL, dx=6.0 * inward, classes=classes))
    return drawn + labels, 1 + max((row for row, *_ in placed), default=-1)


def _collide(one: tuple[int, float, float, float], other: tuple[int, float, float, float]) -> bool:
    """Whether the labels of two marks overlap, or the line of the higher one crosses the label of the lower one."""
    if one[0] == other[0]:
        return one[2] < other[3] + 4 and other[2] < one[3] + 4
    higher, lower = (one, other) if one[0] > other[0] else (other, one)
    return lower[2] - 3 < higher[1] * _NARROW_PLOT < lower[3] + 3


def horizontal_marks(marks: Mapping[str, float], y: Scale, height: float) -> list[Markup]:
    """Named horizontal lines with their labels at the right end, pushed apart where they would touch."""
    drawn, lowest = [], height + 12.0
    for name, value in sorted(marks.items(), key=lambda mark: mark[1]):
        at = height * (1 - y.at(value))
        lowest = min(at - 5, lowest - 15)
        drawn.append(horizontal(at, "mark"))
        drawn.append(fitted(1, lowest, valued(name, value), 300, 150, dx=-2, classes="halo end"))
    return drawn


def valued(name: str, value: float) -> str:
    """A mark's label: its name and its value, unless the name says it already."""
    return name if number_text(value) in name else f"{name} {number_text(value)}"


def gutters(names: Iterable[str]) -> tuple[float, float]:
    """Room for names to the left of a plot, broad and narrow."""
    widest = max(text_width(name) for name in names)
    return min(widest, _BROAD_NAME) + 12, min(widest, _NARROW_NAME) + 10


def tick_gutter(y: Scale) -> float:
    """Room for the labels of the vertical axis."""
    return max(text_width(y.label(tick)) for tick in y.ticks()) + 12


def row_name(name: str, y: float) -> Markup:
    """The name of a row, to the left of the plot."""
    return fitted(0, y, name, _BROAD_NAME, _NARROW_NAME, dx=-10, classes="end")


def fitted(x: float, y: float, content: str, broad: float, narrow: float, *, dx: float, classes: str) -> Markup:
    """A label that is cut to the room it has: one text if that is the same for broad and narrow, else one for each."""
    cut = fit(content, broad), fit(content, narrow)
    if cut[0] == cut[1]:
        return text(x, y, cut[0], dx=dx, classes=classes)
    return text(x, y, cut[0], dx=dx, classes=f"{classes} broad") + text(x, y, cut[1], dx=dx, classes=f"{classes} narrow")


def rect(x: float, y: float, width: float, height: float, colour: str) -> Markup:
    """A filled rectangle; ``x`` and ``width`` are shares of the plot, ``colour`` a variable of the style sheet."""
    return Markup('<rect class="fill" style="--c:var({})" x="{:.4%}" y="{:.1f}" width="{:.4%}" height="{:.1f}"/>').format(
        colour, x, y, max(0.0, width), height
    )


def dot(x: float, y: float, radius: int, colour: str) -> Markup:
    """A filled circle; ``x`` is a share of the plot."""
    return Markup('<circle class="fill" style="--c:var({})" cx="{:.4%}" cy="{:.2f}" r="{}"/>').format(colour, x, y, radius)


def node(colour: str, x: str, y: float, height: float) -> Markup:
    """The end of a ribbon."""
    return Markup('<rect class="fill" style="--c:var({})" x="{}" y="{:.2f}" width="7" height="{:.2f}"/>').format(
        colour, x, y, height
    )


def ribbon(colour: str, start: tuple[float, float], end: tuple[float, float]) -> Markup:
    """A band from the left edge (top and bottom there) to the right edge of the stretched coordinates."""
    (a, b), (c, d) = start, end
    return area(colour, f"M0,{a:.2f}C500,{a:.2f} 500,{c:.2f} 1000,{c:.2f}V{d:.2f}C500,{d:.2f} 500,{b:.2f} 0,{b:.2f}Z")


def area(colour: str, path: str) -> Markup:
    """A half transparent area in the stretched coordinates, such as a ribbon; ``path`` as in SVG."""
    return Markup('<path class="flow" style="--c:var({})" d="{}"/>').format(colour, path)


def stretched(height: float, body: Iterable[Markup]) -> Markup:
    """Shapes in coordinates of 1000 by ``height``, stretched over the plot area."""
    return Markup('<svg width="100%" height="{0:.0f}" viewBox="0 0 1000 {0:.0f}" preserveAspectRatio="none">{1}</svg>').format(
        height, joined(body)
    )


def vertical(x: float, top: float, bottom: float, kind: str) -> Markup:
    """A vertical line; ``kind`` is its class in the style sheet."""
    return Markup('<line class="{0}" x1="{1:.4%}" x2="{1:.4%}" y1="{2:.1f}" y2="{3:.1f}"/>').format(kind, x, top, bottom)


def horizontal(y: float, kind: str) -> Markup:
    """A horizontal line over the whole plot; ``kind`` is its class in the style sheet."""
    return Markup('<line class="{0}" x1="0" x2="100%" y1="{1:.1f}" y2="{1:.1f}"/>').format(kind, y)


def text(x: float, y: float, content: str, *, dx: float = 0.0, classes: str = "") -> Markup:
    """A label at a share of the plot, moved by ``dx`` pixels; nothing for no content."""
    if not content:
        return Markup("")
    shift = Markup(' dx="{:.1f}"').format(dx) if dx else ""
    named = Markup(' class="{}"').format(classes) if classes else ""
    return Markup('<text x="{:.4%}" y="{:.1f}"{}{}>{}</text>').format(x, y, shift, named, escaped(content))
