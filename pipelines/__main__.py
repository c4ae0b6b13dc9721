"""Compile every pipeline to the intermediate representation that Kubeflow Pipelines runs: ``python -m pipelines [FOLDER]``."""

from __future__ import annotations

import sys
from pathlib import Path

from kfp.compiler import Compiler

from pipelines.attune import attune, attune_from_files
from pipelines.dataset import dataset, dataset_from_files
from pipelines.release import release
from pipelines.training import training


def compile_all(folder: Path) -> list[Path]:
    """Write ``attune-<name>.yaml`` for every pipeline into ``folder`` and return the paths."""
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for pipeline in (dataset, dataset_from_files, training, release, attune, attune_from_files):
        path = folder / f"{pipeline.name}.yaml"
        Compiler().compile(pipeline, str(path))
        written.append(path)
    return written


if __name__ == "__main__":
    for path in compile_all(Path(sys.argv[1] if len(sys.argv) > 1 else "build/pipelines")):
        print(path)
