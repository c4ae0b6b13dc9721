"""How often the rollout's policy takes a candidate back, lets it on, or cannot tell: played with simulated ratings.

    python benchmarks/rollout_power.py [--seeds 500] [--deviation 0.56] [--set rollout.requests_per_day=20 ...]

Every stage is played alone, then the whole way through all stages, with the real decision at every look
(:func:`attune.rollout.policy.decide`). A rating is a normal number, rounded and held within 1 to 5, whose mean is put so that
the rounded ratings differ by exactly the stated difference. The deviation is what rollouts of the sample product show.
"""

from __future__ import annotations

import argparse
import platform
import time
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np

from attune.config.params import RolloutParams, load_params
from attune.rollout.evidence import Arm, StageEvidence
from attune.rollout.policy import RolloutDecision, RolloutPolicy, decide
from attune.rollout.trial import policy_of

DIFFERENCES = (0.0, -0.1, -0.2, -0.3, -0.5, -1.2)
CONTROL_MEAN = 4.0
STARS = np.arange(1, 6)


@dataclass(frozen=True)
class Ending:
    """How one stage ended, and after how many requests."""

    decision: RolloutDecision
    requests: int
    control: Arm


def star_shares(mean: float, deviation: float) -> np.ndarray:
    """Shares of the ratings 1 to 5 whose mean is ``mean``; ``deviation`` is that of the rounded ratings."""
    raw = NormalDist(0, max(0.05, deviation**2 - 1 / 12) ** 0.5)
    low, high = -5.0, 12.0
    for _ in range(60):
        centre = (low + high) / 2
        shares = np.diff([0.0, *(raw.cdf(star + 0.5 - centre) for star in STARS[:-1]), 1.0])
        low, high = (centre, high) if shares @ STARS < mean else (low, centre)
    return shares


def rated(source: np.random.Generator, before: Arm, count: int, shares: np.ndarray) -> Arm:
    """``before`` with ``count`` more ratings."""
    drawn = source.multinomial(count, shares)
    return Arm(
        before.requests + count,
        0,
        0,
        before.ratings + count,
        before.rating_sum + float(drawn @ STARS),
        before.rating_squares + float(drawn @ STARS**2),
    )


def play_stage(
    source: np.random.Generator, params: RolloutParams, stage: int, shares: tuple[np.ndarray, np.ndarray], before: Arm
) -> Ending:
    """One stage to its end.

    Args:
        source: of randomness.
        params: the policy and the clock.
        stage: which one.
        shares: shares of the stars of the candidate's ratings and of the control's.
        before: the control of the stage before, which stands in at 100 %.
    """
    policy = policy_of(params)
    candidate, control = Arm(), Arm()
    for look in range(1, 100_000):
        mine = int(source.binomial(params.requests_per_check, policy.stages[stage]))
        candidate = rated(source, candidate, mine, shares[0])
        control = rated(source, control, params.requests_per_check - mine, shares[1])
        requests = look * params.requests_per_check
        evidence = StageEvidence(
            requests / params.requests_per_day, candidate, before if policy.stages[stage] >= 1 else control
        )
        decision = decide(policy, stage, evidence)
        if decision.action != "wait":
            return Ending(decision, requests, control)
    raise AssertionError("a stage did not end")


def play_all(source: np.random.Generator, params: RolloutParams, shares: tuple[np.ndarray, np.ndarray]) -> tuple[str, int]:
    """All stages; how the rollout ended (the reason, or ``all users``), and after how many requests."""
    before, requests = Arm(), 0
    for stage in range(len(params.stages)):
        ending = play_stage(source, params, stage, shares, before)
        before, requests = ending.control, requests + ending.requests
        if ending.decision.action == "rollback":
            return ending.decision.reason, requests
    return "all users", requests


def settled_control(source: np.random.Generator, policy: RolloutPolicy, params: RolloutParams, shares: np.ndarray) -> Arm:
    """The control that the stage before the last one leaves when it takes no longer than it must."""
    requests = round(policy.stage_days * params.requests_per_day)
    return rated(source, Arm(), int(source.binomial(requests, 1 - policy.stages[-2])), shares)


def table(params: RolloutParams, seeds: int, deviation: float) -> None:
    """Print one line for each difference and stage, and one for the whole way."""
    policy = policy_of(params)
    print(f"{'difference':>10}  {'stage':>6}  {'goes on':>8}  {'undecided':>9}  {'rating':>7}  requests: median, most")
    for difference in DIFFERENCES:
        shares = (star_shares(CONTROL_MEAN + difference, deviation), star_shares(CONTROL_MEAN, deviation))
        for stage, share in enumerate(policy.stages):
            endings = []
            for seed in range(seeds):
                source = np.random.default_rng([seed, stage])
                before = settled_control(source, policy, params, shares[1])
                endings.append(play_stage(source, params, stage, shares, before))
            reasons = ["all users" if ending.decision.action != "rollback" else ending.decision.reason for ending in endings]
            line(difference, f"{share:.0%}", reasons, [ending.requests for ending in endings])
        whole = [play_all(np.random.default_rng([seed, 9]), params, shares) for seed in range(seeds)]
        line(difference, "all", [reason for reason, _ in whole], [requests for _, requests in whole])


def line(difference: float, stage: str, reasons: Sequence[str], requests: Sequence[int]) -> None:
    """Print how often each ending came."""
    shares = [reasons.count(reason) / len(reasons) for reason in ("all users", "undecided", "satisfaction")]
    counted = "  ".join(f"{share:>{width}.1%}" for share, width in zip(shares, (8, 9, 7), strict=True))
    print(f"{difference:>+10.1f}  {stage:>6}  {counted}  {int(np.median(requests)):,}, {max(requests):,}")


def main() -> None:
    """Play and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=500, help="how often each line is played [%(default)s]")
    parser.add_argument("--deviation", type=float, default=0.56, help="of the ratings of one arm [%(default)s]")
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", help="one parameter")
    options = parser.parse_args()
    params = load_params([], options.set).rollout
    print(f"{platform.platform()}, Python {platform.python_version()}; {options.seeds} seeds, deviation {options.deviation}")
    print(
        f"{params.requests_per_day} requests a day, a look every {params.requests_per_check}, {params.stage_days:g} to "
        f"{params.max_stage_days:g} days a stage, {params.min_sample} ratings, limit {params.max_satisfaction_drop:g} points"
    )
    started = time.process_time()
    table(params, options.seeds, options.deviation)
    print(f"{time.process_time() - started:.0f} s of CPU time")


if __name__ == "__main__":
    main()
