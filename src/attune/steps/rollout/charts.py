"""Charts of a rollout's report: evidence, share, satisfaction and error rate over time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, Any

from attune.config.params import RolloutParams
from attune.reporting.report import Block, Line, Lines
from attune.rollout.evidence import Arm, arms, mean_interval, rate_bounds

if TYPE_CHECKING:
    from attune.rollout.trial import TrialResult

NAMES = {"candidate": "The candidate", "drill": "The rollback drill"}
ARMS = ("candidate", "production")
_STARS = (1.0, 5.0)
_WIDEST = 1.5  # rating points; the wide intervals at the start of a stage would flatten the rest of the chart


def charts(result: TrialResult, params: RolloutParams) -> Iterator[Block]:
    """The charts of one rollout, starting with the evidence of the decisions."""
    name = NAMES[result.name]
    turns = _by_turn(result.rows, params)
    events = {
        f"{share:.0%}": next(turn.began for turn in turns if turn.stage == stage)
        for stage, share in enumerate(params.stages)
        if any(turn.stage == stage for turn in turns)
    }
    axis = "day (compressed clock)"
    yield _evidence(result, params, events, axis)
    days = [turn.day for turn in turns]
    measured = [_share(turn.sums) for turn in turns]
    yield Lines(
        f"{name}: share of traffic",
        [Line("target", days, [100 * turn.share for turn in turns]), Line("measured in the stage", days, measured)],
        axis,
        "% of requests",
        events=events,
    )
    compared = [turn for turn in turns if turn.stage < len(params.stages)]
    satisfaction = [_rating_line(arm, compared, params) for arm in ARMS]
    yield Lines(
        f"{name}: satisfaction",
        [line for line in satisfaction if line.x],
        axis,
        "mean rating (1 to 5)",
        note="Mean of the stage so far, with a confidence sequence that covers the true mean at all decisions with "
        f"{2 * params.confidence - 1:.0%} probability.",
        events=events,
    )
    errors = [_error_line(arm, compared, params) for arm in ARMS]
    yield Lines(f"{name}: error rate", [line for line in errors if line.x], axis, "% of requests in the stage", events=events)


def _evidence(result: TrialResult, params: RolloutParams, events: Mapping[str, float], axis: str) -> Lines:
    """The difference in rating at every decision, with its confidence sequence."""
    starts = list(events.values())
    lines = []
    decisions = [record for record in result.records if record["event"] == "decision"]
    for stage, group in groupby(decisions, key=lambda record: record["stage"]):
        known = [
            decision["evidence"]
            for decision in group
            if decision["evidence"]["satisfaction_difference"]["estimate"] is not None
        ]
        differences = [evidence["satisfaction_difference"] for evidence in known]
        line = Line(
            f"at {params.stages[stage]:.0%}",
            [starts[stage] + evidence["days"] for evidence in known],
            [difference["estimate"] for difference in differences],
            [max(difference["low"], difference["estimate"] - _WIDEST) for difference in differences],
            [min(difference["high"], difference["estimate"] + _WIDEST) for difference in differences],
        )
        if line.x:
            lines.append(line)
    limit = -params.max_satisfaction_drop
    return Lines(
        f"{NAMES[result.name]}: evidence by stage",
        lines,
        axis,
        "rating difference to the control",
        note=f"It advances when the whole band is above the limit of {limit:+g} points, and rolls back when it is entirely "
        f"below. Each bound holds at all decisions of a stage with {params.confidence:.0%} probability; the band is cut at "
        f"{_WIDEST:g} points.",
        marks={"no difference": 0.0, "limit": limit},
        events=events,
    )


@dataclass(frozen=True)
class _Turn:
    began: float
    day: float  # at its end
    stage: int
    share: float
    sums: Mapping[str, Arm]  # of the stage so far


def _by_turn(rows: Sequence[Mapping[str, Any]], params: RolloutParams) -> list[_Turn]:
    turns = []
    so_far: list[Mapping[str, Any]] = []
    for _, group in groupby(rows, key=lambda row: row["turn"]):
        chunk = list(group)
        stage = chunk[-1]["stage"]
        so_far = [row for row in so_far if row["stage"] == stage] + chunk
        end = chunk[-1]["day"] + (0 if chunk[-1]["paused"] else len(chunk) / params.requests_per_day)
        turns.append(_Turn(chunk[0]["day"], end, stage, chunk[-1]["share"], arms(so_far)))
    return turns


def _share(sums: Mapping[str, Arm]) -> float:
    candidate = sums.get("candidate", Arm()).requests
    return 100 * candidate / max(1, sum(arm.requests for arm in sums.values()))


def _rating_line(name: str, turns: Sequence[_Turn], params: RolloutParams) -> Line:
    x, y, low, high = [], [], [], []
    for turn in turns:
        arm = turn.sums.get(name, Arm())
        interval = mean_interval(arm, 1 - params.confidence, params.min_sample)
        if interval.estimate is None:
            continue
        x.append(turn.day)
        y.append(interval.estimate)
        low.append(max(_STARS[0], interval.low))
        high.append(min(_STARS[1], interval.high))
    return Line(name if name == "candidate" else "control", x, y, low, high)


def _error_line(name: str, turns: Sequence[_Turn], params: RolloutParams) -> Line:
    x, y, low, high = [], [], [], []
    for turn in turns:
        arm = turn.sums.get(name, Arm())
        if arm.error_rate is None:
            continue
        bounds = rate_bounds(arm.errors, arm.requests, 1 - params.confidence)
        x.append(turn.day)
        y.append(100 * arm.error_rate)
        low.append(100 * bounds[0])
        high.append(100 * bounds[1])
    return Line(name if name == "candidate" else "control", x, y, low, high)
