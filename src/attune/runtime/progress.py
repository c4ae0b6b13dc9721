"""Progress events of a step, sent to a listener: a callback that draws a bar, or a file of JSON lines.

A step reports ``done`` of ``total``. Whoever starts the step chooses the listener, or none.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

_INTERVAL_SECONDS = 0.2


@dataclass(frozen=True)
class ProgressEvent:
    """How far a step is. ``total`` is None while it is unknown."""

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
        """Report the state; an event within 0.2 s of the last one is dropped. Only the runner sets ``finished``."""
        now = time.monotonic()
        if self.listener is None or (not finished and now - self._last < _INTERVAL_SECONDS):
            return
        self._last = now
        self.listener(ProgressEvent(self.step, done, total, self.unit, note, finished))

    def __getstate__(self) -> dict[str, object]:
        """A copy sent to a worker process has no listener: only the parent process reports."""
        return {"step": self.step, "unit": self.unit, "listener": None, "_last": 0.0}


def file_listener(path: Path) -> Listener:
    """A listener that appends each event to ``path`` as one JSON line."""

    def write(event: ProgressEvent) -> None:
        line = json.dumps({**event.__dict__, "time": time.time()}) + "\n"
        with path.open("a", encoding="utf-8") as handle:
            handle.write(line)

    return write
