"""Structured identifiers: tables of compiled patterns behind cheap looks at whether a table can match at all.

Most texts have no digit that matters, no ``@`` and no key word: for them nothing of a table is tried. What a text has is looked
at once; a pattern that needs a label before its value is tried only where one of its labels is among the words.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from collections.abc import Set as AbstractSet

from attune.redaction import comma_rows, number_formats, spelled_names
from attune.redaction import pattern_tables as tables
from attune.redaction import world_formats as world
from attune.redaction.lexicon import any_digit
from attune.redaction.pattern_tables import Pattern, cues_of
from attune.redaction.types import Span

_LABELLED = (*tables.LABELLED, *tables.PINS, *world.LABELLED_IDS)
_LABELS = cues_of(_LABELLED)
_PHONES = tuple(one for one in tables.PHONES if not one.cues)
_CALLED = tuple(one for one in tables.PHONES if one.cues)
_CALLS = cues_of(_CALLED)
_BANK_WORDS = frozenset({"swift", "bic"})
_SINGLE_LETTERS, _FEWEST_LETTERS = frozenset("bcdefghjklmnopqrstuvwxyz"), 2
_PLACE_WORDS = frozenset({"w3w", "w", "words"})
_FEWEST_COLONS, _FEWEST_SPOKEN = 4, 3

#: Every cue word of the tables.
WORDS = (
    _LABELS
    | _CALLS
    | world.VEHICLES
    | _BANK_WORDS
    | _PLACE_WORDS
    | _SINGLE_LETTERS
    | tables.HIDDEN_WORDS
    | tables.DIGIT_WORDS
    | tables.SOCIAL_WORDS
    | tables.SECRET_WORDS
)

_OWN_DIGIT = re.compile(r"(?<!_)(?<!_\d)(?<!_\d\d)\d")
_DIGIT_STRETCH = re.compile(r"[\d:](?:.{0,20}[\d:])*")
# Seven digits with little between them: what a telephone number has at least.
_LONG = re.compile(r"\d(?:[\s().+/:–-]{0,3}\d){6}")
_DECIMALS = re.compile(r"\d(?:\.\d{3}|\s?°| ?[NS][ ,]|(?:(?<=[NS]\d)|(?<=[NS] \d))\d?\.\d)")
_DOTTED = re.compile(r"\d\.\d{1,3}\.\d")
_CODE = re.compile(  # begins with a digit, which is found fast
    r"\d(?:(?<=[A-Za-z*•]\d)|(?<=[A-Za-z*•]-\d)|[ -][A-Z]\b"
    r"|(?!(?:st|nd|rd|th|am|pm|mg|kg|k|s|x|yo|yr|yrs|hrs?|mins?|h|m|f|d|ish|ft|lbs?|cm|in)\b)[A-Za-z])"
)
_ID_HINT = re.compile(r"\d(?:\d{5}|(?<=7)84|\.\d\d)")
_EXPIRY = re.compile(r"\d\s?/\s?(?:20)?[2-4]\d[\s,;|]{1,3}(?:cv|\d{3})", re.I)
_DOMAIN = re.compile(r"\.(?=[^\W\d_]{2})")
_HEX = re.compile(r"[0-9a-fA-F]{32}")


def find(text: str, words: AbstractSet[str]) -> Iterator[Span]:
    """Structured identifiers in ``text``, whose lower-case words are ``words``; spans may overlap."""
    if "@" in text:
        yield from _matches(tables.MAIL, text)
        yield from _matches(world.UPI, text)
    digits = holds_number(text)
    if digits or text.count(":") >= _FEWEST_COLONS:
        yield from _numbers(text, words)
    if "///" in text or "+" in text or not words.isdisjoint(_PLACE_WORDS):
        yield from _matches(world.PLACES, text)
    if len(words & _SINGLE_LETTERS) >= _FEWEST_LETTERS or " as in " in text:
        yield from spelled_names.find(text)
    if digits:
        yield from comma_rows.find(text)
    if "." in text and _DOMAIN.search(text):
        yield from _matches(tables.WEB, text)
    if not words.isdisjoint(tables.HIDDEN_WORDS) or len(words & tables.DIGIT_WORDS) >= _FEWEST_SPOKEN:
        yield from _matches(tables.HIDDEN, text)
    key = "PRIVATE KEY" in text or (
        digits and (any(start in text for start in tables.KEY_STARTS) or _HEX.search(text) is not None)
    )
    if key or not words.isdisjoint(tables.SECRET_WORDS):
        yield from _matches(tables.SECRETS, text)
    if not words.isdisjoint(tables.SOCIAL_WORDS) or "#" in text:
        yield from _matches(tables.SOCIAL, text)
    if not words.isdisjoint(_BANK_WORDS):
        yield from _matches(tables.BANK_CODE, text)


def _plates(text: str, words: AbstractSet[str], *, touching: bool) -> Iterator[Iterable[Pattern]]:
    vehicle = not words.isdisjoint(world.VEHICLES)
    if vehicle:
        yield world.PLATES_IN_ANY_CASE
    if world.PLATE_HINT.search(text):
        if not vehicle:
            yield world.PLATES
        elif not text.isupper():
            yield world.NEAR_VEHICLE
    if touching or world.SMALL_HINT.search(text):
        yield world.SMALL_PLATES


def holds_number(text: str) -> bool:
    """Whether a digit stands in ``text`` that is not the number of a placeholder, such as ``[PERSON_2]``."""
    return any_digit(text) and ("[" not in text or _OWN_DIGIT.search(text) is not None)


def _numbers(text: str, words: AbstractSet[str]) -> Iterator[Span]:
    """What holds a digit; looked for near digits only."""
    long = _LONG.search(text) is not None
    code = _CODE.search(text) is not None or text.count(":") >= _FEWEST_COLONS
    chosen: list[Iterable[Pattern]] = []
    if long:
        chosen.append(_PHONES)
        if not words.isdisjoint(_CALLS):
            chosen.append([one for one in _CALLED if not one.cues.isdisjoint(words)])
    if _ID_HINT.search(text):
        chosen.append(world.IDS)
    if code:
        chosen.append(tables.CODED)
    chosen += _plates(text, words, touching=code)
    if _EXPIRY.search(text):
        chosen.append(world.SECURITY_CODES)
    if code or long or _DOTTED.search(text):
        chosen.append(tables.DEVICES)
    if _DECIMALS.search(text):
        chosen.append(tables.GEO)
    if not words.isdisjoint(_LABELS):
        chosen.append([one for one in _LABELLED if not one.cues.isdisjoint(words)])
    if not chosen:
        return
    for first, last in digit_windows(text, 75, 75):
        for table in chosen:
            yield from _matches(table, text, first, last)
        if long:
            yield from number_formats.find_digit_groups(text, first, last)
        if code:
            yield from number_formats.find_ibans(text, first, last)


def digit_windows(text: str, before: int, after: int) -> list[tuple[int, int]]:
    """Stretches of ``text`` around its digits (and colons), cut at blanks: numbers and their cues lie inside them."""
    windows: list[tuple[int, int]] = []
    for match in _DIGIT_STRETCH.finditer(text):
        first = text.rfind(" ", 0, max(0, match.start() - before)) + 1 if match.start() > before else 0
        last = text.find(" ", match.end() + after)
        last = len(text) if last < 0 else last
        if windows and first <= windows[-1][1]:
            windows[-1] = (windows[-1][0], last)
        else:
            windows.append((first, last))
    return windows


def _matches(patterns: Iterable[Pattern], text: str, first: int = 0, last: int | None = None) -> Iterator[Span]:
    last = len(text) if last is None else last
    for pattern in patterns:
        for match in pattern.expression.finditer(text, first, last):
            start, end = match.span(pattern.group)
            start, end = _balanced(text, start, end)
            if start < end and (pattern.valid is None or pattern.valid(text[start:end])):
                yield Span(start, end, pattern.type, pattern.source)


def _balanced(text: str, start: int, end: int) -> tuple[int, int]:
    """A match without a bracket that opens or closes outside of it: "(old one 020 7946 0958)"."""
    if text[end - 1 : end] == ")" and "(" not in text[start:end]:
        end -= 1
    if text[start : start + 1] == "(" and ")" not in text[start:end]:
        start += 1
    return start, end
