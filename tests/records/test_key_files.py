"""A key that others can read or guess is refused, with what to do, and its content is never shown."""

from __future__ import annotations

import base64
import os
import secrets
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rights import as_somebody_without_rights

from attune.errors import UsageError
from attune.governance import signing
from attune.records.key_files import secret, weakness
from attune.records.tokens import optional_subject_key
from attune.runtime.audit_trail import audit_key

FILES = {"ATTUNE_SUBJECT_KEY_FILE": optional_subject_key, "ATTUNE_AUDIT_KEY_FILE": audit_key}
GUESSABLE = {
    "short": b"9f3c1a7e5b",
    "sixteen random bytes": b"9f3c1a7e5b8d2046a1c7e9f03b5d8264",
    "one sign": b"x" * 64,
    "zeros": b"0" * 64,
    "zero bytes": bytes(64),
    "counting digits": b"0123456789abcdef" * 4,
    "counting bytes": bytes(range(200, 250)),
    "counting in steps": bytes(range(0, 250, 5)).hex().encode(),
    "words": b"correct horse battery staple correct horse battery staple",
    "words without blanks": b"correcthorsebatterystaplecorrecthorsebatterystaple",
    "a sentence in another language": "übermäßig schöne Grüße aus dem schönen München".encode(),
    "a word again and again": b"deadbeef" * 8,
    "a UUID": b"550e8400-e29b-41d4-a716-446655440000",
    "digits": b"3141592653589793238462643383279502884197",
}


@given(st.binary(min_size=32, max_size=64).map(lambda _: secrets.token_bytes(32)))
def test_random_bytes_are_accepted_in_every_usual_form(key: bytes) -> None:
    assert weakness(key.hex().encode()) == weakness(key.hex().upper().encode() + b"\n") == weakness(key) == ""


def test_base64_is_accepted_too() -> None:
    key = bytes.fromhex("d08f4a6c1b3e92757fa0c4d61e8b23599a7c05e3f8146db20c9e57a1348bfd60")
    for text in (base64.b64encode(key), base64.urlsafe_b64encode(key), base64.b64encode(key).rstrip(b"=") + b"\n"):
        assert weakness(text) == ""


@pytest.mark.parametrize("variable", FILES)
def test_short_and_guessable_keys_are_refused_from_files_and_the_environment(
    variable: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "key"
    for name, content in GUESSABLE.items():
        file.write_bytes(content)
        file.chmod(0o600)
        monkeypatch.setenv(variable, str(file))
        with pytest.raises(UsageError, match=r"openssl rand -hex 32") as refused:
            FILES[variable]()
        assert content.decode("latin-1") not in str(refused.value), name
        monkeypatch.delenv(variable)
        if b"\0" in content:
            continue
        monkeypatch.setenv(variable.removesuffix("_FILE"), os.fsdecode(content))
        with pytest.raises(UsageError, match="openssl rand"):
            FILES[variable]()
        monkeypatch.delenv(variable.removesuffix("_FILE"))
    file.write_bytes(b"\n")
    monkeypatch.setenv(variable, str(file))
    with pytest.raises(UsageError, match="has 0 bytes"):  # an empty file is a mistake, and not "no key"
        FILES[variable]()


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o644, 0o666, 0o601, 0o700 | 0o010])
@pytest.mark.parametrize("variable", [*FILES, signing.KEY_FILE_VARIABLE])
def test_a_key_file_that_others_may_read_or_change_is_refused(
    variable: str, mode: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "key"
    file.write_text(secrets.token_hex(32))
    file.chmod(mode)
    (tmp_path / "linked").symlink_to(file)  # as mounted secrets are
    monkeypatch.setenv(variable, str(tmp_path / "linked"))
    read = FILES.get(variable, signing.signing_key)
    with pytest.raises(UsageError, match=rf"has mode {mode:04o}, so others .*chmod 600"):
        read()
    file.chmod(0o400)
    if variable in FILES:
        assert read()


def test_what_is_no_file_is_refused_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    os.mkfifo(tmp_path / "pipe", 0o600)
    (tmp_path / "large").write_bytes(secrets.token_bytes(1 << 17))
    (tmp_path / "large").chmod(0o600)
    for name in ("pipe", "large", ".", "nowhere", "/dev/zero", "a\0b"):
        if "\0" not in name:
            monkeypatch.setenv("A_FILE", str(tmp_path / name))
            with pytest.raises(UsageError, match=r"A_FILE=.*(must be a file|cannot be read)"):
                secret("A", "the key")


def test_roots_file_that_a_group_may_read_is_a_mounted_secret(open_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if os.geteuid():
        pytest.skip("only root can make a file of root's")
    open_folder.chmod(0o755)
    file = open_folder / "key"
    file.write_text(secrets.token_hex(32))
    os.chown(file, 0, 65534)
    file.chmod(0o440)
    monkeypatch.setenv("ATTUNE_SUBJECT_KEY_FILE", str(file))
    with as_somebody_without_rights():
        assert optional_subject_key()
    file.chmod(0o460)
    with as_somebody_without_rights(), pytest.raises(UsageError, match="0460"):
        optional_subject_key()
    os.chown(file, 4711, -1)
    file.chmod(0o440)
    with as_somebody_without_rights(), pytest.raises(UsageError, match="belongs to another user"):
        optional_subject_key()
