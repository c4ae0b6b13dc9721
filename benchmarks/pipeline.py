"""Time and memory of one pipeline run, from PostgreSQL and files to the gates, at growing sizes.

    python benchmarks/pipeline.py --sizes 10000 30000 100000 --results pipeline.jsonl --page pipeline.html

For each size a PostgreSQL server gets a sample product (not part of the figures), and ``python -m pipelines.run --pipeline
dataset`` runs on it, on the sample's family files and on those of --families, as a user would. Printed are, for each step: rows
in, wall and CPU time, CPU seconds per 1,000 conversations, rows a second of wall time, and the resident memory of all its
processes together at its highest; then the same for the whole run, every process of it counted (the one that drives the
pipeline too, the database server not). Pages that processes share are counted in each, so memory is an upper bound.

A failed gate of extract or ingest is accepted, so that it does not hide the steps after it, and told in the last column; a
failed gate of verify ends the run, and is told too. What stands in the database is counted apart from the run, and every
record must be in a split or left out for a reason. A step of linear cost grows with a power of the size near 1.

Each size is written to --results as soon as it is measured; with --resume those that stand there are not measured again. The
server, the run and the temporary folder end with the benchmark, though it is killed.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import math
import os
import platform
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "support"))

from attune.errors import GateError, RunError
from attune.reporting.page import render_page
from attune.reporting.report import Checks, Line, Lines, Report, Table
from attune.reporting.scales import duration_text, memory_text
from attune.runtime.run_folder import RunFolder
from attune.runtime.watchdog import end_group, watched_command

ROOT = Path(__file__).parents[1]
WHOLE = "whole run"
_LIMIT_BYTES = 3 * 2**30  # what DESIGN.md allows all processes of the data steps together
_COUNT = """
SELECT (SELECT count(*) FROM conversations c
        WHERE EXISTS (SELECT 1 FROM messages m WHERE m.conversation_id = c.conversation_id))
     + (SELECT count(*) FROM check_ins k JOIN users u USING (user_id) WHERE k.reply IS NOT NULL)
"""
_HEADER = ("sample", "step", "rows in", "wall s", "CPU s", "CPU s/1,000", "rows/s", "peak MiB", "")
_FORMAT = "{:>10}  {:<9} {:>10} {:>9} {:>9} {:>11} {:>8} {:>9}  {}"


@dataclass(frozen=True)
class Cost:
    """What one step, or the whole run, cost."""

    step: str
    rows: int
    wall_seconds: float
    cpu_seconds: float
    peak_bytes: int
    note: str = ""


@dataclass(frozen=True)
class Measurement:
    """One run on a sample product of ``size`` conversations.

    Attributes:
        size: conversations that were asked for; check-ins come on top.
        database: conversations and answered check-ins that the database holds, counted by itself.
        costs: of each step, and last of the whole run.
        lineage: the record counts of the run, in a sentence.
        problems: what does not add up.
        failed_gates: by step.
    """

    size: int
    database: int
    costs: Sequence[Cost]
    lineage: str
    problems: Sequence[str]
    failed_gates: dict[str, Sequence[str]] = field(default_factory=dict)

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> Measurement:
        """A measurement as a line of --results holds it."""
        return cls(**{**values, "costs": [Cost(**cost) for cost in values["costs"]]})

    def cost(self, step: str) -> Cost | None:
        """What a step cost; None when it did not run."""
        return next((cost for cost in self.costs if cost.step == step), None)


def measure(size: int, server: str, folder: Path, families: Sequence[str], settings: Sequence[str]) -> Measurement:
    """Fill a fresh database, run the pipeline on it, and read what the run recorded."""
    from postgres_server import fresh_database

    log = folder / "run.log"
    made = ["sample", "--output", str(folder / "product"), "--conversations"]
    _run("attune.cli", [*made, "1"], log)  # the sample's families and its key
    with fresh_database(server) as url:
        _run("attune.cli", [*made, str(size), "--postgres", url], log)
        held = count(url)
        arguments = [
            "--pipeline", "dataset", "--database", url,
            "--families", str(folder / "product" / "families"),
            *(part for path in families for part in ("--families", path)),
            "--runs", str(folder), "--name", "run", "--set", "run.accept_failed_gates=true",
            *(part for setting in settings for part in ("--set", setting)),
        ]  # fmt: skip
        key = {"ATTUNE_SUBJECT_KEY_FILE": str(folder / "product" / "subject.key")}
        code = _run("pipelines.run", arguments, log, accept=(0, GateError.exit_code, RunError.exit_code), **key)
    lineage = RunFolder(folder / "run").lineage()
    if code not in {0, GateError.exit_code} and not (lineage and lineage.problems):
        sys.exit(f"the run of {size:,} conversations failed ({code}):\n{log.read_text()[-2_000:]}")
    return read(size, held, RunFolder(folder / "run"))


def _run(module: str, arguments: Sequence[str], log: Path, *, accept: Sequence[int] = (0,), **environment: str) -> int:
    """Run a module as a process that ends with this one, however it does; returns its exit code."""
    with log.open("wb") as handle:
        process = subprocess.Popen(
            watched_command(module, arguments), cwd=ROOT, env={**os.environ, **environment}, stdout=handle, stderr=handle,
            start_new_session=True,
        )  # fmt: skip
        try:
            code = process.wait()
        finally:
            end_group(process)
    if code not in accept:
        sys.exit(f"{module} failed ({code}):\n{log.read_text()[-2_000:]}")
    return code


def count(url: str) -> int:
    """Conversations that the sample's database holds, without any query of Attune."""
    import psycopg

    with psycopg.connect(url) as connection:
        row = connection.execute(_COUNT).fetchone()
    assert row is not None
    return int(row[0])


def read(size: int, held: int, folder: RunFolder) -> Measurement:
    """What the folder of a run tells."""
    steps, whole, lineage = folder.steps(), folder.cost(), folder.lineage()
    assert whole is not None
    assert lineage is not None
    failed = {step.step: list(step.failed_gates) for step in steps if step.failed_gates}
    costs = [
        Cost(
            step.step,
            step.rows_in or 0,
            step.seconds,
            step.cpu_seconds,
            step.peak_bytes,
            f"FAILED: {', '.join(step.failed_gates)}" if step.failed_gates else "",
        )
        for step in steps
    ]
    note = f"FAILED: gates of {', '.join(failed)}" if failed else "all gates passed"
    costs.append(Cost(WHOLE, lineage.offered, whole.seconds, whole.cpu_seconds, whole.peak_bytes, note))
    problems = list(lineage.problems)
    extracted = next(step for step in lineage.steps if step.step == "extract")
    if extracted.offered != held:
        problems.append(f"the database holds {held:,} conversations, extract tells of {extracted.offered:,}")
    if not lineage.complete:
        problems.append("the run ended without a dataset version")
    return Measurement(size, held, costs, lineage.sentence(), problems, failed)


def print_measurement(item: Measurement) -> None:
    for cost in item.costs:
        rate = cost.rows / cost.wall_seconds if cost.wall_seconds else 0
        print(
            _FORMAT.format(
                f"{item.size:,}", cost.step, f"{cost.rows:,}" if cost.rows else "", f"{cost.wall_seconds:,.1f}",
                f"{cost.cpu_seconds:,.1f}", f"{1_000 * cost.cpu_seconds / item.size:.3f}", f"{rate:,.0f}" if rate else "",
                f"{cost.peak_bytes / 2**20:,.0f}", cost.note,
            )
        )  # fmt: skip
    print(f"{'':>10}  {item.lineage}")
    for problem in item.problems:
        print(f"{'':>10}  PROBLEM: {problem}")
    print(flush=True)


def exponents(items: Sequence[Measurement]) -> dict[str, float]:
    """How CPU time grows between the two largest sizes, as the power of the size: 1 is linear.

    Of small sizes, what a step costs to start is too large a part.
    """
    first, last = items[max(0, len(items) - 2)], items[-1]
    found = {}
    for cost in last.costs:
        before = first.cost(cost.step)
        if before and before.cpu_seconds > 0 and cost.cpu_seconds > 0 and last.size > first.size:
            found[cost.step] = math.log(cost.cpu_seconds / before.cpu_seconds) / math.log(last.size / first.size)
    return found


def page(items: Sequence[Measurement]) -> str:
    """All figures, drawn."""
    steps = [cost.step for cost in items[-1].costs]

    def line(step: str, value: Any) -> Line:
        known = [(item.size, value(item, cost)) for item in items if (cost := item.cost(step))]
        return Line(step, [size for size, _ in known], [found for _, found in known])

    largest = items[-1]
    whole = largest.cost(WHOLE)
    assert whole is not None
    gates = [(f"{item.size:,}: gates", not item.failed_gates, _gates(item)) for item in items]
    records = [(f"{item.size:,}: records", not item.problems, "; ".join([item.lineage, *item.problems])) for item in items]
    rows = [
        (item.size, cost.step, cost.rows, round(cost.wall_seconds, 1), round(cost.cpu_seconds, 1), cost.peak_bytes // 2**20)
        for item in items
        for cost in item.costs
    ]
    cpu = [line(step, lambda item, cost: 1_000 * cost.cpu_seconds / item.size) for step in steps]
    peaks = [line(step, lambda _, cost: cost.peak_bytes / 2**20) for step in steps]
    rates = {step: round(value, 3) for step, value in exponents(items).items()}
    return render_page(
        Report(
            "pipeline",
            "Cost of one pipeline run by size",
            f"{largest.size:,} conversations, from PostgreSQL and files to the gates: {duration_text(whole.wall_seconds)}, "
            f"{duration_text(whole.cpu_seconds)} of CPU, at most {memory_text(whole.peak_bytes)} in all processes together. "
            "A line that stays level is a step whose cost grows with the records and no faster.",
            blocks=[
                Lines("CPU seconds per 1,000 conversations", cpu, "conversations", "seconds", log=True),
                Lines(
                    "Resident memory at its highest", peaks, "conversations", "MiB", log=True,
                    marks={"limit of all processes": _LIMIT_BYTES / 2**20},
                ),
                Table(
                    "Growth of CPU time", ("step", "power of the size"), list(rates.items()),
                    "Between the two largest sizes. 1 is linear; what a step costs to start makes it smaller.",
                ),
                Checks("What the runs say of themselves", [*gates, *records]),
                Table("All figures", ("conversations", "step", "rows in", "wall s", "CPU s", "peak MiB"), rows),
            ],
        )
    )  # fmt: skip


def _gates(item: Measurement) -> str:
    return "; ".join(f"{step}: {', '.join(gates)}" for step, gates in item.failed_gates.items()) or "all passed"


def main() -> None:
    options = _parser().parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))  # so that what runs for it is ended
    try:
        _measure_all(options)
    except KeyboardInterrupt:
        sys.exit(128 + signal.SIGINT)


def _measure_all(options: argparse.Namespace) -> None:
    kept = options.results and options.results.exists()
    if kept and not options.resume:
        sys.exit(f"{options.results} exists: give --resume to go on with it, or another name")
    done = [Measurement.from_json(json.loads(line)) for line in options.results.open()] if kept else []
    print(f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}")
    print(_FORMAT.format(*_HEADER), flush=True)
    for item in done:
        print_measurement(item)
    waiting = [size for size in sorted(set(options.sizes)) if size not in {item.size for item in done}]
    with contextlib.ExitStack() as stack:
        server = stack.enter_context(_server()) if waiting else ""
        for size in waiting:
            with _work_folder(options.folder, size) as folder:
                item = measure(size, server, folder, options.families, options.set)
            print_measurement(item)
            done.append(item)
            if options.results:
                _keep(options.results, item)
    done.sort(key=lambda item: item.size)
    for step, power in exponents(done).items():
        print(f"between the two largest sizes the CPU time of {step:<9} grows with the size to the power of {power:.2f}")
    if options.page:
        options.page.write_text(page(done), encoding="utf-8")
    sys.exit(1 if any(item.problems for item in done) else 0)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", type=int, nargs="+", default=[10_000, 30_000, 100_000], help="conversations")
    parser.add_argument("--families", action="append", default=[], metavar="DIR", help="read these files too")
    parser.add_argument("--results", type=Path, metavar="FILE.jsonl", help="write each size there when it is measured")
    parser.add_argument("--resume", action="store_true", help="do not measure again what stands in --results")
    parser.add_argument("--page", type=Path, help="draw the table into this HTML file")
    parser.add_argument("--folder", type=Path, help="work here, and leave it (default: a temporary folder)")
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", help="one parameter of the run")
    return parser


def _keep(path: Path, item: Measurement) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a", encoding="utf-8") as handle:
        handle.write(json.dumps(asdict(item)) + "\n")
        handle.flush()
        os.fsync(handle.fileno())


@contextlib.contextmanager
def _work_folder(folder: Path | None, size: int) -> Iterator[Path]:
    """An empty folder for one size; a temporary one goes when the size is measured, so that the next has room."""
    if folder:
        own = folder.resolve() / str(size)
        if own.exists():
            sys.exit(f"{own} exists: a run in it would be found done; remove it, or give another --folder")
        own.mkdir(parents=True)
        yield own
    else:
        from janitor import swept

        own = Path(tempfile.mkdtemp(prefix="attune-pipeline-"))
        with swept(own):
            yield own


@contextlib.contextmanager
def _server() -> Iterator[str]:
    from postgres_server import postgres_server

    with postgres_server() as url:
        yield url


if __name__ == "__main__":
    main()
