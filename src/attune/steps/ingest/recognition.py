"""Recognizes the format of an example file, and proposes the entry of the family map that reads it.

The entry holds no word of the file but the names of fields that are common: speakers are left to whoever edits it.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Collection
from itertools import islice
from typing import Any

import yaml

from attune import storage
from attune.errors import UsageError
from attune.steps.ingest.families import NAME, Family
from attune.steps.ingest.loaders.base import DamagedObject, ObjectSource, open_bytes, open_text
from attune.steps.ingest.loaders.moments import MARKS, dated
from attune.storage.archives import DamagedArchiveError

_HEAD = 1 << 18  # characters that are looked at
# Field names that together mark a service's export or a common format; the first that fits decides.
_MARKS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("messenger", ("sender_name", "timestamp_ms")),
    ("messenger", ("senderName", "participants")),
    ("telegram", ("from_id", "text", "date")),
    ("telegram", ("chats", "personal_information")),
    ("telegram", ("messages", "date_unixtime")),
    ("discord", ("guild", "channel", "messages")),
    ("intercom", ("conversation_parts",)),
    ("chatgpt", ("mapping", "parent", "children")),
    ("oasst", ("message_tree_id", "prompt", "replies")),
    ("zendesk", ("comments", "author_id")),
    ("slack", ("ts", "text", "user")),
    ("preference", ("prompt", "chosen", "rejected")),
    ("preference_turns", ("chosen", "rejected")),
    ("messages", ("messages", "role", "content")),
    ("sharegpt", ("conversations", "from", "value")),
    ("alpaca", ("instruction", "output")),
)
_CHATS = frozenset({"messenger", "telegram", "discord", "slack"})
_NAMED_SPEAKERS = frozenset({"messenger", "telegram", "discord", "slack"})
# Common names of columns by what they mean, the clearest first.
_COLUMNS: dict[str, tuple[str, ...]] = {
    "messages": ("messages", "conversation", "conversations", "dialogue"),
    "utterance": ("utterance", "utterance_text", "text", "content", "message", "body"),
    "speaker": ("speaker", "speaker_role", "role", "author", "sender", "interlocutor", "from"),
    "group": (
        "dialogue_id", "dialog_id", "conversation_id", "conv_id", "transcript_id", "session_id", "thread_id", "chat_id",
    ),
    "order": ("turn", "turn_id", "turn_index", "utterance_id", "utterance_idx", "position", "order", "index", "timestamp"),
    "question": ("question", "questionText", "prompt", "instruction", "context", "input", "user", "Context"),
    "answer": ("answer", "answerText", "response", "output", "completion", "assistant", "reply", "Response"),
}  # fmt: skip
_SPEAKER = "NAME OF THE ASSISTANT AS WRITTEN"
_ANYBODY = {_SPEAKER: "assistant", "*": "user"}
_KEY = re.compile(r'"([A-Za-z_]{1,40})"\s*:')


def propose(family: str, example: str) -> str:
    """The entry of the family map for files like ``example``, as YAML.

    Raises:
        UsageError: the family has no valid name, or the file is of no known format.
    """
    if not NAME.fullmatch(family):
        raise UsageError(
            f"{family}: is not a valid family name; use lower-case letters, digits, _ and -, such as sleep_diaries"
        )
    source = ObjectSource(example, Family(family=family, pattern="*", loader="text"), shown="the example")
    try:
        found = _parquet(source) or _text(source)
    except (DamagedObject, DamagedArchiveError) as damage:
        raise UsageError(f"the example: {damage}") from None
    if not found:
        raise UsageError(
            "the example: is of no known format; `attune ingest scaffold` without --example writes a loader to start from, and "
            "docs/chat-exports.md shows what is known"
        )
    entry = {
        "family": family,
        "pattern": f"*{family}*",
        **found,
        "source": "user_generated",
        "license": "LicenseRef-proprietary",
    }
    lines = yaml.safe_dump([entry], sort_keys=False, allow_unicode=True, default_flow_style=None, width=120)
    return "".join(f"  {line}\n" for line in lines.splitlines())


def _parquet(source: ObjectSource) -> dict[str, Any] | None:
    import pyarrow as pa

    from attune.storage.parquet import open_parquet

    with open_bytes(source) as handle:
        if handle.read(4) != b"PAR1" or not handle.seekable():
            return None
    try:
        with storage.open_file(source.uri) as whole:
            names = open_parquet(whole).schema_arrow.names
    except (pa.ArrowException, OSError, ValueError):
        raise DamagedObject("is not a readable Parquet file") from None
    columns = _columns(names)
    return {"loader": "parquet", **columns} if columns else None


def _text(source: ObjectSource) -> dict[str, Any] | None:
    with open_text(source) as handle:
        head = handle.read(_HEAD)
    start = head.lstrip("\ufeff \t\r\n")
    if start.startswith(("{", "[")) and not dated(start[:80]):
        return _json(start)
    if "<|im_start|>" in head:
        return {"loader": "chatml"}
    lines = [MARKS.sub("", line) for line in head.splitlines() if line.strip()]
    if sum(found.sets_off for line in lines[:200] if (found := dated(line[:80]))) >= min(2, len(lines)):
        return {"loader": "transcript", "roles": _ANYBODY, "pause_hours": 12}
    if any("-->" in line for line in lines[:5]):
        return {"loader": "transcript", "roles": _ANYBODY}
    return _csv(head) or _labelled(lines)


def _json(head: str) -> dict[str, Any] | None:
    keys = set(_KEY.findall(head))
    loader = "jsonl" if _is_lines(head) else "json"
    name = next((name for name, marks in _MARKS if keys.issuperset(marks)), None)
    if name is None:
        columns = _columns(keys)
        return {"loader": loader, **columns} if columns else None
    found: dict[str, Any] = {"loader": loader, "columns": name}
    if name in _NAMED_SPEAKERS:
        found["roles"] = _ANYBODY
    if name == "slack":  # users.json and channels.json lie beside the messages
        found["pattern"] = "*/[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9].json"
    if name in _CHATS:
        found["pause_hours"] = 12
    return found


def _is_lines(head: str) -> bool:
    """Whether the first line is a whole JSON object."""
    line, end, _ = head.partition("\n")
    try:
        return isinstance(json.loads(line), dict) and bool(end)
    except (ValueError, RecursionError):
        return False


def _csv(head: str) -> dict[str, Any] | None:
    """Columns of a table, of which only common names are looked at: without a header, the first line is a row."""
    first = head.split("\n", 1)[0]
    for delimiter in ",\t;|":
        try:
            names = next(csv.reader(io.StringIO(first), delimiter=delimiter), [])
        except csv.Error:
            continue
        if len(names) > 1 and (columns := _columns([name.strip() for name in names])):
            return {"loader": "csv", **columns, **({} if delimiter == "," else {"delimiter": delimiter})}
    return None


def _columns(names: Collection[str]) -> dict[str, Any] | None:
    """The mapping of columns by their names."""
    found = {what: name for what, known in _COLUMNS.items() if (name := next((each for each in known if each in names), None))}
    if "utterance" in found and "speaker" in found:
        named = {what: found[what] for what in ("utterance", "speaker", "group", "order") if what in found}
        return {"columns": named, "roles": _ANYBODY}
    if "question" in found and "answer" in found:
        return {"columns": {what: found[what] for what in ("question", "answer")}}
    if "messages" in found:
        return {"columns": {"messages": found["messages"]}, "roles": _ANYBODY}
    return None


def _labelled(lines: list[str]) -> dict[str, Any] | None:
    """A transcript, when most of its lines begin with a label."""
    label = re.compile(r"\s*(?:\[[\d:. ]+\]\s*)?(?:\*\*)?[^\W\d_][\w .'’()-]{0,40}:(?:\*\*)?(?:\s|$)")
    labelled = sum(label.match(line) is not None for line in islice(lines, 200))
    return {"loader": "transcript", "roles": _ANYBODY} if labelled * 2 > min(len(lines), 200) else None
