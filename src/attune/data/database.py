"""One small interface over the two kinds of product database: an embedded SQLite file and a PostgreSQL server.

Both are opened read-only, in one transaction that sees one moment, and are read as streams: memory does not grow with a table.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, Protocol
from urllib.parse import quote

from attune.core.errors import RunError, UsageError

Dialect = Literal["sqlite", "postgresql"]
Row = tuple[Any, ...]

_FETCH_ROWS = 2_000
_BUSY_SECONDS = 30.0
_SQLITE_SCHEMES = ("sqlite:///", "file://")
_POSTGRESQL_SCHEMES = ("postgresql://", "postgres://")


@dataclass(frozen=True)
class FoundColumn:
    """A column that a query returns: its name and the database's name of its type, where the database says."""

    name: str
    type: str


class QueryError(Exception):
    """The database refuses a query; the message is the database's own and holds no row."""


class Database(Protocol):
    """What extraction asks of a database."""

    dialect: Dialect
    name: str  # for messages: path, or host, port and database; never a password

    def columns(self, query: str) -> list[FoundColumn]:
        """The columns of a query, without reading a row. Raises QueryError."""

    def rows(self, query: str) -> Iterator[Row]:
        """The rows of a query, streamed. Raises RunError when reading breaks off."""


@contextmanager
def connect(database: str, *, connect_seconds: int = 10, statement_seconds: int = 600) -> Iterator[Database]:
    """Open a product database read-only and close it at the end of the ``with`` block.

    Args:
        database: path of an SQLite file, ``sqlite:///path``, or ``postgresql://user@host:port/name?sslmode=…``; what
            follows the question mark goes to libpq as it is.
        connect_seconds: how long to wait for a server.
        statement_seconds: how long a server may work on one statement.

    Raises:
        UsageError: there is no such file, it is no database, or the server does not answer.
    """
    if database.startswith(_POSTGRESQL_SCHEMES):
        with _postgresql(database, connect_seconds, statement_seconds) as opened:
            yield opened
        return
    path = database
    for scheme in _SQLITE_SCHEMES:
        path = path.removeprefix(scheme)
    if "://" in path:
        kind = path.split("://", 1)[0]
        raise UsageError(f"database {kind}://…: this kind is not known; give an SQLite file or postgresql://user@host/name")
    with _sqlite(Path(path)) as opened:
        yield opened


class _SQLite:
    dialect: Dialect = "sqlite"

    def __init__(self, connection: sqlite3.Connection, name: str) -> None:
        self.name = name
        self._connection = connection

    def columns(self, query: str) -> list[FoundColumn]:
        try:
            cursor = self._connection.execute(f"SELECT * FROM (\n{query}\n) AS q LIMIT 0")  # noqa: S608 - the team's own query
        except sqlite3.Error as error:
            raise QueryError(str(error)) from None
        return [FoundColumn(item[0], "") for item in cursor.description]

    def rows(self, query: str) -> Iterator[Row]:
        try:
            cursor = self._connection.execute(query)
            while fetched := cursor.fetchmany(_FETCH_ROWS):
                yield from fetched
        except sqlite3.Error as error:
            raise RunError(
                f"database {self.name}: reading broke off ({type(error).__name__}, {error.sqlite_errorname}); "
                "check the file with `PRAGMA integrity_check`, then run again: finished batches are kept"
            ) from None


@contextmanager
def _sqlite(path: Path) -> Iterator[_SQLite]:
    if not path.is_file():
        raise UsageError(f"database {path}: no such file; check the path, or make a sample with `attune sample`")
    uri = f"file:{quote(str(path.absolute()))}?mode=ro"
    connection = None
    try:
        connection = sqlite3.connect(uri, uri=True, timeout=_BUSY_SECONDS, isolation_level=None)
        # A text that is not UTF-8 must spoil its own row, not the whole stream: extraction quarantines lone surrogates.
        connection.text_factory = lambda content: content.decode("utf-8", "surrogateescape")
        connection.execute("BEGIN")
        connection.execute("SELECT COUNT(*) FROM sqlite_master").fetchone()
    except sqlite3.Error as error:
        if connection is not None:
            connection.close()
        raise UsageError(
            f"database {path}: cannot be opened as an SQLite database ({error}); check that it is one and is readable"
        ) from None
    try:
        yield _SQLite(connection, str(path))
    finally:
        connection.close()


class _PostgreSQL:
    dialect: Dialect = "postgresql"

    def __init__(self, connection: Any, name: str) -> None:
        self.name = name
        self._connection = connection
        self._cursors = 0

    def columns(self, query: str) -> list[FoundColumn]:
        import psycopg

        try:
            # A savepoint: a query that is refused must not spoil the transaction for the next one.
            with self._connection.transaction(), self._connection.cursor() as cursor:
                cursor.execute(f"SELECT * FROM (\n{query}\n) AS q LIMIT 0")  # noqa: S608 - the team's own query
                return [FoundColumn(item.name, self._type_name(item.type_code)) for item in cursor.description]
        except psycopg.Error as error:
            raise QueryError(" ".join(str(error).split())) from None

    def _type_name(self, oid: int) -> str:
        info = self._connection.adapters.types.get(oid)
        return info.name if info else f"type {oid}"

    def rows(self, query: str) -> Iterator[Row]:
        import psycopg

        self._cursors += 1
        try:
            with self._connection.cursor(name=f"attune_{self._cursors}") as cursor:
                cursor.itersize = _FETCH_ROWS
                cursor.execute(query)
                yield from cursor
        except psycopg.Error as error:
            advice = "set extract.statement_timeout_seconds higher" if error.sqlstate == "57014" else "check the server"
            raise RunError(
                f"database {self.name}: reading broke off ({type(error).__name__}, SQLSTATE {error.sqlstate}); "
                f"{advice}, then run again: finished batches are kept"
            ) from None


@contextmanager
def _postgresql(url: str, connect_seconds: int, statement_seconds: int) -> Iterator[_PostgreSQL]:
    try:
        import psycopg
    except ImportError:
        raise UsageError(
            "database postgresql://…: the driver is missing; install it with: pip install 'attune[extract]'"
        ) from None
    name = _address(url)
    try:
        connection = psycopg.connect(url, connect_timeout=connect_seconds, autocommit=True)
        connection.execute(f"SET statement_timeout = {int(statement_seconds) * 1000}")
    except psycopg.Error as error:
        reason = _first_line(str(error))
        raise UsageError(
            f"database {name}: does not answer ({reason}); check host, port, name, login (PGPASSWORD or ~/.pgpass) and that "
            "this machine may reach it"
        ) from None
    try:
        connection.autocommit = False
        connection.read_only = True
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        yield _PostgreSQL(connection, name)
    finally:
        with suppress(psycopg.Error):
            connection.rollback()
        connection.close()


def _address(url: str) -> str:
    """Host, port and database of a URL: what may be shown."""
    from psycopg import ProgrammingError
    from psycopg.conninfo import conninfo_to_dict

    try:
        parts = conninfo_to_dict(url)
    except ProgrammingError:
        raise UsageError(
            "database postgresql://…: is not a valid address; it must look like postgresql://user@host:5432/name?sslmode=require"
        ) from None
    return f"{parts.get('host', 'localhost')}:{parts.get('port', 5432)}/{parts.get('dbname', '')}"


def _first_line(text: str) -> str:
    lines: Sequence[str] = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[0] if lines else "no reason given"
