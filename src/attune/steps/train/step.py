"""The step ``train``: trains the stages of the curriculum in order, each as a torchrun job, and merges the final model."""

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
from attune.modeling.curriculum import BASE, CurriculumStage, plan, selected_ids
from attune.modeling.model_digest import model_digest
from attune.modeling.training_result import TRAINING_RESULT, describe_dataset
from attune.records.dataset import open_dataset
from attune.records.shards import json_bytes
from attune.records.signature import SUFFIX, write_signed
from attune.reporting.report import Report
from attune.runtime.code_version import code_version
from attune.runtime.step import Context
from attune.steps.train.job import ADAPTER, DONE, METRICS, MODEL, TrainingJob, finished_key, job_key
from attune.steps.train.loop import read_metrics
from attune.steps.train.report import build_report
from attune.steps.train.torchrun import TorchrunBackend, TrainingBackend

_STAGES = "stages"
_MERGED = "merged"


@dataclass(frozen=True)
class Weights:
    """Where a stage starts: a model, an optional adapter, and the key of both."""

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
        The report. Finished stages and checkpoints of an earlier run with the same input are reused.

    Raises:
        UsageError: the base model or the output folder cannot be used.
        RunError: a stage failed, or no stage selects any record.
    """
    return _Run(dataset, _local_folder(output), params, context, TorchrunBackend()).run()


@dataclass
class _Run:
    dataset: str
    output: Path
    params: TrainParams
    context: Context
    backend: TrainingBackend
    _done: int = 0  # optimizer steps of earlier stages

    def run(self) -> Report:
        for name in (TRAINING_RESULT, TRAINING_RESULT + SUFFIX):
            (self.output / name).unlink(missing_ok=True)
        counts = {stage.name: len(selected_ids(self.dataset, "train", stage.params)) for stage in plan(self.params)}
        stages = [stage for stage in plan(self.params) if counts[stage.name]]
        if not any(stage.index for stage in stages):
            raise RunError(
                f"{self.dataset}: the train split has no record for the stages {', '.join(self.params.stages)}; "
                "change train.stages or the families of train.curriculum"
            )
        self._remove_other_stages(stages)
        weights = self._train_all(stages)
        self._place_results(weights)
        summary = self._summary(stages, counts)
        write_signed(str(self.output / TRAINING_RESULT), json_bytes(summary))
        curves = {stage.name: read_metrics(self._folder(stage) / METRICS) for stage in stages}
        return build_report(summary, curves)

    def _train_all(self, stages: list[CurriculumStage]) -> Weights:
        weights = Weights(self.params.base_model, None, self._base_fingerprint())
        dataset_key = open_dataset(self.dataset).address
        total, jobs = sum(stage.params.steps for stage in stages), list[TrainingJob]()
        for stage in stages:
            threads = self.params.threads or max(1, (os.cpu_count() or 1) // self.params.processes)
            key = job_key(stage.name, stage.params, self.params, self.context.seed, threads, dataset_key, weights.key)
            merged = str(self.output / _MERGED) if stage == stages[-1] else None
            job = TrainingJob(
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
            if stage.index or stage == stages[-1]:  # the process of the first stage also pretrains the tiny base model
                self._run_jobs(jobs, total)
                jobs = []
            weights = self._after(stage, replace(weights, key=key))
        self.context.progress.update(total, total, finished=True)
        return weights

    def _run_jobs(self, jobs: list[TrainingJob], total: int) -> None:
        for job in jobs:
            job.folder.mkdir(parents=True, exist_ok=True)
        last = jobs[-1]
        offsets = itertools.accumulate((job.stage.steps for job in jobs), initial=self._done)
        started = dict(zip([job.name for job in jobs], offsets, strict=False))
        self._done += sum(job.stage.steps for job in jobs)
        self.context.progress.update(started[jobs[0].name], total, f"{last.name}: starting")
        if all(finished_key(job.folder) == job.key for job in jobs) and (not last.merged or self._is_merged(last.key)):
            return
        self._merged_key.unlink(missing_ok=True)

        def show(job: TrainingJob, line: Mapping[str, float]) -> None:
            if "loss" in line:
                note = f"{job.name}: loss {line['loss']:.3f}, learning rate {line['lr']:.1e}"
                self.context.progress.update(started[job.name] + int(line["step"]), total, note)

        self.backend.run(jobs, show)
        if last.merged:
            storage.write_bytes(str(self._merged_key), f"{last.key} {model_digest(self.output / _MERGED)}".encode())

    @property
    def _merged_key(self) -> Path:
        return self.output / f".{_MERGED}.key"

    def _is_merged(self, key: str) -> bool:
        """Whether the merged model is the one of the stage with this key, unchanged since it was written."""
        if not self._merged_key.is_file() or not (self.output / _MERGED).is_dir():
            return False
        return self._merged_key.read_text().split() == [key, model_digest(self.output / _MERGED)]

    def _after(self, stage: CurriculumStage, weights: Weights) -> Weights:
        if stage.params.weights == "lora":
            return replace(weights, adapter=str(self._folder(stage) / ADAPTER))
        return replace(weights, model=str(self._folder(stage) / MODEL), adapter=None)

    def _place_results(self, weights: Weights) -> None:
        """Copy the base model and the last adapter to ``base/`` and ``adapter/``, so that readers need not know the stages."""
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

    def _summary(self, stages: list[CurriculumStage], counts: Mapping[str, int]) -> dict[str, Any]:
        trained = [self._stage_summary(stage) for stage in stages]
        skipped = [
            {"index": stage.index, "stage": stage.name, "phase": stage.params.phase, "state": "skipped",
             "reason": "the train split has no record that this stage selects"}
            for stage in plan(self.params) if not counts[stage.name]
        ]  # fmt: skip
        return {
            "dataset": describe_dataset(self.dataset),
            "base_model": self.params.base_model or f"tiny-llama-{_millions(trained[0]['parameters'])}",
            "before": BASE,
            "final": _MERGED,
            "content": model_digest(self.output / _MERGED),
            "base_content": model_digest(self.output / BASE),
            "base_model_content": self._base_model_content(),
            "adapter_content": model_digest(self.output / ADAPTER) if (self.output / ADAPTER).is_dir() else None,
            "code_version": code_version(__name__),
            "seed": self.context.seed,
            "stages": sorted([*trained, *skipped], key=lambda stage: stage["index"]),
        }

    def _stage_summary(self, stage: CurriculumStage) -> dict[str, Any]:
        written = json.loads((self._folder(stage) / DONE).read_bytes())
        return {
            **{name: value for name, value in written.items() if name not in ("key", "result")},
            "index": stage.index,
            "phase": stage.params.phase,
            "state": "trained",
            "weights": stage.params.weights,
            "path": f"{_STAGES}/{stage.folder}/{ADAPTER if stage.params.weights == 'lora' else MODEL}",
            "learning_rate": stage.params.learning_rate,
        }

    def _folder(self, stage: CurriculumStage) -> Path:
        return self.output.absolute() / _STAGES / stage.folder

    def _remove_other_stages(self, stages: list[CurriculumStage]) -> None:
        """Remove the folders of stages that are not part of this run."""
        wanted = {stage.folder for stage in stages}
        for folder in (self.output / _STAGES).glob("*"):
            if folder.name not in wanted:
                shutil.rmtree(folder)

    def _base_fingerprint(self) -> str:
        return self._base_model_content() or self.params.base_model or "tiny"

    def _base_model_content(self) -> str | None:
        """The digest of the base model's folder; None where there is none: a hub name, or the tiny model."""
        path = Path(self.params.base_model) if self.params.base_model is not None else None
        return model_digest(path) if path is not None and path.is_dir() else None


def _local_folder(output: str) -> Path:
    if storage.is_remote(output):
        raise UsageError(f"--output {output}: must be a local folder; upload the finished folder to the store afterwards")
    return storage.local_path(output)


def _copy(source: Path, target: Path) -> None:
    with storage.atomic_folder(target) as temporary:
        shutil.copytree(source, temporary, dirs_exist_ok=True)


def _millions(parameters: int) -> str:
    return f"{parameters / 1e6:.1f}m" if parameters >= 100_000 else f"{parameters / 1e3:.0f}k"
