"""The picture of a run's records: a river from the database and the files down to the splits, and what leaves it on the way."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from attune.reporting import plot
from attune.reporting.markup import cell, details, human, row, section, table, text, value_attributes
from attune.reporting.record_lineage import Loss, RecordFlow, Stage
from attune.reporting.scales import number_text, share_text, text_width

TITLE = "Where every record went"
_ORIGIN = {"extract": "product database", "ingest": "files"}
_COLOUR = {"passed_over": "--s5", "rejected": "--rejected", "quarantined": "--quarantined"}
_MEANING = {
    "kept": "went on",
    "passed_over": "never read, or filtered out",
    "rejected": "left out",
    "quarantined": "could not be processed",
}
_SPLIT_COLOURS = ("--kept", "--s2", "--s3")
_MOST_REASONS = 7  # a step's ribbons; the rest is drawn as one, and named in the table
_BOLD = 12.8  # size at which bold names are measured: they are wider
_BAR, _LEAST_BAND, _PITCH, _FULL = 9.0, 46.0, 20.0, 130.0  # pixels: a node, a step without losses, a label, all records


@dataclass(frozen=True)
class _Bend:
    """A ribbon that leaves the river between ``start`` and ``end`` of its width, at heights from ``top`` to ``bottom``."""

    loss: Loss
    start: float
    end: float
    top: float
    bottom: float


def flow_section(flow: RecordFlow) -> str:
    """The part of a run's page that shows where every record went: a sentence, the picture, and all numbers."""
    good = not flow.problems
    tone, sign = ("good", "✓ It adds up.") if good else ("bad", "✕ It does not add up.")
    verdict = f'<p><span class="tone {tone}" {value_attributes("flow/adds_up", good)}>{sign}</span> {text(flow.sentence())}</p>'
    figure = f"<figure>{flow_chart(flow, 'flow')}</figure>{_splits(flow)}"
    return section(TITLE, f"{verdict}{figure}{details('All numbers of the way', _numbers(flow))}", classes="wide")


def flow_chart(flow: RecordFlow, identifier: str) -> str:
    """The river: widths are in proportion to records; what leaves it bends out to the right, under its reason."""
    if not flow.offered:
        return plot.empty("No record came in.")
    shapes: list[str] = []
    labels: list[str] = []
    y, river = 0.0, 0.0  # the river's width above the next node, in records
    for stage in flow.stages:
        start = river if not stage.sources else 0.0
        y, river = _draw_stage(stage, flow.offered, start, y, shapes, labels)
    if flow.complete:
        at = 0.0
        for colour, count in zip(_SPLIT_COLOURS, flow.splits.values(), strict=False):
            labels.append(plot.rect(at / flow.offered, y, count / flow.offered, _BAR, colour))
            at += count
        labels += _node_label("dataset version", int(at), y)
        y += _BAR + 14
    names = [_origin(stage) for stage in flow.stages] + ["dataset version"]
    left = max(text_width(name, _BOLD) for name in names) + 16
    widest = max((text_width(_loss_text(loss)) for stage in flow.stages for loss in _shown(stage)), default=0.0)
    frame = plot.Frame(y, (left, min(left, 92.0)), (min(widest, 250.0) + 18, 132.0), 12, 12)
    return _legend(flow) + frame.svg(identifier, TITLE, flow.sentence(), [plot.stretched(y, shapes), *labels])


def _draw_stage(stage: Stage, whole: int, start: float, y: float, shapes: list[str], labels: list[str]) -> tuple[float, float]:
    """Draw one node and the band below it; returns where the next node stands and how wide the river is there."""
    if start:  # what came in before flows on beside this node
        shapes.append(_straight(0, start / whole, y, y + _BAR))
    labels.append(plot.rect(start / whole, y, stage.offered / whole, _BAR, "--kept"))
    labels += _node_label(_origin(stage), stage.offered, y)
    top = y + _BAR
    bends, height = _bends(stage, start)
    bottom = top + height
    river = start + stage.kept
    shapes.append(_straight(0, river / whole, top, bottom))
    for bend in bends:
        shapes.append(_curve(bend, whole, top))
        middle = top + (bend.top + bend.bottom) / 2
        labels.append(plot.fitted(1, middle + 4, _loss_text(bend.loss), 250, 122, dx=10, classes=""))
    return bottom, river


def _bends(stage: Stage, start: float) -> tuple[list[_Bend], float]:
    """The ribbons of a stage, the first at the river's right edge and highest; and how high the band must be."""
    bends, right, y = [], start + stage.offered, 4.0
    for loss in _shown(stage):
        thick = max(1.5, _FULL * loss.count / max(1, stage.offered))
        slot = max(thick + 4, _PITCH)
        top = y + (slot - thick) / 2
        bends.append(_Bend(loss, right - loss.count, right, top, top + thick))
        right -= loss.count
        y += slot
    return bends, max(y + 6, _LEAST_BAND)


def _shown(stage: Stage) -> Sequence[Loss]:
    losses = stage.losses
    if len(losses) <= _MOST_REASONS + 1:
        return losses
    rejected = [loss for loss in losses if loss.kind == "rejected"]
    least = rejected[-(len(losses) - _MOST_REASONS) :]
    rest = Loss("rejected", f"for {len(least)} more reasons", sum(loss.count for loss in least))
    return [
        *(loss for loss in losses if loss not in least and loss.kind != "quarantined"),
        rest,
        *(loss for loss in losses if loss.kind == "quarantined"),
    ]


def _straight(left: float, right: float, top: float, bottom: float) -> str:
    a, b = 1000 * left, 1000 * right
    return f'<path class="flow" style="--c:var(--kept)" d="M{a:.2f},{top:.1f}H{b:.2f}V{bottom:.1f}H{a:.2f}Z"/>'


def _curve(bend: _Bend, whole: int, y: float) -> str:
    """From a piece of the node's lower edge to a piece of the right edge; never thinner than can be seen."""
    a, b = 1000 * bend.start / whole, 1000 * bend.end / whole
    a = min(a, b - 1.5)
    top, bottom = y + bend.top, y + bend.bottom
    path = f"M{a:.2f},{y:.1f}Q{a:.2f},{bottom:.1f} 1000,{bottom:.1f}V{top:.1f}Q{b:.2f},{top:.1f} {b:.2f},{y:.1f}Z"
    return f'<path class="flow" style="--c:var({_COLOUR[bend.loss.kind]})" d="{path}"/>'


def _node_label(name: str, count: int, y: float) -> list[str]:
    return [
        plot.fitted(0, y + 6, name, 190, 84, dx=-10, classes="end bold"),
        plot.text(0, y + 21, number_text(count), dx=-10, classes="end soft"),
    ]


def _origin(stage: Stage) -> str:
    return _ORIGIN.get(stage.step, stage.step)


def _loss_text(loss: Loss) -> str:
    return f"{number_text(loss.count)} {loss.reason.replace('_', ' ')}"


def _legend(flow: RecordFlow) -> str:
    kinds = ["kept", *(kind for kind in _COLOUR if any(loss.kind == kind for stage in flow.stages for loss in stage.losses))]
    keys = [_key(_COLOUR.get(kind, "--kept"), "flow", _MEANING[kind]) for kind in kinds]
    return f'<ul class="legend">{"".join(keys)}</ul>'


def _splits(flow: RecordFlow) -> str:
    """The splits under the picture, with the colours of its last bar."""
    total = sum(flow.splits.values())
    keys = [
        _key(colour, "fill", f"{name} {number_text(count)} · {share_text(count, total)}")
        for colour, (name, count) in zip(_SPLIT_COLOURS, flow.splits.items(), strict=False)
    ]
    return f'<ul class="legend">{"".join(keys)}</ul>' if keys else ""


def _key(colour: str, kind: str, name: str) -> str:
    swatch = f'<svg aria-hidden="true"><rect class="{kind}" style="--c:var({colour})" width="22" height="10"/></svg>'
    return f"<li>{swatch}{text(name)}</li>"


def _numbers(flow: RecordFlow) -> str:
    """Every number of the picture, and those that it sums up."""
    rows = []

    def line(where: str, what: str, count: int, key: str) -> None:
        share = cell(count / flow.offered if flow.offered else None, f"{key}/share", shown=share_text(count, flow.offered))
        rows.append(row(where, [f"<td>{human(what)}</td>", cell(count, key), share]))

    for stage in flow.stages:
        came = "came in" if stage.sources else f"stood in the {_origin(stage)}"
        line(stage.step, came, stage.offered, f"flow/{stage.step}/offered")
        for loss in stage.losses:
            key = f"flow/{stage.step}/{loss.kind}/{loss.reason}"
            line(stage.step, f"{loss.reason.replace('_', ' ')} ({_MEANING[loss.kind]})", loss.count, key)
        line(stage.step, "went on", stage.kept, f"flow/{stage.step}/kept")
    for name, count in flow.splits.items():
        line("dataset version", name, count, f"flow/splits/{name}")
    columns = ["step", "what", "records", "share of all"]
    return table(TITLE, columns, rows, numeric=[False, False, True, True])
