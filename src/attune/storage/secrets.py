"""Secrets from the environment, or from the files that a container mounts."""

from __future__ import annotations

import os
from pathlib import Path

from attune.errors import UsageError


def read_secret(variable: str) -> bytes:
    """The secret in the file that ``<variable>_FILE`` names, else in ``variable``; without white space around it.

    Returns:
        The secret; empty where neither is set.

    Raises:
        UsageError: the file cannot be read.
    """
    named = f"{variable}_FILE"
    file = os.environ.get(named)
    if not file:
        return os.environ.get(variable, "").encode(errors="surrogateescape").strip()
    try:
        return Path(file).read_bytes().strip()
    except OSError as error:
        raise UsageError(f"{named}={file}: cannot be read ({error.strerror}); mount the secret there") from None
