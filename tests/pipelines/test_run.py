"""One command runs the whole pipeline on a user's database and files, or files alone: what it asks for, resumes and hides."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import psycopg
import pytest
import sample
from pipelines import run as front
from pipelines.local import held
from postgres_server import controlled_server

from attune.cli.main import main
from attune.config.params import load_params
from attune.errors import RunError
from attune.records.tokens import KEY_FILE_VARIABLE, KEY_VARIABLE
from attune.redaction import canaries
from attune.runtime import audit_trail
from attune.runtime.component import run_component
from attune.runtime.run_folder import RunFolder

ROOT = Path(__file__).parents[2]
COUNSEL_CHAT = Path(os.environ.get("ATTUNE_COUNSEL_CHAT", ROOT.parent / "shared" / "data" / "counsel-chat"))
PASSWORD = "pa55 w:rd/ü@x"
IN_URL = "pa55%20w%3Ard%2F%C3%BC%40x"
OVERLAY = """
run: {shard_rows: 60, workers: 2}
verify: {required_families: {product: 20}, split_tolerance: 0.3, category_tolerance: 1.0}
"""
HELD = """
SELECT (SELECT count(*) FROM conversations c
        WHERE EXISTS (SELECT 1 FROM messages m WHERE m.conversation_id = c.conversation_id))
     + (SELECT count(*) FROM check_ins k JOIN users u USING (user_id) WHERE k.reply IS NOT NULL)
"""


@dataclass(frozen=True)
class Product:
    """A product's database behind a password, files in two places, and where a run of it shall stand."""

    url: str
    conversations: int
    folder: Path

    def command(self, *more: str) -> list[str]:
        files = [part for name in ("families", "own") for part in ("--families", str(self.folder / name))]
        where = ["--runs", str(self.folder / "runs"), "--name", "mine", "--params", str(self.folder / "overlay.yaml")]
        command = [sys.executable, "-m", "attune.cli", "run", "--pipeline", "dataset", "--database", self.url]
        return [*command, *files, *where, *more]

    @property
    def run(self) -> RunFolder:
        return RunFolder(self.folder / "runs" / "mine")

    @property
    def environment(self) -> dict[str, str]:
        return {**os.environ, KEY_FILE_VARIABLE: str(self.folder / "subject.key")}


@pytest.fixture(scope="module")
def product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    folder = tmp_path_factory.mktemp("product")
    sample.generate(folder, 1, 5)
    shutil.move(folder / "families" / "sarcasm", folder / "own" / "sarcasm")
    (folder / "overlay.yaml").write_text(OVERLAY)
    with controlled_server(hba="host all reader 127.0.0.1/32 scram-sha-256") as server:
        sample.write_postgres(server.url, 150, 5)
        with psycopg.connect(server.url, autocommit=True) as connection:
            connection.execute(f"CREATE ROLE reader LOGIN PASSWORD '{PASSWORD}'")
            connection.execute("GRANT SELECT ON ALL TABLES IN SCHEMA public TO reader")
            row = connection.execute(HELD).fetchone()
        assert row is not None
        yield Product(server.url.replace("postgres@", f"reader:{IN_URL}@"), int(row[0]), folder)


@pytest.fixture(scope="module")
def killed_and_resumed(product: Product) -> str:
    """What the run printed when it was started again after kill -9 in the middle."""
    process = subprocess.Popen(
        product.command(), cwd=ROOT, env=product.environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    deadline = time.monotonic() + 600
    # Steps that do not wait for each other run in an order that differs from process to process.
    while not (product.run.steps() and len(list(product.run.path.glob("steps/*/.commits/part-00000.json"))) > 1):
        assert process.poll() is None, "the step that had ended was not put on record"
        assert time.monotonic() < deadline
        time.sleep(0.05)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    assert {step.step for step in product.run.steps()} <= {"extract", "ingest"}
    result = subprocess.run(product.command(), cwd=ROOT, env=product.environment, capture_output=True, text=True, timeout=1800)
    assert result.returncode == 0, result.stdout + result.stderr
    return result.stdout


@pytest.mark.slow
def test_every_row_of_the_database_and_the_files_is_in_a_split_or_left_out_for_a_reason(
    product: Product, killed_and_resumed: str
) -> None:
    lineage = product.run.lineage()
    assert lineage is not None
    assert lineage.problems == ()
    extracted, ingested = lineage.steps[:2]
    assert extracted.offered == product.conversations
    assert {loss.kind for loss in extracted.losses} >= {"skipped", "rejected"}
    assert ingested.offered == 364
    assert lineage.offered == product.conversations + 364 == sum(lineage.splits.values()) + lineage.left_out
    assert lineage.sentence() in " ".join(killed_and_resumed.split())
    page = (product.run.path / "index.html").read_text()
    shown = {key: int(value) for key, value in re.findall(r'data-key="(lineage/[^"]+)" data-value="(\d+)"', page)}
    assert shown["lineage/extract/offered"] == product.conversations
    assert {split: shown[f"lineage/splits/{split}"] for split in lineage.splits} == lineage.splits


@pytest.mark.slow
def test_the_run_tells_what_each_step_and_all_its_processes_together_cost(product: Product, killed_and_resumed: str) -> None:
    cost = product.run.cost()
    assert cost is not None
    steps = product.run.steps()
    assert [step.step for step in steps] == ["extract", "ingest", "score", "dedupe", "compile", "verify"]
    assert all(step.cpu_seconds > 0 for step in steps)
    own = [step for step in steps if step.status == "done"]  # a resumed step states what its work cost in the killed run
    assert cost.cpu_seconds > sum(step.cpu_seconds for step in own)
    assert cost.peak_bytes > max(step.peak_bytes for step in own), "the processes that drive the pipeline count too"


@pytest.mark.slow
def test_a_password_in_the_address_reaches_the_server_and_no_file(product: Product, killed_and_resumed: str) -> None:
    files = [path for path in (product.folder / "runs").rglob("*") if path.is_file()]
    assert len(files) > 20
    for path in files:
        content = path.read_bytes()
        assert PASSWORD.encode() not in content, path
        assert IN_URL.encode() not in content, path
    assert PASSWORD not in killed_and_resumed
    versions = json.loads((product.run.path / "run.json").read_text())["versions"]
    assert versions["database"].startswith("postgresql://127.0.0.1:")


@pytest.mark.slow
def test_a_second_execution_of_the_same_run_waits_for_none_and_starts_none(product: Product, killed_and_resumed: str) -> None:
    before = product.run.steps()
    with held(product.run.path):
        result = subprocess.run(product.command(), cwd=ROOT, env=product.environment, capture_output=True, text=True)
    assert result.returncode == RunError.exit_code
    assert "is being executed by another process" in result.stderr
    assert product.run.steps() == before


def run_of_files(folder: Path, *families: Path) -> tuple[RunFolder, subprocess.CompletedProcess[str]]:
    """A run without a database, with the parameters that are shipped."""
    files = [part for path in families for part in ("--families", str(path))]
    command = [
        sys.executable,
        "-m",
        "attune.cli",
        "run",
        "--pipeline",
        "dataset",
        "--runs",
        str(folder / "runs"),
        "--name",
        "files",
    ]
    environment = {**os.environ, KEY_VARIABLE: "7f3a9c1e5b8d2046a1c7e9f03b5d8264c0e1a9b7d3f5826149ec7b0d5a3f8e12"}
    result = subprocess.run([*command, *files], cwd=ROOT, env=environment, capture_output=True, text=True, timeout=1800)
    return RunFolder(folder / "runs" / "files"), result


@pytest.mark.slow
@pytest.mark.parametrize(("source", "records"), [("the sample", 364), ("counsel-chat", 1_482)])
def test_files_alone_make_a_verified_version_and_every_record_is_accounted_for(
    source: str, records: int, tmp_path: Path
) -> None:
    families = COUNSEL_CHAT
    if source == "the sample":
        sample.generate(tmp_path, 1, 5)
        families = tmp_path / "families"
    elif not families.exists():
        pytest.skip(f"{families} is not there; set ATTUNE_COUNSEL_CHAT to it")
    folder, result = run_of_files(tmp_path, families)
    assert result.returncode == 0, result.stdout + result.stderr
    assert "verify.required_families asks for no product in this run" in result.stderr
    steps = ["ingest", "score", "dedupe", "compile", "verify"]
    assert [step.step for step in folder.steps()] == steps
    assert sorted(path.name for path in (folder.path / "steps").iterdir()) == sorted(steps)
    lineage = folder.lineage()
    assert lineage is not None
    assert lineage.problems == ()
    assert lineage.offered == records == sum(lineage.splits.values()) + lineage.left_out
    assert lineage.sentence() in " ".join(result.stdout.split())
    page = (folder.path / "index.html").read_text()
    assert 'data-key="lineage/ingest/offered"' in page
    assert "lineage/extract" not in page
    assert "product database" not in page
    written = json.loads((folder.path / "run.json").read_text())
    assert set(written["versions"]) == {"families", "code"}
    assert written["params"]["verify"]["required_families"] == {}


def ask(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], folder: Path, *arguments: str) -> tuple[int, str]:
    monkeypatch.chdir(ROOT)
    with pytest.raises(SystemExit) as ended:
        main(["run", *arguments, "--runs", str(folder / "runs"), "--pipeline", "dataset"])
    return int(ended.value.code or 0), capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ((), "nothing to read: name a database (--database), your own files (--families), or both"),
        (("--families", "nowhere"), "--families nowhere: no such file or folder"),
        (("--families", ""), "--families '': no such file or folder"),
        (("--families", "EMPTY"), "the folder holds no file"),
        (("--database", "postgresql://[db/x"), "--database: is not a postgresql:// URL"),
        (("--database", "nowhere.db"), "--database nowhere.db: no such file; name an SQLite file or a postgresql:// URL"),
        (("--database", "mysql://root:secret@db/x"), "--database mysql://db/x: name an SQLite file or a postgresql:// URL"),
        (("--database", "README.md", "--families", "nowhere"), "--families nowhere: no such file or folder"),
        (("--database", "README.md", "--name", "../up"), "--name ../up: must be the name of a folder in --runs"),
        (("--database", "postgresql://db/x", "--runner", "docker"), "containers run without network"),
        (("--database", "README.md", "--set", "dedupe.threshold=7"), "dedupe.threshold"),
    ],
)
def test_wrong_usage_is_told_in_one_line_before_anything_starts(
    arguments: tuple[str, ...], told: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv(KEY_VARIABLE, "7f3a9c1e5b8d2046a1c7e9f03b5d8264c0e1a9b7d3f5826149ec7b0d5a3f8e12")
    (tmp_path / "empty").mkdir()
    arguments = tuple(str(tmp_path / "empty") if argument == "EMPTY" else argument for argument in arguments)
    code, errors = ask(monkeypatch, capsys, tmp_path, *arguments)
    assert code == 2
    assert errors.startswith("attune: ")
    assert errors.count("\n") == 1
    assert told in errors
    assert "secret" not in errors
    assert not (tmp_path / "runs").exists()


def test_a_place_where_no_run_can_stand_is_told_in_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv(KEY_VARIABLE, "7f3a9c1e5b8d2046a1c7e9f03b5d8264c0e1a9b7d3f5826149ec7b0d5a3f8e12")
    (tmp_path / "runs").write_text("a file")
    code, errors = ask(monkeypatch, capsys, tmp_path, "--families", "sources")
    assert code == 2
    assert errors.startswith(f"attune: {tmp_path}/runs/run-")
    assert errors.endswith("cannot be made or opened (Not a directory); choose another folder with --runs\n")


def test_a_damaged_list_of_the_erased_is_told_before_anything_starts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv(KEY_VARIABLE, "7f3a9c1e5b8d2046a1c7e9f03b5d8264c0e1a9b7d3f5826149ec7b0d5a3f8e12")
    (tmp_path / "erased.json").write_text("[")
    code, errors = ask(monkeypatch, capsys, tmp_path, "--families", "sources", "--set", f"run.erased={tmp_path}")
    assert code == 1
    assert errors == f"attune: {tmp_path}/erased.json: is not a list of erased people; restore it from a backup\n"
    assert not (tmp_path / "runs").exists()


def test_a_missing_key_is_told_before_anything_starts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in (KEY_VARIABLE, KEY_FILE_VARIABLE):
        monkeypatch.delenv(name, raising=False)
    code, errors = ask(monkeypatch, capsys, tmp_path, "--database", "README.md")
    assert code == 2
    assert "openssl rand -hex 32" in errors


class Artifact:
    """What Kubeflow hands to a component."""

    def __init__(self, path: Path) -> None:
        self.uri, self.path, self.metadata = str(path), str(path), dict[str, object]()


@pytest.mark.parametrize(("accepted", "goes_on"), [("false", False), ("true", True)])
def test_a_run_goes_on_past_a_failed_redaction_gate_only_when_it_accepts_that(
    accepted: str, goes_on: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    sample.generate(tmp_path, 20, 3)
    monkeypatch.chdir(ROOT)
    monkeypatch.setenv(KEY_FILE_VARIABLE, str(tmp_path / "subject.key"))
    make = canaries.make  # what is planted is found by no recognizer
    monkeypatch.setattr(canaries, "make", lambda draw: replace(make(draw), sentence="It rains.", secrets=("rains",)))
    settings = [f"run.accept_failed_gates={accepted}", "run.workers=1", "redact.canary_rate=1"]
    params = load_params([Path("params.yaml")], settings)
    store, page, metrics = str(tmp_path / "store"), Artifact(tmp_path / "page.html"), Artifact(tmp_path / "metrics")

    def extract() -> str:
        inputs = {"database": str(tmp_path / "product.db")}
        return run_component(
            "extract", inputs, Artifact(tmp_path / "set"), page, metrics, store=store, params=params.model_dump_json()
        )

    if goes_on:
        assert extract()
        assert metrics.metadata["failed_gates"] == 1
        assert metrics.metadata["rows/in"] == metrics.metadata["rows/kept"] + metrics.metadata["rows/rejected"]
        assert "failed canaries" in capsys.readouterr().err
        assert not (tmp_path / "store" / "extract" / ".commits" / "failure.json").exists()
    else:
        with pytest.raises(SystemExit) as ended:
            extract()
        assert ended.value.code == 3
        failure = json.loads((tmp_path / "store" / "extract" / ".commits" / "failure.json").read_text())
        assert failure["exit_code"] == 3
    description = json.loads((tmp_path / "store" / "extract" / "_shards.json").read_text())
    assert description["failed_gates"] == ["canaries"]


def test_the_demo_has_a_model_registry_of_its_own_and_other_runs_share_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(audit_trail.FOLDER_VARIABLE, str(tmp_path / "audit-trail"))
    files = tmp_path / "files"
    files.mkdir()
    (files / "talk.jsonl").write_text("{}\n")
    request = front.Request(database="", families=[str(files)], params=load_params(), runs=str(tmp_path / "runs"), name="mine")
    folder, shared, _ = front._prepare(request)
    assert shared.arguments["registry"] == str(tmp_path / "runs" / "registry")
    _, own, _ = front._prepare(replace(request, own_registry=True))
    assert own.arguments["registry"] == str(folder.path / "registry")
