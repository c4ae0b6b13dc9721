"""Secrets from the environment or from mounted files."""

from __future__ import annotations

from pathlib import Path

import pytest

from attune.errors import UsageError
from attune.storage.secrets import read_secret


def test_a_mounted_file_wins_over_the_variable_and_one_that_cannot_be_read_is_named_with_its_variable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert read_secret("SOME_KEY") == b""
    monkeypatch.setenv("SOME_KEY", " from the environment\n")
    assert read_secret("SOME_KEY") == b"from the environment"
    (tmp_path / "key").write_bytes(b"from the file\n")
    (tmp_path / "key").chmod(0o600)
    monkeypatch.setenv("SOME_KEY_FILE", str(tmp_path / "key"))
    assert read_secret("SOME_KEY") == b"from the file"
    monkeypatch.setenv("SOME_KEY_FILE", str(tmp_path / "absent"))
    with pytest.raises(UsageError, match=r"SOME_KEY_FILE=.*absent: cannot be read .*mount the secret there"):
        read_secret("SOME_KEY")
