"""Parameters of ``dedupe``."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from attune.config.section import Positive, Section

PART_NGRAM_WORDS = (
    13  # two conversations share a run of so many words only where one was copied (Brown et al. 2020, appendix C)
)


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
