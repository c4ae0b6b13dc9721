"""Score: quality (B3), filters (B4), category (B7) and complexity of each record."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from attune.config.params import LlmParams, ScoreParams
from attune.config.vocabulary import QUALITY_PARTS
from attune.records.record import RECORD_SCHEMA, with_reason
from attune.records.shards import ShardSet
from attune.runtime.step import Batch, Context
from attune.steps.score import llm_judge
from attune.steps.score.categories import categories, complexities
from attune.steps.score.conversation_columns import ASSISTANT, PRETRAINING, ConversationColumns, Floats, to_columns
from attune.steps.score.corpus_statistics import CorpusStatistics, gather_statistics, signal_groups, unique_contexts
from attune.steps.score.filters import filters
from attune.steps.score.offline_scorer import rate_conversations
from attune.steps.score.quality_score import attainable_parts, decide, quality_parts, quality_scores
from attune.steps.score.report import report
from attune.steps.score.score_counts import MeasuredQuality, ScoreCounts

_DAY_SECONDS = 86_400


class PreparedScoreParams(ScoreParams):
    """The parameters of a run, with the results of the pass over all records before the step."""

    statistics: CorpusStatistics = CorpusStatistics()
    llm: LlmParams | None = None  # where the judge's ratings are looked up; None: the offline scorer
    prompt: str = ""  # name, version and hash
    ratings: str = ""  # digest of all ratings, so that a batch is computed again when a rating is added or changes


def score(batch: pa.Table, params: PreparedScoreParams, context: Context) -> Batch:
    """Score one batch, and leave out the records that a filter or a threshold rejects, each with its reason.

    1. The conversations become columns, so that every computation runs over the whole batch at once.
    2. The filters name a reason for the records that must not be used, whatever their score.
    3. :func:`measure` computes the parts of the score, the score, category and complexity. Computing is separate from deciding,
       so a threshold can change without a new computation.
    4. :func:`attune.steps.score.quality_score.decide` compares the score with the thresholds.
    5. ``created_at`` is rounded down to ``params.date_granularity``, after the age in days was used: joined with the product's
       tables, a time to the second tells whose record it is. No later step needs more.

    Args:
        batch: records.
        params: from :func:`prepare`; ``params.statistics`` has the shares and word frequencies over all records.
        context: the age of a record is measured from ``context.now``.
    """
    columns = to_columns(batch.column("messages"))
    families, tags, statuses = (batch.column(name).to_pylist() for name in ("family", "tags", "pii_status"))
    filtered = filters(columns, statuses, families, tags, params)
    ratings = None if params.llm is None else llm_judge.JudgeRatings(batch, filtered, params, params.llm)
    measured = measure(batch, columns, params, ratings)
    ages = _ages(batch, context)
    reasons = [
        reason or (_unscored(params) if np.isnan(points) else decide(float(points), age, params))
        for reason, points, age in zip(filtered, measured.score, ages, strict=True)
    ]
    scored = _with_columns(batch, measured, ratings, params)
    kept = pa.array([reason is None for reason in reasons], pa.bool_())
    return Batch(
        scored.filter(kept),
        with_reason(scored.filter(pc.invert(kept)), [reason for reason in reasons if reason]),
        ScoreCounts(families, measured, reasons, ratings).stats(),
    )


def prepare(
    inputs: Sequence[ShardSet], params: ScoreParams, context: Context | None = None, llm: LlmParams | None = None
) -> PreparedScoreParams:
    """Compute what depends on all records of the inputs; the result is the ``params`` of :func:`score`.

    It gathers the corpus statistics and, with ``score.judge: llm``, requests every rating that is not in the ledger yet.
    """
    known: dict[str, object] = {"statistics": gather_statistics(inputs, params)}
    if params.judge == "llm":
        settings = llm or LlmParams()
        known["ratings"] = llm_judge.ask(inputs, params, settings, context.progress if context else None)
        known["prompt"] = llm_judge.prompt_label(params.judge_prompt, settings.prompts)
        known["llm"] = settings
    return PreparedScoreParams.model_validate({**params.model_dump(), **known})


def measure(
    batch: pa.Table,
    columns: ConversationColumns,
    params: PreparedScoreParams,
    ratings: llm_judge.JudgeRatings | None = None,
) -> MeasuredQuality:
    """Parts, score, category and complexity of each record; they do not depend on the other records of the batch.

    Args:
        batch: the records.
        columns: their conversations.
        params: from :func:`prepare`.
        ratings: coherence and empathy from the judge; None: from the offline scorer.
    """
    families, tags = batch.column("family").to_pylist(), batch.column("tags").to_pylist()
    rated = ratings or rate_conversations(columns, batch.column("language").to_pylist())
    groups = signal_groups(batch)
    statistics = params.statistics
    shares = [statistics.scenario_shares.get(name or "") for name in batch.column("scenario").to_pylist()]
    signals = batch.column("signals").combine_chunks()
    parts = quality_parts(
        response_characters=columns.last_length(ASSISTANT),
        turns=columns.turns(),
        satisfaction=_numbers(signals, "satisfaction"),
        action_taken=_numbers(signals, "action_taken") == 1,
        positive_outcome=_numbers(signals, "positive_outcome") == 1,
        coherence=rated.coherence,
        empathy=rated.empathy,
        underrepresented=np.array([share is not None and share < params.underrepresented_share for share in shares], np.bool_),
        unique=unique_contexts(columns, statistics, params),
        params=params,
    )
    has_signals = np.array([group in statistics.groups_with_signals for group in groups], np.bool_)
    attainable = [
        attainable_parts(
            family, has_turns=group in statistics.groups_with_turns, params=params, is_text=PRETRAINING in (marks or ())
        )
        for family, group, marks in zip(families, groups, tags, strict=True)
    ]
    return MeasuredQuality(
        parts,
        quality_scores(parts, has_signals, attainable),
        categories(columns, families, tags, rated.empathy, params),
        complexities(columns, tags),
        ~has_signals,
    )


def _unscored(params: ScoreParams) -> str:
    return "flagged_for_review" if params.unscored == "review" else "unscored"


def _numbers(signals: pa.StructArray, name: str) -> Floats:
    """A signal as a number; NaN where it is unknown."""
    values = pc.struct_field(signals, name).cast(pa.float64())
    return np.asarray(values.to_numpy(zero_copy_only=False), np.float64)


def _ages(batch: pa.Table, context: Context) -> list[float | None]:
    """Age of each record in days; None where ``created_at`` is missing."""
    created = batch.column("created_at").to_pylist()
    return [None if at is None else (context.now - at).total_seconds() / _DAY_SECONDS for at in created]


def _rounded_down(created_at: pa.ChunkedArray, params: ScoreParams) -> pa.Array:
    """The start, in UTC, of the year, month, … of each time; null for all with the granularity ``none``."""
    if params.date_granularity == "none":
        return pa.nulls(len(created_at))
    return pc.floor_temporal(created_at, unit=params.date_granularity)


def _with_columns(
    batch: pa.Table, measured: MeasuredQuality, ratings: llm_judge.JudgeRatings | None, params: ScoreParams
) -> pa.Table:
    """The batch with the columns of a record, the measured ones filled in."""
    parts = [_nullable(measured.parts[name]) for name in QUALITY_PARTS]
    computed = {
        "quality_score": _nullable(measured.score),
        "quality_parts": pa.StructArray.from_arrays(parts, list(QUALITY_PARTS)),
        "category": pa.array(measured.categories, pa.string()),
        "complexity": pa.array(measured.complexities.astype(np.int8)),
        "created_at": _rounded_down(batch.column("created_at"), params),
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


__all__ = ["PreparedScoreParams", "prepare", "report", "score"]
