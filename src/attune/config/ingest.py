"""Parameters of ``ingest``."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from attune.config.section import Positive, Section


class IngestLimits(Section):
    """Limits on what is read from an object, so that a hostile or damaged file cannot exhaust memory or time."""

    row_characters: Positive = Field(
        default=1 << 24,
        description="Characters of a line, a row, a conversation or a cell; a longer one goes to quarantine, the rest is read.",
    )
    unpacked_bytes: Positive = Field(
        default=1 << 36, description="Bytes that a compressed object may unpack to; what follows them is not read."
    )
    unpacked_ratio: Positive = Field(
        default=1_000, description="Times its own size that a compressed object may unpack to, beyond the first 64 MiB."
    )
    row_group_values: Positive = Field(
        default=1 << 25, description="Values in a row group of a Parquet column that is read; an object with more is not read."
    )
    nesting: Annotated[int, Field(ge=4, le=500)] = Field(
        default=100, description="Depth of lists and objects in JSON; a deeper row goes to quarantine."
    )


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
    limits: IngestLimits = IngestLimits()
