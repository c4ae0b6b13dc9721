"""Parameters of ``train``."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import Field, field_validator, model_validator

from attune.config.section import Positive, Section, Share
from attune.config.vocabulary import CATEGORIES


class TinyParams(Section):
    """The small Llama and its tokenizer that are created when train.base_model is null."""

    vocabulary: Annotated[int, Field(ge=300, le=65_536)] = Field(
        default=2_000, description="Vocabulary size of its byte-level BPE tokenizer."
    )
    hidden: Annotated[int, Field(ge=16, multiple_of=16)] = Field(default=128, description="Hidden size of the model.")
    layers: Positive = 3
    heads: Positive = Field(default=4, description="Attention heads; must divide hidden into parts of even width.")
    steps: Positive = Field(default=300, description="Optimizer steps of its pretraining.")
    learning_rate: Annotated[float, Field(gt=0)] = 6e-3

    @model_validator(mode="after")
    def _heads_divide(self) -> Self:
        if self.hidden % (2 * self.heads):
            raise ValueError(f"heads {self.heads} must divide hidden {self.hidden} into parts of even width")
        return self


class LoraParams(Section):
    """The LoRA adapter (Hu et al. 2021)."""

    rank: Positive = 16
    alpha: Positive = Field(default=32, description="The adapter is scaled by alpha / rank.")
    dropout: Annotated[float, Field(ge=0, lt=1)] = 0.05
    targets: tuple[str, ...] = Field(
        default=("q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"),
        min_length=1,
        description="Names of the linear layers that get an adapter.",
    )


class PreferenceParams(Section):
    """Training on preference pairs."""

    method: Literal["orpo", "simpo", "dpo", "kto"] = "orpo"
    beta: Annotated[float, Field(gt=0)] = Field(
        default=0.1, description="Weight of the odds ratio (ORPO) or of the log-ratio (others)."
    )
    simpo_margin: Annotated[float, Field(ge=0)] = Field(default=0.5, description="Target reward margin of SimPO.")


class StageParams(Section):
    """One stage of the curriculum: its data and settings.

    A record is selected when its family is in ``families`` or one of its tags in ``tags`` (both empty: every family), and its
    category is in ``categories`` (empty: every category).
    """

    phase: Literal["pretraining", "sft", "preference"] = "sft"
    families: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    steps: Positive = Field(default=50, description="Optimizer steps.")
    learning_rate: Annotated[float, Field(gt=0)] = 3e-4
    weights: Literal["full", "lora"] = Field(default="lora", description="Train all weights, or a LoRA adapter.")

    @model_validator(mode="after")
    def _known_categories(self) -> Self:
        unknown = sorted(set(self.categories) - set(CATEGORIES))
        if unknown:
            raise ValueError(f"{', '.join(unknown)}: unknown category; allowed are {', '.join(CATEGORIES)}")
        return self


def _curriculum() -> dict[str, StageParams]:
    edge = ("edge_case_generator", "edge_case_resulting_chats", "edge_case_synthetic", "edge_case_crisis")
    return {
        "continued_pretraining": StageParams(phase="pretraining", steps=100, learning_rate=1e-4, weights="full"),
        "foundation": StageParams(families=("product",)),
        "therapeutic_expertise": StageParams(families=("mental_health_datasets", "video_transcripts")),
        "edge_stress": StageParams(families=(*edge, "safety_guardrails", "sarcasm")),
        "voice_persona": StageParams(families=("voice_persona",)),
        "long_running": StageParams(families=("long_running_therapy",)),
        "specialized_domains": StageParams(families=("addiction", "cptsd", "experimental"), tags=("addiction", "cptsd")),
        "roleplay_simulator": StageParams(families=("roleplay_simulator",)),
        "preference": StageParams(phase="preference", steps=40, learning_rate=3e-5),
    }


class TrainParams(Section):
    """The curriculum and the training of its stages."""

    base_model: str | None = Field(
        default=None,
        description="Model folder or cached Hugging Face Hub name; null: a tiny Llama is created from the train split.",
    )
    tiny: TinyParams = TinyParams()
    stages: tuple[str, ...] = Field(
        default=("continued_pretraining", "foundation", "therapeutic_expertise"),
        min_length=1,
        description="Stages of the curriculum to train, in this order.",
    )
    curriculum: dict[str, StageParams] = Field(default_factory=_curriculum, description="All stages by name.")
    lora: LoraParams = LoraParams()
    preference: PreferenceParams = PreferenceParams()
    context_length: Annotated[int, Field(ge=32)] = Field(
        default=256, description="Context length in tokens; 4096 to 8192 for a real base model."
    )
    batch_size: Positive = Field(default=4, description="Sequences per optimizer step, over all processes.")
    micro_batch_size: Positive = Field(default=8, description="Sequences per forward pass.")
    warmup_share: Share = Field(default=0.1, description="Share of a stage's steps in which the learning rate warms up.")
    weight_decay: Annotated[float, Field(ge=0)] = 0.01
    max_gradient_norm: Annotated[float, Field(gt=0)] = 1.0
    packing: bool = Field(
        default=False, description="Pack several short conversations into one sequence, separated by the attention mask."
    )
    bf16: bool = Field(default=True, description="Compute in bfloat16 on GPUs that support it.")
    gradient_checkpointing: bool = Field(default=False, description="Recompute activations instead of storing them.")
    save_interval: Positive = Field(
        default=50, description="Optimizer steps between checkpoints; an interrupted run loses at most so many."
    )
    keep_checkpoints: Positive = Field(
        default=2, description="Newest checkpoints to keep per stage, in addition to the best one."
    )
    validation_records: Positive = Field(default=48, description="Maximum number of records for the validation loss.")
    tokenizer_records: Positive = Field(
        default=5_000, description="Maximum number of records for training the tiny model's tokenizer."
    )
    processes: Positive = Field(default=1, description="Trainer processes on this machine.")
    threads: Annotated[int, Field(ge=0)] = Field(
        default=0, description="CPU threads per process; 0: the cores divided by the processes."
    )

    @field_validator("curriculum", mode="before")
    @classmethod
    def _over_the_default(cls, value: Any) -> Any:
        """Lay the given stages over the default curriculum."""
        if not isinstance(value, dict):
            return value
        merged: dict[str, Any] = {name: stage.model_dump() for name, stage in _curriculum().items()}
        for name, stage in value.items():
            given = stage.model_dump() if isinstance(stage, StageParams) else stage
            merged[name] = {**merged.get(name, {}), **given} if isinstance(given, dict) else given
        return merged

    @model_validator(mode="after")
    def _known_stages(self) -> Self:
        unknown = [name for name in self.stages if name not in self.curriculum]
        if unknown:
            raise ValueError(f"stages: unknown {', '.join(unknown)}; the curriculum has {', '.join(self.curriculum)}")
        if len(set(self.stages)) != len(self.stages):
            raise ValueError("stages: a stage is listed twice")
        if self.batch_size % self.processes:
            raise ValueError(f"processes {self.processes} must divide batch_size {self.batch_size}")
        return self
