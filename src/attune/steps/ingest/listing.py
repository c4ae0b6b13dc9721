"""Listings of object stores and folders: keys and sizes in batches, never all in memory.

Keys are relative to the root that was given. Every listing comes in an order that does not change between two runs.
"""

from __future__ import annotations

import os
import stat
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow as pa

from attune import storage
from attune.errors import RunError, UsageError
from attune.steps.ingest.families import Family

SCHEMA = pa.schema([("key", pa.string()), ("size", pa.int64())])
BATCH_KEYS = 1 << 16
_REFUSED = frozenset(
    {"AccessDenied", "403", "Forbidden", "InvalidAccessKeyId", "SignatureDoesNotMatch", "ExpiredToken", "InvalidToken"}
)

Entry = tuple[str, int]


@dataclass(frozen=True)
class Object:
    """One object of a store. ``key`` is relative to its root."""

    uri: str
    key: str
    size: int
    family: Family | None


@dataclass
class Counted:
    """What was read, by object and by family."""

    rows: Counter[str] = field(default_factory=Counter)  # by object key
    records: Counter[str] = field(default_factory=Counter)  # by the family that they were filed under
    derived: dict[str, Counter[str]] = field(default_factory=dict)  # derived family -> the family that records came from
    empty: list[str] = field(default_factory=list)  # keys of objects without a row
    damaged: list[str] = field(default_factory=list)  # keys of objects whose rest is lost
    newest: datetime | None = None
    unlicensed: Counter[str] = field(default_factory=Counter)  # readable records without a license, by the family of the map
    erased: int = 0  # records of people who were erased, of which nothing is written

    def add(self, item: Object, raw: Mapping[str, Any], moved: str | None, *, damaged: bool) -> None:
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


def bucket_and_prefix(uri: str) -> tuple[str, str]:
    """The bucket of an ``s3://`` URI and what stands behind it, without slashes around it."""
    bucket, _, prefix = uri.removeprefix("s3://").partition("/")
    if not bucket:
        raise UsageError(f"{uri}: names no bucket; write s3://bucket/prefix")
    return bucket, prefix.strip("/")


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
    bucket, prefix = bucket_and_prefix(root)
    with _explained(root):
        client = _client(endpoint)
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


def _client(endpoint: str | None) -> Any:
    try:
        import boto3
        from botocore.config import Config
    except ImportError:
        raise UsageError("listing s3:// needs boto3; install attune[s3]") from None
    # Listings of R2 and of Amazon S3 break off now and then; the client's own backoff gets over it.
    try:
        return boto3.client("s3", endpoint_url=endpoint, config=Config(retries={"mode": "standard", "max_attempts": 6}))
    except ValueError:
        given = endpoint or os.environ.get("AWS_ENDPOINT_URL", "")
        raise UsageError(
            f"endpoint {given} is no address; write it as https://… in inventory.endpoint_url or AWS_ENDPOINT_URL"
        ) from None


@contextmanager
def _explained(root: str) -> Iterator[None]:
    """Turns what the S3 client raises into an error that says what to do."""
    try:
        from botocore.exceptions import BotoCoreError, ClientError, NoCredentialsError
    except ImportError:
        raise UsageError(f"{root}: listing s3:// needs boto3; install attune[s3]") from None
    try:
        yield
    except NoCredentialsError:
        raise UsageError(f"{root}: the store has no usable credentials; set AWS_ACCESS_KEY_ID and its secret") from None
    except ClientError as error:
        code = error.response.get("Error", {}).get("Code", "?")
        if code == "NoSuchBucket":
            raise UsageError(f"{root}: there is no such bucket; check its name and AWS_ENDPOINT_URL") from None
        if code in _REFUSED:
            raise UsageError(f"{root}: permission denied ({code}); check the store's credentials and policy") from None
        raise RunError(f"{root}: the store answered {code}; run again, or check its address") from None
    except BotoCoreError as error:
        raise RunError(f"{root}: the store did not answer ({type(error).__name__}); check AWS_ENDPOINT_URL") from None


def _remote(root: str) -> Iterator[Entry]:
    """Any other store that fsspec opens."""
    import fsspec

    try:
        filesystem, path = fsspec.core.url_to_fs(root, use_listings_cache=False)
    except (ImportError, ValueError) as error:
        raise UsageError(f"{root}: this kind of store cannot be opened ({error}); install its fsspec driver") from None
    found = filesystem.find(path, detail=True)
    if not found:
        raise UsageError(f"{root}: no such folder or file; check the path")
    folder = path.rstrip("/") + "/"
    for name in sorted(found):
        yield (name.split(folder, 1)[1] if folder in name else name.rsplit("/", 1)[-1]), int(found[name]["size"])
