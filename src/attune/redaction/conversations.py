"""Conversations as records: raw rows are repaired, filtered, redacted and hashed; for extract and ingest.

A raw row names people and exists in memory only; the records that ``prepare_batch`` returns are the first data on disk.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa

from attune import storage
from attune.config.params import RedactParams, Section
from attune.errors import RowError
from attune.records.record import CONTEXT_TURN, REJECTED_SCHEMA, content_hash, empty_table, provenance, to_table
from attune.redaction.conversation_words import CRISIS, GOAL, mentions
from attune.redaction.foreign_names import REDACTED_LANGUAGES
from attune.redaction.labels import keep_labels
from attune.redaction.raw_rows import raw_rows
from attune.runtime.resources import garbage_collection_paused
from attune.runtime.step import Batch, Context, Stats
from attune.text.language import UNDETERMINED, conversation_language, detect_language
from attune.text.markup import html_to_text
from attune.text.repair import repair

# Rejected without their text: it may not be stored at all, or it was not redacted.
_WITHHELD = frozenset({"health_information", "too_long"})
_LANGUAGE_COUNTS = ("records", "rejected", "held", "persons", "words")
_CLEAR_CHARACTERS = (
    40  # a shorter turn in Latin script is too often taken for a neighbouring language to hold a record by it alone
)
_BEYOND_LATIN = re.compile("[^\\W\\d_\0-\u024f\u1e00-\u1eff]")


class PrepareParams(Section):
    """Parameters of the preparation of raw rows."""

    redact: RedactParams
    made_by: str
    max_characters: int | None = None
    ner: str = ""  # fingerprint of the model folder that redact.ner names: another model makes every batch anew
    help_lines: str = ""  # the same for the file that redact.help_lines names

    @classmethod
    def of(cls, redact: RedactParams, made_by: str, max_characters: int | None = None) -> PrepareParams:
        """Parameters with the fingerprints of the NER model and the file of help lines, where these are here."""
        ner, help_lines = (
            storage.fingerprint(path) if path and storage.exists(path) else "" for path in (redact.ner, redact.help_lines)
        )
        return cls(redact=redact, made_by=made_by, max_characters=max_characters, ner=ner, help_lines=help_lines)


@dataclass
class _Conversation:
    row: dict[str, Any]
    messages: list[dict[str, str]]
    reason: str | None = None
    pii_status: str = "clean"
    review_reasons: Sequence[str] = ()
    language: str = UNDETERMINED
    rejected_response: str | None = None
    persons: int = 0  # how often a person was replaced, and of how many words
    words: int = 0
    layers: Counter[str] = field(default_factory=Counter)
    labels: dict[str, str | None] = field(default_factory=dict)
    withheld_labels: Sequence[str] = ()


def prepare_batch(batch: pa.Table, params: PrepareParams, context: Context) -> Batch:
    """Raw rows (:data:`attune.redaction.raw_rows.RAW_SCHEMA`) as redacted records; the map function of extract and ingest.

    Rejects with the reasons ``health_information``, ``too_long``, ``empty_question`` and ``empty_answer``. The text of the
    first two is withheld.

    Raises:
        RowError: a row of the batch is broken; the engine finds it by halving the batch.
    """
    # First of all: halving a batch around a broken row must cost next to nothing.
    if (problems := batch.column("problem").drop_null()).length():
        raise RowError(problems[0].as_py())
    with garbage_collection_paused():
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
    """A database value as a UTC timestamp; None when it is not a timestamp. Without a time zone it counts as UTC."""
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
    """The bin of an analytics score, 0.1 wide: ``0.7`` for 0.7 up to 0.8; ``none`` where there is no score."""
    return "none" if score is None else f"0.{min(9, int(score * 10 + 1e-9))}"


def encodable(value: str) -> bool:
    """Whether a text is Unicode that can be written: without lone surrogates, which stand for invalid UTF-8 bytes."""
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
    item.labels, item.withheld_labels = keep_labels(row, params.redact.labels)
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
    """Redact all conversations of a batch in place; returns counts of what was found."""
    from attune.redaction.redactor import redact_conversations
    from attune.redaction.types import Known

    given = []
    for item in items:
        messages = list(item.messages)
        if item.rejected_response is not None:  # it names the same people
            messages.append({"role": "assistant", "content": item.rejected_response})
        known = {
            kind: tuple([repair(value)[0] for value in values]) for kind, values in (item.row["known"] or {}).items() if values
        }
        given.append((item.row["record_id"], messages, Known(**known)))
    results, stats = redact_conversations(given, params.redact, context.seed)
    for item, result in zip(items, results, strict=True):
        item.persons = sum(finding.type == "PERSON" for finding in result.findings)
        item.words = sum(len(message["content"].split()) for message in result.messages)
        redacted = [dict(message) for message in result.messages]
        if item.rejected_response is not None:
            item.rejected_response = redacted.pop()["content"]
        item.messages = redacted
        item.pii_status = result.pii_status
        item.review_reasons = result.review_reasons
        item.language = _language(redacted)
        if _is_other_language(redacted, item.language) and "other_language" not in item.review_reasons:
            item.pii_status, item.review_reasons = "requires_review", sorted((*item.review_reasons, "other_language"))
    return dict(stats)


def _language(messages: Sequence[Mapping[str, str]]) -> str:
    """The language of the user, or of the whole conversation where the user's turns do not tell."""
    language = conversation_language([message["content"] for message in messages if message["role"] == "user"])
    return conversation_language([message["content"] for message in messages]) if language == UNDETERMINED else language


def _is_other_language(messages: Sequence[Mapping[str, str]], language: str) -> bool:
    """Whether a conversation, or a turn of it, is clearly in a language in which redaction cannot be relied on."""
    covered = REDACTED_LANGUAGES | {UNDETERMINED}
    clear = [
        message["content"]
        for message in messages
        if (message["role"] == "user" and len(message["content"]) >= _CLEAR_CHARACTERS)
        or (not message["content"].isascii() and _BEYOND_LATIN.search(message["content"]))
    ]
    return language not in covered or any(detect_language(turn) not in covered for turn in clear)


def _record(item: _Conversation, params: PrepareParams) -> dict[str, Any]:
    row = item.row
    withheld = item.reason in _WITHHELD
    messages = [] if withheld else item.messages
    said = [message["content"] for message in messages if message["role"] == "user"]
    tags = set(row["tags"] or ())
    words = "\n".join(said)  # at once: no expression reaches over the end of a line
    tags.update(name for name, pattern in (("crisis", CRISIS), ("goal_focus", GOAL)) if mentions(pattern, words))
    return {
        "record_id": row["record_id"],
        "messages": messages,
        "rejected_response": None if withheld else item.rejected_response,
        "family": row["family"],
        "source": row["source"],
        "subject_id": row["subject_id"],
        "conversation_id": row["conversation_id"],
        "scenario": item.labels["scenario"],
        "relationship_stage": item.labels["relationship_stage"],
        "language": item.labels["language"] or item.language,
        "created_at": row["created_at"],
        "signals": row["signals"],
        "tags": sorted(tags),
        "pii_status": item.pii_status,
        "review_reasons": list(item.review_reasons),
        "content_hash": content_hash(messages),
        "license": item.labels["license"],
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
            "withheld_labels",
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
        counts["withheld_labels"].update(item.withheld_labels)
    for record in kept:
        counts["pii_status"][record["pii_status"]] += 1
        counts["languages"][record["language"]] += 1
        counts["tags"].update({tag.split(":")[0] if tag.startswith(CONTEXT_TURN) else tag for tag in record["tags"]})
        counts["review_reasons"].update(record["review_reasons"])
        counts["analytics_scores"][tenth_of((record["signals"] or {}).get("analytics_score"))] += 1
    return {
        "by_language": _by_language(items),
        "families": {family: dict(sorted(counter.items())) for family, counter in sorted(families.items())},
        **{name: dict(sorted(counter.items())) for name, counter in counts.items()},
    }


def _by_language(items: Sequence[_Conversation]) -> dict[str, dict[str, int]]:
    """What became of the records of each language, and how many persons were replaced in how many words."""
    languages: dict[str, Counter[str]] = {}
    for item in items:
        if item.reason in _WITHHELD:
            continue
        counts = languages.setdefault(item.row["language"] or item.language, Counter())
        counts["records"] += 1
        counts["rejected"] += item.reason is not None
        counts["held"] += item.reason is None and item.pii_status == "requires_review"
        counts["persons"] += item.persons
        counts["words"] += item.words
    return {language: {name: counts[name] for name in _LANGUAGE_COUNTS} for language, counts in sorted(languages.items())}
