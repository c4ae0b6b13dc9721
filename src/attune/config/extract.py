"""Parameters of ``extract``."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from attune.config.section import Positive, Section, Share


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
