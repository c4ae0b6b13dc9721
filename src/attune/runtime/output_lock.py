"""One run at a time in one output: a second one would remove what the first has just written.

In a folder the lock is a file below ``.commits``, which the system releases when its holder dies. In an S3 store it is an
object (:class:`attune.storage.locks.StoreLock`); a run waits for one whose holder may have died, since a pod that is started
again must not fail on its own lock. A store that knows no conditional writes cannot keep runs of several machines apart.
"""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Iterator
from pathlib import Path

from attune import storage
from attune.runtime import audit_trail
from attune.storage import locks

FILE = "lock"
_PATIENCE_SECONDS = locks.EXPIRY_SECONDS + locks.BEAT_SECONDS
_POLL_SECONDS = 2.0


@contextlib.contextmanager
def output_lock(output: str, folder: str, step: str) -> Iterator[None]:
    """Hold an output until the end of the block, and see that a local one is private and has no links in it.

    Args:
        output: URI of the output.
        folder: name of the hidden folder in it for what is no part of the output.
        step: the step that will write there.

    Raises:
        RunError: another run writes there.
        UsageError: it is a link, or holds one, so that the step would write somewhere else.
    """
    busy = f"{output}: another run writes here; nothing was done, run {step} again when it has ended"
    if not storage.is_remote(output):
        with locks.locked(_lock_file(storage.local_path(output), folder), busy, what=output):
            yield
        return
    with contextlib.ExitStack() as held:
        if output.startswith("s3://"):
            _enter(held, output, folder, busy, step)
        else:
            held.enter_context(locks.locked(locks.machine_lock(output), busy, what=output))
        yield


def _enter(held: contextlib.ExitStack, output: str, folder: str, busy: str, step: str) -> None:
    uri = storage.join(output, folder)
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while True:
        try:
            held.enter_context(locks.StoreLock(uri, output, audit_trail.actor(), step).held())
            return
        except locks.NoConditionalWritesError:
            held.enter_context(locks.locked(locks.machine_lock(uri), busy, what=uri))
            return
        except locks.BusyError:
            if time.monotonic() >= deadline:
                raise
            time.sleep(_POLL_SECONDS)


def _lock_file(output: Path, folder: str) -> Path:
    """The file to lock, made if it is missing."""
    _refuse_links(output)
    path = output / folder / FILE
    with storage.explained_write(str(output)):
        ours = not output.exists() or path.parent.is_dir() or not any(output.iterdir())
        storage.make_folder(path.parent)
        for private in (output, path.parent) if ours else ():  # it may have been made by an earlier version
            state = private.stat()
            if state.st_uid == os.geteuid() and state.st_mode & 0o077:
                private.chmod(0o700)
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600))
    return path


def _refuse_links(output: Path) -> None:
    for path in sorted(output.iterdir()) if output.is_dir() else ():
        if path.is_symlink() and path.is_dir():
            raise storage.UnsafeNameError(
                f"{path}: is a link to a folder, and a step would write to where it leads; name that as --output, or remove it"
            )
