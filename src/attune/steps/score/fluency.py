"""How much a text reads like English sentences: word salad, shuffled words and pieces of words do not.

For each pair of neighbouring words the log ratio ``log2 P(second | first) / P(second)`` over classes of words: each of the
commonest words is a class of its own, other words fall into classes by whether they are known and how they end. Real sentences
have a high mean, words in random order one below zero; a text of which a quarter of the words are unknown is doubtful too. The
table is made by :mod:`tools.train_fluency`, holds counts of classes and words but no text, and knows English
only.
"""

from __future__ import annotations

import base64
import functools
import json
import zlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from attune.steps.score.conversations import PLACEHOLDER_WORD, Conversations, Floats, Numbers

FILE = Path(__file__).with_name("fluency.json")
SCALE = 16  # steps of the table to one bit
RARE_STEM = 4.5  # weight of a stem that less than one text in ninety uses
ENDINGS = ("ing", "ed", "ly", "ion", "ness", "ment", "ble", "ful", "ous", "ive", "ity", "al", "er", "est", "'s", "s", "y")
_SHORT = 3
_PRIOR_PAIRS = 4  # pairs of an ordinary text that every text is given, so that a short one is not judged by chance
_ORDINARY = 0.8  # mean of ordinary replies, in bits
_UNKNOWN, _KNOWN = 0.45, 0.25  # share of unknown words at and over which a text is none, at and under which it is fully one
_SALAD, _SENTENCES = -0.05, 0.45  # mean at and below which a text is no sentence, at and over which it is fully one


@dataclass(frozen=True)
class Table:
    """The shipped table."""

    common: dict[str, int]
    known: frozenset[str]
    stems: dict[str, float]  # inverse document frequency of stems that many texts use
    scores: npt.NDArray[np.int8]  # class of the first word, class of the second word


def class_of(word: str, common: dict[str, int], known: frozenset[str]) -> int:
    """The class of a word, given those that are classes of their own."""
    own = common.get(word)
    if own is not None:
        return own
    if word == PLACEHOLDER_WORD:
        return len(common)
    ending = next((place for place, end in enumerate(ENDINGS) if word.endswith(end) and len(word) > len(end) + 1), len(ENDINGS))
    if ending == len(ENDINGS) and len(word) <= _SHORT:
        ending += 1
    return len(common) + 1 + ending + (len(ENDINGS) + 2) * (word not in known)


def classes(common: int) -> int:
    """Number of classes."""
    return common + 1 + 2 * (len(ENDINGS) + 2)


@functools.cache
def table() -> Table:
    """The shipped table, read once."""
    saved = json.loads(FILE.read_text(encoding="utf-8"))
    common = {word: index for index, word in enumerate(saved["common"].split())}
    size = classes(len(common))
    scores = np.frombuffer(zlib.decompress(base64.b64decode(saved["scores"])), np.int8).reshape(size, size)
    stems = {stem: int(weight) / SCALE for stem, weight in (entry.split(":") for entry in saved["stems"].split())}
    return Table(common, frozenset(zlib.decompress(base64.b64decode(saved["known"])).decode().split()), stems, scores)


def stem_weight(stem: str) -> float:
    """Natural logarithm of how many texts there are for each that uses the stem; the same for all that few texts use."""
    return table().stems.get(stem, RARE_STEM)


@functools.lru_cache(maxsize=1 << 17)
def _class(word: str) -> int:
    known = table()
    return class_of(word, known.common, known.known)


def readable(talk: Conversations, messages: Numbers) -> Floats:
    """From 0 (no sentences) to 1, what these messages of each conversation read like together; 1 where they say nothing."""
    chosen = np.zeros(talk.messages, np.bool_)
    chosen[messages] = True
    kept = chosen[talk.message]
    codes, message = talk.of_word(_class)[kept], talk.message[kept]
    pairs = np.flatnonzero(message[1:] == message[:-1])
    values = table().scores[codes[pairs], codes[pairs + 1]].astype(np.int64)
    record = talk.record[message[pairs]]
    total = np.bincount(record, values, talk.rows) / SCALE
    count = np.bincount(record, minlength=talk.rows)
    mean = (total + _PRIOR_PAIRS * _ORDINARY) / (count + _PRIOR_PAIRS)
    fluent = np.clip((mean - _SALAD) / (_SENTENCES - _SALAD), 0.0, 1.0)
    spoken = talk.record[message]
    strange = np.bincount(spoken, codes >= _first_unknown(), talk.rows)
    share = strange / (np.bincount(spoken, minlength=talk.rows) + _PRIOR_PAIRS)
    return np.asarray(fluent * np.clip((_UNKNOWN - share) / (_UNKNOWN - _KNOWN), 0.0, 1.0))


def _first_unknown() -> int:
    """The first of the classes of unknown words."""
    return len(table().common) + 1 + len(ENDINGS) + 2
