"""Which records are a person's: by their token, and by what hangs on their records.

A record is a person's own when it carries their ``subject_id``, or carries nobody's and belongs to one of their conversations,
has the content of one of their records, or was made from one (its provenance names it). A record of somebody else in the same
conversation holds the person's words too and is ``shared``: it is erased with them, but never handed to them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from attune import storage
from attune.errors import RunError, UsageError
from attune.governance.data_locations import LocationInventory, take_inventory
from attune.records.erased import erased_people, keyed_digest
from attune.records.shards import ShardSet
from attune.records.tokens import subject_key, token
from attune.storage.parquet import open_parquet

KIND = "user"
Messages = Sequence[Mapping[str, str]]
IDENTITY = ("record_id", "subject_id", "conversation_id", "content_hash", "provenance.locator", "locator")


@dataclass
class PersonIdentifiers:
    """The identifiers that the records of some people carry.

    Attributes:
        subjects: their tokens.
        records: ids of their records.
        conversations: tokens of their conversations.
        hashes: content hashes of their records.
    """

    subjects: set[str]
    records: set[str] = field(default_factory=set)
    conversations: set[str] = field(default_factory=set)
    hashes: set[str] = field(default_factory=set)

    @property
    def size(self) -> int:
        """How much is known; it only grows."""
        return len(self.records) + len(self.conversations) + len(self.hashes)

    @property
    def ids(self) -> set[str]:
        """Everything that names them or a record of theirs."""
        return self.subjects | self.records | self.conversations


@dataclass(frozen=True)
class RowMasks:
    """Which rows of a table are whose, as masks."""

    own: pa.Array
    shared: pa.Array

    @property
    def any(self) -> pa.Array:
        """RowMasks of either kind."""
        return pc.or_(self.own, self.shared)


def subject_token(subject: str | None, user_id: str | None) -> str:
    """The token of a person, given as such or made from a user id with the key of subject tokens."""
    if bool(subject) == bool(user_id):
        raise UsageError("name the person by either --subject TOKEN or --user-id ID")
    if subject:
        if not subject.startswith(f"{KIND}_"):
            raise UsageError(f"--subject: a token looks like {KIND}_…; for an id of the product give --user-id")
        return subject
    return token(subject_key(), KIND, str(user_id))


def rows_of(table: pa.Table, identifiers: PersonIdentifiers) -> RowMasks:
    """Which rows of ``table`` are the person's own, and which they share. Columns that are missing count as null."""
    subject = _column(table, "subject_id")
    nobodys = pc.is_null(subject)
    own = pc.or_(_in(subject, identifiers.subjects), pc.and_(_in(_column(table, "record_id"), identifiers.records), nobodys))
    linked = _in(_column(table, "conversation_id"), identifiers.conversations)
    copies = pc.or_(_in(_column(table, "content_hash"), identifiers.hashes), _in(_locator(table), identifiers.records))
    own = pc.or_(own, pc.and_(nobodys, pc.or_(linked, copies)))
    return RowMasks(own, pc.and_(linked, pc.invert(own)))


def find_identifiers(
    inventory: LocationInventory, subjects: Iterable[str], found: PersonIdentifiers | None = None
) -> PersonIdentifiers:
    """Everything by which the records of ``subjects`` are known, over all shard sets; read until nothing more is found.

    Args:
        inventory: where to look.
        subjects: tokens of the people.
        found: what was found before.
    """
    identifiers, known = found or PersonIdentifiers(set(subjects)), -1
    while known < identifiers.size:
        known = identifiers.size
        for _, _, shard_set in inventory:
            for table in columns_of(shard_set, IDENTITY):
                rows = rows_of(table, identifiers)
                mine = table.filter(rows.own)
                identifiers.conversations |= _values(mine, "conversation_id")
                identifiers.hashes |= _values(mine, "content_hash")
                identifiers.records |= _values(table.filter(rows.any), "record_id")
    return identifiers


def conversations_of(inventory: LocationInventory, identifiers: PersonIdentifiers) -> list[list[dict[str, str]]]:
    """The conversations of the people, as far as they still stand somewhere, each once."""
    found: dict[str, list[dict[str, str]]] = {}
    for uri in (shard_set.shard_uri(shard) for _, _, shard_set in inventory for shard in shard_set.shards):
        own = rows_of(read_columns(uri, IDENTITY), identifiers).own
        table = read_columns(uri, ("content_hash", "messages")) if pc.any(own).as_py() else None
        if table is not None and {"content_hash", "messages"} <= set(table.column_names):
            mine = table.filter(own).to_pylist()
            found |= {row["content_hash"]: row["messages"] for row in mine if row["messages"]}
    return [found[digest] for digest in sorted(found)]


def subjects_in(inventory: LocationInventory) -> set[str]:
    """All subject tokens in all shard sets. Memory: 100 B a person."""
    found: set[str] = set()
    for _, _, shard_set in inventory:
        for table in columns_of(shard_set, ("subject_id",)):
            found |= _values(table, "subject_id")
    return found


def returned_people(locations: Mapping[str, str], records: str) -> set[str]:
    """Tokens of erased people of whom the locations hold data again, from a restored backup or an old snapshot.

    Args:
        locations: by name.
        records: folder of the list of erased people.
    """
    erased, key = erased_people(records), subject_key()
    return {subject for subject in subjects_in(take_inventory(locations)) if keyed_digest(key, subject) in erased}


def columns_of(shard_set: ShardSet, columns: Sequence[str]) -> Iterable[pa.Table]:
    """Those of ``columns`` that the shards have, one shard in memory at a time; hashes are not checked."""
    for shard in shard_set.shards:
        yield read_columns(shard_set.shard_uri(shard), columns)


def read_columns(uri: str, columns: Sequence[str]) -> pa.Table:
    """Those of ``columns`` that a Parquet file has; a dot leads to a field of a struct."""
    try:
        with storage.open_file(uri) as handle:
            file = open_parquet(handle)
            known = [name for name in columns if name.split(".")[0] in file.schema_arrow.names]
            return file.read(known, use_threads=False)
    except pa.ArrowException as error:
        raise RunError(f"{uri}: is not a readable Parquet file ({error}); run the step that wrote it again") from None


def _column(table: pa.Table, name: str) -> Any:
    return table.column(name) if name in table.column_names else pa.nulls(table.num_rows, pa.string())


def _locator(table: pa.Table) -> Any:
    if "provenance" in table.column_names and pa.types.is_struct(table.schema.field("provenance").type):
        return pc.struct_field(table.column("provenance"), "locator")
    return _column(table, "locator")


def _in(column: Any, values: set[str]) -> Any:
    return pc.fill_null(pc.is_in(column.cast(pa.string()), pa.array(sorted(values), pa.string())), False)


def _values(table: pa.Table, name: str) -> set[str]:
    return {value for value in _column(table, name).unique().to_pylist() if value is not None} if table.num_rows else set()
