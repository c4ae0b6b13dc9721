"""Which near duplicates go, and which must stay together: decisions on verified pairs.

Near duplicates do not chain. Records are taken in the order of their rank; one is removed if, and only if, it is near a record
that was kept before it, and the most similar of those that it was compared with stands for it. So if A ~ B and B ~ C but not
A ~ C, and A is the best, then B goes for A's sake and C stays. Every removed record is near the one that stands for it, and no
two kept ones are near.

A bucket with more than ``SMALL_CROWD`` members (a boilerplate reply) is not compared all with all: each member is compared
with those members of any such bucket that were kept so far and can be near by their prefixes (``prefixes``), which misses none.
Two limits bound that, whatever the texts: a token leads to no more than the first ``MOST_OF_A_TOKEN`` kept records with it,
and a record is compared with no more than the ``MOST_COMPARED`` that share most of its prefix.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from attune.data.similarity.minhash import SMALL_BUCKET, Candidates, all_pairs, sorted_unique, split_pairs
from attune.data.similarity.prefixes import Prefixes, prefixes
from attune.data.similarity.sets import Sets
from attune.data.similarity.shingles import I64

MOST_OF_A_TOKEN = 256
MOST_COMPARED = 64
SMALL_CROWD = 64  # members of a crowd that are compared all with all where records are removed
SMALL_GROUP = 256  # and where they are grouped
REPRESENTATIVES = 64  # of a larger one, where records are grouped
_CROWDS_AT_A_TIME = 128  # of small ones, which have at most four million pairs

F64 = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Links:
    """Verified pairs: rows and their exact similarity."""

    left: I64
    right: I64
    similarity: F64

    def at_least(self, threshold: float) -> Links:
        """The links of that similarity or more."""
        enough = self.similarity >= threshold
        return Links(self.left[enough], self.right[enough], self.similarity[enough])

    def touching(self, rows: npt.NDArray[np.bool_]) -> Links:
        """The links with an end in ``rows``."""
        some = rows[self.left] | rows[self.right]
        return Links(self.left[some], self.right[some], self.similarity[some])


@dataclass(frozen=True)
class Removal:
    """Which row stands for each row (itself, where it is kept), and how similar the two are."""

    keeper: I64
    similarity: F64


def verify_pairs(found: Candidates, sets: Sets, at_least: float) -> Links:
    """The candidate pairs whose exact similarity is ``at_least`` or more."""
    similarity = sets.jaccard(found.left, found.right, at_least)
    return Links(found.left, found.right, similarity).at_least(at_least)


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
    removal = Removal(np.arange(rows), np.ones(rows))
    free = np.ones(rows, bool) if fixed is None else ~fixed
    small, large = _by_size(crowds, SMALL_CROWD)
    links = _together([links.at_least(threshold), _all_links(small, sets, threshold)]).touching(free)
    crowd = _Crowd(prefixes(sets, sorted_unique(np.concatenate([np.zeros(0, np.int64), *large])), threshold), rank)
    for row, known in _in_order(rank, links, crowd.rows):
        if free[row]:
            near = [(similarity, -int(rank[other]), other) for other, similarity in known if removal.keeper[other] == other]
            others = [] if near else crowd.kept_with_shared_prefix(row)
            if others:
                values = sets.jaccard(np.full(len(others), row), np.array(others, np.int64), threshold)
                near = [
                    (float(value), -int(rank[other]), other)
                    for value, other in zip(values, others, strict=True)
                    if value >= threshold
                ]
            if near:
                removal.similarity[row], _, removal.keeper[row] = max(near)
                continue
        crowd.keep(row)
    return removal


class _Crowd:
    """The kept members of large buckets, by the tokens of their prefixes."""

    def __init__(self, prefix: Prefixes, rank: I64) -> None:
        has_any = np.diff(prefix.offsets) > 0
        self.rows = prefix.rows[has_any]  # those that can have a partner at all
        self._rank = rank
        self._prefix = prefix
        self._place = {int(row): int(place) for place, row in zip(np.flatnonzero(has_any), self.rows, strict=True)}
        self._kept: list[list[int]] = [[] for _ in range(prefix.distinct)]

    def kept_with_shared_prefix(self, row: int) -> list[int]:
        """Kept rows that may be near, those with the most shared tokens first."""
        shared = Counter(other for token in self._tokens(row) for other in self._kept[token])
        ordered = sorted(shared, key=lambda other: (-shared[other], self._rank[other]))
        return ordered[:MOST_COMPARED]

    def keep(self, row: int) -> None:
        """Let ``row`` be found by those that come after it."""
        for token in self._tokens(row):
            if len(self._kept[token]) < MOST_OF_A_TOKEN:
                self._kept[token].append(row)

    def _tokens(self, row: int) -> list[int]:
        place = self._place.get(row)
        if place is None:
            return []
        found: list[int] = self._prefix.tokens[self._prefix.offsets[place] : self._prefix.offsets[place + 1]].tolist()
        return found


def _in_order(rank: I64, links: Links, crowded: I64) -> Iterator[tuple[int, list[tuple[int, float]]]]:
    """Rows that need a decision, best first, each with its better-ranked neighbours and their similarity."""
    left_is_worse = rank[links.left] > rank[links.right]
    worse = np.where(left_is_worse, links.left, links.right)
    better = np.where(left_is_worse, links.right, links.left)
    order = np.lexsort((rank[better], rank[worse]))
    neighbours: dict[int, list[tuple[int, float]]] = {}
    for row, other, similarity in zip(
        worse[order].tolist(), better[order].tolist(), links.similarity[order].tolist(), strict=True
    ):
        neighbours.setdefault(row, []).append((other, similarity))
    rows = np.array(sorted({*neighbours, *crowded.tolist()}), np.int64)
    for row in rows[np.argsort(rank[rows])].tolist():
        yield row, neighbours.get(row, [])


def crowd_links(crowds: Sequence[I64], sets: Sets, threshold: float) -> Links:
    """Links that hold together whatever is near within large buckets.

    Buckets of up to ``SMALL_GROUP`` members are compared all with all. In the others that would be too much: there two near
    records share a token of their prefixes (``prefixes``), and those of one token are linked by representatives.
    """
    small, large = _by_size(crowds, SMALL_GROUP)
    links = _all_links(small, sets, threshold)
    joined = _Joined()
    for first, second in zip(links.left.tolist(), links.right.tolist(), strict=True):
        joined.join(first, second)
    return _crowded_links(large, sets, threshold, links, joined)


def _by_size(crowds: Sequence[I64], most: int) -> tuple[list[I64], list[I64]]:
    """The crowds of at most ``most`` members, of which all pairs are compared, and the others."""
    return [members for members in crowds if len(members) <= most], [members for members in crowds if len(members) > most]


def _all_links(crowds: Sequence[I64], sets: Sets, threshold: float) -> Links:
    """Every pair of a crowd that is near, from comparing all with all; some crowds at a time, which bounds the memory."""
    found = [Links(np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0))]
    crowds = sorted(crowds, key=len)  # pairing takes as many passes as the largest of those together needs
    for first in range(0, len(crowds), _CROWDS_AT_A_TIME):
        some = crowds[first : first + _CROWDS_AT_A_TIME]
        sizes = np.array([len(members) for members in some], np.int64)
        left, right = split_pairs(sorted_unique(all_pairs(np.concatenate(some), np.cumsum(sizes) - sizes, sizes)))
        found.append(Links(left, right, sets.jaccard(left, right, threshold)).at_least(threshold))
    return _together(found)


def _together(parts: Sequence[Links]) -> Links:
    """The links of all parts, each pair once."""
    left = np.concatenate([part.left for part in parts])
    right = np.concatenate([part.right for part in parts])
    _, places = np.unique(np.stack([left, right], axis=1), axis=0, return_index=True)
    return Links(left[places], right[places], np.concatenate([part.similarity for part in parts])[places])


def _crowded_links(crowds: Sequence[I64], sets: Sets, threshold: float, links: Links, joined: _Joined) -> Links:
    """``links`` and those of very large buckets, without comparing all with all.

    Two near records share a token of their prefixes. The records of a rare token are compared all with all. For those of a
    common one the distance helps, since d = 1 - J is a metric: a member becomes a representative unless it is within
    1 - ``threshold`` of one, and is linked to a representative within twice that; so two near members are linked to a common
    one. Those who are far from all ``REPRESENTATIVES`` are linked to each other without a comparison: better too much together
    in one split than a near duplicate across two.
    """
    found = prefixes(sets, sorted_unique(np.concatenate([np.zeros(0, np.int64), *crowds])), threshold)
    owners = np.repeat(found.rows, np.diff(found.offsets))
    owners = owners[np.argsort(found.tokens, kind="stable")]
    sizes = np.bincount(found.tokens, minlength=found.distinct)
    starts = np.cumsum(sizes) - sizes
    rare = sizes <= SMALL_BUCKET
    left, right = split_pairs(sorted_unique(all_pairs(owners, starts[rare], sizes[rare])))
    near = Links(left, right, sets.jaccard(left, right, threshold)).at_least(threshold)
    for first, second in zip(near.left.tolist(), near.right.tolist(), strict=True):
        joined.join(first, second)
    more = [
        link
        for start, size in zip(starts[~rare].tolist(), sizes[~rare].tolist(), strict=True)
        for link in _around_representatives(owners[start : start + size], sets, threshold, joined)
    ]
    return Links(
        np.concatenate([links.left, near.left, np.array([link[0] for link in more], np.int64)]),
        np.concatenate([links.right, near.right, np.array([link[1] for link in more], np.int64)]),
        np.concatenate([links.similarity, near.similarity, np.array([link[2] for link in more], np.float64)]),
    )


def _around_representatives(members: I64, sets: Sets, threshold: float, joined: _Joined) -> Iterator[tuple[int, int, float]]:
    """Links to representatives, as far as they join what was not joined before.

    Who is near a representative needs no further one: of two near members, the first representative that is near either is
    within twice the distance of the other.
    """
    wide = max(2 * threshold - 1, 0.0)
    waiting = members
    for _ in range(REPRESENTATIVES):
        if len(waiting) < 2 or joined.are_one(waiting.tolist()):
            return
        representative, waiting = int(waiting[0]), waiting[1:]
        values = sets.jaccard(np.full(len(waiting), representative), waiting, wide)
        for place in np.flatnonzero(values >= wide).tolist():
            if joined.join(representative, int(waiting[place])):
                yield representative, int(waiting[place]), float(values[place])
        waiting = waiting[values < threshold]
    yield from ((int(waiting[0]), row, 0.0) for row in waiting[1:].tolist() if joined.join(int(waiting[0]), row))


class _Joined:
    """Which rows are connected so far (union-find)."""

    def __init__(self) -> None:
        self._parent: dict[int, int] = {}

    def root(self, row: int) -> int:
        """The row that stands for all that are connected with ``row``."""
        path = []
        while (parent := self._parent.get(row, row)) != row:
            path.append(row)
            row = parent
        for passed in path:
            self._parent[passed] = row
        return row

    def are_one(self, rows: Sequence[int]) -> bool:
        """Whether all of ``rows``, at least one, are connected."""
        first = self.root(rows[0])
        return all(self.root(row) == first for row in rows[1:])

    def join(self, left: int, right: int) -> bool:
        """Connect two rows; False when they were connected already."""
        first, second = sorted((self.root(left), self.root(right)))
        self._parent[second] = first
        return first != second
