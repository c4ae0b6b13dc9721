"""Large buckets: boilerplate replies that thousands of records share."""

from __future__ import annotations

import random
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from record_factory import edited, make_record, random_text, shingles, similarity

from attune.records.record import to_table
from attune.similarity import lsh_buckets, oversized_buckets, representatives
from attune.similarity.minhash import distinct
from attune.similarity.prefixes import prefixes
from attune.similarity.representatives import SimilarityLinks
from attune.similarity.shingles import shingle
from attune.similarity.token_sets import Sets, sketches
from attune.steps.compile.groups import components


def variants(seed: int, count: int) -> tuple[list[frozenset[tuple[str, ...]]], Sets]:
    """Variants of two boilerplate texts: extended, edited or truncated."""
    generator = random.Random(seed)
    bases = [random_text(generator, 50) for _ in range(2)]
    records = []
    for number in range(count):
        base = generator.choice(bases)
        kind = generator.random()
        if kind < 0.5:
            text = f"{base} {random_text(generator, generator.randint(1, 25))}"
        elif kind < 0.9:
            text = edited(generator, base, generator.randint(0, 5))
        else:
            text = " ".join(base.split()[: generator.randint(20, 50)])
        records.append(make_record(number, ["hi", text]))
    values, offsets = distinct(shingle(to_table(records).column("messages"), 3))
    return [shingles(record) for record in records], Sets(np.arange(count), values, offsets, sketches(values, np.diff(offsets)))


@given(seed=st.integers(0, 10_000), threshold=st.sampled_from([0.5, 0.8, 0.85, 0.95, 1.0]))
@settings(max_examples=20, deadline=None)
def test_two_near_sets_share_a_token_of_their_prefixes(seed: int, threshold: float) -> None:
    texts, sets = variants(seed, 40)
    found = prefixes(sets, np.arange(40), threshold)
    tokens = [set(found.tokens[found.offsets[row] : found.offsets[row + 1]].tolist()) for row in range(40)]
    for left, right in combinations(range(40), 2):
        if similarity(texts[left], texts[right]) >= threshold:
            assert tokens[left] & tokens[right]


@given(seed=st.integers(0, 10_000), threshold=st.sampled_from([0.5, 0.8, 0.85, 0.95, 1.0]))
@settings(max_examples=20, deadline=None)
def test_sketches_never_rule_out_two_near_sets(seed: int, threshold: float) -> None:
    texts, sets = variants(seed, 40)
    left, right = np.array(list(combinations(range(40), 2))).T
    exact = np.array([similarity(texts[one], texts[other]) for one, other in zip(left, right, strict=True)])
    possible = sets.possible(left, right, threshold)
    assert possible[exact >= threshold].all()
    assert np.array_equal(sets.jaccard(left, right, threshold)[exact >= threshold], exact[exact >= threshold])
    assert threshold < 0.95 or possible.mean() < 0.5  # and it tells most others apart


@pytest.mark.parametrize("large", [2_048, 16], ids=["all with all", "by tokens"])
@pytest.mark.parametrize("threshold", [0.8, 0.9])
def test_near_records_of_an_oversized_bucket_are_connected_by_few_links(
    threshold: float, large: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lsh_buckets, "LARGE", large)
    monkeypatch.setattr(oversized_buckets, "LARGE", large)
    texts, sets = variants(7, 500)
    members = [np.arange(300), np.arange(200, 500)]
    links = oversized_buckets.oversized_bucket_links(500, members, sets, threshold)
    group = components(500, [], links.left, links.right)
    for own in members:
        for left, right in combinations(own.tolist(), 2):
            if similarity(texts[left], texts[right]) >= threshold:
                assert group[left] == group[right]
    assert len(links.left) < 500
    if large > 500:  # and nothing else is
        assert all(
            similarity(texts[left], texts[right]) >= threshold for left, right in zip(links.left, links.right, strict=True)
        )


@pytest.mark.parametrize("large", [2_048, 16], ids=["all with all", "by tokens"])
@given(seed=st.integers(0, 10_000), threshold=st.sampled_from([0.6, 0.85, 0.95]))
@settings(max_examples=15, deadline=None)
def test_in_an_oversized_bucket_the_records_that_the_rule_keeps_are_kept_and_the_most_similar_one_is_the_representative(
    large: int, seed: int, threshold: float
) -> None:
    texts, sets = variants(seed, 90)
    generator = random.Random(seed)
    rank, fixed = np.array(generator.sample(range(90), 90)), np.array([generator.random() < 0.1 for _ in range(90)])
    none = SimilarityLinks(np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(lsh_buckets, "LARGE", large)
        patch.setattr(representatives, "_ROWS_AT_A_TIME", 7)
        found = representatives.remove_near(90, rank, none, [np.arange(90)], sets, threshold, fixed)
    kept: list[int] = []
    for row in np.argsort(rank).tolist():
        near = [(similarity(texts[row], texts[other]), -int(rank[other]), other) for other in kept]
        near = [item for item in near if item[0] >= threshold and not fixed[row]]
        if near:
            assert (found.similarity[row], found.keeper[row]) == (max(near)[0], max(near)[2])
        else:
            assert found.keeper[row] == row
            kept.append(row)


def test_a_thousand_copies_are_compared_with_one_record_each() -> None:
    generator = random.Random(3)
    text = random_text(generator, 60)
    records = [make_record(number, ["hi", edited(generator, text, 1)]) for number in range(1_500)]
    values, offsets = distinct(shingle(to_table(records).column("messages"), 3))
    sets = Sets(np.arange(1_500), values, offsets, sketches(values, np.diff(offsets)))
    none = SimilarityLinks(np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0))
    found = representatives.remove_near(1_500, np.arange(1_500), none, [np.arange(1_500)], sets, 0.8)
    assert (found.keeper == 0).sum() > 1_400
    assert sets.compared < 1_500 * 1_499 / 2 / 4
    sets.compared = 0
    assert len(oversized_buckets.oversized_bucket_links(1_500, [np.arange(1_500)], sets, 0.8).left) == 1_499
    assert sets.compared < 100_000


def test_without_oversized_buckets_there_are_no_links() -> None:
    _, sets = variants(1, 3)
    assert len(oversized_buckets.oversized_bucket_links(3, [], sets, 0.8).left) == 0
