"""The search of the leakage gate misses no pair and invents none: brute force over all pairs says the same."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from attune.steps.verify.leakage_search import HELD, HOLDS, SIMILAR, Index, build_index
from attune.steps.verify.likeness import Grams, Tokenizer

_THRESHOLDS = st.sampled_from([0.3, 0.5, 0.7, 0.85, 0.95, 1.0])
_STOCK = [" ".join(random.Random(n).choices(list("abcdefghijkl"), k=5)) for n in range(12)]
_FREE = st.text("abcdefgh ", max_size=60)
_TEXTS = st.lists(st.lists(st.sampled_from(_STOCK), max_size=9).map(" ".join) | _FREE, min_size=1, max_size=25)


def _sets(texts: list[str]) -> list[set[int]]:
    return [set(own.tolist()) for own in Tokenizer(3, 3).sets(texts)]


def _truth(queries: list[str], indexed: list[str], rule: object, threshold: float, least: int) -> dict[tuple[int, int], float]:
    found = {}
    for a, own in enumerate(_sets(queries)):
        for b, their in enumerate(_sets(indexed)):
            common = len(own & their)
            whole = {id(SIMILAR): len(own | their), id(HOLDS): len(their), id(HELD): len(own)}[id(rule)]
            if min(len(own), len(their)) >= least and common / whole >= threshold:
                found[a, b] = common / whole
    return found


def _split(grams: Grams, size: int) -> list[Grams]:
    """The same texts as items of ``size`` texts."""
    ends = grams.counts.cumsum()
    return [
        Grams(grams.values[(ends[at] - grams.counts[at]) : ends[min(at + size, len(ends)) - 1]], grams.counts[at : at + size])
        for at in range(0, len(grams.counts), size)
    ]


@settings(max_examples=150, deadline=None)
@given(_TEXTS, _TEXTS, _THRESHOLDS, _THRESHOLDS, st.sampled_from([SIMILAR, HOLDS, HELD]), st.sampled_from([1, 4]))
def test_exactly_the_pairs_of_brute_force_are_found(
    queries: list[str], indexed: list[str], similarity: float, containment: float, rule: object, least: int
) -> None:
    indexed = [*indexed, *queries[: len(queries) // 2]]  # some are there for sure
    index = build_index(_split(Tokenizer(3, 3).grams(indexed), 7), similarity, containment)
    found = {
        (a, b): value
        for a, b, value in index.search(index.queries(Tokenizer(3, 3).grams(queries)), rule, least=least)  # type: ignore[arg-type]
    }
    truth = _truth(queries, indexed, rule, similarity if rule is SIMILAR else containment, least)
    assert found == pytest.approx(truth)


def test_of_many_copies_only_so_many_are_told_and_those_before_the_first_are_left_out() -> None:
    text = "it was a long day and I could not sleep at all last night"
    index = build_index([Tokenizer(3, 3).grams([text] * 100)], 0.9, 0.9)
    queries = index.queries(Tokenizer(3, 3).grams([text, text + "!", "something else was said by others today"]))
    for rule in (SIMILAR, HOLDS, HELD):
        assert len(list(index.search(queries, rule, most=3))) == 6
        assert {other for _, other, _ in index.search(queries, rule, first=98)} == {98, 99}


def test_an_index_is_the_same_when_it_was_read_from_files(tmp_path: Path) -> None:
    generator = random.Random(1)
    texts = [" ".join(generator.choices(_STOCK, k=6)) for _ in range(300)]
    index = build_index([Tokenizer(3, 3).grams(texts)], 0.7, 0.8)
    index.save(tmp_path)
    again = Index.load(tmp_path)
    queries = Tokenizer(3, 3).grams(texts[:100])
    for rule in (SIMILAR, HOLDS, HELD):
        pairs = list(index.search(index.queries(queries), rule))
        assert len(pairs) >= 100
        assert list(again.search(again.queries(queries), rule)) == pairs


def test_an_empty_index_and_empty_texts_have_no_pairs() -> None:
    for texts in ([], ["too short"], ["a long enough text is this one"]):
        index = build_index([Tokenizer(3, 8).grams(texts)] if texts else [], 0.85, 0.9)
        for rule in (SIMILAR, HOLDS, HELD):
            assert (
                list(index.search(index.queries(Tokenizer(3, 8).grams(["", "never said before, not even once by me"])), rule))
                == []
            )
