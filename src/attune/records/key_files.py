"""Secret keys from files and the environment; a key that others can read or guess is refused.

A key file must belong to the user that runs Attune, or to root, and be closed to everybody else (mode 0600 or 0400). One
exception serves mounted secrets: a file of root's that this user reads through a group (mode 0440 or 0640, as Kubernetes mounts
them with ``fsGroup`` and ``defaultMode: 0440``).
"""

from __future__ import annotations

import base64
import itertools
import os
import re
import stat

from attune.errors import UsageError

MINIMUM_BYTES = 32
HOW = "make one with: (umask 077; openssl rand -hex 32 > FILE)"
_HEX = re.compile(r"(?:[0-9a-fA-F]{2})+")
_BASE64 = re.compile(r"[A-Za-z0-9+/_-]{43,}={0,2}")
_LEAST_DISTINCT = 16  # different bytes; of 32 random ones fewer than 22 are as good as impossible
_LEAST_STEPS = 12  # different distances between neighbours; a sequence that counts has one
_LARGEST = 1 << 16


def secret(file_variable: str, variable: str, what: str) -> bytes:
    """The key in the file that ``file_variable`` names, or the value of ``variable``; empty where neither is set.

    Args:
        file_variable: environment variable with the path of a key file.
        variable: environment variable with the key itself.
        what: what messages call the key.

    Raises:
        UsageError: the file is missing, not a file, or open to others; or the key is empty, short or guessable.
    """
    file = os.environ.get(file_variable)
    if file:
        content, named = read_private(file, file_variable), f"{file_variable}={file}"
    elif variable in os.environ:
        content, named = os.environb[variable.encode()], variable
    else:
        return b""
    if not content.strip() and not file:
        return b""
    if fault := weakness(content):
        raise UsageError(f"{named}: {what} {fault}; {HOW}")
    return content.strip()


def read_private(file: str, variable: str) -> bytes:
    """The content of a key file.

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


def weakness(content: bytes) -> str:
    """Why a key could be guessed, as the rest of a sentence; empty for one that looks random.

    Random bytes come as hexadecimal digits, as Base64, or as they are. Anything that reads as text is refused, however long:
    its letters are not random.
    """
    text = _text(content)
    material = content if text is None else _decoded(text)
    if len(content.strip() if text is not None else content) < MINIMUM_BYTES:
        return f"has {len(content.strip())} bytes, at least {MINIMUM_BYTES} random ones are needed"
    if material is None:
        return "is text, not random bytes in hexadecimal or Base64"
    if len(material) < MINIMUM_BYTES:
        return f"holds {len(material)} random bytes at most, at least {MINIMUM_BYTES} are needed"
    steps = {(after - before) % 256 for before, after in itertools.pairwise(material)}
    period = (material + material).find(material, 1)
    if len(set(material)) < _LEAST_DISTINCT or len(steps) < _LEAST_STEPS or 2 * period <= len(material):
        return "repeats or counts, so it can be guessed"
    return ""


def _text(content: bytes) -> str | None:
    try:
        return content.decode().strip()
    except UnicodeDecodeError:
        return None


def _decoded(text: str) -> bytes | None:
    """The bytes that a text in hexadecimal or Base64 stands for; None for any other text."""
    if _HEX.fullmatch(text):
        return bytes.fromhex(text)
    kinds = (str.islower, str.isupper, str.isdigit)  # 43 random characters have all three, words and names have not
    if not _BASE64.fullmatch(text) or not all(any(map(kind, text)) for kind in kinds):
        return None
    padded = text.rstrip("=") + "=" * (-len(text.rstrip("=")) % 4)
    try:
        return base64.b64decode(padded, b"-_" if set("-_") & set(text) else b"+/", validate=True)
    except ValueError:
        return None
