"""Loader of Parquet: only the columns that the map names, within limits that are checked before memory is used.

A small file can stand for a huge table, because a value that repeats is stored once. So text is read as dictionaries, whose
repeated values share memory, and the size of a row is computed before a Python object is made of it.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import IO, Any

import numpy as np

from attune.config.ingest import IngestLimits
from attune.steps.ingest.loaders.base import UNREADABLE, Broken, DamagedObject, Loaded, LoaderRow, ObjectSource, open_bytes
from attune.steps.ingest.loaders.csv_rows import need

_BATCH_ROWS = 500
_LARGEST_PACKED = 1 << 29  # bytes of a Parquet file that was compressed once more and is unpacked in memory
_AT_ONCE = 1 << 24  # bytes of text of which Python objects are made at once
_ALWAYS_READ = 1 << 26  # bytes of a column in a row group that are read whatever their ratio to the file is
_CELL = 8  # bytes that a value counts at least, so that lists of nothing are bounded too


def parquet(source: ObjectSource) -> Iterator[LoaderRow]:
    """One record a row, a row group at a time."""
    import pyarrow as pa

    from attune.storage.parquet import open_parquet

    with open_bytes(source) as handle:
        try:
            whole = _seekable(handle)
            if not whole.read(1):
                return
            whole.seek(0)
            file = open_parquet(whole)
            need(source, file.schema_arrow.names)
            read = source.family.top_level()
            columns = [name for name in dict.fromkeys(file.schema_arrow.names) if name in read]
            texts = _text_columns(file, columns, source.limits)
            whole.seek(0)
            yield from _rows(source, open_parquet(whole, read_dictionary=texts), columns)
        except (pa.ArrowException, OSError, ValueError, KeyError):
            raise DamagedObject("is not a readable Parquet file; copy it again") from None


def _seekable(handle: IO[bytes]) -> IO[bytes]:
    """The file from its start. A compressed Parquet file is decompressed in memory, because Parquet is read from its end."""
    if handle.seekable():
        handle.seek(0)
        return handle
    content = handle.read(_LARGEST_PACKED + 1)
    if len(content) > _LARGEST_PACKED:
        raise DamagedObject("is a large Parquet file that was compressed once more; unpack it")
    return io.BytesIO(content)


def _text_columns(file: Any, columns: list[str], limits: IngestLimits) -> list[str]:
    """The paths of text in the columns.

    Raises:
        DamagedObject: a column of a row group is beyond the limits.
    """
    texts: list[str] = []
    for number in range(file.metadata.num_row_groups):
        group = file.metadata.row_group(number)
        for index in range(group.num_columns):
            chunk = group.column(index)
            if chunk.path_in_schema.split(".")[0] not in columns:
                continue
            if chunk.num_values > limits.row_group_values:
                raise DamagedObject(
                    f"has a row group with {chunk.num_values:,} values in a column, at most {limits.row_group_values:,} are "
                    "read (ingest.limits.row_group_values)"
                )
            size, packed = chunk.total_uncompressed_size, chunk.total_compressed_size
            if size > _ALWAYS_READ and size > packed * limits.unpacked_ratio:
                raise DamagedObject(
                    f"has a column that unpacks to more than {limits.unpacked_ratio:,} times its size "
                    "(ingest.limits.unpacked_ratio)"
                )
            if chunk.physical_type == "BYTE_ARRAY" and chunk.path_in_schema not in texts:
                kind = file.schema.column(index).logical_type.type
                if kind in {"STRING", "NONE", "JSON", "ENUM", "UNKNOWN"}:
                    texts.append(chunk.path_in_schema)
    return texts


def _rows(source: ObjectSource, file: Any, columns: list[str]) -> Iterator[LoaderRow]:
    from attune.storage.parquet import batches

    number = 0
    for batch in batches(file, _BATCH_ROWS, columns):
        sizes = np.zeros(batch.num_rows, np.int64)
        for column in batch.columns:
            sizes += _sizes(column)
        too_long = sizes > source.limits.row_characters
        start = 0
        while start < batch.num_rows:
            taken = max(1, int(np.searchsorted(np.cumsum(sizes[start:]), _AT_ONCE, "right")))
            if too_long[start + 1 : start + taken].any():
                taken = 1 + int(np.argmax(too_long[start + 1 :]))
            end = start + (1 if too_long[start] else taken)
            if too_long[start]:
                yield Broken(f"row {number + 1}", source.too_long)
            else:
                cells = [_cells(column.slice(start, end - start)) for column in batch.columns]
                for row, values in enumerate(zip(*cells, strict=True), start=number + 1):
                    yield Loaded(f"row {row}", dict(zip(batch.schema.names, values, strict=True)))
            number += end - start
            start = end


def _sizes(array: Any) -> Any:
    """The bytes of each value of an array when its text is written out; int64, one per value."""
    import pyarrow as pa
    import pyarrow.compute as pc

    kind = array.type
    count = len(array)
    if pa.types.is_dictionary(kind):
        lengths = _sizes(array.dictionary)
        indices = np.asarray(array.indices.fill_null(0))
        return lengths[indices] if len(lengths) else np.full(count, _CELL, np.int64)
    if pa.types.is_struct(kind):
        parts = [_sizes(child) for child in array.flatten()]
        return sum(parts, np.full(count, _CELL, np.int64))
    if pa.types.is_nested(kind):
        items = array.cast(_as_list(kind))
        lengths = np.asarray(pc.list_value_length(items).fill_null(0)).astype(np.int64)
        inside = _sizes(items.flatten())
        totals = np.concatenate([np.zeros(1, np.int64), np.cumsum(inside)])
        ends = np.cumsum(lengths)
        return totals[ends] - totals[ends - lengths] + _CELL
    try:
        return np.asarray(pc.binary_length(array).fill_null(0)).astype(np.int64) + _CELL
    except pa.ArrowNotImplementedError:
        return np.full(count, _CELL, np.int64)


def _as_list(kind: Any) -> Any:
    """The type of a list with the content of another list type or of a map."""
    import pyarrow as pa

    if pa.types.is_map(kind):
        return pa.list_(pa.struct([kind.key_field, kind.item_field]))
    return pa.list_(kind.value_type) if pa.types.is_fixed_size_list(kind) else kind


def _cells(column: Any) -> list[Any]:
    """The Python values of a column; :data:`UNREADABLE` in place of one that has none."""
    import pyarrow as pa

    if pa.types.is_timestamp(column.type):
        # Arrow stores UTC whatever the zone, which may be one that nobody knows; and Python has no nanoseconds.
        column = column.cast(pa.timestamp(column.type.unit)).cast(pa.timestamp("us"), safe=False)
    try:
        return column.to_pylist()  # type: ignore[no-any-return]
    except (ValueError, KeyError, OverflowError, pa.ArrowException):
        return [_cell(value) for value in column]


def _cell(value: Any) -> Any:
    import pyarrow as pa

    try:
        return value.as_py()
    except (ValueError, KeyError, OverflowError, pa.ArrowException):
        return UNREADABLE
