"""Extract: read the product database and write redacted records (A1 to A4)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from attune.config.params import ExtractParams, RedactParams, RunParams
from attune.errors import RunError, UsageError
from attune.redaction.canaries import failed_redaction_gates
from attune.redaction.conversations import PrepareParams, prepare_batch, to_moment
from attune.redaction.raw_rows import raw_tables
from attune.reporting.report import Report
from attune.runtime.code_version import code_version
from attune.runtime.engine import MapJob, MapResult, run_map, stream_units
from attune.runtime.snapshot_origin import claim_output, record_origin
from attune.runtime.step import Context, Stats
from attune.steps.extract import incremental
from attune.steps.extract.changes import find_changes, index_rows, newest_timestamps
from attune.steps.extract.connect import database_address, open_database
from attune.steps.extract.database import ConnectionLostError, Database
from attune.steps.extract.report import DatabaseSummary, RunMode, render
from attune.steps.extract.source_check import load_queries
from attune.steps.extract.source_merge import ReadFilter, SourceMerger
from attune.steps.extract.source_sql import refused_sql, summary_sql, without_user_sql
from attune.steps.extract.sources import SourceQueries
from attune.steps.extract.state import (
    ExtractionState,
    UserIndex,
    changed_basis,
    conversations_hash,
    forget_state,
    hash_of,
    read_state,
    user_number,
    write_state,
)

# Parameters that decide how a database is read, but not which records result.
_WITHOUT_EFFECT_ON_RECORDS = frozenset(
    {
        "sources",  # the queries themselves count
        "incremental",
        "overlap_hours",
        "connect_timeout_seconds",
        "connect_attempts",
        "restarts",
        "statement_timeout_seconds",
    }
)
_TOTALS = ("families", "pii_status", "languages", "tags", "review_reasons", "analytics_scores")


def extract(
    database: str, output: str, params: ExtractParams, context: Context, *, redact: RedactParams, run: RunParams
) -> Report:
    """Read the product database and write redacted records; text that names a person is never written to a disk.

    1. One read-only transaction reads a single snapshot of the database. The database itself leaves out people who opted out
       or asked for erasure.
    2. The sources are merged user by user into raw rows. Memory: one user and the batches in progress.
    3. Worker processes redact each batch of raw rows before it is written.
    4. The state for the next incremental run is written beside the shards.

    With ``params.incremental`` only users with changes are read, and the records of all others stay as they are; the result is
    the set that a full extraction would give (:mod:`attune.steps.extract.incremental`).

    Args:
        database: path of an SQLite file, ``sqlite:///path``, or ``postgresql://user@host:port/name``.
        output: URI of the shard set to write, or with ``params.incremental`` to update. It must not hold a snapshot of another
            database (:func:`replace_snapshot`).
        params: filters, and the folder of the SQL files.
        context: context of the run; its ``subject_key`` is the key of the tokens that replace people's ids.
        redact: how names and identifiers are replaced.
        run: shard size and quarantine limit.

    Raises:
        UsageError: the database does not answer, an SQL file is missing or lacks a column, or the output is another database's.
        RunError: reading failed, or too many rows are broken.
    """
    for _ in range(params.restarts):
        try:
            return _extract(database, output, params, context, redact, run)
        except ConnectionLostError:
            continue  # start again on a new snapshot; finished batches whose rows did not change are reused
    return _extract(database, output, params, context, redact, run)


def replace_snapshot(database: str, output: str) -> None:
    """Allow the next extraction from ``database`` to replace the snapshot in ``output``, whatever database that is from."""
    if record_origin(output, [database_address(database)]):
        forget_state(output)


@dataclass(frozen=True)
class _Extraction:
    """One attempt: the open database, and everything that reading it depends on."""

    database: Database
    queries: SourceQueries
    output: str
    params: ExtractParams
    redact: RedactParams
    run: RunParams
    context: Context
    summary: DatabaseSummary
    since: datetime | None
    basis: dict[str, str]


def _extract(
    database: str, output: str, params: ExtractParams, context: Context, redact: RedactParams, run: RunParams
) -> Report:
    with open_database(database, params) as opened:
        queries = load_queries(opened, params)
        summary, since = _summarize(opened, queries, params, context)
        basis = _basis(queries, params, redact, context)
        state = read_state(output)
        same_key = isinstance(state, ExtractionState) and state.basis.get("key") == basis["key"]
        claim_output(output, "extract", [database_address(database)], same_key=same_key)
        context.progress.update(0)
        work = _Extraction(opened, queries, output, params, redact, run, context, summary, since, basis)
        if not params.incremental:
            return _extract_all(work, "")
        if incremental.complete(output):  # an update that was killed after its plan was written
            state = read_state(output)
        if isinstance(state, str):
            return _extract_all(work, state)
        if changed := changed_basis(state, basis):
            return _extract_all(work, f"changed since the last run: {', '.join(changed)}")
        return _extract_changes(work, state)


def _extract_all(work: _Extraction, why: str) -> Report:
    forget_state(work.output)
    incremental.clear_stage(work.output)
    index, key = UserIndex(), work.context.subject_key

    def seen(subject: str, conversations: Sequence[tuple[Any, int]]) -> None:
        index.add(user_number(subject), conversations_hash(key, conversations))

    merger = SourceMerger(work.database, work.queries, work.params, key, ReadFilter(work.since), seen, work.context.erased)
    result = _redact_and_write(work, merger, work.output, work.run.quarantine_limit, work.summary.conversations)
    totals: Stats = {name: result.stats.get(name, {}) for name in _TOTALS}
    totals |= {"kept": result.kept, "rejected": result.rejected, "quarantined": result.quarantined}
    watermarks = newest_timestamps(work.database, work.queries)
    index = index_rows(work.database, work.queries, key, index)
    write_state(work.output, ExtractionState(work.basis, watermarks, work.summary.newest, totals, index))
    mode = RunMode(full=True, why_full=why, watermarks=watermarks)
    return render(result, work.summary, merger, dict(merger.passed_over), work.params, mode)


def _extract_changes(work: _Extraction, state: ExtractionState) -> Report:
    params, output, key = work.params, work.output, work.context.subject_key
    changes = find_changes(work.database, work.queries, params, key, work.since, state)
    selection = ReadFilter(work.since, changes.users)
    merger = SourceMerger(work.database, work.queries, params, key, selection, erased=work.context.erased)
    result = _redact_and_write(work, merger, incremental.stage_of(output), 1.0, None)
    parts, totals, counts = incremental.update(output, changes.affected, changes.refused, work.run.shard_rows, state.totals)
    whole = _with_totals(result, totals)
    _check_quarantine(whole, work.run.quarantine_limit)
    # People who opted out are removed now, even when the gate fails; the set is marked, and the next run reads everything.
    failed = failed_redaction_gates(result)
    updated = ExtractionState(work.basis, changes.watermarks, work.summary.newest, totals, changes.index)
    incremental.commit(output, parts, updated, failed)
    mode = RunMode(full=False, users=len(changes.users), change=counts, watermarks=changes.watermarks)
    return render(whole, work.summary, merger, _left_out(work, whole), params, mode)


def _redact_and_write(
    work: _Extraction, merger: SourceMerger, output: str, quarantine_limit: float, total: int | None
) -> MapResult:
    job = MapJob(
        "extract",
        prepare_batch,
        PrepareParams.of(work.redact, "extract"),
        work.context,
        output,
        quarantine_limit,
        keep_quarantined_rows=False,
    )
    units = stream_units(raw_tables(merger, work.run.shard_rows))
    return run_map(job, units, total_rows=total, reference_time=work.summary.newest, gates=failed_redaction_gates)


def _with_totals(result: MapResult, totals: Stats) -> MapResult:
    """The result of reading the changes, with the counts of the whole set; the redaction counts stay those of the changes."""
    rejected, quarantined = totals.get("rejected", {}), totals.get("quarantined", {})
    return replace(
        result,
        rows_in=totals["kept"] + sum(rejected.values()) + sum(quarantined.values()),
        kept=totals["kept"],
        rejected=rejected,
        quarantined=quarantined,
        stats={**result.stats, **{name: totals.get(name, {}) for name in _TOTALS}},
    )


def _check_quarantine(whole: MapResult, limit: float) -> None:
    quarantined = sum(whole.quarantined.values())
    if quarantined > limit * whole.rows_in:
        worst = max(whole.quarantined, key=lambda error: whole.quarantined[error])
        raise RunError(
            f"extract: {quarantined} of {whole.rows_in} rows could not be processed, more than the quarantine_limit of "
            f"{limit:.1%}; the commonest error is {worst}; the snapshot is unchanged"
        )


def _left_out(work: _Extraction, whole: MapResult) -> dict[str, int]:
    count = work.summary.conversations - whole.rows_in
    why = "min_quality, min_satisfaction or erased" if work.context.erased else "min_quality or min_satisfaction"
    return {why: count} if count > 0 else {}


def _basis(queries: SourceQueries, params: ExtractParams, redact: RedactParams, context: Context) -> dict[str, str]:
    """What records depend on besides the rows of the database."""
    return {
        "code": code_version(__name__, "attune.runtime.engine"),
        "extract": hash_of(params.model_dump_json(exclude=set(_WITHOUT_EFFECT_ON_RECORDS))),
        "key": hash_of(context.subject_key),
        "queries": hash_of(*(f"{name}\0{query.sql}" for name, query in sorted(queries.items()))),
        "redact": hash_of(PrepareParams.of(redact, "extract").model_dump_json()),
        "seed": str(context.seed),
        **({"erased": context.erased.version} if context.erased else {}),
    }


def _summarize(
    database: Database, queries: SourceQueries, params: ExtractParams, context: Context
) -> tuple[DatabaseSummary, datetime | None]:
    """Counts over the database, and the time before which ``params.days`` leaves conversations out."""
    conversations, consent = queries["conversations"], queries["consent"]
    if params.completed_only and "completed" not in conversations.columns:
        raise UsageError(
            f"extract.completed_only: {conversations.file} returns no column `completed`; add it, or drop the filter"
        )
    sql = summary_sql(conversations, consent, database.dialect, None, completed=False)
    consenting, messages, newest = _counts(database, sql)
    since = None
    selected = consenting
    if params.days is not None and (now := context.as_of or newest):
        since = now - timedelta(days=params.days)
    if since is not None or params.completed_only:
        sql = summary_sql(conversations, consent, database.dialect, since, completed=params.completed_only)
        selected, messages, newest = _counts(database, sql)
    refused = {
        str(reason): (int(users), int(count)) for reason, users, count in database.rows(refused_sql(conversations, consent))
    }
    without_user = int(next(iter(database.rows(without_user_sql(conversations))))[0])
    return DatabaseSummary(selected, messages, newest, refused, without_user, consenting), since


def _counts(database: Database, sql: str) -> tuple[int, int, datetime | None]:
    count, messages, newest = next(iter(database.rows(sql)))
    return int(count), int(messages), to_moment(newest)


__all__ = ["extract", "replace_snapshot"]
