# ruff: noqa: SIM905 - word lists stay as they can be read
"""Public crisis services: their numbers, names and addresses are never redacted, whatever else takes them for a person's.

Only texts in which something was found are looked at, and of those only the places around what was found.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from attune.redaction import help_line_file
from attune.redaction.help_line_file import HelpLineFile, HelpService
from attune.redaction.types import Span

# Digits with what people put between them. A comma or a word ends a run.
_RUN = re.compile(r"[+*]?\(?\d(?:[\d\s()./–-]*\d)?")
_GROUP = re.compile(r"\d+")
_MOST_GROUPS = 8
# Two digits at most may follow or precede a number after a blank: "116 123 24 hours". More belong to the same number.
_LONGEST_NEIGHBOUR = 2
# "988" and "143" are parts of many numbers: they count only where a telephone number was found that has no other digits.
_FEWEST_DIGITS = 5
_KEYS = dict(zip("abcdefghijklmnopqrstuvwxyz", "22233344455566677778889999", strict=True))
_NORTH_AMERICA = "1"
_SHORTEST_IN_SMALL = 4  # "nami" may be a person, "NAMI" is the service

_WORD = re.compile(r"[^\W_]+")
_DIGIT, _INNER_DOT = re.compile(r"\d"), re.compile(r"\.\w")
_LETTER_DIGIT = re.compile(r"\d[.-]?[A-Za-z]{2}|\d\s[A-Z]{3}|\d-[A-Za-z]-")
_NEAR = 40  # characters on each side of a number that may belong to it
_MARKS = " \t\n,;:.!?()-–—/\"'&+"
_FEWEST_REST_DIGITS = 5  # fewer digits beside a help line are no number of a person
_SMALL_WORDS = frozenset(
    "a an and at by call contact for hotline in is line lines of on or phone ring talk text the to try und via with".split()
)
_NUMERIC = frozenset(
    """PHONE_NUMBER CREDIT_CARD IBAN_CODE US_SSN NATIONAL_ID PASSPORT US_DRIVER_LICENSE LICENSE_PLATE ACCOUNT_NUMBER
    PASSWORD""".split()
)
_NAMED = frozenset("PERSON ORGANIZATION SCHOOL LOCATION STREET_ADDRESS SOCIAL_HANDLE".split())


class HelpLines:
    """Recognizes the services of one or more files in text."""

    def __init__(self, files: Iterable[HelpLineFile]) -> None:
        self._national: set[str] = set()
        self._international: set[str] = set()  # behind + or 00
        lettered: list[str] = []
        self._names: dict[str, set[re.Pattern[str]]] = {}  # by each word of the name
        self._mails: set[str] = set()
        domains: set[str] = set()
        for file in files:
            for service, calling_code in file.all_services():
                self._add(service, calling_code)
                lettered += [_lettered(number) for number in service.numbers if any(map(str.isalpha, number))]
                domains.update(service.web)
        self._lettered = re.compile(rf"(?<![\w.-])(?:{'|'.join(lettered) or '(?!)'})(?![\w-])", re.I)
        self._starts = {digits[:size] for digits in self._national | self._international for size in (1, 2, 3)}
        hosts = "|".join(sorted(map(re.escape, domains), key=lambda host: (-len(host), host)))
        self._web = re.compile(rf"(?<![\w@.-])(?:https?://)?(?:[\w-]+\.)*(?:{hosts})(?![\w-]|\.\w)(?:/[^\s?#<>\"]*)?", re.I)

    def _add(self, service: HelpService, calling_code: str) -> None:
        for number in (*service.numbers, *service.text):
            digits = "".join(_KEYS.get(one, one) for one in number.lower() if one.isalnum())
            subscriber = digits.removeprefix(_NORTH_AMERICA) if calling_code == _NORTH_AMERICA else digits
            self._national.update({digits, subscriber})
            if calling_code:
                self._international.update({f"{calling_code}{subscriber}", f"{calling_code}{subscriber.removeprefix('0')}"})
                self._international.add(f"{calling_code}0{subscriber.removeprefix('0')}")  # +49 (0)800
        for name in service.names:
            words = _words(name)
            expression = _named(name, words)
            for word in words:
                self._names.setdefault(word, set()).add(expression)
        self._mails.update(mail.lower() for mail in service.mail)

    def without(self, spans: Sequence[Span], text: str) -> list[Span]:
        """``spans`` without what is a help line's; of a span that holds more than that, the parts beside it."""
        left: list[Span] = []
        for span in spans:
            places = self._places_at(span, text)
            left += _beside(span, places, text) if places else (span,)
        return left

    def places(self, text: str) -> list[tuple[int, int]]:
        """Where numbers, names and addresses of help lines stand in ``text``; disjoint and in order."""
        numbers = [(start, end) for start, end, _ in self.numbers(text)]
        return _merged([*numbers, *self.names(text, dict.fromkeys(_words(text))), *self.addresses(text)])

    def _places_at(self, span: Span, text: str) -> list[tuple[int, int]]:
        """The places that count against a span: a name of a service is none inside somebody's e-mail address."""
        first, last = _token_around(text, span)
        token, found = text[first:last], list[tuple[int, int]]()
        if _DIGIT.search(token):
            begin = text.rfind(" ", 0, max(0, first - _NEAR)) + 1
            end = text.find(" ", last + _NEAR)
            near = text[begin : len(text) if end < 0 else end]
            found += [
                (begin + start, begin + end)
                for start, end, short in self.numbers(near)
                if not short or (span.type == "PHONE_NUMBER" and begin + start <= span.start and span.end <= begin + end)
            ]
        if _INNER_DOT.search(token):
            found += [(first + start, first + end) for start, end in self.addresses(token)]
        if span.type in _NAMED:
            words = [word for word in _words(token) if word in self._names]
            found += self.names(text, words) if words else ()
        return _merged((low, high) for low, high in found if low < span.end and span.start < high) if found else []

    def names(self, text: str, words: Iterable[str]) -> Iterator[tuple[int, int]]:
        """Places of names of services that hold one of ``words``."""
        for word in words:
            for expression in self._names.get(word, ()):
                yield from (match.span() for match in expression.finditer(text))

    def numbers(self, text: str) -> Iterator[tuple[int, int, bool]]:
        """Places of numbers, and whether each is a short one."""
        for run in _RUN.finditer(text):
            groups = [match.span() for match in _GROUP.finditer(text, *run.span())]
            yield from self._in_run(text, run.start(), groups)
        if _LETTER_DIGIT.search(text):
            yield from ((*match.span(), False) for match in self._lettered.finditer(text))

    def _in_run(self, text: str, first: int, groups: Sequence[tuple[int, int]]) -> Iterator[tuple[int, int, bool]]:
        at = 0
        while at < len(groups):
            size = self._size(text, first, groups, at)
            if not size:
                at += 1
                continue
            start, end = groups[at][0], groups[at + size - 1][1]
            count = sum(high - low for low, high in groups[at : at + size])
            yield (min(start, first) if at == 0 else start), end, count < _FEWEST_DIGITS
            at += size

    def _size(self, text: str, first: int, groups: Sequence[tuple[int, int]], at: int) -> int:
        """How many groups from ``at`` on make a help line's number; 0: none."""
        begin, stop = groups[at]
        if text[begin : min(stop, begin + 3)] not in self._starts and not text.startswith("00", begin):
            return 0
        for size in range(min(_MOST_GROUPS, len(groups) - at), 0, -1):
            digits = "".join(text[low:high] for low, high in groups[at : at + size])
            plus = at == 0 and text[first : groups[0][0]].startswith("+")
            known = digits in self._international if plus else digits in self._national
            known = known or (digits.startswith("00") and digits[2:] in self._international)
            if known and not self._goes_on(text, groups, at, size):
                return size
        return 0

    def _goes_on(self, text: str, groups: Sequence[tuple[int, int]], at: int, size: int) -> bool:
        """Whether the digits beside a number belong to it: "212-988-1234" is no 988."""
        beside = [(at - 1, at)] if at else []
        beside += [(at + size, at + size - 1)] if at + size < len(groups) else []
        for other, own in beside:
            low, high = groups[other]
            between = text[groups[own][1] : low] if other > own else text[high : groups[own][0]]
            if between.strip() not in ("", "/") or (between.isspace() and high - low > _LONGEST_NEIGHBOUR):
                digits = text[low:high]
                if digits not in self._national or between.strip() == "-":
                    return True
        return False

    def addresses(self, text: str) -> Iterator[tuple[int, int]]:
        """Places of web and e-mail addresses."""
        if "." not in text:
            return
        yield from (match.span() for match in self._web.finditer(text))
        lowered = text.lower()
        if "@" in lowered and len(lowered) == len(text):
            for mail in sorted(self._mails):
                at = lowered.find(mail)
                if at >= 0 and not re.match(r"[\w.+-]", lowered[at - 1 : at] if at else ""):
                    yield at, at + len(mail)


def _token_around(text: str, span: Span) -> tuple[int, int]:
    """From the blank before a span to the blank after it."""
    first, last = span.start, span.end
    while first and not text[first - 1].isspace():
        first -= 1
    while last < len(text) and not text[last].isspace():
        last += 1
    return first, last


def _named(name: str, words: Sequence[str]) -> re.Pattern[str]:
    """A name in any case; of one in capitals, "RAINN" and "rainn" are the service, "Rainn" is a person."""
    if name.isupper() and len(words) == 1:
        small = f"|{name.lower()}" if len(name) > _SHORTEST_IN_SMALL else ""
        return re.compile(rf"(?<![\w@])(?:{name}{small})(?!\w)")
    return re.compile(r"(?<![\w@])" + r"\W{1,3}(?:and\s+|the\s+)?".join(map(re.escape, words)) + r"(?!\w)", re.I)


def _lettered(number: str) -> str:
    """A number with letters, in any usual way of writing: "1-800-273-TALK (8255)"."""
    written = [one for one in number if one.isalnum()]
    start = r"(?:1[\s.-]?)?\(?" if written[0] == "1" else ""
    body = r"[\s().-]{0,2}".join(written[1:] if start else written)
    return rf"{start}{body}(?:\s?\(\d{{3,7}}\))?"


def _words(text: str) -> list[str]:
    return [word for word in map(str.lower, _WORD.findall(text)) if word not in ("and", "the")]


def _merged(places: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    merged: list[tuple[int, int]] = []
    for start, end in sorted(places):
        if merged and start <= merged[-1][1]:
            merged[-1] = merged[-1][0], max(end, merged[-1][1])
        else:
            merged.append((start, end))
    return merged


def _beside(span: Span, places: Sequence[tuple[int, int]], text: str) -> Iterator[Span]:
    """The parts of a span beside ``places``, all of which touch it, that may still be a person's."""
    start = span.start
    for low, high in [*places, (span.end, span.end)]:
        if start < low and (piece := _trimmed(text, start, low)) and _matters(span.type, text[piece[0] : piece[1]]):
            yield span._replace(start=piece[0], end=piece[1])
        start = max(start, high)


def _trimmed(text: str, start: int, end: int) -> tuple[int, int] | None:
    written = text[start:end]
    start += len(written) - len(written.lstrip(_MARKS))
    end -= len(written) - len(written.rstrip(_MARKS))
    return (start, end) if start < end else None


def _matters(kind: str, written: str) -> bool:
    digits = sum(map(str.isdigit, written))
    if kind in _NUMERIC:
        return digits >= _FEWEST_REST_DIGITS or (kind == "PASSWORD" and len(written) > 3)
    words = [word for word in _words(written) if word.isalpha() and len(word) > 1 and word not in _SMALL_WORDS]
    return bool(words) and (digits > 0 or kind != "STREET_ADDRESS")


@functools.cache
def help_lines(own: str | None = None) -> HelpLines:
    """The shipped services, and those of an operator's own file (``redact.help_lines``).

    Raises:
        UsageError: the operator's file is missing or wrong.
    """
    files = [help_line_file.read(help_line_file.SHIPPED)]
    if own is not None:
        files.append(help_line_file.read(Path(own)))
    return HelpLines(files)
