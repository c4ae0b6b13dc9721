"""Files by URI: a local path or anything that fsspec opens (``s3://…``), written whole or not at all.

Local files are written under a temporary name, fsynced and renamed, so a reader never sees half a file and a kill at any
moment leaves either the old bytes or the new ones. Object stores give the same with a single put.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import secrets
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from attune.errors import RunError, UsageError

_CHUNK = 1 << 20
_LOCAL_SCHEME = "file://"


def is_remote(uri: str) -> bool:
    """Whether ``uri`` names an object store and not a path of this machine."""
    return "://" in uri and not uri.startswith(_LOCAL_SCHEME)


def local_path(uri: str) -> Path:
    """The path behind a local URI. Raises ValueError for a remote one."""
    if is_remote(uri):
        raise ValueError(f"{uri} is not a local path")
    return Path(uri.removeprefix(_LOCAL_SCHEME))


def join(uri: str, *parts: str) -> str:
    """``uri`` with ``parts`` appended, by single slashes."""
    return "/".join([uri.rstrip("/"), *(part.strip("/") for part in parts)])


def exists(uri: str) -> bool:
    """Whether a file or folder stands at ``uri``."""
    with explained(uri):
        if is_remote(uri):
            filesystem, path = _remote(uri)
            return bool(filesystem.exists(path))
        return local_path(uri).exists()


def read_bytes(uri: str) -> bytes:
    """The whole content of a file. Raises UsageError when there is none or it cannot be read."""
    with explained(uri):
        if is_remote(uri):
            filesystem, path = _remote(uri)
            return bytes(filesystem.cat_file(path))
        return local_path(uri).read_bytes()


def write_bytes(uri: str, content: bytes) -> None:
    """Write a file atomically and durably, making its folders.

    Raises:
        RunError: the disk is full or the place cannot be written; nothing is left under the final name.
    """
    if is_remote(uri):
        with explained(uri):
            filesystem, key = _remote(uri)
            filesystem.pipe_file(key, content)
        return
    path = local_path(uri)
    temporary = path.with_name(f".{path.name}.{os.getpid()}-{secrets.token_hex(4)}.tmp")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with temporary.open("wb") as handle:
            handle.write(content)
            handle.flush()
            os.fsync(handle.fileno())
        temporary.replace(path)
        _sync_folder(path.parent)
    except OSError as error:
        raise RunError(
            f"{uri}: could not be written ({error.strerror}); free some space or choose another place, "
            "then run again: what is complete is kept"
        ) from None
    finally:
        with contextlib.suppress(OSError):  # already renamed, or its folder could not be made
            temporary.unlink(missing_ok=True)


def is_temporary(name: str) -> bool:
    """Whether a file of this name was being written when its writer was killed."""
    return name.startswith(".") and name.endswith(".tmp")


def remove(uri: str) -> None:
    """Remove a file if it is there."""
    if is_remote(uri):
        with explained(uri):
            filesystem, path = _remote(uri)
            if filesystem.exists(path):
                filesystem.rm_file(path)
        return
    with explained(uri):
        local_path(uri).unlink(missing_ok=True)


def list_files(uri: str) -> list[str]:
    """Names of the files directly in a folder, sorted; empty when there is no folder."""
    with explained(uri):
        if is_remote(uri):
            filesystem, path = _remote(uri)
            entries = filesystem.ls(path, detail=True) if filesystem.exists(path) else []
            return sorted(entry["name"].rsplit("/", 1)[-1] for entry in entries if entry["type"] == "file")
        folder = local_path(uri)
        return sorted(entry.name for entry in folder.iterdir() if entry.is_file()) if folder.is_dir() else []


def walk(uri: str, *, hidden: bool = False) -> list[str]:
    """Names, relative to the folder ``uri``, of all files in and below it; hidden files and folders only when asked for.

    Raises UsageError for a folder that may not be read: nothing in it is left out in silence.
    """
    if is_remote(uri):
        with explained(uri):
            filesystem, path = _remote(uri)
            root = path.rstrip("/") + "/"
            names = [name.split(root, 1)[1] for name in filesystem.find(path) if root in name]
        return sorted(name for name in names if hidden or not any(part.startswith(".") for part in name.split("/")))
    root_path = local_path(uri)
    files = (file for file in _files_below(root_path) if hidden or not _hidden(file, root_path))
    return sorted(file.relative_to(root_path).as_posix() for file in files)


def size(uri: str) -> int:
    """Bytes of a file."""
    with explained(uri):
        if is_remote(uri):
            filesystem, path = _remote(uri)
            return int(filesystem.size(path))
        return local_path(uri).stat().st_size


def sha256_bytes(content: bytes) -> str:
    """Hex SHA-256 of ``content``."""
    return hashlib.sha256(content).hexdigest()


def sha256_file(uri: str) -> str:
    """Hex SHA-256 of a file, read in pieces."""
    digest = hashlib.sha256()
    for chunk in _chunks(uri):
        digest.update(chunk)
    return digest.hexdigest()


def fingerprint(uri: str) -> str:
    """A hash that changes when what stands at ``uri`` changes.

    A folder that describes itself (``_shards.json`` or ``manifest.json`` hold the hashes of everything in it) is known by
    that description; any other folder by the names and contents of its files; a file by its content.
    """
    for description in ("_shards.json", "manifest.json"):
        if exists(join(uri, description)):
            return sha256_file(join(uri, description))
    if not exists(uri):
        raise UsageError(f"{uri}: no such file or folder; check the path or run the step that writes it")
    if _is_file(uri):
        return sha256_file(uri)
    return hash_of_all(uri)


def hash_of_all(uri: str) -> str:
    """A hash over the names and contents of all files in a folder, whatever it says of itself."""
    digest = hashlib.sha256()
    for name in walk(uri):
        digest.update(f"{name}\0{sha256_file(join(uri, name))}\n".encode())
    return digest.hexdigest()


def _is_file(uri: str) -> bool:
    with explained(uri):
        if is_remote(uri):
            filesystem, path = _remote(uri)
            return bool(filesystem.isfile(path))
        return local_path(uri).is_file()


def _files_below(root: Path) -> Iterator[Path]:
    def refuse(error: OSError) -> None:
        if not isinstance(error, (FileNotFoundError, NotADirectoryError)):  # what is gone meanwhile holds nothing
            with explained(error.filename):
                raise error

    for folder, _, names in os.walk(root, onerror=refuse):
        yield from (file for name in names if (file := Path(folder, name)).is_file())


def _hidden(file: Path, root: Path) -> bool:
    return any(part.startswith(".") for part in file.relative_to(root).parts)


def _chunks(uri: str) -> Iterator[bytes]:
    with explained(uri):
        if is_remote(uri):
            filesystem, path = _remote(uri)
            with filesystem.open(path, "rb") as handle:
                yield from iter(lambda: handle.read(_CHUNK), b"")
            return
        with local_path(uri).open("rb") as handle:
            yield from iter(lambda: handle.read(_CHUNK), b"")


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextlib.contextmanager
def explained(uri: str) -> Iterator[None]:
    """Turns what a file system or an object store raises into an error that says what to do."""
    try:
        yield
    except FileNotFoundError:
        what = "no such file or bucket; check the address" if is_remote(uri) else "no such file; check the path"
        raise UsageError(f"{uri}: {what} or run the step that writes it") from None
    except IsADirectoryError:
        raise UsageError(f"{uri}: is a folder, a file was expected") from None
    except PermissionError:
        raise UsageError(
            f"{uri}: permission denied; check the owner and mode of the file, or the store's credentials"
        ) from None
    except _store_errors() as error:
        if "Credential" in type(error).__name__:
            raise UsageError(f"{uri}: the store has no usable credentials ({error}); set them in the environment") from None
        raise RunError(f"{uri}: the store did not answer as it should ({error}); check its address, then run again") from None


def _store_errors() -> tuple[type[BaseException], ...]:
    """What reading and writing may raise; the S3 client's own errors are known once it was loaded."""
    client = sys.modules.get("botocore.exceptions")
    return (OSError, client.BotoCoreError, client.ClientError) if client else (OSError,)


def _remote(uri: str) -> tuple[Any, str]:
    """The file system of ``uri`` and the path in it; without a cache of listings, since other processes write there too."""
    import fsspec

    try:
        filesystem, path = fsspec.core.url_to_fs(uri, use_listings_cache=False)
    except (ImportError, ValueError) as error:
        raise UsageError(f"{uri}: this kind of store cannot be opened ({error}); install its fsspec driver") from None
    return filesystem, path
