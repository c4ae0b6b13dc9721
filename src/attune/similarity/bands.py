"""Band hashes of many records in a temporary file, read one band at a time: memory for one band, not for all of them."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator

import numpy as np

from attune.similarity.shingles import U64

_BYTES = 8


class Bands:
    """Band hashes of ``rows`` records, band after band; iterating gives an array of one hash a record for each band.

    The file has no name, so nothing is left of it whenever the process ends.

    Attributes:
        count: number of bands.
        rows: number of records.
        empty: records put without any hash, because their text is too short to be compared.
    """

    def __init__(self, count: int, rows: int) -> None:
        self.count = count
        self.rows = rows
        self.empty = 0
        self._file = tempfile.TemporaryFile()  # noqa: SIM115 - closed with the last reference to this object

    def put(self, first: int, hashes: U64) -> None:
        """Store hashes of shape (bands, records) for the records from ``first`` on."""
        for band, own in enumerate(hashes):
            content = memoryview(own.astype("<u8").tobytes())
            written = 0
            while written < len(content):
                place = (band * self.rows + first) * _BYTES + written
                written += os.pwrite(self._file.fileno(), content[written:], place)
        self.empty += int((hashes == 0).all(axis=0).sum())

    def __iter__(self) -> Iterator[U64]:
        for band in range(self.count):
            yield self.band(band)

    def band(self, number: int) -> U64:
        """The hashes of all records in one band; zero where a record has none."""
        self._file.seek(number * self.rows * _BYTES)
        return np.fromfile(self._file, "<u8", self.rows)

    def part(self, first: int, stop: int) -> U64:
        """The hashes of the records from ``first`` to ``stop``, shape (bands, records)."""
        found = np.empty((self.count, stop - first), np.uint64)
        for number in range(self.count):
            self._file.seek((number * self.rows + first) * _BYTES)
            found[number] = np.fromfile(self._file, "<u8", stop - first)
        return found
