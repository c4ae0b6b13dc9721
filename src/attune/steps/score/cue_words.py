"""The cue words of the offline scorer, read from ``cue_words.yaml``."""

from __future__ import annotations

import functools
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import yaml

from attune.steps.score.conversation_columns import any_of

LANGUAGES = ("en", "es", "de")
_GREETING = r"[^.!?\n]{1,25}[.!?\n]\s*"  # "Hi there." cannot refer to an earlier message
_CUES = ("reflecting", "validating", "dismissive")


@dataclass(frozen=True)
class CueWords:
    """The cues of one language; RE2 patterns for folded text."""

    reflecting: str
    validating: str
    dismissive: str
    open_question: str
    pointing_back: str  # in the first sentence after a greeting
    feelings: re.Pattern[str]  # matched with a single word, as is second_person
    second_person: re.Pattern[str]
    common_words: frozenset[str]
    stop_words: frozenset[str]


@functools.cache
def all_words() -> dict[str, CueWords]:
    """The cues by language, in the order of :data:`LANGUAGES`."""
    values = yaml.safe_load(Path(__file__).with_name("cue_words.yaml").read_text(encoding="utf-8"))
    return {language: _words(values[language]) for language in LANGUAGES}


@functools.cache
def all_stop_words() -> frozenset[str]:
    """The stop words of all languages together."""
    return frozenset().union(*(words.stop_words for words in all_words().values()))


def _words(cues: dict[str, Sequence[str]]) -> CueWords:
    starts = "|".join(cues["open_question"])
    return CueWords(
        **{name: any_of(cues[name]) for name in _CUES},
        open_question=any_of([rf"(?:{starts})(?:[^\\pL\\pN_?][^.!?\n]*)?\?"]),
        pointing_back=rf"^(?:{_GREETING})?[^.!?\n]*?" + any_of(cues["pointing_back"]),
        feelings=re.compile("|".join(cues["feelings"])),
        second_person=re.compile("|".join(cues["second_person"])),
        common_words=frozenset(str(cues["common_words"]).split()),
        stop_words=frozenset(str(cues["stop_words"]).split()),
    )
