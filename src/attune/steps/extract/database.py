"""The interface between extraction and a product database, whichever kind of database that is.

An implementation (:mod:`~attune.steps.extract.sqlite`, :mod:`~attune.steps.extract.postgresql`) opens the database
read-only, in one transaction that sees a single snapshot, and streams rows: memory does not grow with a table.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, Protocol

from attune.errors import RunError

Dialect = Literal["sqlite", "postgresql"]
DatabaseRow = tuple[Any, ...]

FETCH_ROWS = 2_000
#: Placeholder in a query for the ids given to :meth:`Database.rows`.
USERS = ":attune_users"


@dataclass(frozen=True)
class FoundColumn:
    """A column that a query returns: its name, and the database's name of its type, empty where the database gives none."""

    name: str
    type: str


@dataclass(frozen=True)
class ServerLimits:
    """Timeouts in seconds, and the number of connection attempts; a file knows only the timeout of a statement."""

    connect_seconds: int = 10
    statement_seconds: int = 600
    connect_attempts: int = 4


class QueryError(Exception):
    """The database rejects a query; the message is the database's own and holds no row."""


class ConnectionLostError(RunError):
    """The connection was lost, and the snapshot with it: reading must start again."""


class Database(Protocol):
    """An open database, as extraction uses it."""

    dialect: Dialect
    name: str  # for messages: a path, or host, port and database; never a password

    def columns(self, query: str) -> list[FoundColumn]:
        """The columns of a query, without reading a row. Raises QueryError."""

    def rows(self, query: str, users: Sequence[str] | None = None) -> Iterator[DatabaseRow]:
        """The rows of a query, streamed; ``users`` replace the placeholder :data:`USERS`.

        Raises:
            ConnectionLostError: the connection was lost.
            RunError: reading failed for another reason.
        """

    def write_rights(self) -> list[str]:
        """What the login may do besides reading, in sentences; empty where it may only read."""

    def now(self) -> datetime:
        """The current time of the database's clock."""
