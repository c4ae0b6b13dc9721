"""A dataset version: the folder that ``compile`` writes, and how everything after it reads it.

::

    manifest.json                     hashes and counts of everything below; written last, so where it stands all is there
    train/ validation/ test/          shard sets
    compiled.jsonl                    every example as one line, checked by schema.json
    provenance.jsonl                  where every example came from
    statistics.json  schema.json  README.md  croissant.json
    rejected/ quarantined/            what was left out; no part of the version

The content address is the SHA-256 over the lines ``<sha256>  <path>`` of all files of the version, sorted by path; so
``sha256sum`` alone can recompute it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from attune import storage
from attune.errors import RunError, UsageError
from attune.records import shards
from attune.records.record import SCHEMA_VERSION, SPLITS, Example
from attune.records.shards import ShardSet

MANIFEST = "manifest.json"
COMPILED = "compiled.jsonl"
PROVENANCE = "provenance.jsonl"
STATISTICS = "statistics.json"
SCHEMA = "schema.json"
CARD = "README.md"
CROISSANT = "croissant.json"
FORMAT = "attune-dataset"


@dataclass(frozen=True)
class View:
    """Which records of a split someone learns from, such as a stage of the curriculum.

    Attributes:
        families: records of these families, or
        tags: records with one of these tags; where both are empty, of every family.
        categories: and of these categories; empty: of every category.
        pairs: and with a rejected answer.
    """

    families: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    pairs: bool = False

    def takes(self, table: pa.Table) -> pa.Array:
        """For every row whether it is in the view; needs the columns :data:`VIEW_COLUMNS`."""
        taken: Any = pc.not_equal(table["pii_status"], "requires_review")
        if self.families or self.tags:
            wanted = pc.is_in(table["family"], value_set=pa.array(self.families, pa.string()))
            if self.tags:
                own = set(self.tags)
                tagged = [not own.isdisjoint(tags or ()) for tags in table["tags"].to_pylist()]
                wanted = pc.or_(wanted, pa.chunked_array([pa.array(tagged, pa.bool_())]))
            taken = pc.and_(taken, wanted)
        if self.categories:
            taken = pc.and_(taken, pc.is_in(table["category"], value_set=pa.array(self.categories, pa.string())))
        if self.pairs:
            taken = pc.and_(taken, pc.is_valid(table["rejected_response"]))
        return pc.fill_null(taken, False).combine_chunks()


VIEW_COLUMNS = ("family", "tags", "category", "pii_status", "rejected_response")


@dataclass(frozen=True)
class Dataset:
    """A dataset version that can be read.

    Attributes:
        uri: its folder.
        manifest: what ``manifest.json`` says.
    """

    uri: str
    manifest: Mapping[str, Any]

    @property
    def name(self) -> str:
        """Its name, such as ``assistant``."""
        return str(self.manifest["name"])

    @property
    def version(self) -> str:
        """Its version, such as ``v1_20261031``."""
        return str(self.manifest["version"])

    @property
    def address(self) -> str:
        """Its content address: equal addresses mean equal bytes."""
        return str(self.manifest["address"])

    def rows(self, split: str) -> int:
        """Number of examples in a split."""
        return int(self.manifest["counts"]["splits"][split])

    def split(self, split: str) -> ShardSet:
        """The shard set of a split; its description is checked against the manifest, its shards when they are read.

        Raises:
            UsageError: there is no such split.
            RunError: the description is not the one that the manifest names.
        """
        if split not in SPLITS:
            raise UsageError(f"{self.uri}: has no split {split}; there are {', '.join(SPLITS)}")
        self._check(f"{split}/{shards.DESCRIPTION}")
        return shards.open_set(storage.join(self.uri, split), sealed=False)  # its hash stands in the manifest

    def tables(self, split: str, columns: Sequence[str] | None = None) -> Iterator[pa.Table]:
        """The tables of a split, one in memory at a time, each checked against its hash."""
        return self.split(split).tables(columns)

    def view(self, split: str, view: View, columns: Sequence[str] | None = None) -> Iterator[pa.Table]:
        """The rows of a split that are in a view, in order, one shard's in memory at a time."""
        needed = None if columns is None else list(dict.fromkeys([*columns, *VIEW_COLUMNS]))
        for table in self.tables(split, needed):
            taken = table.filter(view.takes(table))
            yield taken if columns is None else taken.select(list(columns))

    def examples(self, split: str) -> Iterator[Example]:
        """The examples of a split in order."""
        for table in self.tables(split):
            for row in table.to_pylist():
                yield Example.model_validate(example(row))

    def check(self) -> None:
        """Compare every file with its hash in the manifest. Raises RunError naming the first that differs."""
        for name in sorted(self.manifest["files"]):
            self._check(name)

    def _check(self, name: str) -> None:
        expected = self.manifest["files"].get(name, {}).get("sha256")
        path = storage.join(self.uri, name)
        if not storage.exists(path):
            raise RunError(f"{path}: is missing, but {MANIFEST} names it; compile or download the dataset again")
        if storage.sha256_file(path) != expected:
            raise RunError(f"{path}: its bytes are not those that {MANIFEST} promises; compile or download the dataset again")


def open_dataset(uri: str) -> Dataset:
    """Open the dataset version in the folder ``uri``.

    Raises:
        UsageError: there is none, it is unfinished, or another version of the contract made it.
    """
    path = storage.join(uri, MANIFEST)
    if not storage.exists(path):
        raise UsageError(f"{uri}: holds no complete dataset version ({MANIFEST} is missing); run attune compile first")
    try:
        manifest = storage.parse_json(storage.read_bytes(path))
        known = manifest["format"], manifest["schema_version"]
    except (ValueError, KeyError, TypeError) as error:
        raise UsageError(f"{path}: is no manifest of a dataset version ({type(error).__name__}: {error})") from None
    if known != (FORMAT, SCHEMA_VERSION):
        raise UsageError(f"{path}: is {known[0]} {known[1]}, this Attune reads {FORMAT} {SCHEMA_VERSION}; compile anew")
    _check_names(uri, path, manifest)
    return Dataset(uri, manifest)


def _check_names(uri: str, path: str, manifest: Mapping[str, Any]) -> None:
    """Refuse a manifest that names a file outside its folder, or has anything but a hash as hash."""
    try:
        files, splits = manifest["files"], manifest["counts"]["splits"]
        texts = [manifest[name] for name in ("name", "version", "address")]
        hashes = [entry["sha256"] for entry in files.values()]
    except (KeyError, TypeError, AttributeError) as error:
        raise UsageError(f"{path}: is no manifest of a dataset version ({type(error).__name__}: {error})") from None
    storage.checked_names(splits, f"{path}: counts.splits", plain=True)
    storage.checked_name(texts[1], f"{path}: version", plain=True)
    for value in hashes:
        storage.checked_sha256(value, f"{path}: files")
    for name in storage.checked_names(files, f"{path}: files"):
        storage.member(uri, name, f"{path}: files")


def example(row: Mapping[str, Any]) -> dict[str, Any]:
    """The published form of a record that has been scored and assigned to a split, as plain JSON values."""
    created_at = row["created_at"]
    parts = row["quality_parts"] or {}
    return {
        "messages": [{"role": message["role"], "content": message["content"]} for message in row["messages"]],
        "rejected_response": row["rejected_response"],
        "metadata": {
            "record_id": row["record_id"],
            "family": row["family"],
            "category": row["category"],
            "source": row["source"],
            "quality_score": row["quality_score"],
            "quality_parts": {name: value for name, value in parts.items() if value is not None},
            "relationship_stage": row["relationship_stage"],
            "complexity": row["complexity"],
            "language": row["language"],
            "created_at": created_at.isoformat() if created_at else None,
            "content_hash": row["content_hash"],
            "pii_status": row["pii_status"],
            "split": row["split"],
            "provenance_id": row["provenance"]["id"],
            "license": row["license"],
        },
    }


def sealed(manifest: Mapping[str, Any]) -> bytes:
    """A manifest as it is written: with a line that holds the SHA-256 of all its other lines.

    The file without that line is what was hashed, so ``grep -v '^ *"seal":' manifest.json | sha256sum`` gives the seal.
    """
    body = {name: value for name, value in manifest.items() if name != "seal"}
    return shards.json_bytes({**body, "seal": storage.sha256_bytes(shards.json_bytes(body))})


_LINE_ENDS = ("\u0085", "\u2028", "\u2029")


def json_line(value: Mapping[str, Any]) -> bytes:
    """A value as a line of a JSON Lines file; characters that some readers take for the end of a line are escaped."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    for sign in _LINE_ENDS:
        text = text.replace(sign, f"\\u{ord(sign):04x}")
    return f"{text}\n".encode()


def content_address(files: Mapping[str, str]) -> str:
    """The content address of files by their SHA-256."""
    lines = "".join(f"{files[name]}  {name}\n" for name in sorted(files))
    return storage.sha256_bytes(lines.encode())
