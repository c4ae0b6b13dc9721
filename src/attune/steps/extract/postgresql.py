"""The product database on a PostgreSQL server: one read-only snapshot, server-side cursors, retries while it starts.

A query reaches the server through its extended protocol alone, which takes one statement: text after a semicolon is an
error there, not a second command. The session starts every transaction read-only and counts time in UTC.

A snapshot ends with its connection. When the connection is lost, reading raises
:class:`~attune.steps.extract.database.ConnectionLostError` and the caller starts again on a new one: rows of two snapshots
must not be mixed.
"""

from __future__ import annotations

import os
import random
import re
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from typing import Any
from urllib.parse import unquote

from attune.errors import RunError, UsageError
from attune.steps.extract.database import (
    FETCH_ROWS,
    USERS,
    ConnectionLostError,
    DatabaseRow,
    Dialect,
    FoundColumn,
    QueryError,
    ServerLimits,
)
from attune.storage.addresses import SECRET_VARIABLES

_FIRST_WAIT_SECONDS, _LONGEST_WAIT_SECONDS = 0.5, 8.0
# Errors that may go away by themselves. Others (login, database name, certificates) are reported at once.
_TRANSIENT = re.compile(
    r"connection refused|timeout expired|timed out|starting up|shutting down|in recovery|too many (?:clients|connections)"
    r"|remaining connection slots|server closed the connection|connection reset|temporary failure in name resolution",
    re.IGNORECASE,
)
_SESSION = {
    "keepalives": "1",
    "keepalives_idle": "30",
    "keepalives_interval": "10",
    "keepalives_count": "3",
    "fallback_application_name": "attune extract",
}
_STATEMENT_TIMEOUT = "57014"
# Roles that reach the server's files and programs, or every table.
_POWERFUL_ROLES = """
SELECT rolname::text FROM pg_roles
WHERE rolname IN ('pg_write_all_data', 'pg_write_server_files', 'pg_execute_server_program')
  AND pg_has_role(current_user, oid, 'MEMBER') ORDER BY 1
"""
_WRITABLE_TABLE = """
SELECT c.oid::regclass::text, array_to_string(ARRAY(
         SELECT r FROM unnest(ARRAY['INSERT', 'UPDATE', 'DELETE', 'TRUNCATE']) AS r WHERE has_table_privilege(c.oid, r)), ', '),
       COUNT(*) OVER ()
FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p', 'v', 'f') AND n.nspname <> 'information_schema' AND n.nspname !~ '^pg_'
  AND has_schema_privilege(n.oid, 'USAGE') AND has_table_privilege(c.oid, 'INSERT, UPDATE, DELETE, TRUNCATE')
ORDER BY 1 LIMIT 1
"""
_GONE = ("08", "57P")  # SQLSTATE classes: connection exceptions, operator intervention


class PostgreSQL:
    """A :class:`~attune.steps.extract.database.Database` over one connection."""

    dialect: Dialect = "postgresql"

    def __init__(self, connection: Any, name: str) -> None:
        self.name = name
        self._connection = connection
        self._cursors = 0

    def columns(self, query: str) -> list[FoundColumn]:
        """The columns of a query and their types, without reading a row."""
        import psycopg

        try:
            # A savepoint: a rejected query must not abort the transaction for the next one.
            with self._connection.transaction(), self._connection.cursor() as cursor:
                self._prepare(query)  # on its own: what is one statement by itself cannot end the sub-select early
                wrapped = f"SELECT * FROM (\n{query}\n) AS q LIMIT 0"  # noqa: S608 - the team's own query
                cursor.execute(wrapped, prepare=True)
                return [FoundColumn(item.name, self._type_name(item.type_code)) for item in cursor.description]
        except psycopg.Error as error:
            if self._is_lost(error):
                raise self._lost(error) from None
            raise QueryError(" ".join(str(error).split())) from None

    def rows(self, query: str, users: Sequence[str] | None = None) -> Iterator[DatabaseRow]:
        """The rows of a query through a server-side cursor."""
        import psycopg

        self._cursors += 1
        values = None
        if users is not None:
            name = USERS.removeprefix(":")
            query = query.replace("%", "%%").replace(USERS, f"%({name})s::text[]")
            values = {name: list(users)}
        try:
            with self._connection.cursor(name=f"attune_{self._cursors}") as cursor:
                cursor.itersize = FETCH_ROWS
                cursor.execute(query, values)
                yield from cursor
        except psycopg.Error as error:
            if self._is_lost(error):
                raise self._lost(error) from None
            advice = "check the server"
            if error.sqlstate == _STATEMENT_TIMEOUT:
                advice = "set extract.statement_timeout_seconds higher"
            elif isinstance(error, psycopg.DataError) and error.sqlstate is None:
                advice = "a value cannot be read, such as a timestamp that is infinite or after the year 9999"
            raise RunError(
                f"database {self.name}: reading failed ({type(error).__name__}, SQLSTATE {error.sqlstate}); "
                f"{advice}, then run again: finished batches are kept"
            ) from None

    def now(self) -> datetime:
        """The time of the snapshot, by the server's clock."""
        (taken_at,) = next(self.rows("SELECT transaction_timestamp()"))
        return taken_at.astimezone(UTC)  # type: ignore[no-any-return]

    def write_rights(self) -> list[str]:
        """What the login may do besides reading, in sentences; empty for a login that may only read."""
        ((login, superuser),) = self.rows("SELECT current_user::text, rolsuper FROM pg_roles WHERE rolname = current_user")
        if superuser:
            return [f"the login {login} is a superuser"]
        found = [f"the login {login} is a member of {role}" for (role,) in self.rows(_POWERFUL_ROLES)]
        for table, rights, count in self.rows(_WRITABLE_TABLE):
            others = f" and {count - 1} other tables or views" if count > 1 else ""
            found.append(f"the login {login} may {rights} in {table}{others}")
        return found

    def _prepare(self, query: str) -> None:
        """Let the server parse a query without running it. Raises psycopg.Error, also for more than one statement."""
        from psycopg.errors import error_from_result
        from psycopg.pq import ExecStatus

        result = self._connection.pgconn.prepare(b"", query.encode(self._connection.info.encoding))
        if result.status != ExecStatus.COMMAND_OK:
            raise error_from_result(result, self._connection.info.encoding)

    def _type_name(self, oid: int) -> str:
        info = self._connection.adapters.types.get(oid)
        return info.name if info else f"type {oid}"

    def _is_lost(self, error: Any) -> bool:
        state = error.sqlstate or ""
        return bool(self._connection.broken or self._connection.closed) or (
            state != _STATEMENT_TIMEOUT and state.startswith(_GONE)
        )

    def _lost(self, error: Any) -> ConnectionLostError:
        return ConnectionLostError(
            f"database {self.name}: the connection was lost while reading ({type(error).__name__}, SQLSTATE "
            f"{error.sqlstate}), and its snapshot with it; run again when the server is back: batches that are finished and "
            "whose rows did not change are not made again"
        )


@contextmanager
def open_postgresql(url: str, limits: ServerLimits) -> Iterator[PostgreSQL]:
    """Connect read-only, in one REPEATABLE READ transaction, and close at the end of the ``with`` block.

    Raises:
        UsageError: the address is not valid, or the server refuses the connection.
    """
    _require_driver()
    import psycopg

    parts = _parts(url)
    name = _shown(parts)
    connection = _connected(url, name, parts, limits)
    try:
        connection.autocommit = False
        connection.read_only = True
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        yield PostgreSQL(connection, name)
    finally:
        with suppress(psycopg.Error):  # nothing was written: a lost connection needs no rollback
            connection.rollback()
        connection.close()


def _connected(url: str, name: str, parts: dict[str, str], limits: ServerLimits) -> Any:
    import psycopg

    defaults: dict[str, Any] = {"connect_timeout": str(limits.connect_seconds), **_SESSION}
    if passphrase := os.environ.get(SECRET_VARIABLES["sslpassword"]):  # libpq has no variable for it
        defaults["sslpassword"] = passphrase
    defaults = {key: value for key, value in defaults.items() if key not in parts}  # options in the address take precedence
    wait = _FIRST_WAIT_SECONDS
    for attempt in range(1, limits.connect_attempts + 1):
        try:
            connection = psycopg.connect(url, autocommit=True, **defaults)
            connection.execute(f"SET statement_timeout = {int(limits.statement_seconds) * 1000}")
            # Between two fetches the session is idle while conversations are redacted; the server must not end it.
            connection.execute("SET idle_in_transaction_session_timeout = 0")
            # A timestamp without a time zone counts as UTC, whatever zone the server or the login is set to.
            connection.execute("SET timezone = 'UTC'")
            connection.execute("SET default_transaction_read_only = on")
        except psycopg.Error as error:
            if attempt == limits.connect_attempts or not _TRANSIENT.search(str(error)):
                raise UsageError(_refused(name, parts, error, attempt)) from None
            # Jitter, so that many jobs do not retry at the same time.
            time.sleep(wait * random.uniform(0.5, 1.0))  # noqa: S311 - no secret
            wait = min(2 * wait, _LONGEST_WAIT_SECONDS)
        else:
            return connection
    raise AssertionError("connect_attempts is at least 1")


def _refused(name: str, parts: dict[str, str], error: Exception, attempts: int) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    reason = lines[0] if lines else "no reason given"
    secrets = [parts.get(name) or os.environ.get(variable) for name, variable in SECRET_VARIABLES.items()]
    for secret in (*secrets, *(os.environ.get(variable) for variable in SECRET_VARIABLES.values())):
        if secret:
            reason = reason.replace(secret, "…").replace(unquote(secret), "…")
    advice = "check host, port, name, login (PGPASSWORD or ~/.pgpass) and that this machine can reach it"
    if re.search(r"certificate|SSL|TLS", reason):
        advice = "check sslmode and sslrootcert in the address, or PGSSLMODE and PGSSLROOTCERT"
    tried = f" after {attempts} attempts" if attempts > 1 else ""
    return f"database {name}: does not answer{tried} ({reason}); {advice}"


def _parts(url: str) -> dict[str, str]:
    """The parts of an address, as libpq reads it."""
    from psycopg import ProgrammingError
    from psycopg.conninfo import conninfo_to_dict

    form = "it must look like postgresql://user@host:5432/name?sslmode=require"
    rest = url.split("://", 1)[1]
    authority = rest.split("/", 1)[0].split("?", 1)[0]
    # libpq would read a part of such a password as host or port and show it in its errors.
    if authority.count("@") > 1 or ("@" in rest and "@" not in authority):
        raise UsageError(f"database postgresql://…: the password holds @, / or ?; write them as %40, %2F and %3F; {form}")
    try:
        return {key: str(value) for key, value in conninfo_to_dict(url).items()}
    except ProgrammingError:
        raise UsageError(f"database postgresql://…: is not a valid address; {form}") from None


def server_name(url: str) -> str:
    """Host, port and database of an address, without its user and password. Raises UsageError."""
    _require_driver()
    return _shown(_parts(url))


def _require_driver() -> None:
    try:
        import psycopg  # noqa: F401
    except ImportError:
        raise UsageError(
            "database postgresql://…: the driver is missing; install it with: pip install 'attune[extract]'"
        ) from None


def _shown(parts: dict[str, str]) -> str:
    """Host, port and database, which messages may show."""
    service = parts.get("service") or os.environ.get("PGSERVICE")
    if service and not parts.get("host"):  # the file of that service says where it is, and may hold a password
        return f"service={service}/{parts.get('dbname', '')}"
    host = parts.get("host") or os.environ.get("PGHOST", "localhost")
    port = parts.get("port") or os.environ.get("PGPORT", "5432")
    return f"{host}:{port}/{parts.get('dbname') or os.environ.get('PGDATABASE', '')}"
