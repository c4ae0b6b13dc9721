"""Redaction: names, contact data and identifiers of a conversation become placeholders, in memory, by offset."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from attune.redaction.redactor import Redactor, redact_conversations
    from attune.redaction.types import Finding, Known, Result

__all__ = ["Finding", "Known", "Redactor", "Result", "redact_conversations"]


def __getattr__(name: str) -> Any:
    """Import a public name when it is asked for: the vocabulary of placeholders alone costs no word lists and patterns."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module = "redactor" if name in ("Redactor", "redact_conversations") else "types"
    return getattr(importlib.import_module(f"{__name__}.{module}"), name)
