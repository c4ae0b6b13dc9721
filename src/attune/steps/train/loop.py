"""The training loop: plain PyTorch, one or several processes, resumable from every checkpoint."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from attune import storage
from attune.errors import RunError
from attune.steps.train import checkpoints
from attune.steps.train.checkpoints import TrainingState
from attune.steps.train.devices import Device
from attune.steps.train.job import CHECKPOINTS, METRICS, TrainingJob
from attune.steps.train.objectives import Objective
from attune.steps.train.stage_data import StageData
from attune.storage.json_lines import append_line, complete_lines

_FLOOR = 0.1  # the learning rate ends at this share of its peak


@dataclass
class TrainingLoop:
    """Trains one stage."""

    job: TrainingJob
    model: Any
    objective: Objective
    data: StageData
    device: Device

    def run(self) -> TrainingState:
        """Train from the newest checkpoint to the last step; the model then has the best checkpoint's weights."""
        import torch

        parameters = [parameter for parameter in self.model.parameters() if parameter.requires_grad]
        optimizer = torch.optim.AdamW(parameters, lr=self.job.stage.learning_rate, weight_decay=self.job.params.weight_decay)
        self.model.eval()
        self.objective.prepare(self.model, self.data.train)
        self.objective.prepare(self.model, self.data.validation)
        state = checkpoints.resume(self._checkpoints, self.job.key, self.model, optimizer)
        metrics = MetricsFile(self.job.folder / METRICS, state.step, write=self.device.first)
        if state.step == 0:
            self._validate(state, metrics)
        while state.step < self.job.stage.steps:
            self._step(state, optimizer, parameters, metrics)
            if state.step % self.job.params.save_interval == 0 or state.step == self.job.stage.steps:
                self._save(state, optimizer, metrics)
        checkpoints.load_weights(self._checkpoints, state.best_step, self.model)
        return state

    @property
    def _checkpoints(self) -> Path:
        return self.job.folder / CHECKPOINTS

    def _step(self, state: TrainingState, optimizer: Any, parameters: list[Any], metrics: MetricsFile) -> None:
        import torch

        self.device.check_owner(self.job.owner)
        torch.manual_seed((self.job.seed * 1_000_003 + state.step) * 1_009 + self.device.rank)  # for dropout
        items = self.data.batch(state.step, self.job.params.batch_size, self.job.seed)
        weight = self.objective.weight(items)
        rate = self.job.stage.learning_rate * schedule(state.step, self.job.stage.steps, self.job.params.warmup_share)
        for group in optimizer.param_groups:
            group["lr"] = rate
        self.model.train()
        optimizer.zero_grad()
        total = torch.zeros((), device=self.device.name)
        for micro in _micro_batches(self.device.share(items), self.job.params.micro_batch_size):
            with self.device.autocast():
                loss = self.objective.loss(self.model, micro) / weight
            loss.backward()  # type: ignore[no-untyped-call]
            total += loss.detach()
        self.device.sum([parameter.grad for parameter in parameters if parameter.grad is not None])
        self.device.sum([total])
        if not math.isfinite(float(total)):
            raise RunError(
                f"stage {self.job.name}, step {state.step + 1}: the loss is {float(total)}; lower "
                f"train.curriculum.{self.job.name}.learning_rate (now {self.job.stage.learning_rate:g})"
            )
        torch.nn.utils.clip_grad_norm_(parameters, self.job.params.max_gradient_norm)
        optimizer.step()
        state.step += 1
        state.tokens += weight
        metrics.write(step=state.step, loss=round(float(total), 6), lr=rate)

    def _validate(self, state: TrainingState, metrics: MetricsFile) -> None:
        loss = self._validation_loss()
        if loss is None:
            state.best_step = state.step
            return
        state.validation.append((state.step, loss))
        metrics.write(step=state.step, validation_loss=loss)
        if state.step and (state.best_loss is None or loss < state.best_loss):
            state.best_loss, state.best_step = loss, state.step

    def _validation_loss(self) -> float | None:
        import torch

        if not self.data.validation:
            return None
        self.model.eval()
        total = torch.zeros((), device=self.device.name)
        with torch.no_grad(), self.device.autocast():
            for micro in _micro_batches(self.device.share(self.data.validation), self.job.params.micro_batch_size):
                total += self.objective.loss(self.model, micro)
        self.device.sum([total])
        return round(float(total) / self.objective.weight(self.data.validation), 6)

    def _save(self, state: TrainingState, optimizer: Any, metrics: MetricsFile) -> None:
        self._validate(state, metrics)
        if self.device.first:
            checkpoints.save(self._checkpoints, state, self.model, optimizer)
            checkpoints.prune(self._checkpoints, state, self.job.params.keep_checkpoints)
        self.device.wait()


class MetricsFile:
    """JSON lines with step, loss and learning rate, or step and validation loss. No times, so equal runs write equal files."""

    def __init__(self, path: Path, step: int, *, write: bool) -> None:
        """Keep the lines up to ``step``; those after the last checkpoint of a killed run are written again."""
        self._path = path
        self._write = write
        if write:
            kept = [line for line in read_metrics(path) if line["step"] <= step and step]
            storage.write_bytes(str(path), "".join(json.dumps(line) + "\n" for line in kept).encode())

    def write(self, **values: float) -> None:
        """Append a line."""
        if self._write:
            append_line(self._path, (json.dumps(values) + "\n").encode(), durable=False)


def read_metrics(path: Path) -> list[dict[str, float]]:
    """The complete lines of a metrics file, even while it is being written."""
    return [json.loads(line) for line in complete_lines(path)]


def schedule(step: int, steps: int, warmup_share: float) -> float:
    """The learning rate as a share of its peak: linear warmup, then cosine decay to 0.1."""
    warmup = round(steps * warmup_share)
    if step < warmup:
        return (step + 1) / (warmup + 1)
    progress = (step - warmup) / max(1, steps - warmup)
    return _FLOOR + (1 - _FLOOR) * (1 + math.cos(math.pi * progress)) / 2


def _micro_batches(items: Sequence[Any], size: int) -> list[Sequence[Any]]:
    return [items[start : start + size] for start in range(0, len(items), size)]
