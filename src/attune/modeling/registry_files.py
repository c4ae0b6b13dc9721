"""The files of a registry entry: ``versions.json`` states their hashes and is signed; this module writes and checks it.

It is written last, so an entry without it is not complete. ``registry.db`` is an index over the entries: what a model is, and
what was decided on it, is said by the entry's own signed file.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from attune import storage
from attune.errors import GateError
from attune.records.shards import json_bytes
from attune.records.signature import SUFFIX, SignatureState, read_signed, write_signed

VERSIONS = "versions.json"
SERVED = "model"
_OWN = (VERSIONS, VERSIONS + SUFFIX)


def write_versions(folder: Path, facts: Mapping[str, Any]) -> None:
    """Write ``versions.json`` with the facts and the SHA-256 of every file of the entry, and sign it where a key is set."""
    write_signed(str(folder / VERSIONS), json_bytes({**facts, "files": _hashes(folder)}))


def check_entry(folder: Path) -> SignatureState:
    """Compare every file of an entry with ``versions.json``, and that with its signature.

    Raises:
        UsageError: the folder is no registry entry.
        GateError: a file was changed, added or removed, or the signature does not fit.
    """
    read = read_signed(str(folder / VERSIONS), required=True)
    try:
        stated = dict(json.loads(read.content)["files"])
    except (ValueError, KeyError, TypeError):
        raise GateError(f"{folder / VERSIONS}: lists no files; run attune release again") from None
    found = _hashes(folder)
    wrong = sorted(name for name in {*stated, *found} if stated.get(name) != found.get(name))
    if wrong:
        raise GateError(
            f"{folder}: {len(wrong)} files are not those that were registered, the first is {wrong[0]}; they were changed "
            "since, so register the model again with attune release"
        )
    return read.state


def check_registered(model: Path) -> None:
    """Check the registry entry that a model folder belongs to; a folder that is in no registry has none.

    Raises:
        GateError: see :func:`check_entry`.
    """
    if model.name == SERVED and (model.parent / VERSIONS).is_file():
        check_entry(model.parent)


def _hashes(folder: Path) -> dict[str, str]:
    names = storage.walk(str(folder), hidden=True)
    return {name: storage.sha256_file(str(folder / name)) for name in names if name not in _OWN}
