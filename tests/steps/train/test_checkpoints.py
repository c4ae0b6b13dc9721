"""Checkpoints carry the hashes of their files: a damaged one is never loaded, and training continues from an older one."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from attune.errors import RunError
from attune.steps.train import checkpoints
from attune.steps.train.checkpoints import TrainingState


def part(value: float) -> tuple[torch.nn.Linear, torch.optim.Optimizer]:
    model = torch.nn.Linear(2, 1)
    torch.nn.init.constant_(model.weight, value)
    return model, torch.optim.AdamW(model.parameters(), lr=0.1)


def save(folder: Path, *steps: int) -> None:
    for step in steps:
        model, optimizer = part(float(step))
        model(torch.ones(1, 2)).sum().backward()
        optimizer.step()
        torch.nn.init.constant_(model.weight, float(step))
        checkpoints.save(folder, TrainingState("key", step, best_step=6), model, optimizer)


def flip(file: Path) -> None:
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)


def resumed(folder: Path) -> tuple[int, float]:
    model, optimizer = part(0.0)
    state = checkpoints.resume(folder, "key", model, optimizer)
    return state.step, float(model.weight[0, 0])


@pytest.mark.parametrize("damage", [flip, lambda file: file.write_bytes(b""), Path.unlink])
@pytest.mark.parametrize("name", ["weights.safetensors", "optimizer.pt", "state.json"])
def test_a_damaged_checkpoint_is_passed_over_for_an_older_one(
    tmp_path: Path, name: str, damage: Callable[[Path], object]
) -> None:
    save(tmp_path, 6, 12, 18)
    assert resumed(tmp_path) == (18, 18.0)
    damage(tmp_path / "step-000018" / name)
    assert resumed(tmp_path) == (12, 12.0)
    assert not (tmp_path / "step-000018").exists()


def test_where_the_best_checkpoint_is_damaged_the_stage_starts_again(tmp_path: Path) -> None:
    save(tmp_path, 6, 12)
    flip(tmp_path / "step-000006" / "weights.safetensors")
    with pytest.raises(RunError, match=r"step-000006: weights\.safetensors is not what was written"):
        checkpoints.load_weights(tmp_path, 6, part(0.0)[0])
    assert resumed(tmp_path) == (0, 0.0)
    assert not tmp_path.exists()


def test_a_state_that_was_edited_by_hand_is_not_believed(tmp_path: Path) -> None:
    save(tmp_path, 6, 12)
    state = tmp_path / "step-000012" / "state.json"
    state.write_text(state.read_text().replace('"step": 12', '"step": 17'))
    assert resumed(tmp_path) == (6, 6.0)


def test_a_finished_stage_keeps_its_weights_and_no_optimizer(tmp_path: Path) -> None:
    save(tmp_path, 6, 12)
    checkpoints.remove_optimizers(tmp_path)
    model, _ = part(0.0)
    checkpoints.load_weights(tmp_path, 6, model)
    assert float(model.weight[0, 0]) == 6.0
    assert not list(tmp_path.rglob("optimizer.pt"))
    assert resumed(tmp_path) == (12, 12.0)
    flip(tmp_path / "step-000012" / "weights.safetensors")
    assert resumed(tmp_path) == (0, 0.0), "nothing can be continued from an older one without its optimizer"


def test_a_kill_between_the_new_state_and_the_removal_of_the_optimizer_loses_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    save(tmp_path, 6, 12)
    monkeypatch.setattr(Path, "unlink", lambda *_, **__: (_ for _ in ()).throw(KeyboardInterrupt()))
    with pytest.raises(KeyboardInterrupt):
        checkpoints.remove_optimizers(tmp_path)
    monkeypatch.undo()
    assert resumed(tmp_path) == (12, 12.0)
