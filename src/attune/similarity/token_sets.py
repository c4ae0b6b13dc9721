"""Fingerprint sets of the rows that are compared exactly, in a temporary file, with a sketch of each in memory.

Sketches rule out most pairs that are not similar at little cost, and never a similar pair: each fingerprint flips one of
``SKETCH_BITS`` bits, so two sketches differ in at most as many bits as the two sets differ in fingerprints. Most pairs of
conversations built from the same few sentences are ruled out this way, without reading their sets (Sandes, Teodoro and Melo,
2020, "Bitmap filter: speeding up exact set similarity joins with bitwise operations").
"""

from __future__ import annotations

import mmap
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from attune.similarity.minhash import jaccard
from attune.similarity.shingles import I64, U64

SKETCH_BITS = 512

I32 = npt.NDArray[np.int32]

_WORDS = SKETCH_BITS // 64
_PAIRS_AT_A_TIME = 1 << 15  # their sketches fit into the processor's cache
_SETS_AT_A_TIME = 1_024  # pairs compared before the pages of the file are released
_ROUNDING = 1e-9


@dataclass
class Sets:
    """The fingerprint sets of some rows, in a memory-mapped temporary file.

    Attributes:
        members: sorted row numbers.
        values: the concatenated sets, each sorted.
        offsets: member ``i`` has ``values[offsets[i]:offsets[i + 1]]``.
        sketches: the sketch of each member, shape (members, words).
        compared: number of pairs whose sets were compared so far; sketches ruled out the others.
    """

    members: I64
    values: U64
    offsets: I64
    sketches: U64
    compared: int = field(default=0)
    mapping: mmap.mmap | None = field(default=None, repr=False)  # the mapped file, if ``values`` are in one
    _index_of: I32 = field(init=False, repr=False)  # index among the members of each row

    def __post_init__(self) -> None:
        # Used a hundred million times: a binary search in ``members`` would take longer than comparing sketches.
        self._index_of = np.full(int(self.members[-1]) + 1 if len(self.members) else 0, -1, np.int32)
        self._index_of[self.members] = np.arange(len(self.members), dtype=np.int32)

    def jaccard(self, left: I64, right: I64, at_least: float) -> npt.NDArray[np.float64]:
        """Exact Jaccard similarity of pairs of rows; zero where sizes or sketches show that it is below ``at_least``."""
        places = self._index_of[left], self._index_of[right]
        possible = np.flatnonzero(self._possible(*places, at_least))
        self.compared += len(possible)
        result = np.zeros(len(left))
        for first in range(0, len(possible), _SETS_AT_A_TIME):
            some = possible[first : first + _SETS_AT_A_TIME]
            left_places, right_places = (place[some].astype(np.int64) for place in places)
            result[some] = jaccard(self.values, self.offsets, left_places, right_places, at_least)
            self._release()
        return result

    def possible(self, left: I64, right: I64, at_least: float) -> npt.NDArray[np.bool_]:
        """Which pairs of rows may have a similarity of ``at_least``, by sizes and sketches: no false negatives."""
        return self._possible(self._index_of[left], self._index_of[right], at_least)

    def _possible(self, left: I32, right: I32, at_least: float) -> npt.NDArray[np.bool_]:
        found = np.empty(len(left), bool)
        for first in range(0, len(left), _PAIRS_AT_A_TIME):
            some = slice(first, first + _PAIRS_AT_A_TIME)
            one, other = left[some], right[some]
            sizes = self.offsets[one + 1] - self.offsets[one], self.offsets[other + 1] - self.offsets[other]
            # J >= t implies: the smaller set has at least t times the size of the larger one, and the symmetric difference
            # is at most (1 - t) / (1 + t) of the sum of both sizes.
            most = (sizes[0] + sizes[1]) * ((1 - at_least) / (1 + at_least)) + _ROUNDING
            both = np.minimum(*sizes) >= at_least * np.maximum(*sizes) - _ROUNDING
            differ = self.sketches.take(one, axis=0) ^ self.sketches.take(other, axis=0)
            found[some] = both & (_bits(differ) <= most)
        return found

    def of(self, rows: I64) -> tuple[U64, I64]:
        """The concatenated sets of ``rows``, each sorted, and their sizes."""
        found = gather_sets(self.values, self.offsets, self._index_of[rows])
        self._release()
        return found

    def _release(self) -> None:
        """Release the pages of the file; the system also maps those around what is read, and reading again is cheap."""
        if self.mapping is not None:
            self.mapping.madvise(mmap.MADV_DONTNEED)


def _bits(words: U64) -> npt.NDArray[np.uint64]:
    """Number of set bits in each row of eight words: the eight counts, at most 64 each, are added within one word."""
    counts = np.bitwise_count(words).view(np.uint64)[:, 0]
    twos = (counts & np.uint64(0x00FF00FF00FF00FF)) + (counts >> np.uint64(8) & np.uint64(0x00FF00FF00FF00FF))
    total: npt.NDArray[np.uint64] = twos * np.uint64(0x0001000100010001) >> np.uint64(48)
    return total


def sketches(values: U64, sizes: I64) -> U64:
    """The sketches of concatenated sets, shape (sets, words)."""
    found = np.zeros(len(sizes) * _WORDS, np.uint64)
    bits = (values & np.uint64(SKETCH_BITS - 1)).astype(np.int64)
    words = np.repeat(np.arange(len(sizes)) * _WORDS, sizes) + (bits >> 6)
    np.bitwise_xor.at(found, words, np.uint64(1) << (bits & 63).astype(np.uint64))
    return found.reshape(-1, _WORDS)


def gather_sets(values: U64, offsets: I64, places: I64 | I32) -> tuple[U64, I64]:
    """The concatenated sets at ``places``, and their sizes; set ``i`` is ``values[offsets[i]:offsets[i + 1]]``."""
    sizes: I64 = offsets[places + 1] - offsets[places]
    ends = np.cumsum(sizes)
    total = int(ends[-1]) if len(ends) else 0
    return np.asarray(values[np.arange(total) + np.repeat(offsets[places] - (ends - sizes), sizes)]), sizes


def spill_sets(members: I64, pieces: Iterable[tuple[U64, I64]]) -> Sets:
    """Write sets to an unnamed temporary file, from pieces of values and sizes in the order of ``members``.

    Memory: 64 B per member for its sketch, 4 B per row, and one piece.
    """
    sizes = [np.zeros(1, np.int64)]
    sketched = [np.zeros((0, _WORDS), np.uint64)]
    # The handle may close: the mapping keeps the file as long as the array exists.
    with tempfile.TemporaryFile() as spill:
        for values, own_sizes in pieces:
            spill.write(values.tobytes())
            sizes.append(own_sizes)
            sketched.append(sketches(values, own_sizes))
        spill.flush()
        offsets = np.cumsum(np.concatenate(sizes))
        mapping = mmap.mmap(spill.fileno(), 0, access=mmap.ACCESS_READ) if offsets[-1] else None
    mapped = np.zeros(0, np.uint64) if mapping is None else np.frombuffer(mapping, np.uint64)
    return Sets(members, mapped, offsets, np.concatenate(sketched), mapping=mapping)
