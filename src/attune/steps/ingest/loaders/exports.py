"""The exports of chat services: where each of them keeps who said what, and when."""

from __future__ import annotations

import contextlib
import html
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from attune.steps.ingest.families import Columns
from attune.steps.ingest.fields import field_of, key_of
from attune.steps.ingest.loaders.base import Utterance
from attune.steps.ingest.timestamps import timestamp
from attune.text.markup import html_to_text

_ASSISTANT, _USER = "assistant", "user"
_DEEPEST_TREE = 10_000  # messages from the first to the last of a conversation that is kept as a tree
_PERSON = "[PERSON]"
_SLACK_SIGN = re.compile(r"<(?:(@[UWB]\w+)(?:\|[^<>]*)?|#C\w+\|?([^<>]*)|!(\w+)[^<>]*|(?:https?|mailto):[^<>|]*\|([^<>]*))>")
_DISCORD_SIGN = re.compile(r"<@[!&]?\d{5,20}>")
_META_EVENT = re.compile(
    r"(?:.{1,80} )?(?:reacted .{1,12} to your message|liked a message|sent an attachment|"
    r"set the (?:nickname|theme|emoji).{0,80})\s*",
    re.IGNORECASE,
)


def _never(turn: Mapping[str, Any]) -> bool:
    del turn
    return False


class ExportError(Exception):
    """A conversation has not the form of its export; the message says why, without its text."""


@dataclass(frozen=True)
class ChatExport:
    """The form of a service's export.

    Attributes:
        names: fields of a turn with names of its speaker, those that people know first.
        ids: fields of a turn with ids and kinds of its speaker.
        texts: fields of a turn with its text; the first one that it has counts.
        times: fields of a turn with its time; the first one that it has counts.
        kinds: roles of kinds of speakers, where `roles` of the map does not name the speaker.
        turns: the turns of a conversation; None: every row is a turn.
        is_service: whether a turn is a note of the service itself, or for its staff alone.
        clean: repairs the text of a turn.
        thread: the field of a turn that names its conversation; empty: the file is one.
        people: fields of a row with names of people, as text or in lists.
        is_html: whether texts are HTML.
    """

    names: tuple[str, ...]
    ids: tuple[str, ...]
    texts: tuple[str, ...]
    times: tuple[str, ...]
    kinds: Mapping[str, str]
    turns: Callable[[Mapping[str, Any]], list[Any]] | None
    is_service: Callable[[Mapping[str, Any]], bool] = _never
    clean: Callable[[str], str] = str
    thread: str = ""
    people: tuple[str, ...] = ()
    is_html: bool = False

    def utterances(self, fields: Mapping[str, Any]) -> list[Utterance]:
        """What is said in a conversation.

        Raises:
            ExportError: it has not the form of the export.
        """
        assert self.turns is not None
        found = self.turns(fields)
        if not all(isinstance(turn, Mapping) for turn in found):
            raise ExportError("has a turn that is not a JSON object")
        return [said for turn in found if (said := self.utterance(turn)) is not None]

    def utterance(self, turn: Mapping[str, Any]) -> Utterance | None:
        """What is said in a turn; None where nobody says anything."""
        if self.is_service(turn):
            return None
        text = _text_of(next((value for name in self.texts if (value := field_of(turn, name)) is not None), None))
        if isinstance(text, str):
            text = self.clean(text)
            if not text.strip():
                return None
        elif text is None:  # a picture, a sticker, a call
            return None
        names, ids = (
            tuple(dict.fromkeys(key for name in fields if (key := key_of(field_of(turn, name)))))
            for fields in (self.names, self.ids)
        )
        at = next((value for name in self.times if (value := field_of(turn, name)) is not None), None)
        role = next((self.kinds[kind] for each in ids if (kind := each.lower()) in self.kinds), "")
        return Utterance(names + ids, text, timestamp(at), role, field_of(turn, "weight"), names)

    def group(self, row: Mapping[str, Any]) -> Any:
        """What identifies the conversation of a row that is a turn."""
        return field_of(row, self.thread) if self.thread else None

    def people_in(self, fields: Mapping[str, Any]) -> list[str]:
        """Names of people in the fields of a conversation."""
        found: list[str] = []
        for name in self.people:
            where, _, inner = name.partition("[].")
            value = field_of(fields, where)
            each = value if isinstance(value, list) else [value]
            found += [text for item in each if isinstance(text := _named(item, inner), str) and text.strip()]
        return found


def _named(item: Any, name: str) -> Any:
    return field_of(item, name) if name and isinstance(item, Mapping) else item


def _text_of(value: Any) -> Any:
    """The text of a turn; parts of it, such as links between words, are joined."""
    if isinstance(value, list):
        parts = [part.get("text") if isinstance(part, Mapping) else part for part in value]
        return "".join(part for part in parts if isinstance(part, str))
    return value


def _listed(fields: Mapping[str, Any], name: str) -> list[Any]:
    value = field_of(fields, name)
    if isinstance(value, Mapping):  # a list inside its own object, as some interfaces answer
        value = value.get(name)
    if not isinstance(value, list):
        raise ExportError(f"{name} is no list of turns")
    return value


def _messages(fields: Mapping[str, Any]) -> list[Any]:
    return _listed(fields, "messages")


def _comments(fields: Mapping[str, Any]) -> list[Any]:
    """The comments of a ticket, each with its author where the ticket says who that is."""
    users = [user for user in fields.get("users") or () if isinstance(user, Mapping)]
    known = {key_of(user.get("id")): user for user in users}
    ticket = fields.get("ticket")
    inside = ticket if isinstance(ticket, Mapping) else fields
    requester = key_of(inside.get("requester_id") or field_of(inside, "requester.id"))
    turns: list[Any] = []
    for comment in _listed(fields, "comments"):
        if not isinstance(comment, Mapping):
            raise ExportError("has a turn that is not a JSON object")
        author = key_of(comment.get("author_id") or field_of(comment, "author.id"))
        user = known.get(author) or comment.get("author")
        about: dict[str, Any] = dict(user) if isinstance(user, Mapping) else {}
        if not about.get("role") and requester and author:
            about["role"] = "end-user" if author == requester else "agent"
        text = comment.get("plain_body") or comment.get("body")
        if not text and isinstance(written := comment.get("html_body"), str):
            text = html_to_text(written)
        turns.append({**comment, "body": text, "author": about, "author_id": author})
    return turns


def _parts(fields: Mapping[str, Any]) -> list[Any]:
    """The first message of a conversation, then its parts."""
    source = fields.get("source") or fields.get("conversation_message")
    first = [{"created_at": fields.get("created_at"), **source}] if isinstance(source, Mapping) else []
    return first + _listed(fields, "conversation_parts")


def _path(fields: Mapping[str, Any]) -> list[Any]:
    """The messages from the root to the current one of a conversation that is kept as a tree."""
    nodes = fields.get("mapping")
    if not isinstance(nodes, Mapping) or not nodes:
        raise ExportError("mapping is no tree of messages")
    current = fields.get("current_node")
    if current not in nodes:  # the last of the leaves
        current = next((key for key in reversed(list(nodes)) if not field_of(nodes[key] or {}, "children")), None)
    path: list[Any] = []
    while current is not None and len(path) < _DEEPEST_TREE:
        node = nodes.get(current)
        if not isinstance(node, Mapping):
            raise ExportError("mapping names a message that it does not hold")
        if isinstance(message := node.get("message"), Mapping):
            path.append(message)
        current = node.get("parent")
    if current is not None:
        raise ExportError("mapping is no tree of messages")
    return path[::-1]


def _best_replies(fields: Mapping[str, Any]) -> list[Any]:
    """The messages of a tree from its prompt along the best replies."""
    message = fields.get("prompt")
    path: list[Any] = []
    while isinstance(message, Mapping):
        path.append(message)
        replies = [each for each in message.get("replies") or () if isinstance(each, Mapping) and not each.get("deleted")]
        message = min(replies, key=_rank, default=None)
    return path


def _rank(reply: Mapping[str, Any]) -> float:
    rank = reply.get("rank")
    return float(rank) if isinstance(rank, int | float) else float("inf")


def _is_hidden(message: Mapping[str, Any]) -> bool:
    """Whether a message of ChatGPT is for a tool, from one, or not shown."""
    kind = field_of(message, "content.content_type")
    hidden = field_of(message, "metadata.is_visually_hidden_from_conversation")
    return (
        message.get("recipient") not in {None, "all"}
        or field_of(message, "author.role") == "tool"
        or kind not in {None, "text", "multimodal_text"}
        or bool(hidden)
    )


def _slack_text(text: str) -> str:
    shown = _SLACK_SIGN.sub(lambda found: _PERSON if found[1] else found[2] or found[3] or found[4] or "", text)
    return html.unescape(shown)


def _meta_text(text: str) -> str:
    with contextlib.suppress(UnicodeError):  # the export writes the bytes of UTF-8 as if each were a character
        text = text.encode("latin-1").decode()
    return "" if _META_EVENT.fullmatch(text) else text


_SLACK_SPOKEN = frozenset({None, "", "bot_message", "thread_broadcast", "me_message", "file_share"})
EXPORTS: Mapping[str, ChatExport] = {
    "messenger": ChatExport(
        names=("sender_name", "senderName"), ids=(), texts=("content", "text"), times=("timestamp_ms", "timestamp"), kinds={},
        turns=_messages,
        is_service=lambda turn: bool(turn.get("is_unsent") or turn.get("isUnsent") or turn.get("call_duration")),
        clean=_meta_text,
        people=("participants[].name", "participants", "title", "threadName"),
    ),
    "telegram": ChatExport(
        names=("from",), ids=("from_id",), texts=("text",), times=("date_unixtime", "date"), kinds={},
        turns=_messages, is_service=lambda turn: turn.get("type", "message") != "message", people=("name",),
    ),
    "discord": ChatExport(
        names=("author.name", "author.nickname", "Author"), ids=("author.id", "AuthorID"),
        texts=("content", "Content"), times=("timestamp", "Date"), kinds={},
        turns=_messages, is_service=lambda turn: str(turn.get("type", "Default")) not in {"Default", "Reply", "0", "19"},
        clean=lambda text: _DISCORD_SIGN.sub(_PERSON, text),
    ),
    "slack": ChatExport(
        names=("user_profile.real_name", "user_profile.display_name", "user_profile.name", "username", "bot_profile.name"),
        ids=("user", "bot_id"),
        texts=("text",), times=("ts",), kinds={}, turns=None,
        is_service=lambda turn: turn.get("type", "message") != "message" or turn.get("subtype") not in _SLACK_SPOKEN,
        clean=_slack_text,
        thread="thread_ts",
    ),
    "zendesk": ChatExport(
        names=("author.name", "author.email"), ids=("author.role", "author_id"),
        texts=("body",), times=("created_at",),
        kinds={"end-user": _USER, "agent": _ASSISTANT, "admin": _ASSISTANT},
        turns=_comments, is_service=lambda turn: turn.get("public") is False,
        people=("users[].name", "ticket.requester.name", "requester.name"),
    ),
    "intercom": ChatExport(
        names=("author.name", "author.email"), ids=("author.type", "author.id"), texts=("body",), times=("created_at",),
        kinds={
            "user": _USER, "lead": _USER, "contact": _USER, "visitor": _USER,
            "admin": _ASSISTANT, "bot": _ASSISTANT, "team": _ASSISTANT, "operator": _ASSISTANT,
        },
        turns=_parts,
        is_service=lambda turn: turn.get("part_type") in {"note", "note_and_reopen"} or turn.get("redacted") is True,
        is_html=True,
    ),
    "chatgpt": ChatExport(
        names=(), ids=("author.role",), texts=("content.parts", "content.text"), times=("create_time",),
        kinds={"user": _USER, "assistant": _ASSISTANT, "system": "system"}, turns=_path, is_service=_is_hidden,
    ),
    "oasst": ChatExport(
        names=(), ids=("role",), texts=("text",), times=("created_date",),
        kinds={"prompter": _USER, "assistant": _ASSISTANT}, turns=_best_replies,
    ),
}  # fmt: skip


def export_of(columns: Columns | None) -> ChatExport | None:
    """The export that a mapping names; None where it names none."""
    return EXPORTS[columns.export] if columns is not None and columns.export is not None else None
