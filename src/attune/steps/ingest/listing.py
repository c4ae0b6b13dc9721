"""Listings of object stores and folders: keys and sizes in batches, never all in memory.

Keys are relative to the root that was given. Every listing comes in an order that does not change between two runs.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa

from attune import storage
from attune.errors import UsageError
from attune.storage import object_versions

SCHEMA = pa.schema([("key", pa.string()), ("size", pa.int64())])
BATCH_KEYS = 1 << 16
_ATTEMPTS = 6  # listings of R2 and of Amazon S3 break off now and then; the client waits and tries again

Entry = tuple[str, int]


def list_objects(root: str, endpoint: str | None = None) -> Iterator[Entry]:
    """Key and size of every object below a folder, an ``s3://bucket/prefix`` or another store; of a single file, its own.

    The empty objects that stand for folders in a store are left out.

    Args:
        root: what to list.
        endpoint: address of an S3 service other than Amazon's, such as R2; None: ``AWS_ENDPOINT_URL`` decides.

    Raises:
        UsageError: there is nothing at the root, or it may not be read.
        RunError: the store broke off.
    """
    if root.startswith("s3://"):
        return _s3(root, endpoint)
    if storage.is_remote(root):
        return _remote(root)
    return _local(storage.local_path(root), root)


def batches(entries: Iterable[Entry]) -> Iterator[pa.RecordBatch]:
    """Entries as batches of :data:`SCHEMA`."""
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


def _local(root: Path, given: str) -> Iterator[Entry]:
    if root.is_file():
        yield _written(root.name), root.stat().st_size
        return
    if not root.is_dir():
        raise UsageError(f"{given}: no such folder or file; check the path")
    yield from _below(root, "", frozenset())


def _below(folder: Path, prefix: str, above: frozenset[Path]) -> Iterator[Entry]:
    """Files below a folder. Links are followed, but for one that leads to a folder ``above``, which would never end."""
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
        try:
            mode, size = entry.stat().st_mode, entry.stat().st_size
        except OSError:
            yield key, 0  # a link to nothing: it is named when somebody wants to read it, and not passed over in silence
            continue
        if stat.S_ISDIR(mode):
            yield from _below(folder / entry.name, f"{key}/", above | {real})
        elif stat.S_ISREG(mode):
            yield key, size


def _written(name: str) -> str:
    """A file's name as text: bytes that are no UTF-8 are replaced, so that it can be written anywhere."""
    return os.fsencode(name).decode("utf-8", "replace")


def _s3(root: str, endpoint: str | None) -> Iterator[Entry]:
    bucket, prefix = object_versions.bucket_and_prefix(root)
    with storage.explained(root):
        client = object_versions.client(endpoint, _ATTEMPTS)
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


def _pages(client: Any, bucket: str, prefix: str) -> Iterator[Entry]:
    for page in client.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix):
        for item in page.get("Contents", ()):
            yield item["Key"], item["Size"]


def _remote(root: str) -> Iterator[Entry]:
    """Any other store that fsspec opens."""
    with storage.explained(root):
        filesystem, path = storage.file_system(root)
        found = filesystem.find(path, detail=True)
    if not found:
        raise UsageError(f"{root}: no such folder or file; check the path")
    folder = path.rstrip("/") + "/"
    for name in sorted(found):
        yield (name.split(folder, 1)[1] if folder in name else name.rsplit("/", 1)[-1]), int(found[name]["size"])
