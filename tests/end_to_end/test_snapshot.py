"""The snapshot that ``data.dvc`` names is what the sample product gives, so a fresh clone needs no remote."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest
import sample
import yaml

from attune.config.params import load_params
from attune.runtime import run_step

ROOT = Path(__file__).parents[2]


def dvc_hash(folder: Path) -> str:
    """DVC's hash of a folder: the MD5 of the sorted JSON list of its files with theirs (DVC's documented ``.dir`` format)."""
    files = [
        {"md5": hashlib.md5(path.read_bytes()).hexdigest(), "relpath": path.relative_to(folder).as_posix()}
        for path in sorted(folder.rglob("*"), key=lambda path: path.relative_to(folder).as_posix())
        if path.is_file() and ".commits" not in path.parts
    ]
    return hashlib.md5(json.dumps(files, sort_keys=True).encode()).hexdigest() + ".dir"


@pytest.mark.slow
def test_extracting_the_sample_product_anew_gives_the_snapshot_of_data_dvc(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    product = tmp_path / "sample"
    sample.generate(product)
    monkeypatch.setenv("ATTUNE_SUBJECT_KEY_FILE", str(product / "subject.key"))
    monkeypatch.chdir(ROOT)
    params = load_params([ROOT / "params.yaml"])
    run_step.run("extract", {"database": str(product / "product.db")}, str(tmp_path / "data" / "product"), params)
    run_step.run("ingest", {"roots": [str(product / "families")]}, str(tmp_path / "data" / "families"), params)
    tracked = yaml.safe_load((ROOT / "data.dvc").read_text())["outs"][0]
    assert dvc_hash(tmp_path / "data") == tracked["md5"], "run `make data`, then `dvc add data`, and say why in the commit"
