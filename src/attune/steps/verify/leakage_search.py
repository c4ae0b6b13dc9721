"""Finds text of validation, test and frozen test sets in records that must not hold it.

Three searches over word n-grams of normalized texts (``attune.text.normalization``):

- **Near duplicates**: a conversation, or what it would be with its rejected answer, has a Jaccard similarity of
  ``verify.near_duplicate_threshold`` or more with a held-out one. Candidates come from ``MinHashLSH`` of the library
  datasketch, which shares no code with ``attune.similarity``, and are confirmed by the exact similarity.
- **Parts**: most of one conversation stands in the other, in runs of 13 words.
- **Hidden copies**: what is no turn (system prompts, the rejected answer) holds most of the word n-grams of a held-out one.

The last two compare exactly and miss nothing: a text that holds a share c of a set of n n-grams has at least one of its n -
ceil(c n) + 1 rarest ones (Chaudhuri, Ganti and Kaushik, 2006), so these lead to all candidates. MinHash misses a pair at the
threshold with a probability of :data:`MISS_PROBABILITY` or less. :class:`ExhaustiveCheck` measures that: it compares up to
:data:`EXHAUSTIVE_RECORDS` records with all held-out ones without an index, which are all records of a small version.

Workers make the fingerprints of the texts; one process holds the index and searches. Memory: about 10 KB a held-out record of
100 words (8 KB of it MinHash tables), and the fingerprints of a few shards, 1.5 KB a record.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from attune.config.params import CompileParams, VerifyParams
from attune.config.vocabulary import PART_NGRAM_WORDS
from attune.steps.verify.ngrams import I64, U64, NgramHasher, NgramSets, all_shared_ngrams, join_sets, ranges, shared_ngrams
from attune.text.normalization import conversation_text, normalize

NEAR, PART, HIDDEN = "near duplicate", "part", "hidden copy"

MISS_PROBABILITY = 1e-4
EXHAUSTIVE_RECORDS = 2_000  # compared with 200 held-out ones in 0.1 s, with 100,000 in some seconds
_PERMUTATIONS = 128
_SEED = 11
_MATCHES = 5  # pairs of one text that are kept as evidence
_EPSILON = 1e-9

U32 = npt.NDArray[np.uint32]


@dataclass(frozen=True)
class LeakageRules:
    """What counts as leakage; the fields are those of the parameters."""

    shingle_words: int
    min_words: int
    threshold: float
    part_share: float
    part_words: int
    hidden_share: float
    hidden_words: int

    @classmethod
    def of(cls, params: VerifyParams) -> LeakageRules:
        """The rules of verify."""
        return cls(threshold=params.near_duplicate_threshold, **_common_rules(params))

    @classmethod
    def of_groups(cls, params: CompileParams) -> LeakageRules:
        """The wider rules by which compile keeps records together."""
        return cls(threshold=params.group_threshold, **_common_rules(params))

    @property
    def part_ngrams(self) -> int:
        """N-grams that both texts need for one to be a part of the other."""
        return max(self.part_words - PART_NGRAM_WORDS + 1, 1)

    @property
    def hidden_ngrams(self) -> int:
        """N-grams that a held-out text needs for a hidden copy."""
        return max(self.hidden_words - self.shingle_words + 1, 1)


def _common_rules(params: VerifyParams | CompileParams) -> dict[str, Any]:
    names = ("shingle_words", "min_words", "part_share", "part_words", "hidden_share", "hidden_words")
    return {name: getattr(params, name) for name in names}


@dataclass(frozen=True)
class LeakageMatch:
    """A record and a held-out one of which it has text: :data:`NEAR`, :data:`PART` or :data:`HIDDEN`.

    Attributes:
        record: its number.
        other: number of the held-out record.
        what: kind of match.
        value: similarity, or share of the n-grams.
    """

    record: int
    other: int
    what: str
    value: float


@dataclass(frozen=True)
class Fingerprints:
    """What is compared of some records.

    Attributes:
        owners: number of the record of each text: first all conversations, in order, then those with a rejected answer once
            more with that answer as their end.
        records: number of records.
        ngrams: word n-grams of the texts.
        signatures: MinHash values of the texts, shape (texts, permutations).
        runs: runs of 13 words of the texts.
        hidden: word n-grams of each different text that is no turn of a conversation.
        hidden_owners: numbers of the records that hold it.
    """

    owners: I64
    records: int
    ngrams: NgramSets
    signatures: U32
    runs: NgramSets
    hidden: NgramSets
    hidden_owners: list[list[int]]


class Fingerprinter:
    """Makes :class:`Fingerprints` of records."""

    def __init__(self, rules: LeakageRules) -> None:
        self._short = NgramHasher(rules.shingle_words, rules.min_words)
        self._long = NgramHasher(PART_NGRAM_WORDS, max(rules.part_words, PART_NGRAM_WORDS))

    def fingerprints(self, rows: Sequence[Mapping[str, Any]], texts: Sequence[str], *, sign: bool = True) -> Fingerprints:
        """Fingerprints of records.

        Args:
            rows: the records.
            texts: what was said in each, normalized.
            sign: whether to make MinHash signatures, which searching an index needs.
        """
        owners, readings = list(range(len(rows))), list(texts)
        hidden: dict[str, list[int]] = {}
        for number, row in enumerate(rows):
            outside = [message["content"] for message in row["messages"] if message["role"] == "system"]
            if row["rejected_response"]:
                owners.append(number)
                readings.append(f"{conversation_text(row['messages'][:-1])}\n{normalize(row['rejected_response'])}")
                outside.append(row["rejected_response"])
            if outside:
                hidden.setdefault("\n".join(outside), []).append(number)
        ngrams = self._short.sets(readings)
        return Fingerprints(
            owners=np.array(owners, np.int64),
            records=len(rows),
            ngrams=ngrams,
            signatures=_signatures(ngrams) if sign else np.zeros((0, _PERMUTATIONS), np.uint32),
            runs=self._long.sets(readings),
            hidden=self._short.sets([normalize(text) for text in hidden]),
            hidden_owners=list(hidden.values()),
        )


def _signatures(sets: NgramSets) -> U32:
    """MinHash values of sets; those of an empty set are equal to nothing that is searched for."""
    from datasketch import MinHash

    found = np.zeros((len(sets.sizes), _PERMUTATIONS), np.uint32)
    minhash = MinHash(num_perm=_PERMUTATIONS, seed=_SEED, hashfunc=int)
    hashes = sets.values >> np.uint64(32)
    for number in np.flatnonzero(sets.sizes).tolist():
        minhash.clear()
        minhash.update_batch(hashes[sets.starts[number] : sets.starts[number + 1]].tolist())
        found[number] = minhash.hashvalues
    return found


def bands_for(threshold: float) -> tuple[int, int]:
    """Bands and rows of an LSH table that misses a pair at ``threshold`` with :data:`MISS_PROBABILITY` or less.

    A pair of similarity J shares none of b bands of r rows with a probability of (1 - J^r)^b. The more rows, the fewer pairs
    must be compared for nothing.
    """
    fitting = [
        rows for rows in range(1, 65) if (1 - threshold**rows) ** (_PERMUTATIONS // rows) <= MISS_PROBABILITY
    ]  # fmt: skip
    rows = max(fitting, default=1)
    return _PERMUTATIONS // rows, rows


class HeldOutIndex:
    """All held-out records, numbered from 0 on, to look for text of theirs.

    Args:
        parts: their fingerprints, in order.
        rules: what counts as leakage.
    """

    def __init__(self, parts: Sequence[Fingerprints], rules: LeakageRules) -> None:
        from datasketch import LeanMinHash, MinHashLSH

        self._rules = rules
        self.ngrams = join_sets([part.ngrams.take(np.arange(part.records)) for part in parts])
        runs = join_sets([part.runs.take(np.arange(part.records)) for part in parts])
        self._runs = _ContainmentIndex(runs, rules.part_share, rules.part_ngrams)
        self._lsh = MinHashLSH(num_perm=_PERMUTATIONS, params=bands_for(rules.threshold))
        number = 0
        for part in parts:
            for signature, size in zip(part.signatures[: part.records], part.ngrams.sizes[: part.records], strict=True):
                if size:
                    minhash = LeanMinHash(seed=_SEED, hashvalues=signature, scheme="affine32")
                    self._lsh.insert(number, minhash, check_duplication=False)
                number += 1

    @cached_property
    def _conversations(self) -> _ContainmentIndex:
        return _ContainmentIndex(self.ngrams, self._rules.hidden_share, self._rules.hidden_ngrams)

    def search(self, own: Fingerprints, first: int) -> list[LeakageMatch]:
        """What some records have of the held-out ones from number ``first`` on; of each pair the strongest match."""
        best: dict[tuple[int, int], LeakageMatch] = {}
        for match in [*self._near(own, first), *self._parts(own, first), *self._hidden(own, first)]:
            known = best.get((match.record, match.other))
            if known is None or (known.what == match.what and known.value < match.value):
                best[match.record, match.other] = match
        return list(best.values())

    def _near(self, own: Fingerprints, first: int) -> Iterator[LeakageMatch]:
        from datasketch import LeanMinHash

        for text in np.flatnonzero(own.ngrams.sizes).tolist():
            found = self._lsh.query(LeanMinHash(seed=_SEED, hashvalues=own.signatures[text], scheme="affine32"))
            numbers = np.array(sorted(number for number in found if number >= first), np.int64)
            if len(numbers):
                for number, value in _similar(own.ngrams.one(text), self.ngrams, numbers, self._rules.threshold):
                    yield LeakageMatch(int(own.owners[text]), number, NEAR, value)

    def _parts(self, own: Fingerprints, first: int) -> Iterator[LeakageMatch]:
        share, least = self._rules.part_share, self._rules.part_ngrams
        for text in self._runs.worth_searching(own.runs, least):
            ngrams = own.runs.one(text)
            numbers = self._runs.candidates(ngrams, both_ways=True)
            numbers = numbers[numbers >= first]
            if len(numbers):
                sizes = self._runs.sets.sizes[numbers]
                values = shared_ngrams(ngrams, self._runs.sets, numbers) / np.minimum(sizes, len(ngrams))
                for place in np.flatnonzero(values >= share - _EPSILON)[:_MATCHES].tolist():
                    yield LeakageMatch(int(own.owners[text]), int(numbers[place]), PART, float(values[place]))

    def _hidden(self, own: Fingerprints, first: int) -> Iterator[LeakageMatch]:
        share, least = self._rules.hidden_share, self._rules.hidden_ngrams
        for text in np.flatnonzero(own.hidden.sizes >= least).tolist():
            ngrams = own.hidden.one(text)
            numbers = self._conversations.candidates(ngrams, both_ways=False)
            numbers = numbers[numbers >= first]
            if len(numbers):
                values = shared_ngrams(ngrams, self.ngrams, numbers) / self.ngrams.sizes[numbers]
                for place in np.flatnonzero(values >= share - _EPSILON)[:_MATCHES].tolist():
                    for record in own.hidden_owners[text]:
                        yield LeakageMatch(record, int(numbers[place]), HIDDEN, float(values[place]))


def _similar(own: U64, sets: NgramSets, numbers: I64, threshold: float) -> list[tuple[int, float]]:
    """(number, exact Jaccard similarity) of the sets at or above the threshold, :data:`_MATCHES` of them at the most."""
    sizes = sets.sizes[numbers]
    numbers = numbers[np.minimum(sizes, len(own)) >= threshold * np.maximum(sizes, len(own)) - _EPSILON]
    if not len(numbers):
        return []
    common = shared_ngrams(own, sets, numbers)
    values = common / (len(own) + sets.sizes[numbers] - common)
    places = np.flatnonzero(values >= threshold - _EPSILON)[:_MATCHES]
    return [(int(numbers[place]), float(values[place])) for place in places.tolist()]


class _ContainmentIndex:
    """An inverted index from n-grams to the sets that a text may contain, and to those that may contain it.

    Args:
        sets: the sets.
        share: the share of a set's n-grams that must be there.
        least: sets of fewer n-grams are never found.
    """

    def __init__(self, sets: NgramSets, share: float, least: int) -> None:
        self.sets = sets
        self._share = share
        self._least = least
        indexed = np.repeat(sets.sizes >= least, sets.sizes)
        values, owners = sets.values[indexed], sets.owners[indexed].astype(np.int32)
        order = np.argsort(values, kind="stable")
        self._values, self._owners = values[order], owners[order]
        frequency = np.empty(len(values), np.int32)
        frequency[order] = np.diff(_spans(self._values, self._values), axis=0)[0]
        sizes = np.where(sets.sizes >= least, sets.sizes, 0)
        place = np.arange(len(values)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
        by_rarity = np.lexsort((frequency, owners))  # sets stay in their order
        prefix = sizes - np.ceil(share * sizes - _EPSILON).astype(np.int64) + 1
        rare = by_rarity[place < np.repeat(prefix, sizes)]
        rare = rare[np.argsort(values[rare], kind="stable")]
        self._rare_values, self._rare_owners = values[rare], owners[rare]

    def worth_searching(self, texts: NgramSets, least: int) -> list[int]:
        """The texts with so many known n-grams as the smallest match takes."""
        if not len(self._values):
            return []
        known = self._values[np.minimum(np.searchsorted(self._values, texts.values), len(self._values) - 1)] == texts.values
        hits = np.bincount(texts.owners[known], minlength=len(texts.sizes))
        return np.flatnonzero((hits >= self._share * least - _EPSILON) & (texts.sizes >= least)).tolist()

    def candidates(self, own: U64, *, both_ways: bool) -> I64:
        """Numbers of the sets that the n-grams ``own`` may hold; ``both_ways``: and of those that may hold them."""
        found = [self._rare_owners[_members(_spans(self._rare_values, own))]]
        if both_ways:
            spans = _spans(self._values, own)
            counts = spans[1] - spans[0]
            known = np.flatnonzero(counts)
            rarest = len(known) - int(np.ceil(self._share * len(own) - _EPSILON)) + 1
            if rarest > 0:
                chosen = known[np.argsort(counts[known], kind="stable")[:rarest]]
                found.append(self._owners[_members(spans[:, chosen])])
        return np.unique(np.concatenate(found)).astype(np.int64)


def _spans(ordered: U64, values: U64) -> I64:
    """Where each of ``values`` begins and ends in ``ordered``, shape (2, values)."""
    return np.stack([np.searchsorted(ordered, values), np.searchsorted(ordered, values, side="right")])


def _members(spans: I64) -> I64:
    return ranges(spans[0], spans[1] - spans[0])


@dataclass
class ExhaustiveCheck:
    """Compares a random sample of records with every held-out one, to find and to bound what the MinHash search misses.

    Attributes:
        rows: number of records that are searched; the sample is drawn from them, always the same one.
        sampled: records of the sample that were seen.
        missed: records with a near duplicate that the search did not find.
    """

    rows: int
    sampled: int = 0
    missed: int = 0
    _chosen: npt.NDArray[np.bool_] = field(init=False, repr=False)
    _seen: int = field(default=0, repr=False)
    _texts: list[NgramSets] = field(default_factory=list, repr=False)
    _labels: list[tuple[int, int]] = field(default_factory=list, repr=False)
    _found: set[tuple[int, int]] = field(default_factory=set, repr=False)

    def __post_init__(self) -> None:
        self._chosen = np.zeros(self.rows, bool)
        size = min(self.rows, EXHAUSTIVE_RECORDS)
        self._chosen[np.random.default_rng(_SEED).choice(self.rows, size, replace=False)] = True

    @property
    def complete(self) -> bool:
        """Whether every record was compared with every held-out one."""
        return self.sampled == self._seen

    def add(self, own: Fingerprints, first: int, matches: Sequence[LeakageMatch]) -> int:
        """Remember the sampled ones of the next records and what was found for them; returns the number of the first."""
        start = self._seen
        self._seen += own.records
        numbers = own.owners + start
        texts = np.flatnonzero((numbers < self.rows) & self._chosen[np.minimum(numbers, self.rows - 1)])
        if len(texts):
            self._texts.append(own.ngrams.take(texts))
            self._labels += [(number, first) for number in numbers[texts].tolist()]
            self.sampled += int((texts < own.records).sum())
            self._found |= {(start + match.record, match.other) for match in matches if match.what == NEAR}
        return start

    def missed_pairs(self, held: NgramSets, threshold: float) -> list[LeakageMatch]:
        """The near duplicates in the sample for which the search found none; numbers of records are those of :meth:`add`."""
        texts = join_sets(self._texts)
        best: dict[int, LeakageMatch] = {}
        known = {number for number, _ in self._found}
        for left, right, common in all_shared_ngrams(texts, held):
            values = common / (texts.sizes[left] + held.sizes[right] - common)
            for place in np.flatnonzero(values >= threshold - _EPSILON).tolist():
                (number, first), other = self._labels[left[place]], int(right[place])
                if other >= first and number not in known:
                    best.setdefault(number, LeakageMatch(number, other, NEAR, float(values[place])))
        self.missed = len(best)
        return list(best.values())

    @property
    def missed_share(self) -> float:
        """At most this share of all records has a near duplicate that the search missed, with 95 % confidence.

        The upper limit of Clopper and Pearson for ``missed`` of ``sampled``; nothing where all records were compared.
        """
        if self.complete or not self.sampled:
            return 0.0
        from scipy.special import betaincinv

        return float(betaincinv(self.missed + 1, self.sampled - self.missed, 0.95))
