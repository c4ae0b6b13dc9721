"""The contract of a record: its three forms say the same, and its hash is what the documentation says."""

from __future__ import annotations

import hashlib
import json
import re
import unicodedata
from pathlib import Path

import jsonschema
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from attune.config.vocabulary import CATEGORIES
from attune.records import record
from attune.records.record import RECORD_SCHEMA, Example, content_hash, example_json_schema, provenance, record_id
from attune.records.shards import json_bytes

PUBLISHED = Path(__file__).parents[2] / "docs" / "schema" / "example.schema.json"

EXAMPLE = {
    "messages": [{"role": "user", "content": "hi"}, {"role": "assistant", "content": "hello"}],
    "rejected_response": None,
    "metadata": {
        "record_id": "r_1",
        "family": "product",
        "category": "empathetic_dialogue",
        "source": "user_generated",
        "quality_score": 8.0,
        "quality_parts": {"turns": 1.0},
        "relationship_stage": None,
        "complexity": 2,
        "language": "en",
        "created_at": "2026-10-31T12:00:00Z",
        "content_hash": "0" * 64,
        "pii_status": "redacted",
        "split": "train",
        "provenance_id": "p_1",
        "license": None,
    },
}

conversations = st.lists(
    st.fixed_dictionaries({"role": st.sampled_from(record.ROLES), "content": st.text(max_size=40)}), max_size=5
)


_SHORT = {"\b": "\\b", "\f": "\\f", "\n": "\\n", "\r": "\\r", "\t": "\\t", '"': '\\"', "\\": "\\\\"}


def quoted(value: str) -> str:
    """A JSON string, by the letter of RFC 8259."""
    escaped = re.sub(r'[\x00-\x1f"\\]', lambda found: _SHORT.get(found[0], f"\\u{ord(found[0]):04x}"), value)
    return f'"{escaped}"'


def hash_by_hand(messages: list[dict[str, str]]) -> str:
    """The documented hash, with neither the code under test nor a JSON library."""
    normal = [[quoted(unicodedata.normalize("NFC", message[key])) for key in ("role", "content")] for message in messages]
    canonical = ",".join(f"[{role},{content}]" for role, content in normal)
    return hashlib.sha256(f"[{canonical}]".encode()).hexdigest()


@given(conversations)
def test_the_content_hash_is_what_its_documentation_says(messages: list[dict[str, str]]) -> None:
    assert content_hash(messages) == hash_by_hand(messages)


def test_the_content_hash_never_changes_between_versions() -> None:
    messages = [{"role": "user", "content": "Grüße ✨"}, {"role": "assistant", "content": 'He said "no"\n'}]
    canonical = '[["user","Grüße ✨"],["assistant","He said \\"no\\"\\n"]]'
    assert content_hash(messages) == hashlib.sha256(canonical.encode()).hexdigest()
    assert content_hash([]) == hashlib.sha256(b"[]").hexdigest()


@given(conversations)
def test_composed_and_decomposed_letters_have_one_hash(messages: list[dict[str, str]]) -> None:
    decomposed = [{**message, "content": unicodedata.normalize("NFD", message["content"])} for message in messages]
    assert content_hash(decomposed) == content_hash(messages)


def test_the_hash_tells_apart_what_differs_and_passes_over_other_fields() -> None:
    one = [{"role": "user", "content": "ab"}, {"role": "assistant", "content": "c"}]
    assert content_hash(one) != content_hash([{"role": "user", "content": "a"}, {"role": "assistant", "content": "bc"}])
    assert content_hash(one) != content_hash(one[::-1])
    assert content_hash(one) == content_hash([{**message, "id": "7"} for message in one])


def test_a_lone_surrogate_does_not_stop_the_hash() -> None:
    assert re.fullmatch("[0-9a-f]{64}", content_hash([{"role": "user", "content": "\ud800"}]))


def test_the_published_schema_is_current() -> None:
    current = json_bytes(example_json_schema())
    assert PUBLISHED.read_bytes() == current, (
        "docs/schema/example.schema.json is out of date; write it anew with: python -c 'from pathlib import Path; "
        "from attune.records.record import *; from attune.records.shards import json_bytes; "
        'Path("docs/schema/example.schema.json").write_bytes(json_bytes(example_json_schema()))\''
    )


def test_the_published_schema_accepts_an_example_and_the_model_too() -> None:
    schema = json.loads(PUBLISHED.read_bytes())
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate(EXAMPLE, schema)
    assert Example.model_validate(EXAMPLE).model_dump(mode="json") == EXAMPLE


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("category", "gossip"),
        ("source", "scraped"),
        ("quality_score", 11),
        ("complexity", 0),
        ("content_hash", "xyz"),
        ("pii_status", "requires_review"),
        ("split", "holdout"),
        ("unknown", 1),
    ],
)
def test_the_schema_and_the_model_refuse_the_same(key: str, value: object) -> None:
    bad = {**EXAMPLE, "metadata": {**EXAMPLE["metadata"], key: value}}  # type: ignore[dict-item]
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(bad, json.loads(PUBLISHED.read_bytes()))
    with pytest.raises(ValueError, match=key):
        Example.model_validate(bad)


def test_the_model_and_the_arrow_schema_know_the_same_fields_and_words() -> None:
    published = set(record.Metadata.model_fields) - {"provenance_id"}
    assert published <= set(RECORD_SCHEMA.names)
    words = record.Metadata.model_json_schema()["properties"]
    assert tuple(words["category"]["enum"]) == CATEGORIES
    assert tuple(words["source"]["enum"]) == record.SOURCES
    assert tuple(words["split"]["enum"]) == record.SPLITS
    assert {field.name for field in RECORD_SCHEMA.field("quality_parts").type} == set(record.QUALITY_PARTS)


def test_ids_follow_from_where_a_record_came_from() -> None:
    assert record_id("families/a.jsonl", "3") == record_id("families/a.jsonl", "3")
    assert record_id("families/a.jsonl", "3") != record_id("families/a.jsonl", "4")
    assert record_id("ab", "c") != record_id("a", "bc")
    made = provenance("families/a.jsonl", "3", "ingest")
    assert made["id"] != provenance("families/a.jsonl", "3", "extract")["id"]
    assert made["id"].startswith("p_")


def test_rows_become_a_table_of_the_schema_with_nulls_for_what_they_lack() -> None:
    made = record.to_table([{"record_id": "r_1", "family": "product"}])
    assert made.schema == RECORD_SCHEMA
    assert made.column("cluster_id").null_count == 1
    rejected = record.with_reason(made, ["too_short"])
    assert rejected.schema == record.REJECTED_SCHEMA
    assert record.empty_table().schema == RECORD_SCHEMA
    assert pa.concat_tables([record.empty_table(), made]).num_rows == 1
