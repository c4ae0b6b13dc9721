"""The contract of a record: one conversation in messages, with everything that the pipeline knows of it.

The same contract stands in three forms that tests hold together: an Arrow schema (what travels between steps), typed models
(what is published as JSON Schema and what an export line is checked against) and the content hash.
"""

from __future__ import annotations

import hashlib
import json
import unicodedata
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Annotated, Any, Literal

import pyarrow as pa
from pydantic import BaseModel, ConfigDict, Field, SerializerFunctionWrapHandler, model_serializer

from attune.config.vocabulary import QUALITY_PARTS

SCHEMA_VERSION = "1"

ROLES = ("system", "user", "assistant")
SPLITS = ("train", "validation", "test")
SOURCES = ("user_generated", "synthetic", "expert_curated")
PII_STATUSES = ("clean", "redacted", "requires_review")

# A tag of this form, with the position of a message, marks an answer that is context for later ones and is never learned.
CONTEXT_TURN = "context_turn:"

MESSAGES_TYPE = pa.list_(pa.struct([pa.field("role", pa.string()), pa.field("content", pa.string())]))

SIGNALS_TYPE = pa.struct(
    [
        pa.field("satisfaction", pa.float64()),  # 0 to 10, what the user said of it; null: never asked
        pa.field("helpfulness", pa.float64()),  # share of helpful votes, 0 to 1
        pa.field("completed", pa.bool_()),  # the user reached the end of the exercise or session
        pa.field("action_taken", pa.bool_()),  # the user did what was talked about
        pa.field("positive_outcome", pa.bool_()),  # the user reported that it helped
        pa.field("engagement", pa.float64()),  # 0 to 1, from product analytics
        pa.field("length", pa.float64()),  # 0 to 1: turns, as a part of the analytics score
        pa.field("sentiment", pa.float64()),  # -1 to 1, from product analytics
        pa.field("follow_up_quality", pa.float64()),  # 0 to 1, from product analytics
        pa.field("analytics_score", pa.float64()),  # 0 to 1, of these parts; null: the product measured nothing
    ]
)

PROVENANCE_TYPE = pa.struct(
    [
        pa.field("id", pa.string()),  # hash of the fields below
        pa.field("origin", pa.string()),  # source or object key that the record came from
        pa.field("locator", pa.string()),  # the row in it, as a token or a line number
        pa.field("made_by", pa.string()),  # step that made the record
    ]
)

RECORD_SCHEMA = pa.schema(
    [
        pa.field("record_id", pa.string(), nullable=False),
        pa.field("messages", MESSAGES_TYPE, nullable=False),
        pa.field("rejected_response", pa.string()),  # preference pairs: what the last answer was preferred to
        pa.field("family", pa.string(), nullable=False),
        pa.field("category", pa.string()),
        pa.field("source", pa.string(), nullable=False),
        pa.field("subject_id", pa.string()),  # keyed token of the person; null: nobody's (synthetic, published)
        pa.field("conversation_id", pa.string(), nullable=False),
        pa.field("scenario", pa.string()),
        pa.field("relationship_stage", pa.string()),
        pa.field("complexity", pa.int8()),  # 1 to 5
        pa.field("language", pa.string()),  # ISO 639-1
        pa.field("created_at", pa.timestamp("us", tz="UTC")),  # null: the source does not say
        pa.field("signals", SIGNALS_TYPE),
        pa.field("tags", pa.list_(pa.string())),
        pa.field("pii_status", pa.string(), nullable=False),
        pa.field("review_reasons", pa.list_(pa.string())),
        pa.field("quality_score", pa.float64()),  # 0 to 10; null before the step score
        pa.field("quality_parts", pa.struct([pa.field(name, pa.float64()) for name in QUALITY_PARTS])),
        pa.field("content_hash", pa.string(), nullable=False),
        pa.field("cluster_id", pa.string()),  # near-duplicate cluster; null before the step dedupe
        pa.field("split", pa.string()),  # null before the step compile
        pa.field("license", pa.string()),
        pa.field("provenance", PROVENANCE_TYPE, nullable=False),
    ]
)

REJECTED_SCHEMA = RECORD_SCHEMA.append(pa.field("reason", pa.string(), nullable=False))


class Message(BaseModel):
    """One turn of a conversation."""

    model_config = ConfigDict(extra="forbid")

    role: Literal["system", "user", "assistant"]
    content: str
    weight: Literal[0, 1] = Field(default=1, description="0: the answer is context for later ones and must not be learned.")

    @model_serializer(mode="wrap")
    def _without_default(self, written: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """As in the export: a weight of 1 is not written."""
        return {name: value for name, value in written(self).items() if (name, value) != ("weight", 1)}


class Metadata(BaseModel):
    """What a published training example says of itself, beside its messages."""

    model_config = ConfigDict(extra="forbid")

    record_id: str
    family: str
    category: Literal[
        "instruction_following", "contextual_understanding", "empathetic_dialogue", "personalization", "safety_ethics"
    ]
    source: Literal["user_generated", "synthetic", "expert_curated"]
    quality_score: Annotated[float, Field(ge=0, le=10)]
    quality_parts: dict[str, float]
    relationship_stage: str | None
    complexity: Annotated[int, Field(ge=1, le=5)]
    language: str
    created_at: datetime | None
    content_hash: Annotated[str, Field(pattern="^[0-9a-f]{64}$")]
    pii_status: Literal["clean", "redacted"]
    split: Literal["train", "validation", "test"]
    provenance_id: str
    license: str | None = None


class Example(BaseModel):
    """One published training example: a line of the compiled export."""

    model_config = ConfigDict(extra="forbid", title="Attune training example")

    messages: Annotated[list[Message], Field(min_length=1)]
    rejected_response: str | None = Field(default=None, description="The answer that the last message was preferred to.")
    metadata: Metadata


def content_hash(messages: Iterable[Mapping[str, str]]) -> str:
    """Hex SHA-256 over the roles and contents of a conversation.

    The hashed bytes are the UTF-8 of a JSON array of ``[role, content]`` pairs without white space and with non-ASCII
    characters as they are, after each string was normalized to NFC; so anyone can recompute it with three lines of code.
    """
    pairs = [
        [unicodedata.normalize("NFC", message["role"]), unicodedata.normalize("NFC", message["content"])]
        for message in messages
    ]
    canonical = json.dumps(pairs, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(canonical.encode("utf-8", "surrogatepass")).hexdigest()


def provenance(origin: str, locator: str, made_by: str) -> dict[str, str]:
    """The provenance of a record, with an id that follows from its parts."""
    return {
        "id": f"p_{_short_hash(origin, locator, made_by)}",
        "origin": origin,
        "locator": locator,
        "made_by": made_by,
    }


def context_turns(tags: Iterable[str] | None) -> frozenset[int]:
    """The positions of messages that are context only, by the tags of their record."""
    places = (tag.removeprefix(CONTEXT_TURN) for tag in tags or () if tag.startswith(CONTEXT_TURN))
    return frozenset(int(place) for place in places if place.isdecimal())


def record_id(origin: str, locator: str) -> str:
    """The id of the record that came from ``locator`` in ``origin``: the same in every run."""
    return f"r_{_short_hash(origin, locator)}"


def to_table(rows: list[dict[str, Any]], schema: pa.Schema = RECORD_SCHEMA) -> pa.Table:
    """Rows as a table of ``schema``; a column that a row lacks is null."""
    return pa.Table.from_pylist(rows, schema=schema)


def empty_table(schema: pa.Schema = RECORD_SCHEMA) -> pa.Table:
    """A table of ``schema`` without rows."""
    return schema.empty_table()


def with_reason(rejected: pa.Table, reasons: list[str]) -> pa.Table:
    """``rejected`` with the reason of each row appended."""
    return rejected.append_column(pa.field("reason", pa.string(), nullable=False), pa.array(reasons, pa.string()))


def example_json_schema() -> dict[str, Any]:
    """The JSON Schema of a published training example."""
    return Example.model_json_schema()


def _short_hash(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:24]
