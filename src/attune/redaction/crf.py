"""A linear-chain CRF decoded in batches: state scores from tables, then forward-backward over all windows of a length together.

The decoder is our own: it needs no compiled package but numpy in the step's image,
and gives the same marginals on every machine.

The score of a word in its place is a sum of table rows, one a neighbour, each computed once per distinct word form, and of the
weights of word pairs. What costs time in Python is the call, not the arithmetic, so windows of many texts are decoded at once.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from attune.redaction.features import BOUNDARY, CONTEXT, PAIRS, FeatureMaker, context_features

if TYPE_CHECKING:
    from numpy import bool_, float64, int64
    from numpy.typing import NDArray

#: A window: the casing of its text, and its words with CONTEXT neighbours on each side (BOUNDARY beyond the text).
Window = tuple[str, Sequence[str]]

_WIDTH = 2 * CONTEXT + 1
_MOST_WORDS_KEPT = 60_000
# Windows are padded to the next of these lengths; longer ones to a multiple of the last.
_LENGTHS = (6, 11, 12, 14, 17, 21, 27, 36, 48, 64)
# Marginals are rounded before they are compared, so that no threshold hangs on the last bit of a sum.
_DECIMALS = 6
_CODE_BITS = 24


class Decoded(NamedTuple):
    """What the words of one window are: the likeliest label of each, its probability, and that of being part of ``wanted``."""

    best: list[int]
    probability: list[float]
    wanted: list[float]


class Crf:
    """Weights, and the table that grows with the word forms seen (bounded; emptied when full).

    Args:
        model: ``labels``, ``transitions`` and ``weights`` as the training writes them.
        maker: turns words into features.
        wanted: labels whose probabilities are summed for each word.
    """

    def __init__(self, model: Mapping[str, Any], maker: FeatureMaker, wanted: Sequence[str]) -> None:
        import numpy

        self._np = numpy
        self.labels: list[str] = model["labels"]
        self.transitions: NDArray[float64] = numpy.exp(numpy.array(model["transitions"], dtype=numpy.float64))
        self.weights: dict[str, list[list[float]]] = model["weights"]
        self._maker = maker
        self._wanted = [index for index, label in enumerate(self.labels) if label in wanted]
        self._outside = self.labels.index("O")
        self._names: dict[str, int] = {}  # codes of the keys and classes that pairs speak of; 0: any other
        self._pairs = self._read_pairs()
        self._empty()

    def decode(self, windows: Sequence[Window], least: float) -> list[Decoded | None]:
        """The labels of each window; None where all words are likeliest outside and none is ``wanted`` over ``least``."""
        np = self._np
        found: list[Decoded | None] = [None] * len(windows)
        for numbers, product, inside in self._marginals(
            self.scores(windows), [len(words) - 2 * CONTEXT for _, words in windows]
        ):
            wanted = product[:, :, self._wanted].sum(axis=2)
            best = product.argmax(axis=2)
            telling = (((best != self._outside) | (wanted > least)) & inside).any(axis=0)
            for column in np.flatnonzero(telling).tolist():
                last = int(inside[:, column].sum())
                label = best[:last, column]
                probability = product[:last, column][np.arange(last), label]
                found[numbers[column]] = Decoded(label.tolist(), probability.tolist(), wanted[:last, column].tolist())
        return found

    def marginals(self, scores: NDArray[float64]) -> NDArray[float64]:
        """The probability of each label for each word of one sequence. Shape of ``scores`` and result: (words, labels)."""
        ((_, product, _),) = self._marginals(scores, [len(scores)])
        result: NDArray[float64] = product[: len(scores), 0]
        return result

    def scores(self, windows: Sequence[Window]) -> NDArray[float64]:
        """State scores of the words of all windows, one after another. Shape (words, labels)."""
        np = self._np
        if len(self._key_codes) > _MOST_WORDS_KEPT:
            self._empty()
        rows: list[int] = []
        places: list[int] = []
        for casing, words in windows:
            known = self._rows[casing]
            places += range(len(rows) + CONTEXT, len(rows) + len(words) - CONTEXT)
            rows += [known[word] if word in known else self._row(word, casing) for word in words]
        at, row = np.array(places), np.array(rows)
        total: NDArray[float64] = np.zeros((len(places), len(self.labels)))
        for offset in range(_WIDTH):
            total += self._table[row[at + (offset - CONTEXT)], offset]
        codes = {"k": np.array(self._key_codes)[row], "c": np.array(self._class_codes)[row]}
        for ((left, left_part), (right, right_part)), (known_pairs, weights) in zip(PAIRS, self._pairs, strict=True):
            if len(known_pairs):
                pairs = (codes[left_part][at + left] << _CODE_BITS) | codes[right_part][at + right]
                slot = np.minimum(np.searchsorted(known_pairs, pairs), len(known_pairs) - 1)
                hit = np.flatnonzero(known_pairs[slot] == pairs)
                total[hit] += weights[slot[hit]]
        return total

    def _read_pairs(self) -> list[tuple[NDArray[int64], NDArray[float64]]]:
        """For each kind of pair the codes of those that have a weight, sorted, and their weights."""
        np = self._np
        pairs: list[dict[int, list[list[float]]]] = [{} for _ in PAIRS]
        for name, weights in self.weights.items():
            number, mark, rest = name.partition("|")
            if mark and number.isdigit():
                left, right = ("|", rest[2:]) if rest.startswith("|") else rest.split("|", 1)
                pairs[int(number)][(self._code(left) << _CODE_BITS) | self._code(right)] = weights
        read = []
        for table in pairs:
            codes = sorted(table)
            dense = np.zeros((len(codes), len(self.labels)))
            for index, code in enumerate(codes):
                for label, weight in table[code]:
                    dense[index, int(label)] = weight
            read.append((np.array(codes, dtype=np.int64), dense))
        return read

    def _code(self, name: str) -> int:
        return self._names.setdefault(name, len(self._names) + 1)

    def _empty(self) -> None:
        self._rows: dict[str, dict[str, int]] = {casing: {} for casing in "lmu"}
        self._table: NDArray[float64] = self._np.zeros((1024, _WIDTH, len(self.labels)))
        self._key_codes: list[int] = []
        self._class_codes: list[int] = []

    def _row(self, word: str, casing: str) -> int:
        """The row of a word form in the table; made when first seen."""
        row = len(self._key_codes)
        if row == len(self._table):
            self._table = self._np.concatenate([self._table, self._np.zeros_like(self._table)])
        features = self._maker.of(word, casing)
        # at place d of a row: what this word adds to the word that has it at offset d
        sums = [[0.0] * len(self.labels) for _ in range(_WIDTH)]
        for offset in range(-CONTEXT, CONTEXT + 1):
            added = sums[offset + CONTEXT]
            for name in context_features(features, offset) if offset else features.own:
                for label, weight in self.weights.get(name, ()):
                    added[int(label)] += weight
        self._table[row] = sums
        self._key_codes.append(self._names.get(features.key, 0))
        self._class_codes.append(self._names.get(features.group, 0))
        self._rows[casing][word] = row
        return row

    def _marginals(
        self, scores: NDArray[float64], lengths: Sequence[int]
    ) -> list[tuple[list[int], NDArray[float64], NDArray[bool_]]]:
        """Forward-backward for windows that lie in ``scores`` one after another, those of about one length together.

        Returns:
            For each group the numbers of its windows, the marginals (longest, windows, labels), and which places are words.
        """
        np = self._np
        potentials = np.exp(scores - scores.max(axis=1, keepdims=True))
        groups: dict[int, list[tuple[int, int]]] = {}
        first = 0
        for number, length in enumerate(lengths):
            groups.setdefault(_padded(length), []).append((number, first))
            first += length
        found = []
        for longest, members in groups.items():
            ends = np.array([lengths[number] for number, _ in members])
            starts = np.array([start for _, start in members])
            steps = np.arange(longest)[:, None]
            inside = steps < ends
            placed = potentials[np.where(inside, starts + steps, 0)]
            placed[~inside] = 1.0
            found.append(([number for number, _ in members], self._forward_backward(placed, ends), inside))
        return found

    def _forward_backward(self, potentials: NDArray[float64], ends: NDArray[int64]) -> NDArray[float64]:
        np = self._np
        forward = np.empty_like(potentials)
        backward = np.ones_like(potentials)
        forward[0] = potentials[0]
        for at in range(1, len(potentials)):
            step = (forward[at - 1] @ self.transitions) * potentials[at]
            forward[at] = step / step.sum(axis=1, keepdims=True)
        for at in range(len(potentials) - 2, -1, -1):
            step = (backward[at + 1] * potentials[at + 1]) @ self.transitions.T
            step /= step.sum(axis=1, keepdims=True)
            backward[at] = np.where((at < ends - 1)[:, None], step, 1.0)
        product = forward * backward
        rounded: NDArray[float64] = np.round(product / product.sum(axis=2, keepdims=True), _DECIMALS)
        return rounded


def padded(words: Sequence[str], first: int, last: int) -> list[str]:
    """The words from ``first`` to ``last`` with their neighbours; :data:`BOUNDARY` stands beyond the ends."""
    before, after = max(0, CONTEXT - first), max(0, last + CONTEXT - len(words))
    return [*[BOUNDARY] * before, *words[max(0, first - CONTEXT) : last + CONTEXT], *[BOUNDARY] * after]


def _padded(length: int) -> int:
    return next((size for size in _LENGTHS if size >= length), -(-length // _LENGTHS[-1]) * _LENGTHS[-1])
