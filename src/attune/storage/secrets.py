"""Secrets from the environment, or from the files that a container mounts.

A secret's file must belong to the user that runs Attune, or to root, and be closed to everybody else (mode 0600 or 0400). One
exception serves mounted secrets: a file of root's that this user reads through a group (mode 0440 or 0640, as Kubernetes mounts
them with ``fsGroup`` and ``defaultMode: 0440``).
"""

from __future__ import annotations

import os
import stat

from attune.errors import UsageError

_LARGEST = 1 << 16


def read_secret(variable: str) -> bytes:
    """The secret in the file that ``<variable>_FILE`` names, else in ``variable``; without white space around it.

    Returns:
        The secret; empty where neither is set.

    Raises:
        UsageError: the file cannot be read, is no regular file, or somebody else may read or change it.
    """
    return (read_unstripped(variable) or b"").strip()


def read_unstripped(variable: str) -> bytes | None:
    """As :func:`read_secret`, with the white space around it; None where neither is set."""
    file = os.environ.get(f"{variable}_FILE")
    if file:
        return read_private(file, f"{variable}_FILE")
    value = os.environ.get(variable)
    return value.encode(errors="surrogateescape") if value and value.strip() else None


def read_private(file: str, variable: str) -> bytes:
    """The content of a secret's file.

    Args:
        file: its path.
        variable: the environment variable that names it, for messages.

    Raises:
        UsageError: it cannot be read, is no regular file, or somebody else may read or change it.
    """
    named = f"{variable}={file}"
    try:
        handle = open(file, "rb", opener=_without_waiting)  # noqa: SIM115 - closed below
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "not a path"
        raise UsageError(f"{named}: cannot be read ({reason}); mount the secret there") from None
    with handle:
        state = os.fstat(handle.fileno())
        if not stat.S_ISREG(state.st_mode) or state.st_size > _LARGEST:
            raise UsageError(f"{named}: must be a file of at most {_LARGEST:,} bytes")
        if state.st_uid not in {0, os.geteuid()}:
            raise UsageError(f"{named}: belongs to another user (uid {state.st_uid}), who can change it; chown it")
        mode = stat.S_IMODE(state.st_mode)
        shared = 0o040 if state.st_uid == 0 and os.geteuid() != 0 else 0
        if mode & 0o077 & ~shared:
            raise UsageError(
                f"{named}: has mode {mode:04o}, so others on this machine may read or change the key; chmod 600 it (a "
                "Kubernetes secret: defaultMode 0440 and fsGroup), and make a new key if anybody else may have read it"
            )
        return handle.read()


def _without_waiting(file: str, flags: int) -> int:
    return os.open(file, flags | os.O_NONBLOCK)  # a pipe would wait for its other end
