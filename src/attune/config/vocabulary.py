"""The closed lists of words that parameters and records share."""

from __future__ import annotations

CATEGORIES = (
    "instruction_following",
    "contextual_understanding",
    "empathetic_dialogue",
    "personalization",
    "safety_ethics",
)
QUALITY_PARTS = (
    "response_length",
    "turns",
    "satisfaction",
    "action_taken",
    "positive_outcome",
    "coherence",
    "empathy",
    "underrepresented_scenario",
    "unique_context",
)
