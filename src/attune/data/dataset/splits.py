"""Which split a group goes to.

1. A family that is held out altogether (share 1) may stand in test only. Groups that hold nothing else go there. A mixed group
   (a user with one long session among ordinary ones) goes to test as a whole as long as such groups fill no more than half of
   the test share; in the others the held-out records are left out, so that the rest can be trained on and the shares hold.
2. Of a family with a smaller share, that share of its records goes to test, by groups that hold nothing else; the others are
   ordinary.
3. Ordinary groups are drawn by hash, family by family: first test, then validation, until each share is met as closely as whole
   groups allow; all others are train. What one family misses by rounding the next one makes up for.

The draw depends on the seed and the ids in a group alone: not on the order of the rows, and little on what else there is, so
most groups keep their split from one version to the next.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from attune.core.records import SPLITS
from attune.data.similarity.shingles import I64

TRAIN, VALIDATION, TEST = range(len(SPLITS))
LEFT_OUT = -1

_MIXED_SHARE = 0.5  # of the test share: more would make test a collection of the users who write most


@dataclass(frozen=True)
class Shares:
    """What part of the ordinary records each split shall have, and what part of some families only test may have."""

    validation: float
    test: float
    holdout: Mapping[str, float]


@dataclass(frozen=True)
class Grouped:
    """Records with their group and family, both numbered from 0.

    Attributes:
        group: of each record.
        family: of each record.
        families: their names.
        order: place of each group in the draw, all different.
    """

    group: I64
    family: I64
    families: Sequence[str]
    order: I64

    def counts(self, records: npt.NDArray[np.bool_]) -> I64:
        """How many of ``records`` each group has."""
        return np.bincount(self.group[records], minlength=len(self.order))


def draw(seed: int, first_ids: Sequence[str]) -> I64:
    """Place of each group in the draw, by a hash of the seed and its first record id."""
    keys = [hashlib.sha256(f"{seed}\0{name}".encode()).digest()[:16] for name in first_ids]
    places = np.empty(len(keys), np.int64)
    places[sorted(range(len(keys)), key=keys.__getitem__)] = np.arange(len(keys))
    return places


def assign(grouped: Grouped, shares: Shares) -> I64:
    """The split of each record, :data:`LEFT_OUT` for a held-out record that is in no test group."""
    held = _held(grouped, shares)
    held_count, ordinary_count = grouped.counts(held), grouped.counts(~held)
    split = np.full(len(grouped.order), TRAIN)
    split[(held_count > 0) & (ordinary_count == 0)] = TEST
    mixed = np.flatnonzero((held_count > 0) & (ordinary_count > 0))
    mixed = mixed[np.argsort(grouped.order[mixed])]
    room = _MIXED_SHARE * shares.test * int(ordinary_count.sum())
    admitted = _fill(mixed, ordinary_count, room)
    split[admitted] = TEST
    _assign_ordinary(grouped, ~held, split, set(admitted.tolist()), shares)
    assigned = split[grouped.group]
    assigned[held & (assigned != TEST)] = LEFT_OUT
    return assigned


def _held(grouped: Grouped, shares: Shares) -> npt.NDArray[np.bool_]:
    """Records that only test may hold."""
    held = np.zeros(len(grouped.group), bool)
    whole = [number for number, name in enumerate(grouped.families) if shares.holdout.get(name, 0) == 1]
    held |= np.isin(grouped.family, whole)
    for number, name in enumerate(grouped.families):
        share = shares.holdout.get(name, 0)
        if not 0 < share < 1:
            continue
        own = grouped.family == number
        own_count, others = grouped.counts(own), grouped.counts(~own)
        pure = np.flatnonzero((own_count > 0) & (others == 0))
        pure = pure[np.argsort(grouped.order[pure])]
        chosen = _fill(pure, own_count, share * int(own.sum()))
        held |= own & np.isin(grouped.group, chosen)
    return held


def _assign_ordinary(grouped: Grouped, ordinary: npt.NDArray[np.bool_], split: I64, admitted: set[int], shares: Shares) -> None:
    """Draw validation and test groups of every stratum into ``split``."""
    counts = grouped.counts(ordinary)
    strata = _strata(grouped, ordinary)
    in_test = np.zeros(len(split), bool)
    in_test[list(admitted)] = True
    carry = {TEST: 0.0, VALIDATION: 0.0}
    for stratum in range(len(grouped.families)):
        own = (strata == stratum) & (counts > 0)
        waiting = np.flatnonzero(own & ~in_test)
        waiting = waiting[np.argsort(grouped.order[waiting])]
        total = int(counts[own].sum())
        for target, share in ((TEST, shares.test), (VALIDATION, shares.validation)):
            already = int(counts[own & in_test].sum()) if target == TEST else 0
            wanted = share * total + carry[target] - already
            chosen = _fill(waiting, counts, wanted)
            split[chosen] = target
            carry[target] = wanted - int(counts[chosen].sum())
            waiting = waiting[~np.isin(waiting, chosen)]


def _strata(grouped: Grouped, ordinary: npt.NDArray[np.bool_]) -> I64:
    """The family that most ordinary records of each group belong to; of equals the first by name."""
    best = np.zeros(len(grouped.order), np.int64)
    most = np.zeros(len(grouped.order), np.int64)
    for number in np.argsort(np.array(grouped.families, object)).tolist():
        own = grouped.counts(ordinary & (grouped.family == number))
        better = own > most
        best[better], most[better] = number, own[better]
    return best


def _fill(groups: I64, counts: I64, wanted: float) -> I64:
    """The first of ``groups`` that bring their sum closer to ``wanted``; one that overshoots too far is passed over."""
    chosen: list[int] = []
    missing = wanted
    for group, size in zip(groups.tolist(), counts[groups].tolist(), strict=True):
        if missing < 0.5:
            break
        if size < 2 * missing:
            chosen.append(group)
            missing -= size
    return np.array(chosen, np.int64)
