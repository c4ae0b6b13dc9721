"""Parameters of retention: how long what is kept (J3)."""

from __future__ import annotations

from pydantic import Field

from attune.config.section import Positive, Section


class RetentionParams(Section):
    """How long what is kept; locations are those of sources/data_locations.yaml."""

    raw_days: Positive = Field(
        default=90, description="Snapshots (what extract and ingest wrote) go to the archive after so long."
    )
    log_days: Positive = Field(default=90, description="Logs are removed after so long.")
    archive_months: Positive = Field(default=24, description="What is in the archive is removed after so long.")
    grace_days: Positive = Field(
        default=14, description="A store's own rules expire snapshots so much later, in case that nobody ran retention."
    )
    raw_locations: tuple[str, ...] = Field(default=("snapshot",), description="Locations that hold snapshots and nothing else.")
    log_locations: tuple[str, ...] = Field(default=("logs",), description="Locations that hold logs and nothing else.")
    archive_location: str = Field(default="archive", description="The location that snapshots are archived to.")
