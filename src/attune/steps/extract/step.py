"""Extract: read the product database and write redacted records; text that names a person never touches a disk (A1 to A4).

One read-only transaction sees one moment of the database. Its sources are merged user by user (memory: one user and the
batches under way), turned into raw rows, and redacted by worker processes before the first byte is written. People who opted
out or asked for erasure are left out by the database itself.

With ``extract.incremental`` only users with something new are read, and the records of everybody else stay where they are; the
result is the set that a full extraction would give (:mod:`attune.steps.extract.incremental`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from attune.config.params import ExtractParams, RedactParams, RunParams
from attune.errors import RunError, UsageError
from attune.redaction.canaries import failed_redaction_gates
from attune.redaction.conversations import PrepareParams, prepare_batch, to_moment
from attune.redaction.raw_conversation import raw_tables
from attune.reporting.report import Report
from attune.runtime.code_version import code_version
from attune.runtime.engine import MapResult, run_map, stream_units
from attune.runtime.step import Context, Stats
from attune.steps.extract import incremental
from attune.steps.extract.changes import complete_index, find_news, newest_moments
from attune.steps.extract.database import ConnectionLostError, Database
from attune.steps.extract.merge import Merger, Selection
from attune.steps.extract.report import Survey, Update, render
from attune.steps.extract.source_sql import nobodys_sql, refused_sql, summary_sql
from attune.steps.extract.sources import Query, load_queries, open_database
from attune.steps.extract.sources import check as check
from attune.steps.extract.sources import check_lines as check_lines
from attune.steps.extract.watermark import (
    State,
    UserIndex,
    differences,
    fingerprint,
    forget_state,
    hash_of,
    read_state,
    user_number,
    write_state,
)

# What decides how a database is read, but not what comes of it.
_NOT_OF_THE_RECORDS = frozenset(
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


@dataclass(frozen=True)
class _Work:
    """One attempt: an open database, and everything that it is read for."""

    database: Database
    queries: Mapping[str, Query]
    output: str
    params: ExtractParams
    redact: RedactParams
    run: RunParams
    context: Context
    survey: Survey
    since: datetime | None
    basis: Mapping[str, str]


def extract(
    database: str, output: str, params: ExtractParams, context: Context, *, redact: RedactParams, run: RunParams
) -> Report:
    """Read the product database and write redacted records.

    Args:
        database: path of an SQLite file, ``sqlite:///path``, or ``postgresql://user@host:port/name``.
        output: URI of the shard set to write; the one to bring up to date, with ``params.incremental``.
        params: filters and where the SQL files are.
        context: of the run; its ``subject_key`` makes the tokens that stand for people.
        redact: how names and identifiers are replaced.
        run: shard size and quarantine limit.

    Raises:
        UsageError: the database does not answer, or an SQL file is missing or lacks a column.
        RunError: reading broke off, or too many rows are broken.
    """
    for _ in range(params.restarts):
        try:
            return _extract(database, output, params, context, redact, run)
        except ConnectionLostError:
            continue  # on a new snapshot, from the start: finished batches whose rows did not change are found done
    return _extract(database, output, params, context, redact, run)


def _extract(
    database: str, output: str, params: ExtractParams, context: Context, redact: RedactParams, run: RunParams
) -> Report:
    with open_database(database, params) as opened:
        queries = load_queries(opened, params)
        survey, since = _survey(opened, queries, params, context)
        basis = _basis(queries, params, redact, context)
        work = _Work(opened, queries, output, params, redact, run, context, survey, since, basis)
        if not params.incremental:
            return _full(work, "")
        incremental.complete(output)  # an update that was killed after all of it was written
        state = read_state(output)
        if isinstance(state, str):
            return _full(work, state)
        if changed := differences(state, basis):
            return _full(work, f"changed since the last run: {', '.join(changed)}")
        return _update(work, state)


def _full(work: _Work, why: str) -> Report:
    forget_state(work.output)
    incremental.clear_stage(work.output)
    index, key = UserIndex(), work.context.subject_key

    def seen(subject: str, conversations: Sequence[tuple[Any, int]]) -> None:
        index.add(user_number(subject), fingerprint(key, conversations))

    merger = Merger(work.database, work.queries, work.params, key, Selection(work.since), seen, work.context.erased)
    result = _run(work, merger, work.output, work.run.quarantine_limit, work.survey.conversations)
    totals: Stats = {name: result.stats.get(name, {}) for name in _TOTALS}
    totals |= {"kept": result.kept, "rejected": result.rejected, "quarantined": result.quarantined}
    watermarks = newest_moments(work.database, work.queries)
    index = complete_index(work.database, work.queries, key, index)
    write_state(work.output, State(work.basis, watermarks, work.survey.newest, totals, index))
    update = Update(full=True, why_full=why, watermarks=watermarks)
    return render(result, work.survey, merger, dict(merger.passed_over), work.params, update)


def _update(work: _Work, state: State) -> Report:
    params, output = work.params, work.output
    news = find_news(work.database, work.queries, params, work.context.subject_key, work.since, state)
    selection, key = Selection(work.since, news.users), work.context.subject_key
    merger = Merger(work.database, work.queries, params, key, selection, erased=work.context.erased)
    result = _run(work, merger, incremental.stage_of(output), 1.0, None)
    parts, totals, change = incremental.update(output, news.affected, news.refused, work.run.shard_rows, state.totals)
    whole = _whole(result, totals)
    _check_quarantine(whole, work.run.quarantine_limit)
    # Who opted out goes now, whatever the gate says; but a set that failed it says so, and the next run reads everything.
    failed = failed_redaction_gates(result)
    incremental.commit(output, parts, State(work.basis, news.watermarks, work.survey.newest, totals, news.index), failed)
    update = Update(full=False, users=len(news.users), change=change, watermarks=news.watermarks)
    return render(whole, work.survey, merger, _left_out(work, whole), params, update)


def _run(work: _Work, merger: Merger, output: str, quarantine_limit: float, total: int | None) -> MapResult:
    return run_map(
        "extract",
        prepare_batch,
        stream_units(raw_tables(merger, work.run.shard_rows)),
        output,
        PrepareParams(redact=work.redact, made_by="extract"),
        work.context,
        total_rows=total,
        quarantine_limit=quarantine_limit,
        keep_quarantined_rows=False,
        written_as_of=work.survey.newest,
        gates=failed_redaction_gates,
    )


def _whole(result: MapResult, totals: Stats) -> MapResult:
    """The result of reading what is new, with the counts of the whole set; what redaction counted is of what was read."""
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
            f"{limit:.1%}; the commonest error is {worst}; the snapshot stays as it was"
        )


def _left_out(work: _Work, whole: MapResult) -> dict[str, int]:
    passed = work.survey.conversations - whole.rows_in
    why = "min_quality, min_satisfaction or erased" if work.context.erased else "min_quality or min_satisfaction"
    return {why: passed} if passed > 0 else {}


def _basis(queries: Mapping[str, Query], params: ExtractParams, redact: RedactParams, context: Context) -> dict[str, str]:
    """What records depend on beside the rows of the database."""
    return {
        "code": code_version(__name__),
        "extract": hash_of(params.model_dump_json(exclude=set(_NOT_OF_THE_RECORDS))),
        "key": hash_of(context.subject_key),
        "queries": hash_of(*(f"{name}\0{query.sql}" for name, query in sorted(queries.items()))),
        "redact": hash_of(redact.model_dump_json()),
        "seed": str(context.seed),
        **({"erased": context.erased.version} if context.erased else {}),
    }


def _survey(
    database: Database, queries: Mapping[str, Query], params: ExtractParams, context: Context
) -> tuple[Survey, datetime | None]:
    conversations, consent = queries["conversations"], queries["consent"]
    if params.completed_only and "completed" not in conversations.columns:
        raise UsageError(
            f"extract.completed_only: {conversations.file} returns no column `completed`; add it, or drop the filter"
        )
    sql = summary_sql(conversations, consent, database.dialect, None, completed=False)
    everything, messages, newest = _summary(database, sql)
    since = None
    selected = everything
    if params.days is not None and (now := context.as_of or newest):
        since = now - timedelta(days=params.days)
    if since is not None or params.completed_only:
        sql = summary_sql(conversations, consent, database.dialect, since, completed=params.completed_only)
        selected, messages, newest = _summary(database, sql)
    refused = {
        str(reason): (int(users), int(count)) for reason, users, count in database.rows(refused_sql(conversations, consent))
    }
    nobodys = int(next(iter(database.rows(nobodys_sql(conversations))))[0])
    return Survey(selected, messages, newest, refused, nobodys, everything), since


def _summary(database: Database, sql: str) -> tuple[int, int, datetime | None]:
    count, messages, newest = next(iter(database.rows(sql)))
    return int(count), int(messages), to_moment(newest)


__all__ = ["check", "check_lines", "extract"]
