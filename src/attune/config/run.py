"""Parameters of ``run``."""

from __future__ import annotations

from typing import Annotated

from pydantic import AwareDatetime, Field

from attune.config.section import DEFAULT_PROJECT, Positive, Section, Share


class RunParams(Section):
    """What holds for every step of a run."""

    project: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]*$")] = Field(
        default=DEFAULT_PROJECT, description="Name of the project; datasets and models are named after it."
    )
    seed: int = 17
    as_of: AwareDatetime | None = Field(default=None, description="The time that counts as now; null: the newest row read.")
    workers: Annotated[int, Field(ge=0)] = Field(default=0, description="Worker processes of a map step; 0: one a core.")
    shard_rows: Positive = Field(default=2_000, description="Rows of a shard.")
    quarantine_limit: Share = Field(default=0.01, description="Share of rows that may be quarantined before the step fails.")
    erased: str = Field(
        default="erasures",
        description="Folder or s3:// URI of the list of erased people (attune erase --records); no step lets them pass.",
    )
    accept_failed_gates: bool = Field(
        default=False, description="Let a step read a set whose own step failed a gate; the audit trail records it."
    )
