"""Parameters of ``verify``."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from attune.config.section import Positive, Section, Share

_PRODUCT_FAMILY = "product"


class VerifyParams(Section):
    """What the eight gates (D3) allow."""

    required_families: dict[str, Positive] = Field(
        default={_PRODUCT_FAMILY: 100}, description="Required families with their minimum number of records."
    )
    split_tolerance: Share = Field(default=0.03, description="Allowed difference of a split's share from its target.")
    category_tolerance: Share = Field(default=0.5, description="Allowed difference of a category's share from its target.")
    near_duplicate_threshold: Annotated[float, Field(gt=0, le=1)] = Field(
        default=0.85, description="Records of two splits must be less similar than this."
    )
    shingle_words: Positive = Field(default=3, description="Words per n-gram of the similarity.")
    min_words: Positive = Field(default=8, description="Shorter texts are compared by exact hash only.")
    part_share: Annotated[float, Field(gt=0, le=1)] = Field(
        default=0.95, description="No conversation may contain this share of the runs of 13 words of one in another split."
    )
    part_words: Positive = Field(default=150, description="Conversations with fewer words are not searched as parts of others.")
    hidden_share: Annotated[float, Field(gt=0, le=1)] = Field(
        default=0.8,
        description="System prompt and rejected answer must not contain this share of a held-out conversation's n-grams.",
    )
    hidden_words: Positive = Field(default=15, description="Conversations with fewer words are not searched in them.")
    holdout_families: dict[str, Share] = Field(
        default={"long_running_therapy": 1.0, "edge_case_crisis": 1.0, "sarcasm": 1.0, "voice_persona": 0.2},
        description="Minimum share of each family that only test may contain, even if the manifest states less.",
    )
    max_synthetic_share: Share = Field(
        default=0.30, description="Maximum share of synthetic records in a split, even if the manifest states more."
    )
    require_license: bool = Field(
        default=False,
        description="Fail when a record names no license; for datasets to be published. See `license` in families.yaml.",
    )
    require_signature: bool = Field(
        default=False, description="Fail when the manifest has no signature that a key on this machine confirms."
    )
    test_sets: tuple[str, ...] = Field(
        default=(), description="Folders of frozen test sets; train and validation must contain nothing similar."
    )
    canary_markers: tuple[str, ...] = Field(
        default=(r"canary[-_][0-9a-z]+",), description="Regular expressions that no text may match; case is ignored."
    )
