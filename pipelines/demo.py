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
from attune.core import storage
from attune.core.code import code_version
from attune.core.errors import AttuneError, RunError, UsageError
from attune.core.params import Params, load_params
from attune.core.progress import Progress
from attune.core.runs import RunFolder, StepRow
from attune.core.tokens import KEY_FILE_VARIABLE
from attune.display import step_display
from pipelines.local import LocalRun, execute, outcomes

_SAMPLE_STAMP = "sample.json"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the demo and return its exit code."""
    options = _parser().parse_args(arguments)
    started = time.monotonic()
    try:
        params = load_params([Path("params.yaml"), *options.params], options.set)
        product = _make_sample(Path(options.sample), options.conversations, options.seed)
        roots = [product / "families", *(_existing(folder) for folder in options.families)]
        return _run(options.runner, Path(options.runs), product, roots, params, started)
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
    parser.add_argument("--sample", default="build/sample", metavar="DIR", help="where the sample is made [%(default)s]")
    parser.add_argument("--runs", default="runs", metavar="DIR", help="where run folders stand [%(default)s]")
    parser.add_argument("--params", action="append", default=[], type=Path, metavar="FILE", help="laid over params.yaml")
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", help="one parameter")
    return parser


def _existing(folder: str) -> Path:
    path = Path(folder)
    if not path.exists():
        raise UsageError(f"--families {folder}: no such file or folder")
    return path


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


def _run(runner: str, runs: Path, product: Path, roots: list[Path], params: Params, started: float) -> int:
    database = (product / "product.db").resolve()
    os.environ[KEY_FILE_VARIABLE] = str((product / "subject.key").resolve())
    versions = {
        "database": storage.sha256_file(str(database)),
        "families": hashlib.sha256("".join(storage.fingerprint(str(root)) for root in roots).encode()).hexdigest(),
    }
    pipeline = "dataset" if runner == "docker" else "attune"
    identity = json.dumps([versions, params.model_dump(mode="json"), pipeline, runner])
    folder = RunFolder(runs.resolve() / f"demo-{hashlib.sha256(identity.encode()).hexdigest()[:8]}")
    folder.write_run(params, {**versions, "code": code_version("attune.steps")})
    arguments = {
        "database": str(database),
        "database_version": versions["database"],
        "roots": [str(root.resolve()) for root in roots],
        "roots_version": versions["families"],
        "params": params.model_dump_json(),
    }
    if pipeline == "attune":
        arguments["registry"] = str(runs.resolve() / "registry")
    mounts = tuple(path.resolve() for path in (product, *roots)) if runner == "docker" else ()
    run = LocalRun(folder.path, pipeline, arguments, runner, mounts)
    try:
        with step_display() as listener:
            failure = execute(run, listener)
    finally:
        for row in _rows(run):
            folder.record_step(row)
        index = folder.write_index()
    _print_summary(_rows(run), index, time.monotonic() - started)
    if failure:
        print(f"demo: {failure.step}: {failure.message}", file=sys.stderr)
        return failure.exit_code
    return 0
