"""Fingerprint sets of those rows that are compared exactly, in a temporary file."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from attune.data.similarity.minhash import jaccard
from attune.data.similarity.shingles import I64, U64


@dataclass
class Sets:
    """The fingerprint sets of some rows, in a temporary file that the system keeps in memory as far as there is room."""

    members: I64  # sorted row numbers
    values: U64
    offsets: I64
    compared: int = field(default=0)  # pairs verified so far

    def jaccard(self, left: I64, right: I64, at_least: float) -> npt.NDArray[np.float64]:
        """Exact Jaccard similarity of pairs of rows; zero where the sizes say that it is under ``at_least``."""
        self.compared += len(left)
        places = np.searchsorted(self.members, left), np.searchsorted(self.members, right)
        return jaccard(self.values, self.offsets, *places, at_least)

    def of(self, rows: I64) -> tuple[U64, I64]:
        """The sets of ``rows`` one after the other, each sorted, and their sizes."""
        return gather_sets(self.values, self.offsets, np.searchsorted(self.members, rows))


def gather_sets(values: U64, offsets: I64, places: I64) -> tuple[U64, I64]:
    """The sets at ``places``, where set ``i`` is ``values[offsets[i]:offsets[i + 1]]``, and their sizes."""
    sizes: I64 = offsets[places + 1] - offsets[places]
    ends = np.cumsum(sizes)
    total = int(ends[-1]) if len(ends) else 0
    return np.asarray(values[np.arange(total) + np.repeat(offsets[places] - (ends - sizes), sizes)]), sizes


def spill_sets(members: I64, pieces: Iterable[tuple[U64, I64]]) -> Sets:
    """Sets from pieces of values and sizes, in the order of ``members``. The temporary file has no name."""
    sizes = [np.zeros(1, np.int64)]
    # The handle may close: the mapping keeps the file until the array is gone.
    with tempfile.TemporaryFile() as spill:
        for values, own_sizes in pieces:
            spill.write(values.tobytes())
            sizes.append(own_sizes)
        spill.flush()
        offsets = np.cumsum(np.concatenate(sizes))
        mapped: U64 = np.memmap(spill, np.uint64, "r", shape=(int(offsets[-1]),)) if offsets[-1] else np.zeros(0, np.uint64)
    return Sets(members, mapped, offsets)
