# ruff: noqa: E501, SIM905 - expressions and word lists stay on the line where they can be read as one
"""Workplaces and schools by cue, for generalization: "my boss at Harlow Systems" becomes "my boss at [WORKPLACE]"."""

from __future__ import annotations

import re
from collections.abc import Iterator
from collections.abc import Set as AbstractSet

from attune.data.redact.types import Span

_CAPITALIZED = r"[A-ZÄÖÜ][\w&'’.-]*(?<![.'’])"
_NAME = rf"{_CAPITALIZED}(?:\s(?:(?:of|and|&|de|the|for)\s)?{_CAPITALIZED}){{0,4}}"
_SUFFIX = r"(?:Inc|LLC|Ltd|GmbH|Corp|Corporation|Co|Group|PLC|AG|S\.A|S\.L|Holdings|Partners|Associates|Industries|Systems|Solutions|Consulting|Logistics|Bank|Hospital|Clinic|Labs|Technologies|Software|Studios|Media|Motors|Foods|Pharmacy|Bakery|Restaurant|Salon|Agency|Insurance)"
_WORKPLACES = (
    re.compile(rf"\b(?i:work(?:s|ed|ing)?|job|employed|intern(?:ed|ing|ship)?|hired|career|position|shift|shifts|boss|manager|office|colleagues?|coworkers?|team|arbeite|arbeitet|trabajo|trabaja)\s+(?i:at|for|by|with|bei|en|over at)\s+(?i:the\s+)?({_NAME})"),
    re.compile(rf"\b(?i:laid off (?:from|by)|fired (?:from|by)|quit(?: my job at)?|interview(?:ed|ing)? (?:at|with)|offer from|promoted at|joined)\s+(?i:the\s+)?({_NAME})"),
    re.compile(rf"\b({_CAPITALIZED}(?:[,]?\s(?:&\s|and\s|-\s)?{_CAPITALIZED}){{0,3}},?\s{_SUFFIX})\b\.?"),
)  # fmt: skip
_SCHOOL_KIND = r"(?:High School|Middle School|Elementary(?: School)?|Primary School|Secondary School|Grammar School|Academy|University|College|Institute of Technology|School|Preschool|Kindergarten|Gymnasium|Grundschule|Universität|Instituto|Colegio|Universidad)"
_SCHOOLS = (
    re.compile(rf"\b((?:(?!At\b|In\b|My\b|The\b|Our\b|His\b|Her\b|After\b|Before\b|Since\b|When\b|If\b){_CAPITALIZED}\s(?:of\s)?){{1,4}}{_SCHOOL_KIND}(?:\s(?:of|at|in|for)\s{_NAME})?)"),
    re.compile(rf"\b((?:University|College|Universität|Universidad|Colegio|Instituto|School|Academy)\s(?:of|de|at|for)\s(?:the\s)?{_NAME})"),
)  # fmt: skip
_NO_WORKPLACE = re.compile(r"(?:I|I'm|Home|Night|Christmas|God|Monday|Tuesday|Wednesday|Thursday|Friday|Saturday|Sunday)\b")
_WORK_WORDS = frozenset(
    """work works worked working job employed intern interned interning internship hired career position shift shifts boss manager office
    colleague colleagues coworker coworkers team arbeite arbeitet trabajo trabaja laid fired quit interview interviewed interviewing offer
    promoted joined inc llc ltd gmbh corp corporation group holdings partners associates industries systems solutions consulting logistics
    bank hospital clinic labs technologies software studios media motors foods pharmacy bakery restaurant salon agency insurance""".split()
)
_SCHOOL_WORDS = frozenset(
    """school elementary academy university college institute preschool kindergarten gymnasium grundschule universität instituto colegio
    universidad""".split()
)


def find(text: str, words: AbstractSet[str]) -> Iterator[Span]:
    """Workplaces and schools in ``text``, capitalized ones only: lower case is left to the model."""
    if not words.isdisjoint(_WORK_WORDS):
        for expression in _WORKPLACES:
            for match in expression.finditer(text):
                if not _NO_WORKPLACE.match(match.group(1)):
                    yield Span(*match.span(1), "ORGANIZATION", "cue", 45)
    if not words.isdisjoint(_SCHOOL_WORDS):
        for expression in _SCHOOLS:
            for match in expression.finditer(text):
                yield Span(*match.span(1), "SCHOOL", "cue", 46)
