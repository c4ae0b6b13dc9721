"""What a trainer process is told: one stage, its input, its output, and the key under which it is done."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

from attune.config.section import Section
from attune.config.train import StageParams, TrainParams
from attune.errors import UsageError
from attune.runtime.code_version import code_version

DONE = "stage.json"
METRICS = "metrics.jsonl"
CHECKPOINTS = "checkpoints"
ADAPTER = "adapter"
MODEL = "model"
# What another stage or the way of starting may change without changing this stage's result.
_NOT_IN_KEY = {"stages", "curriculum", "base_model", "keep_checkpoints"}


class Job(Section):
    """One stage for the trainer. Paths are local and absolute; a null ``model`` has the tiny one made on the spot."""

    name: str
    stage: StageParams
    params: TrainParams
    seed: int
    dataset: str
    model: str | None
    adapter: str | None
    output: str
    merged: str | None
    key: str
    threads: int
    owner: int  # process id of the step: a trainer whose step was killed must not go on alone

    @property
    def folder(self) -> Path:
        """The stage's folder."""
        return Path(self.output)


def job_key(name: str, stage: StageParams, params: TrainParams, seed: int, threads: int, dataset: str, parent: str) -> str:
    """The key of a stage's result.

    Args:
        name: the stage's name, which decides the order of its records.
        stage: the stage.
        params: the step's parameters; what concerns other stages does not count.
        seed: the run's seed.
        threads: CPU threads a process, which decide how sums are rounded.
        dataset: fingerprint of the dataset version.
        parent: key of the stage before, or fingerprint of the base model.
    """
    common = params.model_dump(mode="json", exclude=_NOT_IN_KEY)
    parts = [
        name,
        stage.model_dump(mode="json"),
        common,
        seed,
        threads,
        dataset,
        parent,
        code_version("attune.steps.train.trainer"),
    ]
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


def read_job(path: Path) -> Job:
    """The job in a file that the step wrote. Raises UsageError when it is none."""
    try:
        return Job.model_validate_json(path.read_bytes())
    except (OSError, ValueError) as error:
        raise UsageError(
            f"{path}: is not a training job ({type(error).__name__}); `attune train` writes and starts these"
        ) from None


def finished_key(folder: Path) -> str | None:
    """The key under which the stage in ``folder`` was finished, if it was."""
    done = folder / DONE
    return str(json.loads(done.read_bytes())["key"]) if done.is_file() else None
