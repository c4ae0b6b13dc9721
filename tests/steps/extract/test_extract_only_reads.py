"""A source's SQL can only read: one statement, no other file, no setting, no write, in a limited time."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from product_sample import SOURCES

from attune.config.params import ExtractParams
from attune.errors import RunError
from attune.steps.extract.connect import connect
from attune.steps.extract.database import QueryError, ServerLimits
from attune.steps.extract.source_check import check

WRITES = (
    "COMMIT; DELETE FROM users",
    "SELECT id FROM users; DELETE FROM users",
    "SELECT 1 AS x) AS q; COMMIT; DELETE FROM users; SELECT * FROM (SELECT 1",
    "SELECT 1 AS x) AS q; DELETE FROM users; --",
    "DELETE FROM users RETURNING id",
    "WITH gone AS (DELETE FROM users RETURNING id) SELECT id FROM gone",
    "CREATE TABLE copy AS SELECT * FROM users",
    "SELECT id FROM users /* not closed",
)
SQLITE_ONLY = (
    "ATTACH '{folder}/other.db' AS other",
    "PRAGMA user_version",
    "PRAGMA journal_mode = DELETE",
    "SELECT load_extension('evil')",
    "CREATE TEMP TABLE copy AS SELECT * FROM users",
    "BEGIN IMMEDIATE",
)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "product.db"
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.executescript("CREATE TABLE users (id, name TEXT); INSERT INTO users VALUES (1, 'a'), ('2', 'b');")
    return path


@pytest.fixture
def server(postgres_url: str) -> str:
    run(postgres_url, "CREATE TABLE users (id INTEGER, name TEXT)", "INSERT INTO users VALUES (1, 'a'), (2, 'b')")
    return postgres_url


def run(url: str, *statements: str) -> None:
    import psycopg

    with psycopg.connect(url, autocommit=True) as connection:
        for statement in statements:
            connection.execute(statement)  # type: ignore[call-overload]


def refuse_all(database: str, statements: tuple[str, ...]) -> None:
    """Check that every statement is refused, that nothing was written, and that the next query still works."""
    with connect(database) as opened:
        for statement in statements:
            with pytest.raises(QueryError):
                opened.columns(statement)
            assert [column.name for column in opened.columns("SELECT id FROM users")] == ["id"], statement
    with connect(database) as again:
        assert next(again.rows("SELECT COUNT(*) FROM users")) == (2,)


def test_a_source_with_a_second_statement_or_a_write_is_refused_by_sqlite(file: Path) -> None:
    before = file.read_bytes()
    refuse_all(str(file), WRITES + tuple(text.format(folder=file.parent) for text in SQLITE_ONLY))
    assert file.read_bytes() == before
    assert [path.name for path in file.parent.iterdir()] == [file.name]


def test_a_source_with_a_second_statement_or_a_write_is_refused_by_a_server_where_the_login_may_write(server: str) -> None:
    refuse_all(server, WRITES)
    with connect(server) as database, pytest.raises(RunError, match="ActiveSqlTransaction"):
        list(database.rows("SELECT set_config('transaction_read_only', 'off', FALSE)"))


def test_reading_through_views_virtual_tables_and_recursion_is_allowed_on_sqlite(file: Path) -> None:
    with closing(sqlite3.connect(file)) as connection, connection:
        connection.executescript("CREATE VIEW names AS SELECT name FROM users; CREATE VIRTUAL TABLE texts USING fts5(words);")
    numbers = "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n WHERE x < 3) SELECT x FROM n"
    with connect(str(file)) as database:
        for query in ("SELECT name FROM names", "SELECT words FROM texts", "SELECT value FROM json_each('[1]')", numbers):
            assert len(database.columns(query)) == 1
            list(database.rows(f"SELECT * FROM (\n{query}\n) AS q"))


def test_a_statement_that_takes_too_long_is_stopped_on_sqlite_and_the_setting_named(file: Path) -> None:
    endless = "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT COUNT(*) FROM n"
    with (
        connect(str(file), ServerLimits(statement_seconds=1)) as database,
        pytest.raises(RunError, match=r"longer than 1 seconds .* extract\.statement_timeout_seconds"),
    ):
        list(database.rows(endless))


def test_a_timestamp_without_a_zone_counts_as_utc_whatever_zone_the_login_is_set_to(server: str) -> None:
    run(server, "ALTER DATABASE " + server.rsplit("/", 1)[1] + " SET timezone = 'America/New_York'")
    with connect(server) as database:
        ((moment,),) = database.rows("SELECT CAST(TIMESTAMP '2026-01-01 12:00' AS TIMESTAMPTZ)")
    assert moment.isoformat() == "2026-01-01T12:00:00+00:00"


def test_a_login_that_may_write_is_told_from_one_that_may_only_read(server: str) -> None:
    name = server.rsplit("/", 1)[1]
    reader, writer = f"reader_{name}", f"writer_{name}"
    run(
        server,
        *(f"CREATE ROLE {role} LOGIN" for role in (reader, writer)),
        *(f"GRANT SELECT ON users TO {role}" for role in (reader, writer)),
        f"GRANT DELETE ON users TO {writer}",
    )
    try:
        found = []
        for login in ("postgres", reader, writer):
            with connect(server.replace("postgres@", f"{login}@")) as database:
                found.append(database.write_rights())
    finally:
        run(server, f"DROP OWNED BY {reader}, {writer}", f"DROP ROLE {reader}, {writer}")
    assert found == [["the login postgres is a superuser"], [], [f"the login {writer} may DELETE in users"]]


def test_the_check_of_a_source_with_two_statements_deletes_nothing_and_names_the_file(server: str, tmp_path: Path) -> None:
    sources = Path(shutil.copytree(SOURCES, tmp_path / "sources"))
    (sources / "quizzes.sql").write_text("SELECT 1 AS x) AS q; COMMIT; DELETE FROM users; SELECT * FROM (SELECT 1")
    problems = [each.problem for each in check(server, ExtractParams(sources=str(sources))) if each.source == "quizzes"]
    assert len(problems) == 1
    assert "quizzes.sql: the database refuses this query" in problems[0]
    assert "must be one SELECT statement" in problems[0]
    with connect(server) as database:
        assert next(database.rows("SELECT COUNT(*) FROM users")) == (2,)


def test_an_opted_out_user_is_left_out_where_ids_are_numbers_here_and_texts_there(file: Path, tmp_path: Path) -> None:
    from attune.steps.extract.source_sql import stream_sql
    from attune.steps.extract.sources import SOURCES as DOCUMENTED
    from attune.steps.extract.sources import SourceQuery

    ids = "SELECT CAST(id AS TEXT) AS user_id, name AS value FROM users"
    people = SourceQuery(DOCUMENTED["identities"], "", ids, ("user_id", "value"))
    with connect(str(file)) as database:
        for refused, left in (
            ("1", [("2", "b")]),
            ("'1'", [("2", "b")]),
            ("2", [("1", "a")]),
            ("NULL", [("1", "a"), ("2", "b")]),
        ):
            consent = SourceQuery(DOCUMENTED["consent"], "", f"SELECT {refused} AS user_id, 'no' AS reason", ())
            assert list(database.rows(stream_sql(people, consent, "sqlite"))) == left, refused
