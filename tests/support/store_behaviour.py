"""What every store must do, whatever stands behind its scheme."""

from __future__ import annotations

import pytest

from attune import storage
from attune.errors import UsageError


def behaves_like_a_disk(root: str) -> None:
    """Write, list, read, change and remove below ``root``."""
    file = storage.join(root, "folder", "file")
    assert storage.is_remote(file)
    assert not storage.exists(file)
    assert storage.list_files(storage.join(root, "folder")) == []
    storage.remove(file)
    with pytest.raises(UsageError, match="no such file"):
        storage.read_bytes(file)
    storage.write_bytes(file, b"one")
    storage.write_bytes(storage.join(root, "folder", "sub", "other"), b"2")
    assert storage.exists(file)
    assert storage.exists(storage.join(root, "folder"))
    assert storage.read_bytes(file) == b"one"
    assert storage.list_files(storage.join(root, "folder")) == ["file"]
    assert storage.walk(storage.join(root, "folder")) == ["file", "sub/other"]
    assert storage.sha256_file(file) == storage.sha256_bytes(b"one")
    assert storage.fingerprint(file) == storage.sha256_bytes(b"one")
    before = storage.fingerprint(storage.join(root, "folder"))
    storage.write_bytes(file, b"two")
    assert storage.fingerprint(storage.join(root, "folder")) != before
    with pytest.raises(UsageError, match="no such file or folder"):
        storage.fingerprint(storage.join(root, "nowhere"))
    storage.remove(file)
    assert not storage.exists(file)
    assert storage.list_files(storage.join(root, "folder")) == []
