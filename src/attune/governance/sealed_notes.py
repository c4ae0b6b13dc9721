"""Notes from which an interrupted erasure continues: sealed with the subject key, since what they say is done unasked.

Whoever could plant such a note could have folders removed and other people's records erased. So a note holds an HMAC under the
subject key, which every erasure needs anyway; one without it, or with another, is never obeyed.
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from typing import Any

from attune import storage
from attune.errors import UsageError
from attune.records.shards import json_bytes
from attune.records.tokens import subject_key

_SEAL = "seal"


def seal_note(note: Mapping[str, Any], purpose: str) -> bytes:
    """A note as it is written.

    Args:
        note: what it says.
        purpose: what it is for; a note sealed for one purpose is not accepted for another.
    """
    return json_bytes({**note, _SEAL: _seal(note, purpose)})


def open_note(content: bytes, where: str, purpose: str) -> dict[str, Any]:
    """What a note says.

    Args:
        content: the file.
        where: its URI, for messages.
        purpose: as it was sealed.

    Raises:
        UsageError: it is no note, or was not sealed for this purpose under this subject key.
    """
    try:
        value = storage.parse_json(content)
        seal = value.pop(_SEAL)
    except (ValueError, KeyError, TypeError, AttributeError):
        raise UsageError(f"{where}: is no sealed note of an erasure: {_WHAT_TO_DO}") from None
    if not isinstance(seal, str) or not hmac.compare_digest(seal.encode(), _seal(value, purpose).encode()):
        raise UsageError(f"{where}: was not written under this subject key, or was changed: {_WHAT_TO_DO}")
    found: dict[str, Any] = value
    return found


_WHAT_TO_DO = (
    "nothing was done; if an erasure was interrupted, finish it with the key and the version of Attune that began it, else "
    "find out who wrote the file, and remove it"
)


def _seal(note: Mapping[str, Any], purpose: str) -> str:
    return hmac.digest(subject_key(), f"{purpose}\0".encode() + json_bytes(dict(note)), "sha256").hex()
