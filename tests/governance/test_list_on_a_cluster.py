"""Containers and pods see the list of the erased and write the audit trail; where they could not, they do not start."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from governance_house import KEY
from pipelines.local import _docker_runner
from pipelines.run import Request, _prepare
from record_factory import make_record, rows, write_set

from attune import storage
from attune.config.params import load_params, validate_params
from attune.errors import UsageError
from attune.records.erased import keyed_digest, remember
from attune.records.shards import open_set
from attune.runtime.component import run_component


@dataclass
class Artifact:
    """The part of a Kubeflow artifact that a component uses."""

    path: str
    uri: str = ""
    metadata: dict[str, Any] = field(default_factory=dict)


@pytest.fixture(autouse=True)
def key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ATTUNE_SUBJECT_KEY", KEY.decode())


def score(tmp_path: Path, store: str, source: str, *settings: str) -> Artifact:
    params = load_params([], ["run.workers=1", "score.threshold=0", "score.review_threshold=0", *settings]).model_dump_json()
    result = Artifact(str(tmp_path / "result"))
    page, metrics = Artifact(str(tmp_path / "page.html")), Artifact(str(tmp_path / "metrics.json"))
    run_component("score", {"inputs": [source]}, result, page, metrics, store=store, params=params)
    return result


def test_a_pod_reads_the_list_from_the_store(tmp_path: Path, s3_bucket: str) -> None:
    records = [make_record(number, f"what helps on day {number}?", subject_id=f"user_{number % 4}") for number in range(20)]
    write_set(tmp_path / "in", records)
    for name in storage.walk(str(tmp_path / "in")):
        storage.write_bytes(f"{s3_bucket}/in/{name}", (tmp_path / "in" / name).read_bytes())
    remember(f"{s3_bucket}/erasures", [keyed_digest(KEY, "user_1")], [])
    result = score(tmp_path, f"{s3_bucket}/runs/1", f"{s3_bucket}/in", f"run.erased={s3_bucket}/erasures")
    assert result.metadata["rows_in"] == 20
    assert result.metadata["rejected"] >= 5
    written = [row for kind in ("", "/rejected") for row in rows(open_set(f"{s3_bucket}/runs/1/score{kind}"))]
    assert {row["subject_id"] for row in written} == {"user_0", "user_2", "user_3"}
    assert [name for name in storage.walk(f"{s3_bucket}/runs/1/score", hidden=True) if "without-erased" in name] == []


def test_a_pod_does_not_take_a_folder_of_its_image_for_the_list(
    tmp_path: Path, s3_bucket: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as stopped:
        score(tmp_path, f"{s3_bucket}/runs/2", f"{s3_bucket}/in")
    assert stopped.value.code == UsageError.exit_code
    assert "run.erased = erasures: no pod sees this folder" in capsys.readouterr().err


def test_containers_see_the_list_and_write_the_trail(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("erasures", "families", "product"):
        (tmp_path / name).mkdir()
    (tmp_path / "families/a.txt").write_text("a")
    (tmp_path / "product/product.db").write_bytes(b"a database")
    (tmp_path / "audit.key").write_bytes(b"c4d81f6a0b97e3525d8c1ea7f4b06392e8157ad0c3b9f64e21d7a05b8c9f36e4")
    (tmp_path / "audit.key").chmod(0o600)
    monkeypatch.setenv("ATTUNE_AUDIT_KEY_FILE", "audit.key")
    monkeypatch.setenv("ATTUNE_AUDIT_TRAIL", str(tmp_path / "trail"))
    request = Request("product/product.db", ["families"], load_params([], []), pipeline="dataset", runner="docker")
    _, run, _ = _prepare(request)
    sent = validate_params(json.loads(run.arguments["params"]))
    assert sent.run.erased == str(tmp_path / "erasures")
    options = _docker_runner(run).container_run_args
    seen = {mount["Target"]: bool(mount["ReadOnly"]) for mount in options["mounts"]}
    assert seen[str(tmp_path / "erasures")] is True
    assert seen[str(tmp_path / "audit.key")] is True
    assert seen[str(tmp_path / "trail")] is False
    assert options["environment"]["ATTUNE_AUDIT_TRAIL"] == str(tmp_path / "trail")
    assert options["environment"]["ATTUNE_AUDIT_KEY_FILE"] == str(tmp_path / "audit.key")
    assert options["environment"]["ATTUNE_ACTOR"]
    shutil.rmtree(tmp_path / "erasures")  # nobody was erased yet: nothing to mount
    _, run, _ = _prepare(request)
    assert all(mount["Target"] != str(tmp_path / "erasures") for mount in _docker_runner(run).container_run_args["mounts"])


def test_a_list_that_containers_cannot_reach_is_refused(tmp_path: Path) -> None:
    database = tmp_path / "product.db"
    database.write_bytes(b"a database")
    params = load_params([], ["run.erased=s3://bucket/erasures"])
    with pytest.raises(UsageError, match="containers run without network; name a folder with a copy of the list"):
        _prepare(Request(str(database), [], params, runner="docker", runs=str(tmp_path / "runs")))
