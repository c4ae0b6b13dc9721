"""Writes files too large to hold in memory, piece by piece; a file is complete or not there at all."""

from __future__ import annotations

import contextlib
import hashlib
from types import TracebackType
from typing import Any

from attune import storage


class StreamWriter:
    """Writes one file atomically: it stands under its name after a clean exit of the ``with`` block, or not at all.

    Attributes:
        sha256: hex digest of what was written so far.
        size: bytes written so far.
    """

    def __init__(self, uri: str) -> None:
        self.uri = uri
        self.size = 0
        self._digest = hashlib.sha256()
        self._handle: Any = None
        self._local = not storage.is_remote(uri)
        self._errors = storage.explained_write if self._local else storage.explained
        self._replacement: contextlib.AbstractContextManager[Any] = contextlib.nullcontext()

    @property
    def sha256(self) -> str:
        """Hex SHA-256 of the bytes written so far."""
        return self._digest.hexdigest()

    def __enter__(self) -> StreamWriter:
        if self._local:
            self._replacement = storage.atomic_path(self.uri)
            temporary = self._replacement.__enter__()
            with self._errors(self.uri):
                self._handle = temporary.open("wb")
        else:
            self._handle = storage.create_object(self.uri)
        return self

    def write(self, content: bytes) -> None:
        """Append ``content``."""
        with self._errors(self.uri):
            self._handle.write(content)
        self._digest.update(content)
        self.size += len(content)

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if kind is not None:
            self._give_up()
            self._replacement.__exit__(kind, error, trace)
            return
        try:
            with self._errors(self.uri):
                self._handle.close()  # an object store shows an object once it is closed
        except BaseException as failure:
            self._replacement.__exit__(type(failure), failure, failure.__traceback__)
            raise
        self._replacement.__exit__(None, None, None)

    def _give_up(self) -> None:
        """Let go of what was written: no half object may appear."""
        with contextlib.suppress(OSError, AttributeError):
            self._handle.close() if self._local else self._handle.discard()
