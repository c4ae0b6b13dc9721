"""Parameters of ``redact``."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from attune.config.section import Section, Share


class RedactParams(Section):
    """How names and identifiers are replaced; used by extract and ingest."""

    names: Literal["model", "lists"] = Field(
        default="model",
        description="How names that the database lacks are found: by the shipped name model, or by cues and lists alone.",
    )
    name_threshold: Share = Field(
        default=0.12, description="An out-of-vocabulary word is a name above this probability; a dictionary word above 0.55."
    )
    doubt_threshold: Share = Field(
        default=0.05,
        description="An out-of-vocabulary word between this probability and name_threshold sends the record to review.",
    )
    places: Literal["towns", "all"] = Field(
        default="towns", description="Places that are replaced: towns and named places, or all with countries and states."
    )
    ner: str | None = Field(
        default=None, description="Folder of a spaCy, GLiNER or transformers model that finds names too; null: none."
    )
    ner_kind: Literal["spacy", "gliner", "transformers"] = Field(
        default="spacy", description="Kind of the model in the folder ner."
    )
    canary_rate: Share = Field(
        default=0.02, description="Synthetic identities (canaries) planted before redaction, as a share of records."
    )
    leak_rate_limit: Share = Field(
        default=0.0,
        description="The step fails when the 95 % upper bound of the canary leak rate exceeds this; 0: when any leaks.",
    )
    rescan_rate: Share = Field(default=0.05, description="Share of redacted records that an independent detector scans again.")
