"""Checks that the values of columns are on their documented scales and in their documented sets."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from attune.config.params import ExtractParams
from attune.redaction.conversations import to_moment
from attune.steps.extract.database import Database
from attune.steps.extract.mapping_findings import Finding, Level, named, share
from attune.steps.extract.mapping_people import says_empty
from attune.steps.extract.mapping_queries import Measures, groups_sql, measures_of, measures_sql
from attune.steps.extract.sources import STREAMED, SourceColumn, SourceQueries, SourceQuery
from attune.text.language import language_code

_ENOUGH = 20  # values, to judge that they use only a small part of their scale
_PLAUSIBLE_YEARS = (1990, 2099)
_BY_ROW = frozenset({"role", "position", "created_at"})  # of conversations: rows with a bad value go to quarantine
_SCALES_OF_OPINION = frozenset({"rating", "satisfaction"})
_MOST = 0.5


def check_values(database: Database, queries: SourceQueries, params: ExtractParams) -> Iterator[Finding]:
    """The findings about scales, timestamps, yes and no, and closed sets, of every source but identities and consent."""
    for name in STREAMED:
        if name != "identities":
            yield from _of_source(database, queries[name], queries["consent"], params)


def unknown_roles(database: Database, queries: SourceQueries) -> Counter[str | None]:
    """Roles that are not allowed, with the number of their messages."""
    query = queries["conversations"]
    allowed = query.source.column("role").values
    rows = database.rows(groups_sql(query, queries["consent"], database.dialect, ["role"]))
    return Counter({role: int(count) for role, count in rows if role not in allowed})


def _of_source(database: Database, query: SourceQuery, consent: SourceQuery, params: ExtractParams) -> Iterator[Finding]:
    columns = [query.source.column(name) for name in query.columns]
    measures = [found for column in columns if (found := measures_of(column, database.dialect))]
    counted, *values = next(iter(database.rows(measures_sql(query, consent, database.dialect, measures))))
    if not counted:
        says = says_empty(query)
        text = "the source says that it is empty" if says else "the query returns no row of a user who may be read"
        yield Finding(query.source.name, "", "ok" if says else "warning", text)
        return
    for place, measure in enumerate(measures):
        yield from _of_column(query, measure, int(counted), values[4 * place : 4 * place + 4], database.now(), params)
    for column in columns:
        if column.values or column.name == "language":
            yield from _of_set(database, query, consent, column, params)


def _of_column(
    query: SourceQuery, measure: Measures, counted: int, values: Sequence[Any], now: datetime, params: ExtractParams
) -> Iterator[Finding]:
    column, source = measure.column, query.source.name
    known, bad, low, high = int(values[0]), int(values[1]), values[2], values[3]
    whole = counted if column.required else known
    if not known and not column.required:
        yield Finding(source, column.name, "warning", f"no row has a value: {column.without}")
        return
    seen = "" if low is None else f", from {_shown(low)} to {_shown(high)}"
    text = f"{known:,} values{seen}"
    if bad:
        level = _level(source, column, bad, whole, params)
        yield Finding(source, column.name, level, f"{share(bad, whole)} values are not {_allowed(column)}{seen}")
    elif (narrow := _narrow(column, known, high)) is not None:
        level, why = narrow
        yield Finding(source, column.name, level, f"{text}, on a scale of {_allowed(column)}: {why}")
    elif column.kind == "timestamp" and (doubtful := _doubtful(known, low, high, now)) is not None:
        level, why = doubtful
        yield Finding(source, column.name, level, f"{text}: {why}")
    else:
        yield Finding(source, column.name, "ok", text)


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


def _year(timestamp: Any) -> int:
    """The year of a timestamp as the database writes it, which may be one that Python has not."""
    text = str(timestamp)
    if text.endswith(" BC"):
        return -1
    year = text.split("-", 1)[0]
    return int(year) if year.isdigit() else 10_000  # infinity


def _of_set(
    database: Database, query: SourceQuery, consent: SourceQuery, column: SourceColumn, params: ExtractParams
) -> Iterator[Finding]:
    source = query.source.name
    rows = database.rows(groups_sql(query, consent, database.dialect, [column.name]))
    counts: Counter[str | None] = Counter({value: int(count) for value, count in rows})
    if not column.required:
        counts.pop(None, None)
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
        yield Finding(source, column.name, level, "; ".join([text, *([f"known: {', '.join(known)}"] if known else [])]))
    elif known:
        yield Finding(source, column.name, "ok", ", ".join(known))
    if column.name == "role" and (absent := [role for role in ("user", "assistant") if not counts[role]]):
        yield Finding(source, "role", "problem", f"no message has the role {' or '.join(absent)}")


def _allowed(column: SourceColumn) -> str:
    if column.kind == "timestamp":
        return "timestamps (ISO 8601 text on SQLite)"
    if column.kind == "boolean":
        return "0 or 1"
    if column.kind == "integer":
        return "whole numbers"
    return f"numbers from {column.scale[0]:g} to {column.scale[1]:g}" if column.scale else "numbers"


def _shown(value: Any) -> str:
    return f"{value:g}" if isinstance(value, int | float) else str(value)[:19]
