"""Updates a shard set in place: replaces the records of affected users and leaves the rest unchanged.

Afterwards the set holds, record for record, what a full extraction would hold. A kill at any time loses and duplicates nothing,
because the new set is prepared beside the old one and one file decides: before ``.incremental/plan.json`` exists, the old set
is complete and the work starts over (finished batches are kept); once it exists, the next run completes the update.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from attune import storage
from attune.errors import RunError
from attune.records import shards
from attune.records.shards import Shard
from attune.redaction.conversations import tenth_of
from attune.runtime.step import Stats, merge_stats
from attune.steps.extract.state import KINDS, ExtractionState, UserIndex, folder_of, user_number, write_state
from attune.storage.parquet import read_table

STAGED = ".incremental"
DELETED = "no longer in the database, or outside the filters"
_PLAN, _USERS = "plan.json", "users.parquet"


@dataclass
class UpdateCounts:
    """Counts of an update. They count conversations, except the last two.

    Attributes:
        reread: read and written again.
        replaced: those of ``reread`` that the snapshot held before.
        carried: left unchanged.
        removed: reason -> removed and not replaced.
        removed_users: reason -> numbers of the users of the removed ones.
        shards: files left unchanged (``carried``) and files ``written``.
    """

    reread: int = 0
    replaced: int = 0
    carried: int = 0
    removed: Counter[str] = field(default_factory=Counter)
    removed_users: dict[str, set[int]] = field(default_factory=dict)
    shards: Counter[str] = field(default_factory=Counter)


def stage_of(output: str) -> str:
    """The folder where the records of affected users are written before they enter the set."""
    return storage.join(output, STAGED)


def update(
    output: str, affected: frozenset[int], refused: Mapping[int, str], shard_rows: int, totals: Stats
) -> tuple[dict[str, list[Shard]], Stats, UpdateCounts]:
    """Write the shards of the new set beside those of the old one, which stays unchanged.

    Args:
        output: the shard set; the new records of affected users are in its stage.
        affected: numbers of the users whose old records are removed.
        refused: number -> reason, of users who opted out since the last run.
        shard_rows: rows of a shard; files with less than half of that are merged.
        totals: counts over the old set.

    Returns:
        The shards of the new set by kind, the counts over it, and the counts of the update. Memory: the rows of one shard, and
        the ids of the new records.
    """
    change = UpdateCounts()
    staged = {kind: shards.open_set(folder_of(stage_of(output), kind)) for kind in KINDS}
    tables = (table for opened in staged.values() for table in opened.tables(["record_id"]))
    successors = {record for table in tables for record in table["record_id"].to_pylist()}
    change.reread = len(successors)
    gone: Stats = {}
    added: Stats = {}
    result: dict[str, list[Shard]] = {}
    for kind in KINDS:
        old = shards.open_set(folder_of(output, kind))
        shards.remove_strays(old.uri, old.shards)  # left by an update that was killed
        writer = _ShardWriter(old.uri, 1 + max((_number(shard.name) for shard in old.shards), default=-1), shard_rows)
        for shard in old.shards:
            subjects = _column(old.shard_uri(shard), "subject_id")
            hit = [user_number(subject) in affected for subject in subjects]
            if not any(hit) and 2 * shard.rows >= shard_rows:
                writer.carry(shard)
                change.carried += shard.rows
                continue
            table = old.read(shard)
            out = table.filter(pa.array(hit, pa.bool_()))
            gone = merge_stats(gone, count_rows(kind, out))
            _count_removed(out, successors, refused, change)
            writer.write(table.filter(pa.array([not each for each in hit], pa.bool_())))
            change.carried += table.num_rows - out.num_rows
        for table in staged[kind].tables():
            added = merge_stats(added, count_rows(kind, table))
            writer.write(table)
        result[kind] = writer.finish()
        change.shards.update(writer.counts)
    return result, _sum(totals, added, gone), change


def commit(output: str, parts: Mapping[str, Sequence[Shard]], state: ExtractionState, failed_gates: Sequence[str] = ()) -> None:
    """Replace the old set by the new one, marked with its failed gates. Once the plan is written, the update is decided."""
    stage = stage_of(output)
    storage.write_bytes(storage.join(stage, _USERS), state.index.to_bytes())
    plan = {
        "shards": {kind: [asdict(shard) for shard in parts[kind]] for kind in KINDS},
        **state.to_json(),
        "failed_gates": list(failed_gates),
    }
    storage.write_bytes(storage.join(stage, _PLAN), shards.json_bytes(plan))
    complete(output)


def complete(output: str) -> bool:
    """Complete an update whose plan was written; False when there is none. May be killed and repeated."""
    stage = stage_of(output)
    file = storage.join(stage, _PLAN)
    if not storage.exists(file):
        return False
    storage.refuse_special_entries(stage, "what an interrupted extraction left")
    try:
        plan = storage.parse_json(storage.read_bytes(file))
        parts = {kind: shards.shards_of(plan["shards"][kind], file) for kind in KINDS}
        state = ExtractionState.from_json(plan, UserIndex.from_bytes(storage.read_bytes(storage.join(stage, _USERS))))
    except (ValueError, KeyError, TypeError, AttributeError):
        raise RunError(f"{file}: is damaged; remove {stage}, then extract into a new --output without --incremental") from None
    storage.remove(storage.join(output, shards.DESCRIPTION))  # the set does not count as complete until everything is there
    for kind in reversed(KINDS):
        shards.describe(folder_of(output, kind), "extract", parts[kind], state.as_of, plan.get("failed_gates", ()))
    write_state(output, state)
    for kind in KINDS:
        shards.remove_strays(folder_of(output, kind), parts[kind])
    storage.remove(file)
    clear_stage(output)
    return True


def clear_stage(output: str) -> None:
    """Remove what an update prepared, the plan first."""
    stage = stage_of(output)
    storage.refuse_special_entries(stage, "what an interrupted extraction left")
    storage.remove(storage.join(stage, _PLAN))
    for name in storage.walk(stage, hidden=True):
        storage.remove(storage.join(stage, name))


def count_rows(kind: str, table: pa.Table) -> Stats:
    """The counts of :attr:`ExtractionState.totals` over rows of one kind."""
    if kind == shards.QUARANTINED:
        return {"quarantined": _values(table["error"])}
    if kind == shards.REJECTED:
        reasons = _values(table["reason"])
        families: dict[str, dict[str, int]] = {}
        for family, reason in zip(table["family"].to_pylist(), table["reason"].to_pylist(), strict=True):
            counts = families.setdefault(family, {})
            counts[reason] = counts.get(reason, 0) + 1
        return {"rejected": reasons, "families": families}
    scores = [(signals or {}).get("analytics_score") for signals in table["signals"].to_pylist()]
    return {
        "kept": table.num_rows,
        "families": {family: {"kept": count} for family, count in _values(table["family"]).items()},
        "pii_status": _values(table["pii_status"]),
        "languages": _values(table["language"]),
        "tags": _values(pc.list_flatten(table["tags"])),
        "review_reasons": _values(pc.list_flatten(table["review_reasons"])),
        "analytics_scores": dict(Counter(map(tenth_of, scores))),
    }


class _ShardWriter:
    """Writes shards under names that the old set does not use."""

    def __init__(self, uri: str, first: int, rows: int) -> None:
        self.counts: Counter[str] = Counter()
        self._uri = uri
        self._next = first
        self._rows = rows
        self._shards: list[Shard] = []
        self._pending: list[pa.Table] = []
        self._pending_rows = 0

    def carry(self, shard: Shard) -> None:
        """Add an existing shard unchanged."""
        self._shards.append(shard)
        self.counts["carried"] += 1

    def write(self, table: pa.Table) -> None:
        """Append rows."""
        if table.num_rows:
            self._pending.append(table)
            self._pending_rows += table.num_rows
        while self._pending_rows >= self._rows:
            self._flush(self._rows)

    def finish(self) -> list[Shard]:
        """Write the rows that are left; returns all shards, by number."""
        if self._pending_rows:
            self._flush(self._pending_rows)
        return sorted(self._shards, key=lambda shard: _number(shard.name))

    def _flush(self, rows: int) -> None:
        table = pa.concat_tables(self._pending)
        uri = storage.join(self._uri, shards.part_name(self._next))
        self._shards.append(shards.write_shard(uri, table.slice(0, rows).combine_chunks()))
        self.counts["written"] += 1
        self._next += 1
        rest = table.slice(rows)
        self._pending = [rest] if rest.num_rows else []
        self._pending_rows = rest.num_rows


def _count_removed(table: pa.Table, successors: set[str], refused: Mapping[int, str], change: UpdateCounts) -> None:
    for record, subject in zip(table["record_id"].to_pylist(), table["subject_id"].to_pylist(), strict=True):
        if record in successors:
            change.replaced += 1
            continue
        user = user_number(subject)
        reason = refused.get(user, DELETED)
        change.removed[reason] += 1
        change.removed_users.setdefault(reason, set()).add(user)


def _sum(totals: Stats, added: Stats, gone: Stats) -> Stats:
    return _without_zeros(merge_stats(merge_stats(totals, added), _negative(gone)))


def _negative(stats: Stats) -> Stats:
    return {key: _negative(value) if isinstance(value, dict) else -value for key, value in stats.items()}


def _without_zeros(stats: Stats) -> Stats:
    kept: Stats = {}
    for key in sorted(stats):
        value = _without_zeros(stats[key]) if isinstance(stats[key], dict) else stats[key]
        if value or not isinstance(value, dict | int) or key == "kept":
            kept[key] = value
    return kept


def _values(column: Any) -> dict[str, int]:
    return {item["values"]: item["counts"] for item in column.value_counts().to_pylist()}


def _column(uri: str, name: str) -> Iterator[str]:
    """One column of a shard, without reading the others."""
    with storage.open_file(uri) as handle:
        yield from read_table(handle, [name])[name].to_pylist()


def _number(part: str) -> int:
    return int(part.removeprefix("part-").removesuffix(".parquet"))
