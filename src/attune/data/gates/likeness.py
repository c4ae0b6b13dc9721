"""Finds near duplicates exactly, without MinHash: every pair at or above the threshold is found, none is missed by chance.

Prefix filtering (Chaudhuri, Ganti and Kaushik 2006; Bayardo, Ma and Srikant 2007): order all n-grams from rare to common. Two
sets x and y with a Jaccard similarity of t or more have one of their |x| - ceil(t |x|) + 1 and |y| - ceil(t |y|) + 1 rarest
n-grams in common. So an inverted index of those few leads to every candidate, and counting what each pair shares decides.
"""

from __future__ import annotations

import hashlib
import itertools
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Numbers = npt.NDArray[np.uint64]
Places = npt.NDArray[np.int64]

# A word: letters, digits and marks; from U+3000 on (Chinese, Japanese, Korean) and beyond the basic plane, each is its own.
_UNSPACED = "\u3000-\ud7ff\U00010000-\U0010ffff"
_MARKS = "".join(chr(code) for code in range(0x300, 0x3000) if unicodedata.category(chr(code)).startswith("M"))
_WORD = re.compile(rf"(?=[^\W_])[{_UNSPACED}]|(?:[^\W_{_UNSPACED}]|[{_MARKS}])+")
_SIGNS = re.compile(r"[\W_]+")
_INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff"
    "\U000e0000-\U000e0fff]"
)
# Letters that cannot be told apart by eye, folded only within words that mix them with Latin ones.
_LOOKALIKE = str.maketrans("аеорсухіјѕԁһӏԛԝαοερνικτυχ", "aeopcyxijsdhlqwaoepviktux")
_MIXED = re.compile(r"\w*(?:[a-z][\u0370-\u03ff\u0400-\u052f]|[\u0370-\u03ff\u0400-\u052f][a-z])\w*")
_SETS_AT_A_TIME = 512  # compared at once; a text with as many copies needs no more
_FACTOR = np.uint64(0x9E3779B97F4A7C15)


def visible(text: str) -> str:
    """What a reader sees: compatibility forms (full-width, ligatures) resolved, characters without a shape left out."""
    return text if text.isascii() else unicodedata.normalize("NFKC", _INVISIBLE.sub("", text))


def said(messages: Sequence[Mapping[str, str]]) -> str:
    """What the user and the assistant said, in one case of letters, with look-alikes of other alphabets resolved."""
    text = visible("\n".join(message["content"] for message in messages if message["role"] != "system")).casefold()
    return text if text.isascii() else _MIXED.sub(lambda word: word.group().translate(_LOOKALIKE), text)


def letters(text: str) -> str:
    """The letters and digits of what :func:`said` gives: equal for texts that differ in case, space and punctuation only."""
    return _SIGNS.sub("", text)


class Tokenizer:
    """Turns conversations into sets of numbers that stand for word n-grams of what the user and the assistant said."""

    def __init__(self, length: int, least_words: int) -> None:
        self._length = length
        self._least_words = max(least_words, length)
        self._numbers: dict[str, int] = {}

    def sets(self, texts: Sequence[str]) -> list[Numbers]:
        """One sorted set for each text that :func:`said` gave; an empty one for a text of too few words."""
        return [self._set(text) for text in texts]

    def _set(self, text: str) -> Numbers:
        words = _WORD.findall(text)
        if len(words) < self._least_words:
            return np.zeros(0, np.uint64)
        numbers = np.array([self._number(word) for word in words], np.uint64)
        total = numbers[: len(words) - self._length + 1].copy()
        for place in range(1, self._length):
            total = (total ^ (total >> np.uint64(29))) * _FACTOR + numbers[place : place + len(total)]
        total = np.sort((total ^ (total >> np.uint64(32))) * _FACTOR)
        distinct: Numbers = total[np.append(True, total[1:] != total[:-1])]
        return distinct

    def _number(self, word: str) -> int:
        number = self._numbers.get(word)
        if number is None:
            number = int.from_bytes(hashlib.blake2b(word.encode(), digest_size=8).digest(), "big")
            self._numbers[word] = number
        return number


@dataclass(frozen=True)
class Index:
    """An inverted index over the rarest n-grams of some sets.

    Attributes:
        threshold: least similarity that is looked for.
        values: the indexed sets one after the other, each sorted.
        starts: where each set starts in ``values``.
        sizes: how many values it has.
        vocabulary: every n-gram of them, sorted.
        frequency: in how many sets each stands.
        keys: rarest n-grams of the sets, sorted.
        owners: the set that each of ``keys`` comes from.
    """

    threshold: float
    values: Numbers
    starts: Places
    sizes: Places
    vocabulary: Numbers
    frequency: Places
    keys: Numbers
    owners: Places

    def search(self, queries: Sequence[Numbers], most: int | None = None) -> Iterator[tuple[int, int, float]]:
        """(query, indexed set, similarity) of every pair at or above the threshold, or of ``most`` for each query.

        A dataset of a thousand copies of one text has a million pairs; ``most`` keeps the time linear.
        """
        values, of = _flatten(queries)
        if not len(values) or not len(self.vocabulary):
            return
        frequency = _look_up(self.vocabulary, self.frequency, values)
        # A set of which too little is in the vocabulary at all cannot be similar to anything in it.
        sizes = np.array([len(query) for query in queries], np.int64)
        known = np.bincount(of[frequency > 0], minlength=len(queries))
        possible = known >= self.threshold * sizes - 1e-9
        rare = _rarest(values, of, frequency, sizes, self.threshold) & (frequency > 0) & possible[of]
        for query, others in self._candidates(values[rare], of[rare]):
            for other, similarity in itertools.islice(self._similar(queries[query], others), most):
                yield query, other, similarity

    def _similar(self, query: Numbers, others: Places) -> Iterator[tuple[int, float]]:
        """Those of some indexed sets that are similar to ``query``: exact Jaccard, many sets at a time."""
        sizes = self.sizes[others]
        others = others[np.minimum(sizes, len(query)) >= np.ceil(self.threshold * np.maximum(sizes, len(query)) - 1e-9)]
        for first in range(0, len(others), _SETS_AT_A_TIME):
            some = others[first : first + _SETS_AT_A_TIME]
            counts = self.sizes[some]
            ends = np.cumsum(counts)
            values = self.values[np.arange(ends[-1]) + np.repeat(self.starts[some] - (ends - counts), counts)]
            shared = query[np.minimum(np.searchsorted(query, values), len(query) - 1)] == values
            common = np.add.reduceat(shared.astype(np.int64), ends - counts)
            similarity = common / (len(query) + counts - common)
            for place in np.flatnonzero(similarity >= self.threshold).tolist():
                yield int(some[place]), float(similarity[place])

    def _candidates(self, keys: Numbers, queries: Places) -> Iterator[tuple[int, Places]]:
        first = np.searchsorted(self.keys, keys, side="left")
        counts = np.searchsorted(self.keys, keys, side="right") - first
        order = np.argsort(queries, kind="stable")
        first, counts, queries = first[order], counts[order], queries[order]
        cuts = np.flatnonzero(np.append(True, queries[1:] != queries[:-1])) if len(queries) else np.zeros(0, np.int64)
        for start, stop in zip(cuts.tolist(), np.append(cuts, len(queries))[1:].tolist(), strict=True):
            query = int(queries[start])
            owners = [self.owners[at : at + count] for at, count in zip(first[start:stop], counts[start:stop], strict=True)]
            yield query, np.unique(np.concatenate(owners))


def build_index(sets: Sequence[Numbers], threshold: float) -> Index:
    """Index some sets. Memory: 16 bytes for each of their rarest n-grams and for each different n-gram."""
    values, of = _flatten(sets)
    ordered = np.sort(values)
    starts = np.flatnonzero(np.append(True, ordered[1:] != ordered[:-1])) if len(ordered) else np.zeros(0, np.int64)
    vocabulary = ordered[starts]
    frequency = np.diff(np.append(starts, len(ordered)))
    sizes = np.array([len(item) for item in sets], np.int64)
    rare = _rarest(values, of, _look_up(vocabulary, frequency, values), sizes, threshold)
    keys, owners = values[rare], of[rare]
    order = np.argsort(keys, kind="stable")
    return Index(threshold, values, np.cumsum(sizes) - sizes, sizes, vocabulary, frequency, keys[order], owners[order])


def _flatten(sets: Sequence[Numbers]) -> tuple[Numbers, Places]:
    sizes = [len(item) for item in sets]
    values = np.concatenate([np.zeros(0, np.uint64), *sets])
    return values, np.repeat(np.arange(len(sets)), sizes)


def _look_up(vocabulary: Numbers, frequency: Places, values: Numbers) -> Places:
    """How often each value stands in the indexed sets; 0 for a stranger."""
    if not len(vocabulary):
        return np.zeros(len(values), np.int64)
    places = np.minimum(np.searchsorted(vocabulary, values), len(vocabulary) - 1)
    return np.where(vocabulary[places] == values, frequency[places], 0)


def _rarest(values: Numbers, of: Places, frequency: Places, sizes: Places, threshold: float) -> npt.NDArray[np.bool_]:
    """Which values are among the |x| - ceil(t |x|) + 1 rarest of their set; equals are ordered by value."""
    order = np.lexsort((values, frequency, of))
    starts = np.concatenate([np.zeros(1, np.int64), np.cumsum(sizes)])[:-1]
    rank = np.empty(len(values), np.int64)
    rank[order] = np.arange(len(values)) - np.repeat(starts, sizes)
    prefix = sizes - np.ceil(threshold * sizes - 1e-9).astype(np.int64) + 1
    rarest: npt.NDArray[np.bool_] = rank < prefix[of]
    return rarest
