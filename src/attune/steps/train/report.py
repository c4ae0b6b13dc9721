"""The report of the step ``train``: the data and the loss curves of each stage."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from attune.reporting.report import Line, Lines, Report, Table, Text, Tile, Tiles

Curve = Sequence[Mapping[str, float]]


def build_report(outcome: Mapping[str, Any], curves: Mapping[str, Curve]) -> Report:
    """The report of a training run from ``training.json`` and the metrics of its stages."""
    trained = [stage for stage in outcome["stages"] if stage["state"] == "trained"]
    skipped = [stage for stage in outcome["stages"] if stage["state"] == "skipped"]
    last = trained[-1]
    count = len([stage for stage in trained if stage["index"]])
    lead = f"{count} stage{'s' if count != 1 else ''} trained from {outcome['base_model']} on {dataset_label(outcome)}."
    if skipped:
        lead += f" Skipped for lack of data: {', '.join(stage['stage'] for stage in skipped)}."
    numbers = {name: outcome[name] for name in ("dataset", "base_model", "content", "seed", "stages")}
    steps = sum(stage["steps"] for stage in trained)
    tiles = [
        Tile("stages", "stages trained", count, f"{len(skipped)} skipped"),
        Tile("parameters", "parameters", last["parameters"], f"{last['trained_parameters']:,} trained in the last stage"),
        Tile("steps", "optimizer steps", steps, "including those of the tiny base model" if not trained[0]["index"] else ""),
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
    """Name, version and short content address of the dataset."""
    dataset = outcome["dataset"]
    return f"{dataset['name']} {dataset['version']} ({dataset['address'][:12]})"


def _charts(trained: Sequence[Mapping[str, Any]], curves: Mapping[str, Curve]) -> list[Lines]:
    """One chart for language-model stages, whose losses are comparable, and one for preference stages."""
    language = [stage for stage in trained if stage["phase"] != "preference"]
    preference = [stage for stage in trained if stage["phase"] == "preference"]
    charts = []
    for stages, unit in ((language, "loss (nats per token)"), (preference, "loss (mean over pairs)")):
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
    note = "Each stage has its own data, and SFT counts the assistant's tokens only: the curves jump between stages."
    return Lines("Loss by stage", lines, "optimizer step", unit, note=note, events=events)


def _table(outcome: Mapping[str, Any]) -> Table:
    columns = [
        "phase",
        "records",
        "steps",
        "tokens in loss",
        "peak learning rate",
        "first loss",
        "last loss",
        "validation",
        "best step",
    ]
    rows: list[list[str | int | float | None]] = []
    for stage in outcome["stages"]:
        if stage["state"] == "skipped":
            rows.append([stage["stage"], stage["phase"], 0, None, None, None, None, None, None, "skipped: no data"])
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
    return Table(
        "Stages", ["stage", *columns], rows, key="stages", note="The validation loss is that of the selected checkpoint."
    )


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
        "Continued pretraining updates all weights. The later stages train one LoRA adapter, each continuing from the previous "
        "stage. At the end the adapter is merged into the pretrained model, which is what serving loads.",
        "In supervised fine-tuning only the assistant's tokens are in the loss. Each stage ends with the checkpoint of lowest "
        "validation loss. The same dataset, parameters and seed give the same bytes on the same type of machine.",
    ]
    if not trained[0]["index"]:
        paragraphs.append(
            "No base model was given, so a tiny one was created from the train split. It shows that the pipeline works; "
            "its replies are poor. Set train.base_model to use a real one."
        )
    return Text("How it was trained", [*paragraphs, *notes])


def _rounded(value: float | None) -> float | str:
    return "none" if value is None else round(value, 3)
