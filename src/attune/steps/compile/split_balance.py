"""Split balance: brings the splits as near to their shares as whole groups allow.

The distance from the shares is the sum over the splits of the squared number of records that each has too many or too few. A
group of s records that goes from split A to split B lessens it exactly when s < d(A) - d(B), where d is what a split has too
much; two groups that change places do when the difference of their sizes is over zero and under that. Both are done, the best
first, until neither helps any more: in the end what one split has too much and another too little together is no more than the
smallest group of the one that may be moved.

Verify accepts shares that are off only where no move of a group would help (``split_balance_check``).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from attune.similarity.shingles import I64

_EPSILON = 1e-6

Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class GroupSizes:
    """Groups that splits are made of.

    Attributes:
        records: of each group that are published; a split without any is empty.
        sizes: those of them that count for the shares.
        free: groups that may go to another split.
        order: place of each in the order of assignment: of groups of one size the first one moves.
        shares: what each split shall have of the sizes.
    """

    records: I64
    sizes: I64
    free: Flags
    order: I64
    shares: Sequence[float]

    def surplus(self, split: I64) -> npt.NDArray[np.float64]:
        """What each split has too much."""
        own = np.bincount(split, self.sizes, minlength=len(self.shares))
        too_much: npt.NDArray[np.float64] = own - np.array(self.shares) * own.sum()
        return too_much


@dataclass(frozen=True)
class Move:
    """A group goes to split ``target``, and another one, if any, takes its place."""

    gain: float
    group: int
    target: int
    back: int = -1


def fill_empty(parts: GroupSizes, split: I64) -> None:
    """Give each split that has no record the smallest group that another one can spare, in place.

    A split stays empty where no other can spare one: three groups are needed that may go anywhere.
    """
    for target in range(len(parts.shares)):
        if parts.records[split == target].sum():
            continue
        groups = np.bincount(split[parts.records > 0], minlength=len(parts.shares))
        spare = np.flatnonzero(parts.free & (parts.records > 0) & (groups[split] > 1))
        if len(spare):
            split[spare[np.lexsort((parts.order[spare], parts.records[spare], parts.sizes[spare] == 0))[0]]] = target


def balance(parts: GroupSizes, split: I64) -> None:
    """Move and exchange groups, in place, until no step brings the splits closer to their shares."""
    while (step := max(_steps(parts, split), key=lambda step: step.gain, default=None)) is not None:
        if step.back >= 0:
            split[step.back] = split[step.group]
        split[step.group] = step.target


def is_balanced(parts: GroupSizes, split: I64) -> bool:
    """Whether no step would bring the splits closer to their shares."""
    return next(_steps(parts, split), None) is None


def _steps(parts: GroupSizes, split: I64) -> Iterator[Move]:
    """The best move and the best exchange between any two splits that help."""
    surplus = parts.surplus(split)
    movable = parts.free & (parts.sizes > 0)
    for source, target in np.ndindex(len(surplus), len(surplus)):
        limit = float(surplus[source] - surplus[target])
        own = np.flatnonzero(movable & (split == source))
        if limit <= _EPSILON or not len(own):
            continue
        own = own[np.lexsort((parts.order[own], parts.sizes[own]))]
        sizes, first = np.unique(parts.sizes[own], return_index=True)
        held = int(parts.records[split == source].sum())
        single = parts.records[own[first]] < held  # a split is never emptied
        yield from _move(sizes[single], own[first][single], limit, target)
        other = np.flatnonzero(movable & (split == target))
        other = other[np.lexsort((parts.order[other], parts.sizes[other]))]
        lesser, begin = np.unique(parts.sizes[other], return_index=True)
        yield from _exchange(sizes, own[first], lesser, other[begin], limit, target)


def _move(sizes: I64, groups: I64, limit: float, target: int) -> Iterator[Move]:
    if len(sizes):
        gains = sizes * (limit - sizes)
        best = int(gains.argmax())
        if sizes[best] < limit - _EPSILON:
            yield Move(float(gains[best]), int(groups[best]), target)


def _exchange(sizes: I64, groups: I64, lesser: I64, others: I64, limit: float, target: int) -> Iterator[Move]:
    """Of two sorted lists of sizes the pair whose difference is nearest to half of the limit."""
    if not len(lesser):
        return
    place = np.searchsorted(sizes, lesser + limit / 2)
    best: Move | None = None
    for near in (place - 1, place):
        there = np.flatnonzero((near >= 0) & (near < len(sizes)))
        differences = sizes[near[there]] - lesser[there]
        gains = np.where((differences > 0) & (differences < limit - _EPSILON), differences * (limit - differences), 0.0)
        if len(gains) and gains.max() > (best.gain if best else 0):
            at = int(gains.argmax())
            best = Move(float(gains[at]), int(groups[near[there[at]]]), target, int(others[there[at]]))
    if best is not None:
        yield best
