"""Rules across the sections of ``params.yaml``: values of two steps that must fit each other are checked before any work."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from attune.errors import UsageError

if TYPE_CHECKING:
    from attune.config.params import Params

# Compile keeps apart what verify would call leakage: each of its limits is at most that of verify.
_AT_MOST = (
    ("compile.group_threshold", "verify.near_duplicate_threshold"),
    ("compile.min_words", "verify.min_words"),
    ("compile.part_share", "verify.part_share"),
    ("compile.part_words", "verify.part_words"),
    ("compile.hidden_share", "verify.hidden_share"),
    ("compile.hidden_words", "verify.hidden_words"),
    ("evaluate.context_length", "train.context_length"),  # a model is not scored on more than it was trained on
)
_EQUAL = (("compile.shingle_words", "verify.shingle_words"),)


def check_rules(params: Params) -> None:
    """Check what must hold between sections.

    Raises:
        UsageError: two values do not fit; names both keys, both values and what is allowed, for every such pair.
    """
    if broken := list(_broken(params)):
        raise UsageError("; ".join(broken))


def _broken(params: Params) -> Iterator[str]:
    for key, other in _AT_MOST:
        value, limit = _value(params, key), _value(params, other)
        if value > limit:
            yield f"{key} = {value:g} and {other} = {limit:g}: {key} must be at most {other}"
    for key, other in _EQUAL:
        value, limit = _value(params, key), _value(params, other)
        if value != limit:
            yield f"{key} = {value:g} and {other} = {limit:g}: both must be equal"


def _value(params: Params, key: str) -> float:
    section, _, name = key.partition(".")
    value: float = getattr(getattr(params, section), name)
    return value
