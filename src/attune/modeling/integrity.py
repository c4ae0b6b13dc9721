"""The table on a page that says which files and models a result rests on, and how they were checked."""

from __future__ import annotations

from collections.abc import Mapping

from attune.records.signature import SignatureState
from attune.reporting.report import Table


def integrity_table(signatures: Mapping[str, SignatureState], digests: Mapping[str, str | None]) -> Table:
    """The table.

    Args:
        signatures: file -> what is known of its signature.
        digests: model -> digest of its files, computed in this run; None for a model that is loaded by a hub name.
    """
    rows: list[list[str | int | float | None]] = [[name, state.value] for name, state in signatures.items()]
    rows += [
        [name, f"digest of its files, computed in this run: {digest}" if digest else "not checked: it has no local folder"]
        for name, digest in digests.items()
    ]
    return Table(
        "What this rests on",
        ["file or model", "check"],
        rows,
        note="A signature is an HMAC under a key that follows from the key of subject tokens; docs/privacy.md says how.",
        key="integrity",
    )
