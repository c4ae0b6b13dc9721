"""One small interface over the two kinds of product database: an embedded SQLite file and a PostgreSQL server.

Both are opened read-only, in one transaction that sees one moment, and are read as streams: memory does not grow with a table.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal, Protocol
from urllib.parse import quote

from attune.errors import RunError, UsageError

Dialect = Literal["sqlite", "postgresql"]
Row = tuple[Any, ...]

FETCH_ROWS = 2_000
#: Stands in a query for the ids that :meth:`Database.rows` is given.
USERS = ":attune_users"

_BUSY_SECONDS = 30.0
_SQLITE_SCHEMES = ("sqlite:///", "file://")
_POSTGRESQL_SCHEMES = ("postgresql://", "postgres://")


@dataclass(frozen=True)
class FoundColumn:
    """A column that a query returns: its name and the database's name of its type, where the database says."""

    name: str
    type: str


@dataclass(frozen=True)
class Limits:
    """How long a server may take, and how often it is asked."""

    connect_seconds: int = 10
    statement_seconds: int = 600
    connect_attempts: int = 4


class QueryError(Exception):
    """The database refuses a query; the message is the database's own and holds no row."""


class ConnectionLostError(RunError):
    """The connection broke off, and with it the moment that the transaction saw: reading must start anew."""


class Database(Protocol):
    """What extraction asks of a database."""

    dialect: Dialect
    name: str  # for messages: path, or host, port and database; never a password

    def columns(self, query: str) -> list[FoundColumn]:
        """The columns of a query, without reading a row. Raises QueryError."""

    def rows(self, query: str, users: Sequence[str] | None = None) -> Iterator[Row]:
        """The rows of a query, streamed; ``users`` fill the place :data:`USERS` in it.

        Raises:
            ConnectionLostError: the connection broke off.
            RunError: reading broke off for another reason.
        """

    def now(self) -> datetime:
        """What the database's clock says."""


@contextmanager
def connect(database: str, limits: Limits | None = None) -> Iterator[Database]:
    """Open a product database read-only and close it at the end of the ``with`` block.

    Args:
        database: path of an SQLite file, ``sqlite:///path``, or ``postgresql://user@host:port/name?sslmode=…``; what
            follows the question mark goes to libpq as it is, and so does what PG* variables of the environment say.
        limits: for servers.

    Raises:
        UsageError: there is no such file, it is no database, or the server does not answer.
    """
    if database.startswith(_POSTGRESQL_SCHEMES):
        from attune.steps.extract.postgresql import open_postgresql

        with open_postgresql(database, limits or Limits()) as server:
            yield server
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
        # A view is how SQLite tells the declared types of a query's columns; it stands in memory, never in the file.
        try:
            self._connection.execute("DROP VIEW IF EXISTS temp.attune_check")  # of a query that was refused
            self._connection.execute(f"CREATE TEMP VIEW attune_check AS SELECT * FROM (\n{query}\n) AS q")  # noqa: S608
            found = self._connection.execute("PRAGMA temp.table_info(attune_check)").fetchall()
        except sqlite3.Error as error:
            raise QueryError(str(error)) from None
        return [FoundColumn(str(row[1]), str(row[2])) for row in found]

    def rows(self, query: str, users: Sequence[str] | None = None) -> Iterator[Row]:
        given = {} if users is None else {USERS.removeprefix(":"): json.dumps(list(users))}
        try:
            cursor = self._connection.execute(query, given)
            while fetched := cursor.fetchmany(FETCH_ROWS):
                yield from fetched
        except sqlite3.Error as error:
            raise RunError(
                f"database {self.name}: reading broke off ({type(error).__name__}, {error.sqlite_errorname}); "
                "check the file with `PRAGMA integrity_check`, then run again: finished batches are kept"
            ) from None

    def now(self) -> datetime:
        (text,) = next(self.rows("SELECT strftime('%Y-%m-%dT%H:%M:%S', 'now')"))
        return datetime.fromisoformat(text).replace(tzinfo=UTC)


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
