"""Trains on this machine: torchrun as a separate process group, followed through the metrics file."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Sequence
from pathlib import Path

from attune import storage
from attune.errors import RunError
from attune.runtime.processes import failure, offline_environment, process_group
from attune.runtime.watchdog import watched_command
from attune.steps.train import trainer
from attune.steps.train.backends import Follow
from attune.steps.train.job import METRICS, Job
from attune.steps.train.loop import read_metrics

JOB_FILE = ".job.json"
LOG = ".log.txt"  # hidden, because torchrun writes times into it
_POLL_SECONDS = 0.2


class LocalBackend:
    """torchrun on this machine."""

    def run(self, jobs: Sequence[Job], follow: Follow) -> None:
        """Train the jobs in their own process group, which does not outlive this call."""
        for job in jobs:
            storage.write_bytes(str(job.folder / JOB_FILE), job.model_dump_json().encode())
        last = jobs[-1]
        log = last.folder / LOG
        command = torchrun([job.folder / JOB_FILE for job in jobs], last.params.processes)
        with process_group(command, offline_environment(last.threads), log) as process:
            _follow_until_end(process, jobs, follow)
        if process.returncode:
            raise RunError(f"training stage {last.name} {failure(log, process.returncode)}")


def torchrun(job_files: Sequence[Path], processes: int) -> list[str]:
    """The torchrun command line of some jobs; it ends with this process."""
    options = ["--standalone", "--nproc-per-node", str(processes)]
    return watched_command("torch.distributed.run", [*options, "-m", trainer.__name__, *map(str, job_files)])


def _follow_until_end(process: subprocess.Popen[bytes], jobs: Sequence[Job], follow: Follow) -> None:
    seen = {job.name: len(read_metrics(job.folder / METRICS)) for job in jobs}  # what a killed run wrote is not told again
    running = True
    while running:
        time.sleep(_POLL_SECONDS)
        running = process.poll() is None
        for job in jobs:
            lines = read_metrics(job.folder / METRICS)
            seen[job.name] = min(seen[job.name], len(lines))  # a resumed job takes back what came after its checkpoint
            for line in lines[seen[job.name] :]:
                follow(job, line)
            seen[job.name] = len(lines)
