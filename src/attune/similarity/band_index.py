"""The band index: compares a new batch with all earlier batches without reading their texts.

``attune dedupe --index URI`` searches and extends it. :func:`find` searches it, :func:`add` adds the records of a table, and
:func:`remove` removes records and everything derived from them. ``index_store`` describes the files.

The index holds the records that were kept. A record of a later batch is removed if it is a near duplicate of one of them. The
result equals that of one run over all batches that prefers earlier records; ``docs/dedupe.md`` explains why.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from attune.config.params import DedupeParams
from attune.records.record import MESSAGES_TYPE, content_hash
from attune.runtime.workers import Workers
from attune.similarity.catalog import Catalog, ShardSource, content_digests, read_rows
from attune.similarity.index_store import (
    BandIndex,
    IndexFile,
    Segment,
    band_names,
    commit,
    open_file,
    open_index,
    read_row_groups,
    write_file,
)
from attune.similarity.minhash import Banding, distinct, jaccard
from attune.similarity.shingles import I64, U64, shingle
from attune.similarity.token_sets import Sets, spill_sets

PERMUTATIONS_SEED = 1  # fixed: the same records are compared whatever the run's seed

_PLAIN = ("record_id", "content_hash_high", "content_hash_low", "quality_score", "length")
_SETS_AT_A_TIME = 4_096
_FILE_ROWS = 20_000


@dataclass(frozen=True)
class Entries:
    """Records of the index that share a band hash or the content hash with records of a batch.

    Attributes:
        table: ``record_id``, ``quality_score`` and ``length`` of each.
        digests: upper 128 bits of each content hash, shape (2, entries).
        bands: band hashes, shape (bands, entries).
        sets: their sets of fingerprints.
    """

    table: pa.Table
    digests: U64
    bands: U64
    sets: Sets

    @property
    def count(self) -> int:
        """Number of entries."""
        return int(self.table.num_rows)

    def take(self, places: I64) -> Entries:
        """The entries at ``places`` (sorted)."""
        chosen = spill_sets(np.arange(len(places)), self.pieces(places))
        return Entries(self.table.take(pa.array(places)), self.digests[:, places], self.bands[:, places], chosen)

    def pieces(self, places: I64) -> Iterator[tuple[U64, I64]]:
        """The fingerprint sets of the entries at ``places`` (sorted), in batches of some thousand."""
        for first in range(0, len(places), _SETS_AT_A_TIME):
            yield self.sets.of(places[first : first + _SETS_AT_A_TIME])


@dataclass(frozen=True)
class IndexMatch:
    """A record of the index that is similar to a text.

    Attributes:
        place: index of the text.
        record_id: the record in the index.
        similarity: exact Jaccard similarity of the two; 1 for equal content.
    """

    place: int
    record_id: str
    similarity: float


def find(uri: str, texts: Sequence[str] | pa.Array | pa.ChunkedArray, threshold: float | None = None) -> list[IndexMatch]:
    """Find the records of an index that are similar to some texts.

    Args:
        uri: the index.
        texts: conversations as a column of ``records.MESSAGES_TYPE``; or plain strings, each compared as one message of a user.
            Strings have no content hash, so one that is too short for the bands has no match.
        threshold: minimum similarity of a match; None: that of the index. Below the threshold of the index, more matches are
            missed because they share no band.

    Returns:
        All matches, sorted by the index of the text, then by descending similarity, then by id.

    Raises:
        UsageError: there is no index.
        RunError: a file of the index was changed.
    """
    index = open_index(uri)
    at_least = float(index.settings["threshold"]) if threshold is None else threshold
    plain = not isinstance(texts, pa.Array | pa.ChunkedArray)
    told: Any = [[{"role": "user", "content": text}] for text in texts] if plain else texts
    messages: pa.Array | pa.ChunkedArray = pa.array(told, MESSAGES_TYPE) if plain else told
    shingles = shingle(messages, int(index.settings["shingle_words"]))
    bands = _banding(index).hashes(shingles, int(index.settings["min_words"]))
    digests = np.zeros((2, len(messages)), np.uint64)
    if not plain:
        digests = content_digests(pa.array([content_hash(item or []) for item in messages.to_pylist()], pa.string()))
    entries = matching(index, bands, digests)
    same_text, same_entry = _equal_pairs(digests, entries.digests)
    left, right = _sharing_a_band(bands, entries.bands)
    own_values, own_offsets = distinct(shingles)
    offsets = np.concatenate([own_offsets, own_offsets[-1] + entries.sets.offsets[1:]])
    values = np.concatenate([own_values, np.asarray(entries.sets.values)])
    similarity = jaccard(values, offsets, left, right + len(messages), at_least)
    found = dict(zip(zip(left.tolist(), right.tolist(), strict=True), similarity.tolist(), strict=True)) | dict.fromkeys(
        zip(same_text.tolist(), same_entry.tolist(), strict=True), 1.0
    )
    ids = entries.table.column("record_id").to_pylist()
    matches = [IndexMatch(text, ids[entry], value) for (text, entry), value in found.items() if value >= at_least]
    return sorted(matches, key=lambda match: (match.place, -match.similarity, match.record_id))


def add(uri: str, batch: str, records: pa.Table, params: DedupeParams) -> int:
    """Add all records of a table to an index, without looking for duplicates; an earlier batch of the same name is replaced.

    Args:
        uri: the index; created when missing.
        batch: name of the batch.
        records: ``record_id``, ``messages`` and ``content_hash``; ``quality_score`` where there is one.
        params: the parameters that the index depends on.

    Returns:
        Number of records added.
    """
    opened = open_index(uri, params)
    banding = _banding(opened)
    files = []
    for first in range(0, records.num_rows, _FILE_ROWS):
        some = records.slice(first, _FILE_ROWS)
        shingles = shingle(some.column("messages"), params.shingle_words)
        bands = banding.hashes(shingles, params.min_words)
        scored = "quality_score" in some.column_names
        table = rows_table(
            some.column("record_id"),
            some.column("quality_score") if scored else pa.nulls(some.num_rows, pa.float64()),
            content_digests(some.column("content_hash")),
            shingles.characters,
            bands,
            *distinct(shingles),
        )
        files.append(write_file(uri, table))
    commit(opened.with_segment(Segment(batch, tuple(files))), opened)
    return int(records.num_rows)


def extend(index: BandIndex, batch: str, catalog: Catalog, rows: I64, workers: Workers) -> None:
    """Add rows of a catalog to an index: as a new segment, or instead of the one that the same batch wrote before.

    Args:
        index: the opened index.
        batch: name of the batch.
        catalog: the catalog of the batch.
        rows: the rows to add, sorted.
        workers: the worker processes.
    """
    tasks = (_file_task(index, catalog, rows[first : first + _FILE_ROWS]) for first in range(0, len(rows), _FILE_ROWS))
    files = tuple(workers.map(_write_rows, tasks))
    commit(index.with_segment(Segment(batch, files)), index)


@dataclass(frozen=True)
class _FileTask:
    """One file of a segment: what the catalog holds of its rows, and where their texts are."""

    uri: str
    pieces: Sequence[tuple[ShardSource, I64]]
    shingle_words: int
    table: pa.Table
    digests: U64
    lengths: I64
    bands: U64


def _file_task(index: BandIndex, catalog: Catalog, rows: I64) -> _FileTask:
    first, stop = int(rows[0]), int(rows[-1]) + 1
    return _FileTask(
        index.uri,
        catalog.pieces(rows),
        catalog.shingle_words,
        catalog.table.select(["record_id", "quality_score"]).take(pa.array(rows)),
        catalog.digests[:, rows],
        catalog.lengths[rows],
        catalog.bands.part(first, stop)[:, rows - first],
    )


def _write_rows(task: _FileTask) -> IndexFile:
    texts = [read_rows(source, ["messages"]).column("messages").take(pa.array(rows)) for source, rows in task.pieces]
    messages = pa.chunked_array([chunk for text in texts for chunk in text.chunks], MESSAGES_TYPE)
    values, offsets = distinct(shingle(messages, task.shingle_words))
    ids, scores = task.table.column("record_id"), task.table.column("quality_score")
    table = rows_table(ids, scores, task.digests, task.lengths, task.bands, values, offsets)
    return write_file(task.uri, table)


def remove(uri: str, record_ids: Iterable[str]) -> int:
    """Remove records from an index: every file that holds one of them is rewritten without it, and the old file is deleted.

    Safe to kill: the index is unchanged until its description is replaced, and the next call, also one with the same ids,
    deletes the files that the description no longer names. Records of other batches that were removed as duplicates of a
    removed record do not come back.

    Args:
        uri: the index.
        record_ids: ids of the records to remove, in any order.

    Returns:
        Number of records removed.

    Raises:
        UsageError: there is no index.
    """
    opened = open_index(uri)
    wanted = pa.array(sorted(set(record_ids)), pa.string())
    removed = 0
    segments = []
    for segment in opened.segments:
        files = []
        for file in segment.files:
            content = open_file(uri, file)
            hit = pc.is_in(content.read(["record_id"]).column("record_id"), wanted)
            count = int(pc.sum(hit).as_py() or 0)
            removed += count
            if not count:
                files.append(file)
            elif count < file.rows:
                files.append(write_file(uri, content.read().filter(pc.invert(hit))))
        segments.append(Segment(segment.batch, tuple(files)))
    commit(replace(opened, segments=tuple(segments)), opened)
    return removed


def matching(index: BandIndex, bands: Iterable[U64], digests: U64) -> Entries:
    """The entries that share a band hash or the content hash with records of a batch.

    Args:
        index: the index to search.
        bands: the records' band hashes, one array a band.
        digests: upper 128 bits of their content hashes, shape (2, records).

    Memory: 8 B a band and record of the batch, and 150 B an entry found; fingerprints go to a temporary file.
    """
    names = band_names(int(index.settings["bands"]))
    probes = {name: np.sort(own, kind="stable") for name, own in zip(names, bands, strict=True)} if index.rows else {}
    probes["content_hash_high"] = np.sort(digests[0], kind="stable")
    tables = [pa.table({name: pa.array([], _TYPES.get(name, pa.uint64())) for name in (*_PLAIN, *names)})]

    def pieces() -> Iterator[tuple[U64, I64]]:
        for file in index.files():
            opened = open_file(index.uri, file)
            rows = _hits(opened.read(list(probes), use_threads=False), probes)
            if len(rows):
                tables.append(opened.read([*_PLAIN, *names], use_threads=False).take(pa.array(rows)))
                yield _fingerprints(read_row_groups(opened, rows.tolist(), ["fingerprints"]))

    sets = spill_sets(np.zeros(0, np.int64), pieces())
    table = pa.concat_tables(tables)
    found = np.array([table.column(name).to_numpy() for name in names], np.uint64).reshape(len(names), -1)
    both = np.array([table.column(name).to_numpy() for name in _PLAIN[1:3]], np.uint64).reshape(2, -1)
    plain = table.select(["record_id", "quality_score", "length"])
    return Entries(plain, both, found, replace(sets, members=np.arange(table.num_rows)))


def entry_rows(catalog: Catalog, entries: Entries) -> I64:
    """For each entry, the row of the batch with the same record id; -1 where there is none."""
    found = pc.index_in(entries.table.column("record_id"), catalog.table.column("record_id").combine_chunks())
    rows: I64 = pc.fill_null(found, -1).to_numpy().astype(np.int64)
    return rows


def rows_table(
    ids: pa.ChunkedArray, scores: pa.ChunkedArray, digests: U64, lengths: I64, bands: U64, values: U64, offsets: I64
) -> pa.Table:
    """The table of an index file."""
    columns = {
        "record_id": ids,
        "content_hash_high": digests[0],
        "content_hash_low": digests[1],
        "quality_score": scores,
        "length": lengths,
        **dict(zip(band_names(len(bands)), bands, strict=True)),
        "fingerprints": pa.ListArray.from_arrays(pa.array(offsets.astype(np.int32)), pa.array(values)),
    }
    return pa.table(columns).combine_chunks()


_TYPES = {"record_id": pa.string(), "quality_score": pa.float64(), "length": pa.int64()}


def _banding(index: BandIndex) -> Banding:
    return Banding(int(index.settings["permutations"]), int(index.settings["bands"]), PERMUTATIONS_SEED)


def _hits(table: pa.Table, probes: dict[str, U64]) -> I64:
    """Rows of a file in which at least one column has one of its wanted values (sorted); zero never matches."""
    hit = np.zeros(table.num_rows, bool)
    for name, wanted in probes.items():
        own = table.column(name).to_numpy()
        order = np.argsort(own, kind="stable")  # looking up sorted values in a sorted array is faster
        ordered = own[order]
        place = np.minimum(np.searchsorted(wanted, ordered), max(len(wanted) - 1, 0))
        if len(wanted):
            hit[order] |= (wanted[place] == ordered) & (ordered != 0)
    return np.flatnonzero(hit)


def _fingerprints(table: pa.Table) -> tuple[U64, I64]:
    lists = table.column("fingerprints").combine_chunks()
    return lists.flatten().to_numpy(), pc.list_value_length(lists).to_numpy().astype(np.int64)


def _equal_pairs(left: U64, right: U64) -> tuple[I64, I64]:
    """Pairs of columns with the same two numbers; zeros never match."""
    first, second = _pairs_of_equal(left[0], right[0])
    same = (left[1][first] == right[1][second]) & (left[0][first] != 0)
    return first[same], second[same]


def _sharing_a_band(left: U64, right: U64) -> tuple[I64, I64]:
    """Pairs of a text and an entry that share a band hash, each once."""
    found = [np.zeros((0, 2), np.int64)]
    for own, other in zip(left, right, strict=True):
        first, second = _pairs_of_equal(own, other)
        some = own[first] != 0
        found.append(np.stack([first[some], second[some]], axis=1))
    pairs = np.unique(np.concatenate(found), axis=0)
    return pairs[:, 0], pairs[:, 1]


def _pairs_of_equal(left: U64, right: U64) -> tuple[I64, I64]:
    """All pairs of indices at which two arrays hold the same nonzero number."""
    order = np.argsort(right, kind="stable")
    ordered = right[order]
    low, high = np.searchsorted(ordered, left), np.searchsorted(ordered, left, side="right")
    counts = np.where(left != 0, high - low, 0)
    first = np.repeat(np.arange(len(left)), counts)
    within = np.arange(len(first)) - np.repeat(np.cumsum(counts) - counts, counts)
    return first, order[np.repeat(low, counts) + within]
