"""Compressed streams and the kinds of files: the first bytes of a file decide what it is, whatever its name says."""

from __future__ import annotations

import bz2
import contextlib
import gzip
import io
import lzma
import re
import sqlite3
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from typing import IO, Any

import pyarrow as pa

START = 512  # first bytes that are enough to recognize a file
PARQUET, SQLITE = "parquet", "sqlite"
UNREADABLE = (
    zipfile.BadZipFile, zipfile.LargeZipFile, tarfile.TarError, lzma.LZMAError, zlib.error, struct.error, pa.ArrowException,
    sqlite3.Error, EOFError, NotImplementedError, RuntimeError, ValueError, OSError, LookupError, ArithmeticError, TypeError,
    AttributeError, AssertionError, MemoryError,
)  # fmt: skip
_PACKED = 1 << 16
_LONGEST_MAGIC = 6
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
_UNREADABLE_KINDS = (
    b"7z\xbc\xaf\x27\x1c", b"Rar!\x1a\x07", b"%PDF-", b"age-encryption.org/", b"Salted__", b"-----BEGIN PGP MESSAGE", b"PARE",
    b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"\x1f\x9d", b"LZIP", b"\xff\x06\x00\x00sNaPpY", b"\x89HDF\r\n\x1a\n", b"Obj\x01",
    b"MSCF\0", b"xar!", b"\x89LZO", b"x\x9c", b"x\xda", b"\x5d\x00\x00", b"\xff\xfe", b"\xfe\xff",
)  # fmt: skip
_ORC = b"ORC"
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


def is_sealed(start: bytes) -> bool:
    """Whether a file, by its first bytes, is encrypted, or of a kind that is not read here; text in UTF-16 is such a kind."""
    place, magic = _DUCKDB
    if start.startswith(_ORC) and b"\0" in start:
        return True
    return start.startswith(_UNREADABLE_KINDS) or start[place : place + len(magic)] == magic


_DECODERS: dict[str, Callable[[], Any]] = {
    "gzip": lambda: zlib.decompressobj(wbits=31),
    "bz2": bz2.BZ2Decompressor,
    "xz": lzma.LZMADecompressor,
}


class _LenientStream:
    """Reads compressed streams one after the other; of one that was cut off it gives what is left, without an error.

    Memory: what is asked for, and one piece of compressed content, however much that unpacks to.
    """

    def __init__(self, handle: IO[bytes], decoder: Callable[[], Any]) -> None:
        self._handle, self._make = handle, decoder
        self._decoder = decoder()
        self._packed = b""

    def read(self, size: int) -> bytes:
        """At most ``size`` bytes of the content, fewer at the end; empty when there are no more."""
        found: list[bytes] = []
        left = size
        while left > 0 and self._ready():
            content = self._decoder.decompress(self._packed, left)
            self._packed = getattr(self._decoder, "unconsumed_tail", b"")  # only zlib hands back what it has no room for
            if self._decoder.eof:
                self._packed = self._decoder.unused_data
            found.append(content)
            left -= len(content)
        return b"".join(found)

    def _ready(self) -> bool:
        """Whether the decoder has something to work on; starts the next stream where one has ended."""
        if self._decoder.eof:
            while not (packed := self._packed.lstrip(b"\0")):  # padding
                if not (packed := self._handle.read(_PACKED)):
                    return False
                self._packed = packed
            self._packed = packed if len(packed) > _LONGEST_MAGIC else packed + self._handle.read(_PACKED)
            if not codec_of(self._packed):
                return False
            self._decoder = self._make()
            return True
        if self._packed or not getattr(self._decoder, "needs_input", True):
            return True
        self._packed = self._handle.read(_PACKED)
        return bool(self._packed)


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
    elif pa.types.is_large_string(kind) or pa.types.is_string(kind) or pa.types.is_string_view(kind):
        yield array.cast(pa.string())


def blobs(array: Any) -> Iterator[Any]:
    """The arrays of bytes inside an array."""
    kind = array.type
    if pa.types.is_dictionary(kind):
        yield from blobs(array.dictionary)
    elif pa.types.is_struct(kind):
        for child in array.flatten():
            yield from blobs(child)
    elif pa.types.is_map(kind):
        yield from blobs(array.keys)
        yield from blobs(array.items)
    elif pa.types.is_list(kind) or pa.types.is_large_list(kind) or pa.types.is_fixed_size_list(kind):
        yield from blobs(array.flatten())
    elif (
        pa.types.is_binary(kind) or pa.types.is_large_binary(kind) or pa.types.is_fixed_size_binary(kind)
        or pa.types.is_binary_view(kind)
    ):  # fmt: skip
        yield array
