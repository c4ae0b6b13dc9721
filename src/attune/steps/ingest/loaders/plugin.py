"""Custom loaders: ``loader: my_loaders/mine.py:load`` or ``loader: my_package.mine:load`` in families.yaml.

Such a function takes the object as a decompressed binary stream and yields a dictionary for each row (or :class:`Loaded` and
:class:`Broken`, which also give the position of a row). It runs in the reading process. An exception ends the object; its type
is reported but not its message, which may hold a user's text.
"""

from __future__ import annotations

import functools
import importlib
import importlib.util
import inspect
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import IO, Any

from attune import storage
from attune.errors import AttuneError, UsageError
from attune.steps.ingest.families import FamilyMap
from attune.steps.ingest.loaders.base import Broken, DamagedObject, Loaded, LoaderRow, ObjectSource, fitting, open_bytes
from attune.storage.archives import DamagedArchiveError

PluginLoader = Callable[[IO[bytes]], Iterable[Any]]


def plugin(source: ObjectSource) -> Iterator[LoaderRow]:
    """The rows of a custom loader."""
    assert source.family.loader is not None
    function = find(source.family.loader)
    with open_bytes(source) as handle:
        number = 0
        try:
            for value in function(handle):
                number += 1
                yield value if isinstance(value, Loaded | Broken) else fitting(f"record {number}", value, source.family)
        except (AttuneError, DamagedArchiveError):
            raise
        except Exception as error:  # noqa: BLE001 - custom code may raise anything; the object is reported as damaged
            raise DamagedObject(f"its loader raised {type(error).__name__}; what follows is lost") from None


@functools.cache
def find(named: str) -> PluginLoader:
    """The function at ``file.py:function`` (relative to the working directory) or ``package.module:function``.

    Raises:
        UsageError: it does not exist, or cannot be imported.
    """
    place, _, name = named.rpartition(":")
    try:
        module = _from_file(place) if place.endswith(".py") else importlib.import_module(place)
    except (ImportError, SyntaxError, OSError) as error:
        raise UsageError(f"loader {named}: cannot be imported ({type(error).__name__}: {error})") from None
    function = getattr(module, name, None)
    if not callable(function):
        raise UsageError(f"loader {named}: {place} has no function {name or '(none named)'}")
    return function  # type: ignore[no-any-return]


def loader_versions(families: FamilyMap) -> str:
    """A hash over the files of all loaders of one's own; empty without one.

    Raises:
        UsageError: one of them cannot be imported.
    """
    named = sorted({entry.loader for entry in families.families if entry.loader and ":" in entry.loader})
    files = {loader: inspect.getsourcefile(find(loader)) for loader in named}
    return " ".join(f"{loader}={storage.sha256_file(file)}" for loader, file in files.items() if file)


def _from_file(path: str) -> Any:
    file = Path(path)
    if not file.is_file():
        raise UsageError(f"loader {path}: no such file below {Path.cwd().name}/; write it relative to the working directory")
    name = f"attune_loader_{file.stem}"
    spec = importlib.util.spec_from_file_location(name, file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module
