"""Checks JSON against the part of JSON Schema that prompts use; what is beyond it is refused when the prompt is read."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from typing import Any

_KEYWORDS: dict[str, frozenset[str]] = {
    "object": frozenset({"properties", "required", "additionalProperties"}),
    "array": frozenset({"items", "minItems", "maxItems"}),
    "string": frozenset({"enum", "minLength", "maxLength"}),
    "integer": frozenset({"minimum", "maximum"}),
    "number": frozenset({"minimum", "maximum"}),
    "boolean": frozenset(),
}
_ALWAYS = frozenset({"type", "description"})
_BOUNDS: dict[str, tuple[tuple[type, ...], str]] = {
    "minimum": ((int, float), "number"),
    "maximum": ((int, float), "number"),
    **dict.fromkeys(("minItems", "maxItems", "minLength", "maxLength"), ((int,), "whole number")),
    "enum": ((list, tuple), "list"),
    "properties": ((Mapping,), "mapping"),
    "required": ((list, tuple), "list"),
}
_FENCE = "```"


class InvalidAnswer(ValueError):  # noqa: N818  # it is what an answer is, more than an error
    """An answer is no JSON, or not of the schema; the message names the place and holds nothing of the answer."""


def check_schema(schema: Any, place: str = "output") -> None:
    """Refuse a schema that :func:`validate` could not hold an answer against.

    Raises:
        ValueError: with the place and what is allowed there.
    """
    if not isinstance(schema, Mapping) or schema.get("type") not in _KEYWORDS:
        raise ValueError(f"{place}: needs a `type`, one of {', '.join(_KEYWORDS)}")
    kind = schema["type"]
    unknown = set(schema) - _KEYWORDS[kind] - _ALWAYS
    if unknown:
        allowed = ", ".join(sorted(_KEYWORDS[kind] | _ALWAYS))
        raise ValueError(f"{place}: {', '.join(sorted(unknown))} cannot be checked for {kind}; there are {allowed}")
    for name in sorted(set(schema) & set(_BOUNDS)):
        kinds, wanted = _BOUNDS[name]
        if isinstance(schema[name], bool) or not isinstance(schema[name], kinds):
            raise ValueError(f"{place}: {name} = {schema[name]!r} is no {wanted}")  # noqa: TRY004 - what a file says, no argument
    if kind == "array":
        check_schema(schema.get("items"), f"{place}[]")
    if kind == "object":
        properties = schema.get("properties", {})
        if schema.get("additionalProperties") is not False or set(schema.get("required", ())) != set(properties):
            raise ValueError(f"{place}: needs `additionalProperties: false` and every property in `required` (strict mode)")
        for name, inner in properties.items():
            check_schema(inner, f"{place}.{name}")


def parse(text: str, schema: Mapping[str, Any]) -> Any:
    """The JSON value in ``text``, which is of the schema; a fence of Markdown around it is taken off.

    Raises:
        InvalidAnswer: it is not.
    """
    stripped = text.strip()
    if stripped.startswith(_FENCE) and stripped.endswith(_FENCE) and "\n" in stripped:
        stripped = stripped[stripped.index("\n") : -len(_FENCE)]
    try:
        value = json.loads(stripped, parse_constant=_no_constant)
    except (ValueError, RecursionError):
        raise InvalidAnswer("is no JSON") from None
    validate(value, schema)
    return value


def validate(value: Any, schema: Mapping[str, Any], place: str = "answer") -> None:
    """Raise InvalidAnswer where ``value`` is not of ``schema``."""
    kind = schema["type"]
    if not _is_of(value, kind):
        raise InvalidAnswer(f"{place} is no {kind}")
    if kind == "object":
        properties: Mapping[str, Any] = schema.get("properties", {})
        if set(value) != set(properties):
            raise InvalidAnswer(f"{place} has not the properties {', '.join(properties)}")
        for name, inner in properties.items():
            validate(value[name], inner, f"{place}.{name}")
    elif kind == "array":
        _within(len(value), schema.get("minItems"), schema.get("maxItems"), place)
        for item in value:
            validate(item, schema["items"], f"{place}[]")
    elif kind == "string":
        _within(len(value), schema.get("minLength"), schema.get("maxLength"), place)
        if "enum" in schema and value not in schema["enum"]:
            raise InvalidAnswer(f"{place} is none of {', '.join(schema['enum'])}")
    elif kind in ("integer", "number"):
        _within(value, schema.get("minimum"), schema.get("maximum"), place)


def _is_of(value: Any, kind: str) -> bool:
    if kind in ("integer", "number"):
        whole = isinstance(value, int) or (isinstance(value, float) and value.is_integer())
        real = isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
        return real and (kind == "number" or whole)
    kinds: dict[str, type | tuple[type, ...]] = {"object": Mapping, "array": Sequence, "string": str, "boolean": bool}
    return isinstance(value, kinds[kind]) and not (kind == "array" and isinstance(value, str))


def _within(value: float, least: float | None, most: float | None, place: str) -> None:
    if (least is not None and value < least) or (most is not None and value > most):
        raise InvalidAnswer(f"{place} is not within {least} and {most}")


def _no_constant(name: str) -> Any:
    raise ValueError(name)  # NaN and Infinity are Python's, not JSON's
