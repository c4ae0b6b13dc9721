from __future__ import annotations

import importlib.util
import sys
from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from attune.config.params import RolloutParams
from attune.rollout.evidence import Arm, StageEvidence
from attune.rollout.policy import RolloutPolicy, decide

PARAMS = RolloutParams()
POLICY = RolloutPolicy()
_SPEC = importlib.util.spec_from_file_location("rollout_power", Path(__file__).parents[2] / "benchmarks" / "rollout_power.py")
power = sys.modules["rollout_power"] = importlib.util.module_from_spec(_SPEC)  # what the benchmark plays is tested here
_SPEC.loader.exec_module(power)
RANK = {"rollback": 0, "wait": 1, "advance": 2, "done": 2}


def arm(requests: int = 40, *, mean: float = 4.0, deviation: float = 0.6, errors: int = 0, incidents: int = 0) -> Arm:
    ratings = requests - errors
    total = mean * ratings
    return Arm(requests, errors, incidents, ratings, total, (deviation**2 + mean**2) * ratings)


def evidence(candidate: Arm, control: Arm | None = None, days: float = 5) -> StageEvidence:
    return StageEvidence(days, candidate, control or arm(300))


@pytest.mark.parametrize(
    ("case", "stage", "seen", "action", "reason"),
    [
        ("as good as the control", 0, evidence(arm()), "advance", "criteria_met"),
        ("better than the control", 1, evidence(arm(mean=4.6)), "advance", "criteria_met"),
        ("good in the last stage", 3, evidence(arm()), "done", "criteria_met"),
        ("good, but too early", 0, evidence(arm(), days=2.9), "wait", "soaking"),
        ("good, but too few", 0, evidence(arm(19)), "wait", "sample"),
        ("nothing known", 0, StageEvidence(5, Arm(), Arm()), "wait", "sample"),
        ("too few controls", 0, evidence(arm(), arm(10)), "wait", "sample"),
        ("a little worse, not clear", 0, evidence(arm(mean=3.7)), "wait", "unclear"),
        ("half a point worse, not clear", 0, evidence(arm(mean=3.5)), "wait", "unclear"),
        ("clearly worse", 0, evidence(arm(mean=2.8)), "rollback", "satisfaction"),
        ("clearly worse in the last stage", 3, evidence(arm(mean=2.8)), "rollback", "satisfaction"),
        ("clearly worse before the stage is over", 0, evidence(arm(mean=2.8), days=1), "rollback", "satisfaction"),
        ("worse, but only five of them", 0, evidence(arm(5, mean=1.0), days=1), "wait", "soaking"),
        ("not clear in thirty days", 0, evidence(arm(mean=3.6), days=30), "rollback", "undecided"),
        ("nobody came in thirty days", 0, StageEvidence(30, Arm(), Arm()), "rollback", "undecided"),
        ("clear at last", 0, evidence(arm(400, mean=3.9), days=30), "advance", "criteria_met"),
        ("one incident, at once", 0, evidence(arm(1, incidents=1), days=0.1), "rollback", "safety_incident"),
        ("the control has the incident", 0, evidence(arm(), arm(300, incidents=1)), "advance", "criteria_met"),
        ("everything fails", 0, evidence(arm(20, errors=20), days=1), "rollback", "error_rate"),
        ("a third fails", 0, evidence(arm(60, errors=20)), "rollback", "error_rate"),
        ("one of many fails", 0, evidence(arm(60, errors=1)), "advance", "criteria_met"),
        ("one in ten fails, not clear", 0, evidence(arm(40, errors=4)), "wait", "unclear"),
        ("both fail alike", 0, evidence(arm(60, errors=12), arm(300, errors=60)), "advance", "criteria_met"),
    ],
)
def test_each_case_gets_its_decision(case: str, stage: int, seen: StageEvidence, action: str, reason: str) -> None:
    decision = decide(POLICY, stage, seen)
    assert (decision.action, decision.reason) == (action, reason), decision.why


def test_a_paused_rollout_does_not_go_on_but_can_still_go_back() -> None:
    assert decide(POLICY, 0, evidence(arm()), paused=True).reason == "paused"
    assert decide(POLICY, 0, evidence(arm(mean=2.8)), paused=True).action == "rollback"
    assert decide(POLICY, 0, evidence(arm(incidents=1)), paused=True).reason == "safety_incident"
    assert decide(POLICY, 0, evidence(arm(mean=3.6), days=90), paused=True).reason == "paused"


@st.composite
def arms(draw: st.DrawFn) -> Arm:
    requests = draw(st.integers(0, 300))
    errors = draw(st.integers(0, requests))
    return arm(
        requests,
        mean=draw(st.floats(1, 5)),
        deviation=draw(st.floats(0, 2)),
        errors=errors,
        incidents=draw(st.integers(0, 1)) if requests else 0,
    )


@given(arms(), arms(), st.floats(0, 40), st.integers(0, 3), st.data())
def test_worse_evidence_never_gets_a_better_decision(
    candidate: Arm, control: Arm, days: float, stage: int, data: st.DataObject
) -> None:
    """Worse: lower ratings with the same spread, more failures among the same requests, more incidents, a better control."""
    before = decide(POLICY, stage, StageEvidence(days, candidate, control))
    drop = data.draw(st.floats(0, 4), label="rating points less")
    kind = data.draw(st.sampled_from(["ratings", "errors", "incidents", "control"]))
    if kind == "ratings":
        candidate = _shifted(candidate, -drop)
    elif kind == "control":
        control = _shifted(control, drop)
    elif kind == "errors":
        candidate = replace(candidate, errors=data.draw(st.integers(candidate.errors, candidate.requests)))
    else:
        candidate = replace(candidate, incidents=candidate.incidents + 1)
    after = decide(POLICY, stage, StageEvidence(days, candidate, control))
    assert RANK[after.action] <= RANK[before.action]


@given(arms(), arms(), st.floats(0, 40), st.integers(0, 3))
def test_an_incident_always_goes_back(candidate: Arm, control: Arm, days: float, stage: int) -> None:
    seen = StageEvidence(days, replace(candidate, incidents=1), control)
    assert decide(POLICY, stage, seen).action == "rollback"


@given(arms(), arms(), st.floats(0, 40), st.integers(0, 3), st.booleans())
def test_the_same_evidence_gets_the_same_decision(candidate: Arm, control: Arm, days: float, stage: int, paused: bool) -> None:
    seen = StageEvidence(days, candidate, control)
    assert decide(POLICY, stage, seen, paused=paused) == decide(POLICY, stage, seen, paused=paused)


@given(arms(), arms(), st.integers(0, 3))
def test_no_stage_waits_longer_than_it_may(candidate: Arm, control: Arm, stage: int) -> None:
    assert decide(POLICY, stage, StageEvidence(POLICY.max_stage_days, candidate, control)).action != "wait"


@pytest.mark.parametrize("stage", range(4))
def test_at_the_limit_each_bound_fails_in_at_most_one_stage_of_twenty_at_all_looks_together(stage: int) -> None:
    """Half a point worse is exactly what is allowed: neither may be clear, at any of up to ninety looks."""
    shares = _star_shares(-0.5)
    reasons = Counter()
    for seed in range(300):
        source = np.random.default_rng([seed, stage])
        before = power.settled_control(source, POLICY, PARAMS, shares[1])
        reasons[power.play_stage(source, PARAMS, stage, shares, before).decision.reason] += 1
    assert reasons["criteria_met"] <= 0.05 * 300
    assert reasons["satisfaction"] <= 0.05 * 300
    assert reasons.total() == reasons["criteria_met"] + reasons["satisfaction"] + reasons["undecided"]


@pytest.mark.parametrize(
    ("difference", "ending", "least"),
    [(0.2, "all users", 0.99), (0.0, "all users", 0.99), (-0.1, "all users", 0.99), (-1.2, "satisfaction", 0.99)],
)
def test_with_the_default_clock_a_good_candidate_reaches_all_users_and_a_bad_one_goes_back(
    difference: float, ending: str, least: float
) -> None:
    """The whole way through all stages, by the parameters that the demo has."""
    shares = _star_shares(difference)
    endings = [power.play_all(np.random.default_rng(seed), PARAMS, shares)[0] for seed in range(300)]
    assert endings.count(ending) / len(endings) >= least


def test_the_simulated_ratings_differ_by_what_is_stated() -> None:
    candidate, control = _star_shares(-0.3)
    assert (candidate - control) @ power.STARS == pytest.approx(-0.3)
    assert candidate.sum() == pytest.approx(1)
    assert candidate @ power.STARS**2 - (candidate @ power.STARS) ** 2 == pytest.approx(0.56**2, rel=0.1)


def _star_shares(difference: float) -> tuple[np.ndarray, np.ndarray]:
    means = (power.CONTROL_MEAN + difference, power.CONTROL_MEAN)
    return power.star_shares(means[0], 0.56), power.star_shares(means[1], 0.56)


def _shifted(before: Arm, points: float) -> Arm:
    total = before.rating_sum + points * before.ratings
    squares = before.rating_squares + 2 * points * before.rating_sum + points**2 * before.ratings
    return replace(before, rating_sum=total, rating_squares=squares)
