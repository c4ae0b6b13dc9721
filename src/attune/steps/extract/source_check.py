"""Loads the SQL file of each source and checks its columns against :data:`~attune.steps.extract.sources.SOURCES`.

No row is read: the database describes the columns of each query.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from attune import storage
from attune.config.params import ExtractParams
from attune.errors import UsageError
from attune.steps.extract.connect import open_database
from attune.steps.extract.database import Database, Dialect, FoundColumn, QueryError
from attune.steps.extract.sources import SOURCES, ColumnType, DatabaseSource, SourceColumn, SourceQuery

_POSTGRESQL_TYPES: dict[ColumnType, tuple[str, ...]] = {
    "text": ("text", "varchar", "bpchar", "name"),
    "integer": ("int2", "int4", "int8"),
    "number": ("int2", "int4", "int8", "float4", "float8", "numeric"),
    "boolean": ("bool",),
    "timestamp": ("timestamptz",),
}
_CAST = {"text": "TEXT", "integer": "BIGINT", "number": "DOUBLE PRECISION", "boolean": "BOOLEAN", "timestamp": "TIMESTAMPTZ"}
# SQLite stores any value in any column: only declared types that cannot hold the kind are rejected.
_SQLITE_CLASHES: dict[ColumnType, str] = {
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


@dataclass(frozen=True)
class ColumnCheck:
    """The check of one column of one source, or of the source's file."""

    source: str
    file: str
    column: str  # "" where the file itself is the problem
    required: bool
    kind: str
    found: str  # the database's type of it, "present" where the database gives none, "" when it is missing
    problem: str  # "" when the column fits
    note: str = ""  # what is lost when an optional column is missing

    def __str__(self) -> str:
        """One line for a terminal."""
        if not self.column:
            return f"!!  {self.problem}"
        state = self.problem or (f"found {self.found}" if self.found else f"not there; {self.note}")
        mark = "!!" if self.problem else "ok" if self.found else "--"
        need = "required" if self.required else "optional"
        return f"{mark}  {self.column:<20} {need}  {self.kind:<10} {state}"


def check(database: str, params: ExtractParams) -> list[ColumnCheck]:
    """Compare every source's query with its documented columns, without reading a row.

    Returns:
        One check for each documented column; for a source whose file is missing or rejected, one for the file.

    Raises:
        UsageError: the database does not answer.
    """
    checks: list[ColumnCheck] = []
    with open_database(database, params) as opened:
        for source in SOURCES.values():
            try:
                _, of_source, _ = _check_source(opened, source, params)
                checks += of_source
            except UsageError as error:
                file = storage.join(params.sources, f"{source.name}.sql")
                checks.append(ColumnCheck(source.name, file, "", True, "", "", str(error)))
    return checks


def check_lines(checks: Sequence[ColumnCheck]) -> list[str]:
    """The result of :func:`check` as text: a heading for each source, a line for each column, and the sum."""
    lines: list[str] = []
    for name, source in SOURCES.items():
        of_source = [check for check in checks if check.source == name]
        lines += [f"{name}: {source.meaning} ({of_source[0].file})", *(f"  {check}" for check in of_source), ""]
    problems = sum(bool(check.problem) for check in checks)
    verdict = "every source fits" if not problems else f"{problems} problems; fix these files, then check again"
    return [*lines, f"{len(SOURCES)} sources checked, no row read: {verdict}"]


def load_queries(database: Database, params: ExtractParams) -> dict[str, SourceQuery]:
    """The queries of all sources, checked.

    Raises:
        UsageError: a column is missing or of the wrong type; one message names source, file, columns and what was found.
    """
    problems: list[str] = []
    queries: dict[str, SourceQuery] = {}
    for source in SOURCES.values():
        (file, sql), checks, found = _check_source(database, source, params)
        if bad := [f"{check.column} {check.problem}" for check in checks if check.problem]:
            here = ", ".join(column.name for column in found)
            problems.append(f"source {source.name} ({file}): {'; '.join(bad)}; the query returns {here}")
        queries[source.name] = SourceQuery(source, file, sql, tuple(check.column for check in checks if check.found))
    if problems:
        raise UsageError(" | ".join(problems) + "; see docs/bring-your-own-schema.md")
    return queries


def _check_source(
    database: Database, source: DatabaseSource, params: ExtractParams
) -> tuple[tuple[str, str], list[ColumnCheck], Sequence[FoundColumn]]:
    """File and SQL of a source, the checks of its documented columns, and the columns that its query returns."""
    file, sql = _read(params.sources, source)
    columns = _columns(database, file, sql)
    found = {column.name: column for column in columns}
    checks = [_check_column(database.dialect, source, file, column, found.get(column.name)) for column in source.columns]
    return (file, sql), checks, columns


def _read(folder: str, source: DatabaseSource) -> tuple[str, str]:
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
            f"{file}: the database refuses this query ({error}); it must be one SELECT statement, over tables that exist "
            "and that this login may read"
        ) from None


def _check_column(
    dialect: Dialect, source: DatabaseSource, file: str, column: SourceColumn, found: FoundColumn | None
) -> ColumnCheck:
    if found is None:
        problem = f"is missing: {column.meaning}" if column.required else ""
        return ColumnCheck(source.name, file, column.name, column.required, column.kind, "", problem, column.without)
    problem = _type_problem(dialect, column, found.type)
    return ColumnCheck(source.name, file, column.name, column.required, column.kind, found.type or "present", problem)


def _type_problem(dialect: Dialect, column: SourceColumn, type_: str) -> str:
    """Why a column's type is wrong, with the expression that converts it; empty when it is right."""
    if dialect == "postgresql":
        wrong, cast = type_ not in _POSTGRESQL_TYPES[column.kind], f"CAST(… AS {_CAST[column.kind]})"
    else:
        wrong, cast = bool(re.search(_SQLITE_CLASHES[column.kind], type_.upper())), _SQLITE_CAST[column.kind]
    return f"is {type_}, not {column.kind}: write {cast} AS {column.name}" if wrong else ""
