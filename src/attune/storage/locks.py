"""Locks that keep two runs out of the same folder or store: flock for folders, conditional writes for S3.

The system releases a folder's lock when the process that holds it dies, however it dies. In an S3 store an object is the lock,
for runs on any number of machines. The holder writes the object anew every few seconds, each time on condition that nobody else
wrote it. An object that was not written for :data:`EXPIRY_SECONDS`, by the store's clock, was left by a dead process and is
taken over, on the same condition. A holder that finds the object taken over ends its process at once, like a kill, which every
holder must survive anyway: to go on would disturb the other run.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
import os
import secrets
import socket
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping
from datetime import datetime
from email.utils import parsedate_to_datetime
from pathlib import Path

from attune import storage
from attune.errors import RunError
from attune.storage import s3

LOCK = ".attune-lock.json"
EXPIRY_SECONDS = 60.0
BEAT_SECONDS = 10.0
_POLL_SECONDS = 0.1
_TRIES = 5
_REFUSED = ("PreconditionFailed", "ConditionalRequestConflict", "412", "409")
_UNKNOWN = ("NotImplemented", "501")


class BusyError(RunError):
    """Another run holds the lock."""


class NoConditionalWritesError(RunError):
    """The store takes no notice of conditional writes, so that no object in it can be a lock."""


@contextlib.contextmanager
def exclusive(locations: Mapping[str, str], *, holder: str = "", work: str = "run") -> Iterator[None]:
    """Hold all locations until the end of the block.

    A folder is locked for everybody who can lock it, an S3 prefix for all machines, a prefix of another store for this machine
    only. A location that does not exist is not locked.

    Args:
        locations: folders and URIs by name.
        holder: who holds the lock, for a person who looks into the lock of a store.
        work: what messages call the work that the lock protects.

    Raises:
        RunError: another run holds one of the locations, or it cannot be locked.
    """
    with contextlib.ExitStack() as held:
        for name, uri in sorted(locations.items()):
            what = f"location {name} ({uri})"
            if uri.startswith("s3://"):
                if storage.exists(uri):
                    held.enter_context(StoreLock(uri, what, holder, work).held())
            elif (path := _lockable(uri)) is not None:
                busy = f"{what}: another {work} is at work here; nothing was done, run again when it has ended"
                held.enter_context(locked(path, busy, what=what))
        yield


@contextlib.contextmanager
def locked(path: Path, busy: str, *, what: str = "", patience_seconds: float = 0.0) -> Iterator[int]:
    """Hold the lock of an existing folder or file; yields its descriptor.

    A process that inherits the descriptor holds the lock too: it is released when the last of them ends.

    Args:
        path: the folder or file.
        busy: the message when another process holds it.
        what: what other messages call it; empty: its path.
        patience_seconds: how long to wait for another process; ``math.inf``: until it ends.

    Raises:
        RunError: another process holds it, or it cannot be locked.
    """
    what = what or str(path)
    try:
        # NFS locks a file only when it is open for writing.
        descriptor = os.open(path, os.O_RDONLY if path.is_dir() else os.O_RDWR)
    except OSError as error:
        raise RunError(f"{what}: cannot be opened ({error.strerror}); make it readable for this user, then run again") from None
    try:
        deadline = time.monotonic() + patience_seconds
        while not take(descriptor, what):
            if time.monotonic() >= deadline:
                raise BusyError(busy)
            time.sleep(_POLL_SECONDS)
        yield descriptor
    finally:
        os.close(descriptor)


def take(descriptor: int, what: str) -> bool:
    """Take the lock of an open file or folder; False when another process holds it.

    Raises:
        RunError: its file system knows no locks.
    """
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError as error:
        raise RunError(f"{what}: cannot be locked ({error.strerror}); use a folder on a local disk") from None
    return True


def _lockable(uri: str) -> Path | None:
    """The folder of a location, or a file that stands for a store on this machine; None for a folder that does not exist."""
    if not storage.is_remote(uri):
        path = storage.local_path(uri)
        return path if path.is_dir() else None
    return machine_lock(uri)


def machine_lock(uri: str) -> Path:
    """A file that stands for a store on this machine. Raises RunError when somebody else has put something in its place."""
    name = hashlib.sha256(uri.rstrip("/").encode()).hexdigest()[:16]
    path = Path(tempfile.gettempdir()) / f"attune-{os.getuid()}-{name}.lock"
    try:
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600))
    except OSError as error:
        raise RunError(f"{path}: cannot be used as a lock ({error.strerror}); remove it, then run again") from None
    return path


class StoreLock:
    """The lock of one prefix in an S3 store.

    Args:
        uri: ``s3://bucket/prefix``.
        what: what messages call it.
        holder: who holds it, written into the object.
        work: what messages call the work that the lock protects.
    """

    def __init__(self, uri: str, what: str, holder: str = "", work: str = "run") -> None:
        self._bucket, prefix = s3.bucket_and_prefix(uri)
        self._key = f"{prefix}/{LOCK}".lstrip("/")
        self._what, self._work = what, work
        self._client = s3.client()
        self._about = {"host": socket.gethostname(), "process": os.getpid(), "by": holder, "run": secrets.token_hex(8)}
        self._beats = 0
        self._etag = ""
        self._done = threading.Event()

    @contextlib.contextmanager
    def held(self) -> Iterator[None]:
        """Hold the lock until the end of the block.

        Raises:
            RunError: another run holds it, it was lost, or the store knows no conditional writes.
        """
        with storage.explained(f"s3://{self._bucket}/{self._key}"):
            self._take()
        beat = threading.Thread(target=self._beat, daemon=True)
        beat.start()
        try:
            yield
        finally:
            self._done.set()
            beat.join()
            self._release()

    def _take(self) -> None:
        for _ in range(_TRIES):
            if self._write(IfNoneMatch="*"):
                self._make_sure_of_conditions()
                return
            found = self._look()
            if found is None:
                continue  # it was let go of in between
            etag, age, holder = found
            if age < EXPIRY_SECONDS:
                raise BusyError(
                    f"{self._what}: another {self._work} is at work here ({holder}, {age:.0f} s ago); nothing was "
                    f"done, run again when it has ended; one that died is passed over after {EXPIRY_SECONDS:.0f} s"
                )
            if self._write(IfMatch=etag):
                return
        raise BusyError(f"{self._what}: several runs want to work here at once; nothing was done, run again")

    def _make_sure_of_conditions(self) -> None:
        """A store that takes no notice of conditions would let everybody in."""
        if self._write(IfNoneMatch="*"):
            self._release()
            raise NoConditionalWritesError(
                f"{self._what}: the store takes no notice of conditional writes, so runs cannot be kept apart; use one that "
                "has them (S3, R2, MinIO since 2024), or copy the place to a local disk and erase there"
            )

    def _write(self, **condition: str) -> bool:
        """Write the object on a condition; says whether the condition held."""
        from botocore.exceptions import ClientError

        self._beats += 1
        body = json.dumps({**self._about, "beat": self._beats}, sort_keys=True).encode()
        try:
            answer = self._client.put_object(Bucket=self._bucket, Key=self._key, Body=body, **condition)
        except ClientError as error:
            code = str(error.response.get("Error", {}).get("Code"))
            if code in _REFUSED or (code in {"NoSuchKey", "404"} and "IfMatch" in condition):
                return False
            if code in _UNKNOWN:
                raise NoConditionalWritesError(
                    f"{self._what}: the store has no conditional writes ({code}), so runs cannot be kept apart"
                ) from None
            raise
        self._etag = str(answer["ETag"])
        return True

    def _look(self) -> tuple[str, float, str] | None:
        """Its tag, seconds since it was written by the store's own clock, and who wrote it; None where it is gone."""
        try:
            answer = self._client.get_object(Bucket=self._bucket, Key=self._key)
        except self._client.exceptions.NoSuchKey:
            return None
        written: datetime = answer["LastModified"]
        now = parsedate_to_datetime(answer["ResponseMetadata"]["HTTPHeaders"]["date"])
        try:
            about = json.loads(answer["Body"].read())
            holder = f"process {about['process']} on {about['host']}"
        except (ValueError, KeyError, TypeError):
            holder = "unknown"
        return str(answer["ETag"]), max(0.0, (now - written).total_seconds()), holder

    def _beat(self) -> None:
        from botocore.exceptions import BotoCoreError, ClientError

        last = time.monotonic()
        while not self._done.wait(BEAT_SECONDS):
            try:
                kept = self._write(IfMatch=self._etag)
            except (BotoCoreError, ClientError, RunError):
                kept = time.monotonic() - last < EXPIRY_SECONDS / 2  # the store may answer again
                if kept:
                    continue
            if not kept:
                _end(f"{self._what}: the lock was lost (the store did not answer, or this process slept); run again")
            last = time.monotonic()

    def _release(self) -> None:
        from botocore.exceptions import ClientError

        with contextlib.suppress(ClientError):  # what stays expires
            self._client.delete_object(Bucket=self._bucket, Key=self._key, IfMatch=self._etag)


def _end(message: str) -> None:
    print(f"attune: {message}", file=sys.stderr, flush=True)  # noqa: T201 - nobody is left to raise it to
    os._exit(RunError.exit_code)
