"""Answers of a model against the JSON Schema (draft 2020-12) of their prompt, and the schemas against strict mode."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from typing import Any

from jsonschema import Draft202012Validator, SchemaError
from jsonschema.exceptions import best_match

_FENCE = "```"
_MAX_RULE_CHARACTERS = 200


class InvalidAnswer(ValueError):  # noqa: N818  # it describes the answer
    """An answer is not JSON, or does not match the schema; the message names the place and contains nothing of the answer."""


def check_schema(schema: Any) -> None:
    """Refuse what is not a JSON Schema, or one that the strict mode of model endpoints refuses.

    Raises:
        ValueError: names the place in the schema and what is allowed there.
    """
    try:
        Draft202012Validator.check_schema(schema)
    except SchemaError as error:
        raise ValueError(f"output{error.json_path[1:]}: {error.message}") from None
    for place, inner in _schemas(schema, "output"):
        if not isinstance(inner, Mapping) or "type" not in inner:
            raise ValueError(f"{place}: needs a `type`")
        if inner["type"] == "array" and "items" not in inner:
            raise ValueError(f"{place}: an array needs `items`")
        strict = inner.get("additionalProperties") is False and "patternProperties" not in inner
        if inner["type"] == "object" and (not strict or set(inner.get("required", ())) != set(inner.get("properties", {}))):
            raise ValueError(f"{place}: needs `additionalProperties: false` and every property in `required` (strict mode)")


def _schemas(schema: Any, place: str) -> Iterator[tuple[str, Any]]:
    """A schema and those of its properties and items, each with its place."""
    yield place, schema
    if isinstance(schema, Mapping):
        for name, inner in schema.get("properties", {}).items():
            yield from _schemas(inner, f"{place}.{name}")
        if "items" in schema:
            yield from _schemas(schema["items"], f"{place}[]")


def parse(text: str, schema: Mapping[str, Any]) -> Any:
    """The JSON value in ``text``, which may stand in a Markdown code fence, checked against the schema.

    Raises:
        InvalidAnswer: it is not JSON, or does not match.
    """
    stripped = text.strip()
    if stripped.startswith(_FENCE) and stripped.endswith(_FENCE) and "\n" in stripped:
        stripped = stripped[stripped.index("\n") : -len(_FENCE)]
    try:
        value = json.loads(stripped, parse_constant=_finite, parse_float=_finite)
    except (ValueError, RecursionError):
        raise InvalidAnswer("is not JSON") from None
    validate(value, schema)
    return value


def validate(value: Any, schema: Mapping[str, Any]) -> None:
    """Raise InvalidAnswer where ``value`` does not match ``schema``."""
    error = best_match(Draft202012Validator(schema).iter_errors(value))
    if error is not None:  # its own message quotes the value
        rule = json.dumps(error.validator_value, ensure_ascii=False)[:_MAX_RULE_CHARACTERS]
        raise InvalidAnswer(f"answer{error.json_path[1:]} does not match {error.validator}: {rule}")


def _finite(text: str) -> float:
    """A number of JSON, which has neither Python's NaN and Infinity nor floats beyond 64 bits."""
    if not math.isfinite(value := float(text)):
        raise ValueError("not a finite number")
    return value
