"""The page of extract: what was read and never read, what an update changed, and what mining found."""

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
from attune.steps.extract.incremental import Change
from attune.steps.extract.merge import Merger


@dataclass(frozen=True)
class Survey:
    """What the database says of itself before a row is read."""

    conversations: int
    messages: int
    newest: datetime | None
    refused: Mapping[str, tuple[int, int]]  # reason -> users, conversations
    nobodys: int
    everything: int  # conversations of all who consented, before the filters


@dataclass(frozen=True)
class Update:
    """How this snapshot came about.

    Attributes:
        full: everything was read.
        why_full: an incremental run was asked for and this stood in the way; empty: none was asked for.
        users: whose conversations were read again.
        change: what an incremental run did.
        watermarks: source -> newest moment.
    """

    full: bool
    why_full: str = ""
    users: int = 0
    change: Change = field(default_factory=Change)
    watermarks: Mapping[str, datetime] = field(default_factory=dict)


def render(
    result: MapResult,
    survey: Survey,
    merger: Merger,
    filtered: Mapping[str, int],
    params: ExtractParams,
    update: Update,
) -> Report:
    """The report of a run; ``result`` counts the whole snapshot, its redaction what was read in this run."""
    left_out = dict(sorted(filtered.items()))
    if survey.everything > survey.conversations:
        left_out["days or completed_only"] = survey.everything - survey.conversations
    numbers: dict[str, Any] = {
        "as_of": survey.newest.isoformat() if survey.newest else None,
        "consenting_conversations": survey.everything,
        "messages": survey.messages,
        "messages_read": merger.source_rows["conversations"],
        "source_rows": dict(sorted(merger.source_rows.items())),
        "refused": {reason: {"users": users, "conversations": count} for reason, (users, count) in survey.refused.items()},
        "without_user": survey.nobodys,
        "filtered": left_out,
        "analytics_scores": dict(sorted(result.stats.get("analytics_scores", {}).items())),
        "update": _update_numbers(update),
        **preparation_numbers(result),
    }
    return Report(
        "extract",
        "Extraction and redaction",
        _lead(result, survey, update),
        Rows(result.rows_in, result.kept, result.rejected, result.quarantined),
        numbers,
        [
            *_update_blocks(update),
            *_source_blocks(survey, merger, left_out, params),
            *_mining_blocks(result, params),
            *redaction_blocks(result),
        ],
        failed_redaction_gates(result),
    )


def _lead(result: MapResult, survey: Survey, update: Update) -> str:
    users = sum(users for users, _ in survey.refused.values())
    withheld = sum(count for _, count in survey.refused.values())
    never = f"{withheld:,} conversations of {users:,} users who opted out or asked for erasure were never read."
    if update.full:
        why = f" Everything was read: {update.why_full}." if update.why_full else ""
        return f"{result.rows_in:,} conversations were read and {result.kept:,} kept, redacted in memory. {never}{why}"
    change = update.change
    removed = sum(change.removed.values())
    return (
        f"{change.reread:,} conversations of {update.users:,} users with something new were read, {change.carried:,} stayed as "
        f"they were and {removed:,} were taken out: the snapshot holds {result.kept:,} records, redacted in memory. {never}"
    )


def _update_numbers(update: Update) -> dict[str, Any]:
    change = update.change
    return {
        "mode": "full" if update.full else "incremental",
        "why_full": update.why_full,
        "watermarks": {source: moment.isoformat() for source, moment in sorted(update.watermarks.items())},
        "users_read": update.users,
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


def _update_blocks(update: Update) -> list[Block]:
    watermarks = Table(
        "Watermarks", ("source", "newest moment"),
        [(source, moment.isoformat()) for source, moment in sorted(update.watermarks.items())],
        "The next incremental run asks each source for what is newer, less the overlap.", "watermarks",
    )  # fmt: skip
    if update.full:
        return [watermarks]
    change = update.change
    rows: list[tuple[str, int, int | None]] = [
        ("read: new", change.reread - change.replaced, None),
        ("read: in place of an older record", change.replaced, None),
        ("stayed as they were", change.carried, None),
    ]
    rows += [
        (f"taken out: {reason}", count, len(change.removed_users[reason])) for reason, count in sorted(change.removed.items())
    ]
    note = (
        "What redaction counts below is of the conversations that were read in this run; all other counts are of the snapshot."
    )
    return [Table("What changed since the last run", ("what", "conversations", "users"), rows, note, "update"), watermarks]


def _source_blocks(survey: Survey, merger: Merger, left_out: Mapping[str, int], params: ExtractParams) -> list[Block]:
    blocks: list[Block] = [
        Tiles(
            [
                Tile("conversations", "conversations of consenting users", survey.everything),
                Tile("messages", "messages in them", survey.messages),
                Tile("refused_users", "users never read", sum(users for users, _ in survey.refused.values())),
                Tile("newest", "newest message", survey.newest.date().isoformat() if survey.newest else "none"),
            ]
        ),
        Table(
            "Never read",
            ("reason", "users", "conversations"),
            [(reason, users, count) for reason, (users, count) in survey.refused.items()]
            + ([("no user is named", None, survey.nobodys)] if survey.nobodys else []),
            "The database leaves these out; only this count was asked of it.",
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
            f"Of the kept records; {scores.get('none', 0):,} have none because the product measured nothing of them. Over "
            f"{params.candidate_score:g} a conversation is a training candidate. docs/mining.md has the formula.",
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
