"""Redaction: names, contact data and identifiers of a conversation become placeholders, in memory, by offset."""

from attune.redaction.redactor import Redactor, redact_conversations
from attune.redaction.types import Finding, Known, Result

__all__ = ["Finding", "Known", "Redactor", "Result", "redact_conversations"]
