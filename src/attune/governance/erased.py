"""The list of everybody who was erased, as keyed digests, so that nobody comes back unseen with a backup."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterable, Mapping

from attune.core import storage
from attune.core.errors import RunError
from attune.core.shards import json_bytes
from attune.core.tokens import subject_key
from attune.governance.person import subjects_in
from attune.governance.places import take_inventory

ERASED = "erased.json"


def keyed_digest(key: bytes, subject: str) -> str:
    """What stands for a token in records and on the list of the erased: HMAC-SHA-256 under the key of subject tokens."""
    return hmac.new(key, f"erased\0{subject}".encode(), hashlib.sha256).hexdigest()


def remember(records: str, digests: Iterable[str]) -> None:
    """Put people on the list of the erased."""
    known = erased_digests(records)
    if not known.issuperset(digests):
        value = {"format": "attune-erased", "people": sorted(known | set(digests))}
        storage.write_bytes(storage.join(records, ERASED), json_bytes(value))


def erased_digests(records: str) -> set[str]:
    """Everybody who was erased, as keyed digests."""
    path = storage.join(records, ERASED)
    if not storage.exists(path):
        return set()
    try:
        return set(json.loads(storage.read_bytes(path))["people"])
    except (ValueError, KeyError, TypeError):
        raise RunError(f"{path}: is no list of erased people; restore it from a copy") from None


def returned(places: Mapping[str, str], records: str) -> set[str]:
    """Tokens of erased people of whom the places hold something again, after a restored backup or an old snapshot."""
    erased, key = erased_digests(records), subject_key()
    return {subject for subject in subjects_in(take_inventory(places)) if keyed_digest(key, subject) in erased}
