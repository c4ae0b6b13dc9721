# ruff: noqa: E501, SIM905 - expressions and word lists stay on the line where they can be read as one
"""Streets that no word for a street tells: by the words before them ("i live at przykopa 105") or the town behind them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from collections.abc import Set as AbstractSet

from attune.redaction.address_parts import NO_STREET
from attune.redaction.patterns import digit_windows

_CAP = r"(?-i:[A-ZÀ-ÞŁŚŻŹČŠŽŘĐ])[\w'’.-]{0,30}"
_CUE = (
    r"(?:(?:live[sd]?|living|stay(?:s|ed|ing)?|resid(?:e|es|ed|ing)|located|based|house|home|flat|apartment|place|office|born|grew\sup|raised|rent(?:s|ed|ing)?|crash(?:ed|ing)?|sleep(?:s|ing)?)\s(?:is\s)?at"
    r"|(?:my|his|her|our|their|the|your)\s(?:\w+\s)?address(?:\sis|\swas|['’]s|:)|(?:moved?|moving|ship(?:ped)?|sen[dt]|mail(?:ed)?|post(?:ed)?|deliver(?:ed)?|drive|drove|come|forward(?:ed)?)\s(?:it\s|them\s|him\s|her\s|me\s|that\s|this\s|over\s|the\s\w+\s)?(?:back\s)?to"
    r"|(?:find|meet|visit|reach|pick)\s(?:me|him|her|us|them)(?:\sup)?\sat|i['’]?m\sat|we['’]?re\sat|(?:he|she)['’]?s\sat|wohn(?:e|t|en)(?:\sjetzt)?(?:\s(?:in|an|auf|hinter|unter|vor)(?:\s(?:der|den|dem))?)?|vivo\sen|vive\sen|abito\sin|moro\s(?:na|no|em)|habite(?:\sau)?|bor\s(?:på|i)|woon(?:t)?\s(?:op|in|aan)|mieszka(?:m)?\s(?:na|przy)|bydlím|lakom|asun)"
)
_NAMED = re.compile(
    rf"\b{_CUE}\s(?:the\s)?(?P<street>(?:{_CAP}\s|[^\W\d_][\w'’.-]{{0,30}}\s){{1,4}}?)(?P<number>\d{{1,4}})\s?(?:[a-z](?!\w))?(?:[/-]\d{{1,4}})?(?![\w%]|[.:]\d|['’]s|\s?(?:am|pm|%|[€$£]))",
    re.I,
)
_NUMBERED = re.compile(
    rf"\b{_CUE}\s(?P<number>\d{{1,5}})[a-z]?(?:[/-]\d{{1,4}})?,?\s(?P<street>{_CAP}(?:\s{_CAP}){{0,3}}|[^\W\d_][\w'’-]{{3,}})(?![\w%])",
    re.I,
)
_WORDS = frozenset(
    """live lives lived living stay stays stayed staying reside resides resided residing located based born raised rent rents rented renting
    address move moved moving ship shipped send sent mail mailed deliver delivered visit reach wohne wohnt wohnen vivo vive abito moro
    habite bor woon woont mieszka mieszkam bydlím lakom asun""".split()
)
_AT = re.compile(r"(?:m|re|s|house|home|flat|apartment|place|office|me|him|her|us|up) at \w", re.I)
_NEXT = re.compile(r"\s*([^\W\d_]+)")
_LETTERS = re.compile(r"[^\W\d_]+")
_NO_NAMES = NO_STREET | frozenset(
    """chapter page step part level season episode day night week age about around least most nearly almost approximately exactly gate
    room work school college university hospital court church mass yoga therapy group aa na meeting stage phase grade number no nr section
    platform exit terminal""".split()
)
# A street by its name and number alone, where a postal code and a town follow: "Lidická 1288, 602 00 Brno".
_EUROPEAN = re.compile(
    rf"(?<![\w.])(?!(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec|Mai|Okt|Dez)[a-zä]*\s)(?:{_CAP}\s){{1,4}}\d{{1,4}}\s?(?:[A-Za-z](?!\w))?(?:/\d{{1,4}}[A-Za-z]?)?(?:\s*,\s*|[^\S\n]*\n\s*)"
    rf"(?:[A-Z]{{1,3}}-)?(?:(?!(?:19|20)\d\d\b)\d{{4,6}}|\d{{3}}\s\d{{2}}|\d{{2}}-\d{{3}})\s{_CAP}(?:[ -]{_CAP})?"
)
_CODE_AND_TOWN = re.compile(r"\d[\d -]{2,6}\s[A-ZÀ-ÞŁŚŻŹČŠŽŘĐ]")
# Of German, before the name: "an den eichen 5". In English they stand before no street.
_PREPOSITIONS = frozenset("den der dem am im auf zum zur".split())
_REACH = 80  # characters on each side of a number that are looked at
_YEARS = range(1900, 2036)


def find(text: str, words: AbstractSet[str]) -> Iterator[tuple[int, int]]:
    """Streets with the number of a house, told by what stands before or behind them."""
    if not words.isdisjoint(_WORDS) or (" at " in text and _AT.search(text)):
        for first, last in digit_windows(text, _REACH, _REACH):
            for match in _NAMED.finditer(text, first, last):
                if _is_street(text, match, number_first=False):
                    yield match.start("street"), match.end()
            for match in _NUMBERED.finditer(text, first, last):
                if _is_street(text, match, number_first=True):
                    yield match.start("number"), match.end()
    if _CODE_AND_TOWN.search(text):
        yield from (match.span() for match in _EUROPEAN.finditer(text))


def _is_street(text: str, match: re.Match[str], *, number_first: bool) -> bool:
    from attune.redaction.lexicon import base_of, lexicon

    names = _LETTERS.findall(match.group("street"))
    if not names or any(base_of(name) in _NO_NAMES - _PREPOSITIONS for name in names) or base_of(names[-1]) in _NO_NAMES:
        return False
    if not number_first:
        following = _NEXT.match(text, match.end())
        if (following and following.group(1).lower() in NO_STREET - {"in", "with", "and", "but", "for", "at", "on"}) or int(
            match.group("number")
        ) in _YEARS:
            return False
    lists = lexicon()
    strange = [
        name
        for name in names
        if len(name) > 2 and lists.tiers.get(base_of(name), 9) > 6 and base_of(name) not in lists.not_names
    ]
    capital = [name for name in names if name[0].isupper() and len(name) > 2 and base_of(name) not in lists.not_names]
    return bool(strange) or bool(capital)
