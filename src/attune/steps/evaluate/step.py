"""The step ``evaluate``: compares the tuned model with its base model on held-out conversations."""

from __future__ import annotations

import json
import os
import shutil
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa

from attune import storage
from attune.config.evaluate import EvaluateParams
from attune.errors import GateError, RunError, UsageError
from attune.modeling.model_digest import model_digest
from attune.modeling.registry_files import check_registered
from attune.modeling.training_result import TRAINING_RESULT, TrainingResult, describe_dataset, open_training_result
from attune.records.dataset import MANIFEST, open_dataset
from attune.records.shards import json_bytes, write_shard
from attune.records.signature import write_signed
from attune.reporting.report import Report
from attune.runtime.processes import failure_message, offline_environment, process_group
from attune.runtime.step import Context
from attune.statistics.measures import BEFORE, EVALUATION, PRODUCTION, TUNED, measure
from attune.steps.evaluate import harness
from attune.steps.evaluate.harness import EvaluatedModel, HarnessJob
from attune.steps.evaluate.report import build_report

LOG_LIKELIHOODS = "log_likelihoods.parquet"
_WORK = ".work"
_POLL_SECONDS = 0.2


def evaluate(dataset: str, models: str, output: str, params: EvaluateParams, context: Context) -> Report:
    """Score the tuned model and the models it is compared with on the test split.

    Args:
        dataset: folder of the dataset version; its ``test`` split is read.
        models: local folder that the step ``train`` wrote.
        output: local folder to write: ``evaluation.json`` and ``log_likelihoods.parquet`` (a row per model and reply piece).
        params: sample sizes and targets.
        context: seed and progress.

    Returns:
        The report. It includes missed targets; the step ``release`` decides what follows from them.

    Raises:
        UsageError: a folder is missing or the output is remote.
        RunError: the scoring failed.
        GateError: the files of a model are not those that training wrote, or ``training.json`` is not.
    """
    if storage.is_remote(output):
        raise UsageError(f"--output {output}: must be a local folder; upload the finished folder to the store afterwards")
    folder = storage.local_path(output).absolute()
    trained = open_training_result(models)
    chosen = models_to_score(trained, params)
    digests = _digests(trained, params)
    scores = _run_harness(dataset, folder / _WORK, chosen, params, context)
    if _digests(trained, params) != digests:
        raise GateError(
            f"{models}: files of a model were changed while it was scored; see that nothing else writes there and run again"
        )
    table = _log_likelihood_table(scores)
    write_shard(str(folder / LOG_LIKELIHOODS), table)
    evaluation = {
        **measure(scores, params, context.seed),
        "dataset": describe_dataset(dataset),
        "trained_on": trained.summary["dataset"],
        "model": {"base_model": trained.summary["base_model"], "content": digests[TUNED]},
        "digests": digests,
    }
    write_signed(str(folder / EVALUATION), json_bytes(evaluation))
    shutil.rmtree(folder / _WORK, ignore_errors=True)
    signatures = {TRAINING_RESULT: trained.signature, MANIFEST: open_dataset(dataset).signature}
    return build_report(evaluation, params, signatures)


def _digests(trained: TrainingResult, params: EvaluateParams) -> dict[str, str | None]:
    """The digests of the models that are compared, computed now; None for one that is loaded by a hub name.

    Raises:
        GateError: a model is not the one that training wrote.
    """
    for location in (trained.before, trained.tuned, *(trained.after_stages() if params.stages else ())):
        location.check()
    paths = {BEFORE: trained.before.path, TUNED: trained.tuned.path}
    if params.production is not None:
        paths[PRODUCTION] = params.production
        check_registered(Path(params.production))
    return {name: model_digest(Path(path)) if Path(path).is_dir() else None for name, path in paths.items()}


def models_to_score(trained: TrainingResult, params: EvaluateParams) -> list[EvaluatedModel]:
    """The models to score: base, tuned, production, and on request the model after each stage."""
    before, tuned = trained.before, trained.tuned
    chosen = [
        EvaluatedModel(name="before", path=before.path, adapter=before.adapter, generate=params.generated_replies > 0),
        EvaluatedModel(name="tuned", path=tuned.path, adapter=tuned.adapter, generate=params.generated_replies > 0),
    ]
    if params.production is not None:
        path = Path(params.production)
        if path.exists() and not (path / "config.json").is_file():
            raise UsageError(f"evaluate.production = {params.production}: is not a model folder (config.json is missing)")
        chosen.append(EvaluatedModel(name="production", path=params.production, generate=params.generated_replies > 0))
    if params.stages:
        chosen += [
            EvaluatedModel(name=f"after {item.name}", path=item.path, adapter=item.adapter) for item in trained.after_stages()
        ]
    return chosen


def _run_harness(
    dataset: str, work: Path, models: Sequence[EvaluatedModel], params: EvaluateParams, context: Context
) -> dict[str, Any]:
    shutil.rmtree(work, ignore_errors=True)
    threads = max(1, os.cpu_count() or 1)
    job = HarnessJob(dataset=dataset, folder=str(work), models=tuple(models), params=params, seed=context.seed, threads=threads)
    storage.write_bytes(str(work / "job.json"), job.model_dump_json().encode())
    command = [sys.executable, "-m", harness.__name__, str(work / "job.json")]
    log = work / "log.txt"
    with process_group(command, offline_environment(threads), log) as process:
        while process.poll() is None:
            done = sum((work / f"{model.name}.done").is_file() for model in models)
            context.progress.update(done, len(models), f"scoring {models[min(done, len(models) - 1)].name}")
            time.sleep(_POLL_SECONDS)
    if process.returncode:
        raise RunError(f"evaluation {failure_message(log, process.returncode)}")
    context.progress.update(len(models), len(models), finished=True)
    result: dict[str, Any] = json.loads((work / harness.RESULT).read_bytes())
    return result


def _log_likelihood_table(scores: Mapping[str, Any]) -> pa.Table:
    documents = scores["documents"]
    rows = [
        {
            "model": name,
            "record_id": documents[piece["document"]]["record_id"],
            "family": documents[piece["document"]]["family"],
            "reply": piece["reply"],
            "tokens": piece["tokens"],
            "log_likelihood": piece["log_likelihood"],
        }
        for name, result in scores["models"].items()
        for piece in result["pieces"]
    ]
    return pa.Table.from_pylist(rows)
