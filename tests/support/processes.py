"""Other processes in tests: waited for as long as a slow machine needs, killed while they are at work, seen to be gone.

No test sleeps for a time in which something "must" have happened: it waits for what shows that it has.
"""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

PATIENCE_SECONDS = 240.0


def wait_until(condition: Callable[[], object], seconds: float = PATIENCE_SECONDS) -> None:
    """Wait until ``condition`` holds; fails when it does not within ``seconds``."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"not within {seconds:.0f} s"
        time.sleep(0.01)


def is_running(pid: int) -> bool:
    """Whether a process is there and did not end: one that ended and that nobody has waited for does not count."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state != "Z"


def any_running_with(argument: str) -> bool:
    """Whether a process other than this one has ``argument`` in its command line."""
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            words = (entry / "cmdline").read_bytes()
        except (FileNotFoundError, ProcessLookupError):
            continue
        if argument.encode() in words and entry.name != str(os.getpid()):
            return True
    return False


def kill_at_work(process: subprocess.Popen[bytes], folder: Path, pause: float) -> None:
    """Kill a process with SIGKILL ``pause`` seconds after it first changed something below ``folder``.

    One that was started as the leader of a session takes its children with it. One that ends before is left at that.
    """
    before = _state(folder)
    wait_until(lambda: process.poll() is not None or _state(folder) != before)
    time.sleep(pause)
    if process.poll() is None:
        if os.getpgid(process.pid) == process.pid:
            os.killpg(process.pid, signal.SIGKILL)
        else:
            process.kill()
    process.communicate()


def _state(folder: Path) -> dict[str, tuple[int, int]]:
    """Size and time of change of every file and folder below ``folder``."""
    found: dict[str, tuple[int, int]] = {}
    for path in [folder, *folder.rglob("*")] if folder.exists() else []:
        try:
            about = path.lstat()
        except FileNotFoundError:
            continue
        found[str(path)] = (about.st_size, about.st_mtime_ns)
    return found
