"""Opens a product database by its address, whichever kind it is."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from attune.config.params import ExtractParams
from attune.errors import UsageError
from attune.steps.extract.database import Database, ServerLimits
from attune.steps.extract.postgresql import open_postgresql, server_name
from attune.steps.extract.sqlite import open_sqlite

_SQLITE_SCHEMES = ("sqlite:///", "file://")
_POSTGRESQL_SCHEMES = ("postgresql://", "postgres://")


@contextmanager
def connect(database: str, limits: ServerLimits | None = None) -> Iterator[Database]:
    """Open a product database read-only and close it at the end of the ``with`` block.

    Args:
        database: path of an SQLite file, ``sqlite:///path``, or ``postgresql://user@host:port/name?sslmode=…``. The part
            after the question mark is passed to libpq unchanged; libpq also reads the PG* environment variables.
        limits: timeouts, and attempts to reach a server.

    Raises:
        UsageError: the file does not exist or is not a database, or the server does not answer.
    """
    limits = limits or ServerLimits()
    if database.startswith(_POSTGRESQL_SCHEMES):
        with open_postgresql(database, limits) as server:
            yield server
    else:
        with open_sqlite(_sqlite_path(database), limits) as opened:
            yield opened


@contextmanager
def open_database(database: str, params: ExtractParams) -> Iterator[Database]:
    """Open a product database with the timeouts of ``params``.

    Raises:
        UsageError: it cannot be opened; or the login may do more than read, and ``params.require_read_only_role`` is true.
    """
    limits = ServerLimits(params.connect_timeout_seconds, params.statement_timeout_seconds, params.connect_attempts)
    with connect(database, limits) as opened:
        # Before any statement of the team's files is run.
        if params.require_read_only_role and (rights := opened.write_rights()):
            raise UsageError(
                f"database {opened.name}: {'; '.join(rights)}, and extract.require_read_only_role is true; give it SELECT only"
            )
        yield opened


def database_address(database: str) -> str:
    """The address without user, password and options, such that two spellings of one database are equal.

    A file is an absolute path, a server ``postgresql://host:port/name``.
    """
    if database.startswith(_POSTGRESQL_SCHEMES):
        return f"postgresql://{server_name(database)}"
    return str(_sqlite_path(database).resolve())


def _sqlite_path(database: str) -> Path:
    path = database
    for scheme in _SQLITE_SCHEMES:
        path = path.removeprefix(scheme)
    if "://" in path:
        kind = path.split("://", 1)[0]
        raise UsageError(f"database {kind}://…: unknown kind; give an SQLite file or postgresql://user@host/name")
    return Path(path)
