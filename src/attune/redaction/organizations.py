# ruff: noqa: E501, SIM905 - expressions and word lists stay on the line where they can be read as one
"""Workplaces and schools by cue, for generalization: "my boss at Harlow Systems" becomes "my boss at [WORKPLACE]"."""

from __future__ import annotations

import re
from collections.abc import Iterator
from collections.abc import Set as AbstractSet

from attune.redaction.cued_search import CuedExpression
from attune.redaction.lexicon import base_of
from attune.redaction.lexicon import lexicon as shipped_lexicon
from attune.redaction.types import Source, Span

_CAPITALIZED = r"[A-ZÄÖÜ][\w&'’.-]*(?<![.'’])"
_NAME = rf"{_CAPITALIZED}(?:\s(?:(?:of|and|&|de|the|for)\s)?{_CAPITALIZED}){{0,4}}"
_SUFFIX = r"(?:Inc|LLC|Ltd|GmbH|Corp|Corporation|Co|Group|PLC|AG|S\.A|S\.L|Holdings|Partners|Associates|Industries|Systems|Solutions|Consulting|Logistics|Bank|Hospital|Clinic|Labs|Technologies|Software|Studios|Media|Motors|Foods|Pharmacy|Bakery|Restaurant|Salon|Agency|Insurance)"
_WORKPLACES: tuple[CuedExpression | re.Pattern[str], ...] = (
    CuedExpression("work job employed intern hired career position shift boss manager office colleague coworker team arbeite trabaj", rf"\b(?i:work(?:s|ed|ing)?|job|employed|intern(?:ed|ing|ship)?|hired|career|position|shift|shifts|boss|manager|office|colleagues?|coworkers?|team|arbeite|arbeitet|trabajo|trabaja)\s+(?i:at|for|by|with|bei|en|over at)\s+(?i:the\s+)?({_NAME})"),
    CuedExpression("laid fired quit interview offer promoted joined", rf"\b(?i:laid off (?:from|by)|fired (?:from|by)|quit(?: my job at)?|interview(?:ed|ing)? (?:at|with)|offer from|promoted at|joined)\s+(?i:the\s+)?({_NAME})"),
    re.compile(rf"\b({_CAPITALIZED}(?:[,]?\s(?:&\s|and\s|-\s)?{_CAPITALIZED}){{0,3}},?\s{_SUFFIX})\b\.?"),
)  # fmt: skip
_SCHOOL_KIND = r"(?:High School|Middle School|Elementary(?: School)?|Primary School|Secondary School|Grammar School|Academy|University|College|Institute of Technology|School|Preschool|Kindergarten|Gymnasium|Grundschule|Universität|Instituto|Colegio|Universidad)"
_SCHOOLS = (
    re.compile(rf"\b((?:(?!At\b|In\b|My\b|The\b|Our\b|His\b|Her\b|After\b|Before\b|Since\b|When\b|If\b){_CAPITALIZED}\s(?:of\s)?){{1,4}}{_SCHOOL_KIND}(?:\s(?:of|at|in|for)\s{_NAME})?)"),
    re.compile(rf"\b((?:University|College|Universität|Universidad|Colegio|Instituto|School|Academy)\s(?:of|de|at|for)\s(?:the\s)?{_NAME})"),
)  # fmt: skip
_NO_WORKPLACE = re.compile(r"(?:I|I'm|Home|Night|Christmas|God|Monday|Tuesday|Wednesday|Thursday|Friday|Saturday|Sunday)\b")
_WORD = re.compile(r"[^\s,;]*[^\s,;.]")
_RARE = 6
#: For each of ``_WORKPLACES`` the words one of which a text must hold.
_WORK_CUES = (
    frozenset(
        """work works worked working job employed intern interned interning internship hired career position shift shifts boss manager office
        colleague colleagues coworker coworkers team arbeite arbeitet trabajo trabaja""".split()
    ),
    frozenset("laid fired quit interview interviewed interviewing offer promoted joined".split()),
    frozenset(
        """inc llc ltd gmbh corp corporation co group plc ag s holdings partners associates industries systems solutions consulting logistics
        bank hospital clinic labs technologies software studios media motors foods pharmacy bakery restaurant salon agency insurance""".split()
    ),
)
_WORK_CUES = (*_WORK_CUES[:2], _WORK_CUES[2] | {f"{word}'s" for word in _WORK_CUES[2]})
_LOWER_WORDS = frozenset(
    """work works worked workin working job employed intern interns interned interning internship hired shift shifts manager nurse cashier
    interview interviews interviewed interviewing fired laid""".split()
)
_SCHOOL_WORDS = frozenset(
    """school elementary academy university college institute preschool kindergarten gymnasium grundschule universität instituto colegio
    universidad""".split()
)


#: Every cue word of this module.
WORDS = _LOWER_WORDS | _SCHOOL_WORDS | frozenset().union(*_WORK_CUES)

# In lower case: what follows "works at" up to a word that begins something else.
_LOWER_WORKPLACE = CuedExpression(
    "work job employed intern hired shift manager nurse cashier interview fired laid",
    r"\b(?i:work(?:s|ed|in|ing)?|job|employed|intern(?:s|ed|ing|ship)?|hired|shifts?|manager|nurse|cashier|interview(?:s|ed|ing)?|fired|laid off)\s+"
    r"(?:(?:nights?|days|mornings|evenings|weekends|part[ -]?time|full[ -]?time|overtime|over|there|late|doubles|again|now|as an? \w+)\s+){0,2}(at|for|by|from|with)\s+(the\s)?([a-z][\w&'’-]*(?:\.\w+)*(?:\s[a-z&][\w&'’-]*(?:\.\w+)*){0,3})",
)
_ORGANIZATION_WORDS = frozenset(
    """hospital clinic bank group inc llc ltd gmbh corp corporation co plc holdings partners associates industries systems solutions consulting logistics labs technologies tech
    software studios media motors foods pharmacy bakery restaurant salon agency insurance steel general memorial medical health healthcare airlines electric energy oil university
    college school academy church foundation institute brothers bros services service security construction market supermarket hotel inn dental law legal realty properties capital
    financial pharmaceuticals pharma telecom networks records pictures county club gym depot mart cafe diner grill pizza logistics trucking freight plumbing auto motor works""".split()
)
_GENERIC = frozenset(
    """home work night nights day days noon midnight times time all least most first last once heart school church college uni university court camp sea lunch dawn dusk
    christmas hospital hospitals schools restaurants stores being doing making getting it them him her me us you myself himself herself themselves this that these those my his our their your a an
    the what which where who anything everything something nothing someone somebody anyone people free money cash less more minimum pay peace love family friends god good
    better years months weeks hours ages ever another other others two three four both each every some any no so long now weed drugs food fun kids children clients""".split()
)
_STOPS = frozenset(
    """and but or so as in on at with until till every since because cuz bc while when where who which that than then now full part nights night days for to from by of i i'm im he she
    we they you it is was are were has have had if though although after before during this last next all also too just only again already still n & w he's she's downtown here there
    my his her our their your the a an right near over about like doing making again anymore lol tho today tonight tomorrow yesterday""".split()
)


def _lower_workplaces(text: str) -> Iterator[Span]:
    """A workplace in lower case, after "at" any name, elsewhere one that ends like an organization's."""
    lexicon = shipped_lexicon()
    for match in _LOWER_WORKPLACE.finditer(text):
        words: list[tuple[str, int]] = []
        for word in _WORD.finditer(text, match.start(3), match.end(3)):
            base = base_of(word.group())
            if base in _STOPS and not (base in ("of", "&", "and") and words):
                break
            words.append((base, word.end()))
            if text[word.end() : word.end() + 1] in ".,;":
                break
        while words and words[-1][0] in _STOPS:
            words.pop()
        if not words or words[0][0] in _GENERIC or words[0][0].endswith("ing"):
            continue
        bases = [base for base, _ in words]
        if len(bases) == 1 and lexicon.is_name(bases[0]) and match.group(1) != "at":  # "works for patel"
            continue
        known = any(base in lexicon.proper or lexicon.is_name(base) or lexicon.tiers.get(base, 9) >= _RARE for base in bases)
        ends = len(bases) > 1 and bases[-1] in _ORGANIZATION_WORDS
        bare = match.group(1) == "at" and match.group(2) is None and match.group().lower().startswith("work")
        if ends or (match.group(2) is None and known) or (bare and len(bases) == 1 and not bases[0].endswith("s")):
            yield Span(match.start(3), words[-1][1], "ORGANIZATION", Source.WORKPLACE_LOWER_CASE)


def find(text: str, words: AbstractSet[str]) -> Iterator[Span]:
    """Workplaces and schools in ``text``; in lower case workplaces after "works at", the rest is left to the model."""
    if not words.isdisjoint(_LOWER_WORDS):
        yield from _lower_workplaces(text)
    for expression, cues in zip(_WORKPLACES, _WORK_CUES, strict=True):
        if not words.isdisjoint(cues):
            for match in expression.finditer(text):
                if not _NO_WORKPLACE.match(match.group(1)):
                    yield Span(*match.span(1), "ORGANIZATION", Source.WORKPLACE)
    if not words.isdisjoint(_SCHOOL_WORDS):
        for expression in _SCHOOLS:
            for match in expression.finditer(text):
                yield Span(*match.span(1), "SCHOOL", Source.SCHOOL)
