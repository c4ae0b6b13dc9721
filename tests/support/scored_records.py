"""Records as score reads them: good answers, short ones, old ones, and a set with some of each."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from attune.records.record import content_hash, provenance, to_table
from attune.records.shards import ShardSetWriter

NOW = datetime(2026, 10, 31, 12, tzinfo=UTC)
ASKED = "He stays silent for days and I feel hurt. What can I do?"
GOOD_REPLY = (
    "It sounds like you feel hurt when he stays silent, and that makes sense. What would you like him to know about "
    "the silence?"
)


def talk(*contents: str) -> list[dict[str, str]]:
    return [{"role": ("user", "assistant")[index % 2], "content": content} for index, content in enumerate(contents)]


def record(number: int = 0, contents: tuple[str, ...] = (ASKED, GOOD_REPLY), **changes: Any) -> dict[str, Any]:
    messages = talk(*contents)
    return {
        "record_id": f"r_{number}", "messages": messages, "family": "product", "source": "user_generated",
        "conversation_id": f"c_{number}", "scenario": "silence", "language": "en", "tags": [],
        "created_at": NOW - timedelta(days=3),
        "signals": {"satisfaction": 9.0, "action_taken": True, "positive_outcome": True}, "pii_status": "clean",
        "content_hash": content_hash(messages), "provenance": provenance("test", str(number), "extract"), **changes,
    }  # fmt: skip


def write(folder: Path, rows: list[dict[str, Any]], shard_rows: int = 10) -> Path:
    table = to_table(rows)
    with ShardSetWriter(str(folder), "extract", table.schema, shard_rows, NOW) as writer:
        writer.write(table)
    return folder


def mixed_rows() -> list[dict[str, Any]]:
    rows = [record(number) for number in range(20)]
    rows += [record(20 + number, contents=("Why?", "I see.")) for number in range(4)]
    rows += [record(24 + number, signals={"satisfaction": 2.0}) for number in range(5)]
    rows += [record(29, created_at=NOW - timedelta(days=800), signals={"satisfaction": 1.0})]
    rows += [record(30, scenario="rare thing", created_at=None)]
    rows += [record(31 + number, family="books", signals=None, scenario=None) for number in range(5)]
    rows += [record(36, pii_status="requires_review")]
    return rows
