"""Parameters of ``compile``."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import Field, model_validator

from attune.config.section import Positive, Section, Share
from attune.config.vocabulary import CATEGORIES


class CompileParams(Section):
    """Splits, shards and the export of a dataset version (D2)."""

    name: str = Field(default="", description="Name of the dataset; empty: run.project.")
    version: Positive = Field(default=1, description="The number in v1_YYYYMMDD.")
    license: str = Field(
        default="LicenseRef-proprietary",
        description="License (SPDX name) in card and Croissant for records whose source names none.",
    )
    train_share: Share = 0.90
    validation_share: Share = 0.05
    test_share: Share = 0.05
    near_duplicate_threshold: Annotated[float, Field(gt=0, le=1)] = Field(
        default=0.95, description="Of records with at least this similarity, across all families, only the best is kept."
    )
    group_threshold: Annotated[float, Field(gt=0, le=1)] = Field(
        default=0.80,
        description="Records with at least this similarity share a split; at most verify.near_duplicate_threshold.",
    )
    shingle_words: Positive = Field(default=3, description="Words per n-gram of the similarity.")
    permutations: Positive = 125
    bands: Positive = Field(
        default=25, description="Bands of MinHash; more than in dedupe, so that a pair that dedupe missed is found here."
    )
    min_words: Positive = Field(default=8, description="Shorter texts are compared by exact hash only.")
    part_share: Annotated[float, Field(gt=0, le=1)] = Field(
        default=0.93,
        description="A conversation is contamination if a conversation of another split contains this share of its runs of 13 "
        "words; at most verify.part_share.",
    )
    part_words: Positive = Field(
        default=140,
        description="Conversations with fewer words are not searched as parts of others; at most verify.part_words.",
    )
    hidden_share: Annotated[float, Field(gt=0, le=1)] = Field(
        default=0.75,
        description="A record is contamination if its system prompt and rejected answer contain this share of a held-out "
        "conversation's n-grams; at most verify.hidden_share.",
    )
    hidden_words: Positive = Field(
        default=12, description="Conversations with fewer words are not searched in them; at most verify.hidden_words."
    )
    holdout_families: dict[str, Share] = Field(
        default={"long_running_therapy": 1.0, "edge_case_crisis": 1.0, "sarcasm": 1.0, "voice_persona": 0.2},
        description="Share of each family that only the test split may contain.",
    )
    category_mix: dict[str, Share] = Field(
        default={
            "instruction_following": 0.40,
            "contextual_understanding": 0.25,
            "empathetic_dialogue": 0.20,
            "personalization": 0.10,
            "safety_ethics": 0.05,
        },
        description="Target share of each category (B7).",
    )
    enforce_category_mix: bool = Field(
        default=False,
        description="Leave out the worst records of categories that exceed their target by more than the tolerance.",
    )
    category_tolerance: Share = Field(default=0.05, description="Share by which a category may exceed its target.")
    max_synthetic_share: Share = 0.30
    test_sets: tuple[str, ...] = Field(
        default=(),
        description="Folders of frozen test sets; a version contains nothing of them and nothing similar (docs/test-sets.md).",
    )

    @model_validator(mode="after")
    def _shares_sum(self) -> Self:
        if self.permutations % self.bands:
            raise ValueError(f"bands {self.bands} must divide permutations {self.permutations}")
        if self.group_threshold > self.near_duplicate_threshold:
            raise ValueError(
                f"group_threshold {self.group_threshold:g} must not be over near_duplicate_threshold "
                f"{self.near_duplicate_threshold:g}"
            )
        total = self.train_share + self.validation_share + self.test_share
        if abs(total - 1) > 1e-9:
            raise ValueError(f"train_share + validation_share + test_share is {total:g}, it must be 1")
        if set(self.category_mix) != set(CATEGORIES):
            raise ValueError(f"category_mix must name exactly {', '.join(CATEGORIES)}")
        if abs(sum(self.category_mix.values()) - 1) > 1e-9:
            raise ValueError(f"the shares of category_mix sum to {sum(self.category_mix.values()):g}, they must sum to 1")
        return self
