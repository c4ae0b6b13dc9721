"""Loaders: the rows of one object, streamed, each with the line or row that it stands at.

A row that cannot be read comes as a :class:`Broken` in its place, so that it is counted and named and the rest goes on; of an
object that is damaged in the middle what stands before is kept, and one :class:`Broken` says that the rest is lost.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from attune.steps.ingest.families import BUILT_IN, Family
from attune.steps.ingest.loaders.json_rows import json_document, jsonl
from attune.steps.ingest.loaders.plugin import plugin
from attune.steps.ingest.loaders.rows import WHOLE, Broken, Loaded, Row
from attune.steps.ingest.loaders.tables import csv_table, parquet
from attune.steps.ingest.loaders.texts import chatml, text
from attune.steps.ingest.loaders.transcripts import transcript
from attune.storage.archives import DamagedArchiveError

_READERS: dict[str, Callable[[str, Family], Iterator[Row]]] = {
    "jsonl": jsonl,
    "json": json_document,
    "csv": csv_table,
    "parquet": parquet,
    "transcript": transcript,
    "chatml": chatml,
    "text": text,
}
assert set(_READERS) == set(BUILT_IN)


def load(uri: str, family: Family) -> Iterator[Row]:
    """The rows of the object at ``uri``; none where it is empty or its family has no loader.

    Raises:
        UsageError: it cannot be opened, or lacks a column.
        RunError: the store broke off.
    """
    if family.loader is None:
        return
    last = ""
    try:
        for row in _READERS.get(family.loader, plugin)(uri, family):
            last = row.place
            yield row
    except DamagedArchiveError as damage:
        yield Broken(f"after {last}" if last else WHOLE, str(damage))


__all__ = ["Broken", "Loaded", "Row", "load"]
