"""The measures of a batch of records, and the counts that the report of score is made from."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from attune.runtime.step import Stats
from attune.steps.score.conversation_columns import Flags, Floats, Numbers
from attune.steps.score.llm_judge import JudgeRatings

BINS = 20  # of half a point each


@dataclass(frozen=True)
class MeasuredQuality:
    """What is computed of each record before the decision; NaN is an unknown value."""

    parts: dict[str, Floats]
    score: Floats
    categories: list[str]
    complexities: Numbers
    scaled: Flags  # no record of its signal group has product signals


class ScoreCounts:
    """The counts of one batch that the report needs."""

    def __init__(
        self,
        families: Sequence[str],
        measured: MeasuredQuality,
        reasons: Sequence[str | None],
        ratings: JudgeRatings | None,
    ) -> None:
        """Count one batch: the family, measures and reason (None: kept) of each record, and the judge's ratings."""
        known = measured.score[~np.isnan(measured.score)]
        bins = np.bincount(np.minimum(BINS - 1, (known * 2).astype(np.int64)), minlength=BINS)
        self._histogram = {f"{place:02d}": int(count) for place, count in enumerate(bins) if count}
        self._families: dict[str, Counter[str]] = {}
        for family, reason in zip(families, reasons, strict=True):
            self._families.setdefault(family, Counter())[reason or "kept"] += 1
        kept = [place for place, reason in enumerate(reasons) if reason is None]
        self._categories = Counter(measured.categories[place] for place in kept)
        self._complexities = Counter(str(measured.complexities[place]) for place in kept)
        self._parts = {name: int((points > 0).sum()) for name, points in measured.parts.items()}
        self._scaled = int(measured.scaled.sum())
        self._judge = Counter(ratings.statuses) if ratings else Counter()
        self._judges = Counter(made_by for made_by in ratings.made_by if made_by) if ratings else Counter()

    def stats(self) -> Stats:
        """The counts in the form that the engine sums over batches."""
        return {
            "histogram": self._histogram,
            "families": {name: dict(sorted(counter.items())) for name, counter in sorted(self._families.items())},
            "parts": {name: count for name, count in sorted(self._parts.items()) if count},
            "categories": dict(sorted(self._categories.items())),
            "complexities": dict(sorted(self._complexities.items())),
            "scaled": self._scaled,
            "judge": dict(sorted(self._judge.items())),
            "judged_by": dict(sorted(self._judges.items())),
        }
