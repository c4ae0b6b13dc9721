"""Groups that no split may cut: records of one person, one conversation or one cluster of near duplicates belong together."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from attune.similarity.shingles import I64


def codes(column: pa.ChunkedArray) -> I64:
    """A number for each distinct value; -1 for null, which groups with nothing."""
    encoded = column.combine_chunks()
    if not pa.types.is_dictionary(encoded.type):
        encoded = pc.dictionary_encode(encoded)
    numbers: I64 = pc.fill_null(encoded.indices.cast(pa.int64()), -1).to_numpy(zero_copy_only=False)
    return numbers


def components(count: int, keys: Sequence[I64], left: I64, right: I64) -> I64:
    """Connected components of ``count`` records.

    Args:
        count: number of records.
        keys: arrays of ``count`` numbers; records with the same number in one of them are connected; -1 connects nothing.
        left: one end of each further link.
        right: its other end.

    Returns:
        The smallest record number of each record's component.

    Labels sink to the least of their neighbours and jump to their label's label until nothing moves: a number of rounds that
    grows with the logarithm of the longest chain.
    """
    labels = np.arange(count)
    runs = [_runs(key) for key in keys]
    while True:
        lower = labels.copy()
        for order, starts, sizes in runs:
            if len(starts):
                least = np.repeat(np.minimum.reduceat(lower[order], starts), sizes)
                np.minimum.at(lower, lower[order], least)  # the old label's own record follows, so whole trees move
                lower[order] = np.minimum(lower[order], least)
        least = np.minimum(lower[left], lower[right])
        for end in (left, right):
            np.minimum.at(lower, lower[end], least)
            np.minimum.at(lower, end, least)
        lower = lower[lower]
        if np.array_equal(lower, labels):
            return labels
        labels = lower


def _runs(key: I64) -> tuple[I64, I64, I64]:
    """Records ordered by key without those of -1, where each key starts among them, and how many it has."""
    order = np.argsort(key, kind="stable")
    order = order[key[order] >= 0]
    ordered = key[order]
    first = np.ones(len(order), bool)
    np.not_equal(ordered[1:], ordered[:-1], out=first[1:])
    starts = np.flatnonzero(first)
    return order, starts, np.diff(np.append(starts, len(order)))
