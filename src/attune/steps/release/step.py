"""The step ``release``: decides to promote, hold or reject a model, and enters it into the model registry."""

from __future__ import annotations

import json
import shutil
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from attune import storage
from attune.config.release import ReleaseParams
from attune.config.section import DEFAULT_PROJECT
from attune.errors import UsageError
from attune.modeling.model_registry import RegistryEntry, erasures_of, register
from attune.modeling.training_result import TrainingResult, describe_dataset, open_training_result
from attune.records.dataset import Dataset, open_dataset
from attune.records.shards import json_bytes
from attune.reporting.report import Report
from attune.runtime.step import Context
from attune.statistics.measures import EVALUATION, TUNED
from attune.steps.release.decision import ReleaseDecision, decide
from attune.steps.release.report import build_report, decision_values, model_card

DECISION = "decision.json"


def release(
    evaluation: str, models: str, dataset: str, registry: str, output: str, params: ReleaseParams, context: Context
) -> Report:
    """Decide on a model and enter it into the registry, whatever the decision is.

    Args:
        evaluation: folder that the step ``evaluate`` wrote.
        models: folder that the step ``train`` wrote.
        dataset: folder of the dataset version.
        registry: local folder of the model registry; created when missing.
        output: folder to write: ``decision.json``.
        params: the policy.
        context: its ``as_of`` is the date in the model's name; without one, the date of the newest row in the dataset.

    Returns:
        The report. Hold and reject are normal results, not failed gates; the rollout does not start then.

    Raises:
        UsageError: an input is missing, or the registry is not local.
        RunError: the registry cannot be written.
    """
    if storage.is_remote(registry):
        raise UsageError(f"--registry {registry}: must be a local folder; mount or download it first")
    trained, version = open_training_result(models), open_dataset(dataset)
    measured: dict[str, Any] = json.loads(storage.read_bytes(storage.join(evaluation, EVALUATION)))
    trained_on = trained.summary["dataset"]["address"]
    erasures = erasures_of(storage.local_path(registry), trained_on)
    decision = decide(measured, trained.summary["content"], trained_on, version.address, params, erasures)
    entry = RegistryEntry(
        project=params.project or DEFAULT_PROJECT,
        date=_date(version, context),
        base_model=trained.summary["base_model"],
        content=trained.summary["content"],
        dataset=describe_dataset(dataset),
        code_version=trained.summary.get("code_version", "unknown"),
        decision=decision.outcome,
        perplexity=measured["models"][TUNED]["perplexity"]["estimate"],
        jobs=trained.summary["stages"],
    )
    name = register(
        storage.local_path(registry), entry, lambda folder, name: _write_entry(folder, name, trained, measured, decision, entry)
    )
    storage.write_bytes(storage.join(output, DECISION), json_bytes(decision_values(name, decision, entry)))
    return build_report(name, decision, entry)


def external_state(evaluation: str, models: str, dataset: str, registry: str, params: ReleaseParams) -> tuple[str, bool]:
    """What the decision depends on besides inputs and parameters: later erasures of people in the training data."""
    del evaluation, dataset, params
    if storage.is_remote(registry):
        return "", True
    return " ".join(erasures_of(storage.local_path(registry), open_training_result(models).summary["dataset"]["address"])), True


def _date(version: Dataset, context: Context) -> str:
    moment = context.as_of or version.split("train").as_of or datetime(1970, 1, 1, tzinfo=UTC)
    return f"{moment:%Y%m%d}"


def _write_entry(
    folder: Path, name: str, trained: TrainingResult, measured: dict[str, Any], decision: ReleaseDecision, entry: RegistryEntry
) -> None:
    """Write ``model/`` for serving, ``adapter/`` if one was trained, and the files that describe them."""
    shutil.copytree(trained.tuned.path, folder / "model")
    adapter = trained.folder / "adapter"
    if adapter.is_dir():
        shutil.copytree(adapter, folder / "adapter")
    for file, value in (
        ("metrics.json", measured),
        ("training.json", trained.summary),
        ("decision.json", decision_values(name, decision, entry)),
        ("versions.json", {"dataset": dict(entry.dataset), "code_version": entry.code_version, "content": entry.content}),
    ):
        (folder / file).write_bytes(json_bytes(value))
    (folder / "README.md").write_text(model_card(name, measured, decision, entry), encoding="utf-8")
