"""Fields of loaded rows by their names."""

from __future__ import annotations

import math
from collections.abc import Container, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

_LARGEST_BITS = 256  # of a number that is an id; Python refuses to write out one of thousands of digits


def field_of(fields: Mapping[str, Any], name: str | None) -> Any:
    """The value of a field; a dot in the name reaches into a nested one, unless a field has the whole name."""
    if name is None:
        return None
    value: Any = fields
    for part in [name] if name in fields else name.split("."):
        value = value.get(part) if isinstance(value, Mapping) else None
    return None if isinstance(value, float) and math.isnan(value) else value  # NaN is how numeric tables write a missing value


def has_field(found: Container[str], name: str) -> bool:
    """Whether there is a field of the name, or one that it reaches into."""
    return name in found or name.split(".")[0] in found


def key_of(value: Any) -> str:
    """An id or a name as text, the same from every format: 7 for 7, 7.0 and "7"; empty for what is neither."""
    if not isinstance(value, str | int | float | Decimal | date):
        return ""
    if isinstance(value, int) and value.bit_length() > _LARGEST_BITS:
        return ""
    if isinstance(value, float | Decimal) and math.isfinite(value) and value == int(value):
        value = int(value)
    return str(value).strip()
