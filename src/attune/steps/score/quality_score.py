"""The quality score (B3): the points of each part, how the parts make the score, and the decision on the score.

Computing and deciding are separate, so that a threshold can change without a new computation.

For records of a family with product signals the score is the sum of its parts, 0 to 10::

    response_length           the reply has more than 50 characters            1
    turns                     at least 3 user and assistant messages           1
    satisfaction              at least 8 of 10                                 1
    action_taken              the user acted on the advice                     1.5
    positive_outcome          the user reported that it helped                 1.5
    coherence                 at least 0.8                                     1
    empathy                   at least 0.7                                     1
    underrepresented_scenario its scenario has a small share of all records    1
    unique_context            few other records use its content words          1

Records of a family without any signal cannot earn those parts and are not penalized: the points that they earn in the other
parts are scaled to the 8 points that a product record can earn without the two diversity parts, which are added unscaled::

    score = 8 x earned / attainable + underrepresented_scenario + unique_context

``attainable`` is the sum of ``response_length``, ``turns``, ``coherence`` and ``empathy``, without ``turns`` where the family
has no record of 3 turns at all, and without the parts that ``score.not_expected`` names for the family (a refusal need not
be empathetic). Texts to pretrain on (tag ``pretraining``) count as a family of their own, without ``turns`` and ``empathy``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from attune.config.params import ScoreParams
from attune.config.vocabulary import QUALITY_PARTS
from attune.steps.score.conversation_columns import Flags, Floats, Numbers

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
    response_characters: Numbers,
    turns: Numbers,
    satisfaction: Floats,
    action_taken: Flags,
    positive_outcome: Flags,
    coherence: Floats,
    empathy: Floats,
    underrepresented: Flags,
    unique: Flags,
    params: ScoreParams,
) -> dict[str, Floats]:
    """The points of each part of each record: 0 or the full points; NaN where coherence or empathy is NaN (unknown).

    A satisfaction of NaN (not given) earns 0.
    """
    earned = {
        "response_length": response_characters > params.engaged_response_characters,
        "turns": turns >= params.engaged_turns,
        "satisfaction": satisfaction >= params.high_satisfaction,
        "action_taken": action_taken,
        "positive_outcome": positive_outcome,
        "coherence": np.where(np.isnan(coherence), np.nan, coherence >= params.coherence_threshold),
        "empathy": np.where(np.isnan(empathy), np.nan, empathy >= params.empathy_threshold),
        "underrepresented_scenario": underrepresented,
        "unique_context": unique,
    }
    return {name: POINTS[name] * np.asarray(earned[name], np.float64) for name in QUALITY_PARTS}


def attainable_parts(family: str, *, has_turns: bool, params: ScoreParams, is_text: bool = False) -> tuple[str, ...]:
    """The parts that a record of a family without product signals can earn, except the diversity parts."""
    missing = set(params.not_expected.get(family, ())) | (set() if has_turns else {"turns"})
    missing |= {"turns", "empathy"} if is_text else set()
    return tuple(name for name in _WITHOUT_SIGNALS if name not in missing)


def quality_scores(parts: Mapping[str, Floats], has_signals: Flags, attainable: Sequence[Sequence[str]]) -> Floats:
    """The score of each record, 0 to 10, from its parts; NaN where a part that counts is NaN.

    Args:
        parts: from :func:`quality_parts`.
        has_signals: whether some record of the record's family has a product signal.
        attainable: from :func:`attainable_parts`, of each record; used where there are no signals.
    """
    plain = np.sum([parts[name] for name in QUALITY_PARTS], axis=0)
    counts = {name: np.array([name in names for names in attainable], np.bool_) for name in _WITHOUT_SIGNALS}
    possible = np.sum([POINTS[name] * counts[name] for name in _WITHOUT_SIGNALS], axis=0)
    earned = np.sum([np.where(counts[name], parts[name], 0.0) for name in _WITHOUT_SIGNALS], axis=0)
    diversity = np.sum([parts[name] for name in DIVERSITY], axis=0)
    share = np.divide(earned, possible, out=np.zeros(len(earned)), where=possible > 0)
    return np.asarray(np.where(has_signals, plain, np.round(_WITHOUT_DIVERSITY * share + diversity, 4)))


def decide(score: float, age_days: float | None, params: ScoreParams) -> str | None:
    """Why a record with this score is left out; None: it is kept. A score equal to the threshold is kept."""
    if score >= params.threshold:
        return None
    if age_days is not None and age_days > params.max_age_days:
        return "stale_low_quality"
    return "flagged_for_review" if score >= params.review_threshold else "low_quality"
