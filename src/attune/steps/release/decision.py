"""Promote, hold or reject: a pure function of the evidence and the policy."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from attune.config.release import ReleaseParams
from attune.statistics.measures import BEFORE, PRODUCTION

Outcome = Literal["promote", "hold", "reject"]
_SEVERITY: tuple[Outcome, ...] = ("promote", "hold", "reject")


@dataclass(frozen=True)
class Check:
    """One thing that was looked at. ``outcome`` is what it alone would lead to; a check that is not required promotes."""

    name: str
    outcome: Outcome
    evidence: str
    required: bool = True


@dataclass(frozen=True)
class Decision:
    """What was decided, why, and everything that was looked at."""

    outcome: Outcome
    reasons: tuple[str, ...]
    checks: tuple[Check, ...]


def decide(
    evaluation: Mapping[str, Any],
    model_content: str,
    trained_on: str,
    dataset: str,
    params: ReleaseParams,
    erasures: Sequence[str] = (),
) -> Decision:
    """The decision on a model.

    The worst outcome of the required checks wins. What is missing or was not measured never counts as good: it holds the model
    until somebody measures it.

    Args:
        evaluation: ``evaluation.json``.
        model_content: content hash of the model to release.
        trained_on: content address of the dataset that the model was trained on.
        dataset: content address of the dataset version named for this release.
        params: the policy.
        erasures: of people that the model learned from.
    """
    checks = [
        _nobody_erased(erasures),
        _same("evidence_is_of_this_model", evaluation["model"]["content"], model_content, "the evaluation scored"),
        _same("trained_on_this_dataset", trained_on, dataset, "the model was trained on"),
        _same("scored_on_this_dataset", evaluation["dataset"]["address"], dataset, "the evaluation read"),
        _enough(evaluation, params),
        _improvement(evaluation, params),
        _production(evaluation, params),
        *_targets(evaluation, params),
    ]
    required = [check for check in checks if check.required]
    outcome = max((check.outcome for check in required), key=_SEVERITY.index)
    reasons = [check.evidence for check in required if check.outcome == outcome and outcome != "promote"]
    if outcome == "promote":
        reasons = [check.evidence for check in required if check.name in ("better_than_before", "not_worse_than_production")]
    return Decision(outcome, tuple(reasons), tuple(checks))


def _same(name: str, found: str, expected: str, what: str) -> Check:
    if found == expected:
        return Check(name, "promote", f"{what} {found[:12]}, as it should")
    return Check(name, "reject", f"{what} {found[:12]}, not {expected[:12]}: this evidence is of something else")


def _nobody_erased(erasures: Sequence[str]) -> Check:
    name = "nobody_in_it_was_erased"
    if not erasures:
        return Check(name, "promote", "the registry knows of no erasure of anybody that the model learned from")
    many = f"{len(erasures)} erasures ({', '.join(erasures[:3])}{', …' if len(erasures) > 3 else ''})"
    return Check(name, "reject", f"the model learned from people who were erased since, by {many}: train it anew without them")


def _enough(evaluation: Mapping[str, Any], params: ReleaseParams) -> Check:
    count = evaluation["documents"]
    said = f"{count} held-out conversations were scored, {params.min_documents} are needed"
    return Check("enough_conversations", "promote" if count >= params.min_documents else "hold", said)


def _improvement(evaluation: Mapping[str, Any], params: ReleaseParams) -> Check:
    """The whole interval of the ratio must be below 1 - min_improvement; wholly above 1 is a rejection."""
    name, limit = "better_than_before", 1 - params.min_improvement
    ratio = _ratio(evaluation, BEFORE)
    if ratio is None:
        return Check(name, "hold", "the model before was not scored")
    said = f"perplexity against the model before: ratio {_show(ratio)}"
    if ratio["high"] < limit:
        return Check(name, "promote", f"{said}, wholly below {limit:g}")
    if ratio["low"] > 1:
        return Check(name, "reject", f"{said}, wholly above 1: training made it worse")
    return Check(name, "hold", f"{said}, not wholly below {limit:g}: no sufficient improvement is shown")


def _production(evaluation: Mapping[str, Any], params: ReleaseParams) -> Check:
    name, limit = "not_worse_than_production", 1 + params.production_tolerance
    required = params.require_no_loss_to_production
    ratio = _ratio(evaluation, PRODUCTION)
    if ratio is None:
        return Check(name, "promote", "no model in production was named, so there is none to compare with", required=False)
    said = f"perplexity against the model in production: ratio {_show(ratio)}"
    if ratio["high"] <= limit:
        return Check(name, "promote", f"{said}, wholly at or below {limit:g}", required)
    if ratio["low"] > limit:
        return Check(name, "reject", f"{said}, wholly above {limit:g}: production is better", required)
    return Check(name, "hold", f"{said}, reaches over {limit:g}: it may be worse than production", required)


def _targets(evaluation: Mapping[str, Any], params: ReleaseParams) -> list[Check]:
    """A required target that was missed rejects; one that was not measured holds."""
    checks = []
    for target in evaluation["targets"]:
        required = target["name"] in params.required_targets
        wanted = f"{target['name']} {target['relation']} {target['target']:g}"
        if target["met"] is None:
            checks.append(Check(target["name"], "hold", f"{wanted}: not measured", required))
        elif target["met"]:
            checks.append(Check(target["name"], "promote", f"{wanted}: met with {target['value']:.4g}", required))
        else:
            checks.append(Check(target["name"], "reject", f"{wanted}: missed with {target['value']:.4g}", required))
    return checks


def _ratio(evaluation: Mapping[str, Any], against: str) -> Mapping[str, float] | None:
    for comparison in evaluation["comparisons"]:
        if comparison["against"] == against:
            ratio: Mapping[str, float] = comparison["ratio"]
            return ratio
    return None


def _show(ratio: Mapping[str, float]) -> str:
    return f"{ratio['estimate']:.4f} ({ratio['low']:.4f} to {ratio['high']:.4f})"
