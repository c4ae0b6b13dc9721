"""Kubeflow's cache hands out nothing that was made before an erasure: seen with the cache of the local runner."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import sample
from record_factory import rows

from attune.config.params import load_params
from attune.errors import RunError
from attune.records.erased import keyed_digest, load_erased, remember
from attune.records.shards import open_set
from attune.records.tokens import KEY_VARIABLE
from attune.runtime.component import erased_version
from attune.runtime.engine import COMMITS
from attune.runtime.run_step import RESULT_FILE

ROOT = Path(__file__).parents[2]
KEY = "7f3a9c1e5b8d2046a1c7e9f03b5d8264c0e1a9b7d3f5826149ec7b0d5a3f8e12"
OBEYING = ("extract", "ingest", "score", "dedupe", "compile")
SETTINGS = ["run.workers=1", "verify.required_families={product: 5}", "verify.split_tolerance=1", "verify.category_tolerance=1"]
CACHED_RUN = """
import json, sys
from kfp import local
from pipelines.dataset import dataset
folder = sys.argv[1]
runner = local.SubprocessRunner(use_venv=False)
local.init(runner, folder + "/kfp", folder + "/workspace", enable_caching=True, cache_root=folder + "/cache")
dataset(**json.loads(sys.argv[2]))
"""


def run(folder: Path) -> set[str]:
    """Run the dataset pipeline with the cache; returns the steps that were run and not taken from it."""
    store = folder / "steps"
    for step in OBEYING:
        (store / step / COMMITS / RESULT_FILE).unlink(missing_ok=True)
    arguments = {
        "database": str(folder / "product.db"),
        "database_version": "unchanged",
        "roots": [str(folder / "families" / "sarcasm")],
        "roots_version": "unchanged",
        "store": str(store),
        "params": load_params([ROOT / "params.yaml"], [*SETTINGS, f"run.erased={folder / 'erasures'}"]).model_dump_json(),
    }
    command = [sys.executable, "-c", CACHED_RUN, str(folder), json.dumps(arguments)]
    environment = {**os.environ, KEY_VARIABLE: KEY}
    result = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=300)
    assert result.returncode == 0, result.stdout[-4000:] + result.stderr[-4000:]
    return {step for step in OBEYING if (store / step / COMMITS / RESULT_FILE).exists()}


def subjects(folder: Path, step: str) -> set[str]:
    place = folder / "steps" / step
    sets = [place / split for split in ("train", "validation", "test")] if step == "compile" else [place]
    return {row["subject_id"] for each in sets for row in rows(open_set(str(each)))}


@pytest.mark.slow
def test_a_run_after_an_erasure_takes_nothing_from_the_cache_that_was_made_before_it(tmp_path: Path) -> None:
    sample.generate(tmp_path, 60, 3)
    assert run(tmp_path) == set(OBEYING)
    assert run(tmp_path) == set(), "the same again is taken from the cache"
    person = min(filter(None, subjects(tmp_path, "compile")))
    remember(str(tmp_path / "erasures"), [keyed_digest(KEY.encode(), person)], [])
    assert run(tmp_path) == set(OBEYING)
    for step in OBEYING:
        assert person not in subjects(tmp_path, step), step
    assert run(tmp_path) == set(), "with the list unchanged the cache counts again"


def test_the_digest_needs_no_key_and_is_the_one_that_steps_know_the_list_by(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    params = load_params([], [f"run.erased={tmp_path}"]).model_dump_json()
    monkeypatch.delenv(KEY_VARIABLE, raising=False)
    assert erased_version(str(tmp_path), params) == ""
    remember(str(tmp_path), ["b", "a"], ["c"])
    told = erased_version(str(tmp_path), params)
    monkeypatch.setenv(KEY_VARIABLE, KEY)
    assert told == load_erased(str(tmp_path)).version != ""


def test_a_damaged_list_ends_the_component_in_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "erased.json").write_text('{"people": 7}')
    params = load_params([], [f"run.erased={tmp_path}"]).model_dump_json()
    with pytest.raises(SystemExit) as ended:
        erased_version(str(tmp_path), params)
    assert ended.value.code == RunError.exit_code
    assert (
        capsys.readouterr().err == f"attune: {tmp_path}/erased.json: is not a list of erased people; restore it from a backup\n"
    )
