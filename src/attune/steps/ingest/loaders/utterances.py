"""Conversations from rows that are single utterances, and from the exports of chat services."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any

from attune.steps.ingest.families import Columns, Family
from attune.steps.ingest.fields import field_of, key_of
from attune.steps.ingest.loaders.base import Broken, Loaded, LoaderRow, ObjectSource, Utterance
from attune.steps.ingest.loaders.exports import ExportError, export_of
from attune.steps.ingest.timestamps import timestamp

_OUT_OF_REACH = "lies inside a conversation of which a row cannot be read"
_EARLIEST = datetime.min.replace(tzinfo=UTC)


def exported(rows: Iterable[LoaderRow], family: Family) -> Iterator[LoaderRow]:
    """Rows of which each is a conversation of an export, with what was said in it."""
    assert family.columns is not None
    export = export_of(family.columns)
    assert export is not None
    for row in rows:
        if isinstance(row, Broken):
            yield row
            continue
        try:
            said = export.utterances(row.fields)
        except ExportError as reason:
            yield Broken(row.place, str(reason))
            continue
        yield from _conversations(row, said, family)


def conversations(read: Callable[[], Iterator[LoaderRow]], source: ObjectSource) -> Iterator[LoaderRow]:
    """Conversations from rows that are single utterances; rows with the same ``group`` belong together, in whatever order.

    The object is read twice: first to count the rows of each group, so that a conversation can be given out with its last
    row. Memory: the conversations that are not complete, and 100 bytes for each group.
    """
    columns = source.family.columns
    assert columns is not None
    remaining = Counter(_group(columns, row) for row in read() if isinstance(row, Loaded))
    several = len(remaining) > 1
    open_ones: dict[bytes, _Open] = {}
    last: bytes | None = None
    lost = False  # whether a row was unreadable since the last one
    for row in read():
        if isinstance(row, Broken):
            yield row
            lost = True
            continue
        if columns.group is not None and not key_of(field_of(row.fields, columns.group)):
            yield Broken(row.place, f"{columns.group} is empty or cannot be read, so that its conversation is not known")
            continue
        group = _group(columns, row)
        found = open_ones.setdefault(group, _Open(row))
        if lost and (group == last or not several):
            found.problem = found.problem or _OUT_OF_REACH
        last, lost = group, False
        found.add(row, columns, source)
        remaining[group] -= 1
        if not remaining[group]:
            yield from open_ones.pop(group).rows(source.family)
    for found in open_ones.values():  # the object changed between the two readings
        yield Broken(found.first.place, _OUT_OF_REACH)


def _group(columns: Columns, row: LoaderRow) -> bytes:
    """A short key of the conversation of an utterance."""
    assert isinstance(row, Loaded)
    export = export_of(columns)
    value = export.group(row.fields) if export else field_of(row.fields, columns.group)
    return hashlib.blake2b(key_of(value).encode("utf-8", "surrogatepass"), digest_size=12).digest()


@dataclass
class _Open:
    """A conversation of which rows are still to come."""

    first: Loaded
    problem: str = ""
    size: int = 0
    said: list[tuple[Any, Utterance]] = field(default_factory=list)

    def add(self, row: Loaded, columns: Columns, source: ObjectSource) -> None:
        """Add an utterance."""
        export = export_of(columns)
        if export:
            if (utterance := export.utterance(row.fields)) is None:
                return
            order: Any = None
        else:
            speaker = key_of(field_of(row.fields, columns.speaker))
            at = timestamp(field_of(row.fields, columns.created_at))
            utterance = Utterance(
                (speaker,), field_of(row.fields, columns.utterance), at, weight=field_of(row.fields, "weight"), names=(speaker,)
            )
            order = _number(field_of(row.fields, columns.order))
        self.size += len(utterance.text) if isinstance(utterance.text, str) else 1
        if self.size > source.limits.row_characters:
            self.problem, self.said = source.too_long, []
        elif not self.problem:
            self.said.append((order, utterance))

    def rows(self, family: Family) -> Iterator[LoaderRow]:
        """The conversation, in the order of its utterances."""
        assert family.columns is not None
        if self.problem:
            yield Broken(self.first.place, self.problem)
            return
        if family.columns.order is not None:
            orders = [order for order, _ in self.said]
            if None in orders or len(set(orders)) < len(orders):
                yield Broken(self.first.place, f"has utterances whose {family.columns.order} is no number, or twice the same")
                return
            self.said.sort(key=lambda pair: pair[0])
        yield from _conversations(self.first, [utterance for _, utterance in self.said], family)


def _number(value: Any) -> float | None:
    """What orders an utterance; None where it is no number and no moment."""
    if isinstance(value, str):
        text = value.strip()
        if text.lstrip("-").replace(".", "", 1).isdecimal() and len(text) <= 40:
            return float(text)
    elif isinstance(value, int | float | Decimal) and not isinstance(value, bool):
        return float(value)
    moment = timestamp(value)
    return moment.timestamp() if moment else None


def _conversations(row: Loaded, said: list[Utterance], family: Family) -> Iterator[LoaderRow]:
    """The utterances of a chat in the order of time, parted at long pauses; a row of its own for each part."""
    assert family.columns is not None
    if family.columns.order is None and all(each.at for each in said):
        said = sorted(said, key=lambda each: each.at or _EARLIEST)
    parts: list[list[Utterance]] = [said[:1]]
    for before, after in pairwise(said):
        if family.pause_hours and before.at and after.at and after.at - before.at > timedelta(hours=family.pause_hours):
            parts.append([])
        parts[-1].append(after)
    for number, part in enumerate(parts, start=1):
        place = row.place if len(parts) == 1 else f"{row.place} part {number}"
        yield Loaded(place, row.fields, row.place if family.pause_hours else "", tuple(part))
