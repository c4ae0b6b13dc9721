"""Filters that leave a record out whatever its score (B4); the name of the filter is the reason.

=====================  ===========================================================================================
requires_review        redaction is doubtful: a person must review the record first
harmful_advice         a reply advises something that hurts somebody, and does not warn of it
incomplete_context     no user turn, no assistant turn after it, or no reply to the last turn
no_question            no user message asks, tells or wants anything; or, in a coaching family, no reply asks a question
                       (not applied to texts to pretrain on, which have no user)
response_too_short     the last reply has fewer characters than the minimum
generic_response       without its generic phrases the last reply has fewer than 4 words
=====================  ===========================================================================================
"""

from __future__ import annotations

import functools
import re
from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from attune.config.params import ScoreParams
from attune.redaction.placeholders import PLACEHOLDER
from attune.safety.harmful_advice import candidates, is_harmful
from attune.steps.score.conversation_columns import (
    ASSISTANT,
    OTHER,
    PLACEHOLDER_WORD,
    PRETRAINING,
    USER,
    ConversationColumns,
    Flags,
    Messages,
    Numbers,
    columns_from_lists,
    contains,
    fold,
)

REASONS = (
    "requires_review",
    "harmful_advice",
    "incomplete_context",
    "response_too_short",
    "generic_response",
    "no_question",
)

_LEAST_LEFT = 4  # minimum number of words of a reply besides its generic phrases
_TELLS_WORDS = 6  # a user message of this many words counts as telling something
_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)?")
_ASKS = (  # RE2, of folded text
    r"[?¿]|(?:^|[^\pL])(?:help|advice|how (?:do|can|to|should)|what (?:do|should|can|if)|why|should i|tell me|i need|i want"
    r"|i feel|need to|ayuda|consejo|cómo|qué (?:hago|puedo)|por qué|necesito|quiero|me siento"
    r"|hilfe|rat(?:$|[^\pL])|hilf|wie (?:kann|soll)|was (?:kann|soll)|warum|ich (?:brauche|möchte|will|fühle))"
)


def filters(
    columns: ConversationColumns,
    statuses: Sequence[str],
    families: Sequence[str],
    tags: Sequence[Sequence[str] | None],
    params: ScoreParams,
) -> list[str | None]:
    """The first filter that leaves each record out, or None."""
    replies, said = columns.where(ASSISTANT), columns.where(USER)
    last = columns.last(ASSISTANT)
    answered = last >= 0
    length = columns.last_length(ASSISTANT)
    generic = np.zeros(columns.rows, np.bool_)
    generic[answered] = _generic(columns.text.take(pa.array(last[answered])), params.generic_phrases)
    harmful = columns.count(replies, _harmful(columns, replies)) > 0
    asked = columns.count(said, _asks(columns, said)) > 0
    asks_back = columns.count(replies, columns.matches(r"[?]", replies)) > 0
    incomplete, nobody_asks = _incomplete(columns), columns.count(said) == 0
    found: list[str | None] = []
    for place, status in enumerate(statuses):
        is_text = bool(nobody_asks[place] and answered[place] and PRETRAINING in (tags[place] or ()))
        coaching = families[place] in params.coaching_families and "check_in" not in (tags[place] or ())
        if status == "requires_review":
            found.append("requires_review")
        elif harmful[place]:
            found.append("harmful_advice")
        elif incomplete[place] and not is_text:
            found.append("incomplete_context")
        elif length[place] < params.min_response_characters:
            found.append("response_too_short")
        elif generic[place]:
            found.append("generic_response")
        elif not is_text and (not asked[place] or (coaching and not asks_back[place])):
            found.append("no_question")
        else:
            found.append(None)
    return found


def filtered(
    messages: Messages, pii_status: str, params: ScoreParams, *, family: str = "", tags: Sequence[str] = ()
) -> str | None:
    """The first filter that leaves one record out, or None."""
    return filters(columns_from_lists([messages]), [pii_status], [family], [tags], params)[0]


def is_generic(reply: str, phrases: tuple[str, ...]) -> bool:
    """Whether a reply has fewer than 4 words besides the generic phrases."""
    pattern = _generic_pattern(phrases)
    if pattern is None or not pattern.search(reply):
        return False
    return len(_WORD.findall(PLACEHOLDER.sub(" ", pattern.sub(" ", reply)))) < _LEAST_LEFT


def _incomplete(columns: ConversationColumns) -> Flags:
    """Whether each conversation lacks a user message, or its last message is not a reply."""
    spoken = np.flatnonzero((columns.role != OTHER) & (pc.utf8_length(columns.folded).to_numpy(zero_copy_only=False) > 0))
    users = spoken[columns.role[spoken] == USER]
    last = np.full(columns.rows, OTHER, np.int64)
    last[columns.record[spoken]] = columns.role[spoken]  # later ones win
    return np.asarray((columns.count(users) == 0) | (last != ASSISTANT))


def _asks(columns: ConversationColumns, said: Numbers) -> Flags:
    """Whether each message asks, wants or tells something that can be answered; "ok" and "hi there" do not."""
    placeholders = np.bincount(columns.message, columns.of_word(lambda word: word == PLACEHOLDER_WORD), columns.messages)
    words = columns.words_per_message() - placeholders
    return np.asarray((words[said] >= _TELLS_WORDS) | columns.matches(_ASKS, said))


def _harmful(columns: ConversationColumns, replies: Numbers) -> Flags:
    """Whether each reply is harmful: RE2 finds the few candidates, :func:`attune.safety.harmful_advice.is_harmful` decides."""
    texts = columns.folded.take(pa.array(replies))
    found = np.zeros(len(replies), np.bool_)
    for pattern in candidates():
        found |= contains(texts, pattern)
    for place in np.flatnonzero(found):
        found[place] = is_harmful(columns.text[int(replies[place])].as_py())
    return found


def _generic(replies: pa.Array, phrases: tuple[str, ...]) -> Flags:
    pattern = _generic_candidate(phrases)
    if pattern is None:
        return np.zeros(len(replies), np.bool_)
    found = contains(fold(replies), pattern)
    for place in np.flatnonzero(found):
        found[place] = is_generic(replies[int(place)].as_py(), phrases)
    return found


@functools.cache
def _generic_candidate(phrases: tuple[str, ...]) -> str | None:
    return "|".join(re.escape(phrase.lower().replace("’", "'")) for phrase in phrases) or None


@functools.cache
def _generic_pattern(phrases: tuple[str, ...]) -> re.Pattern[str] | None:
    if not phrases:
        return None
    longest_first = sorted({phrase.replace("’", "'") for phrase in phrases}, key=lambda phrase: (-len(phrase), phrase))
    alternatives = "|".join(re.escape(phrase).replace("'", "['’]") for phrase in longest_first)
    return re.compile(rf"\b(?:{alternatives})\b", re.IGNORECASE)
