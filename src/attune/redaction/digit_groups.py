"""Identifiers made of digits alone: told by their check digits, else by how they are grouped, else by their length."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from attune.redaction import national_ids
from attune.redaction import validators as check
from attune.redaction.expressions import CHECKED, CUED, FORM, LOOSE
from attune.redaction.types import Span

_GROUP = re.compile(r"\d+")
_NUMBER = re.compile(r"(?<![\w.+$€£-])(?<!0,)\d(?:[ .–-]?\d){7,30}(?![\w%]|[.–-]\d)")
# What is believed between other numbers, too; the rest must be all that stands there.
_ANYWHERE = frozenset({"CREDIT_CARD", "US_SSN"})
_FEWEST_ACCOUNT, _MOST_ACCOUNT = 9, 26

#: Sizes of the groups -> checks that make a number of this form an identity number.
_NATIONAL: dict[tuple[int, ...], tuple[Callable[[str], bool], ...]] = {
    (9,): (check.canadian_sin,),
    (3, 3, 3): (check.canadian_sin, national_ids.australian_tfn),
    (10,): (check.nhs_number,),
    (11,): (check.german_tax_id, check.brazilian_cpf, national_ids.polish_pesel),
    (2, 3, 3, 3): (check.german_tax_id,),
    (3, 3, 3, 2): (check.brazilian_cpf,),
    (12,): (check.aadhaar,),
    (4, 4, 4): (check.aadhaar,),
    (13,): (national_ids.romanian_cnp,),
    (15,): (check.french_insee,),
    (1, 2, 2, 2, 3, 3, 2): (check.french_insee,),
    (3, 4, 4, 2): (national_ids.swiss_ahv,),
    (6, 4): (national_ids.swedish_personnummer,),
    (8, 4): (national_ids.swedish_personnummer,),
    (6, 7): (national_ids.korean_rrn,),
}

# One number in ten or eleven passes such a check by chance: a label beside it says better what it is.
_WEAKLY_CHECKED = frozenset({(9,), (3, 3, 3), (11,), (12,), (4, 4, 4)})


def find(text: str, first: int, last: int) -> Iterator[Span]:
    """Cards, identity and account numbers among the digits of ``text`` from ``first`` to ``last``."""
    for match in _NUMBER.finditer(text, first, last):
        groups = [group.span() for group in _GROUP.finditer(text, *match.span())]
        yield from _kinds(text, groups)


def _kinds(text: str, groups: list[tuple[int, int]]) -> Iterator[Span]:
    """The widest runs of groups that are something: a card may stand between other numbers ("4111 … 1111 12")."""
    taken = 0
    for size in range(len(groups), 0, -1):
        for at in range(len(groups) - size + 1):
            start, end = groups[at][0], groups[at + size - 1][1]
            if start < taken:
                continue
            found = _kind(text[start:end], tuple(high - low for low, high in groups[at : at + size]))
            if found and (size == len(groups) or found[0] in _ANYWHERE):
                yield Span(start, end, found[0], "pattern", found[1])
                taken = end


def _kind(number: str, sizes: tuple[int, ...]) -> tuple[str, int] | None:
    digits = sum(sizes)
    if digits >= 12 and (len(sizes) == 1 or (min(sizes) > 2 and _evenly(number))) and check.luhn(number):
        return "CREDIT_CARD", CHECKED
    if sizes == (3, 2, 4) and _evenly(number):
        return "US_SSN", CUED - 1  # a label beside it says better what it is
    if any(fits(number) for fits in _NATIONAL.get(sizes, ())):
        if sizes == (10,):  # oftener a telephone
            return "NATIONAL_ID", LOOSE - 4
        return "NATIONAL_ID", CUED - 1 if sizes in _WEAKLY_CHECKED else CHECKED - 5
    if len(sizes) > 1 and all(year.startswith(("19", "20")) for year in _GROUP.findall(number)):
        return None
    if sizes == (4, 4, 4, 4):
        return "CREDIT_CARD", FORM
    if len(sizes) == 1:
        return ("ACCOUNT_NUMBER", LOOSE - 5) if _FEWEST_ACCOUNT <= digits <= _MOST_ACCOUNT else None
    return ("ACCOUNT_NUMBER", LOOSE - 5) if len(sizes) > 2 and min(sizes) >= 4 else None


def _evenly(number: str) -> bool:
    """Whether the same mark stands between all groups: "4111-1111-1111-1111 312" are two numbers."""
    return len(set(_GROUP.sub("", number))) == 1
