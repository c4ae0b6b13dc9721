"""Coherence and empathy of conversations without a model: documented, deterministic and fast; a judge can replace it.

Both are weighted sums of things that can be pointed at, each from 0 to 1.

Empathy::

    0.36  reflects     says back what the user feels or said ("it sounds like …", "you feel …"), in 2 of 5 replies or more
    0.36  validates    lets the feeling stand ("that makes sense", "I am sorry", "it is normal …"), in 2 of 5 replies or more
    0.18  addresses    speaks to the user: every 12th word or more is a second person
    0.18  asks         asks an open question, in every other reply or more
    0.12  names        names a feeling, in 2 of 5 replies or more
    1 at most (nobody does everything at once), then halved where a reply is dismissive ("calm down", "get over it")

Coherence::

    0.35  topical      each reply takes up what was said before it: half when its first sentence points back ("that …",
                       "what you …", "you are …"), the rest by the words that it shares with earlier messages, rare words
                       weighing more (cosine of inverse document frequencies, full at 0.6); 1 at most; the mean
    0.25  complete     each reply ends as a text ends, and is no fragment; the mean
    0.15  varied       nothing is said twice: distinct word 3-grams of all 3-grams of the replies
    0.15  language     each reply is in the language of the user; the mean
    0.10  substance    each reply has at least 8 words; the mean
    where nobody spoke before (a text to pretrain on) there is nothing to take up: the other four, of 0.65
    then times varied / 0.7 where less than 0.7 is varied, and (English only) times readable: how much the replies read like
    sentences, see :mod:`attune.steps.score.fluency`

Words are compared by their first five letters, which serves as a stem in the three languages.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from attune.steps.score.conversations import (
    ASSISTANT,
    OTHER,
    PLACEHOLDER_WORD,
    USER,
    Conversations,
    Flags,
    Floats,
    Numbers,
    contains,
    distinct,
    from_lists,
)
from attune.steps.score.fluency import readable, stem_weight
from attune.steps.score.quality_words import LANGUAGES, all_words

_ENDING = r"(?:[.!?…)\]\"”'’*:。]|[\x{1F300}-\x{1FAFF}\x{2600}-\x{27BF}\x{FE0F}❤])$"
_STEM = 5
_ADDRESSED_EVERY = 12
_TOPICAL = 0.35
_POINTS_BACK = 0.5
_SHARED_FULLY = 0.6
_FEW_STEMS = 5  # added to the stems of a message, so that one shared word of three is not everything
_VARIED_ENOUGH = 0.7
_SUBSTANCE_WORDS = 8
_MINIMUM_FOR_LANGUAGE = 6
_OFTEN = 0.4
_HALF = 0.5
_LARGEST = (1 << 63) - 1
_NONE = len(LANGUAGES)  # a text that says nothing of its language
_ENGLISH = LANGUAGES.index("en")


@dataclass(frozen=True)
class Judgement:
    """What a scorer says of one conversation, each from 0 to 1."""

    coherence: float
    empathy: float


@dataclass(frozen=True)
class Judgements:
    """The same of each conversation of a batch."""

    coherence: Floats
    empathy: Floats


def judge(messages: Sequence[Mapping[str, str]], language: str) -> Judgement:
    """Score one conversation; without an assistant turn both are 0."""
    both = judge_all(from_lists([messages]), [language])
    return Judgement(float(both.coherence[0]), float(both.empathy[0]))


def judge_all(talk: Conversations, languages: Sequence[str | None]) -> Judgements:
    """Score each conversation of a batch; what one gets depends on no other one.

    Args:
        talk: the conversations.
        languages: of each record; None counts as English, and ``und`` as the language of the replies.
    """
    replies = talk.where(ASSISTANT)
    spoken = replies[talk.words_per_message()[replies] > 0]
    has_reply = talk.count(spoken) > 0
    declared = np.array([_index(language or "en") for language in languages], np.int64)
    votes = _votes(talk)
    spoken_in = _spoken_in(talk, votes, replies, declared)
    declared = np.where(np.array([language == "und" for language in languages], np.bool_), spoken_in, declared)
    coherence = _coherence(talk, replies, declared, votes, spoken_in)
    empathy = _empathy(talk, replies, spoken_in)
    return Judgements(np.round(coherence * has_reply, 4), np.round(empathy * has_reply, 4))


# Languages


def _index(language: str) -> int:
    return LANGUAGES.index(language) if language in LANGUAGES else _NONE + 1


@functools.lru_cache(maxsize=1 << 17)
def _common_in(word: str) -> int:
    """Bits: in which languages a word is one of the commonest."""
    return sum(1 << place for place, words in enumerate(all_words().values()) if word in words.common_words)


def _votes(talk: Conversations) -> Numbers:
    """For each message how many of its words are among the commonest of each language."""
    bits = talk.of_word(_common_in)
    return np.stack([np.bincount(talk.message, (bits >> place) & 1, talk.messages) for place in range(_NONE)], axis=1).astype(
        np.int64
    )


def _winner(votes: Numbers) -> Numbers:
    """The language with most votes, a tie in the order of the languages; _NONE without any."""
    return np.where(votes.max(axis=1, initial=0) > 0, votes.argmax(axis=1), _NONE)


def _spoken_in(talk: Conversations, votes: Numbers, replies: Numbers, declared: Numbers) -> Numbers:
    """The language whose cues are looked for, of each conversation."""
    together = np.stack([talk.count(replies, votes[replies, place]) for place in range(_NONE)], axis=1)
    found = _winner(together.astype(np.int64))
    found = np.where(found == _NONE, declared, found)
    return np.where(found < _NONE, found, _ENGLISH)


# Empathy


def _empathy(talk: Conversations, replies: Numbers, spoken_in: Numbers) -> Floats:
    count = np.maximum(talk.count(replies), 1)
    share = {name: np.zeros(talk.rows) for name in ("reflecting", "validating", "open_question", "feelings", "dismissive")}
    addressed = np.zeros(talk.rows)
    for place, words in enumerate(all_words().values()):
        mine = replies[spoken_in[talk.record[replies]] == place]
        if not len(mine):
            continue
        for name in ("reflecting", "validating", "open_question", "dismissive"):
            share[name] += talk.count(mine, talk.matches(getattr(words, name), mine))
        marks = pc.count_substring(talk.folded, "[user]").to_numpy(zero_copy_only=False)
        addressed += talk.count(mine, (_words_like(talk, words.second_person) + marks)[mine])
        share["feelings"] += talk.count(mine, _words_like(talk, words.feelings)[mine] > 0)
    length = np.maximum(talk.count(replies, talk.words_per_message()[replies]), 1)
    value = (
        0.36 * np.minimum(1.0, share["reflecting"] / count / _OFTEN)
        + 0.36 * np.minimum(1.0, share["validating"] / count / _OFTEN)
        + 0.18 * np.minimum(1.0, addressed * _ADDRESSED_EVERY / length)
        + 0.18 * np.minimum(1.0, share["open_question"] / count / _HALF)
        + 0.12 * np.minimum(1.0, share["feelings"] / count / _OFTEN)
    )
    value = np.minimum(1.0, value)
    return np.where(share["dismissive"] > 0, value / 2, value)


def _words_like(talk: Conversations, pattern: re.Pattern[str]) -> Numbers:
    """How many words of each message the pattern matches."""
    words = talk.of_word(lambda word: pattern.match(word) is not None)
    return np.bincount(talk.message, words, talk.messages).astype(np.int64)


# Coherence


def _coherence(talk: Conversations, replies: Numbers, declared: Numbers, votes: Numbers, spoken_in: Numbers) -> Floats:
    count = np.maximum(talk.count(replies), 1)
    words = talk.words_per_message()

    def mean(values: Floats) -> Floats:
        return talk.count(replies, values) / count

    points_back = np.zeros(len(replies))
    for place, cues in enumerate(all_words().values()):
        mine = spoken_in[talk.record[replies]] == place
        if mine.any():
            points_back[mine] = talk.matches(cues.pointing_back, replies[mine])
    topical = np.minimum(1.0, _POINTS_BACK * points_back + _taken_up(talk, spoken_in)[replies] / _SHARED_FULLY)
    complete = contains(talk.folded.take(pa.array(replies)), _ENDING).astype(np.float64)
    same = _same_language(talk, replies, declared, votes) | (words[replies] < _MINIMUM_FOR_LANGUAGE)
    substance = np.minimum(1.0, words[replies] / _SUBSTANCE_WORDS)
    varied = _varied(talk, replies)
    alone = (
        0.25 * mean(complete) + 0.15 * varied + 0.15 * mean(same.astype(np.float64)) + 0.10 * mean(substance)
    )  # without what was said before
    turns = np.bincount(talk.record[talk.role != OTHER], minlength=talk.rows)
    value = np.where(turns > 1, _TOPICAL * mean(topical) + alone, alone / (1 - _TOPICAL))
    value *= np.minimum(1.0, varied / _VARIED_ENOUGH)
    return np.where(spoken_in == _ENGLISH, value * readable(talk, replies), value)


def _same_language(talk: Conversations, replies: Numbers, declared: Numbers, votes: Numbers) -> Flags:
    """Whether each reply is in the language of the record or of the user's message before it."""
    own = declared[talk.record]
    spoken = _winner(votes)
    spoken = np.where(spoken == _NONE, own, spoken)
    index = np.arange(talk.messages)
    is_user = talk.role == USER
    before = np.maximum.accumulate(np.where(is_user, index, -1)) if talk.messages else index
    asked = np.where((before >= 0) & (talk.record[before] == talk.record), spoken[before], own)
    return np.asarray((spoken == own) | (spoken == asked))[replies]


def _taken_up(talk: Conversations, spoken_in: Numbers) -> Floats:
    """How much of what each message speaks of was spoken of earlier in its conversation, from 0.

    ``sum of idf^2 over shared stems / sqrt((stems of the message + 5) * (stems of the message before it + 5))``, which for
    texts that use a word once is the cosine of their tf-idf vectors with a constant in place of the norms' idf.
    """
    stems: dict[str, int] = {}
    stem = talk.of_word(lambda word: stems.setdefault(word[:_STEM], len(stems)))
    size = max(1, len(stems))
    content = talk.of_word(_content_in)
    kept = (content >> spoken_in[talk.record[talk.message]]) & 1 == 1
    pair = distinct(talk.message[kept] * size + stem[kept])  # in the order of messages: those of a conversation are together
    message, which = np.divmod(pair, size)
    key = talk.record[message] * size + which
    order = np.argsort(key, kind="stable")
    again = np.zeros(len(key), np.bool_)
    again[order[1:]] = key[order[1:]] == key[order[:-1]]
    weights = np.fromiter(map(stem_weight, stems), np.float64, len(stems))
    shared = np.bincount(message[again], weights[which[again]] ** 2, talk.messages)
    count = np.bincount(message, minlength=talk.messages) + _FEW_STEMS
    before = np.concatenate([count[:1], count[:-1]])
    return np.asarray(shared / np.sqrt(count * before))


@functools.lru_cache(maxsize=1 << 17)
def _content_in(word: str) -> int:
    """Bits: in which languages a word says what a text is about."""
    if len(word) <= 2 or word == PLACEHOLDER_WORD:
        return 0
    return sum(1 << place for place, words in enumerate(all_words().values()) if word not in words.stop_words)


def _varied(talk: Conversations, replies: Numbers) -> Floats:
    """Different word 3-grams of all 3-grams of the replies of each conversation; 1 where there are none."""
    mine = np.zeros(talk.messages, np.bool_)
    mine[replies] = True
    kept = mine[talk.message]
    word, message = talk.word[kept], talk.message[kept]
    first = np.flatnonzero(message[2:] == message[:-2])
    record = talk.record[message[first]]
    gram = _numbered(record, word[first], word[first + 1], word[first + 2])
    total = np.bincount(record, minlength=talk.rows)
    different = np.bincount(record[np.unique(gram, return_index=True)[1]], minlength=talk.rows)
    return np.where(total > 0, different / np.maximum(total, 1), 1.0)


def _numbered(*columns: Numbers) -> Numbers:
    """A number for each row, equal where all columns are."""
    number = columns[0]
    for column in columns[1:]:
        size = int(column.max(initial=0)) + 1
        if int(number.max(initial=0)) >= _LARGEST // size:
            number = np.unique(number, return_inverse=True)[1]
        number = number * size + column
    return number
