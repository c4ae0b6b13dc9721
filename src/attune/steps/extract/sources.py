"""What extraction asks of a product's database: one SQL file per source, with documented columns, checked before reading.

A team maps its own schema by writing these files; the code never names a table. Each file holds one ``SELECT`` that works as
a sub-select. The columns are data here, so that the check, the documentation and the reader cannot disagree.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Literal

from attune import storage
from attune.config.params import ExtractParams
from attune.errors import UsageError
from attune.steps.extract.database import Database, Dialect, FoundColumn, Limits, QueryError, connect

Kind = Literal["text", "integer", "number", "boolean", "timestamp"]


@dataclass(frozen=True)
class Column:
    """A column that a source's query returns."""

    name: str
    kind: Kind
    required: bool
    meaning: str
    without: str = ""  # what is lost where an optional column is not there


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
    """What the check found about one column of one source, or about the source's file."""

    source: str
    file: str
    column: str  # "" where the file itself is the problem
    required: bool
    kind: str
    found: str  # the database's type of it, "present" where the database gives none, "" when it is missing
    problem: str  # "" when all is well
    note: str = ""  # what is lost where an optional column is not there

    def __str__(self) -> str:
        """One line for a terminal."""
        if not self.column:
            return f"!!  {self.problem}"
        state = self.problem or (f"found {self.found}" if self.found else f"not there; {self.note}")
        mark = "!!" if self.problem else "ok" if self.found else "--"
        need = "required" if self.required else "optional"
        return f"{mark}  {self.column:<20} {need}  {self.kind:<10} {state}"


@dataclass(frozen=True)
class Query:
    """A source's SQL as it stands in its file, and which documented columns it returns."""

    source: Source
    file: str
    sql: str
    columns: tuple[str, ...]


_USER = Column("user_id", "text", True, "who it belongs to; compared with the other sources as text")
_CONVERSATION = Column("conversation_id", "text", True, "the conversation that the row is about")
_CHANGED = Column(
    "updated_at",
    "timestamp",
    False,
    "when the row last changed, if rows are changed in place",
    "an incremental extraction sees new rows, not rows that were changed in place",
)
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
                    "no conversation is tagged check_in or reflection",
                ),
                Column(
                    "scenario",
                    "text",
                    False,
                    "what it is about, such as trust or distance",
                    "no recurring theme is found, and no scenario counts as under-represented",
                ),
                Column("language", "text", False, "ISO 639-1; detected where it is not given", "the language is detected"),
                Column("relationship_stage", "text", False, "such as dating, engaged, married", "the bias audit lacks it"),
                Column(
                    "completed",
                    "boolean",
                    False,
                    "the user reached the end of the session",
                    "extract.completed_only cannot be used; completed activities tell it instead",
                ),
                _CHANGED,
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
                _CHANGED,
            ),
        ),
        Source(
            "activities",
            "exercises, and how satisfied the user was",
            (
                _USER,
                _AT,
                Column(
                    "conversation_id",
                    "text",
                    False,
                    "the conversation that it belongs to",
                    "activities say nothing of a conversation",
                ),
                Column("satisfaction", "number", False, "0 to 10", "satisfaction comes from feedback alone"),
                Column("completed", "boolean", False, "the user finished it", "only conversations tell what was completed"),
                _CHANGED,
            ),
        ),
        Source(
            "quizzes",
            "assessments; a conversation after a user's first one is tagged assessed",
            (_USER, _AT, _CHANGED),
        ),
        Source(
            "analytics",
            "engagement and health metrics of a conversation",
            (
                _USER,
                _CONVERSATION,
                _AT,
                Column("engagement", "number", False, "0 to 1", "the analytics score lacks this part"),
                Column("sentiment", "number", False, "-1 to 1", "the analytics score lacks this part"),
                Column("follow_up_quality", "number", False, "0 to 1", "the analytics score lacks this part"),
                _CHANGED,
            ),
        ),
        Source(
            "feedback",
            "ratings, helpfulness votes and outcome reports",
            (
                _USER,
                _CONVERSATION,
                _AT,
                Column(
                    "rating",
                    "number",
                    False,
                    "1 to 5; counts as (rating - 1) x 2.5 of 10",
                    "satisfaction comes from activities alone",
                ),
                Column("helpful", "boolean", False, "thumbs up or down", "no vote counts as positive feedback"),
                Column("action_taken", "boolean", False, "the user did what was talked about", "the score has no point for it"),
                Column("outcome", "text", False, "improved, unchanged or worse", "the score has no point for it"),
                _CHANGED,
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
# SQLite keeps any value in any column: only declared types that cannot mean the kind are refused.
_SQLITE_CLASHES: dict[Kind, str] = {
    "text": r"INT|REAL|FLOA|DOUB|NUMERIC|BLOB",
    "integer": r"CHAR|CLOB|TEXT|BLOB",
    "number": r"CHAR|CLOB|TEXT|BLOB",
    "boolean": r"BLOB|REAL|FLOA|DOUB",
    "timestamp": r"INT|REAL|FLOA|DOUB|BLOB",
}
_SQLITE_CAST = {
    "text": "CAST(… AS TEXT)",
    "integer": "CAST(… AS INTEGER)",
    "number": "CAST(… AS REAL)",
    "boolean": "… <> 0",
    "timestamp": "strftime('%Y-%m-%dT%H:%M:%S+00:00', …, 'unixepoch')",
}
_TRAILING = re.compile(r"(?:\s|;|--[^\n]*(?=\n|\Z)|/\*(?:(?!\*/).)*\*/)+\Z", re.DOTALL)


def check(database: str, params: ExtractParams) -> list[Finding]:
    """Hold every source's query against the columns it must return, without reading a row.

    Returns:
        One finding for each documented column; for a source whose file is missing or refused, one about the file.

    Raises:
        UsageError: the database does not answer.
    """
    findings: list[Finding] = []
    with open_database(database, params) as opened:
        for source in SOURCES.values():
            try:
                findings += check_source(opened, source, params)
            except UsageError as error:
                file = storage.join(params.sources, f"{source.name}.sql")
                findings.append(Finding(source.name, file, "", True, "", "", str(error)))
    return findings


def check_lines(findings: Sequence[Finding]) -> list[str]:
    """What a person reads of :func:`check`: a heading a source, a line a column, and the sum."""
    lines: list[str] = []
    for name, source in SOURCES.items():
        of_source = [finding for finding in findings if finding.source == name]
        lines += [f"{name}: {source.meaning} ({of_source[0].file})", *(f"  {finding}" for finding in of_source), ""]
    problems = sum(bool(finding.problem) for finding in findings)
    verdict = "every source fits" if not problems else f"{problems} problems; mend these files, then check again"
    return [*lines, f"{len(SOURCES)} sources checked, no row read: {verdict}"]


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


def open_database(database: str, params: ExtractParams) -> AbstractContextManager[Database]:
    """The product database, opened with the limits of ``params``."""
    limits = Limits(params.connect_timeout_seconds, params.statement_timeout_seconds, params.connect_attempts)
    return connect(database, limits)


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
        raise UsageError(
            f"{file}: the database refuses this query ({error}); it must be one SELECT statement, over tables that are "
            "there and that this login may read"
        ) from None


def _finding(dialect: Dialect, source: Source, file: str, column: Column, found: FoundColumn | None) -> Finding:
    if found is None:
        problem = f"is missing: {column.meaning}" if column.required else ""
        return Finding(source.name, file, column.name, column.required, column.kind, "", problem, column.without)
    problem = _clash(dialect, column, found.type)
    return Finding(source.name, file, column.name, column.required, column.kind, found.type or "present", problem)


def _clash(dialect: Dialect, column: Column, type_: str) -> str:
    """Why a column's type does not do, with the expression that mends it; empty: it does."""
    if dialect == "postgresql":
        wrong, cast = type_ not in _POSTGRESQL_TYPES[column.kind], f"CAST(… AS {_CAST[column.kind]})"
    else:
        wrong, cast = bool(re.search(_SQLITE_CLASHES[column.kind], type_.upper())), _SQLITE_CAST[column.kind]
    return f"is {type_}, not {column.kind}: write {cast} AS {column.name}" if wrong else ""
