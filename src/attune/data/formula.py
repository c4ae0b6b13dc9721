"""The quality score (B3): what each part is worth, how the parts become a score, and what the score decides.

Computing and deciding are apart, so a threshold can change without anything being computed again.

For records of a family with product signals the score is the plain sum of its parts, 0 to 10::

    response_length           the reply has more than 50 characters            1
    turns                     at least 3 user and assistant messages           1
    satisfaction              at least 8 of 10                                 1
    action_taken              the user did what was talked about               1.5
    positive_outcome          the user reported that it helped                 1.5
    coherence                 at least 0.8                                     1
    empathy                   at least 0.7                                     1
    underrepresented_scenario its scenario has a small share of all records    1
    unique_context            few other records speak of what it speaks of     1

A family in which no record has a signal cannot have one, and is not punished for it: what its records earn in the parts that
they can have is scaled to the 8 points that a record of the product can earn without the diversity parts, and those are added
as they are::

    score = 8 x earned / attainable + underrepresented_scenario + unique_context

``attainable`` is the sum of ``response_length``, ``turns``, ``coherence`` and ``empathy``, without ``turns`` where the family
has no record of 3 turns at all, and without what ``score.not_expected`` names for the family (a refusal is not there to
comfort).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from attune.core.params import ScoreParams
from attune.core.records import QUALITY_PARTS

POINTS: dict[str, float] = {
    "response_length": 1.0,
    "turns": 1.0,
    "satisfaction": 1.0,
    "action_taken": 1.5,
    "positive_outcome": 1.5,
    "coherence": 1.0,
    "empathy": 1.0,
    "underrepresented_scenario": 1.0,
    "unique_context": 1.0,
}
DIVERSITY = ("underrepresented_scenario", "unique_context")
SIGNALS = ("satisfaction", "action_taken", "positive_outcome")
_WITHOUT_SIGNALS = ("response_length", "turns", "coherence", "empathy")
_WITHOUT_DIVERSITY = sum(points for name, points in POINTS.items() if name not in DIVERSITY)
assert tuple(POINTS) == QUALITY_PARTS


def quality_parts(
    *,
    response_characters: int,
    turns: int,
    signals: Mapping[str, Any],
    coherence: float,
    empathy: float,
    underrepresented: bool,
    unique: bool,
    params: ScoreParams,
) -> dict[str, float]:
    """The points of each part: 0 or what it is worth."""
    satisfaction = signals.get("satisfaction")
    earned = {
        "response_length": response_characters > params.engaged_response_characters,
        "turns": turns >= params.engaged_turns,
        "satisfaction": satisfaction is not None and satisfaction >= params.high_satisfaction,
        "action_taken": bool(signals.get("action_taken")),
        "positive_outcome": bool(signals.get("positive_outcome")),
        "coherence": coherence >= params.coherence_threshold,
        "empathy": empathy >= params.empathy_threshold,
        "underrepresented_scenario": underrepresented,
        "unique_context": unique,
    }
    return {name: POINTS[name] * earned[name] for name in QUALITY_PARTS}


def attainable_parts(family: str, *, has_turns: bool, params: ScoreParams) -> tuple[str, ...]:
    """The parts that a record of a family without product signals can have, diversity aside."""
    missing = set(params.not_expected.get(family, ())) | (set() if has_turns else {"turns"})
    return tuple(name for name in _WITHOUT_SIGNALS if name not in missing)


def quality_score(parts: Mapping[str, float], *, has_signals: bool, attainable: Sequence[str]) -> float:
    """The score, 0 to 10, from the parts.

    Args:
        parts: from :func:`quality_parts`.
        has_signals: some record of the family has a product signal.
        attainable: from :func:`attainable_parts`; used where there are no signals.
    """
    if has_signals:
        return sum(parts.values())
    possible = sum(POINTS[name] for name in attainable)
    share = sum(parts[name] for name in attainable) / possible if possible else 0.0
    return round(_WITHOUT_DIVERSITY * share + sum(parts[name] for name in DIVERSITY), 4)


def decide(score: float, age_days: float | None, params: ScoreParams) -> str | None:
    """Why a record of this score is left out, or None: it is kept. The threshold itself is kept."""
    if score >= params.threshold:
        return None
    if age_days is not None and age_days > params.max_age_days:
        return "stale_low_quality"
    return "flagged_for_review" if score >= params.review_threshold else "low_quality"
