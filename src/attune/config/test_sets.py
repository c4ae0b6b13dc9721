"""Parameters of ``test_sets``."""

from __future__ import annotations

from pydantic import Field

from attune.config.section import Positive, Section


class FreezeParams(Section):
    """Test sets that `attune dataset freeze` takes from a version (D5): how many records each has."""

    general: Positive = Field(default=500, description="From all kinds of records.")
    personalization: Positive = Field(default=200, description="From the category personalization.")
    safety: Positive = Field(default=100, description="From the category safety_ethics.")
    empathy: Positive = Field(default=200, description="From the category empathetic_dialogue.")
