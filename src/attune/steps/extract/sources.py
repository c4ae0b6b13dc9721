"""The sources of a product database: one SQL file each, with the columns that its query returns.

A team maps its own schema by writing these files; the code never names a table. Each file holds one ``SELECT`` that works as
a sub-select. The columns are data here, so that the check, the documentation and the reader cannot disagree.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

ColumnType = Literal["text", "integer", "number", "boolean", "timestamp"]


@dataclass(frozen=True)
class SourceColumn:
    """A column that a source's query returns."""

    name: str
    kind: ColumnType
    required: bool
    meaning: str
    without: str = ""  # what is lost when an optional column is missing
    scale: tuple[float, float] | None = None  # lowest and highest value of a number; others count as missing
    values: tuple[str, ...] = ()  # the only values of a text that mean something


@dataclass(frozen=True)
class DatabaseSource:
    """One SQL file: what it is read for, and its columns."""

    name: str
    meaning: str
    columns: tuple[SourceColumn, ...]

    def column(self, name: str) -> SourceColumn:
        """The column of that name."""
        return next(column for column in self.columns if column.name == name)

    @property
    def required(self) -> tuple[str, ...]:
        """Names of the required columns."""
        return tuple(column.name for column in self.columns if column.required)


@dataclass(frozen=True)
class SourceQuery:
    """A source's SQL as written in its file, and which documented columns it returns."""

    source: DatabaseSource
    file: str
    sql: str
    columns: tuple[str, ...]


SourceQueries = Mapping[str, SourceQuery]


def _required(name: str, kind: ColumnType, meaning: str, values: tuple[str, ...] = ()) -> SourceColumn:
    return SourceColumn(name, kind, True, meaning, values=values)


def _optional(
    name: str,
    kind: ColumnType,
    meaning: str,
    without: str,
    scale: tuple[float, float] | None = None,
    values: tuple[str, ...] = (),
) -> SourceColumn:
    return SourceColumn(name, kind, False, meaning, without, scale, values)


_USER = _required("user_id", "text", "who it belongs to; compared with the other sources as text")
_CONVERSATION = _required("conversation_id", "text", "the conversation that the row is about")
_AT = _required("created_at", "timestamp", "when it happened; ISO 8601 text on SQLite, TIMESTAMPTZ on PostgreSQL")
_CHANGED = _optional(
    "updated_at",
    "timestamp",
    "when the row last changed, if rows are changed in place",
    "an incremental extraction sees new rows, not rows that were changed in place",
)
_NO_PART = "the analytics score lacks this part"

SOURCES: dict[str, DatabaseSource] = {
    source.name: source
    for source in (
        DatabaseSource(
            "conversations",
            "one row a message; check-ins with a reply come as conversations too",
            (
                _USER,
                _required("conversation_id", "text", "which messages belong together"),
                _required("position", "integer", "order of the message in its conversation"),
                _required("role", "text", "user, assistant or system", ("user", "assistant", "system")),
                _required("content", "text", "text of the message"),
                _AT,
                _optional(
                    "kind",
                    "text",
                    "coaching, check_in, or reflection (a check-in that was answered once); the latter two are tagged",
                    "no conversation is tagged check_in or reflection",
                    values=("coaching", "check_in", "reflection"),
                ),
                _optional(
                    "scenario",
                    "text",
                    "topic of the conversation, such as trust or distance",
                    "no recurring theme is found, and no scenario counts as under-represented",
                ),
                _optional("language", "text", "ISO 639-1; detected where it is not given", "the language is detected"),
                _optional("relationship_stage", "text", "such as dating, engaged, married", "the bias audit lacks it"),
                _optional(
                    "completed",
                    "boolean",
                    "the user reached the end of the session",
                    "extract.completed_only cannot be used; completed activities are used instead",
                ),
                _CHANGED,
            ),
        ),
        DatabaseSource(
            "identities",
            "names and identifiers of a user and the people around them; redaction always replaces these, then forgets them",
            (
                _USER,
                _required("person", "text", "user, partner or other", ("user", "partner", "other")),
                _required(
                    "kind",
                    "text",
                    "name, email, phone, address, city, employer or school",
                    ("name", "email", "phone", "address", "city", "employer", "school"),
                ),
                _required("value", "text", "the name or identifier"),
                _CHANGED,
            ),
        ),
        DatabaseSource(
            "activities",
            "exercises, and how satisfied the user was",
            (
                _USER,
                _AT,
                _optional(
                    "conversation_id", "text", "the conversation that it belongs to", "activities add nothing to a conversation"
                ),
                _optional("satisfaction", "number", "0 to 10", "satisfaction comes from feedback alone", (0, 10)),
                _optional("completed", "boolean", "the user finished it", "completion comes from conversations alone"),
                _CHANGED,
            ),
        ),
        DatabaseSource(
            "quizzes", "assessments; a conversation after a user's first one is tagged assessed", (_USER, _AT, _CHANGED)
        ),
        DatabaseSource(
            "analytics",
            "engagement and health metrics of a conversation",
            (
                _USER,
                _CONVERSATION,
                _AT,
                _optional("engagement", "number", "0 to 1", _NO_PART, (0, 1)),
                _optional("sentiment", "number", "-1 to 1", _NO_PART, (-1, 1)),
                _optional("follow_up_quality", "number", "0 to 1", _NO_PART, (0, 1)),
                _CHANGED,
            ),
        ),
        DatabaseSource(
            "feedback",
            "ratings, helpfulness votes and outcome reports",
            (
                _USER,
                _CONVERSATION,
                _AT,
                _optional(
                    "rating", "number", "1 to 5; counts as (rating - 1) x 2.5 of 10", "satisfaction needs activities", (1, 5)
                ),
                _optional("helpful", "boolean", "thumbs up or down", "no vote counts as positive feedback"),
                _optional("action_taken", "boolean", "the user acted on the advice", "the score has no point for it"),
                _optional(
                    "outcome",
                    "text",
                    "improved, unchanged or worse",
                    "the score has no point for it",
                    values=("improved", "unchanged", "worse"),
                ),
                _CHANGED,
            ),
        ),
        DatabaseSource(
            "consent",
            "users who must never be read",
            (_USER, _required("reason", "text", "such as opted_out or erasure_requested; counted in the report")),
        ),
    )
}

# The sources that are read user by user, in this order; consent is only joined against.
STREAMED = ("conversations", "identities", "activities", "quizzes", "analytics", "feedback")
