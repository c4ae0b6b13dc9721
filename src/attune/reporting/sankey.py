"""The Sankey diagram of a run's record counts: from the database and the files to the splits of the dataset version."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from attune.reporting import plot
from attune.reporting.markup import render
from attune.reporting.record_lineage import LineageStep, RecordLineage, RecordLoss
from attune.reporting.scales import number_text, share_text, text_width
from attune.reporting.tables import DataCell, DataRow, DataTable, share_cell

TITLE = "Sankey diagram of record counts"
_ORIGIN = {"extract": "product database", "ingest": "files"}
_COLOUR = {"skipped": "--s5", "rejected": "--rejected", "quarantined": "--quarantined"}
_MEANING = {
    "kept": "kept",
    "skipped": "skipped: no consent, or filtered out",
    "rejected": "rejected",
    "quarantined": "quarantined: could not be processed",
}
_SPLIT_COLOURS = ("--kept", "--s2", "--s3")
_MOST_REASONS = 7  # losses of a step that are drawn apart; the rest is drawn as one, and named in the table
_BOLD = 12.8  # size at which bold names are measured: they are wider
_BAR, _LEAST_BAND, _PITCH, _FULL = 9.0, 46.0, 20.0, 130.0  # pixels: a node, a step without losses, a label, all records


@dataclass(frozen=True)
class _LossLink:
    """A loss as drawn: it leaves the trunk from ``start`` to ``end`` (records) and ends at heights ``top`` to ``bottom``."""

    loss: RecordLoss
    start: float
    end: float
    top: float
    bottom: float


@dataclass(frozen=True)
class LineageView:
    """What the template ``lineage.html`` shows."""

    title: str
    agrees: bool
    sentence: str
    figure: Markup
    splits: Markup
    numbers: DataTable


def lineage_view(lineage: RecordLineage) -> LineageView:
    """A sentence, the diagram, the splits, and a table of all counts."""
    return LineageView(
        TITLE, not lineage.problems, lineage.sentence(), sankey(lineage, "lineage"), _splits(lineage), _numbers(lineage)
    )


def lineage_section(lineage: RecordLineage) -> str:
    """The part of a run's page that shows the lineage of its records."""
    return render("lineage.html", lineage=lineage_view(lineage))


def sankey(lineage: RecordLineage, identifier: str) -> Markup:
    """The diagram, from top to bottom: widths are in proportion to records; losses leave the trunk to the right."""
    if not lineage.offered:
        return plot.empty("No record came in.")
    shapes: list[Markup] = []
    labels: list[Markup] = []
    y, trunk = 0.0, 0.0  # the trunk's width above the next node, in records
    for step in lineage.steps:
        start = trunk if not step.sources else 0.0
        y, trunk = _draw_step(step, lineage.offered, start, y, shapes, labels)
    if lineage.complete:
        at = 0.0
        for colour, count in zip(_SPLIT_COLOURS, lineage.splits.values(), strict=False):
            labels.append(plot.rect(at / lineage.offered, y, count / lineage.offered, _BAR, colour))
            at += count
        labels += _node_label("dataset version", int(at), y)
        y += _BAR + 14
    names = [_origin(step) for step in lineage.steps] + ["dataset version"]
    left = max(text_width(name, _BOLD) for name in names) + 16
    widest = max((text_width(_loss_text(loss)) for step in lineage.steps for loss in _shown(step)), default=0.0)
    frame = plot.Frame(y, (left, min(left, 92.0)), (min(widest, 250.0) + 18, 132.0), 12, 12)
    return _legend(lineage) + frame.svg(identifier, TITLE, lineage.sentence(), [plot.stretched(y, shapes), *labels])


def _draw_step(
    step: LineageStep, whole: int, start: float, y: float, shapes: list[Markup], labels: list[Markup]
) -> tuple[float, float]:
    """Draw one node and the links below it; returns the next node's height and the trunk's width there."""
    if start:  # records of earlier nodes pass beside this one
        shapes.append(_straight(0, start / whole, y, y + _BAR))
    labels.append(plot.rect(start / whole, y, step.offered / whole, _BAR, "--kept"))
    labels += _node_label(_origin(step), step.offered, y)
    top = y + _BAR
    links, height = _links(step, start)
    bottom = top + height
    trunk = start + step.kept
    shapes.append(_straight(0, trunk / whole, top, bottom))
    for link in links:
        shapes.append(_curve(link, whole, top))
        middle = top + (link.top + link.bottom) / 2
        labels.append(plot.fitted(1, middle + 4, _loss_text(link.loss), 250, 122, dx=10, classes=""))
    return bottom, trunk


def _links(step: LineageStep, start: float) -> tuple[list[_LossLink], float]:
    """The links of a step's losses, the first at the trunk's right edge and highest; and the height that they need."""
    links, right, y = [], start + step.offered, 4.0
    for loss in _shown(step):
        thick = max(1.5, _FULL * loss.count / max(1, step.offered))
        slot = max(thick + 4, _PITCH)
        top = y + (slot - thick) / 2
        links.append(_LossLink(loss, right - loss.count, right, top, top + thick))
        right -= loss.count
        y += slot
    return links, max(y + 6, _LEAST_BAND)


def _shown(step: LineageStep) -> Sequence[RecordLoss]:
    losses = step.losses
    if len(losses) <= _MOST_REASONS + 1:
        return losses
    rejected = [loss for loss in losses if loss.kind == "rejected"]
    least = rejected[-(len(losses) - _MOST_REASONS) :]
    rest = RecordLoss("rejected", f"for {len(least)} more reasons", sum(loss.count for loss in least))
    return [
        *(loss for loss in losses if loss not in least and loss.kind != "quarantined"),
        rest,
        *(loss for loss in losses if loss.kind == "quarantined"),
    ]


def _straight(left: float, right: float, top: float, bottom: float) -> Markup:
    a, b = 1000 * left, 1000 * right
    return plot.area("--kept", f"M{a:.2f},{top:.1f}H{b:.2f}V{bottom:.1f}H{a:.2f}Z")


def _curve(link: _LossLink, whole: int, y: float) -> Markup:
    """From a piece of the node's lower edge to a piece of the right edge; never thinner than can be seen."""
    a, b = 1000 * link.start / whole, 1000 * link.end / whole
    a = min(a, b - 1.5)
    top, bottom = y + link.top, y + link.bottom
    path = f"M{a:.2f},{y:.1f}Q{a:.2f},{bottom:.1f} 1000,{bottom:.1f}V{top:.1f}Q{b:.2f},{top:.1f} {b:.2f},{y:.1f}Z"
    return plot.area(_COLOUR[link.loss.kind], path)


def _node_label(name: str, count: int, y: float) -> list[Markup]:
    return [
        plot.fitted(0, y + 6, name, 190, 84, dx=-10, classes="end bold"),
        plot.text(0, y + 21, number_text(count), dx=-10, classes="end soft"),
    ]


def _origin(step: LineageStep) -> str:
    return _ORIGIN.get(step.step, step.step)


def _loss_text(loss: RecordLoss) -> str:
    return f"{number_text(loss.count)} {loss.reason.replace('_', ' ')}"


def _legend(lineage: RecordLineage) -> Markup:
    losses = {loss.kind for step in lineage.steps for loss in step.losses}
    kinds = ["kept", *(kind for kind in _COLOUR if kind in losses)]
    return plot.legend(plot.swatch("flow", _MEANING[kind], _COLOUR.get(kind, "--kept")) for kind in kinds)


def _splits(lineage: RecordLineage) -> Markup:
    """The splits under the diagram, with the colours of its last bar."""
    total = sum(lineage.splits.values())
    keys = [
        plot.swatch("fill", f"{name} {number_text(count)} · {share_text(count, total)}", colour)
        for colour, (name, count) in zip(_SPLIT_COLOURS, lineage.splits.items(), strict=False)
    ]
    return plot.legend(keys) if keys else Markup("")


def _numbers(lineage: RecordLineage) -> DataTable:
    """Every count of the diagram, and those that it draws as one."""
    rows = []

    def add(step: str, what: str, count: int, key: str) -> None:
        rows.append(DataRow(step, [DataCell(what), DataCell(count, key), share_cell(count, lineage.offered, key)]))

    for step in lineage.steps:
        came = "came in" if step.sources else f"in the {_origin(step)}"
        add(step.step, came, step.offered, f"lineage/{step.step}/offered")
        for loss in step.losses:
            key = f"lineage/{step.step}/{loss.kind}/{loss.reason}"
            add(step.step, f"{loss.reason.replace('_', ' ')} ({loss.kind})", loss.count, key)
        add(step.step, "kept", step.kept, f"lineage/{step.step}/kept")
    for name, count in lineage.splits.items():
        add("dataset version", name, count, f"lineage/splits/{name}")
    return DataTable(TITLE, ["step", "what", "records", "share of all"], rows, [False, False, True, True])
