"""What a user without rights meets: folders that may not be read or written."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that anybody may enter; those of pytest are for its user alone, and each start of a pytest makes them so."""
    with tempfile.TemporaryDirectory(prefix="attune-open-") as folder:
        yield Path(folder)


@contextmanager
def as_somebody_without_rights() -> Iterator[None]:
    """Let go of what root may do for a while: root may write everywhere. Anybody else stays who they are."""
    if os.geteuid():
        yield
        return
    group, groups = os.getegid(), os.getgroups()
    os.setgroups([])
    os.setresgid(65534, 65534, group)
    os.setresuid(65534, 65534, 0)
    try:
        yield
    finally:
        os.setresuid(0, 0, 0)
        os.setresgid(group, group, group)
        os.setgroups(groups)
