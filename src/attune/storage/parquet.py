"""Parquet files that are read whole, in one way for all of Attune: without threads.

A process that ends soon after a threaded read is at times aborted while Arrow's threads wind down (exit code 134 instead of its
own). Nothing is lost by it: shards are read side by side in worker processes anyway.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import IO, Any

import pyarrow as pa
import pyarrow.parquet as pq


def open_parquet(source: bytes | IO[Any], read_dictionary: Sequence[str] = ()) -> pq.ParquetFile:
    """A Parquet file to read from. Raises ArrowException when it is none.

    Args:
        source: its bytes, which Arrow reads without a thread and without Python, or an open file too large for that.
        read_dictionary: paths of text columns to read as dictionaries, in which repeated values share memory.
    """
    opened = pa.BufferReader(source) if isinstance(source, bytes) else source
    return pq.ParquetFile(opened, read_dictionary=list(read_dictionary) or None, pre_buffer=False)


def read_table(source: bytes | IO[Any], columns: Sequence[str] | None = None) -> pa.Table:
    """The rows of a Parquet file: of all its columns, or of ``columns`` in that order.

    Raises:
        pa.ArrowException: it is not a readable Parquet file, or lacks one of the columns.
    """
    file = open_parquet(source)
    if columns is None:
        return file.read(use_threads=False)
    if missing := [name for name in columns if name not in file.schema_arrow.names]:
        raise pa.ArrowInvalid(f"it has no column {', '.join(missing)}")
    return file.read(list(columns), use_threads=False).select(list(columns))


def batches(file: pq.ParquetFile, rows: int, columns: Sequence[str] | None = None) -> Iterator[pa.RecordBatch]:
    """The rows of an open file, so many at a time."""
    yield from file.iter_batches(rows, columns=None if columns is None else list(columns), use_threads=False)
