"""What packed files hold: compressed streams, zip and tar archives, one inside another, and the tables and databases in them.

Everything is told by its first bytes, whatever a name says. Memory: a few MiB, and a database that lies in an archive; what
must be read twice goes to an unnamed temporary file, which is gone when it is closed, also by a kill.
"""

from __future__ import annotations

import bz2
import contextlib
import lzma
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

OVERLAP = 512  # bytes that two pieces share: longer than any id, and than any piece of text that is looked for
START = 512  # bytes that tell what a file is
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


def codec_of(start: bytes) -> str:
    """How a file that starts so is compressed; empty when it is not."""
    return next((codec for magic, codec in _CODECS if start.startswith(magic)), "")


def codec_named(uri: str) -> tuple[str, str]:
    """A name without the ending of its compression, and the compression."""
    return next(((uri.removesuffix(ending), codec) for ending, codec in _ENDINGS if uri.endswith(ending)), (uri, ""))


def kind_of(start: bytes) -> str:
    """What a file that starts so holds, when that must be unpacked to be read: a codec, or a kind of table or archive."""
    place, magic = _TAR
    if start[place : place + len(magic)] == magic:
        return "tar"
    return codec_of(start) or next((kind for magic, kind in _KINDS if start.startswith(magic)), "")


def is_sealed(handle: IO[bytes]) -> bool:
    """Whether nothing can be told of what a file holds: it is encrypted, or of a kind that is not read here."""
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
    """The content of an opened file in pieces that overlap: of what is packed, what is inside, and the names of it.

    Raises:
        UNREADABLE: it is not what its first bytes say.
    """
    start = handle.read(START)
    kind = kind_of(start) if depth < _DEEPEST else ""
    handle.seek(0)
    if not kind and zipfile.is_zipfile(handle):
        kind = "zip"  # with something before it
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


class _Unpacked:
    """Reads compressed streams, one after the other, as far as they go: of one that was cut off, what there is of it."""

    def __init__(self, handle: IO[bytes], decoder: Callable[[], Any]) -> None:
        self._handle, self._make = handle, decoder
        self._decoder = decoder()
        self._rest = b""

    def read(self, size: int) -> bytes:
        """Some of the content, rather more than less of ``size``; nothing at the end."""
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
    """The content of a compressed stream, to be read from start to end."""
    if codec in _DECODERS:
        yield _Unpacked(handle, _DECODERS[codec])
    else:
        with pa.CompressedInputStream(pa.PythonFile(handle, "r"), codec) as stream:
            yield stream


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
    """What can be read from ``handle``, in pieces that overlap; ``first`` was read before."""
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
    """What a stream holds, which cannot go back."""
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
