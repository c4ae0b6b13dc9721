"""The tagger for complex trauma (CPTSD) in English transcripts: phrases by symptom group, counted where nobody denies them.

The groups are those of ICD-11 6B41: three of post-traumatic stress (re-experiencing, avoidance, sense of threat) and three of
disturbed self-organization (affect, self-concept, relationships); ``exposure`` is long or repeated harm. A conversation is
tagged when, in sentences that do not deny it,

1. the condition is named and at least one other group is there too, or it is named in two sentences, or
2. exposure is there and at least ``groups`` of the six symptom groups are.

It sorts texts for training; it says nothing about a person, and is no diagnosis.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Mapping
from pathlib import Path

import yaml

TAG = "cptsd"
SYMPTOMS = ("reexperiencing", "avoidance", "threat", "affect", "self_concept", "relationships")
_FILE = Path(__file__).with_name("cptsd.yaml")
_SENTENCE = re.compile(r"[^.!?;\n]+")
# A denial reaches to the end of its clause: "no nightmares or flashbacks, but he hit me for years".
_CLAUSE_END = re.compile(r"[,:]|\b(?:but|however|although|though|except|yet)\b")
_DENIAL = re.compile(
    r"\b(?:no|not|never|without|denie[sd]|deny(?:ing)?|none|nor|neither|nobody|no longer|stopped (?:having|getting)|free of"
    r"|\w+n't)\b(?: \w+){0,4}\W*$"
)
# What begins a phrase of the lists by itself ("can't trust", "never feel safe") is no denial of it.
_UNREAL = re.compile(
    r"\b(?:movie|film|novel|episode|tv show|series|the best show|video game|character in|joke|joking|kidding|meme|"
    r"literally me|traffic|exam|homework|football|the game|hangover|horror)\b"
)


def groups_of(texts: Iterable[str]) -> dict[str, int]:
    """In how many sentences each group is affirmed, for the groups that are."""
    found: dict[str, int] = {}
    for text in texts:
        for sentence in _SENTENCE.findall(text.lower().replace("’", "'")):
            if _UNREAL.search(sentence):
                continue
            for group, pattern in _patterns().items():
                if any(not _denied(sentence[: match.start()]) for match in pattern.finditer(sentence)):
                    found[group] = found.get(group, 0) + 1
    return found


def is_cptsd(texts: Iterable[str], groups: int) -> bool:
    """Whether a conversation is about complex trauma.

    Args:
        texts: its messages, whoever said them.
        groups: symptom groups that must be there beside exposure, 1 to 6.
    """
    found = groups_of(texts)
    symptoms = sum(group in found for group in SYMPTOMS)
    if named := found.get("named", 0):
        return named > 1 or symptoms > 0 or "exposure" in found
    return "exposure" in found and symptoms >= groups


def _denied(before: str) -> bool:
    return _DENIAL.search(_CLAUSE_END.split(before)[-1]) is not None


@functools.cache
def _patterns() -> Mapping[str, re.Pattern[str]]:
    lists: dict[str, list[str]] = yaml.safe_load(_FILE.read_text(encoding="utf-8"))
    return {group: re.compile(rf"\b(?:{'|'.join(phrases)})\b") for group, phrases in lists.items()}
