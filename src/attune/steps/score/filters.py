"""What leaves a record out whatever its score (B4); each filter has a name, which is the reason.

=====================  ===========================================================================================
requires_review        redaction was in doubt: a person must look before it goes on
harmful_advice         a reply tells the user to do what hurts somebody, and does not warn of it
incomplete_context     no user turn, no assistant turn after it, or nobody answered the last turn
no_question            nothing that the user says asks, tells or wants anything; or, in a coaching family, the coach never
                       asks anything back (neither of the two: a text to pretrain on, which has no user)
response_too_short     the last reply has fewer characters than the minimum
generic_response       without its generic phrases the last reply says next to nothing
=====================  ===========================================================================================
"""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping, Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from attune.config.params import ScoreParams
from attune.safety.harmful_advice import candidates, is_harmful
from attune.steps.score.conversations import (
    ASSISTANT,
    OTHER,
    PLACEHOLDER,
    PLACEHOLDER_WORD,
    PRETRAINING,
    USER,
    Conversations,
    Flags,
    Numbers,
    contains,
    fold,
    from_lists,
)

Messages = Sequence[Mapping[str, str]]

REASONS = (
    "requires_review",
    "harmful_advice",
    "incomplete_context",
    "response_too_short",
    "generic_response",
    "no_question",
)

_LEAST_LEFT = 4  # words that a reply must have besides its generic phrases
_TELLS_WORDS = 6  # so many words of a user tell something, asked or not
_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)?")
_PLACEHOLDER = re.compile(PLACEHOLDER)
_ASKS = (  # RE2, of folded text
    r"[?¿]|(?:^|[^\pL])(?:help|advice|how (?:do|can|to|should)|what (?:do|should|can|if)|why|should i|tell me|i need|i want"
    r"|i feel|need to|ayuda|consejo|cómo|qué (?:hago|puedo)|por qué|necesito|quiero|me siento"
    r"|hilfe|rat(?:$|[^\pL])|hilf|wie (?:kann|soll)|was (?:kann|soll)|warum|ich (?:brauche|möchte|will|fühle))"
)


def filters(
    talk: Conversations,
    statuses: Sequence[str],
    families: Sequence[str],
    tags: Sequence[Sequence[str] | None],
    params: ScoreParams,
) -> list[str | None]:
    """The first filter that leaves each record out, or None."""
    replies, said = talk.where(ASSISTANT), talk.where(USER)
    last = talk.last(ASSISTANT)
    answered = last >= 0
    length = np.zeros(talk.rows, np.int64)
    length[answered] = pc.utf8_length(talk.folded.take(pa.array(last[answered]))).to_numpy(zero_copy_only=False)
    generic = np.zeros(talk.rows, np.bool_)
    generic[answered] = _generic(talk.text.take(pa.array(last[answered])), params.generic_phrases)
    harmful = talk.count(replies, _harmful(talk, replies)) > 0
    asked = talk.count(said, _asks(talk, said)) > 0
    asks_back = talk.count(replies, talk.matches(r"[?]", replies)) > 0
    incomplete, nobody_asks = _incomplete(talk), talk.count(said) == 0
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
    return filters(from_lists([messages]), [pii_status], [family], [tags], params)[0]


def is_generic(reply: str, phrases: tuple[str, ...]) -> bool:
    """Whether next to nothing is left of a reply without the generic phrases."""
    pattern = _generic_pattern(phrases)
    if pattern is None or not pattern.search(reply):
        return False
    return len(_WORD.findall(_PLACEHOLDER.sub(" ", pattern.sub(" ", reply)))) < _LEAST_LEFT


def _incomplete(talk: Conversations) -> Flags:
    """Whether something is missing to understand or to learn from each conversation."""
    spoken = np.flatnonzero((talk.role != OTHER) & (pc.utf8_length(talk.folded).to_numpy(zero_copy_only=False) > 0))
    users = spoken[talk.role[spoken] == USER]
    last = np.full(talk.rows, OTHER, np.int64)
    last[talk.record[spoken]] = talk.role[spoken]  # later ones win
    return np.asarray((talk.count(users) == 0) | (last != ASSISTANT))


def _asks(talk: Conversations, said: Numbers) -> Flags:
    """Whether each message asks, wants or tells something that can be answered; "ok" and "hi there" do not."""
    placeholders = np.bincount(talk.message, talk.of_word(lambda word: word == PLACEHOLDER_WORD), talk.messages)
    words = talk.words_per_message() - placeholders
    return np.asarray((words[said] >= _TELLS_WORDS) | talk.matches(_ASKS, said))


def _harmful(talk: Conversations, replies: Numbers) -> Flags:
    """RE2 finds the few replies that could be harmful, :func:`attune.safety.harmful_advice.is_harmful` decides on them."""
    texts = talk.folded.take(pa.array(replies))
    found = np.zeros(len(replies), np.bool_)
    for pattern in candidates():
        found |= contains(texts, pattern)
    for place in np.flatnonzero(found):
        found[place] = is_harmful(talk.text[int(replies[place])].as_py())
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
