"""The step ``dedupe``: exact duplicates by content hash, near ones by the Jaccard similarity of their word 3-grams.

Passes over the data: (1) every shard is read once and leaves a digest and sixteen band hashes a record; (2) bands are sorted,
and records that share one become candidates; (3) the texts of the candidates are read again and every pair is verified
exactly; (4) what is kept and what goes is written. Which of two duplicates goes, and why nothing chains, is in ``leaders``.

Memory: 128 B a record for the bands, some 150 B for ids and decisions, 8 B a word for the candidates (in a temporary file).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from attune.core import engine, shards, storage
from attune.core.errors import RunError
from attune.core.parallel import Workers
from attune.core.params import DedupeParams, RunParams
from attune.core.report import Report
from attune.core.shards import Shard
from attune.core.step import Context
from attune.data.catalog import (
    BROKEN_HASH,
    Catalog,
    WriteTask,
    exact_groups,
    preference,
    read_sets,
    scan,
    write_group,
    write_tasks,
)
from attune.data.dedupe_report import DUPLICATES, DUPLICATES_SCHEMA, EXACT, NEAR, Decisions, duplicates_report
from attune.data.leaders import Removal, remove_near, verify_pairs
from attune.data.minhash import Banding, candidates
from attune.data.shingles import I64

_PERMUTATIONS_SEED = 1  # fixed: the same records are compared whatever the run's seed
_COLUMNS = ("record_id", "quality_score")
_SHARDS_TOGETHER = 8  # output shards that one worker writes in a row: their input shards overlap
_POOL_ROWS = 20_000  # with fewer rows starting processes takes longer than the work


def dedupe(inputs: Sequence[str], output: str, params: DedupeParams, context: Context, *, run: RunParams) -> Report:
    """Remove duplicates from shard sets.

    Args:
        inputs: URIs of the shard sets, earlier ones first for ``keep_first``.
        output: URI of the shard set to write, with ``rejected/``, ``quarantined/`` and ``duplicates.parquet``: one line for
            every removed record with the id of the kept one, their similarity and what decided.
        params: threshold, strategy and hashing.
        context: the run's context.
        run: how many rows make a shard, and how many may be quarantined.

    Raises:
        RunError: too many rows have no content hash.
    """
    opened = [shards.open_set(uri) for uri in inputs]
    for folder in (output, storage.join(output, shards.REJECTED), storage.join(output, shards.QUARANTINED)):
        storage.remove(storage.join(folder, shards.DESCRIPTION))
    context = engine.with_context(context, opened)
    rows = sum(item.rows for item in opened)
    banding = Banding(params.permutations, params.bands, _PERMUTATIONS_SEED)
    with Workers("dedupe", context.workers if rows > _POOL_ROWS else 1) as workers:
        catalog = scan(opened, _COLUMNS, _remember, banding, params.shingle_words, params.min_words, workers, context.progress)
        rank = _rank(catalog, params)
        decisions = _decide(catalog, rank, params, workers, context)
        _check_limit(decisions, run)
        duplicates = _duplicates(catalog, decisions, params)
        sink = pa.BufferOutputStream()
        pq.write_table(duplicates, sink, compression="zstd")
        storage.write_bytes(storage.join(output, DUPLICATES), sink.getvalue().to_pybytes())
        _write(catalog, decisions, output, run, workers, context)
    return duplicates_report(decisions, duplicates, params)


def _remember(table: pa.Table) -> pa.Table:
    return table


def _rank(catalog: Catalog, params: DedupeParams) -> I64:
    """Place of each row in the order of preference, 0 the best."""
    if params.keep == "keep_first":
        return np.arange(catalog.rows)
    return preference(catalog, ("quality", "length") if params.keep == "keep_best_quality" else ("length", "quality"))


def _decide(catalog: Catalog, rank: I64, params: DedupeParams, workers: Workers, context: Context) -> Decisions:
    broken = catalog.broken
    leader = exact_groups(catalog, rank)
    distinct = np.flatnonzero((leader == np.arange(catalog.rows)) & ~broken)
    found = candidates(catalog.bands, distinct)
    sets = read_sets(catalog, found.members(), workers, context.progress)
    links = verify_pairs(found, sets, params.threshold)
    near: Removal = remove_near(catalog.rows, rank, links, found.crowds, sets, params.threshold)
    keeper = near.keeper[leader]
    return Decisions(
        keeper=keeper,
        similarity=near.similarity[leader],
        exact=keeper == leader,
        broken=broken,
        candidate_pairs=sets.compared,
        crowds=len(found.crowds),
        too_short=catalog.bands.empty,
    )


def _check_limit(decisions: Decisions, run: RunParams) -> None:
    broken, rows = int(decisions.broken.sum()), len(decisions.broken)
    if broken > run.quarantine_limit * rows:
        raise RunError(
            f"dedupe: {broken} of {rows} rows: {BROKEN_HASH}; that is more than run.quarantine_limit allows "
            f"({run.quarantine_limit:.1%}); run the step that wrote them again"
        )


def _duplicates(catalog: Catalog, decisions: Decisions, params: DedupeParams) -> pa.Table:
    removed = decisions.removed
    kept = decisions.keeper[removed]
    ids, scores = catalog.table.column("record_id"), catalog.table.column("quality_score")
    reasons = np.where(decisions.exact[removed], EXACT, NEAR)
    because = [
        _why(params.keep, *pair)
        for pair in zip(
            scores.take(pa.array(kept)).to_pylist(),
            scores.take(pa.array(removed)).to_pylist(),
            catalog.lengths[kept].tolist(),
            catalog.lengths[removed].tolist(),
            strict=True,
        )
    ]
    columns = [
        ids.take(pa.array(removed)),
        ids.take(pa.array(kept)),
        pa.array(reasons, pa.string()),
        pa.array(decisions.similarity[removed]),
        pa.array(because, pa.string()),
    ]
    return pa.Table.from_arrays(columns, schema=DUPLICATES_SCHEMA)


def _why(keep: str, kept_score: float | None, removed_score: float | None, kept_length: int, removed_length: int) -> str:
    """What spoke for the kept record, in words."""
    if keep == "keep_first":
        return "kept the first"
    better = kept_score != removed_score
    quality = f"kept the better one ({_number(kept_score)} over {_number(removed_score)})" if better else ""
    length = f"kept the longer one ({kept_length:,} over {removed_length:,} bytes)" if kept_length != removed_length else ""
    first, second = (quality, length) if keep == "keep_best_quality" else (length, quality)
    return first or second or "equal: kept the smaller id"


def _number(score: float | None) -> str:
    return "no score" if score is None else f"{score:g}"


def _batched(tasks: Iterator[WriteTask], size: int) -> Iterator[list[WriteTask]]:
    """Runs of ``size`` tasks."""
    while some := list(islice(tasks, size)):
        yield some


def _write(catalog: Catalog, decisions: Decisions, output: str, run: RunParams, workers: Workers, context: Context) -> None:
    ids = catalog.table.column("record_id").combine_chunks()
    cluster = ids.take(pa.array(decisions.keeper)) if catalog.rows else ids
    removed, broken = decisions.removed, np.flatnonzero(decisions.broken)
    reasons = pa.array(np.where(decisions.exact[removed], EXACT, NEAR), pa.string())
    plans: list[tuple[str, I64, dict[str, pa.Array]]] = [
        (storage.join(output, shards.QUARANTINED), broken, {"error": pa.array([BROKEN_HASH] * len(broken), pa.string())}),
        (storage.join(output, shards.REJECTED), removed, {"cluster_id": cluster.take(pa.array(removed)), "reason": reasons}),
        (output, decisions.kept, {"cluster_id": cluster.take(pa.array(decisions.kept))}),
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
