"""The product database as an SQLite file.

An authorizer lets a query read and nothing else: no other file, no setting, no write. A progress handler stops a statement that
takes too long.
"""

from __future__ import annotations

import json
import sqlite3
import time
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import quote

from attune.errors import RunError, UsageError
from attune.steps.extract.database import (
    FETCH_ROWS,
    USERS,
    DatabaseRow,
    Dialect,
    FoundColumn,
    QueryError,
    ServerLimits,
)
from attune.storage.addresses import without_secrets

_Result = TypeVar("_Result")

_BUSY_SECONDS = 30.0
_STEPS_BETWEEN_LOOKS = 20_000  # of SQLite's virtual machine, between two looks at the clock: about a millisecond
_READS = frozenset({sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ, sqlite3.SQLITE_FUNCTION, sqlite3.SQLITE_RECURSIVE})
_FORBIDDEN_FUNCTIONS = frozenset({"load_extension", "fts3_tokenizer", "writefile", "readfile", "edit"})


class SQLite:
    """A :class:`~attune.steps.extract.database.Database` over one file."""

    dialect: Dialect = "sqlite"

    def __init__(self, connection: sqlite3.Connection, name: str, statement_seconds: float) -> None:
        """Restrict an open connection to reading."""
        self.name = name
        self._connection = connection
        self._seconds = statement_seconds
        self._deadline = float("inf")
        connection.create_function("attune_order", 1, _order, deterministic=True)
        connection.set_progress_handler(lambda: time.monotonic() > self._deadline, _STEPS_BETWEEN_LOOKS)
        connection.set_authorizer(_only_reads)

    def columns(self, query: str) -> list[FoundColumn]:
        """The columns of a query and their declared types, without reading a row."""
        if not sqlite3.complete_statement(f"{query}\n;"):
            raise QueryError("a comment or a quoted text in it does not end")
        try:
            self._execute(f"EXPLAIN {query}").close()  # compiled on its own: what is no single SELECT stops here
        except sqlite3.Error as error:
            raise QueryError(_reason(error)) from None
        # SQLite tells the declared types of a query's columns only through a view; it is in memory, never in the file.
        self._connection.set_authorizer(None)
        try:
            self._connection.execute("DROP VIEW IF EXISTS temp.attune_check")  # left by a query that was rejected
            self._connection.execute(f"CREATE TEMP VIEW attune_check AS SELECT * FROM (\n{query}\n) AS q")  # noqa: S608
            found = self._connection.execute("PRAGMA temp.table_info(attune_check)").fetchall()
        except sqlite3.Error as error:
            raise QueryError(_reason(error)) from None
        finally:
            self._connection.set_authorizer(_only_reads)
        return [FoundColumn(str(row[1]), str(row[2])) for row in found]

    def rows(self, query: str, users: Sequence[str] | None = None) -> Iterator[DatabaseRow]:
        """The rows of a query, fetched in groups."""
        given = {} if users is None else {USERS.removeprefix(":"): json.dumps(list(users))}
        try:
            cursor = self._execute(query, given)
            while fetched := self._timed(lambda: cursor.fetchmany(FETCH_ROWS)):
                yield from fetched
        except sqlite3.Error as error:
            if error.sqlite_errorcode == sqlite3.SQLITE_INTERRUPT:
                raise RunError(
                    f"database {self.name}: a statement took longer than {self._seconds:g} seconds and was stopped; set "
                    "extract.statement_timeout_seconds higher, then run again: finished batches are kept"
                ) from None
            raise RunError(
                f"database {self.name}: reading failed ({type(error).__name__}, {error.sqlite_errorname}); "
                "check the file with `PRAGMA integrity_check`, then run again: finished batches are kept"
            ) from None

    def write_rights(self) -> list[str]:
        """Nothing: the file is opened read-only, whatever this machine's user may do to it."""
        return []

    def now(self) -> datetime:
        """The current time of this machine's clock."""
        (text,) = next(self.rows("SELECT strftime('%Y-%m-%dT%H:%M:%S', 'now')"))
        return datetime.fromisoformat(text).replace(tzinfo=UTC)

    def _execute(self, query: str, given: dict[str, str] | None = None) -> sqlite3.Cursor:
        return self._timed(lambda: self._connection.execute(query, given or {}))

    def _timed(self, work: Callable[[], _Result]) -> _Result:
        """The result of ``work``, which SQLite interrupts at the deadline; time between two calls does not count."""
        self._deadline = time.monotonic() + self._seconds
        try:
            return work()
        finally:
            self._deadline = float("inf")


@contextmanager
def open_sqlite(path: Path, limits: ServerLimits) -> Iterator[SQLite]:
    """Open a file read-only, in one transaction, and close it at the end of the ``with`` block.

    Raises:
        UsageError: the file does not exist or is not an SQLite database.
    """
    if not path.is_file():
        raise UsageError(
            f"database {without_secrets(str(path))}: no such file; check the path, or make a sample with `attune sample`"
        )
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
        yield SQLite(connection, str(path), limits.statement_seconds)
    finally:
        connection.close()


def _only_reads(action: int, first: str | None, second: str | None, *_: str | None) -> int:
    """SQLite's question for each thing that a statement would do; the meaning of the names depends on the action."""
    allowed = action in _READS and not (action == sqlite3.SQLITE_FUNCTION and second in _FORBIDDEN_FUNCTIONS)
    # A virtual table, such as a full-text index or json_each, is declared in memory when it is first read.
    declared = action == sqlite3.SQLITE_UPDATE and first in ("sqlite_master", "sqlite_temp_master")
    looked_up = action == sqlite3.SQLITE_PRAGMA and first == "data_version" and second is None
    return sqlite3.SQLITE_OK if allowed or declared or looked_up else sqlite3.SQLITE_DENY


def _reason(error: sqlite3.Error) -> str:
    """The database's own message, in plain words where it says only that the authorizer refused."""
    refused = getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_AUTH or "only execute one statement" in str(error)
    return f"{error}; one statement that only reads is allowed" if refused else str(error)


def _order(value: Any) -> int:
    """A number that depends on nothing but ``value``, to take a sample that is the same in every run."""
    return zlib.crc32(str(value).encode("utf-8", "surrogateescape"))
