"""Parameters of ``train``."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import Field, field_validator, model_validator

from attune.config.section import Positive, Section, Share
from attune.config.vocabulary import CATEGORIES


class TinyParams(Section):
    """The small Llama and its tokenizer that are made on the spot when no base model is named."""

    vocabulary: Annotated[int, Field(ge=300, le=65_536)] = Field(
        default=2_000, description="Entries of its byte-level BPE tokenizer."
    )
    hidden: Annotated[int, Field(ge=16, multiple_of=16)] = Field(default=128, description="Width of the model.")
    layers: Positive = 3
    heads: Positive = Field(default=4, description="Attention heads; must divide hidden.")
    steps: Positive = Field(default=300, description="Optimizer steps of its first pretraining.")
    learning_rate: Annotated[float, Field(gt=0)] = 6e-3

    @model_validator(mode="after")
    def _heads_divide(self) -> Self:
        if self.hidden % (2 * self.heads):
            raise ValueError(f"heads {self.heads} must divide hidden {self.hidden} into parts of even width")
        return self


class LoraParams(Section):
    """The adapter that the stages after continued pretraining train (Hu et al. 2021)."""

    rank: Positive = 16
    alpha: Positive = Field(default=32, description="Scale of the adapter: alpha / rank.")
    dropout: Annotated[float, Field(ge=0, lt=1)] = 0.05
    targets: tuple[str, ...] = Field(
        default=("q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"),
        min_length=1,
        description="Names of the linear layers that get an adapter.",
    )


class PreferenceParams(Section):
    """How preference pairs are used (phase C)."""

    method: Literal["orpo", "simpo", "dpo", "kto"] = "orpo"
    beta: Annotated[float, Field(gt=0)] = Field(default=0.1, description="Weight of the odds ratio (ORPO) or of the log-ratio.")
    simpo_margin: Annotated[float, Field(ge=0)] = Field(default=0.5, description="Target reward margin of SimPO.")


class StageParams(Section):
    """One stage of the curriculum: what it learns from, and how.

    A record is taken when its family is in ``families`` or one of its tags in ``tags`` (both empty: every family), and its
    category is in ``categories`` (empty: every category).
    """

    phase: Literal["pretraining", "sft", "preference"] = "sft"
    families: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    steps: Positive = Field(default=50, description="Optimizer steps.")
    learning_rate: Annotated[float, Field(gt=0)] = 3e-4
    weights: Literal["full", "lora"] = Field(default="lora", description="Train every weight, or an adapter.")

    @model_validator(mode="after")
    def _known_categories(self) -> Self:
        unknown = sorted(set(self.categories) - set(CATEGORIES))
        if unknown:
            raise ValueError(f"{', '.join(unknown)}: no such category; known: {', '.join(CATEGORIES)}")
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
    """The curriculum and how its stages are trained (E1 to E3)."""

    base_model: str | None = Field(
        default=None, description="Hugging Face folder or cached hub name; null: a tiny Llama is made from the train split."
    )
    tiny: TinyParams = TinyParams()
    stages: tuple[str, ...] = Field(
        default=("continued_pretraining", "foundation", "therapeutic_expertise"),
        min_length=1,
        description="Stages of the curriculum to train, in this order.",
    )
    curriculum: dict[str, StageParams] = Field(default_factory=_curriculum, description="Every stage by its name.")
    lora: LoraParams = LoraParams()
    preference: PreferenceParams = PreferenceParams()
    context_length: Annotated[int, Field(ge=32)] = Field(
        default=256, description="Tokens that the model sees at once; 4096 to 8192 for a real base model."
    )
    batch_size: Positive = Field(default=4, description="Sequences of one optimizer step, over all processes.")
    micro_batch_size: Positive = Field(default=8, description="Sequences that go through the model together.")
    warmup_share: Share = Field(default=0.1, description="Share of a stage's steps over which its learning rate rises.")
    weight_decay: Annotated[float, Field(ge=0)] = 0.01
    max_gradient_norm: Annotated[float, Field(gt=0)] = 1.0
    packing: bool = Field(default=False, description="Fill a sequence with several short conversations, kept apart by a mask.")
    bf16: bool = Field(default=True, description="Compute in bfloat16 where the device is a GPU that has it.")
    gradient_checkpointing: bool = Field(default=False, description="Compute activations again instead of keeping them.")
    save_interval: Positive = Field(default=50, description="Steps between checkpoints: what a kill can cost at most.")
    keep_checkpoints: Positive = Field(default=2, description="Newest checkpoints kept of each stage, beside the best one.")
    validation_records: Positive = Field(default=48, description="Records that the validation loss is measured on, at most.")
    tokenizer_records: Positive = Field(default=5_000, description="Records that the tiny model's tokenizer is made from.")
    processes: Positive = Field(default=1, description="Trainer processes that torchrun starts on this machine.")
    threads: Annotated[int, Field(ge=0)] = Field(default=0, description="CPU threads of each process; 0: the cores shared out.")

    @field_validator("curriculum", mode="before")
    @classmethod
    def _over_the_default(cls, value: Any) -> Any:
        """What is said of one stage changes that stage; the others stay as they are."""
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
            raise ValueError(f"stages names {', '.join(unknown)}; the curriculum has {', '.join(self.curriculum)}")
        if len(set(self.stages)) != len(self.stages):
            raise ValueError("stages names a stage twice")
        if self.batch_size % self.processes:
            raise ValueError(f"processes {self.processes} must divide batch_size {self.batch_size}")
        return self
