"""A JSON file of which only the current value is in memory, and what is done about a value that cannot be decoded."""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from itertools import islice
from typing import Any, TextIO

from attune.config.ingest import IngestLimits
from attune.steps.ingest.loaders.base import UNREADABLE, DamagedObject, Unreadable

BLANK = re.compile(r"[ \t\r\n]*")
FILLING = re.compile(r"[ \t\r\n,]*")
NO_JSON = "is not valid JSON"
LOST = f"{NO_JSON}; what follows is lost"
_CHUNK = 1 << 16
_SIGNS = re.compile(r'"(?:[^"\\]|\\.)*+"?|[\[\]{}]', re.DOTALL)
_SIGN_OR_QUOTE = re.compile(r'\\.|["\[\]{}]', re.DOTALL)
_END_OF_SCALAR = re.compile(r"[\s,\]}]")
_SCALAR = re.compile(r"[^\s,\]}]+")
TWICE = "names a field twice"
TOO_DEEP = "is nested too deeply (ingest.limits.nesting)"
_LONGEST_NUMBER = 40  # digits; longer ones are no ids, and decoding them takes quadratic time
_BETWEEN_ROWS = re.compile(r"[}\]]\s*,\s*(?=\{)")
_MISMATCH = -1  # brackets that do not match
_MOST_TRIED = 10_000  # places at which the row after a broken one is looked for


def _integer(digits: str) -> int | Unreadable:
    return int(digits) if len(digits) <= _LONGEST_NUMBER else UNREADABLE


class JsonDecoder(json.JSONDecoder):
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
            return TWICE
        return TOO_DEEP if text.count("[") + text.count("{") > self._deepest and _depth(text) > self._deepest else ""


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


@dataclass
class BadValue:
    """An item that was passed over, with the reason."""

    reason: str


class JsonWindow:
    """A JSON file of which only the current value is in memory."""

    def __init__(self, handle: TextIO, limits: IngestLimits) -> None:
        self._handle = handle
        self._text = ""
        self._place = 0
        self._longest = limits.row_characters
        self._decoder = JsonDecoder(limits)
        self._too_long = f"is longer than {self._longest:,} characters (ingest.limits.row_characters)"
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

    def value(self, is_row: Callable[[Any], bool] | None = None) -> Any:
        """The value that begins here; a :class:`BadValue` where it cannot be taken, which is passed over.

        Args:
            is_row: what the value after a broken one is, so that it is found where brackets or quotes do not match.
        """
        while True:
            self._decoder.twice = False
            try:
                value, end = self._decoder.raw_decode(self._text, self._place)
            except RecursionError:
                return self._pass_over(TOO_DEEP)
            except ValueError:
                if (bad := self._after_broken(is_row)) is None:
                    continue
                return bad
            # A number at the window's end may go on behind it.
            if end < len(self._text) or self._text[end - 1] in '}]"' or not self._more():
                problem = self._decoder.problem(self._text[self._place : end])
                self.size, self._place = end - self._place, end
                if self.size > self._longest:
                    problem = self._too_long
                return BadValue(problem) if problem else value

    def _after_broken(self, is_row: Callable[[Any], bool] | None) -> BadValue | None:
        """Passes over a value that cannot be decoded; None where more of it was read, and it may be whole now."""
        end = self._end_of_value()
        if end is None and len(self._text) - self._place <= self._longest and self._more():
            return None
        end = self._next_row(is_row, len(self._text) if end is None or end == _MISMATCH else end) or end
        if end is None and len(self._text) - self._place > self._longest:
            return self._pass_over(self._too_long)
        if end == _MISMATCH and self._more():
            return None
        if end is None or end == _MISMATCH:
            raise DamagedObject(LOST)
        self._place = end
        return BadValue(NO_JSON)

    def _end_of_value(self) -> int | None:
        """The end of the list, object or word that begins here; None where the window ends first, or :data:`_MISMATCH`."""
        if self._place == len(self._text) or self._text[self._place] == '"':
            return None
        if self._text[self._place] not in "[{":
            word = _SCALAR.match(self._text, self._place)
            if word is None:
                raise DamagedObject(LOST)
            return word.end() if word.end() < len(self._text) else None
        expected: list[str] = []
        for found in _SIGNS.finditer(self._text, self._place):
            if found[0] in "[{":
                expected.append("]" if found[0] == "[" else "}")
            elif found[0] in "]}" and expected.pop() != found[0]:
                return _MISMATCH
            if not expected:
                return found.end()
        return None

    def _next_row(self, is_row: Callable[[Any], bool] | None, end: int) -> int | None:
        """Where the next row begins before ``end``; None where no row is found."""
        if is_row is None:
            return None
        for found in islice(_BETWEEN_ROWS.finditer(self._text, self._place, end), _MOST_TRIED):
            with contextlib.suppress(ValueError, RecursionError):
                value, _ = self._decoder.raw_decode(self._text, found.end())
                if is_row(value):
                    return found.end()
        return None

    def _pass_over(self, reason: str) -> BadValue:
        """Skip the value that begins here without keeping its text."""
        depth, inside, scalar = 0, False, self._text[self._place] not in '[{"'
        while True:
            if scalar and (end := _END_OF_SCALAR.search(self._text, self._place)):
                self._place = end.start()
                return BadValue(reason)
            for found in () if scalar else _SIGN_OR_QUOTE.finditer(self._text, self._place):
                sign = found[0]
                if sign == '"':
                    inside = not inside
                elif not inside and sign in "[]{}":
                    depth += 1 if sign in "[{" else -1
                if not inside and not depth:
                    self._place = found.end()
                    return BadValue(reason)
            # A backslash at the window's end escapes what follows it.
            kept = len(self._text) - 1 if self._text.endswith("\\") else len(self._text)
            self._text, self._place = self._text[kept:], 0
            if not self._more():
                raise DamagedObject(LOST)

    def _more(self) -> bool:
        rest = self._text[self._place :]
        more = self._handle.read(max(_CHUNK, len(rest)))
        self._text, self._place = rest + more, 0
        return bool(more)
