"""Loaders of JSON Lines and JSON, which read through a window and never a whole file.

A row that cannot be decoded is one :class:`Broken`: its end is found by its brackets, and reading goes on behind it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Generator, Iterator
from dataclasses import dataclass, field
from typing import Any, TextIO

from attune.config.ingest import IngestLimits
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

_CHUNK = 1 << 16
_BLANK = re.compile(r"[ \t\r\n]*")
_FILLING = re.compile(r"[ \t\r\n,]*")
_SIGNS = re.compile(r'"(?:[^"\\]|\\.)*+"?|[\[\]{}]', re.DOTALL)
_SIGN_OR_QUOTE = re.compile(r'\\.|["\[\]{}]', re.DOTALL)
_END_OF_SCALAR = re.compile(r"[\s,\]}]")
_SCALAR = re.compile(r"[^\s,\]}]+")
_TWICE = "names a field twice"
_NO_JSON = "is not valid JSON"
_TOO_DEEP = "is nested too deeply (ingest.limits.nesting)"
_LOST = f"{_NO_JSON}; what follows is lost"
_LONGEST_NUMBER = 40  # digits; longer ones are no ids, and decoding them takes quadratic time
_DEEPEST = 3  # levels of objects in which rows are looked for
_MOST_HELD = 1_000  # items of an array that are held until one of them fits the map


class Unreadable:
    """A value that cannot be read; only a row whose mapping needs it is broken."""


UNREADABLE = Unreadable()


def _integer(digits: str) -> int | Unreadable:
    return int(digits) if len(digits) <= _LONGEST_NUMBER else UNREADABLE


class _Decoder(json.JSONDecoder):
    """Decodes JSON and notes whether an object has a duplicate field, whose value would be ambiguous."""

    def __init__(self, limits: IngestLimits) -> None:
        super().__init__(object_pairs_hook=self._object, parse_int=_integer)
        self.twice = False
        self._deepest = limits.nesting

    def _object(self, pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        made = dict(pairs)
        self.twice = self.twice or len(made) != len(pairs)
        return made

    def problem(self, text: str) -> str:
        """Why the value that was decoded from ``text`` is not taken; empty: it is."""
        if self.twice:
            return _TWICE
        return _TOO_DEEP if text.count("[") + text.count("{") > self._deepest and _depth(text) > self._deepest else ""


def _depth(text: str) -> int:
    """The depth of lists and objects in a JSON text."""
    depth = deepest = 0
    for found in _SIGNS.finditer(text):
        if found[0] in "[{":
            depth += 1
            deepest = max(deepest, depth)
        elif found[0] in "]}":
            depth -= 1
    return deepest


def jsonl(source: ObjectSource) -> Iterator[LoaderRow]:
    """One object a line."""
    decoder = _Decoder(source.limits)
    with open_text(source) as handle:
        for number, line in lines(handle, source.limits.row_characters):
            place = f"line {number}"
            if line is None:
                yield Broken(place, source.too_long)
            elif line.strip():
                yield _row(place, line.strip(), decoder, source.family)


def _row(place: str, text: str, decoder: _Decoder, family: Family) -> LoaderRow:
    decoder.twice = False
    try:
        value = decoder.decode(text)
    except RecursionError:
        return Broken(place, _TOO_DEEP)
    except ValueError:
        return Broken(place, _NO_JSON)
    problem = decoder.problem(text)
    return Broken(place, problem) if problem else fitting(place, value, family)


@dataclass
class _Bad:
    """An item that was passed over, with the reason."""

    reason: str


def json_document(source: ObjectSource) -> Iterator[LoaderRow]:
    """An array of rows, an object that is a row, or an object that holds arrays of rows, up to three levels deep.

    An object that has all fields which the map needs is the row, whatever lists it has beside them. Otherwise rows are the
    items of the arrays whose items have such fields; other lists, such as participants or sources, are no rows. Where the map
    names ``rows``, they are the items of that array alone.
    """
    with open_text(source) as handle:
        window = _JsonWindow(handle, source.limits)
        reader = _DocumentReader(window, source)
        opens = window.next(_BLANK)
        if opens == "[":
            yield from reader.rows_of_array()
        elif opens == "{":
            yield from reader.rows_of_object()
        elif opens:
            yield Broken(WHOLE, "is no JSON array or object")
            return
        if window.next(_BLANK):
            raise DamagedObject("has something after its end, which is not read: one array or one object a file")


class _JsonWindow:
    """A JSON file of which only the current value is in memory."""

    def __init__(self, handle: TextIO, limits: IngestLimits) -> None:
        self._handle = handle
        self._text = ""
        self._place = 0
        self._longest = limits.row_characters
        self._decoder = _Decoder(limits)
        self.size = 0  # characters of the last value

    def next(self, filling: re.Pattern[str]) -> str:
        """The next character after ``filling``, without consuming it; empty at the end of the file."""
        while True:
            found = filling.match(self._text, self._place)
            assert found is not None  # the expressions match the empty text too
            self._place = found.end()
            if self._place < len(self._text):
                return self._text[self._place]
            if not self._more():
                return ""

    def take(self) -> None:
        """Consume the next character."""
        self._place += 1

    def value(self) -> Any:
        """The value that begins here; a :class:`_Bad` where it cannot be taken, which is passed over."""
        while True:
            self._decoder.twice = False
            try:
                value, end = self._decoder.raw_decode(self._text, self._place)
            except RecursionError:
                return self._pass_over(_TOO_DEEP)
            except ValueError:
                end = self._end_of_value()
                if end is None and len(self._text) - self._place > self._longest:
                    return self._pass_over(f"is longer than {self._longest:,} characters (ingest.limits.row_characters)")
                if end is None and self._more():
                    continue
                if end is None:
                    raise DamagedObject(_LOST) from None
                self._place = end
                return _Bad(_NO_JSON)
            # A number at the window's end may go on behind it.
            if end < len(self._text) or self._text[end - 1] in '}]"' or not self._more():
                problem = self._decoder.problem(self._text[self._place : end])
                self.size, self._place = end - self._place, end
                long = self.size > self._longest
                return _Bad(f"is longer than {self._longest:,} characters") if long else _Bad(problem) if problem else value

    def _end_of_value(self) -> int | None:
        """The end of the list, object or word that begins here, by its brackets; None where the window ends before it."""
        if self._place == len(self._text) or self._text[self._place] == '"':
            return None
        if self._text[self._place] not in "[{":
            word = _SCALAR.match(self._text, self._place)
            if word is None:
                raise DamagedObject(_LOST)
            return word.end() if word.end() < len(self._text) else None
        depth = 0
        for found in _SIGNS.finditer(self._text, self._place):
            depth += (found[0] in "[{") - (found[0] in "]}")
            if not depth:
                return found.end()
        return None

    def _pass_over(self, reason: str) -> _Bad:
        """Skip the value that begins here without keeping its text."""
        depth, inside, scalar = 0, False, self._text[self._place] not in '[{"'
        while True:
            if scalar and (end := _END_OF_SCALAR.search(self._text, self._place)):
                self._place = end.start()
                return _Bad(reason)
            for found in () if scalar else _SIGN_OR_QUOTE.finditer(self._text, self._place):
                sign = found[0]
                if sign == '"':
                    inside = not inside
                elif not inside and sign in "[]{}":
                    depth += 1 if sign in "[{" else -1
                if not inside and not depth:
                    self._place = found.end()
                    return _Bad(reason)
            # A backslash at the window's end escapes what follows it.
            kept = len(self._text) - 1 if self._text.endswith("\\") else len(self._text)
            self._text, self._place = self._text[kept:], 0
            if not self._more():
                raise DamagedObject(_LOST)

    def _more(self) -> bool:
        rest = self._text[self._place :]
        more = self._handle.read(max(_CHUNK, len(rest)))
        self._text, self._place = rest + more, 0
        return bool(more)


@dataclass
class _DocumentReader:
    """Finds the rows of a JSON document while it is read."""

    window: _JsonWindow
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
            if self.window.next(_BLANK) == "{":
                raise DamagedObject(f"{_NO_JSON}: one array or one object (JSON Lines need loader: jsonl)")
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
        return found if all(isinstance(item[columns.messages], list) for item in found) else []  # type: ignore[union-attr,index]

    def _fits(self, value: Any) -> bool:
        return isinstance(value, dict) and value.keys() >= self._needed

    def _resembles(self, value: Any) -> bool:
        """Whether an item is meant to be a row: it has at least one of the fields that a row needs."""
        return isinstance(value, dict) and (not self._needed or not self._needed.isdisjoint(value))

    def _row(self, value: Any) -> LoaderRow:
        self.number += 1
        self.found = True
        place = f"item {self.number}"
        return Broken(place, value.reason) if isinstance(value, _Bad) else fitting(place, value, self._family)

    def _items(self) -> Iterator[Any]:
        """The values of the array that begins here."""
        self.window.take()
        while (opens := self.window.next(_FILLING)) != "]":
            if not opens:
                raise DamagedObject(_LOST)
            yield self.window.value()
        self.window.take()

    def _object(self, depth: int, path: tuple[str, ...]) -> Generator[LoaderRow, None, tuple[dict[str, Any], str]]:
        """Yields the rows inside an object; returns its other fields, and why it cannot be a row itself (empty: it can)."""
        self.window.take()
        fields, problem = dict[str, Any](), ""
        while (opens := self.window.next(_FILLING)) != "}":
            name = self.window.value() if opens == '"' else None
            if not isinstance(name, str) or self.window.next(_BLANK) != ":":
                raise DamagedObject(_LOST)
            self.window.take()
            problem = _TWICE if name in fields else problem
            fields[name] = None
            value = yield from self._value(name, depth, path)
            if isinstance(value, _Bad):
                problem, value = problem or (value.reason if name in self._read else ""), None
            fields[name] = value
        self.window.take()
        return fields, problem

    def _value(self, name: str, depth: int, path: tuple[str, ...]) -> Generator[LoaderRow, None, Any]:
        """Yields the rows in a field's value; returns the value where it has none."""
        opens = self.window.next(_BLANK)
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
        """The array that begins here; a :class:`_Bad` where an item cannot be taken, or it is too long."""
        held: list[Any] = []
        size, bad = 0, None
        for value in self._items():
            size += self.window.size
            if isinstance(value, _Bad):
                bad = bad or value
            elif size > self.source.limits.row_characters:
                bad = bad or _Bad(self.source.too_long)
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
        return None if passed or any(isinstance(value, _Bad) for value in held) else held
