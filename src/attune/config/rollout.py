"""Parameters of the rollout."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import Field, model_validator

from attune.config.section import Positive, Section, Share


class RolloutParams(Section):
    """Rollout of a promoted model to users, and the limits for a rollback.

    The clock of the local rollout is compressed: ``requests_per_day`` requests count as one day.
    """

    stages: tuple[Annotated[float, Field(gt=0, le=1)], ...] = Field(
        default=(0.10, 0.25, 0.50, 1.0), description="The candidate's share of the users in each stage, ascending to 1."
    )
    stage_days: Annotated[float, Field(ge=0)] = Field(default=3, description="Minimum duration of a stage, in days.")
    max_stage_days: Annotated[float, Field(gt=0)] = Field(
        default=30, description="A stage that is inconclusive for so many days is rolled back."
    )
    requests_per_day: Positive = Field(default=60, description="Requests that count as one day on the compressed clock.")
    requests_per_check: Positive = Field(default=20, description="Requests between two decisions.")
    min_sample: Annotated[int, Field(ge=5)] = Field(
        default=20, description="Minimum number of rated requests of each model in a stage."
    )
    max_satisfaction_drop: Annotated[float, Field(gt=0, le=4)] = Field(
        default=0.5, description="Allowed drop of the mean rating below the control's, in points."
    )
    max_error_rise: Share = Field(default=0.05, description="Allowed rise of the error rate above the control's.")
    confidence: Annotated[float, Field(ge=0.8, lt=1)] = Field(
        default=0.95, description="Probability with which each bound holds at all decisions of a stage."
    )
    users: Positive = Field(default=1_000, description="Simulated users.")
    concurrency: Annotated[int, Field(gt=0, le=64)] = Field(default=8, description="Concurrent requests.")
    max_tokens: Positive = Field(default=24, description="Maximum length of a reply, in tokens.")
    prompts: str | None = Field(
        default=None, description="File of prompts: one per line, or JSONL with prompt or messages; null: the built-in ones."
    )
    request_timeout_seconds: Annotated[float, Field(gt=0)] = 60.0
    server_start_seconds: Annotated[float, Field(gt=0)] = Field(
        default=180.0, description="Maximum time for a model server to start, in seconds."
    )
    server_batching: bool = Field(
        default=True, description="Continuous batching in the model servers; false for models that do not support it."
    )
    server_threads: Positive = Field(default=1, description="CPU threads per model server.")
    require_all_users: bool = Field(
        default=False,
        description="Exit with code 3 unless the candidate reaches all users; otherwise a rollback exits with 0.",
    )
    drill: bool = Field(
        default=True, description="Run the rollback drill afterwards: a degraded model, which must be rolled back."
    )
    drill_noise: Annotated[float, Field(gt=0)] = Field(
        default=2.0, description="Noise on the degraded model's weights, in standard deviations of each weight matrix."
    )

    @model_validator(mode="after")
    def _stages_ascend(self) -> Self:
        if not self.stages or self.stages[-1] != 1 or list(self.stages) != sorted(set(self.stages)):
            raise ValueError(f"stages {', '.join(f'{share:g}' for share in self.stages)} must ascend and end at 1")
        if len(self.stages) < 2:
            raise ValueError("stages must start with a share below 1: a comparison needs users on both models")
        if self.max_stage_days < self.stage_days:
            raise ValueError(f"max_stage_days {self.max_stage_days:g} must not be below stage_days {self.stage_days:g}")
        return self
