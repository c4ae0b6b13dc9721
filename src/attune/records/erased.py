"""The list of erased people: nobody on it comes back with a backup or a new extraction.

The list holds HMAC digests of subject tokens under the subject key, so it identifies nobody without that key.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterable
from dataclasses import dataclass, field

import pyarrow as pa
import pyarrow.compute as pc

from attune import storage
from attune.errors import RunError, UsageError
from attune.records.tokens import subject_key

LIST = "erased.json"
REASON = "erased"


def keyed_digest(key: bytes, name: str) -> str:
    """The entry on the list for a token: HMAC-SHA-256 under the key of subject tokens."""
    return hmac.new(key, f"erased\0{name}".encode(), hashlib.sha256).hexdigest()


@dataclass(frozen=True)
class Erased:
    """Erased people and their conversations.

    Attributes:
        digests: keyed digests of the tokens of people and conversations.
        key: the key of the digests.
    """

    digests: frozenset[str] = frozenset()
    key: bytes = field(default=b"", repr=False)

    def __bool__(self) -> bool:
        return bool(self.digests)

    @property
    def version(self) -> str:
        """A hash of the list, for cache keys; empty for an empty list."""
        return _version(self.digests)

    def holds(self, *tokens: str | None) -> bool:
        """Whether any of these tokens is on the list."""
        return bool(self.digests) and any(name and keyed_digest(self.key, name) in self.digests for name in tokens)

    def rows(self, table: pa.Table) -> pa.Array:
        """A mask of the rows of a table that belong to an erased person or conversation."""
        mask = pa.array([False] * table.num_rows, pa.bool_())
        for name in ("subject_id", "conversation_id") if self.digests else ():
            column = table.column(name).cast(pa.string())
            theirs = [value for value in column.unique().to_pylist() if self.holds(value)]
            mask = pc.or_(mask, pc.fill_null(pc.is_in(column, pa.array(theirs, pa.string())), False))
        return mask.combine_chunks() if isinstance(mask, pa.ChunkedArray) else mask


def load_erased(folder: str) -> Erased:
    """The list in ``folder``; empty if nobody was erased yet, or if no folder is named.

    Raises:
        RunError: the list is damaged.
        UsageError: somebody is on the list and the subject key is not set, so nobody on it can be recognized.
    """
    digests = frozenset().union(*_read(folder).values()) if folder else frozenset()
    if not digests:
        return Erased()
    try:
        return Erased(digests, subject_key())
    except UsageError as error:
        raise UsageError(
            f"{storage.join(folder, LIST)} lists erased people, who are recognized with the subject key: {error}"
        ) from None


def list_version(folder: str) -> str:
    """The :attr:`Erased.version` of the list in ``folder``; needs no key. Raises RunError if the list is damaged."""
    return _version(frozenset().union(*_read(folder).values()) if folder else frozenset())


def _version(digests: frozenset[str]) -> str:
    return hashlib.sha256("\n".join(sorted(digests)).encode()).hexdigest() if digests else ""


def erased_people(folder: str) -> set[str]:
    """Everybody on the list, as keyed digests."""
    return _read(folder)["people"]


def remember(folder: str, people: Iterable[str], conversations: Iterable[str]) -> None:
    """Add people and their conversations, given as keyed digests, to the list."""
    known = _read(folder)
    merged = {"people": known["people"] | set(people), "conversations": known["conversations"] | set(conversations)}
    if merged != known:
        value = {"format": "attune-erased", **{name: sorted(digests) for name, digests in merged.items()}}
        written = json.dumps(value, indent=2, sort_keys=True) + "\n"
        storage.write_bytes(storage.join(folder, LIST), written.encode())


def _read(folder: str) -> dict[str, set[str]]:
    path = storage.join(folder, LIST)
    if not storage.exists(path):
        return {"people": set(), "conversations": set()}
    try:
        value = json.loads(storage.read_bytes(path))
        found = {"people": set(value["people"]), "conversations": set(value.get("conversations", ()))}
    except (ValueError, KeyError, TypeError, AttributeError):
        found = {}
    if not found or not all(isinstance(digest, str) for digests in found.values() for digest in digests):
        raise RunError(f"{path}: is not a list of erased people; restore it from a backup")
    return found
