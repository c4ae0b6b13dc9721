"""Loaders of JSON Lines and JSON, which read through a window and never a whole file.

A row that cannot be decoded is one :class:`Broken`: its end is found by its brackets, and reading goes on behind it.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from dataclasses import dataclass, field
from typing import Any

from attune.steps.ingest.families import Family
from attune.steps.ingest.loaders.base import (
    WHOLE,
    Broken,
    DamagedObject,
    Loaded,
    LoaderRow,
    ObjectSource,
    fitting,
    lines,
    open_text,
)
from attune.steps.ingest.loaders.json_window import (
    BLANK,
    FILLING,
    LOST,
    NO_JSON,
    TOO_DEEP,
    TWICE,
    BadValue,
    JsonDecoder,
    JsonWindow,
)

_DEEPEST = 3  # levels of objects in which rows are looked for
_MOST_HELD = 1_000  # items of an array that are held until one of them fits the map


def jsonl(source: ObjectSource) -> Iterator[LoaderRow]:
    """One object a line."""
    decoder = JsonDecoder(source.limits)
    with open_text(source) as handle:
        for number, line in lines(handle, source.limits.row_characters):
            place = f"line {number}"
            if line is None:
                yield Broken(place, source.too_long)
            elif line.strip():
                yield _row(place, line.strip(), decoder, source.family)


def _row(place: str, text: str, decoder: JsonDecoder, family: Family) -> LoaderRow:
    decoder.twice = False
    try:
        value = decoder.decode(text)
    except RecursionError:
        return Broken(place, TOO_DEEP)
    except ValueError:
        return Broken(place, NO_JSON)
    problem = decoder.problem(text)
    return Broken(place, problem) if problem else fitting(place, value, family)


def json_document(source: ObjectSource) -> Iterator[LoaderRow]:
    """An array of rows, an object that is a row, or an object that holds arrays of rows, up to three levels deep.

    An object that has all fields which the map needs is the row, whatever lists it has beside them. Otherwise rows are the
    items of the arrays whose items have such fields; other lists, such as participants or sources, are no rows. Where the map
    names ``rows``, they are the items of that array alone.
    """
    with open_text(source) as handle:
        window = JsonWindow(handle, source.limits)
        reader = _DocumentReader(window, source)
        opens = window.next(BLANK)
        if opens == "[":
            yield from reader.rows_of_array()
        elif opens == "{":
            yield from reader.rows_of_object()
        elif opens:
            yield Broken(WHOLE, "is no JSON array or object")
            return
        if window.next(BLANK):
            raise DamagedObject("has something after its end, which is not read: one array or one object a file")


@dataclass
class _DocumentReader:
    """Finds the rows of a JSON document while it is read."""

    window: JsonWindow
    source: ObjectSource
    number: int = 0  # of the last row
    found: bool = False  # whether a row was found
    waiting: list[LoaderRow] = field(default_factory=list)  # rows in case that the file has no better ones

    def __post_init__(self) -> None:
        self._family = self.source.family
        self._needed = {name.split(".")[0] for name in self._family.needed()}
        self._read = self._family.top_level()
        self._path = tuple(self._family.rows.split(".")) if self._family.rows else ()

    def rows_of_array(self) -> Iterator[LoaderRow]:
        """The items of an array that is the document."""
        for value in self._items():
            yield self._row(value)

    def rows_of_object(self) -> Iterator[LoaderRow]:
        """The rows in an object that is the document, or the object itself."""
        fields, problem = yield from self._object(0, self._path)
        if self._path and not self.found:
            yield Broken(WHOLE, f"has no list {self._family.rows}, which `rows` of its entry in families.yaml names")
        elif not self.found:
            if self.window.next(BLANK) == "{":
                raise DamagedObject(f"{NO_JSON}: one array or one object (JSON Lines need loader: jsonl)")
            yield from self._alone(fields, problem)

    def _alone(self, fields: dict[str, Any], problem: str) -> Iterator[LoaderRow]:
        """The rows of a document in which no list of rows was found."""
        if problem:
            yield Broken("item 1", problem)
        elif not self._fits(fields):
            fitting_rows = [row for row in self.waiting if isinstance(row, Loaded)]
            yield from fitting_rows or self.waiting or [fitting("item 1", fields, self._family)]
        elif inner := self._rows_inside(fields):
            yield from map(self._row, inner)
        else:
            yield Loaded("item 1", fields)

    def _rows_inside(self, fields: dict[str, Any]) -> list[Any]:
        """Rows in a list that has the name which the map gives to the turns of a row."""
        columns = self._family.columns
        found = fields.get(columns.messages) if columns and columns.messages else None
        if not isinstance(found, list) or not found or not all(map(self._fits, found)):
            return []
        return found if all(isinstance(item[columns.messages], list) for item in found) else []  # type: ignore[union-attr]

    def _fits(self, value: Any) -> bool:
        return isinstance(value, dict) and value.keys() >= self._needed

    def _resembles(self, value: Any) -> bool:
        """Whether an item is meant to be a row: it has at least one of the fields that a row needs."""
        return isinstance(value, dict) and (not self._needed or not self._needed.isdisjoint(value))

    def _row(self, value: Any) -> LoaderRow:
        self.number += 1
        self.found = True
        place = f"item {self.number}"
        return Broken(place, value.reason) if isinstance(value, BadValue) else fitting(place, value, self._family)

    def _items(self) -> Iterator[Any]:
        """The values of the array that begins here."""
        self.window.take()
        while (opens := self.window.next(FILLING)) != "]":
            if not opens:
                raise DamagedObject(LOST)
            yield self.window.value(self._fits)
        self.window.take()

    def _object(self, depth: int, path: tuple[str, ...]) -> Generator[LoaderRow, None, tuple[dict[str, Any], str]]:
        """Yields the rows inside an object; returns its other fields, and why it cannot be a row itself (empty: it can)."""
        self.window.take()
        fields, problem = dict[str, Any](), ""
        while (opens := self.window.next(FILLING)) != "}":
            name = self.window.value() if opens == '"' else None
            if not isinstance(name, str) or self.window.next(BLANK) != ":":
                raise DamagedObject(LOST)
            self.window.take()
            problem = TWICE if name in fields else problem
            fields[name] = None
            value = yield from self._value(name, depth, path)
            if isinstance(value, BadValue):
                problem, value = problem or (value.reason if name in self._read else ""), None
            fields[name] = value
        self.window.take()
        return fields, problem

    def _value(self, name: str, depth: int, path: tuple[str, ...]) -> Generator[LoaderRow, None, Any]:
        """Yields the rows in a field's value; returns the value where it has none."""
        opens = self.window.next(BLANK)
        if self._path:
            if not path or name != path[0]:
                self.window.value()
            elif len(path) == 1 and opens == "[":
                self.found = True
                yield from map(self._row, self._items())
            elif len(path) > 1 and opens == "{":
                yield from self._object(depth + 1, path[1:])
            else:
                self.window.value()
            return None
        value: Any = None
        if opens == "[" and name in self._read:
            value = self._held()
        elif opens == "[":
            value = yield from self._array()
        elif opens == "{" and name not in self._read and depth + 1 < _DEEPEST:
            inner, problem = yield from self._object(depth + 1, ())
            if not problem and self._fits(inner):
                self.waiting.append(Loaded(f"item {len(self.waiting) + 1}", inner))
            value = inner
        else:
            value = self.window.value()
        return value

    def _held(self) -> Any:
        """The array that begins here; a :class:`BadValue` where an item cannot be taken, or it is too long."""
        held: list[Any] = []
        size, bad = 0, None
        for value in self._items():
            size += self.window.size
            if isinstance(value, BadValue):
                bad = bad or value
            elif size > self.source.limits.row_characters:
                bad = bad or BadValue(self.source.too_long)
            if bad:
                held.clear()
            else:
                held.append(value)
        return bad or held

    def _array(self) -> Generator[LoaderRow, None, list[Any] | None]:
        """Yields all items of an array that no mapped field is, if one of them resembles a row; else returns its items."""
        held: list[Any] = []
        rows, passed = False, 0
        for value in self._items():
            if not rows:
                held.append(value)
                rows = self._resembles(value)
                if not rows and len(held) > _MOST_HELD:
                    held.pop()
                    passed += 1
                continue
            if held:
                yield from map(self._row, held)
                held = []
            yield self._row(value)
        if rows:
            yield from map(self._row, held)
            if passed:
                yield Broken(WHOLE, f"has a list of which {passed:,} items lack every field that a row needs")
            return None
        self.waiting += [
            fitting(f"item {number}", value, self._family)
            for number, value in enumerate(held, start=len(self.waiting) + 1)
            if isinstance(value, dict)
        ]
        return None if passed or any(isinstance(value, BadValue) for value in held) else held
