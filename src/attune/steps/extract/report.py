"""The report of extract: what was read and what was not, what an update changed, and what mining found."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from attune.config.params import ExtractParams
from attune.redaction.canaries import failed_redaction_gates
from attune.redaction.report import preparation_numbers, redaction_blocks
from attune.reporting.report import Bars, Block, Histogram, Report, Rows, Table, Tile, Tiles
from attune.runtime.engine import MapResult
from attune.steps.extract.incremental import UpdateCounts
from attune.steps.extract.mapping_check import MappingCheck
from attune.steps.extract.source_merge import SourceMerger


@dataclass(frozen=True)
class DatabaseSummary:
    """Counts that the database gives before a row is read."""

    conversations: int
    messages: int
    newest: datetime | None
    refused: Mapping[str, tuple[int, int]]  # reason -> users, conversations
    without_user: int  # conversations
    consenting: int  # conversations of all consenting users, before the filters


@dataclass(frozen=True)
class RunMode:
    """How this run made the snapshot: a full or an incremental extraction.

    Attributes:
        full: everything was read.
        why_full: why an incremental run had to read everything; empty when a full run was requested.
        users: number of users whose conversations were read again.
        change: counts of an incremental run.
        watermarks: source -> newest timestamp.
    """

    full: bool
    why_full: str = ""
    users: int = 0
    change: UpdateCounts = field(default_factory=UpdateCounts)
    watermarks: Mapping[str, datetime] = field(default_factory=dict)


def render(
    result: MapResult,
    summary: DatabaseSummary,
    merger: SourceMerger,
    filtered: Mapping[str, int],
    params: ExtractParams,
    mode: RunMode,
    mapping: MappingCheck,
) -> Report:
    """The report of a run. ``result`` counts the whole snapshot; its redaction counts only what was read in this run."""
    left_out = dict(sorted(filtered.items()))
    if summary.consenting > summary.conversations:
        left_out["days or completed_only"] = summary.consenting - summary.conversations
    numbers: dict[str, Any] = {
        "as_of": summary.newest.isoformat() if summary.newest else None,
        "consenting_conversations": summary.consenting,
        "messages": summary.messages,
        "messages_read": merger.source_rows["conversations"],
        "source_rows": dict(sorted(merger.source_rows.items())),
        "refused": {reason: {"users": users, "conversations": count} for reason, (users, count) in summary.refused.items()},
        "without_user": summary.without_user,
        "filtered": left_out,
        "analytics_scores": dict(sorted(result.stats.get("analytics_scores", {}).items())),
        "update": _update_numbers(mode),
        **preparation_numbers(result),
    }
    return Report(
        "extract",
        "Extraction and redaction",
        _lead(result, summary, mode) + mapping.warning(),
        Rows(result.rows_in, result.kept, result.rejected, result.quarantined),
        numbers,
        [
            *_update_blocks(mode),
            *_source_blocks(summary, merger, left_out, params),
            *mapping.blocks(),
            *_mining_blocks(result, params),
            *redaction_blocks(result),
        ],
        failed_redaction_gates(result),
    )


def _lead(result: MapResult, summary: DatabaseSummary, mode: RunMode) -> str:
    users = sum(users for users, _ in summary.refused.values())
    withheld = sum(count for _, count in summary.refused.values())
    never = f"{withheld:,} conversations of {users:,} users who opted out or asked for erasure were never read."
    if mode.full:
        why = f" Everything was read: {mode.why_full}." if mode.why_full else ""
        return f"{result.rows_in:,} conversations were read and {result.kept:,} kept, redacted in memory. {never}{why}"
    change = mode.change
    removed = sum(change.removed.values())
    return (
        f"{change.reread:,} conversations of {mode.users:,} users with changes were read, {change.carried:,} are "
        f"unchanged and {removed:,} were removed: the snapshot holds {result.kept:,} records, redacted in memory. {never}"
    )


def _update_numbers(mode: RunMode) -> dict[str, Any]:
    change = mode.change
    return {
        "mode": "full" if mode.full else "incremental",
        "why_full": mode.why_full,
        "watermarks": {source: moment.isoformat() for source, moment in sorted(mode.watermarks.items())},
        "users_read": mode.users,
        "read": change.reread,
        "replaced": change.replaced,
        "new": change.reread - change.replaced,
        "carried": change.carried,
        "removed": {
            reason: {"users": len(change.removed_users[reason]), "conversations": count}
            for reason, count in sorted(change.removed.items())
        },
        "shards": dict(sorted(change.shards.items())),
    }


def _update_blocks(mode: RunMode) -> list[Block]:
    watermarks = Table(
        "Watermarks", ("source", "newest timestamp"),
        [(source, moment.isoformat()) for source, moment in sorted(mode.watermarks.items())],
        "The next incremental run reads rows that are newer than these timestamps minus the overlap.", "watermarks",
    )  # fmt: skip
    if mode.full:
        return [watermarks]
    change = mode.change
    rows: list[tuple[str, int, int | None]] = [
        ("read: new", change.reread - change.replaced, None),
        ("read: replacing an older record", change.replaced, None),
        ("unchanged", change.carried, None),
    ]
    rows += [
        (f"removed: {reason}", count, len(change.removed_users[reason])) for reason, count in sorted(change.removed.items())
    ]
    note = "The redaction counts below cover the conversations read in this run; all other counts cover the snapshot."
    return [Table("What changed since the last run", ("what", "conversations", "users"), rows, note, "update"), watermarks]


def _source_blocks(
    summary: DatabaseSummary, merger: SourceMerger, left_out: Mapping[str, int], params: ExtractParams
) -> list[Block]:
    blocks: list[Block] = [
        Tiles(
            [
                Tile("conversations", "conversations of consenting users", summary.consenting),
                Tile("messages", "messages in them", summary.messages),
                Tile("refused_users", "users never read", sum(users for users, _ in summary.refused.values())),
                Tile("newest", "newest message", summary.newest.date().isoformat() if summary.newest else "none"),
            ]
        ),
        Table(
            "Never read",
            ("reason", "users", "conversations"),
            [(reason, users, count) for reason, (users, count) in summary.refused.items()]
            + ([("no user", None, summary.without_user)] if summary.without_user else []),
            "The queries leave these out in the database; only the counts are read.",
            "refused",
        ),
        Bars("Rows read", {name: float(count) for name, count in sorted(merger.source_rows.items())}, "rows"),
    ]
    if left_out:
        blocks.append(
            Table("Left out by filters", ("filter", "conversations"), list(left_out.items()), _filters(params), "filtered")
        )
    return blocks


def _mining_blocks(result: MapResult, params: ExtractParams) -> list[Block]:
    scores = result.stats.get("analytics_scores", {})
    if not any(name != "none" for name in scores):
        return []
    return [
        Histogram(
            "Analytics score",
            [tenth / 10 for tenth in range(11)],
            [scores.get(f"0.{tenth}", 0) for tenth in range(10)],
            "analytics score",
            f"Kept records; {scores.get('none', 0):,} have no score because the product measured nothing. A conversation above "
            f"{params.candidate_score:g} is a training candidate. docs/mining.md has the formula.",
            {"training candidate": params.candidate_score},
        )
    ]


def _filters(params: ExtractParams) -> str:
    active = {
        "days": params.days,
        "min_quality": params.min_quality,
        "min_satisfaction": params.min_satisfaction,
        "completed_only": params.completed_only or None,
    }
    return "Filters: " + ", ".join(f"{name} = {value}" for name, value in active.items() if value is not None)
