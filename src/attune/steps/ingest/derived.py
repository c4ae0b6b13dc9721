"""Families that are made from others: long sessions, and transcripts about complex trauma."""

from __future__ import annotations

from typing import Any

from attune.config.params import IngestParams
from attune.steps.ingest.cptsd import TAG, is_cptsd

LONG_RUNNING = "long_running_therapy"
CPTSD = "cptsd"
DERIVED = (LONG_RUNNING, CPTSD)


def derive(raw: dict[str, Any], params: IngestParams, long_running_turns: int) -> str | None:
    """Move a raw row to the derived family that it belongs to, in place.

    A session of more turns than ``long_running_turns`` goes to long_running_therapy, whatever it is about; a shorter one of
    ``params.cptsd_families`` that the tagger takes goes to cptsd. Both keep where they came from as a tag, ``from_<family>``,
    and whatever the tagger takes has the tag cptsd. Texts to pretrain on and preference pairs are no sessions and stay.

    Returns:
        The family that it was moved to; None: it stays.
    """
    if raw["problem"] or raw["rejected_response"] or raw["tags"]:
        return None
    family: str = raw["family"]
    tags = []
    if family in params.cptsd_families and is_cptsd((item["content"] for item in raw["messages"]), params.cptsd_groups):
        tags.append(TAG)
    turns = sum(message["role"] != "system" for message in raw["messages"])
    moved = LONG_RUNNING if turns > long_running_turns else CPTSD if tags else None
    if moved is not None and moved != family:
        tags.append(f"from_{family}")
        raw["family"] = moved
    raw["tags"] = tags
    return moved if moved != family else None
