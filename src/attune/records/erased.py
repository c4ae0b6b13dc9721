"""The list of erased people: nobody on it comes back with a backup or a new extraction.

The list holds HMAC digests of subject tokens under the subject key, so it identifies nobody without that key. The signed
records of erasures stand beside it. Whoever is named in one of them must be on the list: a list that is missing or was cut
short lets nobody back in, but stops the step.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass, field

import pyarrow as pa
import pyarrow.compute as pc

from attune import storage
from attune.errors import RunError, UsageError
from attune.records.tokens import subject_key

LIST = "erased.json"
REASON = "erased"
RECORD_NAME = re.compile(r"e_[0-9a-f]{16}\.\d{1,9}\.json")  # a signed record
_BEGUN = re.compile(r"e_[0-9a-f]{16}\.journal\.json")  # an erasure under way: its people are on the list


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
        RunError: the list is damaged, or lacks people that a signed record beside it names.
        UsageError: somebody is on the list and the subject key is not set, so nobody on it can be recognized.
    """
    digests = _checked(folder) if folder else frozenset()
    if not digests:
        return Erased()
    try:
        return Erased(digests, subject_key())
    except UsageError as error:
        raise UsageError(
            f"{storage.join(folder, LIST)} lists erased people, who are recognized with the subject key: {error}"
        ) from None


def list_version(folder: str) -> str:
    """The :attr:`Erased.version` of the list in ``folder``; needs no key. Raises RunError if it is damaged or cut short."""
    return _version(_checked(folder) if folder else frozenset())


def _checked(folder: str) -> frozenset[str]:
    """The digests on the list, after holding it against the signed records beside it."""
    known = _read(folder)
    path = storage.join(folder, LIST)
    names = storage.list_files(folder)
    records = [name for name in names if RECORD_NAME.fullmatch(name)]
    if (records or any(map(_BEGUN.fullmatch, names))) and LIST not in names:
        raise RunError(f"{path}: is missing, but records of erasures stand beside it; restore it from a backup")
    for name in records:
        people, conversations = _named_in(storage.join(folder, name))
        if people - known["people"] or conversations - known["conversations"]:
            raise RunError(f"{path}: lacks people whom the signed record {name} names; restore it from a backup")
    return frozenset().union(*known.values())


def _named_in(record: str) -> tuple[set[str], set[str]]:
    """The people and conversations in a signed record; those of earlier versions name no conversations."""
    try:
        value = storage.parse_json(storage.read_bytes(record))
        found = {str(digest) for digest in value["people"]}, {str(digest) for digest in value.get("conversations", ())}
    except (ValueError, KeyError, TypeError, AttributeError):
        raise RunError(f"{record}: is no signed record of an erasure; restore it from a backup") from None
    return found


def _version(digests: frozenset[str]) -> str:
    return hashlib.sha256("\n".join(sorted(digests)).encode()).hexdigest() if digests else ""


def erased_people(folder: str) -> set[str]:
    """Everybody on the list, as keyed digests. Raises RunError if the list is damaged or cut short."""
    _checked(folder)
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
        value = storage.parse_json(storage.read_bytes(path))
        found = {"people": set(value["people"]), "conversations": set(value.get("conversations", ()))}
    except (ValueError, KeyError, TypeError, AttributeError):
        found = {}
    if not found or not all(isinstance(digest, str) for digests in found.values() for digest in digests):
        raise RunError(f"{path}: is not a list of erased people; restore it from a backup")
    return found
