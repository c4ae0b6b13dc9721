"""A location may itself be a dataset version, as a published one is: it is made anew there, also after a kill."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from governance_house import KEY, House, make_house
from programs import needs
from record_factory import rows

from attune import storage
from attune.config.params import VerifyParams
from attune.errors import RunError
from attune.governance import rewrite, signing
from attune.governance.data_locations import take_inventory
from attune.governance.erase import Erasure
from attune.records.dataset import open_dataset
from attune.records.shards import open_set
from attune.runtime.progress import Progress
from attune.runtime.step import Context
from attune.steps.verify.step import verify
from attune.versions.compare import compare
from attune.versions.export import export
from attune.versions.transfer import transfer


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> House:
    return make_house(tmp_path_factory.mktemp("house"))


@pytest.fixture
def house(made: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> House:
    pem = tmp_path / "signing.pem"
    needs("openssl")
    subprocess.run(["openssl", "genpkey", "-algorithm", "ed25519", "-out", str(pem)], check=True)
    monkeypatch.setenv("ATTUNE_SUBJECT_KEY", KEY.decode())
    monkeypatch.setenv(signing.KEY_FILE_VARIABLE, str(pem))
    house = made.copy(tmp_path / "house")
    shutil.rmtree(house.root / "work/dedupe")
    return house


def erase(locations: dict[str, str], person: str, records: Path) -> dict[str, Any]:
    key = signing.signing_key()
    return Erasure(locations, frozenset({person}), "asked for it", str(records), say=lambda _: None).run(
        lambda value: signing.sign(value, key)
    )


class Killed(BaseException):
    """Stands for a kill: nothing is cleaned up by who does not catch it."""


def die_at(number: int, patch: pytest.MonkeyPatch) -> None:
    """Let the process end before the so manieth change of what stands somewhere."""
    left = [number]

    def dying(function: Any) -> Any:
        def run(*values: Any, **named: Any) -> Any:
            left[0] -= 1
            if left[0] < 0:
                raise Killed
            return function(*values, **named)

        return run

    for module, name in ((storage, "remove"), (storage, "write_bytes"), (storage, "move")):
        patch.setattr(module, name, dying(getattr(module, name)))


def standing(house: House) -> dict[str, bytes]:
    return {
        file.relative_to(house.root).as_posix(): file.read_bytes() for file in sorted(house.root.rglob("*")) if file.is_file()
    }


def test_killed_at_every_moment_the_version_that_is_a_place_is_there_in_the_end(house: House, tmp_path: Path) -> None:
    locations = {"data": "data", "final": "work/compile"}
    person = house.kept_record("train")["subject_id"]
    whole = house.copy(tmp_path / "whole")

    def named(root: Path) -> dict[str, str]:
        return {name: str(root / folder) for name, folder in locations.items()}

    erase(named(whole.root), person, tmp_path / "papers")
    expected = standing(whole)
    assert open_dataset(str(whole.root / "work/compile")).version.startswith("v2_")
    killed = 0
    for number in range(0, 400, 5):
        again = house.copy(tmp_path / f"killed{number}")
        papers = tmp_path / f"papers{number}"
        try:
            with pytest.MonkeyPatch.context() as patch:
                die_at(number, patch)
                erase(named(again.root), person, papers)
            break
        except Killed:
            killed += 1
        erase(named(again.root), person, papers)
        found = {name: content for name, content in standing(again).items() if name != "data_locations.yaml"}
        assert found == {name: content for name, content in expected.items() if name != "data_locations.yaml"}, number
        shutil.rmtree(again.root)
    assert killed > 6


def test_a_published_version_in_a_store_is_replaced_where_it_stands(house: House, s3_bucket: str, tmp_path: Path) -> None:
    version = str(house.root / "work/compile")
    left_out = open_dataset(version).manifest["left_out"]
    transfer(version, f"{s3_bucket}/final_dataset", Progress("push"))
    person = house.kept_record("train")["subject_id"]
    locations = {"final": f"{s3_bucket}/final_dataset"}
    record = erase(locations, person, tmp_path / "papers")
    assert record["versions"][0]["version"].startswith("v2_")
    assert "set it to 2 or more" in next(
        item["why"] for item in record["manual_followups"] if item["what"] == "compile.version"
    )
    (found,) = take_inventory(locations).datasets
    assert not any(row["subject_id"] == person for _, made in found.sets() for row in rows(made))
    names = set(storage.walk(found.uri, hidden=True))
    own = {*found.dataset.manifest["files"], "manifest.json", "manifest.json.sig"}
    assert names == own  # what was left out did not travel, and does not come
    assert found.dataset.manifest["left_out"] == left_out
    lenient = VerifyParams(required_families={}, split_tolerance=1.0, category_tolerance=1.0)
    assert verify(found.uri, str(tmp_path / "verified"), lenient, Context()).failed_gates == []
    transfer(found.uri, str(tmp_path / "pulled"), Progress("pull"))
    difference = compare(version, str(tmp_path / "pulled"))
    assert difference.reasons == {"erased": 3}
    assert difference.families == {"product": {"came": 0, "went": 3, "changed": 0, "moved": 0}}


def test_the_top_of_a_bucket_is_refused_before_a_byte_goes_astray(house: House, s3_bucket: str, tmp_path: Path) -> None:
    transfer(str(house.root / "work/compile"), s3_bucket, Progress("push"))
    person = house.kept_record("train")["subject_id"]
    with pytest.raises(RunError, match="below a prefix"):
        erase({"final": s3_bucket}, person, tmp_path / "papers")
    assert rewrite.pending({"final": s3_bucket}) == []


def test_an_export_says_what_is_left_in_it(house: House, tmp_path: Path) -> None:
    person = house.kept_record("train")["subject_id"]
    for form in ("openai", "parquet"):
        export(str(house.root / "work/compile"), str(house.root / "datasets" / form), form)
    before = {form: json.loads((house.root / f"datasets/{form}/export.json").read_bytes()) for form in ("openai", "parquet")}
    erase({"data": str(house.root / "data"), "datasets": str(house.root / "datasets")}, person, tmp_path / "papers")
    for form, old in before.items():
        now = json.loads((house.root / f"datasets/{form}/export.json").read_bytes())
        changed = {name for name, entry in old["files"].items() if now["files"][name] != entry}
        assert len(changed) == 1, form
        for name, entry in now["files"].items():
            file = house.root / "datasets" / form / name
            assert entry["sha256"] == storage.sha256_file(str(file))
            assert entry["bytes"] == file.stat().st_size
            assert entry["rows"] == old["files"][name]["rows"] - (3 if name in changed else 0)
    assert rows(open_set(str(house.root / "data")))
