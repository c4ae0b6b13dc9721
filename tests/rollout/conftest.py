from __future__ import annotations

from pathlib import Path

import pytest
from tiny_model import make_models


@pytest.fixture(scope="session")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder as the step train writes it: ``base/`` and ``merged/``, two tiny models that write words."""
    return make_models(tmp_path_factory.mktemp("models"))
