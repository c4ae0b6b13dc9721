"""Peak resident memory of this process and all that it started, sampled while a step runs."""

from __future__ import annotations

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
