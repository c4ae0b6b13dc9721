"""MinHash signatures in bands, and exact Jaccard similarity of the pairs that share a band.

Broder (1997), "On the resemblance and containment of documents": the least value of a random permutation over a set is equal
for two sets with a probability of their Jaccard similarity J. Records that agree in all rows of at least one of b bands of r
rows become candidates, with a probability of 1 - (1 - J^r)^b (Leskovec, Rajaraman and Ullman, Mining of Massive Datasets, 3.4).
For 16 bands of 8 rows that is 0.994 at J = 0.85, 0.9999 at 0.9 and 0.06 at 0.5. A candidate is always verified exactly.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from attune.similarity.shingles import FINGERPRINT_BITS, I64, U64, Shingles, mix, random_words

Integer = TypeVar("Integer", np.uint64, np.int64)

_PAIRS_AT_A_TIME = 1 << (64 - FINGERPRINT_BITS)  # the number of a pair and a fingerprint fill 64 bits together
SMALL_BUCKET = 16  # records of a bucket of which all pairs become candidates; larger ones are Candidates.oversized


@dataclass(frozen=True)
class Banding:
    """How signatures are made and cut.

    Attributes:
        permutations: length of a signature.
        bands: number of bands; must divide ``permutations``.
        seed: draws the permutations; with another one other pairs are missed.
    """

    permutations: int
    bands: int
    seed: int

    def hashes(self, shingles: Shingles, min_words: int = 0) -> U64:
        """One hash per band and record, shape (bands, records); zero where a record has no n-grams or too few words.

        A permutation is x -> a·x + b modulo 2^32 with an odd a: one multiplication and one addition on 32 bits.
        """
        rows = self.permutations // self.bands
        counts = np.diff(shingles.offsets)
        filled = np.flatnonzero(counts)
        result = np.zeros((self.bands, len(counts)), np.uint64)
        if not len(filled):
            return result
        items = (shingles.values >> np.uint64(FINGERPRINT_BITS - 32)).astype(np.uint32)
        starts = shingles.offsets[filled]
        factors = (random_words(self.seed, self.permutations) >> np.uint64(32)).astype(np.uint32) | np.uint32(1)
        shifts = random_words(self.seed + 1, self.permutations).astype(np.uint32)
        weights = random_words(self.seed + 2, rows) | np.uint64(1)
        permuted = np.empty_like(items)
        for band in range(self.bands):
            combined = np.zeros(len(filled), np.uint64)
            for row in range(rows):
                index = band * rows + row
                np.multiply(items, factors[index], out=permuted)
                np.add(permuted, shifts[index], out=permuted)
                combined += np.minimum.reduceat(permuted, starts).astype(np.uint64) * weights[row]
            result[band, filled] = mix(combined) | np.uint64(1)
        result[:, shingles.words < min_words] = 0
        return result


@dataclass(frozen=True)
class Candidates:
    """What shares a band.

    Attributes:
        left: smaller index of each candidate pair.
        right: larger index of each candidate pair.
        oversized: members of every bucket that is too large for all its pairs, such as that of a boilerplate reply.
    """

    left: I64
    right: I64
    oversized: list[I64]

    def members(self) -> I64:
        """Every record that is in a pair or an oversized bucket, sorted."""
        return sorted_unique(np.concatenate([self.left, self.right, *self.oversized]))


def sorted_unique(values: npt.NDArray[Integer]) -> npt.NDArray[Integer]:
    """Sorted without repetitions. ``np.unique`` builds a hash table instead, which takes ten times as long here."""
    ordered: npt.NDArray[Integer] = np.sort(values, kind="stable")
    first = np.ones(len(ordered), bool)
    np.not_equal(ordered[1:], ordered[:-1], out=first[1:])
    unique: npt.NDArray[Integer] = ordered[first]
    return unique


def candidates(bands: Iterable[U64], among: I64) -> Candidates:
    """Candidate pairs of the records ``among``, from one array of band hashes a band; zero hashes never match."""
    pairs = np.zeros(0, np.uint64)
    oversized: dict[bytes, I64] = {}
    for hashes in bands:
        own = hashes[among]
        order = np.argsort(own, kind="stable")
        ordered, ids = own[order], among[order]
        starts = np.flatnonzero(np.concatenate([np.ones(min(1, len(ordered)), bool), ordered[1:] != ordered[:-1]]))
        sizes = np.diff(np.append(starts, len(ordered)))
        sizes[ordered[starts] == 0] = 1
        for start, size in zip(starts[sizes > SMALL_BUCKET], sizes[sizes > SMALL_BUCKET], strict=True):
            members = np.sort(ids[start : start + size])
            oversized[members.tobytes()] = members
        small = (sizes > 1) & (sizes <= SMALL_BUCKET)
        pairs = sorted_unique(np.concatenate([pairs, all_pairs(ids, starts[small], sizes[small])]))
    return Candidates(*split_pairs(pairs), list(oversized.values()))


def split_pairs(pairs: U64) -> tuple[I64, I64]:
    """The two ids of each of :func:`all_pairs`."""
    return (pairs >> np.uint64(32)).astype(np.int64), (pairs & np.uint64(0xFFFFFFFF)).astype(np.int64)


def all_pairs(ids: I64, starts: I64, sizes: I64) -> U64:
    """All pairs within each run of ``ids``, the smaller id in the upper 32 bits."""
    found = [np.zeros(0, np.uint64)]
    for distance in range(1, int(sizes.max(initial=1))):
        for place in range(int(sizes.max(initial=1)) - distance):
            runs = starts[sizes > place + distance]
            left, right = ids[runs + place], ids[runs + place + distance]
            found.append(np.minimum(left, right).astype(np.uint64) << np.uint64(32) | np.maximum(left, right).astype(np.uint64))
    return np.concatenate(found)


def distinct(shingles: Shingles) -> tuple[U64, I64]:
    """The set of fingerprints of each record: sorted, without repetitions, and where each set starts."""
    counts = np.diff(shingles.offsets)
    values: list[U64] = []
    sizes: list[I64] = []
    for first in range(0, len(counts), _PAIRS_AT_A_TIME):
        some = counts[first : first + _PAIRS_AT_A_TIME]
        own = shingles.values[shingles.offsets[first] : shingles.offsets[first + len(some)]]
        keys = sorted_unique(np.repeat(np.arange(len(some), dtype=np.uint64) << np.uint64(FINGERPRINT_BITS), some) | own)
        owners = (keys >> np.uint64(FINGERPRINT_BITS)).astype(np.int64)
        values.append(keys & np.uint64((1 << FINGERPRINT_BITS) - 1))
        sizes.append(np.bincount(owners, minlength=len(some)))
    offsets = np.concatenate([np.zeros(1, np.int64), np.cumsum(np.concatenate([np.zeros(0, np.int64), *sizes]))])
    return np.concatenate([np.zeros(0, np.uint64), *values]), offsets


def jaccard(values: U64, offsets: I64, left: I64, right: I64, at_least: float) -> npt.NDArray[np.float64]:
    """Exact Jaccard similarity of pairs of sets; zero where the sizes alone say that it is under ``at_least``.

    Args:
        values: all sets one after the other, each sorted.
        offsets: set ``i`` is ``values[offsets[i]:offsets[i + 1]]``.
        left: index of the first set of each pair.
        right: index of the second set of each pair.
        at_least: the similarity below which the value does not matter.
    """
    result = np.zeros(len(left))
    # Only the sizes of the sets asked for: callers ask millions of times for a few pairs of millions of sets.
    left_sizes, right_sizes = offsets[left + 1] - offsets[left], offsets[right + 1] - offsets[right]
    smaller, larger = np.minimum(left_sizes, right_sizes), np.maximum(left_sizes, right_sizes)
    possible = np.flatnonzero((smaller > 0) & (smaller >= at_least * larger))
    for first in range(0, len(possible), _PAIRS_AT_A_TIME):
        some = possible[first : first + _PAIRS_AT_A_TIME]
        both = np.stack([left[some], right[some]], axis=1).ravel()
        counts = offsets[both + 1] - offsets[both]
        ends = np.cumsum(counts)
        source = np.arange(ends[-1]) + np.repeat(offsets[both] - (ends - counts), counts)
        pair = np.repeat(np.arange(len(both), dtype=np.uint64) >> np.uint64(1), counts)
        keys = pair << np.uint64(FINGERPRINT_BITS) | values[source]
        keys.sort(kind="stable")  # the runs are sorted already, which this kind of sort makes use of
        twice = keys[1:][keys[1:] == keys[:-1]]
        common = np.bincount((twice >> np.uint64(FINGERPRINT_BITS)).astype(np.int64), minlength=len(some))
        result[some] = common / (counts[0::2] + counts[1::2] - common)
    return result
