"""Axes and labels: ticks are round, labels are short and true."""

from __future__ import annotations

import doctest
import math

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from attune.reporting import scales
from attune.reporting.scales import LogScale, Scale, fit, number_text, share_text, text_width

finite = st.floats(-1e300, 1e300)


def test_the_examples_in_the_documentation_are_true() -> None:
    failed, tried = doctest.testmod(scales)
    assert tried
    assert not failed


@given(st.lists(st.floats(-1e12, 1e12), min_size=1, max_size=8), st.integers(1, 10), st.booleans())
@example([0.0], 5, False)
@example([5e-324], 5, True)
def test_ticks_are_multiples_of_a_round_step_and_enclose_the_values(values: list[float], count: int, zero: bool) -> None:
    scale = Scale.over(values, count, zero=zero)
    mantissa = scale.step / 10 ** math.floor(math.log10(scale.step) + 1e-9)
    assert min(abs(mantissa - round_step) for round_step in (1, 2, 2.5, 5, 10)) < 1e-6
    ticks = scale.ticks()
    assert 1 <= len(ticks) <= count + 3
    room = (scale.high - scale.low) * 1e-6
    assert scale.low <= min(values) + room
    assert scale.high >= max(values) - room
    assert len({scale.label(tick) for tick in ticks}) == len(ticks)


@given(st.lists(st.floats(), max_size=6), st.floats())
def test_every_place_on_an_axis_is_inside_it(values: list[float], value: float) -> None:
    scale = Scale.over(values)
    assert 0 <= scale.at(value) <= 1
    assert all(math.isfinite(tick) for tick in scale.ticks())


def test_axes_of_counts_have_whole_ticks() -> None:
    assert Scale.over([0, 1, 2], zero=True, whole=True).ticks() == [0, 1, 2]
    assert all(tick == int(tick) for tick in Scale.over([3, 10], 4, zero=True, whole=True).ticks())


def test_tick_labels_are_short() -> None:
    scale = Scale.over([0, 45_000], 4, zero=True)
    assert [scale.label(tick) for tick in scale.ticks()] == ["0", "20k", "40k", "60k"]
    assert Scale.over([0, 0.3], 3).label(0.1) == "0.1"
    assert Scale.over([0, 7e9], 2).label(5e9) == "5G"


@given(st.one_of(st.integers(-(10**15), 10**15), finite))
def test_a_shown_number_is_close_to_the_number(value: float) -> None:
    shown = float(number_text(value).replace(",", "").replace("−", "-"))
    assert shown == pytest.approx(value, rel=6e-3 if abs(value) < 1e-6 or abs(value) >= 1e15 else 6e-4, abs=1e-300)


@given(st.integers(0, 10**9), st.integers(1, 10**9))
def test_a_share_is_shown_as_zero_or_all_only_when_it_is(part: int, rest: int) -> None:
    assert (share_text(part, part + rest) in {"0%", "0.0%"}) == (part == 0)
    assert share_text(part, part + rest) not in {"100%", "100.0%"}


@given(st.text(max_size=60), st.floats(20, 300))
def test_a_cut_label_fits_its_room(content: str, width: float) -> None:
    cut = fit(content, width)
    assert text_width(cut) <= width or len(cut) <= 2
    if text_width(" ".join(content.split())) <= width:
        assert cut == " ".join(content.split())


@given(st.lists(st.floats(1e-6, 1e12), min_size=1, max_size=20))
def test_equal_ratios_are_equal_distances_on_a_logarithmic_axis(values: list[float]) -> None:
    scale = LogScale.around(values)
    assert all(0 < scale.at(value) < 1 for value in values)
    ticks = scale.ticks()
    assert len({scale.label(tick) for tick in ticks}) == len(ticks)
    low = min(values)
    once, twice = scale.at(low * 1.01) - scale.at(low), scale.at(low * 1.01**2) - scale.at(low)
    assert twice == pytest.approx(2 * once, rel=1e-3)


def test_a_logarithmic_axis_has_round_ticks_and_no_place_for_zero() -> None:
    scale = LogScale.around([10_000, 1_000_000])
    assert [scale.label(tick) for tick in scale.ticks()] == ["10k", "20k", "50k", "100k", "200k", "500k", "1M"]
    assert [LogScale.around([0.5, 3, 0]).label(tick) for tick in (0.5, 1, 2)] == ["0.5", "1", "2"]
    assert scale.at(0) == scale.at(-5) == 0
