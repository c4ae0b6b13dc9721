"""Lineage: ``lineage.json`` says what a step's output was made from, so any record can be traced back through the steps.

It names inputs by fingerprint, not by path, and contains no time: the same input, parameters and code give the same bytes on
every machine. An absolute path among the parameters is cut to its last part (``…/bands``); the fingerprint of what was read
there is under ``files``. A shard set's fingerprint is the SHA-256 of its ``_shards.json``, so a chain of outputs can be checked
with ``sha256sum``.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from attune import storage
from attune.records.shards import json_bytes

LINEAGE = "lineage.json"


@dataclass(frozen=True)
class Lineage:
    """How an output came to be.

    Attributes:
        step: the step that wrote it.
        code: version of the step's code (:func:`attune.runtime.code_version.code_version`).
        params: the parameters that the step got, by section.
        seed: of the run.
        as_of: the reference time, if the run set one.
        inputs: fingerprints of the step's inputs by name; empty for a step that reads a database or an object store.
        files: fingerprints of the files that parameters name, such as SQL and prompts, by parameter.
    """

    step: str
    code: str
    params: Mapping[str, Any]
    seed: int
    as_of: str | None
    inputs: Mapping[str, Sequence[str]]
    files: Mapping[str, str]


def without_machine_paths(value: Any) -> Any:
    """A parameter's value with absolute local paths cut to their last part; URIs and relative paths stay."""
    if isinstance(value, str) and not storage.is_remote(value) and value.startswith(("/", "~", "file://")):
        return f"…/{value.rstrip('/').rsplit('/', 1)[-1]}"
    if isinstance(value, Mapping):
        return {key: without_machine_paths(item) for key, item in value.items()}
    return [without_machine_paths(item) for item in value] if isinstance(value, list | tuple) else value


def write_lineage(output: str, lineage: Lineage) -> None:
    """Write ``lineage.json`` into a step's output."""
    storage.write_bytes(storage.join(output, LINEAGE), json_bytes(asdict(lineage)))


def read_lineage(output: str) -> Lineage | None:
    """The lineage of a step's output; None if it has none or the file is damaged."""
    path = storage.join(output, LINEAGE)
    if not storage.exists(path):
        return None
    try:
        return Lineage(**json.loads(storage.read_bytes(path)))
    except (ValueError, TypeError):
        return None
