"""What was said in a conversation, as the leakage gate compares it: as a reader sees it, in words, in n-grams of words."""

from __future__ import annotations

import hashlib
import html
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Numbers = npt.NDArray[np.uint64]
Places = npt.NDArray[np.int64]

# A word: letters, digits and marks; from U+3000 on (Chinese, Japanese, Korean) and beyond the basic plane, each is its own.
_UNSPACED = "\u3000-\ud7ff\U00010000-\U0010ffff"
_MARKS = "".join(chr(code) for code in range(0x300, 0x3000) if unicodedata.category(chr(code)).startswith("M"))
_WORD = re.compile(rf"(?=[^\W_])[{_UNSPACED}]|(?:[^\W_{_UNSPACED}]|[{_MARKS}])+")
_REFERENCE = re.compile(r"&(?:#\d{1,7}|#x[0-9a-f]{1,6}|[a-z]{2,8});", re.IGNORECASE)
_TAG = re.compile(r"</?[a-z][a-z0-9]{0,9}(?:\s[^<>]{0,200})?/?>", re.IGNORECASE)
_SIGNS = re.compile(r"[\W_]+")
_INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff"
    "\U000e0000-\U000e0fff]"
)
# Letters that cannot be told apart by eye, folded only within words that mix them with Latin ones.
_LOOKALIKE = str.maketrans("аеорсухіјѕԁһӏԛԝαοερνικτυχ", "aeopcyxijsdhlqwaoepviktux")
_OTHER_ALPHABET = re.compile("[\u0370-\u03ff\u0400-\u052f]")
_MIXED = re.compile(r"\w*(?:[a-z][\u0370-\u03ff\u0400-\u052f]|[\u0370-\u03ff\u0400-\u052f][a-z])\w*")
_TYPOGRAPHY = re.compile("[\u2010-\u2027\u2030-\u205e\u2600-\u26ff\U0001f300-\U0001faff]")  # never part of a word

FINGERPRINT_BITS = 54  # two sets of 1,000 agree by chance in one fingerprint once in 10**10 comparisons
_ASCII_WORDS = bytes(code if chr(code).isalnum() else 32 for code in range(128)) + bytes(128)
_ASCII_SIGNS = bytes(code for code in range(128) if not chr(code).isalnum())
_FACTOR = np.uint64(0x9E3779B97F4A7C15)


def visible(text: str) -> str:
    """What a reader sees: compatibility forms (full-width, ligatures) resolved, characters without a shape left out."""
    if text.isascii():
        return text
    return _INVISIBLE.sub("", unicodedata.normalize("NFKC", _INVISIBLE.sub("", text)))  # U+3164 becomes one of them


def resolved(text: str) -> str:
    """A text whose character references (``&amp;``, ``&#64;``) are the characters that a browser shows."""
    return _REFERENCE.sub(lambda found: html.unescape(found.group()), text) if "&" in text else text


def said(messages: Sequence[Mapping[str, str]]) -> str:
    """What the user and the assistant said, as it is compared."""
    return plain("\n".join(message["content"] for message in messages if message["role"] != "system"))


def plain(text: str) -> str:
    """A text in one case of letters, as a reader sees it, with look-alikes of other alphabets resolved."""
    text = visible(_TAG.sub("", resolved(text)) if "<" in text else resolved(text)).casefold()
    return _MIXED.sub(lambda word: word.group().translate(_LOOKALIKE), text) if _OTHER_ALPHABET.search(text) else text


def letters(text: str) -> str:
    """The letters and digits of what :func:`said` gives: equal for texts that differ in case, space and punctuation only."""
    return text.encode().translate(None, _ASCII_SIGNS).decode() if text.isascii() else _SIGNS.sub("", text)


@dataclass(frozen=True)
class Grams:
    """The word n-grams of some texts, in the order of the texts.

    Attributes:
        values: 54-bit fingerprints of all n-grams, repetitions included.
        counts: how many each text has; 0 for a text of too few words.
    """

    values: Numbers
    counts: Places


class Tokenizer:
    """Turns what :func:`said` gives into word n-grams."""

    def __init__(self, length: int, least_words: int) -> None:
        self._length = length
        self._least_words = max(least_words, length)
        self._numbers = _Fingerprints()

    def grams(self, texts: Sequence[str]) -> Grams:
        """The n-grams of every text. Memory: eight bytes a word, twice."""
        found: list[int] = []
        words = np.zeros(len(texts), np.int64)
        for place, text in enumerate(texts):
            own = _words(text)
            if len(own) >= self._least_words:
                words[place] = len(own)
                found.extend(map(self._numbers.__getitem__, own))
        numbers = np.array(found, np.uint64)
        counts = np.maximum(words - (self._length - 1), 0)
        # The k-th n-gram of a text starts at its k-th word.
        first = np.arange(counts.sum()) + np.repeat((np.cumsum(words) - words) - (np.cumsum(counts) - counts), counts)
        total = numbers[first]
        for place in range(1, self._length):
            total = (total ^ (total >> np.uint64(29))) * _FACTOR + numbers[first + place]
        return Grams(((total ^ (total >> np.uint64(32))) * _FACTOR) >> np.uint64(64 - FINGERPRINT_BITS), counts)

    def sets(self, texts: Sequence[str]) -> list[Numbers]:
        """The distinct n-grams of every text, sorted."""
        grams = self.grams(texts)
        return [np.unique(own) for own in np.split(grams.values, np.cumsum(grams.counts)[:-1])]


class _Fingerprints(dict[bytes, int]):
    """The fingerprint of each word that was asked for."""

    def __missing__(self, word: bytes) -> int:
        number = self[word] = int.from_bytes(hashlib.blake2b(word, digest_size=8).digest(), "big")
        return number


def _words(text: str) -> list[bytes]:
    text = text if text.isascii() else _TYPOGRAPHY.sub(" ", text)
    if text.isascii():
        return text.encode().translate(_ASCII_WORDS).split()
    return [word.encode("utf-8", "surrogatepass") for word in _WORD.findall(text)]
