"""Moves and removes files by URI: what :mod:`attune.storage.files` does not need and governance does."""

from __future__ import annotations

import contextlib
import os
from datetime import UTC, datetime
from typing import Any

from attune import storage
from attune.errors import RunError


def move(source: str, target: str) -> None:
    """Move a file within a store; a source that is gone was moved before. Raises RunError when the store does not do it."""
    if not storage.exists(source):
        return
    try:
        if storage.is_remote(source):
            filesystem, path = _remote(source)
            filesystem.copy(path, _remote(target)[1])
            filesystem.rm_file(path)
            return
        place = storage.local_path(target)
        place.parent.mkdir(parents=True, exist_ok=True)
        storage.local_path(source).replace(place)
    except OSError as error:
        raise RunError(f"{source}: could not be moved to {target} ({error.strerror or type(error).__name__})") from None


def remove_tree(uri: str) -> None:
    """Remove a folder and everything in it, hidden files too."""
    if storage.exists(uri):
        for name in storage.walk(uri, hidden=True):
            storage.remove(storage.join(uri, name))
        remove_empty_folders(uri)


def remove_empty_folders(uri: str) -> None:
    """Remove a local folder and the folders in it as far as they are empty; object stores have no folders."""
    if storage.is_remote(uri) or not storage.exists(uri):
        return
    for folder, _, _ in os.walk(storage.local_path(uri), topdown=False):
        with contextlib.suppress(OSError):  # something stands in it
            os.rmdir(folder)  # noqa: PTH106


def modified(uri: str) -> datetime:
    """When a file was last written."""
    if storage.is_remote(uri):
        filesystem, path = _remote(uri)
        moment: datetime = filesystem.modified(path)
        return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return datetime.fromtimestamp(storage.local_path(uri).stat().st_mtime, UTC)


def _remote(uri: str) -> tuple[Any, str]:
    import fsspec

    filesystem, path = fsspec.core.url_to_fs(uri, use_listings_cache=False)
    return filesystem, path
