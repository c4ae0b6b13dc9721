"""The step ``release``: promote, hold or reject, with reasons, and the model's entry in the registry."""

from __future__ import annotations

import json
import shutil
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from attune import storage
from attune.config.release import ReleaseParams
from attune.errors import UsageError
from attune.modeling.model_registry import Entry, erasures_of, register
from attune.modeling.training_result import Trained, describe_dataset, open_trained
from attune.records.dataset import Dataset, open_dataset
from attune.records.shards import json_bytes
from attune.reporting.report import Block, Checks, Report, Table, Text, Tile, Tiles
from attune.runtime.code_version import code_version
from attune.runtime.step import Context
from attune.statistics.measures import EVALUATION, TUNED
from attune.steps.release.decision import Decision, decide

DECISION = "decision.json"
_SAID = {
    "promote": "Promote: the model may go to users in stages.",
    "hold": "Hold: the evidence does not suffice to promote the model.",
    "reject": "Reject: the evidence speaks against the model.",
}


def release(
    evaluation: str, models: str, dataset: str, registry: str, output: str, params: ReleaseParams, context: Context
) -> Report:
    """Decide on a model and enter it into the registry, whatever was decided.

    Args:
        evaluation: folder that the step ``evaluate`` wrote.
        models: folder that the step ``train`` wrote.
        dataset: folder of the dataset version.
        registry: local folder of the model registry; made when missing.
        output: folder to write: ``decision.json``.
        params: the policy.
        context: gives the date in the name; without one it is that of the newest row in the dataset.

    Returns:
        The report. To hold or reject is a normal outcome, no failed gate: the rollout does not start then.

    Raises:
        UsageError: an input is missing, or the registry is not local.
        RunError: the registry cannot be written.
    """
    if storage.is_remote(registry):
        raise UsageError(f"registry {registry}: the registry is a local folder; mount or copy it here")
    trained, version = open_trained(models), open_dataset(dataset)
    measured: dict[str, Any] = json.loads(storage.read_bytes(storage.join(evaluation, EVALUATION)))
    trained_on = trained.outcome["dataset"]["address"]
    erasures = erasures_of(storage.local_path(registry), trained_on)
    decision = decide(measured, trained.outcome["content"], trained_on, version.address, params, erasures)
    entry = Entry(
        project=params.project,
        date=_date(version, context),
        base_model=trained.outcome["base_model"],
        content=trained.outcome["content"],
        dataset=describe_dataset(dataset),
        code_version=code_version("attune.steps.train.step"),
        decision=decision.outcome,
        perplexity=measured["models"][TUNED]["perplexity"]["estimate"],
        jobs=trained.outcome["stages"],
    )
    name = register(
        storage.local_path(registry), entry, lambda folder, name: _write_entry(folder, name, trained, measured, decision, entry)
    )
    storage.write_bytes(storage.join(output, DECISION), json_bytes(_decision_values(name, decision, entry)))
    return _report(name, decision, entry)


def external_state(evaluation: str, models: str, dataset: str, registry: str, params: ReleaseParams) -> tuple[str, bool]:
    """What the decision depends on beside inputs and parameters: who was erased since that the model learned from."""
    del evaluation, dataset, params
    if storage.is_remote(registry):
        return "", True
    return " ".join(erasures_of(storage.local_path(registry), open_trained(models).outcome["dataset"]["address"])), True


def _date(version: Dataset, context: Context) -> str:
    moment = context.as_of or version.split("train").as_of or datetime(1970, 1, 1, tzinfo=UTC)
    return f"{moment:%Y%m%d}"


def _decision_values(name: str, decision: Decision, entry: Entry) -> dict[str, Any]:
    return {
        "decision": decision.outcome,
        "name": name,
        "reasons": list(decision.reasons),
        "checks": [
            {"name": check.name, "outcome": check.outcome, "required": check.required, "evidence": check.evidence}
            for check in decision.checks
        ],
        "content": entry.content,
        "dataset": dict(entry.dataset),
    }


def _write_entry(folder: Path, name: str, trained: Trained, measured: dict[str, Any], decision: Decision, entry: Entry) -> None:
    """``model/`` to serve, ``adapter/`` where one was trained, and what is known of both."""
    shutil.copytree(trained.tuned.path, folder / "model")
    adapter = trained.folder / "adapter"
    if adapter.is_dir():
        shutil.copytree(adapter, folder / "adapter")
    for file, value in (
        ("metrics.json", measured),
        ("training.json", trained.outcome),
        ("decision.json", _decision_values(name, decision, entry)),
        ("versions.json", {"dataset": dict(entry.dataset), "code_version": entry.code_version, "content": entry.content}),
    ):
        (folder / file).write_bytes(json_bytes(value))
    (folder / "README.md").write_text(_card(name, measured, decision, entry), encoding="utf-8")


def _card(name: str, measured: dict[str, Any], decision: Decision, entry: Entry) -> str:
    """The model's card, after Mitchell et al. 2019."""
    stages = [job["stage"] for job in entry.jobs if job["state"] == "trained"]
    perplexity = measured["models"][TUNED]["perplexity"]
    dataset = f"{entry.dataset['name']} {entry.dataset['version']} (`{entry.dataset['address']}`)"
    lines = [
        f"# {name}",
        "",
        f"**{_SAID[decision.outcome]}**",
        "",
        *(f"- {reason}" for reason in decision.reasons),
        "",
        "## What it is",
        "",
        f"- Base model: {entry.base_model}; stages: {', '.join(stages)}.",
        f"- Trained on {dataset}, with code {entry.code_version}.",
        f"- Content of the model: `{entry.content}`.",
        "",
        "## How good it is",
        "",
        f"Perplexity of {measured['replies']} unseen replies: {perplexity['estimate']:.4g} ({perplexity['low']:.4g} to "
        f"{perplexity['high']:.4g}, {measured['confidence']:.0%} interval). All numbers are in `metrics.json`.",
        "",
        "## What it is for, and what not",
        "",
        "For supporting conversations in the product whose data it learned from, behind that product's safety measures. "
        "Not for diagnosis or treatment, and not for people in danger. Its safety was not measured by the checks above.",
        "",
        "## Serving",
        "",
        "`model/` holds weights, configuration, tokenizer and chat template in one piece. `adapter/`, where present, is the "
        "LoRA adapter alone, over the last stage in `training.json` that trained all weights.",
    ]
    return "\n".join(lines) + "\n"


def _report(name: str, decision: Decision, entry: Entry) -> Report:
    tone = {"promote": "good", "hold": "warning", "reject": "bad"}[decision.outcome]
    tiles = [
        Tile("decision", "decision", decision.outcome, "", tone),  # type: ignore[arg-type]
        Tile("perplexity", "perplexity", round(entry.perplexity, 2), "on unseen replies"),
        Tile("dataset", "dataset version", entry.dataset["version"], entry.dataset["name"]),
    ]
    required = [(check.name, check.outcome == "promote", check.evidence) for check in decision.checks if check.required]
    others: list[list[str | int | float | None]] = [
        [check.name, check.evidence] for check in decision.checks if not check.required
    ]
    blocks: list[Block] = [
        Tiles(tiles),
        Text("Why", list(decision.reasons)),
        Checks("What a promotion requires", required),
        Table("Reported, not required", ["check", "evidence"], others, key="reported"),
        Text(
            "What this rests on",
            [
                "The worst result of the required checks decides. What is missing or could not be measured holds a model, it "
                "never promotes one. Which absolute targets are required is said by release.required_targets.",
                f"The model is in the registry as {name}, with weights, adapter, metrics, training history and card.",
            ],
        ),
    ]
    numbers = _decision_values(name, decision, entry)
    return Report("release", "Release decision", f"{_SAID[decision.outcome]} {name}.", numbers=numbers, blocks=blocks)
