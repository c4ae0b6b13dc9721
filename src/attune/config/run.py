"""Parameters of ``run``."""

from __future__ import annotations

from typing import Annotated

from pydantic import AwareDatetime, Field

from attune.config.section import DEFAULT_PROJECT, Positive, Section, Share


class RunParams(Section):
    """Parameters of every step of a run."""

    project: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]*$")] = Field(
        default=DEFAULT_PROJECT, description="Name of the project; datasets and models are named after it."
    )
    seed: int = 17
    as_of: AwareDatetime | None = Field(
        default=None, description="Reference time of the run; null: the timestamp of the newest row read."
    )
    workers: Annotated[int, Field(ge=0)] = Field(default=0, description="Worker processes of a map step; 0: one per core.")
    shard_rows: Positive = Field(default=2_000, description="Maximum number of rows in a shard.")
    quarantine_limit: Share = Field(
        default=0.01, description="A step fails when more than this share of its rows (0 to 1) is quarantined."
    )
    erased: str = Field(
        default="erasures",
        description="Folder or s3:// URI of the list of erased people (attune erase --records); every step leaves them out.",
    )
    accept_failed_gates: bool = Field(
        default=False, description="Let a step read a shard set that failed a gate; the audit trail records it."
    )
