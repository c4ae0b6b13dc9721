"""Bringing one's own schema: the page's example runs, the check explains what is missing, each filter does what it says."""

from __future__ import annotations

import os
import re
import sqlite3
import subprocess
import sys
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from foreign_product import Product
from product_sample import KEY, REPOSITORY, rows_of, run_extract, token

from attune.config.params import ExtractParams, RunParams
from attune.steps.extract.source_check import check, check_lines
from attune.steps.extract.sources import SOURCES

PAGE = (REPOSITORY / "docs" / "bring-your-own-schema.md").read_text(encoding="utf-8")
TABLES = """
CREATE TABLE clients (id INTEGER, full_name TEXT, sharing INTEGER);
CREATE TABLE chats (chat INTEGER, client INTEGER);
CREATE TABLE lines (chat INTEGER, n INTEGER, bot INTEGER, words TEXT, at INTEGER);
CREATE TABLE stars (client INTEGER, chat INTEGER, stars INTEGER, at INTEGER);
INSERT INTO clients VALUES (1, 'Thandolwethu Okafor', 1), (2, 'Siobhan Maher', 0);
INSERT INTO chats VALUES (10, 1), (20, 2);
INSERT INTO lines VALUES (10, 0, 0, 'hi, Thandolwethu here, I want to talk less and listen more', 1767600000),
  (10, 1, 1, 'Thank you. What would listening look like this week?', 1767600060), (20, 0, 0, 'this is private', 1767600000);
INSERT INTO stars VALUES (1, 10, 5, 1767603600);
"""


@pytest.fixture
def mapped(tmp_path: Path) -> tuple[Path, Path]:
    """A foreign database, and the files of the page's example."""
    database, sources = tmp_path / "foreign.db", tmp_path / "sources"
    with closing(sqlite3.connect(database)) as connection, connection:
        connection.executescript(TABLES)
    sources.mkdir()
    example = PAGE.split("<!-- example -->", 1)[1].split("### What goes wrong", 1)[0]
    for name, sql in re.findall(r"```sql\n-- (\w+\.sql)\n(.*?)```", example, re.DOTALL):
        (sources / name).write_text(sql)
    return database, sources


def attune(*arguments: str | Path, cwd: Path) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "ATTUNE_SUBJECT_KEY": KEY.decode()}
    command = [sys.executable, "-m", "attune.cli", *map(str, arguments)]
    return subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True, check=False)


def test_the_example_of_the_page_runs(mapped: tuple[Path, Path], tmp_path: Path) -> None:
    database, sources = mapped
    common = ("extract", "--database", database, "--set", f"extract.sources={sources}")
    checked = attune(*common, "--check", cwd=tmp_path)
    assert checked.returncode == 0, checked.stdout + checked.stderr
    assert "7 sources checked, no row read: every source fits" in checked.stdout
    ran = attune(*common, "--output", tmp_path / "out", cwd=tmp_path)
    assert ran.returncode == 0, ran.stderr
    (record,) = rows_of(tmp_path / "out")
    assert record["conversation_id"] == token("conversation", "10")
    assert "Thandolwethu" not in record["messages"][0]["content"]
    assert record["signals"]["satisfaction"] == 10
    assert record["tags"] == ["goal_focus", "positive_feedback"]
    again = attune(*common, "--output", tmp_path / "out", "--incremental", cwd=tmp_path)
    assert again.returncode == 0, again.stderr
    assert rows_of(tmp_path / "out") == [record]


def test_the_check_explains_what_is_missing_and_what_it_means_in_one_go(mapped: tuple[Path, Path], tmp_path: Path) -> None:
    database, sources = mapped
    (sources / "feedback.sql").write_text("SELECT client AS user_id, at AS created_at, stars AS rating FROM stars")
    (sources / "quizzes.sql").write_text("SELECT * FROM no_such_table")
    (sources / "consent.sql").unlink()
    ran = attune("extract", "--check", "--database", database, "--set", f"extract.sources={sources}", cwd=tmp_path)
    assert ran.returncode == 2
    told = ran.stdout
    assert re.search(r"!!  user_id +required  text +is INTEGER, not text: write CAST\(… AS TEXT\) AS user_id", told)
    assert re.search(r"!!  conversation_id +required  text +is missing: the conversation that the row is about", told)
    assert re.search(
        r"!!  created_at .*is INTEGER, not timestamp: write strftime\('%Y-%m-%dT%H:%M:%S\+00:00', …, 'unixepoch'\)", told
    )
    assert re.search(r"ok  rating +optional  number +found INTEGER", told)
    assert re.search(r"--  helpful +optional  boolean +not there; no vote counts as positive feedback", told)
    assert "the database refuses this query (no such table: no_such_table)" in told
    assert "consent.sql: no such file" in told
    assert "5 problems" in told


def test_every_optional_column_says_what_is_lost_without_it() -> None:
    assert all(column.required != bool(column.without) for source in SOURCES.values() for column in source.columns)


def test_the_lines_of_the_check_name_every_source_and_column(mapped: tuple[Path, Path]) -> None:
    database, sources = mapped
    lines = check_lines(check(str(database), ExtractParams(sources=str(sources))))
    assert [line.split(":")[0] for line in lines if line and not line.startswith(" ")][:-1] == list(SOURCES)
    assert sum(line.startswith("  ") for line in lines) == sum(len(source.columns) for source in SOURCES.values())


@pytest.fixture
def rated(tmp_path: Path) -> Product:
    """Five conversations of one user, ten days apart; the first four are rated 2 to 5 and measured 0.2 to 0.8."""
    product = Product(tmp_path)
    for chat in range(5):
        product.talk(0, chat, "It is hard to talk about money with him.")
        if chat < 4:
            product.rate(0, chat, chat + 2)
            product.measure(0, chat, 0.2 * (chat + 1))
        product.pass_hours(240)
    return product


def kept(product: Product, output: Path, **params: object) -> set[int]:
    run_extract(str(product.database), output, run=RunParams(), sources=str(product.sources), **params)
    tokens = {token("conversation", str(chat)): chat for chat in range(5)}
    return {tokens[row["conversation_id"]] for row in rows_of(output)}


def test_days_counts_back_from_the_newest_message(rated: Product, tmp_path: Path) -> None:
    assert kept(rated, tmp_path / "a", days=20) == {2, 3, 4}
    assert kept(rated, tmp_path / "b", days=19) == {3, 4}
    moments = [row["created_at"] for row in rows_of(tmp_path / "b")]
    assert max(moments) - min(moments) <= timedelta(days=19)
    assert all(isinstance(moment, datetime) for moment in moments)


def test_min_satisfaction_leaves_out_what_was_rated_lower_and_what_nobody_rated(rated: Product, tmp_path: Path) -> None:
    assert kept(rated, tmp_path / "a", min_satisfaction=5.0) == {1, 2, 3}  # three stars are 5 of 10
    assert kept(rated, tmp_path / "b", min_satisfaction=5.1) == {2, 3}
    assert kept(rated, tmp_path / "c", min_satisfaction=0) == {0, 1, 2, 3}


def test_min_quality_leaves_out_a_lower_analytics_score_and_what_was_not_measured(rated: Product, tmp_path: Path) -> None:
    # two turns: length 1/6; the score is the mean of that and the engagement
    scores = {chat: 10 * (1 / 6 + 0.2 * (chat + 1)) / 2 for chat in range(4)}
    assert kept(rated, tmp_path / "a", min_quality=scores[2] - 0.01) == {2, 3}
    assert kept(rated, tmp_path / "b", min_quality=scores[2] + 0.01) == {3}


def test_completed_only_needs_the_column_and_keeps_what_was_completed(rated: Product, tmp_path: Path) -> None:
    file = rated.sources / "conversations.sql"
    file.write_text(file.read_text().replace("c.topic AS scenario", "c.topic AS scenario, c.chat IN (1, 4) AS completed"))
    assert kept(rated, tmp_path / "a", completed_only=True) == {1, 4}


def test_every_filter_counts_what_it_left_out(rated: Product, tmp_path: Path) -> None:
    report = run_extract(
        str(rated.database), tmp_path / "out", run=RunParams(), sources=str(rated.sources), days=30, min_satisfaction=8.0
    )
    assert report.numbers["filtered"] == {"days or completed_only": 1, "min_satisfaction": 3}
