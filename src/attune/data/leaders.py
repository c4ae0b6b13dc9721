"""Which near duplicates go, and which must stay together: decisions on verified pairs.

Near duplicates do not chain. Records are taken in the order of their rank; one is removed if, and only if, it is near a record
that was kept before it, and the most similar of those that it was compared with stands for it. So if A ~ B and B ~ C but not
A ~ C, and A is the best, then B goes for A's sake and C stays. Every removed record is near the one that stands for it, and no
two kept ones are near.

A bucket with very many members (a boilerplate reply) is not compared all with all: each member is compared with the members
that were kept so far, and with no more than ``REPRESENTATIVES`` of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from attune.data.catalog import Sets
from attune.data.minhash import Candidates
from attune.data.shingles import I64

REPRESENTATIVES = 64

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


@dataclass(frozen=True)
class Removal:
    """Which row stands for each row (itself, where it is kept), and how similar the two are."""

    keeper: I64
    similarity: F64


def verify_pairs(found: Candidates, sets: Sets, at_least: float) -> Links:
    """The candidate pairs whose exact similarity is ``at_least`` or more."""
    similarity = sets.jaccard(found.left, found.right, at_least)
    return Links(found.left, found.right, similarity).at_least(at_least)


def remove_near(rows: int, rank: I64, links: Links, crowds: Sequence[I64], sets: Sets, threshold: float) -> Removal:
    """Decide who is kept, by the rule above.

    Args:
        rows: number of rows; those in no link and no crowd are kept.
        rank: place of each row in the order of preference, 0 the best; all different.
        links: verified pairs; those under the threshold do not count.
        crowds: the members of large buckets.
        sets: fingerprints of everything in crowds.
        threshold: similarity from which on two records are near.
    """
    removal = Removal(np.arange(rows), np.ones(rows))
    crowds_of = _crowds_of(crowds)
    representatives: list[list[int]] = [[] for _ in crowds]
    for row, known in _in_order(rank, links.at_least(threshold), np.array(sorted(crowds_of), np.int64)):
        near = [(similarity, -int(rank[other]), other) for other, similarity in known if removal.keeper[other] == other]
        own_crowds = crowds_of.get(row, [])
        others = sorted({other for crowd in own_crowds for other in representatives[crowd]})
        if not near and others:
            values = sets.jaccard(np.full(len(others), row), np.array(others, np.int64), threshold)
            near = [
                (float(value), -int(rank[other]), other)
                for value, other in zip(values, others, strict=True)
                if value >= threshold
            ]
        if near:
            removal.similarity[row], _, removal.keeper[row] = max(near)
            continue
        for crowd in own_crowds:
            if len(representatives[crowd]) < REPRESENTATIVES:
                representatives[crowd].append(row)
    return removal


def _crowds_of(crowds: Sequence[I64]) -> dict[int, list[int]]:
    found: dict[int, list[int]] = {}
    for index, members in enumerate(crowds):
        for row in members.tolist():
            found.setdefault(row, []).append(index)
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
    """Links that hold together whatever is near within large buckets, without comparing all with all.

    The Jaccard distance is a metric. A member becomes a representative unless it is within d = 1 - ``threshold`` of one, and
    is linked to every representative within 2 d; so two members within d of each other are linked to a common one. When a
    bucket has ``REPRESENTATIVES`` of them, whoever is far from all is linked to the first one without a comparison: better
    too much together in one split than a near duplicate across two.
    """
    wide = max(2 * threshold - 1, 0.0)
    left: list[int] = []
    right: list[int] = []
    similarities: list[float] = []
    for members in crowds:
        representatives = [int(members[0])]
        for row in members[1:].tolist():
            values = sets.jaccard(np.full(len(representatives), row), np.array(representatives, np.int64), wide)
            near = np.flatnonzero(values >= wide)
            targets = [(representatives[place], float(values[place])) for place in near.tolist()]
            if values.max() < threshold:
                if len(representatives) < REPRESENTATIVES:
                    representatives.append(row)
                else:
                    targets.append((representatives[0], 0.0))
            for other, value in targets:
                left.append(other)
                right.append(row)
                similarities.append(value)
    return Links(np.array(left, np.int64), np.array(right, np.int64), np.array(similarities, np.float64))
