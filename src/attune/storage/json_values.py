"""JSON from files that others may have written: read strictly, so that two readers never see two different values."""

from __future__ import annotations

import json
from typing import Any


def parse_json(content: bytes) -> Any:
    """The value of a JSON document in UTF-8.

    Raises:
        ValueError: it is not JSON in UTF-8, is nested too deeply, or gives a key of an object twice.
    """
    try:
        return json.loads(content.decode("utf-8"), object_pairs_hook=_object)
    except RecursionError:
        raise ValueError("is nested too deeply") from None


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key is given twice")
    return found
