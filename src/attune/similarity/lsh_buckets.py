"""Buckets in which all members can be compared, made from oversized LSH buckets.

An oversized bucket of up to ``LARGE`` members stays as it is: with sketches (``sets``) comparing all with all costs little.
Around a boilerplate reply there can be a hundred thousand; then two near members share a token of their prefixes
(``prefixes``), and each token makes a bucket of those that have it, which leaves out who has no partner.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from attune.similarity.minhash import sorted_unique
from attune.similarity.prefixes import prefixes
from attune.similarity.shingles import I64
from attune.similarity.token_sets import Sets

LARGE = 2_048
_PAIRS_AT_A_TIME = 1 << 20


@dataclass(frozen=True)
class Buckets:
    """Groups of rows of which any two may be near; a row may be in several.

    Attributes:
        rows: members of all buckets one after the other.
        offsets: bucket ``i`` has ``rows[offsets[i]:offsets[i + 1]]``.
    """

    rows: I64
    offsets: I64

    @property
    def sizes(self) -> I64:
        """Members of each bucket."""
        return np.diff(self.offsets)

    def select(self, chosen: I64) -> Buckets:
        """Some of the buckets, by their numbers."""
        sizes = self.sizes[chosen]
        return Buckets(self.rows[ranges(self.offsets[chosen], sizes)], _offsets(sizes))

    def pairs(self) -> Iterator[tuple[I64, I64]]:
        """All pairs of each bucket, about a million at a time."""
        numbers = np.arange(len(self.rows))
        before = numbers - np.repeat(self.offsets[:-1], self.sizes)  # the members that stand before each one in its bucket
        for some in slices(before):
            counts = before[some]
            yield np.repeat(self.rows[some], counts), self.rows[ranges(numbers[some] - counts, counts)]


def buckets(oversized: Sequence[I64], sets: Sets, threshold: float) -> Buckets:
    """Buckets in which any two members of an oversized bucket meet whose similarity is ``threshold`` or more."""
    large = [members for members in oversized if len(members) > LARGE]
    small = [members for members in oversized if 1 < len(members) <= LARGE]
    found = prefixes(sets, sorted_unique(np.concatenate([np.zeros(0, np.int64), *large])), threshold)
    owners = np.repeat(found.rows, np.diff(found.offsets))[np.argsort(found.tokens, kind="stable")]
    of_tokens = np.bincount(found.tokens, minlength=found.distinct)
    sizes = np.concatenate([np.array([len(members) for members in small], np.int64), of_tokens])
    return Buckets(np.concatenate([np.zeros(0, np.int64), *small, owners]), _offsets(sizes))


def ranges(starts: I64, counts: I64) -> I64:
    """The numbers from ``starts[i]`` on, ``counts[i]`` of them, for each ``i`` one after the other."""
    ends = np.cumsum(counts)
    total = int(ends[-1]) if len(ends) else 0
    found: I64 = np.arange(total) + np.repeat(starts - (ends - counts), counts)
    return found


def slices(counts: I64, most: int = _PAIRS_AT_A_TIME) -> Iterator[slice]:
    """Runs of ``counts`` that sum up to ``most`` or have one element."""
    sums = np.cumsum(counts)
    first = 0
    while first < len(counts):
        done = int(sums[first - 1]) if first else 0
        last = max(int(np.searchsorted(sums, done + most, side="right")), first + 1)
        yield slice(first, last)
        first = last


def _offsets(sizes: I64) -> I64:
    return np.concatenate([np.zeros(1, np.int64), np.cumsum(sizes)])
