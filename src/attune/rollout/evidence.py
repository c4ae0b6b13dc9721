"""Evidence about a candidate and its control: counts, ratings, and confidence sequences for sequential testing.

The controller examines the evidence repeatedly and acts as soon as it is conclusive. A fixed-sample confidence interval would
be wrong far too often under this optional stopping. So both intervals here are *confidence sequences*: with the stated
probability they cover the true value at all looks of a stage simultaneously.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

ControlPeriod = Literal["same", "previous"]
_BISECTIONS = 60


@dataclass(frozen=True)
class Arm:
    """Sums over the requests of one model in one period.

    A request that failed counts in ``errors`` and has no rating, even if the other model answered it.
    """

    requests: int = 0
    errors: int = 0
    incidents: int = 0
    ratings: int = 0
    rating_sum: float = 0.0
    rating_squares: float = 0.0

    @property
    def mean(self) -> float | None:
        """Mean rating; None without ratings."""
        return self.rating_sum / self.ratings if self.ratings else None

    @property
    def variance(self) -> float:
        """Variance of the ratings, plus one pseudo-rating one point off the mean.

        Without it, a few equal ratings would have zero variance.
        """
        if not self.ratings:
            return 1.0
        spread = self.rating_squares - self.rating_sum**2 / self.ratings
        return (max(0.0, spread) + 1.0) / self.ratings

    @property
    def error_rate(self) -> float | None:
        """Share of requests that failed; None without requests."""
        return self.errors / self.requests if self.requests else None

    def plus(self, *, error: bool, rating: float | None, incident: bool) -> Arm:
        """This arm with one more request."""
        rated = rating is not None
        value = rating or 0.0
        return Arm(
            self.requests + 1,
            self.errors + error,
            self.incidents + incident,
            self.ratings + rated,
            self.rating_sum + value,
            self.rating_squares + value * value,
        )


@dataclass(frozen=True)
class StageEvidence:
    """The evidence of one stage.

    Attributes:
        days: duration of the stage on the rollout's clock, without pauses.
        candidate: the candidate's requests in this stage.
        control: the production model's requests in the same period, or, at 100 %, where it has none, in the previous stage.
        control_period: which of the two.
    """

    days: float
    candidate: Arm
    control: Arm
    control_period: ControlPeriod = "same"


@dataclass(frozen=True)
class Interval:
    """An estimate with two bounds; the estimate is None without data."""

    estimate: float | None
    low: float
    high: float


def arms(rows: Iterable[Mapping[str, Any]]) -> dict[str, Arm]:
    """Sums by ``arm`` over request rows with ``arm``, ``error``, ``rating`` and ``incident``."""
    sums: dict[str, Arm] = {}
    for row in rows:
        arm = sums.get(row["arm"], Arm())
        sums[row["arm"]] = arm.plus(error=row["error"], rating=row["rating"], incident=row["incident"])
    return sums


def satisfaction_difference(candidate: Arm, control: Arm, alpha: float, planned: int) -> Interval:
    """Mean rating of the candidate minus that of the control, with time-uniform bounds.

    Each bound is exceeded at any look of the stage with probability of about ``alpha``. It is the one-sided asymptotic
    confidence sequence of Waudby-Smith, Arbour, Sinha, Kennedy and Ramdas (Annals of Statistics 2024, "Time-uniform central
    limit theory and asymptotic confidence sequences"), with the standard error of a difference of two independent means:
    ``difference ± s * sqrt(2 (v + 1) / v * log(1 + sqrt(v + 1) / (2 alpha)))``, where ``v`` grows with the candidate's
    ratings and is scaled so that the bound is tightest at ``planned`` of them.
    """
    if candidate.mean is None or control.mean is None:
        return Interval(None, -math.inf, math.inf)
    error = math.sqrt(candidate.variance / candidate.ratings + control.variance / control.ratings)
    half = error * _boundary(candidate.ratings, alpha, planned)
    estimate = candidate.mean - control.mean
    return Interval(estimate, estimate - half, estimate + half)


def mean_interval(arm: Arm, alpha: float, planned: int) -> Interval:
    """Mean rating of one arm, with bounds as in :func:`satisfaction_difference`."""
    if arm.mean is None:
        return Interval(None, -math.inf, math.inf)
    half = math.sqrt(arm.variance / arm.ratings) * _boundary(arm.ratings, alpha, planned)
    return Interval(arm.mean, arm.mean - half, arm.mean + half)


def error_difference(candidate: Arm, control: Arm, alpha: float) -> Interval:
    """Error rate of the candidate minus that of the control, with time-uniform bounds.

    The bounds combine those of the two rates (``alpha / 2`` each), so each bound is exceeded with probability of at most
    ``alpha``, for any number of requests.
    """
    low_candidate, high_candidate = rate_bounds(candidate.errors, candidate.requests, alpha / 2)
    low_control, high_control = rate_bounds(control.errors, control.requests, alpha / 2)
    known = candidate.error_rate is not None and control.error_rate is not None
    estimate = (candidate.error_rate or 0.0) - (control.error_rate or 0.0) if known else None
    return Interval(estimate, low_candidate - high_control, high_candidate - low_control)


def rate_bounds(events: int, trials: int, alpha: float) -> tuple[float, float]:
    """Time-uniform bounds of a rate, each exceeded at any number of trials with probability of at most ``alpha``.

    Ville's inequality on the likelihood ratio of a uniform mixture of rates against one rate ``p`` (Robbins 1970): the
    interval has all ``p`` with ``B(k + 1, n - k + 1) / (p^k (1 - p)^(n - k)) < 1 / alpha``. Bisection on each side of
    ``k / n`` finds its ends.
    """
    if not trials:
        return 0.0, 1.0
    mixture = math.lgamma(events + 1) + math.lgamma(trials - events + 1) - math.lgamma(trials + 2)
    limit = mixture + math.log(alpha)  # inside: the log-likelihood at p is over this

    def inside(rate: float) -> bool:
        return _log_likelihood(events, trials, rate) > limit

    observed = events / trials
    return _edge(inside, observed, 0.0), _edge(inside, observed, 1.0)


def _boundary(time: int, alpha: float, planned: int) -> float:
    tail = -2 * math.log(2 * alpha)
    scaled = time * (tail + math.log(tail) + 1) / planned
    return math.sqrt(2 * (scaled + 1) / scaled * math.log(1 + math.sqrt(scaled + 1) / (2 * alpha)))


def _log_likelihood(events: int, trials: int, rate: float) -> float:
    misses = trials - events
    hit = events * math.log(rate) if events and rate > 0 else (-math.inf if events else 0.0)
    miss = misses * math.log1p(-rate) if misses and rate < 1 else (-math.inf if misses else 0.0)
    return hit + miss


def _edge(inside: Callable[[float], bool], middle: float, end: float) -> float:
    if inside(end):
        return end
    within, outside = middle, end
    for _ in range(_BISECTIONS):
        half = (within + outside) / 2
        within, outside = (half, outside) if inside(half) else (within, half)
    return within


def stage_evidence(rows: Sequence[Mapping[str, Any]], stage: int, share: float, days: float) -> StageEvidence:
    """The evidence of one stage from request rows with ``stage`` beside what :func:`arms` reads.

    At a share of 1 the control gets no requests, so those of the previous stage are used.
    """
    stages = (stage - 1, stage)
    by_stage = {number: arms(row for row in rows if row["stage"] == number) for number in stages}
    alone = share >= 1
    control = by_stage[stage - 1 if alone else stage].get("production", Arm())
    return StageEvidence(days, by_stage[stage].get("candidate", Arm()), control, "previous" if alone else "same")
