"""Subject tokens and progress events."""

from __future__ import annotations

import hashlib
import hmac
import json
import pickle
import secrets
from base64 import b32encode
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from attune.errors import UsageError
from attune.records.tokens import subject_key, token
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
    from_environment, from_file = (secrets.token_hex(32) for _ in range(2))
    environment.setenv("ATTUNE_SUBJECT_KEY", from_environment)
    assert subject_key() == from_environment.encode()
    (tmp_path / "key").write_text(f"{from_file}\n")
    (tmp_path / "key").chmod(0o400)
    environment.setenv("ATTUNE_SUBJECT_KEY_FILE", str(tmp_path / "key"))
    assert subject_key() == from_file.encode()


def test_a_missing_or_short_key_says_how_to_make_one_and_shows_none(environment: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="openssl rand -hex 32"):
        subject_key()
    environment.setenv("ATTUNE_SUBJECT_KEY", "tooshort")
    with pytest.raises(UsageError, match="has 8 bytes, at least 32") as error:
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
