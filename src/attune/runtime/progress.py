"""Progress that a person or another process can watch.

A step reports ``done`` of ``total``; where the events go is decided by who started it: nowhere, to a callback (the CLI draws a
bar), or as JSON lines to a file that a pipeline's front end follows.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from attune.storage.json_lines import append_line

_INTERVAL_SECONDS = 0.2


@dataclass(frozen=True)
class ProgressEvent:
    """How far a step is. ``total`` is None while nobody knows it."""

    step: str
    done: int
    total: int | None
    unit: str
    note: str = ""
    finished: bool = False


Listener = Callable[[ProgressEvent], None]


@dataclass
class Progress:
    """Sends throttled progress events of one step; cheap enough to be called per batch."""

    step: str
    unit: str = "records"
    listener: Listener | None = None
    _last: float = field(default=0.0, repr=False)

    def update(self, done: int, total: int | None = None, note: str = "", *, finished: bool = False) -> None:
        """Report the state; what comes within 0.2 s of the last one is dropped. ``finished`` is the runner's to say."""
        now = time.monotonic()
        if self.listener is None or (not finished and now - self._last < _INTERVAL_SECONDS):
            return
        self._last = now
        self.listener(ProgressEvent(self.step, done, total, self.unit, note, finished))

    def __getstate__(self) -> dict[str, object]:
        """Workers get a silent copy: only the process that owns the display reports."""
        return {"step": self.step, "unit": self.unit, "listener": None, "_last": 0.0}


def file_listener(path: Path) -> Listener:
    """A listener that appends each event to ``path`` as one JSON line."""

    def write(event: ProgressEvent) -> None:
        line = json.dumps({**event.__dict__, "time": time.time()}) + "\n"
        append_line(path, line.encode(), durable=False)

    return write
