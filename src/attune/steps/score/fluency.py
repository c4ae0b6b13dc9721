"""How much a text resembles English sentences, as opposed to shuffled words or fragments of words.

For each pair of adjacent words it takes the log ratio ``log2 P(second | first) / P(second)`` over word classes: each of the
most common words is a class of its own, other words are classified by whether they are known and by their ending. Real
sentences have a high mean, words in random order a mean below zero. A high share of unknown words also lowers the result.
``tools/train_fluency.py`` trains the table; it holds counts of classes and words but no text, for English only.
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

from attune.steps.score.conversation_columns import PLACEHOLDER_WORD, ConversationColumns, Floats, Numbers

FILE = Path(__file__).with_name("fluency.json")
SCALE = 16  # steps of the table per bit
RARE_STEM = 4.5  # weight (idf) of a stem that fewer than one text in ninety use
ENDINGS = ("ing", "ed", "ly", "ion", "ness", "ment", "ble", "ful", "ous", "ive", "ity", "al", "er", "est", "'s", "s", "y")
_SHORT = 3
_PRIOR_PAIRS = 4  # prior: pairs of an average text, added to every text so that short texts get moderate values
_ORDINARY = 0.8  # mean of average replies, in bits
_UNKNOWN, _KNOWN = 0.45, 0.25  # shares of unknown words at which the factor is 0 and 1
_SALAD, _SENTENCES = -0.05, 0.45  # means, in bits, at which the factor is 0 and 1


@dataclass(frozen=True)
class FluencyTable:
    """The shipped table."""

    common: dict[str, int]
    known: frozenset[str]
    stems: dict[str, float]  # inverse document frequency of stems that many texts use
    scores: npt.NDArray[np.int8]  # class of the first word, class of the second word


def class_of(word: str, common: dict[str, int], known: frozenset[str]) -> int:
    """The class of a word; ``common`` maps the words that are classes of their own."""
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
def table() -> FluencyTable:
    """The shipped table, read once."""
    saved = json.loads(FILE.read_text(encoding="utf-8"))
    common = {word: index for index, word in enumerate(saved["common"].split())}
    size = classes(len(common))
    scores = np.frombuffer(zlib.decompress(base64.b64decode(saved["scores"])), np.int8).reshape(size, size)
    stems = {stem: int(weight) / SCALE for stem, weight in (entry.split(":") for entry in saved["stems"].split())}
    return FluencyTable(common, frozenset(zlib.decompress(base64.b64decode(saved["known"])).decode().split()), stems, scores)


def stem_weight(stem: str) -> float:
    """Inverse document frequency of a stem (natural logarithm); rare stems share one value."""
    return table().stems.get(stem, RARE_STEM)


@functools.lru_cache(maxsize=1 << 17)
def _class(word: str) -> int:
    known = table()
    return class_of(word, known.common, known.known)


def readable(columns: ConversationColumns, messages: Numbers) -> Floats:
    """How much the given messages of each conversation resemble sentences, 0 to 1; 1 where they are empty."""
    chosen = np.zeros(columns.messages, np.bool_)
    chosen[messages] = True
    kept = chosen[columns.message]
    codes, message = columns.of_word(_class)[kept], columns.message[kept]
    pairs = np.flatnonzero(message[1:] == message[:-1])
    values = table().scores[codes[pairs], codes[pairs + 1]].astype(np.int64)
    record = columns.record[message[pairs]]
    total = np.bincount(record, values, columns.rows) / SCALE
    count = np.bincount(record, minlength=columns.rows)
    mean = (total + _PRIOR_PAIRS * _ORDINARY) / (count + _PRIOR_PAIRS)
    fluent = np.clip((mean - _SALAD) / (_SENTENCES - _SALAD), 0.0, 1.0)
    spoken = columns.record[message]
    strange = np.bincount(spoken, codes >= _first_unknown(), columns.rows)
    share = strange / (np.bincount(spoken, minlength=columns.rows) + _PRIOR_PAIRS)
    return np.asarray(fluent * np.clip((_UNKNOWN - share) / (_UNKNOWN - _KNOWN), 0.0, 1.0))


def _first_unknown() -> int:
    """The first class of unknown words."""
    return len(table().common) + 1 + len(ENDINGS) + 2
