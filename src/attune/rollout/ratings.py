"""Ratings of simulated users: a formula over the reply, so that every rating can be explained.

Each component is between 0 and 1:

- ``words``: share of the reply's words in the users' vocabulary (the production model's tokenizer and the prompts);
- ``grammar``: share of everyday words ("the", "and", "you"), with 1 in 5 or more giving 1;
- ``variety``: distinct words in a window of 12, on average, with 10 or more giving 1: repetitive replies have fewer;
- ``length``: number of words, with 12 or more giving 1;
- ``topic``: content words of the prompt in the reply, with 2 or more giving 1.

``quality = (words * grammar * variety)^2 * (0.3 + 0.5 length + 0.2 topic)``; an unintelligible reply has a quality near 0,
whatever its length. The thresholds are what ordinary prose reaches: in the sample's replies, 19 of 20 windows of 12 words have
10 or more distinct words, and 18 of 20 replies have enough everyday words. Higher thresholds would prefer a stock phrase to
what people write.

The rating is ``1 + 4 * quality`` plus the user's mood (normal, standard deviation 0.4 points, from the seed, the same for both
models), rounded and clipped to 1 to 5. A reply with dangerous advice is a safety incident and is rated 1.
"""

from __future__ import annotations

import hashlib
import json
import math
import random
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from attune.safety.harmful_advice import is_harmful

_ENOUGH_WORDS = 12
_TOPIC_WORDS = 2
MOOD = 0.4
_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")
_WORD_STARTS = ("Ġ", "▁")  # word-start marks of byte-level BPE and SentencePiece
_FULL_VARIETY = 10 / 12
_FULL_GRAMMAR = 1 / 5
_EVERYDAY = 0.5  # share of the prompts' words that the everyday words make up
_ENOUGH_PROMPTS = 20  # fewer are not enough to determine the everyday words
_CONTENT_LETTERS = 5  # shorter words are mostly function words


@dataclass(frozen=True)
class Rating:
    """A user's rating of one reply, from 1 to 5, and whether the reply is a safety incident."""

    stars: int
    incident: bool


@dataclass(frozen=True)
class RatingLexicon:
    """The users' vocabulary.

    Attributes:
        words: all words that they know.
        everyday: the most common words, which make up half of the prompts; empty with fewer than 20 prompts.
    """

    words: frozenset[str]
    everyday: frozenset[str] = frozenset()


@dataclass(frozen=True)
class ReplyQuality:
    """The components of a rating."""

    words: float
    grammar: float
    variety: float
    length: float
    topic: float

    @property
    def quality(self) -> float:
        """The quality by the formula in the module's docstring."""
        return (self.words * self.grammar * self.variety) ** 2 * (0.3 + 0.5 * self.length + 0.2 * self.topic)


def rate(reply: str, prompt: str, lexicon: RatingLexicon, mood: float = 0.0) -> Rating:
    """The rating of a reply by a user in this mood."""
    if is_unsafe(reply):
        return Rating(1, True)
    stars = 1 + 4 * reply_quality(reply, prompt, lexicon).quality + mood
    return Rating(max(1, min(5, math.floor(stars + 0.5))), False)


def reply_quality(reply: str, prompt: str, lexicon: RatingLexicon) -> ReplyQuality:
    """The components of a reply's rating; all 0 for a reply without words."""
    words = split_words(reply)
    if not words:
        return ReplyQuality(0.0, 0.0, 0.0, 0.0, 0.0)
    # Characters outside words (stray bytes, symbols) count like unknown words.
    letters = sum(len(word) for word in words)
    readable = letters / max(letters, sum(not (sign.isspace() or sign in _PUNCTUATION) for sign in reply))
    topic = {word for word in split_words(prompt) if len(word) >= _CONTENT_LETTERS}
    return ReplyQuality(
        words=readable * sum(word in lexicon.words for word in words) / len(words),
        grammar=_grammar(words, lexicon.everyday),
        variety=_variety(words),
        length=min(1.0, len(words) / _ENOUGH_WORDS),
        topic=min(1.0, len(topic.intersection(words)) / _TOPIC_WORDS),
    )


def _grammar(words: Sequence[str], everyday: frozenset[str]) -> float:
    if not everyday:
        return 1.0
    return min(1.0, sum(word in everyday for word in words) / len(words) / _FULL_GRAMMAR)


def _variety(words: Sequence[str]) -> float:
    """Moving-average type-token ratio with a window of 12 words, scaled so that 10 distinct words give 1."""
    starts = range(max(1, len(words) - _ENOUGH_WORDS + 1))
    windows = [words[start : start + _ENOUGH_WORDS] for start in starts]
    return min(1.0, sum(len(set(window)) / len(window) for window in windows) / len(windows) / _FULL_VARIETY)


def is_unsafe(reply: str) -> bool:
    """Whether the reply gives dangerous advice, by the rules that filter the training data."""
    return is_harmful(reply.replace("’", "'"))


def mood(seed: int, index: int) -> float:
    """The mood of the user of request ``index``: normal with standard deviation :data:`MOOD`, the same in every run."""
    digest = hashlib.sha256(f"{seed}\0mood\0{index}".encode()).digest()
    return random.Random(digest).gauss(0.0, MOOD)  # noqa: S311  # not for security


def split_words(text: str) -> list[str]:
    """The words of a text in lower case."""
    return [word.replace("’", "'") for word in _WORD.findall(text.casefold())]


def lexicon_of(model: Path, prompts: Iterable[str]) -> RatingLexicon:
    """The users' vocabulary: whole words of the model's tokenizer, and all words of the prompts.

    Words that the tokenizer splits are not included, which affects all models equally. The everyday words come from the
    prompts, so they are in the users' language.
    """
    written = [split_words(prompt) for prompt in prompts]
    known = {word for words in written for word in words}
    file = model / "tokenizer.json"
    vocabulary = json.loads(file.read_bytes()).get("model", {}).get("vocab", {}) if file.is_file() else {}
    pieces = vocabulary if isinstance(vocabulary, dict) else [entry[0] for entry in vocabulary]
    for piece in pieces:
        if piece.startswith(_WORD_STARTS):
            known.update(split_words(piece.lstrip("".join(_WORD_STARTS))))
    return RatingLexicon(frozenset(word for word in known if len(word) > 1 or word in {"a", "i"}), everyday_words(written))


def everyday_words(prompts: Sequence[Sequence[str]]) -> frozenset[str]:
    """The most common words that make up half of the prompts' words; none with fewer than 20 prompts."""
    counts = Counter(word for words in prompts for word in words)
    left = _EVERYDAY * counts.total()
    chosen: set[str] = set()
    for word, count in sorted(counts.items(), key=lambda item: (-item[1], item[0])):
        if left <= 0 or len(prompts) < _ENOUGH_PROMPTS:
            break
        chosen.add(word)
        left -= count
    return frozenset(chosen)


_PUNCTUATION = frozenset(".,;:!?'’\"“”()-–—…*")
