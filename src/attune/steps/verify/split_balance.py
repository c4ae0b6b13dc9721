"""Whether groups, which are never cut, allow a version whose shares are nearer to those that it was meant to have.

The shares are as near as groups allow them when no group could go to another split, and no two groups change places, such that
the sum of the squared differences from the shares became less. A version of three people cannot be cut at 90 percent, one of a
thousand people can. What has to stay together is found in the files: records with a person, a conversation, a cluster or all
letters in common, and, where these alone would allow better shares, records of which one has text of another.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import permutations

import numpy as np

from attune.config.params import CompileParams, VerifyParams
from attune.steps.verify.leakage import NEAR, Known, Reader, find_matches, likeness_of, save_indexes
from attune.steps.verify.likeness import Places, said
from attune.steps.verify.manifest_validation import SPLITS
from attune.steps.verify.record_checks import Part, hash64, readable_rows

_TOGETHER = ("subject_id", "conversation_id", "cluster_id", "letters")
_INDEXED = 20_000  # records at a time; a version of n records is read n / 20,000 times, but only when its shares are off
_MOST = 64  # matches of a record with those that are indexed together
# A little wider than what the gate leakage refuses: who compiles keeps a distance from it (docs/dataset-format.md).
_PART_SHARE, _PART_WORDS = 0.93, 140
_HIDDEN_SHARE, _HIDDEN_WORDS = 0.75, 12
_LEAST_THRESHOLD = 0.5
_EPSILON = 1e-6

Keys = Mapping[str, np.ndarray[tuple[int], np.dtype[np.uint64]]]


def better_shares(
    keys: Keys,
    splits: Places,
    parts: Sequence[Part],
    aims: CompileParams,
    params: VerifyParams,
    held: Sequence[str],
) -> str:
    """What would bring the splits nearer to their shares, in words; nothing where groups allow no better ones.

    Args:
        keys: hashes of the records, in the order of the splits.
        splits: the split of each.
        parts: the shards that they stand in.
        aims: the shares that were meant.
        params: what counts as alike.
        held: families whose records do not count.
    """
    counted = ~np.isin(keys["family"], np.array([hash64(name) for name in held], np.uint64))
    shares = (aims.train_share, aims.validation_share, aims.test_share)
    groups = _Groups(len(splits))
    for name in _TOGETHER:
        groups.join_equal(keys[name])
    step = _step(groups.labels(), counted, splits, shares)
    if step:
        parts_of_others: list[tuple[int, int]] = []
        for one, other, near in _alike(parts, len(splits), aims, params):
            if near:
                groups.join(one, other)
            else:
                parts_of_others.append((one, other))
        step = _step(groups.labels(), counted, splits, shares)
        if step and parts_of_others:
            for one, other in parts_of_others:
                groups.join(one, other)
            step = _step(groups.labels(), counted, splits, shares)
    return step


class _Groups:
    """Records that belong together: a forest in which each points to one of its group."""

    def __init__(self, count: int) -> None:
        self._parent = list(range(count))

    def _root(self, record: int) -> int:
        parent = self._parent
        while parent[record] != record:
            parent[record] = parent[parent[record]]
            record = parent[record]
        return record

    def join(self, one: int, other: int) -> None:
        one, other = self._root(one), self._root(other)
        self._parent[max(one, other)] = min(one, other)

    def join_equal(self, values: np.ndarray[tuple[int], np.dtype[np.uint64]]) -> None:
        """Join the records that have a value in common; 0 is none."""
        first: dict[int, int] = {}
        for record, value in enumerate(values.tolist()):
            if value and first.setdefault(value, record) != record:
                self.join(first[value], record)

    def labels(self) -> Places:
        return np.array([self._root(record) for record in range(len(self._parent))], np.int64)


def _alike(parts: Sequence[Part], count: int, aims: CompileParams, params: VerifyParams) -> Iterator[tuple[int, int, bool]]:
    """Pairs of records of which one has text of the other, and whether the two are alike as a whole."""
    own = likeness_of(params)
    likeness = replace(
        own,
        threshold=min(max(aims.group_threshold, _LEAST_THRESHOLD), own.threshold),
        part_share=min(_PART_SHARE, own.part_share),
        part_words=min(_PART_WORDS, own.part_words),
        hidden_share=_HIDDEN_SHARE,
        hidden_words=_HIDDEN_WORDS,
    )
    reader = Reader(likeness)
    for first in range(0, count, _INDEXED):
        with tempfile.TemporaryDirectory() as folder:
            save_indexes(folder, list(_known(parts, reader, first)), likeness)
            yield from _matches(parts, reader, folder, first)


def _known(parts: Sequence[Part], reader: Reader, first: int) -> Iterator[Known]:
    """The n-grams of the records that are indexed together."""
    place = 0
    for part in parts:
        for rows in readable_rows(part):
            texts = [said(row["messages"]) for row in rows]
            yield reader.known(texts[max(first - place, 0) : max(first + _INDEXED - place, 0)])
            place += len(rows)


def _matches(parts: Sequence[Part], reader: Reader, folder: str, first: int) -> Iterator[tuple[int, int, bool]]:
    place = 0
    for part in parts:
        for rows in readable_rows(part):
            numbered = [{**row, "record_id": str(place + number)} for number, row in enumerate(rows)]
            texts = [said(row["messages"]) for row in rows]
            for match in find_matches(numbered, texts, reader, folder, 0, most=_MOST):
                yield int(match.record), first + match.other, match.what == NEAR
            place += len(rows)


def _step(labels: Places, counted: np.ndarray[tuple[int], np.dtype[np.bool_]], splits: Places, shares: Sequence[float]) -> str:
    """A group that could go to another split, or change places with one there, in words; nothing where none could."""
    wanted = np.array(shares) * counted.sum()
    too_much = np.bincount(splits[counted], minlength=len(SPLITS)) - wanted
    sizes = [_sizes(labels, counted & (splits == split)) for split in range(len(SPLITS))]
    alone = [len(np.unique(labels[splits == split])) < 2 for split in range(len(SPLITS))]
    for source, target in permutations(range(len(SPLITS)), 2):
        limit = too_much[source] - too_much[target] - _EPSILON
        if sizes[source] and not alone[source] and sizes[source][0] < limit:
            return f"a group of {sizes[source][0]} could go from {SPLITS[source]} to {SPLITS[target]}"
        for own, other in _exchanges(sizes[source], sizes[target]):
            if own - other < limit:
                return f"a group of {own} in {SPLITS[source]} could change places with one of {other} in {SPLITS[target]}"
    return ""


def _sizes(labels: Places, records: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> list[int]:
    """The different sizes of the groups that some records make, in order."""
    counts = np.bincount(labels[records]) if records.any() else np.zeros(0, np.int64)
    return sorted({int(size) for size in np.unique(counts) if size})


def _exchanges(sizes: Sequence[int], others: Sequence[int]) -> Iterator[tuple[int, int]]:
    """For each of ``others`` the next larger one of ``sizes``; both are sorted."""
    place = 0
    for other in others:
        while place < len(sizes) and sizes[place] <= other:
            place += 1
        if place < len(sizes):
            yield sizes[place], other
