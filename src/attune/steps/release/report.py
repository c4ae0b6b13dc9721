"""The report of the step ``release``, and the model card in the registry."""

from __future__ import annotations

from typing import Any

from attune.modeling.model_registry import RegistryEntry
from attune.reporting.report import Block, Checks, Report, Table, Text, Tile, Tiles, Tone
from attune.statistics.measures import TUNED
from attune.steps.release.decision import ReleaseDecision

_SENTENCES = {
    "promote": "Promote: the model may be rolled out to users in stages.",
    "hold": "Hold: the evidence is not sufficient to promote the model.",
    "reject": "Reject: the evidence is against the model.",
}
_TONES: dict[str, Tone] = {"promote": "good", "hold": "warning", "reject": "bad"}


def decision_values(name: str, decision: ReleaseDecision, entry: RegistryEntry) -> dict[str, Any]:
    """The content of ``decision.json``."""
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


def model_card(name: str, measured: dict[str, Any], decision: ReleaseDecision, entry: RegistryEntry) -> str:
    """The model card in Markdown, after Mitchell et al. 2019."""
    stages = [job["stage"] for job in entry.jobs if job["state"] == "trained"]
    perplexity = measured["models"][TUNED]["perplexity"]
    dataset = f"{entry.dataset['name']} {entry.dataset['version']} (`{entry.dataset['address']}`)"
    lines = [
        f"# {name}",
        "",
        f"**{_SENTENCES[decision.outcome]}**",
        "",
        *(f"- {reason}" for reason in decision.reasons),
        "",
        "## Model",
        "",
        f"- Base model: {entry.base_model}; stages: {', '.join(stages)}.",
        f"- Trained on {dataset}, with code {entry.code_version}.",
        f"- Content of the model: `{entry.content}`.",
        "",
        "## Evaluation",
        "",
        f"Perplexity of {measured['replies']} held-out replies: {perplexity['estimate']:.4g} ({perplexity['low']:.4g} to "
        f"{perplexity['high']:.4g}, {measured['confidence']:.0%} interval). All numbers are in `metrics.json`.",
        "",
        "## Intended use",
        "",
        "For supporting conversations in the product whose data it was trained on, behind that product's safety measures. "
        "Not for diagnosis or treatment, and not for people in danger. The checks above do not measure its safety.",
        "",
        "## Serving",
        "",
        "`model/` has the merged weights, configuration, tokenizer and chat template. `adapter/`, where present, is the LoRA "
        "adapter alone; its base is the last stage in `training.json` that trained all weights.",
    ]
    return "\n".join(lines) + "\n"


def build_report(name: str, decision: ReleaseDecision, entry: RegistryEntry) -> Report:
    """The report of a release decision."""
    tiles = [
        Tile("decision", "decision", decision.outcome, "", _TONES[decision.outcome]),
        Tile("perplexity", "perplexity", round(entry.perplexity, 2), "on held-out replies"),
        Tile("dataset", "dataset version", entry.dataset["version"], entry.dataset["name"]),
    ]
    required = [(check.name, check.outcome == "promote", check.evidence) for check in decision.checks if check.required]
    others: list[list[str | int | float | None]] = [
        [check.name, check.evidence] for check in decision.checks if not check.required
    ]
    blocks: list[Block] = [
        Tiles(tiles),
        Text("Reasons", list(decision.reasons)),
        Checks("Required checks", required),
        Table("Optional checks", ["check", "evidence"], others, key="reported"),
        Text(
            "How the decision is made",
            [
                "The worst result of the required checks is the decision. A missing measurement holds the model. "
                "release.required_targets lists the absolute targets that are required.",
                f"The registry has the model as {name}, with weights, adapter, metrics, training history and model card.",
            ],
        ),
    ]
    numbers = decision_values(name, decision, entry)
    return Report("release", "Release decision", f"{_SENTENCES[decision.outcome]} {name}.", numbers=numbers, blocks=blocks)
