"""Searching for an expression whose matches begin with known words: it is tried at these words alone.

An expression that begins with alternatives is otherwise tried at every character of a text, which takes most of its time.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence


def matches_at(expression: re.Pattern[str], text: str, starts: Sequence[str]) -> Iterator[re.Match[str]]:
    """The matches that ``expression.finditer(text)`` gives.

    Args:
        expression: every match begins with one of ``starts``, in capitals or not.
        text: any text; it is read as a whole where it is not ASCII, since some letters there have capitals of ASCII.
        starts: how a match can begin, in lower case; none is the beginning of another one.
    """
    if not text.isascii():
        yield from expression.finditer(text)
        return
    lower = text.lower()
    places: list[int] = []
    for start in starts:
        place = lower.find(start)
        while place >= 0:
            places.append(place)
            place = lower.find(start, place + 1)
    places.sort()
    reached = 0
    for place in places:
        if place >= reached and (match := expression.match(text, place)):
            yield match
            reached = match.end()
