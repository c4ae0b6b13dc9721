"""The command line, DVC and Kubeflow Pipelines make the same dataset version from the same input, byte for byte."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import sample
from programs import needs

from attune.config.params import Params, load_params
from attune.storage import fingerprint, sha256_file

ROOT = Path(__file__).parents[2]
ATTUNE = [sys.executable, "-m", "attune.cli"]
DVC = [sys.executable, "-m", "dvc"]
OVERLAY = "verify: {required_families: {product: 20}, split_tolerance: 0.2, category_tolerance: 1.0}\n"
DATA_STEPS = ("score", "dedupe", "compile", "verify")

pytestmark = pytest.mark.slow


def run(command: list[str], cwd: Path, **environment: str) -> str:
    result = subprocess.run(command, cwd=cwd, env={**os.environ, **environment}, capture_output=True, text=True, timeout=1800)
    assert result.returncode == 0, result.stdout + result.stderr
    return result.stdout


def files_of(folder: Path) -> dict[str, str]:
    """Every file of a step's output with its hash; the engine's own notes are no part of it."""
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and ".commits" not in path.parts
    }


@pytest.fixture(scope="module")
def workplace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder as a clone would be, with a small sample product and an overlay that suits its size."""
    folder = tmp_path_factory.mktemp("fronts")
    for name in ("sources", "prompts", "dvc.yaml", ".dvcignore"):
        source = ROOT / name
        shutil.copytree(source, folder / name) if source.is_dir() else shutil.copy(source, folder / name)
    (folder / "src").symlink_to(ROOT / "src")
    (folder / "overlay.yaml").write_text(OVERLAY)
    params = load_params([ROOT / "params.yaml", folder / "overlay.yaml"])
    (folder / "params.yaml").write_text(json.dumps(params.model_dump(mode="json")))
    sample.generate(folder / "sample", 500, 3)
    return folder


@pytest.fixture(scope="module")
def key(workplace: Path) -> dict[str, str]:
    return {"ATTUNE_SUBJECT_KEY_FILE": str(workplace / "sample" / "subject.key")}


@pytest.fixture(scope="module")
def by_command_line(workplace: Path, key: dict[str, str]) -> Path:
    store = workplace / "cli"
    run([*ATTUNE, "extract", "--database", "sample/product.db", "--output", "data/product"], workplace, **key)
    run([*ATTUNE, "ingest", "--root", "sample/families", "--output", "data/families"], workplace, **key)
    run([*ATTUNE, "score", "-i", "data/product", "-i", "data/families", "-o", "cli/score"], workplace)
    run([*ATTUNE, "dedupe", "-i", "cli/score", "-o", "cli/dedupe"], workplace)
    run([*ATTUNE, "compile", "-i", "cli/dedupe", "-o", "cli/compile"], workplace, **key)  # which signs the version
    run([*ATTUNE, "verify", "cli/compile", "-o", "cli/verify"], workplace, **key)
    return store


def test_dvc_makes_what_the_command_line_makes(workplace: Path, key: dict[str, str], by_command_line: Path) -> None:
    needs("git")
    run(["git", "init", "--quiet"], workplace)
    ignore = (workplace / ".dvcignore").read_text()
    run([*DVC, "init", "--quiet"], workplace)
    (workplace / ".dvcignore").write_text(ignore)
    on_path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    run([*DVC, "repro", "verify"], workplace, PATH=on_path, **key)
    for step in DATA_STEPS:
        assert files_of(workplace / "work" / step) == files_of(by_command_line / step), step
    assert "didn't change" in run([*DVC, "repro", "verify"], workplace, PATH=on_path, **key)


def test_kubeflow_makes_what_the_command_line_makes(
    workplace: Path, key: dict[str, str], by_command_line: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from pipelines.local import LocalRun, execute

    params: Params = load_params([workplace / "params.yaml"])
    monkeypatch.setenv("ATTUNE_SUBJECT_KEY_FILE", key["ATTUNE_SUBJECT_KEY_FILE"])
    arguments = {
        "database": str(workplace / "sample" / "product.db"),
        "database_version": sha256_file(str(workplace / "sample" / "product.db")),
        "roots": [str(workplace / "sample" / "families")],
        "roots_version": fingerprint(str(workplace / "sample" / "families")),
        "params": params.model_dump_json(),
    }
    pipeline_run = LocalRun(workplace / "kfp", "dataset", arguments)
    monkeypatch.chdir(ROOT)
    failure = execute(pipeline_run, lambda _: None)
    assert failure is None, (pipeline_run.folder / "pipeline.log").read_text()[-4000:]
    for step in DATA_STEPS:
        assert files_of(pipeline_run.store / step) == files_of(by_command_line / step), step


def test_the_manifest_of_a_dataset_version_hashes_what_is_there(by_command_line: Path) -> None:
    dataset = by_command_line / "compile"
    manifest = json.loads((dataset / "manifest.json").read_text())
    assert manifest["files"]
    for name, entry in manifest["files"].items():
        path = dataset / name
        assert hashlib.sha256(path.read_bytes()).hexdigest() == entry["sha256"], name
        assert path.stat().st_size == entry["bytes"], name
