"""The columns of a shard and their allowed values, as in docs/dataset-format.md."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

import pyarrow as pa

from attune.steps.verify.evidence import shown

_TEXT, _NUMBER, _WHOLE, _TRUTH, _TIME = "text", "number", "whole number", "truth value", "time"
_QUALITY_PARTS = (
    "response_length", "turns", "satisfaction", "action_taken", "positive_outcome", "coherence", "empathy",
    "underrepresented_scenario", "unique_context",
)  # fmt: skip

COLUMNS = (
    "record_id", "messages", "rejected_response", "family", "category", "source", "subject_id", "conversation_id", "scenario",
    "relationship_stage", "complexity", "language", "created_at", "signals", "tags", "pii_status", "review_reasons",
    "quality_score", "quality_parts", "content_hash", "cluster_id", "split", "license", "provenance",
)  # fmt: skip

_KINDS = {
    **dict.fromkeys(
        (
            "record_id", "messages[].role", "messages[].content", "rejected_response", "family", "category", "source",
            "subject_id", "conversation_id", "scenario", "relationship_stage", "language", "tags[]", "pii_status",
            "review_reasons[]", "content_hash", "cluster_id", "split", "license", "provenance.id", "provenance.origin",
            "provenance.locator", "provenance.made_by",
        ),
        _TEXT,
    ),
    "complexity": _WHOLE,
    "created_at": _TIME,
    "quality_score": _NUMBER,
    **{f"quality_parts.{name}": _NUMBER for name in _QUALITY_PARTS},
    **{
        f"signals.{name}": _NUMBER
        for name in (
            "satisfaction", "helpfulness", "engagement", "length", "sentiment", "follow_up_quality", "analytics_score",
        )
    },
    **{f"signals.{name}": _TRUTH for name in ("completed", "action_taken", "positive_outcome")},
}  # fmt: skip

_ROLES = {"system", "user", "assistant"}
_ALLOWED = {
    "category": {
        "instruction_following", "contextual_understanding", "empathetic_dialogue", "personalization", "safety_ethics",
    },
    "source": {"user_generated", "synthetic", "expert_curated"},
}  # fmt: skip
# For short labels; sentences do not match.
_TAG = re.compile(r"[\w.:/+-]{1,64}")
_LABEL = re.compile(r"(?=.{1,64}$)[\w.:/+&,'()-]+(?: [\w.:/+&,'()-]+){0,4}")
_FORMS = {
    "family": re.compile(r"[a-z0-9][a-z0-9_-]{0,63}"),  # in one spelling: by another one a held-out family would be trained on
    "scenario": _LABEL,
    "relationship_stage": _LABEL,
    "language": re.compile(r"[A-Za-z]{2,8}(?:[-_][A-Za-z0-9]{1,8})*"),
    **dict.fromkeys(("record_id", "conversation_id", "cluster_id"), re.compile(r"[^\s]{1,200}")),
    "license": re.compile(r"[^\n]{1,200}"),
}
_LONGEST = {"id": 64, "origin": 500, "locator": 500, "made_by": 2_000}
_NEEDED = ("record_id", "conversation_id", "family", "language")
_COMPLEXITY, _QUALITY, _PART = (1, 5), (0.0, 10.0), (0.0, 1.5)


def schema_faults(schema: pa.Schema) -> Iterator[tuple[str, str]]:
    """(check, column) of every column that is missing, unknown or of another type."""
    for name in COLUMNS:
        if name not in schema.names:
            yield "file lacks a column", name
    for path, kind in _leaves(schema):
        if kind is None and any(known.startswith((f"{path}.", f"{path}[]")) for known in _KINDS):
            continue  # a writer that saw nothing but nulls
        if path not in _KINDS:
            yield "column is not of the contract", shown(path)
        elif kind not in {_KINDS[path], None} and (kind, _KINDS[path]) != (_WHOLE, _NUMBER):
            yield "column has another type", f"{path} is no {_KINDS[path]}"
    for key in schema.metadata or {}:
        if key not in {b"pandas", b"ARROW:schema"}:
            yield "column is not of the contract", "metadata of the file"


def _leaves(fields: pa.Schema | pa.StructType, prefix: str = "") -> Iterator[tuple[str, str | None]]:
    for field in fields:
        yield from _leaf(f"{prefix}{field.name}", field.type)


def _leaf(path: str, kind: pa.DataType) -> Iterator[tuple[str, str | None]]:
    if pa.types.is_struct(kind):
        yield from _leaves(kind, f"{path}.")
    elif pa.types.is_list(kind) or pa.types.is_large_list(kind):
        yield from _leaf(f"{path}[]", kind.value_type)
    else:
        yield path.replace("[].", "[]."), _kind(kind)


def _kind(kind: pa.DataType) -> str | None:
    """The kind of a leaf; None for one that holds nothing but nulls, which fits everywhere."""
    types = pa.types
    if types.is_null(kind):
        return None
    if types.is_dictionary(kind):
        return _kind(kind.value_type)
    if types.is_timestamp(kind):
        return _TIME if kind.unit != "ns" else "time in nanoseconds"
    tests = (
        (types.is_string, _TEXT), (types.is_large_string, _TEXT), (types.is_string_view, _TEXT), (types.is_boolean, _TRUTH),
        (types.is_integer, _WHOLE), (types.is_floating, _NUMBER),
    )  # fmt: skip
    return next((name for test, name in tests if test(kind)), "other")


def record_faults(row: Mapping[str, Any]) -> Iterator[str]:
    """Names of the fields that hold what the contract does not allow."""
    for name in _NEEDED:
        if not row[name]:
            yield name
    for name, allowed in _ALLOWED.items():
        if row[name] not in allowed:
            yield name
    for name, form in _FORMS.items():
        if row[name] and not (form.fullmatch(row[name]) and row[name].isprintable()):
            yield name
    for name, longest in _LONGEST.items():
        if len((row["provenance"] or {}).get(name) or "") > longest:
            yield f"provenance.{name}"
    spoken = [message["content"] for message in row["messages"] if message["role"] != "system"]
    if not any(any(map(str.isalnum, text)) for text in spoken) or not all(map(str.strip, spoken)):
        yield "messages.content"
    for name, value in (row["quality_parts"] or {}).items():
        if value is not None and not _PART[0] <= value <= _PART[1]:
            yield f"quality_parts.{name}"
    for name in ("tags", "review_reasons"):
        if not all(tag and _TAG.fullmatch(tag) for tag in row[name] or ()):
            yield name
    if any(message["role"] not in _ROLES for message in row["messages"]):
        yield "messages.role"
    for name, (low, high) in (("complexity", _COMPLEXITY), ("quality_score", _QUALITY)):
        if row[name] is None or not low <= row[name] <= high:
            yield name
