"""Extract: read the product database and write redacted records; text that names a person never touches a disk (A1 to A4).

One read-only transaction sees one moment of the database. Its sources are merged user by user (memory: one user and the
batches under way), turned into raw rows, and redacted by worker processes before the first byte is written. People who opted
out or asked for erasure are left out by the database itself.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

import pyarrow as pa

from attune.core.engine import MapResult, run_map, stream_units
from attune.core.errors import UsageError
from attune.core.params import ExtractParams, RedactParams, RunParams
from attune.core.report import Bars, Block, Report, Rows, Table, Tile, Tiles
from attune.core.step import Context
from attune.data.database import Database
from attune.data.merge import Merger
from attune.data.pages import failed_redaction_gates, preparation_numbers, redaction_blocks
from attune.data.prepare import RAW_SCHEMA, PrepareParams, prepare_batch, to_moment
from attune.data.sources import Query, load_queries, nobodys_sql, open_database, refused_sql, summary_sql
from attune.data.sources import check as check


@dataclass(frozen=True)
class _Survey:
    """What the database says of itself before a row is read."""

    conversations: int
    messages: int
    newest: datetime | None
    refused: dict[str, tuple[int, int]]  # reason -> users, conversations
    nobodys: int
    everything: int  # conversations of all who consented, before the filters


def extract(
    database: str, output: str, params: ExtractParams, context: Context, *, redact: RedactParams, run: RunParams
) -> Report:
    """Read the product database and write redacted records.

    Args:
        database: path of an SQLite file, ``sqlite:///path``, or ``postgresql://user@host:port/name``.
        output: URI of the shard set to write.
        params: filters and where the SQL files are.
        context: of the run; its ``subject_key`` makes the tokens that stand for people.
        redact: how names and identifiers are replaced.
        run: shard size and quarantine limit.

    Raises:
        UsageError: the database does not answer, or an SQL file is missing or lacks a column.
        RunError: reading broke off, or too many rows are broken.
    """
    with open_database(database, params) as opened:
        queries = load_queries(opened, params)
        survey, since = _survey(opened, queries, params, context)
        merger = Merger(opened, queries, params, context.subject_key, since)
        result = run_map(
            "extract",
            prepare_batch,
            stream_units(_tables(merger, run.shard_rows)),
            output,
            PrepareParams(redact=redact, made_by="extract"),
            context,
            total_rows=survey.conversations,
            quarantine_limit=run.quarantine_limit,
            keep_quarantined_rows=False,
            written_as_of=survey.newest,
        )
    return _report(result, survey, merger, params)


def _tables(merger: Merger, rows: int) -> Iterator[pa.Table]:
    stream = iter(merger)
    while taken := list(islice(stream, rows)):
        yield pa.Table.from_pylist(taken, schema=RAW_SCHEMA)


def _survey(
    database: Database, queries: Mapping[str, Query], params: ExtractParams, context: Context
) -> tuple[_Survey, datetime | None]:
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
    return _Survey(selected, messages, newest, refused, nobodys, everything), since


def _summary(database: Database, sql: str) -> tuple[int, int, datetime | None]:
    count, messages, newest = next(iter(database.rows(sql)))
    return int(count), int(messages), to_moment(newest)


def _report(result: MapResult, survey: _Survey, merger: Merger, params: ExtractParams) -> Report:
    users = sum(users for users, _ in survey.refused.values())
    withheld = sum(count for _, count in survey.refused.values())
    left_out = dict(sorted(merger.passed_over.items()))
    if survey.everything > survey.conversations:
        left_out["days or completed_only"] = survey.everything - survey.conversations
    numbers: dict[str, Any] = {
        "as_of": survey.newest.isoformat() if survey.newest else None,
        "messages_read": survey.messages,
        "source_rows": dict(sorted(merger.source_rows.items())),
        "refused": {reason: {"users": users, "conversations": count} for reason, (users, count) in survey.refused.items()},
        "without_user": survey.nobodys,
        "filtered": left_out,
        **preparation_numbers(result),
    }
    lead = (
        f"{result.rows_in:,} conversations were read and {result.kept:,} kept, redacted in memory. "
        f"{withheld:,} conversations of {users:,} users who opted out or asked for erasure were never read."
    )
    return Report(
        "extract",
        "Extraction and redaction",
        lead,
        Rows(result.rows_in, result.kept, result.rejected, result.quarantined),
        numbers,
        [*_source_blocks(survey, merger, left_out, params), *redaction_blocks(result)],
        failed_redaction_gates(result),
    )


def _source_blocks(survey: _Survey, merger: Merger, left_out: Mapping[str, int], params: ExtractParams) -> list[Block]:
    blocks: list[Block] = [
        Tiles(
            [
                Tile("conversations", "conversations of consenting users", survey.everything),
                Tile("messages", "messages read", survey.messages),
                Tile("refused_users", "users never read", sum(users for users, _ in survey.refused.values())),
                Tile("newest", "newest message", survey.newest.date().isoformat() if survey.newest else "none"),
            ]
        ),
        Table(
            "Never read",
            ("reason", "users", "conversations"),
            [(reason, users, count) for reason, (users, count) in survey.refused.items()]
            + ([("no user is named", None, survey.nobodys)] if survey.nobodys else []),
            "The database leaves these out; only this count was asked of it.",
            "refused",
        ),
        Bars("Rows read", {name: float(count) for name, count in sorted(merger.source_rows.items())}, "rows"),
    ]
    if left_out:
        blocks.append(
            Table("Left out by filters", ("filter", "conversations"), list(left_out.items()), _filters(params), "filtered")
        )
    return blocks


def _filters(params: ExtractParams) -> str:
    active = {
        "days": params.days,
        "min_quality": params.min_quality,
        "min_satisfaction": params.min_satisfaction,
        "completed_only": params.completed_only or None,
    }
    return "Filters: " + ", ".join(f"{name} = {value}" for name, value in active.items() if value is not None)


__all__ = ["check", "extract"]
