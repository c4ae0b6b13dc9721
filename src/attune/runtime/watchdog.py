"""No process outlives the one that started it: an orphan would hold memory and write beside a rerun.

A child watches who its parent is; when that changes, because the parent is gone in whatever way (``kill -9`` too), the child
kills its own process group. ``python -m attune.runtime.watchdog PARENT MODULE ARGUMENTS…`` runs a module so.
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


def guarded(module: str, arguments: Sequence[str]) -> list[str]:
    """The command that runs ``python -m module arguments`` and ends with this process; start it in a session of its own."""
    return [sys.executable, "-m", __name__, str(os.getpid()), module, *arguments]


def end_with(parent: int) -> None:
    """End this process, and its group when it leads one, as soon as ``parent`` (a process id) is no longer its parent."""
    threading.Thread(target=_follow, args=(parent,), name="follow-parent", daemon=True).start()


def end_with_parent() -> None:
    """Start-up of a pool's worker: end when the parent is gone, and leave Ctrl-C to the parent."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = multiprocessing.parent_process()
    if parent is not None and parent.pid is not None:
        end_with(parent.pid)


def end_group(process: subprocess.Popen[bytes]) -> None:
    """Ask a child that leads its process group, and the group, to end; kill them when they do not within 5 seconds."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        if process.poll() is None:
            try:
                os.killpg(process.pid, number)
                process.wait(_STOP_SECONDS)
            except ProcessLookupError:
                process.wait()
            except subprocess.TimeoutExpired:
                continue


def _follow(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(_POLL_SECONDS)
    if os.getpgrp() == os.getpid():
        os.killpg(0, signal.SIGKILL)
    os.kill(os.getpid(), signal.SIGKILL)  # not the leader: the group is not ours to end


def main() -> None:
    """Run the module that the command line names, with the arguments after it."""
    parent, *sys.argv = sys.argv[1:]
    end_with(int(parent))
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
