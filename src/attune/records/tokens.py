"""Keyed tokens in place of the ids of people and rows; without the key a token cannot be linked to its id."""

from __future__ import annotations

import base64
import hmac

from attune.errors import UsageError
from attune.records import key_files

KEY_VARIABLE = "ATTUNE_SUBJECT_KEY"
KEY_FILE_VARIABLE = f"{KEY_VARIABLE}_FILE"


def token(key: bytes, kind: str, identifier: str) -> str:
    """A token of 24 characters for ``identifier``, such as ``user_4x…``; equal ids of one kind get equal tokens.

    HMAC-SHA-256 under ``key`` over the kind and the id (RFC 2104), the first 120 bits in base32.
    """
    digest = hmac.digest(key, f"{kind}\0{identifier}".encode(), "sha256")
    return f"{kind}_{base64.b32encode(digest[:15]).decode().lower()}"


def subject_key() -> bytes:
    """The key from ``ATTUNE_SUBJECT_KEY_FILE`` (a mounted secret) or ``ATTUNE_SUBJECT_KEY``.

    Raises:
        UsageError: neither is set, the file cannot be read or is open to others, or the key is short or guessable.
    """
    key = optional_subject_key()
    if not key:
        raise UsageError(
            f"no key for subject tokens: set {KEY_FILE_VARIABLE} to a file or {KEY_VARIABLE} to a value of at least "
            f"{key_files.MINIMUM_BYTES} random bytes ({key_files.HOW}); keep it: another key gives other tokens"
        )
    return key


def optional_subject_key() -> bytes:
    """As :func:`subject_key`, but empty where neither variable is set."""
    return key_files.secret(KEY_VARIABLE, "the key for subject tokens")
