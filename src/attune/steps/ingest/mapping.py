"""Converts a loaded row of a family to a raw row for redaction, by the column mapping of its entry in the family map."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from attune.records.record import CONTEXT_TURN, record_id
from attune.records.tokens import token
from attune.redaction.conversations import encodable
from attune.steps.ingest.derived_families import PRETRAINING
from attune.steps.ingest.families import Columns, Family
from attune.steps.ingest.fields import field_of
from attune.steps.ingest.loaders.base import Broken, Loaded, LoaderRow, Unreadable
from attune.steps.ingest.loaders.exports import export_of
from attune.steps.ingest.timestamps import HOW, timestamp
from attune.steps.ingest.turns import MappingError, Turns, is_turns, one_turn, read_turns, spoken_turns

# The mapping for loaders with fixed fields: transcripts, ChatML, and custom loaders.
_CONVERSATION = Columns(
    messages="messages", scenario="scenario", language="language", created_at="created_at", group="group", license="license"
)
_TEXT = Columns(text="text")
_NAMED_KINDS = ("user", "partner", "others")
_NOTHING = (None, "")  # 0 is a valid id
_CODE = re.compile(r"\s*([A-Za-z]{2})(?:[-_][A-Za-z-]+)?\s*")
_NUMBER = re.compile(r"\+?[\d\s().-]{7,}")


def raw_row(family: Family, key: str, row: LoaderRow, secret: bytes, shown: str = "") -> dict[str, Any]:
    """A raw row (:data:`attune.redaction.conversations.RAW_SCHEMA`).

    Args:
        family: entry of the family in the map.
        key: key of the object that the row is from; it may hold names, so that only keyed tokens are made of it.
        row: the row from the loader.
        secret: HMAC key of the tokens.
        shown: what names the object, without names of people; becomes the record's origin. Empty: the key itself.
    """
    shown = shown or key
    raw: dict[str, Any] = {
        "record_id": record_id(shown, row.place),
        "origin": shown,
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
        return {**raw, "problem": f"{shown}: {row.reason}"}
    columns = family.columns or (_TEXT if family.loader == "text" else _CONVERSATION)
    try:
        group, subject = (_id(row.fields, name) for name in (columns.group, columns.subject))
        raw |= _values(family, columns, row)
    except MappingError as reason:
        return {**raw, "problem": f"{shown}: {reason}"}
    # All pieces of one text, and all parts of one chat, are one group, so that none is divided between splits.
    alone = key if family.loader == "text" else f"{key}\0{row.whole or row.place}"
    raw["conversation_id"] = token(secret, "conversation", f"{family.family}\0{group}" if group not in _NOTHING else alone)
    raw["subject_id"] = token(secret, "user", str(subject)) if subject not in _NOTHING and not family.published else None
    return raw


def _id(fields: Mapping[str, Any], name: str | None) -> Any:
    """The id in a field."""
    value = field_of(fields, name)
    if isinstance(value, Unreadable) or (isinstance(value, str) and not encodable(value)):
        raise MappingError(f"{name} cannot be read")
    if value in _NOTHING:
        return value
    try:
        shown = str(value)
    except ValueError:  # an integer of thousands of digits
        shown = "\ud800"
    if not encodable(shown):
        raise MappingError(f"{name} cannot be read")
    return shown


def _values(family: Family, columns: Columns, row: Loaded) -> dict[str, Any]:
    fields, export = row.fields, export_of(columns)
    created = field_of(fields, columns.created_at)
    moment = timestamp(created)
    if row.turns is not None:
        moment = min((turn.at for turn in row.turns if turn.at is not None), default=None) or moment
    elif created not in _NOTHING and moment is None:
        raise MappingError(f"{columns.created_at} is not a timestamp; {HOW}")
    scenario = _text(fields, columns.scenario).split(",")[0].strip().lower().replace(" ", "_")
    turns = _turns(family, columns, row)
    messages, context = turns.answers_to_learn()
    people = [*turns.speakers, *(export.people_in(fields) if export else ())]
    if family.loader == "transcript" and not any("speakers" in names for names in family.known.values()):
        people += [name for name in fields.get("speakers") or () if isinstance(name, str)]
    return {
        "messages": messages,
        "rejected_response": _rejected(family, columns, fields, messages),
        "known": _people(family, fields, people),
        "scenario": scenario or family.fixed_scenario,
        "license": _text(fields, columns.license).strip() or family.license,
        "relationship_stage": _text(fields, columns.relationship_stage) or None,
        "language": _language(_text(fields, columns.language)) or family.fixed_language,
        "created_at": moment,
        "tags": [PRETRAINING] if columns.text is not None else [f"{CONTEXT_TURN}{place}" for place in context],
        "markup": family.html or (export is not None and export.is_html),
    }


def _language(value: str) -> str | None:
    """The language code, such as en for en-US; None for other values, so that the language is detected."""
    found = _CODE.fullmatch(value)
    return found[1].lower() if found else None


def _turns(family: Family, columns: Columns, row: Loaded) -> Turns:
    if row.turns is not None:
        turns = spoken_turns(family, row.turns)
    elif columns.messages is not None:
        turns = read_turns(family, columns.messages, row.fields)
    elif columns.text is not None:
        turns = one_turn("assistant", _text(row.fields, columns.text))
    else:
        turns = _exchange(family, columns, row.fields)
    if system := _text(row.fields, columns.system):
        return one_turn("system", system) + turns
    return turns


def _exchange(family: Family, columns: Columns, fields: Mapping[str, Any]) -> Turns:
    """Question and answer; each may be a list of turns, and an answer that starts with a question is the whole conversation."""
    assert columns.answer is not None
    first = columns.questions[0]
    answer = read_turns(family, columns.answer, fields) if is_turns(field_of(fields, columns.answer)) else None
    if answer and answer.messages[0]["role"] != "assistant":
        return answer
    if is_turns(field_of(fields, first)):
        asked = read_turns(family, first, fields)
        if asked.messages[-1] == {"role": "assistant", "content": ""}:  # "\n\nAssistant:" at the end prompts for the answer
            asked = Turns(asked.messages[:-1], asked.weights[:-1], asked.speakers)
    else:
        texts = [_text(fields, name) for name in (*columns.questions, columns.question_context) if name is not None]
        asked = one_turn("user", _joined(texts))
    return asked + (answer or one_turn("assistant", _text(fields, columns.answer)))


def _rejected(family: Family, columns: Columns, fields: Mapping[str, Any], messages: Sequence[Mapping[str, str]]) -> str | None:
    """The rejected answer. It must follow the same conversation as the chosen one, or the pair is not a preference."""
    if columns.rejected is None:
        return None
    if is_turns(field_of(fields, columns.rejected)):
        turns = read_turns(family, columns.rejected, fields).messages
        before = [dict(message) for message in messages[:-1]]
        if len(turns) > 1 and turns[:-1] != before[len(before) - len(turns) + 1 :]:
            raise MappingError("the chosen and the rejected answer follow different conversations")
        rejected = turns[-1]["content"]
    else:
        rejected = _text(fields, columns.rejected)
    if not rejected.strip():
        raise MappingError(f"{columns.rejected} is empty, and a preference needs both answers")
    if rejected == messages[-1]["content"]:
        raise MappingError("the chosen and the rejected answer are the same")
    return rejected


def _joined(parts: Sequence[str]) -> str:
    """Title and text of a question as one text; a part that starts a later part is left out."""
    said = [part.strip() for part in parts if part.strip()]
    kept = [
        part
        for index, part in enumerate(said)
        if not any(other.lower().startswith(part.lower()) for other in said[index + 1 :])
    ]
    return "\n\n".join(kept)


def _people(family: Family, fields: Mapping[str, Any], people: Sequence[str]) -> dict[str, list[str]]:
    """What redaction is told of a row: the fields that the map names, and the speakers of a chat."""
    roles = {name.lower() for name in family.roles}
    found = {kind: set(_known(kind, fields, names)) for kind, names in family.known.items()}
    for name in people:
        kind = "emails" if "@" in name else "phones" if _NUMBER.fullmatch(name) else "others"
        if encodable(name) and name.strip() and name.strip().lower() not in roles and any(map(str.isalnum, name)):
            found.setdefault(kind, set()).add(name.strip())
    return {kind: sorted(values) for kind, values in found.items()}


def _known(kind: str, fields: Mapping[str, Any], names: Sequence[str]) -> list[str]:
    found: set[str] = set()
    for name in names:
        value = field_of(fields, name)
        for text in value if isinstance(value, list) else [value]:
            if isinstance(text, Unreadable) or (isinstance(text, str) and not encodable(text)):
                raise MappingError(f"{name} cannot be read, and redaction needs it")
            if isinstance(text, str) and text.strip():
                # "Ann Lee, LMSW": the name is the part before the comma.
                found.add((text.split(",")[0] if kind in _NAMED_KINDS else text).strip())
    return sorted(found - {""})


def _text(fields: Mapping[str, Any], name: str | None) -> str:
    value = field_of(fields, name)
    if value is None:
        return ""
    if isinstance(value, Unreadable):
        raise MappingError(f"{name} cannot be read")
    if not isinstance(value, str):
        raise MappingError(f"{name} is not text")
    if not encodable(value):
        raise MappingError(f"{name} is not valid UTF-8; set `encoding` of its entry in families.yaml if the file has another")
    return value
