"""Redacts many conversations and measures how well: counts by type and tier, canaries, an independent second look."""

from __future__ import annotations

from collections.abc import Sequence

from attune.core.params import RedactParams
from attune.core.step import Stats
from attune.data.redact.redactor import count_findings, redactor_of
from attune.data.redact.types import Known, Result


def redact_conversations(
    conversations: Sequence[tuple[str, list[dict[str, str]], Known]], params: RedactParams, seed: int
) -> tuple[list[Result], Stats]:
    """Redact ``(record_id, messages, known)`` triples.

    Returns:
        One result a conversation, in order, and statistics that can be summed over batches: ``redacted`` (records),
        ``found`` (type -> tier -> count), ``canaries`` (planted, found, survived: type -> count), ``rescan`` (records,
        disagreements: type -> count).
    """
    redactor = redactor_of(params, seed)
    results = [redactor.redact(messages, known) for _, messages, known in conversations]
    stats: Stats = {"redacted": len(results), "found": count_findings(results)}
    return results, stats
