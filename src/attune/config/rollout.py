"""Parameters of the rollout."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import Field, model_validator

from attune.config.section import Positive, Section, Share


class RolloutParams(Section):
    """How a promoted model is brought to users, and when it goes back (G2, G3).

    The clock of the local adapter is compressed: ``requests_per_day`` requests count as one day.
    """

    stages: tuple[Annotated[float, Field(gt=0, le=1)], ...] = Field(
        default=(0.10, 0.25, 0.50, 1.0), description="Shares of the users that the candidate gets, ascending to 1."
    )
    stage_days: Annotated[float, Field(ge=0)] = Field(default=3, description="Least days in a stage.")
    max_stage_days: Annotated[float, Field(gt=0)] = Field(default=30, description="A stage not clear by then goes back.")
    requests_per_day: Positive = Field(default=60, description="Requests that count as one day on the compressed clock.")
    requests_per_check: Positive = Field(default=20, description="Requests between two looks at the evidence.")
    min_sample: Annotated[int, Field(ge=5)] = Field(default=20, description="Least rated requests of each model in a stage.")
    max_satisfaction_drop: Annotated[float, Field(gt=0, le=4)] = Field(
        default=0.5, description="Rating points that the candidate may be below the control."
    )
    max_error_rise: Share = Field(default=0.05, description="How far the error rate may be over the control's.")
    confidence: Annotated[float, Field(ge=0.8, lt=1)] = Field(
        default=0.95, description="Probability with which each bound of the compared intervals holds at all looks of a stage."
    )
    users: Positive = Field(default=1_000, description="Simulated users.")
    concurrency: Annotated[int, Field(gt=0, le=64)] = Field(default=8, description="Requests under way at the same time.")
    max_tokens: Positive = Field(default=24, description="Longest reply, in tokens.")
    prompts: str | None = Field(
        default=None, description="Held-out prompts: a line each, or JSONL with prompt or messages; null: the built-in ones."
    )
    request_timeout_seconds: Annotated[float, Field(gt=0)] = 60.0
    server_start_seconds: Annotated[float, Field(gt=0)] = Field(default=180.0, description="Longest wait for a model server.")
    server_batching: bool = Field(
        default=True, description="Model servers answer several requests at once; false for a model that cannot."
    )
    server_threads: Positive = Field(default=1, description="CPU threads of each model server.")
    require_all_users: bool = Field(
        default=False,
        description="End with exit code 3 unless the candidate reaches all users; else a rollback is a result, 0.",
    )
    drill: bool = Field(default=True, description="Then roll out a candidate made worse on purpose, which must go back.")
    drill_noise: Annotated[float, Field(gt=0)] = Field(
        default=2.0, description="Noise on the drill's weights, in standard deviations of each weight matrix."
    )

    @model_validator(mode="after")
    def _stages_ascend(self) -> Self:
        if not self.stages or self.stages[-1] != 1 or list(self.stages) != sorted(set(self.stages)):
            raise ValueError(f"stages {', '.join(f'{share:g}' for share in self.stages)} must ascend and end at 1")
        if len(self.stages) < 2:
            raise ValueError("stages must hold a share below 1 first: without users on both models nothing is compared")
        if self.max_stage_days < self.stage_days:
            raise ValueError(f"max_stage_days {self.max_stage_days:g} must not be below stage_days {self.stage_days:g}")
        return self
