"""Checkpoints of a training stage: trained weights, optimizer state and progress, written atomically.

``state.json`` holds the SHA-256 of the other files and of itself. A checkpoint with other bytes is never loaded: training
continues from an older one, or starts the stage again.

The state of random generators is not saved: every step seeds its own from the run's seed and its number.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from attune import storage
from attune.errors import RunError
from attune.records.shards import json_bytes

WEIGHTS = "weights.safetensors"
_OPTIMIZER = "optimizer.pt"
_STATE = "state.json"
_PREFIX = "step-"


@dataclass
class TrainingState:
    """Progress of a stage."""

    key: str
    step: int = 0
    tokens: float = 0.0
    best_step: int = 0
    best_loss: float | None = None
    validation: list[tuple[int, float]] = field(default_factory=list)


class DamagedCheckpoint(Exception):  # noqa: N818 - says what a checkpoint is, and is always caught here
    """A checkpoint whose files are missing or are not those that were written."""


def save(folder: Path, state: TrainingState, model: Any, optimizer: Any) -> None:
    """Write the checkpoint of ``state.step``; an interrupted write leaves nothing under its name."""
    import torch
    from safetensors.torch import save_file

    with storage.atomic_folder(folder / _name(state.step)) as temporary:
        save_file(_trained_weights(model), temporary / WEIGHTS)
        torch.save(optimizer.state_dict(), temporary / _OPTIMIZER)
        _write_state(temporary, asdict(state))


def prune(folder: Path, state: TrainingState, keep: int) -> None:
    """Remove all but the ``keep`` newest checkpoints and the best one."""
    steps = _steps(folder)
    for step in steps[: max(0, len(steps) - keep)]:
        if step != state.best_step:
            shutil.rmtree(folder / _name(step))


def resume(folder: Path, key: str, model: Any, optimizer: Any) -> TrainingState:
    """Load the newest undamaged checkpoint with ``key`` into model and optimizer.

    Without one, all checkpoints are removed and the stage starts again.
    """
    import torch

    for step in reversed(_steps(folder)):
        checkpoint = folder / _name(step)
        try:
            state = _read_state(checkpoint, (WEIGHTS,))
            finished = _is_finished(checkpoint)
            if not finished:
                _read_state(checkpoint, (_OPTIMIZER,))
            if state.best_step:
                _read_state(folder / _name(state.best_step), (WEIGHTS,))  # loaded at the end of the stage
        except DamagedCheckpoint:
            continue
        if state.key == key:
            load_weights(folder, step, model)
            if not finished:
                optimizer.load_state_dict(torch.load(checkpoint / _OPTIMIZER, weights_only=True))
            for later in _steps(folder):
                if later > step:  # damaged
                    shutil.rmtree(folder / _name(later), ignore_errors=True)
            return state
    shutil.rmtree(folder, ignore_errors=True)
    return TrainingState(key)


def load_weights(folder: Path, step: int, model: Any) -> None:
    """Load the weights of a checkpoint into ``model``. Raises RunError when it is damaged."""
    import torch
    from safetensors.torch import load_file

    try:
        _read_state(folder / _name(step), (WEIGHTS,))
    except DamagedCheckpoint as damage:
        raise RunError(f"{folder / _name(step)}: {damage}; run again, which trains from an older checkpoint") from None
    saved = load_file(folder / _name(step) / WEIGHTS)
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if parameter.requires_grad:
                parameter.copy_(saved[name])


def remove_optimizers(folder: Path) -> None:
    """Remove optimizer states, which only an unfinished stage needs; the weights stay."""
    steps = _steps(folder)
    for step in steps:  # the newest last: until then, a killed stage continues from it
        checkpoint = folder / _name(step)
        try:
            state = asdict(_read_state(checkpoint, ()))
        except DamagedCheckpoint:
            shutil.rmtree(checkpoint)
            continue
        _write_state(checkpoint, state, (WEIGHTS,), finished=step == steps[-1])
        (checkpoint / _OPTIMIZER).unlink(missing_ok=True)


def _trained_weights(model: Any) -> dict[str, Any]:
    return {name: item.detach().cpu().contiguous() for name, item in model.named_parameters() if item.requires_grad}


def _write_state(
    folder: Path, state: dict[str, Any], files: Sequence[str] = (WEIGHTS, _OPTIMIZER), *, finished: bool = False
) -> None:
    """Write ``state.json`` with the hashes of files beside it, and of itself; ``finished`` after the stage's last step."""
    hashes = {name: storage.sha256_file(str(folder / name)) for name in files}
    values = {**state, "files": hashes, "finished": finished}
    storage.write_bytes(str(folder / _STATE), json_bytes({**values, "seal": storage.sha256_bytes(json_bytes(values))}))


def _read_values(folder: Path) -> dict[str, Any]:
    """The content of ``state.json`` without its seal. Raises DamagedCheckpoint when it is not what was written."""
    try:
        values: dict[str, Any] = json.loads((folder / _STATE).read_bytes())
        seal = values.pop("seal")
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        raise DamagedCheckpoint("its state cannot be read") from None
    if seal != storage.sha256_bytes(json_bytes(values)):
        raise DamagedCheckpoint("its state is not what was written")
    return values


def _is_finished(folder: Path) -> bool:
    return _read_values(folder).get("finished") is True


def _read_state(folder: Path, files: Sequence[str]) -> TrainingState:
    """The state of a checkpoint whose ``files`` are those that were written. Raises DamagedCheckpoint otherwise."""
    values = _read_values(folder)
    try:
        hashes = dict(values.pop("files"))
        del values["finished"]
        values["validation"] = [(step, loss) for step, loss in values["validation"]]
        state = TrainingState(**values)
    except (ValueError, KeyError, TypeError):
        raise DamagedCheckpoint("its state cannot be read") from None
    for name in files:
        if not (folder / name).is_file() or storage.sha256_file(str(folder / name)) != hashes.get(name):
            raise DamagedCheckpoint(f"{name} is not what was written")
    return state


def _steps(folder: Path) -> list[int]:
    if not folder.is_dir():
        return []
    names = [entry.name.removeprefix(_PREFIX) for entry in folder.iterdir() if entry.name.startswith(_PREFIX)]
    return sorted(int(name) for name in names if name.isdecimal())


def _name(step: int) -> str:
    return f"{_PREFIX}{step:06d}"
