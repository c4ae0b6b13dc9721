"""Who knows the name of a step knows all its places; a class name and a module have one meaning each."""

from __future__ import annotations

import re
import tomllib
from collections import defaultdict
from pathlib import Path

import pytest
import yaml

from attune.config.params import Params
from attune.runtime.registry import STEPS

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "src" / "attune"
SNAPSHOT = {"extract", "ingest"}  # their output is what data.dvc tracks, so they are no DVC stages
LONGEST_MODULE = 400


@pytest.mark.parametrize("step", STEPS)
def test_a_step_has_its_name_in_every_place(step: str) -> None:
    assert (PACKAGE / "steps" / step / "step.py").is_file()
    assert (PACKAGE / "steps" / step / "report.py").is_file()
    assert (PACKAGE / "config" / f"{step}.py").is_file()
    assert (ROOT / "components" / f"{step}.py").is_file()
    assert (ROOT / "tests" / "steps" / step).is_dir()
    assert hasattr(Params(), step)
    assert step in tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]
    assert (step in yaml.safe_load((ROOT / "dvc.yaml").read_text())["stages"]) == (step not in SNAPSHOT)
    assert step in re.search(r"^STEPS := (.*)$", (ROOT / "Makefile").read_text(), re.MULTILINE).group(1).split()


def test_no_two_classes_have_the_same_name() -> None:
    places = defaultdict(list)
    for file in PACKAGE.rglob("*.py"):
        for name in re.findall(r"^class (\w+)", file.read_text(encoding="utf-8"), re.MULTILINE):
            places[name].append(file.relative_to(PACKAGE).as_posix())
    assert {name: files for name, files in places.items() if len(files) > 1} == {}


def test_no_module_is_longer_than_a_reader_keeps_in_mind() -> None:
    long = {
        file.name: lines for file in PACKAGE.rglob("*.py") if (lines := len(file.read_text().splitlines())) > LONGEST_MODULE
    }
    assert long == {}
