"""The report of the step ``evaluate``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from attune.config.evaluate import EvaluateParams
from attune.modeling.integrity import integrity_table
from attune.records.signature import SignatureState
from attune.reporting.report import Block, Intervals, Report, Table, Text, Tile, Tiles, Tone
from attune.statistics.measures import BEFORE, FEWEST_PEOPLE, TUNED

_LABELS = {"perplexity": "perplexity", "bleu": "BLEU", "rouge_l": "ROUGE-L", "bertscore": "BERTScore"}


def build_report(
    evaluation: Mapping[str, Any], params: EvaluateParams, signatures: Mapping[str, SignatureState] | None = None
) -> Report:
    """The report of an evaluation from ``evaluation.json``; ``signatures`` are those of the files that it read."""
    models, ratio = evaluation["models"], evaluation["comparisons"][0]["ratio"]
    before, tuned = models[BEFORE]["perplexity"], models[TUNED]["perplexity"]
    met = [target for target in evaluation["targets"] if target["met"]]
    tiles = [
        Tile("perplexity_before", "perplexity before", round(before["estimate"], 2), _range(before)),
        Tile("perplexity_tuned", "perplexity after training", round(tuned["estimate"], 2), _range(tuned)),
        Tile("ratio", "ratio", round(ratio["estimate"], 3), f"{_range(ratio, 3)}; below 1 is better", _tone(ratio)),
        Tile("targets_met", "absolute targets met", len(met), f"of {len(evaluation['targets'])}"),
    ]
    blocks: list[Block] = [Tiles(tiles), _comparison_chart(evaluation), _model_table(evaluation), _family_table(evaluation)]
    blocks += [_target_table(evaluation), integrity_table(signatures or {}, evaluation.get("digests", {})), _method(params)]
    return Report("evaluate", "Evaluation", verdict(evaluation), numbers=evaluation, blocks=blocks)


def verdict(evaluation: Mapping[str, Any]) -> str:
    """The result of the comparison with the base model, in one or two sentences."""
    ratio = evaluation["comparisons"][0]["ratio"]
    change = f"{abs(1 - ratio['estimate']):.1%}"
    if ratio["high"] < 1:
        said = f"Training lowered the perplexity of held-out replies by {change}; the whole interval is below 1"
    elif ratio["low"] > 1:
        said = f"Training raised the perplexity of held-out replies by {change}; the whole interval is above 1"
    else:
        said = f"No significant difference: the perplexity of held-out replies changed by {change}, and the interval includes 1"
    missed = [_LABELS[target["name"]] for target in evaluation["targets"] if target["met"] is False]
    worse = [row["family"] for row in evaluation["families"] if row["ratio"]["low"] is not None and row["ratio"]["low"] > 1]
    if worse:
        said += f"; it is significantly worse on {', '.join(worse)}"
    return f"{said}. Absolute targets missed: {', '.join(missed) or 'none'}."


def _comparison_chart(evaluation: Mapping[str, Any]) -> Intervals:
    values = {f"all, to {item['against']}": _triple(item["ratio"]) for item in evaluation["comparisons"]}
    values.update({row["family"]: _triple(row["ratio"]) for row in evaluation["families"] if row["ratio"]["low"] is not None})
    note = (
        f"{evaluation['confidence']:.0%} intervals from {evaluation['people']} people and {evaluation['documents']} "
        f"conversations. An interval below 1 shows an improvement. Families with fewer than {FEWEST_PEOPLE} people have none."
    )
    return Intervals("Perplexity of the tuned model, as a ratio to that of the base model", values, "ratio", note=note)


def _model_table(evaluation: Mapping[str, Any]) -> Table:
    columns = ["model", "perplexity", "low", "high", "bits per byte", "BLEU", "ROUGE-L"]
    rows: list[list[str | int | float | None]] = []
    for name, model in evaluation["models"].items():
        overlap = [round(model[key]["estimate"], 4) if key in model else None for key in ("bleu", "rouge_l")]
        numbers = [round(model["perplexity"][end], 3) for end in ("estimate", "low", "high")]
        rows.append([name, *numbers, round(model["bits_per_byte"], 4), *overlap])
    note = "Perplexity is per token of the model's own tokenizer; bits per byte compares models whose tokenizers differ."
    return Table("Models", columns, rows, note=note, key="models")


def _family_table(evaluation: Mapping[str, Any]) -> Table:
    rows: list[list[str | int | float | None]] = [
        [row["family"], row["documents"], *(round(row[name], 3) for name in (BEFORE, TUNED)),
         *(None if row["ratio"][end] is None else round(row["ratio"][end], 4) for end in ("estimate", "low", "high"))]
        for row in evaluation["families"]
    ]  # fmt: skip
    columns = ["family", "conversations", "perplexity before", "perplexity after training", "ratio", "low", "high"]
    return Table("By family", columns, rows, key="families")


def _target_table(evaluation: Mapping[str, Any]) -> Table:
    rows: list[list[str | int | float | None]] = []
    for target in evaluation["targets"]:
        said = {True: "met", False: "missed", None: "not measured"}[target["met"]]
        value = None if target["value"] is None else round(target["value"], 4)
        rows.append([_LABELS[target["name"]], f"{target['relation']} {target['target']:g}", value, said])
    note = "BERTScore was not measured, because it needs a scorer model." if evaluation["targets"][-1]["met"] is None else ""
    return Table("Absolute targets", ["measure", "target", "value", "result"], rows, note=note, key="targets")


def _method(params: EvaluateParams) -> Text:
    replies = params.replies_per_document
    which = f"the last {replies} replies" if replies else "all replies"
    return Text(
        "Method and limits",
        [
            f"lm-eval, offline: the log-likelihood of {which} of each sampled test conversation, given the text "
            "before. Perplexity is exp(-sum of log-likelihoods / tokens); the ratio of two models is exp(-sum of differences "
            "/ tokens).",
            f"Intervals: percentiles of a paired cluster bootstrap over people, {params.resamples:,} resamples. They cover the "
            "sampling of conversations, not of the training seed.",
            "A lower perplexity means that the model gives the assistant's real replies a higher probability. It does not show "
            "that its own replies are kind, correct or safe. BLEU and ROUGE-L compare one generated reply with one reference, "
            "although many replies would be good.",
            "Families that occur only in the test split show how the model generalizes beyond its training data.",
        ],
    )


def _triple(interval: Mapping[str, float]) -> tuple[float, float, float]:
    return interval["low"], interval["estimate"], interval["high"]


def _range(interval: Mapping[str, float], digits: int = 2) -> str:
    return f"{interval['low']:.{digits}f} to {interval['high']:.{digits}f}"


def _tone(ratio: Mapping[str, float]) -> Tone:
    if ratio["high"] < 1:
        return "good"
    return "bad" if ratio["low"] > 1 else "warning"
