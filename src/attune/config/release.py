"""Parameters of ``release``."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from attune.config.section import Positive, Section, Share


class ReleaseParams(Section):
    """What promotes a model, and how it is named in the registry (E4, F5)."""

    project: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]*$")] = Field(
        default="attune", description="First part of a model's name."
    )
    min_improvement: Share = Field(
        default=0.0, description="Share by which perplexity must fall against the model before, over the whole interval."
    )
    min_documents: Positive = Field(default=30, description="Fewer held-out conversations cannot promote a model.")
    required_targets: tuple[Literal["perplexity", "bleu", "rouge_l", "bertscore"], ...] = Field(
        default=(), description="Absolute targets that must be met; the others are reported only."
    )
    require_no_loss_to_production: bool = Field(
        default=True,
        description="Hold a model that is not clearly at least as good as the one in production, where it was scored.",
    )
    production_tolerance: Share = Field(
        default=0.01, description="Rise of perplexity against production that still counts as equal."
    )
