"""Signatures of manifests, results and decisions: what is changed, swapped, stripped or signed with another key is found."""

from __future__ import annotations

import json
import secrets
import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from programs import needs

from attune.errors import GateError, UsageError
from attune.records import signature
from attune.records.signature import SignatureState, read_signed, write_signed

KEY = "9c2fe1a07b54d83660f1e2d3c4b5a69788796a5b4c3d2e1f00112233a4b5c6d7"
OTHER = "d41c0b7fe2963a58107cf3be94d2586ac1e07b39f5248d6e0ba3917fc862e45d"
CONTENT = b'{"decision": "hold"}'


@pytest.fixture
def decision(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("ATTUNE_SUBJECT_KEY", KEY)
    write_signed(str(tmp_path / "decision.json"), CONTENT)
    return tmp_path / "decision.json"


def test_a_signed_file_is_checked_and_without_a_key_it_is_said_what_was_not(
    decision: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert read_signed(str(decision), required=True) == signature.SignedContent(CONTENT, SignatureState.CHECKED)
    monkeypatch.delenv("ATTUNE_SUBJECT_KEY")
    assert read_signed(str(decision), required=True).state is SignatureState.UNCHECKED
    write_signed(str(decision), b"{}")
    assert not Path(f"{decision}.sig").exists(), "a signature of other content does not stay"
    assert read_signed(str(decision), required=True).state is SignatureState.UNSIGNED


@given(st.integers(0, len(CONTENT) - 1), st.integers(1, 255))
def test_every_changed_byte_of_a_signed_file_is_found(
    tmp_path_factory: pytest.TempPathFactory, place: int, change: int
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ATTUNE_SUBJECT_KEY", KEY)
        path = tmp_path_factory.mktemp("signed") / "decision.json"
        write_signed(str(path), CONTENT)
        changed = bytearray(CONTENT)
        changed[place] ^= change
        path.write_bytes(changed)
        with pytest.raises(GateError, match="its signature does not fit"):
            read_signed(str(path), required=False)


def test_a_signature_is_of_one_file_name_and_one_key(decision: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    other = decision.with_name("evaluation.json")
    for suffix in ("", ".sig"):
        shutil.copy(f"{decision}{suffix}", f"{other}{suffix}")
    with pytest.raises(GateError, match="does not fit"):
        read_signed(str(other), required=True)
    monkeypatch.setenv("ATTUNE_SUBJECT_KEY", OTHER)
    with pytest.raises(GateError, match="signed with a key that is not set here"):
        read_signed(str(decision), required=True)


@pytest.mark.parametrize(
    "content", [b"", b"[]", b"null", b"{}", b'{"algorithm": "none", "key": "", "mac": ""}', b"\xff", b"[" * 9_999]
)
def test_what_stands_in_place_of_a_signature_and_is_none_is_refused(decision: Path, content: bytes) -> None:
    Path(f"{decision}.sig").write_bytes(content)
    with pytest.raises(GateError):
        read_signed(str(decision), required=False)


def test_a_stripped_signature_is_an_error_for_what_our_own_steps_write(decision: Path) -> None:
    Path(f"{decision}.sig").unlink()
    with pytest.raises(GateError, match=r"has no signature \(decision\.json\.sig\)"):
        read_signed(str(decision), required=True)
    assert read_signed(str(decision), required=False).state is SignatureState.UNSIGNED


def test_a_machine_with_the_derived_key_alone_signs_and_checks_and_older_keys_still_check(
    decision: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("ATTUNE_SUBJECT_KEY")
    keys, derived = tmp_path / "integrity.keys", signature.derive_key(KEY.encode()).hex()
    monkeypatch.setenv("ATTUNE_INTEGRITY_KEY_FILE", str(keys))
    keys.touch(0o600)
    keys.write_text(f"{derived}\n")
    assert read_signed(str(decision), required=True).state is SignatureState.CHECKED
    keys.write_text(f"{secrets.token_hex(32)}\n{derived}\n")
    assert read_signed(str(decision), required=True).state is SignatureState.CHECKED, "the older key checks"
    write_signed(str(decision), CONTENT)
    keys.write_text(f"{derived}\n")
    with pytest.raises(GateError, match="a key that is not set here"):
        read_signed(str(decision), required=True)
    for wrong in ("", "secret\n", f"{derived[:-1]}\n", f"{derived} x\n"):
        keys.write_text(wrong)
        with pytest.raises(UsageError, match=r"64 hexadecimal digits|is empty") as refused:
            signature.integrity_keys()
        assert derived[:-1] not in str(refused.value)


def test_the_documented_command_derives_the_same_key(tmp_path: Path) -> None:
    needs("openssl")
    command = ["openssl", "dgst", "-sha256", "-hmac", KEY, "-r"]
    told = subprocess.run(command, input=signature.LABEL, capture_output=True, check=True).stdout.split()[0].decode()
    assert told == signature.derive_key(KEY.encode()).hex()
    assert json.loads(signature.signature("x.json", b"", bytes.fromhex(told)))["key"] == signature.key_id(bytes.fromhex(told))
