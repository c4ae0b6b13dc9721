"""Context and batch: what a step's function gets from the runner, and what a map step returns."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa

from attune.records.erased import Erased
from attune.runtime.progress import Progress

Stats = dict[str, Any]


@dataclass(frozen=True)
class Context:
    """What a step knows about the run. Everything that could differ between two runs comes through here.

    Attributes:
        seed: of all random choices.
        as_of: the reference time; None: the newest row of the input.
        workers: processes that work at the same time.
        subject_key: HMAC key of subject tokens; empty where a step makes none.
        erased: people whose records a step neither reads nor publishes.
        progress: takes how far the step is.
    """

    seed: int = 17
    as_of: datetime | None = None
    workers: int = 1
    subject_key: bytes = field(default=b"", repr=False)
    erased: Erased = field(default_factory=Erased, repr=False)
    progress: Progress = field(default_factory=lambda: Progress("step"), repr=False, compare=False)

    @property
    def now(self) -> datetime:
        """The reference time; 1970-01-01 where neither the run nor the input has one."""
        return self.as_of or datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Batch:
    """What a map step returns for one batch: every row is either kept or rejected with a ``reason``."""

    kept: pa.Table
    rejected: pa.Table
    stats: Stats = field(default_factory=dict)


MapFunction = Callable[[pa.Table, Any, Context], Batch]


def merge_stats(left: Stats, right: Stats) -> Stats:
    """Add two nested dictionaries of counters: numbers are summed, dictionaries merged key by key, lists appended.

    Raises:
        TypeError: the same key is a number on one side and something else on the other.
    """
    merged = dict(left)
    for key, value in right.items():
        if key not in merged:
            merged[key] = value
        elif isinstance(value, dict) and isinstance(merged[key], dict):
            merged[key] = merge_stats(merged[key], value)
        elif _addable(value, merged[key]):
            merged[key] = merged[key] + value
        else:
            raise TypeError(
                f"statistic {key!r} is {type(merged[key]).__name__} in one batch and {type(value).__name__} in another"
            )
    return merged


def _addable(left: object, right: object) -> bool:
    if isinstance(left, list):
        return isinstance(right, list)
    return isinstance(left, int | float) and isinstance(right, int | float)
