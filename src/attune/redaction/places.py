# ruff: noqa: E501, SIM905 - expressions and word lists stay on the line where they can be read as one
"""Towns: by a gazetteer of the world's towns, and by the words before a place: "we moved to …", "my flight to …".

A town whose name is no word and no name of people is replaced wherever it stands with a capital, a large one in lower case too.
All others, such as Reading, Lincoln or a village that no list holds, need words before them that say that a place follows.
Countries and states stay, unless ``redact.places`` is ``all``.
"""

from __future__ import annotations

import functools
import gzip
import json
import re
from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from pathlib import Path
from typing import NamedTuple

from attune.redaction.context_words import TIMES
from attune.redaction.lexicon import WORD, Word, fold, lexicon, stretches_of, words_of
from attune.redaction.types import Source, Span

#: The shipped gazetteer. ``tools/train_names/gazetteer.py`` makes it.
FILE = Path(__file__).with_name("places.json.gz")

_COMMON = 2  # up to this tier a word is too common to be looked up wherever it stands in lower case
_EVERYDAY = 5
_SHORTEST_ACRONYM_LIKE = 5
# Characters on each side of a town that belong to it or say what it is.
_NEAR = 64

_CUES = (
    r"(?<![\w'’])(?:(?:live[sd]?|living|born|raised|grew up|growing up|based|located|headquartered|stationed|deployed|stuck|stranded|stay(?:ed|ing|s)?|settled"
    r"|resid(?:es?|ed|ing)|apartment|house|flat|home|job|job offer|work(?:s|ed|ing)?|hospital|school|office|store|shop|branch|restaurant|weather|family|parents"
    r"|friends?|relatives|wedding|funeral|conference|vacation|vacationed|holiday|honeymoon|weekend|summer|winter|studied|studying|married|divorced|arrested"
    r"|landed|arrived|arriving|housing|rent|unit|facility|location|campus|outbreak|earthquake|riots?)\s(?:(?:back|up|down|out|right|over|here|somewhere|just)\s)?"
    r"(?:in|near|outside(?: of)?|around)"
    r"|(?:mov(?:ed?|es|ing)|go(?:es|ing)?|went|gone|been|flew|fly|flying|flown|drove|drive|driving|driven|travel(?:s|ed|ing|led|ling)?|trips?|relocat(?:ed|ing|e)"
    r"|flights?|trains?|bus|buses|commut(?:e[sd]?|ing)|road trip|tickets?|transferred|shipp(?:ed|ing)|visits?|back|return(?:ed|ing)?|way|ride|deported)"
    r"\s(?:(?:back|up|down|out|over|here|away|all the way)\s){0,2}(?:to|from|near|through|into)"
    r"|(?:city|town|suburbs?|outskirts|village|mayor|people|streets|borough|municipality|downtown area) of|downtown"
    r"|(?:i'm|im|i’m|he's|she's|hes|shes|he’s|she’s|we're|they're|i am|is|are|am|originally|come|comes|came|coming|moved here) from"
    r"|visit(?:ed|ing|s)?|stay(?:ed|ing|s)? (?:at my \w+ )?in|time difference with)\s+(?:the\s)?"
)
_CUE_END = re.compile(rf"{_CUES}\Z", re.I)
_LOOSE_CUE_END = re.compile(rf"(?:{_CUES}|(?<![\w'’])(?:in|from|near|through|to)\s+)\Z", re.I)
_PREPOSITION = re.compile(
    r"(?<![\w'’])(?:in|near|outside|around|to|from|through|into|of|[Dd]owntown|visit(?:ed|ing|s)?|with)\s+(?=[A-ZÀ-ÖØ-Þ])"
)
_VERB_BEFORE = re.compile(r"\b(?:go(?:es|ing)?|went|back|way|been|are|is|am|be|was)\s(?:back\s)?to\s+\Z", re.I)
# Characters before a place in which its cue stands.
_BEFORE = 48
_WEAK_BEFORE = re.compile(r"(?<![\w'’])(?:in|near|through|around|outside|via|throughout|across)\s\Z", re.I)
_WEAK_BEFORE_WORD = re.compile(r"(?<![\w'’])(?:in|near|through|around|outside|via|at|from|to|leave|left|leaving)\s\Z", re.I)
# "believe in Grace", "confide in Florence": a person after all.
_PERSON_BEFORE = re.compile(
    r"\b(?:believ\w+|confid\w+|interest\w*|trust\w*|faith|found|find|see|saw|seen|disappoint\w+|confidence|delight\w*|invest\w*|involved|change|improvement)\s\w+\s\Z",
    re.I,
)
# What comes of a place and is none: "Stockholm syndrome", "Glasgow Coma Scale".
_NO_PLACE_AFTER = re.compile(
    r"['’]?s?\s+(?:[\w-]+\s){0,3}?(?:syndrome|scale|criteria|disease|score|classification|inventory|questionnaire|mustard|sauce|virus|convention|protocol|chop|hotdogs?)\b",
    re.I,
)
_REGION_AFTER = re.compile(r",\s(?:(?:my|the|our)\s(?:home)?town\b|[A-Z]{2}\b|([A-Z][a-z]+(?: [A-Z][a-z]+)?))")
_CAPITAL_PHRASE = re.compile(r"[A-ZÀ-ÖØ-Þ][\w’'-]*(?:[ ][A-ZÀ-ÖØ-Þ][\w’'-]*){0,3}")
_HOME = re.compile(
    r"(?<![\w'’])(?:(?:live[sd]?|living|born|raised|grew up|growing up|settled|resid(?:es?|ed|ing)|stationed) (?:in|near|outside)|(?:moved?|moving|relocat(?:ed|ing)) (?:back )?to|(?:flight|trip|train) to|(?:i'm|im|i am) from) (?=[^\W\d_])",
    re.I,
)
_HOME_WORDS = frozenset(
    "live lives lived living born raised grew growing settled reside resides resided residing stationed move moved moving relocated relocating flight trip train from".split()
)
_SHORTEST_UNKNOWN = 5
_WRITTEN = 6  # the rarest tier of words that a misspelt one may mean
# Countries and states that are also names of people, or words.
_REGIONS_LIKE_NAMES = frozenset(
    "jordan georgia chad virginia india dakota montana israel ireland kenya malta devon kent carolina washington holland bali".split()
)
_REGIONS_LIKE_WORDS = frozenset(
    "turkey china guinea jersey java panama wales norfolk essex hesse man america mali oman niger".split()
)
_TOWN_ENDS = frozenset(
    """springs creek falls harbor harbour city beach hills valley heights grove ridge lake lakes bay point rapids bluffs island township junction
    fork mills crossing county hill landing shores gardens meadows park green village""".split()
)
_BEFORE_LAST_WORD = re.compile(r"(?<![\w'’-])([^\W\d_]+ )?([^\W\d_]+) \Z")
# Small words inside names of towns.
_SMALL = frozenset("of the upon de la del am sur le les do da dos das di in en an der".split())
_ENDS_A_PHRASE = re.compile(r"\s*(?:[.,;:!?)\n]|\Z|['’]s\b|(?:and|but|or|for|with|when|where|while|because|cuz|so|since|until|till|as|if|now|right|again|last|next|this|every|today|tonight|tomorrow|yesterday|i|he|she|we|they|you|it|is|was|are|were|has|had|to|from|in|on|at|by|after|before|during|which|that|who|then|too|also|instead|alone|together|back|changed|closed|wants|takes|all|most)\b)", re.I)  # fmt: skip
_NO_TOWNS = frozenset(
    "am pm ok god heaven hell earth love english spanish french german christ jesus internet facebook instagram church high school college".split()
)


class Towns(NamedTuple):
    """The gazetteer. All names are folded, with one blank between words."""

    kinds: dict[str, str]  # name -> "plain", "sure", "cued" or "region"
    by_key: dict[str, tuple[tuple[str, ...], ...]]  # the rarest word of a name -> all names with it, longest first
    keys: frozenset[str]  # rarest words, in lower case
    capitals: frozenset[str]  # those that are common words, with a capital


@functools.cache
def towns() -> Towns:
    """The shipped gazetteer; read once per process (about 0.1 s)."""
    lists, tiers = json.loads(gzip.decompress(FILE.read_bytes())), lexicon().tiers
    kinds = {name: kind for kind in ("plain", "sure", "cued") for name in lists[kind].split("|")}
    kinds |= dict.fromkeys(lists["regions"].split("|"), "region")
    by_key: dict[str, list[tuple[str, ...]]] = {}
    for name in sorted(kinds, key=lambda one: -one.count(" ")):
        words = tuple(name.split())
        by_key.setdefault(max(words, key=lambda word: (tiers.get(word, 9), len(word))), []).append(words)
    common = {key for key in by_key if tiers.get(key, 9) <= _COMMON}
    common = {key for key in common if all(kinds[" ".join(words)] != "plain" for words in by_key[key])}
    return Towns(
        kinds,
        {key: tuple(names) for key, names in by_key.items()},
        frozenset(by_key.keys() - common),
        frozenset(key.capitalize() for key in common),
    )


def find(
    text: str, forms: AbstractSet[str], words: AbstractSet[str], candidates: AbstractSet[str], *, regions: bool = False
) -> Iterator[Span]:
    """Towns in ``text``.

    Args:
        text: any text.
        forms: its words as typed.
        words: the same in lower case.
        candidates: those as typed that are no ordinary words.
        regions: find countries and states too, as ``PLACE``.
    """
    known = towns()
    here = _keys_in(text, forms, words, known)
    if here:
        for first, last in stretches_of(text, here, near=_NEAR, lower=True):
            yield from _listed(text, words_of(text, first, last), known, regions=regions)
    if any(form[0].isupper() for form in candidates):
        yield from _unlisted(text, known)
    if ends := words & _TOWN_ENDS:
        yield from _by_last_word(text, ends)
    if not words.isdisjoint(_HOME_WORDS) and any(form.islower() and form not in lexicon().tiers for form in candidates):
        yield from _unlisted_homes(text)


def _keys_in(text: str, forms: AbstractSet[str], words: AbstractSet[str], known: Towns) -> set[str]:
    here = set(words & known.keys)
    here.update(form.lower() for form in forms & known.capitals)
    if "'s" in text or "’s" in text:
        here.update(stem for word in words if word[-2:] == "'s" and (stem := word[:-2]) in known.keys)
    if not text.isascii():
        here.update(word for word in words if not word.isascii() and fold(word) in known.by_key)
    return here


def _listed(text: str, words: Sequence[Word], known: Towns, *, regions: bool) -> Iterator[Span]:
    """Towns of the gazetteer: of names that overlap the one with the most words."""
    found: list[tuple[int, int, str]] = []  # its words and its kind
    for position, word in enumerate(words):
        for parts in known.by_key.get(word.base, ()):
            first = position - parts.index(word.base)
            if first >= 0 and _stand_together(text, words, first, parts):
                found.append((first, first + len(parts), known.kinds[" ".join(parts)]))
                break
    taken: set[int] = set()
    for first, last, kind in sorted(found, key=lambda one: (one[0] - one[1], one[0])):
        if not taken.isdisjoint(range(first, last)):
            continue
        taken.update(range(first, last))
        name = words[first:last]
        if kind == "region":
            if regions and _is_region(text, name):
                yield Span(name[0].start, name[-1].end, "PLACE", Source.TOWN)
        elif source := _town_source(text, name, kind):
            yield Span(name[0].start, name[-1].end, "LOCATION", source)


def _stand_together(text: str, words: Sequence[Word], first: int, parts: Sequence[str]) -> bool:
    if first + len(parts) > len(words):
        return False
    for offset, part in enumerate(parts):
        if words[first + offset].base != part:
            return False
        if offset and text[words[first + offset - 1].end : words[first + offset].start].strip(" .-'’"):
            return False
    return True


def _town_source(text: str, words: Sequence[Word], kind: str) -> Source | None:
    """What says that a listed name means the town here; None: nothing does."""
    start, end = words[0].start, words[-1].end
    if _NO_PLACE_AFTER.match(text, end):
        return None
    before = text[max(0, start - _BEFORE) : start]
    capital = all(word.text[0].isupper() or word.base in _SMALL for word in words)
    if _CUE_END.search(before) and _may_follow(text, words):
        return Source.TOWN_AFTER_CUE
    if not capital:
        found = kind == "plain" or (kind == "sure" and _LOOSE_CUE_END.search(before) is not None)
    elif len(words) == 1 and words[0].text.isupper() and len(words[0].text) < _SHORTEST_ACRONYM_LIKE and kind != "plain":
        found = False
    elif kind != "cued" or _region_follows(text, end):
        found = True
    else:
        weak = _WEAK_BEFORE if lexicon().is_name(words[0].base) else _WEAK_BEFORE_WORD
        found = weak.search(before) is not None and not _PERSON_BEFORE.search(before) and _one_name(text, end)
    return Source.TOWN if found else None


def _region_follows(text: str, end: int) -> bool:
    """Whether a state or country follows a comma: "Lincoln, Nebraska", "Lincoln, NE"."""
    match = _REGION_AFTER.match(text, end)
    if match is None or match.group(1) is None:
        return match is not None
    known, named = towns().kinds, fold(match.group(1))
    return known.get(named) == "region" or known.get(named.split()[0]) == "region"


def is_region(name: str) -> bool:
    """Whether a name is a country's, a state's or a larger region's, which stay by default."""
    return towns().kinds.get(" ".join(WORD.findall(fold(name)))) == "region"


def _one_name(text: str, end: int) -> bool:
    """Whether no other capitalized word goes on a name: "in Lincoln Park" is no town."""
    return re.match(r"['’]s\b|\s[A-Z][a-z]", text[end : end + 3]) is None


def _is_region(text: str, words: Sequence[Word]) -> bool:
    """Whether a country's name means it: "us" is none, and "turkey" in lower case or "Jordan" need words before them."""
    first = words[0]
    if len(words) == 1:
        if len(first.text) < 3 and not first.text.isupper():
            return False
        doubtful = first.base in _REGIONS_LIKE_NAMES or (first.text[0].islower() and first.base in _REGIONS_LIKE_WORDS)
        if doubtful and not _LOOSE_CUE_END.search(text[max(0, first.start - _BEFORE) : first.start]):
            return False
    return True


def _may_follow(text: str, words: Sequence[Word]) -> bool:
    """Whether a listed town after a cue is one: in lower case a word needs the end of a phrase behind it ("in mobile homes")."""
    lists, end = lexicon(), words[-1].end
    if lists.is_name(words[0].base) and len(words) == 1 and text[end : end + 2] in ("'s", "’s"):
        return False
    if words[0].text[0].isupper():
        return words[0].base not in TIMES and _one_name(text, end)
    if len(words) == 1 and (lists.tiers.get(words[0].base, 9) <= 2 or words[0].base in TIMES):
        return False
    ordinary = all(word.base in lists.tiers or lists.is_name(word.base) for word in words)
    if ordinary and _VERB_BEFORE.search(text[max(0, words[0].start - _BEFORE) : words[0].start]):  # "going to bend"
        return False
    return not ordinary or _ENDS_A_PHRASE.match(text, end) is not None


def _unlisted(text: str, known: Towns) -> Iterator[Span]:
    """Capitalized words that no list holds, after words that a place follows: "she lives in Sacaton"."""
    lists = lexicon()
    for preposition in _PREPOSITION.finditer(text):
        place = preposition.end()
        match = _CAPITAL_PHRASE.match(text, place)
        if match is None or not _CUE_END.search(text[max(0, place - _BEFORE) : place]):
            continue
        parts = words_of(text, place, match.end())
        if not parts or " ".join(part.base for part in parts) in known.kinds:
            continue
        end = parts[-1].end
        if len(parts) > 2 or text[end : end + 2] in ("'s", "’s"):
            continue
        if any(
            part.base in lists.not_names or part.base in _NO_TOWNS or part.base in TIMES or part.text.isupper()
            for part in parts
        ):
            continue
        if any(lists.tiers.get(part.base, 9) > _EVERYDAY or lists.is_name(part.base) for part in parts):
            yield Span(place, end, "LOCATION", Source.TOWN_AFTER_CUE)


def _unlisted_homes(text: str) -> Iterator[Span]:
    """Words of no list in lower case, where only a place can stand: "we live in brackenridge"."""
    lists = lexicon()
    for cue in _HOME.finditer(text):
        end = 0
        for word in words_of(text, cue.end(), min(len(text), cue.end() + _NEAR))[:2]:
            glued = text[end or cue.end() : word.start].strip(" ") == ""
            unknown = word.base not in lists.tiers and not lists.is_name(word.base) and word.base not in lists.not_names
            if not (glued and unknown and word.text.islower() and len(word.base) >= _SHORTEST_UNKNOWN) or _is_misspelt(
                word.base
            ):
                break
            end = word.end
        if end:
            yield Span(cue.end(), end, "LOCATION", Source.TOWN_AFTER_CUE)


@functools.lru_cache(maxsize=4096)
def _is_misspelt(base: str) -> bool:
    """Whether one letter more, less, other or swapped makes a word that people write."""
    letters = "abcdefghijklmnopqrstuvwxyz"
    cuts = [(base[:at], base[at:]) for at in range(len(base) + 1)]
    near = [left + right[1:] for left, right in cuts if right]
    near += [left + right[1] + right[0] + right[2:] for left, right in cuts if len(right) > 1]
    near += [left + letter + right[1:] for left, right in cuts if right for letter in letters]
    near += [left + letter + right for left, right in cuts for letter in letters]
    tiers = lexicon().tiers
    return any(tiers.get(word, 9) <= _WRITTEN for word in near)


def _by_last_word(text: str, ends: AbstractSet[str]) -> Iterator[Span]:
    """Small towns told by their last word, one of ``ends``: "we moved to fall creek"."""
    tiers, lowered = lexicon().tiers, text.lower()
    if len(lowered) != len(text):  # a letter that grows in lower case: places would not fit
        return
    for last in sorted(ends):
        for place in places_of(lowered, last):
            match = _BEFORE_LAST_WORD.search(text, max(0, place - _BEFORE), place)
            for start in (match.start(1), match.start(2)) if match else ():
                uncommon = start >= 0 and all(tiers.get(part.base, 9) > 2 for part in words_of(text, start, place))
                if uncommon and _CUE_END.search(text[max(0, start - _BEFORE) : start]):
                    yield Span(start, place + len(last), "LOCATION", Source.TOWN_AFTER_CUE)
                    break


def places_of(lowered: str, word: str) -> Iterator[int]:
    """Where ``word`` stands as a word of its own in a text in lower case."""
    place = lowered.find(word)
    while place >= 0:
        end = place + len(word)
        if not (lowered[place - 1 : place].isalnum() or lowered[end : end + 1].isalnum()):
            yield place
        place = lowered.find(word, end)
