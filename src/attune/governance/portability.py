"""Exports a person's data: JSON for software and an explanation for the person (GDPR, article 20)."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from attune import storage
from attune.errors import RunError, UsageError
from attune.governance import contents
from attune.governance.data_locations import DatasetFound, LocationInventory, SetFound
from attune.governance.person import KIND, PersonIdentifiers, columns_of, find_identifiers, rows_of
from attune.governance.trace import trace_subject
from attune.records.shards import json_bytes

FORMAT = "attune-subject-export"
MANIFEST = "manifest.json"
RECORDS = "conversations.json"
HELD = "where-it-is.json"
NOTES = "notes.json"
README = "README.txt"
_EARLIEST = (1980, 1, 1, 0, 0, 0)  # what a zip can say
_KEPT = (
    "record_id", "conversation_id", "subject_id", "content_hash", "provenance", "messages", "rejected_response", "created_at",
    "family", "category", "source", "scenario", "relationship_stage", "complexity", "language", "signals", "tags", "pii_status",
    "review_reasons", "quality_score", "quality_parts", "license", "reason", "error",
)  # fmt: skip
_README = """\
What we keep of you
===================

Made on {day}. It holds everything that this system keeps of the conversations of one person: yours.

{conversations} conversations are in {records}. Names, addresses, telephone numbers and the like were replaced by words
in brackets, such as [User], before anything was stored; this system does not know the originals. "messages" is what was
said: "user" is you, "assistant" is the product.

What the other fields mean:
  created_at          when the newest message was written
  signals             what you said of the conversation: satisfaction from 0 to 10, whether it helped, and so on
  quality_score       how good an example the conversation is, from 0 to 10, and quality_parts what that is made of
  tags, category      what the conversation is about, as far as it was sorted
  kept_in             which steps of the work hold it, and whether it was kept or left out, and why
  subject_id          a random-looking name that stands for you here

{held} says which data sets hold your conversations and which models learned from them ({models}).
{notes} holds what else was noted of your conversations, for instance by reviewers.
{manifest} lists these files with a checksum (SHA-256) each, so that you can see that none was changed.

Conversations of other people are not in it, also where they took part in one of yours.
"""


def collect(inventory: LocationInventory, subject: str, now: datetime | None = None) -> dict[str, bytes]:
    """The files of the export by name.

    Args:
        inventory: what lies in the locations.
        subject: the person's token.
        now: the time that the export bears.
    """
    identifiers = find_identifiers(inventory, [subject])
    records = _records(inventory, identifiers)
    held = trace_subject(inventory, subject)
    moment = now or datetime.now(UTC)
    models = [str(model["name"]) for model in held["models"]]
    text = _README.format(
        day=f"{moment:%Y-%m-%d}", conversations=len(records), records=RECORDS, held=HELD, notes=NOTES, manifest=MANIFEST,
        models=", ".join(models) or "no model",
    )  # fmt: skip
    files = {
        README: text.encode(),
        RECORDS: _json(records),
        HELD: _json({name: _without_locations(held[name]) for name in ("snapshots", "datasets", "models", "measured_on_it")}),
        NOTES: _json(list(_notes(inventory, identifiers.subjects, {str(record["record_id"]) for record in records}))),
    }
    manifest = {
        "format": FORMAT,
        "subject": subject,
        "created": moment.isoformat(timespec="seconds"),
        "conversations": len(records),
        "files": {name: {"sha256": storage.sha256_bytes(content), "bytes": len(content)} for name, content in files.items()},
    }
    return {**files, MANIFEST: json_bytes(manifest)}


def write(files: Mapping[str, bytes], output: str) -> None:
    """Write the export as a zip file or, under any other name, as a folder; it is private from its first byte on.

    Raises:
        UsageError: something stands there already.
    """
    if storage.exists(output):
        raise UsageError(f"--output {output}: stands already; name a new file or folder")
    if output.endswith(".zip"):
        storage.write_bytes(output, _zip(files))
        return
    for name, content in files.items():
        storage.write_bytes(storage.join(output, name), content)


def _zip(files: Mapping[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in sorted(files):
            archive.writestr(zipfile.ZipInfo(name, _EARLIEST), files[name], zipfile.ZIP_DEFLATED)
    return buffer.getvalue()


def _records(inventory: LocationInventory, identifiers: PersonIdentifiers) -> list[dict[str, Any]]:
    """Every record of the person once, as the furthest step knows it, with all locations that hold it."""
    found: dict[str, dict[str, Any]] = {}
    for owner, fate, shard_set in inventory:
        for table in columns_of(shard_set, _KEPT):
            for row in table.filter(rows_of(table, identifiers).own).to_pylist():
                known = found.setdefault(str(row.get("record_id")), {})
                locations = known.setdefault("kept_in", [])
                why = row.pop("reason", None) or row.pop("error", None)
                locations.append({"in": _name(owner, shard_set.step), "as": fate} | ({"why": why} if why else {}))
                known.update({name: value for name, value in row.items() if value is not None})
    return [dict(sorted(found[record].items())) for record in sorted(found)]


def _name(owner: Any, step: str) -> str:
    if isinstance(owner, SetFound):
        return step
    return f"data set {owner.title}" if isinstance(owner, DatasetFound) else "frozen test set"


def _notes(inventory: LocationInventory, subjects: set[str], records: set[str]) -> Iterator[Any]:
    """Lines of JSON Lines files, packed or not, that are about a record of theirs and about nobody else; each once.

    Args:
        inventory: what lies in the locations.
        subjects: their token.
        records: ids of their own records; one that somebody else has in the same conversation is none.
    """
    seen: set[bytes] = set()
    for _, uri in inventory.files:
        for line in contents.lines(uri) if contents.is_lines(uri) else ():
            try:
                value = json.loads(line)
            except ValueError:
                continue
            if not isinstance(value, dict):
                continue
            theirs = value.get("subject_id") in subjects or value.get("record_id") in records
            others = str(value.get("subject_id") or "").startswith(f"{KIND}_") and value["subject_id"] not in subjects
            if theirs and not others and line.strip() not in seen:
                seen.add(line.strip())
                yield value


def _without_locations(items: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{name: value for name, value in item.items() if name not in {"uri", "location"}} for item in items]


def _json(value: Any) -> bytes:
    return (json.dumps(value, ensure_ascii=False, indent=2, default=_plain) + "\n").encode()


def _plain(value: Any) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    raise RunError(f"a value of type {type(value).__name__} cannot be exported")
