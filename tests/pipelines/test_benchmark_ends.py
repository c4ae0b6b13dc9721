"""A benchmark that is stopped in the middle, by whatever signal, leaves no server, no run and no folder behind."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest
from postgres_server import server_binaries

ROOT = Path(__file__).parents[2]
PATIENCE_SECONDS = 120.0

pytestmark = pytest.mark.skipif(server_binaries() is None, reason="no PostgreSQL server is installed")


def wait_until(condition: Callable[[], object]) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def started_by(process: psutil.Process) -> dict[str, psutil.Process]:
    """Every process below this one, by its command line."""
    found = {}
    for child in process.children(recursive=True):
        try:
            found[" ".join(child.cmdline())] = child
        except psutil.Error:
            continue
    return found


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_the_pipeline_benchmark_takes_its_server_with_it(number: signal.Signals) -> None:
    command = [sys.executable, "benchmarks/pipeline.py", "--sizes", "20000"]
    benchmark = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        parent = psutil.Process(benchmark.pid)
        wait_until(lambda: any("--postgres" in line for line in started_by(parent)))  # it fills the database
        below = started_by(parent)
        server = next(child for line, child in below.items() if " -D " in line)
        home = Path(server.cmdline()[server.cmdline().index("-D") + 1]).parent
        work = Path(next(line for line in below if "attune-pipeline-" in line).split()[-1])
        assert home.is_dir()
        assert work.is_dir()
        benchmark.send_signal(number)
        code = benchmark.wait(PATIENCE_SECONDS)
    finally:
        benchmark.kill()
        benchmark.wait()
    assert code == (-number if number == signal.SIGKILL else 128 + number)
    wait_until(lambda: not [child for child in below.values() if _runs(child)])
    assert not home.exists()
    assert not work.exists()


def _runs(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
