"""Append-only JSON lines that survive a kill: a line is there whole or not at all."""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from attune.errors import RunError


class Journal:
    """A file of JSON lines with one writer.

    Opening it takes a lock that ends with the process, and cuts off the half line that a kill may have left. Each line is
    on the disk when :meth:`append` returns.

    Raises:
        RunError: another process writes here, or a line that is not the last one is no JSON.
    """

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._path = path
        self._handle = path.open("a+b")
        try:
            fcntl.flock(self._handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            self._handle.close()
            raise RunError(f"{path}: another rollout is at work here; wait for it or choose another output") from None
        self.records: list[dict[str, Any]] = self._recover()

    def append(self, record: Mapping[str, Any]) -> None:
        """Add a line durably. Raises RunError when the disk does not take it."""
        line = (json.dumps(record, ensure_ascii=False, allow_nan=False) + "\n").encode()
        try:
            self._handle.write(line)
            self._handle.flush()
            os.fsync(self._handle.fileno())
        except OSError as error:
            raise RunError(f"{self._path}: could not be written ({error.strerror}); free some space and run again") from None
        self.records.append(json.loads(line))

    def clear(self) -> None:
        """Start the file anew."""
        self._handle.truncate(0)
        self.records.clear()

    def close(self) -> None:
        """Release the lock."""
        self._handle.close()

    def _recover(self) -> list[dict[str, Any]]:
        self._handle.seek(0)
        content = self._handle.read()
        whole = content.rfind(b"\n") + 1
        if whole < len(content):
            self._handle.truncate(whole)
        try:
            return [json.loads(line) for line in content[:whole].splitlines()]
        except ValueError:
            raise RunError(f"{self._path}: a line is damaged; restore the file, or remove it to start anew") from None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()
