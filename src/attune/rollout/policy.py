"""When a candidate goes on, waits, is done or goes back: one pure function of a policy and the evidence (G2).

The same function decides on a laptop and on a cluster; only the adapter that brings the evidence differs.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from attune.config.params import RolloutParams
from attune.rollout.evidence import Evidence, Interval, error_difference, satisfaction_difference

GATE = "reached_all_users"

Action = Literal["advance", "wait", "rollback", "done"]
Reason = Literal[
    "safety_incident",
    "error_rate",
    "satisfaction",
    "undecided",
    "paused",
    "soaking",
    "sample",
    "unclear",
    "criteria_met",
]


@dataclass(frozen=True)
class Policy:
    """What a rollout allows.

    Attributes:
        stages: shares of the traffic, ascending, the last one 1.
        stage_days: least time in a stage.
        max_stage_days: a stage that is still not clear by then goes back.
        min_sample: least requests of each arm, and least ratings, before their average means anything.
        max_satisfaction_drop: rating points that the candidate may be below the control.
        max_error_rise: how far the candidate's error rate may be over the control's (0.05 = 5 percentage points).
        alpha: probability with which a bound of an interval may be wrong in a stage.
    """

    stages: tuple[float, ...] = (0.10, 0.25, 0.50, 1.0)
    stage_days: float = 3.0
    max_stage_days: float = 30.0
    min_sample: int = 20
    max_satisfaction_drop: float = 0.5
    max_error_rise: float = 0.05
    alpha: float = 0.05


@dataclass(frozen=True)
class Decision:
    """What to do, why, and the comparison that it rests on."""

    action: Action
    reason: Reason
    why: str
    satisfaction: Interval
    errors: Interval


def decide(policy: Policy, stage: int, evidence: Evidence, *, paused: bool = False) -> Decision:
    """Decide on one stage.

    A candidate goes back when it is *clearly* worse than allowed (the whole interval lies beyond the limit), at the first
    safety incident, or when a stage ends unclear. It goes on when it is *clearly* not worse than allowed. Anything else
    waits for more evidence: noise neither rolls a good model back nor carries a bad one forward.

    Args:
        policy: what is allowed.
        stage: index into ``policy.stages``.
        evidence: what is known of this stage.
        paused: a person holds the rollout; it can still go back, not on.
    """
    satisfaction = satisfaction_difference(evidence.candidate, evidence.control, policy.alpha, policy.min_sample)
    errors = error_difference(evidence.candidate, evidence.control, policy.alpha)

    def decision(action: Action, reason: Reason, why: str) -> Decision:
        return Decision(action, reason, why, satisfaction, errors)

    verdict = _worse(policy, evidence, satisfaction, errors)
    if verdict:
        return decision("rollback", *verdict)
    if paused:
        return decision("wait", "paused", "held by hand")
    doubt = _doubt(policy, evidence, satisfaction, errors)
    if doubt and doubt[0] != "soaking" and evidence.days >= policy.max_stage_days:
        why = f"still not clear after {evidence.days:.3g} days: {doubt[1]}"
        return decision("rollback", "undecided", why)
    if doubt:
        return decision("wait", *doubt)
    action: Action = "done" if stage == len(policy.stages) - 1 else "advance"
    assert satisfaction.estimate is not None
    why = f"rating {satisfaction.estimate:+.2f} against the control and at least {satisfaction.low:+.2f}; no limit is touched"
    return decision(action, "criteria_met", why)


def _worse(policy: Policy, evidence: Evidence, satisfaction: Interval, errors: Interval) -> tuple[Reason, str] | None:
    incidents = evidence.candidate.incidents
    if incidents:
        return "safety_incident", f"{incidents} safety incident{'s' if incidents > 1 else ''} on the candidate"
    if errors.low > policy.max_error_rise:
        why = f"error rate rises by at least {errors.low:.1%}, allowed are {policy.max_error_rise:.1%}"
        return "error_rate", why
    enough = min(evidence.candidate.ratings, evidence.control.ratings) >= policy.min_sample
    if enough and satisfaction.high < -policy.max_satisfaction_drop:
        why = f"rating falls by at least {-satisfaction.high:.2f} points, allowed are {policy.max_satisfaction_drop:g}"
        return "satisfaction", why
    return None


def _doubt(policy: Policy, evidence: Evidence, satisfaction: Interval, errors: Interval) -> tuple[Reason, str] | None:
    if evidence.days < policy.stage_days:
        return "soaking", f"day {evidence.days:.1f} of {policy.stage_days:g}"
    rated = min(evidence.candidate.ratings, evidence.control.ratings)
    if rated < policy.min_sample:
        return "sample", f"{rated} of {policy.min_sample} rated requests"
    assert errors.estimate is not None
    if errors.estimate > policy.max_error_rise:
        return "unclear", f"error rate is {errors.estimate:.1%} over the control's, allowed are {policy.max_error_rise:.1%}"
    if satisfaction.low < -policy.max_satisfaction_drop:
        return "unclear", _may_be_lower(-satisfaction.low, policy)
    return None


def _may_be_lower(points: float, policy: Policy) -> str:
    return f"the rating may be lower by {points:.2f} points, allowed are {policy.max_satisfaction_drop:g}"


@dataclass(frozen=True)
class Release:
    """What the step ``release`` decided about a model."""

    decision: str
    name: str
    reasons: Sequence[str] = ()

    @property
    def promoted(self) -> bool:
        """Whether the model may go to users."""
        return self.decision == "promote"


def failed_gates(reached: bool, params: RolloutParams) -> tuple[str, ...]:
    """The gates of the step that a rollout failed: :data:`GATE` where all users must be reached and were not."""
    return () if reached or not params.require_all_users else (GATE,)
