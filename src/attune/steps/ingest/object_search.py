"""Finds the object that a record, report or message means, for whoever holds the subject key."""

from __future__ import annotations

import re
from collections.abc import Sequence

from attune import storage
from attune.errors import UsageError
from attune.records.tokens import token
from attune.steps.ingest.listing import list_objects

_TOKEN = re.compile(r"object_[a-z2-7]{24}")


def find_object(named: str, roots: Sequence[str], secret: bytes) -> list[str]:
    """The addresses of objects below the roots that a name stands for.

    Args:
        named: a name with a token, such as ``chats/….txt object_4x…``, or the token alone.
        roots: folders, files or URIs.
        secret: HMAC key of the tokens.

    Raises:
        UsageError: the name has no token, or a root does not exist.
    """
    found = _TOKEN.search(named)
    if found is None:
        raise UsageError("the name has no token; give one such as object_ and 24 letters and digits, from a record or a report")
    return [
        storage.join(root, key) for root in roots for key, _ in list_objects(root) if token(secret, "object", key) == found[0]
    ]
