"""The digest of a model or adapter folder, computed from the bytes of its files, and never taken from what is written about it.

Training computes it of what it wrote, evaluation of what it scores, release of what it enters into the registry, and rollout of
what it serves. Where two of them differ, the model is not used.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

from attune import storage
from attune.errors import GateError, RunError

SHOWN = 12  # digits of a digest in a message


def model_digest(folder: Path) -> str:
    """Hex SHA-256 over the names and contents of all files in and below a folder, hidden ones too; equal for equal models.

    Raises:
        RunError: the folder is missing or empty, or holds a link to a folder, or something that is neither file nor folder.
    """
    digest = hashlib.sha256()
    names = sorted(_names(folder))
    if not names:
        raise RunError(f"{folder}: has no files; restore the model, or run the step that writes it again")
    for name in names:
        digest.update(f"{name}\0{storage.sha256_file(str(folder / name))}\n".encode())
    return digest.hexdigest()


def require_digest(folder: Path, expected: str, stated_in: str) -> str:
    """The digest of a folder that must be the one stated somewhere.

    Args:
        folder: of the model or adapter.
        expected: its digest when it was written.
        stated_in: which file says so, such as ``training.json``.

    Raises:
        GateError: its files are others than when it was written.
    """
    found = model_digest(folder)
    if found != expected:
        raise GateError(changed(folder, found, expected, stated_in))
    return found


def changed(folder: Path, found: str, expected: str, stated_in: str) -> str:
    """What to say of a model whose files are not those that were written."""
    return (
        f"{folder.name}/ is not the model in {stated_in}: its files give the digest {found[:SHOWN]}, {stated_in} says "
        f"{expected[:SHOWN] or 'none'}; its files were changed since, so run the step that writes them again"
    )


def _names(folder: Path) -> Iterator[str]:
    """Names of all files relative to ``folder``. A link to a file counts by the file's content, as it is loaded."""
    try:
        entries = sorted(folder.rglob("*"))
    except OSError as error:
        raise RunError(f"{folder}: cannot be read ({error.strerror}); check its permissions") from None
    for entry in entries:
        if entry.is_file():
            yield entry.relative_to(folder).as_posix()
        elif entry.is_symlink() or not entry.is_dir():
            raise RunError(
                f"{entry}: is a link to a folder or to nothing, or no file; a model folder holds files and folders alone, "
                "so copy what it needs into it"
            )
