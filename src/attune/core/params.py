"""Every number that a run depends on, typed: ``params.yaml``, overlays and ``--set`` go through this one model.

A value that does not fit is refused before any work, with its key, the value and what is allowed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal, Self, get_args, get_origin

import yaml
from pydantic import AwareDatetime, Field, ValidationError, model_validator

from attune.core.errors import UsageError
from attune.core.model_params import EvaluateParams as EvaluateParams
from attune.core.model_params import ReleaseParams as ReleaseParams
from attune.core.model_params import TrainParams as TrainParams
from attune.core.records import CATEGORIES, QUALITY_PARTS
from attune.core.section import Positive as Positive
from attune.core.section import Section as Section
from attune.core.section import Share as Share

_PRODUCT_FAMILY = "product"


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


class ScoreParams(Section):
    """Quality score (B3) and filters (B4)."""

    threshold: Annotated[float, Field(ge=0, le=10)] = 7.0
    review_threshold: Annotated[float, Field(ge=0, le=10)] = Field(
        default=5.0, description="Between this and the threshold a record is flagged for review."
    )
    coherence_threshold: Share = 0.8
    empathy_threshold: Share = 0.7
    min_response_characters: Positive = 20
    engaged_response_characters: Positive = 50
    engaged_turns: Positive = 3
    high_satisfaction: Annotated[float, Field(ge=0, le=10)] = 8.0
    underrepresented_share: Share = Field(default=0.05, description="A scenario with a smaller share is under-represented.")
    coaching_families: tuple[str, ...] = Field(
        default=(_PRODUCT_FAMILY, "long_running_therapy"),
        description="Families in which a coach who never asks anything back is left out (no_question); check-ins are not.",
    )
    not_expected: dict[str, tuple[str, ...]] = Field(
        default={"safety_guardrails": ("empathy",), "sarcasm": ("empathy",)},
        description="Parts of the score that a family without product signals is not there for.",
    )
    statistics_records: Positive = Field(default=50_000, description="Records whose words are counted before scoring, at most.")
    rare_word_share: Share = Field(default=0.005, description="A word that so small a share of records uses is rare.")
    unique_context_share: Share = Field(
        default=0.1, description="Share of a user's content words that must be rare for the part unique_context."
    )
    max_age_days: Positive = Field(default=730, description="Older records need a score over the threshold.")
    generic_phrases: tuple[str, ...] = (
        "i understand",
        "i see",
        "that's great",
        "thank you for sharing",
        "i'm here to help",
        "as an ai language model",
        "let me know if you need anything else",
        "that you reached out",
        "how you feel",
        "with me",
        "i cannot give relationship advice",
        "entiendo",
        "ya veo",
        "qué bien",
        "gracias por compartir",
        "gracias por contarme",
        "estoy aquí para ayudarte",
        "avísame si necesitas algo más",
        "ich verstehe",
        "das ist toll",
        "danke fürs teilen",
        "danke für deine offenheit",
        "ich bin für dich da",
        "sag bescheid, wenn du noch etwas brauchst",
    )

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.review_threshold > self.threshold:
            raise ValueError(f"review_threshold {self.review_threshold} must not be over threshold {self.threshold}")
        unknown = {part for parts in self.not_expected.values() for part in parts} - set(QUALITY_PARTS)
        if unknown:
            raise ValueError(f"not_expected names {', '.join(sorted(unknown))}; the parts are {', '.join(QUALITY_PARTS)}")
        return self


class DedupeParams(Section):
    """Exact and near duplicates (B5)."""

    threshold: Annotated[float, Field(gt=0, le=1)] = Field(default=0.85, description="Jaccard similarity of word 3-grams.")
    keep: Literal["keep_first", "keep_longest", "keep_best_quality"] = "keep_best_quality"
    shingle_words: Positive = 3
    permutations: Positive = 128
    bands: Positive = 16
    min_words: Positive = Field(default=8, description="Shorter texts are compared by exact hash only.")

    @model_validator(mode="after")
    def _bands_divide(self) -> Self:
        if self.permutations % self.bands:
            raise ValueError(f"bands {self.bands} must divide permutations {self.permutations}")
        return self


class CompileParams(Section):
    """Splits, shards and the export of a dataset version (D2)."""

    name: str = Field(default="attune-sample", description="Name of the dataset, as in its card.")
    version: Positive = Field(default=1, description="The number in v1_YYYYMMDD.")
    train_share: Share = 0.90
    validation_share: Share = 0.05
    test_share: Share = 0.05
    near_duplicate_threshold: Annotated[float, Field(gt=0, le=1)] = Field(
        default=0.95, description="Of records at least so similar, across all families, only the best is kept."
    )
    group_threshold: Annotated[float, Field(gt=0, le=1)] = Field(
        default=0.80, description="Records at least so similar never stand in two splits; keep it under verify's threshold."
    )
    shingle_words: Positive = Field(default=3, description="Words of the n-grams that similarity counts.")
    permutations: Positive = 125
    bands: Positive = Field(default=25, description="More bands than dedupe's: a pair that it missed must not cross a split.")
    min_words: Positive = Field(default=8, description="Shorter texts are compared by exact hash only.")
    holdout_families: dict[str, Share] = Field(
        default={"long_running_therapy": 1.0, "edge_case_crisis": 1.0, "sarcasm": 1.0, "voice_persona": 0.2},
        description="Share of each family's groups that only the test split may hold.",
    )
    category_mix: dict[str, Share] = Field(
        default={
            "instruction_following": 0.40,
            "contextual_understanding": 0.25,
            "empathetic_dialogue": 0.20,
            "personalization": 0.10,
            "safety_ethics": 0.05,
        },
        description="Target share of each category (B7).",
    )
    max_synthetic_share: Share = 0.30

    @model_validator(mode="after")
    def _shares_sum(self) -> Self:
        if self.permutations % self.bands:
            raise ValueError(f"bands {self.bands} must divide permutations {self.permutations}")
        if self.group_threshold > self.near_duplicate_threshold:
            raise ValueError(
                f"group_threshold {self.group_threshold:g} must not be over near_duplicate_threshold "
                f"{self.near_duplicate_threshold:g}"
            )
        total = self.train_share + self.validation_share + self.test_share
        if abs(total - 1) > 1e-9:
            raise ValueError(f"train_share + validation_share + test_share is {total:g}, it must be 1")
        if set(self.category_mix) != set(CATEGORIES):
            raise ValueError(f"category_mix must name exactly {', '.join(CATEGORIES)}")
        if abs(sum(self.category_mix.values()) - 1) > 1e-9:
            raise ValueError(f"the shares of category_mix sum to {sum(self.category_mix.values()):g}, they must sum to 1")
        return self


class VerifyParams(Section):
    """What the eight gates (D3) allow."""

    required_families: dict[str, Positive] = Field(
        default={_PRODUCT_FAMILY: 100}, description="Families that must be present, with their least number of records."
    )
    split_tolerance: Share = Field(default=0.03, description="How far a split's share may be from its target.")
    category_tolerance: Share = Field(default=0.5, description="How far a category's share may be from its target.")
    near_duplicate_threshold: Annotated[float, Field(gt=0, le=1)] = Field(
        default=0.85, description="Records of two splits must be less similar than this."
    )
    shingle_words: Positive = Field(default=3, description="Words of the n-grams that similarity counts.")
    min_words: Positive = Field(default=8, description="Shorter texts are compared by exact hash only.")
    canary_markers: tuple[str, ...] = Field(
        default=(r"canary[-_][0-9a-z]+",), description="Regular expressions that no text may match, in any case of letters."
    )


class RolloutParams(Section):
    """How a promoted model is brought to users, and when it goes back (G2, G3).

    The clock of the local adapter is compressed: ``requests_per_day`` requests count as one day.
    """

    stages: tuple[Annotated[float, Field(gt=0, le=1)], ...] = Field(
        default=(0.10, 0.25, 0.50, 1.0), description="Shares of the users that the candidate gets, ascending to 1."
    )
    stage_days: Annotated[float, Field(ge=0)] = Field(default=3, description="Least days in a stage.")
    max_stage_days: Annotated[float, Field(gt=0)] = Field(default=30, description="A stage not clear by then goes back.")
    requests_per_day: Positive = Field(default=20, description="Requests that count as one day on the compressed clock.")
    requests_per_check: Positive = Field(default=10, description="Requests between two looks at the evidence.")
    min_sample: Annotated[int, Field(ge=5)] = Field(default=20, description="Least rated requests of each model in a stage.")
    max_satisfaction_drop: Annotated[float, Field(gt=0, le=4)] = Field(
        default=0.5, description="Rating points that the candidate may be below the control."
    )
    max_error_rise: Share = Field(default=0.05, description="How far the error rate may be over the control's.")
    confidence: Annotated[float, Field(ge=0.8, lt=1)] = Field(
        default=0.95, description="Probability with which each bound of the compared intervals holds at all looks of a stage."
    )
    users: Positive = Field(default=1_000, description="Simulated users.")
    concurrency: Annotated[int, Field(gt=0, le=64)] = Field(default=4, description="Requests under way at the same time.")
    max_tokens: Positive = Field(default=24, description="Longest reply, in tokens.")
    prompts: str | None = Field(
        default=None, description="Held-out prompts: a line each, or JSONL with prompt or messages; null: the built-in ones."
    )
    request_timeout_seconds: Annotated[float, Field(gt=0)] = 60.0
    server_start_seconds: Annotated[float, Field(gt=0)] = Field(default=180.0, description="Longest wait for a model server.")
    server_threads: Positive = Field(default=1, description="CPU threads of each model server.")
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


class Params(Section):
    """All sections of ``params.yaml``."""

    run: RunParams = RunParams()
    redact: RedactParams = RedactParams()
    extract: ExtractParams = ExtractParams()
    ingest: IngestParams = IngestParams()
    score: ScoreParams = ScoreParams()
    dedupe: DedupeParams = DedupeParams()
    compile: CompileParams = CompileParams()
    verify: VerifyParams = VerifyParams()
    train: TrainParams = TrainParams()
    evaluate: EvaluateParams = EvaluateParams()
    release: ReleaseParams = ReleaseParams()
    rollout: RolloutParams = RolloutParams()


def load_params(files: Sequence[Path] = (), overrides: Sequence[str] = ()) -> Params:
    """Read parameter files, later ones laid over earlier ones, then ``key=value`` overrides.

    Args:
        files: YAML files; the first is usually ``params.yaml``.
        overrides: such as ``dedupe.threshold=0.9``; values are YAML.

    Raises:
        UsageError: a file is missing or no YAML, a key is unknown, or a value is not allowed.
    """
    layers = [(str(file), _read_yaml(file)) for file in files]
    layers += [("--set", _parse_override(override)) for override in overrides]
    return _validate(layers)


def validate_params(values: Mapping[str, Any], origin: str = "params") -> Params:
    """Params from plain values. Raises UsageError naming each bad key, its value and what is allowed."""
    return _validate([(origin, values)])


def _validate(layers: Sequence[tuple[str, Mapping[str, Any]]]) -> Params:
    """Params from layers of values, later ones over earlier ones; an error names the layer that its value came from."""
    merged: dict[str, Any] = {}
    for _, values in layers:
        merged = _overlay(merged, values)
    try:
        return Params.model_validate(merged)
    except ValidationError as error:
        lines: dict[str, list[str]] = {}
        for item in error.errors():
            origins = [origin for origin, values in layers if _holds(values, item["loc"])] or [layers[-1][0]]
            lines.setdefault(origins[-1], []).append(_describe(item))
        raise UsageError("; ".join(f"{origin}: {'; '.join(found)}" for origin, found in lines.items())) from None


def _holds(values: object, path: Sequence[Any]) -> bool:
    """Whether ``values`` says something at ``path``; a list or plain value on the way says everything below it."""
    for part in path:
        if not isinstance(values, Mapping):
            return True
        if part not in values:
            return False
        values = values[part]
    return True


def _read_yaml(file: Path) -> dict[str, Any]:
    try:
        values = yaml.safe_load(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise UsageError(f"{file}: no such parameter file; give an existing one with --params") from None
    except OSError as error:
        raise UsageError(f"{file}: cannot be read ({error.strerror})") from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise UsageError(f"{file}: is not valid YAML ({' '.join(str(error).split())})") from None
    if values is None:
        return {}
    if not isinstance(values, dict):
        raise UsageError(f"{file}: must hold sections such as `dedupe:`, found a {type(values).__name__}")
    return values


def _parse_override(override: str) -> dict[str, Any]:
    key, separator, text = override.partition("=")
    if not separator or not key.strip():
        raise UsageError(f"--set {override}: must look like dedupe.threshold=0.9")
    try:
        value: Any = yaml.safe_load(text)
    except yaml.YAMLError:
        raise UsageError(f"--set {override}: the value is not valid YAML") from None
    for part in reversed(key.strip().split(".")):
        value = {part: value}
    return dict(value)


def _overlay(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    merged = dict(below)
    for key, value in above.items():
        both = isinstance(value, Mapping) and isinstance(merged.get(key), Mapping)
        merged[key] = _overlay(merged[key], value) if both else value
    return merged


def _describe(item: Any) -> str:
    key = ".".join(str(part) for part in item["loc"])
    message = item["msg"].removeprefix("Value error, ")
    if item["type"] == "extra_forbidden":
        known = ", ".join(_known_keys(item["loc"][:-1]))
        return f"{key}: no such key; known here: {known}"
    if item["type"] == "value_error":
        return f"{key}: {message}"
    return f"{key} = {item['input']!r}: {message[0].lower()}{message[1:]}"


def _known_keys(path: Sequence[Any]) -> list[str]:
    model: Any = Params
    for part in path:
        if get_origin(model) is dict:  # sections by name, such as the stages of the curriculum
            model = get_args(model)[1]
            continue
        field = getattr(model, "model_fields", {}).get(part)
        if field is None:
            return []
        model = field.annotation
    return list(getattr(model, "model_fields", {}))
