"""Which near duplicates go: decisions on verified pairs.

Near duplicates do not chain. Records are taken in the order of their rank; one is removed if, and only if, it is near a record
that was kept before it, and the most similar of those stands for it. So if A ~ B and B ~ C but not A ~ C, and A is the best,
then B goes for A's sake and C stays. Every removed record is near the one that stands for it, and no two kept ones are near.

Whoever shares a large bucket (``buckets``) is compared with those of it that were kept so far, a few hundred records at a time:
copies of one text are compared with one record each, not with each other. The cost is bounded by ``MOST_LEADERS``: no more
records of a bucket than that stand for others.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from attune.similarity.lsh_buckets import LARGE, Buckets, buckets, ranges, slices
from attune.similarity.minhash import Candidates, sorted_unique
from attune.similarity.shingles import I64
from attune.similarity.token_sets import Sets

MOST_LEADERS = LARGE
_ROWS_AT_A_TIME = 512

F64 = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Links:
    """Verified pairs: rows and their exact similarity."""

    left: I64
    right: I64
    similarity: F64

    def at_least(self, threshold: float) -> Links:
        """The links of that similarity or more."""
        return self.where(self.similarity >= threshold)

    def touching(self, rows: npt.NDArray[np.bool_]) -> Links:
        """The links with an end in ``rows``."""
        return self.where(rows[self.left] | rows[self.right])

    def within(self, rows: npt.NDArray[np.bool_]) -> Links:
        """The links with both ends in ``rows``."""
        return self.where(rows[self.left] & rows[self.right])

    def where(self, chosen: npt.NDArray[np.bool_]) -> Links:
        """Some of the links."""
        return Links(self.left[chosen], self.right[chosen], self.similarity[chosen])


@dataclass(frozen=True)
class Removal:
    """Which row stands for each row (itself, where it is kept), and how similar the two are."""

    keeper: I64
    similarity: F64


def verify_pairs(found: Candidates, sets: Sets, at_least: float) -> Links:
    """The candidate pairs whose exact similarity is ``at_least`` or more."""
    return Links(found.left, found.right, sets.jaccard(found.left, found.right, at_least)).at_least(at_least)


def join_links(parts: Sequence[Links]) -> Links:
    """The links of all parts."""
    return Links(
        np.concatenate([np.zeros(0, np.int64), *(part.left for part in parts)]),
        np.concatenate([np.zeros(0, np.int64), *(part.right for part in parts)]),
        np.concatenate([np.zeros(0), *(part.similarity for part in parts)]),
    )


def remove_near(
    rows: int,
    rank: I64,
    links: Links,
    crowds: Sequence[I64],
    sets: Sets,
    threshold: float,
    fixed: npt.NDArray[np.bool_] | None = None,
) -> Removal:
    """Decide who is kept, by the rule above.

    Args:
        rows: number of rows; those in no link and no crowd are kept.
        rank: place of each row in the order of preference, 0 the best; all different.
        links: verified pairs; those under the threshold do not count.
        crowds: the members of large buckets.
        sets: fingerprints of everything in crowds.
        threshold: similarity from which on two records are near.
        fixed: rows that are kept whatever they are near to, because that was decided before.
    """
    free = np.ones(rows, bool) if fixed is None else ~fixed
    known = links.at_least(threshold).touching(free)
    shared = buckets(crowds, sets, threshold)
    election = _Election(rank, free, shared, sets, threshold)
    worse = np.where(rank[known.left] > rank[known.right], known.left, known.right)
    order = np.argsort(rank[worse], kind="stable")
    known, worse = Links(known.left[order], known.right[order], known.similarity[order]), worse[order]
    better = known.left + known.right - worse
    involved = sorted_unique(np.concatenate([shared.rows, worse, better]))
    involved = involved[np.argsort(rank[involved])]
    for first in range(0, len(involved), _ROWS_AT_A_TIME):
        block = involved[first : first + _ROWS_AT_A_TIME]
        low, high = np.searchsorted(rank[worse], [rank[block[0]], rank[block[-1]] + 1])
        election.decide(block, Links(worse[low:high], better[low:high], known.similarity[low:high]))
    return election.removal


class _Election:
    """Decides block after block, and remembers who was kept in which bucket. Links go from the worse row to the better one."""

    def __init__(self, rank: I64, free: npt.NDArray[np.bool_], shared: Buckets, sets: Sets, threshold: float) -> None:
        self.removal = Removal(np.arange(len(rank)), np.ones(len(rank)))
        self._rank, self._free, self._sets, self._threshold = rank, free, sets, threshold
        # Each row's buckets, row after row; and of each bucket those that were kept, in as much room as it has members.
        order = np.argsort(shared.rows, kind="stable")
        self._rows = shared.rows[order]
        self._buckets = np.repeat(np.arange(len(shared.sizes)), shared.sizes)[order]
        self._starts = shared.offsets[:-1]
        self._leaders = np.empty(len(self._rows), np.int64)
        self._count = np.zeros(len(shared.sizes), np.int64)

    def decide(self, block: I64, known: Links) -> None:
        """Decide on the rows of ``block``, which come after all before them; ``known`` has links of theirs to better rows."""
        decided = self._is_kept(known.right) & (self._rank[known.right] < self._rank[block[0]])
        free = block[self._free[block]]
        to_leaders = self._to_leaders(free, np.zeros_like(self._count))
        gone = np.isin(free, np.concatenate([known.left[decided], to_leaders.left]))
        # Whoever is near a leader goes, so only the others can become one, and are compared with each other.
        among = self._among(np.concatenate([free[~gone], block[~self._free[block]]]))
        before = self._count.copy()
        self._elect(block, join_links([known, to_leaders, among]))
        late = self._to_leaders(free[gone], before)
        self._improve(late.where(self._rank[late.right] < self._rank[late.left]))

    def _is_kept(self, rows: I64) -> npt.NDArray[np.bool_]:
        kept: npt.NDArray[np.bool_] = self.removal.keeper[rows] == rows
        return kept

    def _memberships(self, rows: I64) -> tuple[I64, I64]:
        """The rows that are in buckets, once for each, and the buckets."""
        low, high = np.searchsorted(self._rows, rows), np.searchsorted(self._rows, rows, side="right")
        return np.repeat(rows, high - low), self._buckets[ranges(low, high - low)]

    def _to_leaders(self, rows: I64, seen: I64) -> Links:
        """Links to the leaders of the rows' buckets, without the first ``seen`` of each bucket."""
        members, own = self._memberships(rows)
        counts = (self._count - seen)[own]
        starts = (self._starts + seen)[own]
        pairs = (
            (np.repeat(members[some], counts[some]), self._leaders[ranges(starts[some], counts[some])])
            for some in slices(counts)
        )
        return join_links([self._near(left, right) for left, right in pairs])

    def _among(self, rows: I64) -> Links:
        """Links between ``rows`` that share a bucket."""
        members, own = self._memberships(rows)
        order = np.argsort(own, kind="stable")
        _, sizes = np.unique(own, return_counts=True)
        shared = Buckets(members[order], np.concatenate([np.zeros(1, np.int64), np.cumsum(sizes)]))
        found = join_links([self._near(left, right) for left, right in shared.pairs()])
        swap = self._rank[found.left] < self._rank[found.right]
        return Links(np.where(swap, found.right, found.left), np.where(swap, found.left, found.right), found.similarity)

    def _near(self, left: I64, right: I64) -> Links:
        """The pairs that are near, each once."""
        possible = np.flatnonzero((left != right) & self._sets.possible(left, right, self._threshold))
        keys = sorted_unique(left[possible].astype(np.uint64) << np.uint64(32) | right[possible].astype(np.uint64))
        left, right = (keys >> np.uint64(32)).astype(np.int64), (keys & np.uint64(0xFFFFFFFF)).astype(np.int64)
        return Links(left, right, self._sets.jaccard(left, right, self._threshold)).at_least(self._threshold)

    def _elect(self, block: I64, links: Links) -> None:
        """Go through the rows of a block: one with a link to a kept row goes, another one is kept and leads its buckets."""
        near: dict[int, list[tuple[float, int, int]]] = {}
        for row, other, similarity in zip(links.left.tolist(), links.right.tolist(), links.similarity.tolist(), strict=True):
            near.setdefault(row, []).append((similarity, -int(self._rank[other]), other))
        keeper = self.removal.keeper
        for row in block[np.isin(block, links.left) & self._free[block]].tolist():
            kept = [item for item in near[row] if keeper[item[2]] == item[2]]
            if kept:
                self.removal.similarity[row], _, keeper[row] = max(kept)
        self._lead(block[self._is_kept(block)])

    def _lead(self, rows: I64) -> None:
        """Let ``rows`` stand for what comes after them in their buckets."""
        members, own = self._memberships(rows)
        order = np.argsort(own, kind="stable")  # within a bucket the better ones first, as ``rows`` are
        members, own = members[order], own[order]
        numbers, firsts, sizes = np.unique(own, return_index=True, return_counts=True)
        place = np.arange(len(own)) - np.repeat(firsts, sizes) + self._count[own]
        room = place < MOST_LEADERS
        self._leaders[self._starts[own[room]] + place[room]] = members[room]
        self._count[numbers] = np.minimum(self._count[numbers] + sizes, MOST_LEADERS)

    def _improve(self, links: Links) -> None:
        """Removed rows go to a leader of their own block where it is more similar than the one that they have."""
        for row, other, similarity in zip(links.left.tolist(), links.right.tolist(), links.similarity.tolist(), strict=True):
            own = int(self.removal.keeper[row])
            if (similarity, -self._rank[other]) > (self.removal.similarity[row], -self._rank[own]):
                self.removal.similarity[row], self.removal.keeper[row] = similarity, other
