"""Checks that need the messages of some conversations: whose they are, their order, and whether they are plain text.

The messages are read into memory, for the users who may be read, and nothing of their text leaves it.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import groupby, pairwise
from statistics import fmean
from typing import Any

from attune.config.params import ExtractParams
from attune.redaction.conversations import to_moment
from attune.redaction.foreign_names import REDACTED_LANGUAGES
from attune.redaction.lexicon import base_of, lexicon
from attune.steps.extract.broken import broken
from attune.steps.extract.database import Database
from attune.steps.extract.mapping_findings import Level, MappingFinding, share
from attune.steps.extract.mapping_queries import names_sql, sample_sql, sampled_messages_sql
from attune.steps.extract.sources import SourceQueries
from attune.text.language import UNDETERMINED, conversation_language

_COLUMNS = ("conversation_id", "user_id", "position", "role", "content", "created_at")
_SELDOM, _SOME, _OFTEN, _MOST = 0.05, 0.1, 0.2, 0.5
_MARKUP = re.compile(r"</?(?:p|div|br|span|a|li|strong|em)\b[^<>]*>", re.IGNORECASE)
_JSON = re.compile(r"\s*(?:\{\s*\"|\[\s*\{\s*\"|\".*\"\s*\Z)", re.DOTALL)
_NAME = re.compile(r"[^\W\d_]{4,}")  # a shorter name is too often a word
_ENOUGH_NAMES = 10

_Messages = list[dict[str, Any]]


def check_sample(
    database: Database, queries: SourceQueries, params: ExtractParams, *, languages: bool
) -> Iterator[MappingFinding]:
    """The findings about ``params.mapping_sample`` conversations.

    Args:
        database: the database.
        queries: the queries of all sources.
        params: size of the sample, and limits.
        languages: detect the languages too, which takes about a second.
    """
    query, consent = queries["conversations"], queries["consent"]
    rows = database.rows(sample_sql(query, consent, database.dialect, params.mapping_sample))
    chosen = [str(conversation) for (conversation,) in rows]
    if not chosen:
        return
    rows = database.rows(sampled_messages_sql(query, consent, database.dialect, _COLUMNS), chosen)
    messages = [dict(zip((*_COLUMNS, "readable"), row, strict=True)) for row in rows]
    yield from _owners(messages, params)
    readable = (row for row in messages if row["readable"])
    conversations = [list(group) for _, group in groupby(readable, key=lambda row: (row["conversation_id"], row["user_id"]))]
    yield from _rows(conversations, params)
    yield from _order(conversations)
    yield from _texts(conversations)
    yield from _names(database, queries, conversations)
    if languages:
        yield _languages(conversations)


def _owners(messages: _Messages, params: ExtractParams) -> Iterator[MappingFinding]:
    """Each conversation must have one user, on the assistant's messages too."""
    users: dict[Any, set[Any]] = {}
    for row in messages:
        users.setdefault(row["conversation_id"], set()).add(row["user_id"])
    counts = users.values()
    several = sum(len(each - {None}) > 1 for each in counts)
    partly = sum(None in each and len(each) > 1 for each in counts)
    for count, what in ((several, "more than one user_id"), (partly, "a user_id on some messages only")):
        if count:
            level: Level = "stop" if count > params.mapping_limit * len(counts) else "warning"
            text = (
                f"{share(count, len(counts))} conversations have {what}: user_id must be the person whose conversation it is, "
                "on the assistant's messages too"
            )
            yield MappingFinding("conversations", "user_id", level, text)
    if not several and not partly:
        yield MappingFinding("conversations", "user_id", "ok", f"{len(counts):,} conversations looked at: each has one user")


def _rows(conversations: Sequence[_Messages], params: ExtractParams) -> Iterator[MappingFinding]:
    reasons: Counter[str] = Counter()
    for rows in conversations:
        if reason := broken(rows[0]["conversation_id"], rows, [to_moment(row["created_at"]) for row in rows]):
            reasons[reason] += 1
    for reason, count in reasons.most_common():
        level: Level = "problem" if count > params.mapping_limit * len(conversations) else "warning"
        yield MappingFinding("conversations", "", level, f"{share(count, len(conversations))} cannot be read: {reason}")
    if not reasons:
        yield MappingFinding("conversations", "", "ok", f"{len(conversations):,} conversations can be read")


def _order(conversations: Sequence[_Messages]) -> Iterator[MappingFinding]:
    back = 0
    for rows in conversations:
        times = [moment for row in rows if (moment := to_moment(row["created_at"]))]
        back += any(later < earlier for earlier, later in pairwise(times))
    text = f"{share(back, len(conversations))} conversations have a message with an earlier created_at than the one before it"
    yield MappingFinding("conversations", "position", "warning" if back > _OFTEN * len(conversations) else "ok", text)
    first = sum(rows[0]["role"] == "user" for rows in conversations)
    lengths: dict[str, list[int]] = {"user": [], "assistant": []}
    for rows in conversations:
        for row in rows:
            if row["role"] in lengths and isinstance(row["content"], str):
                lengths[row["role"]].append(len(row["content"]))
    text = f"{share(first, len(conversations))} conversations begin with the user"
    if lengths["user"] and lengths["assistant"]:
        user, assistant = fmean(lengths["user"]), fmean(lengths["assistant"])
        text += f"; mean characters of a message: user {user:.0f}, assistant {assistant:.0f}"
        if first < _SELDOM * len(conversations) and user > assistant:
            yield MappingFinding("conversations", "role", "warning", f"{text}: are the roles swapped?")
            return
    yield MappingFinding("conversations", "role", "ok", text)


def _texts(conversations: Sequence[_Messages]) -> Iterator[MappingFinding]:
    texts = [row["content"] for rows in conversations for row in rows if isinstance(row["content"], str)]
    shapes = {
        "are empty": sum(not text.strip() for text in texts),
        "are JSON; select the text from it": sum(bool(_JSON.match(text)) for text in texts),
        "hold HTML; select the plain text": sum(bool(_MARKUP.search(text)) for text in texts),
    }
    found = {what: count for what, count in shapes.items() if count > _SOME * len(texts)}
    for what, count in found.items():
        yield MappingFinding("conversations", "content", "warning", f"{share(count, len(texts))} messages {what}")
    if texts and not found:
        yield MappingFinding("conversations", "content", "ok", f"{len(texts):,} messages are plain text")


def _names(database: Database, queries: SourceQueries, conversations: Sequence[_Messages]) -> Iterator[MappingFinding]:
    """Where a known name occurs, it must mostly be one of the conversation's own user; only names that are no words count."""
    users = sorted({str(rows[0]["user_id"]) for rows in conversations})
    names: dict[str, set[str]] = {user: set() for user in users}
    for user, value in database.rows(names_sql(queries["identities"], database.dialect), users):
        names[str(user)].update(word for word in _words(value or "") if not lexicon().is_word(base_of(word)))
    known = set().union(*names.values())
    named = own = 0
    for rows in conversations:
        words = {word for row in rows if isinstance(row["content"], str) for word in _words(row["content"])}
        named += bool(words & known)
        own += bool(words & names[str(rows[0]["user_id"])])
    if named < _ENOUGH_NAMES:
        return
    text = f"{share(own, named)} conversations with a name from identities.sql have one of their own user"
    if own < _OFTEN * named:
        advice = "is user_id the id of something else, or do the identities lack people whom users talk about?"
        yield MappingFinding("identities", "value", "warning", f"{text}: {advice}")
    else:
        yield MappingFinding("identities", "value", "ok", text)


def _words(text: str) -> Iterator[str]:
    return (word.lower() for word in _NAME.findall(text))


def _languages(conversations: Sequence[_Messages]) -> MappingFinding:
    found: Counter[str] = Counter()
    for rows in conversations:
        found[conversation_language([row["content"] for row in rows if isinstance(row["content"], str)])] += 1
    total = found.total()
    text = ", ".join(
        f"{'unclear' if name == UNDETERMINED else name} {100 * count / total:.1f} %" for name, count in found.most_common()
    )
    foreign = total - sum(found[name] for name in (*REDACTED_LANGUAGES, UNDETERMINED))
    if found[UNDETERMINED] > _MOST * total:
        return MappingFinding(
            "conversations", "content", "warning", f"detected languages: {text}; is content the text of the message?"
        )
    if foreign > _SOME * total:
        covered = ", ".join(sorted(REDACTED_LANGUAGES))
        return MappingFinding(
            "conversations", "content", "warning", f"detected languages: {text}; others than {covered} need review"
        )
    return MappingFinding("conversations", "content", "ok", f"detected languages: {text}")
