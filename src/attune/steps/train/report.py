"""The page of the step ``train``: what each stage learned from, and how its losses went."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from attune.reporting.report import Line, Lines, Report, Table, Text, Tile, Tiles

Curve = Sequence[Mapping[str, float]]


def build_report(outcome: Mapping[str, Any], curves: Mapping[str, Curve]) -> Report:
    """The report of a training run from ``training.json`` and the metrics of its stages."""
    trained = [stage for stage in outcome["stages"] if stage["state"] == "trained"]
    passed = [stage for stage in outcome["stages"] if stage["state"] == "passed over"]
    last = trained[-1]
    count = len([stage for stage in trained if stage["index"]])
    lead = f"{count} stage{'s' if count != 1 else ''} trained over {outcome['base_model']} on {dataset_label(outcome)}."
    if passed:
        lead += f" Passed over for want of data: {', '.join(stage['stage'] for stage in passed)}."
    numbers = {name: outcome[name] for name in ("dataset", "base_model", "content", "seed", "stages")}
    steps = sum(stage["steps"] for stage in trained)
    tiles = [
        Tile("stages", "stages trained", count, f"{len(passed)} passed over"),
        Tile("parameters", "parameters", last["parameters"], f"{last['trained_parameters']:,} trained in the last stage"),
        Tile("steps", "optimizer steps", steps, "the making of the base model counted in" if not trained[0]["index"] else ""),
        Tile("validation_loss", "validation loss at the end", _rounded(last["best_validation_loss"]), "of the last stage"),
    ]
    return Report(
        "train",
        "Training",
        lead,
        numbers=numbers,
        blocks=[Tiles(tiles), *_charts(trained, curves), _table(outcome), _method(trained)],
    )


def dataset_label(outcome: Mapping[str, Any]) -> str:
    """The dataset as people call it."""
    dataset = outcome["dataset"]
    return f"{dataset['name']} {dataset['version']} ({dataset['address'][:12]})"


def _charts(trained: Sequence[Mapping[str, Any]], curves: Mapping[str, Curve]) -> list[Lines]:
    """Language-model stages share one chart, because their losses mean the same; a preference stage has its own."""
    language = [stage for stage in trained if stage["phase"] != "preference"]
    preference = [stage for stage in trained if stage["phase"] == "preference"]
    charts = []
    for stages, unit in ((language, "loss (nats a token)"), (preference, "loss (mean of the pairs)")):
        if stages:
            charts.append(_chart(stages, curves, unit))
    return charts


def _chart(stages: Sequence[Mapping[str, Any]], curves: Mapping[str, Curve], unit: str) -> Lines:
    lines, events, start = [], {}, 0
    validation: list[tuple[float, float]] = []
    training: list[tuple[float, float]] = []
    for stage in stages:
        events[stage["stage"]] = float(start)
        curve = curves[stage["stage"]]
        training += [(start + line["step"], line["loss"]) for line in curve if "loss" in line]
        validation += [(start + line["step"], line["validation_loss"]) for line in curve if "validation_loss" in line]
        start += stage["steps"]
    for name, points in (("training", training), ("validation", validation)):
        if points:
            lines.append(Line(name, [x for x, _ in points], [y for _, y in points]))
    note = (
        "Losses are over each stage's own kind of text, in SFT over the assistant's tokens alone: curves jump between stages."
    )
    return Lines("Loss, stage by stage", lines, "optimizer step", unit, note=note, events=events)


def _table(outcome: Mapping[str, Any]) -> Table:
    columns = ["phase", "records", "steps", "tokens learned", "peak rate", "first loss", "last loss", "validation", "best step"]
    rows: list[list[str | int | float | None]] = []
    for stage in outcome["stages"]:
        if stage["state"] == "passed over":
            rows.append([stage["stage"], stage["phase"], 0, None, None, None, None, None, None, "passed over: no data"])
            continue
        rows.append(
            [
                stage["stage"],
                stage["phase"],
                stage["records"],
                stage["steps"],
                stage["tokens"],
                f"{stage['learning_rate']:.0e}",
                round(stage["first_loss"], 3),
                round(stage["last_loss"], 3),
                _rounded(stage["best_validation_loss"]),
                stage["best_step"],
            ]
        )
    return Table("Stages", ["stage", *columns], rows, key="stages", note="Validation is that of the checkpoint that was kept.")


def _method(trained: Sequence[Mapping[str, Any]]) -> Text:
    stages_by_note: dict[str, list[str]] = {}
    for stage in trained:
        for note in stage["notes"]:
            stages_by_note.setdefault(note, []).append(stage["stage"])
    notes = [
        f"{note}." if len(stages) == len(trained) else f"{note} ({', '.join(stages)})."
        for note, stages in stages_by_note.items()
    ]
    paragraphs = [
        "Continued pretraining changes every weight. The stages after it train one LoRA adapter that goes from stage to stage, "
        "and at the end is merged into the model that continued pretraining left: that is what serving loads.",
        "In supervised fine-tuning only the assistant's tokens count in the loss. Of each stage the checkpoint with the lowest "
        "validation loss is kept. Equal dataset, parameters and seed give equal bytes on one kind of machine.",
    ]
    if not trained[0]["index"]:
        paragraphs.append(
            "No base model was named, so a tiny one was made from the train split: it shows that the whole way works, "
            "and speaks poorly. Name a real one with train.base_model."
        )
    return Text("How it was trained", [*paragraphs, *notes])


def _rounded(value: float | None) -> float | str:
    return "none" if value is None else round(value, 3)
