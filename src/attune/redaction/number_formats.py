"""Numbers told by their format and check digits: cards, national identifiers, accounts, IBANs."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from stdnum.au import tfn
from stdnum.br import cpf
from stdnum.ca import sin
from stdnum.ch import ssn as ahv
from stdnum.de import idnr
from stdnum.fr import nir
from stdnum.gb import nhs
from stdnum.in_ import aadhaar
from stdnum.pl import pesel
from stdnum.ro import cnp
from stdnum.za import idnr as south_african_id

from attune.redaction import validators as check
from attune.redaction.types import Source, Span

# International bank account numbers: country, check digits, and the characters that follow.
_START = re.compile(r"(?<![^\W_])([a-z]{2})\d{2}(?=[ .-]?[a-z0-9]{2})", re.I)
_REST = re.compile(r"[ .-]?([a-z0-9])", re.I)
_SHORTEST, _LONGEST = 15, 34
_FEWEST_DIGITS = 8

_GROUP = re.compile(r"\d+")
_NUMBER = re.compile(r"(?<![\w.+$€£-])(?<!0,)\d(?:[ .–-]?\d){7,30}(?![\w%]|[.–-]\d)")
# Types that are accepted between other numbers too; others must be the whole run of digits.
_ANYWHERE = frozenset({"CREDIT_CARD", "US_SSN"})
_PHONE_DIGITS = range(10, 14)
_FEWEST_ACCOUNT, _MOST_ACCOUNT = 9, 26

#: Sizes of the groups -> checks that make a number of this form an identity number.
_NATIONAL: dict[tuple[int, ...], tuple[Callable[[str], bool], ...]] = {
    (9,): (sin.is_valid,),
    (3, 3, 3): (sin.is_valid, tfn.is_valid),
    (10,): (nhs.is_valid,),
    (11,): (idnr.is_valid, cpf.is_valid, pesel.is_valid),
    (2, 3, 3, 3): (idnr.is_valid,),
    (3, 3, 3, 2): (cpf.is_valid,),
    (12,): (aadhaar.is_valid,),
    (4, 4, 4): (aadhaar.is_valid,),
    (13,): (cnp.is_valid, south_african_id.is_valid),
    (15,): (nir.is_valid,),
    (1, 2, 2, 2, 3, 3, 2): (nir.is_valid,),
    (3, 4, 4, 2): (ahv.is_valid,),
    (6, 4): (check.swedish_personnummer,),
    (8, 4): (check.swedish_personnummer,),
    (6, 7): (check.korean_rrn,),
}

# Formats whose check 1 number in 10 or 11 passes by chance.
_WEAKLY_CHECKED = frozenset({(9,), (3, 3, 3), (11,), (12,), (4, 4, 4)})


def find_digit_groups(text: str, first: int, last: int) -> Iterator[Span]:
    """Cards, identity and account numbers among the digits of ``text`` from ``first`` to ``last``."""
    for match in _NUMBER.finditer(text, first, last):
        groups = [group.span() for group in _GROUP.finditer(text, *match.span())]
        yield from _widest_runs(text, groups)


def _widest_runs(text: str, groups: list[tuple[int, int]]) -> Iterator[Span]:
    """The widest runs of groups with a type: a card may stand between other numbers ("4111 … 1111 12")."""
    taken = 0
    for size in range(len(groups), 0, -1):
        for at in range(len(groups) - size + 1):
            start, end = groups[at][0], groups[at + size - 1][1]
            if start < taken:
                continue
            found = _classify(text[start:end], tuple(high - low for low, high in groups[at : at + size]))
            if found and (size == len(groups) or found[0] in _ANYWHERE):
                yield Span(start, end, found[0], found[1])
                taken = end


def _classify(number: str, sizes: tuple[int, ...]) -> tuple[str, Source] | None:
    digits = sum(sizes)
    if len(sizes) > 1 and set(sizes) == {4} and all(year.startswith(("19", "20")) for year in _GROUP.findall(number)):
        return None
    if digits >= 12 and (len(sizes) == 1 or (min(sizes) > 2 and _evenly(number))) and check.card_number(number):
        return "CREDIT_CARD", Source.CHECKED
    if sizes == (3, 2, 4) and _evenly(number):
        return "US_SSN", Source.WEAK_CHECK  # a label beside it says better what it is
    if is_national_identifier(number, sizes):
        if sizes == (10,):  # more often a telephone
            return "NATIONAL_ID", Source.TEN_DIGITS
        return "NATIONAL_ID", Source.WEAK_CHECK if sizes in _WEAKLY_CHECKED else Source.NATIONAL_CHECK
    if sizes == (4, 4, 4, 4):
        return "CREDIT_CARD", Source.FORMAT
    if len(sizes) == 1 and digits in _PHONE_DIGITS and check.world_phone(number):
        return "PHONE_NUMBER", Source.BARE_PHONE
    if len(sizes) == 1:
        return ("ACCOUNT_NUMBER", Source.BARE_DIGITS) if _FEWEST_ACCOUNT <= digits <= _MOST_ACCOUNT else None
    round_ = all(group.endswith("00") for group in _GROUP.findall(number))
    return ("ACCOUNT_NUMBER", Source.BARE_DIGITS) if len(sizes) > 2 and min(sizes) >= 4 and not round_ else None


def is_national_identifier(number: str, sizes: tuple[int, ...]) -> bool:
    """Whether digits in groups of ``sizes`` pass the check of a national identifier that is written so."""
    digits = check.digits_of(number)
    return any(fits(digits) for fits in _NATIONAL.get(sizes, ()))


def _evenly(number: str) -> bool:
    """Whether the same separator stands between all groups: "4111-1111-1111-1111 312" are two numbers."""
    return len(set(_GROUP.sub("", number))) == 1


def find_ibans(text: str, first: int, last: int) -> Iterator[Span]:
    """IBANs in ``text`` from ``first`` to ``last``: the check digits say where one ends, else the length of its country."""
    for start in _START.finditer(text, first, last):
        length = check.iban_length(start.group(1).upper())
        if length is None:
            continue
        ends = _ends(text, start.end(), last)
        whole = [size for size in range(min(_LONGEST, len(ends) + 4), _SHORTEST - 1, -1) if _is_end(text, ends[size - 5])]
        checked = next(
            (size for size in sorted(whole, key=lambda size: size != length) if _fits(text, start.start(), ends[size - 5])), 0
        )
        if checked:
            yield Span(start.start(), ends[checked - 5], "IBAN_CODE", Source.CHECKED)
        elif length in whole and len(check.digits_of(text[start.start() : ends[length - 5]])) >= _FEWEST_DIGITS:
            yield Span(start.start(), ends[length - 5], "IBAN_CODE", Source.FORMAT)


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
    return check.iban_checksum(re.sub(r"[ .-]", "", text[start:end]))
