"""Schema validation: a record that the contract does not allow goes to quarantine and not into a version.

``verify`` refuses such records too, by code of its own (``gates/contract.py``): what this lets through it must let through.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from attune.config.vocabulary import CATEGORIES
from attune.records.record import ROLES, SOURCES, content_hash, provenance

COLUMNS = (
    "record_id", "subject_id", "conversation_id", "cluster_id", "family", "source", "category", "complexity", "language",
    "quality_score", "quality_parts", "scenario", "relationship_stage", "license", "tags", "review_reasons", "provenance",
    "messages", "content_hash",
)  # fmt: skip

# In the syntax of RE2. No sentence has a place in these.
_WORD = r"[\p{L}\p{N}_.:/+&,'()-]+"
_FORMS = {
    "family": r"^[a-z0-9][a-z0-9_-]{0,63}$",
    "language": r"^[A-Za-z]{2,8}(?:[-_][A-Za-z0-9]{1,8})*$",
    "scenario": rf"^{_WORD}(?: {_WORD}){{0,4}}$",
    "relationship_stage": rf"^{_WORD}(?: {_WORD}){{0,4}}$",
    "license": r"^(?:[^\p{C}\p{Z}]| )+$",
    **dict.fromkeys(("record_id", "conversation_id", "cluster_id"), r"^[^\p{C}\p{Z}]+$"),
}
_LONGEST = {"scenario": 64, "relationship_stage": 64}
_LONGEST_ID = 200
_NEEDED = ("record_id", "conversation_id", "family", "language")
_TAG = r"^[\p{L}\p{N}_.:/+-]{1,64}$"
_KEYED_ID = r"^(?:[\p{L}\p{N}_:.-]{8,128}|[\p{L}\p{N}_]+_[\p{L}\p{N}_]+)$"
_RAW_ID = r"(?i)^(?:[^\p{L}]*|[0-9a-f]{8}-?(?:[0-9a-f]{4}-?){3}[0-9a-f]{12}|[a-z]+(?:\.[a-z]+)+)$"
_GENERATED = r"(?i)^synthesize\b|\bsynthetic_generator\b"
_LONGEST_ORIGIN = {"id": 64, "origin": 500, "locator": 500, "made_by": 2_000}
_MOST_POINTS = 1.5  # of one part of the score


def validation_errors(table: pa.Table, conversations: Sequence[Sequence[Mapping[str, str]]]) -> pa.ChunkedArray:
    """What is wrong with each row, null where nothing is; of several errors the first.

    Args:
        table: has :data:`COLUMNS`.
        conversations: the messages of its rows.
    """
    found = pa.nulls(table.num_rows, pa.string())
    for message, wrong in reversed(_checks(table, conversations)):
        found = pc.if_else(pc.fill_null(wrong, True), message, found)
    return pa.chunked_array([found]) if isinstance(found, pa.Array) else found


def _checks(table: pa.Table, conversations: Sequence[Sequence[Mapping[str, str]]]) -> list[tuple[str, pa.ChunkedArray]]:
    generated = pc.match_substring_regex(pc.fill_null(pc.struct_field(table["provenance"], "made_by"), ""), _GENERATED)
    return [
        ("category is missing or unknown; run score first", _outside(table["category"], CATEGORIES)),
        ("quality_score is missing or not from 0 to 10; run score first", _not_between(table["quality_score"], 0, 10)),
        ("complexity is missing or not from 1 to 5; run score first", _not_between(table["complexity"], 1, 5)),
        *((f"{name} is missing", _blank(table[name])) for name in _NEEDED),
        ("source is unknown", _outside(table["source"], SOURCES)),
        ("a generator made it, but source is not synthetic", pc.and_(generated, pc.not_equal(table["source"], "synthetic"))),
        *((f"{name} is not of the contract", _misformed(name, table[name])) for name in _FORMS),
        *((f"{name} holds what is no tag", _mistagged(table[name])) for name in ("tags", "review_reasons")),
        ("subject_id is no keyed token", _raw(table["subject_id"])),
        ("a part of the score is not from 0 to 1.5", _badly_scored(table["quality_parts"])),
        ("provenance is missing or does not follow from its parts", _of_no_origin(table["provenance"])),
        ("a message has no known role or says nothing", _speechless(table["messages"], len(conversations))),
        ("content_hash is not that of the messages", _misnamed(table["content_hash"], conversations)),
    ]


def _outside(column: pa.ChunkedArray, known: Sequence[str]) -> pa.ChunkedArray:
    return pc.invert(pc.is_in(column, pa.array(known, pa.string())))


def _not_between(column: pa.ChunkedArray, low: float, high: float) -> pa.ChunkedArray:
    inside = pc.and_(pc.greater_equal(column, low), pc.less_equal(column, high))
    return pc.invert(pc.fill_null(inside, False))


def _blank(column: pa.ChunkedArray) -> pa.ChunkedArray:
    return pc.equal(pc.fill_null(column, ""), "")


def _misformed(name: str, column: pa.ChunkedArray) -> pa.ChunkedArray:
    values = pc.fill_null(column, "")
    fits = pc.match_substring_regex(values, _FORMS[name])
    fits = pc.and_(fits, pc.less_equal(pc.utf8_length(values), _LONGEST.get(name, _LONGEST_ID)))
    return pc.and_(pc.not_equal(values, ""), pc.invert(fits))


def _mistagged(column: pa.ChunkedArray) -> pa.ChunkedArray:
    lists = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    wrong = np.zeros(len(lists), bool)
    misfits = pc.invert(pc.match_substring_regex(pc.fill_null(lists.flatten(), ""), _TAG)).to_numpy(zero_copy_only=False)
    wrong[pc.list_parent_indices(lists).to_numpy()[misfits.astype(bool)]] = True
    return pa.array(wrong)


def _raw(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Ids of people that are no keyed tokens: numbers, UUIDs, names with dots, several words."""
    values = pc.fill_null(column, "")
    token = pc.and_(pc.match_substring_regex(values, _KEYED_ID), pc.invert(pc.match_substring_regex(values, _RAW_ID)))
    return pc.and_(pc.not_equal(values, ""), pc.invert(token))


def _badly_scored(column: pa.ChunkedArray) -> pa.ChunkedArray:
    wrong: pa.Array = pa.array(np.zeros(len(column), bool))
    for field in column.type:
        value = pc.struct_field(column, field.name)
        wrong = pc.or_(wrong, pc.and_(pc.is_valid(value), _not_between(value, 0, _MOST_POINTS)))
    return wrong


def _of_no_origin(column: pa.ChunkedArray) -> pa.ChunkedArray:
    wrong = []
    for origin in column.to_pylist():
        parts = origin or {}
        named = all((parts.get(name) or "").strip() and len(parts[name]) <= most for name, most in _LONGEST_ORIGIN.items())
        wrong.append(not named or provenance(parts["origin"], parts["locator"], parts["made_by"])["id"] != parts["id"])
    return pa.array(wrong, pa.bool_())


def _speechless(column: pa.ChunkedArray, rows: int) -> pa.ChunkedArray:
    """Conversations with a message of no known role, a turn that says nothing, or no turn at all."""
    messages = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    flat, owners = messages.flatten(), pc.list_parent_indices(messages).to_numpy()
    role, content = pc.struct_field(flat, "role"), pc.struct_field(flat, "content")
    empty = _blank(pc.utf8_trim_whitespace(content))
    turn = pc.fill_null(pc.not_equal(role, "system"), True)
    wrong = pc.or_(_outside(role, ROLES), pc.or_(pc.is_null(content), pc.and_(turn, empty)))
    found = np.ones(rows, bool)
    found[owners[turn.to_numpy(zero_copy_only=False).astype(bool)]] = False
    found[owners[wrong.to_numpy(zero_copy_only=False).astype(bool)]] = True
    return pa.array(found)


def _misnamed(column: pa.ChunkedArray, conversations: Sequence[Sequence[Mapping[str, str]]]) -> pa.ChunkedArray:
    wrong = []
    for stated, messages in zip(column.to_pylist(), conversations, strict=True):
        complete = all(message["role"] is not None and message["content"] is not None for message in messages or ())
        wrong.append(not complete or content_hash(messages or ()) != stated)
    return pa.array(wrong, pa.bool_())
