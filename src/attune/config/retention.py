"""Parameters of ``retention``."""

from __future__ import annotations

from pydantic import Field

from attune.config.section import Positive, Section


class RetentionParams(Section):
    """How long data is kept (J3); locations are those of sources/data_locations.yaml."""

    raw_days: Positive = Field(
        default=90, description="Days after which snapshots (written by extract and ingest) are archived."
    )
    log_days: Positive = Field(default=90, description="Days after which logs are removed.")
    archive_months: Positive = Field(default=24, description="Months after which archived data is removed.")
    grace_days: Positive = Field(
        default=14,
        description="Additional days after which a store's own rules expire snapshots, in case retention was not run.",
    )
    raw_locations: tuple[str, ...] = Field(default=("snapshot",), description="Locations that hold only snapshots.")
    log_locations: tuple[str, ...] = Field(default=("logs",), description="Locations that hold only logs.")
    archive_location: str = Field(default="archive", description="Location to which snapshots are archived.")
