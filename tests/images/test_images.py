"""Each step in its own image: built by one recipe, run as nobody special, and giving the same bytes as on this machine."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from attune import __version__

ROOT = Path(__file__).parents[2]
BASE = os.environ.get("ATTUNE_BASE_IMAGE", "python:3.11-slim")
DATASET_STEPS = ("extract", "ingest", "score", "dedupe", "compile", "verify")


def engine_state() -> str:
    """Why the containers cannot be tried here; empty when they can."""
    if shutil.which("docker") is None:
        return "no container engine is installed"
    if subprocess.run(["docker", "info"], capture_output=True).returncode:
        return "no container engine answers"
    if subprocess.run(["docker", "image", "inspect", BASE], capture_output=True).returncode:
        pulled = subprocess.run(["docker", "pull", "--quiet", BASE], capture_output=True)
        if pulled.returncode:
            return f"the base image {BASE} is neither here nor can it be pulled"
    return ""


pytestmark = [pytest.mark.container, pytest.mark.slow]


@pytest.fixture(scope="session")
def images() -> dict[str, str]:
    """The images of the dataset pipeline's steps, built by the recipe."""
    reason = engine_state()
    if reason:
        pytest.skip(reason)
    built = {}
    for step in DATASET_STEPS:
        flags = {"BUILD_FLAGS": "--network=host --quiet", "BASE_IMAGE": BASE}
        result = subprocess.run(
            ["make", f"image-{step}"], cwd=ROOT, env={**os.environ, **flags}, capture_output=True, text=True
        )
        assert result.returncode == 0, result.stdout[-2000:] + result.stderr[-2000:]
        built[step] = f"attune-{step}:{__version__}"
    return built


def in_image(image: str, *command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["docker", "run", "--rm", "--network=none", image, *command], capture_output=True, text=True, timeout=120
    )


def test_every_image_runs_its_step_as_an_ordinary_user(images: dict[str, str]) -> None:
    for step, image in images.items():
        assert in_image(image, "id", "-u").stdout.strip() == "10001", step
        result = in_image(image, "attune", step, "--help")
        assert result.returncode == 0, result.stderr


def test_an_image_holds_nothing_that_its_step_does_not_need(images: dict[str, str]) -> None:
    for step in ("score", "dedupe", "compile", "verify"):
        absent = in_image(images[step], "python", "-c", "import torch")
        assert "ModuleNotFoundError" in absent.stderr, step
        absent = in_image(images[step], "python", "-c", "import psycopg")
        assert "ModuleNotFoundError" in absent.stderr, step


def test_the_dataset_pipeline_in_containers_gives_the_bytes_of_subprocesses(images: dict[str, str], tmp_path: Path) -> None:
    overlay = tmp_path / "overlay.yaml"
    overlay.write_text("verify: {required_families: {product: 20}, split_tolerance: 0.2, category_tolerance: 1.0}\n")
    manifests = {}
    for runner in ("docker", "subprocess"):
        runs = tmp_path / f"runs-{runner}"
        command = [
            sys.executable,
            "-m",
            "attune.cli",
            "run",
            "--sample",
            "--runner",
            runner,
            "--runs",
            str(runs),
            "--params",
            str(overlay),
        ]
        command += ["--conversations", "500", "--samples", str(tmp_path / "sample"), "--pipeline", "dataset"]
        result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=900)
        log = next(runs.glob("*/pipeline.log"))
        assert result.returncode == 0, result.stdout + result.stderr + log.read_text()[-3000:]
        manifests[runner] = next(runs.glob("*/steps/compile/manifest.json")).read_bytes()
    assert manifests["docker"] == manifests["subprocess"]
