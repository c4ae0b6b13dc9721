"""Parameters of ``release``."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from attune.config.section import Positive, Section, Share


class ReleaseParams(Section):
    """Requirements for promoting a model, and its name in the registry."""

    project: Annotated[str, Field(pattern=r"^([a-z0-9][a-z0-9-]*)?$")] = Field(
        default="", description="First part of a model's name; empty: run.project."
    )
    min_improvement: Share = Field(
        default=0.0, description="Share by which perplexity must be lower than the base model's, for the whole interval."
    )
    min_documents: Positive = Field(default=30, description="Minimum number of held-out conversations for a promotion.")
    required_targets: tuple[Literal["perplexity", "bleu", "rouge_l", "bertscore"], ...] = Field(
        default=(), description="Absolute targets that must be met; others are reported only."
    )
    require_no_loss_to_production: bool = Field(
        default=True,
        description="Hold a model that is not shown to be at least as good as the production model, if that was scored.",
    )
    production_tolerance: Share = Field(
        default=0.01, description="Relative increase of perplexity over production that counts as equal."
    )
