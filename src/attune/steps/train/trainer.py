"""The trainer process that torchrun starts: trains the stages given as job files.

python -m torch.distributed.run --standalone --nproc-per-node 1 -m attune.steps.train.trainer job.json
"""

from __future__ import annotations

import contextlib
import math
import os
import shutil
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from attune import storage
from attune.errors import AttuneError, RunError
from attune.modeling.encoding import Encoded
from attune.modeling.model_digest import model_digest
from attune.records.shards import json_bytes
from attune.runtime.watchdog import watch_parent
from attune.steps.train import checkpoints
from attune.steps.train.checkpoints import TrainingState
from attune.steps.train.devices import Device, close_device, open_device
from attune.steps.train.job import ADAPTER, CHECKPOINTS, DONE, METRICS, MODEL, TrainingJob, finished_key, read_job
from attune.steps.train.loop import TrainingLoop, read_metrics
from attune.steps.train.models import load_model, load_tokenizer, merge, save_adapter, save_model
from attune.steps.train.objectives import NextToken, Objective, Preference
from attune.steps.train.stage_data import StageData, read_stage_data, training_texts
from attune.steps.train.tiny import make_base
from attune.storage.locks import locked

_UNTRAINED = ".untrained"


def main(arguments: list[str]) -> int:
    """Train the jobs in the files ``arguments`` and return the exit code."""
    try:
        run([read_job(Path(argument)) for argument in arguments])
    except AttuneError as error:
        sys.stderr.write(f"error: {error}\n")
        return error.exit_code
    return 0


def run(jobs: Sequence[TrainingJob]) -> None:
    """Train the stages in order."""
    device = open_device(jobs[0].params, jobs[0].threads)
    for job in jobs:
        _run(job, device)
    close_device(device)


def _run(job: TrainingJob, device: Device) -> None:
    """Train the stage unless it is already done, and write the merged model when the job asks for it."""
    with _locked(job.folder) if device.first else contextlib.nullcontext():
        device.wait()  # for the lock of the first process, so that all see the same state
        if finished_key(job.folder) != job.key:
            _train(job, device)
        if job.merged and device.first:
            _replace(Path(job.merged), lambda folder: _merge_final(job, folder))
        device.wait()


def _train(job: TrainingJob, device: Device) -> None:
    source = _source(job, device)
    tokenizer = load_tokenizer(source)
    model = load_model(job, source, device)
    data = read_stage_data(job, tokenizer)
    if not data.train:
        raise RunError(
            f"stage {job.name}: its {data.records} records have no token to train on (no reply of the assistant, or no "
            f"pair that ends with one); change train.curriculum.{job.name} or leave the stage out of train.stages"
        )
    pad = tokenizer.pad_token_id if tokenizer.pad_token_id is not None else tokenizer.eos_token_id
    state = TrainingLoop(job, model, _objective(job, pad), data, device).run()
    if not device.first:
        return
    result = ADAPTER if job.stage.weights == "lora" else MODEL
    if result == ADAPTER:
        _replace(job.folder / ADAPTER, lambda folder: save_adapter(model, folder))
    else:
        _replace(job.folder / MODEL, lambda folder: save_model(model, tokenizer, folder))
    shutil.rmtree(job.folder / _UNTRAINED, ignore_errors=True)
    checkpoints.remove_optimizers(job.folder / CHECKPOINTS)
    summary = {**_summary(job, state, data, device, model), "result": result, "content": model_digest(job.folder / result)}
    storage.write_bytes(str(job.folder / DONE), json_bytes(summary))


def _source(job: TrainingJob, device: Device) -> str:
    """Folder of the model that the stage starts from; the tiny model is created when none is given."""
    if job.model is not None:
        return job.model
    folder = job.folder / _UNTRAINED
    if device.first:
        params = job.params

        def make(target: Path) -> None:
            texts = training_texts(job.dataset, job.seed, params.tokenizer_records)
            make_base(target, texts, params.tiny, params.context_length, job.seed)

        _replace(folder, make)
    device.wait()
    return str(folder)


def _objective(job: TrainingJob, pad: int) -> Objective:
    return Preference(pad, job.params.preference) if job.stage.phase == "preference" else NextToken(pad)


def _merge_final(job: TrainingJob, folder: Path) -> None:
    if job.stage.weights == "full":
        shutil.copytree(job.folder / MODEL, folder, dirs_exist_ok=True)
    else:
        assert job.model is not None
        merge(job.model, job.folder / ADAPTER, folder)


def _summary(job: TrainingJob, state: TrainingState, data: StageData, device: Device, model: Any) -> dict[str, object]:
    losses = [line["loss"] for line in read_metrics(job.folder / METRICS) if "loss" in line]
    items: list[Any] = data.train
    return {
        "key": job.key,
        "stage": job.name,
        "records": data.records,
        "sequences": len(items),
        "steps": state.step,
        "tokens": int(state.tokens) if items and isinstance(items[0], Encoded) else None,
        "parameters": sum(item.numel() for item in model.parameters()),
        "trained_parameters": sum(item.numel() for item in model.parameters() if item.requires_grad),
        "first_loss": losses[0],
        "last_loss": losses[-1],
        "validation": [list(point) for point in state.validation],
        "best_step": state.best_step,
        "best_validation_loss": state.best_loss,
        "device": device.name.partition(":")[0],
        "notes": [*device.notes, *data.notes],
    }


def _replace(folder: Path, write: Callable[[Path], None]) -> None:
    """Write a folder that everybody may read; it appears when it is complete."""
    with storage.atomic_folder(folder) as temporary:
        write(temporary)
        for file in temporary.iterdir():
            file.chmod(0o644)  # safetensors makes files readable by their owner only, but serving runs as another user


@contextlib.contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Hold the stage's lock; the trainer of a killed step releases it within one training step."""
    (folder / ".lock").touch()
    with locked(folder / ".lock", "", patience_seconds=math.inf):
        yield


if __name__ == "__main__":
    watch_parent(os.getppid())  # torchrun gives each of these a session of its own
    sys.exit(main(sys.argv[1:]))
