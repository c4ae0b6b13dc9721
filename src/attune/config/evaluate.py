"""Parameters of ``evaluate``."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from attune.config.section import Positive, Section, Share


class TargetParams(Section):
    """The absolute targets of F1; a comparison with the model before is always made."""

    perplexity: Annotated[float, Field(gt=0)] = Field(default=15.0, description="Must be below.")
    bleu: Share = Field(default=0.35, description="Must be above (0 to 1).")
    rouge_l: Share = Field(default=0.45, description="Must be above.")
    bertscore: Share = Field(default=0.85, description="Must be above; needs a mounted scorer model, not measured without.")


class EvaluateParams(Section):
    """Automatic evaluation on the held-out split (F1)."""

    documents: Positive = Field(default=160, description="Conversations of the test split that are scored, at most.")
    replies_per_document: Annotated[int, Field(ge=0)] = Field(
        default=2, description="Replies scored of each conversation, the last ones; 0: all."
    )
    stages: bool = Field(default=False, description="Score the model after every stage too, not only the last.")
    production: str | None = Field(
        default=None, description="Folder of the model in production, to be compared with; null: none."
    )
    generated_replies: Annotated[int, Field(ge=0)] = Field(
        default=16, description="Replies generated for BLEU and ROUGE-L; 0: none, these are then not measured."
    )
    max_new_tokens: Positive = Field(default=64, description="Tokens of a generated reply, at most.")
    batch_size: Positive = 16
    context_length: Annotated[int, Field(ge=32)] = Field(
        default=256, description="Tokens that a model sees at once; less is used where a model has less."
    )
    resamples: Annotated[int, Field(ge=100)] = Field(default=2_000, description="Bootstrap resamples behind each interval.")
    confidence: Annotated[float, Field(gt=0.5, lt=1)] = 0.95
    targets: TargetParams = TargetParams()
