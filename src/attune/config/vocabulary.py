"""Closed lists and constants that several packages share and that no parameter changes."""

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

# Two conversations share a run of so many words only where one was copied (Brown et al. 2020, appendix C).
PART_NGRAM_WORDS = 13
