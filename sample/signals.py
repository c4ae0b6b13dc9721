"""What the product measured and was told: it follows how well the coach answered, with noise, so that scoring has a signal."""

from __future__ import annotations

from dataclasses import dataclass

from sample.conversations import Conversation
from sample.grammar import Random

# How good a conversation was for the person, before noise.
_WORTH = {
    "good": 0.9, "fair": 0.66, "mixed": 0.68, "no_question": 0.62, "ends_on_user": 0.5, "flat": 0.42, "generic": 0.3,
    "too_short": 0.26, "off_topic": 0.18, "harmful": 0.2,
}  # fmt: skip
FEEDBACK_SHARE, ACTIVITY_SHARE, ANALYTICS_SHARE = 0.66, 0.5, 0.97


@dataclass(frozen=True, slots=True)
class Signals:
    """What is known of one conversation beside its text; None: nobody asked or nobody answered."""

    satisfaction: float | None
    rating: int | None
    helpful: bool | None
    action_taken: bool | None
    outcome: str | None
    engagement: float | None
    sentiment: float | None
    follow_up_quality: float | None
    relationship_health: float | None
    session_seconds: int | None


def draw_signals(rng: Random, conversation: Conversation) -> Signals:
    """Signals of a conversation."""
    worth = _WORTH[conversation.quality] + (rng() + rng() - 1) * 0.16
    satisfaction = rating = helpful = action = outcome = None
    if rng() < ACTIVITY_SHARE:
        satisfaction = round(_clamp(10 * worth + (rng() + rng() - 1) * 1.6, 0, 10), 1)
    if rng() < FEEDBACK_SHARE:
        rating = int(_clamp(round(0.9 + 4.3 * worth + (rng() + rng() - 1) * 0.9), 1, 5))
        helpful = rng() < _clamp(worth * 1.08, 0.03, 0.97)
        action = rng() < _clamp(1.75 * worth - 0.62, 0.04, 0.95)
        outcome = _outcome(rng, worth)
    if rng() >= ANALYTICS_SHARE:
        return Signals(satisfaction, rating, helpful, action, outcome, None, None, None, None, None)
    length = min(conversation.turns / 12, 1.0)
    return Signals(
        satisfaction, rating, helpful, action, outcome,
        engagement=round(_clamp(0.55 * worth + 0.35 * length + rng() * 0.15, 0, 1), 3),
        sentiment=round(_clamp(1.6 * worth - 0.75 + (rng() - 0.5) * 0.5, -1, 1), 3),
        follow_up_quality=round(_clamp(worth * 0.95 + (rng() - 0.5) * 0.2, 0, 1), 3),
        relationship_health=round(_clamp(38 + 40 * worth + (rng() - 0.5) * 30, 0, 100), 1),
        session_seconds=60 + int(conversation.turns * (50 + rng() * 90)),
    )  # fmt: skip


def _outcome(rng: Random, worth: float) -> str | None:
    if rng() < 0.06:
        return None
    improved = _clamp(1.7 * worth - 0.58, 0.03, 0.95)
    draw = rng()
    return "improved" if draw < improved else "worse" if draw > 1 - (1 - improved) * 0.3 else "unchanged"


def _clamp(value: float, low: float, high: float) -> float:
    return low if value < low else high if value > high else value
