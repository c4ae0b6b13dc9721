"""What the command line shows of a running step: a bar on a terminal, a line every few seconds elsewhere."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from attune.runtime.progress import Listener, ProgressEvent

if TYPE_CHECKING:
    from attune.runtime.run_step import Outcome

_LINE_INTERVAL_SECONDS = 10.0
_LEAST_SECONDS = 0.5
_WHOLE_RATE = 10  # slower ones are told with two digits


@contextmanager
def step_display() -> Iterator[Listener]:
    """A listener that draws on standard error for as long as the block lasts."""
    if sys.stderr.isatty():
        with _bar() as listener:
            yield listener
    else:
        yield line_listener()


@contextmanager
def _bar() -> Iterator[Listener]:
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TaskID,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[rate]}"),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        TextColumn("{task.fields[note]}"),
    )
    tasks: dict[str, TaskID] = {}
    started: dict[str, float] = {}
    with Progress(*columns, console=Console(stderr=True)) as display:

        def listen(event: ProgressEvent) -> None:
            if event.step not in tasks:
                tasks[event.step] = display.add_task(event.step, total=None, rate="", note="")
                started[event.step] = time.monotonic()
            rate = format_rate(event, time.monotonic() - started[event.step])
            total = max(event.done, 1) if event.finished else event.total
            done = total if event.finished else event.done
            display.update(tasks[event.step], completed=done, total=total, rate=rate.removeprefix(", "), note=event.note)

        yield listen


def line_listener() -> Listener:
    """A listener for logs: the state now and then, as plain lines."""
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


def print_outcome(outcome: Outcome, output: str) -> None:
    """One or two lines on standard output: what happened, and where to look."""
    state = "resumed: all of it was done before" if outcome.resumed else f"{outcome.seconds:.1f} s"
    print(f"{outcome.step}: {outcome.report.lead} [{state}]")  # noqa: T201
    print(f"{outcome.step}: {output}/report.html")  # noqa: T201
