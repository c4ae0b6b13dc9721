"""Examines one shard of a dataset version: every check that needs no more than one record, and what the others need of it.

Memory: the rows of one batch, and per record some sixty bytes of hashes; for the validation and test splits also their n-grams.
"""

from __future__ import annotations

import functools
import hashlib
import json
import math
import pickle
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from attune.core import storage
from attune.core.parquet import batches, open_parquet
from attune.data.gates.contract import COLUMNS, record_faults, schema_faults
from attune.data.gates.evidence import Violations
from attune.data.gates.identifiers import found_in
from attune.data.gates.likeness import Index, Numbers, Tokenizer, letters, said

Row = Mapping[str, Any]

KEYS = ("record_id", "subject_id", "conversation_id", "cluster_id", "content", "letters")
LINES = ("line", "origin")
COUNTED = ("family", "category", "source", "language", "relationship_stage", "complexity", "license", "pii_status")
SUMS = ("records", "messages", "words", "characters", "preference_pairs", "quality")

_BATCH_ROWS = 1_000
_CANONICAL = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False)
_MATCHES = 5  # pairs of one record that are kept as evidence


@dataclass(frozen=True)
class Part:
    """One shard as the manifest lists it."""

    uri: str
    name: str
    split: str
    sha256: str
    rows: int
    shingle_words: int
    min_words: int
    canaries: tuple[str, ...]


@dataclass
class Facts:
    """What was found in one shard.

    Attributes:
        split: of the shard.
        violations: of the checks on single records.
        sums: total records, messages, words, characters, preference pairs, and the sum of the quality scores.
        counts: field -> value -> records; ``quality`` counts by the whole number of the score.
        keys: key -> 64-bit hash of each record's value, 0 for null; ``line`` and ``origin`` are hashes of what its lines in the
            export and in the provenance file must say.
        made_by: what records say that made them -> records.
        ids: the records' ids.
        sets: n-gram sets, where the split is to be indexed.
        matches: near duplicates in the index: (record id, number in the index, similarity).
    """

    split: str
    violations: Violations = field(default_factory=Violations)
    sums: dict[str, float] = field(default_factory=lambda: dict.fromkeys(SUMS, 0))
    counts: dict[str, dict[str, int]] = field(default_factory=lambda: {name: {} for name in (*COUNTED, "quality")})
    keys: dict[str, list[Numbers]] = field(default_factory=lambda: {name: [] for name in (*KEYS, *LINES)})
    made_by: dict[str, int] = field(default_factory=dict)
    ids: list[str] = field(default_factory=list)
    sets: list[Numbers] = field(default_factory=list)
    matches: list[tuple[str, int, float]] = field(default_factory=list)


def hash64(text: str) -> int:
    """A 64-bit number for a text; never 0, which stands for null."""
    return int.from_bytes(hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "big") or 1


def own_content_hash(messages: list[dict[str, str]]) -> str:
    """SHA-256 of the JSON array of [role, content] pairs in NFC, without white space (docs/dataset-format.md)."""
    pairs = [[unicodedata.normalize("NFC", item["role"]), unicodedata.normalize("NFC", item["content"])] for item in messages]
    return hashlib.sha256(json.dumps(pairs, separators=(",", ":"), ensure_ascii=False).encode()).hexdigest()


def examine(part: Part) -> Facts:
    """Examine a shard of the validation or test split, and keep its n-grams."""
    return _examine(part, None)


def examine_against(task: tuple[Part, str]) -> Facts:
    """Examine a shard of the train split, and look for its near duplicates in the index that stands pickled in a file."""
    part, path = task
    return _examine(part, _load_index(path))


@functools.lru_cache(maxsize=1)
def _load_index(path: str) -> Index:
    with Path(path).open("rb") as handle:
        index: Index = pickle.load(handle)  # noqa: S301 - this run wrote it into its own temporary folder
    return index


def _examine(part: Part, index: Index | None) -> Facts:
    facts = Facts(part.split)
    tokenizer = Tokenizer(part.shingle_words, part.min_words)
    for rows in _batches(part, facts.violations):
        keys: dict[str, list[int]] = {name: [] for name in (*KEYS, *LINES)}
        texts = [_examine_record(row, part, facts, keys) for row in rows]
        for name, values in keys.items():
            facts.keys[name].append(np.array(values, np.uint64))
        sets = tokenizer.sets(texts)
        if index is None:
            facts.sets.extend(sets)
        else:
            found = index.search(sets, _MATCHES)
            facts.matches.extend((rows[query]["record_id"] or "", other, similarity) for query, other, similarity in found)
    if len(facts.ids) != part.rows:
        facts.violations.add("number of rows differs from the manifest", part.name, f"{len(facts.ids)} instead of {part.rows}")
    return facts


def _batches(part: Part, violations: Violations) -> Iterator[list[dict[str, Any]]]:
    """Rows of a shard; a file that is missing, changed or no Parquet of the contract is a violation, not an error."""
    if not storage.exists(part.uri):
        violations.add("file is missing", part.name)
        return
    content = storage.read_bytes(part.uri)
    if hashlib.sha256(content).hexdigest() != part.sha256:
        violations.add("file differs from the manifest", part.name)
    try:
        file = open_parquet(content)
        faults = list(schema_faults(file.schema_arrow))
        for check, column in faults:
            violations.add(check, part.name, column)
        if any(check != "column is not of the contract" for check, _ in faults):
            return
        for batch in batches(file, _BATCH_ROWS, COLUMNS):
            yield batch.to_pylist()
    except (pa.ArrowException, OSError) as error:
        violations.add("file cannot be read", part.name, type(error).__name__)


def _examine_record(row: dict[str, Any], part: Part, facts: Facts, keys: dict[str, list[int]]) -> str:
    """Note everything about one record; returns what was said in it, as it is compared."""
    name = row["record_id"] = row["record_id"] or ""
    if any(item is None or item["role"] is None or item["content"] is None for item in row["messages"] or [None]):
        facts.violations.add("message without role or content", name)
        row["messages"] = [item for item in row["messages"] or [] if item and item["role"] and item["content"] is not None]
    recomputed = own_content_hash(row["messages"])
    if recomputed != row["content_hash"]:
        facts.violations.add("content_hash is wrong", name)
    if row["split"] != part.split:
        facts.violations.add("split differs from its folder", name, f"{row['split']} in {part.split}")
    for fault in record_faults(row):
        facts.violations.add("field is missing or not of the contract", name, fault)
    _check_privacy(row, part, facts.violations)
    _check_provenance(row, facts.violations)
    made_by = str((row["provenance"] or {}).get("made_by"))
    facts.made_by[made_by] = facts.made_by.get(made_by, 0) + 1
    _count(row, facts)
    facts.ids.append(name)
    text = said(row["messages"])
    values = {**row, "content": recomputed, "letters": letters(text)}
    for key in KEYS:
        keys[key].append(hash64(values[key]) if values[key] else 0)
    keys["line"].append(hash64(canonical(_expected_line(row))))
    keys["origin"].append(hash64(canonical(_expected_origin(row))))
    return text


def _check_privacy(row: dict[str, Any], part: Part, violations: Violations) -> None:
    if row["pii_status"] not in {"clean", "redacted"}:
        violations.add("pii_status is not clean or redacted", row["record_id"], str(row["pii_status"]))
    for check in sorted(found_in(row, part.canaries)):
        violations.add(check, row["record_id"])


def _check_provenance(row: dict[str, Any], violations: Violations) -> None:
    if not row["license"]:
        violations.add("license is missing", row["record_id"], f"family {row['family']}")
    origin = row["provenance"] or {}
    parts = [origin.get(key) for key in ("origin", "locator", "made_by")]
    if not origin.get("id") or not all(parts):
        violations.add("provenance is missing", row["record_id"])
        return
    expected = "p_" + hashlib.sha256("\0".join(str(value) for value in parts).encode()).hexdigest()[:24]
    if origin["id"] != expected:
        violations.add("provenance id does not follow from its parts", row["record_id"])


def _count(row: dict[str, Any], facts: Facts) -> None:
    score = row["quality_score"]
    score = score if score is not None and math.isfinite(score) else None
    facts.sums["records"] += 1
    facts.sums["messages"] += len(row["messages"])
    facts.sums["words"] += sum(len(message["content"].split()) for message in row["messages"])
    facts.sums["characters"] += sum(len(message["content"]) for message in row["messages"])
    facts.sums["preference_pairs"] += 0 if row["rejected_response"] is None else 1
    facts.sums["quality"] += score or 0.0
    values = {name: row[name] for name in COUNTED} | {"quality": None if score is None else int(score)}
    for name, value in values.items():
        key = "unknown" if value is None else str(value)
        facts.counts[name][key] = facts.counts[name].get(key, 0) + 1


def _expected_line(row: dict[str, Any]) -> dict[str, Any]:
    """What the record's line in ``compiled.jsonl`` must say, field by field of the published schema."""
    metadata = {
        key: row[key]
        for key in (
            "record_id", "family", "category", "source", "quality_score", "relationship_stage", "complexity", "language",
            "content_hash", "pii_status", "split", "license",
        )
    }  # fmt: skip
    metadata["quality_parts"] = {key: value for key, value in (row["quality_parts"] or {}).items() if value is not None}
    metadata["created_at"] = None if row["created_at"] is None else row["created_at"].isoformat()
    metadata["provenance_id"] = (row["provenance"] or {}).get("id")
    return {"messages": row["messages"], "rejected_response": row["rejected_response"], "metadata": metadata}


def _expected_origin(row: dict[str, Any]) -> dict[str, Any]:
    keys = ("record_id", "split", "content_hash", "family", "source", "license", "provenance")
    return {key: row[key] for key in keys}


def canonical(value: object) -> str:
    """One text for equal JSON values."""
    return _CANONICAL.encode(value)
