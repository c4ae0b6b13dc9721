"""Loaders: stream the rows of one object, each with its line or row number.

A row that cannot be read is yielded as a :class:`Broken`, so that it is counted and reported while the others are read. When an
object is damaged in the middle, the rows before the damage are kept and one :class:`Broken` stands for the lost rest.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from attune.steps.ingest.families import BUILT_IN, Family
from attune.steps.ingest.loaders.base import WHOLE, Broken, Loaded, LoaderRow
from attune.steps.ingest.loaders.json_rows import json_document, jsonl
from attune.steps.ingest.loaders.plugin import plugin
from attune.steps.ingest.loaders.tables import csv_table, parquet
from attune.steps.ingest.loaders.texts import chatml, text
from attune.steps.ingest.loaders.transcripts import transcript
from attune.storage.archives import DamagedArchiveError

_READERS: dict[str, Callable[[str, Family], Iterator[LoaderRow]]] = {
    "jsonl": jsonl,
    "json": json_document,
    "csv": csv_table,
    "parquet": parquet,
    "transcript": transcript,
    "chatml": chatml,
    "text": text,
}
assert set(_READERS) == set(BUILT_IN)


def load(uri: str, family: Family) -> Iterator[LoaderRow]:
    """The rows of the object at ``uri``; none when it is empty or its family has no loader.

    Raises:
        UsageError: it cannot be opened, or lacks a column.
        RunError: the connection to the store failed.
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


__all__ = ["Broken", "Loaded", "LoaderRow", "load"]
