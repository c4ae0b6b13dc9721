"""The content of a file in pieces, out of what it is packed in: compressed streams, zip and tar archives, tables, databases.

Nothing is written under a name that an archive gives. Memory: a few MiB, and a small database that lies in an archive; what
must be read twice goes to an unnamed temporary file, which is gone when it is closed, also by a kill. An archive may be made to
unpack to any size: a :class:`Reading` says how much is allowed, and what in a file could not be read.
"""

from __future__ import annotations

import contextlib
import shutil
import sqlite3
import tarfile
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import IO, Any, cast

import pyarrow as pa

from attune.storage.archives import PARQUET, SQLITE, START, UNREADABLE, blobs, is_sealed, kind_of, leaves, unpacked
from attune.storage.parquet import batches, open_parquet

OVERLAP = 512  # bytes that two consecutive pieces share: longer than any search term
ALWAYS_BYTES, TIMES_PACKED = 256 << 20, 100  # a file may unpack to so many bytes, and so many times its own size on top
DEEPEST = 32  # archives inside one another
LARGEST_DATABASE = 256 << 20  # bytes of a database inside an archive, which is read in memory
TABLES = "SELECT name FROM sqlite_master WHERE type = 'table' AND substr(name, 1, 7) != 'sqlite_'"

TOO_LARGE = f"unpacks to more than {ALWAYS_BYTES >> 20} MiB and {TIMES_PACKED} times its size"
TOO_DEEP = f"holds archives more than {DEEPEST} deep"
SEALED = "holds something encrypted, or of a kind that is not read, such as 7z, RAR, PDF or DuckDB"
DAMAGED = "is damaged, or holds something that is"
HIDDEN = "holds an archive with a zip archive behind other content"
_END_OF_ZIP = b"PK\x05\x06"
_LARGEST_READ = 256 << 20  # bytes that an archive's own lists and names may have
_UNBOUNDED_STEP = 4_096  # zipfile unpacks all that it reads of these kinds at once
_PIECE = 1 << 22
_ROWS = 2_000
_IN_MEMORY = 1 << 24
_MEMBER_BYTES = 512  # what a member of an archive counts for, however little it holds


class LimitExceededError(Exception):
    """A file unpacks to more than a reading allows."""


class _BoundedFile:
    """An open file for the readers of archives, which read names and lists of any length in one go."""

    def __init__(self, handle: IO[bytes]) -> None:
        self._handle = handle
        self.seek, self.tell, self.seekable = handle.seek, handle.tell, handle.seekable

    def read(self, size: int = -1) -> bytes:
        """As of the file. Raises LimitExceededError when an archive asks for more than a list can need."""
        if size > _LARGEST_READ:
            raise LimitExceededError
        return self._handle.read(_LARGEST_READ if size < 0 else size)


@dataclass
class Reading:
    """One reading of a file.

    Attributes:
        most: bytes that it may unpack to.
        unread: why parts of it could not be read; empty when all was.
    """

    most: int
    unread: set[str] = field(default_factory=set)
    _taken: int = 0

    def take(self, size: int) -> None:
        """Count unpacked bytes. Raises LimitExceededError when they are too many."""
        self._taken += size
        if self._taken > self.most:
            raise LimitExceededError


def reading_of(handle: IO[bytes]) -> Reading:
    """A reading for an open file, with the limit that follows from its size."""
    size = handle.seek(0, 2)
    handle.seek(0)
    return Reading(ALWAYS_BYTES + TIMES_PACKED * size)


class CountedStream:
    """A stream whose bytes a reading counts."""

    def __init__(self, stream: Any, reading: Reading, step: int = _PIECE) -> None:
        self._stream, self._reading, self._step = stream, reading, step

    def read(self, size: int) -> bytes:
        """As of the stream, and at most ``step`` bytes. Raises LimitExceededError when the reading allows no more."""
        content: bytes = self._stream.read(min(size, self._step))
        self._reading.take(len(content))
        return content


def search_pieces(handle: IO[bytes], reading: Reading) -> Iterator[bytes]:
    """The content of an open file in overlapping pieces; of an archive also the content, names and comments of its members.

    What cannot be unpacked is given as it is, and ``reading.unread`` says why.
    """
    start = handle.read(START)
    packed = bool(kind_of(start)) or is_zip(handle)
    handle.seek(0)
    yield from overlapping(handle)  # comments, gaps, and what an archive does not list
    if is_sealed(start):
        reading.unread.add(SEALED)
    elif packed:
        handle.seek(0)
        try:
            yield from _unpacked_pieces(handle, reading, 0)
        except LimitExceededError:
            reading.unread.add(TOO_LARGE)
        except UNREADABLE:
            reading.unread.add(DAMAGED)


def overlapping(handle: Any, first: bytes = b"") -> Iterator[bytes]:
    """The rest of ``handle`` in overlapping pieces; ``first`` was read from it before."""
    last = b""
    content = first or handle.read(_PIECE)
    while content:
        piece = last + content
        yield piece
        last = piece[-OVERLAP:]
        content = handle.read(_PIECE)


def is_zip(handle: IO[bytes]) -> bool:
    """Whether it ends as a zip archive does, whatever stands before it."""
    handle.seek(0)
    try:
        return zipfile.is_zipfile(handle)
    except (OSError, ValueError):  # some stores refuse to seek before the start of a short file
        return False


def _unpacked_pieces(handle: IO[bytes], reading: Reading, depth: int) -> Iterator[bytes]:
    handle.seek(0)
    start = handle.read(START)
    kind = kind_of(start) or ("zip" if is_zip(handle) else "")
    handle.seek(0)
    reader = _READERS.get(kind)
    if reader is not None:
        yield from reader(handle, reading, depth)
    elif kind:
        with unpacked(handle, kind) as stream:
            yield from _inside(CountedStream(stream, reading), reading, depth)
    else:
        yield from overlapping(CountedStream(handle, reading))


def _inside(stream: Any, reading: Reading, depth: int) -> Iterator[bytes]:
    """The content of a stream that cannot seek."""
    first = stream.read(_PIECE)
    if is_sealed(first[:START]):
        reading.unread.add(SEALED)
    if kind_of(first):
        with _spooled(stream, first) as whole:
            yield from _nested(whole, reading, depth)
        return
    for piece in overlapping(stream, first):
        if _END_OF_ZIP in piece:
            reading.unread.add(HIDDEN)
        yield piece


@contextlib.contextmanager
def _spooled(stream: Any, first: bytes) -> Iterator[IO[bytes]]:
    with tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY) as whole:
        whole.write(first)
        shutil.copyfileobj(stream, whole, _PIECE)
        whole.seek(0)
        yield whole


def _nested(whole: IO[bytes], reading: Reading, depth: int) -> Iterator[bytes]:
    yield from overlapping(whole)
    if depth + 1 >= DEEPEST:
        reading.unread.add(TOO_DEEP)
        return
    try:
        yield from _unpacked_pieces(whole, reading, depth + 1)
    except UNREADABLE:
        reading.unread.add(DAMAGED)


def _zipped(handle: IO[bytes], reading: Reading, depth: int) -> Iterator[bytes]:
    with zipfile.ZipFile(cast("IO[bytes]", _BoundedFile(handle))) as archive:
        yield archive.comment
        for member in archive.infolist():  # not by name: two members may have one
            reading.take(_MEMBER_BYTES)
            yield member.filename.encode("utf-8", "surrogateescape") + b"\n" + member.comment
            if member.flag_bits & 1:
                reading.unread.add(SEALED)
                continue
            try:
                bounded = member.compress_type in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}
                with archive.open(member) as content:
                    counted = CountedStream(content, reading, _PIECE if bounded else _UNBOUNDED_STEP)
                    yield from _inside(counted, reading, depth)
            except UNREADABLE:
                reading.unread.add(DAMAGED)


def _tarred(handle: IO[bytes], reading: Reading, depth: int) -> Iterator[bytes]:
    file = cast("IO[bytes]", _BoundedFile(handle))
    with tarfile.open(fileobj=file, mode="r:", ignore_zeros=True) as archive:  # several may stand one after the other
        for member in archive:
            reading.take(_MEMBER_BYTES)
            yield f"{member.name}\n{member.linkname}".encode("utf-8", "surrogateescape")
            try:
                content = archive.extractfile(member) if member.isfile() else None
                if content is not None:
                    with content:
                        yield from _inside(CountedStream(content, reading), reading, depth)
            except UNREADABLE:
                reading.unread.add(DAMAGED)


def _dumped(handle: IO[bytes], reading: Reading, depth: int) -> Iterator[bytes]:
    del depth
    content = handle.read(LARGEST_DATABASE + 1)
    if len(content) > LARGEST_DATABASE:
        raise LimitExceededError
    with contextlib.closing(sqlite3.connect(":memory:")) as database:
        database.deserialize(content)
        database.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, LARGEST_DATABASE)  # a computed column may be of any length
        database.text_factory = bytes
        for (name,) in database.execute(TABLES).fetchall():
            quoted = name.decode("utf-8", "replace").replace('"', '""')
            for row in database.execute(f'SELECT * FROM "{quoted}"'):  # noqa: S608 - a name of the database itself
                text = b"\n".join(cell for cell in row if isinstance(cell, bytes))
                reading.take(len(text))
                yield text


def _parquet(handle: IO[bytes], reading: Reading, depth: int) -> Iterator[bytes]:
    del depth
    for batch in batches(open_parquet(handle), _ROWS):
        yield from _texts(batch, reading)


def _arrow_file(handle: IO[bytes], reading: Reading, depth: int) -> Iterator[bytes]:
    del depth
    reader = pa.ipc.open_file(pa.PythonFile(handle, "r"))
    for number in range(reader.num_record_batches):
        yield from _texts(reader.get_batch(number), reading)


def _arrow_stream(handle: IO[bytes], reading: Reading, depth: int) -> Iterator[bytes]:
    del depth
    for batch in pa.ipc.open_stream(pa.PythonFile(handle, "r")):
        yield from _texts(batch, reading)


def _texts(batch: Any, reading: Reading) -> Iterator[bytes]:
    for column in batch.columns:
        for leaf in leaves(column):
            text = "\n".join(value for value in leaf.to_pylist() if value is not None).encode("utf-8", "surrogateescape")
            reading.take(len(text))
            yield text
        for leaf in blobs(column):
            for value in leaf.to_pylist():
                if value is not None:
                    reading.take(len(value))
                    yield value


_READERS: dict[str, Callable[[IO[bytes], Reading, int], Iterator[bytes]]] = {
    "zip": _zipped,
    "tar": _tarred,
    SQLITE: _dumped,
    PARQUET: _parquet,
    "arrow": _arrow_file,
    "arrow stream": _arrow_stream,
}
