"""Redacts many conversations and measures how well: counts by type and tier, canaries, an independent second look."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from attune.config.params import RedactParams
from attune.redaction import canaries, rescan
from attune.redaction.redactor import count_findings, redactor_of
from attune.redaction.types import Known, Result
from attune.runtime.step import Stats


def redact_conversations(
    conversations: Sequence[tuple[str, list[dict[str, str]], Known]], params: RedactParams, seed: int
) -> tuple[list[Result], Stats]:
    """Redact ``(record_id, messages, known)`` triples.

    What is sampled for canaries and for the second look follows from the record's id and the seed: batches may be cut anywhere.

    Returns:
        One result a conversation, in order, and statistics that can be summed over batches: ``records``, ``statuses``
        (status -> records), ``found`` (type -> tier -> count), ``canaries`` (``planted``, ``found``, ``survived``: "type/style"
        -> count), ``rescan`` (``records`` read and ``disagreements``: kind -> records), ``review`` (reason -> records),
        ``recognizers`` (what was on -> records).
    """
    redactor = redactor_of(params, seed)
    results: list[Result] = []
    rescanned, disagreements, reasons = 0, Counter[str](), Counter[str]()
    redacted = redactor.redact_many([(messages, known) for _, messages, known in conversations])
    for (record_id, _, _), result in zip(conversations, redacted, strict=True):
        if rescan.sampled(record_id, params.rescan_rate, seed):
            rescanned += 1
            left = rescan.kinds_left(result.messages)
            disagreements.update(left)
            if left:
                marks = tuple(f"rescan_{kind.lower()}" for kind in left)
                result = replace(result, pii_status="requires_review", review_reasons=(*result.review_reasons, *marks))
        reasons.update(result.review_reasons)
        results.append(result)
    stats: Stats = {
        "records": len(results),
        "statuses": dict(sorted(Counter(result.pii_status for result in results).items())),
        "found": count_findings(results),
        "canaries": canaries.plant(conversations, params, redactor, seed),
        "rescan": {"records": rescanned, "disagreements": dict(sorted(disagreements.items()))},
        "review": dict(sorted(reasons.items())),
        "recognizers": dict.fromkeys(_recognizers(params), len(results)),
    }
    return results, stats


def _recognizers(params: RedactParams) -> list[str]:
    """What looked for names and identifiers, for the record of a run."""
    model = ["name_model"] if params.names == "model" else []
    return ["known", "patterns", "cues_and_lists", *model, *([f"ner_{params.ner_kind}"] if params.ner else [])]
