"""The step ``dedupe``: exact duplicates by content hash, near ones by the Jaccard similarity of their word 3-grams.

Passes over the data: (1) every shard is read once, for a digest and sixteen band hashes of each record; (2) band hashes are
sorted, and records that share one become candidates; (3) the texts of the candidates are read again and every pair is verified
exactly; (4) the output is written. ``representatives`` explains which of two duplicates is kept, and why duplicates do not
chain. With a band index, the records of earlier batches take part in (2) and (3), and the kept records are added to it last.

Memory: some 250 B per record for ids, digests and decisions, 8 B per record while a band is sorted, and one shard per worker.
Band hashes and fingerprints of candidates are in temporary files. Searching an index takes 8 B per band and record.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from itertools import islice

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from attune import storage
from attune.config.params import DedupeParams, RunParams
from attune.errors import RunError
from attune.records import shards
from attune.records.shards import Shard
from attune.reporting.report import Report
from attune.runtime import engine
from attune.runtime.step import Context
from attune.runtime.workers import Workers
from attune.similarity.band_index import PERMUTATIONS_SEED, extend, matching
from attune.similarity.catalog import BROKEN_HASH, Catalog, WriteTask, scan, write_group, write_tasks
from attune.similarity.index_store import BandIndex, open_index, settings_of
from attune.similarity.minhash import Banding
from attune.similarity.shingles import I64
from attune.steps.dedupe.decisions import Decisions, decide
from attune.steps.dedupe.pairs import DUPLICATES, EXACT, NEAR, PAIRS, Names, duplicates_table, pairs_of, pairs_table
from attune.steps.dedupe.pairs_page import PAGE
from attune.steps.dedupe.report import duplicates_report
from attune.steps.dedupe.shown_pairs import first_page, page_again
from attune.storage.parquet import read_table

_COLUMNS = ("record_id", "quality_score")
_SHARDS_TOGETHER = 8  # output shards that one worker writes in a row: their input shards overlap
_POOL_ROWS = 20_000  # with fewer rows starting processes takes longer than the work


def dedupe(inputs: Sequence[str], output: str, params: DedupeParams, context: Context, *, run: RunParams) -> Report:
    """Remove duplicates from shard sets.

    Args:
        inputs: URIs of the shard sets, earlier ones first for ``keep_first``.
        output: URI of the shard set to write, with ``rejected/``, ``quarantined/``, ``duplicates.parquet`` (one row for every
            removed record: its representative, their similarity and the reason for the choice), ``pairs.parquet`` (every pair
            that was found, with its outcome) and ``pairs.html`` (some pairs with their differences).
        params: threshold, strategy, hashing, and the band index of earlier batches.
        context: the run's context.
        run: shard size and quarantine limit.

    Raises:
        RunError: too many rows have a malformed content hash, or a file of the index was changed.
        UsageError: the index was built with other parameters.
    """
    opened = [shards.open_set(uri) for uri in inputs]
    batch = _batch(inputs)
    index = open_index(params.index, params) if params.index else BandIndex("", settings_of(params))
    for folder in (output, storage.join(output, shards.REJECTED), storage.join(output, shards.QUARANTINED)):
        storage.remove(storage.join(folder, shards.DESCRIPTION))
    context = engine.with_reference_time(context, opened)
    rows = sum(item.rows for item in opened)
    banding = Banding(params.permutations, params.bands, PERMUTATIONS_SEED)
    with Workers("dedupe", context.workers if rows > _POOL_ROWS else 1) as workers:
        catalog = scan(opened, _COLUMNS, _remember, banding, params.shingle_words, params.min_words, workers, context.progress)
        _check_limit(catalog, run)
        earlier = matching(index.before(batch), catalog.bands, catalog.digests)
        decisions, entries = decide(catalog, earlier, params, workers, context.progress)
        names = Names.of(catalog, entries)
        duplicates = duplicates_table(decisions, names, params)
        _write_table(storage.join(output, DUPLICATES), duplicates)
        pairs = pairs_of(decisions, params.threshold)
        _write_table(storage.join(output, PAIRS), pairs_table(pairs, names))
        storage.write_bytes(storage.join(output, PAGE), first_page(catalog, names, pairs, params).encode())
        _write(catalog, names, decisions, output, run, workers, context)
        if params.index:
            extend(index, batch, catalog, decisions.new, workers)
    return duplicates_report(decisions, duplicates, pairs, index.before(batch).rows, params)


def external_state(inputs: Sequence[str], params: DedupeParams) -> tuple[str, bool]:
    """The state of the index before this batch, on which the result depends, too; and whether the batch is in the index."""
    if not params.index:
        return "", True
    index = open_index(params.index, params)
    batch = _batch(inputs)
    names = [file.name for file in index.before(batch).files()]
    return hashlib.sha256("\n".join(names).encode()).hexdigest(), index.holds(batch)


def rewrite_pages(inputs: Sequence[str], output: str, params: DedupeParams) -> bool:
    """Render ``pairs.html`` of a finished output again, as the current code renders it; returns whether it has changed."""
    path = storage.join(output, PAGE)
    duplicates, pairs = (read_table(storage.read_bytes(storage.join(output, name))) for name in (DUPLICATES, PAIRS))
    page = page_again(inputs, duplicates, pairs, params)
    if page is None or page.encode() == storage.read_bytes(path):
        return False
    storage.write_bytes(path, page.encode())
    return True


def _batch(inputs: Sequence[str]) -> str:
    """The name of a batch in the index, derived from its content."""
    return hashlib.sha256("\n".join(storage.fingerprint(uri) for uri in inputs).encode()).hexdigest()[:32]


def _remember(table: pa.Table) -> pa.Table:
    return table


def _check_limit(catalog: Catalog, run: RunParams) -> None:
    broken, rows = int(catalog.broken.sum()), catalog.rows
    if broken > run.quarantine_limit * rows:
        raise RunError(
            f"dedupe: {broken} of {rows} rows: {BROKEN_HASH}; that is more than run.quarantine_limit allows "
            f"({run.quarantine_limit:.1%}); run the step that wrote them again"
        )


def _write_table(uri: str, table: pa.Table) -> None:
    sink = pa.BufferOutputStream()
    pq.write_table(table, sink, compression="zstd")
    storage.write_bytes(uri, sink.getvalue().to_pybytes())


def _write(
    catalog: Catalog, names: Names, decisions: Decisions, output: str, run: RunParams, workers: Workers, context: Context
) -> None:
    removed, broken, kept = decisions.removed, np.flatnonzero(decisions.broken), decisions.kept
    clusters = [names.ids.take(pa.array(decisions.keeper[rows])).combine_chunks() for rows in (removed, kept)]
    reasons = pa.array(np.where(decisions.exact[removed], EXACT, NEAR), pa.string())
    plans: list[tuple[str, I64, dict[str, pa.Array]]] = [
        (storage.join(output, shards.QUARANTINED), broken, {"error": pa.array([BROKEN_HASH] * len(broken), pa.string())}),
        (storage.join(output, shards.REJECTED), removed, {"cluster_id": clusters[0], "reason": reasons}),
        (output, kept, {"cluster_id": clusters[1]}),
    ]
    done = 0
    for folder, rows, columns in plans:  # the kept rows last: their description says that all is there
        written: list[Shard] = []
        tasks = write_tasks(catalog, rows, folder, run.shard_rows, columns)
        for group in workers.map(write_group, _batched(tasks, _SHARDS_TOGETHER)):
            written.extend(group)
            done += sum(shard.rows for shard in group)
            context.progress.update(done, catalog.rows, "writing")
        shards.describe(folder, "dedupe", written, context.as_of)
        shards.remove_strays(folder, written)


def _batched(tasks: Iterator[WriteTask], size: int) -> Iterator[list[WriteTask]]:
    """Groups of ``size`` consecutive tasks."""
    while some := list(islice(tasks, size)):
        yield some
