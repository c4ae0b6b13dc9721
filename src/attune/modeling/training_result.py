"""What training leaves for the steps after it: ``training.json``, and where the models stand that it names."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from attune import storage
from attune.errors import UsageError
from attune.records.dataset import open_dataset

OUTCOME = "training.json"


@dataclass(frozen=True)
class Model:
    """A model to load: a folder or hub name, and an adapter over it."""

    name: str
    path: str
    adapter: str | None = None


@dataclass(frozen=True)
class Trained:
    """A finished training run."""

    folder: Path
    outcome: dict[str, Any]

    @property
    def before(self) -> Model:
        """The model before: the base that the stages started from."""
        folder = self.folder / str(self.outcome["before"])
        reference = folder / "base.json"
        if reference.is_file():
            return Model("before", str(json.loads(reference.read_bytes())["base_model"]))
        return Model("before", str(folder))

    @property
    def tuned(self) -> Model:
        """The model after the last stage, in one piece."""
        return Model("tuned", str(self.folder / str(self.outcome["final"])))

    def after_stages(self) -> list[Model]:
        """The model after each trained stage, in order."""
        models, base = [], self.before.path
        for stage in self.outcome["stages"]:
            if stage["state"] != "trained" or stage["index"] == 0:
                continue
            path = str(self.folder / stage["path"])
            if stage["weights"] == "full":
                base = path
            models.append(Model(stage["stage"], base, path if stage["weights"] == "lora" else None))
        return models


def open_trained(models: str) -> Trained:
    """The training run in the folder ``models``. Raises UsageError when none was finished there."""
    if storage.is_remote(models):
        raise UsageError(f"{models}: models are read from a local folder; copy them here first")
    folder = storage.local_path(models).absolute()
    if not (folder / OUTCOME).is_file():
        raise UsageError(f"{models}: holds no finished training run ({OUTCOME} is missing); run `attune train` first")
    return Trained(folder, json.loads((folder / OUTCOME).read_bytes()))


def describe_dataset(dataset: str) -> dict[str, str]:
    """Name, version and content address of a dataset version."""
    version = open_dataset(dataset)
    return {"name": version.name, "version": version.version, "address": version.address}


def model_content(folder: Path) -> str:
    """Hex SHA-256 over names and contents of a model folder: two models are the same when this is."""
    digest = hashlib.sha256()
    for file in sorted(folder.iterdir()):
        digest.update(f"{file.name}\0{storage.sha256_file(str(file))}\n".encode())
    return digest.hexdigest()
