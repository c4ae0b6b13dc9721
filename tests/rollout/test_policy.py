from __future__ import annotations

import random
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from attune.rollout.evidence import Arm, Evidence
from attune.rollout.policy import Policy, decide

POLICY = Policy()
RANK = {"rollback": 0, "wait": 1, "advance": 2, "done": 2}


def arm(requests: int = 40, *, mean: float = 4.0, deviation: float = 0.6, errors: int = 0, incidents: int = 0) -> Arm:
    ratings = requests - errors
    total = mean * ratings
    return Arm(requests, errors, incidents, ratings, total, (deviation**2 + mean**2) * ratings)


def evidence(candidate: Arm, control: Arm | None = None, days: float = 5) -> Evidence:
    return Evidence(days, candidate, control or arm(300))


@pytest.mark.parametrize(
    ("case", "stage", "seen", "action", "reason"),
    [
        ("as good as the control", 0, evidence(arm()), "advance", "criteria_met"),
        ("better than the control", 1, evidence(arm(mean=4.6)), "advance", "criteria_met"),
        ("good in the last stage", 3, evidence(arm()), "done", "criteria_met"),
        ("good, but too early", 0, evidence(arm(), days=2.9), "wait", "soaking"),
        ("good, but too few", 0, evidence(arm(19)), "wait", "sample"),
        ("nothing known", 0, Evidence(5, Arm(), Arm()), "wait", "sample"),
        ("too few controls", 0, evidence(arm(), arm(10)), "wait", "sample"),
        ("a little worse, not clear", 0, evidence(arm(mean=3.7)), "wait", "unclear"),
        ("half a point worse, not clear", 0, evidence(arm(mean=3.5)), "wait", "unclear"),
        ("clearly worse", 0, evidence(arm(mean=2.8)), "rollback", "satisfaction"),
        ("clearly worse in the last stage", 3, evidence(arm(mean=2.8)), "rollback", "satisfaction"),
        ("clearly worse before the stage is over", 0, evidence(arm(mean=2.8), days=1), "rollback", "satisfaction"),
        ("worse, but only five of them", 0, evidence(arm(5, mean=1.0), days=1), "wait", "soaking"),
        ("not clear in thirty days", 0, evidence(arm(mean=3.6), days=30), "rollback", "undecided"),
        ("nobody came in thirty days", 0, Evidence(30, Arm(), Arm()), "rollback", "undecided"),
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
def test_each_case_gets_its_decision(case: str, stage: int, seen: Evidence, action: str, reason: str) -> None:
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
    before = decide(POLICY, stage, Evidence(days, candidate, control))
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
    after = decide(POLICY, stage, Evidence(days, candidate, control))
    assert RANK[after.action] <= RANK[before.action]


@given(arms(), arms(), st.floats(0, 40), st.integers(0, 3))
def test_an_incident_always_goes_back(candidate: Arm, control: Arm, days: float, stage: int) -> None:
    seen = Evidence(days, replace(candidate, incidents=1), control)
    assert decide(POLICY, stage, seen).action == "rollback"


@given(arms(), arms(), st.floats(0, 40), st.integers(0, 3), st.booleans())
def test_the_same_evidence_gets_the_same_decision(candidate: Arm, control: Arm, days: float, stage: int, paused: bool) -> None:
    seen = Evidence(days, candidate, control)
    assert decide(POLICY, stage, seen, paused=paused) == decide(POLICY, stage, seen, paused=paused)


@given(arms(), arms(), st.integers(0, 3))
def test_no_stage_waits_longer_than_it_may(candidate: Arm, control: Arm, stage: int) -> None:
    assert decide(POLICY, stage, Evidence(POLICY.max_stage_days, candidate, control)).action != "wait"


@pytest.mark.parametrize(
    ("difference", "action", "least", "most"),
    [(0.0, "advance", 0.97, 1.0), (0.0, "rollback", 0.0, 0.03), (-1.2, "rollback", 0.97, 1.0), (-0.5, "advance", 0.0, 0.05)],
)
def test_noise_decides_as_rarely_as_promised(difference: float, action: str, least: float, most: float) -> None:
    """Stages at 10 % with rounded, noisy ratings, looked at after every ten requests until something is decided."""
    endings = [_play(random.Random(seed), difference) for seed in range(300)]
    assert least <= endings.count(action) / len(endings) <= most


def _play(source: random.Random, difference: float) -> str:
    sums = {"candidate": Arm(), "control": Arm()}
    for look in range(1, 61):
        for _ in range(10):
            name = "candidate" if source.random() < 0.1 else "control"
            mean = 3.8 + (difference if name == "candidate" else 0)
            rating = max(1, min(5, round(source.gauss(mean, 0.6))))
            sums[name] = sums[name].plus(error=False, rating=rating, incident=False)
        decision = decide(POLICY, 0, Evidence(look / 2, sums["candidate"], sums["control"]))
        if decision.action != "wait":
            return decision.action
    raise AssertionError("a stage did not end")


def _shifted(before: Arm, points: float) -> Arm:
    total = before.rating_sum + points * before.ratings
    squares = before.rating_squares + 2 * points * before.rating_sum + points**2 * before.ratings
    return replace(before, rating_sum=total, rating_squares=squares)
