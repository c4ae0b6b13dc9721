"""The demo: a sample product, the whole pipeline, and where to look. ``make demo`` calls ``python -m pipelines.demo``."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path

import sample

from attune import storage
from attune.cli.display import step_display
from attune.config.params import load_params
from attune.records.tokens import KEY_FILE_VARIABLE
from attune.runtime.progress import Progress
from pipelines.run import Request, add_options, answered

_SAMPLE_STAMP = "sample.json"
_PROJECT = "sample"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the demo and return its exit code."""
    options = _parser().parse_args(arguments)
    return answered("demo", lambda: _request(options))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m pipelines.demo", description=__doc__)
    parser.add_argument("--conversations", type=int, default=4_000, help="size of the sample product [%(default)s]")
    parser.add_argument("--seed", type=int, default=17, help="seed of the sample product [%(default)s]")
    parser.add_argument("--families", action="append", default=[], metavar="DIR", help="folder with your own family files")
    parser.add_argument("--sample", default="build/sample", metavar="DIR", help="where the sample is made [%(default)s]")
    add_options(parser)
    return parser


def _request(options: argparse.Namespace) -> Request:
    """The sample product as what the pipeline is to be run on."""
    params = load_params([Path("params.yaml"), *options.params], [f"run.project={_PROJECT}", *options.set])
    product = _make_sample(Path(options.sample).resolve(), options.conversations, options.seed)
    os.environ[KEY_FILE_VARIABLE] = str(product / "subject.key")  # the sample's own, and no secret
    pipeline = "dataset" if options.runner == "docker" else options.pipeline  # PyTorch is in no image of a step; see docs
    return Request(
        database=str(product / "product.db"),
        families=[str(product / "families"), *options.families],
        params=params,
        pipeline=pipeline,
        runner=options.runner,
        runs=options.runs,
        kind="demo",
        title=f"The demo: {pipeline} pipeline",
        own_registry=True,  # the versions of your own models start at 1
    )


def _make_sample(root: Path, conversations: int, seed: int) -> Path:
    """Make the sample product, unless the same code made the same one before."""
    folder = root / f"{conversations}-{seed}"
    stamp = {"conversations": conversations, "seed": seed, "code": _sample_code()}
    path = folder / _SAMPLE_STAMP
    if path.exists() and json.loads(path.read_text(encoding="utf-8")) == stamp:
        return folder
    path.unlink(missing_ok=True)
    with step_display() as listener:
        progress = Progress("sample", unit="conversations", listener=listener)
        sample.generate(folder, conversations, seed, progress)
    storage.write_bytes(str(path), json.dumps(stamp).encode())
    return folder


def _sample_code() -> str:
    """A hash over the code and the words of the sample product."""
    folder = Path(sample.__file__).parent
    files = sorted(path for path in folder.rglob("*") if path.suffix in {".py", ".txt"})
    return storage.sha256_bytes(b"".join(path.read_bytes() for path in files))


if __name__ == "__main__":
    sys.exit(main())
