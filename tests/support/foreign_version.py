"""Makes a dataset version as another team would who has docs/dataset-format.md, and nothing of Attune."""

from __future__ import annotations

import copy
import hashlib
import json
import random
import unicodedata
from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

Row = dict[str, Any]
Splits = dict[str, list[Row]]

LABELS = ("family", "category", "source", "language", "relationship_stage", "complexity", "license", "pii_status")
PARTS = (
    "response_length", "turns", "satisfaction", "action_taken", "positive_outcome", "coherence", "empathy",
    "underrepresented_scenario", "unique_context",
)  # fmt: skip
SIGNALS = {
    **dict.fromkeys(
        ("satisfaction", "helpfulness", "engagement", "length", "sentiment", "follow_up_quality", "analytics_score"),
        pa.float64(),
    ),
    **dict.fromkeys(("completed", "action_taken", "positive_outcome"), pa.bool_()),
}
TEXT = pa.string()
SCHEMA = pa.schema(
    {
        "record_id": TEXT,
        "messages": pa.list_(pa.struct({"role": TEXT, "content": TEXT})),
        **dict.fromkeys(("rejected_response", "family", "category", "source", "subject_id", "conversation_id"), TEXT),
        **dict.fromkeys(("scenario", "relationship_stage"), TEXT),
        "complexity": pa.int64(),
        "language": TEXT,
        "created_at": pa.timestamp("us", tz="UTC"),
        "signals": pa.struct(SIGNALS),
        "tags": pa.list_(TEXT),
        "pii_status": TEXT,
        "review_reasons": pa.list_(TEXT),
        "quality_score": pa.float64(),
        "quality_parts": pa.struct(dict.fromkeys(PARTS, pa.float64())),
        **dict.fromkeys(("content_hash", "cluster_id", "split", "license"), TEXT),
        "provenance": pa.struct(dict.fromkeys(("id", "origin", "locator", "made_by"), TEXT)),
    }
)
MIX = {
    "instruction_following": 0.40, "contextual_understanding": 0.25, "empathetic_dialogue": 0.20, "personalization": 0.10,
    "safety_ethics": 0.05,
}  # fmt: skip
CATEGORIES = [name for name, share in MIX.items() for _ in range(round(20 * share))]
NAME, VERSION, DAY = "elsewhere", "v3_20260302", "2026-03-02"


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def content_hash(messages: list[dict[str, str]]) -> str:
    pairs = [[unicodedata.normalize("NFC", m["role"]), unicodedata.normalize("NFC", m["content"])] for m in messages]
    return sha256(json.dumps(pairs, ensure_ascii=False, separators=(",", ":")).encode())


def provenance(origin: str, locator: str, made_by: str) -> dict[str, str]:
    digest = sha256("\0".join((origin, locator, made_by)).encode())
    return {"id": f"p_{digest[:24]}", "origin": origin, "locator": locator, "made_by": made_by}


def words(generator: random.Random, count: int) -> str:
    return " ".join("".join(generator.choices("abcdefghijklmnoprstuvw", k=generator.randint(3, 8))) for _ in range(count))


def make_row(number: int, generator: random.Random) -> Row:
    return {
        "record_id": f"elsewhere-{number:05d}",
        "messages": [
            {"role": "system", "content": "You listen well."},
            {"role": "user", "content": words(generator, 20)},
            {"role": "assistant", "content": words(generator, 25)},
        ],
        "rejected_response": None,
        "family": "product",
        "category": CATEGORIES[number % len(CATEGORIES)],
        "source": "user_generated",
        "subject_id": f"person_{number:05d}x",
        "conversation_id": f"talk-{number:05d}",
        "scenario": None,
        "relationship_stage": "dating" if number % 3 else None,
        "complexity": 1 + number % 5,
        "language": "en",
        "created_at": datetime(2026, 3, 1, tzinfo=UTC),
        "signals": None,
        "tags": ["imported"],
        "pii_status": "redacted",
        "review_reasons": [],
        "quality_score": 7.25,
        "quality_parts": {"turns": 1.0, "coherence": 0.8},
        "cluster_id": None,
        "license": "CC-BY-4.0",
        "provenance": provenance("their/chats.jsonl", f"line {number}", "their exporter 2.1"),
    }


def make_splits(train: int = 360, validation: int = 20, test: int = 20, seed: int = 5) -> Splits:
    generator = random.Random(seed)
    rows = [make_row(number, generator) for number in range(train + validation + test)]
    return {"train": rows[:train], "validation": rows[train : train + validation], "test": rows[train + validation :]}


def write_version(folder: Path, splits: Splits, *, shard_rows: int = 150, rehash: bool = True, **claims: Any) -> Path:
    """Write a version that says the truth about ``splits``; ``claims`` stand in its manifest instead."""
    splits = copy.deepcopy(splits)
    files: dict[str, dict[str, Any]] = {}

    def put(name: str, content: bytes, rows: int | None = None) -> None:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        files[name] = {"sha256": sha256(content), "bytes": len(content), **({} if rows is None else {"rows": rows})}

    for split, rows in splits.items():
        for row in rows:
            row.setdefault("split", split)
            if rehash:
                row["content_hash"] = content_hash(row["messages"])
        shards = []
        for number, start in enumerate(range(0, len(rows), shard_rows)):
            some = rows[start : start + shard_rows]
            sink = pa.BufferOutputStream()
            pq.write_table(pa.Table.from_pylist(some, schema=SCHEMA), sink, compression="snappy")
            name = f"part-{number:05d}.parquet"
            put(f"{split}/{name}", sink.getvalue().to_pybytes(), len(some))
            shards.append({"name": name, "rows": len(some), "sha256": files[f"{split}/{name}"]["sha256"]})
        put(f"{split}/_shards.json", json.dumps({"shards": shards}).encode())
    everyone = [row for rows in splits.values() for row in rows]
    put("compiled.jsonl", json_lines(map(export_line, everyone)), len(everyone))
    put("provenance.jsonl", json_lines(map(origin_line, everyone)), len(everyone))
    put("statistics.json", json.dumps(statistics(splits)).encode())
    put("schema.json", json.dumps({"$schema": "https://json-schema.org/draft/2020-12/schema", "type": "object"}).encode())
    put("README.md", f"# {NAME}\n\n{len(everyone)} conversations.\n".encode())
    put("croissant.json", croissant(files))
    manifest = {
        "format": "attune-dataset",
        "schema_version": "1",
        "name": NAME,
        "version": VERSION,
        "as_of": DAY,
        "counts": {"records": len(everyone), "splits": {split: len(rows) for split, rows in splits.items()}},
        "params": {"version": 3},
        "code": "their exporter 2.1",
        "parents": [{"name": "their product"}],
        "files": files,
    } | claims
    write_manifest(folder, manifest)
    return folder


def write_manifest(folder: Path, manifest: dict[str, Any]) -> None:
    """Write a manifest with its address and its seal."""
    listed = "".join(f"{entry['sha256']}  {name}\n" for name, entry in sorted(manifest["files"].items()))
    manifest.setdefault("address", sha256(listed.encode("utf-8", "surrogatepass")))
    lines = json.dumps(manifest, indent=2, ensure_ascii=False).splitlines(keepends=True)
    seal = sha256("".join(lines).encode("utf-8", "surrogatepass"))
    sealed = [lines[0], f'  "seal": "{seal}",\n', *lines[1:]]
    (folder / "manifest.json").write_bytes("".join(sealed).encode("utf-8", "surrogatepass"))


def json_lines(values: Iterable[Any]) -> bytes:
    return "".join(json.dumps(value, ensure_ascii=False) + "\n" for value in values).encode("utf-8", "surrogatepass")


def export_line(row: Row) -> Row:
    names = ("record_id", "family", "category", "source", "quality_score", "quality_parts", "relationship_stage")
    names += ("complexity", "language", "content_hash", "pii_status", "split", "license")
    metadata = {name: row[name] for name in names}
    metadata["quality_parts"] = metadata["quality_parts"] or {}
    metadata["created_at"] = row["created_at"] and row["created_at"].isoformat()
    metadata["provenance_id"] = row["provenance"] and row["provenance"].get("id")
    return {"messages": row["messages"], "rejected_response": row["rejected_response"], "metadata": metadata}


def origin_line(row: Row) -> Row:
    names = ("record_id", "split", "content_hash", "family", "source", "license", "provenance")
    return {name: row[name] for name in names}


def statistics(splits: Splits) -> dict[str, Any]:
    return {
        "splits": {split: count(rows) for split, rows in splits.items()},
        "total": count([row for rows in splits.values() for row in rows]),
    }


def count(rows: list[Row]) -> dict[str, Any]:
    texts = [message["content"] for row in rows for message in row["messages"]]
    scores = [row["quality_score"] for row in rows]
    found: dict[str, Any] = {
        "records": len(rows),
        "messages": len(texts),
        "words": sum(len(text.split()) for text in texts),
        "characters": sum(map(len, texts)),
        "preference_pairs": sum(row["rejected_response"] is not None for row in rows),
    }
    for label in LABELS:
        found[label] = dict(Counter("unknown" if row[label] is None else str(row[label]) for row in rows))
    found["quality"] = dict(Counter("unknown" if score is None else str(int(score)) for score in scores))
    found["mean_quality"] = round(sum(score or 0 for score in scores) / len(scores), 3) if scores else None
    return found


def croissant(files: dict[str, dict[str, Any]]) -> bytes:
    objects = [{"@type": "cr:FileObject", "@id": name, "contentUrl": name, "sha256": files[name]["sha256"]} for name in files]
    return json.dumps({"@type": "sc:Dataset", "name": NAME, "version": "3.0.0", "distribution": objects}).encode()
