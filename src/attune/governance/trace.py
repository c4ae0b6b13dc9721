"""From a training record back to its source row, and from a person forward to all that holds something of theirs (J1)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow.compute as pc

from attune import storage
from attune.errors import UsageError
from attune.governance import residual_data
from attune.governance.data_locations import DatasetFound, Inventory, SetFound
from attune.governance.models import Model, models_in
from attune.governance.person import IDENTITY, Messages, columns_of, conversations_of, find_traces, read_columns, rows_of
from attune.records import shards
from attune.records.lineage import read_lineage
from attune.records.shards import ShardSet

LEARNED_FROM = ("train", "validation")
_ORDER = ("extract", "ingest", "score", "dedupe", "synthesize", "audit", "compile")
_SHOWN = (
    "record_id", "subject_id", "conversation_id", "content_hash", "family", "source", "provenance", "split", "reason", "error",
    "quality_score", "cluster_id",
)  # fmt: skip
_DUPLICATES = "duplicates.parquet"


@dataclass(frozen=True)
class Reach:
    """Which models learned from dataset versions that hold, or held, something of somebody.

    Attributes:
        learned: models whose training or validation data held it.
        tested: models that were only measured on it.
        unknown: models whose dataset version is in no place, so that nobody can tell any more.
    """

    learned: Sequence[Model]
    tested: Sequence[Model]
    unknown: Sequence[Model]


def trace_record(inventory: Inventory, record: str, dataset: str = "") -> dict[str, Any]:
    """The path of one record, from its source row to the models that learned from it.

    Args:
        inventory: what lies in the places.
        record: its id.
        dataset: only versions of this name, version, address or folder.

    Raises:
        UsageError: the record is nowhere, or there is no such dataset version.
    """
    chosen = [item for item in inventory.datasets if not dataset or dataset in _names(item)]
    if dataset and not chosen:
        known = ", ".join(sorted({item.title for item in inventory.datasets})) or "none"
        raise UsageError(f"--dataset {dataset}: no such version in the places; there are: {known}")
    steps = [found for item in inventory.sets if (found := _in_step(item, record))]
    versions = [found for item in chosen for found in _in_dataset(item, record)]
    seen = [*steps, *versions]
    if not seen:
        raise UsageError(f"{record}: no shard set or dataset version in the places holds this record")
    fingerprints = {digest for found in steps for digest in (found["fingerprint"], *found["before_erasures"])}
    for found in seen:
        inputs = [value for values in (found["lineage"] or {}).get("inputs", {}).values() for value in values]
        found["follows"] = bool(fingerprints & set(inputs)) if inputs else None
    about: dict[str, Any] = next((found["row"] for found in reversed(seen) if found["row"].get("provenance")), {})
    splits = {found["address"]: found["split"] for found in versions}
    reach = _reach(models_in(inventory), {address: {split} for address, split in splits.items()}, inventory)
    return {
        "record_id": record,
        "source": {
            **{name: about.get(name) for name in ("family", "source", "subject_id", "conversation_id", "content_hash")},
            **(about.get("provenance") or {"origin": None, "locator": None, "made_by": None}),
        },
        "steps": sorted(steps, key=lambda found: (_place_of(found["step"]), found["uri"])),
        "datasets": versions,
        "models": [_model(model) for model in reach.learned],
        "measured_on_it": [_model(model) for model in reach.tested],
    }


def trace_subject(
    inventory: Inventory, subject: str, cache_keys: Callable[[Messages], Iterable[str]] = lambda _: ()
) -> dict[str, Any]:
    """Everything in the places that holds something of a person: shard sets, versions, test sets, other files, models.

    Args:
        inventory: what lies in the places.
        subject: token of the person.
        cache_keys: keys under which caches hold something made from a conversation.
    """
    traces = find_traces(inventory, [subject])
    snapshots, versions = [], []
    for item in inventory.sets:
        count = _count(item.shard_set, traces)
        if count["records"]:
            snapshots.append({"place": item.place, "uri": item.uri, "step": item.shard_set.step, "fate": item.fate, **count})
    holding: dict[str, set[str]] = {}
    for version in inventory.datasets:
        counts = {split: _count(found, traces) for split, found in version.sets()}
        held = {split: count["records"] for split, count in counts.items() if count["records"]}
        if held:
            holding[version.dataset.address] = set(held)
            versions.append(
                {"place": version.place, "uri": version.uri, "name": version.dataset.name, "version": version.dataset.version,
                 "address": version.dataset.address, "splits": held, "shared": sum(c["shared"] for c in counts.values())}
            )  # fmt: skip
    frozen = []
    for tests in inventory.frozen:
        held = {found.uri.rsplit("/", 1)[-1]: _count(found, traces)["records"] for found in tests.tests.sets}
        if any(held.values()):
            sets = {name: count for name, count in held.items() if count}
            frozen.append({"place": tests.place, "uri": tests.uri, "address": tests.tests.address, "sets": sets})
    looked_for = residual_data.needles_of(conversations_of(inventory, traces), traces, cache_keys)
    files = [{"place": place, "uri": uri} for place, uri in residual_data.files_with(inventory, looked_for)]
    reach = _reach(models_in(inventory), holding, inventory)
    return {
        "subject": subject,
        "records": len(traces.records),
        "conversations": len(traces.conversations),
        "snapshots": snapshots,
        "datasets": versions,
        "test_sets": frozen,
        "files": files,
        "models": [_model(model) for model in reach.learned],
        "measured_on_it": [_model(model) for model in reach.tested],
        "cannot_tell": [_model(model) for model in reach.unknown],
        "absent_places": list(inventory.absent),
    }


def reach_of(inventory: Inventory, holding: Mapping[str, set[str]]) -> Reach:
    """The models that dataset versions reach, by address and the splits in which each holds something."""
    return _reach(models_in(inventory), holding, inventory)


def ancestors(version: DatasetFound) -> list[str]:
    """Addresses of the versions that this one replaced after an erasure: they held all that it holds."""
    return [str(item["address"]) for item in version.dataset.manifest.get("supersedes", ())]


def _reach(models: Sequence[Model], holding: Mapping[str, set[str]], inventory: Inventory) -> Reach:
    known = {version.dataset.address for version in inventory.datasets}
    splits: dict[str, set[str]] = {address: set(held) for address, held in holding.items()}
    for version in inventory.datasets:
        known.update(ancestors(version))
        for address in ancestors(version):
            splits.setdefault(address, set()).update(holding.get(version.dataset.address, ()))
    pairs = [(model, splits.get(model.dataset["address"], set())) for model in models]
    return Reach(
        [model for model, held in pairs if held & set(LEARNED_FROM)],
        [model for model, held in pairs if "test" in held and not held & set(LEARNED_FROM)],
        [model for model, _ in pairs if model.dataset["address"] not in known],
    )


def _names(version: DatasetFound) -> set[str]:
    dataset = version.dataset
    return {dataset.name, dataset.version, version.title, dataset.address, version.uri, version.uri.rsplit("/", 1)[-1]}


def _place_of(step: str) -> int:
    return _ORDER.index(step) if step in _ORDER else len(_ORDER)


def _find(shard_set: ShardSet, record: str) -> tuple[str, int, dict[str, Any]] | None:
    """Shard, row and what is known of the record there."""
    for shard in shard_set.shards:
        ids = read_columns(shard_set.shard_uri(shard), ("record_id",))
        row = pc.index(ids.column("record_id"), record).as_py() if ids.num_columns else -1
        if row >= 0:
            found = read_columns(shard_set.shard_uri(shard), _SHOWN).slice(row, 1).to_pylist()[0]
            return shard.name, row, found
    return None


def _in_step(item: SetFound, record: str) -> dict[str, Any] | None:
    found = _find(item.shard_set, record)
    if found is None:
        return None
    shard, number, row = found
    lineage = item.lineage
    return {
        "place": item.place,
        "step": item.shard_set.step,
        "uri": item.uri,
        "fingerprint": storage.sha256_file(storage.join(item.uri, shards.DESCRIPTION)),
        "before_erasures": list(item.shard_set.supersedes),
        "shard": shard,
        "row_number": number,
        "fate": item.fate,
        "why": row.get("reason") or row.get("error"),
        "stands_for": _duplicates(item.output, record),
        "lineage": vars(lineage) if lineage else None,
        "row": row,
    }


def _in_dataset(version: DatasetFound, record: str) -> list[dict[str, Any]]:
    manifest = version.dataset.manifest
    lineage = read_lineage(version.uri)
    parents = [parent["sha256"] for parent in manifest.get("parents", ()) if "sha256" in parent]
    made = vars(lineage) if lineage else {"step": "compile", "inputs": {"inputs": parents}}
    places = []
    for split, shard_set in version.sets():
        found = _find(shard_set, record)
        if found is not None:
            shard, number, row = found
            places.append(
                {
                    "place": version.place, "uri": version.uri, "name": version.dataset.name,
                    "version": version.dataset.version, "address": version.dataset.address, "split": split,
                    "shard": f"{split}/{shard}", "row_number": number,
                    "why": row.get("reason") or row.get("error"),
                    "lineage": {**made, "code": manifest.get("code"), "params": {"compile": manifest.get("params")},
                                "seed": manifest.get("seed")},
                    "row": row,
                }
            )  # fmt: skip
    return places


def _duplicates(folder: str, record: str) -> int:
    """How many records were removed because this one says the same."""
    path = storage.join(folder, _DUPLICATES)
    if not storage.exists(path):
        return 0
    kept = read_columns(path, ("kept_id",))
    return int(pc.sum(pc.equal(kept.column("kept_id"), record)).as_py() or 0) if kept.num_columns else 0


def _count(shard_set: ShardSet, traces: Any) -> dict[str, int]:
    own = shared = 0
    for table in columns_of(shard_set, IDENTITY):
        rows = rows_of(table, traces)
        own += int(pc.sum(rows.own).as_py() or 0)
        shared += int(pc.sum(rows.shared).as_py() or 0)
    return {"records": own + shared, "shared": shared}


def _model(model: Model) -> dict[str, Any]:
    return {
        "name": model.name,
        "registered": model.registered,
        "uri": model.uri,
        "dataset": model.dataset,
        "stages": list(model.stages),
        "code": model.code,
        "decision": model.decision,
        "retrain_required": list(model.retrain),
    }
