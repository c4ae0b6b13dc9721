# ruff: noqa: E501, SIM905 - word lists stay on the line where they can be read as one
"""Known names that are words as well, typed in lower case: whether "will", "grace" or "mark" is the person in its place."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from enum import IntEnum

from attune.redaction.lexicon import OTHER_LANGUAGE_TIER, Lexicon, Word
from attune.redaction.negative_rules import TIMES

_BEFORE_A_THING = frozenset(
    """a an the my your his her our their its this that these those no some any every each such much more less good bad of in under i you he she it we they who there not never always also just don't doesn't
    didn't won't would can could should may might must shall cannot can't gonna ein eine der die das den dem la el los las un una""".split()
)
_BEFORE_A_TIME = frozenset("by since until till next last mid late early during".split())
_BEFORE_A_PERSON = frozenset(
    """told tell tells telling asked ask asking with without called call texted text texting messaged emailed love loved hate hated miss
    missed married marry met meet saw see trust trusted left dated dating named dear hey hi hello thanks thank sorry and because that
    when if about from for to between like blame kissed hugged forgave forgive confronted w w/ mit con""".split()
)
_PERSONS_DO = frozenset(
    """said says told tells asked asks called calls texted texts messaged thinks thought wants wanted loves loved hates hated left leaves
    cheated lied cried cries yelled screamed apologized proposed ghosted moved refuses refused hugged kissed smiled laughed snores drinks
    drank cooked cooks came comes went goes got gets made makes keeps kept knows knew feels felt works worked is was has isn't wasn't
    hasn't doesn't didn't won't hat ist war sagt dijo dice está fue""".split()
)
_BEFORE_ANYBODY = frozenset({"told", "with", "miss"})
_SENTENCE_ENDS = frozenset('.!?:;\n"“”') | {""}
_COMMONEST = 2
_COMMON = 3
_MODALS = frozenset({"will", "may"})


class Care(IntEnum):
    """What a lower-case word needs to be taken for the known name that is written like it."""

    NONE = 0  # nothing: as a word it is rare
    NO_THING = 1  # that nothing before it says "a thing" or "a verb": "the grace", "i mark"
    A_CUE = 2  # that a neighbour says "a person": "told will", "hope said"
    A_CAPITAL = 3  # that it is no lower-case word


def care_for(part: str, lexicon: Lexicon) -> Care:
    """How careful one must be with a part of a known name."""
    tier = lexicon.tiers.get(part, 9)
    if tier <= _COMMONEST:
        return Care.A_CUE
    return Care.NO_THING if tier <= _COMMON or part in lexicon.ambiguous or part in lexicon.not_names else Care.NONE


def stands_for_person(words: Sequence[Word], position: int, part: str, care: Care) -> bool:
    """Whether the word at ``position``, written like the known name ``part``, can be that person."""
    word = words[position]
    if care == Care.NONE or word.text[0].isupper():
        return True
    if care == Care.A_CAPITAL:
        return False
    before = words[position - 1].base if position else ""
    after = words[position + 1].base if position + 1 < len(words) else ""
    if care == Care.NO_THING:
        return not _says_thing(before, after, part)
    return word.base == part and _says_person(before, after, part)  # not "wills", "hopes"


def care_again(part: str, lexicon: Lexicon) -> Care | None:
    """What a part of a name that was found once needs where it stands again; None: it says nothing of other places."""
    tier = lexicon.tiers.get(part, 9)
    if len(part) < 3 or tier == OTHER_LANGUAGE_TIER or (part in lexicon.not_names and part not in lexicon.ambiguous):
        return None
    if tier <= _COMMON:
        return Care.A_CUE if part in lexicon.ambiguous and part in lexicon.first else None
    return Care.NO_THING if lexicon.is_everyday(part) else Care.NONE


def is_again(text: str, words: Sequence[Word], position: int, part: str, care: Care) -> bool:
    """Whether the word at ``position`` is somebody who was named elsewhere in the conversation."""
    word = words[position]
    if care == Care.NONE:
        return True
    if word.text[0].isupper() and (care == Care.NO_THING or text[: word.start].rstrip(" ")[-1:] not in _SENTENCE_ENDS):
        return True
    before = words[position - 1].base if position else ""
    after = words[position + 1].base if position + 1 < len(words) else ""
    return word.base == part and _says_person(before, after, part)


def cued_places(text: str, part: str) -> Iterator[tuple[int, int]]:
    """Where one of the commonest words stands in ``text`` for a person; looks at its neighbours alone, without cutting words."""
    lowered = text.lower()
    place = lowered.find(part)
    while place >= 0:
        end = place + len(part)
        if not (lowered[place - 1 : place].isalnum() or lowered[end : end + 1].isalnum()) and len(lowered) == len(text):
            before, after = lowered[max(0, place - 16) : place].split(), lowered[end : end + 16].split(None, 1)
            if _says_person(before[-1] if before else "", after[0] if after else "", part):
                yield place, end
        place = lowered.find(part, end)


def _says_thing(before: str, after: str, part: str) -> bool:
    return before in _BEFORE_A_THING or after == "of" or (before in _BEFORE_A_TIME and part in TIMES)


def _says_person(before: str, after: str, part: str) -> bool:
    if _says_thing(before, after, part):
        return False
    return after in _PERSONS_DO or (before in _BEFORE_A_PERSON and part not in _MODALS) or before in _BEFORE_ANYBODY
