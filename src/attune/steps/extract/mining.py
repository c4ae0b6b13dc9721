"""Signals, the analytics score and mining tags of a conversation, from the product's data about it (A4).

Every definition is in docs/mining.md and, written independently, in tests/steps/extract/test_extract_mining.py. The analytics
score is the mean of up to four parts, each from 0 to 1::

    length      min(1, turns / full_length_turns)
    engagement  as measured by the product
    sentiment   (sentiment + 1) / 2
    follow-up   follow_up_quality

A part that the database lacks is left out of the mean; without any measured part there is no score.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import fsum
from typing import Any

from attune.config.params import ExtractParams

Signals = dict[str, float | bool | None]

#: The mining tags that come from the database, and the two that come from the text.
MEASURED_TAGS = (
    "assessed",
    "check_in",
    "high_engagement",
    "positive_feedback",
    "recurring_theme",
    "reflection",
    "training_candidate",
)
SPOKEN_TAGS = ("crisis", "goal_focus")

_RATING_FACTOR = 2.5
_TRUE = frozenset({True, "1", "t", "true", "True"})


@dataclass(frozen=True)
class ConversationSize:
    """The size of a conversation, and its place among the user's other activity."""

    turns: int  # user and assistant messages
    user_messages: int
    user_characters: int  # of the user's messages together
    same_scenario: int  # conversations of this user with the same scenario, itself included
    assessed: bool  # the user had answered a quiz before it began


def signals(
    conversation: Mapping[str, Any],
    activities: Sequence[Mapping[str, Any]],
    analytics: Sequence[Mapping[str, Any]],
    feedback: Sequence[Mapping[str, Any]],
    turns: int,
    params: ExtractParams,
) -> Signals:
    """The signals of a record, from the source rows that belong to its conversation.

    A rating r from 1 to 5 counts as (r - 1) x 2.5 on the satisfaction scale of 0 to 10; satisfaction is the mean of all
    satisfaction values and ratings. ``action_taken`` is true when the user reported it at least once; the outcome is the
    newest one reported.
    """
    satisfaction = [_number(row.get("satisfaction"), 0, 10) for row in activities]
    satisfaction += [
        None if (rating := _number(row.get("rating"), 1, 5)) is None else (rating - 1) * _RATING_FACTOR for row in feedback
    ]
    helpful = [vote for row in feedback if (vote := _flag(row.get("helpful"))) is not None]
    actions = [vote for row in feedback if (vote := _flag(row.get("action_taken"))) is not None]
    outcomes = [str(row["outcome"]) for row in feedback if row.get("outcome") is not None]
    completed = _flag(conversation.get("completed"))
    if completed is None:
        done = [vote for row in activities if (vote := _flag(row.get("completed"))) is not None]
        completed = any(done) if done else None
    length = min(1.0, turns / params.full_length_turns)
    engagement = _mean(_number(row.get("engagement"), 0, 1) for row in analytics)
    sentiment = _mean(_number(row.get("sentiment"), -1, 1) for row in analytics)
    follow_up = _mean(_number(row.get("follow_up_quality"), 0, 1) for row in analytics)
    return {
        "satisfaction": _mean(satisfaction),
        "helpfulness": sum(helpful) / len(helpful) if helpful else None,
        "completed": completed,
        "action_taken": any(actions) if actions else None,
        "positive_outcome": outcomes[-1] == "improved" if outcomes else None,
        "engagement": engagement,
        "length": length,
        "sentiment": sentiment,
        "follow_up_quality": follow_up,
        "analytics_score": analytics_score(length, engagement, sentiment, follow_up),
    }


def analytics_score(
    length: float, engagement: float | None, sentiment: float | None, follow_up_quality: float | None
) -> float | None:
    """The analytics score of a conversation, 0 to 1, or None when the product measured none of the last three parts."""
    measured = [engagement, None if sentiment is None else (sentiment + 1) / 2, follow_up_quality]
    parts = [part for part in measured if part is not None]
    return fsum([length, *parts]) / (1 + len(parts)) if parts else None


def tags(conversation: Mapping[str, Any], found: Signals, size: ConversationSize, params: ExtractParams) -> list[str]:
    """The mining tags of a conversation that do not depend on its text, sorted.

    Args:
        conversation: its row in the source conversations.
        found: its signals.
        size: its size, and its place among the user's other activity.
        params: parameters of the step.
    """
    score, satisfaction, helpfulness = found["analytics_score"], found["satisfaction"], found["helpfulness"]
    rules = {
        "assessed": size.assessed,
        "check_in": conversation.get("kind") in ("check_in", "reflection"),
        "high_engagement": _is_engaged(found["engagement"], size, params),
        "positive_feedback": (satisfaction is not None and satisfaction >= params.positive_satisfaction)
        or (helpfulness is not None and helpfulness > 0.5)
        or bool(found["positive_outcome"]),
        "recurring_theme": bool(conversation.get("scenario")) and size.same_scenario >= params.recurring_conversations,
        "reflection": conversation.get("kind") == "reflection",
        "training_candidate": score is not None and score > params.candidate_score,
    }
    return [name for name, holds in rules.items() if holds]


def _is_engaged(engagement: float | None, size: ConversationSize, params: ExtractParams) -> bool:
    """Long enough, and engaged by the product's measure or else by the mean length of the user's messages."""
    if size.turns < params.engaged_turns:
        return False
    if engagement is not None:
        return engagement >= params.high_engagement
    return size.user_characters >= params.engaged_characters * max(1, size.user_messages)


def _number(value: Any, low: float, high: float) -> float | None:
    """A measured value; a value outside its scale counts as missing."""
    if value is None or isinstance(value, str | bytes):
        return None
    number = float(value)
    return number if low <= number <= high else None


def _flag(value: Any) -> bool | None:
    return None if value is None else value in _TRUE


def _mean(values: Iterable[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return fsum(known) / len(known) if known else None  # fsum is exact, so the order of the rows does not matter
