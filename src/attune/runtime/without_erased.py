"""What a step reads in the place of inputs that hold something of erased people: the same sets without their rows.

A restored backup or an old intermediate set may hold somebody who was erased since. A step that would copy such rows gets a
set of the other rows instead, made beside its output for as long as it runs. Where the list is empty nothing is read and
nothing is made; where it is not, two columns of each shard are read.
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
class Cleared:
    """The inputs that a step is given.

    Attributes:
        uris: of its shard sets; those that hold nothing of an erased person are the ones that were named.
        rows: how many rows of erased people were left out.
    """

    uris: Sequence[str]
    rows: int = 0

    def told(self, report: Report) -> Report:
        """The step's report with the rows that it never saw: they came in and were left out, for that reason."""
        if not self.rows or report.rows is None:
            return report
        rejected = {**report.rows.rejected, REASON: report.rows.rejected.get(REASON, 0) + self.rows}
        rows = replace(report.rows, rows_in=report.rows.rows_in + self.rows, rejected=dict(sorted(rejected.items())))
        return replace(report, rows=rows, lead=f"{report.lead} {self.rows:,} more are of people who were erased: left out.")


@contextmanager
def without_erased(uris: Sequence[str], output: str, erased: Erased) -> Iterator[Cleared]:
    """The sets at ``uris`` without the people on the list, while the block lasts.

    Args:
        uris: of complete shard sets.
        output: of the step; sets without somebody are made below it, in a hidden folder, and removed at the end.
        erased: the list.

    Raises:
        UsageError: one of them is no complete shard set.
    """
    around = storage.join(output, FOLDER)
    if erased:
        _remove(around)  # what a kill left
    cleared, rows = list(uris), 0
    opened = [shards.open_set(uri) for uri in uris]
    for number, found in enumerate(opened) if erased else ():
        held = [_rows(found, shard, erased) for shard in found.shards]
        if any(held):
            cleared[number] = storage.join(around, f"{number:03d}")
            rows += sum(held)
            _make(found, held, cleared[number], erased)
    try:
        yield Cleared(cleared, rows)
    finally:
        if rows:
            _remove(around)


def _rows(found: ShardSet, shard: Shard, erased: Erased) -> int:
    table = found.read(shard, _COLUMNS)
    return int(pc.sum(erased.rows(table)).as_py() or 0)


def _make(found: ShardSet, held: Sequence[int], uri: str, erased: Erased) -> None:
    """Write ``found`` without the rows of the list. Memory: one shard. Shards that hold none of them keep their bytes."""
    result = []
    for shard, rows in zip(found.shards, held, strict=True):
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
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            os.link(storage.local_path(source), path)
        except OSError:  # another disk, or a file system without links
            storage.write_bytes(target, storage.read_bytes(source))
        return
    storage.write_bytes(target, storage.read_bytes(source))


def _remove(folder: str) -> None:
    if not storage.exists(folder):
        return
    for name in storage.walk(folder, hidden=True):
        storage.remove(storage.join(folder, name))
    if not storage.is_remote(folder):
        for path, _, _ in os.walk(storage.local_path(folder), topdown=False):
            os.rmdir(path)  # noqa: PTH106
