"""Links within oversized LSH buckets: which members must stay together because they are near, or near to what is near."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt

from attune.similarity.lsh_buckets import LARGE, buckets
from attune.similarity.representatives import SimilarityLinks, join_links
from attune.similarity.shingles import I64
from attune.similarity.token_sets import Sets

MAX_SEEDS = 64  # of a bucket that is too large to compare all its pairs
_VERIFIED_AT_A_TIME = 1 << 14


def oversized_bucket_links(rows: int, oversized: Sequence[I64], sets: Sets, threshold: float) -> SimilarityLinks:
    """Links that connect everything that is near within oversized buckets, as few as that needs.

    All pairs of a bucket are considered; pairs that are connected already are not compared. Only where one n-gram puts more
    than ``LARGE`` records into a bucket is that too much; see :func:`_around_seeds`.

    Args:
        rows: number of rows.
        oversized: the members of each oversized bucket.
        sets: their fingerprints.
        threshold: similarity from which on two records are near.
    """
    shared = buckets(oversized, sets, threshold)
    joined = _UnionFind(rows)
    found = []
    for left, right in shared.select(np.flatnonzero(shared.sizes <= LARGE)).pairs():
        waiting = np.flatnonzero(sets.possible(left, right, threshold))
        # Pairs with the first member come first: they connect copies.
        waiting = waiting[np.argsort(right[waiting], kind="stable")]
        for first in range(0, len(waiting), _VERIFIED_AT_A_TIME):
            some = waiting[first : first + _VERIFIED_AT_A_TIME]
            some = some[joined.roots(left[some]) != joined.roots(right[some])]
            near = SimilarityLinks(left[some], right[some], sets.jaccard(left[some], right[some], threshold)).at_least(
                threshold
            )
            found.append(near.where(joined.join(near.left, near.right)))
    for number in np.flatnonzero(shared.sizes > LARGE).tolist():
        members = shared.rows[shared.offsets[number] : shared.offsets[number + 1]]
        found.extend(_around_seeds(members, sets, threshold, joined))
    return join_links(found)


def _around_seeds(members: I64, sets: Sets, threshold: float, joined: _UnionFind) -> Iterator[SimilarityLinks]:
    """Links of a very large bucket to some of its members, the seeds.

    The distance d = 1 - J is a metric: a member becomes a seed unless it is within 1 - ``threshold`` of one, and is linked to
    a seed within twice that; so two near members are linked to a common one. A member near a seed needs no further one: of two
    near members, the first seed that is near either is within twice the distance of the other. Members that are far from all
    ``MAX_SEEDS`` seeds are linked to each other without a comparison: too much in one split is better than a near duplicate in
    two.
    """
    wide = max(2 * threshold - 1, 0.0)
    waiting = members
    for _ in range(MAX_SEEDS):
        if len(waiting) < 2 or len(np.unique(joined.roots(waiting))) == 1:
            return
        waiting, first = waiting[1:], np.full(len(waiting) - 1, waiting[0])
        links = SimilarityLinks(first, waiting, sets.jaccard(first, waiting, wide)).at_least(wide)
        yield links.where(joined.join(links.left, links.right))
        waiting = waiting[~np.isin(waiting, links.at_least(threshold).right)]
    rest = SimilarityLinks(np.full(len(waiting), waiting[:1].sum()), waiting, np.zeros(len(waiting)))
    yield rest.where(joined.join(rest.left, rest.right))


class _UnionFind:
    """Which rows are connected so far (union-find)."""

    def __init__(self, rows: int) -> None:
        self._parent = np.arange(rows)

    def roots(self, rows: I64) -> I64:
        """The representative of the connected component of each of ``rows``."""
        found = self._parent[rows]
        while not np.array_equal(above := self._parent[found], found):
            found = above
        self._parent[rows] = found
        return found

    def join(self, left: I64, right: I64) -> npt.NDArray[np.bool_]:
        """Connect pairs of rows, one after the other; for each whether they were not connected before."""
        parent = self._parent
        news = np.zeros(len(left), bool)
        for place, pair in enumerate(zip(left.tolist(), right.tolist(), strict=True)):
            first, second = sorted(self._root(row) for row in pair)
            news[place] = first != second
            parent[second] = first
        return news

    def _root(self, row: int) -> int:
        while (above := int(self._parent[row])) != row:
            self._parent[row] = self._parent[above]
            row = above
        return row
