"""Parameters of ``ingest``."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from attune.config.section import Positive, Section


class IngestParams(Section):
    """Reading object-store families (A5, A6)."""

    families: str = Field(default="sources/families.yaml", description="File that maps object keys to families and loaders.")
    max_characters: Positive = Field(
        default=20_000, description="A record with more characters, after markup is removed, is rejected as too_long."
    )
    cptsd_families: tuple[str, ...] = Field(
        default=("video_transcripts",),
        description="Families that the tagger for complex trauma (CPTSD) reads (docs/families.md).",
    )
    cptsd_groups: Annotated[int, Field(ge=1, le=6)] = Field(
        default=2, description="Number of symptom groups that the tagger requires besides repeated or inescapable harm."
    )
