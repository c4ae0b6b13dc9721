from __future__ import annotations

import math
import random
import statistics

import pytest
from hypothesis import given
from hypothesis import strategies as st

from attune.rollout.evidence import Arm, arms, error_difference, rate_bounds, satisfaction_difference, stage_evidence


def collect(ratings: list[int]) -> Arm:
    sums = Arm()
    for rating in ratings:
        sums = sums.plus(error=False, rating=rating, incident=False)
    return sums


@given(st.lists(st.integers(1, 5), min_size=1, max_size=80))
def test_sums_give_the_mean_and_a_spread_with_one_imagined_rating(ratings: list[int]) -> None:
    sums = collect(ratings)
    assert sums.mean == pytest.approx(statistics.fmean(ratings))
    assert sums.variance == pytest.approx((statistics.pvariance(ratings) * len(ratings) + 1) / len(ratings))


def test_a_failed_request_counts_as_an_error_and_has_no_rating() -> None:
    sums = arms(
        [
            {"arm": "candidate", "error": True, "rating": None, "incident": False},
            {"arm": "candidate", "error": False, "rating": 4, "incident": False},
            {"arm": "production", "error": False, "rating": 1, "incident": True},
        ]
    )
    assert sums["candidate"] == Arm(2, 1, 0, 1, 4.0, 16.0)
    assert sums["production"] == Arm(1, 0, 1, 1, 1.0, 1.0)


def test_equal_ratings_are_no_certainty() -> None:
    interval = satisfaction_difference(collect([5] * 5), collect([4] * 5), 0.05, 20)
    assert interval.high - interval.low > 1


@given(st.lists(st.integers(1, 5), min_size=20, max_size=20), st.lists(st.integers(1, 5), min_size=20, max_size=20))
def test_more_of_the_same_ratings_narrow_the_interval(candidate: list[int], control: list[int]) -> None:
    few = satisfaction_difference(collect(candidate), collect(control), 0.05, 20)
    many = satisfaction_difference(collect(candidate * 4), collect(control * 4), 0.05, 20)
    assert many.high - many.low < few.high - few.low
    assert many.estimate == pytest.approx(few.estimate)


def test_the_rating_interval_is_the_published_boundary() -> None:
    """The formula of Waudby-Smith et al. written out once more, with numbers put in by hand."""
    candidate, control = collect([4] * 10 + [5] * 10), collect([3] * 50 + [4] * 50)
    tail = -2 * math.log(0.1)
    v = 20 * (tail + math.log(tail) + 1) / 20
    error = math.sqrt((0.25 + 1 / 20) / 20 + (0.25 + 1 / 100) / 100)
    half = error * math.sqrt(2 * (v + 1) / v * math.log(1 + math.sqrt(v + 1) / 0.1))
    interval = satisfaction_difference(candidate, control, 0.05, 20)
    assert interval.estimate == pytest.approx(1.0)
    assert interval.low == pytest.approx(1 - half)
    assert interval.high == pytest.approx(1 + half)


@given(st.integers(0, 200), st.data(), st.sampled_from([0.01, 0.05, 0.2]))
def test_rate_bounds_hold_the_observed_rate_and_rise_with_the_events(trials: int, data: st.DataObject, alpha: float) -> None:
    events = data.draw(st.integers(0, trials))
    low, high = rate_bounds(events, trials, alpha)
    assert 0 <= low <= (events / trials if trials else 0) <= high <= 1
    if events < trials:
        more = rate_bounds(events + 1, trials, alpha)
        assert more[0] >= low - 1e-12
        assert more[1] >= high - 1e-12


def test_no_request_says_nothing_about_a_rate() -> None:
    assert rate_bounds(0, 0, 0.05) == (0.0, 1.0)


@pytest.mark.parametrize("rate", [0.02, 0.3])
def test_rate_bounds_hold_at_all_looks_as_often_as_promised(rate: float) -> None:
    missed = 0
    for seed in range(200):
        source = random.Random(seed)
        events = 0
        for trials in range(1, 101):
            events += source.random() < rate
            low, high = rate_bounds(events, trials, 0.05)
            if not low <= rate <= high:
                missed += 1
                break
    assert missed / 200 <= 0.1  # 5 % for each of the two bounds


def test_error_rates_are_compared_with_both_uncertainties() -> None:
    interval = error_difference(Arm(requests=20, errors=20), Arm(requests=200), 0.05)
    assert interval.estimate == 1.0
    assert 0.6 < interval.low < 0.95
    unknown = error_difference(Arm(), Arm(requests=200), 0.05)
    assert unknown.estimate is None
    assert unknown.low < 0 < unknown.high


def test_at_one_hundred_percent_the_control_of_the_stage_before_stands_in() -> None:
    row = {"error": False, "incident": False}
    rows = [
        {**row, "arm": "production", "stage": 0, "rating": 1},
        {**row, "arm": "production", "stage": 2, "rating": 3},
        {**row, "arm": "candidate", "stage": 2, "rating": 4},
        {**row, "arm": "candidate", "stage": 3, "rating": 5},
    ]
    alone = stage_evidence(rows, 3, 1.0, 2.5)
    assert (alone.candidate.mean, alone.control.mean, alone.control_period) == (5, 3, "previous")
    shared = stage_evidence(rows, 2, 0.5, 1.0)
    assert (shared.candidate.mean, shared.control.mean, shared.control_period) == (4, 3, "same")
    assert stage_evidence(rows, 1, 0.25, 0).control == Arm()
