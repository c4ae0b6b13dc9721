"""The result of training: ``training.json``, and the locations of the models that it names."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from attune import storage
from attune.errors import UsageError
from attune.modeling.model_digest import changed, model_digest, require_digest
from attune.records.dataset import open_dataset
from attune.records.signature import SignatureState, read_signed

TRAINING_RESULT = "training.json"
ADAPTER = "adapter"


@dataclass(frozen=True)
class ModelLocation:
    """Where to load a model from.

    Attributes:
        name: of the model in the evaluation.
        path: its folder or hub name.
        adapter: folder of an adapter over it.
        digests: folder -> digest of its files when they were written, for every local folder that it is loaded from.
    """

    name: str
    path: str
    adapter: str | None = None
    digests: Mapping[str, str] = field(default_factory=dict)

    def check(self) -> None:
        """Raise GateError when a folder holds other files than when it was written."""
        for folder, digest in self.digests.items():
            require_digest(Path(folder), digest, TRAINING_RESULT)


@dataclass(frozen=True)
class TrainingResult:
    """A finished training run: the content of ``training.json``, and what is known of its signature."""

    folder: Path
    summary: dict[str, Any]
    signature: SignatureState = SignatureState.UNSIGNED

    @property
    def base_folder(self) -> Path:
        """The folder of the base model, or of the file that names it."""
        return self.folder / str(self.summary["before"])

    @property
    def before(self) -> ModelLocation:
        """The base model that the first stage started from."""
        folder = self.base_folder
        reference = folder / "base.json"
        digests = {str(folder): str(self.summary.get("base_content", ""))}
        if reference.is_file():
            path = str(json.loads(reference.read_bytes())["base_model"])
            content = self.summary.get("base_model_content")
            return ModelLocation("before", path, digests={**digests, **({path: str(content)} if content else {})})
        return ModelLocation("before", str(folder), digests=digests)

    @property
    def tuned(self) -> ModelLocation:
        """The model after the last stage, with the adapter merged."""
        path = str(self.folder / str(self.summary["final"]))
        return ModelLocation("tuned", path, digests={path: str(self.summary.get("content", ""))})

    def digests(self) -> dict[str, str]:
        """The digests of its models and its adapter, by folder, computed from their files.

        Raises:
            RunError: one of them is missing or cannot be read.
        """
        return {name: model_digest(self.folder / name) for name in self._stated()}

    def changes(self, found: Mapping[str, str] | None = None) -> list[str]:
        """What to say of each folder whose files are not those that training wrote; empty when all are unchanged.

        Args:
            found: what :meth:`digests` has returned; None computes them.
        """
        found = self.digests() if found is None else found
        return [
            changed(self.folder / name, found[name], digest, TRAINING_RESULT)
            for name, digest in self._stated().items()
            if found[name] != digest
        ]

    def _stated(self) -> dict[str, str]:
        """The digests that ``training.json`` states, by folder."""
        stated = {
            str(self.summary["final"]): str(self.summary.get("content", "")),
            str(self.summary["before"]): str(self.summary.get("base_content", "")),
            ADAPTER: str(self.summary.get("adapter_content") or ""),
        }
        if not stated[ADAPTER] and not (self.folder / ADAPTER).exists():
            del stated[ADAPTER]  # the last stage trained all weights
        return stated

    def after_stages(self) -> list[ModelLocation]:
        """The model after each trained stage, in order."""
        models, base, below = [], self.before.path, self.before.digests
        for stage in self.summary["stages"]:
            if stage["state"] != "trained" or stage["index"] == 0:
                continue
            path = str(self.folder / stage["path"])
            own = {path: str(stage.get("content", ""))}
            if stage["weights"] == "full":
                base, below = path, own
            adapter = path if stage["weights"] == "lora" else None
            models.append(ModelLocation(stage["stage"], base, adapter, {**below, **own}))
        return models


def open_training_result(models: str) -> TrainingResult:
    """The training run in the folder ``models``.

    Raises:
        UsageError: none was finished there, or ``training.json`` cannot be read or names folders elsewhere.
        GateError: ``training.json`` is not what training wrote, by its signature.
    """
    if storage.is_remote(models):
        raise UsageError(f"--models {models}: must be a local folder; download the output of `attune train` first")
    folder = storage.local_path(models).absolute()
    if not (folder / TRAINING_RESULT).is_file():
        raise UsageError(
            f"--models {models}: has no finished training run ({TRAINING_RESULT} is missing); run `attune train` first"
        )
    read = read_signed(str(folder / TRAINING_RESULT), required=True)
    try:
        summary: dict[str, Any] = json.loads(read.content)
        stages = [stage["path"] for stage in summary["stages"] if stage["state"] == "trained"]
        outside = [name for name in (summary["final"], summary["before"], *stages) if not _is_below(folder, str(name))]
        _ = str(summary["dataset"]["address"]), summary["base_model"]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise UsageError(f"{folder / TRAINING_RESULT}: is not what training writes; run `attune train` again") from None
    if outside:
        raise UsageError(f"{folder / TRAINING_RESULT}: names a folder outside of its own; run `attune train` again")
    return TrainingResult(folder, summary, read.state)


def _is_below(folder: Path, name: str) -> bool:
    """Whether a name in ``training.json`` is that of something in its folder, also when links are followed."""
    return "\0" not in name and (folder / name).resolve().is_relative_to(folder.resolve()) and (folder / name) != folder


def describe_dataset(dataset: str) -> dict[str, str]:
    """Name, version and content address of a dataset version."""
    version = open_dataset(dataset)
    return {"name": version.name, "version": version.version, "address": version.address}
