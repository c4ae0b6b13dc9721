"""Local folders that are written whole or not at all."""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Iterator
from pathlib import Path

from attune.storage.files import explained_write, make_folder, sync


@contextlib.contextmanager
def atomic_folder(folder: Path) -> Iterator[Path]:
    """An empty temporary folder beside ``folder``, to be filled in the block; it replaces ``folder`` when the block ends well.

    Everything in it is fsynced before the rename. When the block raises, the temporary folder is removed and the old folder
    stays. A kill leaves the old folder or the new one, or for an instant between two renames neither, but never a part of one.
    One process at a time may write a folder: what a killed one has left is removed.

    Raises:
        RunError: the disk is full or the folder cannot be written.
    """
    temporary, old = (folder.with_name(f".{folder.name}{suffix}.tmp") for suffix in ("", ".old"))
    with explained_write(str(folder)):
        shutil.rmtree(temporary, ignore_errors=True)
        shutil.rmtree(old, ignore_errors=True)
        make_folder(temporary)
        temporary.chmod(0o755)  # a model is served by another user
    try:
        yield temporary
        with explained_write(str(folder)):
            for path in (*temporary.rglob("*"), temporary):
                sync(path)
            if folder.exists():
                folder.replace(old)
            temporary.replace(folder)
            sync(folder.parent)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
        shutil.rmtree(old, ignore_errors=True)
