"""Parent-death watchdog: ends a child process when its parent is gone, also after ``kill -9``.

Without it a child would keep its memory and write into the output of the next run. The child checks the id of its parent
every 0.2 seconds; when it changes, the child kills its own process group. ``python -m attune.runtime.watchdog PARENT MODULE
ARGUMENTS…`` runs a module under the watchdog.
"""

from __future__ import annotations

import multiprocessing
import os
import runpy
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Sequence

_POLL_SECONDS = 0.2
_STOP_SECONDS = 5.0


def watched_command(module: str, arguments: Sequence[str]) -> list[str]:
    """The command that runs ``python -m module arguments`` until this process ends; start it in a new session."""
    return [sys.executable, "-m", __name__, str(os.getpid()), module, *arguments]


def watch_parent(parent: int) -> None:
    """End this process, and its process group if it leads one, when ``parent`` (a process id) is no longer its parent."""
    threading.Thread(target=_watch, args=(parent,), name="watch-parent", daemon=True).start()


def watch_pool_parent() -> None:
    """Initializer of a pool's workers: end when the parent is gone, and leave Ctrl-C to the parent."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = multiprocessing.parent_process()
    if parent is not None and parent.pid is not None:
        watch_parent(parent.pid)


def end_group(process: subprocess.Popen[bytes]) -> None:
    """Ask a child and the process group that it leads to end; kill them if they do not within 5 seconds."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        if process.poll() is None:
            try:
                os.killpg(process.pid, number)
                process.wait(_STOP_SECONDS)
            except ProcessLookupError:
                process.wait()
            except subprocess.TimeoutExpired:
                continue


def _watch(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(_POLL_SECONDS)
    if os.getpgrp() == os.getpid():
        os.killpg(0, signal.SIGKILL)
    os.kill(os.getpid(), signal.SIGKILL)  # the group has another leader, which ends it


def main() -> None:
    """Run the module that the command line names, with the arguments after it."""
    parent, *sys.argv = sys.argv[1:]
    watch_parent(int(parent))
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
