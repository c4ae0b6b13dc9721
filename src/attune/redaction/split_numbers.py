"""Numbers that are written over several lines, or digit by digit: "4111 1111" above "1111 1111", "4 1 5 5 5 5 …".

They are joined in a view of their own and read with the usual patterns. Only what crosses a join counts, and only with a check,
a label or the form of a telephone or social security number: columns of figures and scores of questionnaires are no accounts.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from collections.abc import Set as AbstractSet

from attune.redaction import patterns
from attune.redaction.plain_view import Change, changed_view
from attune.redaction.types import Source, Span

# A line end before a group of digits or capitals, behind a digit, a dash behind one, or a group in capitals.
_LINE_END = re.compile(r"\n(?<=[\d\-./A-Z ]\n)\s*(?=\d|[A-Z]{1,4}\d|[A-Z]{4}[ \n])")
_BEFORE_LINE_END = re.compile(r"(?:\d[-./]?|(?<![^\W_])[A-Z]{4}) *\Z")
_BETWEEN = r"[ \n]?[ .,\-/\n][ \n]?"
_SINGLE_DIGITS = re.compile(rf"\d(?<![\w.]\d)(?:{_BETWEEN}\d){{6,40}}(?!\w)")
_NO_DIGIT = re.compile(r"\D+")
_COUNTED = ("01234567890123456789", "98765432109876543210")
_LONGEST_GROUP = 8


def find(text: str, words: AbstractSet[str]) -> Iterator[Span]:
    """Split numbers in ``text``, which has a digit and whose lower-case words are ``words``."""
    if "\n" in text:
        yield from _across(text, list(_line_ends(text)), words)
    yield from _across(text, [change for match in _SINGLE_DIGITS.finditer(text) for change in _gaps(match)], words)


def _line_ends(text: str) -> Iterator[Change]:
    for match in _LINE_END.finditer(text):
        before = _BEFORE_LINE_END.search(text, max(0, match.start() - _LONGEST_GROUP), match.start())
        if before:
            start = before.start() + len(before.group().rstrip(" "))
            yield start, match.end(), "" if text[start - 1] in "-./" else " "


def _gaps(digits: re.Match[str]) -> Iterator[Change]:
    """What stands between single digits, unless they only count up or down."""
    written = _NO_DIGIT.sub("", digits.group())
    if not any(written in counted for counted in _COUNTED):
        for gap in _NO_DIGIT.finditer(digits.string, *digits.span()):
            yield *gap.span(), ""


def _across(text: str, joins: list[Change], words: AbstractSet[str]) -> Iterator[Span]:
    if not joins:
        return
    view, firsts = changed_view(text, joins), [first for first, _, _ in joins]
    for span in patterns.find(view.text, words):
        if span.source.rank >= Source.LABELLED.rank or span.type in ("PHONE_NUMBER", "US_SSN"):
            start, end = view.original(span.start, span.end)
            number = bisect_right(firsts, start)
            crosses = number < len(joins) and joins[number][1] < end
            if crosses and span.source.rank >= Source.US_PHONE.rank:
                yield Span(start, end, span.type, span.source)
