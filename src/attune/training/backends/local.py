"""Trains on this machine: torchrun as a separate process group, followed through the metrics file."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from attune.core import storage
from attune.core.errors import RunError
from attune.training.backends import Follow
from attune.training.job import METRICS, Job
from attune.training.loop import read_metrics

JOB_FILE = ".job.json"
LOG = ".log.txt"  # hidden, because torchrun writes times into it
_POLL_SECONDS = 0.2
_LOG_LINES = 12
_STOP_SECONDS = 5.0
_NOISE = (
    "torch.distributed.elastic",
    "torch/distributed/",
    "/torch/distributed",
    "[Gloo]",
    "OMP_NUM_THREADS",
    "<frozen runpy>",
)


class LocalBackend:
    """torchrun on this machine."""

    def run(self, jobs: Sequence[Job], follow: Follow) -> None:
        """Train the jobs in their own process group, which does not outlive this call."""
        for job in jobs:
            storage.write_bytes(str(job.folder / JOB_FILE), job.model_dump_json().encode())
        last = jobs[-1]
        log = last.folder / LOG
        with log.open("wb") as output:
            process = subprocess.Popen(  # noqa: S603 - our own module with a file that we wrote
                command([job.folder / JOB_FILE for job in jobs], last.params.processes),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=environment(last.threads),
                start_new_session=True,
            )
            try:
                _follow_until_end(process, jobs, follow)
            finally:
                _end(process)
        if process.returncode:
            raise RunError(
                f"training stage {last.name} failed with exit code {process.returncode}; its last log lines:\n{last_lines(log)}"
            )


def command(job_files: Sequence[Path], processes: int) -> list[str]:
    """The torchrun command line of some jobs."""
    torchrun = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", str(processes)]
    return [*torchrun, "-m", "attune.training.trainer", *map(str, job_files)]


def environment(threads: int) -> dict[str, str]:
    """This process's environment, offline, with a fixed hash seed and thread count."""
    return {
        **os.environ,
        "HF_HUB_OFFLINE": "1",
        "TRANSFORMERS_OFFLINE": "1",
        "HF_DATASETS_OFFLINE": "1",
        "HF_HUB_DISABLE_TELEMETRY": "1",
        "HF_HUB_DISABLE_PROGRESS_BARS": "1",
        "TOKENIZERS_PARALLELISM": "false",
        "TRANSFORMERS_VERBOSITY": "error",
        "OMP_NUM_THREADS": str(threads),
        "PYTHONHASHSEED": "0",
        "PYTHONUNBUFFERED": "1",
    }


def last_lines(log: Path) -> str:
    """The end of a job's log without what torchrun adds of its own."""
    lines = log.read_text(encoding="utf-8", errors="replace").splitlines()
    said = [line for line in lines if line.strip() and not any(noise in line for noise in _NOISE)]
    own = next((index for index, line in enumerate(said) if line.startswith("=====")), len(said))  # torchrun's summary
    return "\n".join(f"  {line}" for line in said[:own][-_LOG_LINES:])


def _follow_until_end(process: subprocess.Popen[bytes], jobs: Sequence[Job], follow: Follow) -> None:
    seen = dict.fromkeys((job.name for job in jobs), 0)
    running = True
    while running:
        time.sleep(_POLL_SECONDS)
        running = process.poll() is None
        for job in jobs:
            lines = read_metrics(job.folder / METRICS)
            if len(lines) < seen[job.name]:  # a resumed job took back what it had written after its checkpoint
                seen[job.name] = 0
            for line in lines[seen[job.name] :]:
                follow(job, line)
            seen[job.name] = len(lines)


def _end(process: subprocess.Popen[bytes]) -> None:
    """Leave no process of the job behind, however this one was interrupted."""
    if process.poll() is None:
        _signal(process, signal.SIGTERM)
        try:
            process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            _signal(process, signal.SIGKILL)
            process.wait()


def _signal(process: subprocess.Popen[bytes], number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, number)
