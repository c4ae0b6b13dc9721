"""Raw rows: the schema of conversations between the readers of extract and ingest and redaction.

They name people. They stay in memory and are never written to disk.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any

import pyarrow as pa

from attune.records.record import MESSAGES_TYPE, SIGNALS_TYPE

KNOWN_KINDS = ("user", "partner", "others", "emails", "phones", "addresses", "employers", "schools", "cities")

RAW_SCHEMA = pa.schema(
    [
        pa.field("record_id", pa.string(), nullable=False),
        pa.field("origin", pa.string(), nullable=False),
        pa.field("locator", pa.string(), nullable=False),
        pa.field("problem", pa.string()),  # why the row is broken; null: it is valid
        pa.field("family", pa.string()),
        pa.field("source", pa.string()),
        pa.field("license", pa.string()),
        pa.field("subject_id", pa.string()),
        pa.field("conversation_id", pa.string()),
        pa.field("messages", MESSAGES_TYPE),
        pa.field("rejected_response", pa.string()),
        pa.field("known", pa.struct([pa.field(kind, pa.list_(pa.string())) for kind in KNOWN_KINDS])),
        pa.field("scenario", pa.string()),
        pa.field("relationship_stage", pa.string()),
        pa.field("language", pa.string()),
        pa.field("created_at", pa.timestamp("us", tz="UTC")),
        pa.field("signals", SIGNALS_TYPE),
        pa.field("tags", pa.list_(pa.string())),
        pa.field("published", pa.bool_()),  # health information in it is not about a user of the product
        pa.field("markup", pa.bool_()),  # contents are HTML
    ]
)


def raw_tables(rows: Iterable[dict[str, Any]], size: int) -> Iterator[pa.Table]:
    """Rows as tables of ``size`` rows; memory: one table."""
    stream = iter(rows)
    while taken := list(islice(stream, size)):
        yield pa.Table.from_pylist(taken, schema=RAW_SCHEMA)


def raw_rows(table: pa.Table) -> list[dict[str, Any]]:
    """The rows of a raw table, as ``to_pylist`` gives them; messages are unpacked column by column, which is faster."""
    names = [name for name in table.column_names if name != "messages"]
    rows: list[dict[str, Any]] = table.select(names).to_pylist()
    messages = table.column("messages").combine_chunks()
    if isinstance(messages, pa.ChunkedArray):  # an empty column stays chunked
        messages = pa.concat_arrays(messages.chunks or [pa.array([], MESSAGES_TYPE)])
    parts = messages.flatten()
    flat = [
        {"role": role, "content": content}
        for role, content in zip(parts.field("role").to_pylist(), parts.field("content").to_pylist(), strict=True)
    ]
    start = 0
    for row, count in zip(rows, messages.value_lengths().to_pylist(), strict=True):
        row["messages"] = flat[start : start + (count or 0)]
        start += count or 0
    return rows
