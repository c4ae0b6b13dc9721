"""The leakage search agrees with brute force, except for pairs that MinHash misses; the bound on those holds."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from record_factory import record_stream, shingles, similarity

from attune.steps.verify import leakage_search
from attune.steps.verify.leakage_search import (
    HIDDEN,
    MISS_PROBABILITY,
    NEAR,
    PART,
    ExhaustiveCheck,
    Fingerprinter,
    Fingerprints,
    HeldOutIndex,
    LeakageRules,
    bands_for,
)
from attune.steps.verify.ngrams import NgramHasher, NgramSets, all_shared_ngrams
from attune.text.normalization import conversation_text, normalize

Row = dict[str, Any]

_STOCK = [" ".join(random.Random(n).choices(list("abcdefghijkl"), k=5)) for n in range(12)]
_FREE = st.text("abcdefgh ", max_size=60)
_TEXTS = st.lists(st.lists(st.sampled_from(_STOCK), max_size=9).map(" ".join) | _FREE, min_size=1, max_size=25)
_SHARES = st.sampled_from([0.3, 0.5, 0.7, 0.85, 0.95, 1.0])


def rules(threshold: float = 0.85, share: float = 0.9, words: int = 13) -> LeakageRules:
    return LeakageRules(3, 3, threshold, share, words, share, words)


def row(text: str, **more: Any) -> Row:
    return {"messages": [{"role": "user", "content": text}], "rejected_response": None} | more


def fingerprints(rows: Sequence[Row], given_rules: LeakageRules) -> Fingerprints:
    return Fingerprinter(given_rules).fingerprints(rows, [conversation_text(item["messages"]) for item in rows])


def ngrams(text: str, length: int) -> set[int]:
    return set(NgramHasher(length, length).sets([normalize(text)]).values.tolist())


@settings(max_examples=60, deadline=None)
@given(_TEXTS, _TEXTS, _SHARES)
def test_comparing_without_an_index_counts_what_brute_force_counts(own: list[str], held: list[str], threshold: float) -> None:
    hasher = NgramHasher(3, 3)
    pairs = {
        (int(a), int(b)): int(common)
        for left, right, counts in all_shared_ngrams(hasher.sets(own), hasher.sets(held))
        for a, b, common in zip(left, right, counts, strict=True)
    }
    truth = {(a, b): len(ngrams(one, 3) & ngrams(two, 3)) for a, one in enumerate(own) for b, two in enumerate(held)}
    assert pairs == {pair: common for pair, common in truth.items() if common}
    assert threshold


@settings(max_examples=60, deadline=None)
@given(_TEXTS, _TEXTS, _SHARES, st.sampled_from([13, 20]))
def test_exactly_the_parts_and_hidden_copies_of_brute_force_are_found(
    own: list[str], held: list[str], share: float, words: int
) -> None:
    held = [*held, *own[: len(own) // 2]]  # some are there for sure
    given_rules = rules(2.0, share, words)  # nothing is a near duplicate
    index = HeldOutIndex([fingerprints([row(text) for text in held], given_rules)], given_rules)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(leakage_search, "_MATCHES", 100)
        queries = [row(text) for text in own] + [row("", rejected_response=text) for text in own]
        found = {(m.record, m.other, m.what): m.value for m in index.search(fingerprints(queries, given_rules), 0)}
    truth = {}
    for a, one in enumerate(own):
        for b, two in enumerate(held):
            runs = ngrams(one, 13), ngrams(two, 13)
            least = min(map(len, runs))
            if min(len(one.split()), len(two.split())) >= words and least >= words - 12:
                value = len(runs[0] & runs[1]) / least
                truth |= {(record, b, PART): value for record in (a, a + len(own)) if value >= share}
            short = ngrams(one, 3), ngrams(two, 3)
            if min(map(len, short)) >= words - 2 and len(short[0] & short[1]) / len(short[1]) >= share:
                truth.setdefault((a + len(own), b, HIDDEN), len(short[0] & short[1]) / len(short[1]))
    for record, other, _ in [key for key in truth if key[2] == PART]:
        truth.pop((record, other, HIDDEN), None)  # of each pair the strongest match is told
    assert found == pytest.approx(truth)


@given(seed=st.integers(0, 2**32), threshold=st.sampled_from([0.5, 0.7, 0.85, 0.95, 1.0]))
@settings(max_examples=20, deadline=None)
def test_search_and_exhaustive_check_together_find_exactly_the_near_duplicates_of_brute_force(
    seed: int, threshold: float
) -> None:
    records = record_stream(80, seed, words=(10, 40), duplicates=0.5)
    given_rules = rules(threshold)
    own, held = fingerprints(records[40:], given_rules), fingerprints(records[:40], given_rules)
    index, check = HeldOutIndex([held], given_rules), ExhaustiveCheck(40)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(leakage_search, "_MATCHES", 100)
        matches = index.search(own, 0)
        check.add(own, 0, matches)
    found = {match.record for match in [*matches, *check.missed_pairs(index.ngrams, threshold)] if match.what == NEAR}
    truth = [shingles(record) for record in records]
    near = [(a, b) for a in range(40) for b in range(40) if similarity(truth[a + 40], truth[b]) >= threshold]
    assert found == {record for record, _ in near}
    assert {(m.record, m.other) for m in matches if m.what == NEAR} <= set(near)


@pytest.mark.parametrize("threshold", [0.3, 0.5, 0.8, 0.85, 0.95, 1.0])
def test_the_bands_miss_a_pair_at_the_threshold_no_more_often_than_stated(threshold: float) -> None:
    bands, rows = bands_for(threshold)
    assert bands * rows <= 128
    assert (1 - threshold**rows) ** bands <= MISS_PROBABILITY


def test_a_pair_that_the_index_misses_is_found_and_counted_by_the_exhaustive_check(monkeypatch: pytest.MonkeyPatch) -> None:
    text = "it was a long day and I could not sleep at all last night"
    own = fingerprints([row(text), row("something else was said here by others today")], rules())
    check = ExhaustiveCheck(2)
    check.add(own, 0, [])
    missed = check.missed_pairs(fingerprints([row(text)], rules()).ngrams, 0.85)
    assert [(match.record, match.other, match.value) for match in missed] == [(0, 0, 1.0)]
    assert (check.missed, check.complete, check.missed_share) == (1, True, 0.0)
    monkeypatch.setattr(leakage_search, "EXHAUSTIVE_RECORDS", 1)
    sampled = ExhaustiveCheck(100)
    for _ in range(50):
        sampled.add(own, 0, [])
    assert (sampled.sampled, sampled.complete) == (1, False)
    assert sampled.missed_share == pytest.approx(0.95)  # one record says next to nothing


def test_of_many_copies_a_few_are_reported_as_evidence_and_those_before_the_first_are_left_out() -> None:
    text = "it was a long day and I could not sleep at all last night"
    index = HeldOutIndex([fingerprints([row(text)] * 100, rules())], rules())
    own = fingerprints([row(text), row(f"{text}!"), row("something else was said by others today")], rules())
    assert len(index.search(own, 0)) == 10
    assert {match.other for match in index.search(own, 98)} == {98, 99}


def test_an_empty_index_and_empty_texts_have_no_matches() -> None:
    for held in ([], [row("too short")], [row("a long enough text is this one here")]):
        index = HeldOutIndex([fingerprints(held, rules())] if held else [], rules())
        queries = fingerprints([row(""), row("never said before, not even once by me", rejected_response="so")], rules())
        assert index.search(queries, 0) == []
        check = ExhaustiveCheck(2)
        check.add(queries, 0, [])
        assert check.missed_pairs(index.ngrams, 0.85) == []
    empty = NgramSets(np.zeros(0, np.uint64), np.zeros(3, np.int64))
    assert list(all_shared_ngrams(empty, empty)) == []
