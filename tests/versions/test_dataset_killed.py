"""Kill -9 at random moments, run again: the same bytes."""

from __future__ import annotations

import random
import subprocess
import sys
from pathlib import Path

import pytest
from processes import kill_at_work
from record_factory import record_stream, write_set

from attune import storage

_SCRIPT = """
import sys
from attune.runtime import run_step as steps
from attune.config.params import Params
folder = sys.argv[1]
params = Params.model_validate({"run": {"workers": 1, "shard_rows": 100}})
steps.run("dedupe", {"inputs": [folder + "/in"]}, folder + "/dedupe", params)
steps.run("compile", {"inputs": [folder + "/dedupe"]}, folder + "/compile", params)
"""


def start(folder: Path) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-c", _SCRIPT, str(folder)], stderr=subprocess.PIPE)


def written(folder: Path) -> dict[str, bytes]:
    return {
        f"{step}/{name}": (folder / step / name).read_bytes()
        for step in ("dedupe", "compile")
        for name in storage.walk(str(folder / step))
    }


@pytest.mark.slow
def test_killed_at_random_moments_dedupe_and_compile_write_the_same_bytes_in_the_end(tmp_path: Path) -> None:
    records = record_stream(3_000, seed=21)
    clean, killed = tmp_path / "clean", tmp_path / "killed"
    for folder in (clean, killed):
        write_set(folder / "in", records, 100)
    assert start(clean).wait() == 0
    generator = random.Random(22)
    for _ in range(4):
        kill_at_work(start(killed), killed, generator.uniform(0, 1.0))
    assert start(killed).wait() == 0
    assert written(killed) == written(clean)
