"""Representatives: which of several near duplicates is kept, decided on verified pairs.

Near duplicates do not chain. Records are taken in the order of their rank; one is removed if, and only if, it is near a record
that was kept before it, and the most similar of those represents it. So if A ~ B and B ~ C but not A ~ C, and A is the best,
then B is removed for A and C stays. Every removed record is near its representative, and no two kept records are near.

A member of an oversized bucket (``buckets``) is compared with the members that were kept so far, a few hundred records at a
time: copies of one text are compared with one record each, not with each other. The cost is bounded by
``MAX_REPRESENTATIVES``: no more records of a bucket than that represent others.
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

MAX_REPRESENTATIVES = LARGE
_ROWS_AT_A_TIME = 512

F64 = npt.NDArray[np.float64]


@dataclass(frozen=True)
class SimilarityLinks:
    """Verified pairs: rows and their exact similarity."""

    left: I64
    right: I64
    similarity: F64

    def at_least(self, threshold: float) -> SimilarityLinks:
        """The links of that similarity or more."""
        return self.where(self.similarity >= threshold)

    def touching(self, rows: npt.NDArray[np.bool_]) -> SimilarityLinks:
        """The links with an end in ``rows``."""
        return self.where(rows[self.left] | rows[self.right])

    def within(self, rows: npt.NDArray[np.bool_]) -> SimilarityLinks:
        """The links with both ends in ``rows``."""
        return self.where(rows[self.left] & rows[self.right])

    def where(self, chosen: npt.NDArray[np.bool_]) -> SimilarityLinks:
        """Some of the links."""
        return SimilarityLinks(self.left[chosen], self.right[chosen], self.similarity[chosen])


@dataclass(frozen=True)
class Representatives:
    """The representative of each row (itself, where it is kept), and the similarity of the two."""

    keeper: I64
    similarity: F64


def verify_pairs(found: Candidates, sets: Sets, at_least: float) -> SimilarityLinks:
    """The candidate pairs whose exact similarity is ``at_least`` or more."""
    return SimilarityLinks(found.left, found.right, sets.jaccard(found.left, found.right, at_least)).at_least(at_least)


def join_links(parts: Sequence[SimilarityLinks]) -> SimilarityLinks:
    """The links of all parts."""
    return SimilarityLinks(
        np.concatenate([np.zeros(0, np.int64), *(part.left for part in parts)]),
        np.concatenate([np.zeros(0, np.int64), *(part.right for part in parts)]),
        np.concatenate([np.zeros(0), *(part.similarity for part in parts)]),
    )


def remove_near(
    rows: int,
    rank: I64,
    links: SimilarityLinks,
    oversized: Sequence[I64],
    sets: Sets,
    threshold: float,
    fixed: npt.NDArray[np.bool_] | None = None,
) -> Representatives:
    """Decide which rows are kept, by the rule above.

    Args:
        rows: number of rows; those in no link and no oversized bucket are kept.
        rank: place of each row in the order of preference, 0 the best; all different.
        links: verified pairs; those under the threshold do not count.
        oversized: the members of each oversized bucket.
        sets: fingerprints of all these members.
        threshold: similarity from which on two records are near.
        fixed: rows that were kept by an earlier decision and stay.
    """
    free = np.ones(rows, bool) if fixed is None else ~fixed
    known = links.at_least(threshold).touching(free)
    shared = buckets(oversized, sets, threshold)
    search = _RepresentativeSearch(rank, free, shared, sets, threshold)
    worse = np.where(rank[known.left] > rank[known.right], known.left, known.right)
    order = np.argsort(rank[worse], kind="stable")
    known, worse = SimilarityLinks(known.left[order], known.right[order], known.similarity[order]), worse[order]
    better = known.left + known.right - worse
    involved = sorted_unique(np.concatenate([shared.rows, worse, better]))
    involved = involved[np.argsort(rank[involved])]
    for first in range(0, len(involved), _ROWS_AT_A_TIME):
        block = involved[first : first + _ROWS_AT_A_TIME]
        low, high = np.searchsorted(rank[worse], [rank[block[0]], rank[block[-1]] + 1])
        search.decide(block, SimilarityLinks(worse[low:high], better[low:high], known.similarity[low:high]))
    return search.removal


class _RepresentativeSearch:
    """Decides block after block, and remembers the kept rows of each bucket. Links go from the worse row to the better one."""

    def __init__(self, rank: I64, free: npt.NDArray[np.bool_], shared: Buckets, sets: Sets, threshold: float) -> None:
        self.removal = Representatives(np.arange(len(rank)), np.ones(len(rank)))
        self._rank, self._free, self._sets, self._threshold = rank, free, sets, threshold
        # Each row's buckets, row after row; and of each bucket those that were kept, in as much room as it has members.
        order = np.argsort(shared.rows, kind="stable")
        self._rows = shared.rows[order]
        self._buckets = np.repeat(np.arange(len(shared.sizes)), shared.sizes)[order]
        self._starts = shared.offsets[:-1]
        self._representatives = np.empty(len(self._rows), np.int64)
        self._count = np.zeros(len(shared.sizes), np.int64)

    def decide(self, block: I64, known: SimilarityLinks) -> None:
        """Decide on the rows of ``block``, which come after all before them; ``known`` has links of theirs to better rows."""
        decided = self._is_kept(known.right) & (self._rank[known.right] < self._rank[block[0]])
        free = block[self._free[block]]
        to_representatives = self._to_representatives(free, np.zeros_like(self._count))
        gone = np.isin(free, np.concatenate([known.left[decided], to_representatives.left]))
        # A row near a representative is removed, so only the others can become one, and are compared with each other.
        among = self._among(np.concatenate([free[~gone], block[~self._free[block]]]))
        before = self._count.copy()
        self._choose(block, join_links([known, to_representatives, among]))
        late = self._to_representatives(free[gone], before)
        self._improve(late.where(self._rank[late.right] < self._rank[late.left]))

    def _is_kept(self, rows: I64) -> npt.NDArray[np.bool_]:
        kept: npt.NDArray[np.bool_] = self.removal.keeper[rows] == rows
        return kept

    def _memberships(self, rows: I64) -> tuple[I64, I64]:
        """The rows that are in buckets, once for each, and the buckets."""
        low, high = np.searchsorted(self._rows, rows), np.searchsorted(self._rows, rows, side="right")
        return np.repeat(rows, high - low), self._buckets[ranges(low, high - low)]

    def _to_representatives(self, rows: I64, seen: I64) -> SimilarityLinks:
        """Links to the representatives of the rows' buckets, without the first ``seen`` of each bucket."""
        members, own = self._memberships(rows)
        counts = (self._count - seen)[own]
        starts = (self._starts + seen)[own]
        pairs = (
            (np.repeat(members[some], counts[some]), self._representatives[ranges(starts[some], counts[some])])
            for some in slices(counts)
        )
        return join_links([self._near(left, right) for left, right in pairs])

    def _among(self, rows: I64) -> SimilarityLinks:
        """Links between ``rows`` that share a bucket."""
        members, own = self._memberships(rows)
        order = np.argsort(own, kind="stable")
        _, sizes = np.unique(own, return_counts=True)
        shared = Buckets(members[order], np.concatenate([np.zeros(1, np.int64), np.cumsum(sizes)]))
        found = join_links([self._near(left, right) for left, right in shared.pairs()])
        swap = self._rank[found.left] < self._rank[found.right]
        return SimilarityLinks(
            np.where(swap, found.right, found.left), np.where(swap, found.left, found.right), found.similarity
        )

    def _near(self, left: I64, right: I64) -> SimilarityLinks:
        """The pairs that are near, each once."""
        possible = np.flatnonzero((left != right) & self._sets.possible(left, right, self._threshold))
        keys = sorted_unique(left[possible].astype(np.uint64) << np.uint64(32) | right[possible].astype(np.uint64))
        left, right = (keys >> np.uint64(32)).astype(np.int64), (keys & np.uint64(0xFFFFFFFF)).astype(np.int64)
        return SimilarityLinks(left, right, self._sets.jaccard(left, right, self._threshold)).at_least(self._threshold)

    def _choose(self, block: I64, links: SimilarityLinks) -> None:
        """Go through the rows of a block: one with a link to a kept row is removed, another one represents others."""
        near: dict[int, list[tuple[float, int, int]]] = {}
        for row, other, similarity in zip(links.left.tolist(), links.right.tolist(), links.similarity.tolist(), strict=True):
            near.setdefault(row, []).append((similarity, -int(self._rank[other]), other))
        keeper = self.removal.keeper
        for row in block[np.isin(block, links.left) & self._free[block]].tolist():
            kept = [item for item in near[row] if keeper[item[2]] == item[2]]
            if kept:
                self.removal.similarity[row], _, keeper[row] = max(kept)
        self._add_representatives(block[self._is_kept(block)])

    def _add_representatives(self, rows: I64) -> None:
        """Let ``rows`` represent what comes after them in their buckets."""
        members, own = self._memberships(rows)
        order = np.argsort(own, kind="stable")  # within a bucket the better ones first, as ``rows`` are
        members, own = members[order], own[order]
        numbers, firsts, sizes = np.unique(own, return_index=True, return_counts=True)
        place = np.arange(len(own)) - np.repeat(firsts, sizes) + self._count[own]
        room = place < MAX_REPRESENTATIVES
        self._representatives[self._starts[own[room]] + place[room]] = members[room]
        self._count[numbers] = np.minimum(self._count[numbers] + sizes, MAX_REPRESENTATIVES)

    def _improve(self, links: SimilarityLinks) -> None:
        """Give removed rows a representative of their own block where it is more similar than the one that they have."""
        for row, other, similarity in zip(links.left.tolist(), links.right.tolist(), links.similarity.tolist(), strict=True):
            own = int(self.removal.keeper[row])
            if (similarity, -self._rank[other]) > (self.removal.similarity[row], -self._rank[own]):
                self.removal.similarity[row], self.removal.keeper[row] = similarity, other
