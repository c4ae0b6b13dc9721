"""Takes rows out of shard sets, dataset versions and frozen test sets, so that a kill at any moment can be followed by a rerun.

A shard set changes by new files beside the old ones and one write of its description; what the description does not name is
removed afterwards. A version is made anew in a folder of its own beside the old one (``.<name>.erasing``), with a note of where
it belongs; once the note stands, the next run puts it there, whatever happens in between.

``cluster_id`` is the id of one record of a near-duplicate cluster. Where that record goes, the cluster gets another id that
follows from the old one by a hash, the same in every location.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from attune import storage
from attune.config.params import CompileParams, RunParams
from attune.errors import RunError, UsageError
from attune.governance import contents
from attune.governance.data_locations import DatasetFound
from attune.governance.person import PersonIdentifiers, rows_of
from attune.governance.sealed_notes import open_note, seal_note
from attune.governance.survey import survey
from attune.records import dataset as versions
from attune.records import shards
from attune.records.lineage import LINEAGE
from attune.records.record import RECORD_SCHEMA, SPLITS
from attune.records.shards import Shard, ShardSet
from attune.runtime.step import Context
from attune.runtime.workers import Workers
from attune.similarity.bands import Bands
from attune.similarity.catalog import Catalog, ShardSource
from attune.steps.compile.groups import codes, components
from attune.steps.compile.publish import publish
from attune.steps.compile.row_outcomes import Outcome
from attune.storage.locks import LOCK
from attune.versions.export import DESCRIPTION as EXPORT

NOTE = "replacement.json"
SUFFIX = ".erasing"
_MADE = "version"
_CHUNK_ROWS = 2_000


def without(table: pa.Table, identifiers: PersonIdentifiers) -> pa.Table:
    """``table`` without the rows of the person, and without their record ids as names of clusters."""
    kept = table.filter(pc.invert(rows_of(table, identifiers).any))
    if "cluster_id" not in kept.column_names or not kept.num_rows:
        return kept
    named = pc.fill_null(pc.is_in(kept.column("cluster_id"), pa.array(sorted(identifiers.records), pa.string())), False)
    if not pc.any(named).as_py():
        return kept
    ids = [_other_id(value) if theirs else value for value, theirs in zip(
        kept.column("cluster_id").to_pylist(), named.to_pylist(), strict=True)]  # fmt: skip
    column = kept.schema.get_field_index("cluster_id")
    return kept.set_column(column, kept.schema.field(column), pa.array(ids, pa.string()))


def _other_id(cluster: str) -> str:
    return f"r_{hashlib.sha256(f'cluster without {cluster}'.encode()).hexdigest()[:24]}"


def rewrite_set(shard_set: ShardSet, identifiers: PersonIdentifiers) -> int:
    """Take the person's rows out of a shard set in place; returns how many. Memory: one shard."""
    number = 1 + max((int(shard.name.removeprefix("part-").removesuffix(".parquet")) for shard in shard_set.shards), default=-1)
    result: list[Shard] = []
    removed = 0
    for shard in shard_set.shards:
        table = shard_set.read(shard)
        kept = without(table, identifiers)
        if kept.equals(table):
            result.append(shard)
            continue
        removed += table.num_rows - kept.num_rows
        if kept.num_rows:
            result.append(shards.write_shard(storage.join(shard_set.uri, shards.part_name(number)), kept.combine_chunks()))
            number += 1
    if result != list(shard_set.shards):
        before = storage.sha256_file(storage.join(shard_set.uri, shards.DESCRIPTION))
        known = (*shard_set.supersedes, before)  # what was made from the set as it was can still be told to come from it
        shards.describe(shard_set.uri, shard_set.step, result, shard_set.as_of, shard_set.failed_gates, known)
    else:
        shards.settle(shard_set.uri)
    shards.remove_strays(shard_set.uri, result)
    return removed


def successor(version: DatasetFound, known: Sequence[DatasetFound]) -> int:
    """The number of the version that replaces this one: that of a copy that was replaced before, or the next free one."""
    numbers = []
    for other in known:
        if other.dataset.name == version.dataset.name:
            last = [item["address"] for item in other.dataset.manifest.get("supersedes", ())][-1:]
            if last == [version.dataset.address]:
                return _number(other)
            numbers.append(_number(other))
    return 1 + max(numbers)


def _number(version: DatasetFound) -> int:
    return int(version.dataset.manifest["params"]["version"])


def republish(version: DatasetFound, identifiers: PersonIdentifiers, number: int) -> Mapping[str, Any]:
    """Make the version anew without the person under the next number, in the place of the old one; returns its manifest.

    Every record that stays keeps its split. In a folder that bears the version's name the new one stands beside the old,
    under its own name, and the old one is removed; anywhere else it takes the old one's place.

    Raises:
        RunError: a file of the old version is not what its manifest promises.
    """
    storage.refuse_special_entries(version.uri, "a dataset version")
    stage = _stage(version.uri)
    clear(stage)
    sets = storage.join(stage, "sets")
    staged = {name: _filtered(found, storage.join(sets, name), identifiers) for name, found in version.sets()}
    old = version.dataset.manifest
    output = storage.join(stage, _MADE)
    manifest = _publish(staged, old, output, number)
    before = {"version": old["version"], "address": old["address"]}
    away = [name for name in (shards.REJECTED, shards.QUARANTINED) if name not in staged]  # what was left out never travels
    for name in away:
        storage.remove_tree(storage.join(output, name))
    counted = {name: entry for name, entry in old.get("left_out", {}).items() if name in away}
    manifest = {
        **manifest,
        "left_out": {**manifest["left_out"], **counted},
        "parents": old["parents"],
        "supersedes": [*old.get("supersedes", ()), before],
    }
    storage.write_bytes(storage.join(output, versions.MANIFEST), versions.sealed(manifest))
    if storage.exists(storage.join(version.uri, LINEAGE)):
        storage.write_bytes(storage.join(output, LINEAGE), storage.read_bytes(storage.join(version.uri, LINEAGE)))
    parent, _, name = version.uri.rstrip("/").rpartition("/")
    target = storage.join(parent, str(manifest["version"])) if name == old["version"] else version.uri
    _commit(stage, target, version.uri)
    return manifest


def _filtered(found: ShardSet, uri: str, identifiers: PersonIdentifiers) -> ShardSet:
    schema = None
    for shard in found.shards:
        schema = found.read(shard).schema
        break
    with shards.ShardSetWriter(uri, found.step, schema or RECORD_SCHEMA, _CHUNK_ROWS, found.as_of, keyed=False) as writer:
        for table in found.tables():
            writer.write(without(table, identifiers))
    return shards.open_set(uri, sealed=False)


def _publish(staged: Mapping[str, ShardSet], old: Mapping[str, Any], output: str, number: int) -> Mapping[str, Any]:
    """Write a version of the rows in ``staged``, by the same code that compile publishes with."""
    opened = list(staged.values())
    sources, rows, first = [], {}, 0
    for name, found in staged.items():
        rows[name] = np.arange(first, first + found.rows)
        for shard in found.shards:
            sources.append(ShardSource(found.shard_uri(shard), shard.sha256, first, shard.rows))
            first += shard.rows
    none = np.zeros(0, np.int64)
    kept = {name: rows[name] for name in SPLITS}
    outcome = Outcome(
        rows_in=first,
        splits=kept,
        rejected=rows.get(shards.REJECTED, none),
        reasons=_values(staged.get(shards.REJECTED), "reason"),
        quarantined=rows.get(shards.QUARANTINED, none),
        errors=_values(staged.get(shards.QUARANTINED), "error"),
        groups=_groups([staged[name] for name in SPLITS]),
        largest_group=0,
    )
    known = {name: value for name, value in old["params"].items() if name in CompileParams.model_fields}
    params = CompileParams.model_validate({**known, "version": number})
    as_of = next((found.as_of for found in opened if found.as_of), None)
    context = Context(seed=int(old["seed"]), as_of=as_of)
    catalog = Catalog(sources, pa.table({}), np.zeros((2, 0), np.uint64), Bands(1, 0), np.zeros(0, np.int64), 0)
    with Workers("erase", 1) as workers:
        manifest, _ = publish(catalog, outcome, [], old.get("test_sets", ()), output, params, RunParams(), context, workers)
    return manifest


def _values(found: ShardSet | None, column: str) -> list[str]:
    return [value for table in found.tables([column]) for value in table.column(column).to_pylist()] if found else []


def _groups(sets: Sequence[ShardSet]) -> int:
    """How many groups of one person, conversation or duplicate cluster there are."""
    names = ["subject_id", "conversation_id", "cluster_id"]
    tables = [table for found in sets for table in found.tables(names)]
    if not tables:
        return 0
    table = pa.concat_tables(tables)
    none = np.zeros(0, np.int64)
    return len(np.unique(components(table.num_rows, [codes(table.column(name)) for name in names], none, none)))


def refreeze(uri: str, identifiers: PersonIdentifiers) -> Mapping[str, Any]:
    """Make frozen test sets anew without the person, in place; returns their manifest."""
    old = storage.parse_json(storage.read_bytes(storage.join(uri, versions.MANIFEST)))
    storage.refuse_special_entries(uri, "a folder of frozen test sets")
    stage = _stage(uri)
    clear(stage)
    output = storage.join(stage, _MADE)
    listed: dict[str, dict[str, Any]] = {}
    sets = {}
    for name, about in old["sets"].items():
        found = shards.open_set(storage.member(uri, name, versions.MANIFEST, plain=True), sealed=False)
        kept = _filtered(found, storage.join(output, name), identifiers)
        lines = b"".join(versions.json_line(versions.example(row)) for table in kept.tables() for row in table.to_pylist())
        storage.write_bytes(storage.join(output, f"{name}.jsonl"), lines)
        listed[f"{name}.jsonl"] = {"sha256": storage.sha256_bytes(lines), "bytes": len(lines), "rows": kept.rows}
        rows = {f"{name}/{shard.name}": {"rows": shard.rows} for shard in kept.shards}
        for file in (*rows, f"{name}/{shards.DESCRIPTION}"):
            path = storage.join(output, file)
            listed[file] = {"sha256": storage.sha256_file(path), "bytes": storage.size(path), **rows.get(file, {})}
        sets[name] = {**about, "records": kept.rows}
    manifest = {
        **old,
        "files": listed,
        "sets": sets,
        "address": versions.content_address({name: entry["sha256"] for name, entry in listed.items()}),
        "supersedes": [*old.get("supersedes", ()), {"address": old["address"]}],
    }
    storage.write_bytes(storage.join(output, versions.MANIFEST), shards.json_bytes(manifest))
    _commit(stage, uri, uri)
    return manifest


def _stage(uri: str) -> str:
    parent, _, name = uri.rstrip("/").rpartition("/")
    if parent.endswith(":/"):
        raise RunError(
            f"{uri}: a version at the top of a store cannot be replaced whole; move it below a prefix, then run again"
        )
    return storage.join(parent, f".{name}{SUFFIX}") if parent else f".{name}{SUFFIX}"


def _commit(stage: str, target: str, old: str) -> None:
    """From the moment that the note stands the new version will take its place."""
    here = stage.rstrip("/").rpartition("/")[0]
    note: dict[str, Any] = {key: uri.rstrip("/").rpartition("/")[2] for key, uri in (("target", target), ("replaces", old))}
    note["files"] = storage.walk(storage.join(stage, _MADE), hidden=True)
    storage.write_bytes(storage.join(stage, NOTE), seal_note(note, NOTE))
    complete(stage, here)


def complete(stage: str, here: str) -> None:
    """Put a finished version where its note says, remove the one that it replaces, and then the stage. May be repeated.

    Raises:
        UsageError: the note is not one of an erasure under this subject key, names something that does not stand directly
            beside the stage, or a link is in the way; nothing was changed.
    """
    note = _read_note(stage)
    target, old = (storage.join(here, note[key]) if here else str(note[key]) for key in ("target", "replaces"))
    made = storage.join(stage, _MADE)
    for folder in {stage, old, target}:
        storage.refuse_special_entries(folder, "a version that an erasure replaces")
    if storage.exists(storage.join(made, versions.MANIFEST)):  # it goes with the stage, when all else is done
        manifest = storage.read_bytes(storage.join(made, versions.MANIFEST))
        storage.remove(storage.join(old, versions.MANIFEST))
        for name in note["files"]:
            if name != versions.MANIFEST:
                storage.move(storage.join(made, name), storage.join(target, name))
        for folder in {old, target}:
            for name in storage.walk(folder, hidden=True) if storage.exists(folder) else ():
                if name != LOCK and (folder != target or name not in note["files"]):
                    storage.remove(storage.join(folder, name))
        storage.write_bytes(storage.join(target, versions.MANIFEST), manifest)
        storage.remove_empty_folders(old)
    clear(stage)


def _read_note(stage: str) -> dict[str, Any]:
    """The note in a stage, after checking that an erasure wrote it, and wrote it for this stage."""
    path = storage.join(stage, NOTE)
    note = open_note(storage.read_bytes(path), path, NOTE)
    try:
        replaces, target, files = note["replaces"], note["target"], note["files"]
    except KeyError as error:
        raise UsageError(f"{path}: has no {error}; remove {stage} if no erasure was interrupted here") from None
    storage.checked_name(target, f"{path}: target", plain=True)
    if storage.checked_name(replaces, f"{path}: replaces", plain=True) != _replaced_by(stage):
        raise UsageError(f"{path}: belongs to another folder than {stage}; move it back, or remove {stage}")
    return {**note, "files": storage.checked_names(files, f"{path}: files")}


def _replaced_by(stage: str) -> str:
    return stage.rstrip("/").rpartition("/")[2].removeprefix(".").removesuffix(SUFFIX)


def clear(stage: str) -> None:
    """Remove a stage: first the manifest in it, without which a note does nothing, and the note last."""
    if not storage.exists(stage):
        return
    storage.refuse_special_entries(stage, "what an interrupted erasure left")
    manifest = f"{_MADE}/{versions.MANIFEST}"
    names = storage.walk(stage, hidden=True)
    for name in sorted(names, key=lambda name: (name == NOTE) - (name == manifest)):
        storage.remove(storage.join(stage, name))
    storage.remove_empty_folders(stage)


def pending(locations: Mapping[str, str]) -> list[tuple[str, str, bool]]:
    """Stages that a kill left: (stage, folder around it, whether its note stands)."""
    found = []
    for root in locations.values():
        own = "" if root.rstrip("/").rpartition("/")[0].endswith(":/") else _stage(root)  # a location that is itself a version
        if own and storage.exists(own):
            found.append((own, own.rpartition("/")[0], storage.exists(storage.join(own, NOTE))))
        if not storage.exists(root):
            continue
        stages = {_up_to_stage(name) for name in survey(root).names} - {""}
        for stage in sorted(stages):
            uri = storage.join(root, stage)
            found.append((uri, uri.rpartition("/")[0], storage.exists(storage.join(uri, NOTE))))
    return found


def _up_to_stage(name: str) -> str:
    parts = name.split("/")
    for count, part in enumerate(parts[:-1], 1):
        if part.startswith(".") and part.endswith(SUFFIX):
            return "/".join(parts[:count])
    return ""


def update_export_descriptions(uris: Iterable[str]) -> None:
    """Make ``export.json`` of the exports that these files belong to say what their files hold now; may be repeated.

    Args:
        uris: files that were rewritten or removed, and any others.
    """
    for folder in sorted({uri.rpartition("/")[0] for uri in uris}):
        path = storage.join(folder, EXPORT)
        if not storage.exists(path):
            continue
        try:
            value = storage.parse_json(storage.read_bytes(path))
            known = {str(name): dict(entry) for name, entry in value["files"].items()}
        except (ValueError, KeyError, TypeError, AttributeError):
            continue  # another file of the same name
        for name in storage.checked_names(known, f"{path}: files"):
            storage.member(folder, name, f"{path}: files")
        now = {name: _export_entry(storage.join(folder, name)) for name in known if storage.exists(storage.join(folder, name))}
        if now != known:
            storage.write_bytes(path, shards.json_bytes({**value, "files": now}))


def _export_entry(uri: str) -> dict[str, Any]:
    tables = contents.tables(uri) if contents.kind_of(uri) == "parquet" else None
    rows = sum(table.num_rows for table in tables) if tables is not None else sum(1 for _ in contents.lines(uri))
    return {"rows": rows, "bytes": storage.size(uri), "sha256": storage.sha256_file(uri)}
