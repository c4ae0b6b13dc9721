"""Every number that a run depends on, typed: ``params.yaml``, overlays and ``--set`` go through this one model.

A value that does not fit is refused before any work, with its key, the value and what is allowed.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Self, get_args, get_origin

import yaml
from pydantic import ValidationError, model_validator

from attune.config.compile import CompileParams as CompileParams
from attune.config.dedupe import DedupeParams as DedupeParams
from attune.config.evaluate import EvaluateParams as EvaluateParams
from attune.config.extract import ExtractParams as ExtractParams
from attune.config.ingest import IngestParams as IngestParams
from attune.config.inventory import InventoryParams as InventoryParams
from attune.config.llm import LlmParams as LlmParams
from attune.config.llm import ProviderParams as ProviderParams
from attune.config.redact import RedactParams as RedactParams
from attune.config.release import ReleaseParams as ReleaseParams
from attune.config.retention import RetentionParams as RetentionParams
from attune.config.rollout import RolloutParams as RolloutParams
from attune.config.rules import check_rules
from attune.config.run import RunParams as RunParams
from attune.config.score import ScoreParams as ScoreParams
from attune.config.section import Positive as Positive
from attune.config.section import Section as Section
from attune.config.section import Share as Share
from attune.config.test_sets import FreezeParams as FreezeParams
from attune.config.train import TrainParams as TrainParams
from attune.config.verify import VerifyParams as VerifyParams
from attune.config.yaml_file import load_yaml
from attune.errors import UsageError


class Params(Section):
    """All sections of ``params.yaml``."""

    run: RunParams = RunParams()
    redact: RedactParams = RedactParams()
    extract: ExtractParams = ExtractParams()
    ingest: IngestParams = IngestParams()
    inventory: InventoryParams = InventoryParams()
    score: ScoreParams = ScoreParams()
    llm: LlmParams = LlmParams()
    dedupe: DedupeParams = DedupeParams()
    compile: CompileParams = CompileParams()
    verify: VerifyParams = VerifyParams()
    freeze: FreezeParams = FreezeParams()
    train: TrainParams = TrainParams()
    evaluate: EvaluateParams = EvaluateParams()
    release: ReleaseParams = ReleaseParams()
    rollout: RolloutParams = RolloutParams()
    retention: RetentionParams = RetentionParams()

    @model_validator(mode="after")
    def _named_after_the_project(self) -> Self:
        """Name the dataset and the models after ``run.project`` where they have no name of their own."""
        names = (("compile", "name"), ("release", "project"))
        unnamed = [(section, key) for section, key in names if not getattr(getattr(self, section), key)]
        for section, key in unnamed:
            named = getattr(self, section).model_copy(update={key: self.run.project})
            object.__setattr__(self, section, named)  # sections are frozen once loaded
        return self


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
        params = Params.model_validate(merged)
    except ValidationError as error:
        lines: dict[str, list[str]] = {}
        for item in error.errors():
            origins = [origin for origin, values in layers if _holds(values, item["loc"])] or [layers[-1][0]]
            lines.setdefault(origins[-1], []).append(_describe(item))
        raise UsageError("; ".join(f"{origin}: {'; '.join(found)}" for origin, found in lines.items())) from None
    check_rules(params)
    return params


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
        values = load_yaml(file.read_text(encoding="utf-8"))
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
        value: Any = load_yaml(text)
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
        known = _known_keys(item["loc"][:-1])
        nearest = difflib.get_close_matches(str(item["loc"][-1]), known, n=1)
        guess = f", did you mean {'.'.join([*map(str, item['loc'][:-1]), *nearest])}?" if nearest else ""
        return f"{key}: no such key{guess or ';'} known here: {', '.join(known)}"
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
