"""Extraction on a real sample product: nobody who opted out is read, nothing known survives, every number can be recounted."""

from __future__ import annotations

import re
import shutil
import sqlite3
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from product_sample import (
    RUN,
    SOURCES,
    all_text,
    bytes_of,
    conversations_of,
    refused_users,
    rows_of,
    run_extract,
    token,
    truth_of,
    whole_word,
)
from sample import generate

from attune.config.params import ExtractParams, RunParams
from attune.errors import RunError, UsageError
from attune.reporting.report import Report
from attune.steps.extract.source_check import check
from attune.steps.extract.sources import SOURCES as DOCUMENTED

CONVERSATIONS = 300
MISDECODED = re.compile("[ÃÂâ][\u0080-\u00bf€™œžšŸ]|Ã|â€")  # what UTF-8 looks like when it was read as Windows-1252
LENIENT = RunParams(shard_rows=100, quarantine_limit=0.5)


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sample")
    generate(folder, CONVERSATIONS, 17)
    return folder


@pytest.fixture(scope="module")
def extracted(sample: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Report]:
    output = tmp_path_factory.mktemp("extracted")
    return output, run_extract(str(sample / "product.db"), output, run=LENIENT)


@pytest.fixture
def database(sample: Path, tmp_path: Path) -> Path:
    """A copy that a test may spoil."""
    return Path(shutil.copy(sample / "product.db", tmp_path / "product.db"))


def change(database: Path, *statements: str) -> None:
    with sqlite3.connect(database) as connection:
        for statement in statements:
            connection.execute(statement)


def by_conversation(output: Path) -> dict[str, dict[str, Any]]:
    return {row["conversation_id"]: row for row in rows_of(output)}


def test_every_conversation_of_a_consenting_user_is_kept_rejected_or_quarantined(
    sample: Path, extracted: tuple[Path, Report]
) -> None:
    output, report = extracted
    refused = refused_users(sample / "product.db")
    expected = {
        token("conversation", name)
        for name, (user, _) in conversations_of(sample / "product.db").items()
        if user not in refused
    }
    broken = {
        token("conversation", line["conversation_id"])
        for line in truth_of(sample)
        if line["kind"] == "broken" and "conversation_id" in line
    } & expected
    found = [row["conversation_id"] for row in rows_of(output) + rows_of(output / "rejected")]
    assert sorted(found) == sorted(expected - broken)
    assert len(rows_of(output / "quarantined")) == len(broken)
    assert report.rows is not None
    assert report.rows.rows_in == len(expected)


def test_whose_account_is_gone_is_never_read_though_their_messages_stand(sample: Path, tmp_path: Path) -> None:
    database = tmp_path / "product.db"
    database.write_bytes((sample / "product.db").read_bytes())
    with sqlite3.connect(database) as connection:
        sql = "SELECT user_id FROM users JOIN conversations USING (user_id) WHERE consent = 'granted' ORDER BY user_id LIMIT 1"
        (user,) = connection.execute(sql).fetchone()
        connection.execute("DELETE FROM users WHERE user_id = ?", (user,))
    report = run_extract(str(database), tmp_path / "out")
    assert report.numbers["refused"]["account_deleted"]["users"] == 1
    kept = [*rows_of(tmp_path / "out"), *rows_of(tmp_path / "out" / "rejected")]
    assert token("user", user) not in {row["subject_id"] for row in kept}


def test_nobody_who_opted_out_or_asked_for_erasure_is_in_any_byte(sample: Path, extracted: tuple[Path, Report]) -> None:
    output, report = extracted
    refused = refused_users(sample / "product.db")
    assert refused
    tokens = {token("user", user) for user in refused}
    conversations = {
        token("conversation", name) for name, (user, _) in conversations_of(sample / "product.db").items() if user in refused
    }
    everything = "\n".join(all_text(output))
    assert not [secret for secret in tokens | conversations | refused if secret in everything]
    with sqlite3.connect(sample / "product.db") as connection:
        reasons = Counter(dict(connection.execute("SELECT consent, COUNT(*) FROM users GROUP BY consent")))
    del reasons["granted"]
    assert {reason: counts["users"] for reason, counts in report.numbers["refused"].items()} == dict(reasons)
    assert sum(counts["conversations"] for counts in report.numbers["refused"].values()) == len(conversations)


def test_no_name_that_the_database_knows_survives_in_the_conversation_of_its_owner(
    sample: Path, extracted: tuple[Path, Report]
) -> None:
    output, _ = extracted
    records = by_conversation(output) | by_conversation(output / "rejected")
    sources = conversations_of(sample / "product.db")
    planted: Counter[tuple[str, str]] = Counter()
    for line in truth_of(sample):
        if line["kind"] == "pii" and line["known"]:
            planted[line.get("conversation_id") or line["check_in_id"], line["text"]] += 1
    leaks = []
    for (conversation, text), times in planted.items():
        record = records.get(token("conversation", conversation))
        if record is None:
            continue
        word = whole_word(text)
        before = sum(len(word.findall(content or "")) for _, content in sources[conversation][1])
        after = sum(len(word.findall(message["content"])) for message in record["messages"])
        if after > max(0, before - times):  # some names are words: "Will" is gone, "I will" is not
            leaks.append((conversation, text))
    assert len(planted) > 200
    assert leaks == []


def test_no_known_identifier_and_no_id_of_the_product_is_in_any_byte(sample: Path, extracted: tuple[Path, Report]) -> None:
    output, _ = extracted
    everything = "\n".join(all_text(output))
    with sqlite3.connect(sample / "product.db") as connection:
        users = connection.execute("SELECT user_id, email, phone, street_address FROM users").fetchall()
        partners = connection.execute("SELECT partner_id, email, phone FROM partners").fetchall()
    secrets = {value for row in users + partners for value in row if value}
    secrets |= set(conversations_of(sample / "product.db"))
    assert [secret for secret in secrets if secret in everything] == []


def test_health_information_is_rejected_and_not_a_word_of_it_is_stored(sample: Path, extracted: tuple[Path, Report]) -> None:
    output, report = extracted
    rejected = by_conversation(output / "rejected")
    planted = {line["conversation_id"] for line in truth_of(sample) if line["kind"] == "health" and "conversation_id" in line}
    refused = refused_users(sample / "product.db")
    owners = {name: user for name, (user, _) in conversations_of(sample / "product.db").items()}
    readable = {name for name in planted if owners[name] not in refused}
    found = {name for name in readable if token("conversation", name) in rejected}
    assert len(readable) - len(found) <= 1  # a typing error in the very word that tells
    assert report.rows is not None
    assert report.rows.rejected == {"health_information": len(rejected)}
    assert all(row["reason"] == "health_information" and row["messages"] == [] for row in rejected.values())


def test_the_numbers_of_the_report_agree_with_a_recount(sample: Path, extracted: tuple[Path, Report]) -> None:
    output, report = extracted
    kept, rejected = rows_of(output), rows_of(output / "rejected")
    numbers = report.numbers
    families = Counter((row["family"], "kept") for row in kept) + Counter((row["family"], row["reason"]) for row in rejected)
    assert {
        (name, outcome): count for name, counts in numbers["families"].items() for outcome, count in counts.items()
    } == families
    assert numbers["pii_status"] == Counter(row["pii_status"] for row in kept)
    assert numbers["languages"] == Counter(row["language"] for row in kept)
    assert numbers["tags"] == Counter(tag for row in kept for tag in row["tags"])
    refused = refused_users(sample / "product.db")
    read = [messages for user, messages in conversations_of(sample / "product.db").values() if user not in refused]
    assert numbers["messages_read"] == numbers["source_rows"]["conversations"] == sum(map(len, read))
    with sqlite3.connect(sample / "product.db") as connection:
        for source in ("activities", "quizzes", "analytics", "feedback"):
            sql = f"SELECT COUNT(*) FROM {source} JOIN users USING (user_id) WHERE consent = 'granted'"
            assert numbers["source_rows"][source] == connection.execute(sql).fetchone()[0]
        newest = connection.execute(
            "SELECT MAX(m.created_at) FROM messages m JOIN conversations USING (conversation_id) JOIN users USING (user_id) "
            "WHERE consent = 'granted' AND m.created_at LIKE '2___-__-__T%' AND julianday(m.created_at) IS NOT NULL"
        ).fetchone()[0]
    assert numbers["as_of"] >= newest


def test_text_that_was_decoded_wrongly_is_repaired_and_counted(sample: Path, extracted: tuple[Path, Report]) -> None:
    output, report = extracted
    records = by_conversation(output)
    planted: Counter[int] = Counter()
    for line in truth_of(sample):
        record = records.get(token("conversation", line.get("conversation_id", "")))
        if line["kind"] == "encoding" and record is not None:
            planted[line["layers"]] += 1
            assert not MISDECODED.search(record["messages"][line["position"]]["content"])
    counted = report.numbers["repaired_texts"]
    assert planted
    assert counted.get("once", 0) >= 0.9 * planted[1]
    assert counted.get("twice", 0) >= 0.9 * planted[2]


def test_a_session_of_more_than_twenty_turns_is_of_the_family_long_running_therapy(
    sample: Path, extracted: tuple[Path, Report]
) -> None:
    output, _ = extracted
    records = by_conversation(output)
    families = set()
    for line in truth_of(sample):
        if line["kind"] == "conversation" and (record := records.get(token("conversation", line["conversation_id"]))):
            assert record["family"] == ("long_running_therapy" if line["turns"] > 20 else "product")
            assert len(record["messages"]) == line["messages"]
            families.add(record["family"])
    assert families == {"long_running_therapy", "product"}


def test_signals_are_those_of_the_conversation(sample: Path, extracted: tuple[Path, Report]) -> None:
    output, _ = extracted
    records = by_conversation(output)
    with sqlite3.connect(sample / "product.db") as connection:
        satisfaction = dict(connection.execute("SELECT conversation_id, satisfaction FROM activities"))
        feedback = {
            row[0]: row[1:]
            for row in connection.execute("SELECT conversation_id, rating, helpful, action_taken, outcome FROM feedback")
        }
    checked = 0
    for conversation, (rating, helpful, action, outcome) in feedback.items():
        record = records.get(token("conversation", conversation))
        if record is None:
            continue
        checked += 1
        said = [(rating - 1) * 2.5] + ([satisfaction[conversation]] if conversation in satisfaction else [])
        signals = record["signals"]
        assert signals["satisfaction"] == pytest.approx(sum(said) / len(said))
        assert signals["helpfulness"] == helpful
        assert signals["action_taken"] == bool(action)
        assert signals["positive_outcome"] == (None if outcome is None else outcome == "improved")
    assert checked > 50


def test_ids_are_keyed_tokens_and_hashes_can_be_recomputed(sample: Path, extracted: tuple[Path, Report]) -> None:
    import hashlib
    import json

    output, _ = extracted
    users = {token("user", user) for user, _ in conversations_of(sample / "product.db").values()}
    for row in rows_of(output):
        assert row["subject_id"] in users
        pairs = [[message["role"], message["content"]] for message in row["messages"]]
        canonical = json.dumps(pairs, ensure_ascii=False, separators=(",", ":"))
        assert row["content_hash"] == hashlib.sha256(canonical.encode()).hexdigest()


@pytest.mark.slow
def test_two_workers_write_the_same_bytes_as_one(sample: Path, extracted: tuple[Path, Report], tmp_path: Path) -> None:
    output, _ = extracted
    run_extract(str(sample / "product.db"), tmp_path / "out", workers=2, run=LENIENT)
    assert bytes_of(tmp_path / "out") == bytes_of(output)


def test_a_second_run_makes_no_batch_again(sample: Path, extracted: tuple[Path, Report]) -> None:
    output, _ = extracted
    before = {file: file.stat().st_mtime_ns for file in output.rglob("part-*.parquet")}
    run_extract(str(sample / "product.db"), output, run=LENIENT)
    assert {file: file.stat().st_mtime_ns for file in output.rglob("part-*.parquet")} == before


@pytest.mark.parametrize(
    ("statement", "reason"),
    [
        ("UPDATE messages SET content = NULL WHERE message_id = '{message}'", "a message has no content"),
        ("UPDATE messages SET role = 'bot' WHERE message_id = '{message}'", "a message has an unknown role: bot"),
        ("UPDATE messages SET created_at = 'soon' WHERE message_id = '{message}'", "a message has no readable created_at"),
        (
            "UPDATE messages SET content = CAST(x'68C328' AS TEXT) WHERE message_id = '{message}'",
            "a message is not valid UTF-8",
        ),
        ("UPDATE messages SET content = x'00FF' WHERE message_id = '{message}'", "a message's content is not text"),
    ],
)
def test_a_broken_row_goes_to_quarantine_with_its_reason_and_the_rest_goes_on(
    database: Path, tmp_path: Path, statement: str, reason: str
) -> None:
    with sqlite3.connect(database) as connection:
        connection.execute("DELETE FROM messages WHERE content IS NULL OR role NOT IN ('user', 'assistant', 'system')")
        connection.execute(
            "DELETE FROM messages WHERE created_at NOT LIKE '2___-__-__T__:__:__+00:00' OR created_at LIKE '2025-13%'"
        )
        user, message = connection.execute(
            "SELECT user_id, message_id FROM messages JOIN conversations USING (conversation_id) JOIN users USING (user_id) "
            "WHERE consent = 'granted' ORDER BY message_id LIMIT 1"
        ).fetchone()
    keep_few_users(database, user)
    change(database, statement.format(message=message))
    report = run_extract(str(database), tmp_path / "out", run=RunParams(shard_rows=8, quarantine_limit=0.5))
    assert report.rows is not None
    assert report.rows.quarantined == {reason: 1}
    assert report.rows.kept + sum(report.rows.rejected.values()) == report.rows.rows_in - 1 > 5
    (row,) = rows_of(tmp_path / "out" / "quarantined")
    assert set(row) == {"record_id", "origin", "locator", "subject_id", "error"}


def keep_few_users(database: Path, user: str) -> None:
    few = f"SELECT user_id FROM (SELECT user_id FROM users ORDER BY user_id LIMIT 12) UNION SELECT '{user}'"
    change(database, f"DELETE FROM users WHERE user_id NOT IN ({few})",
           "DELETE FROM conversations WHERE user_id NOT IN (SELECT user_id FROM users)",
           "DELETE FROM check_ins WHERE user_id NOT IN (SELECT user_id FROM users)")  # fmt: skip


def test_too_many_broken_rows_fail_the_step(database: Path, tmp_path: Path) -> None:
    change(database, "UPDATE messages SET role = 'bot'")
    with pytest.raises(RunError, match=r"quarantine_limit of 1\.0%; the commonest error is a message has an unknown role"):
        run_extract(str(database), tmp_path / "out", run=RUN)


def test_filters_leave_out_whole_conversations_and_are_counted(sample: Path, tmp_path: Path) -> None:
    report = run_extract(
        str(sample / "product.db"), tmp_path / "out", run=LENIENT, days=120, min_satisfaction=7.0, completed_only=True
    )
    kept = rows_of(tmp_path / "out")
    assert kept
    assert report.numbers["filtered"]["min_satisfaction"] > 0
    with sqlite3.connect(sample / "product.db") as connection:
        facts = {
            token("conversation", row[0]): row[1:]
            for row in connection.execute(
                "SELECT conversation_id, completed, COUNT(*) FROM conversations JOIN messages USING (conversation_id) "
                "GROUP BY 1"
            )
        }
    for row in kept:
        completed, messages = facts[row["conversation_id"]]
        assert completed
        assert len(row["messages"]) == messages
        assert row["signals"]["satisfaction"] >= 7


def test_the_check_lists_every_documented_column_and_reads_no_row(sample: Path) -> None:
    findings = check(str(sample / "product.db"), ExtractParams(sources=str(SOURCES)))
    assert [(finding.source, finding.column) for finding in findings] == [
        (source.name, column.name) for source in DOCUMENTED.values() for column in source.columns
    ]
    assert not [finding for finding in findings if finding.problem]


@pytest.fixture
def own_sources(tmp_path: Path) -> Path:
    return Path(shutil.copytree(SOURCES, tmp_path / "sources"))


def test_a_missing_column_is_named_with_its_source_its_file_and_what_is_there(
    sample: Path, own_sources: Path, tmp_path: Path
) -> None:
    (own_sources / "feedback.sql").write_text("SELECT user_id, created_at, rating FROM feedback; -- no conversation\n")
    with pytest.raises(UsageError) as caught:
        run_extract(str(sample / "product.db"), tmp_path / "out", sources=str(own_sources))
    message = str(caught.value)
    assert "source feedback" in message
    assert "feedback.sql" in message
    assert "conversation_id is missing" in message
    assert "user_id, created_at, rating" in message
    assert not (tmp_path / "out").exists()


def test_a_query_that_the_database_refuses_is_named(sample: Path, own_sources: Path, tmp_path: Path) -> None:
    (own_sources / "quizzes.sql").write_text("SELECT user_id FROM no_such_table")
    with pytest.raises(UsageError, match=r"quizzes\.sql: the database refuses this query \(no such table: no_such_table\)"):
        run_extract(str(sample / "product.db"), tmp_path / "out", sources=str(own_sources))


def test_a_query_cannot_write(database: Path, own_sources: Path, tmp_path: Path) -> None:
    (own_sources / "quizzes.sql").write_text("DELETE FROM quizzes")
    with pytest.raises(UsageError, match=r"quizzes\.sql: the database refuses"):
        run_extract(str(database), tmp_path / "out", sources=str(own_sources))


def test_a_missing_source_file_is_named(sample: Path, own_sources: Path, tmp_path: Path) -> None:
    (own_sources / "consent.sql").unlink()
    with pytest.raises(UsageError, match=r"consent\.sql: no such file; the source consent"):
        run_extract(str(sample / "product.db"), tmp_path / "out", sources=str(own_sources))


@pytest.mark.parametrize(
    ("database", "message"),
    [
        ("{tmp}/none.db", "no such file"),
        ("{tmp}/text.db", "cannot be opened as an SQLite database"),
        ("mysql://host/name", "unknown kind"),
        ("postgresql://someone:secret@127.0.0.1:9/none", r"127\.0\.0\.1:9/none: does not answer"),
    ],
)
def test_a_database_that_cannot_be_opened_is_a_usage_error(tmp_path: Path, database: str, message: str) -> None:
    (tmp_path / "text.db").write_text("this is no database, but it is long enough to look like a file of one\n" * 20)
    with pytest.raises(UsageError, match=message) as caught:
        run_extract(database.format(tmp=tmp_path), tmp_path / "out", connect_timeout_seconds=2, connect_attempts=1)
    assert "secret" not in str(caught.value)


def test_a_user_without_an_id_is_never_read(database: Path, own_sources: Path, tmp_path: Path) -> None:
    text = (
        (own_sources / "conversations.sql")
        .read_text()
        .replace("  c.user_id,", "  NULLIF(c.user_id, 'U00000001') AS user_id,", 1)
    )
    (own_sources / "conversations.sql").write_text(text)
    with sqlite3.connect(database) as connection:
        (count,) = connection.execute("SELECT COUNT(*) FROM conversations WHERE user_id = 'U00000001'").fetchone()
    report = run_extract(str(database), tmp_path / "out", sources=str(own_sources), run=LENIENT)
    assert count > 0
    assert report.numbers["without_user"] == count
