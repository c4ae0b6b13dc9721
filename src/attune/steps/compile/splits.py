"""Split assignment: which split a group goes to.

1. A family with a held-out share of 1 may be in test only. Groups of nothing else go there. A mixed group
   (a user with one long session among ordinary ones) goes to test as a whole as long as such groups fill no more than half of
   the test share; in the others the held-out records are left out, so that the rest can be trained on and the shares hold.
2. Of a family with a smaller share, that share of its records goes to test: by groups that hold nothing else, where these are
   not enough by mixed ones within the same bounds. What is still missing is for :func:`overrepresented` to say.
3. Ordinary groups are assigned in a random order that follows from a hash, family by family, synthetic ones by themselves:
   first test, then validation, until each share is met as closely as whole groups allow; all others are train. What one misses
   by rounding the next makes up for.
4. A split that is empty gets a group, and groups are moved and exchanged as long as that brings the splits closer to their
   shares (``balance``). In a large set that is next to nothing.

The order of assignment depends on the seed and the ids in a group alone: not on the order of the rows, and little on what else
there is. So most groups keep their split from one version to the next.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from attune.records.record import SPLITS
from attune.similarity.shingles import I64
from attune.steps.compile.split_balance import GroupSizes, balance, fill_empty
from attune.text.normalization import letters

TRAIN, VALIDATION, TEST = range(len(SPLITS))
LEFT_OUT = -1

Flags = npt.NDArray[np.bool_]

_MIXED_SHARE = 0.5  # of the test share: more would make test a collection of the users who write most


@dataclass(frozen=True)
class Shares:
    """The share of ordinary records of each split, and the share of some families that only test may have."""

    validation: float
    test: float
    holdout: Mapping[str, float]

    @property
    def all(self) -> tuple[float, float, float]:
        """The shares of train, validation and test."""
        return 1 - self.validation - self.test, self.validation, self.test

    def held_out(self, least: float) -> set[str]:
        """Families with a held-out share above zero and of at least ``least``."""
        return {name for name, share in self.holdout.items() if share > 0 and share >= least}

    def partly_held_out(self) -> list[str]:
        """Families of which test must have a part, sorted."""
        return sorted(self.held_out(0) - self.held_out(1))


@dataclass(frozen=True)
class Grouped:
    """Records with their group and family, both numbered from 0.

    Attributes:
        group: of each record.
        family: of each record.
        families: their names.
        kind: the stratum of each record, of which every split gets its share: its family, and whether a generator made it;
            numbered from 0.
        order: place of each group in the order of assignment, all different.
    """

    group: I64
    family: I64
    families: Sequence[str]
    kind: I64
    order: I64

    def counts(self, records: Flags) -> I64:
        """How many of ``records`` each group has."""
        return np.bincount(self.group[records], minlength=len(self.order))

    def of_families(self, names: Collection[str]) -> Flags:
        """The records of some families, however their names are spelt."""
        wanted = {letters(name) for name in names}
        return np.isin(self.family, [number for number, name in enumerate(self.families) if letters(name) in wanted])

    def in_order(self, groups: Flags) -> I64:
        """Some of the groups in the order of assignment."""
        found = np.flatnonzero(groups)
        return found[np.argsort(self.order[found])]


def assignment_order(seed: int, first_ids: Sequence[str]) -> I64:
    """Place of each group in the order of assignment, by a hash of the seed and its first record id."""
    keys = [hashlib.sha256(f"{seed}\0{name}".encode()).digest()[:16] for name in first_ids]
    places = np.empty(len(keys), np.int64)
    places[sorted(range(len(keys)), key=keys.__getitem__)] = np.arange(len(keys))
    return places


def assign(grouped: Grouped, shares: Shares) -> I64:
    """The split of each record, :data:`LEFT_OUT` for a held-out record that is in no test group."""
    whole = grouped.of_families(shares.held_out(1))
    parts = parts_of(grouped, shares)
    held_count, sizes = grouped.counts(whole), parts.sizes
    split = np.full(len(grouped.order), TRAIN)
    split[(held_count > 0) & (grouped.counts(~whole) == 0)] = TEST
    room = _MIXED_SHARE * shares.test * int(sizes.sum())
    admitted = _fill(grouped.in_order((held_count > 0) & (split != TEST)), grouped.counts(~whole), room)
    split[admitted] = TEST
    room -= int(sizes[admitted].sum())
    for family in shares.partly_held_out():
        admitted = _hold_in_part(grouped, split, held_count, family, shares.holdout[family], sizes, room)
        split[admitted] = TEST
        room -= int(sizes[admitted].sum())
    _assign_ordinary(grouped, ~whole, split, sizes, shares)
    fill_empty(parts, split)
    balance(parts, split)
    assigned = split[grouped.group]
    assigned[whole & (assigned != TEST)] = LEFT_OUT
    return assigned


def parts_of(grouped: Grouped, shares: Shares) -> GroupSizes:
    """The groups as they are weighed: only records of families that are not held out count, where there are any."""
    whole, named = grouped.of_families(shares.held_out(1)), grouped.of_families(shares.held_out(0))
    others = grouped.counts(~whole)
    records = np.where(others > 0, others, grouped.counts(whole))
    sizes = grouped.counts(~whole if named.all() else ~named)
    return GroupSizes(records, sizes, others > 0, grouped.order, shares.all)


def overrepresented(split: I64, own: Flags, share: float) -> int:
    """How many records of a family must go that stand outside of test, so that test has its share of those that stay.

    Args:
        split: of each record.
        own: the records of the family.
        share: what test must have of it. A record more or less does not count.
    """
    in_test = int((own & (split == TEST)).sum())
    outside = int((own & (split != TEST) & (split != LEFT_OUT)).sum())
    return max(0, outside - (math.floor((in_test + 0.5) / share + 1e-9) - in_test))


def _hold_in_part(grouped: Grouped, split: I64, held_count: I64, family: str, share: float, sizes: I64, room: float) -> I64:
    """The groups that bring test its share of a family: first those that hold nothing else."""
    own = grouped.of_families((family,))
    counts = grouped.counts(own)
    missing = share * int(own.sum()) - int(counts[split == TEST].sum())
    waiting = (counts > 0) & (split != TEST) & (held_count == 0)
    pure = grouped.in_order(waiting & (grouped.counts(~own) == 0))
    chosen: I64 = _fill(pure, counts, missing)
    missing -= int(counts[chosen].sum())
    rest = pure[~np.isin(pure, chosen)]
    if missing >= 0.5 and len(rest):  # all too large: rather too much of it than too little
        least = rest[np.argmin(counts[rest])]
        chosen, missing = np.append(chosen, least), missing - int(counts[least])
    if missing >= 0.5:
        mixed = grouped.in_order(waiting & (grouped.counts(~own) > 0))
        chosen = np.concatenate([chosen, _fill(mixed[sizes[mixed] < 2 * room], counts, missing, sizes, room)])
    return chosen


def _assign_ordinary(grouped: Grouped, ordinary: Flags, split: I64, sizes: I64, shares: Shares) -> None:
    """Draw validation and test groups of every stratum into ``split``."""
    in_test = split == TEST
    counts = np.where(in_test, sizes, grouped.counts(ordinary))
    strata = _strata(grouped, ordinary)
    carry = {TEST: 0.0, VALIDATION: 0.0}
    for stratum in np.unique(strata).tolist():
        own = (strata == stratum) & (counts > 0)
        waiting = grouped.in_order(own & ~in_test)
        total = int(counts[own].sum())
        for target, share in ((TEST, shares.test), (VALIDATION, shares.validation)):
            already = int(counts[own & in_test].sum()) if target == TEST else 0
            wanted = share * total + carry[target] - already
            chosen = _fill(waiting, counts, wanted)
            split[chosen] = target
            carry[target] = wanted - int(counts[chosen].sum())
            waiting = waiting[~np.isin(waiting, chosen)]


def _strata(grouped: Grouped, ordinary: Flags) -> I64:
    """The kind that most ordinary records of each group are of; of equals the first."""
    best = np.zeros(len(grouped.order), np.int64)
    most = np.zeros(len(grouped.order), np.int64)
    for number in np.unique(grouped.kind).tolist():
        own = grouped.counts(ordinary & (grouped.kind == number))
        better = own > most
        best[better], most[better] = number, own[better]
    return best


def _fill(groups: I64, counts: I64, wanted: float, costs: I64 | None = None, room: float = 0) -> I64:
    """The first of ``groups`` that bring their sum closer to ``wanted``; one that overshoots too far is passed over.

    With ``costs``, one that does not bring their sum closer to ``room`` is passed over too.
    """
    chosen: list[int] = []
    missing = wanted
    for group, size in zip(groups.tolist(), counts[groups].tolist(), strict=True):
        if missing < 0.5:
            break
        if size < 2 * missing and (costs is None or costs[group] < 2 * room):
            chosen.append(group)
            missing -= size
            room -= 0 if costs is None else int(costs[group])
    return np.array(chosen, np.int64)
