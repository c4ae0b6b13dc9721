"""Worker processes for whole steps. Results come back in the order of the tasks."""

from __future__ import annotations

import multiprocessing
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from types import TracebackType
from typing import TypeVar

from attune.errors import RunError
from attune.runtime.watchdog import watch_pool_parent

Item = TypeVar("Item")
Result = TypeVar("Result")


def _start() -> None:
    """Start a worker. Arrow gets one thread in each, because the processes already use all cores."""
    import pyarrow as pa

    watch_pool_parent()
    pa.set_cpu_count(1)


class Workers:
    """A pool of spawned processes that serves several passes of one step.

    Args:
        step: name of the step, for the error message.
        count: processes; with one or none the work is done in this process.
    """

    def __init__(self, step: str, count: int) -> None:
        self._step = step
        self._count = count
        self._executor: ProcessPoolExecutor | None = None

    def __enter__(self) -> Workers:
        if self._count > 1:
            self._executor = ProcessPoolExecutor(
                self._count, mp_context=multiprocessing.get_context("spawn"), initializer=_start
            )
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self._executor is not None:
            self._executor.shutdown(wait=True, cancel_futures=True)
            self._executor = None

    def map(self, function: Callable[[Item], Result], items: Iterable[Item]) -> Iterator[Result]:
        """Results of ``function`` (at module level) on each item, in order.

        Memory: items and results of one item per worker and two waiting ones.

        Raises:
            RunError: a worker died.
        """
        if self._executor is None:
            yield from map(function, items)
            return
        waiting: deque[Future[Result]] = deque()
        try:
            for item in items:
                waiting.append(self._executor.submit(function, item))
                if len(waiting) >= self._count + 2:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        except BrokenProcessPool:
            raise RunError(
                f"{self._step}: a worker process died (out of memory, or killed); run again, with fewer workers "
                "(run.workers) if memory was short"
            ) from None
