"""The report of the step ``compile``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from attune.config.params import CompileParams
from attune.config.vocabulary import CATEGORIES
from attune.records.erased import REASON
from attune.records.record import SPLITS
from attune.reporting.report import Bars, Block, Report, Rows, Table, Text, Tile, Tiles
from attune.steps.compile.category_mix import gaps
from attune.steps.compile.row_outcomes import Outcome

_UNDATED = " No record has a date, so the version is named for the first day of 1970: set run.as_of to the day of the data."


def compile_report(outcome: Outcome, manifest: Mapping[str, Any], counted: Mapping[str, Any], params: CompileParams) -> Report:
    """Numbers and page of the step."""
    splits = {name: len(rows) for name, rows in outcome.splits.items()}
    kept = outcome.kept
    synthetic = {name: counted["splits"][name]["source"].get("synthetic", 0) for name in SPLITS}
    numbers = {
        "name": manifest["name"],
        "version": manifest["version"],
        "address": manifest["address"],
        "splits": splits,
        "groups": outcome.groups,
        "largest_group": outcome.largest_group,
        "families": counted["total"]["family"],
        "categories": counted["total"]["category"],
        "synthetic": synthetic,
        "category_mix": {
            item.category: {"share": round(item.share, 4), "target": item.target, "add": item.add}
            for item in gaps(counted["total"]["category"], params.category_mix)
        },
        "test_sets": manifest["test_sets"],
    }
    rejected = {**outcome.reason_counts, **({REASON: outcome.erased} if outcome.erased else {})}
    shares = ", ".join(f"{count:,} for {name}" for name, count in splits.items())
    return Report(
        step="compile",
        title=f"Dataset {manifest['name']} {manifest['version']}",
        lead=(
            f"{kept:,} of {outcome.rows_in:,} records make up this version: {shares}. "
            f"They form {outcome.groups:,} groups of one person, conversation or similar text, none of them cut by a split."
            f"{'' if manifest['as_of'] else _UNDATED}"
        ),
        rows=Rows(outcome.rows_in, kept, dict(sorted(rejected.items())), outcome.error_counts),
        numbers=numbers,
        blocks=[_tiles(outcome, manifest, splits, synthetic), *_mixes(counted, params), *_tables(manifest, counted, params)],
    )


def _tiles(outcome: Outcome, manifest: Mapping[str, Any], splits: Mapping[str, int], synthetic: Mapping[str, int]) -> Block:
    largest = outcome.largest_group
    return Tiles(
        [
            Tile("version", "version", manifest["version"], f"content address {manifest['address'][:16]}…"),
            *(Tile(name, name, count, f"{_share(count, outcome.kept):.1%} of all") for name, count in splits.items()),
            Tile("groups", "groups", outcome.groups, f"the largest has {largest:,} record{'s' if largest != 1 else ''}"),
            Tile("synthetic", "synthetic", sum(synthetic.values()), "of all records"),
        ]
    )


def _mixes(counted: Mapping[str, Any], params: CompileParams) -> list[Block]:
    total = counted["total"]["records"]
    categories = counted["total"]["category"]
    return [
        Bars(
            "Categories, percent",
            {name: round(100 * _share(categories.get(name, 0), total), 2) for name in CATEGORIES},
            "%",
            note=(
                "The mark is the target of params.yaml; what is far over it was left out (over_category_target)."
                if params.enforce_category_mix
                else "The mark is the target of params.yaml; nothing is dropped to meet it."
            ),
            target={name: round(100 * share, 2) for name, share in params.category_mix.items()},
        ),
        Table(
            "What to add to meet the target mix",
            ["category", "records", "share", "target", "gap", "add"],
            [
                [
                    item.category,
                    item.records,
                    f"{item.share:.1%}",
                    f"{item.target:.1%}",
                    f"{round(item.share - item.target, 3) + 0.0:+.1%}",
                    item.add,
                ]
                for item in gaps(categories, params.category_mix)
            ],
            note="So many records of each category, with none taken away, would bring every category to its target.",
            key="mix",
        ),
        Bars("Families", counted["total"]["family"], "records"),
    ]


def _tables(manifest: Mapping[str, Any], counted: Mapping[str, Any], params: CompileParams) -> list[Block]:
    splits = counted["splits"]
    families = [
        [
            name,
            *(splits[split]["family"].get(name, 0) for split in SPLITS),
            total,
            f"{params.holdout_families[name]:.0%}" if name in params.holdout_families else "",
        ]
        for name, total in counted["total"]["family"].items()
    ]
    described = ("records", "messages", "words", "mean_quality", "preference_pairs")
    files = [
        [name, entry.get("rows"), entry["bytes"], entry["sha256"][:16]] for name, entry in sorted(manifest["files"].items())
    ]
    return [
        Table("Families by split", ["family", *SPLITS, "total", "held out"], families, key="families"),
        Table(
            "What is in each split",
            ["split", *(name.replace("_", " ") for name in described)],
            [[split, *(splits[split][name] for name in described)] for split in SPLITS],
            key="splits",
        ),
        Table("Files", ["file", "rows", "bytes", "sha256 begins"], files, note="All of them, in full, are in manifest.json."),
        Text(
            "How splits are assigned",
            [
                "Groups are drawn by a hash of the seed and their first record id, family by family, until test and validation "
                "have their share; the rest is train. Families held out altogether stand in test only. A held-out record whose "
                "group is needed for training is left out (holdout_outside_test).",
                "What has text of a held-out record without being like it (a part, a longer form, a rejected answer, a system "
                "prompt) goes to the same split or is left out (copy_of_held_out).",
            ],
        ),
    ]


def _share(part: int, whole: int) -> float:
    return part / whole if whole else 0.0
