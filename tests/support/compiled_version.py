"""Dataset versions that tests compile from records of their own."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from record_factory import write_set

from attune.config.params import CompileParams, RunParams
from attune.reporting.report import Report
from attune.runtime.step import Context
from attune.steps.compile.step import compile as compile_dataset


def compile_records(
    folder: Path,
    records: Sequence[dict[str, Any]],
    *,
    name: str = "out",
    input_rows: int = 500,
    shard_rows: int = 150,
    workers: int = 1,
    **params: Any,
) -> tuple[Report, Path]:
    """Write records to ``folder/in`` and compile them to ``folder/name``; returns the report and the version's folder.

    Args:
        folder: where both go.
        records: the input.
        name: name of the version's folder.
        input_rows: records in a shard of the input.
        shard_rows: records in a shard of the version.
        workers: processes that compile.
        params: parameters of the step.
    """
    inputs, output = write_set(folder / "in", records, input_rows), folder / name
    run = RunParams(shard_rows=shard_rows)
    return compile_dataset([inputs], str(output), CompileParams(**params), Context(workers=workers), run=run), output
