"""What files hold, read piece by piece: Parquet by rows, everything else by bytes, out of its compression or archive.

Memory: a few MiB, however large a file is.
"""

from __future__ import annotations

import contextlib
import io
from collections.abc import Iterator
from typing import IO, Any

import pyarrow as pa
import pyarrow.parquet as pq

from attune import storage
from attune.errors import RunError
from attune.storage import archives
from attune.storage.archive_search import CountedStream, LimitExceededError, is_zip, overlapping, reading_of, search_pieces
from attune.storage.parquet import batches, open_parquet
from attune.storage.stream import StreamWriter

_PIECE = 1 << 22
_BINARY = 1 << 16  # bytes of a file in which what is no text shows a zero
_ROWS = 2_000
_LONGEST_LINE = 256 << 20


def kind_of(uri: str) -> str:
    """``parquet``, ``sqlite``, another kind of packed content, or empty; by the first bytes, whatever the name says."""
    with storage.open_file(uri) as handle:
        return archives.kind_of(handle.read(archives.START))


def is_packed(uri: str) -> bool:
    """Whether it is no plain text: compressed, an archive, or binary."""
    with storage.open_file(uri) as handle:
        start = handle.read(_BINARY)
        handle.seek(0)
        return b"\0" in start or bool(archives.kind_of(start)) or is_zip(handle)


def is_lines(uri: str) -> bool:
    """Whether it is a file of lines, by its name, and its compression is the one that it names and can be read to the end."""
    name, codec = archives.codec_named(uri)
    if not name.endswith(".jsonl") or kind_of(uri) != codec:
        return False
    try:
        with storage.open_file(uri) as handle:
            reading = reading_of(handle)
            with archives.unpacked(handle, codec) if codec else contextlib.nullcontext(handle) as stream:
                counted = CountedStream(stream, reading) if codec else stream
                first = counted.read(_BINARY)
                if not _is_in_lines(counted, first):
                    return False
    except (LimitExceededError, *archives.UNREADABLE):
        return False
    return not archives.kind_of(first) and b"\0" not in first


def _is_in_lines(stream: Any, first: bytes) -> bool:
    """Whether the rest of a stream has no line too long to be held in memory."""
    length = len(first) - first.rfind(b"\n") - 1
    while piece := stream.read(_PIECE):
        if b"\n" in piece:
            length = -piece.rfind(b"\n") - 1
        length += len(piece)
        if length > _LONGEST_LINE:
            return False
    return True


def pieces(uri: str, unread: set[str] | None = None) -> Iterator[bytes]:
    """The content in pieces that overlap; of what is packed, also what is inside.

    Args:
        uri: the file.
        unread: gets why parts of it could not be read, when the last piece was taken.
    """
    with storage.open_file(uri) as handle:
        yield from _pieces(handle, unread)


def pieces_of(content: bytes, unread: set[str] | None = None) -> Iterator[bytes]:
    """The same of what was read already, such as a cell of a database."""
    if archives.kind_of(content) or archives.is_sealed(content[: archives.START]):
        yield from _pieces(io.BytesIO(content), unread)
    else:
        yield content


def _pieces(handle: IO[bytes], unread: set[str] | None) -> Iterator[bytes]:
    reading = reading_of(handle)
    yield from search_pieces(handle, reading)
    if unread is not None:
        unread |= reading.unread


def raw_pieces(uri: str) -> Iterator[bytes]:
    """The bytes of a file as they are, in pieces that overlap."""
    with storage.open_file(uri) as handle:
        yield from overlapping(handle)


def lines(uri: str) -> Iterator[bytes]:
    """The lines of a file, with their ends, without compression."""
    codec = archives.codec_named(uri)[1]
    with storage.open_file(uri) as handle:
        if not codec:
            yield from handle
            return
        rest = b""
        with archives.unpacked(handle, codec) as stream:
            while content := stream.read(_PIECE):
                whole = (rest + content).splitlines(keepends=True)
                rest = b"" if whole[-1].endswith(b"\n") else whole.pop()
                yield from whole
        if rest:
            yield rest


def tables(uri: str) -> Iterator[pa.Table]:
    """The rows of a Parquet file, some at a time. Raises RunError when it cannot be read."""
    try:
        with storage.open_file(uri) as handle:
            file = open_parquet(handle)
            for batch in batches(file, _ROWS):
                yield pa.Table.from_batches([batch])
    except pa.ArrowException as error:
        raise RunError(f"{uri}: is not a readable Parquet file ({error}); remove it, then run again") from None


def write_lines(uri: str, kept: Iterator[bytes]) -> None:
    """Write a file of lines anew, compressed as its name says; the old one stands until the new one is complete."""
    codec = archives.codec_named(uri)[1]
    with StreamWriter(uri) as writer:
        if not codec:
            for line in kept:
                writer.write(line)
            return
        with archives.packing(_Sink(writer), codec) as stream:
            for line in kept:
                stream.write(line)


def write_tables(uri: str, schema: pa.Schema, kept: Iterator[pa.Table]) -> None:
    """Write a Parquet file anew; the old one stands until the new one is complete."""
    with StreamWriter(uri) as writer, pq.ParquetWriter(pa.PythonFile(_Sink(writer), "w"), schema, compression="zstd") as file:
        for table in kept:
            file.write_table(table)


class _Sink:
    """A stream writer as Arrow wants it; who opened the writer closes it."""

    closed = False

    def __init__(self, writer: StreamWriter) -> None:
        self._writer = writer

    def write(self, content: bytes) -> int:
        self._writer.write(bytes(content))
        return len(content)

    def tell(self) -> int:
        return self._writer.size

    def flush(self) -> None:
        pass

    def close(self) -> None:
        pass
