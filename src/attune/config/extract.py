"""Parameters of ``extract``."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from attune.config.section import Positive, Section, Share


class ExtractParams(Section):
    """Reading the product database (A1)."""

    sources: str = Field(default="sources", description="Folder with one SQL file per source.")
    days: Positive | None = Field(
        default=None, description="Only conversations whose newest message is at most this many days old; null: all."
    )
    min_quality: Annotated[float, Field(ge=0, le=10)] | None = Field(
        default=None, description="Only conversations with at least this analytics score (0 to 10); null: all."
    )
    min_satisfaction: Annotated[float, Field(ge=0, le=10)] | None = Field(
        default=None, description="Only conversations with at least this user satisfaction (0 to 10); null: all."
    )
    completed_only: bool = Field(default=False, description="Only conversations that the user completed.")
    long_running_turns: Positive = Field(
        default=20, description="A conversation with more turns than this belongs to the family long_running_therapy."
    )
    license: str = Field(
        default="LicenseRef-proprietary",
        min_length=1,
        description="SPDX name of the license of the product's own conversations.",
    )
    incremental: bool = Field(
        default=False, description="Read only users with changes since the last run into the same output."
    )
    overlap_hours: Annotated[float, Field(ge=0)] = Field(
        default=24, description="Incremental: hours that a row may arrive late, compared with the newest row of its source."
    )
    full_length_turns: Positive = Field(
        default=12, description="Number of turns that gives the full length part of the analytics score."
    )
    candidate_score: Share = Field(
        default=0.8, description="A conversation above this analytics score (0 to 1) is tagged training_candidate."
    )
    high_engagement: Share = Field(default=0.7, description="Minimum measured engagement (0 to 1) for the tag high_engagement.")
    engaged_turns: Positive = Field(default=6, description="Minimum number of turns for the tag high_engagement.")
    engaged_characters: Positive = Field(
        default=80,
        description="Minimum mean characters of the user's messages for high_engagement, where it is not measured.",
    )
    positive_satisfaction: Annotated[float, Field(ge=0, le=10)] = Field(
        default=8.0, description="Minimum satisfaction (0 to 10) for the tag positive_feedback."
    )
    recurring_conversations: Positive = Field(
        default=3, description="Minimum number of a user's conversations with one scenario for the tag recurring_theme."
    )
    min_identified: Share = Field(
        default=0.1,
        description="Minimum share of conversations whose user has a name or identifier in identities.sql; with less the "
        "run stops, unless identities.sql says with WHERE FALSE that it is empty. 0 allows none.",
    )
    min_consent_matched: Share = Field(
        default=0.1,
        description="Minimum share of the ids in consent.sql that are ids of users in conversations.sql or identities.sql; "
        "below it the run stops. A reason whose ids all match nobody always stops it, unless it is in deleted_reasons.",
    )
    deleted_reasons: tuple[str, ...] = Field(
        default=(), description="Reasons in consent.sql whose users may all be gone from the product, such as [account_closed]."
    )
    mapping_limit: Share = Field(
        default=0.01,
        description="Share of a column's values that may be outside its documented scale or values; above it the run stops.",
    )
    mapping_sample: Positive = Field(
        default=500, description="Number of conversations whose messages are looked at before a run, to check the mapping."
    )
    require_read_only_role: bool = Field(
        default=False, description="Stop where the login of a database server may do more than read; false: warn."
    )
    connect_timeout_seconds: Positive = Field(default=10, description="Seconds to wait for a database server to answer.")
    connect_attempts: Positive = Field(default=4, description="Number of attempts to connect to a database server.")
    restarts: Annotated[int, Field(ge=0)] = Field(
        default=2, description="Number of times that reading starts again, on a new snapshot, after a lost connection."
    )
    statement_timeout_seconds: Positive = Field(default=600, description="Seconds that the database may work on one statement.")
