"""Finds and takes out what other files hold of a person: databases, JSON Lines, Parquet, reports, caches, compressed or not.

Ids are looked for as whole words, texts by a long piece of each. What can be rewritten without the person is: rows of tables,
lines of JSON Lines; ids in reports are replaced. A file that holds a text of theirs in any other form is removed: nothing that
Attune derives is worth keeping with it.
"""

from __future__ import annotations

import contextlib
import io
import re
import sqlite3
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Literal

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from attune.core import storage
from attune.core.errors import RunError
from attune.core.parquet import read_table
from attune.governance.person import Traces
from attune.governance.rewrite import without

ERASED = b"erased"
_WEIGHTS = (".safetensors", ".pt", ".pth", ".ckpt", ".gguf")
_WORD = re.compile(rb"[A-Za-z0-9_\-]+")
_PLAIN = re.compile(r"[A-Za-z0-9 ,.]+")
_PROBE = (28, 80)  # characters of a piece of text that stands for all of it
_CHUNK = 1 << 22
_OVERLAP = 256
_OF_DATABASES = ("-wal", "-shm", "-journal")
_SQLITE = b"SQLite format 3\0"
_PARQUET = b"PAR1"

Kind = Literal["rewritten", "removed"]


@dataclass(frozen=True)
class Needles:
    """What to look for: ids as whole words, and pieces of texts."""

    ids: frozenset[bytes]
    texts: tuple[bytes, ...]

    def __bool__(self) -> bool:
        return bool(self.ids)

    def named(self, content: bytes) -> set[bytes]:
        """The ids in ``content``."""
        found: set[bytes] = set()
        for start in range(0, max(1, len(content)), _CHUNK):
            found |= self.ids.intersection(_WORD.findall(content, max(0, start - _OVERLAP), start + _CHUNK))
        return found

    def quoted(self, content: bytes) -> bool:
        """Whether a piece of text is in ``content``."""
        return any(text in content for text in self.texts)

    def found(self, content: bytes) -> bool:
        """Whether anything is in ``content``."""
        return bool(self.named(content)) or self.quoted(content)


def needles(traces: Traces, messages: Iterable[str], keys: Iterable[str] = ()) -> Needles:
    """What to look for, from the traces of a person, what they wrote, and the keys under which caches know that."""
    pieces = {_probe(message) for message in messages} - {b""}
    return Needles(frozenset(identifier.encode() for identifier in (*traces.ids, *keys)), tuple(sorted(pieces)))


def _probe(message: str) -> bytes:
    """The longest run of a message that reads the same in JSON, HTML and plain text; empty when it is too short to be told."""
    least, most = _PROBE
    longest = max(_PLAIN.findall(message), key=len, default="").strip()
    return longest[:most].encode() if len(longest) >= least else b""


def is_searched(uri: str) -> bool:
    """Whether a file may hold ids or texts; the weights of a model do not in any form that could be found."""
    return not uri.endswith(_WEIGHTS)


def holds(uri: str, looked_for: Needles) -> bool:
    """Whether a file holds anything of what is looked for."""
    if looked_for.named(uri.encode()):
        return True
    content = storage.read_bytes(uri)
    if content.startswith(_PARQUET):
        return _in_table(_table(uri, content), looked_for)
    if content.startswith(_SQLITE):
        with _database(uri, content) as database:
            return any(_rows(database, table, looked_for) for table in _tables(database))
    return any(looked_for.found(part) for part in _plain(uri, content))


def scrub(uri: str, traces: Traces, looked_for: Needles) -> Kind | None:
    """Take what is looked for out of a file; says what became of it, None when there was nothing."""
    if looked_for.named(uri.encode()):
        storage.remove(uri)
        return "removed"
    if uri.endswith(_OF_DATABASES):
        return None  # they belong to the database beside them, which empties them when it is cleaned
    content = storage.read_bytes(uri)
    if content.startswith(_PARQUET):
        return _scrub_table(uri, content, traces, looked_for)
    if content.startswith(_SQLITE):
        return _scrub_database(uri, looked_for)
    parts = list(_plain(uri, content))
    if not any(looked_for.found(part) for part in parts):
        return None
    base, packed = _packing(uri)
    if base.endswith(".jsonl") and len(parts) == 1:
        lines = parts[0].splitlines(keepends=True)
        kept = [line for line in lines if not looked_for.found(line)]
        storage.write_bytes(uri, _pack(b"".join(kept), packed))
        return "rewritten"
    if packed or len(parts) != 1 or looked_for.quoted(parts[0]) or base.endswith(".zip"):
        storage.remove(uri)
        return "removed"
    storage.write_bytes(uri, _WORD.sub(lambda word: ERASED if word[0] in looked_for.ids else word[0], parts[0]))
    return "rewritten"


def _packing(uri: str) -> tuple[str, str]:
    """The name without the ending of its compression, and the compression."""
    for ending, codec in ((".gz", "gzip"), (".zst", "zstd")):
        if uri.endswith(ending):
            return uri.removesuffix(ending), codec
    return uri, ""


def _plain(uri: str, content: bytes) -> Iterator[bytes]:
    """The content without its compression; of an archive, the content of its files."""
    _, codec = _packing(uri)
    try:
        if codec:
            with pa.CompressedInputStream(pa.BufferReader(content), codec) as stream:
                yield stream.read()
        elif zipfile.is_zipfile(io.BytesIO(content)):
            with zipfile.ZipFile(io.BytesIO(content)) as archive:
                yield from (archive.read(name) for name in archive.namelist())
                yield b"\n".join(name.encode() for name in archive.namelist())
        else:
            yield content
    except (OSError, zipfile.BadZipFile, pa.ArrowException):
        yield content  # not what its name says


def _pack(content: bytes, codec: str) -> bytes:
    if not codec:
        return content
    sink = pa.BufferOutputStream()
    with pa.CompressedOutputStream(sink, codec) as stream:
        stream.write(content)
    return bytes(sink.getvalue().to_pybytes())


def _table(uri: str, content: bytes) -> pa.Table:
    try:
        return read_table(content)
    except (pa.ArrowException, OSError) as error:
        raise RunError(f"{uri}: is not a readable Parquet file ({error}); remove it, then run again") from None


def _in_table(table: pa.Table, looked_for: Needles) -> bool:
    wanted = pa.array(sorted(identifier.decode() for identifier in looked_for.ids), pa.string())
    for column in table.columns:
        for leaf in (leaf for chunk in column.chunks for leaf in _leaves(chunk)):
            if pc.any(pc.is_in(leaf, wanted)).as_py():
                return True
            content = leaf.buffers()[2]
            if content is not None and looked_for.quoted(memoryview(content).tobytes()):
                return True
    return False


def _leaves(array: Any) -> Iterator[Any]:
    """The arrays of strings inside an array."""
    kind = array.type
    if pa.types.is_dictionary(kind):
        yield from _leaves(array.dictionary)
    elif pa.types.is_struct(kind):
        for child in array.flatten():
            yield from _leaves(child)
    elif pa.types.is_list(kind) or pa.types.is_large_list(kind):
        yield from _leaves(array.flatten())
    elif pa.types.is_large_string(kind) or pa.types.is_string(kind):
        yield array.cast(pa.string())


def _scrub_table(uri: str, content: bytes, traces: Traces, looked_for: Needles) -> Kind | None:
    table = _table(uri, content)
    kept = without(table, traces)
    if _in_table(kept, looked_for):
        clean = [not _in_table(kept.slice(row, 1), looked_for) for row in range(kept.num_rows)]
        kept = kept.filter(pa.array(clean, pa.bool_()))
    if kept.equals(table):
        return None
    sink = io.BytesIO()
    pq.write_table(kept, sink, compression="zstd")
    storage.write_bytes(uri, sink.getvalue())
    return "rewritten"


@contextlib.contextmanager
def _database(uri: str, content: bytes) -> Iterator[sqlite3.Connection]:
    """A database to look into; one in an object store is read into memory."""
    try:
        if storage.is_remote(uri):
            with contextlib.closing(sqlite3.connect(":memory:", isolation_level=None)) as database:
                database.deserialize(content)
                yield database
        else:
            with contextlib.closing(sqlite3.connect(storage.local_path(uri), timeout=60, isolation_level=None)) as database:
                yield database
    except sqlite3.Error as error:
        raise RunError(f"{uri}: the database cannot be read or written ({error}); close what uses it, then run again") from None


def _tables(database: sqlite3.Connection) -> list[str]:
    query = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
    return [str(name) for (name,) in database.execute(query)]


def _rows(database: sqlite3.Connection, table: str, looked_for: Needles) -> list[tuple[Any, ...]]:
    """Primary keys (or row numbers) of the rows that hold something, as values of the key's columns."""
    columns, keys = _columns(database, table)
    chosen = ", ".join(_quoted(name) for name in (*keys, *columns))
    found = []
    for row in database.execute(f"SELECT {chosen} FROM {_quoted(table)}"):  # noqa: S608 - names of the database itself
        cells = (value.encode() if isinstance(value, str) else value for value in row[len(keys) :])
        if any(isinstance(cell, bytes) and looked_for.found(cell) for cell in cells):
            found.append(tuple(row[: len(keys)]))
    return found


def _columns(database: sqlite3.Connection, table: str) -> tuple[list[str], list[str]]:
    about = database.execute(f"PRAGMA table_info({_quoted(table)})").fetchall()
    keys = [name for _, name, _, _, _, part in sorted(about, key=lambda column: column[5]) if part]
    return [name for _, name, *_ in about], keys or ["rowid"]


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"' if name != "rowid" else name


def _scrub_database(uri: str, looked_for: Needles) -> Kind | None:
    content = storage.read_bytes(uri) if storage.is_remote(uri) else b""
    removed = 0
    with _database(uri, content) as database:
        database.execute("PRAGMA secure_delete = ON")
        for table in _tables(database):
            _, keys = _columns(database, table)
            where = " AND ".join(f"{_quoted(name)} IS ?" for name in keys)
            for key in _rows(database, table, looked_for):
                database.execute(f"DELETE FROM {_quoted(table)} WHERE {where}", key)  # noqa: S608 - names of the database itself
                removed += 1
        if not removed:
            return None
        if storage.is_remote(uri):
            database.execute("VACUUM")
            storage.write_bytes(uri, database.serialize())
        else:
            database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            database.execute("VACUUM")
            database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return "rewritten"
