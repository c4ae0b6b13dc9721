"""Ingest: read the families of an object store and write redacted records (A5, A6, A8).

Objects are listed, mapped to families by ``sources/families.yaml``, and streamed by their loader. What they hold is redacted
in memory, by the same code as the product's conversations, before the first byte is written.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from attune.core import storage
from attune.core.engine import MapResult, run_map, stream_units
from attune.core.errors import UsageError
from attune.core.params import IngestParams, RedactParams, RunParams
from attune.core.report import Block, Report, Rows, Table, Tile, Tiles
from attune.core.step import Context
from attune.data.families import Family, FamilyMap, load_families
from attune.data.loaders import load
from attune.data.mapping import raw_row
from attune.data.pages import failed_redaction_gates, preparation_numbers, redaction_blocks
from attune.data.prepare import PrepareParams, prepare_batch
from attune.data.raw import raw_tables

_MOST_NAMED = 100  # unmapped objects that the page names; all are counted


@dataclass(frozen=True)
class _Object:
    uri: str
    key: str  # relative to its root
    size: int
    family: Family | None


@dataclass
class _Reader:
    """Streams the raw rows of all mapped objects and counts as it goes."""

    objects: Sequence[_Object]
    key: bytes
    rows: Counter[str] = field(default_factory=Counter)  # by object key
    newest: datetime | None = None

    def __iter__(self) -> Iterator[dict[str, Any]]:
        for item in self.objects:
            if item.family is None:
                continue
            for row in load(item.uri, item.family):
                raw = raw_row(item.family, item.key, row, self.key)
                self.rows[item.key] += 1
                if raw["created_at"] is not None:
                    self.newest = max(self.newest or raw["created_at"], raw["created_at"])
                yield raw


def ingest(
    roots: Sequence[str], output: str, params: IngestParams, context: Context, *, redact: RedactParams, run: RunParams
) -> Report:
    """Read object-store families and write redacted records.

    Args:
        roots: folders or single files, local or ``s3://…``.
        output: URI of the shard set to write.
        params: the map of families, and the longest text.
        context: of the run; its ``subject_key`` makes the tokens that stand for people and conversations.
        redact: how names and identifiers are replaced.
        run: shard size and quarantine limit.

    Raises:
        UsageError: a root is missing, the map is wrong, or an object lacks a column.
        RunError: too many rows are broken.
    """
    families = load_families(params.families)
    objects = list_objects(roots, families)
    reader = _Reader(objects, context.subject_key)
    result = run_map(
        "ingest",
        prepare_batch,
        stream_units(raw_tables(reader, run.shard_rows)),
        output,
        PrepareParams(redact=redact, made_by="ingest", max_characters=params.max_characters),
        context,
        quarantine_limit=run.quarantine_limit,
        keep_quarantined_rows=False,
        written_as_of=lambda: reader.newest,
    )
    return _report(result, objects, reader, families)


def list_objects(roots: Sequence[str], families: FamilyMap) -> list[_Object]:
    """Every object under the roots with its family, in the order of roots and keys.

    Raises:
        UsageError: a root does not exist, or two roots hold the same key.
    """
    objects: dict[str, _Object] = {}
    for root in roots:
        if not storage.exists(root):
            raise UsageError(f"{root}: no such folder or file; check the path that ingest was given")
        for key, uri in _keys(root):
            if families.ignored(key):
                continue
            if key in objects:
                raise UsageError(
                    f"{uri}: another root holds an object {key} too; give one root above both, so that keys tell them apart"
                )
            objects[key] = _Object(uri, key, storage.size(uri), families.family_of(key))
    return list(objects.values())


def _keys(root: str) -> list[tuple[str, str]]:
    names = storage.walk(root)
    if names and not (len(names) == 1 and names[0] in ("", ".")):
        return [(name, storage.join(root, name)) for name in names]
    is_file = storage.is_remote(root) or storage.local_path(root).is_file()
    return [(root.rstrip("/").rsplit("/", 1)[-1], root)] if is_file else []


def _report(result: MapResult, objects: Sequence[_Object], reader: _Reader, families: FamilyMap) -> Report:
    unmapped = [item for item in objects if item.family is None]
    coverage = _coverage(objects, reader, families)
    numbers: dict[str, Any] = {
        "as_of": reader.newest.isoformat() if reader.newest else None,
        "objects": len(objects),
        "unmapped": len(unmapped),
        "unmapped_keys": [item.key for item in unmapped[:_MOST_NAMED]],
        "coverage": {
            name: {"objects": count, "bytes": size, "records": rows} for name, (count, size, rows) in coverage.items()
        },
        "objects_read": {key: reader.rows[key] for key in sorted(reader.rows)} if len(reader.rows) <= _MOST_NAMED else {},
        **preparation_numbers(result),
    }
    lead = (
        f"{result.rows_in:,} records were read from {len(objects) - len(unmapped):,} objects and {result.kept:,} kept, "
        f"redacted in memory. {len(unmapped):,} objects belong to no family of the map."
    )
    return Report(
        "ingest",
        "Object-store families",
        lead,
        Rows(result.rows_in, result.kept, result.rejected, result.quarantined),
        numbers,
        [*_object_blocks(objects, unmapped, coverage), *redaction_blocks(result)],
        failed_redaction_gates(result),
    )


def _coverage(objects: Sequence[_Object], reader: _Reader, families: FamilyMap) -> dict[str, tuple[int, int, int]]:
    """Objects, bytes and records of each family of the map, in its order; a family without objects has zeros."""
    coverage = {entry.family: (0, 0, 0) for entry in families.families}
    for item in objects:
        if item.family is not None:
            count, size, rows = coverage[item.family.family]
            coverage[item.family.family] = (count + 1, size + item.size, rows + reader.rows[item.key])
    return coverage


def _object_blocks(
    objects: Sequence[_Object], unmapped: Sequence[_Object], coverage: dict[str, tuple[int, int, int]]
) -> list[Block]:
    rows = [(name, "present" if count else "missing", count, size, read) for name, (count, size, read) in coverage.items()]
    blocks: list[Block] = [
        Tiles(
            [
                Tile("objects", "objects", len(objects)),
                Tile("unmapped", "of no family", len(unmapped), tone="warning" if unmapped else "good"),
                Tile("families", "families present", sum(count > 0 for count, _, _ in coverage.values())),
            ]
        ),
        Table("Coverage of the families", ("family", "state", "objects", "bytes", "records"), rows, key="coverage"),
    ]
    if unmapped:
        note = "Add an entry to the family map, or a pattern to its `ignore` list."
        if len(unmapped) > _MOST_NAMED:
            note += f" The first {_MOST_NAMED} of {len(unmapped):,} are named."
        named = [(item.key, item.size) for item in unmapped[:_MOST_NAMED]]
        blocks.append(Table("Objects of no family", ("key", "bytes"), named, note, "unmapped"))
    return blocks


__all__ = ["ingest"]
