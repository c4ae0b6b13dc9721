"""What this process and all that it started cost: peak resident memory, sampled while a step runs, and CPU time."""

from __future__ import annotations

import os
import threading

import psutil

_INTERVAL_SECONDS = 0.25


class PeakMemory:
    """Samples the resident memory of the process tree, four times a second, between entering and leaving.

    Pages that processes share are counted for each of them, so the figure is an upper bound.
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
    """CPU time, user and system, of this process and of all its descendants that have ended and were waited for."""
    spent = os.times()
    return spent.user + spent.system + spent.children_user + spent.children_system
