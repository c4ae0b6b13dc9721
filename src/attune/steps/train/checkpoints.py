"""Checkpoints of a training stage: trained weights, optimizer state and progress, written atomically.

The state of random generators is not saved: every step seeds its own from the run's seed and its number.
"""

from __future__ import annotations

import json
import shutil
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from attune import storage
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


def save(folder: Path, state: TrainingState, model: Any, optimizer: Any) -> None:
    """Write the checkpoint of ``state.step``; an interrupted write leaves nothing under its name."""
    import torch
    from safetensors.torch import save_file

    with storage.atomic_folder(folder / _name(state.step)) as temporary:
        save_file(_trained_weights(model), temporary / WEIGHTS)
        torch.save(optimizer.state_dict(), temporary / _OPTIMIZER)
        (temporary / _STATE).write_bytes(json_bytes(asdict(state)))


def prune(folder: Path, state: TrainingState, keep: int) -> None:
    """Remove all but the ``keep`` newest checkpoints and the best one."""
    steps = _steps(folder)
    for step in steps[: max(0, len(steps) - keep)]:
        if step != state.best_step:
            shutil.rmtree(folder / _name(step))


def resume(folder: Path, key: str, model: Any, optimizer: Any) -> TrainingState:
    """Load the newest checkpoint with ``key`` into model and optimizer; without one, remove all checkpoints and start over."""
    import torch

    for step in reversed(_steps(folder)):
        state = _read_state(folder / _name(step))
        if state.key == key:
            load_weights(folder, step, model)
            optimizer_state = folder / _name(step) / _OPTIMIZER
            if optimizer_state.exists():  # a stage that has taken its last step has removed it
                optimizer.load_state_dict(torch.load(optimizer_state, weights_only=True))
            return state
    shutil.rmtree(folder, ignore_errors=True)
    return TrainingState(key)


def load_weights(folder: Path, step: int, model: Any) -> None:
    """Load the weights of a checkpoint into ``model``."""
    import torch
    from safetensors.torch import load_file

    saved = load_file(folder / _name(step) / WEIGHTS)
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if parameter.requires_grad:
                parameter.copy_(saved[name])


def remove_optimizers(folder: Path) -> None:
    """Remove optimizer states, which only an unfinished stage needs; the weights stay."""
    for step in _steps(folder):
        (folder / _name(step) / _OPTIMIZER).unlink(missing_ok=True)


def _trained_weights(model: Any) -> dict[str, Any]:
    return {name: item.detach().cpu().contiguous() for name, item in model.named_parameters() if item.requires_grad}


def _read_state(folder: Path) -> TrainingState:
    values = json.loads((folder / _STATE).read_bytes())
    values["validation"] = [(step, loss) for step, loss in values["validation"]]
    return TrainingState(**values)


def _steps(folder: Path) -> list[int]:
    if not folder.is_dir():
        return []
    return sorted(int(entry.name.removeprefix(_PREFIX)) for entry in folder.iterdir() if entry.name.startswith(_PREFIX))


def _name(step: int) -> str:
    return f"{_PREFIX}{step:06d}"
