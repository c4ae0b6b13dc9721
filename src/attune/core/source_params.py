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
    erased: str = Field(
        default="erasures",
        description="Folder or s3:// URI of the list of erased people (attune erase --records); no step lets them pass.",
    )
    accept_failed_gates: bool = Field(
        default=False, description="Let a step read a set whose own step failed a gate; the audit trail records it."
    )


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
    license: str = Field(
        default="LicenseRef-proprietary",
        min_length=1,
        description="SPDX name of what holds for the product's own conversations.",
    )
    incremental: bool = Field(
        default=False, description="Read only users with something new since the last run into the same output."
    )
    overlap_hours: Annotated[float, Field(ge=0)] = Field(
        default=24, description="Incremental: how much older than the newest row a row may be that arrives late."
    )
    full_length_turns: Positive = Field(default=12, description="So many turns give the full length part of the score.")
    candidate_score: Share = Field(
        default=0.8, description="Over this analytics score a conversation is tagged training_candidate."
    )
    high_engagement: Share = Field(default=0.7, description="From this measured engagement on a user counts as engaged.")
    engaged_turns: Positive = Field(default=6, description="A conversation of fewer turns is never tagged high_engagement.")
    engaged_characters: Positive = Field(
        default=80, description="Where engagement is not measured: the mean length of an engaged user's messages."
    )
    positive_satisfaction: Annotated[float, Field(ge=0, le=10)] = Field(
        default=8.0, description="From this satisfaction on feedback is positive."
    )
    recurring_conversations: Positive = Field(
        default=3, description="A scenario in so many conversations of one user is tagged recurring_theme."
    )
    connect_timeout_seconds: Positive = Field(default=10, description="How long to wait for a database server to answer.")
    connect_attempts: Positive = Field(default=4, description="How often a server that does not answer is asked again.")
    restarts: Annotated[int, Field(ge=0)] = Field(
        default=2, description="How often reading starts anew, on a new snapshot, after the connection was lost."
    )
    statement_timeout_seconds: Positive = Field(default=600, description="How long a server may work on one statement.")


class IngestParams(Section):
    """How object-store families are read (A5, A6)."""

    families: str = Field(default="sources/families.yaml", description="Maps object keys to families and loaders.")
    max_characters: Positive = Field(
        default=20_000, description="A record whose text is longer, after markup was taken off, is rejected as too_long."
    )
    cptsd_families: tuple[str, ...] = Field(
        default=("video_transcripts",), description="Families that the tagger for complex trauma reads (docs/families.md)."
    )
    cptsd_groups: Annotated[int, Field(ge=1, le=6)] = Field(
        default=2, description="Symptom groups that it wants to see beside long or repeated harm."
    )


class InventoryParams(Section):
    """How a store is listed (A5); the map of families is ingest's."""

    endpoint_url: str | None = Field(
        default=None, description="Address of an S3 service such as R2; null: AWS_ENDPOINT_URL decides, or Amazon S3."
    )
