"""Training jobs: the instructions for a trainer process, and the key of a stage's result."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

from attune.config.section import Section
from attune.config.train import StageParams, TrainParams
from attune.errors import RunError, UsageError
from attune.modeling.model_digest import model_digest
from attune.runtime.code_version import code_version

DONE = "stage.json"
METRICS = "metrics.jsonl"
CHECKPOINTS = "checkpoints"
ADAPTER = "adapter"
MODEL = "model"
# Parameters that do not change the result of a single stage.
_NOT_IN_KEY = {"stages", "curriculum", "base_model", "keep_checkpoints"}


class TrainingJob(Section):
    """One stage to train. Paths are local and absolute. If ``model`` is None, the trainer first creates the tiny model."""

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
    owner: int  # process id of the step; the trainer stops when that process has ended

    @property
    def folder(self) -> Path:
        """The stage's folder."""
        return Path(self.output)


def job_key(name: str, stage: StageParams, params: TrainParams, seed: int, threads: int, dataset: str, parent: str) -> str:
    """The key of a stage's result.

    Args:
        name: the stage's name, which decides the order of its records.
        stage: the stage.
        params: the step's parameters; those of other stages are left out of the key.
        seed: the run's seed.
        threads: CPU threads per process; they determine the rounding of sums.
        dataset: fingerprint of the dataset version.
        parent: key of the previous stage, or fingerprint of the base model.
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


def read_job(path: Path) -> TrainingJob:
    """Read a job file. Raises UsageError when it is not one."""
    try:
        return TrainingJob.model_validate_json(path.read_bytes())
    except (OSError, ValueError) as error:
        raise UsageError(
            f"{path}: not a training job ({type(error).__name__}); job files are written and started by `attune train`"
        ) from None


def finished_key(folder: Path) -> str | None:
    """The key of the finished stage in ``folder``; None when it is not finished, or its weights are not those that it wrote."""
    done = folder / DONE
    if not done.is_file():
        return None
    try:
        written = json.loads(done.read_bytes())
        unchanged = model_digest(folder / str(written["result"])) == written["content"]
    except (ValueError, KeyError, TypeError, RunError):
        return None
    return str(written["key"]) if unchanged else None
