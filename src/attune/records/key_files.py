"""Keys from files and the environment; a key that others can read or guess is refused (see also attune.storage.secrets)."""

from __future__ import annotations

import base64
import itertools
import re

from attune.errors import UsageError
from attune.storage.secrets import read_unstripped

MINIMUM_BYTES = 32
HOW = "make one with: (umask 077; openssl rand -hex 32 > FILE)"
_HEX = re.compile(r"(?:[0-9a-fA-F]{2})+")
_BASE64 = re.compile(r"[A-Za-z0-9+/_-]{43,}={0,2}")
_LEAST_DISTINCT = 16  # different bytes; of 32 random ones fewer than 22 are as good as impossible
_LEAST_STEPS = 12  # different distances between neighbours; a sequence that counts has one


def secret(variable: str, what: str) -> bytes:
    """The key in the file that ``<variable>_FILE`` names, else in ``variable``; empty where neither is set.

    Args:
        variable: environment variable.
        what: what messages call the key.

    Raises:
        UsageError: the file is missing, no file, or open to others; or the key is empty, short or guessable.
    """
    content = read_unstripped(variable)
    if content is None:
        return b""
    if fault := weakness(content):
        raise UsageError(f"{variable}: {what} {fault}; {HOW}")
    return content.strip()


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
