"""The demo: a sample product, the whole pipeline, and where to look. ``make demo`` calls ``python -m pipelines.demo``."""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.table import Table

from attune import sample
from attune.core import audit, storage
from attune.core.code import code_version
from attune.core.errors import AttuneError, UsageError
from attune.core.params import Params, load_params
from attune.core.progress import Progress
from attune.core.runs import RunFolder, StepRow
from attune.core.tokens import KEY_FILE_VARIABLE
from attune.display import step_display
from pipelines.local import LocalRun, execute, step_rows

_SAMPLE_STAMP = "sample.json"
_PLAIN_WIDTH = 100  # of the table in a log, where nothing says how wide a line may be


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the demo and return its exit code."""
    options = _parser().parse_args(arguments)
    if options.runner == "docker":
        options.pipeline = "dataset"  # a container of the training steps brings its own PyTorch; see docs
    started = time.monotonic()
    try:
        params = load_params([Path("params.yaml"), *options.params], options.set)
        product = _make_sample(Path(options.sample).resolve(), options.conversations, options.seed)
        roots = [product / "families", *(_existing(folder) for folder in options.families)]
        return _run(options, product, roots, params, started)
    except AttuneError as error:
        print(f"demo: {error}", file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:
        print("demo: interrupted; what is complete is kept, run it again to resume", file=sys.stderr)
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m pipelines.demo", description=__doc__)
    parser.add_argument("--conversations", type=int, default=4_000, help="size of the sample product [%(default)s]")
    parser.add_argument("--seed", type=int, default=17, help="seed of the sample product [%(default)s]")
    parser.add_argument("--families", action="append", default=[], metavar="DIR", help="folder with your own family files")
    parser.add_argument("--runner", choices=("subprocess", "docker"), default="subprocess", help="how components run")
    parser.add_argument("--pipeline", choices=("attune", "dataset"), default="attune", help="how far to go [%(default)s]")
    parser.add_argument("--sample", default="build/sample", metavar="DIR", help="where the sample is made [%(default)s]")
    parser.add_argument("--runs", default="runs", metavar="DIR", help="where run folders stand [%(default)s]")
    parser.add_argument("--params", action="append", default=[], type=Path, metavar="FILE", help="laid over params.yaml")
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", help="one parameter")
    return parser


def _existing(folder: str) -> Path:
    path = Path(folder)
    if not path.exists():
        raise UsageError(f"--families {folder}: no such file or folder")
    return path.resolve()


def _make_sample(root: Path, conversations: int, seed: int) -> Path:
    """Make the sample product, unless the same code made the same one before."""
    folder = root / f"{conversations}-{seed}"
    stamp = {"conversations": conversations, "seed": seed, "code": code_version("attune.sample")}
    path = folder / _SAMPLE_STAMP
    if path.exists() and json.loads(path.read_text(encoding="utf-8")) == stamp:
        return folder
    path.unlink(missing_ok=True)
    with step_display() as listener:
        progress = Progress("sample", unit="conversations", listener=listener)
        sample.generate(folder, conversations, seed, progress)
    storage.write_bytes(str(path), json.dumps(stamp).encode())
    return folder


def _run(options: argparse.Namespace, product: Path, roots: list[Path], params: Params, started: float) -> int:
    os.environ[KEY_FILE_VARIABLE] = str(product / "subject.key")  # the sample's own, and no secret
    folder, run = _local_run(options, product, roots, params)
    try:
        with step_display() as listener:
            failure = execute(run, listener)
    finally:
        rows = step_rows(run)
        for row in rows:
            folder.record_step(row)
        index = folder.write_index()
    _print_summary(rows, index, time.monotonic() - started)
    if failure:
        print(f"demo: {failure.step}: {failure.message}", file=sys.stderr)
        return failure.exit_code
    return 0


def _local_run(options: argparse.Namespace, product: Path, roots: list[Path], params: Params) -> tuple[RunFolder, LocalRun]:
    """The run's folder and arguments; the same input, parameters and runner meet in the same folder, and resume there."""
    database = product / "product.db"
    versions = {
        "database": storage.sha256_file(str(database)),
        "families": hashlib.sha256("".join(storage.fingerprint(str(root)) for root in roots).encode()).hexdigest(),
    }
    identity = json.dumps([versions, params.model_dump(mode="json"), options.pipeline, options.runner])
    runs = Path(options.runs).resolve()
    os.environ.setdefault(audit.FOLDER_VARIABLE, str(runs / "audit-trail"))  # the pipeline's processes inherit it
    folder = RunFolder(runs / f"demo-{hashlib.sha256(identity.encode()).hexdigest()[:8]}")
    folder.write_run(params, {**versions, "code": code_version("attune.steps")}, f"The demo: {options.pipeline} pipeline")
    arguments = {
        "database": str(database),
        "database_version": versions["database"],
        "roots": [str(root) for root in roots],
        "roots_version": versions["families"],
        "params": params.model_dump_json(),
    }
    if options.pipeline == "attune":
        arguments["registry"] = str(runs / "registry")
    return folder, LocalRun(folder.path, options.pipeline, arguments, options.runner, (product, *roots))


def _print_summary(rows: Sequence[StepRow], index: Path, seconds: float) -> None:
    table = Table(title=None)
    table.add_column("step")
    for name in ("rows in", "kept", "rejected", "quarantined", "seconds", "peak memory"):
        table.add_column(name, justify="right")
    table.add_column("")
    for row in rows:
        counts = ("" if count is None else f"{count:,}" for count in (row.rows_in, row.kept, row.rejected, row.quarantined))
        cost = (f"{row.seconds:.1f}", f"{row.peak_bytes / 2**20:,.0f} MiB")
        table.add_row(row.step, *counts, *cost, row.status)
    Console(width=None if sys.stdout.isatty() else _PLAIN_WIDTH).print(table)
    print(f"{seconds:.0f} s in all. Look at {index}")


if __name__ == "__main__":
    sys.exit(main())
