"""Steps that tests run, in a module of their own so that worker processes can import them."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
from pydantic import BaseModel

from attune.runtime.step import Batch, Context


class Settings(BaseModel):
    """Parameters of the steps below."""

    bad: tuple[int, ...] = ()
    limit: int = 5
    calls: str = ""  # a folder where every call leaves a file
    pause: float = 0.0


def table(numbers: list[int]) -> pa.Table:
    """Rows of an id and a number."""
    ids = pa.array([f"r_{number}" for number in numbers], pa.string())
    return pa.table({"record_id": ids, "number": pa.array(numbers, pa.int64())})


def sort_out(batch: pa.Table, params: Settings, context: Context) -> Batch:
    """Keep odd numbers, reject even ones below or above the limit; raise on bad ones."""
    if params.calls and batch.num_rows:
        Path(params.calls, f"{os.getpid()}-{time.monotonic_ns()}").touch()
    time.sleep(params.pause)
    numbers = batch.column("number").to_pylist()
    if set(numbers) & set(params.bad):
        raise ValueError(f"a secret of the user: {numbers}")
    odd = pa.array([number % 2 == 1 for number in numbers], pa.bool_())
    kept, rejected = batch.filter(odd), batch.filter(pc.invert(odd))
    reasons = ["even_and_small" if number <= params.limit else "even" for number in rejected.column("number").to_pylist()]
    rejected = rejected.append_column(pa.field("reason", pa.string(), nullable=False), pa.array(reasons, pa.string()))
    stats = {
        "sum": sum(numbers),
        "last_digit": {str(number % 10): 1 for number in numbers[-1:]},
        "by_length": {3: len(numbers), 1: 1},
    }
    return Batch(kept, rejected, stats)


def lose_a_row(batch: pa.Table, params: Settings, context: Context) -> Batch:
    """A broken step: the first row of a batch is nowhere afterwards."""
    result = sort_out(batch, params, context)
    return Batch(result.kept.slice(1), result.rejected, result.stats)


def double_a_row(batch: pa.Table, params: Settings, context: Context) -> Batch:
    """A broken step: the first row of a batch comes out twice."""
    result = sort_out(batch, params, context)
    return Batch(pa.concat_tables([result.kept, result.kept.slice(0, 1)]), result.rejected, result.stats)


def always_raise(batch: pa.Table, params: Settings, context: Context) -> Batch:
    """A step that cannot even do nothing."""
    raise KeyError("missing")


def die(batch: pa.Table, params: Settings, context: Context) -> Batch:
    """A worker that is killed."""
    os._exit(9)
