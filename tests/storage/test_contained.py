"""No name from a file leads out of its folder, however it is written, and nothing follows a link by accident."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from attune import storage
from attune.storage import UnsafeNameError

HOSTILE = (
    "", ".", "..", "../x", "a/../x", "a/..", "/x", "//x", "a//b", "a/", "./a", "a/./b", "..\\x", "a\\b", "x\0y", "x\ny", "\x7f",
    "a" * 256, "/".join(["a" * 200] * 6), "\ud800", "s3://bucket/x", "file:///etc/passwd", None, 7, ["x"], True,
)  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_name_is_refused_and_shown_without_control_characters(name: object) -> None:
    with pytest.raises(UnsafeNameError, match=r"^here: ") as refused:
        storage.checked_name(name, "here")
    assert str(refused.value).isprintable()
    assert len(str(refused.value)) < 250


@given(st.text())
def test_whatever_is_accepted_stays_in_the_folder(tmp_path_factory: pytest.TempPathFactory, name: str) -> None:
    root = tmp_path_factory.getbasetemp()
    try:
        checked = storage.checked_name(name, "here")
    except UnsafeNameError:
        return
    assert Path(os.path.normpath(root / checked)).is_relative_to(root)
    assert Path(os.path.normpath(root / checked)) != root
    assert storage.member(str(root / "nothing"), name, "here") == f"{root}/nothing/{name}"


def test_names_that_some_file_systems_take_for_one_are_refused() -> None:
    assert storage.checked_names(["a", "b", "A/b"], "here") == ["a", "b", "A/b"]
    for one, other in (("a", "A"), ("straße", "STRASSE"), ("e\u0301", "\u00e9"), ("a", "a")):
        with pytest.raises(UnsafeNameError, match="names both"):
            storage.checked_names([one, other], "here")


def test_only_a_sha256_is_a_hash() -> None:
    assert storage.checked_sha256("0" * 64, "here") == "0" * 64
    for value in (None, "", "0" * 63, "g" * 64, "A" * 64, 0, "0" * 64 + "\n"):
        with pytest.raises(UnsafeNameError, match="must be 64 hexadecimal digits"):
            storage.checked_sha256(value, "here")


def test_a_link_anywhere_on_the_way_is_refused(tmp_path: Path) -> None:
    folder, outside = tmp_path / "set", tmp_path / "outside"
    for each in (folder, outside):
        each.mkdir()
    (outside / "x").write_text("x")
    (folder / "file").symlink_to(outside / "x")
    (folder / "folder").symlink_to(outside)
    (folder / "nothing").symlink_to("nowhere")
    os.mkfifo(folder / "pipe")
    for name in ("file", "folder", "folder/x", "nothing", "pipe"):
        with pytest.raises(UnsafeNameError, match=r"is a (symbolic link|named pipe)"):
            storage.member(str(folder), name, "here")
    assert sorted(storage.special_entries(str(folder))) == [
        ("file", "symbolic link"), ("folder", "symbolic link"), ("nothing", "symbolic link"), ("pipe", "named pipe"),
    ]  # fmt: skip
    with pytest.raises(UnsafeNameError, match="a set must hold regular files alone"):
        storage.refuse_special_entries(str(folder), "a set")
    storage.remove_tree(str(folder))
    assert not folder.exists()
    assert (outside / "x").read_text() == "x"
    folder.symlink_to(outside)
    storage.remove_tree(str(folder))
    assert not folder.is_symlink()
    assert (outside / "x").read_text() == "x"


def test_json_from_others_has_one_meaning() -> None:
    assert storage.parse_json(b'{"a": [1, {"b": null}]}') == {"a": [1, {"b": None}]}
    for content in (b'{"a": 1, "a": 2}', b'[{"b": 1, "b": 1}]', b"[" * 200_000, b"\xff\xfe", b"", b'{"a":'):
        with pytest.raises(ValueError, match=r"\w"):
            storage.parse_json(content)


def test_files_and_folders_are_private_from_the_first_moment(tmp_path: Path) -> None:
    seen = []
    with storage.atomic_path(str(tmp_path / "a/b/file")) as temporary:
        seen.append(temporary.stat().st_mode & 0o777)
        temporary.write_bytes(b"x")
    made = [tmp_path / "a", tmp_path / "a/b", tmp_path / "a/b/file"]
    assert (seen, [path.stat().st_mode & 0o777 for path in made]) == ([0o600], [0o700, 0o700, 0o600])
