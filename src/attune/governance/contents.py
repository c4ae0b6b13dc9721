"""What files hold, read piece by piece: Parquet by rows, everything else by bytes, out of its compression or archive.

Memory: a few MiB, however large a file is.
"""

from __future__ import annotations

import contextlib
import zipfile
from collections.abc import Iterator
from typing import IO, Any

import pyarrow as pa
import pyarrow.parquet as pq

from attune.core import storage
from attune.core.errors import RunError
from attune.core.parquet import batches, open_parquet
from attune.core.stream import StreamWriter

OVERLAP = 256  # bytes that two pieces share: longer than any id, and than any piece of text that is looked for
_PIECE = 1 << 22
_ROWS = 2_000
_SQLITE = b"SQLite format 3\0"
_PARQUET = b"PAR1"
_UNREADABLE = (zipfile.BadZipFile, pa.ArrowException, EOFError, NotImplementedError, RuntimeError, OSError)
_CODECS = ((".gz", "gzip"), (".zst", "zstd"))


@contextlib.contextmanager
def opened(uri: str) -> Iterator[IO[bytes]]:
    """A file to read from, at any place in it."""
    with storage.explained(uri):
        handle: IO[bytes]
        if storage.is_remote(uri):
            import fsspec

            handle = fsspec.open(uri, "rb").open()
        else:
            handle = storage.local_path(uri).open("rb")
    with handle:
        yield handle


def kind_of(uri: str) -> str:
    """``parquet``, ``sqlite``, or empty for everything else; by the first bytes, whatever the name says."""
    with opened(uri) as handle:
        start = handle.read(len(_SQLITE))
    return "parquet" if start.startswith(_PARQUET) else "sqlite" if start == _SQLITE else ""


def packing(uri: str) -> tuple[str, str]:
    """The name without the ending of its compression, and the compression."""
    for ending, codec in _CODECS:
        if uri.endswith(ending):
            return uri.removesuffix(ending), codec
    return uri, ""


def is_archive(uri: str) -> bool:
    """Whether it is a zip archive."""
    with opened(uri) as handle:
        return zipfile.is_zipfile(handle)


def is_lines(uri: str) -> bool:
    """Whether it is a file of lines, by its name, and its compression can be read to the end."""
    if not packing(uri)[0].endswith(".jsonl") or is_archive(uri):
        return False
    try:
        return all(True for _ in _unpacked(uri))
    except _UNREADABLE:
        return False


def pieces(uri: str) -> Iterator[bytes]:
    """The content in pieces that overlap, without compression; of a zip archive the content of its files, and their names."""
    try:
        yield from _unpacked(uri)
    except _UNREADABLE:
        with opened(uri) as handle:  # not what its name says, or locked with a password
            yield from _overlapping(handle)


def _unpacked(uri: str) -> Iterator[bytes]:
    codec = packing(uri)[1]
    with opened(uri) as handle:
        if codec:
            with pa.CompressedInputStream(pa.PythonFile(handle, "r"), codec) as stream:
                yield from _overlapping(stream)
        elif zipfile.is_zipfile(handle):
            with zipfile.ZipFile(handle) as archive:
                yield "\n".join(archive.namelist()).encode()
                for name in archive.namelist():
                    with archive.open(name) as member:
                        yield from _overlapping(member)
        else:
            handle.seek(0)
            yield from _overlapping(handle)


def _overlapping(handle: Any) -> Iterator[bytes]:
    last = b""
    while content := handle.read(_PIECE):
        piece = last + content
        yield piece
        last = piece[-OVERLAP:]


def lines(uri: str) -> Iterator[bytes]:
    """The lines of a file, with their ends, without compression."""
    codec = packing(uri)[1]
    with opened(uri) as handle:
        if not codec:
            yield from handle
            return
        rest = b""
        with pa.CompressedInputStream(pa.PythonFile(handle, "r"), codec) as stream:
            while content := stream.read(_PIECE):
                whole = (rest + content).splitlines(keepends=True)
                rest = b"" if whole[-1].endswith(b"\n") else whole.pop()
                yield from whole
        if rest:
            yield rest


def tables(uri: str) -> Iterator[pa.Table]:
    """The rows of a Parquet file, some at a time. Raises RunError when it cannot be read."""
    try:
        with opened(uri) as handle:
            file = open_parquet(handle)
            for batch in batches(file, _ROWS):
                yield pa.Table.from_batches([batch])
    except pa.ArrowException as error:
        raise RunError(f"{uri}: is not a readable Parquet file ({error}); remove it, then run again") from None


def write_lines(uri: str, kept: Iterator[bytes]) -> None:
    """Write a file of lines anew, compressed as its name says; the old one stands until the new one is complete."""
    codec = packing(uri)[1]
    with StreamWriter(uri) as writer:
        if not codec:
            for line in kept:
                writer.write(line)
            return
        with pa.CompressedOutputStream(pa.PythonFile(_Sink(writer), "w"), codec) as stream:
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
