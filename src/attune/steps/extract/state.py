"""The state of an extraction, stored beside its shards so that the next one reads only changes (A2).

``incremental/watermark.json`` holds a watermark per source (its newest timestamp), what the records were made with, and counts.
``incremental/users-….parquet`` holds three 64-bit numbers a user: the user (from the keyed token), a keyed hash over the ids
and message counts of the user's conversations, and a keyed hash over the counts and newest timestamps of the user's rows in
every source. Neither file holds a product id or any text of a user.

Both are bound to the shards by hashes: a state that does not belong to the shards beside it is ignored.
"""

from __future__ import annotations

import hashlib
import hmac
import io
import json
from array import array
from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from attune import storage
from attune.errors import RunError, UsageError
from attune.records import shards
from attune.runtime.step import Stats
from attune.storage.parquet import read_table

FOLDER = "incremental"
FILE = "watermark.json"
KINDS = ("kept", shards.REJECTED, shards.QUARANTINED)
_VERSION = 1
_DIGITS = 12  # of a token's base32, read in base 36: 60 of its bits


class UserIndex:
    """Every user that was read, with a hash of their conversations and one of their rows; 24 bytes a user.

    Users are numbers here (:func:`user_number`); they are sorted after :meth:`sorted`.
    """

    def __init__(self, users: Iterable[int] = (), conversations: Iterable[int] = (), rows: Iterable[int] = ()) -> None:
        self.users = array("Q", users)
        self.conversations = array("Q", conversations)
        self.rows = array("Q", rows)

    def __len__(self) -> int:
        return len(self.users)

    def add(self, user: int, conversations: int, rows: int = 0) -> None:
        """Append a user."""
        self.users.append(user)
        self.conversations.append(conversations)
        self.rows.append(rows)

    def sorted(self) -> UserIndex:
        """A copy in the order of the users."""
        order = sorted(range(len(self.users)), key=self.users.__getitem__)
        return UserIndex(*([column[i] for i in order] for column in self._columns().values()))

    def position(self, user: int) -> int | None:
        """Position of a user in a sorted index; None when the user is not in it."""
        place = bisect_left(self.users, user)
        return place if place < len(self.users) and self.users[place] == user else None

    def to_bytes(self) -> bytes:
        """The index as a Parquet file; the same users give the same bytes."""
        table = pa.table({name: pa.array(column, pa.uint64()) for name, column in self._columns().items()})
        buffer = io.BytesIO()
        pq.write_table(table, buffer, compression="zstd", use_dictionary=False)
        return buffer.getvalue()

    @classmethod
    def from_bytes(cls, content: bytes) -> UserIndex:
        """Read an index that :meth:`to_bytes` wrote."""
        table = read_table(content)
        index = cls()
        for name, column in index._columns().items():
            column.frombytes(table.column(name).combine_chunks().to_numpy().tobytes())
        return index

    def _columns(self) -> dict[str, array[int]]:
        return {"user": self.users, "conversations": self.conversations, "rows": self.rows}


@dataclass(frozen=True)
class ExtractionState:
    """The state that the last run left in an output.

    Attributes:
        basis: what records depend on besides the rows (name -> hash); when one differs, everything is read again.
        watermarks: source -> its newest timestamp.
        as_of: timestamp of the newest message.
        totals: counts over all records of the output, for the report.
        index: every user that was read, sorted.
    """

    basis: Mapping[str, str]
    watermarks: Mapping[str, datetime]
    as_of: datetime | None
    totals: Stats
    index: UserIndex = field(repr=False)

    def to_json(self) -> dict[str, Any]:
        """Everything but the index, as JSON values."""
        return {
            "basis": dict(self.basis),
            "watermarks": {source: newest.isoformat() for source, newest in sorted(self.watermarks.items())},
            "as_of": self.as_of.isoformat() if self.as_of else None,
            "totals": self.totals,
        }

    @classmethod
    def from_json(cls, values: Mapping[str, Any], index: UserIndex) -> ExtractionState:
        """Read what :meth:`to_json` gave."""
        return cls(
            values["basis"],
            {source: datetime.fromisoformat(text) for source, text in values["watermarks"].items()},
            datetime.fromisoformat(values["as_of"]) if values["as_of"] else None,
            values["totals"],
            index,
        )


def user_number(subject: str) -> int:
    """The number of a user: 60 bits of the keyed token, so that among a billion users a collision is unlikely."""
    return int(subject[-_DIGITS:], 36)


def conversations_hash(key: bytes, conversations: Iterable[tuple[Any, int]]) -> int:
    """A keyed hash over a user's conversations: pairs of id and message count, in any order."""
    return keyed_hash(key, "\0\0".join(sorted(f"{conversation}\0{count}" for conversation, count in conversations)))


def keyed_hash(key: bytes, text: str) -> int:
    """HMAC-SHA-256, cut to 64 bits."""
    return int.from_bytes(hmac.digest(key, text.encode("utf-8", "surrogatepass"), "sha256")[:8], "big")


def write_state(output: str, state: ExtractionState) -> None:
    """Write the state of the shards that are in ``output`` now; a kill leaves the old state, or none."""
    users = state.index.to_bytes()
    name = f"users-{storage.sha256_bytes(users)[:16]}.parquet"
    storage.write_bytes(storage.join(output, FOLDER, name), users)
    values: dict[str, Any] = {
        "version": _VERSION,
        **state.to_json(),
        "users": {"file": name, "sha256": storage.sha256_bytes(users), "count": len(state.index)},
        "shards": _descriptions(output),
    }
    values["sha256"] = _digest(values)
    storage.write_bytes(_file(output), shards.json_bytes(values))
    for stray in storage.list_files(storage.join(output, FOLDER)):
        if stray not in (FILE, name):
            storage.remove(storage.join(output, FOLDER, stray))


def read_state(output: str) -> ExtractionState | str:
    """The state of the shards in ``output``, or the reason why there is none."""
    if not storage.exists(_file(output)):
        return "the output holds no earlier extraction"
    try:
        values = json.loads(storage.read_bytes(_file(output)))
        claimed = values.pop("sha256")
        if claimed != _digest(values) or values["version"] != _VERSION:
            return "the state file of the last run was changed, or is of another version"
        if values["shards"] != _descriptions(output):
            return "the last run did not finish"
        if failed := shards.open_set(output).failed_gates:
            return f"the last run failed {', '.join(failed)}"
        users = storage.read_bytes(storage.member(storage.join(output, FOLDER), values["users"]["file"], FILE, plain=True))
        if storage.sha256_bytes(users) != values["users"]["sha256"]:
            return "the index of users was changed"
        return ExtractionState.from_json(values, UserIndex.from_bytes(users))
    except (UsageError, RunError):
        return "the shards or the state of the last run were edited, or an earlier version of Attune wrote them"
    except (ValueError, KeyError, TypeError):
        return "the state file of the last run cannot be read"


def forget_state(output: str) -> None:
    """Remove the state, before the shards change without it."""
    storage.remove(_file(output))


def changed_basis(state: ExtractionState, basis: Mapping[str, str]) -> list[str]:
    """Names of the dependencies that differ from those of the state."""
    return sorted(name for name in {*basis, *state.basis} if basis.get(name) != state.basis.get(name))


def hash_of(*parts: str | bytes) -> str:
    """SHA-256 over the parts, cut to 16 hex digits, for :attr:`ExtractionState.basis`."""
    digest = hashlib.sha256()
    for part in parts:
        digest.update(part.encode() if isinstance(part, str) else part)
        digest.update(b"\0")
    return digest.hexdigest()[:16]


def folder_of(output: str, kind: str) -> str:
    """The folder of the shards of a kind."""
    return output if kind == "kept" else storage.join(output, kind)


def _descriptions(output: str) -> Sequence[str | None]:
    files = [storage.join(folder_of(output, kind), shards.DESCRIPTION) for kind in KINDS]
    return [storage.sha256_file(file) if storage.exists(file) else None for file in files]


def _file(output: str) -> str:
    return storage.join(output, FOLDER, FILE)


def _digest(values: Mapping[str, Any]) -> str:
    return storage.sha256_bytes(shards.json_bytes(values))
