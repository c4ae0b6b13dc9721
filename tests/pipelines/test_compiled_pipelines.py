"""The pipelines as Kubeflow gets them: compiled, each step in its own image, nothing but steps' signatures inside."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from attune.runtime.run_step import STEPS

ROOT = Path(__file__).parents[2]


def compile_into(folder: Path, **environment: str) -> dict[str, dict[str, Any]]:
    subprocess.run(
        [sys.executable, "-m", "pipelines", str(folder)],
        cwd=ROOT,
        env={**os.environ, **environment},
        check=True,
        capture_output=True,
    )
    return {path.stem: next(yaml.safe_load_all(path.read_text())) for path in folder.glob("*.yaml")}


@pytest.fixture(scope="module")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    return compile_into(tmp_path_factory.mktemp("ir"))


def containers(ir: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {name.removeprefix("exec-"): executor["container"] for name, executor in ir["deploymentSpec"]["executors"].items()}


def test_every_pipeline_is_compiled(compiled: dict[str, dict[str, Any]]) -> None:
    made_of_all = {"attune-dataset", "attune-training", "attune-release", "attune"}
    assert set(compiled) == made_of_all | {"attune-dataset-from-files", "attune-from-files"}


def test_the_whole_pipeline_runs_every_step_once_in_its_own_image(compiled: dict[str, dict[str, Any]]) -> None:
    images = {name: container["image"].split(":")[0] for name, container in containers(compiled["attune"]).items()}
    assert images.pop("erased") == "attune-ingest", "what reads the list of the erased is no step and has no image of its own"
    assert images == {step: f"attune-{step}" for step in STEPS}


@pytest.mark.parametrize("name", ["attune-from-files", "attune-dataset-from-files"])
def test_a_pipeline_of_files_alone_differs_by_extract_and_by_nothing_else(
    compiled: dict[str, dict[str, Any]], name: str
) -> None:
    whole = compiled[name.removesuffix("-from-files")]
    assert set(containers(whole)) - set(containers(compiled[name])) == {"extract"}
    assert not [key for key in compiled[name]["root"]["inputDefinitions"]["parameters"] if key.startswith("database")]
    for step, container in containers(compiled[name]).items():
        assert container == containers(whole)[step], step


def test_images_can_be_named_by_registry_and_digest(tmp_path: Path) -> None:
    ir = compile_into(tmp_path, ATTUNE_IMAGE_PREFIX="registry.example.com/team/", ATTUNE_IMAGE_TAG="@sha256:abc")
    assert containers(ir["attune-dataset"])["score"]["image"] == "registry.example.com/team/attune-score@sha256:abc"


def test_no_component_installs_anything_when_it_runs(compiled: dict[str, dict[str, Any]]) -> None:
    for name, container in containers(compiled["attune"]).items():
        assert "pip install" not in " ".join(container["command"] + container["args"]), name


def test_training_waits_for_the_gates(compiled: dict[str, dict[str, Any]]) -> None:
    tasks = compiled["attune"]["root"]["dag"]["tasks"]
    training = next(task for name, task in tasks.items() if name.startswith("attune-training"))
    gates = training["inputs"]["parameters"]["gates"]["taskOutputParameter"]
    assert gates["outputParameterKey"] == "gates"


def test_every_component_takes_the_content_hashes_of_its_inputs(compiled: dict[str, dict[str, Any]]) -> None:
    components = compiled["attune"]["components"]
    for step in STEPS:
        assert "versions" in components[f"comp-{step}"]["inputDefinitions"]["parameters"], step


def tasks_of(ir: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """The tasks of a pipeline and of the pipelines in it, by the name of their component."""
    dags = [ir["root"]["dag"], *(found["dag"] for found in ir["components"].values() if "dag" in found)]
    return {task["componentRef"]["name"].removeprefix("comp-"): task for dag in dags for task in dag["tasks"].values()}


@pytest.mark.parametrize("name", ["attune-dataset", "attune-dataset-from-files", "attune", "attune-from-files"])
def test_the_cache_sees_the_list_of_the_erased_wherever_it_is_obeyed(compiled: dict[str, dict[str, Any]], name: str) -> None:
    tasks = tasks_of(compiled[name])
    assert not tasks["erased"]["cachingOptions"], "the list is read in every run"
    obeying = {step.name for step in STEPS.values() if step.obeys_erased_list} & set(tasks)
    assert len(obeying) >= 4
    for step in obeying:
        inputs = tasks[step]["inputs"]["parameters"]
        (channel,) = [
            key for key, value in inputs.items() if value.get("taskOutputParameter", {}).get("producerTask") == "erased"
        ]
        assert any(channel in version for version in inputs["versions"]["runtimeValue"]["constant"]), step


def test_no_cached_decision_stands_for_one_on_the_registry_as_it_is_now(compiled: dict[str, dict[str, Any]]) -> None:
    assert not tasks_of(compiled["attune-release"])["release"]["cachingOptions"]
