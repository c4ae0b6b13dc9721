"""The seal of a shard set: an edited, added or dropped shard is found by whoever reads the set.

``_shards.json`` holds the SHA-256 of its own other content in ``seal``. Where the subject key is set, ``.commits/shards.seal``
holds an HMAC of that under the key, which nobody without the key can make. The file may hold two: while a set is rewritten
in place, the description that stands and the one that will replace it are both right.
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from typing import Any

from attune import storage
from attune.errors import RunError
from attune.records.tokens import optional_subject_key

SEAL_FILE = ".commits/shards.seal"  # not hashed or carried with the set: it depends on whether a key is set
_FIELD = "seal"


def seal_of(description: Mapping[str, Any], encode: Any) -> str:
    """SHA-256 over a description without its seal.

    Args:
        description: what ``_shards.json`` says.
        encode: writes a value as the bytes that the file holds.
    """
    return storage.sha256_bytes(encode({name: value for name, value in description.items() if name != _FIELD}))


def write_keyed_seal(uri: str, seal: str, before: str = "") -> None:
    """Write the keyed seal of a set beside its description; nothing where no subject key is set.

    Args:
        uri: folder of the set.
        seal: of the description that is about to be written, or that stands.
        before: of the description that it will replace; empty: none.
    """
    path = storage.join(uri, SEAL_FILE)
    if key := optional_subject_key():
        lines = [_keyed(key, value) for value in (seal, before) if value]
        storage.write_bytes(path, "".join(f"{line}\n" for line in lines).encode())
    else:
        storage.remove(path)  # it would be that of an earlier set


def settle_keyed_seal(uri: str, seal: str) -> None:
    """Leave one keyed seal where a kill left two; nothing where there is none, or no subject key."""
    path = storage.join(uri, SEAL_FILE)
    if optional_subject_key() and storage.exists(path) and len(storage.read_bytes(path).split()) > 1:
        write_keyed_seal(uri, seal)


def check_seal(uri: str, description: Mapping[str, Any], encode: Any) -> None:
    """Compare a description with its seals.

    Raises:
        RunError: it has no seal, or one of them is not that of its content.
    """
    where = f"{uri}/_shards.json"
    if _FIELD not in description:
        raise RunError(f"{where}: has no seal: an earlier Attune wrote it, or it was edited; run the step that wrote it again")
    seal = seal_of(description, encode)
    if description[_FIELD] != seal:
        raise RunError(f"{where}: was edited after it was written (its seal does not fit); run the step that wrote it again")
    path = storage.join(uri, SEAL_FILE)
    key = optional_subject_key()
    if not key or not storage.exists(path):
        return
    known = storage.read_bytes(path).decode("ascii", "replace").split()
    if not any(hmac.compare_digest(_keyed(key, seal).encode(), line.encode()) for line in known):
        raise RunError(
            f"{where}: was not sealed with this subject key ({SEAL_FILE} does not fit): it was edited, or written under "
            "another key; run the step that wrote it again"
        )


def _keyed(key: bytes, seal: str) -> str:
    return hmac.digest(key, f"shards\0{seal}".encode(), "sha256").hex()
