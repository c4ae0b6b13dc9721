"""Changes a dataset version as someone would who wants it to pass: whatever follows from the change is brought up to date."""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from attune.config.params import VerifyParams
from attune.records.dataset import sealed
from attune.records.record import content_hash
from attune.reporting.report import Report
from attune.runtime.step import Context
from attune.steps.verify.step import verify

Row = dict[str, Any]


def check(dataset: Path, **params: Any) -> Report:
    return verify(str(dataset), str(dataset.parent / "report"), VerifyParams(**params), Context())


def violations(report: Report) -> dict[str, int]:
    gates = report.numbers["gates"].values()
    return {name: count for gate in gates for name, count in gate["violations"].items() if count}


def change(dataset: Path, split: str, edit: Callable[[list[Row]], None], *, rehash: bool = True) -> None:
    """Edit the rows of a split's first shard and write everything that follows from them, as an honest compiler would."""
    part = dataset / split / "part-00000.parquet"
    table = pq.read_table(part)
    rows = table.to_pylist()
    edit(rows)
    if rehash:
        for row in rows:
            row["content_hash"] = content_hash(row["messages"])
    buffer = io.BytesIO()
    pq.write_table(pa.Table.from_pylist(rows, schema=table.schema), buffer)
    part.write_bytes(buffer.getvalue())
    rewrite_lines(dataset)
    seal(dataset)


def rewrite_lines(dataset: Path) -> None:
    everyone = [row for split in ("train", "validation", "test") for row in split_rows(dataset, split)]
    old = {line["metadata"]["record_id"]: line for line in read_lines(dataset / "compiled.jsonl")}
    lines, origins = [], []
    for row in everyone:
        line = old.get(row["record_id"]) or next(iter(old.values()))
        metadata = {name: row.get(name, value) for name, value in line["metadata"].items()}
        metadata["provenance_id"] = row["provenance"]["id"]
        metadata["created_at"] = row["created_at"].isoformat() if row["created_at"] else None
        metadata["quality_parts"] = {name: value for name, value in row["quality_parts"].items() if value is not None}
        lines.append({"messages": row["messages"], "rejected_response": row["rejected_response"], "metadata": metadata})
        names = ("record_id", "split", "content_hash", "family", "source", "license", "provenance")
        origins.append({name: row[name] for name in names})
    write_lines(dataset / "compiled.jsonl", lines)
    write_lines(dataset / "provenance.jsonl", origins)


def split_rows(dataset: Path, split: str) -> list[Row]:
    return [row for part in sorted((dataset / split).glob("*.parquet")) for row in pq.read_table(part).to_pylist()]


def read_lines(path: Path) -> list[Row]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def write_lines(path: Path, lines: list[Row]) -> None:
    path.write_text("".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines), "utf-8")


def seal(dataset: Path, **claims: Any) -> None:
    """Bring everything that follows from the files up to date, as a forger would: lists of shards, hashes, address, seal."""
    path = dataset / "manifest.json"
    manifest = json.loads(path.read_bytes()) | claims
    listed = ""
    for split in ("train", "validation", "test"):
        parts = sorted(name for name in manifest["files"] if name.startswith(f"{split}/") and name.endswith(".parquet"))
        described = json.loads((dataset / split / "_shards.json").read_bytes())
        described["shards"] = [
            {
                "name": name.split("/")[1],
                "rows": manifest["files"][name]["rows"],
                "sha256": hashlib.sha256((dataset / name).read_bytes()).hexdigest(),
            }
            for name in parts
            if (dataset / name).exists()
        ]
        (dataset / split / "_shards.json").write_text(json.dumps(described))
    _describe_anew(dataset, manifest["files"])
    for name, entry in sorted(manifest["files"].items()):
        content = (dataset / name).read_bytes()
        entry |= {"sha256": hashlib.sha256(content).hexdigest(), "bytes": len(content)}
        listed += f"{entry['sha256']}  {name}\n"
    manifest["address"] = hashlib.sha256(listed.encode()).hexdigest()
    path.write_bytes(sealed(manifest))


def _describe_anew(dataset: Path, files: dict[str, Any]) -> None:
    """Bring the hashes in the Croissant description up to date, where they were those of the files before."""
    path = dataset / "croissant.json"
    described = json.loads(path.read_bytes()) if path.exists() and path.read_bytes()[:1] == b"{" else {}
    before = path.read_bytes() if path.exists() else b""
    for entry in described.get("distribution", []):
        name = entry.get("contentUrl")
        if name in files and entry.get("sha256") == files[name]["sha256"] and (dataset / name).exists():
            after = hashlib.sha256((dataset / name).read_bytes()).hexdigest()
            before = before.replace(entry["sha256"].encode(), after.encode())
    if described:
        path.write_bytes(before)


def say(row: Row, text: str) -> None:
    row["messages"][-1]["content"] = text
