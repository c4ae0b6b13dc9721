"""JSON Lines and JSON, read through a window and never as a whole."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any, TextIO

from attune.data.ingestion.families import Family
from attune.data.ingestion.loaders.opening import lines, open_text
from attune.data.ingestion.loaders.rows import TOO_LONG, WHOLE, Broken, Row, fitting

_CHUNK = 1 << 16
_LARGEST_ITEM = 1 << 26
_FILLING = re.compile(r"[ \t\r\n,]*")
_WRAPPED = re.compile(r'\{\s*"([^"\\]*)"\s*:\s*\[')
_TWICE = "names a field twice"
_NO_JSON = "is not valid JSON"


class _Decoder(json.JSONDecoder):
    """Decodes JSON and notes whether an object names a field twice: which of the two is meant, nobody knows."""

    def __init__(self) -> None:
        super().__init__(object_pairs_hook=self._object)
        self.twice = False

    def _object(self, pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        made = dict(pairs)
        self.twice = self.twice or len(made) != len(pairs)
        return made


def jsonl(uri: str, family: Family) -> Iterator[Row]:
    """One object a line."""
    decoder = _Decoder()
    with open_text(uri, family.encoding) as handle:
        for number, line in lines(handle):
            place = f"line {number}"
            if line is None:
                yield Broken(place, TOO_LONG)
            elif line.strip():
                yield _row(place, line.strip(), decoder, family)


def _row(place: str, text: str, decoder: _Decoder, family: Family) -> Row:
    decoder.twice = False
    try:
        value = decoder.decode(text)
    except (ValueError, RecursionError):
        return Broken(place, _NO_JSON)
    return Broken(place, _TWICE) if decoder.twice else fitting(place, value, family)


def json_document(uri: str, family: Family) -> Iterator[Row]:
    """An array of objects, an object that holds one, or a single object that is the row."""
    with open_text(uri, family.encoding) as handle:
        start = handle.read(_CHUNK).lstrip()
        if not start:
            return
        wrapped = _WRAPPED.match(start)
        needed = {name.split(".")[0] for name in family.needed()}
        if start.startswith("["):
            yield from _items(start[1:], handle, family)
        elif wrapped and wrapped[1] not in needed:
            yield from _items(start[wrapped.end() :], handle, family)
        elif start.startswith("{"):
            yield _single(start + handle.read(_LARGEST_ITEM), family)
        else:
            yield Broken(WHOLE, "is no JSON array or object")


def _single(text: str, family: Family) -> Row:
    row = _row("item 1", text.strip(), _Decoder(), family)
    if row == Broken("item 1", _NO_JSON):
        return Broken(WHOLE, f"{_NO_JSON}: one array or one object (JSON Lines need loader: jsonl)")
    return row


def _items(window: str, handle: TextIO, family: Family) -> Iterator[Row]:
    decoder = _Decoder()
    number = place = 0
    while True:
        place = _end_of(_FILLING.match(window, place))
        if window.startswith("]", place):
            return
        decoder.twice = False
        try:
            value, end = decoder.raw_decode(window, place)
            complete = end < len(window)  # a number at the window's end may go on
        except ValueError:
            complete = False
        except RecursionError:
            yield Broken(f"item {number + 1}", f"{_NO_JSON}; what follows it could not be read")
            return
        if complete:
            number += 1
            yield Broken(f"item {number}", _TWICE) if decoder.twice else fitting(f"item {number}", value, family)
            place = end
            continue
        window, place = window[place:], 0
        more = handle.read(max(_CHUNK, len(window))) if len(window) < _LARGEST_ITEM else ""
        if not more:
            yield Broken(f"item {number + 1}", f"{_NO_JSON}; what follows it could not be read")
            return
        window += more


def _end_of(match: re.Match[str] | None) -> int:
    assert match is not None  # the expression matches the empty text too
    return match.end()
