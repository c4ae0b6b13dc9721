"""The rollout policy: whether a candidate advances, waits, completes or is rolled back, as a pure function of the evidence.

The same function decides on a laptop and on a cluster; only the adapter that collects the evidence differs.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from attune.config.params import RolloutParams
from attune.rollout.evidence import Interval, StageEvidence, error_difference, satisfaction_difference

GATE = "reached_all_users"
SAME_MODEL = "served_model_is_the_released_one"

RolloutAction = Literal["advance", "wait", "rollback", "done"]
RolloutReason = Literal[
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
class RolloutPolicy:
    """The limits of a rollout.

    Attributes:
        stages: shares of the traffic, ascending, the last one 1.
        stage_days: minimum duration of a stage.
        max_stage_days: a stage that is inconclusive for this long is rolled back.
        min_sample: minimum number of rated requests of each arm.
        max_satisfaction_drop: allowed difference of the candidate's mean rating below the control's, in rating points.
        max_error_rise: allowed difference of the candidate's error rate above the control's (0.05 = 5 percentage points).
        alpha: error probability of each bound in a stage.
    """

    stages: tuple[float, ...] = (0.10, 0.25, 0.50, 1.0)
    stage_days: float = 3.0
    max_stage_days: float = 30.0
    min_sample: int = 20
    max_satisfaction_drop: float = 0.5
    max_error_rise: float = 0.05
    alpha: float = 0.05


@dataclass(frozen=True)
class RolloutDecision:
    """What to do, why, and the comparison behind it."""

    action: RolloutAction
    reason: RolloutReason
    why: str
    satisfaction: Interval
    errors: Interval


def decide(policy: RolloutPolicy, stage: int, evidence: StageEvidence, *, paused: bool = False) -> RolloutDecision:
    """Decide on one stage.

    A candidate is rolled back when it is *significantly* worse than allowed (the whole interval is beyond the limit), at the
    first safety incident, or when a stage stays inconclusive for too long. It advances when it is *significantly* not worse
    than allowed. Otherwise it waits for more evidence, so noise neither rolls back a good model nor advances a bad one.

    Args:
        policy: the limits.
        stage: index into ``policy.stages``.
        evidence: the evidence of this stage.
        paused: the rollout is paused by hand; it can still be rolled back, but not advance.
    """
    satisfaction = satisfaction_difference(evidence.candidate, evidence.control, policy.alpha, policy.min_sample)
    errors = error_difference(evidence.candidate, evidence.control, policy.alpha)

    def decision(action: RolloutAction, reason: RolloutReason, why: str) -> RolloutDecision:
        return RolloutDecision(action, reason, why, satisfaction, errors)

    verdict = _worse(policy, evidence, satisfaction, errors)
    if verdict:
        return decision("rollback", *verdict)
    if paused:
        return decision("wait", "paused", "paused by hand")
    doubt = _doubt(policy, evidence, satisfaction, errors)
    if doubt and doubt[0] != "soaking" and evidence.days >= policy.max_stage_days:
        why = f"inconclusive after {evidence.days:.3g} days: {doubt[1]}"
        return decision("rollback", "undecided", why)
    if doubt:
        return decision("wait", *doubt)
    action: RolloutAction = "done" if stage == len(policy.stages) - 1 else "advance"
    assert satisfaction.estimate is not None
    why = f"rating {satisfaction.estimate:+.2f} relative to the control, at least {satisfaction.low:+.2f}; within all limits"
    return decision(action, "criteria_met", why)


def _worse(
    policy: RolloutPolicy, evidence: StageEvidence, satisfaction: Interval, errors: Interval
) -> tuple[RolloutReason, str] | None:
    incidents = evidence.candidate.incidents
    if incidents:
        return "safety_incident", f"{incidents} safety incident{'s' if incidents > 1 else ''} on the candidate"
    if errors.low > policy.max_error_rise:
        why = f"error rate is at least {errors.low:.1%} above the control's, allowed are {policy.max_error_rise:.1%}"
        return "error_rate", why
    enough = min(evidence.candidate.ratings, evidence.control.ratings) >= policy.min_sample
    if enough and satisfaction.high < -policy.max_satisfaction_drop:
        allowed = f"allowed are {policy.max_satisfaction_drop:g}"
        why = f"rating is at least {-satisfaction.high:.2f} points below the control's, {allowed}"
        return "satisfaction", why
    return None


def _doubt(
    policy: RolloutPolicy, evidence: StageEvidence, satisfaction: Interval, errors: Interval
) -> tuple[RolloutReason, str] | None:
    if evidence.days < policy.stage_days:
        return "soaking", f"day {evidence.days:.1f} of {policy.stage_days:g}"
    rated = min(evidence.candidate.ratings, evidence.control.ratings)
    if rated < policy.min_sample:
        return "sample", f"{rated} of {policy.min_sample} rated requests"
    assert errors.estimate is not None
    if errors.estimate > policy.max_error_rise:
        why = f"error rate is {errors.estimate:.1%} above the control's, allowed are {policy.max_error_rise:.1%}"
        return "unclear", why
    if satisfaction.low < -policy.max_satisfaction_drop:
        return "unclear", _may_be_lower(-satisfaction.low, policy)
    return None


def _may_be_lower(points: float, policy: RolloutPolicy) -> str:
    return f"rating may be up to {points:.2f} points below the control's, allowed are {policy.max_satisfaction_drop:g}"


@dataclass(frozen=True)
class ReleaseResult:
    """The decision of the step ``release`` on a model.

    Attributes:
        decision: ``promote``, ``hold`` or ``reject``.
        name: of the model in the registry.
        reasons: of the decision.
        content: digest of the model that was decided on.
        base_content: digest of the base model, which is in production.
    """

    decision: str
    name: str
    reasons: Sequence[str] = ()
    content: str = ""
    base_content: str = ""

    @property
    def promoted(self) -> bool:
        """Whether the model may be rolled out."""
        return self.decision == "promote"


def failed_model_gates(differences: Sequence[str]) -> tuple[str, ...]:
    """The gate of a rollout whose models are not those that the release was decided on; ``differences`` says how."""
    return (SAME_MODEL,) if differences else ()


def failed_gates(reached: bool, params: RolloutParams) -> tuple[str, ...]:
    """The gates of the step that a rollout failed: :data:`GATE` where all users must be reached and were not."""
    return () if reached or not params.require_all_users else (GATE,)
