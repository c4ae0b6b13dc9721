"""The linear CRF of the name model: loads the shipped weights and finds persons, addresses, organizations and places.

Only the neighbourhoods of suspicious words are decoded (a word that is ordinary as typed raises no suspicion by itself). The
score of a word in a place is a sum of table rows, one a neighbour, each computed once per distinct word; what remains per text
is a few additions of small arrays and one forward-backward pass over all windows together.
"""

from __future__ import annotations

import functools
import gzip
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from attune.data.redact.features import BOUNDARY, CONTEXT, PAIRS, FeatureMaker, Token, context_features
from attune.data.redact.lexicon import Lexicon, base_of, lexicon

if TYPE_CHECKING:
    from numpy import float64
    from numpy.typing import NDArray

_FILE = Path(__file__).with_name("names.json.gz")
_WIDTH = 2 * CONTEXT + 1
# How many words on each side of a suspicious one are decoded with it.
_REACH = 5
_MOST_WORDS_KEPT = 60_000
# Marginals are rounded before they are compared, so that no threshold hangs on the last bit of a sum.
_DECIMALS = 6
# "rose", "bill", "faith": a lower-case word of the dictionary must be likelier a name than not.
_ENOUGH_FOR_A_WORD = 0.55


class Mention(NamedTuple):
    """Tokens ``first`` to ``last`` (included) of a text, taken for one thing of ``kind``."""

    first: int
    last: int
    kind: str  # "PER", "ADDR", "ORG", "LOC"
    marginal: float  # the probability of its surest word


class NameModel:
    """Weights of the CRF and the tables that grow with the words seen (bounded; emptied when full)."""

    def __init__(self, file: Path = _FILE) -> None:
        import numpy

        self._np = numpy
        model: dict[str, Any] = json.loads(gzip.decompress(file.read_bytes()))
        self.labels: list[str] = model["labels"]
        self._maker = FeatureMaker(lexicon(), model["ngrams"])
        self._tiers = lexicon().tiers
        self._weights: dict[str, list[list[float]]] = model["weights"]
        transitions = numpy.array(model["transitions"], dtype=numpy.float64)
        self._transitions = numpy.exp(transitions)
        self._kinds = [label[2:] for label in self.labels]
        self._empty()

    def find(self, casing: str, tokens: Sequence[Token], suspicious: Callable[[Token], bool], least: float) -> list[Mention]:
        """What stands among ``tokens`` of a text written in ``casing``.

        Persons are found wherever their marginal is over ``least``, other things where they are likeliest.
        """
        suspects = [suspicious(token) for token in tokens]
        windows = _windows(suspects)
        if not windows:
            return []
        scores = self._scores(casing, [token.text for token in tokens], windows)
        marginals = self._marginals([scores[first:last] for first, last in windows])
        mentions: list[Mention] = []
        for (first, _), probabilities in zip(windows, marginals, strict=True):
            mentions += self._mentions(probabilities, first, tokens, least)
        return [mention for mention in mentions if mention.kind == "ADDR" or any(suspects[mention.first : mention.last + 1])]

    def _empty(self) -> None:
        np = self._np
        self._rows: dict[tuple[str, str], int] = {}
        self._table: NDArray[float64] = np.zeros((1024, _WIDTH, len(self.labels)))
        self._codes: list[tuple[int, int]] = []  # of each row: code of its key, code of its class
        self._names: dict[str, int] = {}
        self._texts: list[str] = []
        self._pairs: list[dict[tuple[int, int], Any]] = [{} for _ in PAIRS]

    def _row(self, word: str, casing: str) -> int:
        """The row of a word form in the table; made when first seen."""
        row = self._rows.get((word, casing))
        if row is not None:
            return row
        row = len(self._codes)
        if row == len(self._table):
            self._table = self._np.concatenate([self._table, self._np.zeros_like(self._table)])
        features = self._maker.of(word, casing)
        for offset in range(-CONTEXT, CONTEXT + 1):
            # at place d of a row: what this word adds to the word that has it at offset d
            names = context_features(features, offset) if offset else features.own
            for name in names:
                for label, weight in self._weights.get(name, ()):
                    self._table[row, offset + CONTEXT, int(label)] += weight
        self._codes.append((self._code(features.key), self._code(features.group)))
        self._rows[word, casing] = row
        return row

    def _code(self, name: str) -> int:
        if name not in self._names:
            self._names[name] = len(self._texts)
            self._texts.append(name)
        return self._names[name]

    def _scores(self, casing: str, words: Sequence[str], windows: Sequence[tuple[int, int]]) -> NDArray[float64]:
        """State scores of all words inside windows; other rows are not filled. Shape (words, labels)."""
        np = self._np
        if len(self._codes) > _MOST_WORDS_KEPT:
            self._empty()
        edge = self._row(BOUNDARY, "m")
        needed = {at for first, last in windows for at in range(max(0, first - CONTEXT), min(len(words), last + CONTEXT))}
        rows = (
            [edge] * CONTEXT
            + [self._row(word, casing) if at in needed else edge for at, word in enumerate(words)]
            + [edge] * CONTEXT
        )
        index = np.array(rows)
        total: NDArray[float64] = np.zeros((len(words), len(self.labels)))
        for offset in range(_WIDTH):
            total += self._table[index[offset : offset + len(words)], offset]
        codes = [self._codes[row] for row in rows]
        for first, last in windows:
            for at in range(first, last):
                self._add_pairs(total[at], codes, at + CONTEXT)
        return total

    def _add_pairs(self, scores: NDArray[float64], codes: Sequence[tuple[int, int]], at: int) -> None:
        for number, ((left, left_part), (right, right_part)) in enumerate(PAIRS):
            pair = (codes[at + left][left_part == "c"], codes[at + right][right_part == "c"])
            weights = self._pairs[number].get(pair, False)
            if weights is False:
                name = f"{number}|{self._texts[pair[0]]}|{self._texts[pair[1]]}"
                weights = self._pairs[number][pair] = self._dense(name)
            if weights is not None:
                scores += weights

    def _dense(self, name: str) -> NDArray[float64] | None:
        if name not in self._weights:
            return None
        dense: NDArray[float64] = self._np.zeros(len(self.labels))
        for label, weight in self._weights[name]:
            dense[int(label)] = weight
        return dense

    def _marginals(self, windows: Sequence[NDArray[float64]]) -> list[NDArray[float64]]:
        """Forward-backward over all windows at once; each returned array has shape (words of the window, labels)."""
        np = self._np
        longest, labels = max(len(window) for window in windows), len(self.labels)
        potentials = np.ones((longest, len(windows), labels))
        for number, window in enumerate(windows):
            potentials[: len(window), number] = np.exp(window - window.max(axis=1, keepdims=True))
        ends = np.array([len(window) for window in windows])
        forward = np.empty_like(potentials)
        backward = np.ones_like(potentials)
        forward[0] = potentials[0]
        for at in range(1, longest):
            step = np.einsum("wl,lm->wm", forward[at - 1], self._transitions) * potentials[at]
            forward[at] = step / step.sum(axis=1, keepdims=True)
        for at in range(longest - 2, -1, -1):
            step = np.einsum("wm,lm->wl", backward[at + 1] * potentials[at + 1], self._transitions)
            step /= step.sum(axis=1, keepdims=True)
            backward[at] = np.where((at < ends - 1)[:, None], step, 1.0)
        product = forward * backward
        product = np.round(product / product.sum(axis=2, keepdims=True), _DECIMALS)
        return [product[: len(window), number] for number, window in enumerate(windows)]

    def _mentions(self, probabilities: NDArray[float64], first: int, tokens: Sequence[Token], least: float) -> list[Mention]:
        persons = [index for index, kind in enumerate(self._kinds) if kind == "PER"]
        sure = probabilities[:, persons].sum(axis=1)
        best = probabilities.argmax(axis=1)
        mentions: list[Mention] = []
        for at in range(len(probabilities)):
            word = tokens[first + at].text
            kind = self._kinds[best[at]]
            if (kind != "PER" and sure[at] > least) or kind == "PER":
                enough = _ENOUGH_FOR_A_WORD if base_of(word) in self._tiers and word[0].islower() else least
                kind = "PER" if sure[at] > max(least, enough) else "" if kind == "PER" else kind
            if not kind or (kind == "PER" and not word[0].isalpha()):
                continue
            marginal = float(sure[at] if kind == "PER" else probabilities[at, best[at]])
            begins = self.labels[best[at]].startswith("B-") and self._kinds[best[at]] == kind
            if mentions and mentions[-1].last == first + at - 1 and mentions[-1].kind == kind and not begins:
                previous = mentions[-1]
                mentions[-1] = Mention(previous.first, first + at, kind, max(previous.marginal, marginal))
            else:
                mentions.append(Mention(first + at, first + at, kind, marginal))
        return mentions


def _windows(suspicious: Sequence[bool]) -> list[tuple[int, int]]:
    """Ranges of tokens around the suspicious ones, merged where they meet."""
    windows: list[tuple[int, int]] = []
    for at, flag in enumerate(suspicious):
        if flag:
            first, last = max(0, at - _REACH), min(len(suspicious), at + _REACH + 1)
            if windows and first <= windows[-1][1]:
                windows[-1] = (windows[-1][0], last)
            else:
                windows.append((first, last))
    return windows


def suspicion(lists: Lexicon) -> Callable[[Token], bool]:
    """A test of whether a token can be part of a name: it is no ordinary word as typed."""
    trivial = lists.trivial

    def suspicious(token: Token) -> bool:
        word = token.text
        return word[0].isalpha() and word not in trivial and len(word) > 1 and word.replace("’", "'") not in trivial

    return suspicious


@functools.cache
def name_model() -> NameModel:
    """The shipped model of this process."""
    return NameModel()
