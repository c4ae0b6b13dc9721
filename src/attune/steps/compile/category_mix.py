"""The target mix of categories (B7): what is too much of it, and what to add."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from attune.similarity.shingles import I64


@dataclass(frozen=True)
class Gap:
    """A category beside its target.

    Attributes:
        category: its name.
        records: how many there are.
        share: of all records.
        target: the share that it should have.
        add: records to add until every category has its target, if none is taken away.
    """

    category: str
    records: int
    share: float
    target: float
    add: int


def gaps(counts: Mapping[str, int], targets: Mapping[str, float]) -> list[Gap]:
    """Every category beside its target, in the order of ``targets``.

    The smallest whole that holds all records at their targets is the one that the most over-represented category fills; what
    the others lack of it is to be added.
    """
    total = sum(counts.get(name, 0) for name in targets)
    whole = max((counts.get(name, 0) / target for name, target in targets.items() if target), default=0.0)
    found = []
    for name, target in targets.items():
        own = counts.get(name, 0)
        add = max(0, math.ceil(target * whole - own - 1e-6))
        found.append(Gap(name, own, own / total if total else 0.0, target, add))
    return found


def surplus(categories: I64, rank: I64, targets: Mapping[int, float], tolerance: float) -> npt.NDArray[np.bool_]:
    """Which records to leave out so that no category has more than its target and the tolerance.

    As few as possible go, of each category the worst. Categories that are not there at all cannot be filled by others: then the
    limits of those that are there grow in proportion until they fill the whole.

    Args:
        categories: number of each record's category; -1 and unknown ones are never left out.
        rank: place of each record, 0 the best.
        targets: category -> share.
        tolerance: how far over its target a category may be.
    """
    counts = {category: int((categories == category).sum()) for category in targets}
    limits = {category: targets[category] + tolerance for category, count in counts.items() if count}
    scale = max(1.0, 1.0 / sum(limits.values())) if limits else 1.0
    limits = {category: min(1.0, limit * scale) for category, limit in limits.items()}
    total = sum(counts.values())
    while True:
        allowed = {category: min(counts[category], math.ceil(limit * total - 1e-9)) for category, limit in limits.items()}
        smaller = sum(allowed.values())
        if smaller >= total:
            break
        total = smaller
    out = np.zeros(len(categories), bool)
    for category, most in allowed.items():
        own = np.flatnonzero(categories == category)
        out[own[np.argsort(rank[own])][most:]] = True
    return out
