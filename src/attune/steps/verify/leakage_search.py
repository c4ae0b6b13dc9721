"""Finds near duplicates, and conversations that are part of others, exactly: every pair at or above the threshold is found.

Prefix filtering (Chaudhuri, Ganti and Kaushik 2006; Bayardo, Ma and Srikant 2007): order all n-grams from rare to common. If a
set x has a share of t or more of its n-grams in common with y, then one of its |x| - ceil(t |x|) + 1 rarest stands in y. A
Jaccard similarity of t implies this for both sides, so there the rarest of both have one in common. An inverted index of these
leads to every candidate.

Most candidates are told apart by 512 bits of each set, without looking at it. An n-gram stands for one of the bits. For
similarity a bit is the parity of the n-grams that stand for it: two sets differ in no fewer n-grams than bits. For containment
it says whether there is any: y lacks no fewer n-grams of x than it lacks bits. What is left is counted exactly.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from attune.steps.verify.likeness import FINGERPRINT_BITS, Grams, Numbers, Places

Ranks = npt.NDArray[np.int32]
Shares = npt.NDArray[np.floating[Any]]

TEXTS_AT_A_TIME = 1 << (64 - FINGERPRINT_BITS)  # a text's number and a fingerprint share 64 bits

_BITS = 512  # of a signature
_CANDIDATES_AT_A_TIME = 1 << 20
_VALUES_AT_A_TIME = 1 << 20
_PAIRS_OF_A_TEXT = 16  # that are counted before it is asked whether enough were found
_EPSILON = 1e-9


@dataclass(frozen=True)
class Rule:
    """What makes a text and an indexed set a pair; ``own`` is the size of the text's set, ``their`` that of the indexed one.

    Attributes:
        signature: which bits tell candidates apart.
        any_probe: whether any n-gram of the text may lead to the set, or only its rarest ones.
        any_posting: whether any n-gram of the set may lead to it, or only its rarest ones.
        differing: bits that count as differences.
        fewest: n-grams in which sets of these sizes differ at least.
        allowed: n-grams in which they may differ at a threshold.
        value: what is compared with the threshold, from the n-grams in common.
    """

    signature: str
    any_probe: bool
    any_posting: bool
    differing: Callable[[Numbers, Numbers], Numbers]
    fewest: Callable[[Places, Places], Places]
    allowed: Callable[[Places, Places, float], Shares]
    value: Callable[[Places, Places, Places], Shares]


SIMILAR = Rule(
    "parity", False, False,
    differing=lambda own, their: own ^ their,
    fewest=lambda own, their: np.abs(own - their),
    allowed=lambda own, their, threshold: (1 - threshold) / (1 + threshold) * (own + their),
    value=lambda common, own, their: common / (own + their - common),
)  # fmt: skip
HOLDS = Rule(
    "presence", True, False,
    differing=lambda own, their: their & ~own,
    fewest=lambda own, their: their - own,
    allowed=lambda own, their, threshold: (1 - threshold) * their,  # noqa: ARG005
    value=lambda common, own, their: common / their,  # noqa: ARG005
)  # fmt: skip
HELD = Rule(
    "presence", False, True,
    differing=lambda own, their: own & ~their,
    fewest=lambda own, their: own - their,
    allowed=lambda own, their, threshold: (1 - threshold) * own,  # noqa: ARG005
    value=lambda common, own, their: common / own,  # noqa: ARG005
)  # fmt: skip


@dataclass(frozen=True)
class Queries:
    """Up to :data:`TEXTS_AT_A_TIME` texts as they are looked for.

    Attributes:
        keys: (number of the text << 32) + rank of an n-gram, sorted; rank 0 for those that the index does not know.
        starts: where each text starts in ``keys``, and the end.
        signatures: name -> bits of every text.
    """

    keys: Places
    starts: Places
    signatures: dict[str, Numbers]

    @property
    def sizes(self) -> Places:
        """Distinct n-grams of every text."""
        return np.diff(self.starts)


@dataclass(frozen=True)
class Index:
    """An inverted index over some sets of n-grams. Its arrays are shared by all workers through files.

    Attributes:
        vocabulary: every n-gram of the sets, sorted.
        buckets: where the n-grams with each value of their highest bits begin in it.
        ranks: place of each n-gram from rare to common, from 1 on.
        sets: ranks of the n-grams of every set, one set after the other, each sorted.
        starts: where each set starts in ``sets``, and the end.
        parity: signatures for similarity.
        presence: signatures for containment.
        postings: numbers of the sets that hold the n-gram of rank 1, then 2 and so on: of each, first those where it is among
            the rarest that the higher threshold asks for, then the lower one, then all others.
        lists: where those of a rank begin, the three one after the other, and where they end: shape (ranks + 1, 4).
        thresholds: that of similarity and that of containment.
    """

    vocabulary: Numbers
    buckets: Ranks
    ranks: Ranks
    sets: Ranks
    starts: Places
    parity: Numbers
    presence: Numbers
    postings: Ranks
    lists: Ranks
    thresholds: Shares

    def save(self, folder: Path) -> None:
        """Write every array into a file of its own."""
        for field in fields(self):
            np.save(folder / f"{field.name}.npy", getattr(self, field.name))

    @classmethod
    def load(cls, folder: Path) -> Index:
        """The index in a folder; what is read of it is shared between processes."""
        return cls(**{field.name: np.load(folder / f"{field.name}.npy", mmap_mode="r") for field in fields(cls)})

    def queries(self, texts: Grams) -> Queries:
        """What :meth:`search` needs of some texts.

        Raises:
            ValueError: they are more than :data:`TEXTS_AT_A_TIME`.
        """
        values, starts = distinct(texts)
        of = np.repeat(np.arange(len(texts.counts)), np.diff(starts))
        keys = np.sort((of << 32) + _ranked(self.vocabulary, self.buckets, self.ranks, values))
        return Queries(keys, starts, _signatures(values, of, len(texts.counts)))

    def search(
        self, queries: Queries, rule: Rule, *, least: int = 1, first: int = 0, most: int | None = None
    ) -> Iterator[tuple[int, int, float]]:
        """(text, set, value) of every pair at or above the threshold, or of ``most`` for each text.

        Args:
            queries: the texts.
            rule: what makes a pair.
            least: n-grams that both must have.
            first: sets before this one are left out.
            most: a dataset of a thousand copies of one text has a million pairs; this keeps the time linear.
        """
        threshold = float(self.thresholds[int(rule is not SIMILAR)])
        for texts, others in self._candidates(queries, rule, threshold):
            own, their = queries.sizes[texts], np.diff(self.starts)[others]
            keep = (others >= first) & (np.minimum(own, their) >= least)
            allowed = (rule.allowed(own, their, threshold) + _EPSILON).astype(np.int64)
            keep &= rule.fewest(own, their) <= allowed
            texts, others = self._by_signature(queries, rule, texts[keep], others[keep], allowed[keep])
            pairs = np.unique((texts << 32) + others)
            yield from self._counted(queries, rule, threshold, pairs, most)

    def _candidates(self, queries: Queries, rule: Rule, threshold: float) -> Iterator[tuple[Places, Places]]:
        """(texts, sets) that have an n-gram in common by which a pair must be found; a pair may come several times."""
        texts, ranks = queries.keys >> 32, queries.keys & 0xFFFFFFFF
        place = np.arange(len(texts)) - queries.starts[texts]
        probe = (ranks > 0) & (rule.any_probe | (place < _prefix(queries.sizes, threshold)[texts]))
        texts, ranks = texts[probe], ranks[probe]
        last = 3 if rule.any_posting else 1 + int(threshold < self.thresholds.max())
        begin = self.lists[ranks, 0].astype(np.int64)
        counts = self.lists[ranks, last] - begin
        ends = np.cumsum(counts)
        start = 0
        while start < len(texts):
            done = ends[start - 1] if start else 0
            stop = max(int(np.searchsorted(ends, done + _CANDIDATES_AT_A_TIME, side="right")), start + 1)
            stop = int(np.searchsorted(texts, texts[stop - 1], side="right"))  # a text's candidates come together
            some = counts[start:stop]
            at = np.arange(ends[stop - 1] - done) + np.repeat(begin[start:stop] - (ends[start:stop] - some - done), some)
            yield np.repeat(texts[start:stop], some), self.postings[at].astype(np.int64)
            start = stop

    def _by_signature(
        self, queries: Queries, rule: Rule, texts: Places, others: Places, allowed: Places
    ) -> tuple[Places, Places]:
        """Those pairs whose signatures do not show that they differ in more than is allowed."""
        own, their = queries.signatures[rule.signature], getattr(self, rule.signature)
        found = np.zeros(len(texts), np.int64)
        for word in range(own.shape[1]):
            found += np.bitwise_count(rule.differing(own[texts, word], their[others, word]))
            keep = found <= allowed
            texts, others, allowed, found = texts[keep], others[keep], allowed[keep], found[keep]
        return texts, others

    def _counted(
        self, queries: Queries, rule: Rule, threshold: float, pairs: Places, most: int | None
    ) -> Iterator[tuple[int, int, float]]:
        """Those of some pairs (text << 32) + set, sorted, that are at or above the threshold."""
        hits = np.zeros(len(queries.starts), np.int64)
        while len(pairs):
            texts = pairs >> 32
            place = np.arange(len(pairs)) - np.searchsorted(texts, texts)
            now = place < _PAIRS_OF_A_TEXT if most is not None else np.ones(len(pairs), bool)
            for text, other, value in self._values(queries, rule, pairs[now]):
                if value >= threshold - _EPSILON and (most is None or hits[text] < most):
                    hits[text] += 1
                    yield text, other, value
            pairs = pairs[~now]
            pairs = pairs[hits[pairs >> 32] < (most or 1)]

    def _values(self, queries: Queries, rule: Rule, pairs: Places) -> Iterator[tuple[int, int, float]]:
        """(text, set, value) of pairs, from the n-grams that they have in common."""
        texts, others = pairs >> 32, pairs & 0xFFFFFFFF
        counts = self.starts[others + 1] - self.starts[others]
        ends = np.cumsum(counts)
        start = 0
        while start < len(pairs):
            done = ends[start - 1] if start else 0
            stop = max(int(np.searchsorted(ends, done + _VALUES_AT_A_TIME, side="right")), start + 1)
            some, begin = counts[start:stop], ends[start:stop] - counts[start:stop] - done
            at = np.arange(ends[stop - 1] - done) + np.repeat(self.starts[others[start:stop]] - begin, some)
            keys = (np.repeat(texts[start:stop], some) << 32) + self.sets[at]
            shared = queries.keys[np.minimum(np.searchsorted(queries.keys, keys), len(queries.keys) - 1)] == keys
            common = np.add.reduceat(shared.astype(np.int64), begin)
            values = rule.value(common, queries.sizes[texts[start:stop]], some)
            yield from zip(texts[start:stop].tolist(), others[start:stop].tolist(), values.tolist(), strict=True)
            start = stop


def distinct(texts: Grams) -> tuple[Numbers, Places]:
    """The distinct n-grams of up to :data:`TEXTS_AT_A_TIME` texts, sorted, one text after the other; where each starts."""
    if len(texts.counts) > TEXTS_AT_A_TIME:
        raise ValueError(f"at most {TEXTS_AT_A_TIME} texts at a time, not {len(texts.counts)}")
    bits = np.uint64(FINGERPRINT_BITS)
    keys = np.sort((np.repeat(np.arange(len(texts.counts), dtype=np.uint64), texts.counts) << bits) + texts.values)
    keys = keys[np.append(True, keys[1:] != keys[:-1])] if len(keys) else keys
    counts = np.bincount((keys >> bits).astype(np.int64), minlength=len(texts.counts))
    return keys & np.uint64((1 << FINGERPRINT_BITS) - 1), np.concatenate([np.zeros(1, np.int64), np.cumsum(counts)])


def build_index(texts: Sequence[Grams], similarity: float, containment: float) -> Index:
    """Index the texts, those of every item up to :data:`TEXTS_AT_A_TIME`. Memory: some 30 bytes for each of their n-grams."""
    parts = [distinct(item) for item in texts]
    values = np.concatenate([np.zeros(0, np.uint64), *(part[0] for part in parts)])
    sizes = np.concatenate([np.zeros(0, np.int64), *(np.diff(part[1]) for part in parts)])
    bits = [_signatures(own, np.repeat(np.arange(len(at) - 1), np.diff(at)), len(at) - 1) for own, at in parts]
    del parts
    vocabulary, buckets, ranks = _vocabulary(values)
    of = np.repeat(np.arange(len(sizes), dtype=np.int32), sizes)
    sets = _by_rank(values, of, vocabulary, buckets, ranks)
    del values
    starts = np.concatenate([np.zeros(1, np.int64), np.cumsum(sizes)])
    postings, lists = _invert(sets, of, starts, sorted((similarity, containment)), len(vocabulary))
    return Index(
        vocabulary=vocabulary,
        buckets=buckets,
        ranks=ranks,
        sets=sets,
        starts=starts,
        parity=np.concatenate([_NO_BITS, *(item["parity"] for item in bits)]),
        presence=np.concatenate([_NO_BITS, *(item["presence"] for item in bits)]),
        postings=postings,
        lists=lists,
        thresholds=np.array([similarity, containment]),
    )


def _vocabulary(values: Numbers) -> tuple[Numbers, Ranks, Ranks]:
    """All different n-grams, sorted; where those with each value of their highest bits begin; the rank of each, rare first."""
    ordered = np.sort(values)
    first = np.flatnonzero(np.append(True, ordered[1:] != ordered[:-1])) if len(ordered) else np.zeros(0, np.int64)
    vocabulary, frequency = ordered[first], np.diff(np.append(first, len(ordered)))
    ranks = np.empty(len(vocabulary), np.int32)
    ranks[np.argsort(frequency, kind="stable")] = np.arange(1, len(vocabulary) + 1)
    bits = max(1, len(vocabulary).bit_length())
    buckets = np.searchsorted(vocabulary, np.arange(1 << bits, dtype=np.uint64) << np.uint64(FINGERPRINT_BITS - bits))
    return vocabulary, buckets.astype(np.int32), ranks


def _by_rank(values: Numbers, of: Ranks, vocabulary: Numbers, buckets: Ranks, ranks: Ranks) -> Ranks:
    """The sets, which ``values`` holds one after the other, with ranks for n-grams, each sorted."""
    keys = of.astype(np.int64) << 32
    for start in range(0, len(values), _VALUES_AT_A_TIME):
        stop = start + _VALUES_AT_A_TIME
        keys[start:stop] += _ranked(vocabulary, buckets, ranks, values[start:stop])
    keys.sort()
    return (keys & 0xFFFFFFFF).astype(np.int32)


def _invert(sets: Ranks, of: Ranks, starts: Places, thresholds: Sequence[float], count: int) -> tuple[Ranks, Ranks]:
    """``postings`` and ``lists`` of an index, as its attributes say; ``thresholds`` from low to high."""
    sizes = np.diff(starts)
    low, high = (_prefix(sizes, threshold) for threshold in thresholds)
    keys = np.empty(len(sets), np.int64)
    counts = np.zeros(3 * (count + 1), np.int64)
    for start in range(0, len(sets), _VALUES_AT_A_TIME):
        stop = min(start + _VALUES_AT_A_TIME, len(sets))
        own = of[start:stop]
        place = np.arange(start, stop) - starts[own]
        level = 3 * sets[start:stop].astype(np.int64) + (place >= high[own]) + (place >= low[own])
        counts += np.bincount(level, minlength=len(counts))
        keys[start:stop] = (level << 32) | own
    keys.sort()
    ends = np.cumsum(counts).reshape(-1, 3)
    lists = np.column_stack([np.append(0, ends[:-1, 2]), ends]).astype(np.int32)
    return (keys & 0xFFFFFFFF).astype(np.int32), lists


def _ranked(vocabulary: Numbers, buckets: Ranks, ranks: Ranks, values: Numbers) -> Places:
    """Rank of each n-gram; 0 for one that is not in the vocabulary."""
    if not len(vocabulary):
        return np.zeros(len(values), np.int64)
    bits, last = len(buckets).bit_length() - 1, len(vocabulary) - 1
    place = np.minimum(buckets[(values >> np.uint64(FINGERPRINT_BITS - bits)).astype(np.int64)], last)
    behind = np.flatnonzero(vocabulary[place] < values)
    while len(behind):  # fingerprints are spread evenly: a bucket holds one or two
        behind = behind[place[behind] < last]
        place[behind] += 1
        behind = behind[vocabulary[place[behind]] < values[behind]]
    return np.where(vocabulary[place] == values, ranks[place], 0).astype(np.int64)


def _prefix(sizes: Places, threshold: float) -> Places:
    """How many of its rarest n-grams lead to a set."""
    rarest: Places = sizes - np.ceil(threshold * sizes - _EPSILON).astype(np.int64) + 1
    return rarest


def _signatures(values: Numbers, of: Places, count: int) -> dict[str, Numbers]:
    """Bits of ``count`` sets, of which ``of`` says whose n-gram each of ``values`` is; shape (count, 8)."""
    found = np.bincount(of * _BITS + (values & np.uint64(_BITS - 1)).astype(np.int64), minlength=count * _BITS)
    found = found.reshape(count, _BITS)
    packed = {"parity": np.packbits((found & 1).astype(bool), axis=1), "presence": np.packbits(found > 0, axis=1)}
    return {name: np.ascontiguousarray(item).view(np.uint64) for name, item in packed.items()}


_NO_BITS = np.zeros((0, _BITS // 64), np.uint64)
