"""What charts are drawn with: the plot area, its axes, marks and labels, as pieces of SVG.

The SVG element is the plot area itself: horizontal positions are per cent of it, vertical ones are pixels, and labels stand in
the margins around it (``overflow: visible``). Where space is short the style sheet shows the texts of class ``narrow`` in place
of those of class ``broad``. Curves lie in a nested SVG that is stretched, with strokes that are not.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from attune.reporting.markup import text as escaped
from attune.reporting.scales import Scale, drawable, fit, number_text, text_width

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
            f'height="{self.height:.0f}" style="{style}"><title id="{identifier}-t">{escaped(title)}</title>'
            f'<desc id="{identifier}-d">{escaped(description)}</desc>{"".join(body)}</svg></div>'
        )


def empty(sentence: str) -> str:
    """What stands in the place of a chart without data."""
    return f'<p class="empty">{escaped(sentence)}</p>'


def horizontal_grid(y: Scale, height: float) -> list[str]:
    """Grid lines at the ticks of the vertical axis, with their labels to the left."""
    drawn = []
    for tick in y.ticks():
        at = height * (1 - y.at(tick))
        drawn.append(f'<line class="grid" x1="0" x2="100%" y1="{at:.1f}" y2="{at:.1f}"/>')
        drawn.append(text(0, at + 4, y.label(tick), dx=-8, classes="end soft"))
    return drawn


def x_ticks(ticks: Sequence[tuple[float, str]], height: float) -> list[str]:
    """Tick labels under the plot; every second one is left out where space is short."""
    crowded = len(ticks) > 4
    return [
        f'<line class="axis" x1="{at:.4%}" x2="{at:.4%}" y1="{height:.0f}" y2="{height + 4:.0f}"/>'
        + text(at, height + 18, label, classes=f"middle soft{' broad' if crowded and index % 2 else ''}")
        for index, (at, label) in enumerate(ticks)
    ]


def vertical_marks(marks: Mapping[str, float], place: Callable[[float], float], height: float) -> tuple[list[str], int]:
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


def horizontal_marks(marks: Mapping[str, float], y: Scale, height: float) -> list[str]:
    """Named horizontal lines with their labels at the right end, pushed apart where they would touch."""
    drawn, lowest = [], height + 12.0
    for name, value in sorted(marks.items(), key=lambda mark: mark[1]):
        at = height * (1 - y.at(value))
        lowest = min(at - 5, lowest - 15)
        drawn.append(f'<line class="mark" x1="0" x2="100%" y1="{at:.1f}" y2="{at:.1f}"/>')
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


def row_name(name: str, y: float) -> str:
    """The name of a row, to the left of the plot."""
    return fitted(0, y, name, _BROAD_NAME, _NARROW_NAME, dx=-10, classes="end")


def fitted(x: float, y: float, content: str, broad: float, narrow: float, *, dx: float, classes: str) -> str:
    """A label that is cut to the room it has: one text if that is the same for broad and narrow, else one for each."""
    cut = fit(content, broad), fit(content, narrow)
    if cut[0] == cut[1]:
        return text(x, y, cut[0], dx=dx, classes=classes)
    return text(x, y, cut[0], dx=dx, classes=f"{classes} broad") + text(x, y, cut[1], dx=dx, classes=f"{classes} narrow")


def rect(x: float, y: float, width: float, height: float, colour: str) -> str:
    """A filled rectangle; ``x`` and ``width`` are shares of the plot, ``colour`` a variable of the style sheet."""
    wide = max(0.0, width)
    return f'<rect class="fill" style="--c:var({colour})" x="{x:.4%}" y="{y:.1f}" width="{wide:.4%}" height="{height:.1f}"/>'


def node(colour: str, x: str, y: float, height: float) -> str:
    """The end of a ribbon."""
    return f'<rect class="fill" style="--c:var({colour})" x="{x}" y="{y:.2f}" width="7" height="{height:.2f}"/>'


def ribbon(colour: str, start: tuple[float, float], end: tuple[float, float]) -> str:
    """A band from the left edge (top and bottom there) to the right edge of the stretched coordinates."""
    (a, b), (c, d) = start, end
    curve = f"M0,{a:.2f}C500,{a:.2f} 500,{c:.2f} 1000,{c:.2f}V{d:.2f}C500,{d:.2f} 500,{b:.2f} 0,{b:.2f}Z"
    return f'<path class="flow" style="--c:var({colour})" d="{curve}"/>'


def stretched(height: float, body: Iterable[str]) -> str:
    """Shapes in coordinates of 1000 by ``height``, stretched over the plot area."""
    box = f'width="100%" height="{height:.0f}" viewBox="0 0 1000 {height:.0f}" preserveAspectRatio="none"'
    return f"<svg {box}>{''.join(body)}</svg>"


def vertical(x: float, top: float, bottom: float, kind: str) -> str:
    """A vertical line; ``kind`` is its class in the style sheet."""
    return f'<line class="{kind}" x1="{x:.4%}" x2="{x:.4%}" y1="{top:.1f}" y2="{bottom:.1f}"/>'


def text(x: float, y: float, content: str, *, dx: float = 0.0, classes: str = "") -> str:
    """A label at a share of the plot, moved by ``dx`` pixels; nothing for no content."""
    shift = f' dx="{dx:.1f}"' if dx else ""
    named = f' class="{classes}"' if classes else ""
    return f'<text x="{x:.4%}" y="{y:.1f}"{shift}{named}>{escaped(content)}</text>' if content else ""
