"""Kill -9 at random moments: a rerun gives the bytes of a run that was left alone, and no process is left behind."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest
from processes import PATIENCE_SECONDS
from record_factory import files
from steps_of_test import table

from attune.records.shards import ShardSetWriter

SUPPORT = Path(__file__).parents[1] / "support"


def start(source: Path, output: Path, workers: int, limit: int = 5, pause: float = 0.03) -> subprocess.Popen[str]:
    command = [sys.executable, str(SUPPORT / "run_step.py"), *map(str, (source, output, workers, limit, pause))]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def finish(process: subprocess.Popen[str]) -> None:
    output, errors = process.communicate(timeout=PATIENCE_SECONDS)
    assert output.strip() == "done", errors


@pytest.fixture
def source(tmp_path: Path) -> Path:
    folder = tmp_path / "in"
    with ShardSetWriter(str(folder), "input", table([]).schema, 5, None) as writer:
        writer.write(table(list(range(200))))
    return folder


@pytest.mark.slow
@pytest.mark.parametrize("workers", [1, 2])
def test_a_run_killed_again_and_again_ends_with_the_bytes_of_one_left_alone(tmp_path: Path, source: Path, workers: int) -> None:
    finish(start(source, tmp_path / "calm", 1, pause=0))
    rng = random.Random(workers)
    commits = tmp_path / "killed" / ".commits"
    killed = 0
    for _ in range(4):
        process = start(source, tmp_path / "killed", workers, limit=rng.choice([5, 5, 50]))
        seen = len(list(commits.glob("part-*"))) if commits.exists() else 0
        goal, deadline = min(seen + rng.randint(1, 8), 39), time.monotonic() + PATIENCE_SECONDS
        while process.poll() is None and time.monotonic() < deadline:
            if commits.exists() and len(list(commits.glob("part-*"))) >= goal:
                time.sleep(rng.random() * 0.02)
                break
            time.sleep(0.002)
        if process.poll() is None:
            process.send_signal(signal.SIGKILL)
            killed += 1
        process.communicate()
    assert killed >= 2, "the step was never interrupted: this test tested nothing"
    finish(start(source, tmp_path / "killed", workers, pause=0))
    assert files(tmp_path / "killed") == files(tmp_path / "calm")


def test_workers_end_when_the_process_that_started_them_is_killed(tmp_path: Path, source: Path) -> None:
    process = start(source, tmp_path / "out", 2, pause=0.5)
    parent = psutil.Process(process.pid)
    deadline = time.monotonic() + PATIENCE_SECONDS
    while len(parent.children(recursive=True)) < 3 and time.monotonic() < deadline:  # two workers and the resource tracker
        time.sleep(0.05)
    children = parent.children(recursive=True)
    assert len(children) >= 3
    os.kill(process.pid, signal.SIGKILL)
    process.communicate(timeout=PATIENCE_SECONDS)
    _, alive = psutil.wait_procs(children, timeout=PATIENCE_SECONDS)
    assert not alive


@pytest.mark.slow
def test_ctrl_c_ends_a_run_and_keeps_what_was_done(tmp_path: Path, source: Path) -> None:
    process = start(source, tmp_path / "out", 2, pause=0.1)
    commits, deadline = tmp_path / "out" / ".commits", time.monotonic() + PATIENCE_SECONDS
    while not (commits.exists() and any(commits.glob("part-*"))) and time.monotonic() < deadline:
        time.sleep(0.02)
    children = psutil.Process(process.pid).children(recursive=True)
    for member in (process.pid, *(child.pid for child in children)):  # what a terminal does: the whole group is told
        os.kill(member, signal.SIGINT)
    _, errors = process.communicate(timeout=PATIENCE_SECONDS)
    assert process.returncode != 0
    assert errors.count("Traceback") <= 1, "only the process that a person started may complain"
    assert any(commits.glob("part-*"))
    assert not (tmp_path / "out" / "_shards.json").exists()
    finish(start(source, tmp_path / "out", 1, pause=0))
