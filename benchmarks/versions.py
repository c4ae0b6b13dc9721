"""Speed and memory of compile and verify: how they grow with the number of records.

    python benchmarks/versions.py --records 20000 50000 100000
    python benchmarks/versions.py --dataset FOLDER          # verify alone, of a version that is there

The input is made first, by the same code as that of benchmarks/dedupe.py, and is no part of the figures. Processor time is that
of the process and its workers; resident memory is that of all of them together, sampled four times a second. The last column is
the time for a record beside that of the first row: 1.00 throughout is linear growth.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
import tempfile
import time
from multiprocessing import get_context
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from dedupe import make_input

from attune.config.params import CompileParams, RunParams, VerifyParams
from attune.runtime.resources import PeakMemory
from attune.runtime.step import Context
from attune.steps.compile.step import compile as compile_dataset
from attune.steps.verify.step import verify


def processor_seconds() -> float:
    """Processor time of this process and of the workers that ended."""
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


def measured(name: str, count: int, work: object, first: dict[str, float]) -> object:
    """Run and print a row of the table."""
    started, busy = time.monotonic(), processor_seconds()
    with PeakMemory() as memory:
        result = work()  # type: ignore[operator]
    wall, cpu = time.monotonic() - started, processor_seconds() - busy
    each = cpu / count
    first.setdefault(name, each)
    print(
        f"{name:8} {count:>9,} {wall:>8.1f} {cpu:>8.1f} {count / wall:>10,.0f} {count / cpu:>14,.0f} "
        f"{memory.peak_bytes / 2**20:>9,.0f} {each / first[name]:>8.2f}",
        flush=True,
    )
    return result


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--records", type=int, nargs="+", default=[20_000, 50_000, 100_000])
    parser.add_argument("--words", type=int, default=100, help="mean words of an answer")
    parser.add_argument("--duplicates", type=float, default=0.05, help="share of exact or edited copies")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--dataset", help="a dataset version: verify it, and compile nothing")
    options = parser.parse_args()
    print(f"{platform.machine()}, {os.cpu_count()} processors, Python {platform.python_version()}, {options.workers} workers")
    names = ("records", "wall s", "cpu s", "rec/s", "rec/s of cpu", "peak MiB", "relative")
    widths = (9, 8, 8, 10, 14, 9, 8)
    print(f"{'step':8} " + " ".join(name.rjust(width) for name, width in zip(names, widths, strict=True)))
    first: dict[str, float] = {}
    if options.dataset:
        count = json.loads((Path(options.dataset) / "manifest.json").read_bytes())["counts"]["records"]
        measured("verify", count, lambda: verify(options.dataset, "", VerifyParams(), Context(workers=options.workers)), first)
        return
    for count in options.records:
        with tempfile.TemporaryDirectory() as folder:
            maker = get_context("spawn").Process(
                target=make_input, args=(f"{folder}/in", 0, count, options.words, options.duplicates)
            )
            maker.start()
            maker.join()
            context = Context(workers=options.workers)
            measured(
                "compile",
                count,
                lambda f=folder, c=context: compile_dataset([f"{f}/in"], f"{f}/out", CompileParams(), c, run=RunParams()),
                first,
            )
            report = measured("verify", count, lambda f=folder, c=context: verify(f"{f}/out", "", VerifyParams(), c), first)
            failed = report.failed_gates  # type: ignore[attr-defined]
            if failed:
                print(f"         failed {', '.join(failed)}")


if __name__ == "__main__":
    main()
