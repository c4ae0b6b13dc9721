"""The step ``train``: the stages of the curriculum one after the other, each in its own torchrun job, to one merged model."""

from __future__ import annotations

import itertools
import json
import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from attune import storage
from attune.config.train import TrainParams
from attune.errors import RunError, UsageError
from attune.modeling.curriculum import BASE, Stage, plan, selected_ids
from attune.modeling.training_result import OUTCOME, describe_dataset, model_content
from attune.records.dataset import open_dataset
from attune.records.shards import json_bytes
from attune.reporting.report import Report
from attune.runtime.step import Context
from attune.steps.train.backends import Backend
from attune.steps.train.backends.local import LocalBackend
from attune.steps.train.job import ADAPTER, DONE, METRICS, MODEL, Job, finished_key, job_key
from attune.steps.train.loop import read_metrics
from attune.steps.train.report import build_report

_STAGES = "stages"
_MERGED = "merged"


@dataclass(frozen=True)
class Weights:
    """What a stage starts from: a model, an adapter over it, and the key of both."""

    model: str | None
    adapter: str | None
    key: str


def train(dataset: str, output: str, params: TrainParams, context: Context) -> Report:
    """Train the curriculum on a dataset version.

    Args:
        dataset: folder of the dataset version: shard sets ``train`` and ``validation``, ``manifest.json``.
        output: local folder to write: ``base/``, ``stages/``, ``adapter/``, ``merged/`` and ``training.json``.
        params: the curriculum.
        context: seed and progress.

    Returns:
        The report. Finished stages and checkpoints of an earlier run with the same input are used again.

    Raises:
        UsageError: the base model or the output folder cannot be used.
        RunError: a stage failed, or no stage had any record.
    """
    return _Run(dataset, _local_folder(output), params, context, LocalBackend()).run()


@dataclass
class _Run:
    dataset: str
    output: Path
    params: TrainParams
    context: Context
    backend: Backend
    _done: int = 0  # optimizer steps of the stages before the current ones

    def run(self) -> Report:
        (self.output / OUTCOME).unlink(missing_ok=True)
        counts = {stage.name: len(selected_ids(self.dataset, "train", stage.params)) for stage in plan(self.params)}
        stages = [stage for stage in plan(self.params) if counts[stage.name]]
        if not any(stage.index for stage in stages):
            raise RunError(
                f"{self.dataset}: no record of the train split belongs to the stages {', '.join(self.params.stages)}; "
                "change train.stages or the families of train.curriculum"
            )
        self._remove_strays(stages)
        weights = self._train_all(stages)
        self._place_results(weights)
        outcome = self._outcome(stages, counts)
        storage.write_bytes(str(self.output / OUTCOME), json_bytes(outcome))
        curves = {stage.name: read_metrics(self._folder(stage) / METRICS) for stage in stages}
        return build_report(outcome, curves)

    def _train_all(self, stages: list[Stage]) -> Weights:
        weights = Weights(self.params.base_model, None, self._base_fingerprint())
        dataset_key = open_dataset(self.dataset).address
        total, jobs = sum(stage.params.steps for stage in stages), list[Job]()
        for stage in stages:
            threads = self.params.threads or max(1, (os.cpu_count() or 1) // self.params.processes)
            key = job_key(stage.name, stage.params, self.params, self.context.seed, threads, dataset_key, weights.key)
            merged = str(self.output / _MERGED) if stage == stages[-1] else None
            job = Job(
                name=stage.name,
                stage=stage.params,
                params=self.params,
                seed=self.context.seed,
                dataset=self.dataset,
                model=weights.model,
                adapter=weights.adapter,
                output=str(self._folder(stage)),
                merged=merged,
                key=key,
                threads=threads,
                owner=os.getpid(),
            )
            jobs.append(job)
            if stage.index or stage == stages[-1]:  # the base model is made by the process of the first stage
                self._run_jobs(jobs, total)
                jobs = []
            weights = self._after(stage, replace(weights, key=key))
        self.context.progress.update(total, total, finished=True)
        return weights

    def _run_jobs(self, jobs: list[Job], total: int) -> None:
        for job in jobs:
            job.folder.mkdir(parents=True, exist_ok=True)
        last = jobs[-1]
        merged_key = self.output / f".{_MERGED}.key"
        merged = merged_key.read_text() if merged_key.is_file() and (self.output / _MERGED).is_dir() else ""
        offsets = itertools.accumulate((job.stage.steps for job in jobs), initial=self._done)
        started = dict(zip([job.name for job in jobs], offsets, strict=False))
        self._done += sum(job.stage.steps for job in jobs)
        self.context.progress.update(started[jobs[0].name], total, f"{last.name}: starting")
        if all(finished_key(job.folder) == job.key for job in jobs) and (not last.merged or merged == last.key):
            return
        merged_key.unlink(missing_ok=True)

        def follow(job: Job, line: Mapping[str, float]) -> None:
            if "loss" in line:
                note = f"{job.name}: loss {line['loss']:.3f}, learning rate {line['lr']:.1e}"
                self.context.progress.update(started[job.name] + int(line["step"]), total, note)

        self.backend.run(jobs, follow)
        if last.merged:
            storage.write_bytes(str(merged_key), last.key.encode())

    def _after(self, stage: Stage, weights: Weights) -> Weights:
        if stage.params.weights == "lora":
            return replace(weights, adapter=str(self._folder(stage) / ADAPTER))
        return replace(weights, model=str(self._folder(stage) / MODEL), adapter=None)

    def _place_results(self, weights: Weights) -> None:
        """``base/`` and ``adapter/`` as copies of what the stages wrote, so that the output reads without their numbers."""
        made = self.output / _STAGES / f"00-{BASE}" / MODEL
        if self.params.base_model is None:
            _copy(made, self.output / BASE)
        else:
            shutil.rmtree(self.output / BASE, ignore_errors=True)
            storage.write_bytes(str(self.output / BASE / "base.json"), json_bytes({"base_model": self.params.base_model}))
        if weights.adapter:
            _copy(Path(weights.adapter), self.output / ADAPTER)
        else:
            shutil.rmtree(self.output / ADAPTER, ignore_errors=True)

    def _outcome(self, stages: list[Stage], counts: Mapping[str, int]) -> dict[str, Any]:
        done = [self._stage_outcome(stage) for stage in stages]
        passed = [
            {"index": stage.index, "stage": stage.name, "phase": stage.params.phase, "state": "passed over",
             "reason": "the train split holds no record of its families, tags and categories"}
            for stage in plan(self.params) if not counts[stage.name]
        ]  # fmt: skip
        return {
            "dataset": describe_dataset(self.dataset),
            "base_model": self.params.base_model or f"tiny-llama-{_millions(done[0]['parameters'])}",
            "before": BASE,
            "final": _MERGED,
            "content": model_content(self.output / _MERGED),
            "seed": self.context.seed,
            "stages": sorted([*done, *passed], key=lambda stage: stage["index"]),
        }

    def _stage_outcome(self, stage: Stage) -> dict[str, Any]:
        summary = json.loads((self._folder(stage) / DONE).read_bytes())
        return {
            **{name: value for name, value in summary.items() if name != "key"},
            "index": stage.index,
            "phase": stage.params.phase,
            "state": "trained",
            "weights": stage.params.weights,
            "path": f"{_STAGES}/{stage.folder}/{ADAPTER if stage.params.weights == 'lora' else MODEL}",
            "learning_rate": stage.params.learning_rate,
        }

    def _folder(self, stage: Stage) -> Path:
        return self.output.absolute() / _STAGES / stage.folder

    def _remove_strays(self, stages: list[Stage]) -> None:
        """Remove stages that an earlier run with other parameters left."""
        wanted = {stage.folder for stage in stages}
        for folder in (self.output / _STAGES).glob("*"):
            if folder.name not in wanted:
                shutil.rmtree(folder)

    def _base_fingerprint(self) -> str:
        if self.params.base_model is None:
            return "made here"
        path = Path(self.params.base_model)
        return storage.fingerprint(str(path)) if path.is_dir() else self.params.base_model


def _local_folder(output: str) -> Path:
    if storage.is_remote(output):
        raise UsageError(f"--output {output}: training writes to a local folder; copy the finished folder to the store")
    return storage.local_path(output)


def _copy(source: Path, target: Path) -> None:
    temporary = target.with_name(f".{target.name}.tmp")
    shutil.rmtree(temporary, ignore_errors=True)
    shutil.copytree(source, temporary)
    shutil.rmtree(target, ignore_errors=True)
    temporary.replace(target)


def _millions(parameters: int) -> str:
    return f"{parameters / 1e6:.1f}m" if parameters >= 100_000 else f"{parameters / 1e3:.0f}k"
