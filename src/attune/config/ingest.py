"""Parameters of ``ingest``."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from attune.config.section import Positive, Section


class IngestParams(Section):
    """How object-store families are read (A5, A6)."""

    families: str = Field(default="sources/families.yaml", description="Maps object keys to families and loaders.")
    max_characters: Positive = Field(
        default=20_000, description="A record whose text is longer, after markup was taken off, is rejected as too_long."
    )
    cptsd_families: tuple[str, ...] = Field(
        default=("video_transcripts",), description="Families that the tagger for complex trauma reads (docs/families.md)."
    )
    cptsd_groups: Annotated[int, Field(ge=1, le=6)] = Field(
        default=2, description="Symptom groups that it wants to see beside long or repeated harm."
    )
