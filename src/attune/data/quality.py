"""Coherence and empathy of a conversation without a model: documented, deterministic and fast; a judge can replace it.

Both are weighted sums of things that can be pointed at, each from 0 to 1.

Empathy::

    0.30  reflects     says back what the user feels or said ("it sounds like …", "you feel …"), in 2 of 5 replies or more
    0.30  validates    lets the feeling stand ("that makes sense", "I am sorry", "it is normal …"), in 2 of 5 replies or more
    0.15  addresses    speaks to the user: every 12th word or more is a second person
    0.15  asks         asks an open question, in every other reply or more
    0.10  names        names a feeling, in 2 of 5 replies or more
    then halved where a reply is dismissive ("calm down", "get over it")

Coherence::

    0.35  topical      each reply takes up what was said before it: half for each content word, up to two, and half when its
                       first sentence points back ("that …", "what you …", "you are …"); 1 at most; the mean
    0.20  complete     each reply ends as a text ends, and is no fragment; the mean
    0.20  varied       nothing is said twice: distinct word 3-grams of all 3-grams of the replies
    0.15  language     each reply is in the language of the user; the mean
    0.10  substance    each reply has at least 8 words; the mean

Words are compared by their first five letters, which serves as a stem in the three languages.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean

from attune.data.language import detect_language
from attune.data.quality_words import Words, words_of

_WORD = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)?")
_ENDINGS = tuple(".!?…)\"”'’]:*。")
_CLOSING_EMOJI = re.compile(r"[\U0001F300-\U0001FAFF\u2600-\u27BF\uFE0F❤]\s*$")
_STEM = 5
_ADDRESSED_EVERY = 12
_TAKEN_UP = 2
_FIRST_SENTENCE = re.compile(r"[^.!?\n]*")
_SUBSTANCE_WORDS = 8
_MINIMUM_FOR_LANGUAGE = 6
_OFTEN = 0.4
_HALF = 0.5


@dataclass(frozen=True)
class Judgement:
    """What a scorer says of one conversation, each from 0 to 1."""

    coherence: float
    empathy: float


def judge(messages: Sequence[Mapping[str, str]], language: str) -> Judgement:
    """Score a conversation offline; without an assistant turn both are 0."""
    folded = [(message["role"], message["content"].strip().lower().replace("’", "'")) for message in messages]
    replies = [text for role, text in folded if role == "assistant"]
    if not any(replies):
        return Judgement(0.0, 0.0)
    words = words_of(detect_language(" ".join(replies), language))
    return Judgement(round(coherence(folded, language, words), 4), round(empathy(replies, words), 4))


def empathy(replies: Sequence[str], words: Words) -> float:
    """Empathy of the replies of one conversation, in lower case, 0 to 1."""
    spoken = sum(len(_WORD.findall(reply)) for reply in replies)
    addressed = sum(len(words.second_person.findall(reply)) for reply in replies)
    value = (
        0.30 * min(1.0, _share(words.reflecting, replies) / _OFTEN)
        + 0.30 * min(1.0, _share(words.validating, replies) / _OFTEN)
        + 0.15 * min(1.0, addressed * _ADDRESSED_EVERY / max(1, spoken))
        + 0.15 * min(1.0, _share(words.open_question, replies) / _HALF)
        + 0.10 * min(1.0, _share(words.feelings, replies) / _OFTEN)
    )
    return value / 2 if any(words.dismissive.search(reply) for reply in replies) else value


def coherence(folded: Sequence[tuple[str, str]], language: str, words: Words) -> float:
    """Coherence of the replies with what was said before each, 0 to 1.

    Args:
        folded: role and lower-case content of each message; at least one reply.
        language: of the record.
        words: cues of that language.
    """
    topical: list[float] = []
    complete: list[float] = []
    same_language: list[float] = []
    substance: list[float] = []
    grams: list[tuple[str, str, str]] = []
    before: set[str] = set()
    asked_in = language
    for role, text in folded:
        spoken = _WORD.findall(text)
        said = _stems(spoken, words)
        if role == "assistant":
            opening = _FIRST_SENTENCE.match(text)
            points_back = opening is not None and words.pointing_back.search(opening[0]) is not None
            topical.append(min(1.0, (len(said & before) + points_back) / _TAKEN_UP))
            complete.append(float(text.endswith(_ENDINGS) or bool(_CLOSING_EMOJI.search(text))))
            short = len(spoken) < _MINIMUM_FOR_LANGUAGE
            same_language.append(float(short or detect_language(text, language) in (language, asked_in)))
            substance.append(min(1.0, len(spoken) / _SUBSTANCE_WORDS))
            grams.extend(zip(spoken, spoken[1:], spoken[2:], strict=False))
        elif role == "user":
            asked_in = detect_language(text, language)
        before |= said
    varied = len(set(grams)) / len(grams) if grams else 1.0
    return (
        0.35 * fmean(topical) + 0.20 * fmean(complete) + 0.20 * varied + 0.15 * fmean(same_language) + 0.10 * fmean(substance)
    )


def _stems(spoken: Sequence[str], words: Words) -> set[str]:
    return {word[:_STEM] for word in spoken if len(word) > 2 and word not in words.stop_words}


def _share(pattern: re.Pattern[str], replies: Sequence[str]) -> float:
    return sum(pattern.search(reply) is not None for reply in replies) / len(replies)
