"""JSON lines that are only appended to: a line is in the file whole or not at all, also after a kill.

Every append is one write followed by an fsync, and an fsync of the folder when the file is new. A kill may leave an incomplete
last line. :func:`append_line`, for files with many writers, ends it with a line break, so that the next line stands alone;
:class:`LockedLines`, for one writer at a time, cuts it off. Readers pass over it (:func:`complete_lines`).
"""

from __future__ import annotations

import errno
import fcntl
import json
import os
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self

from attune import storage
from attune.errors import RunError
from attune.storage.locks import take

_TAIL_BYTES = 1 << 16


def append_line(path: Path, line: bytes, *, durable: bool = True, mode: int = 0o600) -> None:
    """Append one line in one write, so that the lines of several processes do not mix.

    Args:
        path: the file; it and its folders are made when they are missing.
        line: the line with its end.
        durable: whether the line is on the disk when this returns; without, it is after a kill but not after a power cut.
        mode: the mode of a new file.

    Raises:
        OSError: the disk did not take the line.
    """
    storage.make_folder(path.parent)
    handle = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT, mode)
    try:
        size = os.fstat(handle).st_size
        torn = bool(size) and os.pread(handle, 1, size - 1) != b"\n"
        content = (b"\n" if torn else b"") + line
        if os.write(handle, content) != len(content):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        if durable:
            os.fsync(handle)
            if not size:
                storage.sync(path.parent)
    finally:
        os.close(handle)


def complete_lines(path: Path) -> list[bytes]:
    """The lines of a file without their ends, but not one that is still being written; none where there is no file."""
    content = path.read_bytes() if path.is_file() else b""
    return content[: content.rfind(b"\n") + 1].splitlines()


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


class _Closing:
    """A context manager that closes itself at the end of the block."""

    def close(self) -> None:
        raise NotImplementedError

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()


class LockedLines(_Closing):
    """A file of lines with one writer at a time: it holds the file's lock until it is closed.

    Args:
        path: the file; it and its folder are made when they are missing.
        wait: wait for another writer to close it, instead of raising.
        busy: the message when another process has it.

    Raises:
        RunError: another process has it, and ``wait`` is False.
        OSError: it cannot be opened.
    """

    def __init__(self, path: Path, *, wait: bool = False, busy: str = "") -> None:
        storage.make_folder(path.parent)
        self.path = path
        self._handle: IO[bytes] = open(path, "a+b", opener=_private)  # noqa: SIM115 - closed by `close`
        try:
            if wait:
                fcntl.flock(self._handle, fcntl.LOCK_EX)
            elif not take(self._handle.fileno(), str(path)):
                raise RunError(busy or f"{path}: another process writes here; wait for it to end")
        except BaseException:
            self._handle.close()
            raise

    def tail(self) -> tuple[bytes, bytes]:
        """The last complete line with its end, and the bytes of an incomplete line after it; empty where there is none."""
        end = self._handle.seek(0, os.SEEK_END)
        size = _TAIL_BYTES
        while True:
            start = max(0, end - size)
            self._handle.seek(start)
            content = self._handle.read(end - start)
            complete = content.rfind(b"\n") + 1
            before = content.rfind(b"\n", 0, complete - 1) + 1 if complete else 0
            if start == 0 or (complete and before):
                return content[before:complete], content[complete:]
            size *= 2  # a line longer than what was read

    def cut_tail(self) -> bytes:
        """Cut off an incomplete last line; returns its bytes."""
        _, torn = self.tail()
        if torn:
            self._handle.truncate(self._handle.seek(0, os.SEEK_END) - len(torn))
        return torn

    def read(self) -> bytes:
        """The whole content."""
        self._handle.seek(0)
        return self._handle.read()

    def append(self, line: bytes) -> None:
        """Add a line, with its end, durably. Raises OSError when the disk does not take it."""
        new = self._handle.seek(0, os.SEEK_END) == 0
        self._handle.write(line)
        self._handle.flush()
        os.fsync(self._handle.fileno())
        if new:
            storage.sync(self.path.parent)

    def clear(self) -> None:
        """Empty the file."""
        self._handle.truncate(0)

    def close(self) -> None:
        """Close the file and release its lock."""
        self._handle.close()


class Journal(_Closing):
    """The JSON records in a file with one writer.

    Opening it takes the lock of the file and cuts off an incomplete last line. Each record is on the disk when :meth:`append`
    returns.

    Raises:
        RunError: another process writes here, or a line is not JSON.
    """

    def __init__(self, path: Path) -> None:
        busy = f"{path}: another rollout is at work here; wait for it or choose another output"
        self._lines = LockedLines(path, busy=busy)
        self._lines.cut_tail()
        try:
            self.records: list[dict[str, Any]] = [json.loads(line) for line in self._lines.read().splitlines()]
        except ValueError:
            self._lines.close()
            raise RunError(f"{path}: a line is damaged; restore the file, or remove it to start anew") from None

    def append(self, record: Mapping[str, Any]) -> None:
        """Add a record durably. Raises RunError when the disk does not take it."""
        line = (json.dumps(record, ensure_ascii=False, allow_nan=False) + "\n").encode()
        with storage.explained_write(str(self._lines.path)):
            self._lines.append(line)
        self.records.append(json.loads(line))

    def clear(self) -> None:
        """Start the file anew."""
        self._lines.clear()
        self.records.clear()

    def close(self) -> None:
        """Release the lock."""
        self._lines.close()
