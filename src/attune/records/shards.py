"""Shard sets: Parquet files and one ``_shards.json`` that names and hashes them; what steps hand to each other.

A shard set is named by the URI of its folder. It is complete when, and only when, ``_shards.json`` stands in it, because
that file is written last and removed before anything in the set changes. The file is sealed (:mod:`attune.records.seal`), and
every name in it must be that of a Parquet file directly in the folder.
"""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from attune import storage
from attune.errors import RunError, UsageError
from attune.records import seal
from attune.records.record import SCHEMA_VERSION
from attune.storage.parquet import read_table

DESCRIPTION = "_shards.json"
REJECTED = "rejected"
QUARANTINED = "quarantined"
_PART = re.compile(r"part-\d{5,}\.parquet")


@dataclass(frozen=True)
class Shard:
    """One Parquet file of a set."""

    name: str
    rows: int
    sha256: str


@dataclass(frozen=True)
class ShardSet:
    """What ``_shards.json`` says, and where it stands."""

    uri: str
    step: str
    shards: tuple[Shard, ...]
    as_of: datetime | None  # the newest moment in the source that the set was made from: "now" for every step after it
    failed_gates: tuple[str, ...] = ()  # of the step that wrote it; no step goes on from such a set unasked
    supersedes: tuple[str, ...] = ()  # fingerprints that the set had before somebody was erased from it, oldest first
    sealed: bool = True  # whether its description carries a seal; those of earlier versions do not

    @property
    def rows(self) -> int:
        """Rows of all shards together."""
        return sum(shard.rows for shard in self.shards)

    def shard_uri(self, shard: Shard) -> str:
        """Where a shard stands."""
        return storage.join(self.uri, shard.name)

    def read(self, shard: Shard, columns: Sequence[str] | None = None) -> pa.Table:
        """The rows of one shard.

        Raises:
            RunError: the file is missing, changed, not Parquet, or has another number of rows.
        """
        return read_shard(self.shard_uri(shard), shard.sha256, columns, shard.rows)

    def tables(self, columns: Sequence[str] | None = None) -> Iterator[pa.Table]:
        """The tables of all shards in order, one in memory at a time."""
        for shard in self.shards:
            yield self.read(shard, columns)


def write_shard(uri: str, table: pa.Table) -> Shard:
    """Write one shard atomically; the same table always gives the same bytes."""
    buffer = io.BytesIO()
    pq.write_table(table, buffer, compression="zstd", compression_level=3, row_group_size=16_384, store_schema=True)
    content = buffer.getvalue()
    storage.write_bytes(uri, content)
    return Shard(name=uri.rsplit("/", 1)[-1], rows=table.num_rows, sha256=storage.sha256_bytes(content))


def read_shard(uri: str, sha256: str | None = None, columns: Sequence[str] | None = None, rows: int | None = None) -> pa.Table:
    """The rows of the shard at ``uri``, after checking its hash and its number of rows where they are given."""
    try:
        content = storage.read_bytes(uri)
    except UsageError as error:
        if sha256 is None:
            raise
        raise RunError(f"{error} ({DESCRIPTION} promises this shard)") from None
    if sha256 is not None and storage.sha256_bytes(content) != sha256:
        raise RunError(f"{uri}: its bytes are not those that {DESCRIPTION} promises; run the step that wrote it again")
    try:
        table = read_table(content, columns)
    except (pa.ArrowException, OSError) as error:
        raise RunError(f"{uri}: is not a readable Parquet file ({error}); run the step that wrote it again") from None
    if rows is not None and table.num_rows != rows:
        raise RunError(f"{uri}: has {table.num_rows} rows, but {DESCRIPTION} promises {rows}; run the step that wrote it again")
    return table


def shard_of(value: Any, where: str) -> Shard:
    """A shard as a JSON file names it.

    Args:
        value: an object with ``name``, ``rows`` and ``sha256``.
        where: the file, for the message.

    Raises:
        UnsafeNameError: its name is not that of a part file, or its hash is none.
        ValueError, KeyError, TypeError: it is no such object.
    """
    name = storage.checked_name(value["name"], where, plain=True)
    rows = value["rows"]
    if not _PART.fullmatch(name):
        raise storage.UnsafeNameError(f"{where}: names {name!a}; a shard must be named like part-00000.parquet")
    if not isinstance(rows, int) or isinstance(rows, bool) or rows < 0 or len(value) != len(Shard.__dataclass_fields__):
        raise ValueError("a shard must have a name, a number of rows and a sha256, and nothing else")
    return Shard(name, rows, storage.checked_sha256(value["sha256"], where))


def shards_of(values: Sequence[Any], where: str) -> list[Shard]:
    """Several shards, no two of one name; see :func:`shard_of`."""
    found = [shard_of(value, where) for value in values]
    storage.checked_names([shard.name for shard in found], where, plain=True)
    return found


def describe(
    uri: str,
    step: str,
    shards: Sequence[Shard],
    as_of: datetime | None,
    failed_gates: Sequence[str] = (),
    supersedes: Sequence[str] = (),
    *,
    keyed: bool = True,
) -> ShardSet:
    """Complete a shard set: write its ``_shards.json``, and its keyed seal where ``keyed`` and the subject key is set.

    A set inside a dataset version or frozen test set has no keyed seal, since the manifest holds its hash.
    """
    description: dict[str, Any] = {
        "schema_version": SCHEMA_VERSION,
        "step": step,
        "as_of": as_of.isoformat() if as_of else None,
        "rows": sum(shard.rows for shard in shards),
        "shards": [asdict(shard) for shard in shards],
    }
    if failed_gates:
        description["failed_gates"] = list(failed_gates)
    if supersedes:
        description["supersedes"] = list(supersedes)
    description["seal"] = seal.seal_of(description, json_bytes)
    path = storage.join(uri, DESCRIPTION)
    before = _standing_seal(path) if keyed else ""
    if keyed:
        seal.write_keyed_seal(uri, description["seal"], before if before != description["seal"] else "")
    storage.write_bytes(path, json_bytes(description))
    if before:
        seal.settle_keyed_seal(uri, description["seal"])
    return ShardSet(uri, step, tuple(shards), as_of, tuple(failed_gates), tuple(supersedes))


def settle(uri: str) -> None:
    """Leave one keyed seal beside a description, where a kill between two writes left that of an earlier one too."""
    seal.settle_keyed_seal(uri, _standing_seal(storage.join(uri, DESCRIPTION)))


def _standing_seal(path: str) -> str:
    """The seal in a description that stands; empty where there is none, or none that can be read."""
    try:
        value = storage.parse_json(storage.read_bytes(path)) if storage.exists(path) else {}
        return str(value.get("seal", ""))
    except (ValueError, AttributeError):
        return ""


def open_set(uri: str, *, sealed: bool = True) -> ShardSet:
    """Open the shard set in the folder ``uri``.

    Args:
        uri: the folder.
        sealed: whether its description must carry a seal; a seal that is there is checked in any case.

    Raises:
        UsageError: there is none, it is unfinished, another version of Attune wrote it, or it names a file outside its folder.
        RunError: it was edited after it was written.
    """
    path = storage.join(uri, DESCRIPTION)
    if not storage.exists(path):
        raise UsageError(f"{uri}: holds no complete shard set ({DESCRIPTION} is missing); run the step that writes it first")
    try:
        description = storage.parse_json(storage.read_bytes(path))
        version = description["schema_version"]
        if version != SCHEMA_VERSION:
            raise UsageError(f"{path}: has schema version {version}, this Attune reads {SCHEMA_VERSION}; run the steps anew")
        shards = tuple(shards_of(description["shards"], path))
        as_of = datetime.fromisoformat(description["as_of"]) if description["as_of"] else None
        if as_of is not None and as_of.tzinfo is None:
            raise ValueError("as_of has no time zone")
        step = str(description["step"])
        supersedes = tuple(str(digest) for digest in description.get("supersedes", ()))
        failed_gates = tuple(str(gate) for gate in description.get("failed_gates", ()))
        total = sum(shard.rows for shard in shards)
        if description.get("rows", total) != total:
            raise RunError(f"{path}: its rows are not the sum of its shards' rows; run the step that wrote it again")
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise UsageError(f"{path}: is not a shard set description ({type(error).__name__}: {error})") from None
    _check_members(uri, path, description, shards, sealed=sealed)
    return ShardSet(uri, step, shards, as_of, failed_gates, supersedes, "seal" in description)


def _check_members(uri: str, path: str, description: Mapping[str, Any], shards: Sequence[Shard], *, sealed: bool) -> None:
    if sealed or "seal" in description:
        seal.check_seal(uri, description, json_bytes)
    for name in (DESCRIPTION, *(shard.name for shard in shards)):
        storage.member(uri, name, path, plain=True)


def is_set(uri: str) -> bool:
    """Whether a complete shard set stands in the folder ``uri``."""
    return storage.exists(storage.join(uri, DESCRIPTION))


class ShardSetWriter:
    """Writes a table stream as shards of ``shard_rows`` rows; complete on a clean exit of the ``with`` block.

    Memory: the rows of one shard. The cut depends on rows alone, so any sequence of tables with the same rows gives the same
    shards.
    """

    def __init__(
        self, uri: str, step: str, schema: pa.Schema, shard_rows: int, as_of: datetime | None, *, keyed: bool = True
    ) -> None:
        self.uri = uri
        self._keyed = keyed
        self.rows = 0
        self._step = step
        self._schema = schema
        self._shard_rows = shard_rows
        self._as_of = as_of
        self._pending: list[pa.Table] = []
        self._pending_rows = 0
        self._shards: list[Shard] = []

    def __enter__(self) -> ShardSetWriter:
        storage.remove(storage.join(self.uri, DESCRIPTION))
        return self

    def write(self, table: pa.Table) -> None:
        """Append the rows of ``table``."""
        if not table.num_rows:
            return
        self._pending.append(table.cast(self._schema))
        self._pending_rows += table.num_rows
        self.rows += table.num_rows
        while self._pending_rows >= self._shard_rows:
            self._flush(self._shard_rows)

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is not None:
            return
        if self._pending_rows:
            self._flush(self._pending_rows)
        remove_strays(self.uri, self._shards)
        describe(self.uri, self._step, self._shards, self._as_of, keyed=self._keyed)

    def _flush(self, rows: int) -> None:
        table = pa.concat_tables(self._pending)
        name = part_name(len(self._shards))
        self._shards.append(write_shard(storage.join(self.uri, name), table.slice(0, rows).combine_chunks()))
        rest = table.slice(rows)
        self._pending = [rest] if rest.num_rows else []
        self._pending_rows = rest.num_rows


def part_name(index: int) -> str:
    """File name of the shard at ``index``."""
    return f"part-{index:05d}.parquet"


def remove_strays(uri: str, shards: Sequence[Shard]) -> None:
    """Remove part files that an earlier run left and the finished set does not name, and what a kill left half written."""
    known = {shard.name for shard in shards}
    for name in storage.list_files(uri):
        stray = name.startswith("part-") and name.endswith(".parquet") and name not in known
        if stray or storage.is_temporary(name):
            storage.remove(storage.join(uri, name))


def json_bytes(value: Any) -> bytes:
    """``value`` as the JSON that Attune writes to files: sorted keys, two spaces, UTF-8, a final newline."""
    written = json.dumps(value, ensure_ascii=False, indent=2, sort_keys=True) + "\n"
    return written.encode("utf-8", "backslashreplace")  # a lone surrogate becomes the JSON escape of itself
