"""Input shard sets without the rows of erased people.

A restored backup or an old intermediate set may contain somebody who was erased since. A step that would copy such rows reads
a temporary copy of the set without them. With an empty list nothing is read and nothing is copied; otherwise two columns of
each shard are read.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace

import pyarrow.compute as pc

from attune import storage
from attune.records import shards
from attune.records.erased import REASON, Erased
from attune.records.shards import Shard, ShardSet
from attune.reporting.report import Report

FOLDER = ".without-erased"
_COLUMNS = ("subject_id", "conversation_id")


@dataclass(frozen=True)
class FilteredInputs:
    """The inputs that a step reads.

    Attributes:
        uris: URIs of its shard sets; a set without rows of erased people is the original one.
        rows: how many rows of erased people were left out.
    """

    uris: Sequence[str]
    rows: int = 0

    def add_to_report(self, report: Report) -> Report:
        """The step's report with the rows left out here counted as rows in, and as rejected."""
        if not self.rows or report.rows is None:
            return report
        rejected = {**report.rows.rejected, REASON: report.rows.rejected.get(REASON, 0) + self.rows}
        rows = replace(report.rows, rows_in=report.rows.rows_in + self.rows, rejected=dict(sorted(rejected.items())))
        return replace(report, rows=rows, lead=f"{report.lead} {self.rows:,} more are of people who were erased: left out.")


@contextmanager
def without_erased(uris: Sequence[str], output: str, erased: Erased) -> Iterator[FilteredInputs]:
    """The sets at ``uris`` without the people on the list, while the block lasts.

    Args:
        uris: complete shard sets.
        output: the step's output; the temporary copies are in a hidden folder below it, and removed at the end.
        erased: the list of erased people.

    Raises:
        UsageError: one of the sets is not complete.
    """
    temporary = storage.join(output, FOLDER)
    if erased:
        _remove(temporary)  # left by a killed run
    filtered, rows = list(uris), 0
    opened = [shards.open_set(uri) for uri in uris]
    for number, found in enumerate(opened) if erased else ():
        counts = [_count_erased(found, shard, erased) for shard in found.shards]
        if any(counts):
            filtered[number] = storage.join(temporary, f"{number:03d}")
            rows += sum(counts)
            _write_filtered(found, counts, filtered[number], erased)
    try:
        yield FilteredInputs(filtered, rows)
    finally:
        if rows:
            _remove(temporary)


def _count_erased(found: ShardSet, shard: Shard, erased: Erased) -> int:
    table = found.read(shard, _COLUMNS)
    return int(pc.sum(erased.rows(table)).as_py() or 0)


def _write_filtered(found: ShardSet, counts: Sequence[int], uri: str, erased: Erased) -> None:
    """Write ``found`` without the rows of erased people. Memory: one shard. A shard without such rows keeps its bytes."""
    result = []
    for shard, rows in zip(found.shards, counts, strict=True):
        target = storage.join(uri, shard.name)
        if not rows:
            _copy(found.shard_uri(shard), target)
            result.append(shard)
        elif rows < shard.rows:
            table = found.read(shard)
            result.append(shards.write_shard(target, table.filter(pc.invert(erased.rows(table))).combine_chunks()))
    shards.describe(uri, found.step, result, found.as_of, found.failed_gates, found.supersedes)


def _copy(source: str, target: str) -> None:
    if not storage.is_remote(source) and not storage.is_remote(target):
        path = storage.local_path(target)
        storage.make_folder(path.parent)
        try:
            os.link(storage.local_path(source), path)
        except OSError:  # another disk, or a file system without links
            storage.write_bytes(target, storage.read_bytes(source))
        return
    storage.write_bytes(target, storage.read_bytes(source))


def _remove(folder: str) -> None:
    storage.remove_tree(folder)
