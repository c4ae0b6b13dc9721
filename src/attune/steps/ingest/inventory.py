"""Inventory: which families a store holds, from its listing alone; not one object is opened (A5).

Memory does not grow with the listing: keys pass through in batches and leave counts behind.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import pyarrow as pa
import pyarrow.compute as pc

from attune import storage
from attune.records.shards import json_bytes
from attune.reporting.report import Report
from attune.runtime.progress import Progress
from attune.steps.ingest.families import FamilyMap
from attune.steps.ingest.inventory_manifest import DataFile, read_keys, read_manifest
from attune.steps.ingest.inventory_report import coverage, inventory_report
from attune.steps.ingest.key_mask import KeyMask
from attune.steps.ingest.listing import batches, list_objects
from attune.steps.ingest.routing import FamilyRouter

COVERAGE = "coverage.json"
_EXAMPLES = 3
_MOST_GROUPS = 2_000  # of unmapped objects, by folder and extension, that are told apart
_ELSEWHERE = ("(other folders)", "")


@dataclass
class Tally:
    """What is known of a listing: everything here is bounded by the map, not by the listing."""

    objects: int = 0
    bytes: int = 0
    mapped: Counter[int] = field(default_factory=Counter)  # by entry of the map
    mapped_bytes: Counter[int] = field(default_factory=Counter)
    examples: dict[int, list[str]] = field(default_factory=dict)
    overlaps: Counter[tuple[int, int]] = field(default_factory=Counter)  # (entry that won, entry that matches too)
    unmapped: Counter[tuple[str, str]] = field(default_factory=Counter)  # by (folder, extension)
    unmapped_bytes: Counter[tuple[str, str]] = field(default_factory=Counter)

    def add(self, batch: pa.RecordBatch, router: FamilyRouter) -> None:
        """Count a batch of keys."""
        self.objects += batch.num_rows
        self.bytes += _sum(batch)
        for index, part in router.split(batch):
            if index is None:
                self._add_unmapped(part)
                continue
            self.mapped[index] += part.num_rows
            self.mapped_bytes[index] += _sum(part)
            seen = self.examples.setdefault(index, [])
            if len(seen) < _EXAMPLES:
                seen.extend(part.column("key").slice(0, _EXAMPLES - len(seen)).to_pylist())
            for other, both in router.others(part, index):
                self.overlaps[index, other] += both.num_rows

    def merge(self, other: Tally) -> None:
        """Add what was counted of another part of the listing, which comes after this one."""
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


# The first two folders of a key, and what stands behind the last dot of its name.
_GROUP = r"^(?s:(?P<folder>(?:[^/]*/){0,2})(?:[^/]*/)*[^/]*?(?P<extension>(?:\.[A-Za-z][A-Za-z0-9]{0,9}){0,2}))$"


def inventory(
    sources: Sequence[str],
    output: str,
    families: FamilyMap,
    *,
    endpoint: str | None = None,
    workers: int = 1,
    progress: Progress | None = None,
    require: bool = False,
    params_say: Sequence[str] = (),
) -> Report:
    """Map every object of the sources to its family and write ``coverage.json``.

    Args:
        sources: folders, ``s3://bucket/prefix`` URIs, or ``manifest.json`` files of S3 Inventory, local or in a store.
        output: URI of the folder to write.
        families: the map.
        endpoint: address of an S3 service other than Amazon's; None: ``AWS_ENDPOINT_URL`` decides.
        workers: data files of a manifest that are read at the same time.
        progress: told of the keys so far.
        require: name the missing and partial families as failed gates.
        params_say: where the parameters of a run differ from the map, in words.

    Returns:
        The report; its failed gate ``coverage`` is there with ``require`` alone.

    Raises:
        UsageError: a source is not there or no inventory.
        RunError: a source is not what its manifest promises, or a store broke off.
    """
    router = FamilyRouter(families)
    tally = Tally()
    for part in _tallies(sources, router, endpoint, workers, progress or Progress("inventory", unit="keys")):
        tally.merge(part)
    found = coverage(tally, families, KeyMask(families))
    storage.write_bytes(storage.join(output, COVERAGE), json_bytes(found))
    return inventory_report(found, require=require, params_say=params_say)


def _tallies(
    sources: Sequence[str], router: FamilyRouter, endpoint: str | None, workers: int, progress: Progress
) -> Iterator[Tally]:
    done = 0
    for source in sources:
        if source.endswith("manifest.json"):
            parts = _of_manifest(read_manifest(source), router, workers)
        else:
            parts = (_tally([batch], router) for batch in batches(list_objects(source, endpoint)))
        for part in parts:
            done += part.objects
            progress.update(done)
            yield part


def _of_manifest(files: Sequence[DataFile], router: FamilyRouter, workers: int) -> Iterator[Tally]:
    """Arrow lets go of the interpreter while it unpacks, parses and matches, so threads are enough to use several cores."""
    if workers <= 1 or len(files) == 1:
        yield from (_tally(read_keys(file), router) for file in files)
        return
    with ThreadPoolExecutor(workers) as executor:
        yield from executor.map(lambda file: _tally(read_keys(file), router), files)


def _tally(found: Iterable[pa.RecordBatch], router: FamilyRouter) -> Tally:
    tally = Tally()
    for batch in found:
        tally.add(batch, router)
    return tally


def _sum(batch: pa.RecordBatch) -> int:
    return int(pc.sum(batch.column("size")).as_py() or 0)
