"""Where loaders of one's own may come from: never from what a map of families names, only from what the operator has chosen.

``loader: sleep.py:load`` in families.yaml is a function in a file of the folder that ``attune ingest --loaders DIR`` (or the
environment variable ``ATTUNE_LOADERS``) names. ``loader: sleep_diaries`` is a loader that an installed package registers under
this name, as an entry point of the group ``attune_loaders``. Nothing else is imported, so whoever may write only the map cannot
run code.
"""

from __future__ import annotations

import functools
import importlib.util
import inspect
import os
import re
import sys
from collections.abc import Callable, Iterable
from importlib.metadata import entry_points
from pathlib import Path
from typing import IO, Any

from attune import storage
from attune.errors import UsageError

FOLDER_VARIABLE = "ATTUNE_LOADERS"
GROUP = "attune_loaders"

OwnLoader = Callable[[IO[bytes]], Iterable[Any]]

_FILE = re.compile(r"(?P<file>[A-Za-z0-9_][A-Za-z0-9_./-]*\.py):(?P<function>[A-Za-z_][A-Za-z0-9_]*)")


def use_folder(folder: str) -> None:
    """Let loaders come from this folder, in this process and those that it starts.

    Raises:
        UsageError: there is no such folder.
    """
    if not Path(folder).is_dir():
        raise UsageError(f"--loaders {folder}: no such folder; name the local folder that holds your loaders")
    os.environ[FOLDER_VARIABLE] = str(Path(folder).resolve())


def registered() -> list[str]:
    """Names of the loaders that installed packages register."""
    return sorted(point.name for point in entry_points(group=GROUP))


def is_own(loader: str) -> bool:
    """Whether a name in a map can be a loader of one's own; it is looked for when it is used."""
    return _FILE.fullmatch(loader) is not None or loader in registered()


def find(named: str) -> OwnLoader:
    """The loader with this name.

    Raises:
        UsageError: it does not exist, may not be used, or cannot be imported.
    """
    return _find(named, os.environ.get(FOLDER_VARIABLE, ""))


@functools.cache
def _find(named: str, folder: str) -> OwnLoader:
    found = _FILE.fullmatch(named)
    try:
        function = _from_file(named, folder, found["file"], found["function"]) if found else _from_package(named)
    except (ImportError, SyntaxError, OSError, AttributeError) as error:
        raise UsageError(f"loader {named}: cannot be imported ({type(error).__name__}: {error})") from None
    if not callable(function):
        raise UsageError(f"loader {named}: is not a function; it must take an object's stream and yield rows")
    return function  # type: ignore[no-any-return]


def loader_versions(loaders: Iterable[str]) -> str:
    """A hash over the files of those of these loaders that are no built-in ones; empty without one.

    Raises:
        UsageError: one of them cannot be imported.
    """
    files = {loader: inspect.getsourcefile(find(loader)) for loader in sorted(set(loaders))}
    return " ".join(f"{loader}={storage.sha256_file(file)}" for loader, file in files.items() if file)


def _from_package(named: str) -> Any:
    points = [point for point in entry_points(group=GROUP) if point.name == named]
    if not points:
        raise UsageError(
            f"loader {named}: no installed package registers it; registered are {', '.join(registered()) or 'none'}"
        )
    return points[0].load()


def _from_file(named: str, folder: str, name: str, function: str) -> Any:
    if not folder:
        raise UsageError(
            f"loader {named}: is code of your own, and runs only from a folder that you name on the command line: "
            f"attune ingest --loaders DIR (or set {FOLDER_VARIABLE})"
        )
    root = Path(folder).resolve()
    file = (root / name).resolve()
    if not file.is_relative_to(root) or not file.is_file():
        raise UsageError(f"loader {named}: no such file in the folder of loaders; write its path relative to that folder")
    module_name = f"attune_loader_{file.stem}_{storage.sha256_bytes(str(file).encode())[:8]}"
    spec = importlib.util.spec_from_file_location(module_name, file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[module_name] = module
    spec.loader.exec_module(module)
    if not hasattr(module, function):
        raise UsageError(f"loader {named}: {name} has no function {function}")
    return getattr(module, function)
