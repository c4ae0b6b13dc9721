"""Inventory: which families a store holds, from its listing alone; no object is opened (A5).

Memory does not grow with the listing: keys are counted in batches.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor

import pyarrow as pa

from attune import storage
from attune.records.shards import json_bytes
from attune.reporting.report import Report
from attune.runtime.progress import Progress
from attune.steps.ingest.families import FamilyMap
from attune.steps.ingest.family_matching import FamilyMatcher
from attune.steps.ingest.inventory_report import coverage, inventory_report
from attune.steps.ingest.key_masking import KeyMask
from attune.steps.ingest.listing import batches, list_objects
from attune.steps.ingest.listing_counts import ListingCounts
from attune.steps.ingest.s3_inventory import InventoryFile, read_keys, read_manifest

COVERAGE = "coverage.json"


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
        workers: number of data files of a manifest that are read at the same time.
        progress: shows the number of keys so far.
        require: report missing and partial families as a failed gate.
        params_say: differences between the parameters of a run and the map, as sentences.

    Returns:
        The report; it has the failed gate ``coverage`` only with ``require``.

    Raises:
        UsageError: a source does not exist or is not an inventory.
        RunError: a data file does not match its manifest, or the connection to a store failed.
    """
    matcher = FamilyMatcher(families)
    counts = ListingCounts()
    for part in _count_sources(sources, matcher, endpoint, workers, progress or Progress("inventory", unit="keys")):
        counts.merge(part)
    found = coverage(counts, families, KeyMask(families))
    storage.write_bytes(storage.join(output, COVERAGE), json_bytes(found))
    return inventory_report(found, require=require, params_say=params_say)


def _count_sources(
    sources: Sequence[str], matcher: FamilyMatcher, endpoint: str | None, workers: int, progress: Progress
) -> Iterator[ListingCounts]:
    done = 0
    for source in sources:
        if source.endswith("manifest.json"):
            parts = _count_manifest(read_manifest(source), matcher, workers)
        else:
            parts = (_count([batch], matcher) for batch in batches(list_objects(source, endpoint)))
        for part in parts:
            done += part.objects
            progress.update(done)
            yield part


def _count_manifest(files: Sequence[InventoryFile], matcher: FamilyMatcher, workers: int) -> Iterator[ListingCounts]:
    """Arrow releases the GIL while it decompresses, parses and matches, so threads use several cores."""
    if workers <= 1 or len(files) == 1:
        yield from (_count(read_keys(file), matcher) for file in files)
        return
    with ThreadPoolExecutor(workers) as executor:
        yield from executor.map(lambda file: _count(read_keys(file), matcher), files)


def _count(found: Iterable[pa.RecordBatch], matcher: FamilyMatcher) -> ListingCounts:
    counts = ListingCounts()
    for batch in found:
        counts.add(batch, matcher)
    return counts
