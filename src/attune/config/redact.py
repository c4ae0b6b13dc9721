"""Parameters of ``redact``."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from attune.config.section import Section, Share


class RedactParams(Section):
    """How names and identifiers are replaced; used by extract and ingest."""

    names: Literal["model", "lists"] = Field(
        default="model",
        description="How unknown names are found: by the shipped name model, or by cues and lists of names alone.",
    )
    name_threshold: Share = Field(
        default=0.12, description="A word that no list of words holds is a name over this probability; a listed one over 0.55."
    )
    doubt_threshold: Share = Field(
        default=0.05, description="From this to name_threshold an unknown word sends the record to review."
    )
    ner: str | None = Field(
        default=None, description="A folder with a spaCy, GLiNER or transformers model that looks for names too; null: none."
    )
    ner_kind: Literal["spacy", "gliner", "transformers"] = Field(default="spacy", description="What kind of model ner names.")
    canary_rate: Share = Field(default=0.02, description="Synthetic identities planted, as a share of records.")
    leak_rate_limit: Share = Field(
        default=0.0,
        description="Fails when the 95 % upper bound on the rate of planted identities that get through is over it; 0: any.",
    )
    rescan_rate: Share = Field(default=0.05, description="Share of redacted records that the independent detector reads.")
