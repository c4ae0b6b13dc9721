"""Files too large to hold in memory, written piece by piece under a temporary name and renamed when complete."""

from __future__ import annotations

import contextlib
import hashlib
import os
import secrets
from pathlib import Path
from types import TracebackType
from typing import Any

from attune import storage
from attune.errors import RunError


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
        self._temporary: Path | None = None

    @property
    def sha256(self) -> str:
        """Hex SHA-256 of the bytes written so far."""
        return self._digest.hexdigest()

    def __enter__(self) -> StreamWriter:
        if storage.is_remote(self.uri):
            import fsspec

            self._handle = fsspec.open(self.uri, "wb").open()  # an object store shows the object when it is closed
            return self
        path = storage.local_path(self.uri)
        self._temporary = path.with_name(f".{path.name}.{os.getpid()}-{secrets.token_hex(4)}.tmp")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._handle = self._temporary.open("wb")
        except OSError as error:
            raise self._unwritable(error) from None
        return self

    def write(self, content: bytes) -> None:
        """Append ``content``."""
        try:
            self._handle.write(content)
        except OSError as error:
            raise self._unwritable(error) from None
        self._digest.update(content)
        self.size += len(content)

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        try:
            if kind is None:
                self._finish()
            elif self._temporary is None:
                with contextlib.suppress(OSError, AttributeError):
                    self._handle.discard()  # an upload in parts is given up, so that no half object appears
            else:
                self._handle.close()
        except OSError as failure:
            raise self._unwritable(failure) from None
        finally:
            if self._temporary is not None:
                self._temporary.unlink(missing_ok=True)

    def _finish(self) -> None:
        if self._temporary is None:
            self._handle.close()
            return
        self._handle.flush()
        os.fsync(self._handle.fileno())
        self._handle.close()
        self._temporary.replace(storage.local_path(self.uri))

    def _unwritable(self, error: OSError) -> RunError:
        return RunError(
            f"{self.uri}: could not be written ({error.strerror or type(error).__name__}); free some space or choose another "
            "place, then run again"
        )
