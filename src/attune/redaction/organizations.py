# ruff: noqa: E501, SIM905 - word lists stay on the line where they can be read as one
"""Organizations by the words beside them: "my boss at Harlow Systems" is a workplace, "a customer of Harlow Systems" an organization.

``organization_names`` finds those that their own words tell ("Harlow & Sons"), whatever stands beside them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet

from attune.redaction import landmarks, organization_names
from attune.redaction import organization_cues as cues
from attune.redaction.context_words import TIMES
from attune.redaction.lexicon import base_of
from attune.redaction.lexicon import lexicon as shipped_lexicon
from attune.redaction.organization_words import ACRONYMS, BRANDS, COMPANY_HEADS, GENERIC, PLACES, SCHOOLS
from attune.redaction.places import places_of, towns
from attune.redaction.types import Source, Span

_CUES = (
    (cues.WORKPLACE, cues.WORKPLACE_WORDS, "WORKPLACE"),
    (cues.ORGANIZATION, cues.ORGANIZATION_WORDS, "ORGANIZATION"),
)
_CUE_WORDS = cues.WORKPLACE_WORDS | cues.ORGANIZATION_WORDS | cues.SUBJECT_WORDS
#: Every cue word of this module.
WORDS = _CUE_WORDS | organization_names.WORDS | landmarks.WORDS

_CAPITALIZED = r"(?:[A-ZÀ-ÖØ-Þ][\w&'’.-]*|\d[\w-]*[A-Z]\w*)(?<![.'’])"
_NAMES = rf"{_CAPITALIZED}(?:\s(?:(?:of|and|&|de|the|for)\s)?{_CAPITALIZED}){{0,4}}"
_NAME = re.compile(_NAMES)
_NAME_END = re.compile(rf"(?<![\w'’]){_NAMES}\Z")
_PART = re.compile(r"[\w&'’.-]+")
# In lower case: what follows "works at" up to a word that begins something else.
_REST = re.compile(r"[a-z][\w&'’-]*(?:\.\w+)*(?:\s[a-z&][\w&'’-]*(?:\.\w+)*){0,3}")
_REST_END = re.compile(r"(?<![\w'’])[a-z][\w&'’-]*(?: [a-z&][\w&'’-]*){0,3}\Z")
# Characters before what is said of an organization in which its name stands.
_BEFORE = 60
_RAREST = 7
_UNCOMMON = 4
# After these a name is more often a person's.
_BEFORE_PERSONS = ("with", "from", "to", "of", "by", "for")
# After these in lower case only what ends like an organization's name is one.
_LOOSE = frozenset({"with", "from"})
_WORD = re.compile(r"[^\s,;]*[^\s,;.]")
_PEOPLE = frozenset(
    "boss manager husband wife dad mom mum father mother brother sister friend uncle aunt supervisor landlord owner lady guy man woman people doctor".split()
)
_WORD = re.compile(r"[^\s,;]*[^\s,;.]")
_RARE, _EVERYDAY = 6, 5
_ENDS = COMPANY_HEADS | PLACES | SCHOOLS | frozenset("general memorial county medical works depot mart pizza".split())
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
    "is are does did was has will can do i i'm i've i'll i'd he she it we they you my your our his her their this that these those home night the a an what how why when where if but and so then also".split()
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
    yield from landmarks.find(text, words)
    if words.isdisjoint(_CUE_WORDS):
        return
    lowered = text.lower()
    if len(lowered) != len(text):  # a letter that grows in lower case: places would not fit
        lowered = text
    for cue, cue_words, kind in _CUES:
        for word in sorted(words & cue_words):
            for place in places_of(lowered, word):
                match = cue.match(text, place)
                if match:
                    yield from _after(text, match, kind)
    for word in sorted(words & cues.SUBJECT_WORDS):
        for place in places_of(lowered, word):
            if text[max(0, place - 1) : place] == " ":
                yield from _before(text, place)


def _after(text: str, cue: re.Match[str], kind: str) -> Iterator[Span]:
    """The organization that follows a cue."""
    name = _NAME.match(text, cue.end())
    if name:
        span = _capitalized(text, name.start(), name.end(), cue.group().lower(), kind)
    else:
        rest = _REST.match(text, cue.end())
        span = _lower(text, rest, cue.group().lower(), kind) if rest else None
    if span:
        yield span


def _before(text: str, place: int) -> Iterator[Span]:
    """The organization that something is said of: "Harlow Systems fired me", "kowalski bakery is hiring"."""
    employs = cues.EMPLOYS.match(text, place)
    if not (employs or cues.IS_ORGANIZATION.match(text, place)):
        return
    first = max(0, place - _BEFORE)
    between = cues.BETWEEN.search(text, first, place)
    if between is None:
        return
    kind = "WORKPLACE" if employs else "ORGANIZATION"
    name = _NAME_END.search(text, first, between.start())
    if name:
        span = _capitalized(text, name.start(), name.end(), "", kind)
    else:
        rest = _REST_END.search(text, first, between.start())
        span = _lower_subject(text, rest, kind) if rest else None
    if span:
        yield span


def _capitalized(text: str, start: int, end: int, cue: str, kind: str) -> Span | None:
    """The capitalized words beside a cue, if they may be an organization."""
    lists = shipped_lexicon()
    parts = [(part.start(), part.end(), base_of(part.group())) for part in _PART.finditer(text, start, end)]
    while parts and parts[0][2] in _NOT_FIRST and not (len(parts) > 1 and len(parts[0][2]) == len(parts[1][2]) == 1):  # "A B C"
        parts = parts[1:]
    if not parts:
        return None
    bases = [base for _, _, base in parts]
    start, end, name = parts[0][0], parts[-1][1], " ".join(bases)
    possessive = text[end - 2 : end] in ("'s", "’s")
    if possessive and len(parts) == 1 and lists.is_name(bases[0]):
        return None
    if (
        (name in BRANDS and kind != "WORKPLACE")
        or _is_no_organization(bases, kind)
        or (text[start:end].isupper() and text.isupper())
    ):
        return None
    person = bases[0] in lists.first and all(lists.is_name(base) for base in bases)
    if person and (kind == "ORGANIZATION" or cue.removesuffix("the ").rstrip().endswith(_BEFORE_PERSONS)):
        return None
    if kind == "ORGANIZATION" and not text[start:end].isupper():
        most = _RAREST if cue.endswith("the ") else _EVERYDAY  # "the Internist"
        everyday = len(bases) == 1 and (lists.tiers.get(bases[0], 9) <= most or bases[0] in lists.not_names)
        if everyday or bases[0] in ("dr", "doctor") or all(lists.is_name(base) for base in bases):
            return None
    source = Source.WORKPLACE if kind == "WORKPLACE" else Source.ORGANIZATION_CUE
    return Span(start, end - 2 if possessive else end, kind, source)


def _is_no_organization(bases: Sequence[str], kind: str) -> bool:
    """Whether capitalized words are a day, a town, a method, an acronym, or the name of a kind of organization."""
    listed = towns().kinds.get(" ".join(bases))
    if listed is not None and not (kind == "WORKPLACE" and listed == "cued"):
        return True
    if bases[0] in _DAYS or bases[0] in TIMES or bases[-1] in _IDEAS or (len(bases) == 1 and bases[0].strip(".") in ACRONYMS):
        return True
    return all(base in GENERIC or base in _NOT_FIRST for base in bases) or all(base in _ENDS for base in bases)


def _lower(text: str, rest: re.Match[str], cue: str, kind: str) -> Span | None:
    """What follows a cue in lower case: after "work at" any name, elsewhere one that ends like an organization's or is no word."""
    lexicon = shipped_lexicon()
    words: list[tuple[str, int]] = []
    for word in _WORD.finditer(text, *rest.span()):
        base = base_of(word.group())
        if base in _STOPS and not (base in ("of", "&", "and") and words):
            break
        words.append((base, word.end()))
        if text[word.end() : word.end() + 1] in ".,;":
            break
    while words and words[-1][0] in _STOPS:
        words.pop()
    words = _without_verbs(words)
    if not words or words[0][0] in _GENERIC_PLACE or (words[0][0].endswith("ing") and len(words[0][0]) > 3):
        return None
    bases, the = [base for base, _ in words], cue.endswith("the ")
    preposition = cue.removesuffix("the ").split()[-1]
    if len(bases) == 1 and lexicon.is_name(bases[0]) and preposition != "at" and cue.startswith(cues.PEOPLE_CUES):
        return None  # "works for patel"
    name = " ".join(bases)
    if towns().kinds.get(name) in ("plain", "sure", "region") or bases[0] in TIMES or bases[0] in _DAYS or bases[0] in ACRONYMS:
        return None
    ends = _ends_like_organization(bases)
    single = len(bases) == 1 and not the
    if kind == "WORKPLACE":
        known = any(base in lexicon.proper or lexicon.is_name(base) or lexicon.tiers.get(base, 9) >= _RARE for base in bases)
        plural = bases[0][-1] == "s" and lexicon.tiers.get(bases[0], 9) < _EVERYDAY
        bare = single and preposition == "at" and cue.startswith("work") and bases[0][-1] != "s"
        bare |= single and cue.startswith(cues.FIRM_CUES) and bases[0] not in GENERIC and not plural
        bare |= (
            not the and 1 < len(bases) < 4 and (preposition == "at" or cue.startswith(cues.FIRM_CUES)) and _is_bare_name(bases)
        )
        found = ends or (not the and known and not (preposition in _LOOSE and cue.startswith("work"))) or bare or name in BRANDS
    else:
        unknown = any(base in lexicon.proper or base not in lexicon.tiers for base in bases)
        found = name not in BRANDS and bases[0] not in lexicon.not_names
        found = found and (ends or (unknown and not the and not lexicon.is_name(bases[0])))
    source = Source.WORKPLACE_LOWER_CASE if kind == "WORKPLACE" else Source.ORGANIZATION_CUE
    return Span(rest.start(), words[-1][1], kind, source) if found else None


def _without_verbs(words: list[tuple[str, int]]) -> list[tuple[str, int]]:
    """Leave everyday words out that follow a name: "my boss at harlow yelled"."""
    lexicon = shipped_lexicon()
    for count in range(len(words), 1, -1):
        base = words[count - 1][0]
        before = [one for one, _ in words[: count - 1]]
        if base in _ENDS or lexicon.tiers.get(base, 9) > _EVERYDAY or lexicon.is_name(base):
            return words[:count]
        if not any(one not in lexicon.tiers or one in lexicon.proper or lexicon.is_name(one) for one in before):
            return words[:count]
    return words[:1]


def _is_bare_name(bases: Sequence[str]) -> bool:
    """Whether words of the dictionary without an article are a name: "iron mountain", not "coffee shops" or "full capacity"."""
    tiers = shipped_lexicon().tiers
    return (
        bases[-1][-1] != "s"
        and tiers.get(bases[0], 9) >= _UNCOMMON
        and not any(base in GENERIC for base in (bases[0], bases[-1]))
    )


def _ends_like_organization(bases: Sequence[str]) -> bool:
    return len(bases) > 1 and bases[-1] in _ENDS and any(base not in GENERIC for base in bases[:-1])


def _lower_subject(text: str, rest: re.Match[str], kind: str) -> Span | None:
    """Who fired somebody, or is hiring, in lower case: "kowalski bakery fired me"."""
    lexicon = shipped_lexicon()
    words = [(word.start(), base_of(word.group())) for word in re.finditer(r"\S+", text[: rest.end()][rest.start() :])]
    last_stop = max((at for at, (_, base) in enumerate(words) if base in _STOPS or base in _NOT_FIRST), default=-1)
    words = words[last_stop + 1 :]
    bases = [base for _, base in words]
    if not bases or bases[-1] in _PEOPLE or bases[0] in ACRONYMS:
        return None
    unknown = any(base in lexicon.proper or base not in lexicon.tiers for base in bases)
    unknown = unknown and not lexicon.is_name(bases[0]) and bases[0] not in lexicon.not_names
    brand = " ".join(bases) in BRANDS
    if (kind == "WORKPLACE" and brand) or (not brand and (_ends_like_organization(bases) or unknown)):
        source = Source.WORKPLACE_LOWER_CASE if kind == "WORKPLACE" else Source.ORGANIZATION_CUE
        return Span(rest.start() + words[0][0], rest.end(), kind, source)
    return None
