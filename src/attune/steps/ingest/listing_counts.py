"""Counts of a listing by entry of the family map; their size is bounded by the map, not by the listing."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

import pyarrow as pa
import pyarrow.compute as pc

from attune.steps.ingest.family_matching import FamilyMatcher

_EXAMPLES = 3
_MOST_GROUPS = 2_000  # of unmapped objects, by folder and extension, that are counted separately
_ELSEWHERE = ("(other folders)", "")
# The first two folders of a key, and the extension of its name.
_GROUP = r"^(?s:(?P<folder>(?:[^/]*/){0,2})(?:[^/]*/)*[^/]*?(?P<extension>(?:\.[A-Za-z][A-Za-z0-9]{0,9}){0,2}))$"


@dataclass
class ListingCounts:
    """Counts of listed objects and bytes."""

    objects: int = 0
    bytes: int = 0
    mapped: Counter[int] = field(default_factory=Counter)  # by index of the entry in the map
    mapped_bytes: Counter[int] = field(default_factory=Counter)
    examples: dict[int, list[str]] = field(default_factory=dict)
    overlaps: Counter[tuple[int, int]] = field(default_factory=Counter)  # (entry that decides, entry that also matches)
    unmapped: Counter[tuple[str, str]] = field(default_factory=Counter)  # by (folder, extension)
    unmapped_bytes: Counter[tuple[str, str]] = field(default_factory=Counter)

    def add(self, batch: pa.RecordBatch, matcher: FamilyMatcher) -> None:
        """Count a batch of keys."""
        self.objects += batch.num_rows
        self.bytes += _sum(batch)
        for index, part in matcher.split(batch):
            if index is None:
                self._add_unmapped(part)
                continue
            self.mapped[index] += part.num_rows
            self.mapped_bytes[index] += _sum(part)
            seen = self.examples.setdefault(index, [])
            if len(seen) < _EXAMPLES:
                seen.extend(part.column("key").slice(0, _EXAMPLES - len(seen)).to_pylist())
            for other, both in matcher.others(part, index):
                self.overlaps[index, other] += both.num_rows

    def merge(self, other: ListingCounts) -> None:
        """Add the counts of a later part of the listing."""
        self.objects += other.objects
        self.bytes += other.bytes
        for name in ("mapped", "mapped_bytes", "overlaps"):
            getattr(self, name).update(getattr(other, name))
        for index, keys in other.examples.items():
            self.examples[index] = [*self.examples.get(index, []), *keys][:_EXAMPLES]
        for group, count in other.unmapped.items():
            self._count_group(group, count, other.unmapped_bytes[group])

    def _add_unmapped(self, part: pa.RecordBatch) -> None:
        groups = pc.extract_regex(part.column("key"), _GROUP)
        table = pa.table({
            "folder": groups.field("folder"), "extension": groups.field("extension"), "size": part.column("size")
        })  # fmt: skip
        counted = table.group_by(["folder", "extension"], use_threads=False).aggregate([("size", "count"), ("size", "sum")])
        for row in counted.to_pylist():
            group = (row["folder"] or "", row["extension"] or "")
            self._count_group(group, row["size_count"], row["size_sum"])

    def _count_group(self, group: tuple[str, str], count: int, size: int) -> None:
        if group not in self.unmapped and len(self.unmapped) >= _MOST_GROUPS:
            group = _ELSEWHERE
        self.unmapped[group] += count
        self.unmapped_bytes[group] += size


def _sum(batch: pa.RecordBatch) -> int:
    return int(pc.sum(batch.column("size")).as_py() or 0)
