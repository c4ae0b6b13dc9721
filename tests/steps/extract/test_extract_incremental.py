"""Incremental extraction gives, record for record, what a full one gives; nothing stale, doubled or lost, whatever happens."""

from __future__ import annotations

import random
import shutil
import signal
import subprocess
import sys
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from foreign_product import Product
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from processes import kill_at_work
from product_sample import KEY, all_text, bytes_of, rows_of, run_extract, token

from attune.config.params import RedactParams, RunParams
from attune.errors import RunError
from attune.records import shards
from attune.redaction import canaries
from attune.reporting.report import Report

RUN = RunParams(shard_rows=4, quarantine_limit=1.0)
TEXTS = (
    "I want to talk about trust in my marriage, it is hard.",
    "My name is Priya Raman and my sister Keisha said I should write to you.",
    "I was diagnosed with bipolar disorder by my psychiatrist last year.",
    "Mi pareja no me escucha, quiero mejorar esto.",
    "call me at 415-555-0134 if you can, I feel so alone at night",
)
TOTALS = ("families", "tags", "languages", "pii_status", "review_reasons", "analytics_scores", "refused", "as_of", "messages")


def read(product: Product, output: Path, workers: int = 1, run: RunParams = RUN, **params: Any) -> Report:
    return run_extract(str(product.database), output, workers, run, sources=str(product.sources), **params)


def update(product: Product, output: Path, **params: Any) -> Report:
    return read(product, output, incremental=True, **params)


def contents(output: Path) -> dict[str, list[dict[str, Any]]]:
    """Every record of a set, by its description alone: what stands beside it does not count."""
    found = {}
    for kind in (".", "rejected", "quarantined"):
        folder = output / kind
        named = {shard.name for shard in shards.open_set(str(folder)).shards}
        assert {file.name for file in folder.glob("part-*.parquet")} == named
        found[kind] = sorted(rows_of(folder), key=lambda row: row["record_id"])
    return found


def assert_equals_a_full_extraction(product: Product, output: Path, report: Report, **params: Any) -> None:
    with tempfile.TemporaryDirectory() as folder:
        full = read(product, Path(folder), **params)
        assert contents(output) == contents(Path(folder))
        assert report.rows == full.rows
        assert {name: report.numbers[name] for name in TOTALS} == {name: full.numbers[name] for name in TOTALS}


clients = st.integers(0, 4)
chats = st.integers(0, 5)
events = st.one_of(
    st.tuples(st.just("talk"), clients, chats, st.integers(0, len(TEXTS) - 1), st.sampled_from([0, 0, 12, 400])),
    st.tuples(st.just("rate"), clients, chats, st.integers(1, 5), st.sampled_from([0, 0, 12])),
    st.tuples(st.just("change_ratings"), chats, st.integers(1, 5)),
    st.tuples(st.just("measure"), clients, chats, st.floats(0, 1)),
    st.tuples(st.just("test"), clients, st.sampled_from([0, 12])),
    st.tuples(st.just("consent"), clients, st.sampled_from(["opted_out", "erasure_requested", None])),
    st.tuples(st.just("erase"), clients),
    st.tuples(st.just("delete_chat"), clients, chats),
    st.tuples(st.just("break_chat"), clients, chats),
)


def happen(product: Product, event: tuple[Any, ...]) -> None:
    name, *values = event
    if name in ("talk", "rate", "measure", "delete_chat", "break_chat"):  # the chats of a client are the client's own
        values[1] += 10 * values[0]
    if name == "talk":
        values[2] = TEXTS[values[2]]
    if name in ("delete_chat", "break_chat"):
        values = values[1:]
    getattr(product, name)(*values)
    product.pass_hours(1)


@settings(max_examples=20, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.lists(events, min_size=1, max_size=12), min_size=2, max_size=4), st.sampled_from([None, 2]))
def test_after_any_history_an_incremental_extraction_equals_a_full_one(
    history: list[list[tuple[Any, ...]]], days: int | None
) -> None:
    with tempfile.TemporaryDirectory() as name:
        product, output = Product(Path(name)), Path(name) / "out"
        for between_runs in history:
            for event in between_runs:
                happen(product, event)
            report = update(product, output, days=days)
            assert_equals_a_full_extraction(product, output, report, days=days)
            product.pass_hours(30)
        assert update(product, output, days=days).numbers["update"]["mode"] == "incremental"


@pytest.fixture
def product(tmp_path: Path) -> Product:
    """Five users with two chats each."""
    made = Product(tmp_path)
    for client in range(5):
        for chat in (0, 1):
            made.talk(client, 10 * client + chat, TEXTS[0])
        made.pass_hours(30)
    return made


def test_a_second_run_reads_only_users_with_something_new(product: Product, tmp_path: Path) -> None:
    output = tmp_path / "out"
    assert update(product, output).numbers["update"]["why_full"] == "the output holds no earlier extraction"
    product.talk(3, 31, "It went better today.")
    product.rate(1, 10, 5)
    report = update(product, output)
    assert report.numbers["source_rows"]["conversations"] == 2 * 2 + (2 * 2 + 2)  # nothing new of the last user in the overlap
    assert (report.numbers["update"]["read"], report.numbers["update"]["carried"]) == (4, 6)
    assert_equals_a_full_extraction(product, output, report)


def test_a_conversation_that_goes_on_replaces_its_older_record(product: Product, tmp_path: Path) -> None:
    output = tmp_path / "out"
    update(product, output)
    product.talk(2, 20, "One thing more.")
    update(product, output)
    (record,) = [row for row in rows_of(output) if row["conversation_id"] == token("conversation", "20")]
    assert len(record["messages"]) == 4


def test_who_opts_out_disappears_with_every_record_and_is_counted_by_reason(product: Product, tmp_path: Path) -> None:
    output = tmp_path / "out"
    update(product, output)
    product.consent(0, "opted_out")
    product.consent(1, "erasure_requested")
    product.erase(2)
    report = update(product, output)
    everything = "\n".join(all_text(output))
    assert not [client for client in range(3) if token("user", str(client)) in everything]
    assert report.numbers["update"]["removed"] == {
        "erasure_requested": {"users": 1, "conversations": 2},
        "no longer in the database, or outside the filters": {"users": 1, "conversations": 2},
        "opted_out": {"users": 1, "conversations": 2},
    }
    product.consent(0, None)
    back = update(product, output)
    assert token("user", "0") in {row["subject_id"] for row in rows_of(output)}
    assert_equals_a_full_extraction(product, output, back)


def test_health_information_that_comes_later_takes_the_older_record_out(product: Product, tmp_path: Path) -> None:
    output = tmp_path / "out"
    update(product, output)
    product.talk(4, 40, TEXTS[2])
    report = update(product, output)
    assert report.rows is not None
    assert report.rows.rejected == {"health_information": 1}
    assert token("conversation", "40") not in {row["conversation_id"] for row in rows_of(output)}
    assert "bipolar" not in "\n".join(all_text(output))


def test_a_row_with_a_broken_clock_does_not_hide_those_after_it(product: Product, tmp_path: Path) -> None:
    output = tmp_path / "out"
    product.rate(0, 0, 1, hours_ago=-24 * 365 * 900)
    update(product, output)
    product.rate(1, 10, 5)
    report = update(product, output)
    assert_equals_a_full_extraction(product, output, report)
    assert {row["conversation_id"]: row["signals"]["satisfaction"] for row in rows_of(output)}[
        token("conversation", "10")
    ] == 10


def test_what_changes_every_record_leads_to_a_full_extraction_that_says_why(product: Product, tmp_path: Path) -> None:
    output = tmp_path / "out"
    update(product, output)
    (product.sources / "quizzes.sql").write_text("SELECT NULL AS user_id, NULL AS created_at WHERE 0")
    report = update(product, output, long_running_turns=30)
    assert report.numbers["update"]["why_full"] == "changed since the last run: extract, queries"


@pytest.mark.parametrize(
    ("spoil", "why"),
    [
        (lambda out: (out / "incremental" / "watermark.json").write_text("{}"), "cannot be read"),
        (lambda out: (out / "_shards.json").write_text("{}"), "did not finish"),
        (lambda out: next((out / "incremental").glob("users-*")).write_bytes(b"x"), "index of users was changed"),
        (
            lambda out: (out / "incremental" / "watermark.json").write_text(
                (out / "incremental" / "watermark.json").read_text().replace('"seed": "17"', '"seed": "18"')
            ),
            "was changed",
        ),
    ],
)
def test_a_state_that_does_not_belong_to_the_shards_counts_as_none(
    product: Product, tmp_path: Path, spoil: Any, why: str
) -> None:
    output = tmp_path / "out"
    update(product, output)
    spoil(output)
    report = update(product, output)
    assert why in report.numbers["update"]["why_full"]
    assert_equals_a_full_extraction(product, output, report)


def test_too_many_broken_rows_leave_the_snapshot_as_it_was(product: Product, tmp_path: Path) -> None:
    output, strict = tmp_path / "out", RunParams(shard_rows=4, quarantine_limit=0.05)
    read(product, output, run=strict)
    before = bytes_of(output)
    product.break_chat(0)
    with pytest.raises(RunError, match="the snapshot is unchanged"):
        read(product, output, run=strict, incremental=True)
    after = {name: content for name, content in bytes_of(output).items() if not name.startswith(".incremental")}
    assert {name: content for name, content in after.items() if name in before} == before


def test_a_failed_redaction_gate_is_not_forgotten_by_the_runs_after_it(
    product: Product, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    output = tmp_path / "out"
    planted = {"redact": RedactParams(canary_rate=1.0)}
    assert update(product, output, **planted).failed_gates == []
    make = canaries.make
    with monkeypatch.context() as broken:  # what is planted from here on is found by no recognizer
        broken.setattr(canaries, "make", lambda draw: replace(make(draw), sentence="It rains.", secrets=("rains",)))
        product.talk(3, 31, "It went better today.")
        product.consent(1, "opted_out")
        report = update(product, output, **planted)
        assert (report.failed_gates, report.numbers["update"]["mode"]) == (["canaries"], "incremental")
        assert shards.open_set(str(output)).failed_gates == ("canaries",)
        assert token("user", "1") not in {row["subject_id"] for row in rows_of(output)}  # who opted out goes all the same
        product.pass_hours(48)
        again = update(product, output, **planted)  # nothing is new, and yet the gate fails again
        assert (again.failed_gates, again.numbers["update"]["why_full"]) == (["canaries"], "the last run failed canaries")
        assert shards.open_set(str(output)).failed_gates == ("canaries",)
    mended = {"redact": RedactParams(canary_rate=1.0, name_threshold=0.11)}
    assert update(product, output, **mended).failed_gates == []
    assert shards.open_set(str(output)).failed_gates == ()
    assert update(product, output, **mended).numbers["update"]["mode"] == "incremental"


def test_small_files_are_joined_so_that_daily_runs_do_not_leave_thousands(product: Product, tmp_path: Path) -> None:
    output = tmp_path / "out"
    update(product, output)
    for day in range(8):
        product.pass_hours(24)
        product.talk(5, 50 + day, "A new day.")
        update(product, output, overlap_hours=1)
    assert len(list(output.glob("part-*.parquet"))) <= 18 / 2  # files of four records: none but one is under half full


def test_the_same_history_gives_the_same_bytes_with_any_number_of_workers(product: Product, tmp_path: Path) -> None:
    for workers in (1, 2):
        read(product, tmp_path / str(workers), workers)
    product.talk(0, 3, TEXTS[1])
    product.consent(4, "opted_out")
    for workers in (1, 2):
        read(product, tmp_path / str(workers), workers, incremental=True)
    assert bytes_of(tmp_path / "1") == bytes_of(tmp_path / "2")


PROGRAM = """
import os, signal, sys
from attune import storage
from attune.config.params import ExtractParams, RedactParams, RunParams
from attune.reporting.page import write_report
from attune.runtime.step import Context
from attune.steps.extract.step import extract

database, output, sources, key, dies_at = sys.argv[1:]
calls = 0

def deadly(function):
    def called(*arguments, **more):
        global calls
        calls += 1
        if calls == int(dies_at):
            os.kill(os.getpid(), signal.SIGKILL)
        return function(*arguments, **more)
    return called

storage.write_bytes, storage.remove = deadly(storage.write_bytes), deadly(storage.remove)
params = ExtractParams(sources=sources, incremental=True)
run = RunParams(shard_rows=4, quarantine_limit=1.0)
report = extract(database, output, params, Context(subject_key=key.encode()), redact=RedactParams(), run=run)
write_report(output, report)
print(calls)
"""


@pytest.mark.slow
def test_a_kill_before_any_write_or_removal_loses_and_doubles_nothing(product: Product, tmp_path: Path) -> None:
    program = tmp_path / "update.py"
    program.write_text(PROGRAM)
    base = tmp_path / "base"
    update(product, base)
    product.talk(3, 31, "It went better today.")
    product.consent(0, "opted_out")
    expected = tmp_path / "expected"
    read(product, expected)

    def run(output: Path, dies_at: int) -> subprocess.CompletedProcess[str]:
        arguments = [str(product.database), str(output), str(product.sources), KEY.decode(), str(dies_at)]
        return subprocess.run([sys.executable, str(program), *arguments], capture_output=True, text=True, check=False)

    counted = run(Path(shutil.copytree(base, tmp_path / "counted")), 0)
    writes = int(counted.stdout)
    assert writes > 20
    for dies_at in sorted(random.Random(3).sample(range(1, writes + 1), 9)):
        output = Path(shutil.copytree(base, tmp_path / f"killed-{dies_at}"))
        assert run(output, dies_at).returncode == -signal.SIGKILL
        update(product, output)
        assert contents(output) == contents(expected)
        assert not [file for file in (output / ".incremental").rglob("*") if file.is_file()]


@pytest.mark.slow
def test_a_kill_at_any_moment_with_workers_loses_and_doubles_nothing(product: Product, tmp_path: Path) -> None:
    output, expected = tmp_path / "out", tmp_path / "expected"
    update(product, output)
    for client in range(5):
        product.talk(client, 10 * client + 5, TEXTS[client])
    read(product, expected)
    arguments = [str(product.database), str(output), str(product.sources), KEY.decode(), "0"]
    program = tmp_path / "update.py"
    guarded = PROGRAM.replace("database, output,", "if __name__ != '__main__': sys.exit()\ndatabase, output,", 1)
    program.write_text(guarded.replace("Context(", "Context(workers=2, "))
    moments = random.Random(7)
    for _ in range(3):
        process = subprocess.Popen([sys.executable, str(program), *arguments], start_new_session=True)
        kill_at_work(process, output, moments.uniform(0, 1.5))
    update(product, output)
    assert contents(output) == contents(expected)
