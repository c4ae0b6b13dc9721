"""The version of a step's code: a hash over its module and every attune module that it reaches.

It is part of the key of what a step wrote, so that work done by other code is never taken for work done by this code.
"""

from __future__ import annotations

import ast
import functools
import hashlib
import sys
from pathlib import Path

_PACKAGE = "attune"


@functools.cache
def code_version(module: str) -> str:
    """Hex SHA-256 (16 digits) over the sources and data files that ``module`` can reach inside attune.

    Imports are followed wherever they stand in the file, functions included. Data files count with the package that they
    lie in or below, so a changed word list changes the version of the code that reads it. Of a module outside attune (a
    step of one's own) its file counts, and what it reaches inside.
    """
    digest = hashlib.sha256()
    for path in sorted(_reachable_files(module)):
        inside = path.is_relative_to(_package_root())
        digest.update(f"{path.relative_to(_package_root()).as_posix() if inside else path.name}\0".encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def _reachable_files(module: str) -> set[Path]:
    files: set[Path] = set()
    seen: set[str] = set()
    waiting = [module]
    while waiting:
        name = waiting.pop()
        path = _source(name)
        if name in seen or path is None:
            continue
        seen.add(name)
        files.add(path)
        if path.is_relative_to(_package_root()):
            files.update(_data_files(path.parent))
        waiting.extend(_imports(path))
        waiting.extend(_parents(name))
    return files


def _imports(path: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_bytes())):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names.add(node.module)
            names.update(f"{node.module}.{alias.name}" for alias in node.names)
    return {name for name in names if name == _PACKAGE or name.startswith(f"{_PACKAGE}.")}


def _parents(module: str) -> list[str]:
    """The packages around a module: importing it runs them too."""
    parts = module.split(".")
    return [".".join(parts[:length]) for length in range(1, len(parts))] if parts[0] == _PACKAGE else []


def _data_files(folder: Path) -> set[Path]:
    """Files that are no Python, in a package's folder and in the folders below it that are no packages themselves."""
    if folder == _package_root():
        return set()
    files: set[Path] = set()
    for entry in folder.iterdir():
        if entry.name.startswith((".", "__pycache__")):
            continue
        if entry.is_dir() and not (entry / "__init__.py").exists():
            files.update(_data_files(entry))
        elif entry.is_file() and entry.suffix not in {".py", ".pyc"}:
            files.add(entry)
    return files


def _source(module: str) -> Path | None:
    if module.split(".")[0] != _PACKAGE:
        file = getattr(sys.modules.get(module), "__file__", None)
        return Path(file) if file else None
    path = _package_root().joinpath(*module.split(".")[1:])
    for candidate in (path.with_suffix(".py"), path / "__init__.py"):
        if candidate.is_file():
            return candidate
    return None  # a name inside a module: `from attune.runtime.step import Batch` is tried as a module too


def _package_root() -> Path:
    return Path(__file__).parents[1]
