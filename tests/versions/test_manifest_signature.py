"""Manifests are signed where a key is set: an edited one is found however well it was sealed, and signatures travel."""

from __future__ import annotations

import json
import random
import shutil
from pathlib import Path

import pytest
from dataset_forger import change, check, seal, violations
from governance_house import KEY, make_house
from record_factory import make_record, random_text, write_set

from attune.config.params import CompileParams, RunParams
from attune.config.test_sets import FreezeParams
from attune.errors import GateError
from attune.governance.data_locations import load_locations
from attune.governance.erase import Erasure
from attune.records.dataset import open_dataset
from attune.records.shards import json_bytes
from attune.records.signature import SignatureState
from attune.records.test_sets import freeze, open_test_sets
from attune.reporting.page import render_page
from attune.runtime.progress import Progress
from attune.runtime.step import Context
from attune.steps.compile.step import compile as compile_dataset
from attune.versions.transfer import transfer

SUBJECT_KEY = "9c2fe1a07b54d83660f1e2d3c4b5a69788796a5b4c3d2e1f00112233a4b5c6d7"
QUIET = Progress("push", unit="bytes")
UNFIT = "signature of the manifest does not fit"
UNFIT_VALUE = "signed, but the signature does not fit: it was changed since, or signed with another key"


@pytest.fixture(scope="module")
def signed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder, generator = tmp_path_factory.mktemp("signed"), random.Random(3)
    records = [make_record(n, ["hello", random_text(generator, 40)], record_id=f"r_{n}") for n in range(300)]
    inputs = write_set(folder / "in", records)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ATTUNE_SUBJECT_KEY", SUBJECT_KEY)
        for name in ("version", "again"):
            compile_dataset([inputs], str(folder / name), CompileParams(), Context(), run=RunParams(shard_rows=100))
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("ATTUNE_SUBJECT_KEY", raising=False)
        compile_dataset([inputs], str(folder / "unsigned"), CompileParams(), Context(), run=RunParams(shard_rows=100))
    return folder


@pytest.fixture
def version(signed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("ATTUNE_SUBJECT_KEY", SUBJECT_KEY)
    return Path(shutil.copytree(signed / "version", tmp_path / "version"))


def test_a_key_changes_no_byte_of_a_version_but_adds_the_same_signature_every_time(signed: Path) -> None:
    name = "manifest.json"
    assert (signed / "version" / name).read_bytes() == (signed / "unsigned" / name).read_bytes()
    assert (signed / "version" / f"{name}.sig").read_bytes() == (signed / "again" / f"{name}.sig").read_bytes()
    assert not (signed / "unsigned" / f"{name}.sig").exists()


def test_a_forger_who_brings_everything_up_to_date_but_has_no_key_is_found(version: Path) -> None:
    sound = check(version, require_signature=True)
    assert violations(sound) == {}
    assert f"The manifest is {SignatureState.CHECKED.value}." in render_page(sound)
    change(version, "train", lambda rows: rows[0].update(license="CC0-1.0"))
    seal(version, seed=99)
    report = check(version)
    assert (violations(report)[UNFIT], "hash" in report.failed_gates) == (1, True)
    for use in (lambda: open_dataset(str(version)), lambda: transfer(str(version), str(version.parent / "copy"), QUIET)):
        with pytest.raises(GateError, match=r"manifest\.json: its signature does not fit"):
            use()
    assert not (version.parent / "copy").exists()


@pytest.mark.parametrize("how", ["stripped", "no key", "another key"])
def test_a_signature_that_cannot_be_checked_is_said_and_refused_on_request(
    version: Path, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    if how == "stripped":
        (version / "manifest.json.sig").unlink()
    elif how == "no key":
        monkeypatch.delenv("ATTUNE_SUBJECT_KEY")
    else:
        monkeypatch.setenv("ATTUNE_SUBJECT_KEY", SUBJECT_KEY[::-1])
    state = {"stripped": SignatureState.UNSIGNED, "no key": SignatureState.UNCHECKED}.get(how)
    report = check(version)
    assert violations(report) == ({UNFIT: 1} if state is None else {})
    assert report.numbers["signature"] == (state.value if state else UNFIT_VALUE)
    assert "hash" in check(version, require_signature=True).failed_gates


def test_a_signature_travels_with_its_version_and_never_stays_beside_another(
    signed: Path, version: Path, tmp_path: Path
) -> None:
    target = tmp_path / "target"
    transfer(str(version), str(target), QUIET)
    assert open_dataset(str(target)).signature is SignatureState.CHECKED
    transfer(str(signed / "unsigned"), str(target), QUIET)
    assert open_dataset(str(target)).signature is SignatureState.UNSIGNED


def test_frozen_test_sets_are_signed_too(version: Path, tmp_path: Path) -> None:
    freeze(str(version), str(tmp_path / "frozen"), FreezeParams(), seed=1, short=True)
    open_test_sets(str(tmp_path / "frozen"))
    path = tmp_path / "frozen" / "manifest.json"
    path.write_text(path.read_text() + " ")
    with pytest.raises(GateError, match="does not fit"):
        open_test_sets(str(tmp_path / "frozen"))


def test_what_an_erasure_makes_anew_is_signed_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ATTUNE_SUBJECT_KEY", KEY.decode())
    house = make_house(tmp_path / "house")
    before = open_dataset(str(house.root / "work/compile"))
    person = house.kept_record("train")["subject_id"]
    Erasure(load_locations(house.locations_file), frozenset({person}), "asked", str(tmp_path / "erasures")).run(json_bytes)
    after = open_dataset(str(house.root / "work/compile"))
    assert before.signature is after.signature is SignatureState.CHECKED
    assert after.address != before.address
    assert json.loads((house.root / "work/compile/manifest.json.sig").read_bytes())["algorithm"] == "HMAC-SHA256"
