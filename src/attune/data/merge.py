"""The sources of a product database, merged user by user into conversations that wait for redaction.

Every source comes ordered by user, so one user's rows are all that is in memory. What leaves here as a table still names
people: it goes from hand to hand in memory and is never written.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from itertools import groupby
from typing import Any

from attune.core.errors import RunError
from attune.core.params import ExtractParams
from attune.core.records import ROLES, record_id
from attune.core.tokens import token
from attune.data.database import Database
from attune.data.mining import analytics_score, signals, tags
from attune.data.prepare import KNOWN_KINDS, encodable, to_moment
from attune.data.sources import STREAMED, Query, stream_sql

Row = dict[str, Any]

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


class UserStream:
    """A source's rows, handed out user by user in the order of the ids."""

    def __init__(self, source: str, columns: Sequence[str], rows: Iterator[tuple[Any, ...]]) -> None:
        self._source = source
        self._groups = groupby((dict(zip(columns, row, strict=True)) for row in rows), key=lambda row: row["user_id"])
        self._waiting: tuple[str, Iterator[Row]] | None = None
        self._last: str | None = None

    def __iter__(self) -> Iterator[tuple[str, list[Row]]]:
        while (user := self._next_user()) is not None:
            yield user, self.take(user)

    def take(self, user: str) -> list[Row]:
        """The rows of ``user``; those of users before it are passed over."""
        while (waiting := self._next_user()) is not None and waiting <= user:
            assert self._waiting is not None
            rows = list(self._waiting[1]) if waiting == user else []
            self._waiting = None
            if waiting == user:
                return rows
        return []

    def drain(self) -> None:
        """Read to the end: what follows belongs to users without conversations, and is counted."""
        self._waiting = None
        for user, rows in self._groups:
            self._check_order(user)
            del rows

    def _next_user(self) -> str | None:
        if self._waiting is None:
            self._waiting = next(self._groups, None)
            if self._waiting is None:
                return None
            self._check_order(self._waiting[0])
        return self._waiting[0]

    def _check_order(self, user: Any) -> None:
        if not isinstance(user, str):
            raise RunError(
                f"source {self._source}: user_id is {type(user).__name__}, not text; write CAST(… AS TEXT) AS user_id "
                f"in {self._source}.sql"
            )
        if self._last is not None and user <= self._last:
            raise RunError(f"source {self._source}: the database does not sort by bytes; a UTF-8 database is needed")
        self._last = user


class Merger:
    """Reads all sources in step and yields raw rows (:data:`attune.data.prepare.RAW_SCHEMA`) for redaction.

    ``passed_over`` counts the conversations that a filter left out, by filter; it is complete when the stream has ended.
    """

    def __init__(
        self, database: Database, queries: Mapping[str, Query], params: ExtractParams, key: bytes, since: datetime | None
    ) -> None:
        self.passed_over: Counter[str] = Counter()
        self.source_rows: Counter[str] = Counter()
        self._params = params
        self._key = key
        self._streams = {}
        for name in STREAMED:
            sql = stream_sql(queries[name], queries["consent"], database.dialect, since, completed=params.completed_only)
            self._streams[name] = UserStream(name, queries[name].columns, self._counted(name, database.rows(sql)))

    def _counted(self, name: str, rows: Iterator[tuple[Any, ...]]) -> Iterator[tuple[Any, ...]]:
        for row in rows:
            self.source_rows[name] += 1
            yield row

    def __iter__(self) -> Iterator[Row]:
        for user, messages in self._streams["conversations"]:
            others = {name: self._streams[name].take(user) for name in STREAMED if name != "conversations"}
            yield from self._of_user(user, messages, others)
        for stream in self._streams.values():
            stream.drain()

    def _of_user(self, user: str, messages: list[Row], others: Mapping[str, list[Row]]) -> Iterator[Row]:
        grouped = [(key, list(rows)) for key, rows in groupby(messages, key=lambda row: row["conversation_id"])]
        scenarios = Counter(rows[0].get("scenario") for _, rows in grouped)
        by_conversation = {name: _by_conversation(others[name]) for name in ("activities", "analytics", "feedback")}
        known = known_identifiers(others["identities"])
        subject = token(self._key, "user", user)
        first_quiz = min((moment for row in others["quizzes"] if (moment := to_moment(row["created_at"]))), default=None)
        for conversation, rows in grouped:
            about = {name: groups.get(conversation, []) for name, groups in by_conversation.items()}
            row = self._raw(user, conversation, rows, about, scenarios, first_quiz)
            if row is not None:
                yield {**row, "known": known, "subject_id": subject}

    def _raw(
        self,
        user: str,
        conversation: Any,
        rows: list[Row],
        about: Mapping[str, list[Row]],
        scenarios: Mapping[Any, int],
        first_quiz: datetime | None,
    ) -> Row | None:
        first = rows[0]
        turns = sum(row["role"] != "system" for row in rows)
        found = signals(first, about["activities"], about["analytics"], about["feedback"])
        score = analytics_score(turns, about["analytics"])
        if (filtered := self._filtered(found, score)) is not None:
            self.passed_over[filtered] += 1
            return None
        moments = [moment for row in rows if (moment := to_moment(row["created_at"]))]
        assessed = first_quiz is not None and bool(moments) and first_quiz <= moments[0]
        locator = token(self._key, "row", f"{user}\0{conversation}")
        problem = broken(conversation, rows)
        return {
            "record_id": record_id(ORIGIN, locator),
            "origin": ORIGIN,
            "locator": locator,
            "problem": problem,
            "family": LONG_RUNNING if turns > self._params.long_running_turns else PRODUCT,
            "source": "user_generated",
            "conversation_id": token(self._key, "conversation", str(conversation)),
            "messages": [] if problem else [{"role": row["role"], "content": row["content"]} for row in rows],
            "scenario": _plain(first.get("scenario")),
            "relationship_stage": _plain(first.get("relationship_stage")),
            "language": _plain(first.get("language")),
            "created_at": max(moments, default=None),
            "signals": found,
            "tags": tags(first, found, score, turns, scenarios[first.get("scenario")], assessed, self._params),
            "published": False,
        }

    def _filtered(self, found: Mapping[str, float | bool | None], score: float | None) -> str | None:
        satisfaction = found["satisfaction"]
        if self._params.min_satisfaction is not None and (satisfaction is None or satisfaction < self._params.min_satisfaction):
            return "min_satisfaction"
        if self._params.min_quality is not None and (score is None or score * 10 < self._params.min_quality):
            return "min_quality"
        return None


def known_identifiers(rows: Sequence[Row]) -> dict[str, list[str]]:
    """What the database knows of a user and the people around them, by the kinds that redaction takes."""
    found: dict[str, set[str]] = {kind: set() for kind in KNOWN_KINDS}
    for row in rows:
        kind = _IDENTITIES.get((row["person"], row["kind"])) or _IDENTITIES.get(row["kind"])
        value = row["value"]
        if kind is not None and isinstance(value, str) and value.strip() and encodable(value):
            found[kind].add(value.strip())
    return {kind: sorted(values) for kind, values in found.items()}


def broken(conversation: Any, rows: Sequence[Row]) -> str | None:
    """Why a conversation cannot be processed, in words without any of its text; None when it can."""
    if not isinstance(conversation, str):
        return "conversation_id is missing or not text"
    for row in rows:
        if row["role"] not in ROLES:
            return "a message has an unknown role"
        if row["content"] is None:
            return "a message has no content"
        if not isinstance(row["content"], str):
            return "a message's content is not text"
        if not encodable(row["content"]):
            return "a message is not valid UTF-8"
        if to_moment(row["created_at"]) is None:
            return "a message has no readable created_at"
    return None


def _by_conversation(rows: Sequence[Row]) -> dict[Any, list[Row]]:
    groups: dict[Any, list[Row]] = {}
    for row in rows:
        groups.setdefault(row.get("conversation_id"), []).append(row)
    return groups


def _plain(value: Any) -> str | None:
    return value if isinstance(value, str) and encodable(value) and value else None
