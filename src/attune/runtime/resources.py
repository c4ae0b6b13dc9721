"""Peak memory and CPU time of this process and the processes it started; a pause for the garbage collector."""

from __future__ import annotations

import gc
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import psutil

_INTERVAL_SECONDS = 0.25


class PeakMemory:
    """Measures the largest resident memory of the process tree inside a ``with`` block, sampled four times a second.

    Pages that processes share are counted once per process, so ``peak_bytes`` is an upper bound.
    """

    def __init__(self) -> None:
        self.peak_bytes = 0
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._sample, daemon=True)

    def __enter__(self) -> PeakMemory:
        self.peak_bytes = _resident_bytes()
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()
        self.peak_bytes = max(self.peak_bytes, _resident_bytes())

    def _sample(self) -> None:
        while not self._stop.wait(_INTERVAL_SECONDS):
            self.peak_bytes = max(self.peak_bytes, _resident_bytes())


def _resident_bytes() -> int:
    process = psutil.Process()
    total = 0
    for member in (process, *process.children(recursive=True)):
        try:
            total += int(member.memory_info().rss)
        except psutil.NoSuchProcess:
            continue
    return total


def cpu_seconds() -> float:
    """User and system CPU time of this process and of its descendants that have ended and were waited for."""
    spent = os.times()
    return spent.user + spent.system + spent.children_user + spent.children_system


@contextmanager
def garbage_collection_paused() -> Iterator[None]:
    """Pause Python's search for reference cycles inside the block; reference counting still frees memory at once.

    Rows, words and spans are created by the million and form no cycles, so the search finds nothing and costs a tenth of the
    time. Keep the block to one batch.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()
