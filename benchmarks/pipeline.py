"""Time and memory of the data steps, end to end, at growing sizes: does the cost grow with the records, and no faster?

    python benchmarks/pipeline.py --sizes 10000 30000 100000 [--postgres] [--page scaling.html]

Makes a sample product of each size (not part of the figures), then runs every data step as a user would, one command after the
other. Prints a table and, with --page, draws it. CPU seconds are those of a step's process and all its workers; resident memory
is theirs together, at its highest. A step of linear cost has the same CPU time per 1,000 conversations at every size.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from attune.core.engine import COMMITS
from attune.core.errors import GateError
from attune.core.page import render_page
from attune.core.report import Line, Lines, Report, Table
from attune.steps import OUTCOME

STEPS = ("extract", "score", "dedupe", "compile", "verify")


@dataclass(frozen=True)
class Measurement:
    """What one step cost on a product of ``size`` conversations."""

    size: int
    step: str
    rows: int
    wall_seconds: float
    cpu_seconds: float
    peak_bytes: int

    @property
    def cpu_per_thousand(self) -> float:
        """CPU milliseconds per conversation, which is seconds per thousand."""
        return 1_000 * self.cpu_seconds / self.size


def measure(step: str, size: int, arguments: Sequence[str], output: Path, environment: dict[str, str]) -> Measurement:
    """Run one step's command to its end. A failed gate is told; raises CalledProcessError at any other failure."""
    settings = ["--set", "run.accept_failed_gates=true"]  # a planted name that got through is told, and stops no measurement
    command = [sys.executable, "-m", "attune.cli", step, *arguments, "--output", str(output), *settings]
    started = time.monotonic()
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.monotonic() - started
    code = os.waitstatus_to_exitcode(status)
    if code:
        assert process.stderr is not None
        sys.stderr.write(process.stderr.read().decode()[-2_000:])
    if code not in {0, GateError.exit_code}:
        raise subprocess.CalledProcessError(code, command)
    outcome = json.loads((output / COMMITS / OUTCOME).read_text())
    rows = outcome["report"]["rows"]
    return Measurement(
        size, step, rows["rows_in"] if rows else 0, wall, usage.ru_utime + usage.ru_stime, outcome["peak_bytes"]
    )  # fmt: skip


def measure_all(size: int, folder: Path, postgres: str | None) -> Iterator[Measurement]:
    """Every data step on a sample product of ``size`` conversations."""
    product = folder / "product"
    made = [sys.executable, "-m", "attune.cli", "sample", "--output", str(product), "--conversations", str(size)]
    subprocess.run([*made, *(["--postgres", postgres] if postgres else [])], check=True, stdout=subprocess.DEVNULL)
    key = product / "subject.key"
    if not key.exists():
        key.parent.mkdir(parents=True, exist_ok=True)
        key.write_text("a key for benchmarks, and for nothing else\n")
    environment = {**os.environ, "ATTUNE_SUBJECT_KEY_FILE": str(key)}
    inputs = {
        "extract": ["--database", postgres or str(product / "product.db")],
        "score": ["--input", str(folder / "extract")],
        "dedupe": ["--input", str(folder / "score")],
        "compile": ["--input", str(folder / "dedupe")],
        "verify": [str(folder / "compile")],
    }
    for step in STEPS:
        yield measure(step, size, inputs[step], folder / step, environment)


def print_row(item: Measurement) -> None:
    print(
        f"{item.size:>10,}  {item.step:<8} {item.rows:>10,} {item.wall_seconds:>9.1f} {item.cpu_seconds:>9.1f} "
        f"{item.cpu_per_thousand:>9.3f} {item.rows / item.wall_seconds:>10,.0f} {item.peak_bytes / 2**20:>9,.0f}",
        flush=True,
    )


def page(items: Sequence[Measurement]) -> str:
    """The table, drawn."""
    sizes = sorted({item.size for item in items})
    cost = [Line(step, sizes, [item.cpu_per_thousand for item in items if item.step == step]) for step in STEPS]
    memory = [Line(step, sizes, [item.peak_bytes / 2**20 for item in items if item.step == step]) for step in STEPS]
    rows = [
        (item.size, item.step, item.rows, round(item.wall_seconds, 1), round(item.cpu_seconds, 1), item.peak_bytes // 2**20)
        for item in items
    ]
    return render_page(
        Report(
            "scaling",
            "Cost of the data steps by size",
            "A line that stays level is a step whose cost grows with the records and no faster.",
            None,
            {},
            [
                Lines("CPU seconds per 1,000 conversations", cost, "conversations", "seconds"),
                Lines("Resident memory at its highest", memory, "conversations", "MiB"),
                Table("All figures", ("conversations", "step", "rows in", "wall s", "CPU s", "peak MiB"), rows),
            ],
        )
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", type=int, nargs="+", default=[10_000, 30_000, 100_000], help="conversations")
    parser.add_argument("--postgres", action="store_true", help="read from a PostgreSQL server that is started here")
    parser.add_argument("--page", type=Path, help="draw the table into this HTML file")
    parser.add_argument("--folder", type=Path, help="work here, and leave it (default: a temporary folder)")
    options = parser.parse_args()
    print(f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}")
    header = ("sample", "step", "rows in", "wall s", "CPU s", "s/1,000", "rows/s", "peak MiB")
    print("{:>10}  {:<8} {:>10} {:>9} {:>9} {:>9} {:>10} {:>9}".format(*header))
    items: list[Measurement] = []
    for size in sorted(options.sizes):
        with contextlib.ExitStack() as stack:
            postgres = stack.enter_context(_server()) if options.postgres else None
            folder = (options.folder or Path(tempfile.mkdtemp(prefix="attune-pipeline-"))) / str(size)
            if not options.folder:
                stack.callback(shutil.rmtree, folder.parent)
            for item in measure_all(size, folder, postgres):
                print_row(item)
                items.append(item)
        total = [item for item in items if item.size == size]
        print(
            f"{size:>10,}  {'all':<8} {'':>10} {sum(item.wall_seconds for item in total):>9.1f} "
            f"{sum(item.cpu_seconds for item in total):>9.1f} {sum(item.cpu_per_thousand for item in total):>9.3f} {'':>10} "
            f"{max(item.peak_bytes for item in total) / 2**20:>9,.0f}"
        )
    if options.page:
        options.page.write_text(page(items), encoding="utf-8")


@contextlib.contextmanager
def _server() -> Iterator[str]:
    from postgres_server import postgres_server

    with postgres_server() as url:
        yield url


if __name__ == "__main__":
    main()
