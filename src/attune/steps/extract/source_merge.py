"""Merges the sources of a product database, user by user, into conversations for redaction.

Every source is ordered by user, so only one user's rows are in memory. The conversations still name people: they stay in memory
until they are redacted and are never written.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from operator import itemgetter
from typing import Any

from attune.config.params import ExtractParams
from attune.errors import RunError
from attune.records.erased import REASON, Erased
from attune.records.record import record_id
from attune.records.tokens import token
from attune.redaction.conversations import encodable, to_moment
from attune.redaction.raw_rows import KNOWN_KINDS
from attune.steps.extract.broken import broken
from attune.steps.extract.database import Database
from attune.steps.extract.mining import ConversationSize, signals, tags
from attune.steps.extract.source_sql import stream_sql, text_user_id
from attune.steps.extract.sources import STREAMED, SourceQueries
from attune.text.language import language_code

SourceRow = dict[str, Any]

ORIGIN = "product/conversations"
PRODUCT = "product"
LONG_RUNNING = "long_running_therapy"

_IDENTITIES = {
    ("user", "name"): "user",
    ("partner", "name"): "partner",
    ("other", "name"): "others",
    "email": "emails",
    "phone": "phones",
    "address": "addresses",
    "city": "cities",
    "employer": "employers",
    "school": "schools",
}
_OF_A_CONVERSATION = ("activities", "analytics", "feedback")


class UserStream:
    """The rows of a source, one user at a time, in the order of the ids."""

    def __init__(self, source: str, columns: Sequence[str], rows: Iterator[tuple[Any, ...]]) -> None:
        self._source = source
        self._columns = columns
        self._groups = groupby(rows, key=itemgetter(columns.index("user_id")))
        self._next_group: tuple[str, Iterator[tuple[Any, ...]]] | None = None
        self._last: str | None = None

    def __iter__(self) -> Iterator[tuple[str, list[SourceRow]]]:
        while (user := self._next_user()) is not None:
            yield user, self.take(user)

    def take(self, user: str) -> list[SourceRow]:
        """The rows of ``user``; rows of earlier users are skipped."""
        while (next_user := self._next_user()) is not None and next_user <= user:
            assert self._next_group is not None
            columns, rows = self._columns, self._next_group[1]
            self._next_group = None
            if next_user == user:
                return [dict(zip(columns, row, strict=True)) for row in rows]
        return []

    def drain(self) -> None:
        """Read and count the rest, which belongs to users without conversations."""
        self._next_group = None
        for user, rows in self._groups:
            self._check_order(user)
            del rows

    def _next_user(self) -> str | None:
        if self._next_group is None:
            self._next_group = next(self._groups, None)
            if self._next_group is None:
                return None
            self._check_order(self._next_group[0])
        return self._next_group[0]

    def _check_order(self, user: Any) -> None:
        user_id = text_user_id(user, self._source)
        if self._last is not None and user_id <= self._last:
            raise RunError(f"source {self._source}: the database does not sort by bytes; a UTF-8 database is needed")
        self._last = user_id


@dataclass(frozen=True)
class ReadFilter:
    """Which conversations are read.

    Attributes:
        since: conversations whose newest message is older are left out.
        users: read only these users; None: all users.
    """

    since: datetime | None = None
    users: Sequence[str] | None = None


@dataclass
class _UserData:
    """The data of one user that all their conversations share."""

    id: str
    subject: str
    known: dict[str, list[str]]
    scenarios: Mapping[Any, int]
    first_quiz: datetime | None
    about: Mapping[str, Mapping[Any, list[SourceRow]]]  # source -> conversation -> rows


class SourceMerger:
    """Reads all sources side by side and yields raw rows for redaction (:data:`attune.redaction.raw_rows.RAW_SCHEMA`).

    Attributes:
        passed_over: number of conversations that a filter left out, by filter; complete when the stream has ended.
        source_rows: rows read, by source.
    """

    def __init__(
        self,
        database: Database,
        queries: SourceQueries,
        params: ExtractParams,
        key: bytes,
        selection: ReadFilter,
        seen: Callable[[str, Sequence[tuple[Any, int]]], None] | None = None,
        erased: Erased | None = None,
        shown_roles: Collection[str] = (),
    ) -> None:
        """Build the queries; nothing is read yet.

        Args:
            database: the database to read.
            queries: the queries of all sources.
            params: filters, and the thresholds of mining.
            key: HMAC key of the tokens.
            selection: which conversations are read.
            seen: called for every user with the subject token, and ids and message counts of the conversations.
            erased: people and conversations that are left out.
            shown_roles: unknown roles that a reason may name.
        """
        self.passed_over: Counter[str] = Counter()
        self.source_rows: Counter[str] = Counter()
        self._params = params
        self._key = key
        self._seen = seen
        self._erased = erased or Erased()
        self._shown_roles = shown_roles
        self._streams = {}
        for name in STREAMED:
            sql = stream_sql(
                queries[name],
                queries["consent"],
                database.dialect,
                selection.since,
                completed=params.completed_only,
                chosen=selection.users is not None,
            )
            rows = self._counted(name, database.rows(sql, selection.users))
            self._streams[name] = UserStream(name, queries[name].columns, rows)

    def _counted(self, name: str, rows: Iterator[tuple[Any, ...]]) -> Iterator[tuple[Any, ...]]:
        count = 0
        try:
            for row in rows:
                count += 1
                yield row
        finally:
            self.source_rows[name] += count

    def __iter__(self) -> Iterator[SourceRow]:
        for user, messages in self._streams["conversations"]:
            others = {name: self._streams[name].take(user) for name in STREAMED if name != "conversations"}
            yield from self._of_user(user, messages, others)
        for stream in self._streams.values():
            stream.drain()

    def _of_user(self, name: str, messages: list[SourceRow], others: Mapping[str, list[SourceRow]]) -> Iterator[SourceRow]:
        grouped = [(key, list(rows)) for key, rows in groupby(messages, key=itemgetter("conversation_id"))]
        quizzes = [taken for row in others["quizzes"] if (taken := to_moment(row["created_at"]))]
        user = _UserData(
            name,
            token(self._key, "user", name),
            known_identifiers(others["identities"]),
            Counter(rows[0].get("scenario") for _, rows in grouped),
            min(quizzes, default=None),
            {source: _by_conversation(others[source]) for source in _OF_A_CONVERSATION},
        )
        if self._seen:
            self._seen(user.subject, [(conversation, len(rows)) for conversation, rows in grouped])
        gone = self._erased.holds(user.subject)
        for conversation, rows in grouped:
            if gone or (self._erased and self._erased.holds(token(self._key, "conversation", str(conversation)))):
                self.passed_over[REASON] += 1
                continue
            row = self._raw(user, conversation, rows)
            if row is not None:
                yield row

    def _raw(self, user: _UserData, conversation: Any, rows: list[SourceRow]) -> SourceRow | None:
        first, params = rows[0], self._params
        turns = sum([row["role"] != "system" for row in rows])
        activities, analytics, feedback = (user.about[source].get(conversation, ()) for source in _OF_A_CONVERSATION)
        found = signals(first, activities, analytics, feedback, turns, params)
        if (filtered := self._filtered(found)) is not None:
            self.passed_over[filtered] += 1
            return None
        timestamps = [to_moment(row["created_at"]) for row in rows]
        known_timestamps = [timestamp for timestamp in timestamps if timestamp]
        problem = broken(conversation, rows, timestamps, self._shown_roles)
        said = [] if problem else [len(row["content"]) for row in rows if row["role"] == "user"]
        size = ConversationSize(
            turns,
            len(said),
            sum(said),
            user.scenarios[first.get("scenario")],
            user.first_quiz is not None and bool(known_timestamps) and user.first_quiz <= known_timestamps[0],
        )
        locator = token(self._key, "row", f"{user.id}\0{conversation}")
        return {
            "record_id": record_id(ORIGIN, locator),
            "origin": ORIGIN,
            "locator": locator,
            "problem": problem,
            "family": LONG_RUNNING if turns > params.long_running_turns else PRODUCT,
            "source": "user_generated",
            "subject_id": user.subject,
            "conversation_id": token(self._key, "conversation", str(conversation)),
            "messages": [] if problem else [{"role": row["role"], "content": row["content"]} for row in rows],
            "known": user.known,
            "scenario": _plain(first.get("scenario")),
            "relationship_stage": _plain(first.get("relationship_stage")),
            "language": language_code(_plain(first.get("language")) or ""),
            "created_at": max(known_timestamps, default=None),
            "signals": found,
            "tags": tags(first, found, size, params),
            "published": False,
            "license": params.license,
        }

    def _filtered(self, found: Mapping[str, float | bool | None]) -> str | None:
        satisfaction, score = found["satisfaction"], found["analytics_score"]
        if self._params.min_satisfaction is not None and (satisfaction is None or satisfaction < self._params.min_satisfaction):
            return "min_satisfaction"
        if self._params.min_quality is not None and (score is None or score * 10 < self._params.min_quality):
            return "min_quality"
        return None


def known_identifiers(rows: Sequence[SourceRow]) -> dict[str, list[str]]:
    """Names and identifiers of a user and the people around them, by the kinds that redaction uses."""
    found: dict[str, set[str]] = {kind: set() for kind in KNOWN_KINDS}
    for row in rows:
        kind = _IDENTITIES.get((row["person"], row["kind"])) or _IDENTITIES.get(row["kind"])
        value = row["value"]
        if isinstance(value, int):  # a telephone number in a column without a type
            value = str(value)
        if kind is not None and isinstance(value, str) and (bare := value.strip()) and encodable(value):
            found[kind].add(bare)
    return {kind: sorted(values) for kind, values in found.items()}


def _by_conversation(rows: Sequence[SourceRow]) -> dict[Any, list[SourceRow]]:
    groups: dict[Any, list[SourceRow]] = {}
    for row in rows:
        groups.setdefault(row.get("conversation_id"), []).append(row)
    return groups


def _plain(value: Any) -> str | None:
    return value if isinstance(value, str) and encodable(value) and value else None
