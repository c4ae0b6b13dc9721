"""Loaders of CSV and Parquet."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from typing import IO, TextIO

from attune.errors import UsageError
from attune.steps.ingest.families import Family
from attune.steps.ingest.loaders.base import (
    LONGEST_LINE,
    TOO_LONG,
    Broken,
    DamagedObject,
    Loaded,
    LoaderRow,
    lines,
    open_bytes,
    open_text,
)

_BATCH_ROWS = 500
_LARGEST_UNPACKED = 1 << 29


class _LineFeed:
    """Lines for the CSV reader, which must not get a line that fills the memory."""

    def __init__(self, handle: TextIO) -> None:
        self._lines = lines(handle)
        self.number = 0

    def __iter__(self) -> _LineFeed:
        return self

    def __next__(self) -> str:
        self.number, line = next(self._lines)
        if line is None:
            raise csv.Error(TOO_LONG)
        return line


def csv_table(uri: str, family: Family) -> Iterator[LoaderRow]:
    """A header and one record a row; fields in quotes may hold line ends. A row is named by its first line."""
    csv.field_size_limit(LONGEST_LINE)
    with open_text(uri, family.encoding) as handle:
        feed = _LineFeed(handle)
        reader = csv.reader(feed, delimiter=family.delimiter, strict=True)
        try:
            header = next((row for row in reader if row and not _is_hint(row, family.delimiter)), None)
        except csv.Error:
            raise UsageError(f"{uri}: its first line is no CSV header; check its loader and delimiter") from None
        if header is None:
            return
        header = [name.strip() for name in header]
        need(uri, family, header)
        while True:
            place = f"line {feed.number + 1}"
            try:
                values = next(reader, None)
            except csv.Error as error:
                yield Broken(place, _reason(str(error)))
                continue
            if values is None:
                return
            if not values:
                continue
            if len(values) != len(header):
                yield Broken(place, "has another number of fields than the header")
                continue
            yield Loaded(place, dict(zip(header, values, strict=True)))


def _is_hint(row: list[str], delimiter: str) -> bool:
    """Whether a line is Excel's ``sep=`` hint and not a header."""
    return len(row) <= 2 and delimiter.join(row).strip() == f"sep={delimiter}"


def _reason(error: str) -> str:
    if error == TOO_LONG:
        return TOO_LONG
    if "unexpected end" in error or "field limit" in error:
        return "opens a quote that is never closed; what follows it could not be read"
    return "is not valid CSV"


def parquet(uri: str, family: Family) -> Iterator[LoaderRow]:
    """One record a row, a row group at a time."""
    import pyarrow as pa

    from attune.storage.parquet import batches, open_parquet

    with open_bytes(uri) as handle:
        number = 0
        try:
            whole = _seekable(handle)
            if not whole.read(1):
                return
            whole.seek(0)
            file = open_parquet(whole)
            need(uri, family, file.schema_arrow.names)
            for batch in batches(file, _BATCH_ROWS):
                for row in batch.to_pylist():
                    number += 1
                    yield Loaded(f"row {number}", row)
        except (pa.ArrowException, OSError, ValueError):
            raise DamagedObject("is not a readable Parquet file; copy it again") from None


def _seekable(handle: IO[bytes]) -> IO[bytes]:
    """The file from its start. A compressed Parquet file is decompressed in memory, because Parquet is read from its end."""
    if handle.seekable():
        handle.seek(0)
        return handle
    content = handle.read(_LARGEST_UNPACKED + 1)
    if len(content) > _LARGEST_UNPACKED:
        raise DamagedObject("is a large Parquet file that was compressed once more; unpack it")
    return io.BytesIO(content)


def need(uri: str, family: Family, found: Sequence[str]) -> None:
    """Raises UsageError when a column that the family needs is not in ``found``, or is there twice."""
    missing = [name for name in family.needed() if name.split(".")[0] not in found]
    if missing:
        other = next((sign for sign in ";\t|" if len(found) == 1 and sign in found[0]), "")
        mend = f"its fields seem to be separated by {other!r}: set `delimiter`" if other else "fix `columns`"
        raise UsageError(
            f"{uri}: has no column {', '.join(missing)}, which family {family.family} needs; it has "
            f"{', '.join(found) or 'no columns'}; {mend} of its entry in families.yaml"
        )
    twice = sorted({name for name in family.needed() if list(found).count(name) > 1})
    if twice:
        raise UsageError(f"{uri}: has the column {', '.join(twice)} twice; rename one")
