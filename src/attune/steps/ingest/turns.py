"""Turns of a conversation from the fields of a row, in the shapes that data sets and exports have."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from attune.records.record import ROLES
from attune.redaction.conversations import encodable
from attune.steps.ingest.families import Columns, Family
from attune.steps.ingest.fields import field_of, key_of
from attune.steps.ingest.loaders.base import Unreadable, Utterance
from attune.steps.ingest.loaders.speaker_labels import ANYBODY
from attune.steps.ingest.loaders.texts import START, is_dialogue, parse_chatml, parse_dialogue
from attune.steps.ingest.loaders.transcripts import TranscriptSession
from attune.steps.ingest.timestamps import timestamp
from attune.text.repair import repair

# Other common names of the roles, unless the map says otherwise.
ALIASES = {
    "human": "user",
    "prompter": "user",
    "gpt": "assistant",
    "bot": "assistant",
    "chatbot": "assistant",
    "model": "assistant",
    "ai": "assistant",
    "developer": "system",
}
# Names of the fields of a turn, the most usual first. A turn that has one of the first three is not asked for the others.
_SPEAKERS = ("role", "from", "speaker", "sender_name", "sender", "author", "name", "username", "user")
_TEXTS = ("content", "value", "text", "utterance", "body", "message")
_TIMES = ("timestamp_ms", "timestamp", "created_at", "date_unixtime", "date", "ts", "create_time", "sent_at")
_TOOLS = frozenset({"tool", "function", "ipython", "observation"})  # `*` of `roles` is about people
_LIST = re.compile(r"\s*(?:\{|\[\s*(?:[\[{\"'\]]|$))")
_LONGEST_LITERAL = 1 << 20  # characters; parsing one takes a hundred times its size
_UNKNOWN_ROLE = "a message has an unknown role; say under `roles` of its entry in families.yaml what it is"


class MappingError(Exception):
    """The row does not fit the mapping; the message says why, without its text."""


@dataclass
class Turns:
    """The turns of a row.

    Attributes:
        messages: role and content of each.
        weights: what each turn says of its weight in training; None where it says nothing.
        speakers: names of speakers that may be names of people.
    """

    messages: list[dict[str, str]]
    weights: list[Any]
    speakers: Sequence[str] = ()

    def __add__(self, other: Turns) -> Turns:
        return Turns(self.messages + other.messages, self.weights + other.weights, [*self.speakers, *other.speakers])

    def answers_to_learn(self) -> tuple[list[dict[str, str]], list[int]]:
        """The messages up to the last answer that may be learned, and the positions of answers before it that may not.

        Raises:
            MappingError: no answer may be learned.
        """
        answers = [place for place, message in enumerate(self.messages) if message["role"] == "assistant"]
        context = [place for place in answers if _is_zero(self.weights[place])]
        if not context:
            return self.messages, []
        learned = [place for place in answers if place not in context]
        if not learned:
            raise MappingError("has no answer to learn from: each one has weight 0")
        return self.messages[: learned[-1] + 1], [place for place in context if place < learned[-1]]


def one_turn(role: str, content: str) -> Turns:
    """A single turn."""
    return Turns([{"role": role, "content": content}], [None])


def read_turns(family: Family, name: str, fields: Mapping[str, Any]) -> Turns:
    """The turns in a field: a list, or a text with ChatML, JSON, or a dialogue with labels.

    Raises:
        MappingError: the field has no such turns.
    """
    value = field_of(fields, name)
    speakers: Sequence[str] = ()
    if isinstance(value, str):
        value, speakers = _parsed(family, name, value)
    if not isinstance(value, list) or not value:
        raise MappingError(f"{name} is no list of turns")
    if not all(isinstance(turn, Mapping) for turn in value):
        raise MappingError(f"{name} is no list of turns")
    columns = family.columns
    roles = ALIASES | {name: name for name in ROLES} | {other.lower(): own for other, own in family.roles.items()}
    found = Turns([], [], [])
    for turn in _in_order(value, columns):
        speaker = _speaker(turn, columns)
        role = roles.get(speaker.lower(), "")
        if not role and speaker and speaker.lower() not in _TOOLS:
            role = roles.get(ANYBODY, "")
            speakers = [*speakers, speaker]
        if not role:
            raise MappingError(_UNKNOWN_ROLE)
        found.messages.append({"role": role, "content": _content(turn, columns)})
        found.weights.append(turn.get("weight"))
    found.speakers = [each for each in dict.fromkeys(speakers) if any(map(str.isalpha, each)) and encodable(each)]
    return found


def _in_order(turns: list[Any], columns: Columns | None) -> list[Any]:
    """Turns in the order of time, where each of them says when it was; some exports begin with the newest."""
    key = columns.order if columns is not None else None
    key = key or next((name for name in _TIMES if name in turns[0]), None)
    times = [timestamp(field_of(turn, key)) for turn in turns] if key else [None]
    known = [time for time in times if time is not None]
    if len(known) < len(turns) or known == sorted(known):
        return turns
    return [turn for _, turn in sorted(zip(known, turns, strict=True), key=lambda pair: pair[0])]


def _speaker(turn: Mapping[str, Any], columns: Columns | None) -> str:
    if columns is not None and columns.speaker is not None:
        value = field_of(turn, columns.speaker)
    else:
        value = next((turn[key] for key in _SPEAKERS if turn.get(key) not in (None, "")), None)
    if isinstance(value, Mapping):
        value = next((value[key] for key in ("role", "name", "username", "id") if value.get(key) not in (None, "")), None)
    return repair(key_of(value))[0] if encodable(key_of(value)) else ""


def spoken_turns(family: Family, said: Sequence[Utterance]) -> Turns:
    """The turns of utterances; what one speaker says in a row is one turn.

    Raises:
        MappingError: a speaker has no role, or an utterance no text.
    """
    roles = ALIASES | {name: name for name in ROLES} | {name.lower(): role for name, role in family.roles.items()}
    found = Turns([], [])
    before: tuple[str, ...] | None = None
    for utterance in said:
        speakers = tuple(repair(name)[0] for name in utterance.speakers if encodable(name))
        role = next((roles[name.lower()] for name in speakers if name.lower() in roles), "") or utterance.role
        role = role or (roles.get(ANYBODY, "") if speakers else "")
        if role not in ROLES:
            raise MappingError(_UNKNOWN_ROLE)
        text = _checked(utterance.text)
        if not text.strip():
            continue
        if speakers == before and not _is_zero(utterance.weight) and not _is_zero(found.weights[-1]):
            found.messages[-1]["content"] += f"\n{text}"
            continue
        found.messages.append({"role": role, "content": text})
        found.weights.append(utterance.weight)
        before = speakers
    if not found.messages:
        raise MappingError("has no turn with a text")
    found.speakers = sorted({name for utterance in said for name in utterance.names if name.lower() not in roles})
    return found


def is_turns(value: Any) -> bool:
    """Whether a field holds turns, as a list or as the text of a dialogue."""
    return isinstance(value, list) or (isinstance(value, str) and is_dialogue(value))


def _parsed(family: Family, name: str, value: str) -> tuple[Any, Sequence[str]]:
    """Turns from a text: ChatML, JSON, or a dialogue with labels; and the names of its speakers."""
    if not encodable(value):
        raise MappingError(f"{name} is not valid UTF-8; set `encoding` of its entry in families.yaml if the file has another")
    if is_dialogue(value):
        return parse_dialogue(value), ()
    try:
        if START in value:
            return parse_chatml(value), ()
        if _LIST.match(value):
            return _literal(value), ()
    except (ValueError, RecursionError) as error:
        raise MappingError(f"{name} {error}" if START in value else f"{name} is not valid JSON") from None
    return _labelled(family, name, value)


def _literal(value: str) -> Any:
    """A list of turns in a text: JSON, or what Python prints of a list, as tables written by pandas have it."""
    try:
        return json.loads(value)
    except ValueError:
        if not value.lstrip().startswith("[{'") or len(value) > _LONGEST_LITERAL:
            raise
    try:
        return ast.literal_eval(value.strip())
    except (SyntaxError, MemoryError, TypeError):
        raise ValueError("is no list") from None


def _labelled(family: Family, name: str, value: str) -> tuple[Any, Sequence[str]]:
    """A dialogue in one text, such as ``Doctor: …`` and ``Patient: …``."""
    known = family.model_copy(update={"roles": {**ALIASES, **family.roles}})
    session = TranscriptSession(known)
    for number, line in enumerate(value.splitlines(), start=1):
        if not session.add(number, line) and line.strip():
            session.problem = session.problem or "begins with text of no speaker"
    session.close()
    if session.problem or not session.messages:
        problem = session.problem or "is empty"
        raise MappingError(
            f"{name} is no list of turns, and as a dialogue it {problem}; `roles` of its entry in families.yaml names the "
            "labels, such as {Doctor: assistant, Patient: user}"
        )
    return session.messages, sorted(session.speakers)


def _content(turn: Mapping[str, Any], columns: Columns | None) -> str:
    if columns is not None and columns.utterance is not None:
        return _checked(field_of(turn, columns.utterance))
    found = [key for key in _TEXTS[:3] if key in turn] or [key for key in _TEXTS if key in turn][:1]
    if len(found) > 1 and len({_joined(turn[key]) for key in found}) > 1:
        raise MappingError(f"a message has both `{found[0]}` and `{found[1]}`; name the one that counts as `utterance`")
    return _checked(turn[found[0]] if found else None)


def _joined(content: Any) -> str | None:
    """The text of content parts, as in chat APIs, or the content itself; None where it is no text."""
    if not isinstance(content, list):
        return content if isinstance(content, str) else None
    parts = [part.get("text") if isinstance(part, Mapping) else part for part in content]
    texts = [part for part in parts if isinstance(part, str)]
    return "\n".join(texts) if parts and len(texts) == len(parts) else None


def _checked(content: Any) -> str:
    """The text of a turn. Raises MappingError where it is none."""
    if isinstance(content, list):
        content = _joined(content)
        if content is None:
            raise MappingError("a message has parts that are no text")
    if not isinstance(content, str):
        raise MappingError("a message has no content" if not isinstance(content, Unreadable) else "a message cannot be read")
    if not encodable(content):
        raise MappingError("a message is not valid UTF-8")
    return content


def _is_zero(weight: Any) -> bool:
    """Whether a turn is context for later ones and must not be learned. Raises MappingError for a weight that is none."""
    if weight is None:
        return False
    try:
        number = float(weight)
    except (TypeError, ValueError):
        raise MappingError("a message has a weight that is not 0 or 1") from None
    if not 0 <= number <= 1:
        raise MappingError("a message has a weight that is not 0 or 1")
    return number == 0
