"""The catalog: what a whole step keeps of every input row (some columns, a digest, band hashes) instead of its text.

Texts stay in the shards and are read again where needed: by :func:`read_sets` for candidate pairs, by :func:`write_rows` for
the rows of an output shard.

Memory: 24 bytes per record for digest and length, plus the selected columns. Band hashes are in a temporary file.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from attune import storage
from attune.errors import UsageError
from attune.records import shards
from attune.records.record import RECORD_SCHEMA
from attune.records.shards import Shard, ShardSet
from attune.runtime.progress import Progress
from attune.runtime.workers import Workers
from attune.similarity.bands import Bands
from attune.similarity.minhash import Banding, distinct
from attune.similarity.shingles import I64, U64, shingle
from attune.similarity.token_sets import Sets, spill_sets

BROKEN_HASH = "content_hash is not 64 hexadecimal digits"

_HASH_DIGITS = 64

View = Callable[[pa.Table], pa.Table]


@dataclass(frozen=True)
class ShardSource:
    """One input shard and the global numbers of its rows: ``first`` to ``first + rows - 1``."""

    uri: str
    sha256: str
    first: int
    rows: int


@dataclass(frozen=True)
class ScanTask:
    """What a worker needs to scan one shard."""

    source: ShardSource
    columns: tuple[str, ...]
    view: View
    shingle_words: int
    min_words: int
    banding: Banding


@dataclass(frozen=True)
class Catalog:
    """All rows of some shard sets, numbered consecutively in the order of the inputs.

    Attributes:
        sources: the input shards.
        table: the columns that the step selected.
        digests: upper 128 bits of each content hash, shape (2, rows); zero where the hash is malformed.
        bands: band hashes; zero where a text is too short to compare.
        lengths: bytes of text in each record.
        shingle_words: words per n-gram.
    """

    sources: Sequence[ShardSource]
    table: pa.Table
    digests: U64
    bands: Bands
    lengths: I64
    shingle_words: int

    @property
    def rows(self) -> int:
        """Number of rows."""
        return int(self.table.num_rows)

    @property
    def broken(self) -> npt.NDArray[np.bool_]:
        """Whether the content hash of each row is malformed."""
        missing: npt.NDArray[np.bool_] = (self.digests == 0).all(axis=0)
        return missing

    def pieces(self, rows: I64) -> list[tuple[ShardSource, I64]]:
        """``rows`` (sorted) by shard: pairs of a shard and row numbers within it."""
        firsts = np.array([source.first for source in self.sources], np.int64)
        cuts = np.searchsorted(rows, firsts)
        found = []
        ends = np.append(cuts, len(rows))[1:]
        for source, start, stop in zip(self.sources, cuts, ends, strict=True):
            if stop > start:
                found.append((source, rows[start:stop] - source.first))
        return found


def scan(
    inputs: Sequence[ShardSet],
    columns: Sequence[str],
    view: View,
    banding: Banding,
    shingle_words: int,
    min_words: int,
    workers: Workers,
    progress: Progress,
) -> Catalog:
    """Read every shard once and build the catalog.

    Args:
        inputs: the shard sets, in order.
        columns: columns to read besides the messages and the content hash.
        view: a module-level function from those columns of one shard to the columns to keep.
        banding: computes the band hashes.
        shingle_words: words per n-gram.
        min_words: texts with fewer words get no band hashes.
        workers: the worker processes.
        progress: gets the number of rows read.
    """
    sources = shard_sources(inputs)
    rows = sum(source.rows for source in sources)
    digests = np.zeros((2, rows), np.uint64)
    bands = Bands(banding.bands, rows)
    lengths = np.zeros(rows, np.int64)
    chosen = tuple(columns)
    tables = [view(pa.schema([RECORD_SCHEMA.field(name) for name in chosen]).empty_table())]
    tasks = (ScanTask(source, chosen, view, shingle_words, min_words, banding) for source in sources)
    for source, (table, own_digests, own_bands, own_lengths) in zip(sources, workers.map(_scan_shard, tasks), strict=True):
        part = slice(source.first, source.first + source.rows)
        tables.append(table)
        digests[:, part], lengths[part] = own_digests, own_lengths
        bands.put(source.first, own_bands)
        progress.update(part.stop, rows, "reading")
    return Catalog(sources, pa.concat_tables(tables).unify_dictionaries(), digests, bands, lengths, shingle_words)


def shard_sources(inputs: Sequence[ShardSet]) -> list[ShardSource]:
    """The shards of some shard sets with the global numbers of their rows, in order."""
    sources: list[ShardSource] = []
    first = 0
    for item in inputs:
        for shard in item.shards:
            sources.append(ShardSource(item.shard_uri(shard), shard.sha256, first, shard.rows))
            first += shard.rows
    return sources


def _scan_shard(task: ScanTask) -> tuple[pa.Table, U64, U64, I64]:
    table = read_rows(task.source, (*task.columns, "messages", "content_hash"))
    shingles = shingle(table.column("messages"), task.shingle_words)
    bands = task.banding.hashes(shingles, task.min_words)
    return task.view(table.select(task.columns)), content_digests(table.column("content_hash")), bands, shingles.characters


def read_rows(source: ShardSource, columns: Sequence[str] | None = None) -> pa.Table:
    """The rows of a shard, with the columns and types of the contract."""
    wanted = None if columns is None else list(dict.fromkeys(columns))
    table = shards.read_shard(source.uri, source.sha256, wanted, source.rows)
    names = RECORD_SCHEMA.names if columns is None else list(dict.fromkeys(columns))
    missing = [name for name in names if name not in table.column_names]
    if missing:
        raise UsageError(
            f"{source.uri}: has no column {', '.join(missing)}; every record set needs the columns of the contract"
        )
    return table.select(names).cast(pa.schema([RECORD_SCHEMA.field(name) for name in names]))


def content_digests(hashes: pa.Array | pa.ChunkedArray) -> U64:
    """The upper 128 bits of each SHA-256 in hexadecimal, as two numbers, shape (2, hashes); zero for anything else."""
    array = pc.fill_null(hashes.combine_chunks() if isinstance(hashes, pa.ChunkedArray) else hashes, "")
    good = pc.match_substring_regex(array, "^[0-9a-f]{64}$")
    padded = pc.if_else(good, array, "0" * _HASH_DIGITS)
    text = np.frombuffer("".join(padded.to_pylist()).encode(), np.uint8).reshape(-1, _HASH_DIGITS)[:, :32]
    nibbles = np.where(text >= ord("a"), text - (ord("a") - 10), text - ord("0")).astype(np.uint8)
    joined = np.ascontiguousarray(nibbles[:, 0::2] << 4 | nibbles[:, 1::2])
    return np.ascontiguousarray(joined.view(">u8").astype(np.uint64).T)


def preference(catalog: Catalog, by: Sequence[Literal["quality", "length"]]) -> I64:
    """Rank of each row, 0 the best: by the higher score or the longer text, then the smaller id, then the earlier row."""
    position = np.arange(catalog.rows)
    keys = {
        "quality": pc.fill_null(catalog.table.column("quality_score"), -1.0),  # no score is worse than any
        "length": pa.array(catalog.lengths),
        "id": catalog.table.column("record_id"),
        "position": pa.array(position),
    }
    sorting = [*((name, "descending") for name in by), ("id", "ascending"), ("position", "ascending")]
    rank = np.empty(catalog.rows, np.int64)
    rank[pc.sort_indices(pa.table(keys), sorting).to_numpy()] = position
    return rank


def exact_groups(catalog: Catalog, rank: I64) -> I64:
    """For each row, the row of the lowest rank with the same content hash: the one that is kept."""
    return first_of_digest(catalog.digests, rank)


def first_of_digest(digests: U64, rank: I64) -> I64:
    """For each column of ``digests``, the column of the lowest rank with the same two numbers; zeros never match."""
    order = np.lexsort((rank, digests[1], digests[0]))
    high, low = digests[0][order], digests[1][order]
    first = np.ones(len(order), bool)
    first[1:] = (high[1:] != high[:-1]) | (low[1:] != low[:-1]) | ((high[1:] == 0) & (low[1:] == 0))
    best = np.empty(len(order), np.int64)
    best[order] = order[np.flatnonzero(first)][np.cumsum(first) - 1] if len(order) else order
    return best


def read_sets(
    catalog: Catalog, members: I64, workers: Workers, progress: Progress, more: Iterable[tuple[U64, I64]] = ()
) -> Sets:
    """Read the texts of ``members`` again and return their sets of fingerprints.

    Args:
        catalog: the catalog of the rows.
        members: the rows, sorted; those from ``catalog.rows`` on have no text in the inputs, ``more`` has their sets.
        workers: the worker processes.
        progress: gets the number of rows read.
        more: values and sizes of the sets of the members without a text, in order.
    """
    own = members[members < catalog.rows]
    tasks = ((source, rows, catalog.shingle_words) for source, rows in catalog.pieces(own))

    def pieces() -> Iterator[tuple[U64, I64]]:
        done = 0
        for values, sizes in workers.map(_shard_sets, tasks):
            yield values, sizes
            done += len(sizes)
            progress.update(done, len(own), "comparing candidates")
        yield from more

    return spill_sets(members, pieces())


def _shard_sets(task: tuple[ShardSource, I64, int]) -> tuple[U64, I64]:
    source, rows, shingle_words = task
    values, offsets = distinct(shingle(read_rows(source, ["messages"]).column("messages").take(pa.array(rows)), shingle_words))
    return values, np.diff(offsets)


@dataclass(frozen=True)
class WriteTask:
    """One output shard: the rows of input shards that it consists of, and columns with new values."""

    uri: str
    pieces: Sequence[tuple[ShardSource, I64]]
    columns: Mapping[str, pa.Array]


def write_tasks(
    catalog: Catalog, rows: I64, output: str, shard_rows: int, columns: Mapping[str, pa.Array]
) -> Iterator[WriteTask]:
    """Tasks that write ``rows`` (sorted) as shards of ``output``; where shards begin depends on the rows alone."""
    for index, first in enumerate(range(0, len(rows), shard_rows)):
        some = rows[first : first + shard_rows]
        # Copied, because a slice would be pickled for its worker with the whole column.
        values = {name: column.take(pa.array(np.arange(first, first + len(some)))) for name, column in columns.items()}
        yield WriteTask(storage.join(output, shards.part_name(index)), catalog.pieces(some), values)


def write_rows(task: WriteTask) -> Shard:
    """Write one output shard."""
    return shards.write_shard(task.uri, gather(task))


def write_group(tasks: Sequence[WriteTask]) -> list[Shard]:
    """Write consecutive output shards; the input shards that they share are read once."""
    read = functools.lru_cache(maxsize=2)(read_rows)
    return [shards.write_shard(task.uri, gather(task, read)) for task in tasks]


def gather(task: WriteTask, read: Callable[[ShardSource], pa.Table] = read_rows) -> pa.Table:
    """The rows of an output shard: the columns of the contract, then additional columns."""
    table = pa.concat_tables([read(source).take(pa.array(rows)) for source, rows in task.pieces]).combine_chunks()
    for name, values in task.columns.items():
        place = table.schema.get_field_index(name)
        if place < 0:
            table = table.append_column(pa.field(name, values.type, nullable=False), values)
        else:
            table = table.set_column(place, RECORD_SCHEMA.field(name), values)
    return table
