"""Lists object stores and folders: keys and sizes in batches, never all in memory.

Keys are relative to the given root. The order of a listing is the same in every run.
"""

from __future__ import annotations

import os
import stat
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow as pa

from attune import storage
from attune.errors import UsageError
from attune.steps.ingest.families import Family
from attune.storage import s3

SCHEMA = pa.schema([("key", pa.string()), ("size", pa.int64())])
BATCH_KEYS = 1 << 16
_ATTEMPTS = 6  # listings of R2 and of Amazon S3 break off now and then; the client waits and tries again

ListedObject = tuple[str, int]  # key, bytes


@dataclass(frozen=True)
class StoreObject:
    """One object of a store. ``key`` is relative to its root, ``size`` in bytes."""

    uri: str
    key: str
    size: int
    family: Family | None


@dataclass
class IngestCounts:
    """Counts of the rows that were read, by object and by family."""

    rows: Counter[str] = field(default_factory=Counter)  # by object key
    records: Counter[str] = field(default_factory=Counter)  # by the family that they were assigned to
    derived: dict[str, Counter[str]] = field(default_factory=dict)  # derived family -> the family that records came from
    empty: list[str] = field(default_factory=list)  # keys of objects without a row
    damaged: list[str] = field(default_factory=list)  # keys of objects that could not be read to the end
    newest: datetime | None = None
    unlicensed: Counter[str] = field(default_factory=Counter)  # readable records without a license, by family of the map
    erased: int = 0  # records of erased people; nothing of them is written

    def add(self, item: StoreObject, raw: Mapping[str, Any], moved: str | None, *, damaged: bool) -> None:
        """Count one row."""
        assert item.family is not None
        self.rows[item.key] += 1
        self.records[raw["family"]] += 1
        if moved is not None:
            self.derived.setdefault(moved, Counter())[item.family.family] += 1
        if not raw["problem"] and not raw["license"]:
            self.unlicensed[item.family.family] += 1
        if damaged:
            self.damaged.append(item.key)
        if raw["created_at"] is not None:
            self.newest = max(self.newest or raw["created_at"], raw["created_at"])


def list_objects(root: str, endpoint: str | None = None) -> Iterator[ListedObject]:
    """Key and size of every object below a folder, an ``s3://bucket/prefix`` or another store; a single file is listed alone.

    Empty objects that represent folders in a store are left out.

    Args:
        root: folder, file or URI to list.
        endpoint: address of an S3 service other than Amazon's, such as R2; None: ``AWS_ENDPOINT_URL`` decides.

    Raises:
        UsageError: the root does not exist or may not be read.
        RunError: the connection to the store failed.
    """
    if root.startswith("s3://"):
        return _s3(root, endpoint)
    if storage.is_remote(root):
        return _remote(root)
    return _local(storage.local_path(root), root)


def batches(entries: Iterable[ListedObject]) -> Iterator[pa.RecordBatch]:
    """Listed objects as batches of :data:`SCHEMA`."""
    keys: list[str] = []
    sizes: list[int] = []
    for key, size in entries:
        keys.append(key)
        sizes.append(size)
        if len(keys) >= BATCH_KEYS:
            yield pa.RecordBatch.from_arrays([pa.array(keys, pa.string()), pa.array(sizes, pa.int64())], schema=SCHEMA)
            keys, sizes = [], []
    if keys:
        yield pa.RecordBatch.from_arrays([pa.array(keys, pa.string()), pa.array(sizes, pa.int64())], schema=SCHEMA)


def _local(root: Path, given: str) -> Iterator[ListedObject]:
    if root.is_file():
        yield _written(root.name), root.stat().st_size
        return
    if not root.is_dir():
        raise UsageError(f"{given}: no such folder or file; check the path")
    yield from _below(root, "", frozenset(), root.resolve())


def _below(folder: Path, prefix: str, above: frozenset[Path], root: Path) -> Iterator[ListedObject]:
    """Files below a folder. Links inside the root are followed, except those to a folder ``above``, which would form a cycle.

    Raises:
        UsageError: a link leads out of the root: what is read would be data that nobody named.
    """
    real = folder.resolve()
    if real in above:
        return
    try:
        with os.scandir(folder) as listing:
            entries = sorted(listing, key=lambda entry: entry.name)
    except PermissionError:
        raise UsageError(f"{folder}: permission denied; check the owner and mode of the folder") from None
    for entry in entries:
        key = f"{prefix}{_written(entry.name)}"
        if entry.is_symlink():
            _refuse_outside(Path(entry.path), root)
        try:
            mode, size = entry.stat().st_mode, entry.stat().st_size
        except OSError:
            yield key, 0  # a broken link: it is listed, so that reading it reports the problem
            continue
        if stat.S_ISDIR(mode):
            yield from _below(folder / entry.name, f"{key}/", above | {real}, root)
        elif stat.S_ISREG(mode):
            yield key, size


def _refuse_outside(path: Path, root: Path) -> None:
    """Refuse a link to something outside of the root; one to nothing is named when it is read."""
    try:
        target = path.resolve()
    except (OSError, RuntimeError):  # a link to itself
        return
    if target.exists() and not target.is_relative_to(root):
        raise UsageError(
            f"{path}: is a link that leads out of {root}, and is not followed; name its target as a root of its own, or copy it"
        )


def _written(name: str) -> str:
    """A file's name as text; bytes that are not UTF-8 are replaced."""
    return os.fsencode(name).decode("utf-8", "replace")


def _s3(root: str, endpoint: str | None) -> Iterator[ListedObject]:
    bucket, prefix = s3.bucket_and_prefix(root)
    with storage.explained(root):
        client = s3.client(endpoint, _ATTEMPTS)
        folder = f"{prefix}/" if prefix else ""
        found = False
        for key, size in _pages(client, bucket, folder):
            found = True
            if not key.endswith("/"):
                yield key[len(folder) :], size
        if found:
            return
        for key, size in _pages(client, bucket, prefix):
            if key == prefix:
                yield key.rsplit("/", 1)[-1], size
                return
        if prefix:
            raise UsageError(f"{root}: no such folder or file; check the path")


def _pages(client: Any, bucket: str, prefix: str) -> Iterator[ListedObject]:
    for page in client.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix):
        for item in page.get("Contents", ()):
            yield item["Key"], item["Size"]


def _remote(root: str) -> Iterator[ListedObject]:
    """List any other store that fsspec opens."""
    with storage.explained(root):
        filesystem, path = storage.file_system(root)
        found = filesystem.find(path, detail=True)
    if not found:
        raise UsageError(f"{root}: no such folder or file; check the path")
    folder = path.rstrip("/") + "/"
    for name in sorted(found):
        yield (name.split(folder, 1)[1] if folder in name else name.rsplit("/", 1)[-1]), int(found[name]["size"])
