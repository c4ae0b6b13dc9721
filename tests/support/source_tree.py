"""A copy of the package's source that a test may edit, and the cache keys that steps have there."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from types import ModuleType

import attune

SOURCE = Path(attune.__file__).parent

# The key of every step for given inputs, and the code in the keys of the batches that extract and ingest redact.
_KEYS = """
import json
from attune.runtime import engine
from attune.runtime.code_version import code_version
from attune.config.params import Params
from attune.runtime.step import Context
from attune.redaction.conversations import prepare_batch
from attune.runtime.cache_key import Dependencies, key_of
from attune.runtime.registry import STEPS

keys = {name: key_of(step, {}, Params(), Context(), Dependencies()) for name, step in STEPS.items()}
keys["redacted batches"] = code_version(prepare_batch.__module__, engine.__name__)
print(json.dumps(keys))
"""


class SourceTree:
    """A copy of ``src/attune`` in a folder.

    Args:
        folder: an empty folder; put it on the path of a process that shall run the copy.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.package = folder / "attune"
        shutil.copytree(SOURCE, self.package, ignore=shutil.ignore_patterns("__pycache__"))

    def file(self, module: ModuleType) -> Path:
        """The copy of a module's file."""
        assert module.__file__ is not None
        return self.package / Path(module.__file__).relative_to(SOURCE)

    def files(self, pattern: str) -> list[Path]:
        """Copied files whose name matches the pattern."""
        return sorted(self.package.rglob(pattern))

    def change_code(self, module: ModuleType) -> None:
        """Add a constant to a module."""
        append([self.file(module)], "\nCHANGED_BY_A_TEST = 1\n")

    def run(self, arguments: Iterable[str], cwd: Path | None = None) -> str:
        """Run ``python`` with the copy on its path. Returns what it printed."""
        done = subprocess.run(
            [sys.executable, *arguments],
            cwd=cwd or self.folder,
            env={**os.environ, "PYTHONPATH": str(self.folder)},
            capture_output=True,
            text=True,
            timeout=600,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def keys(self) -> dict[str, str]:
        """The cache keys of all steps by name."""
        keys: dict[str, str] = json.loads(self.run(["-c", _KEYS]))
        return keys


def append(files: Iterable[Path], text: str) -> None:
    """Add text at the end of files."""
    for file in files:
        with file.open("a", encoding="utf-8") as handle:
            handle.write(text)


def replace(file: Path, old: str, new: str) -> None:
    """Replace text that a file contains."""
    text = file.read_text(encoding="utf-8")
    assert old in text, f"{file.name} does not contain {old}"
    file.write_text(text.replace(old, new), encoding="utf-8")


def changed(before: dict[str, str], after: dict[str, str]) -> set[str]:
    """The steps whose keys differ."""
    assert before.keys() == after.keys()
    return {name for name in before if before[name] != after[name]}
