"""What is new in a product database since the last extraction: whose conversations must be read again, and who is gone (A2).

Three questions are asked of the database, none of which reads a word that anybody said:

- Which users have a row, in any source, that is as new as the source's watermark less an overlap (late rows count), and now
  have other numbers of rows or newer ones than the last run saw? Who only lies in the overlap is not read twice.
- Whose conversations, by their ids and numbers of messages, differ from those of the last run? This finds what was deleted,
  who gave or withdrew consent, what ``extract.days`` moved out of its window, and messages that came however late.
- Who must never be read?
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from operator import itemgetter
from typing import Any

from attune.config.params import ExtractParams
from attune.errors import RunError
from attune.records.tokens import token
from attune.redaction.conversations import to_moment
from attune.steps.extract.database import Database
from attune.steps.extract.source_sql import changed_sql, newest_sql, presence_sql, refused_users_sql, rows_sql
from attune.steps.extract.sources import STREAMED, Query
from attune.steps.extract.watermark import State, UserIndex, fingerprint, keyed_number, user_number

Queries = Mapping[str, Query]


@dataclass(frozen=True)
class News:
    """What must be done to bring the last snapshot up to this moment.

    Attributes:
        users: ids of those whose conversations are read again, sorted.
        affected: the numbers of these users and of those who are gone: their old records go.
        refused: number -> reason, of users in the last snapshot who have since opted out or asked for erasure.
        watermarks: source -> newest moment.
        index: all users of this moment; sorted.
    """

    users: Sequence[str]
    affected: frozenset[int]
    refused: Mapping[int, str]
    watermarks: Mapping[str, datetime]
    index: UserIndex


def find_news(
    database: Database, queries: Queries, params: ExtractParams, key: bytes, since: datetime | None, state: State
) -> News:
    """Compare the database with the state of the last run.

    Memory: 16 bytes a user, and the ids of the users with something new.
    """
    recent, watermarks = _recent_users(database, queries, params, state)
    old = state.index
    marks = _row_marks(database, queries, key, sorted(recent))
    changed: set[str] = set()
    for user in recent:
        place = old.position(user_number(token(key, "user", user)))
        if place is None or old.rows[place] != marks.get(user, 0):
            changed.add(user)
    affected = {user_number(token(key, "user", user)) for user in changed}
    index = UserIndex()
    present = bytearray(len(old))
    for user, conversations in _present(database, queries, params, since):
        number, mark = user_number(token(key, "user", user)), fingerprint(key, conversations)
        place = old.position(number)
        if place is not None:
            present[place] = 1
        if place is None or old.conversations[place] != mark:
            changed.add(user)
            affected.add(number)
        index.add(number, mark, 0 if place is None else old.rows[place])
    index = index.sorted()
    _set_row_marks(database, queries, key, index, sorted(changed))
    affected.update(number for number, here in zip(old.users, present, strict=True) if not here)
    refused = {}
    for user, reason in database.rows(refused_users_sql(queries["consent"])):
        number = user_number(token(key, "user", str(user)))
        if old.position(number) is not None:
            refused[number] = str(reason)
    return News(sorted(changed), frozenset(affected), refused, watermarks, index)


def complete_index(database: Database, queries: Queries, key: bytes, index: UserIndex) -> UserIndex:
    """The index of a full extraction, sorted, with what the rows of every user looked like."""
    index = index.sorted()
    _set_row_marks(database, queries, key, index, None)
    return index


def newest_moments(database: Database, queries: Queries) -> dict[str, datetime]:
    """The watermark of every source: its newest moment that is not in the future.

    A row with a broken clock must not hide those that come after it.
    """
    now = database.now()
    found: dict[str, datetime] = {}
    for name in STREAMED:
        sql = newest_sql(queries[name], database.dialect, now)
        moments = [to_moment(value) for value in next(iter(database.rows(sql)))] if sql else []
        if known := [moment for moment in moments if moment]:
            found[name] = max(known)
    return found


def _set_row_marks(database: Database, queries: Queries, key: bytes, index: UserIndex, users: Sequence[str] | None) -> None:
    for user in users or ():
        if (place := index.position(user_number(token(key, "user", user)))) is not None:
            index.rows[place] = 0
    for user, mark in _marks(database, queries, key, users):
        if (place := index.position(user_number(token(key, "user", user)))) is not None:
            index.rows[place] ^= mark


def _row_marks(database: Database, queries: Queries, key: bytes, users: Sequence[str]) -> dict[str, int]:
    found: dict[str, int] = {}
    for user, mark in _marks(database, queries, key, users):
        found[user] = found.get(user, 0) ^ mark
    return found


def _marks(database: Database, queries: Queries, key: bytes, users: Sequence[str] | None) -> Iterator[tuple[str, int]]:
    """Keyed hashes over the number of a user's rows in a source and the newest moments of them, to be combined by XOR."""
    if users is not None and not users:
        return
    for name in STREAMED:
        for user, *seen in database.rows(rows_sql(queries[name], database.dialect, chosen=users is not None), users):
            yield _text(user, name), keyed_number(key, "\0".join([name, *map(str, seen)]))


def _recent_users(
    database: Database, queries: Queries, params: ExtractParams, state: State
) -> tuple[set[str], dict[str, datetime]]:
    watermarks, now = dict(state.watermarks), database.now()
    overlap = timedelta(hours=params.overlap_hours)
    users: set[str] = set()
    for name in STREAMED:
        old = state.watermarks.get(name)
        sql = changed_sql(queries[name], queries["consent"], database.dialect, old - overlap if old else None)
        for user, *moments in database.rows(sql) if sql else ():
            users.add(_text(user, name))
            past = [moment for value in moments if (moment := to_moment(value)) and moment <= now]
            if past:
                watermarks[name] = max([*past, *([watermarks[name]] if name in watermarks else [])])
    return users, watermarks


def _present(
    database: Database, queries: Queries, params: ExtractParams, since: datetime | None
) -> Iterator[tuple[str, list[tuple[Any, int]]]]:
    sql = presence_sql(queries["conversations"], queries["consent"], database.dialect, since, completed=params.completed_only)
    for user, rows in groupby(database.rows(sql), key=itemgetter(0)):
        yield _text(user, "conversations"), [(conversation, count) for _, conversation, count in rows]


def _text(user: Any, source: str) -> str:
    if not isinstance(user, str):
        raise RunError(
            f"source {source}: user_id is {type(user).__name__}, not text; write CAST(… AS TEXT) AS user_id in {source}.sql"
        )
    return user
