"""What failed a gate stays where it is: no step reads it unasked, and who asks is on record."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from attune.config.params import Params, RunParams
from attune.errors import GateError
from attune.records import shards
from attune.records.record import RECORD_SCHEMA
from attune.runtime import run_step
from attune.runtime.audit_trail import FOLDER_VARIABLE

ACCEPTED = Params(run=RunParams(workers=1, accept_failed_gates=True))


@pytest.fixture
def failed(tmp_path: Path) -> str:
    """An extracted set whose canaries survived."""
    uri = str(tmp_path / "product")
    part = shards.write_shard(f"{uri}/part-00000.parquet", RECORD_SCHEMA.empty_table())
    shards.describe(uri, "extract", [part], None, ["canaries"])
    return uri


@pytest.mark.parametrize("step", ["score", "dedupe", "compile"])
def test_no_step_goes_on_from_a_set_that_failed_a_gate(failed: str, tmp_path: Path, step: str) -> None:
    with pytest.raises(GateError) as caught:
        run_step.run(step, {"inputs": [failed]}, str(tmp_path / step), Params(run=RunParams(workers=1)))
    assert caught.value.exit_code == 3
    assert str(caught.value).startswith(f"{step}: {failed} failed canaries of extract, so no step reads it; see ")
    assert not list((tmp_path / step).glob("*.parquet"))


def test_a_run_may_accept_a_failed_gate_and_the_audit_trail_says_so(
    failed: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(FOLDER_VARIABLE, str(tmp_path / "trail"))
    run_step.run("score", {"inputs": [failed]}, str(tmp_path / "score"), ACCEPTED)
    entries = [json.loads(line) for line in (tmp_path / "trail" / "trail.jsonl").read_text().splitlines()]
    accepted = [entry["details"] for entry in entries if entry["action"] == "gate.accepted"]
    assert accepted == [{"step": "score", "input": failed, "gates": "canaries"}]


def test_a_good_set_says_nothing_of_gates(tmp_path: Path) -> None:
    shards.describe(str(tmp_path), "extract", [], None)
    assert "failed_gates" not in json.loads((tmp_path / shards.DESCRIPTION).read_text())
    assert shards.open_set(str(tmp_path)).failed_gates == ()
