"""Logs per area and day: one line an event, and never a word that a user said, whatever a step does."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from attune.config.params import Params, RunParams
from attune.errors import GateError, RunError, UsageError
from attune.records.shards import ShardSetWriter
from attune.reporting.report import Report, Rows
from attune.runtime import run_step
from attune.runtime.logs import StepLog
from attune.runtime.step import Batch, Context

PLANTED = "my husband Tomasz hit me again last night"
MIDNIGHT = datetime(2026, 3, 1, 0, 0, 1, tzinfo=UTC)


def lines_of(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for file in sorted(folder.rglob("*.jsonl")) for line in file.read_text().splitlines()]


def everything(folder: Path) -> str:
    return "\n".join(file.read_text() for file in folder.rglob("*") if file.is_file())


@pytest.fixture
def records(tmp_path: Path) -> str:
    """A shard set of four rows, one of which makes the step below stumble over its own text."""
    schema = pa.schema([("record_id", pa.string()), ("text", pa.string())])
    rows = [{"record_id": f"r_{number}", "text": PLANTED if number == 2 else "fine"} for number in range(4)]
    with ShardSetWriter(str(tmp_path / "in"), "test", schema, 10, None) as writer:
        writer.write(pa.Table.from_pylist(rows, schema=schema))
    return str(tmp_path / "in")


def stumbling(batch: pa.Table, params: object, context: Context) -> Batch:
    """A map step that raises with the text of a row in the message."""
    del params, context
    for text in batch["text"].to_pylist():
        if text == PLANTED:
            raise ValueError(f"cannot parse {text!r}")
    return Batch(batch, batch.slice(0, 0).append_column("reason", pa.array([], pa.string())))


def broken(**_: object) -> Report:
    """A whole step that raises with a row's text in the message."""
    raise KeyError(PLANTED)


def refused(**_: object) -> Report:
    raise UsageError("postgresql://reader:secret@db/product: does not answer")


def gated(**_: object) -> Report:
    return Report("gated", "title", "lead", Rows(3, 2, {"too_short": 1}), failed_gates=["pii"])


def interrupted(**_: object) -> Report:
    raise KeyboardInterrupt


def report(result: Any, section: object) -> Report:
    del section
    return Report("score", "title", "lead", Rows(result.rows_in, result.kept, result.rejected, result.quarantined))


def install(monkeypatch: pytest.MonkeyPatch, function: str, *, batched: bool = False) -> None:
    kind = run_step.StepKind.MAP if batched else run_step.StepKind.WHOLE
    step = run_step.Step("score", "test", kind, traits=frozenset() if batched else frozenset({run_step.Trait.READS_SOURCES}))
    monkeypatch.setattr(run_step.Step, "module", __name__)
    monkeypatch.setenv("ATTUNE_SUBJECT_KEY", "7f3a9c1e5b8d2046a1c7e9f03b5d8264c0e1a9b7d3f5826149ec7b0d5a3f8e12")
    monkeypatch.setitem(run_step.STEPS, "score", step)
    monkeypatch.setattr(run_step.Step, "function", property(lambda _: globals()[function]))


def run(inputs: dict[str, Any], folder: Path) -> run_step.StepResult:
    params = Params(run=RunParams(workers=1, quarantine_limit=0.5))
    return run_step.run("score", inputs, str(folder / "out"), params, folder=str(folder / "runs" / "demo-1"))


def test_a_row_that_raises_with_its_own_text_leaves_no_word_in_the_log(
    records: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    install(monkeypatch, "stumbling", batched=True)
    run({"inputs": [records]}, tmp_path)
    logs = tmp_path / "runs" / "demo-1" / "logs"
    assert "Tomasz" not in everything(logs)
    assert "Tomasz" not in everything(tmp_path / "runs")
    started, finished = lines_of(logs)
    assert started["event"] == "started"
    assert (finished["rows_in"], finished["kept"], finished["run"]) == (4, 3, "demo-1")
    (error,) = finished["quarantined"]
    assert error.startswith("ValueError")
    assert {"seconds", "peak_bytes", "resumed"} < set(finished)


def test_a_step_that_raises_with_a_users_text_is_logged_by_type_and_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    install(monkeypatch, "broken")
    with pytest.raises(KeyError):
        run({}, tmp_path)
    failed = lines_of(tmp_path / "runs")[-1]
    assert (failed["event"], failed["level"], failed["exit_code"], failed["error"]) == ("failed", "error", 1, "KeyError")
    assert "Tomasz" not in everything(tmp_path / "runs")
    assert failed["message"].startswith("KeyError at runtime/run_step.py:")


def test_an_error_that_attune_wrote_is_logged_with_its_message_and_without_a_login(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    install(monkeypatch, "refused")
    with pytest.raises(UsageError):
        run({}, tmp_path)
    failed = lines_of(tmp_path / "runs")[-1]
    assert (failed["exit_code"], failed["message"]) == (2, "postgresql://db/product: does not answer")


def test_a_failed_gate_and_an_interruption_are_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    install(monkeypatch, "gated")
    with pytest.raises(GateError):
        run({}, tmp_path)
    assert lines_of(tmp_path / "runs")[-1]["failed_gates"] == ["pii"]
    install(monkeypatch, "interrupted")
    with pytest.raises(KeyboardInterrupt):
        run({"root": "postgresql://is-read-again"}, tmp_path)
    assert lines_of(tmp_path / "runs")[-1]["exit_code"] == 130


def test_the_environment_names_another_folder_and_without_a_run_or_it_nothing_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    install(monkeypatch, "gated")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(GateError):
        run_step.run("score", {}, str(tmp_path / "out"), Params())
    assert not list(tmp_path.rglob("*.jsonl"))
    monkeypatch.setenv("ATTUNE_LOGS", str(tmp_path / "central"))
    with pytest.raises(GateError):
        run({}, tmp_path)
    assert not (tmp_path / "runs").exists()
    assert len(lines_of(tmp_path / "central")) == 2


def test_a_day_has_a_file_of_its_own_in_the_folder_of_the_area(tmp_path: Path) -> None:
    for moment in (MIDNIGHT.replace(month=2, day=28), MIDNIGHT):
        StepLog(tmp_path, "data", "extract", clock=lambda moment=moment: moment).started()
    StepLog(tmp_path, "training", "train", clock=lambda: MIDNIGHT).started()
    found = sorted(str(file.relative_to(tmp_path)) for file in tmp_path.rglob("*.jsonl"))
    assert found == ["data/2026-02-28.jsonl", "data/2026-03-01.jsonl", "training/2026-03-01.jsonl"]


def test_a_line_that_a_kill_cut_off_does_not_spoil_the_next_one(tmp_path: Path) -> None:
    log = StepLog(tmp_path, "data", "extract", clock=lambda: MIDNIGHT)
    log.started()
    file = tmp_path / "data" / "2026-03-01.jsonl"
    file.write_text(file.read_text() + '{"time": "2026')
    log.started()
    assert [line[:9] for line in file.read_text().splitlines()] == ['{"time": ', '{"time": ', '{"time": ']
    assert json.loads(file.read_text().splitlines()[-1])["event"] == "started"


def test_a_log_that_cannot_be_written_stops_the_step_with_a_reason(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("a file, not a folder")
    with pytest.raises(RunError, match=r"the log could not be written .*ATTUNE_LOGS"):
        StepLog(tmp_path, "data", "extract").started()
