"""The step ``release``: decides to promote, hold or reject a model, and enters it into the model registry."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from attune import storage
from attune.config.release import ReleaseParams
from attune.config.section import DEFAULT_PROJECT
from attune.errors import RunError, UsageError
from attune.modeling.integrity import integrity_table
from attune.modeling.model_digest import model_digest
from attune.modeling.model_registry import RegistryEntry, erasures_of, register
from attune.modeling.registry_files import SERVED, write_versions
from attune.modeling.training_result import TRAINING_RESULT, TrainingResult, describe_dataset, open_training_result
from attune.records.dataset import MANIFEST, Dataset, open_dataset
from attune.records.shards import json_bytes
from attune.records.signature import SignatureState, read_signed, write_signed
from attune.reporting.report import Report
from attune.runtime.step import Context
from attune.statistics.measures import BEFORE, EVALUATION, TUNED
from attune.steps.release.decision import UNCHANGED, ReleaseDecision, decide
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
        The report. Hold and reject are normal results, not failed gates; the rollout does not start then. A model whose files
        are not those that training wrote is rejected, and that is a failed gate.

    Raises:
        UsageError: an input is missing, or the registry is not local.
        RunError: the registry cannot be written, or a model's files cannot be read.
        GateError: a file that the decision rests on was changed after it was signed.
    """
    if storage.is_remote(registry):
        raise UsageError(f"--registry {registry}: must be a local folder; mount or download it first")
    trained, version = open_training_result(models), open_dataset(dataset)
    measured, evidence = _read_evaluation(evaluation)
    found = trained.digests()
    digests = {BEFORE: found[str(trained.summary["before"])], TUNED: found[str(trained.summary["final"])]}
    changes = trained.changes(found)
    trained_on = trained.summary["dataset"]["address"]
    erasures = erasures_of(storage.local_path(registry), trained_on)
    decision = decide(measured, digests[TUNED], trained_on, version.address, params, erasures, changes)
    entry = RegistryEntry(
        project=params.project or DEFAULT_PROJECT,
        date=_date(version, context),
        base_model=trained.summary["base_model"],
        content=digests[TUNED],
        dataset=describe_dataset(dataset),
        code_version=trained.summary.get("code_version", "unknown"),
        decision=decision.outcome,
        perplexity=measured["models"][TUNED]["perplexity"]["estimate"],
        jobs=trained.summary["stages"],
    )
    name = register(
        storage.local_path(registry), entry, lambda folder, name: _write_entry(folder, name, trained, measured, decision, entry)
    )
    values = {**decision_values(name, decision, entry), "base_content": digests[BEFORE]}
    write_signed(storage.join(output, DECISION), json_bytes(values))
    signatures = {TRAINING_RESULT: trained.signature, EVALUATION: evidence, MANIFEST: version.signature}
    report = build_report(name, decision, entry)
    gates = (UNCHANGED,) if changes else ()
    return replace(report, blocks=[*report.blocks, integrity_table(signatures, digests)], failed_gates=gates)


def _read_evaluation(evaluation: str) -> tuple[dict[str, Any], SignatureState]:
    """What ``evaluate`` wrote, and what is known of its signature. Raises UsageError when it is not what that step writes."""
    path = storage.join(evaluation, EVALUATION)
    read = read_signed(path, required=True)
    try:
        measured: dict[str, Any] = json.loads(read.content)
        _ = measured["model"]["content"], measured["dataset"]["address"], measured["models"][TUNED]["perplexity"]["estimate"]
        _ = int(measured["documents"]), list(measured["comparisons"]), list(measured["targets"])
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise UsageError(f"{path}: is not what evaluation writes; run `attune evaluate` again") from None
    return measured, read.state


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
    """Write ``model/`` for serving, ``adapter/`` if one was trained, and the files that describe them.

    Raises:
        RunError: the model that was copied is not the one that was decided on.
    """
    shutil.copytree(trained.tuned.path, folder / SERVED)
    if model_digest(folder / SERVED) != entry.content:
        raise RunError(f"{trained.tuned.path}: was changed while it was copied; see that nothing writes there and run again")
    adapter = trained.folder / "adapter"
    if adapter.is_dir():
        shutil.copytree(adapter, folder / "adapter")
    for file, value in (
        ("metrics.json", measured),
        ("training.json", trained.summary),
        ("decision.json", decision_values(name, decision, entry)),
    ):
        (folder / file).write_bytes(json_bytes(value))
    (folder / "README.md").write_text(model_card(name, measured, decision, entry), encoding="utf-8")
    facts = {"dataset": dict(entry.dataset), "code_version": entry.code_version, "content": entry.content}
    write_versions(folder, {"name": name, "decision": decision.outcome, **facts})
