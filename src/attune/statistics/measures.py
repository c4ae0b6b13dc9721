"""Measures of an evaluation with confidence intervals, from log-likelihoods and overlaps of replies."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import log
from typing import Any

from attune.config.evaluate import EvaluateParams, TargetParams
from attune.statistics.bootstrap import BootstrapInterval, bleu, bootstrap, mean, perplexity

EVALUATION = "evaluation.json"
FEWEST_PEOPLE = 10  # families with fewer people get an estimate without an interval
BEFORE, TUNED, PRODUCTION = "before", "tuned", "production"


@dataclass(frozen=True)
class Bootstrap:
    """Computes bootstrap intervals with fixed settings."""

    resamples: int
    confidence: float
    seed: int

    def __call__(self, columns: Sequence[Sequence[float]], groups: Sequence[str], statistic: Any) -> BootstrapInterval:
        """The interval of a statistic; see :func:`bootstrap`."""
        return bootstrap(columns, groups, statistic, resamples=self.resamples, confidence=self.confidence, seed=self.seed)


@dataclass(frozen=True)
class DocumentSums:
    """DocumentSums of one model for each document: log-likelihood (nats), tokens, bytes."""

    log_likelihood: list[float]
    tokens: list[float]
    bytes: list[float]


def measure(scores: Mapping[str, Any], params: EvaluateParams, seed: int) -> dict[str, Any]:
    """All numbers of the evaluation.

    Args:
        scores: the result of the harness.
        params: targets and bootstrap settings.
        seed: seed of the bootstrap.
    """
    documents = scores["documents"]
    groups = [document["group"] for document in documents]
    interval = Bootstrap(params.resamples, params.confidence, seed)
    sums = {name: _sums(result["pieces"], len(documents)) for name, result in scores["models"].items()}
    models = {}
    for name, result in scores["models"].items():
        models[name] = {
            "perplexity": _named(interval([sums[name].log_likelihood, sums[name].tokens], groups, perplexity)),
            "bits_per_byte": round(-sum(sums[name].log_likelihood) / sum(sums[name].bytes) / log(2), 6),
            "tokens": int(sum(sums[name].tokens)),
            "context_length": result["context_length"],
            "harness_perplexity": round(result["perplexity"], 6),
            **_overlaps(result["generated"], groups, interval),
        }
    tuned = models[TUNED]
    return {
        "documents": len(documents),
        "people": len(set(groups)),
        "replies": len({(piece["document"], piece["reply"]) for piece in scores["models"][TUNED]["pieces"]}),
        "confidence": params.confidence,
        "models": models,
        "comparisons": [
            _compare(sums, TUNED, against, groups, interval) for against in (BEFORE, PRODUCTION) if against in sums
        ],
        "families": _families(documents, sums, interval),
        "targets": targets(tuned, params.targets),
    }


def targets(tuned: Mapping[str, Any], limits: TargetParams) -> list[dict[str, Any]]:
    """Each absolute target with its measured value; ``met`` is None where it was not measured."""
    rows = []
    for name, limit in limits.model_dump().items():
        value = tuned[name]["estimate"] if name in tuned else None
        met = None if value is None else bool(value < limit if name == "perplexity" else value > limit)
        rows.append(
            {
                "name": name,
                "relation": "below" if name == "perplexity" else "above",
                "target": limit,
                "value": value,
                "met": met,
            }
        )
    return rows


def _sums(pieces: Sequence[Mapping[str, Any]], count: int) -> DocumentSums:
    sums = DocumentSums([0.0] * count, [0.0] * count, [0.0] * count)
    for piece in pieces:
        sums.log_likelihood[piece["document"]] += piece["log_likelihood"]
        sums.tokens[piece["document"]] += piece["tokens"]
        sums.bytes[piece["document"]] += piece["bytes"]
    return sums


def _compare(
    sums: Mapping[str, DocumentSums], model: str, against: str, groups: Sequence[str], interval: Bootstrap
) -> dict[str, Any]:
    """The ratio of perplexities per token of the first model; below 1, the first model is better."""
    gained = _differences(sums[model], sums[against])
    ratio = interval([gained, sums[model].tokens], groups, perplexity)
    better = sum(difference > 0 for difference in gained)
    return {"model": model, "against": against, "ratio": _named(ratio), "documents_better": better, "documents": len(gained)}


def _families(
    documents: Sequence[Mapping[str, str]], sums: Mapping[str, DocumentSums], interval: Bootstrap
) -> list[dict[str, Any]]:
    """The measures by family, without an interval for families with few people, where the bootstrap is too narrow."""
    rows = []
    for family in sorted({document["family"] for document in documents}):
        places = [index for index, document in enumerate(documents) if document["family"] == family]
        part = {name: _part(sums[name], places) for name in (BEFORE, TUNED)}
        groups = [documents[index]["group"] for index in places]
        tokens, people = part[TUNED].tokens, len(set(groups))
        ratio = _named(interval([_differences(part[TUNED], part[BEFORE]), tokens], groups, perplexity))
        rows.append(
            {
                "family": family,
                "documents": len(places),
                "people": people,
                "before": _named(interval([part[BEFORE].log_likelihood, part[BEFORE].tokens], groups, perplexity))["estimate"],
                "tuned": _named(interval([part[TUNED].log_likelihood, tokens], groups, perplexity))["estimate"],
                "ratio": ratio if people >= FEWEST_PEOPLE else {"estimate": ratio["estimate"], "low": None, "high": None},
            }
        )
    return rows


def _differences(left: DocumentSums, right: DocumentSums) -> list[float]:
    return [first - second for first, second in zip(left.log_likelihood, right.log_likelihood, strict=True)]


def _part(sums: DocumentSums, places: Sequence[int]) -> DocumentSums:
    return DocumentSums(*([values[index] for index in places] for values in (sums.log_likelihood, sums.tokens, sums.bytes)))


def _overlaps(generated: Sequence[Mapping[str, Any]], groups: Sequence[str], interval: Bootstrap) -> dict[str, Any]:
    if not generated:
        return {}
    owners = [groups[item["document"]] for item in generated]
    counts = [[item["bleu"][position] for item in generated] for position in range(len(generated[0]["bleu"]))]
    rouge = [item["rouge_l"] for item in generated]
    return {
        "bleu": _named(interval(counts, owners, bleu)),
        "rouge_l": _named(interval([rouge, [1.0] * len(rouge)], owners, mean)),
        "generated_replies": len(generated),
    }


def _named(interval: BootstrapInterval) -> dict[str, float]:
    low, estimate, high = interval
    return {"low": round(low, 6), "estimate": round(estimate, 6), "high": round(high, 6)}
