"""Parameters of making a dataset version and of checking it: dedupe, compile, verify."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from attune.core.records import CATEGORIES
from attune.core.section import Positive, Section, Share

_PRODUCT_FAMILY = "product"


class DedupeParams(Section):
    """Exact and near duplicates (B5)."""

    threshold: Annotated[float, Field(gt=0, le=1)] = Field(default=0.85, description="Jaccard similarity of word 3-grams.")
    keep: Literal["keep_first", "keep_longest", "keep_best_quality"] = "keep_best_quality"
    shingle_words: Positive = 3
    permutations: Positive = 128
    bands: Positive = 16
    min_words: Positive = Field(default=8, description="Shorter texts are compared by exact hash only.")
    index: str = Field(
        default="", description="URI of a band index of earlier batches to compare with and to add to; empty: none."
    )

    @model_validator(mode="after")
    def _bands_divide(self) -> Self:
        if self.permutations % self.bands:
            raise ValueError(f"bands {self.bands} must divide permutations {self.permutations}")
        return self


class CompileParams(Section):
    """Splits, shards and the export of a dataset version (D2)."""

    name: str = Field(default="attune-sample", description="Name of the dataset, as in its card.")
    version: Positive = Field(default=1, description="The number in v1_YYYYMMDD.")
    license: str = Field(
        default="LicenseRef-proprietary",
        description="SPDX name, for card and Croissant, of what holds for records whose source names no license.",
    )
    train_share: Share = 0.90
    validation_share: Share = 0.05
    test_share: Share = 0.05
    near_duplicate_threshold: Annotated[float, Field(gt=0, le=1)] = Field(
        default=0.95, description="Of records at least so similar, across all families, only the best is kept."
    )
    group_threshold: Annotated[float, Field(gt=0, le=1)] = Field(
        default=0.80, description="Records at least so similar never stand in two splits; keep it under verify's threshold."
    )
    shingle_words: Positive = Field(default=3, description="Words of the n-grams that similarity counts.")
    permutations: Positive = 125
    bands: Positive = Field(default=25, description="More bands than dedupe's: a pair that it missed must not cross a split.")
    min_words: Positive = Field(default=8, description="Shorter texts are compared by exact hash only.")
    holdout_families: dict[str, Share] = Field(
        default={"long_running_therapy": 1.0, "edge_case_crisis": 1.0, "sarcasm": 1.0, "voice_persona": 0.2},
        description="Share of each family's groups that only the test split may hold.",
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
        description="Leave out the worst records of categories that have more than their target and the tolerance.",
    )
    category_tolerance: Share = Field(default=0.05, description="How far over its target a category may be.")
    max_synthetic_share: Share = 0.30
    test_sets: tuple[str, ...] = Field(
        default=(),
        description="Folders of frozen test sets: what is in them, or like them, is in no version (docs/test-sets.md).",
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


class FreezeParams(Section):
    """Test sets that `attune dataset freeze` takes from a version (D5): how many records each has."""

    general: Positive = Field(default=500, description="From all kinds of records.")
    personalization: Positive = Field(default=200, description="From the category personalization.")
    safety: Positive = Field(default=100, description="From the category safety_ethics.")
    empathy: Positive = Field(default=200, description="From the category empathetic_dialogue.")


class VerifyParams(Section):
    """What the eight gates (D3) allow."""

    required_families: dict[str, Positive] = Field(
        default={_PRODUCT_FAMILY: 100}, description="Families that must be present, with their least number of records."
    )
    split_tolerance: Share = Field(default=0.03, description="How far a split's share may be from its target.")
    category_tolerance: Share = Field(default=0.5, description="How far a category's share may be from its target.")
    near_duplicate_threshold: Annotated[float, Field(gt=0, le=1)] = Field(
        default=0.85, description="Records of two splits must be less similar than this."
    )
    shingle_words: Positive = Field(default=3, description="Words of the n-grams that similarity counts.")
    min_words: Positive = Field(default=8, description="Shorter texts are compared by exact hash only.")
    part_share: Annotated[float, Field(gt=0, le=1)] = Field(
        default=0.95, description="No conversation of one split may hold so much of one of another split, in runs of 13 words."
    )
    part_words: Positive = Field(default=150, description="Conversations of fewer words are not looked for as parts of others.")
    holdout_families: dict[str, Share] = Field(
        default={"long_running_therapy": 1.0, "edge_case_crisis": 1.0, "sarcasm": 1.0, "voice_persona": 0.2},
        description="Least share of each family that only test may hold, whatever the manifest claims.",
    )
    max_synthetic_share: Share = Field(default=0.30, description="At most so much of a split, whatever the manifest claims.")
    require_license: bool = Field(
        default=False,
        description="Fail when a record names no license: turn it on for what you publish; see `license` in families.yaml.",
    )
    test_sets: tuple[str, ...] = Field(
        default=(), description="Folders of frozen test sets: train and validation must hold nothing like them."
    )
    canary_markers: tuple[str, ...] = Field(
        default=(r"canary[-_][0-9a-z]+",), description="Regular expressions that no text may match, in any case of letters."
    )
