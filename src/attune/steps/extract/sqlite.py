"""The product database as an SQLite file."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote

from attune.errors import RunError, UsageError
from attune.steps.extract.database import FETCH_ROWS, USERS, DatabaseRow, Dialect, FoundColumn, QueryError

_BUSY_SECONDS = 30.0


class SQLite:
    """A :class:`~attune.steps.extract.database.Database` over one file."""

    dialect: Dialect = "sqlite"

    def __init__(self, connection: sqlite3.Connection, name: str) -> None:
        self.name = name
        self._connection = connection

    def columns(self, query: str) -> list[FoundColumn]:
        """The columns of a query and their declared types, without reading a row."""
        # SQLite tells the declared types of a query's columns only through a view; it is in memory, never in the file.
        try:
            self._connection.execute("DROP VIEW IF EXISTS temp.attune_check")  # left by a query that was rejected
            self._connection.execute(f"CREATE TEMP VIEW attune_check AS SELECT * FROM (\n{query}\n) AS q")  # noqa: S608
            found = self._connection.execute("PRAGMA temp.table_info(attune_check)").fetchall()
        except sqlite3.Error as error:
            raise QueryError(str(error)) from None
        return [FoundColumn(str(row[1]), str(row[2])) for row in found]

    def rows(self, query: str, users: Sequence[str] | None = None) -> Iterator[DatabaseRow]:
        """The rows of a query, fetched in groups."""
        given = {} if users is None else {USERS.removeprefix(":"): json.dumps(list(users))}
        try:
            cursor = self._connection.execute(query, given)
            while fetched := cursor.fetchmany(FETCH_ROWS):
                yield from fetched
        except sqlite3.Error as error:
            raise RunError(
                f"database {self.name}: reading failed ({type(error).__name__}, {error.sqlite_errorname}); "
                "check the file with `PRAGMA integrity_check`, then run again: finished batches are kept"
            ) from None

    def now(self) -> datetime:
        """The current time of this machine's clock."""
        (text,) = next(self.rows("SELECT strftime('%Y-%m-%dT%H:%M:%S', 'now')"))
        return datetime.fromisoformat(text).replace(tzinfo=UTC)


@contextmanager
def open_sqlite(path: Path) -> Iterator[SQLite]:
    """Open a file read-only, in one transaction, and close it at the end of the ``with`` block.

    Raises:
        UsageError: the file does not exist or is not an SQLite database.
    """
    if not path.is_file():
        raise UsageError(f"database {path}: no such file; check the path, or make a sample with `attune sample`")
    uri = f"file:{quote(str(path.absolute()))}?mode=ro"
    connection = None
    try:
        connection = sqlite3.connect(uri, uri=True, timeout=_BUSY_SECONDS, isolation_level=None)
        # Text that is not UTF-8 must break its own row, not the whole stream: extraction quarantines lone surrogates.
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
        yield SQLite(connection, str(path))
    finally:
        connection.close()
