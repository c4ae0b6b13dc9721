"""Keyed tokens in place of the ids of people and rows; without the key a token cannot be linked to its id."""

from __future__ import annotations

import base64
import hmac

from attune.errors import UsageError
from attune.storage.secrets import read_secret

KEY_VARIABLE = "ATTUNE_SUBJECT_KEY"
KEY_FILE_VARIABLE = f"{KEY_VARIABLE}_FILE"
_MINIMUM_KEY_BYTES = 16


def token(key: bytes, kind: str, identifier: str) -> str:
    """A token of 24 characters for ``identifier``, such as ``user_4x…``; equal ids of one kind get equal tokens.

    HMAC-SHA-256 under ``key`` over the kind and the id (RFC 2104), the first 120 bits in base32.
    """
    digest = hmac.digest(key, f"{kind}\0{identifier}".encode(), "sha256")
    return f"{kind}_{base64.b32encode(digest[:15]).decode().lower()}"


def subject_key() -> bytes:
    """The key from ``ATTUNE_SUBJECT_KEY_FILE`` (a mounted secret) or ``ATTUNE_SUBJECT_KEY``.

    Raises:
        UsageError: neither is set, the file cannot be read, or the key is shorter than 16 bytes.
    """
    key = read_secret(KEY_VARIABLE)
    if not key:
        raise UsageError(
            f"no key for subject tokens: set {KEY_FILE_VARIABLE} to a file or {KEY_VARIABLE} to a value of at least "
            f"{_MINIMUM_KEY_BYTES} bytes (make one with: openssl rand -hex 32); keep it: another key gives other tokens"
        )
    if len(key) < _MINIMUM_KEY_BYTES:
        raise UsageError(f"the key for subject tokens has {len(key)} bytes, at least {_MINIMUM_KEY_BYTES} are needed")
    return key
