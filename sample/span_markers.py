"""Marks around planted values while a text is being written, so that their place is known whatever happens to the text.

A value travels as ``<opening mark>value<closing mark>``; marks are private-use characters, which no text holds. Styles,
typing errors and edits work around them, and only at the very end the marks are taken out and become spans.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

_CLOSE = "\ue000"
_FIRST = 0xE100


@dataclass(frozen=True)
class Kind:
    """What a planted value is.

    Attributes:
        type: PERSON, EMAIL, PHONE, ADDRESS, …
        whose: user, partner, third (somebody the database does not know), or other.
        known: the product database holds the value for this user or partner.
        lowers: people who write in lower case write it in lower case too.
    """

    type: str
    whose: str = "other"
    known: bool = False
    lowers: bool = False


@dataclass(frozen=True)
class Span:
    """A planted value in a finished text."""

    start: int
    end: int
    kind: Kind
    text: str


_kinds: list[Kind] = []
_codes: dict[Kind, str] = {}
_MARKED = re.compile(f"([{chr(_FIRST)}-\ue4ff])([^{_CLOSE}]*){_CLOSE}")
_PIECES = re.compile(f"([{chr(_FIRST)}-\ue4ff][^{_CLOSE}]*{_CLOSE})")


def mark(value: str, kind: Kind) -> str:
    """``value`` between marks."""
    code = _codes.get(kind)
    if code is None:
        code = _codes[kind] = chr(_FIRST + len(_kinds))
        _kinds.append(kind)
    return f"{code}{value}{_CLOSE}"


def is_marked(text: str) -> bool:
    """Whether ``text`` holds a planted value."""
    return _CLOSE in text


def take_out(text: str) -> tuple[str, list[Span]]:
    """The text without marks, and where the planted values stand in it."""
    if _CLOSE not in text:
        return text, []
    pieces: list[str] = []
    spans: list[Span] = []
    length = last = 0
    for match in _MARKED.finditer(text):
        before, value = text[last : match.start()], match[2]
        length += len(before)
        spans.append(Span(length, length + len(value), _kinds[ord(match[1]) - _FIRST], value))
        pieces += (before, value)
        length += len(value)
        last = match.end()
    pieces.append(text[last:])
    return "".join(pieces), spans


def around(text: str, change: Callable[[str], str], *, lower: bool = False) -> str:
    """Apply ``change`` to what stands around planted values; these only get lower case, where people would type it so."""
    if _CLOSE not in text:
        return change(text)
    pieces = _PIECES.split(text)
    for index, piece in enumerate(pieces):
        if index % 2 == 0:
            pieces[index] = change(piece)
        elif lower and _kinds[ord(piece[0]) - _FIRST].lowers:
            pieces[index] = piece.lower()
    return "".join(pieces)
