"""Fingerprint sets of the rows that are compared exactly, in a temporary file, with a sketch of each in memory.

A sketch cheaply rules out pairs that cannot be similar, and never rules out a similar one: each fingerprint flips one of
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
_PAIRS_AT_A_TIME = 1 << 15  # whose sketches stay in the processor's cache
_SETS_AT_A_TIME = 1_024  # pairs compared before the file is let go
_ROUNDING = 1e-9


@dataclass
class Sets:
    """The fingerprint sets of some rows, in a temporary file that the system keeps in memory as far as there is room.

    Attributes:
        members: sorted row numbers.
        values: all sets one after the other, each sorted.
        offsets: member ``i`` has ``values[offsets[i]:offsets[i + 1]]``.
        sketches: of each member, shape (members, words).
        compared: pairs whose sets were compared so far; the sketches told the others apart.
    """

    members: I64
    values: U64
    offsets: I64
    sketches: U64
    compared: int = field(default=0)
    mapping: mmap.mmap | None = field(default=None, repr=False)  # where ``values`` stand, if that is a file
    _place: I32 = field(init=False, repr=False)  # of a row among the members

    def __post_init__(self) -> None:
        # Looked up a hundred million times: a search in ``members`` would take longer than the sketches.
        self._place = np.full(int(self.members[-1]) + 1 if len(self.members) else 0, -1, np.int32)
        self._place[self.members] = np.arange(len(self.members), dtype=np.int32)

    def jaccard(self, left: I64, right: I64, at_least: float) -> npt.NDArray[np.float64]:
        """Exact Jaccard similarity of pairs of rows; zero where sizes or sketches say that it is under ``at_least``."""
        places = self._place[left], self._place[right]
        possible = np.flatnonzero(self._possible(*places, at_least))
        self.compared += len(possible)
        result = np.zeros(len(left))
        for first in range(0, len(possible), _SETS_AT_A_TIME):
            some = possible[first : first + _SETS_AT_A_TIME]
            left_places, right_places = (place[some].astype(np.int64) for place in places)
            result[some] = jaccard(self.values, self.offsets, left_places, right_places, at_least)
            self._let_go()
        return result

    def possible(self, left: I64, right: I64, at_least: float) -> npt.NDArray[np.bool_]:
        """Which pairs of rows may have a similarity of ``at_least``, by their sizes and sketches; never False where they do."""
        return self._possible(self._place[left], self._place[right], at_least)

    def _possible(self, left: I32, right: I32, at_least: float) -> npt.NDArray[np.bool_]:
        found = np.empty(len(left), bool)
        for first in range(0, len(left), _PAIRS_AT_A_TIME):
            some = slice(first, first + _PAIRS_AT_A_TIME)
            one, other = left[some], right[some]
            sizes = self.offsets[one + 1] - self.offsets[one], self.offsets[other + 1] - self.offsets[other]
            # J >= t: the smaller set has t of the larger one, and they differ in (1 - t) / (1 + t) of all at the most.
            most = (sizes[0] + sizes[1]) * ((1 - at_least) / (1 + at_least)) + _ROUNDING
            both = np.minimum(*sizes) >= at_least * np.maximum(*sizes) - _ROUNDING
            differ = self.sketches.take(one, axis=0) ^ self.sketches.take(other, axis=0)
            found[some] = both & (_bits(differ) <= most)
        return found

    def of(self, rows: I64) -> tuple[U64, I64]:
        """The sets of ``rows`` one after the other, each sorted, and their sizes."""
        found = gather_sets(self.values, self.offsets, self._place[rows])
        self._let_go()
        return found

    def _let_go(self) -> None:
        """Give back what was read of the file, with which the system maps all that stands around it; reading again is cheap."""
        if self.mapping is not None:
            self.mapping.madvise(mmap.MADV_DONTNEED)


def _bits(words: U64) -> npt.NDArray[np.uint64]:
    """The bits that are set in each row of eight words: their counts, of 64 at the most, added within one word."""
    counts = np.bitwise_count(words).view(np.uint64)[:, 0]
    twos = (counts & np.uint64(0x00FF00FF00FF00FF)) + (counts >> np.uint64(8) & np.uint64(0x00FF00FF00FF00FF))
    total: npt.NDArray[np.uint64] = twos * np.uint64(0x0001000100010001) >> np.uint64(48)
    return total


def sketches(values: U64, sizes: I64) -> U64:
    """The sketches of sets that stand one after the other, shape (sets, words)."""
    found = np.zeros(len(sizes) * _WORDS, np.uint64)
    bits = (values & np.uint64(SKETCH_BITS - 1)).astype(np.int64)
    words = np.repeat(np.arange(len(sizes)) * _WORDS, sizes) + (bits >> 6)
    np.bitwise_xor.at(found, words, np.uint64(1) << (bits & 63).astype(np.uint64))
    return found.reshape(-1, _WORDS)


def gather_sets(values: U64, offsets: I64, places: I64 | I32) -> tuple[U64, I64]:
    """The sets at ``places``, where set ``i`` is ``values[offsets[i]:offsets[i + 1]]``, and their sizes."""
    sizes: I64 = offsets[places + 1] - offsets[places]
    ends = np.cumsum(sizes)
    total = int(ends[-1]) if len(ends) else 0
    return np.asarray(values[np.arange(total) + np.repeat(offsets[places] - (ends - sizes), sizes)]), sizes


def spill_sets(members: I64, pieces: Iterable[tuple[U64, I64]]) -> Sets:
    """Sets from pieces of values and sizes, in the order of ``members``. The temporary file has no name.

    Memory: 64 B a member for its sketch, 4 B a row, and one piece.
    """
    sizes = [np.zeros(1, np.int64)]
    sketched = [np.zeros((0, _WORDS), np.uint64)]
    # The handle may close: the mapping keeps the file until the array is gone.
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
