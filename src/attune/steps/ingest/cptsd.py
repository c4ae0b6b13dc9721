"""The tagger for complex trauma (CPTSD) in English transcripts: evidence by group, where nobody denies it.

The groups are those of ICD-11 6B41, which ``cptsd.yaml`` names with their source: exposure, three groups of post-traumatic
stress (re-experiencing, avoidance, sense of threat) and three of disturbed self-organization (affect, self-concept,
relationships). Exposure is harm that was repeated or that nobody could get away from: words of both kinds in one sentence or
in two that follow each other, since few people say it in one phrase. A conversation is tagged when

1. the condition is named and at least one other group is there too, or it is named in two sentences, or
2. exposure is there and at least ``groups`` of the six symptom groups are, or
3. milder words are there (somebody close shouts, mocks, drinks, again and again) and more than ``groups`` of the six groups,
   of both kinds;

but not when it asks how to stand by somebody else, unless the condition is named. It sorts texts for training; it says nothing
about a person, and is no diagnosis.
"""

from __future__ import annotations

import functools
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from itertools import zip_longest
from pathlib import Path

import yaml

TAG = "cptsd"
STRESS = ("reexperiencing", "avoidance", "threat")
ORGANIZATION = ("affect", "self_concept", "relationships")
SYMPTOMS = (*STRESS, *ORGANIZATION)
_NAMED, _EXPOSURE, _STRAIN, _BESIDE = "named", "exposure", "strain", "beside"
# Words that are exposure together, within two sentences.
_EXPOSURES = (
    frozenset({"prolonged"}),
    frozenset({"harm", "repeated"}),
    frozenset({"harm", "setting"}),
    frozenset({"setting", "repeated"}),
)
_STRAINS = frozenset({"strain", "repeated", "bound"})
_FILE = Path(__file__).with_name("cptsd.yaml")
_SENTENCE = re.compile(r"[^.!?;\n]+")
# A denial reaches to the end of its clause: "no nightmares or flashbacks, but he hit me for years".
_CLAUSE_END = re.compile(r"[,:]|\b(?:but|however|although|though|except|yet)\b")
_DENIAL = re.compile(
    r"\b(?:no|not|never|without|denie[sd]|deny(?:ing)?|none|nor|neither|nobody|no longer|let alone|free of"
    r"|stopped (?:having|getting)|\w+n't)\b(?: \w+){0,4}\W*$"
)
# What begins a phrase of the lists by itself ("can't trust", "never feel safe") is no denial of it.
_UNREAL = re.compile(
    r"\b(?:movie|film|novel|book club|episode|tv (?:show|series)|binged|whole series|the best show|video game|character in|"
    r"heroine|joke|joking|kidding|meme|literally me|traffic|exam|homework|essay|history class|football|fans?|the game|chess|"
    r"hangover|horror|this job|spreadsheets?)\b"
)


def groups_of(texts: Iterable[str]) -> dict[str, int]:
    """In how many sentences each group is affirmed, for the groups that are: symptoms, and what else decides."""
    found: Counter[str] = Counter()
    for said, with_next in _affirmed(texts):
        found.update(group for group in (_NAMED, _BESIDE, *SYMPTOMS) if group in said)
        found[_EXPOSURE] += any(kinds <= with_next for kinds in _EXPOSURES)
        found[_STRAIN] += with_next >= _STRAINS
    return {group: count for group, count in found.items() if count}


def is_cptsd(texts: Iterable[str], groups: int) -> bool:
    """Whether a conversation is about complex trauma.

    Args:
        texts: its messages, whoever said them.
        groups: symptom groups that must be there beside exposure, 1 to 6.
    """
    found = groups_of(texts)
    stress, organization = (sum(group in found for group in part) for part in (STRESS, ORGANIZATION))
    symptoms = stress + organization
    if named := found.get(_NAMED, 0):
        return named > 1 or symptoms > 0 or _EXPOSURE in found
    if _BESIDE in found:
        return False
    if _EXPOSURE in found:
        return symptoms >= groups
    return _STRAIN in found and symptoms > groups and stress > 0 and organization > 0


def _affirmed(texts: Iterable[str]) -> Iterator[tuple[frozenset[str], frozenset[str]]]:
    """The groups of each sentence, and those of it and the next sentence of the same text together."""
    for text in texts:
        sentences = [_groups(sentence) for sentence in _SENTENCE.findall(text.lower().replace("’", "'"))]
        for said, after in zip_longest(sentences, sentences[1:], fillvalue=frozenset[str]()):
            yield said, said | after


def _groups(sentence: str) -> frozenset[str]:
    if _UNREAL.search(sentence):
        return frozenset()
    return frozenset(
        group
        for group, pattern in _patterns().items()
        if any(not _denied(sentence[: match.start()]) for match in pattern.finditer(sentence))
    )


def _denied(before: str) -> bool:
    return _DENIAL.search(_CLAUSE_END.split(before)[-1]) is not None


@functools.cache
def _patterns() -> Mapping[str, re.Pattern[str]]:
    lists: dict[str, list[str]] = yaml.safe_load(_FILE.read_text(encoding="utf-8"))
    return {group: re.compile(rf"\b(?:{'|'.join(phrases)})\b") for group, phrases in lists.items()}
