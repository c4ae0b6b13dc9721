"""Where a stage is trained. Every backend takes a job and returns when it is done; a job that failed is a RunError."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from attune.steps.train.job import Job

Follow = Callable[[Job, dict[str, float]], None]


class Backend(Protocol):
    """Runs stages."""

    def run(self, jobs: Sequence[Job], follow: Follow) -> None:
        """Train the jobs one after the other, to the end of the last.

        Args:
            jobs: stages whose folders exist; usually one, and the making of the base model with the first.
            follow: called with each line of a job's metrics as it comes.

        Raises:
            RunError: the job failed; the message holds its last log lines.
        """
