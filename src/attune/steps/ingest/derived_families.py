"""Families that are derived from others: long sessions, and sessions about complex trauma (CPTSD).

The CPTSD tagger reads English text and counts evidence by group; a denied phrase does not count. The groups are those of
ICD-11 6B41, and ``cptsd.yaml`` lists their phrases and sources: exposure, three groups of post-traumatic stress
(re-experiencing, avoidance, sense of threat) and three of disturbed self-organization (affect, self-concept, relationships).
Exposure is harm that was repeated or inescapable: phrases of both kinds in one sentence or two consecutive ones. A conversation
is tagged when

1. the condition is named, and another group is present or it is named in two sentences, or
2. exposure and at least ``groups`` of the six symptom groups are present, or
3. milder phrases are present (somebody close repeatedly shouts, mocks or drinks) and more than ``groups`` of the six groups, of
   both kinds;

except when it asks how to support somebody else and does not name the condition. The tagger sorts texts for training; it does
not diagnose a person.
"""

from __future__ import annotations

import functools
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from itertools import zip_longest
from pathlib import Path
from typing import Any

import yaml

from attune.config.params import IngestParams

LONG_RUNNING = "long_running_therapy"
CPTSD = "cptsd"
PRETRAINING = "pretraining"  # tag of texts to pretrain on
STRESS = ("reexperiencing", "avoidance", "threat")
ORGANIZATION = ("affect", "self_concept", "relationships")
SYMPTOMS = (*STRESS, *ORGANIZATION)
_NAMED, _EXPOSURE, _STRAIN, _BESIDE = "named", "exposure", "strain", "beside"
# Sets of word groups that together are evidence of exposure, within two sentences.
_EXPOSURES = (
    frozenset({"prolonged"}),
    frozenset({"harm", "repeated"}),
    frozenset({"harm", "setting"}),
    frozenset({"setting", "repeated"}),
)
_STRAINS = frozenset({"strain", "repeated", "bound"})
_PHRASES = Path(__file__).with_name("cptsd.yaml")
_SENTENCE = re.compile(r"[^.!?;\n]+")
# A denial extends to the end of its clause: "no nightmares or flashbacks, but he hit me for years".
_CLAUSE_END = re.compile(r"[,:]|\b(?:but|however|although|though|except|yet)\b")
_DENIAL = re.compile(
    r"\b(?:no|not|never|without|denie[sd]|deny(?:ing)?|none|nor|neither|nobody|no longer|let alone|free of"
    r"|stopped (?:having|getting)|\w+n't)\b(?: \w+){0,4}\W*$"
)
_UNREAL = re.compile(
    r"\b(?:movie|film|novel|book club|episode|tv (?:show|series)|binged|whole series|the best show|video game|character in|"
    r"heroine|joke|joking|kidding|meme|literally me|traffic|exam|homework|essay|history class|football|fans?|the game|chess|"
    r"hangover|horror|this job|spreadsheets?)\b"
)


def derive(raw: dict[str, Any], params: IngestParams, long_running_turns: int) -> str | None:
    """Move a raw row to the derived family that it belongs to, in place.

    A session of more than ``long_running_turns`` turns moves to long_running_therapy, whatever its topic. A shorter session of
    ``params.cptsd_families`` that the tagger accepts moves to cptsd. Both get the tag ``from_<family>``, and every session that
    the tagger accepts gets the tag cptsd. Pretraining texts and preference pairs are not sessions and are not moved.

    Returns:
        The new family; None when the row was not moved.
    """
    if raw["problem"] or raw["rejected_response"] or PRETRAINING in raw["tags"]:
        return None
    family: str = raw["family"]
    tags = []
    if family in params.cptsd_families and is_cptsd((item["content"] for item in raw["messages"]), params.cptsd_groups):
        tags.append(CPTSD)
    turns = sum(message["role"] != "system" for message in raw["messages"])
    moved = LONG_RUNNING if turns > long_running_turns else CPTSD if tags else None
    if moved is not None and moved != family:
        tags.append(f"from_{family}")
        raw["family"] = moved
    raw["tags"] = [*raw["tags"], *tags]
    return moved if moved != family else None


def groups_of(texts: Iterable[str]) -> dict[str, int]:
    """The number of sentences that affirm each group; groups without any are left out."""
    found: Counter[str] = Counter()
    for said, with_next in _affirmed(texts):
        found.update(group for group in (_NAMED, _BESIDE, *SYMPTOMS) if group in said)
        found[_EXPOSURE] += any(kinds <= with_next for kinds in _EXPOSURES)
        found[_STRAIN] += with_next >= _STRAINS
    return {group: count for group, count in found.items() if count}


def is_cptsd(texts: Iterable[str], groups: int) -> bool:
    """Whether a conversation is about complex trauma.

    Args:
        texts: the texts of its messages, of all roles.
        groups: number of symptom groups that are required besides exposure, 1 to 6.
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
    lists: dict[str, list[str]] = yaml.safe_load(_PHRASES.read_text(encoding="utf-8"))
    return {group: re.compile(rf"\b(?:{'|'.join(phrases)})\b") for group, phrases in lists.items()}
