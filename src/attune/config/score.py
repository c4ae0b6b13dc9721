"""Parameters of scoring and filtering."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from attune.config.section import Positive, Section, Share
from attune.config.vocabulary import QUALITY_PARTS

_PRODUCT_FAMILY = "product"


class ScoreParams(Section):
    """Quality score (B3) and filters (B4)."""

    judge: Literal["offline", "llm"] = Field(
        default="offline",
        description="What rates coherence and empathy: the offline scorer, or a language model (section llm).",
    )
    judge_prompt: str = Field(default="quality_evaluator", description="Prompt file of the language model.")
    unscored: Literal["review", "leave_out"] = Field(
        default="review",
        description="A record without a valid rating: flagged_for_review (review), or left out as unscored (leave_out).",
    )
    threshold: Annotated[float, Field(ge=0, le=10)] = Field(
        default=7.0, description="Minimum score (0 to 10) of a kept record."
    )
    review_threshold: Annotated[float, Field(ge=0, le=10)] = Field(
        default=5.0, description="A record from this score up to the threshold is flagged for review."
    )
    coherence_threshold: Share = Field(default=0.8, description="Minimum coherence (0 to 1) that earns its point.")
    empathy_threshold: Share = Field(default=0.7, description="Minimum empathy (0 to 1) that earns its point.")
    min_response_characters: Positive = Field(
        default=20, description="A record with a shorter last reply, in characters, is left out as response_too_short."
    )
    engaged_response_characters: Positive = Field(
        default=50, description="A longer last reply, in characters, earns the part response_length."
    )
    engaged_turns: Positive = Field(default=3, description="Minimum number of messages that earns the part turns.")
    high_satisfaction: Annotated[float, Field(ge=0, le=10)] = Field(
        default=8.0, description="Minimum user satisfaction (0 to 10) that earns its point."
    )
    underrepresented_share: Share = Field(
        default=0.05, description="A scenario with a smaller share of all records (0 to 1) is under-represented."
    )
    coaching_families: tuple[str, ...] = Field(
        default=(_PRODUCT_FAMILY, "long_running_therapy"),
        description="Families in which a record without a question from the coach is left out (no_question), except check-ins.",
    )
    not_expected: dict[str, tuple[str, ...]] = Field(
        default={"safety_guardrails": ("empathy",), "sarcasm": ("empathy",)},
        description="Parts of the score that do not apply to a family without product signals.",
    )
    statistics_records: Positive = Field(
        default=50_000, description="Maximum number of records whose words are counted before scoring."
    )
    rare_word_share: Share = Field(
        default=0.005, description="A word that at most this share of records (0 to 1) uses is rare."
    )
    unique_context_share: Share = Field(
        default=0.1, description="Minimum share of a user's content words (0 to 1) that are rare for the part unique_context."
    )
    date_granularity: Literal["year", "quarter", "month", "week", "day", "none"] = Field(
        default="month",
        description="Unit that created_at is rounded down to; none removes it. A time to the second can identify the person.",
    )
    max_age_days: Positive = Field(
        default=730, description="Records older than this many days and below the threshold are left out as stale_low_quality."
    )
    generic_phrases: tuple[str, ...] = (
        "i understand",
        "i see",
        "that's great",
        "thank you for sharing",
        "i'm here to help",
        "as an ai language model",
        "let me know if you need anything else",
        "that you reached out",
        "how you feel",
        "with me",
        "i cannot give relationship advice",
        "entiendo",
        "ya veo",
        "qué bien",
        "gracias por compartir",
        "gracias por contarme",
        "estoy aquí para ayudarte",
        "avísame si necesitas algo más",
        "ich verstehe",
        "das ist toll",
        "danke fürs teilen",
        "danke für deine offenheit",
        "ich bin für dich da",
        "sag bescheid, wenn du noch etwas brauchst",
    )

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.review_threshold > self.threshold:
            raise ValueError(f"review_threshold {self.review_threshold} must not be above threshold {self.threshold}")
        unknown = {part for parts in self.not_expected.values() for part in parts} - set(QUALITY_PARTS)
        if unknown:
            raise ValueError(f"not_expected names {', '.join(sorted(unknown))}; allowed are {', '.join(QUALITY_PARTS)}")
        return self
