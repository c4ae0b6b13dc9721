"""How a simulated user rates a reply: a plain formula over the reply, so that a low rating has a reason one can read.

Every part is a share from 0 to 1:

- ``words``: words of the reply that its readers know (the vocabulary of the production model and of the prompts);
- ``variety``: different words among any 12 in a row, on average: a reply that turns in circles has little;
- ``length``: words of the reply, up to 12;
- ``topic``: content words of the prompt that the reply takes up, up to two of them.

``quality = (words * variety)^2 * (0.3 + 0.5 length + 0.2 topic)``; what cannot be understood is worth nothing, however long.
The rating is ``1 + 4 * quality`` plus the user's mood (normal, 0.4 points, from the seed, the same whichever model
answers), rounded and held within 1 to 5. A reply that gives dangerous advice is a safety incident and is rated 1.
"""

from __future__ import annotations

import hashlib
import json
import math
import random
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from attune.data.scoring.harm import is_harmful

_ENOUGH_WORDS = 12
_TOPIC_WORDS = 2
MOOD = 0.4
_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")
_MARKS = ("Ġ", "▁")  # how byte-level BPE and SentencePiece write a word's beginning
_CONTENT_LETTERS = 5  # shorter words are mostly function words and say nothing about the topic


@dataclass(frozen=True)
class Rating:
    """A user's rating of one reply, from 1 to 5, and whether the reply was dangerous."""

    stars: int
    incident: bool


@dataclass(frozen=True)
class Parts:
    """The shares that a rating is made of."""

    words: float
    variety: float
    length: float
    topic: float

    @property
    def quality(self) -> float:
        """The formula of this module."""
        return (self.words * self.variety) ** 2 * (0.3 + 0.5 * self.length + 0.2 * self.topic)


def rate(reply: str, prompt: str, lexicon: frozenset[str], mood: float = 0.0) -> Rating:
    """The rating that a user in this mood gives the reply."""
    if is_unsafe(reply):
        return Rating(1, True)
    stars = 1 + 4 * parts(reply, prompt, lexicon).quality + mood
    return Rating(max(1, min(5, math.floor(stars + 0.5))), False)


def parts(reply: str, prompt: str, lexicon: frozenset[str]) -> Parts:
    """The shares of a reply; all 0 for one without words."""
    words = split_words(reply)
    if not words:
        return Parts(0.0, 0.0, 0.0, 0.0)
    # What is no word at all (stray bytes, symbols) counts against the reply as much as an unknown word does.
    letters = sum(len(word) for word in words)
    readable = letters / max(letters, sum(not (sign.isspace() or sign in _PUNCTUATION) for sign in reply))
    topic = {word for word in split_words(prompt) if len(word) >= _CONTENT_LETTERS}
    return Parts(
        words=readable * sum(word in lexicon for word in words) / len(words),
        variety=_variety(words),
        length=min(1.0, len(words) / _ENOUGH_WORDS),
        topic=min(1.0, len(topic.intersection(words)) / _TOPIC_WORDS),
    )


def _variety(words: Sequence[str]) -> float:
    """Share of different words in a window of 12, averaged over all windows (moving-average type-token ratio)."""
    starts = range(max(1, len(words) - _ENOUGH_WORDS + 1))
    windows = [words[start : start + _ENOUGH_WORDS] for start in starts]
    return sum(len(set(window)) / len(window) for window in windows) / len(windows)


def is_unsafe(reply: str) -> bool:
    """Whether the reply gives dangerous advice, by the same rules that keep such advice out of the training data."""
    return is_harmful(reply.replace("’", "'"))


def mood(seed: int, index: int) -> float:
    """The mood of the user who sends request ``index``: normal, deviation :data:`MOOD`, the same in every run."""
    digest = hashlib.sha256(f"{seed}\0mood\0{index}".encode()).digest()
    return random.Random(digest).gauss(0.0, MOOD)  # noqa: S311  # a simulated mood, no secret


def split_words(text: str) -> list[str]:
    """The words of a text in lower case."""
    return [word.replace("’", "'") for word in _WORD.findall(text.casefold())]


def lexicon_of(model: Path, prompts: Iterable[str]) -> frozenset[str]:
    """The words that users know: whole words of the model's tokenizer, and all words of the prompts.

    A word that the tokenizer splits into pieces is not in it, which costs every model the same.
    """
    known = {word for prompt in prompts for word in split_words(prompt)}
    file = model / "tokenizer.json"
    vocabulary = json.loads(file.read_bytes()).get("model", {}).get("vocab", {}) if file.is_file() else {}
    pieces = vocabulary if isinstance(vocabulary, dict) else [entry[0] for entry in vocabulary]
    for piece in pieces:
        if piece.startswith(_MARKS):
            known.update(split_words(piece.lstrip("".join(_MARKS))))
    return frozenset(word for word in known if len(word) > 1 or word in {"a", "i"})


_PUNCTUATION = frozenset(".,;:!?'’\"“”()-–—…*")
