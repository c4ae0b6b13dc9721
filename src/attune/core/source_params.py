"""Parameters of getting the data: the run, redaction, extract and ingest."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AwareDatetime, Field

from attune.core.section import Positive, Section, Share


class RunParams(Section):
    """What holds for every step of a run."""

    seed: int = 17
    as_of: AwareDatetime | None = Field(default=None, description="The time that counts as now; null: the newest row read.")
    workers: Annotated[int, Field(ge=0)] = Field(default=0, description="Worker processes of a map step; 0: one a core.")
    shard_rows: Positive = Field(default=2_000, description="Rows of a shard.")
    quarantine_limit: Share = Field(default=0.01, description="Share of rows that may be quarantined before the step fails.")


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
    rescan_rate: Share = Field(default=0.05, description="Share of redacted records that the independent detector reads.")


class ExtractParams(Section):
    """What is read from the product database (A1)."""

    sources: str = Field(default="sources", description="Folder with one SQL file per source.")
    days: Positive | None = Field(
        default=None, description="Only conversations whose newest message is at most this old; null: everything."
    )
    min_quality: Annotated[float, Field(ge=0, le=10)] | None = Field(
        default=None, description="Only conversations with at least this analytics score (0 to 10); null: everything."
    )
    min_satisfaction: Annotated[float, Field(ge=0, le=10)] | None = Field(
        default=None, description="Only conversations that users rated at least so high; null: everything."
    )
    completed_only: bool = Field(default=False, description="Only conversations that the user completed.")
    long_running_turns: Positive = Field(
        default=20, description="A conversation of more turns belongs to the family long_running_therapy."
    )
    candidate_score: Share = Field(
        default=0.8, description="Over this analytics score a conversation is tagged training_candidate."
    )
    recurring_conversations: Positive = Field(
        default=3, description="A scenario in so many conversations of one user is tagged recurring_theme."
    )
    connect_timeout_seconds: Positive = Field(default=10, description="How long to wait for a database server to answer.")
    statement_timeout_seconds: Positive = Field(default=600, description="How long a server may work on one statement.")


class IngestParams(Section):
    """How object-store families are read (A5, A6)."""

    families: str = Field(default="sources/families.yaml", description="Maps object keys to families and loaders.")
    max_characters: Positive = Field(
        default=20_000, description="A record whose text is longer, after markup was taken off, is rejected as too_long."
    )
