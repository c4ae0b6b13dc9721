"""Checks on the records of one shard, and the facts that checks across records need.

Memory: the rows of one batch, and per record 50 B of hashes and 1.5 KB of fingerprints (for 100 words) for the leakage search.
"""

from __future__ import annotations

import hashlib
import json
import math
import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa

from attune import storage
from attune.steps.verify.evidence import Violations, shown
from attune.steps.verify.identifiers import found_in, is_token
from attune.steps.verify.leakage_search import Fingerprinter, Fingerprints, LeakageRules
from attune.steps.verify.ngrams import U64
from attune.steps.verify.record_validation import COLUMNS, record_faults, schema_faults
from attune.steps.verify.text_lines import LineRange, LineReader
from attune.storage.parquet import batches, open_parquet
from attune.text.normalization import conversation_text, letters_of, normalize

Row = Mapping[str, Any]

KEYS = ("family", "record_id", "subject_id", "conversation_id", "cluster_id", "content", "letters")
COUNTED = ("family", "category", "source", "language", "relationship_stage", "complexity", "license", "pii_status")
SUMS = ("records", "messages", "words", "characters", "preference_pairs", "quality")

_NORMALIZED = ("subject_id", "conversation_id", "cluster_id")  # ids that differ only in spelling count as equal
_SYNTHESIZED = re.compile(r"^synthesize\b|\bsynthetic_generator\b", re.IGNORECASE)
_BATCH_ROWS = 1_000
# Metadata of an export line, in the order of the published schema.
_BEFORE = ("record_id", "family", "category", "source", "quality_score")
_BETWEEN = ("relationship_stage", "complexity", "language")
_AFTER = ("content_hash", "pii_status", "split")


@dataclass(frozen=True)
class VersionShard:
    """One shard as the manifest lists it, and what to check it with."""

    uri: str
    name: str
    split: str
    sha256: str
    rows: int
    rules: LeakageRules
    canaries: tuple[str, ...]
    export: LineRange | None = None
    origins: LineRange | None = None
    as_of: str | None = None


@dataclass
class ShardFacts:
    """Facts about one shard.

    Attributes:
        split: split of the shard.
        violations: violations of the checks on single records.
        sums: total records, messages, words, characters, preference pairs, and the sum of the quality scores.
        counts: number of records by field and value; ``quality`` is counted by the integer part of the score.
        keys: 64-bit hash of each record's value, by key; 0 for null.
        made_by: number of records by the ``made_by`` of their provenance.
        licenses: number of records by license and family.
        ids: record ids.
        fingerprints: input of the leakage search, one entry per batch.
    """

    split: str
    violations: Violations = field(default_factory=Violations)
    sums: dict[str, float] = field(default_factory=lambda: dict.fromkeys(SUMS, 0))
    counts: dict[str, dict[str, int]] = field(default_factory=lambda: {name: {} for name in (*COUNTED, "quality")})
    keys: dict[str, list[U64]] = field(default_factory=lambda: {name: [] for name in KEYS})
    made_by: dict[str, int] = field(default_factory=dict)
    licenses: dict[str, dict[str, int]] = field(default_factory=dict)
    ids: list[str] = field(default_factory=list)
    fingerprints: list[Fingerprints] = field(default_factory=list)


def hash64(text: str) -> int:
    """A 64-bit hash of a text; never 0, which stands for null."""
    return int.from_bytes(hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "big") or 1


def own_content_hash(messages: list[dict[str, str]]) -> str:
    """SHA-256 of the JSON array of [role, content] pairs in NFC, without white space (docs/dataset-format.md)."""
    pairs = [[unicodedata.normalize("NFC", item["role"]), unicodedata.normalize("NFC", item["content"])] for item in messages]
    return hashlib.sha256(json.dumps(pairs, separators=(",", ":"), ensure_ascii=False).encode()).hexdigest()


def examine(part: VersionShard) -> ShardFacts:
    """Check all records of a shard and gather its facts."""
    facts = ShardFacts(part.split)
    fingerprinter = Fingerprinter(part.rules)
    with LineReader(part.export, "export line") as export, LineReader(part.origins, "provenance line") as origins:
        for rows in _batches(part, facts.violations):
            keys: dict[str, list[int]] = {name: [] for name in KEYS}
            texts = [_examine_record(row, part, facts, keys) for row in rows]
            for name, values in keys.items():
                facts.keys[name].append(np.array(values, np.uint64))
            for row in rows:
                name = shown(row["record_id"])
                export.compare(_expected_line(row), name, facts.violations)
                origins.compare(_expected_origin(row), name, facts.violations)
            facts.fingerprints.append(fingerprinter.fingerprints(rows, texts))
    if len(facts.ids) != part.rows:
        facts.violations.add("number of rows differs from the manifest", part.name, f"{len(facts.ids)} instead of {part.rows}")
    return facts


def readable_rows(part: VersionShard) -> Iterator[list[dict[str, Any]]]:
    """The rows of a shard in batches, with only the messages that have a role and a content; nothing is checked."""
    for rows in _batches(part, Violations()):
        for row in rows:
            row["messages"] = _spoken(row)
        yield rows


def _batches(part: VersionShard, violations: Violations) -> Iterator[list[dict[str, Any]]]:
    """The rows of a shard in batches; a file that is missing, changed or malformed is a violation, not an error."""
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
    except (
        pa.ArrowException,
        OSError,
        ValueError,
        OverflowError,
    ) as error:  # also for invalid UTF-8 and timestamps out of range
        violations.add("file cannot be read", part.name, type(error).__name__)


def _examine_record(row: dict[str, Any], part: VersionShard, facts: ShardFacts, keys: dict[str, list[int]]) -> str:
    """Check one record and add its facts; returns its normalized text."""
    row["record_id"] = row["record_id"] or ""
    name = shown(row["record_id"])
    messages = _spoken(row)
    if not messages or len(messages) != len(row["messages"]):
        facts.violations.add("message without role or content", name)
    row["messages"] = messages
    recomputed = own_content_hash(row["messages"])
    if recomputed != row["content_hash"]:
        facts.violations.add("content_hash is wrong", name)
    if row["split"] != part.split:
        facts.violations.add("split differs from its folder", name, f"{shown(row['split'])} in {part.split}")
    for fault in record_faults(row):
        facts.violations.add("field is missing or not of the contract", name, fault)
    if row["created_at"] is not None and part.as_of and row["created_at"].isoformat()[:10] > part.as_of[:10]:
        facts.violations.add("field is missing or not of the contract", name, "created_at is after as_of of the manifest")
    _check_privacy(row, name, part, facts.violations)
    _check_provenance(row, name, facts.violations)
    made_by = str((row["provenance"] or {}).get("made_by"))
    if row["source"] != "synthetic" and _SYNTHESIZED.search(made_by):
        facts.violations.add("synthetic record under another source", name, shown(row["source"]))
    facts.made_by[made_by] = facts.made_by.get(made_by, 0) + 1
    families = facts.licenses.setdefault(row["license"] or "unknown", {})
    families[str(row["family"])] = families.get(str(row["family"]), 0) + 1
    _count(row, facts)
    facts.ids.append(name)
    text = conversation_text(row["messages"])
    values = {**row, "content": recomputed, "letters": letters_of(text)}
    values |= {key: normalize(row[key]) for key in _NORMALIZED if row[key]}
    for key in KEYS:
        keys[key].append(hash64(values[key]) if values[key] else 0)
    return text


def _spoken(row: Row) -> list[dict[str, str]]:
    """The messages that have a role and a content."""
    return [item for item in row["messages"] or [] if item and item["role"] and item["content"] is not None]


def _check_privacy(row: dict[str, Any], name: str, part: VersionShard, violations: Violations) -> None:
    if row["pii_status"] not in {"clean", "redacted"}:
        violations.add("pii_status is not clean or redacted", name, shown(row["pii_status"]))
    if row["subject_id"] and not is_token(row["subject_id"]):
        violations.add("subject_id is no keyed token", name)
    for check in sorted(found_in(row, part.canaries)):
        violations.add(check, name)


def _check_provenance(row: dict[str, Any], name: str, violations: Violations) -> None:
    if not row["license"]:
        violations.add("license is missing", name, f"family {shown(row['family'])}")
    origin = row["provenance"] or {}
    parts = [origin.get(key) for key in ("origin", "locator", "made_by")]
    if not origin.get("id") or not all(part and part.strip() for part in parts):
        violations.add("provenance is missing", name)
        return
    expected = "p_" + hashlib.sha256("\0".join(str(value) for value in parts).encode()).hexdigest()[:24]
    if origin["id"] != expected:
        violations.add("provenance id does not follow from its parts", name)


def _count(row: dict[str, Any], facts: ShardFacts) -> None:
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
    """The expected line of the record in ``compiled.jsonl``, with the fields of the published schema in order."""
    metadata = {name: row[name] for name in _BEFORE}
    metadata["quality_parts"] = {key: value for key, value in (row["quality_parts"] or {}).items() if value is not None}
    metadata |= {name: row[name] for name in _BETWEEN}
    metadata["created_at"] = None if row["created_at"] is None else row["created_at"].isoformat()
    metadata |= {name: row[name] for name in _AFTER}
    metadata["provenance_id"] = (row["provenance"] or {}).get("id")
    metadata["license"] = row["license"]
    return {"messages": row["messages"], "rejected_response": row["rejected_response"], "metadata": metadata}


def _expected_origin(row: dict[str, Any]) -> dict[str, Any]:
    """The expected line of the record in ``provenance.jsonl``."""
    keys = ("record_id", "split", "content_hash", "family", "source", "license", "provenance")
    return {key: row[key] for key in keys}
