"""Workplaces and schools by cue, for generalization: "my boss at Harlow Systems" becomes "my boss at [WORKPLACE]"."""

from __future__ import annotations

import re
from collections.abc import Iterator

from attune.data.redact.types import Span

_CAPITALIZED = r"[A-ZÄÖÜ][\w&'’.-]*(?<![.'’])"
_NAME = rf"{_CAPITALIZED}(?:\s(?:(?:of|and|&|de|the|for)\s)?{_CAPITALIZED}){{0,4}}"
_SUFFIX = r"(?:Inc|LLC|Ltd|GmbH|Corp|Corporation|Co|Group|PLC|AG|S\.A|S\.L|Holdings|Partners|Associates|Industries|Systems|Solutions|Consulting|Logistics|Bank|Hospital|Clinic|Labs|Technologies|Software|Studios|Media|Motors|Foods|Pharmacy|Bakery|Restaurant|Salon|Agency|Insurance)"
_WORKPLACES = (
    re.compile(rf"\b(?i:work(?:s|ed|ing)?|job|employed|intern(?:ed|ing|ship)?|hired|career|position|shift|shifts|boss|manager|office|colleagues?|coworkers?|team|arbeite|arbeitet|trabajo|trabaja)\s+(?i:at|for|by|with|bei|en|over at)\s+(?i:the\s+)?({_NAME})"),
    re.compile(rf"\b(?i:laid off (?:from|by)|fired (?:from|by)|quit(?: my job at)?|interview(?:ed|ing)? (?:at|with)|offer from|promoted at|joined)\s+(?i:the\s+)?({_NAME})"),
    re.compile(rf"\b({_CAPITALIZED}(?:[,]?\s(?:&\s|and\s|-\s)?{_CAPITALIZED}){{0,3}},?\s{_SUFFIX})\b\.?"),
    re.compile(rf"\b({_CAPITALIZED}(?:-{_CAPITALIZED}|,\s{_CAPITALIZED}\sand\s{_CAPITALIZED}))(?=\s(?i:as|is|where|and my|laid|fired|hired))"),
)  # fmt: skip
_SCHOOL_KIND = r"(?:High School|Middle School|Elementary(?: School)?|Primary School|Secondary School|Grammar School|Academy|University|College|Institute of Technology|School|Preschool|Kindergarten|Gymnasium|Grundschule|Universität|Instituto|Colegio|Universidad)"
_SCHOOLS = (
    re.compile(rf"\b((?:(?!At\b|In\b|My\b|The\b|Our\b|His\b|Her\b|After\b|Before\b|Since\b|When\b|If\b){_CAPITALIZED}\s(?:of\s)?){{1,4}}{_SCHOOL_KIND}(?:\s(?:of|at|in|for)\s{_NAME})?)"),
    re.compile(rf"\b((?:University|College|Universität|Universidad|Colegio|Instituto|School|Academy)\s(?:of|de|at|for)\s(?:the\s)?{_NAME})"),
    re.compile(r"\b((?i:(?:[a-z'.-]+\s){0,2}?(?!(?:my|the|a|in|at|high|middle|our|his|her|to|of|from|and|was|since|after|local|public|private|another|new|old|first|second|law|med|medical|art|grad|graduate|community|boarding|elementary|primary|nursing|business|online|state|their|your|this|that|big|small|good|great|different|same|whole|every|is|for|with|i|we|me|during|before|started|finished|hate|love|left|went|going|go|attend|attending)\s)[a-z'.-]+\s(?:high school|middle school|elementary school|university|community college)))(?=\b)(?<=\b)"),
)  # fmt: skip
_NO_WORKPLACE = re.compile(r"(?:I|I'm|Home|Night|Christmas|God|Monday|Tuesday|Wednesday|Thursday|Friday|Saturday|Sunday)\b")
_WORK_CUE = re.compile(r"work|job|employ|intern|hire|boss|manag|office|colleague|cowork|team|shift|laid|fired|quit|offer|promoted|joined|position|career|arbeite|trabaj| Inc| LLC| Ltd|GmbH|Group|Partners|Systems|Bank|Hospital|Clinic|Studio|Labs|Solutions|Consulting|Logistics|Media|-[A-Z]| and [A-Z]")  # fmt: skip
_SCHOOL_CUE = re.compile(
    r"School|Universi|College|Academy|Elementary|Institut|Colegio|Kindergarten|Preschool|Gymnasium|Grundschule"
)


def find(text: str) -> Iterator[Span]:
    """Workplaces and schools in ``text``, capitalized ones only: lower case is left to the model."""
    if _WORK_CUE.search(text):
        for expression in _WORKPLACES:
            for match in expression.finditer(text):
                if not _NO_WORKPLACE.match(match.group(1)):
                    yield Span(*match.span(1), "ORGANIZATION", "cue", 45)
    if _SCHOOL_CUE.search(text):
        for expression in _SCHOOLS[:2]:
            for match in expression.finditer(text):
                yield Span(*match.span(1), "SCHOOL", "cue", 46)
