"""Loader of CSV."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from typing import TextIO

from attune.errors import UsageError
from attune.steps.ingest.fields import has_field
from attune.steps.ingest.loaders.base import Broken, Loaded, LoaderRow, ObjectSource, lines, open_text

_TOO_LONG = "row is too long"


class _LineFeed:
    """Lines for the CSV reader, which must not get a line that fills the memory."""

    def __init__(self, handle: TextIO, longest: int) -> None:
        self._lines = lines(handle, longest)
        self._longest = longest
        self.number = 0
        self.taken = 0  # characters of the current row

    def __iter__(self) -> _LineFeed:
        return self

    def __next__(self) -> str:
        self.number, line = next(self._lines)
        self.taken += len(line or "")
        if line is None or self.taken > self._longest:
            raise csv.Error(_TOO_LONG)
        return line


def csv_table(source: ObjectSource) -> Iterator[LoaderRow]:
    """A header and one record a row; fields in quotes may hold line ends. A row is named by its first line."""
    limit, delimiter = source.limits.row_characters, source.family.delimiter
    csv.field_size_limit(limit)
    with open_text(source) as handle:
        feed = _LineFeed(handle, limit)
        reader = csv.reader(feed, delimiter=delimiter, strict=True)
        try:
            header = _header(reader, feed, delimiter)
        except csv.Error:
            raise UsageError(f"{source.label}: its first line is no CSV header; check its loader and delimiter") from None
        if header is None:
            return
        header = [name.strip() for name in header]
        need(source, header)
        read = source.family.top_level()
        places = [(place, name) for place, name in enumerate(header) if name in read]
        while True:
            place = f"line {feed.number + 1}"
            feed.taken = 0
            try:
                values = next(reader, None)
            except csv.Error as error:
                yield Broken(place, source.too_long if str(error) == _TOO_LONG else _reason(str(error)))
                continue
            if values is None:
                return
            if not values:
                continue
            if len(values) != len(header):
                yield Broken(place, f"has {len(values):,} fields, the header {len(header):,}")
                continue
            yield Loaded(place, {name: values[place] for place, name in places})


def _header(reader: Iterator[list[str]], feed: _LineFeed, delimiter: str) -> list[str] | None:
    """The first row that is neither empty nor a hint."""
    for row in reader:
        feed.taken = 0
        if row and not _is_hint(row, delimiter):
            return row
    return None


def _is_hint(row: list[str], delimiter: str) -> bool:
    """Whether a line is Excel's ``sep=`` hint and not a header."""
    return len(row) <= 2 and delimiter.join(row).strip() == f"sep={delimiter}"


def _reason(error: str) -> str:
    if "unexpected end" in error or "field limit" in error:
        return "opens a quote that is never closed; what follows it could not be read"
    return "is not valid CSV"


def need(source: ObjectSource, found: Sequence[str]) -> None:
    """Refuse an object that lacks a column which the family needs, or has one twice.

    The message holds none of the names found: the first line of a file without a header is a row.

    Raises:
        UsageError: a needed column is missing or there twice.
    """
    family = source.family
    missing = [name for name in family.needed() if not has_field(found, name)]
    if missing:
        other = next((sign for sign in ";\t|" if len(found) == 1 and sign in found[0]), "")
        mend = f"its fields seem to be separated by {other!r}: set `delimiter`" if other else "fix `columns`"
        known = [f"{name} ({found.index(name) + 1})" for name in dict.fromkeys(family.needed()) if name in found]
        raise UsageError(
            f"{source.label}: has no column {', '.join(missing)}, which family {family.family} needs; of the needed columns it "
            f"has {', '.join(known) or 'none'} among its {len(found):,} (is its first line a header?); {mend} of its entry in "
            "families.yaml"
        )
    twice = sorted({name for name in family.needed() if list(found).count(name) > 1})
    if twice:
        raise UsageError(f"{source.label}: has the column {', '.join(twice)} twice; rename one")
