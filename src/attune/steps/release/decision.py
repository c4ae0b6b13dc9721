"""The release decision (promote, hold or reject): a pure function of the evaluation and the policy."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from attune.config.release import ReleaseParams
from attune.statistics.measures import BEFORE, PRODUCTION

ReleaseOutcome = Literal["promote", "hold", "reject"]
UNCHANGED = "model_is_the_trained_one"
_SEVERITY: tuple[ReleaseOutcome, ...] = ("promote", "hold", "reject")


@dataclass(frozen=True)
class ReleaseCheck:
    """One check. ``outcome`` is the decision it would lead to alone; it counts only if the check is required."""

    name: str
    outcome: ReleaseOutcome
    evidence: str
    required: bool = True


@dataclass(frozen=True)
class ReleaseDecision:
    """The decision, its reasons, and all checks."""

    outcome: ReleaseOutcome
    reasons: tuple[str, ...]
    checks: tuple[ReleaseCheck, ...]


def decide(
    evaluation: Mapping[str, Any],
    model_content: str,
    trained_on: str,
    dataset: str,
    params: ReleaseParams,
    erasures: Sequence[str] = (),
    changes: Sequence[str] = (),
) -> ReleaseDecision:
    """Decide on a model.

    The worst outcome of the required checks is the decision. A missing measurement holds the model.

    Args:
        evaluation: ``evaluation.json``.
        model_content: digest of the model to release, computed from its files.
        trained_on: content address of the dataset that the model was trained on.
        dataset: content address of the dataset version given for this release.
        params: the policy.
        erasures: names of erasures of people in the model's training data.
        changes: what to say of each model folder whose files are not those that training wrote.
    """
    checks = [
        _unchanged(changes),
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
    return ReleaseDecision(outcome, tuple(reasons), tuple(checks))


def _same(name: str, found: str, expected: str, what: str) -> ReleaseCheck:
    if found == expected:
        return ReleaseCheck(name, "promote", f"{what} {found[:12]}, as expected")
    return ReleaseCheck(
        name, "reject", f"{what} {found[:12]}, not {expected[:12]}: this evidence is for another model or dataset version"
    )


def _unchanged(changes: Sequence[str]) -> ReleaseCheck:
    if not changes:
        return ReleaseCheck(UNCHANGED, "promote", "the files of the model give the digests that training stated")
    return ReleaseCheck(UNCHANGED, "reject", "; ".join(changes))


def _nobody_erased(erasures: Sequence[str]) -> ReleaseCheck:
    name = "nobody_in_it_was_erased"
    if not erasures:
        return ReleaseCheck(name, "promote", "the registry lists no erasure of a person in the training data")
    many = f"{len(erasures)} erasures ({', '.join(erasures[:3])}{', …' if len(erasures) > 3 else ''})"
    return ReleaseCheck(
        name, "reject", f"people in the training data were erased since, by {many}: retrain the model without them"
    )


def _enough(evaluation: Mapping[str, Any], params: ReleaseParams) -> ReleaseCheck:
    count = evaluation["documents"]
    said = f"{count} held-out conversations were scored, {params.min_documents} are needed"
    return ReleaseCheck("enough_conversations", "promote" if count >= params.min_documents else "hold", said)


def _improvement(evaluation: Mapping[str, Any], params: ReleaseParams) -> ReleaseCheck:
    """The whole interval of the ratio must be below 1 - min_improvement; entirely above 1 rejects."""
    name, limit = "better_than_before", 1 - params.min_improvement
    ratio = _ratio(evaluation, BEFORE)
    if ratio is None:
        return ReleaseCheck(name, "hold", "the base model was not scored")
    said = f"perplexity relative to the base model: ratio {_show(ratio)}"
    if ratio["high"] < limit:
        return ReleaseCheck(name, "promote", f"{said}, entirely below {limit:g}")
    if ratio["low"] > 1:
        return ReleaseCheck(name, "reject", f"{said}, entirely above 1: training made it worse")
    return ReleaseCheck(name, "hold", f"{said}, not entirely below {limit:g}: no sufficient improvement is shown")


def _production(evaluation: Mapping[str, Any], params: ReleaseParams) -> ReleaseCheck:
    name, limit = "not_worse_than_production", 1 + params.production_tolerance
    required = params.require_no_loss_to_production
    ratio = _ratio(evaluation, PRODUCTION)
    if ratio is None:
        return ReleaseCheck(name, "promote", "not compared: no production model is set (evaluate.production)", required=False)
    said = f"perplexity relative to the production model: ratio {_show(ratio)}"
    if ratio["high"] <= limit:
        return ReleaseCheck(name, "promote", f"{said}, entirely at or below {limit:g}", required)
    if ratio["low"] > limit:
        return ReleaseCheck(name, "reject", f"{said}, entirely above {limit:g}: production is better", required)
    return ReleaseCheck(name, "hold", f"{said}, exceeds {limit:g}: it may be worse than production", required)


def _targets(evaluation: Mapping[str, Any], params: ReleaseParams) -> list[ReleaseCheck]:
    """A required target that is missed rejects; one that was not measured holds."""
    checks = []
    for target in evaluation["targets"]:
        required = target["name"] in params.required_targets
        wanted = f"{target['name']} {target['relation']} {target['target']:g}"
        if target["met"] is None:
            checks.append(ReleaseCheck(target["name"], "hold", f"{wanted}: not measured", required))
        elif target["met"]:
            checks.append(ReleaseCheck(target["name"], "promote", f"{wanted}: met with {target['value']:.4g}", required))
        else:
            checks.append(ReleaseCheck(target["name"], "reject", f"{wanted}: missed with {target['value']:.4g}", required))
    return checks


def _ratio(evaluation: Mapping[str, Any], against: str) -> Mapping[str, float] | None:
    for comparison in evaluation["comparisons"]:
        if comparison["against"] == against:
            ratio: Mapping[str, float] = comparison["ratio"]
            return ratio
    return None


def _show(ratio: Mapping[str, float]) -> str:
    return f"{ratio['estimate']:.4f} ({ratio['low']:.4f} to {ratio['high']:.4f})"
