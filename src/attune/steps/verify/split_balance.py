"""The split-balance check: whether a version whose shares are off could have better ones without cutting a group.

Records of one person, conversation, duplicate cluster or text (the same letters) stay together, and so does what has text of
another record by the rules of compile. The last is compared pair by pair, among :data:`EXHAUSTIVE_RECORDS` records at the most:

- A version of that size or less is excused when no group could move to another split such that the sum of the squared
  differences from the shares became less. A version of three people cannot be cut at 90 percent, one of a thousand people can.
- Of a larger one a random sample is compared. It is excused when no group of equal ids could move, or when similar texts
  enlarge the largest group of the sample by a greater share than the splits are off.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import permutations
from typing import Any

import numpy as np
import numpy.typing as npt

from attune.config.params import CompileParams
from attune.steps.verify.leakage_search import EXHAUSTIVE_RECORDS, Fingerprinter, LeakageRules
from attune.steps.verify.manifest_validation import SPLITS
from attune.steps.verify.ngrams import I64, U64, all_shared_ngrams
from attune.steps.verify.record_checks import VersionShard, hash64, readable_rows
from attune.text.normalization import conversation_text

_GROUP_KEYS = ("subject_id", "conversation_id", "cluster_id", "letters")
_SEED = 13
_EPSILON = 1e-6

Flags = npt.NDArray[np.bool_]
Pairs = tuple[I64, I64]


def better_split(
    keys: Mapping[str, U64], splits: I64, parts: Sequence[VersionShard], aims: CompileParams, held: Sequence[str]
) -> str:
    """A move that would bring the splits nearer to their shares, in words; nothing where whole groups allow no better ones.

    Args:
        keys: hashes of the records' ids and texts, in the order of the splits.
        splits: the split of each record.
        parts: the shard of each record.
        aims: the shares and rules of the version.
        held: families whose records do not count.
    """
    counted = ~np.isin(keys["family"], np.array([hash64(name) for name in held], np.uint64))
    shares = np.array([aims.train_share, aims.validation_share, aims.test_share])
    pairs = [_equal(keys[name]) for name in _GROUP_KEYS]
    by_key = _groups(len(splits), pairs)
    move = _helpful_move(by_key, counted, splits, shares)
    if not move:
        return ""
    sample = np.arange(len(splits))
    if len(sample) > EXHAUSTIVE_RECORDS:
        sample = np.sort(np.random.default_rng(_SEED).choice(sample, EXHAUSTIVE_RECORDS, replace=False))
    groups = _groups(len(splits), [*pairs, *_linked(parts, sample, LeakageRules.of_groups(aims))])
    if len(sample) == len(splits):
        return _helpful_move(groups, counted, splits, shares)
    off = np.abs(np.bincount(splits[counted], minlength=len(SPLITS)) / counted.sum() - shares).max()
    largest, largest_by_key = (np.bincount(labels[sample]).max() / len(sample) for labels in (groups, by_key))
    return "" if off <= largest - largest_by_key else move


def _groups(count: int, pairs: Sequence[Pairs]) -> I64:
    """The number of each record's group: the connected components of the pairs."""
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import connected_components

    left, right = (np.concatenate(ends) for ends in zip(*pairs, strict=True))
    links = coo_matrix((np.ones(len(left), bool), (left, right)), shape=(count, count))
    labels: I64 = connected_components(links, directed=False)[1].astype(np.int64)
    return labels


def _equal(values: U64) -> Pairs:
    """Pairs that connect all records with the same value; 0 is none."""
    order = np.argsort(values, kind="stable")
    same = np.flatnonzero((values[order][1:] == values[order][:-1]) & (values[order][1:] != 0))
    return order[same], order[same + 1]


def _linked(parts: Sequence[VersionShard], sample: I64, rules: LeakageRules) -> Iterator[Pairs]:
    """Pairs of records of the sample of which one has text of the other."""
    rows = list(_rows(parts, sample))
    texts = [conversation_text(row["messages"]) for row in rows]
    own = Fingerprinter(rules).fingerprints(rows, texts, sign=False)
    conversations, runs = own.ngrams.take(np.arange(len(rows))), own.runs.take(np.arange(len(rows)))
    for left, right, common in all_shared_ngrams(own.ngrams, conversations):
        alike = common >= rules.threshold * (own.ngrams.sizes[left] + conversations.sizes[right] - common) - _EPSILON
        yield sample[own.owners[left[alike]]], sample[right[alike]]
    for left, right, common in all_shared_ngrams(own.runs, runs):
        smaller = np.minimum(own.runs.sizes[left], runs.sizes[right])
        part = (smaller >= rules.part_ngrams) & (common >= rules.part_share * smaller - _EPSILON)
        yield sample[own.owners[left[part]]], sample[right[part]]
    for left, right, common in all_shared_ngrams(own.hidden, conversations):
        sizes = conversations.sizes[right]
        held = np.flatnonzero((sizes >= rules.hidden_ngrams) & (common >= rules.hidden_share * sizes - _EPSILON))
        owners = [own.hidden_owners[text] for text in left[held].tolist()]
        others = np.repeat(right[held], [len(item) for item in owners])
        yield sample[np.array([record for item in owners for record in item], np.int64)], sample[others]


def _rows(parts: Sequence[VersionShard], sample: I64) -> Iterator[Mapping[str, Any]]:
    """The sampled records (sorted numbers), in order."""
    place = 0
    for part in parts:
        for rows in readable_rows(part):
            low, high = np.searchsorted(sample, [place, place + len(rows)])
            yield from (rows[number - place] for number in sample[low:high].tolist())
            place += len(rows)


def _helpful_move(groups: I64, counted: Flags, splits: I64, shares: npt.NDArray[np.float64]) -> str:
    """A group that could go to another split, in words; nothing where none could.

    A group of s records that goes from split A to B lessens the sum of squared differences when s < d(A) - d(B), where d is the
    number of records that a split has too many.
    """
    too_many = np.bincount(splits[counted], minlength=len(SPLITS)) - shares * counted.sum()
    for source, target in permutations(range(len(SPLITS)), 2):
        sizes = np.bincount(groups[counted & (splits == source)])
        smallest = sizes[sizes > 0].min(initial=len(splits))
        is_alone = len(np.unique(groups[splits == source])) < 2  # no split may become empty
        if not is_alone and smallest < too_many[source] - too_many[target] - _EPSILON:
            return f"a group of {smallest} could go from {SPLITS[source]} to {SPLITS[target]}"
    return ""
