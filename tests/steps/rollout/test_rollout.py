from __future__ import annotations

import json
import os
import re
import statistics
import subprocess
import sys
import time
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from processes import is_running, wait_until

from attune.config.params import RolloutParams, validate_params
from attune.errors import GateError, RunError, UsageError
from attune.modeling.model_digest import model_digest
from attune.records import signature
from attune.reporting.report import report_json
from attune.rollout.controller import RolloutState
from attune.rollout.degrade import degrade
from attune.rollout.trial import TrialResult
from attune.runtime.step import Context
from attune.steps.rollout.step import check_drill, model_folder, rollout

KEY = "f31c5e0a9b7d42c8861e9f0a3d5c7b1248e6a0f9c3b5d7e1f2a4c6e8091b3d5f"
PARAMS = RolloutParams(requests_per_day=10, stage_days=1, min_sample=12, max_tokens=16)
SCRIPT = """
import sys
from attune.config.params import RolloutParams
from attune.runtime.step import Context
from attune.steps.rollout.step import rollout
rollout(*sys.argv[1:4], RolloutParams.model_validate_json(sys.argv[4]), Context())
"""


def decide(folder: Path, decision: str = "promote", models: Path | None = None) -> str:
    folder.mkdir(parents=True, exist_ok=True)
    value = {"decision": decision, "name": "attune-llm-v1-20260101-tiny", "reasons": ["perplexity is lower"]}
    for field, name in (("content", "merged"), ("base_content", "base")):
        value[field] = model_digest(models / name) if models else "0" * 64
    (folder / "decision.json").write_text(json.dumps(value))
    return str(folder)


def folder_of_models(folder: Path) -> Path:
    """Folders that look like models, for what is refused before one is loaded."""
    for name in ("base", "merged"):
        (folder / name).mkdir(parents=True)
        (folder / name / "config.json").write_text("{}")
        (folder / name / "tokenizer.json").write_text("{}")
        (folder / name / "chat_template.jinja").write_text("{{ messages }}")
    return folder


@pytest.mark.slow
def test_killed_and_run_again_it_brings_a_good_model_to_all_and_takes_a_worse_one_back(models: Path, tmp_path: Path) -> None:
    release = decide(tmp_path / "release", models=models)
    out = tmp_path / "out"
    arguments = [str(models), release, str(out), PARAMS.model_dump_json()]
    process = subprocess.Popen([sys.executable, "-c", SCRIPT, *arguments])
    while process.poll() is None and not (out / "decisions.jsonl").exists():
        time.sleep(0.05)
    while process.poll() is None and (out / "decisions.jsonl").read_bytes().count(b"\n") < 6:
        time.sleep(0.02)
    servers = _server_pids(process.pid)
    assert len(servers) >= 2
    process.kill()
    process.wait()
    _all_gone(servers)
    before = (out / "decisions.jsonl").read_bytes()
    before = before[: before.rfind(b"\n") + 1]

    report = rollout(*arguments[:3], PARAMS, Context())

    assert (out / "decisions.jsonl").read_bytes().startswith(before), "what was decided before the kill stands"
    numbers = json.loads(report_json(report))["numbers"]
    assert (numbers["candidate"]["status"], numbers["candidate"]["share"]) == ("done", 1.0)
    assert (numbers["drill"]["status"], numbers["drill"]["reason"]) == ("rolled_back", "satisfaction")
    _recount(out, numbers)
    _the_log_follows_from_the_requests(out)
    _nothing_tells_text_or_places(out, report, models)
    assert not (out / ".work" / "degraded").exists()

    again = rollout(*arguments[:3], PARAMS, Context())  # no server is started for what is done
    assert report_json(again) == report_json(report)
    assert not _server_pids(os.getpid())


def _recount(out: Path, numbers: dict) -> None:
    """The report's numbers once more, from requests.parquet alone."""
    rows = pq.read_table(out / "requests.parquet").to_pylist()
    for name in ("candidate", "drill"):
        mine = [row for row in rows if row["rollout"] == name]
        assert len(mine) == numbers[name]["requests"]
        assert numbers[name]["unanswered"] == 0
        assert [row["index"] for row in mine] == list(range(len(mine)))
        for arm in ("candidate", "production"):
            there = [row for row in mine if row["arm"] == arm]
            rated = [row["rating"] for row in there if row["rating"] is not None]
            assert len(there) == numbers[name]["arms"][arm]["requests"]
            assert statistics.fmean(rated) == pytest.approx(numbers[name]["arms"][arm]["satisfaction"])
            assert sum(row["error"] for row in there) == numbers[name]["arms"][arm]["errors"] == 0
    assert {row["status"] for row in rows} == {200}
    stages = [row["share"] for row in rows if row["rollout"] == "candidate"]
    assert stages == sorted(stages)
    assert set(stages) == {0.1, 0.25, 0.5, 1.0}


def _the_log_follows_from_the_requests(out: Path) -> None:
    rows = pq.read_table(out / "requests.parquet").to_pylist()
    for name, folder in (("candidate", out), ("drill", out / "drill")):
        for line in map(json.loads, (folder / "decisions.jsonl").read_text().splitlines()):
            if line["event"] != "decision":
                continue
            seen = [r for r in rows if r["rollout"] == name and r["turn"] <= line["turn"] and r["stage"] == line["stage"]]
            ratings = [row["rating"] for row in seen if row["arm"] == "candidate"]
            assert line["evidence"]["candidate"]["requests"] == len(ratings)
            assert line["evidence"]["candidate"]["rating_sum"] == sum(ratings)


def _nothing_tells_text_or_places(out: Path, report, models: Path) -> None:
    from attune.reporting.page import render_page
    from attune.rollout.users import load_prompts

    page = render_page(report)
    written = page + "".join(file.read_text() for file in out.rglob("*.json*"))
    for secret in (str(models), str(out), *load_prompts(None, models), "That sounds painful"):
        assert secret not in written
    assert "was rolled out to all users" in page
    assert re.search(r"rolled back at \d+% of the users", page)


def _server_pids(parent: int) -> list[int]:
    pids = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            ppid = int((entry / "stat").read_text().rsplit(")", 1)[1].split()[1])
            guarded = b"attune.runtime.watchdog" in (entry / "cmdline").read_bytes()
        except (FileNotFoundError, ProcessLookupError):
            continue
        if ppid == parent and guarded:
            pids.append(int(entry.name))
    return pids


def _all_gone(pids: list[int]) -> None:
    wait_until(lambda: not any(map(is_running, pids)))


@pytest.mark.parametrize("decision", ["hold", "reject", "anything"])
def test_a_model_that_was_not_promoted_meets_nobody(tmp_path: Path, decision: str) -> None:
    out = tmp_path / "out"
    (out / "drill").mkdir(parents=True)
    for stale in ("decisions.jsonl", "requests.parquet", "drill/decisions.jsonl"):
        (out / stale).write_text("of an earlier model")
    report = rollout(str(tmp_path / "no-models"), decide(tmp_path / "release", decision), str(out), PARAMS, Context())
    assert report.numbers["started"] is False
    assert decision in report.lead
    assert report.failed_gates == ()
    assert [file.name for file in out.iterdir()] == ["state.json"]
    assert json.loads((out / "state.json").read_text()) == {"status": "not_started"}


@pytest.mark.parametrize(
    "content", ["no json", "[]", "{}", '{"decision": "promote"}', '{"decision": "promote", "name": "m"}', None]
)
def test_without_a_readable_decision_nothing_starts(tmp_path: Path, content: str | None) -> None:
    if content is not None:
        (tmp_path / "decision.json").write_text(content)
    with pytest.raises(UsageError, match=r"decision\.json"):
        rollout(str(tmp_path), str(tmp_path), str(tmp_path / "out"), PARAMS, Context())
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    "missing", ["base", "merged", "base/config.json", "merged/tokenizer.json", "merged/chat_template.jinja"]
)
def test_a_missing_part_of_a_model_is_named_before_any_work(tmp_path: Path, missing: str) -> None:
    models = folder_of_models(tmp_path / "models")
    (models / missing).rename(tmp_path / "elsewhere")
    with pytest.raises(UsageError, match=missing.split("/")[0]):
        rollout(str(models), decide(tmp_path / "release"), str(tmp_path / "out"), PARAMS, Context())
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("part", ["base", "merged"])
@pytest.mark.parametrize("change", ["edit", "add", "remove"])
def test_a_model_that_was_changed_after_its_release_meets_nobody(tmp_path: Path, part: str, change: str) -> None:
    models, out = folder_of_models(tmp_path / "models"), tmp_path / "out"
    (models / part / "model.safetensors").write_bytes(b"released")
    release = decide(tmp_path / "release", models=models)
    file = models / part / ("planted.py" if change == "add" else "model.safetensors")
    file.unlink() if change == "remove" else file.write_bytes(b"changed")
    report = rollout(str(models), release, str(out), PARAMS, Context())
    assert (report.numbers["started"], report.failed_gates) == (False, ("served_model_is_the_released_one",))
    assert f"{part}/ is not the model in decision.json" in report.numbers["notice"]
    assert json.loads((out / "state.json").read_text())["status"] == "held"


def test_a_decision_that_was_changed_after_it_was_signed_starts_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ATTUNE_SUBJECT_KEY", KEY)
    path = tmp_path / "decision.json"
    signature.write_signed(str(path), json.dumps({"decision": "hold", "name": "m"}).encode())
    assert rollout("no-models", str(tmp_path), str(tmp_path / "out"), PARAMS, Context()).numbers["started"] is False
    path.write_text(json.dumps({"decision": "promote", "name": "m", "content": "", "base_content": ""}))
    with pytest.raises(GateError, match="its signature does not fit"):
        rollout("no-models", str(tmp_path), str(tmp_path / "out"), PARAMS, Context())
    (tmp_path / "decision.json.sig").unlink()
    with pytest.raises(GateError, match="has no signature"):
        rollout("no-models", str(tmp_path), str(tmp_path / "out"), PARAMS, Context())


def test_models_in_an_object_store_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="local folder"):
        model_folder("s3://bucket/models", "base")


@pytest.mark.parametrize(
    "values",
    [
        {"stages": []},
        {"stages": [1.0]},
        {"stages": [0.5, 0.25, 1.0]},
        {"stages": [0.1, 0.5]},
        {"stages": [0.1, 1.5]},
        {"stages": [0.5, 0.5, 1.0]},
        {"max_stage_days": 1},
        {"min_sample": 1},
        {"confidence": 1.0},
        {"drill_noise": 0},
        {"stage_seconds": 3},
    ],
)
def test_parameters_that_make_no_rollout_are_refused(values: dict) -> None:
    with pytest.raises(UsageError, match="rollout"):
        validate_params({"rollout": values})


@pytest.mark.parametrize(("status", "reason"), [("done", "criteria_met"), ("done", "promoted_by_hand")])
def test_a_drill_that_was_not_taken_back_fails_the_step(status: str, reason: str) -> None:
    with pytest.raises(RunError, match="drill_noise"):
        check_drill(TrialResult("drill", RolloutState(status, 3, 1.0, reason=reason), [], []))
    check_drill(TrialResult("drill", RolloutState("rolled_back", 0, 0.0, reason="satisfaction"), [], []))


def test_the_degraded_copy_is_the_same_every_time_and_differs_in_its_matrices_alone(models: Path, tmp_path: Path) -> None:
    from safetensors.torch import load_file

    source = models / "merged"
    degrade(source, tmp_path / "one", noise=2.0, seed=17)
    degrade(source, tmp_path / "two", noise=2.0, seed=17)
    degrade(source, tmp_path / "other", noise=2.0, seed=18)
    names = sorted(file.name for file in source.iterdir())
    assert sorted(file.name for file in (tmp_path / "one").iterdir()) == names
    for name in names:
        same = (tmp_path / "one" / name).read_bytes()
        assert same == (tmp_path / "two" / name).read_bytes()
        assert (same == (source / name).read_bytes()) == (not name.endswith(".safetensors"))
    assert (tmp_path / "one" / "model.safetensors").read_bytes() != (tmp_path / "other" / "model.safetensors").read_bytes()
    before, after = load_file(source / "model.safetensors"), load_file(tmp_path / "one" / "model.safetensors")
    for name, tensor in before.items():
        change = (after[name] - tensor).std() if tensor.ndim > 1 else None
        if change is None:
            assert after[name].equal(tensor)
        else:
            assert float(change / tensor.std()) == pytest.approx(2.0, rel=0.1)


def test_a_model_without_safetensors_cannot_be_degraded(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="safetensors"):
        degrade(tmp_path, tmp_path / "out", noise=1.0, seed=17)
