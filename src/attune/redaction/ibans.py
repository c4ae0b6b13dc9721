"""International bank account numbers, in one piece or in groups, also where a digit was mistyped."""

from __future__ import annotations

import re
from collections.abc import Iterator

from attune.redaction import validators as check
from attune.redaction.expressions import CHECKED, FORM
from attune.redaction.types import Span

_START = re.compile(r"(?<![^\W_])([a-z]{2})\d{2}(?=[ .-]?[a-z0-9]{2})", re.I)
_REST = re.compile(r"[ .-]?([a-z0-9])", re.I)
_SHORTEST, _LONGEST = 15, 34
_FEWEST_DIGITS = 8


def find(text: str, first: int, last: int) -> Iterator[Span]:
    """IBANs in ``text`` from ``first`` to ``last``: the check digits say where one ends, else the length of its country."""
    for start in _START.finditer(text, first, last):
        length = check.IBAN_LENGTHS.get(start.group(1).upper())
        if length is None:
            continue
        ends = _ends(text, start.end(), last)
        whole = [size for size in range(min(_LONGEST, len(ends) + 4), _SHORTEST - 1, -1) if _is_end(text, ends[size - 5])]
        checked = next(
            (size for size in sorted(whole, key=lambda size: size != length) if _fits(text, start.start(), ends[size - 5])), 0
        )
        if checked:
            yield Span(start.start(), ends[checked - 5], "IBAN_CODE", "pattern", CHECKED)
        elif length in whole and len(check.digits_of(text[start.start() : ends[length - 5]])) >= _FEWEST_DIGITS:
            yield Span(start.start(), ends[length - 5], "IBAN_CODE", "pattern", FORM)


def _ends(text: str, at: int, last: int) -> list[int]:
    """Where the fifth, sixth … letter or digit of a number ends whose first four end at ``at``."""
    ends: list[int] = []
    while len(ends) < _LONGEST - 4 and (match := _REST.match(text, at, last)):
        at = match.end()
        ends.append(at)
    return ends


def _is_end(text: str, at: int) -> bool:
    return not text[at : at + 1].isalnum()


def _fits(text: str, start: int, end: int) -> bool:
    return check.mod_97(re.sub(r"[ .-]", "", text[start:end]))
