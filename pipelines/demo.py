"""The demo: the sample product as what a pipeline is run on. ``attune run --sample`` asks for it."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import sample

from attune import storage
from attune.cli.display import step_display
from attune.records.tokens import KEY_FILE_VARIABLE
from attune.runtime.progress import Progress
from pipelines.run import Request

PROJECT = "sample"
_STAMP = "sample.json"


def on_sample_product(request: Request, samples: str, conversations: int, seed: int) -> Request:
    """The request with the sample product, made now where it is missing, and the request's own files beside it.

    The subject key of the sample is no secret, and its models stand in a registry of their own, so that the versions of a
    team's models start at 1.
    """
    product = _make_sample(Path(samples).resolve() / f"{conversations}-{seed}", conversations, seed)
    os.environ[KEY_FILE_VARIABLE] = str(product / "subject.key")
    families: Sequence[str] = [str(product / "families"), *request.families]
    pipeline = "dataset" if request.runner == "docker" else request.pipeline  # no step image holds PyTorch yet; see docs
    return replace(
        request,
        database=str(product / "product.db"),
        families=families,
        pipeline=pipeline,
        kind="demo",
        title=f"The demo: {pipeline} pipeline",
        own_registry=True,
    )


def _make_sample(folder: Path, conversations: int, seed: int) -> Path:
    """Make the sample product, unless the same code made the same one before."""
    stamp = {"conversations": conversations, "seed": seed, "code": _sample_code()}
    path = folder / _STAMP
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
