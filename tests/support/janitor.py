"""What outlives a process for a moment: when the process has ended, its server is stopped and its folder removed.

A ``finally`` does not run after SIGTERM or SIGKILL. So a second process holds one end of a pipe whose other end only the first
has: the pipe closes with the first, however it ends. ::

    with swept(Path(tempfile.mkdtemp())) as janitor:
        server = subprocess.Popen(...)
        janitor.watch(server.pid)
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_STOP_SECONDS = 20.0


class Janitor:
    """The process that waits for the end of this one."""

    def __init__(self, folder: Path) -> None:
        # In a session of its own: Ctrl-C and whoever kills this process's group do not reach it.
        self._process = subprocess.Popen(
            [sys.executable, "-I", __file__, str(folder)], stdin=subprocess.PIPE, start_new_session=True, cwd="/"
        )

    def watch(self, pid: int | None) -> None:
        """Stop this process, too, when the time has come; None: it has ended."""
        assert self._process.stdin is not None
        self._process.stdin.write(f"{pid or 0}\n".encode())
        self._process.stdin.flush()

    def finish(self) -> None:
        """Let it do its work now, and wait for it."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait()


@contextmanager
def swept(folder: Path) -> Iterator[Janitor]:
    """A folder that goes when the block or this process ends, whichever is first."""
    janitor = Janitor(folder)
    try:
        yield janitor
    finally:
        janitor.finish()


def _stop(pid: int) -> None:
    """Ask a process that is not ours to wait for to end, and kill it when it does not."""
    for number in (signal.SIGINT, signal.SIGKILL):
        try:
            os.kill(pid, number)
            deadline = time.monotonic() + _STOP_SECONDS
            while time.monotonic() < deadline and _runs(pid):
                time.sleep(0.05)
        except ProcessLookupError:
            return
        if not _runs(pid):
            return


def _runs(pid: int) -> bool:
    """Whether it is there and is no zombie that nobody reaps."""
    try:
        os.kill(pid, 0)
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except ProcessLookupError:
        return False
    except FileNotFoundError:
        return not Path("/proc/self").exists()  # a system without /proc: only the signal tells


def main() -> None:
    """Wait for the end of the input; its last line is the server, or 0."""
    pid = 0
    for line in sys.stdin:
        pid = int(line)
    if pid:
        _stop(pid)
    deadline = time.monotonic() + _STOP_SECONDS
    while Path(sys.argv[1]).exists() and time.monotonic() < deadline:  # something may still be writing there while it ends
        shutil.rmtree(sys.argv[1], ignore_errors=True)
        time.sleep(0.05)


if __name__ == "__main__":
    main()
