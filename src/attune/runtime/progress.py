"""Progress events of a step, sent to a listener: a callback that draws a bar, or a file of JSON lines.

A step reports ``done`` of ``total``. Whoever starts the step chooses the listener, or none.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

_INTERVAL_SECONDS = 0.2
_LINE_INTERVAL_SECONDS = 10.0
_LEAST_SECONDS = 0.5
_WHOLE_RATE = 10  # a slower rate is shown with two digits


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


def line_listener() -> Listener:
    """A listener for logs: one line on standard error every ten seconds, and one at the end of a step."""
    started: dict[str, float] = {}
    shown: dict[str, float] = {}

    def listen(event: ProgressEvent) -> None:
        now = time.monotonic()
        first = started.setdefault(event.step, now)
        if not event.finished and event.step in shown and now - shown[event.step] < _LINE_INTERVAL_SECONDS:
            return
        shown[event.step] = now
        print(f"{event.step}: {_state(event, now - first)}", file=sys.stderr, flush=True)  # noqa: T201

    return listen


def _state(event: ProgressEvent, seconds: float) -> str:
    if not event.done:
        return event.note or ("done" if event.finished else "started")
    total = f" of {event.total:,}" if event.total else ""
    note = f" ({event.note})" if event.note else ""
    return f"{event.done:,}{total} {event.unit}{format_rate(event, seconds)}{note}"


def format_rate(event: ProgressEvent, seconds: float) -> str:
    """The mean rate so far, such as ``, 1,204 records/s``; empty while there is none."""
    if not event.done or seconds < _LEAST_SECONDS:
        return ""
    rate = event.done / seconds
    return f", {rate:,.0f} {event.unit}/s" if rate >= _WHOLE_RATE else f", {rate:.2g} {event.unit}/s"
