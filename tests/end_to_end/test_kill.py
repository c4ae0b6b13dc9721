"""Kill -9 at any moment loses nothing: the rerun ends with the bytes of a run that was never disturbed."""

from __future__ import annotations

import hashlib
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from processes import PATIENCE_SECONDS, any_running_with, wait_until

ROOT = Path(__file__).parents[2]
OVERLAY = "run: {shard_rows: 100}\nverify: {required_families: {product: 20}, split_tolerance: 0.2, category_tolerance: 1.0}\n"

pytestmark = pytest.mark.slow


def command(folder: Path, runs: Path) -> list[str]:
    arguments = ["--pipeline", "dataset", "--conversations", "400", "--seed", "9", "--samples", str(folder / "sample")]
    return [
        sys.executable,
        "-m",
        "attune.cli",
        "run",
        "--sample",
        *arguments,
        "--runs",
        str(runs),
        "--params",
        str(folder / "overlay.yaml"),
    ]


def bytes_of(runs: Path) -> dict[str, str]:
    steps = next(runs.glob("demo-*/steps"))
    return {
        path.relative_to(steps).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(steps.rglob("*"))
        if path.is_file() and ".commits" not in path.parts
    }


def test_a_pipeline_killed_at_random_moments_ends_with_the_same_bytes(tmp_path: Path) -> None:
    (tmp_path / "overlay.yaml").write_text(OVERLAY)
    started = time.monotonic()
    subprocess.run(command(tmp_path, tmp_path / "calm"), cwd=ROOT, check=True, capture_output=True, timeout=1800)
    seconds = time.monotonic() - started
    moments = random.Random(4)
    for _ in range(4):
        process = subprocess.Popen(
            command(tmp_path, tmp_path / "killed"), cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        time.sleep(moments.uniform(0.1, 0.8) * seconds)
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
        wait_until(lambda: not any_running_with(str(tmp_path / "killed")))  # the orphaned pipeline notices that by itself
    subprocess.run(command(tmp_path, tmp_path / "killed"), cwd=ROOT, check=True, capture_output=True, timeout=1800)
    assert bytes_of(tmp_path / "killed") == bytes_of(tmp_path / "calm")
    leftovers = list((tmp_path / "killed").rglob("*.tmp"))
    assert leftovers == []


def test_an_interrupted_pipeline_says_so_and_leaves_no_process(tmp_path: Path) -> None:
    (tmp_path / "overlay.yaml").write_text(OVERLAY)
    process = subprocess.Popen(
        command(tmp_path, tmp_path / "runs"), cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    while not list((tmp_path / "runs").glob("demo-*/pipeline.log")):
        assert process.poll() is None
        time.sleep(0.1)
    time.sleep(1)
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=PATIENCE_SECONDS)
    assert process.returncode == 130
    assert "run it again to resume" in errors
    wait_until(lambda: not any_running_with(str(tmp_path / "runs")), 30)
