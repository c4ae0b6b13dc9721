"""Writes the product database: one SQLite file, or the same rows into PostgreSQL."""

from __future__ import annotations

import itertools
import os
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from attune import storage
from attune.errors import RunError, UsageError
from sample.conversations import BAD_TIMESTAMPS
from sample.rows import TABLES, Row, UserRows

_CHUNK_USERS = 200

# {time} is TEXT in SQLite (ISO 8601, UTC) and TIMESTAMPTZ in PostgreSQL; everything else is the same in both.
_SCHEMA = """
CREATE TABLE users (user_id TEXT PRIMARY KEY, name TEXT, nickname TEXT, email TEXT, phone TEXT, street_address TEXT, city TEXT,
    employer TEXT, school TEXT, birth_date TEXT, gender TEXT, age_band TEXT, culture TEXT, language TEXT, consent TEXT NOT NULL,
    created_at {time});
CREATE TABLE partners (partner_id TEXT PRIMARY KEY, user_id TEXT NOT NULL, name TEXT, nickname TEXT, email TEXT, phone TEXT,
    employer TEXT, relationship_type TEXT, relationship_stage TEXT, since TEXT);
CREATE TABLE conversations (conversation_id TEXT PRIMARY KEY, user_id TEXT NOT NULL, kind TEXT NOT NULL, scenario TEXT,
    language TEXT, started_at {time}, completed BOOLEAN);
CREATE TABLE messages (message_id TEXT PRIMARY KEY, conversation_id TEXT NOT NULL, position INTEGER NOT NULL, role TEXT,
    content TEXT, created_at {time});
CREATE TABLE check_ins (check_in_id TEXT PRIMARY KEY, user_id TEXT NOT NULL, conversation_id TEXT, prompt TEXT, reflection TEXT,
    reply TEXT, mood INTEGER, created_at {time});
CREATE TABLE activities (activity_id TEXT PRIMARY KEY, user_id TEXT NOT NULL, conversation_id TEXT, title TEXT, experience TEXT,
    satisfaction DOUBLE PRECISION, feedback TEXT, completed BOOLEAN, created_at {time});
CREATE TABLE quizzes (quiz_id TEXT PRIMARY KEY, user_id TEXT NOT NULL, title TEXT, score DOUBLE PRECISION, insight TEXT,
    created_at {time});
CREATE TABLE analytics (analytics_id TEXT PRIMARY KEY, user_id TEXT NOT NULL, conversation_id TEXT, engagement DOUBLE PRECISION,
    sentiment DOUBLE PRECISION, follow_up_quality DOUBLE PRECISION, relationship_health DOUBLE PRECISION,
    session_seconds INTEGER, created_at {time});
CREATE TABLE feedback (feedback_id TEXT PRIMARY KEY, user_id TEXT NOT NULL, conversation_id TEXT, rating INTEGER,
    helpful BOOLEAN, action_taken BOOLEAN, outcome TEXT, comment TEXT, created_at {time});
"""
_INDEXES = """
CREATE INDEX partners_user ON partners (user_id);
CREATE INDEX conversations_started ON conversations (started_at);
CREATE INDEX messages_conversation ON messages (conversation_id, position);
CREATE INDEX check_ins_conversation ON check_ins (conversation_id);
CREATE INDEX activities_conversation ON activities (conversation_id);
CREATE INDEX quizzes_user ON quizzes (user_id);
CREATE INDEX analytics_conversation ON analytics (conversation_id);
CREATE INDEX feedback_conversation ON feedback (conversation_id);
"""
COLUMNS = {
    "users": 16, "partners": 10, "conversations": 7, "messages": 6, "check_ins": 8, "activities": 9, "quizzes": 6,
    "analytics": 9, "feedback": 9,
}  # fmt: skip


@contextmanager
def written_whole(path: Path) -> Iterator[Path]:
    """A temporary path beside ``path``; renamed to it at the end, removed when anything goes wrong.

    Raises:
        RunError: the disk is full or the place cannot be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        _remove_left_behind(path)
        with storage.atomic_path(str(path)) as temporary:
            yield temporary
    except (OSError, sqlite3.OperationalError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise RunError(f"{path}: could not be written ({reason}); free some space or choose another place") from None


def _remove_left_behind(path: Path) -> None:
    """Remove what a killed run left beside ``path``; the name of a temporary file holds the process that wrote it."""
    for left in path.parent.glob(f".{path.name}.*.tmp"):
        process = left.name.removeprefix(f".{path.name}.").partition("-")[0]
        if process.isdecimal() and not _is_running(int(process)):
            left.unlink(missing_ok=True)


def _is_running(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def write_sqlite(path: Path, users: Iterable[UserRows]) -> None:
    """Write all rows into one SQLite file, in one pass and bounded memory; the file appears when it is complete."""
    with written_whole(path) as temporary:
        connection = sqlite3.connect(temporary, isolation_level=None)
        try:
            for pragma in ("journal_mode = OFF", "synchronous = OFF", "temp_store = FILE", "cache_size = -16384"):
                connection.execute(f"PRAGMA {pragma}")
            connection.executescript(_SCHEMA.format(time="TEXT"))
            connection.execute("BEGIN")
            for chunk in _chunks(users):
                for table, rows in chunk.items():
                    connection.executemany(f"INSERT INTO {table} VALUES ({','.join('?' * COLUMNS[table])})", rows)  # noqa: S608
            connection.execute("COMMIT")
            connection.executescript(_INDEXES)
        finally:
            connection.close()


def copy_to_postgres(url: str, users: Iterable[UserRows]) -> None:
    """Write all rows into a PostgreSQL database by COPY, in one transaction: all tables stand afterwards, or none.

    PostgreSQL cannot hold what is no point in time: the broken time stamps of the sample are NULL there.

    Raises:
        UsageError: the server does not answer, refuses the login, or a table of the sample exists already.
    """
    import psycopg

    try:
        connection = psycopg.connect(url, connect_timeout=10)
    except psycopg.Error as error:
        raise UsageError(
            f"--postgres: the server does not answer ({_first_line(error)}); check the URL and the login"
        ) from None
    try:
        with connection, connection.cursor() as cursor:
            cursor.execute(_SCHEMA.format(time="TIMESTAMPTZ"))
            for chunk in _chunks(users):
                for table, rows in chunk.items():
                    with cursor.copy(f"COPY {table} FROM STDIN") as copy:
                        for row in rows:
                            copy.write_row(_for_postgres(row))
            cursor.execute(_INDEXES)
    except psycopg.errors.DuplicateTable as error:
        raise UsageError(f"--postgres: {_first_line(error)}; give an empty database or drop the tables of the sample") from None
    except psycopg.Error as error:
        raise RunError(f"--postgres: the server stopped the load ({_first_line(error)}); nothing of it was kept") from None


def _for_postgres(row: Row) -> Row:
    return (
        tuple(None if value in BAD_TIMESTAMPS else value for value in row)
        if row[-1] in BAD_TIMESTAMPS or row[5] in BAD_TIMESTAMPS
        else row
    )


def _chunks(users: Iterable[UserRows]) -> Iterator[dict[str, list[Row]]]:
    iterator = iter(users)
    while batch := list(itertools.islice(iterator, _CHUNK_USERS)):
        yield {table: [row for user in batch for row in user.tables[table]] for table in TABLES}


def _first_line(error: Any) -> str:
    lines = str(error).strip().splitlines()
    return lines[0] if lines else type(error).__name__
