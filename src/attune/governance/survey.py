"""A survey of a data location: which files are searched, and what is left out, so that nothing is left out in silence."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from attune import storage
from attune.errors import UsageError
from attune.storage.locks import LOCK

# What these folders hold is compressed by another program, or is no data of Attune's; a copy of data in them is not found.
SKIPPED = frozenset({".git", ".venv", ".dvc", "__pycache__"})


@dataclass(frozen=True)
class Survey:
    """What stands in and below a folder.

    Attributes:
        names: regular files that are searched, relative to the folder.
        special: links, pipes, sockets and devices, as (name, kind); they are not followed.
        skipped: folders of :data:`SKIPPED`, as (name, files in it); they are not searched.
    """

    names: Sequence[str]
    special: Sequence[tuple[str, str]] = ()
    skipped: Sequence[tuple[str, int]] = ()


def survey(uri: str) -> Survey:
    """Look through a location, hidden files too. Raises UsageError when it is a file, or may not be read."""
    if not storage.is_remote(uri) and storage.local_path(uri).is_file():
        raise UsageError(f"{uri}: is a file; a data location must be a folder")
    special = list(storage.special_entries(uri))
    left_out = {name for name, _ in special}
    names, skipped = [], Counter[str]()
    for name in storage.walk(uri, hidden=True):
        if name in left_out or name == LOCK:
            continue
        if folder := _skipped_folder(name):
            skipped[folder] += 1
        else:
            names.append(name)
    outside = [(name, kind) for name, kind in special if not _skipped_folder(name)]
    return Survey(names, outside, sorted(skipped.items()))


def _skipped_folder(name: str) -> str:
    """The folder of :data:`SKIPPED` that a file is in; empty where it is in none. A file of such a name is no folder."""
    parts = name.split("/")
    for count, part in enumerate(parts[:-1], 1):
        if part in SKIPPED:
            return "/".join(parts[:count])
    return ""
