"""Intervals, against enumeration of every possible draw and against known cases."""

from __future__ import annotations

import itertools
import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from attune.statistics.bootstrap import bleu, bootstrap, mean, perplexity

numpy = pytest.importorskip("numpy")


def interval(columns, groups, statistic, resamples=2_000, seed=17):
    return bootstrap(columns, groups, statistic, resamples=resamples, confidence=0.95, seed=seed)


def test_the_interval_is_that_of_all_possible_draws():
    logs, tokens = [-30.0, -12.0, -55.0, -20.0], [10.0, 9.0, 14.0, 11.0]
    draws = [
        math.exp(-sum(logs[index] for index in draw) / sum(tokens[index] for index in draw))
        for draw in itertools.product(range(4), repeat=4)
    ]
    low, estimate, high = interval([logs, tokens], list("abcd"), perplexity, resamples=40_000)
    expected = numpy.quantile(draws, [0.025, 0.975])
    assert estimate == pytest.approx(math.exp(117 / 44))
    assert (low, high) == pytest.approx(tuple(expected), rel=0.02)


def test_the_interval_of_a_mean_is_the_textbook_one():
    values = list(numpy.random.default_rng(1).normal(5, 2, 400))
    low, estimate, high = interval([values, [1.0] * 400], [str(number) for number in range(400)], mean)
    error = numpy.std(values) / math.sqrt(400)
    assert estimate == pytest.approx(numpy.mean(values))
    assert low == pytest.approx(estimate - 1.96 * error, abs=0.04)
    assert high == pytest.approx(estimate + 1.96 * error, abs=0.04)


def test_what_one_person_said_ten_times_counts_as_one_observation():
    generator = numpy.random.default_rng(2)
    people = generator.normal(0, 1, 30)
    alone = interval([list(people), [1.0] * 30], [str(number) for number in range(30)], mean)
    repeated = interval([list(numpy.repeat(people, 10)), [1.0] * 300], [str(number // 10) for number in range(300)], mean)
    assert repeated == pytest.approx(alone)


numbers = st.lists(st.tuples(st.floats(-50, -0.1), st.integers(1, 40), st.sampled_from("abcdef")), min_size=1, max_size=20)


@settings(deadline=None, max_examples=40)
@given(numbers, st.randoms(use_true_random=False))
def test_the_interval_holds_the_estimate_and_does_not_depend_on_the_order_of_observations(rows, shuffle):
    def of(ordered):
        return interval(
            [[row[0] for row in ordered], [row[1] for row in ordered]], [row[2] for row in ordered], perplexity, 200
        )

    low, estimate, high = of(rows)
    assert low <= high
    mixed = list(rows)
    shuffle.shuffle(mixed)
    assert of(mixed) == pytest.approx((low, estimate, high))
    if len({row[2] for row in rows}) == 1:
        assert (low, high) == pytest.approx((estimate, estimate))


def test_the_interval_covers_the_truth_about_as_often_as_it_says():
    generator = numpy.random.default_rng(3)
    covered = 0
    for trial in range(200):
        values = generator.exponential(1, 60)
        low, _, high = interval([list(values), [1.0] * 60], [str(number) for number in range(60)], mean, 400, seed=trial)
        covered += low <= 1 <= high
    assert 0.88 <= covered / 200 <= 0.99


def test_bleu_of_summed_counts_is_the_corpus_bleu_of_sacrebleu():
    sacrebleu = pytest.importorskip("sacrebleu")
    answers = ["you feel sad because he left", "take a long walk together tonight", "yes"]
    references = ["you feel so sad because he left", "take a walk together tonight", "no"]
    rows = []
    for answer, reference in zip(answers, references, strict=True):
        score = sacrebleu.sentence_bleu(answer, [reference])
        rows.append([*score.counts, *score.totals, score.sys_len, score.ref_len])
    expected = sacrebleu.corpus_bleu(answers, [references]).score / 100
    assert bleu(numpy.array(rows).sum(axis=0, keepdims=True))[0] == pytest.approx(expected)
