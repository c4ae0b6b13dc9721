"""Loaders: stream the rows of one object, each with its line or row number.

A row that cannot be read is yielded as a :class:`Broken`, so that it is counted and reported while the others are read. When an
object is damaged in the middle, the rows before the damage are kept and one :class:`Broken` stands for the lost rest.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from attune.config.ingest import IngestLimits
from attune.errors import AttuneError
from attune.steps.ingest.families import BUILT_IN, Family
from attune.steps.ingest.loaders.base import WHOLE, Broken, Loaded, LoaderRow, ObjectSource
from attune.steps.ingest.loaders.csv_rows import csv_table
from attune.steps.ingest.loaders.exports import export_of
from attune.steps.ingest.loaders.json_rows import json_document, jsonl
from attune.steps.ingest.loaders.parquet_rows import parquet
from attune.steps.ingest.loaders.plugin import plugin
from attune.steps.ingest.loaders.texts import chatml, text
from attune.steps.ingest.loaders.transcripts import transcript
from attune.steps.ingest.loaders.utterances import conversations, exported
from attune.storage.archives import DamagedArchiveError

_READERS: dict[str, Callable[[ObjectSource], Iterator[LoaderRow]]] = {
    "jsonl": jsonl,
    "json": json_document,
    "csv": csv_table,
    "parquet": parquet,
    "transcript": transcript,
    "chatml": chatml,
    "text": text,
}
assert set(_READERS) == set(BUILT_IN)


def load(uri: str, family: Family, limits: IngestLimits | None = None, shown: str = "") -> Iterator[LoaderRow]:
    """The rows of the object at ``uri``; none when it is empty or its family has no loader.

    Where the family's rows are single utterances, those of one conversation are yielded as one row.

    Args:
        uri: where the object is.
        family: entry of its family in the map.
        limits: limits on what is read; None: the default ones.
        shown: how errors name the object; empty: "the object". Its name may hold a person's name.

    Raises:
        UsageError: it cannot be opened, or lacks a column.
        RunError: the connection to the store failed.
    """
    if family.loader is None:
        return
    source = ObjectSource(uri, family, limits or IngestLimits(), shown)
    last = ""
    try:
        for row in _rows(source):
            last = row.place
            yield row
    except DamagedArchiveError as damage:
        yield Broken(f"after {last}" if last else WHOLE, str(damage))
    except AttuneError as error:
        if uri not in str(error):
            raise
        raise type(error)(str(error).replace(uri, source.label)) from None


def _rows(source: ObjectSource) -> Iterator[LoaderRow]:
    reader = _READERS.get(source.family.loader or "", plugin)
    columns = source.family.columns
    if columns is not None and columns.by_utterance:
        return conversations(lambda: reader(source), source)
    return exported(reader(source), source.family) if export_of(columns) else reader(source)


__all__ = ["Broken", "Loaded", "LoaderRow", "load"]
