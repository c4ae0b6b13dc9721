"""Training backends: where the stages of a curriculum are trained. The only one so far starts torchrun on this machine."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Protocol

from attune import storage
from attune.errors import RunError
from attune.runtime.processes import failure_message, offline_environment, process_group
from attune.runtime.watchdog import watched_command
from attune.steps.train import trainer
from attune.steps.train.job import METRICS, TrainingJob
from attune.steps.train.loop import read_metrics

JOB_FILE = ".job.json"
LOG = ".log.txt"  # hidden, because torchrun writes times into it
_POLL_SECONDS = 0.2
OnMetrics = Callable[[TrainingJob, dict[str, float]], None]


class TrainingBackend(Protocol):
    """Trains stages."""

    def run(self, jobs: Sequence[TrainingJob], on_metrics: OnMetrics) -> None:
        """Train the jobs in order and return when the last one is done.

        Args:
            jobs: stages whose folders exist; usually one, or the tiny base model and the first stage.
            on_metrics: called with each new line of a job's metrics file.

        Raises:
            RunError: a job failed; the message contains the last lines of its log.
        """


class TorchrunBackend:
    """Runs torchrun on this machine as a separate process group."""

    def run(self, jobs: Sequence[TrainingJob], on_metrics: OnMetrics) -> None:
        """Train the jobs; the process group ends with this call, however it ends."""
        for job in jobs:
            storage.write_bytes(str(job.folder / JOB_FILE), job.model_dump_json().encode())
        last = jobs[-1]
        log = last.folder / LOG
        command = torchrun([job.folder / JOB_FILE for job in jobs], last.params.processes)
        with process_group(command, offline_environment(last.threads), log) as process:
            _report_until_end(process, jobs, on_metrics)
        if process.returncode:
            raise RunError(f"training stage {last.name} {failure_message(log, process.returncode)}")


def torchrun(job_files: Sequence[Path], processes: int) -> list[str]:
    """The torchrun command line for some jobs; it ends when this process ends."""
    options = ["--standalone", "--nproc-per-node", str(processes)]
    return watched_command("torch.distributed.run", [*options, "-m", trainer.__name__, *map(str, job_files)])


def _report_until_end(process: subprocess.Popen[bytes], jobs: Sequence[TrainingJob], on_metrics: OnMetrics) -> None:
    seen = {job.name: len(read_metrics(job.folder / METRICS)) for job in jobs}  # lines of a killed run were reported then
    running = True
    while running:
        time.sleep(_POLL_SECONDS)
        running = process.poll() is None
        for job in jobs:
            lines = read_metrics(job.folder / METRICS)
            seen[job.name] = min(seen[job.name], len(lines))  # a resumed job drops the lines after its checkpoint
            for line in lines[seen[job.name] :]:
                on_metrics(job, line)
            seen[job.name] = len(lines)
