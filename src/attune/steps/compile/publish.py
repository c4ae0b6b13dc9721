"""Writes a dataset version: shards, export, provenance, statistics, schema, card, and last the manifest."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa

from attune import storage
from attune.config.params import CompileParams, RunParams
from attune.records import dataset, shards
from attune.records.erased import REASON
from attune.records.record import RECORD_SCHEMA, SCHEMA_VERSION, SPLITS, example_json_schema
from attune.records.shards import Shard, ShardSet, json_bytes
from attune.runtime.code_version import code_version
from attune.runtime.step import Context, Stats, merge_stats
from attune.runtime.workers import Workers
from attune.similarity.catalog import Catalog, WriteTask, gather, write_rows, write_tasks
from attune.similarity.shingles import I64
from attune.steps.compile.card import dataset_card
from attune.steps.compile.croissant import croissant
from attune.steps.compile.row_outcomes import Outcome
from attune.steps.compile.statistics import UNKNOWN, batch_statistics, licenses, made_by, prompts, statistics
from attune.storage.stream import StreamWriter
from attune.text.normalization import NORMALIZATION_VERSION


@dataclass(frozen=True)
class Published:
    """What a worker made of one shard of a split."""

    shard: Shard
    size: int
    lines: bytes
    provenance: bytes
    stats: Stats


@dataclass
class Files:
    """The files of the version, as the manifest lists them."""

    output: str
    entries: dict[str, dict[str, Any]] = field(default_factory=dict)

    def add(self, name: str, sha256: str, size: int, rows: int | None = None) -> None:
        """List a file."""
        self.entries[name] = {"sha256": sha256, "bytes": size} | ({} if rows is None else {"rows": rows})

    def write(self, name: str, content: bytes) -> None:
        """Write a small file and list it."""
        storage.write_bytes(storage.join(self.output, name), content)
        self.add(name, storage.sha256_bytes(content), len(content))

    def address(self) -> str:
        """The content address of everything listed."""
        return dataset.content_address({name: entry["sha256"] for name, entry in self.entries.items()})


def publish(
    catalog: Catalog,
    outcome: Outcome,
    inputs: Sequence[ShardSet],
    test_sets: Sequence[Mapping[str, Any]],
    output: str,
    params: CompileParams,
    run: RunParams,
    context: Context,
    workers: Workers,
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Write everything; returns the manifest and the statistics."""
    left_out = _write_left_out(catalog, outcome, output, run, context, workers)
    files = Files(output)
    summed = _write_splits(catalog, outcome, files, run, context, workers)
    counted, by_license = statistics(summed), licenses(summed)
    files.write(dataset.STATISTICS, json_bytes(counted))
    files.write(dataset.SCHEMA, json_bytes(example_json_schema()))
    version = f"v{params.version}_{context.now:%Y%m%d}"
    files.write(dataset.CARD, dataset_card(params, version, counted, by_license).encode())
    names = sorted({params.license if name == UNKNOWN else name for name in by_license})
    described = croissant(params.name, version, params.version, context.as_of, files.entries, names)
    files.write(dataset.CROISSANT, json_bytes(described))
    manifest = {
        "format": dataset.FORMAT,
        "schema_version": SCHEMA_VERSION,
        "text_normalization": NORMALIZATION_VERSION,
        "name": params.name,
        "version": version,
        "address": files.address(),
        "as_of": context.as_of.isoformat() if context.as_of else None,
        "counts": {
            "records": outcome.kept,
            "splits": {name: len(rows) for name, rows in outcome.splits.items()},
            "groups": outcome.groups,
            "families": counted["total"]["family"],
            "categories": counted["total"]["category"],
        },
        "files": files.entries,
        "left_out": left_out,
        "licenses": by_license,
        "made_by": made_by(summed),
        "prompts": prompts(made_by(summed)),
        "test_sets": list(test_sets),
        "params": params.model_dump(mode="json", exclude={"test_sets"}),  # paths of this machine; see the key test_sets
        "seed": context.seed,
        "code": code_version("attune.steps.compile.step"),
        "parents": [_parent(item) for item in inputs],
    }
    storage.write_bytes(storage.join(output, dataset.MANIFEST), dataset.sealed(manifest))
    return manifest, counted


def _parent(item: ShardSet) -> dict[str, Any]:
    """An input by what it is, not by where it stands."""
    return {
        "step": item.step,
        "sha256": storage.sha256_file(storage.join(item.uri, shards.DESCRIPTION)),
        "rows": item.rows,
        "as_of": item.as_of.isoformat() if item.as_of else None,
    }


def _write_left_out(
    catalog: Catalog, outcome: Outcome, output: str, run: RunParams, context: Context, workers: Workers
) -> dict[str, Any]:
    written: dict[str, Any] = {}
    for folder, rows, column, values, counts in (
        (shards.QUARANTINED, outcome.quarantined, "error", outcome.errors, outcome.error_counts),
        (shards.REJECTED, outcome.rejected, "reason", outcome.reasons, outcome.reason_counts),
    ):
        uri = storage.join(output, folder)
        tasks = write_tasks(catalog, rows, uri, run.shard_rows, {column: pa.array(values, pa.string())})
        parts = list(workers.map(write_rows, tasks))
        shards.describe(uri, "compile", parts, context.as_of, keyed=False)
        shards.remove_strays(uri, parts)
        written[folder] = {
            "rows": len(rows),
            "counts": counts,
            "sha256": storage.sha256_file(storage.join(uri, shards.DESCRIPTION)),
        }
    if outcome.erased:  # counted, and nothing of them is kept
        written[REASON] = {"rows": outcome.erased, "counts": {REASON: outcome.erased}}
    return written


def _write_splits(
    catalog: Catalog, outcome: Outcome, files: Files, run: RunParams, context: Context, workers: Workers
) -> dict[str, Stats]:
    """Write shards, export and provenance in one pass; returns the counts of each split."""
    counted: dict[str, Stats] = {}
    done = 0
    with (
        StreamWriter(storage.join(files.output, dataset.COMPILED)) as lines,
        StreamWriter(storage.join(files.output, dataset.PROVENANCE)) as provenance,
    ):
        for split, rows in outcome.splits.items():
            uri = storage.join(files.output, split)
            counted[split] = batch_statistics(())
            parts: list[Shard] = []
            for part in workers.map(
                _publish_shard, write_tasks(catalog, rows, uri, run.shard_rows, _split_column(split, rows))
            ):
                lines.write(part.lines)
                provenance.write(part.provenance)
                counted[split] = merge_stats(counted[split], part.stats)
                files.add(f"{split}/{part.shard.name}", part.shard.sha256, part.size, part.shard.rows)
                parts.append(part.shard)
                done += part.shard.rows
                context.progress.update(done, outcome.kept, "writing")
            shards.describe(uri, "compile", parts, context.as_of, keyed=False)
            shards.remove_strays(uri, parts)
            description = storage.read_bytes(storage.join(uri, shards.DESCRIPTION))
            files.add(f"{split}/{shards.DESCRIPTION}", storage.sha256_bytes(description), len(description))
    files.add(dataset.COMPILED, lines.sha256, lines.size, outcome.kept)
    files.add(dataset.PROVENANCE, provenance.sha256, provenance.size, outcome.kept)
    return counted


def _split_column(split: str, rows: I64) -> Mapping[str, pa.Array]:
    assert split in SPLITS
    return {"split": pa.array([split] * len(rows), pa.string())}


def _publish_shard(task: WriteTask) -> Published:
    """Write one shard of a split, and give back its lines for the files that all shards share."""
    table = gather(task).select(RECORD_SCHEMA.names)
    shard = shards.write_shard(task.uri, table)
    rows = table.to_pylist()
    return Published(
        shard=shard,
        size=storage.size(task.uri),
        lines=b"".join(dataset.json_line(dataset.example(row)) for row in rows),
        provenance=b"".join(dataset.json_line(_provenance(row)) for row in rows),
        stats=batch_statistics(rows),
    )


def _provenance(row: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "record_id": row["record_id"],
        "split": row["split"],
        "content_hash": row["content_hash"],
        "family": row["family"],
        "source": row["source"],
        "license": row["license"],
        "provenance": dict(row["provenance"]),
    }
