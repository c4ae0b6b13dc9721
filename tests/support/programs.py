"""Programs beside Python that some tests need, and what such a test says where one is not installed."""

from __future__ import annotations

import shutil

import pytest


def needs(*names: str) -> None:
    """Skip the test where one of these programs is not installed, and say which."""
    for name in names:
        if shutil.which(name) is None:
            pytest.skip(f"{name} is not installed")
