"""Subject tokens, progress events and code versions."""

from __future__ import annotations

import hashlib
import hmac
import importlib.util
import json
import pickle
import shutil
import subprocess
import sys
from base64 import b32encode
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import attune
from attune.errors import UsageError
from attune.records.tokens import subject_key, token
from attune.runtime.code_version import code_version
from attune.runtime.progress import Progress, ProgressEvent, file_listener

KEY = b"0123456789abcdef"


def test_a_token_is_the_documented_hmac() -> None:
    digest = hmac.digest(KEY, b"user\0u-17", hashlib.sha256)
    assert token(KEY, "user", "u-17") == "user_" + b32encode(digest)[:24].decode().lower()


@given(st.text(max_size=20), st.text(max_size=20), st.binary(min_size=16, max_size=32))
def test_tokens_differ_by_id_kind_and_key_and_hide_the_id(one: str, other: str, key: bytes) -> None:
    assert token(key, "user", one) == token(key, "user", one)
    assert (token(key, "user", one) == token(key, "user", other)) == (one == other)
    assert token(key, "user", one)[5:] != token(key, "row", one)[4:]
    assert (token(key, "user", one) == token(KEY, "user", one)) == (key == KEY)
    assert len(token(key, "user", one)) == len("user_") + 24


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    for name in ("ATTUNE_SUBJECT_KEY", "ATTUNE_SUBJECT_KEY_FILE"):
        monkeypatch.delenv(name, raising=False)
    return monkeypatch


def test_the_key_comes_from_a_mounted_file_before_the_environment(environment: pytest.MonkeyPatch, tmp_path: Path) -> None:
    environment.setenv("ATTUNE_SUBJECT_KEY", "from the environment")
    assert subject_key() == b"from the environment"
    (tmp_path / "key").write_bytes(b"from the mounted file\n")
    environment.setenv("ATTUNE_SUBJECT_KEY_FILE", str(tmp_path / "key"))
    assert subject_key() == b"from the mounted file"


def test_a_missing_or_short_key_says_how_to_make_one_and_shows_none(environment: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="openssl rand -hex 32"):
        subject_key()
    environment.setenv("ATTUNE_SUBJECT_KEY", "tooshort")
    with pytest.raises(UsageError, match="has 8 bytes, at least 16") as error:
        subject_key()
    assert "tooshort" not in str(error.value)
    environment.setenv("ATTUNE_SUBJECT_KEY_FILE", str(tmp_path / "nowhere"))
    with pytest.raises(UsageError, match=r"nowhere: cannot be read"):
        subject_key()


def test_progress_is_throttled_but_the_end_always_comes_through() -> None:
    events: list[ProgressEvent] = []
    progress = Progress("score", listener=events.append)
    for done in range(1000):
        progress.update(done, 1000)
    progress.update(1000, 1000, finished=True)
    assert events[0] == ProgressEvent("score", 0, 1000, "records")
    assert events[-1] == ProgressEvent("score", 1000, 1000, "records", "", True)
    assert len(events) < 20


def test_workers_get_a_silent_copy_of_the_progress() -> None:
    copy = pickle.loads(pickle.dumps(Progress("score", listener=print)))
    assert copy.listener is None
    copy.update(1, 2, finished=True)


def test_progress_goes_to_a_file_as_json_lines(tmp_path: Path) -> None:
    progress = Progress("train", unit="steps", listener=file_listener(tmp_path / "progress.jsonl"))
    progress.update(1, None, "starting")
    progress.update(5, 5, finished=True)
    first, last = (json.loads(line) for line in (tmp_path / "progress.jsonl").read_text().splitlines())
    assert (first["step"], first["total"], first["note"]) == ("train", None, "starting")
    assert last["finished"] is True


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A copy of the core package whose files a test may change."""
    source = Path(attune.__file__).parent
    target = tmp_path / "attune"
    shutil.copytree(source / "core", target / "core", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(source / "__init__.py", target / "__init__.py")
    step = target / "room"
    step.mkdir()
    (step / "__init__.py").touch()
    (step / "step.py").write_text("from attune.room.helper import help\n\ndef run():\n    from attune.records import tokens\n")
    (step / "helper.py").write_text("help = 1\n")
    (step / "stranger.py").write_text("nobody = 1\n")
    (step / "words").mkdir()
    (step / "words" / "list.txt").write_text("a\n")
    return tmp_path


def version_of(checkout: Path, module: str) -> str:
    code = f"from attune.runtime.code_version import code_version; print(code_version({module!r}))"
    return subprocess.run(
        [sys.executable, "-c", code],
        cwd=checkout,
        capture_output=True,
        text=True,
        check=True,
        env={"PYTHONPATH": str(checkout)},
    ).stdout.strip()


@pytest.mark.parametrize(
    "file", ["room/step.py", "room/helper.py", "room/words/list.txt", "room/__init__.py", "records/tokens.py", "errors.py"]
)
def test_the_version_of_a_step_changes_with_every_file_that_it_reaches(checkout: Path, file: str) -> None:
    before = version_of(checkout, "attune.room.step")
    with (checkout / "attune" / file).open("a") as handle:
        handle.write("\n# changed\n")
    assert version_of(checkout, "attune.room.step") != before


def test_the_version_of_a_step_does_not_change_with_what_it_never_reaches(checkout: Path) -> None:
    before = version_of(checkout, "attune.room.step")
    (checkout / "attune" / "room" / "stranger.py").write_text("nobody = 2\n")
    (checkout / "attune" / "room" / ".hidden").write_text("x")
    assert version_of(checkout, "attune.room.step") == before


def test_a_step_of_ones_own_outside_attune_has_a_version_of_its_own(tmp_path: Path) -> None:
    versions = set()
    for number in (1, 2):
        file = tmp_path / f"own_step_{number}.py"
        file.write_text(f"value = {number}\n")
        spec = importlib.util.spec_from_file_location(file.stem, file)
        assert spec is not None
        module = importlib.util.module_from_spec(spec)
        sys.modules[file.stem] = module
        versions.add(code_version(file.stem))
        del sys.modules[file.stem]
    assert len(versions) == 2
