"""Large buckets: boilerplate replies that thousands of records share."""

from __future__ import annotations

import random
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from record_factory import edited, make_record, random_text, shingles, similarity

from attune.core.records import to_table
from attune.data.dataset.groups import components
from attune.data.similarity.leaders import crowd_links
from attune.data.similarity.minhash import distinct
from attune.data.similarity.prefixes import prefixes
from attune.data.similarity.sets import Sets
from attune.data.similarity.shingles import shingle


def crowd(seed: int, count: int) -> tuple[list[frozenset[tuple[str, ...]]], Sets]:
    """Records around two boilerplate texts: with a part of their own, edited, or cut."""
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
    return [shingles(record) for record in records], Sets(np.arange(count), values, offsets)


@given(seed=st.integers(0, 10_000), threshold=st.sampled_from([0.5, 0.8, 0.85, 0.95, 1.0]))
@settings(max_examples=20, deadline=None)
def test_two_near_sets_share_a_token_of_their_prefixes(seed: int, threshold: float) -> None:
    texts, sets = crowd(seed, 40)
    found = prefixes(sets, np.arange(40), threshold)
    tokens = [set(found.tokens[found.offsets[row] : found.offsets[row + 1]].tolist()) for row in range(40)]
    for left, right in combinations(range(40), 2):
        if similarity(texts[left], texts[right]) >= threshold:
            assert tokens[left] & tokens[right]


@pytest.mark.parametrize("threshold", [0.8, 0.9])
def test_whatever_is_near_within_a_crowd_is_connected_by_few_links(threshold: float) -> None:
    texts, sets = crowd(7, 500)
    links = crowd_links([np.arange(300), np.arange(200, 500)], sets, threshold)
    group = components(500, [], links.left, links.right)
    for left, right in combinations(range(500), 2):
        if similarity(texts[left], texts[right]) >= threshold:
            assert group[left] == group[right]
    assert len(links.left) < 500 * 10


def test_no_crowd_gives_no_links() -> None:
    _, sets = crowd(1, 3)
    assert len(crowd_links([], sets, 0.8).left) == 0
