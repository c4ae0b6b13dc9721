"""Which members of large buckets must stay together, because they are near each other or near to what is near."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt

from attune.similarity.lsh_buckets import LARGE, buckets
from attune.similarity.representatives import Links, join_links
from attune.similarity.shingles import I64
from attune.similarity.token_sets import Sets

REPRESENTATIVES = 64  # of a bucket that is too large to compare all with all
_VERIFIED_AT_A_TIME = 1 << 14


def crowd_links(rows: int, crowds: Sequence[I64], sets: Sets, threshold: float) -> Links:
    """Links that hold together whatever is near within large buckets, with no more of them than that needs.

    All pairs of a bucket are looked at; those that are connected already are not compared. Only a token of prefixes that more
    than ``LARGE`` records of crowds have makes a bucket for which that is too much; see :func:`_around_representatives`.

    Args:
        rows: number of rows.
        crowds: the members of large buckets.
        sets: their fingerprints.
        threshold: similarity from which on two records are near.
    """
    shared = buckets(crowds, sets, threshold)
    joined = _Joined(rows)
    found = []
    for left, right in shared.select(np.flatnonzero(shared.sizes <= LARGE)).pairs():
        waiting = np.flatnonzero(sets.possible(left, right, threshold))
        waiting = waiting[np.argsort(right[waiting], kind="stable")]  # all with the first one first: copies are joined by it
        for first in range(0, len(waiting), _VERIFIED_AT_A_TIME):
            some = waiting[first : first + _VERIFIED_AT_A_TIME]
            some = some[joined.roots(left[some]) != joined.roots(right[some])]
            near = Links(left[some], right[some], sets.jaccard(left[some], right[some], threshold)).at_least(threshold)
            found.append(near.where(joined.join(near.left, near.right)))
    for number in np.flatnonzero(shared.sizes > LARGE).tolist():
        members = shared.rows[shared.offsets[number] : shared.offsets[number + 1]]
        found.extend(_around_representatives(members, sets, threshold, joined))
    return join_links(found)


def _around_representatives(members: I64, sets: Sets, threshold: float, joined: _Joined) -> Iterator[Links]:
    """Links of a very large bucket to some of its members.

    The distance d = 1 - J is a metric: a member becomes a representative unless it is within 1 - ``threshold`` of one, and is
    linked to a representative within twice that; so two near members are linked to a common one. Who is near a representative
    needs no further one: of two near members, the first representative that is near either is within twice the distance of the
    other. Those who are far from all ``REPRESENTATIVES`` are linked to each other without a comparison: better too much
    together in one split than a near duplicate across two.
    """
    wide = max(2 * threshold - 1, 0.0)
    waiting = members
    for _ in range(REPRESENTATIVES):
        if len(waiting) < 2 or len(np.unique(joined.roots(waiting))) == 1:
            return
        waiting, first = waiting[1:], np.full(len(waiting) - 1, waiting[0])
        links = Links(first, waiting, sets.jaccard(first, waiting, wide)).at_least(wide)
        yield links.where(joined.join(links.left, links.right))
        waiting = waiting[~np.isin(waiting, links.at_least(threshold).right)]
    rest = Links(np.full(len(waiting), waiting[:1].sum()), waiting, np.zeros(len(waiting)))
    yield rest.where(joined.join(rest.left, rest.right))


class _Joined:
    """Which rows are connected so far (union-find)."""

    def __init__(self, rows: int) -> None:
        self._parent = np.arange(rows)

    def roots(self, rows: I64) -> I64:
        """The row that stands for all that are connected with each of ``rows``."""
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
