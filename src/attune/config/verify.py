"""Parameters of ``verify``."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from attune.config.section import Positive, Section, Share

_PRODUCT_FAMILY = "product"


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
    part_words: Positive = Field(default=150, description="Shorter conversations are not searched as parts of others.")
    hidden_share: Annotated[float, Field(gt=0, le=1)] = Field(
        default=0.8,
        description="No system prompt and rejected answer may hold this share of a held-out conversation's n-grams.",
    )
    hidden_words: Positive = Field(default=15, description="Shorter conversations are not searched in these.")
    holdout_families: dict[str, Share] = Field(
        default={"long_running_therapy": 1.0, "edge_case_crisis": 1.0, "sarcasm": 1.0, "voice_persona": 0.2},
        description="Least share of each family that only test may hold, whatever the manifest claims.",
    )
    max_synthetic_share: Share = Field(default=0.30, description="At most so much of a split, whatever the manifest claims.")
    require_license: bool = Field(
        default=False,
        description="Fail when a record names no license: turn it on for what you publish; see `license` in families.yaml.",
    )
    require_signature: bool = Field(
        default=False, description="Fail when the manifest has no signature that a key on this machine confirms."
    )
    test_sets: tuple[str, ...] = Field(
        default=(), description="Folders of frozen test sets: train and validation must hold nothing like them."
    )
    canary_markers: tuple[str, ...] = Field(
        default=(r"canary[-_][0-9a-z]+",), description="Regular expressions that no text may match, in any case of letters."
    )
