"""What the command line shows of a running step: a bar on a terminal, a line every few seconds elsewhere."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from attune.runtime.progress import Listener, ProgressEvent, format_rate, line_listener

if TYPE_CHECKING:
    from attune.runtime.run_step import StepResult


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


def print_result(result: StepResult, output: str) -> None:
    """Print two lines on standard output: what happened, and where the page is."""
    state = "resumed: all of it was done before" if result.resumed else f"{result.seconds:.1f} s"
    print(f"{result.step}: {result.report.lead} [{state}]")  # noqa: T201
    print(f"{result.step}: {output}/report.html")  # noqa: T201
