"""From raw rows to records: repair, leave out, redact, hash. What extract and ingest share.

A raw row names people. It lives in memory between the reader and this function, and what this function returns is the first
thing that touches a disk.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa

from attune import storage
from attune.config.params import RedactParams, Section
from attune.errors import RowError
from attune.records.record import REJECTED_SCHEMA, content_hash, empty_table, provenance, to_table
from attune.redaction.conversation_words import CRISIS, GOAL, mentions
from attune.redaction.raw_conversation import KNOWN_KINDS as KNOWN_KINDS
from attune.redaction.raw_conversation import RAW_SCHEMA as RAW_SCHEMA
from attune.redaction.raw_conversation import raw_rows
from attune.runtime.garbage_collector import collector_at_rest
from attune.runtime.step import Batch, Context, Stats
from attune.text.language import detect_language
from attune.text.markup import html_to_text
from attune.text.repair import repair

# These are stored without a word of their text: what may not be stored at all, and what nobody redacted.
_WITHHELD = frozenset({"health_information", "too_long"})


class PrepareParams(Section):
    """What the preparation of raw rows depends on."""

    redact: RedactParams
    made_by: str
    max_characters: int | None = None
    ner: str = ""  # fingerprint of the model folder that redact.ner names: another model makes every batch anew

    @classmethod
    def of(cls, redact: RedactParams, made_by: str, max_characters: int | None = None) -> PrepareParams:
        """Parameters with the fingerprint of the NER model, if ``redact.ner`` names a folder here."""
        ner = storage.fingerprint(redact.ner) if redact.ner and storage.exists(redact.ner) else ""
        return cls(redact=redact, made_by=made_by, max_characters=max_characters, ner=ner)


@dataclass
class _Conversation:
    row: dict[str, Any]
    messages: list[dict[str, str]]
    reason: str | None = None
    pii_status: str = "clean"
    review_reasons: Sequence[str] = ()
    rejected_response: str | None = None
    layers: Counter[str] = field(default_factory=Counter)


def prepare_batch(batch: pa.Table, params: PrepareParams, context: Context) -> Batch:
    """Raw rows (:data:`attune.redaction.raw_conversation.RAW_SCHEMA`) as records, redacted; the map function of extract and ingest.

    Rejects with the reasons ``health_information``, ``too_long``, ``empty_question`` and ``empty_answer``. The text of the
    first two is withheld.

    Raises:
        RowError: a row of the batch is broken; the engine finds it by bisection.
    """
    # Before any work is done: halving a batch around a broken row must cost next to nothing.
    if (problems := batch.column("problem").drop_null()).length():
        raise RowError(problems[0].as_py())
    with collector_at_rest():
        return _prepare(batch, params, context)


def _prepare(batch: pa.Table, params: PrepareParams, context: Context) -> Batch:
    rows = raw_rows(batch)
    conversations = [_read(row, params) for row in rows]
    stats = _redact([item for item in conversations if item.reason not in _WITHHELD], params, context)
    kept = [_record(item, params) for item in conversations if item.reason is None]
    left_out = [{**_record(item, params), "reason": item.reason} for item in conversations if item.reason is not None]
    return Batch(
        to_table(kept) if kept else empty_table(),
        to_table(left_out, REJECTED_SCHEMA) if left_out else empty_table(REJECTED_SCHEMA),
        {"redaction": stats, **_count(conversations, kept)},
    )


def to_moment(value: Any) -> datetime | None:
    """A moment in UTC from what a database gives; None when it is none. A moment without a zone counts as UTC."""
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value)
        except ValueError:
            return None
    if not isinstance(value, datetime):
        return None
    try:
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
    except OverflowError:
        return None


def tenth_of(score: float | None) -> str:
    """The tenth that an analytics score lies in, such as ``0.7`` for 0.7 up to 0.8; ``none`` where there is none."""
    return "none" if score is None else f"0.{min(9, int(score * 10 + 1e-9))}"


def encodable(value: str) -> bool:
    """Whether a text is Unicode that can be written: without the lone surrogates that stand for bytes that were no UTF-8."""
    if value.isascii():
        return True
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


def _read(row: dict[str, Any], params: PrepareParams) -> _Conversation:
    item = _Conversation(row, [])
    for message in row["messages"]:
        item.messages.append({"role": message["role"], "content": _clean(message["content"], item, bool(row["markup"]))})
    if row["rejected_response"] is not None:
        item.rejected_response = _clean(row["rejected_response"], item, bool(row["markup"]))
    item.reason = _left_out(item, params)
    return item


def _clean(text: str, item: _Conversation, markup: bool) -> str:
    repaired, layers = repair(text)
    if layers:
        item.layers["once" if layers == 1 else "twice"] += 1
    return html_to_text(repaired) if markup else repaired


def _left_out(item: _Conversation, params: PrepareParams) -> str | None:
    from attune.redaction.health import find_health

    contents = [message["content"] for message in item.messages]
    if params.max_characters is not None and sum(map(len, contents)) > params.max_characters:
        return "too_long"
    if not item.row["published"] and find_health(item.messages):
        return "health_information"
    for role, reason in (("user", "empty_question"), ("assistant", "empty_answer")):
        said = [message["content"] for message in item.messages if message["role"] == role]
        if said and not any(content.strip() for content in said):
            return reason
    return None


def _redact(items: Sequence[_Conversation], params: PrepareParams, context: Context) -> Stats:
    """Redact all conversations of a batch in place; returns what was found, as counts."""
    from attune.redaction import Known, redact_conversations

    given = []
    for item in items:
        messages = list(item.messages)
        if item.rejected_response is not None:  # the same people are named in it
            messages.append({"role": "assistant", "content": item.rejected_response})
        known = {
            kind: tuple([repair(value)[0] for value in values]) for kind, values in (item.row["known"] or {}).items() if values
        }
        given.append((item.row["record_id"], messages, Known(**known)))
    results, stats = redact_conversations(given, params.redact, context.seed)
    for item, result in zip(items, results, strict=True):
        redacted = [dict(message) for message in result.messages]
        if item.rejected_response is not None:
            item.rejected_response = redacted.pop()["content"]
        item.messages = redacted
        item.pii_status = result.pii_status
        item.review_reasons = result.review_reasons
    return dict(stats)


def _record(item: _Conversation, params: PrepareParams) -> dict[str, Any]:
    row = item.row
    withheld = item.reason in _WITHHELD
    messages = [] if withheld else item.messages
    said = [message["content"] for message in messages if message["role"] == "user"]
    tags = set(row["tags"] or ())
    words = "\n".join(said)  # at once: no expression reaches over the end of a line
    tags.update(name for name, pattern in (("crisis", CRISIS), ("goal_focus", GOAL)) if mentions(pattern, words))
    language = row["language"] or detect_language(" ".join(said) or " ".join(m["content"] for m in item.messages))
    return {
        "record_id": row["record_id"],
        "messages": messages,
        "rejected_response": None if withheld else item.rejected_response,
        "family": row["family"],
        "source": row["source"],
        "subject_id": row["subject_id"],
        "conversation_id": row["conversation_id"],
        "scenario": row["scenario"],
        "relationship_stage": row["relationship_stage"],
        "language": language,
        "created_at": row["created_at"],
        "signals": row["signals"],
        "tags": sorted(tags),
        "pii_status": item.pii_status,
        "review_reasons": list(item.review_reasons),
        "content_hash": content_hash(messages),
        "license": row["license"],
        "provenance": provenance(row["origin"], row["locator"], params.made_by),
    }


def _count(items: Sequence[_Conversation], kept: Sequence[Mapping[str, Any]]) -> Stats:
    families: dict[str, Counter[str]] = {}
    counts: Mapping[str, Counter[str]] = {
        name: Counter()
        for name in (
            "pii_status",
            "review_reasons",
            "repaired_texts",
            "repaired_records",
            "tags",
            "languages",
            "analytics_scores",
        )
    }
    for item in items:
        outcome = "kept" if item.reason is None else item.reason
        families.setdefault(item.row["family"], Counter())[outcome] += 1
        counts["repaired_texts"].update(item.layers)
        counts["repaired_records"]["records"] += bool(item.layers)
    for record in kept:
        counts["pii_status"][record["pii_status"]] += 1
        counts["languages"][record["language"]] += 1
        counts["tags"].update(record["tags"])
        counts["review_reasons"].update(record["review_reasons"])
        counts["analytics_scores"][tenth_of((record["signals"] or {}).get("analytics_score"))] += 1
    return {
        "families": {family: dict(sorted(counter.items())) for family, counter in sorted(families.items())},
        **{name: dict(sorted(counter.items())) for name, counter in counts.items()},
    }
