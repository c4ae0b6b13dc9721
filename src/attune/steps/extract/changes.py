"""Changes in a product database since the last extraction: which users must be read again, and which are gone (A2).

Three questions are asked of the database; none of them reads the text of a message:

- Which users have a row, in any source, that is newer than the source's watermark minus an overlap (for rows that arrive
  late), and now have another count of rows or newer rows than in the last run? Users who only have old rows within the overlap
  are not read twice.
- Which users' conversations, by ids and message counts, differ from those of the last run? This finds deletions, changes of
  consent, conversations that left the window of ``extract.days``, and messages that arrived however late.
- Which users must never be read?
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from operator import itemgetter
from typing import Any

from attune.config.params import ExtractParams
from attune.records.tokens import token
from attune.redaction.conversations import to_moment
from attune.steps.extract.database import Database
from attune.steps.extract.mapping_findings import reason_name
from attune.steps.extract.source_sql import changed_sql, newest_sql, presence_sql, refused_users_sql, rows_sql, text_user_id
from attune.steps.extract.sources import STREAMED, SourceQueries
from attune.steps.extract.state import ExtractionState, UserIndex, conversations_hash, keyed_hash, user_number


@dataclass(frozen=True)
class SourceChanges:
    """The difference between the database and the last snapshot.

    Attributes:
        users: ids of the users whose conversations are read again, sorted.
        affected: numbers of these users and of those who are gone; their old records are removed.
        refused: number -> reason, of users in the last snapshot who have since opted out or asked for erasure.
        watermarks: source -> newest timestamp.
        index: all current users, sorted.
    """

    users: Sequence[str]
    affected: frozenset[int]
    refused: Mapping[int, str]
    watermarks: Mapping[str, datetime]
    index: UserIndex


def find_changes(
    database: Database,
    queries: SourceQueries,
    params: ExtractParams,
    key: bytes,
    since: datetime | None,
    state: ExtractionState,
) -> SourceChanges:
    """Compare the database with the state of the last run.

    Memory: 25 bytes a user, and the ids of the users with changes.
    """
    recent, watermarks = _recent_users(database, queries, params, state)
    old = state.index
    hashes = _row_hashes(database, queries, key, sorted(recent))
    changed: set[str] = set()
    for user in recent:
        place = old.position(user_number(token(key, "user", user)))
        if place is None or old.rows[place] != hashes.get(user, 0):
            changed.add(user)
    affected = {user_number(token(key, "user", user)) for user in changed}
    index = UserIndex()
    present = bytearray(len(old))
    for user, conversations in _present(database, queries, params, since):
        number, current = user_number(token(key, "user", user)), conversations_hash(key, conversations)
        place = old.position(number)
        if place is not None:
            present[place] = 1
        if place is None or old.conversations[place] != current:
            changed.add(user)
            affected.add(number)
        index.add(number, current, 0 if place is None else old.rows[place])
    index = index.sorted()
    _set_row_hashes(database, queries, key, index, sorted(changed))
    affected.update(number for number, here in zip(old.users, present, strict=True) if not here)
    refused = {}
    for user, reason in database.rows(refused_users_sql(queries["consent"])):
        number = user_number(token(key, "user", str(user)))
        if old.position(number) is not None:
            refused[number] = reason_name(reason)
    return SourceChanges(sorted(changed), frozenset(affected), refused, watermarks, index)


def index_rows(database: Database, queries: SourceQueries, key: bytes, index: UserIndex) -> UserIndex:
    """The index of a full extraction, sorted, with the row hash of every user filled in."""
    index = index.sorted()
    _set_row_hashes(database, queries, key, index, None)
    return index


def newest_timestamps(database: Database, queries: SourceQueries) -> dict[str, datetime]:
    """The watermark of every source: its newest timestamp that is not in the future.

    A row with a timestamp in the future must not hide the rows that come after it.
    """
    now = database.now()
    found: dict[str, datetime] = {}
    for name in STREAMED:
        sql = newest_sql(queries[name], database.dialect, now)
        timestamps = [to_moment(value) for value in next(iter(database.rows(sql)))] if sql else []
        if known := [timestamp for timestamp in timestamps if timestamp]:
            found[name] = max(known)
    return found


def _set_row_hashes(
    database: Database, queries: SourceQueries, key: bytes, index: UserIndex, users: Sequence[str] | None
) -> None:
    for user in users or ():
        if (place := index.position(user_number(token(key, "user", user)))) is not None:
            index.rows[place] = 0
    for user, value in _user_row_hashes(database, queries, key, users):
        if (place := index.position(user_number(token(key, "user", user)))) is not None:
            index.rows[place] ^= value


def _row_hashes(database: Database, queries: SourceQueries, key: bytes, users: Sequence[str]) -> dict[str, int]:
    found: dict[str, int] = {}
    for user, value in _user_row_hashes(database, queries, key, users):
        found[user] = found.get(user, 0) ^ value
    return found


def _user_row_hashes(
    database: Database, queries: SourceQueries, key: bytes, users: Sequence[str] | None
) -> Iterator[tuple[str, int]]:
    """Keyed hashes over the count and newest timestamps of a user's rows in each source, to be combined by XOR."""
    if users is not None and not users:
        return
    for name in STREAMED:
        for user, *seen in database.rows(rows_sql(queries[name], database.dialect, chosen=users is not None), users):
            yield text_user_id(user, name), keyed_hash(key, "\0".join([name, *map(str, seen)]))


def _recent_users(
    database: Database, queries: SourceQueries, params: ExtractParams, state: ExtractionState
) -> tuple[set[str], dict[str, datetime]]:
    watermarks, now = dict(state.watermarks), database.now()
    overlap = timedelta(hours=params.overlap_hours)
    users: set[str] = set()
    for name in STREAMED:
        old = state.watermarks.get(name)
        sql = changed_sql(queries[name], queries["consent"], database.dialect, old - overlap if old else None)
        for user, *timestamps in database.rows(sql) if sql else ():
            users.add(text_user_id(user, name))
            past = [at for value in timestamps if (at := to_moment(value)) and at <= now]
            if past:
                watermarks[name] = max([*past, *([watermarks[name]] if name in watermarks else [])])
    return users, watermarks


def _present(
    database: Database, queries: SourceQueries, params: ExtractParams, since: datetime | None
) -> Iterator[tuple[str, list[tuple[Any, int]]]]:
    sql = presence_sql(queries["conversations"], queries["consent"], database.dialect, since, completed=params.completed_only)
    for user, rows in groupby(database.rows(sql), key=itemgetter(0)):
        yield text_user_id(user, "conversations"), [(conversation, count) for _, conversation, count in rows]
