"""Parameters of ``inventory``."""

from __future__ import annotations

from pydantic import Field

from attune.config.section import Section


class InventoryParams(Section):
    """Listing a store (A5); the family map is that of ingest."""

    endpoint_url: str | None = Field(
        default=None, description="Address of an S3 service such as R2; null: AWS_ENDPOINT_URL decides, or Amazon S3."
    )
