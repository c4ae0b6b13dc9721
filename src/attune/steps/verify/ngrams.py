"""Sets of word n-grams as numbers: how verify counts what two texts have in common."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from attune.text.normalization import words

U64 = npt.NDArray[np.uint64]
I64 = npt.NDArray[np.int64]

_FACTOR = np.uint64(0x9E3779B97F4A7C15)
_ROWS_AT_A_TIME = 64  # of the matrix product: its result may be dense


@dataclass(frozen=True)
class NgramSets:
    """The distinct word n-grams of some texts.

    Attributes:
        values: 64-bit hashes of the n-grams, one text after the other, sorted within each.
        sizes: how many each text has.
    """

    values: U64
    sizes: I64

    @cached_property
    def starts(self) -> I64:
        """Where each text starts in ``values``, and the end of the last."""
        return np.concatenate([np.zeros(1, np.int64), np.cumsum(self.sizes)])

    @property
    def owners(self) -> I64:
        """The number of the text of each n-gram."""
        return np.repeat(np.arange(len(self.sizes)), self.sizes)

    def one(self, number: int) -> U64:
        """The n-grams of one text."""
        return self.values[self.starts[number] : self.starts[number + 1]]

    def take(self, numbers: I64) -> NgramSets:
        """The sets of some texts, in that order."""
        sizes = self.sizes[numbers]
        return NgramSets(self.values[ranges(self.starts[numbers], sizes)], sizes)


def join_sets(parts: Sequence[NgramSets]) -> NgramSets:
    """The sets of all parts, one after the other."""
    values = [np.zeros(0, np.uint64), *(part.values for part in parts)]
    return NgramSets(np.concatenate(values), np.concatenate([np.zeros(0, np.int64), *(part.sizes for part in parts)]))


def ranges(starts: I64, counts: I64) -> I64:
    """``counts[i]`` numbers from ``starts[i]`` on, for each ``i`` one after the other."""
    ends = np.cumsum(counts)
    found: I64 = np.arange(int(counts.sum())) + np.repeat(starts - (ends - counts), counts)
    return found


class NgramHasher:
    """Turns normalized texts into sets of word n-grams.

    Args:
        length: words of an n-gram.
        min_words: texts of fewer words have none.
    """

    def __init__(self, length: int, min_words: int) -> None:
        self._length = length
        self._min_words = max(min_words, length)
        self._hashes = _WordHashes()

    def sets(self, texts: Sequence[str]) -> NgramSets:
        """The n-grams of normalized texts. Memory: 8 B a word, twice."""
        found = [self._distinct(words(text)) for text in texts]
        sizes = np.array([len(own) for own in found], np.int64)
        return NgramSets(np.concatenate([np.zeros(0, np.uint64), *found]), sizes)

    def _distinct(self, own: Sequence[str]) -> U64:
        if len(own) < self._min_words:
            return np.zeros(0, np.uint64)
        hashes = np.fromiter(map(self._hashes.__getitem__, own), np.uint64, len(own))
        count = len(own) - self._length + 1
        total = hashes[:count]
        for place in range(1, self._length):
            total = (total ^ (total >> np.uint64(29))) * _FACTOR + hashes[place : place + count]
        ordered = np.sort((total ^ (total >> np.uint64(32))) * _FACTOR)
        first = np.ones(count, bool)
        np.not_equal(ordered[1:], ordered[:-1], out=first[1:])
        return ordered[first]


class _WordHashes(dict[str, int]):
    """The 64-bit hash of each word that was asked for."""

    def __missing__(self, word: str) -> int:
        digest = hashlib.blake2b(word.encode("utf-8", "surrogatepass"), digest_size=8).digest()
        number = self[word] = int.from_bytes(digest, "big")
        return number


def shared_ngrams(own: U64, sets: NgramSets, numbers: I64) -> I64:
    """How many of the n-grams ``own`` (sorted, not empty) each of some sets (none of them empty) has."""
    picked = sets.take(numbers)
    hits = own[np.minimum(np.searchsorted(own, picked.values), len(own) - 1)] == picked.values
    return np.add.reduceat(hits.astype(np.int64), picked.starts[:-1])


def all_shared_ngrams(own: NgramSets, their: NgramSets) -> Iterator[tuple[I64, I64, I64]]:
    """(text, other, n-grams in common) of every pair that has one in common, from a product of sparse matrices; no index.

    The time grows with the number of pairs: for a few thousand texts at the most.
    """
    from scipy.sparse import csr_matrix

    vocabulary = np.unique(own.values)
    if not len(vocabulary) or not len(their.values):
        return
    place = np.minimum(np.searchsorted(vocabulary, their.values), len(vocabulary) - 1)
    known = vocabulary[place] == their.values
    theirs = np.append(0, np.cumsum(np.bincount(their.owners[known], minlength=len(their.sizes))))
    columns = np.searchsorted(vocabulary, own.values)
    left = csr_matrix((np.ones(len(columns), np.int32), columns, own.starts), shape=(len(own.sizes), len(vocabulary)))
    shape = (len(their.sizes), len(vocabulary))
    turned = csr_matrix((np.ones(int(known.sum()), np.int32), place[known], theirs), shape=shape).T.tocsr()
    for first in range(0, len(own.sizes), _ROWS_AT_A_TIME):
        product = (left[first : first + _ROWS_AT_A_TIME] @ turned).tocoo()
        yield product.row.astype(np.int64) + first, product.col.astype(np.int64), product.data.astype(np.int64)
