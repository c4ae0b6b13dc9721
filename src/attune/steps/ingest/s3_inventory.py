"""Reads S3 Inventory reports: the ``manifest.json`` that S3 writes daily or weekly, and the data files that it names.

Formats: CSV (gzip, without header, keys URL-encoded), Parquet and ORC. The MD5 of each data file is checked against
the manifest. In a versioned bucket only current objects are counted: no old versions, no delete markers.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO, Any
from urllib.parse import unquote_plus

import pyarrow as pa
import pyarrow.compute as pc

from attune import storage
from attune.errors import RunError, UsageError
from attune.steps.ingest.listing import BATCH_KEYS, SCHEMA

_BLOCK = 1 << 23
_ROWS = {"CSV", "PARQUET", "ORC"}


@dataclass(frozen=True)
class InventoryFile:
    """One data file of an inventory."""

    uri: str
    md5: str
    format: str
    columns: tuple[str, ...]  # of a CSV file, in lower case; empty for formats with a schema of their own


def read_manifest(uri: str) -> list[InventoryFile]:
    """The data files that a manifest names, found at their original place or beside the manifest.

    Raises:
        UsageError: it is not a manifest of S3 Inventory, or a data file is missing.
        RunError: it does not match its ``manifest.checksum``.
    """
    content = storage.read_bytes(uri)
    _check_manifest(uri, content)
    try:
        manifest = json.loads(content)
        form = str(manifest["fileFormat"]).upper()
        schema = str(manifest["fileSchema"])
        files = [(str(item["key"]), str(item["MD5checksum"])) for item in manifest["files"]]
        bucket = str(manifest["destinationBucket"]).rsplit(":", 1)[-1]
    except (ValueError, KeyError, TypeError) as error:
        raise UsageError(f"{uri}: is not a manifest of S3 Inventory ({type(error).__name__}: {error})") from None
    if form not in _ROWS:
        raise UsageError(f"{uri}: fileFormat is {form}; CSV, Parquet and ORC are read")
    columns = tuple(part.strip().lower() for part in schema.split(",")) if form == "CSV" else ()
    if form == "CSV" and "key" not in columns:
        raise UsageError(f"{uri}: fileSchema names no column Key")
    return [InventoryFile(_find(uri, bucket, key), md5, form, columns) for key, md5 in files]


def read_keys(file: InventoryFile) -> Iterator[pa.RecordBatch]:
    """Keys and sizes of one data file, in batches.

    Raises:
        RunError: the file does not match the manifest, or cannot be read.
    """
    try:
        yield from _csv(file) if file.format == "CSV" else _columnar(file)
    except (pa.ArrowException, EOFError, OSError) as error:
        _check(file, _md5(file.uri))  # report a damaged file as damaged, before any other error
        raise RunError(
            f"{file.uri}: is what S3 wrote (its MD5 is right) and cannot be read as {file.format} ({type(error).__name__}); "
            "fileFormat and fileSchema of the manifest must say what is in it"
        ) from None


def _check_manifest(uri: str, content: bytes) -> None:
    checksum = uri.removesuffix("json") + "checksum"
    if not storage.exists(checksum):
        return
    promised = storage.read_bytes(checksum).decode("ascii", "replace").strip().lower()
    if promised != hashlib.md5(content, usedforsecurity=False).hexdigest():
        raise RunError(f"{uri}: is not what manifest.checksum promises; copy both again")


def _find(manifest: str, bucket: str, key: str) -> str:
    """Where a data file is: at its key in the bucket, or near the manifest when the report was copied."""
    folder = manifest.rsplit("/", 1)[0] if "/" in manifest else "."
    above = folder.rsplit("/", 1)[0] if "/" in folder else ("." if folder != "." else "..")
    name = storage.checked_name(key, f"{manifest}: files").rsplit("/", 1)[-1]
    places = [storage.join(above, "data", name), storage.join(folder, "data", name), storage.join(folder, name)]
    places.append(storage.join(folder, key))
    if manifest.startswith("s3://"):
        places.insert(0, f"s3://{bucket}/{key}")
    for place in places:
        if _there(place):
            return place
    raise UsageError(f"{manifest}: names {key}, which is not there; copy the folder data/ of the report beside it")


def _there(uri: str) -> bool:
    try:
        return storage.exists(uri)
    except (UsageError, RunError):
        return False  # another account's bucket: the copy beside the manifest is looked for next


class _HashingReader:
    """A file whose MD5 is updated while it is read."""

    def __init__(self, handle: IO[bytes]) -> None:
        self._handle = handle
        self.digest = hashlib.md5(usedforsecurity=False)
        self.closed = False

    def read(self, size: int = -1) -> bytes:
        taken = self._handle.read(size)
        self.digest.update(taken)
        return taken

    def readable(self) -> bool:
        return True

    def close(self) -> None:
        self.closed = True


def _csv(file: InventoryFile) -> Iterator[pa.RecordBatch]:
    from pyarrow import csv

    wanted = [name for name in ("key", "size", "islatest", "isdeletemarker") if name in file.columns]
    read = csv.ReadOptions(column_names=list(file.columns), block_size=_BLOCK, use_threads=False)
    convert = csv.ConvertOptions(include_columns=wanted, column_types=dict.fromkeys(wanted, pa.string()))
    with storage.open_file(file.uri) as handle:
        hashed = _HashingReader(handle)
        raw: Any = pa.PythonFile(hashed, mode="r")
        stream = pa.CompressedInputStream(raw, "gzip") if file.uri.endswith(".gz") else raw
        try:
            reader = csv.open_csv(stream, read_options=read, convert_options=convert)
        except pa.ArrowInvalid as error:
            if "Empty CSV file" not in str(error):
                raise
            reader = ()
        for batch in reader:
            yield _current(batch, decode=True)
        while hashed.read(_BLOCK):
            pass
        _check(file, hashed.digest.hexdigest())


def _columnar(file: InventoryFile) -> Iterator[pa.RecordBatch]:
    _check(file, _md5(file.uri))
    with storage.open_file(file.uri) as handle:
        if file.format == "PARQUET":
            from attune.storage.parquet import batches, open_parquet

            parquet = open_parquet(handle)
            names = _wanted(file, parquet.schema_arrow.names)
            for batch in batches(parquet, BATCH_KEYS, names):
                yield _current(batch, decode=False)
        else:
            from pyarrow import orc

            stripes = orc.ORCFile(handle)
            names = _wanted(file, stripes.schema.names)
            for index in range(stripes.nstripes):
                yield _current(stripes.read_stripe(index, columns=names), decode=False)


def _wanted(file: InventoryFile, names: list[str]) -> list[str]:
    found = {name.lower().replace("_", ""): name for name in names}
    if "key" not in found:
        raise RunError(f"{file.uri}: has no column key, so it is not an S3 Inventory")
    return [found[name] for name in ("key", "size", "islatest", "isdeletemarker") if name in found]


def _current(batch: pa.RecordBatch, *, decode: bool) -> pa.RecordBatch:
    """Keys and sizes of the current objects."""
    columns = {name.lower().replace("_", ""): column for name, column in zip(batch.schema.names, batch.columns, strict=True)}
    keys = columns["key"].cast(pa.string())
    size = columns.get("size")
    if size is None:
        size = pa.repeat(pa.scalar("0"), len(keys))
    size = pc.if_else(pc.equal(size.cast(pa.string()), ""), "0", size.cast(pa.string())).cast(pa.int64()).fill_null(0)
    found = pa.RecordBatch.from_arrays([_decoded(keys) if decode else keys, size], schema=SCHEMA)
    shown = pc.invert(pc.ends_with(found.column("key"), "/"))
    for name, wanted in (("islatest", "true"), ("isdeletemarker", "false")):
        if name in columns:
            said = pc.utf8_lower(columns[name].cast(pa.string())).fill_null(wanted)
            shown = pc.and_(shown, pc.or_(pc.equal(said, wanted), pc.equal(said, "")))
    return found.filter(shown)


def _decoded(keys: pa.Array) -> pa.Array:
    """Keys as they are in the bucket; in CSV they are URL-encoded, with + for a space."""
    encoded = pc.match_substring_regex(keys, "[%+]")
    if not pc.any(encoded).as_py():
        return keys
    plain = pa.array([unquote_plus(key, errors="replace") for key in keys.filter(encoded).to_pylist()], pa.string())
    return pc.replace_with_mask(keys, encoded, plain)


def _md5(uri: str) -> str:
    digest = hashlib.md5(usedforsecurity=False)
    with storage.open_file(uri) as handle:
        while taken := handle.read(_BLOCK):
            digest.update(taken)
    return digest.hexdigest()


def _check(file: InventoryFile, md5: str) -> None:
    if md5 != file.md5.lower():
        raise RunError(f"{file.uri}: its MD5 is {md5}, the manifest promises {file.md5}; copy it again")
