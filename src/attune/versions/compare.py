"""What came, went and changed from one dataset version to another, by record id and content hash."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from attune import storage
from attune.records import shards
from attune.records.dataset import STATISTICS, Dataset, open_dataset
from attune.records.record import SPLITS
from attune.reporting.report import Bars, Block, Report, Table, Tile, Tiles

NOT_GIVEN = "not in the input"  # neither in the version nor among what it left out
ERASED = "erased"  # the same, in a version that an erasure put in the place of the other
_LABELS = ("family", "category", "source", "language", "license")
_SHOWN = 200
Cells = Sequence[str | int | float | None]
_NUMBERS = ("records", "messages", "words", "characters", "preference_pairs", "mean_quality")


class RecordEntry(NamedTuple):
    """What is compared of a record; ``labels`` are family, category, source, language and license."""

    content: bytes
    split: str
    labels: tuple[str | None, ...]

    @property
    def family(self) -> str:
        """Its family."""
        return str(self.labels[0])


@dataclass(frozen=True)
class Difference:
    """The difference of two versions.

    Attributes:
        old: name, version and address of the first.
        new: of the second.
        came: (id, family, split) of records that only the second has.
        went: (id, family, split, reason) of records that only the first has.
        changed: (id, family) of records with other messages.
        relabelled: (id, label, old, new).
        moved: (id, family, old split, new split).
        statistics: number -> (old, new) where they differ.
        made_with: parameter, code or parent -> (old, new) where they differ.
    """

    old: Mapping[str, str]
    new: Mapping[str, str]
    came: list[tuple[str, str, str]] = field(default_factory=list)
    went: list[tuple[str, str, str, str]] = field(default_factory=list)
    changed: list[tuple[str, str]] = field(default_factory=list)
    relabelled: list[tuple[str, str, str, str]] = field(default_factory=list)
    moved: list[tuple[str, str, str, str]] = field(default_factory=list)
    statistics: dict[str, tuple[Any, Any]] = field(default_factory=dict)
    made_with: dict[str, tuple[Any, Any]] = field(default_factory=dict)

    @property
    def families(self) -> dict[str, dict[str, int]]:
        """Family -> how many came, went, changed and moved."""
        counts = {
            "came": Counter(item[1] for item in self.came),
            "went": Counter(item[1] for item in self.went),
            "changed": Counter(item[1] for item in self.changed),
            "moved": Counter(item[1] for item in self.moved),
        }
        names = sorted({name for found in counts.values() for name in found})
        return {name: {kind: found[name] for kind, found in counts.items()} for name in names}

    @property
    def reasons(self) -> dict[str, int]:
        """Why records went, as the second version says."""
        return dict(sorted(Counter(item[3] for item in self.went).items()))

    @property
    def moves(self) -> dict[str, int]:
        """``old split -> new split`` -> records."""
        return dict(sorted(Counter(f"{item[2]} -> {item[3]}" for item in self.moved).items()))

    def as_json(self) -> dict[str, Any]:
        """Everything, as JSON values."""
        kinds = ("came", "went", "changed", "relabelled", "moved")
        return {
            "old": dict(self.old),
            "new": dict(self.new),
            "counts": {kind: len(getattr(self, kind)) for kind in kinds},
            "families": self.families,
            "reasons": self.reasons,
            "moves": self.moves,
            "statistics": {name: list(pair) for name, pair in self.statistics.items()},
            "made_with": {name: list(pair) for name, pair in self.made_with.items()},
            "records": {kind: [list(item) for item in getattr(self, kind)] for kind in kinds},
        }


def compare(old: str, new: str) -> Difference:
    """Compare two versions. Memory: some 300 bytes a record of both."""
    first, second = open_dataset(old), open_dataset(new)
    found = Difference(_named(first), _named(second))
    before, after = _entries(first), _entries(second)
    reasons = _reasons(second) if before.keys() - after.keys() else {}
    replaced = first.address in {item.get("address") for item in second.manifest.get("supersedes", ())}
    unknown = ERASED if replaced else NOT_GIVEN
    for record in sorted(before.keys() | after.keys()):
        left, right = before.get(record), after.get(record)
        if left is None and right is not None:
            found.came.append((record, right.family, right.split))
        elif right is None and left is not None:
            found.went.append((record, left.family, left.split, reasons.get(record, unknown)))
        elif left is not None and right is not None:
            _compare_entries(record, left, right, found)
    _compare_numbers(first, second, found)
    return found


def _compare_entries(record: str, left: RecordEntry, right: RecordEntry, found: Difference) -> None:
    if left.content != right.content:
        found.changed.append((record, right.family))
    if left.split != right.split:
        found.moved.append((record, right.family, left.split, right.split))
    for label, was, now in zip(_LABELS, left.labels, right.labels, strict=True):
        if was != now:
            found.relabelled.append((record, label, str(was), str(now)))


def _entries(dataset: Dataset) -> dict[str, RecordEntry]:
    entries: dict[str, RecordEntry] = {}
    shared: dict[tuple[str | None, ...], tuple[str | None, ...]] = {}  # records share few combinations of labels
    for split in SPLITS:
        for table in dataset.tables(split, ("record_id", "content_hash", *_LABELS)):
            columns = [table[name].to_pylist() for name in ("record_id", "content_hash", *_LABELS)]
            for record, content, *labels in zip(*columns, strict=True):
                combination = tuple(labels)
                entries[record] = RecordEntry(bytes.fromhex(content), split, shared.setdefault(combination, combination))
    return entries


def _reasons(dataset: Dataset) -> dict[str, str]:
    """Why the version left out what it left out, where that stands beside it (it is no part of the version)."""
    reasons: dict[str, str] = {}
    for folder, column in ((shards.QUARANTINED, "error"), (shards.REJECTED, "reason")):
        uri = storage.join(dataset.uri, folder)
        if storage.exists(storage.join(uri, shards.DESCRIPTION)):
            for table in shards.open_set(uri).tables(("record_id", column)):
                reasons.update(zip(table["record_id"].to_pylist(), table[column].to_pylist(), strict=True))
    return reasons


def _named(dataset: Dataset) -> dict[str, str]:
    return {"name": dataset.name, "version": dataset.version, "address": dataset.address}


def _compare_numbers(first: Dataset, second: Dataset, found: Difference) -> None:
    pairs = [dict(_flat(json.loads(storage.read_bytes(storage.join(item.uri, STATISTICS))))) for item in (first, second)]
    for name in sorted({*pairs[0], *pairs[1]}):
        was, now = pairs[0].get(name, 0), pairs[1].get(name, 0)
        if was != now:
            found.statistics[name] = (was, now)
    keys = ("params", "code", "seed", "parents", "test_sets", "prompts", "as_of")
    made = [dict(_flat({key: item.manifest.get(key) for key in keys})) for item in (first, second)]
    for name in sorted({*made[0], *made[1]}):
        if made[0].get(name) != made[1].get(name):
            found.made_with[name] = (made[0].get(name), made[1].get(name))


def _flat(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Leaves of nested objects with their dotted paths."""
    items = value.items() if isinstance(value, Mapping) else enumerate(value) if isinstance(value, list) else None
    if items is None:
        yield path, value
        return
    for key, item in items:
        yield from _flat(item, f"{path}.{key}" if path else str(key))


def difference_report(found: Difference) -> Report:
    """The difference as a page."""
    old, new = found.old["version"], found.new["version"]
    same = found.old["address"] == found.new["address"]
    counts = found.as_json()["counts"]
    lead = (
        f"{new} has the same bytes as {old}."
        if same
        else f"From {old} to {new}, {counts['came']:,} records came, {counts['went']:,} went, {counts['changed']:,} have other "
        f"messages and {counts['moved']:,} stand in another split."
    )
    families: list[Cells] = [[name, *kinds.values()] for name, kinds in found.families.items()]
    totals: list[Cells] = [
        [name, *found.statistics[f"total.{name}"]] for name in _NUMBERS if f"total.{name}" in found.statistics
    ]
    blocks: list[Block] = [
        Tiles([Tile(kind, kind, count) for kind, count in counts.items()]),
        Table("By family", ["family", "came", "went", "changed", "moved"], families, key="families"),
        Bars("Why records went", found.reasons, "records"),
        Table("Moves between splits", ["move", "records"], [[name, count] for name, count in found.moves.items()], key="moves"),
        Table("Totals that differ", ["number", old, new], totals, key="totals"),
        Table(
            "What it was made with",
            ["what", old, new],
            [[name, str(was), str(now)] for name, (was, now) in found.made_with.items()],
            key="made_with",
        ),
        Table("Records that went", ["record", "family", "split", "reason"], found.went[:_SHOWN], note=_note(found.went)),
        Table("Records that moved", ["record", "family", "from", "to"], found.moved[:_SHOWN], note=_note(found.moved)),
    ]
    kept = [block for block in blocks if not (isinstance(block, Table) and not block.rows)]
    kept = [block for block in kept if not (isinstance(block, Bars) and not block.values)]
    return Report("dataset-diff", f"{found.new['name']}: {old} and {new}", lead, numbers=found.as_json(), blocks=kept)


def _note(items: list[Any]) -> str:
    return f"The first {_SHOWN} of {len(items):,}." if len(items) > _SHOWN else ""
