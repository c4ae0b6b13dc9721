"""Ingest: read the families of an object store and write redacted records (A5, A6, A8)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import pyarrow as pa

from attune import storage
from attune.config.params import IngestParams, RedactParams, RunParams
from attune.errors import UsageError
from attune.redaction.canaries import failed_redaction_gates
from attune.redaction.conversations import PrepareParams, prepare_batch
from attune.redaction.raw_rows import RAW_SCHEMA
from attune.reporting.report import Report
from attune.runtime.engine import MapJob, run_map, stream_units
from attune.runtime.snapshot_origin import claim_output, folder_address, record_origin
from attune.runtime.step import Context
from attune.steps.ingest.derived_families import derive
from attune.steps.ingest.families import BUILT_IN, FamilyMap, load_families
from attune.steps.ingest.family_matching import FamilyMatcher
from attune.steps.ingest.listing import IngestCounts, StoreObject, batches, list_objects
from attune.steps.ingest.loaders import Broken, load
from attune.steps.ingest.loaders.base import WHOLE
from attune.steps.ingest.mapping import raw_row
from attune.steps.ingest.own_loaders import loader_versions
from attune.steps.ingest.report import ingest_report

# A batch ends here even when it has fewer rows than a shard, so that long texts do not fill the memory.
_BATCH_CHARACTERS = 1 << 25


def ingest(
    roots: Sequence[str],
    output: str,
    params: IngestParams,
    context: Context,
    *,
    redact: RedactParams,
    run: RunParams,
    long_running_turns: int = 20,
) -> Report:
    """Read object-store families and write redacted records; text that names a person is never written to a disk.

    1. The objects under the roots are listed, and the family map (``sources/families.yaml``) assigns each to a family.
    2. The loader of the family streams the rows of each object, and the family's column mapping makes raw rows of them.
    3. Long sessions and sessions about complex trauma move to derived families.
    4. Worker processes redact each batch of raw rows, with the code that extract uses, before it is written.

    Args:
        roots: folders or single files, local or ``s3://…``.
        output: URI of the shard set to write. It must not hold a snapshot of other roots (:func:`replace_snapshot`).
        params: the family map, the longest text, and the rules of derived families.
        context: context of the run; its ``subject_key`` is the key of the tokens for people and conversations.
        redact: how names and identifiers are replaced.
        run: shard size and quarantine limit.
        long_running_turns: number of turns from which a session is a long one; that of ``extract``.

    Raises:
        UsageError: a root is missing, the map is wrong, an object lacks a column, or the output holds other roots' records.
        RunError: too many rows are broken, or the connection to a store failed.
    """
    families = load_families(params.families)
    objects = find_objects(roots, families)
    claim_output(output, "ingest", _addresses(roots))
    context.progress.update(0)
    counted = IngestCounts()
    job = MapJob(
        "ingest",
        prepare_batch,
        PrepareParams.of(redact, "ingest", params.max_characters),
        context,
        output,
        run.quarantine_limit,
        keep_quarantined_rows=False,
    )
    units = stream_units(_tables(_raw_rows(objects, counted, params, long_running_turns, context), run.shard_rows))
    result = run_map(job, units, reference_time=lambda: counted.newest, gates=failed_redaction_gates)
    return ingest_report(result, objects, counted, families)


def replace_snapshot(roots: Sequence[str], output: str) -> None:
    """Allow the next ingestion of ``roots`` to replace the snapshot in ``output``, whatever roots that is from."""
    record_origin(output, _addresses(roots))


def find_objects(roots: Sequence[str], families: FamilyMap) -> list[StoreObject]:
    """Every object under the roots with its family, in the order of roots and keys. Memory: about 500 bytes an object.

    Raises:
        UsageError: a root does not exist, or two roots hold the same key.
    """
    matcher = FamilyMatcher(families)
    found: dict[str, StoreObject] = {}
    for root in roots:
        listed: list[StoreObject] = []
        entries = list(list_objects(root))
        for batch in batches(entries):
            for index, part in matcher.split(batch):
                entry = None if index is None else matcher.entry(index)
                for key, size in zip(part.column("key").to_pylist(), part.column("size").to_pylist(), strict=True):
                    listed.append(StoreObject(_uri(root, key, alone=len(entries) == 1), key, size, entry))
        for item in sorted(listed, key=lambda item: item.key):
            if item.key in found:
                raise UsageError(
                    f"{item.uri}: another root holds an object {item.key} too; "
                    "give one root above both, so that their keys differ"
                )
            found[item.key] = item
    return list(found.values())


def _addresses(roots: Sequence[str]) -> list[str]:
    return sorted(folder_address(root) for root in roots)


def _uri(root: str, key: str, *, alone: bool) -> str:
    """The URI of an object: below the root, unless the root is the object."""
    below = f"{root.rstrip('/')}/{key}"  # a key in a store may begin with a slash, which makes it a different key
    return root if alone and root.rstrip("/").rsplit("/", 1)[-1] == key and not storage.exists(below) else below


def _raw_rows(
    objects: Sequence[StoreObject], counted: IngestCounts, params: IngestParams, long_running_turns: int, context: Context
) -> Iterator[dict[str, Any]]:
    """The raw rows of all objects that have a loader; ``counted`` counts them as they are read."""
    for item in objects:
        if item.family is None or item.family.loader is None:
            continue
        rows = 0
        for row in load(item.uri, item.family):
            rows += 1
            raw = raw_row(item.family, item.key, row, context.subject_key)
            if context.erased.holds(raw.get("subject_id"), raw.get("conversation_id")):
                counted.erased += 1  # nothing of it is written, not even a rejected record
                continue
            moved = derive(raw, params, long_running_turns)
            counted.add(item, raw, moved, damaged=isinstance(row, Broken) and row.place.startswith((WHOLE, "after ")))
            yield raw
        if not rows:
            counted.empty.append(item.key)


def _tables(rows: Iterable[dict[str, Any]], most_rows: int) -> Iterator[pa.Table]:
    taken: list[dict[str, Any]] = []
    size = 0
    for row in rows:
        taken.append(row)
        size += sum(len(message["content"]) for message in row["messages"])
        if len(taken) >= most_rows or size >= _BATCH_CHARACTERS:
            yield pa.Table.from_pylist(taken, schema=RAW_SCHEMA)
            taken, size = [], 0
    if taken:
        yield pa.Table.from_pylist(taken, schema=RAW_SCHEMA)


def external_state(roots: Sequence[str], params: IngestParams) -> tuple[str, bool]:
    """What the records depend on besides objects and parameters: the code of your own loaders, which families.yaml names."""
    del roots
    entries = load_families(params.families).families
    return loader_versions(entry.loader for entry in entries if entry.loader and entry.loader not in BUILT_IN), True


__all__ = ["external_state", "find_objects", "ingest", "replace_snapshot"]
