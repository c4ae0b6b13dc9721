"""Archive reader: compressed streams, zip and tar archives, one inside another, and the tables and databases in them.

The first bytes of a file decide how it is read, whatever its name says. Memory: a few MiB, and a database that lies in an
archive; what must be read twice goes to an unnamed temporary file, which is gone when it is closed, also by a kill.
"""

from __future__ import annotations

import bz2
import contextlib
import gzip
import io
import lzma
import re
import shutil
import sqlite3
import tarfile
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from typing import IO, Any

import pyarrow as pa

from attune.storage.parquet import batches, open_parquet

OVERLAP = 512  # bytes that two consecutive pieces share: longer than any search term
START = 512  # first bytes that are enough to recognize a file
PARQUET, SQLITE = "parquet", "sqlite"
UNREADABLE = (
    zipfile.BadZipFile, tarfile.TarError, lzma.LZMAError, zlib.error, pa.ArrowException, sqlite3.Error, EOFError,
    NotImplementedError, RuntimeError, ValueError, OSError,
)  # fmt: skip
_PIECE = 1 << 22
_PACKED = 1 << 16
_ROWS = 2_000
_DEEPEST = 32
_IN_MEMORY = 1 << 24
_BUFFER = 1 << 18
_SKIPPABLE = re.compile(rb"[\x50-\x5f]\x2a\x4d\x18")  # a zstd frame without content, with which some writers begin
_CODECS = (
    (b"\x1f\x8b", "gzip"),
    (b"\x28\xb5\x2f\xfd", "zstd"),
    (b"BZh", "bz2"),
    (b"\xfd7zXZ\0", "xz"),
    (b"\x04\x22\x4d\x18", "lz4"),
)
_ENDINGS = ((".gz", "gzip"), (".zst", "zstd"), (".bz2", "bz2"), (".xz", "xz"), (".lz4", "lz4"))
_KINDS = (
    (b"PAR1", PARQUET), (b"SQLite format 3\0", SQLITE), (b"ARROW1", "arrow"), (b"\xff\xff\xff\xff", "arrow stream"),
    (b"PK\x03\x04", "zip"),
)  # fmt: skip
_TAR = (257, b"ustar")
_SEALED = (b"7z\xbc\xaf\x27\x1c", b"Rar!\x1a\x07", b"%PDF-", b"age-encryption.org/", b"Salted__", b"-----BEGIN PGP MESSAGE")
_DUCKDB = (8, b"DUCK")


class DamagedArchiveError(Exception):
    """Compressed content that is damaged or cut off; what was read before the damage is right."""


def codec_of(start: bytes) -> str:
    """The compression of a file, by its first bytes; empty when it is not compressed."""
    if _SKIPPABLE.match(start):
        return "zstd"
    return next((codec for magic, codec in _CODECS if start.startswith(magic)), "")


def codec_named(uri: str) -> tuple[str, str]:
    """The name without the ending of its compression, and the compression; empty where the name has no such ending."""
    return next(((uri.removesuffix(ending), codec) for ending, codec in _ENDINGS if uri.endswith(ending)), (uri, ""))


def kind_of(start: bytes) -> str:
    """The kind of a compressed file, table, database or archive, by its first bytes; empty for any other file."""
    place, magic = _TAR
    if start[place : place + len(magic)] == magic:
        return "tar"
    return codec_of(start) or next((kind for magic, kind in _KINDS if start.startswith(magic)), "")


def is_sealed(handle: IO[bytes]) -> bool:
    """Whether the content of a file cannot be searched: it is encrypted, or of a kind that is not read here."""
    start = handle.read(START)
    place, magic = _DUCKDB
    if start.startswith(_SEALED) or start[place : place + len(magic)] == magic:
        return True
    handle.seek(0)
    if not zipfile.is_zipfile(handle):
        return False
    try:
        with zipfile.ZipFile(handle) as archive:
            return any(member.flag_bits & 1 for member in archive.infolist())
    except UNREADABLE:
        return True


def pieces(handle: IO[bytes], depth: int = 0) -> Iterator[bytes]:
    """The content of an open file in overlapping pieces; of an archive, the content and the names of its members.

    Raises:
        UNREADABLE: the content is not of the kind that its first bytes say.
    """
    start = handle.read(START)
    kind = kind_of(start) if depth < _DEEPEST else ""
    handle.seek(0)
    if not kind and zipfile.is_zipfile(handle):
        kind = "zip"  # with other bytes before it
    handle.seek(0)
    if kind == "zip":
        yield from _zipped(handle, depth)
    elif kind == "tar":
        yield from _tarred(handle, depth)
    elif kind == SQLITE:
        yield from _dumped(handle.read())
    elif kind == PARQUET:
        yield from (text for batch in batches(open_parquet(handle), _ROWS) for text in _texts(batch))
    elif kind == "arrow":
        reader = pa.ipc.open_file(pa.PythonFile(handle, "r"))
        yield from (text for number in range(reader.num_record_batches) for text in _texts(reader.get_batch(number)))
    elif kind == "arrow stream":
        yield from (text for batch in pa.ipc.open_stream(pa.PythonFile(handle, "r")) for text in _texts(batch))
    elif kind:
        with unpacked(handle, kind) as stream:
            yield from _inside(stream, depth)
    else:
        yield from overlapping(handle)


_DECODERS: dict[str, Callable[[], Any]] = {
    "gzip": lambda: zlib.decompressobj(wbits=31),
    "bz2": bz2.BZ2Decompressor,
    "xz": lzma.LZMADecompressor,
}


class _LenientStream:
    """Reads compressed streams one after the other; of one that was cut off it gives what is left, without an error."""

    def __init__(self, handle: IO[bytes], decoder: Callable[[], Any]) -> None:
        self._handle, self._make = handle, decoder
        self._decoder = decoder()
        self._rest = b""

    def read(self, size: int) -> bytes:
        """About ``size`` bytes of the content, or more; empty at the end."""
        found: list[bytes] = []
        while sum(map(len, found)) < size:
            packed = self._rest or self._handle.read(_PACKED)
            if self._decoder.eof:
                packed = packed.lstrip(b"\0")  # padding
                self._decoder = self._make() if codec_of(packed) else self._decoder
            if not packed or self._decoder.eof:
                break
            found.append(self._decoder.decompress(packed))
            self._rest = self._decoder.unused_data
        return b"".join(found)


@contextlib.contextmanager
def unpacked(handle: IO[bytes], codec: str) -> Iterator[Any]:
    """The content of a compressed stream from start to end, also where it was cut off; see :func:`checked_stream`."""
    if codec in _DECODERS:
        yield _LenientStream(handle, _DECODERS[codec])
    else:
        with pa.CompressedInputStream(pa.PythonFile(handle, "r"), codec) as stream:
            yield stream


class _CheckedStream(io.RawIOBase):
    """A stream that raises DamagedArchiveError where a decompressor raises something that says nothing to a reader."""

    def __init__(self, stream: Any) -> None:
        # `read1` returns what was decompressed before the damage, which `read` would throw away.
        self._read = stream.read1 if isinstance(stream, gzip.GzipFile) else stream.read

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        try:
            taken = self._read(len(buffer))
        except EOFError:
            raise DamagedArchiveError("the compressed file ends early; what follows is lost") from None
        except (zlib.error, gzip.BadGzipFile, pa.ArrowException, OSError):
            raise DamagedArchiveError("the compressed file is damaged or ends early; what follows is lost") from None
        buffer[: len(taken)] = taken
        return len(taken)


def checked_stream(handle: IO[bytes]) -> IO[bytes]:
    """The content of an open file, decompressed where it is gzip or zstd, whatever its name says.

    Reading raises DamagedArchiveError where the compressed content is damaged or cut off.
    """
    codec = codec_of(handle.read(4))
    handle.seek(0)
    if codec == "gzip":
        return io.BufferedReader(_CheckedStream(gzip.GzipFile(fileobj=handle)), _BUFFER)
    if codec == "zstd":
        return io.BufferedReader(_CheckedStream(pa.CompressedInputStream(pa.PythonFile(handle, mode="r"), "zstd")), _BUFFER)
    return handle


@contextlib.contextmanager
def packing(sink: Any, codec: str) -> Iterator[Any]:
    """A stream that compresses what is written to it."""
    if codec == "xz":
        with lzma.LZMAFile(sink, "w") as file:
            yield file
    else:
        with pa.CompressedOutputStream(pa.PythonFile(sink, "w"), codec) as stream:
            yield stream


def overlapping(handle: Any, first: bytes = b"") -> Iterator[bytes]:
    """The rest of ``handle`` in overlapping pieces; ``first`` was read from it before."""
    last = b""
    content = first or handle.read(_PIECE)
    while content:
        piece = last + content
        yield piece
        last = piece[-OVERLAP:]
        content = handle.read(_PIECE)


def leaves(array: Any) -> Iterator[Any]:
    """The arrays of strings inside an array."""
    kind = array.type
    if pa.types.is_dictionary(kind):
        yield from leaves(array.dictionary)
    elif pa.types.is_struct(kind):
        for child in array.flatten():
            yield from leaves(child)
    elif pa.types.is_map(kind):
        yield from leaves(array.keys)
        yield from leaves(array.items)
    elif pa.types.is_list(kind) or pa.types.is_large_list(kind) or pa.types.is_fixed_size_list(kind):
        yield from leaves(array.flatten())
    elif pa.types.is_large_string(kind) or pa.types.is_string(kind):
        yield array.cast(pa.string())


def _inside(stream: Any, depth: int) -> Iterator[bytes]:
    """The content of a stream that cannot seek."""
    first = stream.read(_PIECE)
    if not kind_of(first):
        yield from overlapping(stream, first)
        return
    with tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY) as whole:
        whole.write(first)
        shutil.copyfileobj(stream, whole, _PIECE)
        whole.seek(0)
        try:
            yield from pieces(whole, depth + 1)
        except UNREADABLE:
            whole.seek(0)
            yield from overlapping(whole)


def _zipped(handle: IO[bytes], depth: int) -> Iterator[bytes]:
    with zipfile.ZipFile(handle) as archive:
        yield "\n".join(archive.namelist()).encode()
        for name in archive.namelist():
            with archive.open(name) as member:
                yield from _inside(member, depth)


def _tarred(handle: IO[bytes], depth: int) -> Iterator[bytes]:
    with tarfile.open(fileobj=handle, mode="r:") as archive:
        for member in archive:
            yield f"{member.name}\n{member.linkname}".encode("utf-8", "surrogateescape")
            content = archive.extractfile(member) if member.isfile() else None
            if content is not None:
                with content:
                    yield from _inside(content, depth)


def _dumped(content: bytes) -> Iterator[bytes]:
    with contextlib.closing(sqlite3.connect(":memory:")) as database:
        database.deserialize(content)
        database.text_factory = bytes
        query = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
        for (name,) in database.execute(query).fetchall():
            quoted = name.decode().replace('"', '""')
            for row in database.execute(f'SELECT * FROM "{quoted}"'):  # noqa: S608 - a name of the database itself
                yield b"\n".join(cell for cell in row if isinstance(cell, bytes))


def _texts(batch: Any) -> Iterator[bytes]:
    for column in batch.columns:
        for leaf in leaves(column):
            yield "\n".join(value for value in leaf.to_pylist() if value is not None).encode("utf-8", "surrogateescape")
