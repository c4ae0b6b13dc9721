"""Which database or folders a snapshot was read from, so that a run does not replace the snapshot of another one by mistake.

The record is ``.commits/origin.json`` in the output. It holds addresses of this machine, so it is kept apart from the hashed
files of the output and does not travel with them (DVC ignores ``.commits``).
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence

from attune import storage
from attune.errors import UsageError
from attune.records import shards
from attune.runtime import audit_trail
from attune.runtime.engine import COMMITS

_FILE = "origin.json"
_KEY = "sources"
_ENDING = re.compile(r"\.[A-Za-z]\w{0,9}(?:\.(?:gz|zst))?$")


def folder_address(uri: str) -> str:
    """A folder's or object store's address without credentials, such that two spellings of one folder are equal."""
    if storage.is_remote(uri):
        return audit_trail.without_password(uri).rstrip("/")
    return str(storage.local_path(uri).resolve())


def without_file_name(uri: str) -> str:
    """A root as the audit trail names it: the name of a single file is left out, since it may hold a person's name."""
    folder, name, ending = _parts(uri)
    return f"{folder}…{ending}" if name else uri


def file_name(uri: str) -> str:
    """The name of the file that a root is; empty when it is a folder or prefix."""
    return _parts(uri)[1]


def _parts(uri: str) -> tuple[str, str, str]:
    """The folder of a root, the name of its file, and the ending of that name; the latter are empty for a folder."""
    folder, slash, name = uri.rstrip("/").rpartition("/")
    is_folder = not storage.is_remote(uri) and storage.local_path(uri).is_dir()
    ending = _ENDING.search(name)
    if is_folder or (ending is None and (storage.is_remote(uri) or not storage.local_path(uri).is_file())):
        return uri, "", ""
    return f"{folder}{slash}", name, ending[0] if ending else ""


def claim_output(output: str, step: str, sources: Sequence[str], *, same_key: bool = False) -> None:
    """Record that ``output`` is read from ``sources``, unless it holds a snapshot of something else.

    More sources than before are accepted, since then nothing of the old snapshot is lost.

    Args:
        output: URI of the shard set.
        step: ``extract`` or ``ingest``, for the message.
        sources: addresses without credentials.
        same_key: where there is no record: the snapshot was made with this run's subject key, so it counts as our own.

    Raises:
        UsageError: the output holds a snapshot of other sources, or of sources that nobody recorded.
    """
    recorded = _recorded(output)
    if recorded is None and shards.is_set(output) and not same_key:
        raise UsageError(_refusal(output, step, "sources that are not recorded", sources))
    if recorded and not set(recorded) <= set(sources):
        raise UsageError(_refusal(output, step, ", ".join(recorded), sources))
    if recorded != list(sources):
        record_origin(output, sources)


def record_origin(output: str, sources: Sequence[str]) -> bool:
    """Record ``sources`` as the origin of ``output``, whatever it was before; whether they differ from the earlier record."""
    differs = _recorded(output) != list(sources)
    storage.write_bytes(_uri(output), shards.json_bytes({_KEY: list(sources)}))
    return differs


def _refusal(output: str, step: str, held: str, sources: Sequence[str]) -> str:
    return (
        f"{output}: holds a snapshot of {held}, and this run reads {', '.join(sources)}; write to another --output, or replace "
        f"the snapshot with `attune {step} --replace`"
    )


def _recorded(output: str) -> list[str] | None:
    """The recorded sources; None when there is no readable record."""
    if not storage.exists(_uri(output)):
        return None
    try:
        return [str(source) for source in json.loads(storage.read_bytes(_uri(output)))[_KEY]]
    except (ValueError, KeyError, TypeError):
        return None


def _uri(output: str) -> str:
    return storage.join(output, COMMITS, _FILE)
