"""From a training record back to its source row, and from a person forward to all that holds their data (J1)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow.compute as pc

from attune import storage
from attune.errors import UsageError
from attune.governance import residual_data
from attune.governance.data_locations import DatasetFound, LocationInventory, SetFound
from attune.governance.models import TrainedModel, models_in
from attune.governance.person import IDENTITY, Messages, columns_of, conversations_of, find_identifiers, read_columns, rows_of
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
class AffectedModels:
    """Which models learned from dataset versions that hold, or held, something of somebody.

    Attributes:
        learned: models whose training or validation data held it.
        tested: models that were only measured on it.
        unknown: models whose dataset version no location holds any more, so that it is unknown.
    """

    learned: Sequence[TrainedModel]
    tested: Sequence[TrainedModel]
    unknown: Sequence[TrainedModel]


def trace_record(inventory: LocationInventory, record: str, dataset: str = "") -> dict[str, Any]:
    """The path of one record, from its source row to the models that learned from it.

    Args:
        inventory: what lies in the locations.
        record: its id.
        dataset: only versions of this name, version, address or folder.

    Raises:
        UsageError: the record is nowhere, or there is no such dataset version.
    """
    chosen = [item for item in inventory.datasets if not dataset or dataset in _names(item)]
    if dataset and not chosen:
        known = ", ".join(sorted({item.title for item in inventory.datasets})) or "none"
        raise UsageError(f"--dataset {dataset}: no such version in the locations; there are: {known}")
    steps = [found for item in inventory.sets if (found := _in_step(item, record))]
    versions = [found for item in chosen for found in _in_dataset(item, record)]
    seen = [*steps, *versions]
    if not seen:
        raise UsageError(f"{record}: no shard set or dataset version in the locations holds this record")
    fingerprints = {digest for found in steps for digest in (found["fingerprint"], *found["before_erasures"])}
    for found in seen:
        inputs = [value for values in (found["lineage"] or {}).get("inputs", {}).values() for value in values]
        found["follows"] = bool(fingerprints & set(inputs)) if inputs else None
    about: dict[str, Any] = next((found["row"] for found in reversed(seen) if found["row"].get("provenance")), {})
    splits = {found["address"]: found["split"] for found in versions}
    affected = _affected(models_in(inventory), {address: {split} for address, split in splits.items()}, inventory)
    return {
        "record_id": record,
        "source": {
            **{name: about.get(name) for name in ("family", "source", "subject_id", "conversation_id", "content_hash")},
            **(about.get("provenance") or {"origin": None, "locator": None, "made_by": None}),
        },
        "steps": sorted(steps, key=lambda found: (_position_of(found["step"]), found["uri"])),
        "datasets": versions,
        "models": [_model(model) for model in affected.learned],
        "measured_on_it": [_model(model) for model in affected.tested],
    }


def trace_subject(
    inventory: LocationInventory, subject: str, cache_keys: Callable[[Messages], Iterable[str]] = lambda _: ()
) -> dict[str, Any]:
    """Everything in the locations that holds something of a person: shard sets, versions, test sets, other files, models.

    Args:
        inventory: what lies in the locations.
        subject: token of the person.
        cache_keys: keys under which caches hold something made from a conversation.
    """
    identifiers = find_identifiers(inventory, [subject])
    snapshots, versions = [], []
    for item in inventory.sets:
        count = _count(item.shard_set, identifiers)
        if count["records"]:
            snapshots.append(
                {"location": item.location, "uri": item.uri, "step": item.shard_set.step, "fate": item.fate, **count}
            )
    holding: dict[str, set[str]] = {}
    for version in inventory.datasets:
        counts = {split: _count(found, identifiers) for split, found in version.sets()}
        held = {split: count["records"] for split, count in counts.items() if count["records"]}
        if held:
            holding[version.dataset.address] = set(held)
            versions.append(
                {"location": version.location, "uri": version.uri, "name": version.dataset.name,
                 "version": version.dataset.version, "address": version.dataset.address, "splits": held,
                 "shared": sum(count["shared"] for count in counts.values())}
            )  # fmt: skip
    frozen = []
    for tests in inventory.frozen:
        held = {found.uri.rsplit("/", 1)[-1]: _count(found, identifiers)["records"] for found in tests.tests.sets}
        if any(held.values()):
            sets = {name: count for name, count in held.items() if count}
            frozen.append({"location": tests.location, "uri": tests.uri, "address": tests.tests.address, "sets": sets})
    terms = residual_data.search_terms_of(conversations_of(inventory, identifiers), identifiers, cache_keys)
    files = [{"location": location, "uri": uri} for location, uri in residual_data.files_with(inventory, terms)]
    affected = _affected(models_in(inventory), holding, inventory)
    return {
        "subject": subject,
        "records": len(identifiers.records),
        "conversations": len(identifiers.conversations),
        "snapshots": snapshots,
        "datasets": versions,
        "test_sets": frozen,
        "files": files,
        "models": [_model(model) for model in affected.learned],
        "measured_on_it": [_model(model) for model in affected.tested],
        "cannot_tell": [_model(model) for model in affected.unknown],
        "absent_locations": list(inventory.absent),
    }


def affected_models(inventory: LocationInventory, holding: Mapping[str, set[str]]) -> AffectedModels:
    """The models that dataset versions affected, by address and the splits in which each holds something."""
    return _affected(models_in(inventory), holding, inventory)


def ancestors(version: DatasetFound) -> list[str]:
    """Addresses of the versions that this one replaced after an erasure: they held all that it holds."""
    return [str(item["address"]) for item in version.dataset.manifest.get("supersedes", ())]


def _affected(models: Sequence[TrainedModel], holding: Mapping[str, set[str]], inventory: LocationInventory) -> AffectedModels:
    known = {version.dataset.address for version in inventory.datasets}
    splits: dict[str, set[str]] = {address: set(held) for address, held in holding.items()}
    for version in inventory.datasets:
        known.update(ancestors(version))
        for address in ancestors(version):
            splits.setdefault(address, set()).update(holding.get(version.dataset.address, ()))
    pairs = [(model, splits.get(model.dataset["address"], set())) for model in models]
    return AffectedModels(
        [model for model, held in pairs if held & set(LEARNED_FROM)],
        [model for model, held in pairs if "test" in held and not held & set(LEARNED_FROM)],
        [model for model, _ in pairs if model.dataset["address"] not in known],
    )


def _names(version: DatasetFound) -> set[str]:
    dataset = version.dataset
    return {dataset.name, dataset.version, version.title, dataset.address, version.uri, version.uri.rsplit("/", 1)[-1]}


def _position_of(step: str) -> int:
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
        "location": item.location,
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
    holding = []
    for split, shard_set in version.sets():
        found = _find(shard_set, record)
        if found is not None:
            shard, number, row = found
            holding.append(
                {
                    "location": version.location, "uri": version.uri, "name": version.dataset.name,
                    "version": version.dataset.version, "address": version.dataset.address, "split": split,
                    "shard": f"{split}/{shard}", "row_number": number,
                    "why": row.get("reason") or row.get("error"),
                    "lineage": {**made, "code": manifest.get("code"), "params": {"compile": manifest.get("params")},
                                "seed": manifest.get("seed")},
                    "row": row,
                }
            )  # fmt: skip
    return holding


def _duplicates(folder: str, record: str) -> int:
    """How many records were removed because this one says the same."""
    path = storage.join(folder, _DUPLICATES)
    if not storage.exists(path):
        return 0
    kept = read_columns(path, ("kept_id",))
    return int(pc.sum(pc.equal(kept.column("kept_id"), record)).as_py() or 0) if kept.num_columns else 0


def _count(shard_set: ShardSet, identifiers: Any) -> dict[str, int]:
    own = shared = 0
    for table in columns_of(shard_set, IDENTITY):
        rows = rows_of(table, identifiers)
        own += int(pc.sum(rows.own).as_py() or 0)
        shared += int(pc.sum(rows.shared).as_py() or 0)
    return {"records": own + shared, "shared": shared}


def _model(model: TrainedModel) -> dict[str, Any]:
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


# As text for people.


def record_text(trace: Mapping[str, Any]) -> str:
    """The path of a record, from the source row to the models."""
    source = trace["source"]
    lines = [
        f"record {trace['record_id']}",
        f"  came from {source['origin']}, row {source['locator']}, made by {source['made_by']}",
        f"  person {source['subject_id'] or 'nobody (published or synthetic)'}, conversation {source['conversation_id']}",
        f"  content {source['content_hash']}",
        "",
    ]
    for step in trace["steps"]:
        lines += _step_text(step)
    for version in trace["datasets"]:
        why = f" ({version['why']})" if version["why"] else ""
        lines += [
            f"dataset {version['name']} {version['version']}: {version['split']}{why}",
            f"  {version['uri']}/{version['shard']}, row {version['row_number']}",
            f"  content address {version['address']}",
            f"  code {version['lineage']['code']}, {_follows(version)}",
        ]
    lines += _models_text("learned from it", trace["models"]) + _models_text("was measured on it", trace["measured_on_it"])
    return "\n".join(lines)


def subject_text(trace: Mapping[str, Any]) -> str:
    """What holds something of a person."""
    lines = [f"{trace['subject']}: {trace['records']:,} records of {trace['conversations']:,} conversations", ""]
    lines += [
        f"{item['step']} ({item['fate']}): {item['records']:,} records{_shared(item)} in {item['uri']}"
        for item in trace["snapshots"]
    ]
    for version in trace["datasets"]:
        splits = ", ".join(f"{count:,} in {split}" for split, count in version["splits"].items())
        lines.append(f"dataset {version['name']} {version['version']}: {splits}{_shared(version)}; {version['uri']}")
    for tests in trace["test_sets"]:
        sets = ", ".join(f"{count:,} in {name}" for name, count in tests["sets"].items())
        lines.append(f"frozen test sets: {sets}; {tests['uri']}")
    lines += [f"{item['uri']}: holds data of theirs" for item in trace["files"]]
    lines += _models_text("learned from it", trace["models"]) + _models_text("was measured on it", trace["measured_on_it"])
    lines += _models_text("was trained on a version that no location holds, so this is unknown", trace["cannot_tell"])
    if trace["absent_locations"]:
        lines.append(f"locations that do not exist: {', '.join(trace['absent_locations'])}")
    if not any(trace[name] for name in ("snapshots", "datasets", "test_sets", "files")):
        lines.append("no location holds data of this person")
    return "\n".join(lines)


def _step_text(step: Mapping[str, Any]) -> Iterator[str]:
    why = f" ({step['why']})" if step["why"] else ""
    yield f"{step['step']}: {step['fate']}{why}"
    yield f"  {step['uri']}/{step['shard']}, row {step['row_number']}"
    if step["stands_for"]:
        yield f"  stands for {step['stands_for']:,} duplicates that were removed"
    lineage = step["lineage"]
    if lineage is None:
        yield "  no lineage.json: an earlier Attune wrote it"
        return
    yield f"  code {lineage['code']}, seed {lineage['seed']}, {_follows(step)}"
    for name, fingerprint in lineage["files"].items():
        yield f"  {name} {fingerprint}"
    for section, values in lineage["params"].items():
        said = ", ".join(f"{name}={value}" for name, value in values.items() if not isinstance(value, dict | list))
        yield f"  {section}: {said}"


def _follows(step: Mapping[str, Any]) -> str:
    return {
        None: "reads a source outside of the locations",
        True: "made from the output above it",
        False: "made from an input that has changed or gone since",
    }[step["follows"]]


def _models_text(what: str, models: Sequence[Mapping[str, Any]]) -> list[str]:
    lines = []
    for model in models:
        kind = "model" if model["registered"] else "training job"
        retrain = "; must be trained anew" if model["retrain_required"] else ""
        said = f" ({model['decision']})" if model["decision"] else ""
        code = f", code {model['code']}" if model["code"] else ""
        lines.append(f"{kind} {model['name']}{said} {what}: stages {', '.join(model['stages'])}{code}{retrain}")
    return lines


def _shared(item: Mapping[str, Any]) -> str:
    return f" ({item['shared']:,} of them of others in the same conversation)" if item["shared"] else ""
