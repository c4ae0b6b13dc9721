"""The engine that runs map steps: it resumes finished batches, isolates bad rows, counts, and writes what the step returns.

Guarantees, each covered by tests:

- rows in = kept + rejected + quarantined, for every batch and for the whole, or the step fails.
- A batch that was finished with the same key (input bytes, parameters, code) is not made again.
- The bytes written do not depend on the number of workers or on how often the run was killed.
- Memory: one batch per worker and two waiting ones.
"""

from __future__ import annotations

import hashlib
import io
import json
import multiprocessing
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.ipc
from pydantic import BaseModel

from attune import storage
from attune.errors import AttuneError, RowError, RunError
from attune.records import shards
from attune.records.shards import Shard, ShardSet
from attune.runtime.code_version import code_version
from attune.runtime.step import Batch, Context, MapFunction, Stats, merge_stats
from attune.runtime.watchdog import watch_pool_parent

COMMITS = ".commits"
_PACKAGE = Path(__file__).parents[1]
_KINDS = ("kept", shards.REJECTED, shards.QUARANTINED)


@dataclass(frozen=True)
class Unit:
    """One batch of work: a shard to read, or rows in memory.

    Attributes:
        digest: SHA-256 of the shard's file, or of the rows.
        rows: number of rows.
        shard_uri: the shard, where it is to be read.
        table: the rows, where they are in memory.
    """

    digest: str
    rows: int
    shard_uri: str | None = None
    table: pa.Table | None = None

    def load(self) -> pa.Table:
        """The rows."""
        if self.table is not None:
            return self.table
        assert self.shard_uri is not None
        return shards.read_shard(self.shard_uri, self.digest, rows=self.rows)


@dataclass(frozen=True)
class MapJob:
    """A map step with everything that its workers need to know.

    Attributes:
        name: the step's name.
        function: a module-level function on one batch.
        params: the parameters that the function gets.
        context: the run's context; ``context.workers`` processes work at the same time (1: in this process).
        output: URI of the shard set to write.
        quarantine_limit: share of rows, above which the step fails.
        keep_quarantined_rows: write the rows themselves to quarantine; False writes only where to find them (unredacted input).
        code: version of the function's code and the engine's; :func:`run_map` sets it.
    """

    name: str
    function: MapFunction
    params: BaseModel
    context: Context
    output: str
    quarantine_limit: float = 0.01
    keep_quarantined_rows: bool = True
    code: str = ""

    def key(self, unit: Unit) -> str:
        """The cache key of a unit's result: it changes with the input's bytes, the parameters, the context and the code."""
        parts = [
            unit.digest,
            self.params.model_dump_json(),
            str(self.context.seed),
            self.context.now.isoformat(),
            hashlib.sha256(self.context.subject_key).hexdigest(),
            self.code,
        ]
        return hashlib.sha256("\0".join(parts).encode()).hexdigest()


@dataclass(frozen=True)
class Commit:
    """What one finished unit wrote; its file marks the unit as done."""

    key: str
    rows_in: int
    shards: dict[str, Shard]
    reasons: dict[str, int]
    errors: dict[str, int]
    stats: Stats
    reused: bool = False


@dataclass(frozen=True)
class MapResult:
    """The sums over all units of a map step."""

    rows_in: int
    kept: int
    rejected: dict[str, int]
    quarantined: dict[str, int]
    stats: Stats
    units: int
    reused: int
    as_of: datetime | None


def shard_units(inputs: Sequence[ShardSet]) -> list[Unit]:
    """One unit for each shard of the inputs, in order."""
    return [Unit(shard.sha256, shard.rows, shard_uri=item.shard_uri(shard)) for item in inputs for shard in item.shards]


def stream_units(tables: Iterable[pa.Table]) -> Iterator[Unit]:
    """One unit for each table of a stream; its digest is over the rows, so a rerun of the same stream resumes."""
    for table in tables:
        yield Unit(_table_digest(table), table.num_rows, table=table)


def newest(inputs: Sequence[ShardSet]) -> datetime | None:
    """The newest ``as_of`` of the inputs."""
    return max((item.as_of for item in inputs if item.as_of), default=None)


def run_map(
    job: MapJob,
    units: Iterable[Unit],
    *,
    total_rows: int | None = None,
    reference_time: datetime | Callable[[], datetime | None] | None = None,
    gates: Callable[[MapResult], Sequence[str]] | None = None,
) -> MapResult:
    """Run a map step over all units and write its output: kept rows, ``rejected/`` and ``quarantined/``.

    Args:
        job: the step.
        units: what to work on; a stream is consumed as fast as the workers take it.
        total_rows: rows in all, if known, for the progress display.
        reference_time: the ``as_of`` of the written set, or a function that knows it when the stream has ended; None: that of
            the context.
        gates: returns the gates that a result failed; the written set carries their names, so no later step reads it.

    Raises:
        RunError: rows were lost, too many were quarantined, or a worker died.
    """
    for kind in _KINDS:
        storage.remove(storage.join(_folder(job.output, kind), shards.DESCRIPTION))
    job = replace(job, code=code_version(job.function.__module__, __name__))
    commits: dict[int, Commit] = {}
    done = reused = 0
    for index, commit in _run_units(job, units):
        commits[index] = commit
        done += commit.rows_in
        reused += commit.reused
        job.context.progress.update(done, total_rows, f"{reused} of {len(commits)} batches resumed" if reused else "")
    ordered = [commits[index] for index in sorted(commits)]
    as_of = reference_time() if callable(reference_time) else reference_time
    result = _sum(ordered, as_of or job.context.as_of)
    _check_sums(job, result)
    _describe_all(job, ordered, result.as_of, gates(result) if gates else ())
    return result


def _run_units(job: MapJob, units: Iterable[Unit]) -> Iterator[tuple[int, Commit]]:
    if job.context.workers <= 1:
        for index, unit in enumerate(units):
            yield index, _run_unit(job, index, unit)
        return
    executor = ProcessPoolExecutor(job.context.workers, multiprocessing.get_context("spawn"), initializer=watch_pool_parent)
    try:
        yield from _run_in_pool(executor, job, units)
    except BrokenProcessPool:
        raise RunError(
            f"{job.name}: a worker process died (out of memory, or killed); finished batches are kept, "
            "run again to resume, with fewer workers if memory was short"
        ) from None
    finally:
        executor.shutdown(wait=True, cancel_futures=True)


def _run_in_pool(executor: ProcessPoolExecutor, job: MapJob, units: Iterable[Unit]) -> Iterator[tuple[int, Commit]]:
    running: dict[Future[Commit], int] = {}
    for index, unit in enumerate(units):
        running[executor.submit(_run_unit, job, index, unit)] = index
        if len(running) >= job.context.workers + 2:
            yield from _collect(running)
    while running:
        yield from _collect(running)


def _collect(running: dict[Future[Commit], int]) -> Iterator[tuple[int, Commit]]:
    finished, _ = wait(running, return_when=FIRST_COMPLETED)
    for future in finished:
        yield running.pop(future), future.result()


def _run_unit(job: MapJob, index: int, unit: Unit) -> Commit:
    key = job.key(unit)
    done = _finished_commit(job, index, key)
    if done is not None:
        return done
    table = unit.load()
    batch, quarantined = apply_with_bisection(job, table)
    rows = batch.kept.num_rows + batch.rejected.num_rows + quarantined.num_rows
    if rows != table.num_rows:
        raise RunError(
            f"{job.name}: batch {index} has {table.num_rows} rows in but {batch.kept.num_rows} kept + "
            f"{batch.rejected.num_rows} rejected + {quarantined.num_rows} quarantined = {rows}; the step loses or doubles rows"
        )
    return _write_commit(job, index, key, batch, quarantined)


def apply_with_bisection(job: MapJob, table: pa.Table) -> tuple[Batch, pa.Table]:
    """Apply the step's function; a batch that raises is halved until the rows that cannot be processed stand alone."""
    try:
        return job.function(table, job.params, job.context), quarantine_schema(table, job).empty_table()
    except AttuneError:
        raise
    except Exception as error:  # a row that makes the step raise goes to quarantine
        if table.num_rows == 0:
            raise  # no row is to blame: the step itself is broken
        if table.num_rows == 1:
            empty = job.function(table.slice(0, 0), job.params, job.context)
            return empty, _quarantine(table, job, error)
    half = table.num_rows // 2
    left, left_bad = apply_with_bisection(job, table.slice(0, half))
    right, right_bad = apply_with_bisection(job, table.slice(half))
    batch = Batch(
        pa.concat_tables([left.kept, right.kept]),
        pa.concat_tables([left.rejected, right.rejected]),
        merge_stats(left.stats, right.stats),
    )
    return batch, pa.concat_tables([left_bad, right_bad])


def quarantine_schema(table: pa.Table, job: MapJob) -> pa.Schema:
    """Columns of the quarantine: the row, or only where to find it if the row may name a person, and the error."""
    schema = table.schema if job.keep_quarantined_rows else pa.schema([table.schema.field(name) for name in _locators(table)])
    return schema.append(pa.field("error", pa.string()))


def _quarantine(row: pa.Table, job: MapJob, error: Exception) -> pa.Table:
    kept = row if job.keep_quarantined_rows else row.select(_locators(row))
    described = describe_error(error, line=False)  # a comment above the line must not change what is written
    return kept.append_column(pa.field("error", pa.string()), pa.array([described], pa.string()))


def _locators(table: pa.Table) -> list[str]:
    return [name for name in ("record_id", "origin", "locator", "subject_id") if name in table.schema.names]


def describe_error(error: BaseException, *, line: bool = True) -> str:
    """The kind of an error and the place in attune that it came from; never its message, which may contain a user's text.

    A :class:`RowError` is the exception: its message is a reason.

    Args:
        error: the error.
        line: name the line; else the function.
    """
    if isinstance(error, RowError):
        return str(error)
    place = "?"
    trace = error.__traceback__
    while trace is not None:
        code = trace.tb_frame.f_code
        file = Path(code.co_filename)
        if file.is_relative_to(_PACKAGE):
            place = f"{file.relative_to(_PACKAGE).as_posix()}:{trace.tb_lineno if line else code.co_qualname}"
        trace = trace.tb_next
    return f"{type(error).__name__} at {place}"


def _write_commit(job: MapJob, index: int, key: str, batch: Batch, quarantined: pa.Table) -> Commit:
    written: dict[str, Shard] = {}
    for kind, table in zip(_KINDS, (batch.kept, batch.rejected, quarantined), strict=True):
        if table.num_rows:
            uri = storage.join(_folder(job.output, kind), shards.part_name(index))
            written[kind] = shards.write_shard(uri, table.combine_chunks())
    reasons = _counts(batch.rejected, "reason")
    errors = _counts(quarantined, "error")
    rows_in = batch.kept.num_rows + batch.rejected.num_rows + quarantined.num_rows
    commit = Commit(key, rows_in, written, reasons, errors, batch.stats)
    content = shards.json_bytes(asdict(commit))
    storage.write_bytes(_commit_uri(job.output, index), content)
    # A resumed batch has only what was written: keys are strings and sorted there, so a fresh one must have no more.
    return replace(commit, stats=json.loads(content)["stats"])


def _finished_commit(job: MapJob, index: int, key: str) -> Commit | None:
    uri = _commit_uri(job.output, index)
    if not storage.exists(uri):
        return None
    try:
        saved = storage.parse_json(storage.read_bytes(uri))
        written = {kind: shards.shard_of(shard, uri) for kind, shard in saved["shards"].items() if kind in _KINDS}
        commit = Commit(**{**saved, "shards": written, "reused": True})
    except (ValueError, KeyError, TypeError, AttributeError, storage.UnsafeNameError):
        return None
    if commit.key != key:
        return None
    for kind, shard in written.items():
        path = storage.join(_folder(job.output, kind), shard.name)
        if not storage.is_plain_file(path) or storage.sha256_file(path) != shard.sha256:
            return None
    return commit


def _sum(commits: Sequence[Commit], as_of: datetime | None) -> MapResult:
    stats: Stats = {}
    rejected: Stats = {}
    quarantined: Stats = {}
    for commit in commits:
        stats = merge_stats(stats, commit.stats)
        rejected = merge_stats(rejected, commit.reasons)
        quarantined = merge_stats(quarantined, commit.errors)
    return MapResult(
        rows_in=sum(commit.rows_in for commit in commits),
        kept=sum(commit.shards["kept"].rows for commit in commits if "kept" in commit.shards),
        rejected=dict(sorted(rejected.items())),
        quarantined=dict(sorted(quarantined.items())),
        stats=stats,
        units=len(commits),
        reused=sum(commit.reused for commit in commits),
        as_of=as_of,
    )


def _check_sums(job: MapJob, result: MapResult) -> None:
    name, limit = job.name, job.quarantine_limit
    rejected, quarantined = sum(result.rejected.values()), sum(result.quarantined.values())
    if result.kept + rejected + quarantined != result.rows_in:
        raise RunError(
            f"{name}: {result.rows_in} rows in, but {result.kept} kept + {rejected} rejected + {quarantined} quarantined"
        )
    if quarantined > limit * result.rows_in:
        worst = max(result.quarantined, key=lambda error: result.quarantined[error])
        raise RunError(
            f"{name}: {quarantined} of {result.rows_in} rows could not be processed, more than the "
            f"quarantine_limit of {limit:.1%}; the commonest error is {worst}; see the folder quarantined/"
        )


def _describe_all(job: MapJob, commits: Sequence[Commit], as_of: datetime | None, failed_gates: Sequence[str]) -> None:
    for kind in reversed(_KINDS):  # the kept rows last: their description says that all is there
        folder = _folder(job.output, kind)
        written = [commit.shards[kind] for commit in commits if kind in commit.shards]
        shards.remove_strays(folder, written)
        shards.describe(folder, job.name, written, as_of, failed_gates)
    known = {shards.part_name(index).replace(".parquet", ".json") for index in range(len(commits))}
    for name in storage.list_files(storage.join(job.output, COMMITS)):
        if (name.startswith("part-") and name not in known) or storage.is_temporary(name):
            storage.remove(storage.join(job.output, COMMITS, name))


def _folder(output: str, kind: str) -> str:
    return output if kind == "kept" else storage.join(output, kind)


def _commit_uri(output: str, index: int) -> str:
    return storage.join(output, COMMITS, shards.part_name(index).replace(".parquet", ".json"))


def _counts(table: pa.Table, column: str) -> dict[str, int]:
    counted = table.column(column).value_counts()
    return dict(sorted((item["values"].as_py(), item["counts"].as_py()) for item in counted))


def _table_digest(table: pa.Table) -> str:
    sink = io.BytesIO()
    combined = table.combine_chunks()
    with pyarrow.ipc.new_stream(sink, combined.schema) as writer:
        writer.write_table(combined)
    return hashlib.sha256(sink.getbuffer()).hexdigest()


def with_reference_time(context: Context, inputs: Sequence[ShardSet]) -> Context:
    """``context`` with the newest ``as_of`` of the inputs as reference time, unless the run set its own."""
    return context if context.as_of else replace(context, as_of=newest(inputs))
