"""Converts a loaded row of a family to a raw row for redaction, by the column mapping of its entry in the family map."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from attune.records.record import ROLES, record_id
from attune.records.tokens import token
from attune.redaction.conversations import encodable, to_moment
from attune.steps.ingest.families import Columns, Family
from attune.steps.ingest.loaders.base import Broken, LoaderRow
from attune.steps.ingest.loaders.texts import START, is_dialogue, parse_chatml, parse_dialogue

# The mapping for loaders with fixed fields: transcripts, ChatML, and custom loaders.
_CONVERSATION = Columns(
    messages="messages", scenario="scenario", language="language", created_at="created_at", group="group", license="license"
)
_TEXT = Columns(text="text")
_NAMED_KINDS = ("user", "partner", "others")
_PRETRAINING = "pretraining"
_NOTHING = (None, "")  # 0 is a valid id
_EPOCH = ((1e8, 1e11, 1), (1e11, 1e14, 1_000))  # seconds, and milliseconds, since 1970
_CODE = re.compile(r"\s*([A-Za-z]{2})(?:[-_][A-Za-z-]+)?\s*")
# Other common names of the roles, unless the map says otherwise.
_ALIASES = {
    "human": "user",
    "prompter": "user",
    "gpt": "assistant",
    "bot": "assistant",
    "chatbot": "assistant",
    "model": "assistant",
    "ai": "assistant",
    "developer": "system",
}


class _MappingError(Exception):
    """The row does not fit the mapping; the message says why, without its text."""


def raw_row(family: Family, key: str, row: LoaderRow, secret: bytes) -> dict[str, Any]:
    """A raw row (:data:`attune.redaction.conversations.RAW_SCHEMA`).

    Args:
        family: entry of the family in the map.
        key: key of the object that the row is from; becomes the record's origin.
        row: the row from the loader.
        secret: HMAC key of the tokens.
    """
    raw: dict[str, Any] = {
        "record_id": record_id(key, row.place),
        "origin": key,
        "locator": row.place,
        "family": family.family,
        "source": family.source,
        "problem": None,
        "messages": [],
        "rejected_response": None,
        "created_at": None,
        "tags": [],
        "published": family.published,
        "markup": family.html,
    }
    if isinstance(row, Broken):
        return {**raw, "problem": f"{key}: {row.reason}"}
    columns = family.columns or (_TEXT if family.loader == "text" else _CONVERSATION)
    try:
        raw |= _values(family, columns, row.fields)
    except _MappingError as reason:
        return {**raw, "problem": f"{key}: {reason}"}
    group, subject = _field(row.fields, columns.group), _field(row.fields, columns.subject)
    # All pieces of one text are one group, so that no text is divided between splits.
    alone = key if family.loader == "text" else f"{key}\0{row.place}"
    raw["conversation_id"] = token(secret, "conversation", f"{family.family}\0{group}" if group not in _NOTHING else alone)
    raw["tags"] = [_PRETRAINING] if columns.text is not None else []
    raw["subject_id"] = token(secret, "user", str(subject)) if subject not in _NOTHING and not family.published else None
    return raw


def _values(family: Family, columns: Columns, fields: Mapping[str, Any]) -> dict[str, Any]:
    created = _field(fields, columns.created_at)
    timestamp = _timestamp(created)
    if created not in _NOTHING and timestamp is None:
        raise _MappingError(
            f"{columns.created_at} is not a timestamp; write it as 2026-01-31T10:00:00Z, or in seconds since 1970"
        )
    scenario = _text(fields, columns.scenario).split(",")[0].strip().lower().replace(" ", "_")
    messages = _messages(family, columns, fields)
    return {
        "messages": messages,
        "rejected_response": _rejected(family, columns, fields, messages),
        "known": {kind: _known(kind, fields, names) for kind, names in family.known.items()},
        "scenario": scenario or family.fixed_scenario,
        "license": _text(fields, columns.license).strip() or family.license,
        "relationship_stage": _text(fields, columns.relationship_stage) or None,
        "language": _language(_text(fields, columns.language)) or family.fixed_language,
        "created_at": timestamp,
    }


def _timestamp(value: Any) -> datetime | None:
    """A timestamp from text, a date, or seconds or milliseconds since 1970; None when it is none of these."""
    if isinstance(value, date) and not isinstance(value, datetime):  # a date column of Parquet
        return datetime(value.year, value.month, value.day, tzinfo=UTC)
    if isinstance(value, int | float | Decimal) and not isinstance(value, bool):
        value = float(value) if isinstance(value, Decimal) else value
        parts = next((parts for low, high, parts in _EPOCH if low <= value < high), None)
        return None if parts is None else datetime.fromtimestamp(value / parts, UTC)
    return to_moment(value)


def _language(value: str) -> str | None:
    """The language code, such as en for en-US; None for other values, so that the language is detected."""
    found = _CODE.fullmatch(value)
    return found[1].lower() if found else None


def _messages(family: Family, columns: Columns, fields: Mapping[str, Any]) -> list[dict[str, str]]:
    if columns.messages is not None:
        messages = _turns(family, columns.messages, fields)
    elif columns.text is not None:
        messages = [{"role": "assistant", "content": _text(fields, columns.text)}]
    else:
        messages = _exchange(family, columns, fields)
    if system := _text(fields, columns.system):
        messages.insert(0, {"role": "system", "content": system})
    return messages


def _exchange(family: Family, columns: Columns, fields: Mapping[str, Any]) -> list[dict[str, str]]:
    """Question and answer; each may be a list of turns, and an answer that starts with a question is the whole conversation."""
    assert columns.answer is not None
    first = columns.questions[0]
    answered = _has_turns(_field(fields, columns.answer))
    answer = _turns(family, columns.answer, fields) if answered else []
    if answer and answer[0]["role"] != "assistant":
        return answer
    if _has_turns(_field(fields, first)):
        asked = _turns(family, first, fields)
        if asked[-1] == {"role": "assistant", "content": ""}:  # "\n\nAssistant:" at the end prompts for the answer
            asked.pop()
    else:
        texts = [_text(fields, name) for name in (*columns.questions, columns.question_context) if name is not None]
        asked = [{"role": "user", "content": _joined(texts)}]
    return asked + (answer or [{"role": "assistant", "content": _text(fields, columns.answer)}])


def _rejected(family: Family, columns: Columns, fields: Mapping[str, Any], messages: Sequence[Mapping[str, str]]) -> str | None:
    """The rejected answer. It must follow the same conversation as the chosen one, or the pair is not a preference."""
    if columns.rejected is None:
        return None
    if _has_turns(_field(fields, columns.rejected)):
        turns = _turns(family, columns.rejected, fields)
        before = [dict(message) for message in messages[:-1]]
        if len(turns) > 1 and turns[:-1] != before[len(before) - len(turns) + 1 :]:
            raise _MappingError("the chosen and the rejected answer follow different conversations")
        rejected = turns[-1]["content"]
    else:
        rejected = _text(fields, columns.rejected)
    if not rejected.strip():
        raise _MappingError(f"{columns.rejected} is empty, and a preference needs both answers")
    if rejected == messages[-1]["content"]:
        raise _MappingError("the chosen and the rejected answer are the same")
    return rejected


def _has_turns(value: Any) -> bool:
    """Whether a field holds turns, as a list or as the text of a dialogue."""
    return isinstance(value, list) or (isinstance(value, str) and is_dialogue(value))


def _turns(family: Family, name: str, fields: Mapping[str, Any]) -> list[dict[str, str]]:
    value = _field(fields, name)
    if isinstance(value, str):
        value = _parsed(name, value)
    if not isinstance(value, list) or not value:
        raise _MappingError(f"{name} is no list of turns")
    roles = _ALIASES | {other.lower(): own for other, own in family.roles.items()}
    messages = []
    for turn in value:
        if not isinstance(turn, Mapping):
            raise _MappingError(f"{name} is no list of turns")
        role = str(turn.get("role") or turn.get("from") or turn.get("speaker") or "").strip().lower()
        role = roles.get(role, role)
        if role not in ROLES:
            raise _MappingError("a message has an unknown role; say under `roles` of its entry in families.yaml what it is")
        messages.append({"role": role, "content": _content(turn)})
    return messages


def _parsed(name: str, value: str) -> Any:
    """Turns from a text field: ChatML, JSON, or a dialogue of ``Human:`` and ``Assistant:``."""
    if is_dialogue(value):
        return parse_dialogue(value)
    try:
        return parse_chatml(value) if START in value else json.loads(value)
    except (ValueError, RecursionError) as error:
        if START in value:
            raise _MappingError(f"{name} {error}") from None
        raise _MappingError(f"{name} is not valid JSON") from None


def _content(turn: Mapping[str, Any]) -> str:
    content = next((turn[key] for key in ("content", "value", "text") if key in turn), None)
    if isinstance(content, list):  # content parts, as in chat APIs
        parts = [part.get("text") if isinstance(part, Mapping) else part for part in content]
        texts = [part for part in parts if isinstance(part, str)]
        if not parts or len(texts) < len(parts):
            raise _MappingError("a message has parts that are no text")
        content = "\n".join(texts)
    if not isinstance(content, str):
        raise _MappingError("a message has no content")
    if not encodable(content):
        raise _MappingError("a message is not valid UTF-8")
    return content


def _joined(parts: Sequence[str]) -> str:
    """Title and text of a question as one text; a part that starts a later part is left out."""
    said = [part.strip() for part in parts if part.strip()]
    kept = [
        part
        for index, part in enumerate(said)
        if not any(other.lower().startswith(part.lower()) for other in said[index + 1 :])
    ]
    return "\n\n".join(kept)


def _known(kind: str, fields: Mapping[str, Any], names: Sequence[str]) -> list[str]:
    found: set[str] = set()
    for name in names:
        value = _field(fields, name)
        for text in value if isinstance(value, list) else [value]:
            if isinstance(text, str) and text.strip() and encodable(text):
                # "Ann Lee, LMSW": the name is the part before the comma.
                found.add((text.split(",")[0] if kind in _NAMED_KINDS else text).strip())
    return sorted(found - {""})


def _text(fields: Mapping[str, Any], name: str | None) -> str:
    value = _field(fields, name)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise _MappingError(f"{name} is not text")
    if not encodable(value):
        raise _MappingError(f"{name} is not valid UTF-8; set `encoding` of its entry in families.yaml if the file has another")
    return value


def _field(fields: Mapping[str, Any], name: str | None) -> Any:
    """The value of a field; a dot in the name reaches into a nested one."""
    if name is None:
        return None
    value: Any = fields
    for part in name.split("."):
        value = value.get(part) if isinstance(value, Mapping) else None
    return None if isinstance(value, float) and math.isnan(value) else value  # NaN is how numeric tables write a missing value
