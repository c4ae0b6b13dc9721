"""Features of a word and its context for the name model, for training and decoding alike.

Everything about one word follows from the word as typed and from the casing of its text, so it is computed once per distinct
word and kept. Neighbours are seen through two short names of a word: its *key* (the word itself when common, else its class)
and its *class* (which lists it is in, how common it is, how it is written).
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Mapping
from itertools import islice
from typing import NamedTuple

from attune.redaction.lexicon import Lexicon, base_of, fold
from attune.redaction.lexicon import lexicon as shipped_lexicon
from attune.redaction.placeholders import EXPRESSION

TOKEN = re.compile(EXPRESSION + r"|[^\W\d_]+(?:['’][^\W\d_]+)*|\d+|[^\w\s]|_+|\n")
_CAPITAL, _SMALL = re.compile(r"[A-Z]"), re.compile(r"[a-z]")
_POSSESSIVES = frozenset({"'s", "’s", "'S", "’S"})
CONTEXT = 3
#: The words on which features of pairs are built, as offsets and what is taken of each ("k": key, "c": class).
PAIRS = (
    ((-2, "k"), (-1, "k")),
    ((1, "k"), (2, "k")),
    ((-1, "k"), (1, "k")),
    ((-1, "k"), (0, "c")),
    ((0, "c"), (1, "k")),
    ((-1, "c"), (0, "c")),
    ((0, "c"), (1, "c")),
)
BOUNDARY = "\x00"
_KEY_TIER = 5
_SHORT_TIERS = {1: "1", 2: "1", 3: "3", 4: "4", 5: "5", 6: "6", 7: "6", 8: "8"}
_LOOKS_LIKE_NAME = 5
_SCORE_STEPS = (-1.5, -0.9, -0.5, -0.2, 0.1, 0.4, 0.8, 1.3)


class Token(NamedTuple):
    """A word, number, mark, line end or placeholder of a text; ``end`` is before a possessive ``'s``."""

    start: int
    end: int
    text: str


class WordFeatures(NamedTuple):
    """Features of one word form."""

    own: tuple[str, ...]
    key: str
    group: str
    near: tuple[str, ...]  # what direct neighbours see beside key and class


_tuple = tuple.__new__  # half the cost of a call of the class


def tokens_of(text: str, first: int = 0, last: int | None = None) -> list[Token]:
    """The tokens of ``text`` from ``first`` to ``last``."""
    tokens, place, find = [], first, text.find
    # Only white space lies between tokens, so that each one is the next occurrence of its text: faster than match objects.
    for written in TOKEN.findall(text, first, len(text) if last is None else last):
        start = find(written, place)
        place = start + len(written)
        tokens.append(_tuple(Token, (start, place - 2 if written[-2:] in _POSSESSIVES else place, written)))
    return tokens


def casing_of(text: str) -> str:
    """How the whole text is written: "l" without capitals, "u" in capitals, else "m"."""
    capitals = len(_CAPITAL.findall(text)) if text.isascii() else sum(map(str.isupper, text))
    if not capitals or (capitals <= 2 + len(text) // 200 and text == text.lower().replace(" i ", " I ").replace("i'm", "I'm")):
        return "l"
    if (
        sum(1 for _ in islice(_SMALL.finditer(text), capitals // 4 + 1)) > capitals // 4
    ):  # enough small letters: no need to count
        return "m"
    letters = sum(map(str.isalpha, text))
    return "u" if capitals > 0.8 * letters and letters > 8 else "m"


class FeatureMaker:
    """Turns words into features.

    Args:
        lexicon: the shipped word lists.
        ngrams: letters n-gram -> how much more often in names than in words (log), for unknown words.
        hidden: names that are treated as if no list held them; in training, so that unknown names are learnt.
    """

    def __init__(self, lexicon: Lexicon, ngrams: Mapping[str, float], hidden: Callable[[str], bool] | None = None) -> None:
        self._lexicon = lexicon
        self._ngrams = ngrams
        self._hidden = hidden

    def of(self, word: str, casing: str) -> WordFeatures:
        """The features of a word as typed in a text of that casing."""
        if word == BOUNDARY or not word[0].isalpha():
            return _other(word)
        base, lexicon = base_of(word), self._lexicon
        lists = self._lists(base)
        tier = _SHORT_TIERS[lexicon.tiers[base]] if base in lexicon.tiers else "0"
        case = ("U" if word.isupper() and len(word) > 1 else "C" if word[0].isupper() else "l") + casing
        group = f"{lists}{tier}{case}"
        common = lexicon.tiers.get(base, 9) <= _KEY_TIER or base in lexicon.not_names
        key = fold(word) if common else f"<{lists}{tier}>"
        own = [f"c={group}", f"g={lists}{tier}", f"s={case}{_length(base)}", f"k={key}", "b"]
        own += [f"p{size}={base[:size]}" for size in (2, 3) if len(base) > size]
        own += [f"e{size}={base[-size:]}" for size in (2, 3, 4) if len(base) > size]
        own.append(f"n={self._score(base)}{tier if tier in '068' else 'w'}{case[0]}")
        if word[-2:-1] in "'’":
            own.append(f"a={word[-1]}{case[0]}")
        if base[-1:] == "s" and self._lists(base[:-1])[0] in "FB" and tier in "067":
            own.append(f"ms={case[0]}")
        if tier == "0" and lists == "-":
            own.append(f"ed={self._misspelt(base)}{case[0]}")
        return WordFeatures(tuple(own), key, group, (f"s={case}",))

    def _lists(self, base: str) -> str:
        lexicon = self._lexicon
        if base in lexicon.not_names:
            return "n"
        if base in lexicon.medical:
            return "m"
        if not lexicon.is_name(base) or (self._hidden is not None and self._hidden(base)):
            return "p" if base in lexicon.proper else "-"
        kind = "B" if base in lexicon.first and base in lexicon.last else "F" if base in lexicon.first else "L"
        return kind + ("w" if base in lexicon.well_known else "") + ("a" if base in lexicon.ambiguous else "")

    def _score(self, base: str) -> int:
        """How much the letters look like a name, in nine steps."""
        grams = letter_grams(base)
        score = sum(self._ngrams.get(gram, 0.0) for gram in grams) / max(len(grams), 1)
        return sum(score > step for step in _SCORE_STEPS)

    def looks_like_name(self, base: str) -> bool:
        """Whether the letters of a word are such as names have rather than words."""
        return self._score(base) >= _LOOKS_LIKE_NAME

    def _misspelt(self, base: str) -> str:
        if len(base) < 4:
            return "s"
        return "y" if is_misspelt(base) else "n"


def is_misspelt(base: str) -> bool:
    """Whether an unknown word is about one typing error apart from a usual one."""
    near = _near_words()
    return base in near or not near.isdisjoint(deleted(base))


def letter_grams(base: str) -> list[str]:
    """All runs of 2 to 4 letters of a word, its ends marked."""
    marked = f"^{base}$"
    return [marked[start : start + size] for size in (2, 3, 4) for start in range(len(marked) - size + 1)]


def sequence_features(features: list[WordFeatures]) -> list[list[str]]:
    """The features of each word of a text, for training; decoding adds up the same weights from tables."""
    boundary = _other(BOUNDARY)
    padded = [boundary] * CONTEXT + features + [boundary] * CONTEXT
    return [_at(padded, position) for position in range(CONTEXT, len(features) + CONTEXT)]


def _at(padded: list[WordFeatures], position: int) -> list[str]:
    found = list(padded[position].own)
    for offset in range(-CONTEXT, CONTEXT + 1):
        if offset:
            found += context_features(padded[position + offset], offset)
    for number, ((left, left_part), (right, right_part)) in enumerate(PAIRS):
        found.append(f"{number}|{_part(padded[position + left], left_part)}|{_part(padded[position + right], right_part)}")
    return found


def context_features(word: WordFeatures, offset: int) -> list[str]:
    """What a word at ``offset`` tells about the word in the middle."""
    found = [f"{offset}k={word.key}"]
    if abs(offset) <= 2:
        found.append(f"{offset}c={word.group}")
    if abs(offset) == 1:
        found += [f"{offset}{feature}" for feature in word.near]
    return found


def _part(word: WordFeatures, part: str) -> str:
    return word.key if part == "k" else word.group


def _other(word: str) -> WordFeatures:
    if word == BOUNDARY:
        kind = "<edge>"
    elif word[0] == "[" and len(word) > 1:
        kind = "<placeholder>"
    elif word[0].isdigit():
        kind = f"<{min(len(word), 6)}digits>"
    else:
        kind = "<line>" if word == "\n" else word[0]
    return WordFeatures((f"c={kind}",), kind, kind, (f"s={kind}",))


def _length(base: str) -> str:
    return "1" if len(base) == 1 else "2" if len(base) == 2 else "m" if len(base) < 10 else "l"


def deleted(word: str) -> list[str]:
    """What is left of a word when one letter is left out; two words that share such a rest are about one typing error apart."""
    return [word[:at] + word[at + 1 :] for at in range(len(word))]


@functools.cache
def _near_words() -> frozenset[str]:
    """The usual words, and what is left of each when one letter is left out: one edit apart is to share an entry."""
    near: set[str] = set()
    for word in (word for word, tier in shipped_lexicon().tiers.items() if tier <= 4 and len(word) > 3):
        near.add(word)
        near.update(deleted(word))
    return frozenset(near)
