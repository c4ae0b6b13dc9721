"""The report of the step ``ingest``."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from attune.records.erased import REASON
from attune.redaction.canaries import failed_redaction_gates
from attune.redaction.report import preparation_numbers, redaction_blocks
from attune.reporting.report import Block, Report, Rows, Table, Tile, Tiles
from attune.runtime.engine import MapResult
from attune.steps.ingest.families import Expectation, FamilyMap
from attune.steps.ingest.listing import IngestCounts, StoreObject

_MOST_NAMED = 100  # objects that the report names; all are counted


def ingest_report(result: MapResult, objects: Sequence[StoreObject], counted: IngestCounts, families: FamilyMap) -> Report:
    """The report of a run."""
    unmapped = [item for item in objects if item.family is None]
    unread = sorted({item.family.family for item in objects if item.family is not None and item.family.loader is None})
    coverage = _coverage(objects, counted, families)
    rejected = {**result.rejected, **({REASON: counted.erased} if counted.erased else {})}
    numbers: dict[str, Any] = {
        "as_of": counted.newest.isoformat() if counted.newest else None,
        "objects": len(objects),
        "unmapped": len(unmapped),
        "unmapped_keys": [item.shown for item in unmapped[:_MOST_NAMED]],
        "empty": len(counted.empty),
        "damaged": len(counted.damaged),
        "without_loader": unread,
        "without_license": dict(sorted(counted.unlicensed.items())),
        "coverage": coverage,
        "derived": {name: dict(sorted(sources.items())) for name, sources in sorted(counted.derived.items())},
        "objects_read": (
            {name: counted.rows[name] for name in sorted(counted.rows)} if len(counted.rows) <= _MOST_NAMED else {}
        ),
        **preparation_numbers(result),
    }
    return Report(
        "ingest",
        "Object-store families",
        _lead(result, len(objects) - len(unmapped), len(unmapped), counted, unread),
        Rows(result.rows_in + counted.erased, result.kept, dict(sorted(rejected.items())), result.quarantined),
        numbers,
        [*_object_blocks(objects, unmapped, counted, coverage), *redaction_blocks(result)],
        failed_redaction_gates(result),
    )


def _lead(result: MapResult, mapped: int, unmapped: int, counted: IngestCounts, unread: Sequence[str]) -> str:
    lead = (
        f"{result.rows_in:,} records were read from {mapped:,} objects and {result.kept:,} kept, redacted in memory. "
        f"{unmapped:,} objects belong to no family of the map."
    )
    if counted.erased:
        lead += f" {counted.erased:,} more belong to erased people and were left out."
    if counted.damaged:
        lead += f" {len(counted.damaged):,} objects are damaged; their content after the damage is lost."
    if counted.empty:
        lead += f" {len(counted.empty):,} objects are empty."
    if counted.unlicensed:
        named = ", ".join(f"{family} ({count:,})" for family, count in sorted(counted.unlicensed.items()))
        lead += (
            f" Records of {named} have no license: write `license` into the family's entry in families.yaml, or map a "
            "column to it; verify fails while it is missing."
        )
    if unread:
        lead += f" The objects of {', '.join(unread)} are not read: these families have no loader."
    return lead


def _coverage(objects: Sequence[StoreObject], counted: IngestCounts, families: FamilyMap) -> dict[str, dict[str, Any]]:
    """State, objects, bytes and records of each family of the map, in its order."""
    count: Counter[str] = Counter(item.family.family for item in objects if item.family is not None)
    size: Counter[str] = Counter()
    for item in objects:
        if item.family is not None:
            size[item.family.family] += item.size
    return {
        name: {
            "state": _state(families.expectation(name), counted.records[name]),
            "objects": count[name],
            "bytes": size[name],
            "records": counted.records[name],
        }
        for name in families.names
        if families.expectation(name).origin != "database"
    }


def _state(expected: Expectation, records: int) -> str:
    if not records:
        return "missing"
    return "present" if records >= expected.minimum_records else "partial"


def _object_blocks(
    objects: Sequence[StoreObject],
    unmapped: Sequence[StoreObject],
    counted: IngestCounts,
    coverage: Mapping[str, Mapping[str, Any]],
) -> list[Block]:
    rows = [(name, *found.values()) for name, found in coverage.items()]
    note = "Records before scoring, by assigned family; partial: fewer than the map requires."
    blocks: list[Block] = [
        Tiles(
            [
                Tile("objects", "objects", len(objects)),
                Tile("unmapped", "of no family", len(unmapped), tone="warning" if unmapped else "good"),
                Tile("damaged", "damaged", len(counted.damaged), tone="bad" if counted.damaged else "good"),
                Tile(
                    "without_license",
                    "without a license",
                    counted.unlicensed.total(),
                    tone="warning" if counted.unlicensed else "good",
                ),
                Tile("families", "families with records", sum(found["records"] > 0 for found in coverage.values())),
            ]
        ),
        Table("Coverage of the families", ("family", "state", "objects", "bytes", "records"), rows, note, "coverage"),
    ]
    if counted.derived:
        made = [
            (f"{name} from {source}", count)
            for name, sources in sorted(counted.derived.items())
            for source, count in sorted(sources.items())
        ]
        note = "Records moved from another family, which they keep as a tag."
        blocks.append(Table("Derived families", ("made", "records"), made, note, "derived"))
    if unmapped:
        note = "Add an entry to the family map, or a pattern to its `ignore` list. Words that may be names are masked as …."
        if len(unmapped) > _MOST_NAMED:
            note += f" The first {_MOST_NAMED} of {len(unmapped):,} are named."
        named = [(item.shown, item.size) for item in unmapped[:_MOST_NAMED]]
        blocks.append(Table("Objects of no family", ("key", "bytes"), named, note, "unmapped"))
    for title, names, note in (
        (
            "Damaged objects",
            counted.damaged,
            "Content before the damage was read; `attune ingest find` gives the file of an object_… token.",
        ),
        ("Empty objects", counted.empty, "No row and no error, such as an upload that never began."),
    ):
        if names:
            named = [(name, counted.rows[name]) for name in names[:_MOST_NAMED]]
            blocks.append(Table(title, ("object", "rows read"), named, note))
    return blocks
