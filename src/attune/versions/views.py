"""What each stage of the curriculum finds in a dataset version, by family and category (B7, E1)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from attune.config.train import StageParams
from attune.config.vocabulary import CATEGORIES
from attune.records.dataset import View, open_dataset
from attune.records.record import SPLITS
from attune.steps.compile.category_mix import gaps


def stage_view(stage: StageParams) -> View:
    """The records that a stage of the curriculum takes."""
    return View(stage.families, stage.tags, stage.categories, pairs=stage.phase == "preference")


def views(version: str, stages: Mapping[str, StageParams], category_mix: Mapping[str, float]) -> dict[str, Any]:
    """For each stage its records by split, and of the train split by family and category beside their targets."""
    dataset = open_dataset(version)
    asked = {name: stage_view(stage) for name, stage in stages.items()}
    splits = {name: dict.fromkeys(SPLITS, 0) for name in asked}
    families: dict[str, Counter[str]] = {name: Counter() for name in asked}
    categories: dict[str, Counter[str]] = {name: Counter() for name in asked}
    for split in SPLITS:
        for table in dataset.tables(split, ("family", "tags", "category", "pii_status", "rejected_response")):
            for name, view in asked.items():
                taken = table.filter(view.takes(table))
                splits[name][split] += len(taken)
                if split == "train":
                    families[name].update(taken["family"].to_pylist())
                    categories[name].update(taken["category"].to_pylist())
    return {
        name: {
            "splits": splits[name],
            "families": dict(sorted(families[name].items())),
            "categories": {
                item.category: {"records": item.records, "share": round(item.share, 4), "target": item.target, "add": item.add}
                for item in gaps(categories[name], {category: category_mix[category] for category in CATEGORIES})
            },
        }
        for name in asked
    }
