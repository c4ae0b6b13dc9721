"""Loaders of JSON Lines and JSON, which read through a window and never a whole file."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any, TextIO

from attune.steps.ingest.families import Family
from attune.steps.ingest.loaders.base import TOO_LONG, WHOLE, Broken, DamagedObject, LoaderRow, fitting, lines, open_text

_CHUNK = 1 << 16
_LARGEST_ITEM = 1 << 26
_BLANK = re.compile(r"[ \t\r\n]*")
_FILLING = re.compile(r"[ \t\r\n,]*")
_TWICE = "names a field twice"
_NO_JSON = "is not valid JSON"
_LOST = f"{_NO_JSON}; what follows is lost"


class _Decoder(json.JSONDecoder):
    """Decodes JSON and notes whether an object has a duplicate field, whose value would be ambiguous."""

    def __init__(self) -> None:
        super().__init__(object_pairs_hook=self._object)
        self.twice = False

    def _object(self, pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        made = dict(pairs)
        self.twice = self.twice or len(made) != len(pairs)
        return made


def jsonl(uri: str, family: Family) -> Iterator[LoaderRow]:
    """One object a line."""
    decoder = _Decoder()
    with open_text(uri, family.encoding) as handle:
        for number, line in lines(handle):
            place = f"line {number}"
            if line is None:
                yield Broken(place, TOO_LONG)
            elif line.strip():
                yield _row(place, line.strip(), decoder, family)


def _row(place: str, text: str, decoder: _Decoder, family: Family) -> LoaderRow:
    decoder.twice = False
    try:
        value = decoder.decode(text)
    except (ValueError, RecursionError):
        return Broken(place, _NO_JSON)
    return Broken(place, _TWICE) if decoder.twice else fitting(place, value, family)


def json_document(uri: str, family: Family) -> Iterator[LoaderRow]:
    """An array of objects, an object that holds such arrays, or a single object that is the row."""
    with open_text(uri, family.encoding) as handle:
        window = _JsonWindow(handle)
        opens = window.next(_BLANK)
        if opens == "[":
            yield from _items(window, family, 0)
        elif opens == "{":
            yield from _object(window, family)
        elif opens:
            yield Broken(WHOLE, "is no JSON array or object")
            return
        if window.next(_BLANK):
            raise DamagedObject("has something after its end, which is not read: one array or one object a file")


class _JsonWindow:
    """A JSON file of which only the current value is in memory."""

    def __init__(self, handle: TextIO) -> None:
        self._handle = handle
        self._text = ""
        self._place = 0

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

    def holds_objects(self) -> bool:
        """Whether the array that begins here has an object as its first item."""
        while True:
            found = _BLANK.match(self._text, self._place + 1)
            assert found is not None
            if found.end() < len(self._text):
                return self._text[found.end()] == "{"
            if not self._more():
                return False

    def value(self, decoder: _Decoder) -> Any:
        """The value that begins here; ``decoder.twice`` says whether an object in it names a field twice."""
        while True:
            decoder.twice = False
            try:
                value, end = decoder.raw_decode(self._text, self._place)
            except RecursionError:
                raise DamagedObject(_LOST) from None
            except ValueError:
                if not self._more():
                    raise DamagedObject(_LOST) from None
                continue
            # A number at the window's end may go on behind it.
            if end < len(self._text) or self._text[end - 1] in '}]"' or not self._more():
                self._place = end
                return value

    def _more(self) -> bool:
        rest = self._text[self._place :]
        more = self._handle.read(max(_CHUNK, len(rest))) if len(rest) < _LARGEST_ITEM else ""
        self._text, self._place = rest + more, 0
        return bool(more)


def _items(window: _JsonWindow, family: Family, number: int) -> Iterator[LoaderRow]:
    """The objects of an array, numbered after ``number``."""
    window.take()
    decoder = _Decoder()
    while (opens := window.next(_FILLING)) != "]":
        if not opens:
            raise DamagedObject(_LOST)
        value = window.value(decoder)
        number += 1
        yield Broken(f"item {number}", _TWICE) if decoder.twice else fitting(f"item {number}", value, family)
    window.take()


def _object(window: _JsonWindow, family: Family) -> Iterator[LoaderRow]:
    """An object that is the row itself, or all arrays of objects within it."""
    window.take()
    decoder, fields, twice, rows = _Decoder(), dict[str, Any](), False, 0
    needed = {name.split(".")[0] for name in family.needed()}
    while (opens := window.next(_FILLING)) != "}":
        name = window.value(decoder) if opens == '"' else None
        if name is None or window.next(_BLANK) != ":":
            raise DamagedObject(_LOST)
        window.take()
        twice = twice or name in fields
        fields[name] = None
        if window.next(_BLANK) == "[" and name not in needed and window.holds_objects():
            for row in _items(window, family, rows):
                rows += 1
                yield row
        else:
            fields[name] = window.value(decoder)
            twice = twice or decoder.twice
    window.take()
    if rows:
        return
    if window.next(_BLANK) == "{":
        raise DamagedObject(f"{_NO_JSON}: one array or one object (JSON Lines need loader: jsonl)")
    yield Broken("item 1", _TWICE) if twice else fitting("item 1", fields, family)
