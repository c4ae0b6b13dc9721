"""What extraction asks of a product's database: one SQL file per source, with documented columns, checked before reading.

A team maps its own schema by writing these files; the code never names a table. Each file holds one ``SELECT`` that works as
a sub-select. The columns are data here, so that the check, the documentation and the reader cannot disagree.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from attune.core import storage
from attune.core.errors import UsageError
from attune.core.params import ExtractParams
from attune.data.database import Database, Dialect, FoundColumn, QueryError, connect

Kind = Literal["text", "integer", "number", "boolean", "timestamp"]


@dataclass(frozen=True)
class Column:
    """A column that a source's query returns."""

    name: str
    kind: Kind
    required: bool
    meaning: str


@dataclass(frozen=True)
class Source:
    """One SQL file: what it is read for, and its columns."""

    name: str
    meaning: str
    columns: tuple[Column, ...]

    @property
    def required(self) -> tuple[str, ...]:
        """Names of the columns that must be there."""
        return tuple(column.name for column in self.columns if column.required)


@dataclass(frozen=True)
class Finding:
    """What the check found about one column of one source."""

    source: str
    file: str
    column: str
    required: bool
    found: str  # the database's type of it, "present" where the database gives none, "" when it is missing
    problem: str  # "" when all is well

    def __str__(self) -> str:
        """One line for a terminal."""
        state = self.problem or (f"found ({self.found})" if self.found else "not there (optional)")
        mark = "!!" if self.problem else "ok"
        return f"{mark}  {self.file}  {self.column}  {'required' if self.required else 'optional'}  {state}"


@dataclass(frozen=True)
class Query:
    """A source's SQL as it stands in its file, and which documented columns it returns."""

    source: Source
    file: str
    sql: str
    columns: tuple[str, ...]


_USER = Column("user_id", "text", True, "who it belongs to; compared with the other sources as text")
_CONVERSATION = Column("conversation_id", "text", True, "the conversation that the row is about")
_AT = Column("created_at", "timestamp", True, "when it happened; ISO 8601 text on SQLite, TIMESTAMPTZ on PostgreSQL")

SOURCES: dict[str, Source] = {
    source.name: source
    for source in (
        Source(
            "conversations",
            "one row a message; check-ins with a reply come as conversations too",
            (
                _USER,
                Column("conversation_id", "text", True, "which messages belong together"),
                Column("position", "integer", True, "order of the message in its conversation"),
                Column("role", "text", True, "user, assistant or system"),
                Column("content", "text", True, "what was said"),
                _AT,
                Column(
                    "kind",
                    "text",
                    False,
                    "coaching, check_in, or reflection (a check-in that was answered once); the latter two are tagged",
                ),
                Column("scenario", "text", False, "what it is about, such as trust or distance"),
                Column("language", "text", False, "ISO 639-1; detected where it is not given"),
                Column("relationship_stage", "text", False, "such as dating, engaged, married"),
                Column("completed", "boolean", False, "the user reached the end of the session"),
            ),
        ),
        Source(
            "identities",
            "what the database knows a user and the people around them by; redaction always finds it, then forgets it",
            (
                _USER,
                Column("person", "text", True, "user, partner or other"),
                Column("kind", "text", True, "name, email, phone, address, city, employer or school"),
                Column("value", "text", True, "the name or identifier"),
            ),
        ),
        Source(
            "activities",
            "exercises, and how satisfied the user was",
            (
                _USER,
                _AT,
                Column("conversation_id", "text", False, "the conversation that it belongs to"),
                Column("satisfaction", "number", False, "0 to 10"),
                Column("completed", "boolean", False, "the user finished it"),
            ),
        ),
        Source(
            "quizzes",
            "assessments; a conversation after a user's first one is tagged assessed",
            (_USER, _AT),
        ),
        Source(
            "analytics",
            "engagement and health metrics of a conversation",
            (
                _USER,
                _CONVERSATION,
                _AT,
                Column("engagement", "number", False, "0 to 1"),
                Column("sentiment", "number", False, "-1 to 1"),
                Column("follow_up_quality", "number", False, "0 to 1"),
            ),
        ),
        Source(
            "feedback",
            "ratings, helpfulness votes and outcome reports",
            (
                _USER,
                _CONVERSATION,
                _AT,
                Column("rating", "number", False, "1 to 5; counts as (rating - 1) x 2.5 of 10"),
                Column("helpful", "boolean", False, "thumbs up or down"),
                Column("action_taken", "boolean", False, "the user did what was talked about"),
                Column("outcome", "text", False, "improved, unchanged or worse"),
            ),
        ),
        Source(
            "consent",
            "everybody who must never be read",
            (
                _USER,
                Column("reason", "text", True, "such as opted_out or erasure_requested; counted in the report"),
            ),
        ),
    )
}

# Everything that is read user by user, in this order; consent is only ever joined against.
STREAMED = ("conversations", "identities", "activities", "quizzes", "analytics", "feedback")

_POSTGRESQL_TYPES: dict[Kind, tuple[str, ...]] = {
    "text": ("text", "varchar", "bpchar", "name"),
    "integer": ("int2", "int4", "int8"),
    "number": ("int2", "int4", "int8", "float4", "float8", "numeric"),
    "boolean": ("bool",),
    "timestamp": ("timestamptz",),
}
_CAST = {"text": "TEXT", "integer": "BIGINT", "number": "DOUBLE PRECISION", "boolean": "BOOLEAN", "timestamp": "TIMESTAMPTZ"}
_TRAILING = re.compile(r"(?:\s|;|--[^\n]*(?=\n|\Z)|/\*(?:(?!\*/).)*\*/)+\Z", re.DOTALL)


def check(database: str, params: ExtractParams) -> list[Finding]:
    """Hold every source's query against the columns it must return, without reading a row.

    Raises:
        UsageError: the database does not answer or a file is missing or refused by the database.
    """
    with open_database(database, params) as opened:
        return [finding for source in SOURCES.values() for finding in check_source(opened, source, params)]


def check_source(database: Database, source: Source, params: ExtractParams) -> list[Finding]:
    """The findings on one source: one for each documented column."""
    file, sql = _read(params.sources, source)
    found = {column.name: column for column in _columns(database, file, sql)}
    return [_finding(database.dialect, source, file, column, found.get(column.name)) for column in source.columns]


def load_queries(database: Database, params: ExtractParams) -> dict[str, Query]:
    """All sources' queries, checked.

    Raises:
        UsageError: something is missing or of the wrong type; one message names source, file, columns and what is there.
    """
    problems: list[str] = []
    queries: dict[str, Query] = {}
    for source in SOURCES.values():
        findings = check_source(database, source, params)
        file, sql = _read(params.sources, source)
        bad = [finding for finding in findings if finding.problem]
        if bad:
            here = ", ".join(column.name for column in _columns(database, file, sql))
            told = "; ".join(f"{finding.column} {finding.problem}" for finding in bad)
            problems.append(f"source {source.name} ({file}): {told}; the query returns {here}")
        queries[source.name] = Query(source, file, sql, tuple(finding.column for finding in findings if finding.found))
    if problems:
        raise UsageError(" | ".join(problems) + "; see docs/bring-your-own-schema.md")
    return queries


def stream_sql(
    query: Query, consent: Query, dialect: Dialect, since: datetime | None = None, *, completed: bool = False
) -> str:
    """The query that streams a source: everybody's rows but those in consent, ordered user by user.

    Args:
        query: the source.
        consent: who must never be read.
        dialect: of the database.
        since: conversations whose newest message is older are left out.
        completed: leave out conversations that were not completed.
    """
    binary = " COLLATE BINARY" if dialect == "sqlite" else ' COLLATE "C"'
    keys = [f"s.user_id{binary}"]
    if query.source.name == "conversations":
        keys += [f"s.conversation_id{binary}", "s.position"]
    elif "created_at" in query.columns:
        keys.append("s.created_at")
    ties = [name for name in query.columns if f"s.{name}" not in {key.split(" ")[0] for key in keys}]
    order = keys + [f"s.{name}" for name in ties]  # every column, so that two equal reads give two equal streams
    return (
        f"SELECT {', '.join(f's.{name}' for name in query.columns)} FROM (\n{query.sql}\n) AS s\n"  # noqa: S608
        f"WHERE {_allowed(consent, dialect)}{_selected(query, dialect, since, completed)}\nORDER BY {', '.join(order)}"
    )


def summary_sql(query: Query, consent: Query, dialect: Dialect, since: datetime | None, *, completed: bool) -> str:
    """The query that counts what :func:`stream_sql` reads: conversations, messages, and the newest moment."""
    moment = "s.created_at"
    if dialect == "sqlite":  # a text that is no moment must not count as the newest one
        moment = f"CASE WHEN julianday({moment}) IS NOT NULL THEN {moment} END"
    return (
        f"SELECT COUNT(DISTINCT s.conversation_id), COUNT(*), MAX({moment}) FROM (\n{query.sql}\n) AS s\n"  # noqa: S608
        f"WHERE {_allowed(consent, dialect)}{_selected(query, dialect, since, completed)}"
    )


def refused_sql(query: Query, consent: Query) -> str:
    """The query that counts who is never read, by reason: users, and those of their conversations that were not read."""
    return (
        "SELECT c.reason, COUNT(DISTINCT c.user_id), COUNT(DISTINCT s.conversation_id) FROM\n"  # noqa: S608
        f"(SELECT user_id, MIN(reason) AS reason FROM (\n{consent.sql}\n) AS r GROUP BY user_id) AS c\n"
        f"LEFT JOIN (\n{query.sql}\n) AS s ON s.user_id = c.user_id GROUP BY c.reason ORDER BY c.reason"
    )


def nobodys_sql(query: Query) -> str:
    """The query that counts conversations without a user: consent cannot be known, so they are never read."""
    return f"SELECT COUNT(DISTINCT s.conversation_id) FROM (\n{query.sql}\n) AS s WHERE s.user_id IS NULL"  # noqa: S608


def _allowed(consent: Query, dialect: Dialect) -> str:
    if dialect == "sqlite":  # one look-up table for the whole query
        refused = f"SELECT user_id FROM (\n{consent.sql}\n) AS c WHERE user_id IS NOT NULL"  # noqa: S608
        return f"s.user_id IS NOT NULL AND s.user_id NOT IN ({refused})"
    # PostgreSQL plans this as a hash anti-join, however long the list; NOT IN it would not.
    return f"s.user_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM (\n{consent.sql}\n) AS c WHERE c.user_id = s.user_id)"  # noqa: S608


def _selected(query: Query, dialect: Dialect, since: datetime | None, completed: bool) -> str:
    if query.source.name != "conversations":
        return ""
    clauses = ""
    if completed:
        clauses += " AND s.completed" if dialect == "postgresql" else " AND s.completed = 1"
    if since is not None:
        # By conversation, never by message: half a conversation would be another conversation.
        if dialect == "sqlite":
            recent = f"MAX(julianday(n.created_at)) >= julianday('{since.isoformat()}')"
        else:
            recent = f"MAX(n.created_at) >= TIMESTAMPTZ '{since.isoformat()}'"
        clauses += (
            f" AND s.conversation_id IN (SELECT n.conversation_id FROM (\n{query.sql}\n) AS n "  # noqa: S608
            f"GROUP BY n.conversation_id HAVING {recent})"
        )
    return clauses


def open_database(database: str, params: ExtractParams) -> AbstractContextManager[Database]:
    """The product database, opened with the time limits of ``params``."""
    return connect(database, connect_seconds=params.connect_timeout_seconds, statement_seconds=params.statement_timeout_seconds)


def _read(folder: str, source: Source) -> tuple[str, str]:
    file = storage.join(folder, f"{source.name}.sql")
    if not storage.exists(file):
        raise UsageError(
            f"{file}: no such file; the source {source.name} ({source.meaning}) needs one with the columns "
            f"{', '.join(source.required)}; see docs/bring-your-own-schema.md"
        )
    sql = storage.read_bytes(file).decode("utf-8", "replace")
    return file, _TRAILING.sub("", sql)


def _columns(database: Database, file: str, sql: str) -> Sequence[FoundColumn]:
    if not sql.strip():
        raise UsageError(f"{file}: holds no query; write one SELECT, see docs/bring-your-own-schema.md")
    try:
        return database.columns(sql)
    except QueryError as error:
        raise UsageError(f"{file}: the database refuses this query ({error}); it must be one SELECT statement") from None


def _finding(dialect: Dialect, source: Source, file: str, column: Column, found: FoundColumn | None) -> Finding:
    if found is None:
        return Finding(source.name, file, column.name, column.required, "", "is missing" if column.required else "")
    problem = ""
    if dialect == "postgresql" and found.type not in _POSTGRESQL_TYPES[column.kind]:
        problem = f"is {found.type}, not {column.kind}: write CAST(… AS {_CAST[column.kind]}) AS {column.name}"
    return Finding(source.name, file, column.name, column.required, found.type or "present", problem)
