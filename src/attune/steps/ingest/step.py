"""Ingest: read the families of an object store and write redacted records (A5, A6, A8).

Objects are listed, mapped to families by ``sources/families.yaml``, and streamed by their loader. What they hold is redacted
in memory, by the same code as the product's conversations, before the first byte is written.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import pyarrow as pa

from attune import storage
from attune.config.params import ExtractParams, IngestParams, RedactParams, RunParams
from attune.errors import UsageError
from attune.redaction.canaries import failed_redaction_gates
from attune.redaction.conversations import PrepareParams, prepare_batch
from attune.redaction.raw_conversation import RAW_SCHEMA
from attune.reporting.report import Report
from attune.runtime.engine import run_map, stream_units
from attune.runtime.step import Context
from attune.steps.ingest.derived import derive
from attune.steps.ingest.families import FamilyMap, load_families
from attune.steps.ingest.listing import batches, list_objects
from attune.steps.ingest.loaders import Broken, load
from attune.steps.ingest.loaders.rows import WHOLE
from attune.steps.ingest.mapping import raw_row
from attune.steps.ingest.report import Counted, Object, ingest_report
from attune.steps.ingest.routing import FamilyRouter

# A batch ends here even where it has fewer rows than a shard, so that long texts do not fill the memory.
_BATCH_CHARACTERS = 1 << 25


def ingest(
    roots: Sequence[str],
    output: str,
    params: IngestParams,
    context: Context,
    *,
    redact: RedactParams,
    run: RunParams,
    extract: ExtractParams | None = None,
) -> Report:
    """Read object-store families and write redacted records.

    Args:
        roots: folders or single files, local or ``s3://…``.
        output: URI of the shard set to write.
        params: the map of families, the longest text, and what derived families are made from.
        context: of the run; its ``subject_key`` makes the tokens that stand for people and conversations.
        redact: how names and identifiers are replaced.
        run: shard size and quarantine limit.
        extract: says from how many turns a session is a long one, here as in the database.

    Raises:
        UsageError: a root is missing, the map is wrong, or an object lacks a column.
        RunError: too many rows are broken, or a store broke off.
    """
    families = load_families(params.families)
    objects = find_objects(roots, families)
    counted = Counted()
    long_running_turns = (extract or ExtractParams()).long_running_turns
    result = run_map(
        "ingest",
        prepare_batch,
        stream_units(_tables(_raw_rows(objects, counted, params, long_running_turns, context), run.shard_rows)),
        output,
        PrepareParams(redact=redact, made_by="ingest", max_characters=params.max_characters),
        context,
        quarantine_limit=run.quarantine_limit,
        keep_quarantined_rows=False,
        written_as_of=lambda: counted.newest,
        gates=failed_redaction_gates,
    )
    return ingest_report(result, objects, counted, families)


def find_objects(roots: Sequence[str], families: FamilyMap) -> list[Object]:
    """Every object under the roots with its family, in the order of roots and keys. Memory: about 500 bytes an object.

    Raises:
        UsageError: a root does not exist, or two roots hold the same key.
    """
    router = FamilyRouter(families)
    found: dict[str, Object] = {}
    for root in roots:
        listed: list[Object] = []
        entries = list(list_objects(root))
        for batch in batches(entries):
            for index, part in router.split(batch):
                entry = None if index is None else router.entry(index)
                for key, size in zip(part.column("key").to_pylist(), part.column("size").to_pylist(), strict=True):
                    listed.append(Object(_uri(root, key, alone=len(entries) == 1), key, size, entry))
        for item in sorted(listed, key=lambda item: item.key):
            if item.key in found:
                raise UsageError(
                    f"{item.uri}: another root holds an object {item.key} too; "
                    "give one root above both, so that keys tell them apart"
                )
            found[item.key] = item
    return list(found.values())


def _uri(root: str, key: str, *, alone: bool) -> str:
    """Where an object stands: below the root, unless it is the root."""
    below = f"{root.rstrip('/')}/{key}"  # a key of a store may begin with a slash, and is another one without it
    return root if alone and root.rstrip("/").rsplit("/", 1)[-1] == key and not storage.exists(below) else below


def _raw_rows(
    objects: Sequence[Object], counted: Counted, params: IngestParams, long_running_turns: int, context: Context
) -> Iterator[dict[str, Any]]:
    """The raw rows of all objects that have a loader, counted as they go by."""
    for item in objects:
        if item.family is None or item.family.loader is None:
            continue
        rows = 0
        for row in load(item.uri, item.family):
            rows += 1
            raw = raw_row(item.family, item.key, row, context.subject_key)
            if context.erased.holds(raw.get("subject_id"), raw.get("conversation_id")):
                counted.erased += 1  # nothing of it is written, not even that it was rejected
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


__all__ = ["find_objects", "ingest"]
