"""Parameters of ``evaluate``."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from attune.config.section import Positive, Section, Share


class TargetParams(Section):
    """Absolute targets, in addition to the comparison with the base model."""

    perplexity: Annotated[float, Field(gt=0)] = Field(default=15.0, description="Must be below.")
    bleu: Share = Field(default=0.35, description="Must be above (0 to 1).")
    rouge_l: Share = Field(default=0.45, description="Must be above.")
    bertscore: Share = Field(default=0.85, description="Must be above; not measured without a scorer model.")


class EvaluateParams(Section):
    """Automatic evaluation on the held-out split."""

    documents: Positive = Field(default=160, description="Maximum number of conversations of the test split to score.")
    replies_per_document: Annotated[int, Field(ge=0)] = Field(
        default=2, description="Number of last replies to score in each conversation; 0: all."
    )
    stages: bool = Field(default=False, description="Score the model after each stage too, not only after the last.")
    production: str | None = Field(default=None, description="Folder of the production model to compare with; null: none.")
    generated_replies: Annotated[int, Field(ge=0)] = Field(
        default=16, description="Replies to generate for BLEU and ROUGE-L; 0: do not measure them."
    )
    max_new_tokens: Positive = Field(default=64, description="Maximum length of a generated reply, in tokens.")
    batch_size: Positive = 16
    context_length: Annotated[int, Field(ge=32)] = Field(
        default=256, description="Context length in tokens, at most that of the model."
    )
    resamples: Annotated[int, Field(ge=100)] = Field(default=2_000, description="Bootstrap resamples per interval.")
    confidence: Annotated[float, Field(gt=0.5, lt=1)] = 0.95
    targets: TargetParams = TargetParams()
