"""Exports that people keep in the places: what ``export.json`` says of their files follows when the files change."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from attune import storage
from attune.governance import contents
from attune.records.shards import json_bytes
from attune.versions.export import DESCRIPTION


def describe_anew(uris: Iterable[str]) -> None:
    """Correct the descriptions of the exports that these files belong to; doing it again changes nothing.

    Args:
        uris: files that were rewritten or removed, among others.
    """
    for folder in sorted({uri.rpartition("/")[0] for uri in uris}):
        path = storage.join(folder, DESCRIPTION)
        if not storage.exists(path):
            continue
        try:
            value = json.loads(storage.read_bytes(path))
            known = {str(name): dict(entry) for name, entry in value["files"].items()}
        except (ValueError, KeyError, TypeError, AttributeError):
            continue  # another file of the same name
        now = {name: _entry(storage.join(folder, name)) for name in known if storage.exists(storage.join(folder, name))}
        if now != known:
            storage.write_bytes(path, json_bytes({**value, "files": now}))


def _entry(uri: str) -> dict[str, Any]:
    tables = contents.tables(uri) if contents.kind_of(uri) == "parquet" else None
    rows = sum(table.num_rows for table in tables) if tables is not None else sum(1 for _ in contents.lines(uri))
    return {"rows": rows, "bytes": storage.size(uri), "sha256": storage.sha256_file(uri)}
