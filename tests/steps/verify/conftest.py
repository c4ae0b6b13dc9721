"""Fixtures of the tests of verify."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest


@pytest.fixture
def dataset(sound: Path, tmp_path: Path) -> Path:
    """A copy, to be changed, of the dataset version that the test's module compiles in its fixture ``sound``."""
    return Path(shutil.copytree(sound, tmp_path / "dataset"))
