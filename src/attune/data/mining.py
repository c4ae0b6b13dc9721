"""What a product says of a conversation besides its words: signals for scoring, the analytics score, and mining tags (A4).

The analytics score is the mean of four parts, each from 0 to 1::

    length      min(1, turns / 12)
    engagement  as the product measures it
    sentiment   (sentiment + 1) / 2
    follow-up   follow_up_quality

A part that the database does not have is left out of the mean; without any measured part there is no score.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from statistics import fmean
from typing import Any

from attune.core.params import ExtractParams

Row = Mapping[str, Any]

_FULL_LENGTH_TURNS = 12
_HIGH_ENGAGEMENT = 0.7
_LONG_TURNS = 6
_POSITIVE_SATISFACTION = 8.0


def signals(
    conversation: Row, activities: Sequence[Row], analytics: Sequence[Row], feedback: Sequence[Row]
) -> dict[str, float | bool | None]:
    """The signals of a record, from the rows of the sources that name its conversation.

    A rating r from 1 to 5 counts as (r - 1) x 2.5 on the satisfaction scale of 0 to 10; satisfaction is the mean of all that
    the user said. ``action_taken`` is true when the user said so once; the outcome is the newest one reported.
    """
    satisfaction = [_number(row.get("satisfaction"), 0, 10) for row in activities]
    satisfaction += [None if (rating := _number(row.get("rating"), 1, 5)) is None else (rating - 1) * 2.5 for row in feedback]
    helpful = [vote for row in feedback if (vote := _flag(row.get("helpful"))) is not None]
    actions = [vote for row in feedback if (vote := _flag(row.get("action_taken"))) is not None]
    outcomes = [str(row["outcome"]) for row in feedback if row.get("outcome") is not None]
    completed = _flag(conversation.get("completed"))
    if completed is None:
        done = [vote for row in activities if (vote := _flag(row.get("completed"))) is not None]
        completed = any(done) if done else None
    return {
        "satisfaction": _mean(satisfaction),
        "helpfulness": sum(helpful) / len(helpful) if helpful else None,
        "completed": completed,
        "action_taken": any(actions) if actions else None,
        "positive_outcome": outcomes[-1] == "improved" if outcomes else None,
        "engagement": _mean(_number(row.get("engagement"), 0, 1) for row in analytics),
    }


def analytics_score(turns: int, analytics: Sequence[Row]) -> float | None:
    """The analytics score of a conversation, 0 to 1, or None where the product measured nothing."""
    sentiment = _mean(_number(row.get("sentiment"), -1, 1) for row in analytics)
    measured = [
        _mean(_number(row.get("engagement"), 0, 1) for row in analytics),
        None if sentiment is None else (sentiment + 1) / 2,
        _mean(_number(row.get("follow_up_quality"), 0, 1) for row in analytics),
    ]
    parts = [part for part in measured if part is not None]
    return fmean([min(1.0, turns / _FULL_LENGTH_TURNS), *parts]) if parts else None


def tags(
    conversation: Row,
    found: Mapping[str, float | bool | None],
    score: float | None,
    turns: int,
    same_scenario: int,
    assessed: bool,
    params: ExtractParams,
) -> list[str]:
    """The mining tags of a conversation, sorted.

    Args:
        conversation: its own row.
        found: its signals.
        score: its analytics score.
        turns: its user and assistant messages.
        same_scenario: how many conversations of this user have its scenario.
        assessed: the user had answered a quiz before it.
        params: of the step.
    """
    engagement, satisfaction = found["engagement"], found["satisfaction"]
    rules = {
        "check_in": conversation.get("kind") in ("check_in", "reflection"),
        "reflection": conversation.get("kind") == "reflection",
        "training_candidate": score is not None and score > params.candidate_score,
        "high_engagement": engagement is not None and engagement >= _HIGH_ENGAGEMENT and turns >= _LONG_TURNS,
        "positive_feedback": (satisfaction is not None and satisfaction >= _POSITIVE_SATISFACTION)
        or bool(found["positive_outcome"]),
        "recurring_theme": bool(conversation.get("scenario")) and same_scenario >= params.recurring_conversations,
        "assessed": assessed,
    }
    return sorted(name for name, holds in rules.items() if holds)


def _number(value: Any, low: float, high: float) -> float | None:
    """A measured value; what lies outside of its scale was not measured on it."""
    if value is None or isinstance(value, str | bytes):
        return None
    number = float(value)
    return number if low <= number <= high else None


def _flag(value: Any) -> bool | None:
    return None if value is None else value in (True, 1, "1", "t", "true", "True")


def _mean(values: Iterable[float | None]) -> float | None:
    known = sorted(value for value in values if value is not None)  # sorted: a sum of floats depends on their order
    return fmean(known) if known else None
