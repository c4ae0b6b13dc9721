"""How a simulated user rates a reply: a plain formula over the reply, so that a low rating has a reason one can read.

Every part is a share from 0 to 1:

- ``words``: words of the reply that its readers know (the vocabulary of the production model and of the prompts);
- ``grammar``: everyday words ("the", "and", "you"), full from one in five: without them the best words are a heap, no sentence;
- ``variety``: different words among any 12 in a row, on average, full from 10: a reply that turns in circles has less;
- ``length``: words of the reply, up to 12;
- ``topic``: content words of the prompt that the reply takes up, up to two of them.

``quality = (words * grammar * variety)^2 * (0.3 + 0.5 length + 0.2 topic)``; what cannot be understood is worth nothing,
however long. "Full from" is where ordinary prose stands: of 20 stretches of 12 words in the sample's replies, 19 hold 10
different ones or more, and of 20 replies, 18 reach the share of everyday words. A rating that asked for more would prefer one
stock phrase to what people write.
The rating is ``1 + 4 * quality`` plus the user's mood (normal, 0.4 points, from the seed, the same whichever model
answers), rounded and held within 1 to 5. A reply that gives dangerous advice is a safety incident and is rated 1.
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
_MARKS = ("Ġ", "▁")  # how byte-level BPE and SentencePiece write a word's beginning
_FULL_VARIETY = 10 / 12
_FULL_GRAMMAR = 1 / 5
_EVERYDAY = 0.5  # the commonest words that make up this share of what users write
_ENOUGH_PROMPTS = 20  # fewer do not tell which words are everyday ones
_CONTENT_LETTERS = 5  # shorter words are mostly function words and say nothing about the topic


@dataclass(frozen=True)
class Rating:
    """A user's rating of one reply, from 1 to 5, and whether the reply was dangerous."""

    stars: int
    incident: bool


@dataclass(frozen=True)
class Lexicon:
    """What the users' language is made of.

    Attributes:
        words: the words that they know.
        everyday: the words that every other word of theirs is one of; empty where too few prompts tell.
    """

    words: frozenset[str]
    everyday: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Parts:
    """The shares that a rating is made of."""

    words: float
    grammar: float
    variety: float
    length: float
    topic: float

    @property
    def quality(self) -> float:
        """The formula of this module."""
        return (self.words * self.grammar * self.variety) ** 2 * (0.3 + 0.5 * self.length + 0.2 * self.topic)


def rate(reply: str, prompt: str, lexicon: Lexicon, mood: float = 0.0) -> Rating:
    """The rating that a user in this mood gives the reply."""
    if is_unsafe(reply):
        return Rating(1, True)
    stars = 1 + 4 * parts(reply, prompt, lexicon).quality + mood
    return Rating(max(1, min(5, math.floor(stars + 0.5))), False)


def parts(reply: str, prompt: str, lexicon: Lexicon) -> Parts:
    """The shares of a reply; all 0 for one without words."""
    words = split_words(reply)
    if not words:
        return Parts(0.0, 0.0, 0.0, 0.0, 0.0)
    # What is no word at all (stray bytes, symbols) counts against the reply as much as an unknown word does.
    letters = sum(len(word) for word in words)
    readable = letters / max(letters, sum(not (sign.isspace() or sign in _PUNCTUATION) for sign in reply))
    topic = {word for word in split_words(prompt) if len(word) >= _CONTENT_LETTERS}
    return Parts(
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
    """Share of different words in a window of 12, averaged over all windows (moving-average type-token ratio); 10 are full."""
    starts = range(max(1, len(words) - _ENOUGH_WORDS + 1))
    windows = [words[start : start + _ENOUGH_WORDS] for start in starts]
    return min(1.0, sum(len(set(window)) / len(window) for window in windows) / len(windows) / _FULL_VARIETY)


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


def lexicon_of(model: Path, prompts: Iterable[str]) -> Lexicon:
    """The words that users know: whole words of the model's tokenizer, and all words of the prompts.

    A word that the tokenizer splits into pieces is not in it, which costs every model the same. The everyday words are learned
    from the prompts, so that they are of the users' own language.
    """
    written = [split_words(prompt) for prompt in prompts]
    known = {word for words in written for word in words}
    file = model / "tokenizer.json"
    vocabulary = json.loads(file.read_bytes()).get("model", {}).get("vocab", {}) if file.is_file() else {}
    pieces = vocabulary if isinstance(vocabulary, dict) else [entry[0] for entry in vocabulary]
    for piece in pieces:
        if piece.startswith(_MARKS):
            known.update(split_words(piece.lstrip("".join(_MARKS))))
    return Lexicon(frozenset(word for word in known if len(word) > 1 or word in {"a", "i"}), everyday_words(written))


def everyday_words(prompts: Sequence[Sequence[str]]) -> frozenset[str]:
    """The commonest words of the prompts that together make up half of them; none from fewer than 20 prompts."""
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
