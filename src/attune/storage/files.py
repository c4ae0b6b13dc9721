"""Files by URI: a local path or anything that fsspec opens (``s3://…``), written whole or not at all.

A local file is written under a temporary name, fsynced and renamed, and its folder is fsynced. A reader never sees half a file,
and a kill or a power cut at any moment leaves either the old bytes or the new ones. Object stores give the same with one put.
What is written may hold conversations: files are made with mode 0600 and folders with 0700, from the first moment on.

Everything that a file system or a store raises goes through :func:`explained`.
"""

from __future__ import annotations

import contextlib
import errno
import io
import os
import secrets
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any

from attune.errors import RunError, UsageError

_CHUNK = 1 << 20
_PRIVATE_FILE, _PRIVATE_FOLDER = 0o600, 0o700
_LOCAL_SCHEME = "file://"
_WRONG_PATH = frozenset({errno.ENAMETOOLONG, errno.ELOOP, errno.ENOTDIR, errno.EINVAL})
_REFUSED = frozenset(
    {"AccessDenied", "403", "Forbidden", "InvalidAccessKeyId", "SignatureDoesNotMatch", "ExpiredToken", "InvalidToken"}
)


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
            filesystem, path = file_system(uri)
            return bool(filesystem.exists(path))
        return local_path(uri).exists()


def read_bytes(uri: str) -> bytes:
    """The whole content of a file. Raises UsageError when there is none or it cannot be read."""
    with explained(uri):
        if is_remote(uri):
            filesystem, path = file_system(uri)
            return bytes(filesystem.cat_file(path))
        return local_path(uri).read_bytes()


def open_file(uri: str) -> IO[bytes]:
    """Open a file for reading at any position; the caller closes it. Errors while reading are explained too.

    Raises:
        UsageError: there is no such file, or it may not be read.
    """
    with explained(uri):
        if is_remote(uri):
            filesystem, path = file_system(uri)
            return io.BufferedReader(_StoreFile(uri, filesystem.open(path, "rb")), _CHUNK)
        return local_path(uri).open("rb")


def read_chunks(uri: str) -> Iterator[bytes]:
    """The content of a file in chunks of 1 MiB."""
    with open_file(uri) as handle:
        while True:
            with explained(uri):
                chunk = handle.read(_CHUNK)
            if not chunk:
                return
            yield chunk


def write_bytes(uri: str, content: bytes) -> None:
    """Write a file atomically and durably, making its folders.

    Raises:
        RunError: the disk is full or the folder cannot be written; nothing is left under the final name.
    """
    if is_remote(uri):
        with explained(uri):
            filesystem, key = file_system(uri)
            filesystem.pipe_file(key, content)
        return
    with atomic_path(uri) as temporary, explained_write(uri):
        temporary.write_bytes(content)


def create_object(uri: str) -> Any:
    """A handle that writes an object to a store in parts; the object appears when it is closed, ``discard()`` gives it up."""
    with explained(uri):
        filesystem, path = file_system(uri)
        return filesystem.open(path, "wb")


@contextlib.contextmanager
def atomic_path(uri: str) -> Iterator[Path]:
    """A temporary path beside a local file, to be written in the block; it replaces the file when the block ends well.

    This is the one way in which Attune writes a local file: fsync the content, rename, fsync the folder. When the block raises,
    the temporary file is removed and the old file stays.

    Raises:
        RunError: the disk is full or the folder cannot be written.
    """
    path = local_path(uri)
    temporary = path.with_name(f".{path.name}.{os.getpid()}-{secrets.token_hex(4)}.tmp")
    try:
        with explained_write(uri):
            make_folder(path.parent)
            os.close(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _PRIVATE_FILE))
        yield temporary
        with explained_write(uri):
            sync(temporary)
            temporary.replace(path)
            sync(path.parent)
    finally:
        with contextlib.suppress(OSError):  # already renamed, or its folder could not be made
            temporary.unlink(missing_ok=True)


@contextlib.contextmanager
def explained_write(uri: str) -> Iterator[None]:
    """Turns an error of writing a local file into one that says what to do."""
    try:
        yield
    except OSError as error:
        raise RunError(
            f"{uri}: could not be written ({error.strerror or type(error).__name__}); free some space or choose another place, "
            "then run again: what is complete is kept"
        ) from None


def make_folder(folder: Path) -> None:
    """Make a local folder and those above it, durably; those that were missing are open to their owner alone."""
    missing = [part for part in (folder, *folder.parents) if not part.exists()]
    for part in reversed(missing):
        part.mkdir(mode=_PRIVATE_FOLDER, exist_ok=True)
    for made in missing:
        sync(made.parent)


def sync(path: Path) -> None:
    """Fsync a local file, or a folder, which makes the names in it durable."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def is_temporary(name: str) -> bool:
    """Whether a file of this name was being written when its writer was killed."""
    return name.startswith(".") and name.endswith(".tmp")


def remove(uri: str) -> None:
    """Remove a file if it is there."""
    if is_remote(uri):
        with explained(uri):
            filesystem, path = file_system(uri)
            if filesystem.exists(path):
                filesystem.rm_file(path)
        return
    with explained(uri):
        local_path(uri).unlink(missing_ok=True)


def move(source: str, target: str) -> None:
    """Move a file within a store; a source that is gone was moved before. Raises RunError when the store does not do it."""
    if not exists(source):
        return
    if is_remote(source):
        with explained(source):
            filesystem, path = file_system(source)
            filesystem.copy(path, file_system(target)[1])
            filesystem.rm_file(path)
        return
    place = local_path(target)
    try:
        make_folder(place.parent)
        local_path(source).replace(place)
        sync(place.parent)
    except OSError as error:
        raise RunError(f"{source}: could not be moved to {target} ({error.strerror or type(error).__name__})") from None


def remove_tree(uri: str) -> None:
    """Remove a folder and everything in it, hidden files too. A link is removed, and never what it leads to."""
    if is_remote(uri):
        for name in walk(uri, hidden=True) if exists(uri) else ():
            remove(join(uri, name))
        return
    root = local_path(uri.rstrip("/"))
    with explained(uri):
        if root.is_symlink():
            root.unlink()
            return
        for folder, folders, names in os.walk(root, topdown=False):
            for path in (Path(folder, name) for name in (*names, *folders)):
                if path.is_symlink() or not path.is_dir():
                    path.unlink(missing_ok=True)
    remove_empty_folders(uri)


def remove_empty_folders(uri: str) -> None:
    """Remove a local folder and the folders in it as far as they are empty; object stores have no folders."""
    if is_remote(uri) or not exists(uri):
        return
    for folder, _, _ in os.walk(local_path(uri), topdown=False):
        with contextlib.suppress(OSError):  # not empty
            os.rmdir(folder)  # noqa: PTH106


def list_files(uri: str) -> list[str]:
    """Names of the files directly in a folder, sorted; empty when there is no folder."""
    with explained(uri):
        if is_remote(uri):
            filesystem, path = file_system(uri)
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
            filesystem, path = file_system(uri)
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
            filesystem, path = file_system(uri)
            return int(filesystem.size(path))
        return local_path(uri).stat().st_size


def modified(uri: str) -> datetime:
    """When a file was last written."""
    with explained(uri):
        if is_remote(uri):
            filesystem, path = file_system(uri)
            moment: datetime = filesystem.modified(path)
            return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        return datetime.fromtimestamp(local_path(uri).stat().st_mtime, UTC)


def is_file(uri: str) -> bool:
    """Whether a file, and not a folder, stands at ``uri``."""
    with explained(uri):
        if is_remote(uri):
            filesystem, path = file_system(uri)
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


class _StoreFile(io.RawIOBase):
    """A file of an object store whose errors are explained."""

    def __init__(self, uri: str, handle: Any) -> None:
        self._uri, self._handle = uri, handle

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        with explained(self._uri):
            content = self._handle.read(len(buffer))
        buffer[: len(content)] = content
        return len(content)

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        return int(self._handle.seek(offset, whence))

    def tell(self) -> int:
        return int(self._handle.tell())

    def close(self) -> None:
        if not self.closed:
            self._handle.close()
        super().close()


@contextlib.contextmanager
def explained(uri: str) -> Iterator[None]:
    """Turns what a file system or an object store raises into an error that names ``uri``, the cause, and what to do."""
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
        raise _explanation(uri, error) from None


def _explanation(uri: str, error: BaseException) -> UsageError | RunError:
    """The error to raise for one of :func:`_store_errors`."""
    if not is_remote(uri):
        said = getattr(error, "strerror", None) or type(error).__name__
        kind = UsageError if getattr(error, "errno", None) in _WRONG_PATH else RunError
        return kind(f"{uri}: cannot be read ({said}); check the path and the disk, then run again")
    if "Credential" in type(error).__name__:
        return UsageError(f"{uri}: the store has no usable credentials ({error}); set them in the environment")
    code = str(getattr(error, "response", {}).get("Error", {}).get("Code", ""))
    if code == "NoSuchBucket":
        return UsageError(f"{uri}: there is no such bucket; check its name and AWS_ENDPOINT_URL")
    if code in _REFUSED:
        return UsageError(f"{uri}: permission denied ({code}); check the store's credentials and policy")
    return RunError(
        f"{uri}: the store did not answer as it should ({code or error}); check its address (AWS_ENDPOINT_URL), then run again"
    )


def _store_errors() -> tuple[type[BaseException], ...]:
    """What reading and writing may raise; the S3 client's own errors are known once it was loaded."""
    client = sys.modules.get("botocore.exceptions")
    return (OSError, client.BotoCoreError, client.ClientError) if client else (OSError,)


def file_system(uri: str) -> tuple[Any, str]:
    """The file system of ``uri`` and the path in it; without a cache of listings, since other processes write there too."""
    import fsspec

    try:
        if "::" in uri:  # part of a name here, and not the chain of file systems that fsspec would take it for
            return fsspec.filesystem(uri.partition("://")[0], use_listings_cache=False), uri
        filesystem, path = fsspec.core.url_to_fs(uri, use_listings_cache=False)
    except (ImportError, ValueError) as error:
        raise UsageError(f"{uri}: this kind of store cannot be opened ({error}); install its fsspec driver") from None
    return filesystem, path
