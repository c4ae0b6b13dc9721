# ruff: noqa: E501, SIM905 - expressions and word lists stay on the line where they can be read as one
"""Organizations by the words beside them: "my boss at Harlow Systems" is a workplace, "a customer of Harlow Systems" an organization.

``organization_names`` finds those that their own words tell ("Harlow & Sons"), whatever stands beside them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from collections.abc import Set as AbstractSet

from attune.redaction import organization_names
from attune.redaction.context_words import TIMES
from attune.redaction.lexicon import base_of
from attune.redaction.lexicon import lexicon as shipped_lexicon
from attune.redaction.organization_words import ACRONYMS, BRANDS, COMPANY_HEADS, GENERIC, PLACES, SCHOOLS
from attune.redaction.places import towns
from attune.redaction.types import Source, Span

_CAPITALIZED = r"(?:[A-ZÄÖÜÉ][\w&'’.-]*|\d[\w-]*[A-Z]\w*)(?<![.'’])"
_NAME = rf"{_CAPITALIZED}(?:\s(?:(?:of|and|&|de|the|for)\s)?{_CAPITALIZED}){{0,4}}"
_JOBS = r"(?i:driver|nurse|teacher|accountant|manager|supervisor|engineer|developer|cashier|clerk|barista|waitress|waiter|server|bartender|receptionist|assistant|analyst|consultant|director|executive|ceo|cfo|cto|president|founder|co-founder|owner|partner|associate|lawyer|attorney|technician|mechanic|janitor|guard|chef|cook|pilot|flight attendant|salesman|saleswoman|agent|rep|representative|programmer|designer|secretary|intern|apprentice|trainee|employees?|staff|workers?|colleagues?|coworkers?|co-workers?|boss|head of \w+|vp|internship|apprenticeship|volunteer)"
_HEADS_OF = r"(?i:ceo|cfo|cto|president|founder|co-founder|director|owner|employees?|staff|head of \w+|vp|chairman)"
_WORKPLACES = (
    re.compile(rf"\b(?i:work(?:s|ed|ing)?|job|employed|intern(?:ed|ing|ship)?|hired|career|position|shift|shifts|team|office|arbeite|arbeitet|trabajo|trabaja)\s+(?i:(?:nights?|days|weekends|part[ -]time|full[ -]time|there|over)\s)?(?i:at|for|by|bei|en|over at)\s+(?i:the\s+)?({_NAME})"),
    re.compile(rf"\b(?:{_JOBS}\s(?i:at|for|over at)|{_HEADS_OF}\s(?i:of|at))\s+(?i:the\s+)?({_NAME})"),
    re.compile(rf"\b(?i:laid off (?:from|by)|fired (?:from|by)|let go (?:from|by)|quit(?: my job at)?|interview(?:ed|ing|s)? (?:at|with|for)|offer from|promoted at|retired from|transferred to|applied (?:to|at|for a job at|for a job with)|hired (?:me )?(?:at|by)|started at|working with|job (?:with|is at|was at|at)|(?:new|old|current|last|dream|first) job\.? (?:is|was|it's|it’s) (?:at|with)|my (?:company|employer|firm|workplace|work|job),|(?:company|firm|business|startup|start-up) (?:called|named))\s+(?i:the\s+)?({_NAME})"),
    re.compile(rf"(?<![\w'’])({_NAME})\s(?i:fired|hired|laid off|let go|promoted|transferred|rejected|employs|pays|underpays)\s(?i:me|him|her|us|them|my (?:husband|wife|dad|mom|mum|son|daughter|brother|sister|partner))\b"),
)  # fmt: skip
#: For each of ``_WORKPLACES`` the words one of which a text must hold.
_JOB_WORDS = frozenset(
    """driver nurse teacher accountant manager supervisor engineer developer cashier clerk barista waitress waiter server bartender receptionist assistant analyst consultant
    director executive ceo cfo cto president founder co owner partner associate lawyer attorney technician mechanic janitor guard chef cook pilot attendant salesman saleswoman
    agent rep representative programmer designer secretary intern apprentice trainee employee employees staff worker workers colleague colleagues coworker coworkers boss head vp chairman
    internship apprenticeship volunteer""".split()
)
_WORK_CUES = (
    frozenset(
        "work works worked working job employed intern interned interning internship hired career position shift shifts team office arbeite arbeitet trabajo trabaja".split()
    ),
    _JOB_WORDS,
    frozenset(
        "laid fired let quit interview interviews interviewed interviewing offer promoted retired transferred applied hired started working job company employer firm workplace work business startup start".split()
    ),
    frozenset("fired hired laid let promoted transferred rejected employs pays underpays".split()),
)
_PAIRS = (
    r"(?:customers?|clients?|members?|subscribers?|patients?|students?|residents?|employees|headquarters|website|address|phone number|number|shares|shareholders?) (?:of|at)"
    r"|(?:shares|stocks?|shareholders?|invest(?:ed|ing|or)?) in|(?:phone |fax )?number for"
    r"|(?:accounts?|contracts?|loans?|mortgage|policy|subscription|membership|appointments?|meetings?|insurance|reservation|deal|partnership|bank(?:s|ed|ing)?|insured|savings) (?:with|at)"
    r"|(?:invoices?|bills?|refunds?|ordered|orders?|bought|letters?|e-?mails?|calls?|loans?|reports?|statement|products?|services?|supplies|packages?)(?: it| this| one| them| something)? from"
    r"|(?:complaints?|lawsuit|case|claim|suit) against|(?:invoices?|payments?|complain(?:ed)?|donat(?:ed?|ions?|ing)|admitted|sent it|enrolled|payable|sold) (?:to|at)"
    r"|volunteer(?:s|ed|ing)? (?:at|for|with|in)|(?:merger|takeover|acquisition) (?:between|with|of|by)|(?:treated|seen|evaluated|admitted|enrolled|shop|shopping|bought it|grounded) at"
    r"|(?:someone|somebody|anyone|people|guys?|lady|man|woman|everyone) (?:from|at)|(?:sponsored|owned|run|acquired|bought out|founded|managed|insured|published|made|built|audited) by|reports? by"
)
_ORGANIZATIONS = (
    re.compile(rf"\b(?i:{_PAIRS})\s+(?i:the\s+)?({_NAME})"),
    re.compile(rf"\b(?i:suing|sue[ds]?|boycott(?:ing|ed)?|our landlord,|my landlord,|my (?:bank|insurer|insurance|gym|church|club|provider|agency|pharmacy|clinic|hospital|school|union|charity|dentist|landlord|store|shop|supermarket|bank is|insurance is|gym is),?|(?:bank|hospital|gym|church|club|store|shop|restaurant|pub|bar|agency|charity|organization|organisation|brand|band) (?:called|named))\s+(?i:the\s+)?({_NAME})"),
    re.compile(rf"(?<![\w'’])({_NAME})(?:['’]s)?\s(?i:is (?:hiring|located|headquartered|closing|bankrupt|owned by|a good company|a great company|a bad company)|announced|has announced|went bankrupt|headquarters|shareholders|employees|stock|shares|customer (?:service|support|care)|(?:office|branch|store|warehouse|factory|plant|location|call center|helpline|hotline)(?= (?:is|was|on|in|at|near|downtown|closed|that|where|manager)))\b"),
    re.compile(rf"\b(?:[Ii]s|[Dd]oes|[Dd]id|[Ww]as)\s({_NAME})\s(?:a good company|a good employer|a good place|hiring|still hiring|open (?:on|today|tomorrow|at|until)|charge|deliver|ship|closed)\b"),
)  # fmt: skip
_ORGANIZATION_CUES = (
    frozenset(
        """customer customers client clients member members subscriber subscribers patient patients student students resident residents shares shareholder shareholders stock stocks account accounts contract
        contracts loan loans mortgage policy insurance invoice invoices bill bills refund refunds order orders ordered bought appointment appointments complaint complaints lawsuit case subscription membership donate
        donated donation volunteer volunteers volunteered volunteering bank banks banked banking insured treated admitted enrolled meeting meetings merger someone somebody anyone people guy guys lady man woman letter
        email mail call number address headquarters website report reports statement survey sponsored owned run acquired founded managed partnership service services product products supplier vendor
        contractor employees reservation deal savings invest invested investing investor supplies package packages letters calls claim suit payment payments complain complained
        donating donations sent payable sold takeover acquisition seen evaluated shop shopping everyone published made built audited fax""".split()
    ),
    frozenset(
        """suing sue sued sues boycott boycotting boycotted landlord bank insurer insurance gym church club provider agency pharmacy clinic hospital school union charity dentist store shop supermarket restaurant pub
        bar organization organisation brand band""".split()
    ),
    frozenset("hiring located headquartered closing bankrupt owned company announced headquarters shareholders employees stock shares customer office branch store warehouse factory plant location call helpline hotline".split()),
    frozenset("company employer place hiring open charge deliver ship closed".split()),
)  # fmt: skip
_LOWER_WORDS = (
    frozenset(
        "work works worked workin working job employed intern interns interned interning internship hired shift shifts interview interviews interviewed interviewing fired laid retired applied transferred".split()
    )
    | _JOB_WORDS
)
_LOWER_ORGANIZATION_WORDS = _ORGANIZATION_CUES[0] | frozenset("suing sue sued landlord".split())
_SUBJECT_WORDS = frozenset(
    "fired hired laid promoted transferred rejected hiring announced company bankrupt headquarters customer office branch store warehouse factory".split()
)

#: Every cue word of this module.
WORDS = _LOWER_WORDS | organization_names.WORDS | frozenset().union(*_WORK_CUES) | frozenset().union(*_ORGANIZATION_CUES)

# In lower case: what follows "works at" up to a word that begins something else.
_REST = r"(the\s)?([a-z][\w&'’-]*(?:\.\w+)*(?:\s[a-z&][\w&'’-]*(?:\.\w+)*){0,3})"
_LOWER_WORKPLACE = re.compile(
    rf"\b(?:(?i:work(?:s|ed|in|ing)?|job|employed|intern(?:s|ed|ing|ship)?|hired|shifts?|{_JOBS})\s+"
    rf"(?:(?:nights?|days|mornings|evenings|weekends|part[ -]?time|full[ -]?time|overtime|over|there|late|doubles|again|now|as an? \w+)\s+){{0,2}}(?=(?:at|for|by)\b)"
    rf"|(?i:interview(?:s|ed|ing)? (?=with|at|for)|(?:fired|laid off|retired|let go) (?=from|by|at)|(?:applied|transferred) (?=to|at)|{_HEADS_OF} (?=of|at)|work(?:s|ed|ing)? (?=with|from)"
    rf"|(?:it['’]s|its|i was|he was|she was|when i was) (?=at)))(at|for|by|from|with|of|to)\s+{_REST}"
)
_LOWER_ORGANIZATION = re.compile(
    rf"\b(?i:(?={_PAIRS})[\w-]+(?: number)?(?: it| this| one| them| something)?)\s(of|at|with|from|to|against|for|between|by|in)\s+{_REST}"
)
_LOWER_SUING = re.compile(rf"\b(suing|sued|landlord,)\s+{_REST}")
_LOWER_SUBJECT = re.compile(
    r"(?<![\w'’])([a-z][\w&'’-]*(?: [a-z&][\w&'’-]*){0,3}?) ((?:fired|hired|laid off|promoted|transferred|rejected) (?:me|us|him|her)|(?:is|are) hiring|announced|a good company|went bankrupt|headquarters|customer service|(?:office|branch|store|warehouse|factory) (?:is|was|on|in|near))\b"
)
_FIRM_CUES = (
    "interview with",
    "interviews with",
    "interviewed with",
    "ceo of",
    "cfo of",
    "cto of",
    "founder of",
    "employee of",
    "employees of",
)
_PEOPLE_CUES = (
    "work",
    "job",
    "employed",
    "boss",
    "agent",
    "assistant",
    "nurse",
    "secretary",
    "colleague",
    "cowork",
    "co-work",
    "team",
)
_PEOPLE = frozenset(
    "boss manager husband wife dad mom mum father mother brother sister friend uncle aunt supervisor landlord owner lady guy man woman people doctor".split()
)
_WORD = re.compile(r"[^\s,;]*[^\s,;.]")
_RARE, _EVERYDAY = 6, 5
_ENDS = COMPANY_HEADS | PLACES | SCHOOLS | frozenset("general memorial county medical works depot mart pizza".split())
_GENERIC_PLACE = frozenset(
    """home work night nights day days noon midnight times time all least most first last once heart school church college uni university court camp sea lunch dawn dusk
    christmas hospital hospitals schools restaurants stores being doing making getting it them him her me us you myself himself herself themselves this that these those my his our their your a an
    the what which where who anything everything something nothing someone somebody anyone people free money cash less more minimum pay peace love family friends god good
    better years months weeks hours ages ever another other others two three four both each every some any no so long now weed drugs food fun kids children clients""".split()
)
_STOPS = frozenset(
    """and but or so as in on at with until till every since because cuz bc while when where who which that than then now full part nights night days for to from by of i i'm im he she
    we they you it is was are were has have had if though although after before during this last next all also too just only again already still n & w he's she's downtown here there
    my his her our their your the a an right near over about like doing making again anymore lol tho today tonight tomorrow yesterday called fired sent told said wants cost won't
    treats treat says directly everyone everybody makes""".split()
)
_IDEAS = frozenset(
    "theory therapy method model movement technique approach syndrome disorder program scale test anxiety depression".split()
)
_DAYS = frozenset(
    "monday tuesday wednesday thursday friday saturday sunday mondays tuesdays wednesdays thursdays fridays saturdays sundays christmas easter thanksgiving halloween god jesus".split()
)
_NOT_FIRST = frozenset(
    "i i'm i've i'll i'd he she it we they you my your our his her their this that these those home night the a an what how why when where if but and so then also".split()
)


def workplace_before(text: str, start: int) -> bool:
    """Whether the words before ``start`` say that somebody works there: "I work at …"."""
    return _WORKS_AT.search(text, max(0, start - 40), start) is not None


_WORKS_AT = re.compile(
    r"\b(?:work(?:s|ed|ing)?|job|employed|hired|boss|shifts?|intern(?:ed|ing|ship)?)\s(?:\w+\s)?(?:at|for|by)\s(?:the\s)?\Z",
    re.I,
)


def find(text: str, words: AbstractSet[str]) -> Iterator[Span]:
    """Organizations, schools and named places in ``text``, whose cue words in lower case are ``words``."""
    yield from organization_names.find(text, words)
    for expression, cues in zip(_WORKPLACES, _WORK_CUES, strict=True):
        if not words.isdisjoint(cues):
            for match in expression.finditer(text):
                yield from _capitalized(text, match, "WORKPLACE", Source.WORKPLACE)
    for expression, cues in zip(_ORGANIZATIONS, _ORGANIZATION_CUES, strict=True):
        if not words.isdisjoint(cues):
            for match in expression.finditer(text):
                yield from _capitalized(text, match, "ORGANIZATION", Source.ORGANIZATION_CUE)
    if not words.isdisjoint(_LOWER_WORDS):
        yield from _lower(text, _LOWER_WORKPLACE, "WORKPLACE")
    if not words.isdisjoint(_LOWER_ORGANIZATION_WORDS):
        yield from _lower(text, _LOWER_ORGANIZATION, "ORGANIZATION")
        yield from _lower(text, _LOWER_SUING, "ORGANIZATION")
    if not words.isdisjoint(_SUBJECT_WORDS):
        yield from _lower_subjects(text)


def _capitalized(text: str, match: re.Match[str], kind: str, source: Source) -> Iterator[Span]:
    """The capitalized words beside a cue, if they may be an organization."""
    lists, start, end = shipped_lexicon(), *match.span(1)
    parts = [
        (part.start() + start, part.end() + start, base_of(part.group()))
        for part in re.finditer(r"[\w&'’.-]+", text[start:end])
    ]
    while parts and parts[0][2] in _NOT_FIRST and not (len(parts) > 1 and len(parts[0][2]) == len(parts[1][2]) == 1):  # "A B C"
        parts = parts[1:]
    if not parts:
        return
    if text[parts[-1][0] : parts[-1][1]][-2:] in ("'s", "’s") and len(parts) == 1 and lists.is_name(parts[-1][2]):
        return
    bases = [base for _, _, base in parts]
    written, name = text[parts[0][0] : parts[-1][1]], " ".join(bases)
    if name in BRANDS and kind != "WORKPLACE":
        return
    if (
        bases[0] in _DAYS
        or bases[0] in TIMES
        or (len(bases) == 1 and (bases[0] in ACRONYMS or bases[0].strip(".") in ACRONYMS))
    ):
        return
    if written.isupper() and text.isupper():
        return
    listed = towns().kinds.get(name)
    if listed is not None and not (kind == "WORKPLACE" and listed == "cued"):
        return
    generic = all(base in GENERIC or base in _NOT_FIRST for base in bases)
    if generic or bases[-1] in _IDEAS or all(base in COMPANY_HEADS | PLACES | SCHOOLS for base in bases):
        return
    person = bases[0] in lists.first and all(lists.is_name(base) for base in bases)
    with_person = (
        match.group()[: start - match.start()]
        .rstrip()
        .lower()
        .endswith((" with", " from", " to", " of", " by", " for", " in", " against"))
    )
    if person and (with_person or kind == "ORGANIZATION"):
        return
    if kind == "ORGANIZATION" and not written.isupper():
        the = match.group()[: start - match.start()].lower().endswith("the ")
        most = 7 if the else _EVERYDAY  # "the Internist"
        everyday = len(bases) == 1 and (lists.tiers.get(bases[0], 9) <= most or bases[0] in lists.not_names)
        if everyday or bases[0] in ("dr", "doctor") or all(lists.is_name(base) for base in bases):
            return
    yield Span(parts[0][0], parts[-1][1] - (2 if written[-2:] in ("'s", "’s") else 0), kind, source)


def _lower(text: str, expression: re.Pattern[str], kind: str) -> Iterator[Span]:
    """A workplace in lower case, after "at" any name, elsewhere one that ends like an organization's or is no word."""
    lexicon = shipped_lexicon()
    for match in expression.finditer(text):
        words: list[tuple[str, int]] = []
        for word in _WORD.finditer(text, match.start(3), match.end(3)):
            base = base_of(word.group())
            if base in _STOPS and not (base in ("of", "&", "and") and words):
                break
            words.append((base, word.end()))
            if text[word.end() : word.end() + 1] in ".,;":
                break
        words = _up_to_end(words)
        if not words or words[0][0] in _GENERIC_PLACE or words[0][0].endswith("ing"):
            continue
        bases, preposition, the = [base for base, _ in words], match.group(1), match.group(2) is not None
        name, cue = " ".join(bases), match.group().lower()
        if len(bases) == 1 and lexicon.is_name(bases[0]) and preposition != "at" and cue.startswith(_PEOPLE_CUES):
            continue  # "works for patel"
        if (
            towns().kinds.get(name) in ("plain", "sure", "region")
            or bases[0] in TIMES
            or bases[0] in _DAYS
            or bases[0] in ACRONYMS
        ):
            continue
        ends = len(bases) > 1 and bases[-1] in _ENDS and any(base not in GENERIC for base in bases[:-1])
        if kind == "WORKPLACE":
            known = any(
                base in lexicon.proper or lexicon.is_name(base) or lexicon.tiers.get(base, 9) >= _RARE for base in bases
            )
            bare = preposition == "at" and not the and len(bases) == 1 and cue.startswith("work") and not bases[0].endswith("s")
            plural = bases[0][-1] == "s" and lexicon.tiers.get(bases[0], 9) < _EVERYDAY
            bare |= not the and len(bases) == 1 and cue.startswith(_FIRM_CUES) and bases[0] not in GENERIC and not plural
            found = ends or (not the and known) or bare or name in BRANDS
        else:
            unknown = any(base in lexicon.proper or base not in lexicon.tiers for base in bases)
            found = name not in BRANDS and (ends or (unknown and not the and not lexicon.is_name(bases[0])))
            found = found and bases[0] not in lexicon.not_names
        if found:
            source = Source.WORKPLACE_LOWER_CASE if kind == "WORKPLACE" else Source.ORGANIZATION_CUE
            yield Span(match.start(3), words[-1][1], kind, source)


def _lower_subjects(text: str) -> Iterator[Span]:
    """Who fired somebody, or is hiring, in lower case: "kowalski bakery fired me"."""
    lexicon = shipped_lexicon()
    for match in _LOWER_SUBJECT.finditer(text):
        words = [(part.start(), base_of(part.group())) for part in re.finditer(r"\S+", text[: match.end(1)][match.start(1) :])]
        while words and (words[0][1] in _STOPS or words[0][1] in _NOT_FIRST):
            words = words[1:]
        bases = [base for _, base in words]
        if not bases or any(base in _STOPS or base in _NOT_FIRST for base in bases) or bases[-1] in _PEOPLE:
            continue
        ends = len(bases) > 1 and bases[-1] in _ENDS and any(base not in GENERIC for base in bases[:-1])
        unknown = any(base in lexicon.proper or base not in lexicon.tiers for base in bases) and not lexicon.is_name(bases[0])
        work = match.group(2).endswith(("me", "us", "him", "her"))
        if ends or unknown or (work and " ".join(bases) in BRANDS):
            yield Span(
                match.start(1) + words[0][0], match.end(1), "WORKPLACE" if work else "ORGANIZATION", Source.ORGANIZATION_CUE
            )


def _up_to_end(words: list[tuple[str, int]]) -> list[tuple[str, int]]:
    """Words of a name in lower case, without the stop words at their end."""
    while words and words[-1][0] in _STOPS:
        words = words[:-1]
    return words
