"""Score: quality of each record (B3), filters (B4), category (B7) and complexity; what falls short is left out with a reason.

Computing is apart from deciding: :func:`measure` gives a record its parts, score, category and complexity;
:func:`attune.data.filters.filtered` and :func:`attune.data.formula.decide` decide on it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from attune.core.engine import MapResult
from attune.core.params import ScoreParams
from attune.core.records import CATEGORIES, QUALITY_PARTS, REJECTED_SCHEMA, empty_table, to_table
from attune.core.report import Bars, Block, Histogram, Report, Rows, Table, Tile, Tiles
from attune.core.shards import ShardSet
from attune.core.step import Batch, Context, Stats
from attune.data.classify import category, complexity, turns
from attune.data.corpus import Statistics, gather, group, is_unique_context
from attune.data.filters import filtered
from attune.data.formula import POINTS, attainable_parts, decide, quality_parts, quality_score
from attune.data.quality import judge

_BINS = 20  # of half a point each


class PreparedScoreParams(ScoreParams):
    """The parameters of a run with what was counted over all records before it."""

    statistics: Statistics = Statistics()


@dataclass(frozen=True)
class Measured:
    """What is computed of a record, before anything is decided."""

    parts: dict[str, float]
    score: float
    category: str
    complexity: int
    scaled: bool  # no record of its family has product signals


def prepare(inputs: Sequence[ShardSet], params: ScoreParams) -> PreparedScoreParams:
    """Count over all inputs what one batch cannot know; the result is what :func:`score` takes as its params."""
    return PreparedScoreParams(**params.model_dump(), statistics=gather(inputs, params))


def score(batch: pa.Table, params: PreparedScoreParams, context: Context) -> Batch:
    """Score one batch and leave out what the filters or the thresholds name.

    Args:
        batch: records; their shares and rare words come from ``params.statistics``.
        params: from :func:`prepare`.
        context: its ``now`` is what age is measured from.
    """
    kept: list[dict[str, Any]] = []
    rejected: list[dict[str, Any]] = []
    tally = _Tally()
    for row in batch.to_pylist():
        measured = measure(row, params)
        row["quality_parts"] = measured.parts
        row["quality_score"] = measured.score
        row["category"] = measured.category
        row["complexity"] = measured.complexity
        reason = filtered(row["messages"], row["pii_status"], params, family=row["family"], tags=row["tags"] or ()) or decide(
            measured.score, _age_days(row, context), params
        )
        tally.add(row, measured, reason)
        if reason is None:
            kept.append(row)
        else:
            rejected.append({**row, "reason": reason})
    return Batch(
        to_table(kept) if kept else empty_table(),
        to_table(rejected, REJECTED_SCHEMA) if rejected else empty_table(REJECTED_SCHEMA),
        tally.stats(),
    )


def measure(row: Mapping[str, Any], params: PreparedScoreParams) -> Measured:
    """Parts, score, category and complexity of one record; a pure function of the record and the parameters."""
    messages, tags = row["messages"], row["tags"] or ()
    statistics = params.statistics
    replies = [message["content"] for message in messages if message["role"] == "assistant"]
    judgement = judge(messages, row["language"] or "en")
    share = statistics.scenario_shares.get(row["scenario"] or "")
    parts = quality_parts(
        response_characters=len(replies[-1].strip()) if replies else 0,
        turns=turns(messages),
        signals=row["signals"] or {},
        coherence=judgement.coherence,
        empathy=judgement.empathy,
        underrepresented=share is not None and share < params.underrepresented_share,
        unique=is_unique_context(messages, statistics, params),
        params=params,
    )
    shape = group(row["family"], tags)
    has_signals = shape in statistics.groups_with_signals
    return Measured(
        parts,
        quality_score(
            parts,
            has_signals=has_signals,
            attainable=attainable_parts(row["family"], has_turns=shape in statistics.groups_with_turns, params=params),
        ),
        category(row["family"], tags, messages, judgement.empathy, params),
        complexity(tags, messages),
        not has_signals,
    )


def _age_days(row: Mapping[str, Any], context: Context) -> float | None:
    created = row["created_at"]
    return None if created is None else (context.now - created).total_seconds() / 86_400


class _Tally:
    """Counts of one batch, as the report needs them."""

    def __init__(self) -> None:
        self._histogram: Counter[str] = Counter()
        self._families: dict[str, Counter[str]] = {}
        self._parts: Counter[str] = Counter()
        self._categories: Counter[str] = Counter()
        self._complexities: Counter[str] = Counter()
        self._other: Counter[str] = Counter()

    def add(self, row: Mapping[str, Any], measured: Measured, reason: str | None) -> None:
        self._histogram[f"{min(_BINS - 1, int(measured.score * 2)):02d}"] += 1
        self._families.setdefault(row["family"], Counter())["kept" if reason is None else reason] += 1
        self._parts.update(name for name, points in measured.parts.items() if points)
        self._other["scaled"] += measured.scaled
        if reason is None:
            self._categories[measured.category] += 1
            self._complexities[str(measured.complexity)] += 1

    def stats(self) -> Stats:
        return {
            "histogram": dict(sorted(self._histogram.items())),
            "families": {name: dict(sorted(counter.items())) for name, counter in sorted(self._families.items())},
            "parts": dict(sorted(self._parts.items())),
            "categories": dict(sorted(self._categories.items())),
            "complexities": dict(sorted(self._complexities.items())),
            **dict(self._other),
        }


def report(result: MapResult, params: ScoreParams) -> Report:
    """The page of the step, from the summed counts of all batches."""
    counts = [result.stats.get("histogram", {}).get(f"{index:02d}", 0) for index in range(_BINS)]
    families = result.stats.get("families", {})
    parts = {name: result.stats.get("parts", {}).get(name, 0) for name in QUALITY_PARTS}
    categories = {name: result.stats.get("categories", {}).get(name, 0) for name in CATEGORIES}
    share = result.kept / result.rows_in if result.rows_in else 0.0
    numbers = {
        "threshold": params.threshold,
        "review_threshold": params.review_threshold,
        "histogram": {f"{index / 2:g}": count for index, count in enumerate(counts)},
        "families": families,
        "parts": parts,
        "categories": categories,
        "complexities": result.stats.get("complexities", {}),
        "scored_without_signals": result.stats.get("scaled", 0),
    }
    blocks: list[Block] = [
        Tiles(
            [
                Tile("kept_share", "kept", f"{share:.1%}", f"{result.kept:,} of {result.rows_in:,} records"),
                Tile("flagged", "flagged for review", result.rejected.get("flagged_for_review", 0)),
                Tile("scaled", "scored without product signals", result.stats.get("scaled", 0)),
            ]
        ),
        Histogram(
            "Quality score of all records",
            [index / 2 for index in range(_BINS + 1)],
            counts,
            "score",
            "Before the filters; a record that a filter left out is counted here too.",
            {"review": params.review_threshold, "threshold": params.threshold},
        ),
        _parts_table(parts, result.rows_in),
        _families_table(families),
        Bars("Categories of what was kept", {name: float(count) for name, count in categories.items()}, "records"),
    ]
    lead = f"{result.kept:,} of {result.rows_in:,} records reached {params.threshold:g} of 10 and passed every filter."
    return Report(
        "score",
        "Quality score and filters",
        lead,
        Rows(result.rows_in, result.kept, result.rejected, result.quarantined),
        numbers,
        blocks,
    )


def _parts_table(parts: Mapping[str, int], total: int) -> Table:
    rows = [(name, POINTS[name], count, round(100 * count / total, 1) if total else 0.0) for name, count in parts.items()]
    return Table(
        "Parts of the score", ("part", "points", "records that earned it", "% of all"), rows,
        "Records of families without product signals are scored on the other parts, scaled; see the documentation.", "parts",
    )  # fmt: skip


def _families_table(families: Mapping[str, Mapping[str, int]]) -> Table:
    rows = []
    for name, outcomes in families.items():
        total, kept = sum(outcomes.values()), outcomes.get("kept", 0)
        left_out = {reason: count for reason, count in outcomes.items() if reason != "kept"}
        worst = max(left_out, key=lambda reason: (left_out[reason], reason)) if left_out else ""
        rows.append((name, total, kept, round(100 * kept / total, 1), worst, left_out.get(worst, 0)))
    columns = ("family", "records", "kept", "% kept", "commonest reason", "records with it")
    return Table("By family", columns, rows, key="families")


__all__ = ["PreparedScoreParams", "prepare", "report", "score"]
