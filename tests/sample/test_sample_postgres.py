"""The product in PostgreSQL: a real server, the same rows as in the embedded database."""

from __future__ import annotations

import sqlite3
from datetime import datetime
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sample import generate, write_postgres
from sample.conversations import BAD_TIMESTAMPS

from attune.errors import UsageError

TABLES = ("users", "partners", "conversations", "messages", "check_ins", "activities", "quizzes", "analytics", "feedback")


def test_the_throwaway_server_gives_each_test_an_empty_database(postgres_url: str) -> None:
    with psycopg.connect(postgres_url) as connection:
        tables = connection.execute("SELECT count(*) FROM information_schema.tables WHERE table_schema = 'public'").fetchone()
    assert tables == (0,)


def test_postgresql_gets_the_rows_of_the_embedded_database(postgres_url: str, tmp_path: Path) -> None:
    embedded = generate(tmp_path, 900, 17)
    summary = write_postgres(postgres_url, 900, 17)
    assert summary.rows == embedded.rows
    broken = 0
    with psycopg.connect(postgres_url) as server, sqlite3.connect(tmp_path / "product.db") as file:
        server.execute("SET TIME ZONE 'UTC'")
        for table in TABLES:
            theirs = server.execute(f"SELECT * FROM {table} ORDER BY 1").fetchall()  # type: ignore[call-overload]
            ours = file.execute(f"SELECT * FROM {table} ORDER BY 1").fetchall()
            broken += sum(value in BAD_TIMESTAMPS for row in ours for value in row)
            assert [tuple(map(plain, row)) for row in theirs] == [tuple(map(plain, row)) for row in ours]
    assert broken > 0  # what is no point in time became NULL there


def test_a_database_that_holds_the_sample_already_is_left_alone(postgres_url: str) -> None:
    write_postgres(postgres_url, 20, 1)
    with pytest.raises(UsageError, match="already exists; give an empty database"):
        write_postgres(postgres_url, 20, 1)
    with psycopg.connect(postgres_url) as connection:
        assert connection.execute("SELECT count(*) FROM conversations").fetchone() == (20,)


def test_a_server_that_does_not_answer_is_named_without_its_password() -> None:
    with pytest.raises(UsageError, match="does not answer") as caught:
        write_postgres("postgresql://someone:hunter2@127.0.0.1:1/nowhere", 5, 1)
    assert "hunter2" not in str(caught.value)


def plain(value: Any) -> Any:
    """A value as SQLite holds it."""
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, bool):
        return int(value)
    return None if value in BAD_TIMESTAMPS else value
