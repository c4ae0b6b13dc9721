"""Signatures of the files that later steps rely on: manifests, results of training and evaluation, decisions, registry entries.

The signature of ``decision.json`` stands beside it, in ``decision.json.sig``::

    {"algorithm": "HMAC-SHA256", "key": "<id of the key>", "mac": "<HMAC of the file's name, a zero byte and its content>"}

The key is derived from the key of subject tokens: HMAC-SHA-256 under that key over a fixed label that no token is made of, as
in the expansion step of HKDF (RFC 5869). A machine that signs or checks but makes no tokens gets the derived key alone, in the
file that ``ATTUNE_INTEGRITY_KEY_FILE`` names. From it nobody can compute the key of the tokens.
"""

from __future__ import annotations

import hmac
import json
import os
import re
from dataclasses import dataclass
from enum import Enum

from attune import storage
from attune.errors import GateError, UsageError
from attune.records.shards import json_bytes
from attune.records.tokens import KEY_FILE_VARIABLE as SUBJECT_KEY_FILE_VARIABLE
from attune.records.tokens import KEY_VARIABLE as SUBJECT_KEY_VARIABLE
from attune.records.tokens import subject_key
from attune.storage.secrets import read_secret

KEY_VARIABLE = "ATTUNE_INTEGRITY_KEY"
KEY_FILE_VARIABLE = f"{KEY_VARIABLE}_FILE"
SUFFIX = ".sig"
LABEL = b"attune integrity key 1"
_ALGORITHM = "HMAC-SHA256"
_KEY_LINE = re.compile(r"[0-9a-f]{64}")


class SignatureState(Enum):
    """What is known of a file's signature; the value is how a page says it."""

    CHECKED = "signed, and the signature is right"
    UNCHECKED = "signed, but not checked: no key is set here"
    UNSIGNED = "not signed: anybody who may write the file can change it unnoticed"


@dataclass(frozen=True)
class SignedContent:
    """The content of a file, and what is known of its signature."""

    content: bytes
    state: SignatureState


def derive_key(key: bytes) -> bytes:
    """The key for signatures that follows from the key of subject tokens."""
    return hmac.digest(key, LABEL, "sha256")


def integrity_keys() -> tuple[bytes, ...]:
    """The keys for signatures: the first one signs, all of them check. Empty where no key is set.

    Raises:
        UsageError: a key file cannot be read, or holds something else.
    """
    lines = read_secret(KEY_VARIABLE).decode("ascii", "replace").split()
    if not lines:
        if os.environ.get(KEY_FILE_VARIABLE):
            raise UsageError(f"{KEY_FILE_VARIABLE}: the file is empty; docs/privacy.md shows how to derive the key")
        known = os.environ.get(SUBJECT_KEY_FILE_VARIABLE) or os.environ.get(SUBJECT_KEY_VARIABLE)
        return (derive_key(subject_key()),) if known else ()
    if not all(_KEY_LINE.fullmatch(line) for line in lines):
        raise UsageError(
            f"{KEY_FILE_VARIABLE}: must hold one key a line, each of 64 hexadecimal digits, the newest first; docs/privacy.md "
            "shows how to derive it"
        )
    return tuple(bytes.fromhex(line) for line in lines)


def key_id(key: bytes) -> str:
    """A name for a key that tells nothing of it."""
    return hmac.digest(key, b"id", "sha256")[:8].hex()


def signing_key_id() -> str:
    """The name of the key that signs; empty where no key is set."""
    keys = integrity_keys()
    return key_id(keys[0]) if keys else ""


def write_signed(uri: str, content: bytes) -> None:
    """Write a file and, where a key is set, its signature beside it; without a key, an old signature is removed."""
    storage.remove(uri + SUFFIX)  # between the two writes, no signature is better than that of other content
    storage.write_bytes(uri, content)
    keys = integrity_keys()
    if keys:
        storage.write_bytes(uri + SUFFIX, signature(uri, content, keys[0]))


def signature(uri: str, content: bytes, key: bytes) -> bytes:
    """The content of a signature file."""
    return json_bytes({"algorithm": _ALGORITHM, "key": key_id(key), "mac": _mac(uri, content, key)})


def read_signed(uri: str, *, required: bool) -> SignedContent:
    """Read a file and check its signature.

    Args:
        uri: of the file.
        required: whether a missing signature is an error where a key is set, as for files that only Attune's own steps write.

    Raises:
        UsageError: there is no such file.
        GateError: the signature does not fit the content, was made with a key that is not set here, or is missing.
    """
    content = storage.read_bytes(uri)
    return SignedContent(content, check_signature(uri, content, required=required))


def check_signature(uri: str, content: bytes, *, required: bool) -> SignatureState:
    """Check the signature beside a file against the content that was read from it; see :func:`read_signed`."""
    keys = integrity_keys()
    if not storage.exists(uri + SUFFIX):
        if required and keys:
            raise GateError(
                f"{uri}: has no signature ({uri.rsplit('/', 1)[-1]}{SUFFIX}), but a key to check it is set; "
                "run the step that wrote it again with the same key"
            )
        return SignatureState.UNSIGNED
    if not keys:
        return SignatureState.UNCHECKED
    try:
        stated = json.loads(storage.read_bytes(uri + SUFFIX))
        algorithm, name, mac = stated["algorithm"], str(stated["key"]), str(stated["mac"])
    except (ValueError, KeyError, TypeError, RecursionError):
        raise GateError(f"{uri}{SUFFIX}: is no signature; restore it, or run the step that wrote {uri} again") from None
    key = next((key for key in keys if key_id(key) == name), None)
    if algorithm != _ALGORITHM or key is None:
        raise GateError(
            f"{uri}: was signed with a key that is not set here; set the key that signed it (an older one is a further line "
            f"of the file that {KEY_FILE_VARIABLE} names), or run the step that wrote it again"
        )
    if not hmac.compare_digest(mac.encode(), _mac(uri, content, key).encode()):
        raise GateError(
            f"{uri}: its signature does not fit: it was changed after it was signed; run the step that wrote it again"
        )
    return SignatureState.CHECKED


def _mac(uri: str, content: bytes, key: bytes) -> str:
    name = uri.rstrip("/").rsplit("/", 1)[-1]
    return hmac.digest(key, name.encode() + b"\0" + content, "sha256").hex()
