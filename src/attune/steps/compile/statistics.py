"""Counts of a dataset's records, added up batch by batch: what ``statistics.json`` holds for each split and for all."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from attune.records.record import SPLITS
from attune.runtime.step import Stats, merge_stats

_COUNTED = ("family", "category", "source", "language", "relationship_stage", "complexity", "license", "pii_status")
UNKNOWN = "unknown"
_BESIDE = ("licenses", "made_by")  # counted with the others, told in the manifest
_PROMPT = re.compile(r"(\S+) (\d+\.\d+\.\d+) \(sha256 ([0-9a-f]+)\)")  # as attune.llm.prompts labels one in provenance
_MILLI = 1_000  # quality is summed in thousandths, as whole numbers: the order of the sum then does not matter


def batch_statistics(rows: Iterable[Mapping[str, Any]]) -> Stats:
    """Counts of some rows."""
    counted: dict[str, dict[str, int]] = {name: {} for name in (*_COUNTED, "quality", "made_by")}
    by_license: dict[str, dict[str, int]] = {}
    sums = dict.fromkeys(("records", "messages", "words", "characters", "quality_milli", "preference_pairs"), 0)
    for row in rows:
        sums["records"] += 1
        sums["messages"] += len(row["messages"])
        sums["preference_pairs"] += row["rejected_response"] is not None
        for message in row["messages"]:
            sums["words"] += len(message["content"].split())
            sums["characters"] += len(message["content"])
        sums["quality_milli"] += round(row["quality_score"] * _MILLI)
        for name in _COUNTED:
            _count(counted[name], row[name])
        _count(counted["quality"], int(row["quality_score"]))
        _count(counted["made_by"], row["provenance"]["made_by"])
        _count(by_license.setdefault(row["license"] or UNKNOWN, {}), row["family"])
    return {**sums, **counted, "licenses": by_license}


def _count(counts: dict[str, int], value: object) -> None:
    key = UNKNOWN if value is None else str(value)
    counts[key] = counts.get(key, 0) + 1


def statistics(splits: Mapping[str, Stats]) -> dict[str, Any]:
    """The content of ``statistics.json`` from the summed counts of each split."""
    return {"splits": {split: _finish(splits[split]) for split in SPLITS}, "total": _finish(_total(splits))}


def licenses(splits: Mapping[str, Stats]) -> dict[str, dict[str, int]]:
    """Records by license and family; ``unknown`` where the source names none."""
    found = _total(splits)["licenses"]
    return {name: dict(sorted(found[name].items())) for name in sorted(found)}


def made_by(splits: Mapping[str, Stats]) -> dict[str, int]:
    """Records by the step, and what it used, that made them."""
    return dict(sorted(_total(splits)["made_by"].items()))


def prompts(made: Mapping[str, int]) -> list[dict[str, Any]]:
    """The prompts that a part of records was made with: name, version, hash, and how many records.

    Args:
        made: records by what made them.
    """
    counted: dict[tuple[str, str, str], int] = {}
    for how, records in made.items():
        for label in set(_PROMPT.findall(how)):
            counted[label] = counted.get(label, 0) + records
    return [
        {"name": name, "version": version, "sha256": sha256, "records": records}
        for (name, version, sha256), records in sorted(counted.items())
    ]


def _total(splits: Mapping[str, Stats]) -> Stats:
    total: Stats = batch_statistics(())
    for split in SPLITS:
        total = merge_stats(total, splits[split])
    return total


def _finish(stats: Stats) -> dict[str, Any]:
    finished: dict[str, Any] = {
        name: dict(sorted(value.items())) if isinstance(value, dict) else value
        for name, value in stats.items()
        if name not in _BESIDE
    }
    milli = finished.pop("quality_milli")
    finished["mean_quality"] = round(milli / _MILLI / stats["records"], 3) if stats["records"] else None
    return finished
