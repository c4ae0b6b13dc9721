"""What a run prints when it has ended: a table of its steps, its record counts, its cost, and the path of its page."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.table import Table

from attune.reporting.record_lineage import RecordLineage
from attune.reporting.run_page import RunCost, StepRow
from attune.reporting.scales import duration_text, memory_text

_PLAIN_WIDTH = 110  # of the table in a log, where nothing says how wide a line may be


def print_summary(rows: Sequence[StepRow], lineage: RecordLineage | None, cost: RunCost, index: Path) -> None:
    """Print the end of a run on standard output."""
    Console(width=None if sys.stdout.isatty() else _PLAIN_WIDTH).print(steps_table(rows))
    if lineage:
        print(lineage.sentence())
    spent = f"{duration_text(cost.cpu_seconds)} of CPU, at most {memory_text(cost.peak_bytes)} in all processes together"
    print(f"{duration_text(cost.seconds)} in all, {spent}. Look at {index}")
    for row in rows:
        if row.notice:
            print(f"{row.step}: {row.notice} Look at {index.parent / row.report}")


def steps_table(rows: Sequence[StepRow]) -> Table:
    """What each step did and what it cost."""
    table = Table(title=None)
    table.add_column("step")
    for name in ("rows in", "kept", "rejected", "quarantined", "seconds", "CPU s", "peak memory"):
        table.add_column(name, justify="right")
    table.add_column("")
    for row in rows:
        counts = ("" if count is None else f"{count:,}" for count in (row.rows_in, row.kept, row.rejected, row.quarantined))
        cost = (f"{row.seconds:.1f}", f"{row.cpu_seconds:.1f}", f"{row.peak_bytes / 2**20:,.0f} MiB")
        status = f"{', '.join(row.failed_gates)} gate failed" if row.failed_gates else row.status
        status = f"{status}: {row.ending}" if row.ending else status
        table.add_row(row.step, *counts, *cost, status)
    return table
