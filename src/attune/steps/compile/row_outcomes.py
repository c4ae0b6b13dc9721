"""What becomes of each row that ``compile`` read: a split, or the reason why it is in none."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from attune.records.record import SPLITS
from attune.similarity.shingles import I64
from attune.steps.compile.splits import LEFT_OUT

REVIEW, REPEATED, EXACT, NEAR = "requires_review", "repeated_record_id", "exact_duplicate", "near_duplicate"
HOLDOUT, SYNTHETIC = "holdout_outside_test", "synthetic_share"
FROZEN, OVER_TARGET, COPY = "frozen_test_set", "over_category_target", "copy_of_held_out"
REASONS = (REVIEW, REPEATED, EXACT, NEAR, HOLDOUT, SYNTHETIC, FROZEN, OVER_TARGET, COPY)

Flags = npt.NDArray[np.bool_]


@dataclass
class Fates:
    """What happens to each row.

    Attributes:
        split: index into ``SPLITS``; -1 where it is in none.
        reason: index into :data:`REASONS`; -1 where it is not rejected.
        group: number of its group; -1 where it has none.
    """

    split: I64
    reason: I64
    group: I64

    @classmethod
    def open(cls, rows: int) -> Fates:
        """Nothing is decided."""
        return cls(*(np.full(rows, -1) for _ in range(3)))

    def copy(self) -> Fates:
        """The same, to decide further on."""
        return Fates(self.split.copy(), self.reason.copy(), self.group.copy())

    @property
    def undecided(self) -> Flags:
        """Rows that are not rejected so far."""
        free: Flags = self.reason < 0
        return free

    @property
    def empty_split(self) -> bool:
        """Whether a split has no row."""
        return len(np.unique(self.split[self.split >= 0])) < len(SPLITS)

    def reject(self, rows: Flags, reason: str) -> None:
        """Reject those of ``rows`` that are not rejected already."""
        rows = rows & self.undecided
        self.reason[rows] = REASONS.index(reason)
        self.split[rows] = LEFT_OUT

    def reasons(self) -> dict[str, int]:
        """How many rows are rejected for each reason, the most frequent first."""
        found = Counter(REASONS[number] for number in self.reason[self.reason >= 0].tolist())
        return dict(sorted(found.items(), key=lambda item: (-item[1], item[0])))


@dataclass(frozen=True)
class Outcome:
    """Which rows go where.

    Attributes:
        rows_in: rows of all inputs.
        splits: the rows of each split, in order.
        rejected: rows left out, and ``reasons`` why.
        reasons: one for each rejected row.
        quarantined: rows that lack a field of the contract, and ``errors`` which.
        errors: one for each quarantined row.
        groups: how many groups the published rows form.
        largest_group: rows of the largest of them.
        erased: rows of people who were erased; they stand nowhere.
    """

    rows_in: int
    splits: Mapping[str, I64]
    rejected: I64
    reasons: list[str]
    quarantined: I64
    errors: list[str]
    groups: int
    largest_group: int
    erased: int = 0

    @property
    def kept(self) -> int:
        """Published rows."""
        return sum(len(rows) for rows in self.splits.values())

    @property
    def reason_counts(self) -> dict[str, int]:
        """How many rows were rejected for each reason."""
        return dict(sorted(Counter(self.reasons).items()))

    @property
    def error_counts(self) -> dict[str, int]:
        """How many rows were quarantined for each error."""
        return dict(sorted(Counter(self.errors).items()))
