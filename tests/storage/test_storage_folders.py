"""Folders that are written whole or not at all."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from attune import storage


def files_below(folder: Path) -> dict[str, str]:
    return {file.relative_to(folder).as_posix(): file.read_text() for file in folder.rglob("*") if file.is_file()}


def fail_halfway(folder: Path) -> None:
    with storage.atomic_folder(folder) as partial:
        assert list(partial.iterdir()) == []
        (partial / "worse").write_text("worse")
        raise OSError("no space")


def test_a_folder_replaces_the_old_one_as_a_whole_and_a_failure_leaves_the_old_one(tmp_path: Path) -> None:
    folder = tmp_path / "models" / "one"
    for content in ("old", "new"):
        with storage.atomic_folder(folder) as partial:
            (partial / content).write_text(content)
        assert files_below(tmp_path) == {f"models/one/{content}": content}
    left_by_a_kill = folder.with_name(".one.tmp")
    left_by_a_kill.mkdir()
    (left_by_a_kill / "half").write_text("half")
    with pytest.raises(OSError, match="no space"):
        fail_halfway(folder)
    assert files_below(tmp_path) == {"models/one/new": "new"}


def test_every_file_of_a_folder_is_on_the_disk_before_it_gets_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    steps: list[str] = []
    fsync, replace = os.fsync, Path.replace

    def note_fsync(descriptor: int) -> None:
        fsync(descriptor)
        steps.append(Path(f"/proc/self/fd/{descriptor}").readlink().name)

    def note_rename(source: Path, target: Path) -> Path:
        steps.append("rename")
        return replace(source, target)

    with storage.atomic_folder(tmp_path / "one") as partial:
        (partial / "below").mkdir()
        (partial / "below" / "weights").write_text("weights")
        monkeypatch.setattr(os, "fsync", note_fsync)
        monkeypatch.setattr(Path, "replace", note_rename)
    assert sorted(steps[:3]) == [".one.tmp", "below", "weights"]
    assert steps[3:] == ["rename", tmp_path.name]
