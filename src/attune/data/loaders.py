"""Loaders: the rows of one object, streamed, each with the line or row that it stands at.

A row that cannot be read comes as a :class:`Broken` in its place, so that it is counted and named and the rest goes on.
"""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TextIO

from attune.core.errors import UsageError
from attune.core.records import ROLES
from attune.data.families import Family

_CHUNK = 1 << 16
_LARGEST_FIELD = 1 << 28
_BATCH_ROWS = 1_000


@dataclass(frozen=True)
class Loaded:
    """One row of an object. ``place`` is where it stands, such as ``line 12``."""

    place: str
    fields: dict[str, Any]


@dataclass(frozen=True)
class Broken:
    """A row that cannot be read, and why; the reason holds nothing of the row."""

    place: str
    reason: str


Row = Loaded | Broken


def load(uri: str, family: Family) -> Iterator[Row]:
    """The rows of the object at ``uri``.

    Raises:
        UsageError: it cannot be opened, is not of the loader's format, or lacks a column.
    """
    rows = {"jsonl": _jsonl, "json": _json, "csv": _csv, "parquet": _parquet, "transcript": _transcript}[family.loader]
    return rows(uri, family)


@contextmanager
def _text(uri: str) -> Iterator[TextIO]:
    import fsspec

    try:
        # A byte that is not UTF-8 must spoil its own row only: it becomes a lone surrogate, which the reader refuses.
        with fsspec.open(uri, "rt", encoding="utf-8-sig", errors="surrogateescape", newline="") as handle:
            yield handle
    except PermissionError:
        raise UsageError(f"{uri}: permission denied; check the file's owner and mode") from None
    except FileNotFoundError:
        raise UsageError(f"{uri}: no such file; it was there when the folder was listed") from None


def _jsonl(uri: str, family: Family) -> Iterator[Row]:
    with _text(uri) as handle:
        for number, line in enumerate(handle, start=1):
            if not line.strip():
                continue
            try:
                value = json.loads(line)
            except ValueError:
                yield Broken(f"line {number}", "is not valid JSON")
                continue
            yield _object(f"line {number}", value, family)


def _json(uri: str, family: Family) -> Iterator[Row]:
    """An array of objects, or an object that holds one array; read through a window, never as a whole."""
    decoder = json.JSONDecoder()
    with _text(uri) as handle:
        window = _skip_to_array(uri, handle)
        number = 0
        while True:
            window = window.lstrip(" \t\r\n,")
            if window.startswith("]"):
                return
            try:
                value, end = decoder.raw_decode(window)
                complete = end < len(window)  # a number at the window's end may go on
            except ValueError:
                complete = False
            if complete:
                number += 1
                yield _object(f"item {number}", value, family)
                window = window[end:]
                continue
            more = handle.read(max(_CHUNK, len(window)))
            if not more:
                yield Broken(f"item {number + 1}", "is not valid JSON; what follows it could not be read")
                return
            window += more


def _skip_to_array(uri: str, handle: TextIO) -> str:
    start = handle.read(_CHUNK).lstrip()
    found = re.match(r'\[|\{\s*"[^"\\]*"\s*:\s*\[', start)
    if found is None:
        raise UsageError(f"{uri}: must be a JSON array of objects, or an object that holds one; JSON Lines need loader: jsonl")
    return start[found.end() :]


def _object(place: str, value: Any, family: Family) -> Row:
    if not isinstance(value, dict):
        return Broken(place, "is not a JSON object")
    missing = [name for name in family.needed() if name.split(".")[0] not in value]
    return Broken(place, f"lacks the field {missing[0]}") if missing else Loaded(place, value)


def _csv(uri: str, family: Family) -> Iterator[Row]:
    csv.field_size_limit(_LARGEST_FIELD)
    with _text(uri) as handle:
        reader = csv.reader(handle)
        header = next(reader, None)
        _need(uri, family, header or [])
        assert header is not None
        while True:
            line = reader.line_num + 1
            try:
                values = next(reader, None)
            except csv.Error:
                yield Broken(f"line {line}", "is not valid CSV")
                continue
            if values is None:
                return
            if not values:
                continue
            if len(values) != len(header):
                yield Broken(f"line {line}", "has another number of fields than the header")
                continue
            yield Loaded(f"line {line}", dict(zip(header, values, strict=True)))


def _parquet(uri: str, family: Family) -> Iterator[Row]:
    import fsspec
    import pyarrow as pa
    import pyarrow.parquet as pq

    with fsspec.open(uri, "rb") as handle:
        try:
            file = pq.ParquetFile(handle)
        except pa.ArrowInvalid:
            raise UsageError(f"{uri}: is not a readable Parquet file; copy it again") from None
        _need(uri, family, file.schema_arrow.names)
        number = 0
        for batch in file.iter_batches(_BATCH_ROWS):
            for row in batch.to_pylist():
                number += 1
                yield Loaded(f"row {number}", row)


def _need(uri: str, family: Family, found: Sequence[str]) -> None:
    missing = [name for name in family.needed() if name.split(".")[0] not in found]
    if missing:
        raise UsageError(
            f"{uri}: has no column {', '.join(missing)}, which family {family.family} needs; it has "
            f"{', '.join(found) or 'no columns'}; mend `columns` of its entry in families.yaml"
        )


_TURN = re.compile(r"^\s*(?:\[[0-9:.,\s]+\]\s*)?([^\W\d_][\w .'’-]{0,40}?)\s*:\s?(.*)$")
_PERSON = re.compile(r"(?:[^\W\d_][\w.'’-]*)(?: [^\W\d_][\w.'’-]*){0,3}")
_RULE = re.compile(r"^\s*(?:-{3,}|={3,}|\*{3,}|#{3,})\s*$")
_HEADER = re.compile(r"^#\s*([A-Za-z_]+)\s*:\s*(.+?)\s*$")
_ANYBODY = "*"


def _transcript(uri: str, family: Family) -> Iterator[Row]:
    """Plain text, one turn a paragraph that begins with ``Name:``; a rule of dashes or equal signs parts conversations.

    The names are looked up in ``roles`` of the family, without regard to case; ``*`` there is everybody whose name begins with
    a capital. A line without such a name goes on with the turn before it; lines such as ``# scenario: trust`` before the first
    turn set a field. The field ``speakers`` has the names, so that the mapping can give them to redaction.
    """
    with _text(uri) as handle:
        session = _Session(family)
        for number, line in enumerate(handle, start=1):
            if _RULE.match(line):
                if session.messages:
                    yield session.row()
                session = _Session(family, number + 1)
            elif not session.add(line) and line.strip():
                yield Broken(f"line {number}", "stands before the first turn")
        if session.messages:
            yield session.row()


class _Session:
    """One conversation of a transcript while it is read."""

    def __init__(self, family: Family, start: int = 1) -> None:
        self.messages: list[dict[str, str]] = []
        self._fields: dict[str, Any] = {}
        self._speakers: set[str] = set()
        self._start = start
        self._roles = {name: name for name in ROLES} | {name.lower(): role for name, role in family.roles.items()}

    def add(self, line: str) -> bool:
        """Take a line; False when it belongs to no turn."""
        if not self.messages and (header := _HEADER.match(line)):
            self._fields[header[1].lower()] = header[2]
            return True
        turn = _TURN.match(line)
        role = self._role(turn[1]) if turn else None
        if turn and role:
            self.messages.append({"role": role, "content": turn[2].strip()})
        elif self.messages:
            self.messages[-1]["content"] = f"{self.messages[-1]['content']}\n{line.strip()}".strip()
        return bool(self.messages)

    def row(self) -> Loaded:
        """The conversation."""
        return Loaded(f"line {self._start}", {**self._fields, "messages": self.messages, "speakers": sorted(self._speakers)})

    def _role(self, name: str) -> str | None:
        role = self._roles.get(name.lower())
        if role is None and name[0].isupper() and _PERSON.fullmatch(name) and (role := self._roles.get(_ANYBODY)):
            self._speakers.add(name)
        return role
