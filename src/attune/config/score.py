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
        default="offline", description="Who rates coherence and empathy: the offline scorer, or a model (section llm)."
    )
    judge_prompt: str = Field(default="quality_evaluator", description="Prompt file that the model is asked with.")
    unscored: Literal["review", "leave_out"] = Field(
        default="review",
        description="What becomes of a record without a valid rating: flagged_for_review, or left out as unscored.",
    )
    threshold: Annotated[float, Field(ge=0, le=10)] = 7.0
    review_threshold: Annotated[float, Field(ge=0, le=10)] = Field(
        default=5.0, description="Between this and the threshold a record is flagged for review."
    )
    coherence_threshold: Share = 0.8
    empathy_threshold: Share = 0.7
    min_response_characters: Positive = 20
    engaged_response_characters: Positive = 50
    engaged_turns: Positive = 3
    high_satisfaction: Annotated[float, Field(ge=0, le=10)] = 8.0
    underrepresented_share: Share = Field(default=0.05, description="A scenario with a smaller share is under-represented.")
    coaching_families: tuple[str, ...] = Field(
        default=(_PRODUCT_FAMILY, "long_running_therapy"),
        description="Families in which a coach who never asks anything back is left out (no_question); check-ins are not.",
    )
    not_expected: dict[str, tuple[str, ...]] = Field(
        default={"safety_guardrails": ("empathy",), "sarcasm": ("empathy",)},
        description="Parts of the score that a family without product signals is not there for.",
    )
    statistics_records: Positive = Field(default=50_000, description="Records whose words are counted before scoring, at most.")
    rare_word_share: Share = Field(default=0.005, description="A word that so small a share of records uses is rare.")
    unique_context_share: Share = Field(
        default=0.1, description="Share of a user's content words that must be rare for the part unique_context."
    )
    max_age_days: Positive = Field(default=730, description="Older records need a score over the threshold.")
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
            raise ValueError(f"review_threshold {self.review_threshold} must not be over threshold {self.threshold}")
        unknown = {part for parts in self.not_expected.values() for part in parts} - set(QUALITY_PARTS)
        if unknown:
            raise ValueError(f"not_expected names {', '.join(sorted(unknown))}; the parts are {', '.join(QUALITY_PARTS)}")
        return self
