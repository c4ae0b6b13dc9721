"""A lock that is an object in a store, for runs on any number of machines, by conditional writes (S3, R2 and MinIO have them).

Whoever makes the object holds the lock. While it is held the object is written again every few seconds, each time on condition
that nobody else wrote it; an object that was not written for :data:`EXPIRY_SECONDS`, by the store's own clock, was left by a
process that died, and is taken over, on the same condition. A holder that finds the object in other hands ends its process at
once, like a kill, which every holder must survive anyway: whatever it still did would meddle with the other's work.
"""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import socket
import sys
import threading
import time
from collections.abc import Iterator
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Any

from attune import storage
from attune.errors import RunError
from attune.runtime import audit_trail

LOCK = ".attune-lock.json"
EXPIRY_SECONDS = 60.0
BEAT_SECONDS = 10.0
_TRIES = 5
_REFUSED = ("PreconditionFailed", "ConditionalRequestConflict", "412", "409")
_UNKNOWN = ("NotImplemented", "501")


class StoreLock:
    """The lock of one place in an S3 store.

    Args:
        uri: of the place, ``s3://bucket/prefix``.
        what: how messages call it.
    """

    def __init__(self, uri: str, what: str) -> None:
        import boto3

        self._bucket, _, prefix = uri.removeprefix("s3://").partition("/")
        self._key = f"{prefix.rstrip('/')}/{LOCK}".lstrip("/")
        self._what = what
        self._client: Any = boto3.client("s3")
        self._about = {
            "host": socket.gethostname(),
            "process": os.getpid(),
            "by": audit_trail.actor(),
            "run": secrets.token_hex(8),
        }
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
                raise RunError(
                    f"{self._what}: another erasure or retention run is at work here ({holder}, {age:.0f} s ago); nothing was "
                    f"done, run again when it has ended; one that died is passed over after {EXPIRY_SECONDS:.0f} s"
                )
            if self._write(IfMatch=etag):
                return
        raise RunError(f"{self._what}: several runs want to work here at once; nothing was done, run again")

    def _make_sure_of_conditions(self) -> None:
        """A store that takes no notice of conditions would let everybody in."""
        if self._write(IfNoneMatch="*"):
            self._release()
            raise RunError(
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
                raise RunError(
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
