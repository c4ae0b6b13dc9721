"""One erasure or retention run at a time in a place: two at once would each undo what the other moves."""

from __future__ import annotations

import fcntl
import hashlib
import os
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path

from attune import storage
from attune.errors import RunError
from attune.storage.store_lock import StoreLock


@contextmanager
def exclusive(places: Mapping[str, str]) -> Iterator[None]:
    """Hold all places until the end.

    A folder is locked itself, for everybody who can lock it; the system lets go when the process dies, however it does. In an
    S3 store an object is the lock, for all machines; see :mod:`attune.storage.store_lock`. Of other stores only one run on
    this machine gets it.

    Raises:
        RunError: another run holds one of the places, or it cannot be locked.
    """
    with ExitStack() as held:
        for name, uri in sorted(places.items()):
            what = f"place {name} ({uri})"
            if uri.startswith("s3://"):
                if storage.exists(uri):
                    held.enter_context(StoreLock(uri, what).held())
            elif (path := _lockable(uri)) is not None:
                held.enter_context(_locked(path, what))
        yield


def _lockable(uri: str) -> Path | None:
    """The folder of a place, or what stands for a store on this machine; None where there is nothing to lock yet."""
    if not storage.is_remote(uri):
        path = storage.local_path(uri)
        return path if path.is_dir() else None
    name = hashlib.sha256(uri.rstrip("/").encode()).hexdigest()[:16]
    path = Path(tempfile.gettempdir()) / f"attune-{os.getuid()}-{name}.lock"
    path.touch()
    return path


@contextmanager
def _locked(path: Path, what: str) -> Iterator[None]:
    try:
        descriptor = os.open(path, os.O_RDONLY)
    except OSError as error:
        raise RunError(f"{what}: cannot be opened ({error.strerror}); make it readable for this user, then run again") from None
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise RunError(
                f"{what}: another erasure or retention run is at work here; nothing was done, run again when it has ended"
            ) from None
        except OSError as error:
            raise RunError(f"{what}: cannot be locked ({error.strerror}); run where the folder is a local disk") from None
        yield
    finally:
        os.close(descriptor)
