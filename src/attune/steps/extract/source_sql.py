"""The SQL that extraction wraps around a team's own queries: consent, filters, order, counts, and what is new.

Nothing here names a table. A team's query is a sub-select; the database pushes the conditions down into it, so an index on
the moment of a message (and on its conversation) is all that makes an incremental extraction fast.
"""

# ruff: noqa: S608 - the sub-selects are the team's own files; the only value that is written into a query is a moment

from __future__ import annotations

from datetime import datetime

from attune.steps.extract.database import USERS, Dialect
from attune.steps.extract.sources import Query

_MOMENTS = ("created_at", "updated_at")


def stream_sql(
    query: Query,
    consent: Query,
    dialect: Dialect,
    since: datetime | None = None,
    *,
    completed: bool = False,
    chosen: bool = False,
) -> str:
    """The query that streams a source: everybody's rows but those in consent, ordered user by user.

    Args:
        query: the source.
        consent: who must never be read.
        dialect: of the database.
        since: conversations whose newest message is older are left out.
        completed: leave out conversations that were not completed.
        chosen: only the users whose ids are given with the query.
    """
    binary = " COLLATE BINARY" if dialect == "sqlite" else ' COLLATE "C"'
    keys = [f"s.user_id{binary}"]
    if query.source.name == "conversations":
        keys += [f"s.conversation_id{binary}", "s.position"]
    elif "created_at" in query.columns:
        keys.append("s.created_at")
    ties = [name for name in query.columns if f"s.{name}" not in {key.split(" ")[0] for key in keys}]
    order = keys + [f"s.{name}" for name in ties]  # every column, so that two equal reads give two equal streams
    return (
        f"SELECT {', '.join(f's.{name}' for name in query.columns)} FROM (\n{query.sql}\n) AS s\n"
        f"WHERE {_allowed(consent, dialect)}{_selected(query, dialect, since, completed)}"
        f"{_chosen(dialect) if chosen else ''}\nORDER BY {', '.join(order)}"
    )


def summary_sql(query: Query, consent: Query, dialect: Dialect, since: datetime | None, *, completed: bool) -> str:
    """The query that counts what :func:`stream_sql` reads: conversations, messages, and the newest moment."""
    moment = "s.created_at"
    if dialect == "sqlite":  # a text that is no moment must not count as the newest one
        moment = f"CASE WHEN julianday({moment}) IS NOT NULL THEN {moment} END"
    return (
        f"SELECT COUNT(DISTINCT s.conversation_id), COUNT(*), MAX({moment}) FROM (\n{query.sql}\n) AS s\n"
        f"WHERE {_allowed(consent, dialect)}{_selected(query, dialect, since, completed)}"
    )


def presence_sql(query: Query, consent: Query, dialect: Dialect, since: datetime | None, *, completed: bool) -> str:
    """The query that lists what :func:`stream_sql` would read, by ids alone: user, conversation, number of messages."""
    binary = " COLLATE BINARY" if dialect == "sqlite" else ' COLLATE "C"'
    return (
        f"SELECT s.user_id, s.conversation_id, COUNT(*) FROM (\n{query.sql}\n) AS s\n"
        f"WHERE {_allowed(consent, dialect)}{_selected(query, dialect, since, completed)}\n"
        f"GROUP BY s.user_id, s.conversation_id ORDER BY s.user_id{binary}"
    )


def changed_sql(query: Query, consent: Query, dialect: Dialect, since: datetime | None) -> str | None:
    """The query for users with rows as new as ``since`` (None: ever), and each one's newest moment.

    Returns:
        The query; its columns are the user and the newest of each column of moments. None: the source has no such column.
    """
    moments = [name for name in _MOMENTS if name in query.columns]
    if not moments:
        return None
    newest = ", ".join(f"MAX({_utc(f's.{name}', dialect)})" for name in moments)
    recent = (
        " OR ".join(f"{_comparable(f's.{name}', dialect)} >= {_literal(since, dialect)}" for name in moments) if since else ""
    )
    return (
        f"SELECT s.user_id, {newest} FROM (\n{query.sql}\n) AS s\n"
        f"WHERE {_allowed(consent, dialect)}{f' AND ({recent})' if recent else ''} GROUP BY s.user_id"
    )


def rows_sql(query: Query, dialect: Dialect, *, chosen: bool) -> str:
    """The query that counts each user's rows of a source: user, rows, and the newest of each column of moments."""
    newest = [f"MAX({_utc(f's.{name}', dialect)})" for name in _MOMENTS if name in query.columns]
    return (
        f"SELECT {', '.join(['s.user_id', 'COUNT(*)', *newest])} FROM (\n{query.sql}\n) AS s\n"
        f"WHERE s.user_id IS NOT NULL{_chosen(dialect) if chosen else ''} GROUP BY s.user_id"
    )


def newest_sql(query: Query, dialect: Dialect, now: datetime) -> str | None:
    """The query for a source's newest moments that are not in the future; None: the source has none."""
    moments = [name for name in _MOMENTS if name in query.columns]
    if not moments:
        return None
    past = [
        f"MAX(CASE WHEN {_comparable(f's.{name}', dialect)} <= {_literal(now, dialect)} THEN {_utc(f's.{name}', dialect)} END)"
        for name in moments
    ]
    return f"SELECT {', '.join(past)} FROM (\n{query.sql}\n) AS s"


def refused_sql(query: Query, consent: Query) -> str:
    """The query that counts who is never read, by reason: users, and those of their conversations that were not read."""
    return (
        "SELECT c.reason, COUNT(DISTINCT c.user_id), COUNT(DISTINCT s.conversation_id) FROM\n"
        f"({refused_users_sql(consent)}) AS c\n"
        f"LEFT JOIN (\n{query.sql}\n) AS s ON s.user_id = c.user_id GROUP BY c.reason ORDER BY c.reason"
    )


def refused_users_sql(consent: Query) -> str:
    """The query for everybody who must never be read, each with one reason."""
    return f"SELECT user_id, MIN(reason) AS reason FROM (\n{consent.sql}\n) AS r GROUP BY user_id"


def nobodys_sql(query: Query) -> str:
    """The query that counts conversations without a user: consent cannot be known, so they are never read."""
    return f"SELECT COUNT(DISTINCT s.conversation_id) FROM (\n{query.sql}\n) AS s WHERE s.user_id IS NULL"


def _allowed(consent: Query, dialect: Dialect) -> str:
    if dialect == "sqlite":  # one look-up table for the whole query
        refused = f"SELECT user_id FROM (\n{consent.sql}\n) AS c WHERE user_id IS NOT NULL"
        return f"s.user_id IS NOT NULL AND s.user_id NOT IN ({refused})"
    # PostgreSQL plans this as a hash anti-join, however long the list; NOT IN it would not.
    return f"s.user_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM (\n{consent.sql}\n) AS c WHERE c.user_id = s.user_id)"


def _chosen(dialect: Dialect) -> str:
    given = f"SELECT value FROM json_each({USERS})" if dialect == "sqlite" else f"SELECT unnest({USERS})"
    return f" AND s.user_id IN ({given})"


def _selected(query: Query, dialect: Dialect, since: datetime | None, completed: bool) -> str:
    if query.source.name != "conversations":
        return ""
    clauses = ""
    if completed:
        clauses += " AND s.completed" if dialect == "postgresql" else " AND s.completed = 1"
    if since is not None:
        # By conversation, never by message: half a conversation would be another conversation.
        recent = f"MAX({_comparable('n.created_at', dialect)}) >= {_literal(since, dialect)}"
        clauses += (
            f" AND s.conversation_id IN (SELECT n.conversation_id FROM (\n{query.sql}\n) AS n "
            f"GROUP BY n.conversation_id HAVING {recent})"
        )
    return clauses


def _comparable(moment: str, dialect: Dialect) -> str:
    return f"julianday({moment})" if dialect == "sqlite" else moment


def _literal(moment: datetime, dialect: Dialect) -> str:
    return f"julianday('{moment.isoformat()}')" if dialect == "sqlite" else f"TIMESTAMPTZ '{moment.isoformat()}'"


def _utc(moment: str, dialect: Dialect) -> str:
    """A moment such that the greatest is the newest; text with offsets is not."""
    return f"strftime('%Y-%m-%dT%H:%M:%f', {moment})" if dialect == "sqlite" else moment
