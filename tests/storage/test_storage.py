"""Storage: whole files or none, on disks that are full, under kill -9, and in object stores."""

from __future__ import annotations

import contextlib
import os
import random
import subprocess
import sys
import textwrap
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from processes import wait_until
from rights import as_somebody_without_rights
from store_behaviour import behaves_like_a_disk

from attune import storage
from attune.errors import RunError, UsageError
from attune.storage.stream import StreamWriter


def test_what_is_written_is_read_and_folders_are_made(tmp_path: Path) -> None:
    uri = storage.join(str(tmp_path), "a", "b", "file.bin")
    storage.write_bytes(uri, b"one")
    storage.write_bytes(uri, b"two")
    assert storage.read_bytes(uri) == b"two"
    assert storage.exists(uri)
    assert storage.list_files(storage.join(str(tmp_path), "a", "b")) == ["file.bin"]
    assert storage.sha256_file(uri) == storage.sha256_bytes(b"two")
    storage.remove(uri)
    storage.remove(uri)
    assert not storage.exists(uri)


def test_file_uris_are_local_paths(tmp_path: Path) -> None:
    storage.write_bytes(f"file://{tmp_path}/x", b"1")
    assert (tmp_path / "x").read_bytes() == b"1"
    assert not storage.is_remote(f"file://{tmp_path}/x")
    with pytest.raises(ValueError, match="is not a local path"):
        storage.local_path("s3://bucket/x")


@given(st.lists(st.text(st.characters(categories=["L", "N"]), min_size=1, max_size=5), min_size=1, max_size=4))
def test_joining_puts_single_slashes(parts: list[str]) -> None:
    assert storage.join("s3://b/", *[f"/{part}/" for part in parts]) == "s3://b/" + "/".join(parts)


def test_what_cannot_be_read_is_a_usage_error_with_the_path(tmp_path: Path) -> None:
    for uri, message in ((tmp_path / "none", "no such file"), (tmp_path, "is a folder, a file was expected")):
        for read in (storage.read_bytes, storage.sha256_file):
            with pytest.raises(UsageError, match=message) as error:
                read(str(uri))
            assert str(uri) in str(error.value)
    with pytest.raises(UsageError, match="no such file or folder"):
        storage.fingerprint(str(tmp_path / "none"))


def test_a_place_that_cannot_be_written_is_a_run_error_and_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"in the way")
    (tmp_path / "folder").mkdir()
    for place in ("file/below", "folder"):
        with pytest.raises(RunError, match="could not be written"):
            storage.write_bytes(str(tmp_path / place), b"x")
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["file", "folder"]


def test_the_fingerprint_of_a_folder_changes_with_any_name_or_content_and_nothing_else(tmp_path: Path) -> None:
    for name in ("a", "sub/b"):
        storage.write_bytes(str(tmp_path / name), name.encode())
    first = storage.fingerprint(str(tmp_path))
    (tmp_path / ".hidden").write_bytes(b"x")
    os.utime(tmp_path / "a", (1, 1))
    assert storage.fingerprint(str(tmp_path)) == first
    (tmp_path / "sub" / "b").rename(tmp_path / "sub" / "c")
    renamed = storage.fingerprint(str(tmp_path))
    storage.write_bytes(str(tmp_path / "a"), b"other")
    assert len({first, renamed, storage.fingerprint(str(tmp_path))}) == 3


def test_a_folder_that_describes_itself_is_known_by_its_description(tmp_path: Path) -> None:
    storage.write_bytes(str(tmp_path / "_shards.json"), b"{}")
    first = storage.fingerprint(str(tmp_path))
    storage.write_bytes(str(tmp_path / "report.html"), b"x")
    assert storage.fingerprint(str(tmp_path)) == first == storage.sha256_bytes(b"{}")


def test_a_folder_that_may_not_be_read_is_named_and_not_passed_over(open_folder: Path) -> None:
    storage.write_bytes(str(open_folder / "places/closed/file"), b"x")
    places, closed = open_folder / "places", open_folder / "places/closed"
    for folder in (open_folder, places):
        folder.chmod(0o755)
    closed.chmod(0)
    try:
        with as_somebody_without_rights():
            for read in (storage.walk, storage.fingerprint):
                with pytest.raises(UsageError, match=f"{closed}: permission denied"):
                    read(str(places))
            for read in (storage.list_files, storage.walk):
                with pytest.raises(UsageError, match="permission denied"):
                    read(str(closed))
            with pytest.raises(UsageError, match="permission denied"):
                storage.exists(str(closed / "file"))
    finally:
        closed.chmod(0o700)


@contextlib.contextmanager
def tiny_disk(folder: Path) -> Iterator[None]:
    """A file system of 64 KiB at ``folder``, where this user may mount one."""
    if os.geteuid() != 0:
        pytest.skip("mounting a tiny disk needs root; the limit on file sizes below tests the same code")
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(folder)], capture_output=True, text=True, check=False
    )
    if mounted.returncode:
        pytest.skip(f"no tiny disk can be mounted here: {mounted.stderr.strip()}")
    try:
        yield
    finally:
        subprocess.run(["umount", str(folder)], check=True)


def test_a_full_disk_is_one_clear_error_and_the_old_file_stays(tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    with tiny_disk(disk):
        storage.write_bytes(str(disk / "file"), b"old")
        with pytest.raises(RunError, match=r"No space left on device.*free some space.*run again"):
            storage.write_bytes(str(disk / "file"), b"x" * 200_000)
        assert [path.name for path in disk.iterdir()] == ["file"]
        assert (disk / "file").read_bytes() == b"old"
        storage.write_bytes(str(disk / "file"), b"new")
        assert (disk / "file").read_bytes() == b"new"


def test_a_file_size_limit_leaves_nothing_either(tmp_path: Path) -> None:
    code = f"""
        import resource, signal
        from attune import storage
        from attune.errors import RunError
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
        try:
            storage.write_bytes({str(tmp_path / "file")!r}, b"x" * 2000)
        except RunError as error:
            print(error)
    """
    done = subprocess.run([sys.executable, "-c", textwrap.dedent(code)], capture_output=True, text=True, check=True)
    assert "could not be written (File too large)" in done.stdout
    assert list(tmp_path.iterdir()) == []


def test_a_kill_at_any_moment_leaves_the_old_bytes_or_the_new_ones(tmp_path: Path) -> None:
    file, size = tmp_path / "file", 400_000
    code = f"""
        from attune import storage
        number = 0
        while True:
            number += 1
            storage.write_bytes({str(file)!r}, bytes([number % 256]) * {size})
    """
    rng = random.Random(7)
    for _ in range(5):
        process = subprocess.Popen([sys.executable, "-c", textwrap.dedent(code)])
        wait_until(file.exists)
        time.sleep(rng.random() * 0.2)
        process.kill()
        process.wait()
        content = file.read_bytes()
        assert len(content) == size
        assert len(set(content)) == 1
    assert all(storage.is_temporary(path.name) for path in tmp_path.iterdir() if path != file)


def replace_file(file: Path, how: str) -> None:
    """Write ``new`` over a file in one of the two ways."""
    if how == "whole":
        storage.write_bytes(str(file), b"new")
        return
    with StreamWriter(str(file)) as writer:
        writer.write(b"n")
        writer.write(b"ew")


@pytest.mark.parametrize("how", ["whole", "stream"])
def test_the_content_is_on_the_disk_before_the_rename_and_the_name_after_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    file, steps = tmp_path / "folder" / "file", []
    fsync, replace = os.fsync, Path.replace

    def note_fsync(descriptor: int) -> None:
        fsync(descriptor)
        steps.append(Path(f"/proc/self/fd/{descriptor}").readlink())

    def note_rename(source: Path, target: Path) -> Path:
        steps.append("rename")
        return replace(source, target)

    monkeypatch.setattr(os, "fsync", note_fsync)
    monkeypatch.setattr(Path, "replace", note_rename)
    replace_file(file, how)
    made, content, renamed, named = steps
    assert made == tmp_path  # the new folder's own name
    assert storage.is_temporary(content.name)
    assert (renamed, named) == ("rename", file.parent)
    assert file.read_bytes() == b"new"


@pytest.mark.parametrize("how", ["whole", "stream"])
def test_a_kill_between_the_write_and_the_rename_leaves_the_old_file(tmp_path: Path, how: str) -> None:
    file = tmp_path / "file"
    file.write_bytes(b"old")
    code = f"""
        import sys, time
        from pathlib import Path
        sys.path.insert(0, {str(Path(__file__).parent)!r})
        import test_storage
        Path.replace = lambda *_: (print("written", flush=True), time.sleep(600))
        test_storage.replace_file(Path({str(file)!r}), {how!r})
    """
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    with subprocess.Popen([sys.executable, "-c", textwrap.dedent(code)], stdout=subprocess.PIPE, env=environment) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"written\n"
        process.kill()
    assert file.read_bytes() == b"old"
    (left,) = (path for path in tmp_path.iterdir() if path != file)
    assert storage.is_temporary(left.name)
    assert left.read_bytes() == b"new"
    replace_file(file, how)
    assert file.read_bytes() == b"new"


def test_a_stream_that_fails_leaves_the_old_file_and_nothing_beside_it(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_bytes(b"old")

    def break_off() -> None:
        with StreamWriter(str(file)) as writer:
            writer.write(b"new")
            raise FileNotFoundError("of the caller")

    with pytest.raises(FileNotFoundError, match="of the caller"):
        break_off()
    assert [path.read_bytes() for path in tmp_path.iterdir()] == [b"old"]


def test_a_name_with_colons_is_a_name_in_a_store_too() -> None:
    uri = "memory://attune-colons/a::b"
    storage.write_bytes(uri, b"x")
    assert storage.read_bytes(uri) == b"x"
    with storage.open_file(uri) as handle:
        assert (handle.seekable(), handle.seek(1), handle.read()) == (True, 1, b"")


def test_an_in_memory_store_behaves_like_a_disk() -> None:
    from fsspec.implementations.memory import MemoryFileSystem

    MemoryFileSystem.store.clear()
    behaves_like_a_disk("memory://attune-test")


def test_a_scheme_that_nobody_knows_is_a_usage_error() -> None:
    with pytest.raises(UsageError, match="this kind of store cannot be opened"):
        storage.read_bytes("nonsense://bucket/x")
