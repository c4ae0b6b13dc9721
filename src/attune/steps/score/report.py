"""The report of score."""

from __future__ import annotations

from collections.abc import Mapping

from attune.config.params import ScoreParams
from attune.config.vocabulary import CATEGORIES, QUALITY_PARTS
from attune.reporting.report import Bars, Block, Histogram, Report, Rows, Table, Tile, Tiles
from attune.runtime.engine import MapResult
from attune.runtime.step import Stats
from attune.steps.score.quality_score import POINTS
from attune.steps.score.score_counts import BINS

_JUDGED = ("answered", "refused", "invalid", "unanswered", "not_asked")


def report(result: MapResult, params: ScoreParams) -> Report:
    """The report of the step, from the summed counts of all batches."""
    counts = [result.stats.get("histogram", {}).get(f"{index:02d}", 0) for index in range(BINS)]
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
        "judge": params.judge,
        "ratings": {name: result.stats.get("judge", {}).get(name, 0) for name in _JUDGED} if params.judge == "llm" else {},
        "judged_by": result.stats.get("judged_by", {}),
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
            [index / 2 for index in range(BINS + 1)],
            counts,
            "score",
            "Includes records that a filter left out.",
            {"review": params.review_threshold, "threshold": params.threshold},
        ),
        _parts_table(parts, result.rows_in),
        _families_table(families),
        *_judge_table(result.stats, params),
        Bars("Categories of the kept records", {name: float(count) for name, count in categories.items()}, "records"),
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


def _judge_table(stats: Stats, params: ScoreParams) -> list[Block]:
    if params.judge == "offline":
        return []
    rows = [(name, stats.get("judge", {}).get(name, 0)) for name in _JUDGED]
    makers = ", ".join(stats.get("judged_by", {})) or "no record was rated"
    note = f"Coherence and empathy: {makers}. A record without a valid rating has no score; not_asked: a filter left it out."
    return [Table("Ratings by the judge", ("outcome", "records"), rows, note, "ratings")]


def _parts_table(parts: Mapping[str, int], total: int) -> Table:
    rows = [(name, POINTS[name], count, round(100 * count / total, 1) if total else 0.0) for name, count in parts.items()]
    return Table(
        "Parts of the score", ("part", "points", "records that earned it", "% of all"), rows,
        "Families without product signals are scored on the other parts, scaled; see docs/scoring.md.", "parts",
    )  # fmt: skip


def _families_table(families: Mapping[str, Mapping[str, int]]) -> Table:
    rows = []
    for name, outcomes in families.items():
        total, kept = sum(outcomes.values()), outcomes.get("kept", 0)
        left_out = {reason: count for reason, count in outcomes.items() if reason != "kept"}
        worst = max(left_out, key=lambda reason: (left_out[reason], reason)) if left_out else ""
        rows.append((name, total, kept, round(100 * kept / total, 1), worst, left_out.get(worst, 0)))
    columns = ("family", "records", "kept", "% kept", "most common reason", "records with it")
    return Table("By family", columns, rows, key="families")
