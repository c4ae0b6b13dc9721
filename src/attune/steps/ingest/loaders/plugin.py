"""Loaders of one's own: ``loader: my_loaders/mine.py:load`` or ``loader: my_package.mine:load`` in families.yaml.

Such a function takes the object as a binary stream, already unpacked, and yields a dictionary a row (or :class:`Loaded` and
:class:`Broken`, to say where a row stands). It runs in the process that reads; what it raises ends the object and is told by
its kind and never by its message, which may hold a user's text.
"""

from __future__ import annotations

import functools
import importlib
import importlib.util
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import IO, Any

from attune.errors import AttuneError, UsageError
from attune.steps.ingest.families import Family
from attune.steps.ingest.loaders.opening import open_bytes
from attune.steps.ingest.loaders.rows import Broken, Damaged, Loaded, Row, fitting
from attune.storage.archives import DamagedArchiveError

PluginLoader = Callable[[IO[bytes]], Iterable[Any]]


def plugin(uri: str, family: Family) -> Iterator[Row]:
    """The rows that a loader of one's own gives."""
    assert family.loader is not None
    function = find(family.loader)
    with open_bytes(uri) as handle:
        number = 0
        try:
            for value in function(handle):
                number += 1
                yield value if isinstance(value, Loaded | Broken) else fitting(f"record {number}", value, family)
        except (AttuneError, DamagedArchiveError):
            raise
        except Exception as error:  # noqa: BLE001 - whatever code of somebody else raises, the object is to blame, and named
            raise Damaged(f"its loader raised {type(error).__name__}; what follows is lost") from None


@functools.cache
def find(named: str) -> PluginLoader:
    """The function behind ``file.py:function`` (relative to the working directory) or ``package.module:function``.

    Raises:
        UsageError: there is none, or it cannot be imported.
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


def _from_file(path: str) -> Any:
    file = Path(path)
    if not file.is_file():
        raise UsageError(f"loader {path}: no such file below {Path.cwd().name}/; write it relative to where attune is started")
    name = f"attune_loader_{file.stem}"
    spec = importlib.util.spec_from_file_location(name, file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module
