"""Why a conversation cannot be processed: the reason that it goes to quarantine with."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from attune.records.record import ROLES
from attune.redaction.conversations import encodable


def broken(
    conversation: Any,
    rows: Sequence[Mapping[str, Any]],
    timestamps: Sequence[datetime | None],
    shown_roles: Collection[str] = (),
) -> str | None:
    """Why a conversation cannot be processed, without any of its text; None when it can.

    Args:
        conversation: its id.
        rows: its messages, in their order.
        timestamps: when each was written.
        shown_roles: unknown roles that the reason may name.
    """
    if not isinstance(conversation, str):
        return "conversation_id is missing or not text"
    for row, timestamp in zip(rows, timestamps, strict=True):
        if (reason := _broken_message(row, timestamp, shown_roles)) is not None:
            return reason
    positions = [row["position"] for row in rows]
    if any(isinstance(position, bool) or not isinstance(position, int | float) for position in positions):
        return "a message's position is missing or not a number"
    if len(set(positions)) < len(positions):
        return "two messages have the same position"  # in which order they were said is not known
    return None


def _broken_message(row: Mapping[str, Any], timestamp: datetime | None, shown_roles: Collection[str]) -> str | None:
    role, content = row["role"], row["content"]
    if role not in ROLES:
        return f"a message has an unknown role: {role}" if str(role) in shown_roles else "a message has an unknown role"
    if content is None:
        return "a message has no content"
    if not isinstance(content, str):
        return "a message's content is not text"
    if not encodable(content):
        return "a message is not valid UTF-8"
    if timestamp is None:
        return "a message has no readable created_at"
    return None
