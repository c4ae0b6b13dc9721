"""Redaction: names, contact data and identifiers of a conversation become placeholders, in memory, by offset."""

from attune.data.redact.batch import redact_conversations
from attune.data.redact.redactor import Redactor
from attune.data.redact.types import Finding, Known, Result

__all__ = ["Finding", "Known", "Redactor", "Result", "redact_conversations"]
