"""Extraction from a real PostgreSQL server: the same records as from SQLite, read-only, and clear words when it fails."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest
from product_sample import SOURCES, rows_of, run_extract
from sample import generate, write_postgres

from attune.config.params import ExtractParams, RunParams
from attune.errors import RunError, UsageError
from attune.steps.extract.connect import connect
from attune.steps.extract.database import QueryError, ServerLimits
from attune.steps.extract.source_check import check

CONVERSATIONS = 120
LENIENT = RunParams(shard_rows=40, quarantine_limit=0.5)


@pytest.fixture
def product(postgres_url: str) -> str:
    write_postgres(postgres_url, CONVERSATIONS, 17)
    return postgres_url


def execute(url: str, *statements: str) -> None:
    import psycopg

    with psycopg.connect(url, autocommit=True) as connection:
        for statement in statements:
            connection.execute(statement)  # type: ignore[call-overload]


def comparable(folder: Path) -> list[dict[str, Any]]:
    return sorted(rows_of(folder), key=lambda row: row["record_id"])


def test_postgresql_and_sqlite_give_the_same_records(product: str, tmp_path: Path) -> None:
    generate(tmp_path / "sample", CONVERSATIONS, 17)
    of_sqlite = run_extract(str(tmp_path / "sample" / "product.db"), tmp_path / "sqlite", run=LENIENT)
    of_postgres = run_extract(product, tmp_path / "postgres", run=LENIENT)
    assert of_postgres.rows == of_sqlite.rows
    assert of_postgres.numbers == of_sqlite.numbers
    for kind in (".", "rejected", "quarantined"):
        assert comparable(tmp_path / "postgres" / kind) == comparable(tmp_path / "sqlite" / kind)


def test_filters_work_on_postgresql(product: str, tmp_path: Path) -> None:
    everything = run_extract(product, tmp_path / "all", run=LENIENT)
    some = run_extract(product, tmp_path / "some", run=LENIENT, days=200, completed_only=True)
    assert everything.rows is not None
    assert some.rows is not None
    assert 0 < some.rows.rows_in < everything.rows.rows_in
    assert some.rows.rows_in + some.numbers["filtered"]["days or completed_only"] == everything.rows.rows_in


def test_the_check_tells_the_types_that_it_found(product: str) -> None:
    findings = {(finding.source, finding.column): finding for finding in check(product, ExtractParams(sources=str(SOURCES)))}
    assert findings["conversations", "created_at"].found == "timestamptz"
    assert findings["analytics", "engagement"].found == "float8"
    assert not [finding for finding in findings.values() if finding.problem]


def test_a_column_of_another_type_is_named_with_the_cast_that_mends_it(product: str, tmp_path: Path) -> None:
    own = Path(shutil.copytree(SOURCES, tmp_path / "sources"))
    (own / "quizzes.sql").write_text("SELECT CAST(SUBSTR(user_id, 2) AS BIGINT) AS user_id, created_at FROM quizzes")
    with pytest.raises(UsageError, match=r"source quizzes .*: user_id is int8, not text: write CAST\(… AS TEXT\) AS user_id"):
        run_extract(product, tmp_path / "out", sources=str(own))


def test_a_query_cannot_write(product: str, tmp_path: Path) -> None:
    own = Path(shutil.copytree(SOURCES, tmp_path / "sources"))
    write = "CREATE FUNCTION wipe() RETURNS TEXT LANGUAGE SQL AS 'DELETE FROM quizzes RETURNING user_id'"
    execute(product, write)
    (own / "consent.sql").write_text("SELECT wipe() AS user_id, 'opted_out' AS reason")
    with pytest.raises(RunError, match="ReadOnlySqlTransaction"):
        run_extract(product, tmp_path / "out", sources=str(own))


def test_the_whole_extraction_sees_one_moment(product: str) -> None:
    with connect(product) as database:
        before = list(database.rows("SELECT COUNT(*) FROM users"))
        execute(product, "DELETE FROM users")
        assert list(database.rows("SELECT COUNT(*) FROM users")) == before


def test_a_refused_query_does_not_spoil_the_next_one(product: str) -> None:
    with connect(product) as database:
        with pytest.raises(QueryError, match="no_such_table"):
            database.columns("SELECT * FROM no_such_table")
        assert [column.name for column in database.columns("SELECT user_id FROM users")] == ["user_id"]


def test_a_statement_that_takes_too_long_is_stopped_and_the_setting_named(product: str) -> None:
    with (
        connect(product, ServerLimits(statement_seconds=1)) as database,
        pytest.raises(RunError, match=r"QueryCanceled.*extract\.statement_timeout_seconds"),
    ):
        list(database.rows("SELECT pg_sleep(5)"))


def test_a_wrong_database_name_is_a_usage_error(postgres_server_url: str) -> None:
    url = postgres_server_url.rsplit("/", 1)[0] + "/no_such_database"
    with pytest.raises(UsageError, match=r"no_such_database: does not answer .*does not exist"), connect(url):
        pass
