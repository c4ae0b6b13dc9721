"""The SQL that extraction wraps around a team's own queries: consent, filters, order, counts and changes.

Nothing here names a table. A team's query is a sub-select; the database pushes the conditions down into it, so an index on
the timestamp of a message (and on its conversation) is enough to make an incremental extraction fast.
"""

# ruff: noqa: S608 - the sub-selects are the team's own files; the only value that is written into a query is a timestamp

from __future__ import annotations

from datetime import datetime
from typing import Any

from attune.errors import RunError
from attune.steps.extract.database import USERS, Dialect
from attune.steps.extract.sources import SourceQuery

_IDS = ("user_id", "conversation_id")
_TIMESTAMPS = ("created_at", "updated_at")


def stream_sql(
    query: SourceQuery,
    consent: SourceQuery,
    dialect: Dialect,
    since: datetime | None = None,
    *,
    completed: bool = False,
    chosen: bool = False,
) -> str:
    """The query that streams a source: the rows of all users except those in ``consent``, ordered by user.

    Args:
        query: the source.
        consent: users who must never be read.
        dialect: of the database.
        since: conversations whose newest message is older are left out.
        completed: leave out conversations that were not completed.
        chosen: read only the users whose ids are passed with the query.
    """
    binary = " COLLATE BINARY" if dialect == "sqlite" else ' COLLATE "C"'
    first = ["user_id", "conversation_id", "position"] if query.source.name == "conversations" else ["user_id", "created_at"]
    # Then by every other column, so that equal reads give equal streams.
    names = [name for name in first if name in query.columns]
    names += [name for name in query.columns if name not in names]
    order = [f"{_column(name, dialect)}{binary if name in names[:2] and name in _IDS else ''}" for name in names]
    shown = ", ".join(f"{_column(name, dialect)} AS {name}" for name in query.columns)
    return (
        f"SELECT {shown} FROM (\n{query.sql}\n) AS s\n"
        f"WHERE {allowed_users(consent, dialect)}{_selected(query, dialect, since, completed)}"
        f"{_chosen(dialect) if chosen else ''}\nORDER BY {', '.join(order)}"
    )


def summary_sql(query: SourceQuery, consent: SourceQuery, dialect: Dialect, since: datetime | None, *, completed: bool) -> str:
    """The query that counts what :func:`stream_sql` reads: conversations, messages, and the newest timestamp."""
    timestamp = "s.created_at"
    if dialect == "sqlite":  # text that is not a timestamp must not count as the newest one
        timestamp = f"CASE WHEN julianday({timestamp}) IS NOT NULL THEN {timestamp} END"
    return (
        f"SELECT COUNT(DISTINCT s.conversation_id), COUNT(*), MAX({timestamp}) FROM (\n{query.sql}\n) AS s\n"
        f"WHERE {allowed_users(consent, dialect)}{_selected(query, dialect, since, completed)}"
    )


def presence_sql(query: SourceQuery, consent: SourceQuery, dialect: Dialect, since: datetime | None, *, completed: bool) -> str:
    """The query that lists what :func:`stream_sql` would read: user, conversation, number of messages."""
    binary = " COLLATE BINARY" if dialect == "sqlite" else ' COLLATE "C"'
    user, conversation = (_column(name, dialect) for name in _IDS)
    return (
        f"SELECT {user}, {conversation}, COUNT(*) FROM (\n{query.sql}\n) AS s\n"
        f"WHERE {allowed_users(consent, dialect)}{_selected(query, dialect, since, completed)}\n"
        f"GROUP BY {user}, {conversation} ORDER BY {user}{binary}"
    )


def changed_sql(query: SourceQuery, consent: SourceQuery, dialect: Dialect, since: datetime | None) -> str | None:
    """The query for users with rows at or after ``since`` (None: any rows), and each user's newest timestamps.

    Returns:
        The query; its columns are the user and the newest value of each timestamp column. None: the source has no such column.
    """
    timestamps = [name for name in _TIMESTAMPS if name in query.columns]
    if not timestamps:
        return None
    newest = ", ".join(f"MAX({_utc(f's.{name}', dialect)})" for name in timestamps)
    recent = (
        " OR ".join(f"{_comparable(f's.{name}', dialect)} >= {_literal(since, dialect)}" for name in timestamps)
        if since
        else ""
    )
    return (
        f"SELECT {_column('user_id', dialect)}, {newest} FROM (\n{query.sql}\n) AS s\n"
        f"WHERE {allowed_users(consent, dialect)}{f' AND ({recent})' if recent else ''} GROUP BY 1"
    )


def rows_sql(query: SourceQuery, dialect: Dialect, *, chosen: bool) -> str:
    """The query that counts each user's rows of a source: user, rows, and the newest value of each timestamp column."""
    newest = [f"MAX({_utc(f's.{name}', dialect)})" for name in _TIMESTAMPS if name in query.columns]
    return (
        f"SELECT {', '.join([_column('user_id', dialect), 'COUNT(*)', *newest])} FROM (\n{query.sql}\n) AS s\n"
        f"WHERE s.user_id IS NOT NULL{_chosen(dialect) if chosen else ''} GROUP BY 1"
    )


def newest_sql(query: SourceQuery, dialect: Dialect, now: datetime) -> str | None:
    """The query for a source's newest timestamps that are not in the future; None: the source has no timestamp column."""
    timestamps = [name for name in _TIMESTAMPS if name in query.columns]
    if not timestamps:
        return None
    past = [
        f"MAX(CASE WHEN {_comparable(f's.{name}', dialect)} <= {_literal(now, dialect)} THEN {_utc(f's.{name}', dialect)} END)"
        for name in timestamps
    ]
    return f"SELECT {', '.join(past)} FROM (\n{query.sql}\n) AS s"


def refused_sql(query: SourceQuery, consent: SourceQuery) -> str:
    """The query that counts, by reason, the users who are never read and their conversations."""
    same = f"{text_id('s.user_id')} = c.user_id"
    return (
        "SELECT c.reason, COUNT(DISTINCT c.user_id), COUNT(DISTINCT s.conversation_id) FROM\n"
        f"({refused_users_sql(consent)}) AS c\n"
        f"LEFT JOIN (\n{query.sql}\n) AS s ON {same} GROUP BY c.reason ORDER BY c.reason"
    )


def refused_users_sql(consent: SourceQuery) -> str:
    """The query for all users who must never be read, each with one reason."""
    return f"SELECT {text_id('user_id')} AS user_id, MIN(reason) AS reason FROM (\n{consent.sql}\n) AS r GROUP BY 1"


def without_user_sql(query: SourceQuery) -> str:
    """The query that counts conversations without a user: consent is unknown, so they are never read."""
    return f"SELECT COUNT(DISTINCT s.conversation_id) FROM (\n{query.sql}\n) AS s WHERE s.user_id IS NULL"


def allowed_users(consent: SourceQuery, dialect: Dialect) -> str:
    """The condition that leaves out rows ``s`` without a user, and those of users in ``consent``."""
    # Both sides are cast: SQLite holds the number 7 and the text '7' to be different, and an untyped column may hold either.
    if dialect == "sqlite":  # SQLite builds one lookup table for the whole query
        refused = f"SELECT {text_id('user_id')} FROM (\n{consent.sql}\n) AS c WHERE user_id IS NOT NULL"
        return f"s.user_id IS NOT NULL AND {text_id('s.user_id')} NOT IN ({refused})"
    # PostgreSQL plans this as a hash anti-join for any length of the list, which NOT IN would prevent.
    same = f"{text_id('c.user_id')} = {text_id('s.user_id')}"
    return f"s.user_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM (\n{consent.sql}\n) AS c WHERE {same})"


def text_id(column: str) -> str:
    """The SQL for an id as text, the form in which the ids of two sources are compared."""
    return f"CAST({column} AS TEXT)"


def _column(name: str, dialect: Dialect) -> str:
    """The SQL for a column; on SQLite an id is made a text, which on PostgreSQL the check of the types demands."""
    return text_id(f"s.{name}") if dialect == "sqlite" and name in _IDS else f"s.{name}"


def _chosen(dialect: Dialect) -> str:
    if dialect == "postgresql":
        return f" AND s.user_id IN (SELECT unnest({USERS}))"
    # An id may be stored as a number. Listing both forms, instead of a cast of the column, lets an index on it help.
    number = "CAST(value AS INTEGER)"
    return (
        f" AND s.user_id IN (SELECT value FROM json_each({USERS}) UNION ALL "
        f"SELECT {number} FROM json_each({USERS}) WHERE CAST({number} AS TEXT) = value)"
    )


def _selected(query: SourceQuery, dialect: Dialect, since: datetime | None, completed: bool) -> str:
    if query.source.name != "conversations":
        return ""
    clauses = ""
    if completed:
        clauses += " AND s.completed" if dialect == "postgresql" else " AND s.completed = 1"
    if since is not None:
        # Filter whole conversations, not messages: part of a conversation would be a different conversation.
        recent = f"MAX({_comparable('n.created_at', dialect)}) >= {_literal(since, dialect)}"
        clauses += (
            f" AND s.conversation_id IN (SELECT n.conversation_id FROM (\n{query.sql}\n) AS n "
            f"GROUP BY n.conversation_id HAVING {recent})"
        )
    return clauses


def _comparable(timestamp: str, dialect: Dialect) -> str:
    return f"julianday({timestamp})" if dialect == "sqlite" else timestamp


def _literal(timestamp: datetime, dialect: Dialect) -> str:
    return f"julianday('{timestamp.isoformat()}')" if dialect == "sqlite" else f"TIMESTAMPTZ '{timestamp.isoformat()}'"


def _utc(timestamp: str, dialect: Dialect) -> str:
    """A timestamp whose maximum is the newest one; this does not hold for text with UTC offsets."""
    return f"strftime('%Y-%m-%dT%H:%M:%f', {timestamp})" if dialect == "sqlite" else timestamp


def text_user_id(user: Any, source: str) -> str:
    """A user id from a result row. Raises RunError when the query of ``source`` does not return it as text."""
    if not isinstance(user, str):
        raise RunError(
            f"source {source}: user_id is {type(user).__name__}, not text; write CAST(… AS TEXT) AS user_id in {source}.sql"
        )
    return user
