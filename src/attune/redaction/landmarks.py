# ruff: noqa: E501, SIM905 - expressions and word lists stay on the line where they can be read as one
"""Places and firms by the shape of their names: "St Mary's", "Lake Merritt", "the Red Lion", "Procter & Gamble"."""

from __future__ import annotations

import re
from collections.abc import Iterator
from collections.abc import Set as AbstractSet

from attune.redaction.lexicon import base_of
from attune.redaction.lexicon import lexicon as shipped_lexicon
from attune.redaction.organization_words import BRANDS, COMPANY_HEADS, PLACES, SCHOOLS
from attune.redaction.places import towns
from attune.redaction.types import Source, Span

_UNIVERSITIES = frozenset(
    "UCLA MIT NYU USC UCSD UCSB UCSF LSE UCL BYU LSU ASU UNC SMU TCU FSU CUNY SUNY RMIT UNSW Caltech".split()
)
_LOWER_UNIVERSITIES = frozenset(map(str.lower, _UNIVERSITIES))
_UNIVERSITY = re.compile(rf"\b(?:{'|'.join(sorted(_UNIVERSITIES))})\b")
_FAMOUS = re.compile(
    r"\b(?:at|to|from|into|attend(?:s|ed|ing)?|(?:left|quit|finished|hates?|loves?)) (Harvard|Yale|Stanford|Dartmouth)\b(?! [A-Z])(?![’'])"
)
_FAMOUS_WORDS = frozenset("harvard yale stanford dartmouth".split())
_SAINTS = frozenset({"st", "saint"})
_PREFIXES = frozenset({"lake", "mount", "mt", "camp", "fort"})
_PUB = re.compile(r"\b[Tt]he ((?:Red|White|Black|Golden|Blue|Green|King['’]?s?|Queen['’]?s?|Royal|Old|Rose|Fox|Dog|Hare|Coach|Railway|Kings|Queens|Crown|Plough|Prince|Duke)(?: (?:and|&|of))?(?: [A-Z][\w'’]+)? (?:Lion|Horse|Horses|Swan|Bear|Arms|Head|Hart|Anchor|Fox|Bull|Dog|Hounds|Oak|Bell|Star|Dragon|Stag|Boar|Eagle|Ship|Crown|Plough|Wales|York|Inn|Tavern))\b")  # fmt: skip
_PUB_WORDS = frozenset(
    "lion horse horses swan bear arms head hart anchor fox bull dog hounds oak bell star dragon stag boar eagle ship crown plough wales york inn tavern".split()
)
#: Every word that this module asks for.
WORDS = _LOWER_UNIVERSITIES | _FAMOUS_WORDS | _SAINTS | _PREFIXES | _PUB_WORDS
_SAINT = re.compile(
    r"(?<![\w'’.])(?<!\d(?:st|nd|rd|th) )(?:S[Tt]\.?|[Ss]aint|st\.?) ([A-Z][a-z]+|[a-z]{3,})(['’]?s)?\b(?!\w)(?! (?:wort|day)\b)(?!['’]?s? (?:[Ww]ort|[Dd]ay|[Dd]isease|[Ee]lmo)\b)"
)
_PREFIXED = re.compile(r"(?<![\w'’])(?:Lake|Mount|Mt\.?|Camp|Fort) [A-Z][a-z]{2,}\b")
_NUMBERED_STREET = re.compile(r"(?:\d\w*|[A-Z]\w+)\s\Z")
_AMPERSAND = re.compile(
    r"(?<![\w&'’])([A-Z][\w'’.-]*(?:,? [A-Z][\w'’.-]*){0,2}) (?:&|\+) ([A-Z][\w'’-]*)((?: [A-Z][\w'’-]*){0,2})"
)


def find(text: str, words: AbstractSet[str]) -> Iterator[Span]:
    """Such names in ``text``, whose words in lower case are ``words``."""
    if not words.isdisjoint(_LOWER_UNIVERSITIES):
        for match in _UNIVERSITY.finditer(text):
            yield Span(*match.span(), "SCHOOL", Source.SCHOOL)
    if not words.isdisjoint(_FAMOUS_WORDS):
        for match in _FAMOUS.finditer(text):
            yield Span(*match.span(1), "SCHOOL", Source.SCHOOL)
    if not words.isdisjoint(_SAINTS):
        yield from _saints(text)
    if not words.isdisjoint(_PREFIXES):
        for match in _PREFIXED.finditer(text):
            yield Span(*match.span(), "PLACE", Source.ORGANIZATION_NAME)
    if not words.isdisjoint(_PUB_WORDS):
        for match in _PUB.finditer(text):
            yield Span(*match.span(1), "PLACE", Source.ORGANIZATION_NAME)
    if " & " in text or " + " in text:
        yield from _with_ampersand(text)


def _saints(text: str) -> Iterator[Span]:
    lists = shipped_lexicon()
    for match in _SAINT.finditer(text):
        name = base_of(match.group(1))
        if not (name in lists.first or match.group(1)[0].isupper()) or _NUMBERED_STREET.search(
            text, max(0, match.start() - 20), match.start()
        ):
            continue
        if match.group(1)[0].islower() and not (match.group(2) or name in lists.first):
            continue
        if towns().kinds.get(f"st {name}") and not match.group(2):
            continue
        yield Span(*match.span(), "PLACE", Source.ORGANIZATION_NAME)


def _with_ampersand(text: str) -> Iterator[Span]:
    """Firms that an ampersand names: "Procter & Gamble", "Quill & Thistle Books"."""
    lists = shipped_lexicon()
    for match in _AMPERSAND.finditer(text):
        left, right = base_of(match.group(1).split()[-1]), base_of(match.group(2))
        people = right in lists.first or left in lists.first or left in ("mr", "mrs", "ms", "dr", "mom", "dad", "mum")
        if people and base_of((match.group(3).split() or [""])[-1]) not in COMPANY_HEADS | PLACES | SCHOOLS:
            continue
        everyday = [lists.tiers.get(base, 9) <= 5 and not lists.is_name(base) for base in (left, right)]
        if all(everyday) or " ".join(match.group().lower().split()) in BRANDS:
            continue
        yield Span(*match.span(), "ORGANIZATION", Source.ORGANIZATION_NAME)
