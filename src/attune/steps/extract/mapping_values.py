"""Checks that the values of columns are on their documented scales and in their documented sets."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from attune.config.params import ExtractParams
from attune.records.record import ROLES
from attune.redaction.conversations import to_moment
from attune.steps.extract.database import Database
from attune.steps.extract.mapping_findings import Level, MappingFinding, named, share
from attune.steps.extract.mapping_people import says_empty
from attune.steps.extract.mapping_queries import measures_of, values_sql
from attune.steps.extract.sources import STREAMED, SourceColumn, SourceQueries, SourceQuery
from attune.text.language import language_code

_ENOUGH = 20  # values, to judge that they use only a small part of their scale
_PLAUSIBLE_YEARS = (1990, 2099)
_BY_ROW = frozenset({"role", "position", "created_at"})  # of conversations: rows with a bad value go to quarantine
_SCALES_OF_OPINION = frozenset({"rating", "satisfaction"})
_MOST = 0.5


def check_values(
    database: Database, queries: SourceQueries, params: ExtractParams
) -> tuple[list[MappingFinding], Counter[str | None]]:
    """The findings about scales, timestamps, yes and no, and closed sets, of every source but identities and consent.

    Returns:
        The findings, and the roles that are not allowed with the number of their messages.
    """
    findings: list[MappingFinding] = []
    roles: Counter[str | None] = Counter()
    for name in STREAMED:
        if name == "identities":
            continue
        counts, found = _of_source(database, queries[name], queries["consent"], params)
        findings += found
        if name == "conversations":
            roles = Counter({role: count for role, count in counts["role"].items() if role not in ROLES})
    return findings, roles


def _of_source(
    database: Database, query: SourceQuery, consent: SourceQuery, params: ExtractParams
) -> tuple[dict[str, Counter[str | None]], list[MappingFinding]]:
    """How often each value of a closed set occurs, and the findings about a source."""
    columns = [query.source.column(name) for name in query.columns]
    sets = [column.name for column in columns if column.values or column.name == "language"]
    measures = [found for column in columns if (found := measures_of(column, database.dialect))]
    counts: dict[str, Counter[str | None]] = {name: Counter() for name in sets}
    ranges = [_Range() for _ in measures]
    rows = 0
    for row in database.rows(values_sql(query, consent, database.dialect, sets, measures)):
        keys, count, measured = row[: len(sets)], int(row[len(sets)]), row[len(sets) + 1 :]
        rows += count
        for name, value in zip(sets, keys, strict=True):
            counts[name][value] += count
        for place, seen in enumerate(ranges):
            seen.add(*measured[4 * place : 4 * place + 4])
    source = query.source.name
    if not rows:
        says = says_empty(query)
        text = "the source says that it is empty" if says else "the query returns no row of a user who may be read"
        return counts, [MappingFinding(source, "", "ok" if says else "warning", text)]
    now = database.now()
    findings = [_of_column(source, each.column, rows, found, now, params) for each, found in zip(measures, ranges, strict=True)]
    for name, values in counts.items():
        findings += _of_set(source, query.source.column(name), values, params)
    return counts, findings


@dataclass
class _Range:
    """What was counted of a column: known values, bad ones, and the lowest and the highest."""

    known: int = 0
    bad: int = 0
    low: Any = None
    high: Any = None

    def add(self, known: Any, bad: Any, low: Any, high: Any) -> None:
        """Add the counts of a group of rows."""
        self.known += int(known)
        self.bad += int(bad)
        self.low = min((each for each in (self.low, low) if each is not None), key=_rank, default=None)
        self.high = max((each for each in (self.high, high) if each is not None), key=_rank, default=None)


def _of_column(
    source: str, column: SourceColumn, counted: int, found: _Range, now: datetime, params: ExtractParams
) -> MappingFinding:
    known, bad, low, high = found.known, found.bad, found.low, found.high
    whole = counted if column.required else known
    if not known and not column.required:
        return MappingFinding(source, column.name, "warning", f"no row has a value: {column.without}")
    seen = "" if low is None else f", from {_shown(low)} to {_shown(high)}"
    text = f"{known:,} values{seen}"
    if bad:
        level = _level(source, column, bad, whole, params)
        return MappingFinding(source, column.name, level, f"{share(bad, whole)} values are not {_allowed(column)}{seen}")
    if (narrow := _narrow(column, known, high)) is not None:
        level, why = narrow
        return MappingFinding(source, column.name, level, f"{text}, on a scale of {_allowed(column)}: {why}")
    if column.kind == "timestamp" and (doubtful := _doubtful(known, low, high, now)) is not None:
        level, why = doubtful
        return MappingFinding(source, column.name, level, f"{text}: {why}")
    return MappingFinding(source, column.name, "ok", text)


def _level(source: str, column: SourceColumn, bad: int, whole: int, params: ExtractParams) -> Level:
    if bad <= params.mapping_limit * whole:
        return "warning"
    by_row = source == "conversations" and column.name in _BY_ROW
    return "problem" if by_row and (column.name == "role" or bad <= _MOST * whole) else "stop"


def _narrow(column: SourceColumn, known: int, high: Any) -> tuple[Level, str] | None:
    """Whether a scale of opinions is used as if it were another one: a vote, or a share from 0 to 1."""
    if column.name not in _SCALES_OF_OPINION or column.scale is None or high is None:
        return None
    low_end, high_end = column.scale
    if high > low_end + (high_end - low_end) / 10:
        half = column.name == "satisfaction" and known >= _ENOUGH and high <= (low_end + high_end) / 2
        return ("warning", "the upper half is never used; is it another scale?") if half else None
    level: Level = "stop" if known >= _ENOUGH else "warning"
    return level, "every value is at its lowest end; convert a vote or a share to this scale"


def _doubtful(known: int, low: Any, high: Any, now: datetime) -> tuple[Level, str] | None:
    """What is wrong with a range of timestamps, such as that of milliseconds that were read as seconds."""
    if low is None or high is None:
        return None
    first, last = _year(low), _year(high)
    oldest, newest = _PLAUSIBLE_YEARS
    if first > newest or last < oldest:
        level: Level = "stop" if known >= _ENOUGH else "warning"
        return level, "none is in our time; are seconds taken for milliseconds, or the like?"
    if first < oldest or last > newest:
        return "warning", "some are not in our time"
    moment = to_moment(high)
    return ("warning", "the newest is in the future") if moment is not None and moment > now else None


def _rank(value: Any) -> tuple[int, Any]:
    """The order of numbers, and of timestamps as the database writes them, whose years may have more than four digits."""
    return (0, value) if isinstance(value, int | float) else (_year(value), str(value))


def _year(timestamp: Any) -> int:
    """The year of a timestamp as the database writes it, which may be one that Python has not."""
    text = str(timestamp)
    if text.endswith(" BC"):
        return -1
    year = text.split("-", 1)[0]
    return int(year) if year.isdigit() else 10_000  # infinity


def _of_set(source: str, column: SourceColumn, counts: Counter[str | None], params: ExtractParams) -> Iterator[MappingFinding]:
    if not column.required:
        counts = Counter({value: count for value, count in counts.items() if value is not None})
    whole = counts.total()
    known_codes = (value for value in counts if value is not None and language_code(value))
    allowed = frozenset(known_codes if column.name == "language" else column.values)
    unknown = Counter({value: count for value, count in counts.items() if value not in allowed})
    known = [f"{value} {count:,}" for value, count in counts.most_common() if value in allowed]
    if unknown:
        level = _level(source, column, unknown.total(), whole, params)
        if column.name in ("kind", "language"):  # without effect: no tag is set, and the language is detected
            level = "warning"
        meant = "codes such as en" if column.name == "language" else ", ".join(column.values)
        text = f"{share(unknown.total(), whole)} rows have an unknown {column.name}: {named(unknown)}; allowed: {meant}"
        yield MappingFinding(source, column.name, level, "; ".join([text, *([f"known: {', '.join(known)}"] if known else [])]))
    elif known:
        yield MappingFinding(source, column.name, "ok", ", ".join(known))
    if column.name == "role" and (absent := [role for role in ("user", "assistant") if not counts[role]]):
        yield MappingFinding(source, "role", "problem", f"no message has the role {' or '.join(absent)}")


def _allowed(column: SourceColumn) -> str:
    if column.kind == "timestamp":
        return "timestamps (ISO 8601 text on SQLite)"
    if column.kind == "boolean":
        return "0 or 1"
    if column.kind == "integer":
        return "whole numbers"
    return f"numbers from {column.scale[0]:g} to {column.scale[1]:g}" if column.scale else "numbers"


def _shown(value: Any) -> str:
    return f"{value:g}" if isinstance(value, int | float) else re.split(r"[.+]", str(value))[0]
