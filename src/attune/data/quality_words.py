"""The cues of the offline scorer, read from ``quality_words.yaml`` beside this."""

from __future__ import annotations

import functools
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import yaml

_QUESTION_END = r"\b[^.!?\n]{0,160}\?"
_FALLBACK = "en"
_CUES = ("feelings", "reflecting", "validating", "second_person", "dismissive", "pointing_back")


@dataclass(frozen=True)
class Words:
    """The cues of one language; patterns are for text in lower case with straight apostrophes."""

    feelings: re.Pattern[str]
    reflecting: re.Pattern[str]
    validating: re.Pattern[str]
    second_person: re.Pattern[str]
    open_question: re.Pattern[str]
    dismissive: re.Pattern[str]
    pointing_back: re.Pattern[str]
    stop_words: frozenset[str]


def words_of(language: str) -> Words:
    """The cues of a language; those of English where there are none of its own."""
    known = all_words()
    return known.get(language, known[_FALLBACK])


@functools.cache
def all_words() -> dict[str, Words]:
    """The cues by language."""
    values = yaml.safe_load(Path(__file__).with_name("quality_words.yaml").read_text(encoding="utf-8"))
    return {
        language: Words(
            **{name: _any(cues[name]) for name in _CUES},
            open_question=_any(cues["open_question"], _QUESTION_END),
            stop_words=frozenset(cues["stop_words"].split()),
        )
        for language, cues in values.items()
    }


@functools.cache
def all_stop_words() -> frozenset[str]:
    """The stop words of all languages together."""
    return frozenset().union(*(words.stop_words for words in all_words().values()))


def _any(patterns: Sequence[str], end: str = "") -> re.Pattern[str]:
    # Without IGNORECASE, which costs twice the time: what is searched is in lower case and has straight apostrophes.
    return re.compile(r"\b(?:" + "|".join(patterns) + ")" + end)
