"""The result of training: ``training.json``, and the locations of the models that it names."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from attune import storage
from attune.errors import UsageError
from attune.records.dataset import open_dataset

TRAINING_RESULT = "training.json"


@dataclass(frozen=True)
class ModelLocation:
    """Where to load a model from: a folder or hub name, and an optional adapter."""

    name: str
    path: str
    adapter: str | None = None


@dataclass(frozen=True)
class TrainingResult:
    """A finished training run; ``summary`` is the content of ``training.json``."""

    folder: Path
    summary: dict[str, Any]

    @property
    def before(self) -> ModelLocation:
        """The base model that the first stage started from."""
        folder = self.folder / str(self.summary["before"])
        reference = folder / "base.json"
        if reference.is_file():
            return ModelLocation("before", str(json.loads(reference.read_bytes())["base_model"]))
        return ModelLocation("before", str(folder))

    @property
    def tuned(self) -> ModelLocation:
        """The model after the last stage, with the adapter merged."""
        return ModelLocation("tuned", str(self.folder / str(self.summary["final"])))

    def after_stages(self) -> list[ModelLocation]:
        """The model after each trained stage, in order."""
        models, base = [], self.before.path
        for stage in self.summary["stages"]:
            if stage["state"] != "trained" or stage["index"] == 0:
                continue
            path = str(self.folder / stage["path"])
            if stage["weights"] == "full":
                base = path
            models.append(ModelLocation(stage["stage"], base, path if stage["weights"] == "lora" else None))
        return models


def open_training_result(models: str) -> TrainingResult:
    """The training run in the folder ``models``. Raises UsageError when none was finished there."""
    if storage.is_remote(models):
        raise UsageError(f"--models {models}: must be a local folder; download the output of `attune train` first")
    folder = storage.local_path(models).absolute()
    if not (folder / TRAINING_RESULT).is_file():
        raise UsageError(
            f"--models {models}: has no finished training run ({TRAINING_RESULT} is missing); run `attune train` first"
        )
    return TrainingResult(folder, json.loads((folder / TRAINING_RESULT).read_bytes()))


def describe_dataset(dataset: str) -> dict[str, str]:
    """Name, version and content address of a dataset version."""
    version = open_dataset(dataset)
    return {"name": version.name, "version": version.version, "address": version.address}


def model_content(folder: Path) -> str:
    """Hex SHA-256 over the names and contents of the files in a model folder; equal for equal models."""
    digest = hashlib.sha256()
    for file in sorted(folder.iterdir()):
        digest.update(f"{file.name}\0{storage.sha256_file(str(file))}\n".encode())
    return digest.hexdigest()
