"""Finds the indexed sets of which a text holds a share, and those that hold a share of the text, without missing one.

Prefix filtering (Chaudhuri, Ganti and Kaushik, 2006): if a share c of a set of n n-grams stands in another set, then of any
n - ceil(c n) + k of them at least k do. Of an indexed set the rarest lead to it; of a text, those that are rarest in the index.

Memory: some 40 B for each n-gram while sets are indexed. The index stands in files that workers share.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator
from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np
import numpy.typing as npt

from attune.similarity.minhash import sorted_unique
from attune.similarity.shingles import FINGERPRINT_BITS, I64, U64
from attune.similarity.token_sets import I32, gather_sets

_HITS = 3  # n-grams of a prefix that a pair must have in common
_MOST_BITS = 26
_TEXTS_AT_A_TIME = 64
_SETS_AT_A_TIME = 4_096
_EPSILON = 1e-9

Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Index:
    """Sets of n-grams of held-out records, numbered from 0.

    Attributes:
        values: all sets one after the other, each sorted.
        offsets: set ``i`` is ``values[offsets[i]:offsets[i + 1]]``.
        needed: hits in the rarest n-grams of each set without which it cannot be held.
        grams: the n-grams of all sets, sorted.
        owners: the number of each one's set.
        rare: the n-grams that are among the rarest of a set, sorted.
        rare_owners: the number of each one's set.
        seen: for each value of the first bits of an n-gram whether one of ``grams`` has it.
        rare_seen: the same of ``rare``.
    """

    values: U64
    offsets: I64
    needed: I64
    grams: U64
    owners: I32
    rare: U64
    rare_owners: I32
    seen: Flags
    rare_seen: Flags

    def save(self, folder: Path) -> None:
        """Write every array into a file of its own."""
        folder.mkdir()
        for field in fields(self):
            np.save(folder / f"{field.name}.npy", getattr(self, field.name))

    def known(self, values: U64) -> Flags:
        """Which n-grams a set may have; never False where one does."""
        return _looked_up(self.seen, values)

    @staticmethod
    @functools.lru_cache(maxsize=2)
    def load(folder: str) -> Index:
        """The index in a folder; what is read of it is shared between processes."""
        files = {field.name: Path(folder) / f"{field.name}.npy" for field in fields(Index)}
        return Index(**{name: np.asarray(np.load(file, mmap_mode="r")) for name, file in files.items()})

    def all_held_by(self, values: U64, offsets: I64) -> Iterator[tuple[int, I64]]:
        """(text, sets) for each of many texts that may hold a share of a set; text ``i`` as :func:`gather_sets` has it."""
        for start in range(0, len(offsets) - 1, _TEXTS_AT_A_TIME):
            cuts = offsets[start : start + _TEXTS_AT_A_TIME + 1]
            keys = self._hits(values[cuts[0] : cuts[-1]], np.repeat(np.arange(len(cuts) - 1), np.diff(cuts)))
            texts, held = keys >> 32, keys & 0xFFFFFFFF
            for place in sorted_unique(texts).tolist():
                yield start + place, held[np.searchsorted(texts, place) : np.searchsorted(texts, place, side="right")]

    def held_by(self, own: U64) -> I64:
        """Sets of which a text with the n-grams ``own`` may hold the share that they were indexed for, sorted."""
        return self._hits(own, np.zeros(len(own), np.int64))

    def _hits(self, values: U64, texts: I64) -> I64:
        """(text << 32) + set of pairs with so many of the set's rarest n-grams as it takes, sorted."""
        maybe = np.flatnonzero(_looked_up(self.rare_seen, values))
        if not len(maybe):
            return np.zeros(0, np.int64)
        held, counts = _lists(self.rare_owners, *_places(self.rare, values[maybe]))
        keys = np.sort(np.repeat(texts[maybe], counts) << 32 | held)
        first = _firsts(keys)
        hits = np.diff(np.append(first, len(keys)))
        keys = keys[first]
        found: I64 = keys[hits >= self.needed[keys & 0xFFFFFFFF]]
        return found

    def holding(self, own: U64, share: float) -> I64:
        """Sets that may hold a share of the n-grams ``own``."""
        least = int(np.ceil(share * len(own) - _EPSILON))
        if np.count_nonzero(self.known(own)) < least:
            return np.zeros(0, np.int64)
        rarest = len(own) - least + 1
        begin, counts = _places(self.grams, own)
        there = np.flatnonzero(counts)
        rarest -= len(own) - len(there)  # those that no set has lead nowhere
        if rarest <= 0:
            return np.zeros(0, np.int64)
        chosen = there[np.argsort(counts[there], kind="stable")[:rarest]]
        return sorted_unique(_lists(self.owners, begin[chosen], counts[chosen])[0])

    def common(self, own: U64, held: I64) -> tuple[I64, I64]:
        """How many n-grams each of some sets, none of them empty, has in common with ``own``, and how many it has."""
        values, sizes = gather_sets(self.values, self.offsets, held)
        shared = own[np.minimum(np.searchsorted(own, values), len(own) - 1)] == values
        return np.add.reduceat(shared.astype(np.int64), np.cumsum(sizes) - sizes), sizes


def build_index(values: U64, sizes: I64, share: float) -> Index:
    """Index sets that stand one after the other, each sorted, so that each is found by a text that holds a share of it."""
    owners = np.repeat(np.arange(len(sizes), dtype=np.int32), sizes)
    order = np.argsort(values, kind="stable")
    grams = values[order]
    first = _firsts(grams).astype(np.int32)
    counts = np.diff(first, append=np.int32(len(grams)))
    seen = _seen(grams, len(first))
    frequency = np.empty(len(values), np.int32)
    frequency[order] = np.repeat(counts, counts)
    by_gram = owners[order]
    del order, first, counts
    needed, rarest = _rarest(values, sizes, frequency, share)
    order = np.argsort(values[rarest], kind="stable")
    rare = values[rarest][order]
    return Index(
        values=values,
        offsets=np.concatenate([np.zeros(1, np.int64), np.cumsum(sizes)]),
        needed=needed,
        grams=grams,
        owners=by_gram,
        rare=rare,
        rare_owners=owners[rarest][order],
        seen=seen,
        rare_seen=_seen(rare, len(rare)),
    )


def _seen(grams: U64, different: int) -> Flags:
    """For each value of the first bits whether one of ``grams`` has it; eight times as many values as there are n-grams."""
    bits = min(different.bit_length() + 3, _MOST_BITS)
    seen = np.zeros(1 << bits, bool)
    seen[grams >> np.uint64(FINGERPRINT_BITS - bits)] = True
    return seen


def _looked_up(seen: Flags, values: U64) -> Flags:
    bits = len(seen).bit_length() - 1
    found: Flags = seen[values >> np.uint64(FINGERPRINT_BITS - bits)]
    return found


def _rarest(values: U64, sizes: I64, frequency: I32, share: float) -> tuple[I64, I64]:
    """How many hits each set takes, and the places of its rarest n-grams, of which a text that holds it has so many."""
    least = np.ceil(share * sizes - _EPSILON).astype(np.int64)
    needed = np.minimum(_HITS, least)
    found = [np.zeros(0, np.int64)]
    ends = np.cumsum(sizes)
    for first in range(0, len(sizes), _SETS_AT_A_TIME):
        own = slice(first, first + _SETS_AT_A_TIME)
        start, stop = int(ends[first] - sizes[first]), int(ends[own][-1])
        owners = np.repeat(np.arange(len(sizes[own])), sizes[own])
        order = np.lexsort((values[start:stop], frequency[start:stop], owners))  # sets stay where they are
        place = np.arange(start, stop) - np.repeat(ends[own] - sizes[own], sizes[own])
        found.append(start + order[place < np.repeat((sizes - least + needed)[own], sizes[own])])
    return needed, np.concatenate(found)


def _firsts(ordered: U64 | I64) -> I64:
    """Where each different value begins."""
    first = np.ones(len(ordered), bool)
    np.not_equal(ordered[1:], ordered[:-1], out=first[1:])
    return np.flatnonzero(first)


def _places(ordered: U64, values: U64) -> tuple[I64, I64]:
    """Where each of ``values`` begins in ``ordered``, and how often it is there."""
    begin = np.searchsorted(ordered, values)
    there = np.flatnonzero(ordered[np.minimum(begin, len(ordered) - 1)] == values) if len(ordered) else begin[:0]
    counts = np.zeros(len(values), np.int64)
    counts[there] = np.searchsorted(ordered, values[there], side="right") - begin[there]
    return begin, counts


def _lists(owners: I32, begin: I64, counts: I64) -> tuple[I64, I64]:
    """``counts`` owners from each place of ``begin``, one list after the other, and their lengths."""
    ends = np.cumsum(counts)
    total = int(ends[-1]) if len(ends) else 0
    return owners[np.arange(total) + np.repeat(begin - (ends - counts), counts)].astype(np.int64), counts
