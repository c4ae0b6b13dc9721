"""Checkpoints: what a killed stage resumes from."""

from __future__ import annotations

from pathlib import Path

import pytest

from attune.steps.train import checkpoints
from attune.steps.train.checkpoints import TrainingState


def test_a_stage_that_was_killed_after_it_removed_its_optimizer_states_resumes_at_its_last_step(tmp_path: Path) -> None:
    torch = pytest.importorskip("torch")
    model = torch.nn.Linear(2, 1)
    optimizer = torch.optim.AdamW(model.parameters())
    model(torch.ones(1, 2)).sum().backward()
    optimizer.step()
    for step in (6, 12):
        checkpoints.save(tmp_path, TrainingState("key", step=step, best_step=6), model, optimizer)
    other = torch.nn.Linear(2, 1)
    state = checkpoints.resume(tmp_path, "key", other, torch.optim.AdamW(other.parameters()))
    assert (state.step, state.best_step) == (12, 6)
    assert torch.equal(other.weight, model.weight)
    checkpoints.remove_optimizers(tmp_path)
    assert checkpoints.resume(tmp_path, "key", other, torch.optim.AdamW(other.parameters())).step == 12
    assert checkpoints.resume(tmp_path, "another key", other, optimizer).step == 0
    assert not tmp_path.exists()
