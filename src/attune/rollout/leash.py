"""Run a module as ``python -m`` does, in a process that ends when its parent is gone.

The parent holds the other end of standard input. However it ends, ``kill -9`` included, the system closes that pipe; a thread
here reads it and then kills the whole process group.
"""

from __future__ import annotations

import os
import runpy
import signal
import sys
import threading


def _follow_parent(pipe: int) -> None:
    while os.read(pipe, 1):
        pass
    if os.getpgrp() == os.getpid():
        os.killpg(0, signal.SIGKILL)
    os.kill(os.getpid(), signal.SIGKILL)  # not the leader: the group is not ours to end


def main() -> None:
    """Run the module that the command line names, with the arguments after it."""
    pipe = os.dup(0)
    null = os.open(os.devnull, os.O_RDONLY)
    os.dup2(null, 0)
    threading.Thread(target=_follow_parent, args=(pipe,), name="leash", daemon=True).start()
    sys.argv = sys.argv[1:]
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
