"""The published questions and answers of counselchat.com, which are not in the repository: the tests that read them say so."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

NAME = "counselchat-data.csv"
_BESIDE_THE_REPOSITORY = Path(__file__).parents[3] / "shared" / "data" / "counsel-chat"


def counsel_chat_file() -> Path:
    """The file that ATTUNE_COUNSEL_CHAT names (it or its folder), or that lies beside the repository; skips where none is."""
    named = Path(os.environ.get("ATTUNE_COUNSEL_CHAT", _BESIDE_THE_REPOSITORY))
    path = named / NAME if named.is_dir() else named
    if not path.is_file():
        pytest.skip(f"{NAME} is not here; set ATTUNE_COUNSEL_CHAT to the file")
    return path
