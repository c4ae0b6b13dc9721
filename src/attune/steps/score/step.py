"""Score: quality of each record (B3), filters (B4), category (B7) and complexity; what falls short is left out with a reason.

Computing is apart from deciding: :func:`measure` gives every record its parts, score, category and complexity;
:func:`attune.steps.score.filters.filters` and :func:`attune.steps.score.formula.decide` decide on them. The whole batch is
measured at once, see :mod:`attune.steps.score.conversations`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from attune.config.params import LlmParams, ScoreParams
from attune.config.vocabulary import CATEGORIES, QUALITY_PARTS
from attune.records.record import RECORD_SCHEMA, with_reason
from attune.records.shards import ShardSet
from attune.reporting.report import Bars, Block, Histogram, Report, Rows, Table, Tile, Tiles
from attune.runtime.engine import MapResult
from attune.runtime.step import Batch, Context, Stats
from attune.steps.score import judging
from attune.steps.score.classify import categories, complexities, turns
from attune.steps.score.conversations import ASSISTANT, PRETRAINING, Conversations, Flags, Floats, Numbers, conversations
from attune.steps.score.corpus import Statistics, gather, groups, unique_contexts
from attune.steps.score.filters import filters
from attune.steps.score.formula import POINTS, attainable_parts, decide, quality_parts, quality_scores
from attune.steps.score.quality import judge_all

_BINS = 20  # of half a point each
_DAY = 86_400
_JUDGED = ("answered", "refused", "invalid", "unanswered", "not_asked")


class PreparedScoreParams(ScoreParams):
    """The parameters of a run with what was found out about all records before it."""

    statistics: Statistics = Statistics()
    llm: LlmParams | None = None  # where the judge's ratings are looked up; None: the offline scorer
    prompt: str = ""  # name, version and hash
    ratings: str = ""  # digest of all ratings, so that a batch is made anew when one of them came or changed


@dataclass(frozen=True)
class Measured:
    """What is computed of each record, before anything is decided; NaN is what nobody knows."""

    parts: dict[str, Floats]
    score: Floats
    categories: list[str]
    complexities: Numbers
    scaled: Flags  # no record of its family has product signals


def prepare(
    inputs: Sequence[ShardSet], params: ScoreParams, context: Context | None = None, llm: LlmParams | None = None
) -> PreparedScoreParams:
    """Find out over all inputs what one batch cannot know; the result is what :func:`score` takes as its params.

    Statistics are counted, and with ``score.judge: llm`` the judge is asked for every rating that is not known yet.
    """
    known: dict[str, object] = {"statistics": gather(inputs, params)}
    if params.judge == "llm":
        settings = llm or LlmParams()
        known["ratings"] = judging.ask(inputs, params, settings, context.progress if context else None)
        known["prompt"] = judging.prompt_label(params.judge_prompt, settings.prompts)
        known["llm"] = settings
    return PreparedScoreParams.model_validate({**params.model_dump(), **known})


def score(batch: pa.Table, params: PreparedScoreParams, context: Context) -> Batch:
    """Score one batch and leave out what the filters or the thresholds name.

    Args:
        batch: records; their shares and rare words come from ``params.statistics``.
        params: from :func:`prepare`.
        context: its ``now`` is what age is measured from.
    """
    talk = conversations(batch.column("messages"))
    families, tags, statuses = (batch.column(name).to_pylist() for name in ("family", "tags", "pii_status"))
    filtered = filters(talk, statuses, families, tags, params)
    ratings = None if params.llm is None else judging.Ratings(batch, filtered, params, params.llm)
    measured = measure(batch, talk, params, ratings)
    ages = _ages(batch, context)
    reasons = [
        reason or (_unscored(params) if np.isnan(points) else decide(float(points), age, params))
        for reason, points, age in zip(filtered, measured.score, ages, strict=True)
    ]
    scored = _with_columns(batch, measured, ratings)
    kept = pa.array([reason is None for reason in reasons], pa.bool_())
    tally = _Tally(families, measured, reasons, ratings)
    return Batch(
        scored.filter(kept),
        with_reason(scored.filter(pc.invert(kept)), [reason for reason in reasons if reason]),
        tally.stats(),
    )


def measure(
    batch: pa.Table, talk: Conversations, params: PreparedScoreParams, ratings: judging.Ratings | None = None
) -> Measured:
    """Parts, score, category and complexity of each record; what one gets depends on no other record of the batch.

    Args:
        batch: the records.
        talk: their conversations.
        params: from :func:`prepare`.
        ratings: the judge's; None: the offline scorer supplies coherence and empathy.
    """
    families, tags = batch.column("family").to_pylist(), batch.column("tags").to_pylist()
    rated = ratings or judge_all(talk, batch.column("language").to_pylist())
    shapes = groups(batch)
    statistics = params.statistics
    shares = [statistics.scenario_shares.get(name or "") for name in batch.column("scenario").to_pylist()]
    signals = batch.column("signals").combine_chunks()
    parts = quality_parts(
        response_characters=_last_reply_length(talk),
        turns=turns(talk),
        satisfaction=_numbers(signals, "satisfaction"),
        action_taken=_numbers(signals, "action_taken") == 1,
        positive_outcome=_numbers(signals, "positive_outcome") == 1,
        coherence=rated.coherence,
        empathy=rated.empathy,
        underrepresented=np.array([share is not None and share < params.underrepresented_share for share in shares], np.bool_),
        unique=unique_contexts(talk, statistics, params),
        params=params,
    )
    has_signals = np.array([shape in statistics.groups_with_signals for shape in shapes], np.bool_)
    attainable = [
        attainable_parts(
            family, has_turns=shape in statistics.groups_with_turns, params=params, is_text=PRETRAINING in (marks or ())
        )
        for family, shape, marks in zip(families, shapes, tags, strict=True)
    ]
    return Measured(
        parts,
        quality_scores(parts, has_signals, attainable),
        categories(talk, families, tags, rated.empathy, params),
        complexities(talk, tags),
        ~has_signals,
    )


def _unscored(params: ScoreParams) -> str:
    return "flagged_for_review" if params.unscored == "review" else "unscored"


def _last_reply_length(talk: Conversations) -> Numbers:
    """Characters of the last reply, without white space around; 0 without a reply."""
    last = talk.last(ASSISTANT)
    lengths = np.zeros(talk.rows, np.int64)
    lengths[last >= 0] = pc.utf8_length(talk.folded.take(pa.array(last[last >= 0]))).to_numpy(zero_copy_only=False)
    return lengths


def _numbers(signals: pa.StructArray, name: str) -> Floats:
    """A signal as a number, NaN where it is not known."""
    values = pc.struct_field(signals, name).cast(pa.float64())
    return np.asarray(values.to_numpy(zero_copy_only=False), np.float64)


def _ages(batch: pa.Table, context: Context) -> list[float | None]:
    """Age of each record in days; None where it does not say."""
    created = batch.column("created_at").to_pylist()
    return [None if moment is None else (context.now - moment).total_seconds() / _DAY for moment in created]


def _with_columns(batch: pa.Table, measured: Measured, ratings: judging.Ratings | None) -> pa.Table:
    """The batch in the columns of a record, with what was measured."""
    parts = [_nullable(measured.parts[name]) for name in QUALITY_PARTS]
    computed = {
        "quality_score": _nullable(measured.score),
        "quality_parts": pa.StructArray.from_arrays(parts, list(QUALITY_PARTS)),
        "category": pa.array(measured.categories, pa.string()),
        "complexity": pa.array(measured.complexities.astype(np.int8)),
    }
    if ratings is not None:
        computed["provenance"] = ratings.with_provenance(batch.column("provenance"))
    present = set(batch.column_names)
    columns = []
    for field in RECORD_SCHEMA:
        column = computed.get(field.name)
        if column is None:
            column = batch.column(field.name) if field.name in present else pa.nulls(batch.num_rows)
        columns.append(column.cast(field.type))
    return pa.table(columns, schema=RECORD_SCHEMA)


def _nullable(values: Floats) -> pa.Array:
    return pa.array(values, pa.float64(), mask=np.isnan(values))


class _Tally:
    """Counts of one batch, as the report needs them."""

    def __init__(
        self, families: Sequence[str], measured: Measured, reasons: Sequence[str | None], ratings: judging.Ratings | None
    ) -> None:
        known = measured.score[~np.isnan(measured.score)]
        bins = np.bincount(np.minimum(_BINS - 1, (known * 2).astype(np.int64)), minlength=_BINS)
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
            [index / 2 for index in range(_BINS + 1)],
            counts,
            "score",
            "Before the filters; a record that a filter left out is counted here too.",
            {"review": params.review_threshold, "threshold": params.threshold},
        ),
        _parts_table(parts, result.rows_in),
        _families_table(families),
        *_judge_table(result.stats, params),
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


def _judge_table(stats: Stats, params: ScoreParams) -> list[Block]:
    if params.judge == "offline":
        return []
    rows = [(name, stats.get("judge", {}).get(name, 0)) for name in _JUDGED]
    makers = ", ".join(stats.get("judged_by", {})) or "no record was rated"
    note = f"Coherence and empathy: {makers}. Without a valid rating a record has no score; not_asked: a filter left it out."
    return [Table("Ratings by the judge", ("what came", "records"), rows, note, "ratings")]


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
