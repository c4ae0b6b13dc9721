"""A record is followed back to its source row, and a person forward to every dataset version and model."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from governance_house import House, make_house, registered
from record_factory import rows

from attune import storage
from attune.cli import main
from attune.config.params import Params, load_params
from attune.errors import UsageError
from attune.governance.data_locations import load_locations, take_inventory
from attune.governance.trace import trace_record, trace_subject
from attune.modeling.model_registry import RegistryEntry, register
from attune.records.dataset import open_dataset
from attune.records.lineage import read_lineage
from attune.records.shards import open_set
from attune.records.tokens import token
from attune.runtime import run_step


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> House:
    return make_house(tmp_path_factory.mktemp("house"))


def test_a_record_is_followed_back_to_its_source_row_and_forward_to_the_model(house: House) -> None:
    record = house.kept_record("train")
    found = trace_record(house.inventory(), record["record_id"])
    assert found["source"]["origin"] == record["provenance"]["origin"]
    assert found["source"]["locator"] == record["provenance"]["locator"]
    assert found["source"]["subject_id"] == record["subject_id"]
    assert [step["step"] for step in found["steps"]] == ["extract", "dedupe"]
    assert [step["follows"] for step in found["steps"]] == [None, True]
    assert found["steps"][1]["lineage"]["params"]["dedupe"]["threshold"] == Params().dedupe.threshold
    (version,) = found["datasets"]
    assert (version["split"], version["follows"]) == ("train", True)
    assert version["address"] == open_dataset(str(house.root / "work/compile")).address
    assert rows(open_set(f"{version['uri']}/train"))[version["row_number"]]["record_id"] == record["record_id"]
    assert [model["name"] for model in found["models"]] == ["attune-llm-v1-20261031-tiny"]


def test_a_lineage_holds_no_path_of_this_machine(house: House, tmp_path: Path) -> None:
    batch = {"inputs": [str(house.root / "data")]}
    values = [f'dedupe.index="{tmp_path / "bands"}"']
    run_step.run("dedupe", batch, str(tmp_path / "one"), load_params([], values))
    run_step.run("dedupe", {"inputs": [str(house.root / "work/dedupe")]}, str(tmp_path / "two"), load_params([], values))
    for output in ("one", "two"):
        assert str(tmp_path).encode() not in (tmp_path / output / "lineage.json").read_bytes()
    one, two = (read_lineage(str(tmp_path / output)) for output in ("one", "two"))
    assert one is not None
    assert two is not None
    assert one.params["dedupe"]["index"] == two.params["dedupe"]["index"] == "…/bands"
    assert one.files["dedupe.state"] != two.files["dedupe.state"]  # what the index held before


def test_a_record_that_was_left_out_says_why(house: House) -> None:
    removed = rows(open_set(str(house.root / "work/dedupe/rejected")))[0]
    found = trace_record(house.inventory(), removed["record_id"])
    assert [(step["fate"], step["why"]) for step in found["steps"]] == [("kept", None), ("rejected", removed["reason"])]
    assert found["datasets"] == []
    keeper = rows(open_set(str(house.root / "work/dedupe")))
    stands = {row["record_id"]: trace_record(house.inventory(), row["record_id"])["steps"][1]["stands_for"] for row in keeper}
    assert sum(stands.values()) == 1


def test_a_changed_input_is_not_taken_for_the_one_that_was_read(house: House, tmp_path: Path) -> None:
    copy = house.copy(tmp_path / "copy")
    description = copy.root / "data/_shards.json"
    description.write_bytes(description.read_bytes() + b"\n")
    found = trace_record(copy.inventory(), copy.kept_record("train")["record_id"])
    assert [step["follows"] for step in found["steps"]] == [None, False]


def test_an_unknown_record_and_version_are_named(house: House) -> None:
    with pytest.raises(UsageError, match="r_none: no shard set or dataset version"):
        trace_record(house.inventory(), "r_none")
    with pytest.raises(UsageError, match="no such version in the locations; there are: assistant v1_20261031"):
        trace_record(house.inventory(), house.kept_record("train")["record_id"], "v9_20261031")


def test_a_person_is_followed_to_every_set_version_and_model(house: House) -> None:
    person = house.kept_record("train")["subject_id"]
    found = trace_subject(house.inventory(), person)
    counted = {(item["step"], item["fate"]): item["records"] for item in found["snapshots"]}
    for folder, key in (("data", ("extract", "kept")), ("work/dedupe", ("dedupe", "kept"))):
        expected = sum(row["subject_id"] == person for row in rows(open_set(str(house.root / folder))))
        assert counted[key] == expected > 0
    (version,) = found["datasets"]
    assert version["splits"] == {"train": sum(row["subject_id"] == person for row in house.split("train"))}
    assert [model["name"] for model in found["models"]] == ["attune-llm-v1-20261031-tiny"]


def test_a_model_that_was_only_measured_on_a_person_did_not_learn_from_them(house: House) -> None:
    person = house.kept_record("test")["subject_id"]
    found = trace_subject(house.inventory(), person)
    assert found["models"] == []
    assert [model["name"] for model in found["measured_on_it"]] == ["attune-llm-v1-20261031-tiny"]


def test_a_model_whose_dataset_version_is_gone_is_named_as_one_of_which_nobody_can_tell(tmp_path: Path) -> None:
    house = make_house(tmp_path)
    dataset = {"name": "assistant", "version": "v0_20260101", "address": "a" * 64}
    register(
        house.root / "registry", RegistryEntry("attune", "20260101", "old", "b" * 64, dataset, "c", "hold", 1.0, ()), registered
    )
    found = trace_subject(house.inventory(), house.kept_record("train")["subject_id"])
    assert [model["name"] for model in found["cannot_tell"]] == ["attune-llm-v2-20260101-old"]


def test_the_same_trace_from_an_object_store(house: House, s3_bucket: str) -> None:
    for name in storage.walk(str(house.root), hidden=True):
        if not name.startswith("registry"):
            storage.write_bytes(f"{s3_bucket}/house/{name}", (house.root / name).read_bytes())
    locations = {"data": f"{s3_bucket}/house/data", "work": f"{s3_bucket}/house/work", "registry": str(house.root / "registry")}
    record = house.kept_record("train")
    here, there = (
        trace_record(house.inventory(), record["record_id"]),
        trace_record(take_inventory(locations), record["record_id"]),
    )
    for found in (here, there):
        for item in (*found["steps"], *found["datasets"]):
            item.pop("uri"), item.pop("location")
    assert here == there
    near, far = (trace_subject(found, record["subject_id"]) for found in (house.inventory(), take_inventory(locations)))
    assert [version["splits"] for version in near["datasets"]] == [version["splits"] for version in far["datasets"]]


def test_the_command_prints_both_ways_and_takes_a_user_id(
    house: House, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("ATTUNE_AUDIT_TRAIL", str(house.root / "audit"))
    monkeypatch.setenv("ATTUNE_SUBJECT_KEY", house.key.decode())
    locations = ["--locations", house.locations_file]

    def said(*arguments: str, code: int = 0) -> str:
        with pytest.raises(SystemExit) as ended:
            main.main(["trace", *arguments])
        assert ended.value.code == code
        captured = capsys.readouterr()
        return captured.out + captured.err

    record = house.kept_record("train")
    text = said(record["record_id"], *locations)
    way = ("extract: kept", "dedupe: kept", "made from the output above it", "learned from it")
    for part in (record["provenance"]["locator"], *way):
        assert part in text
    assert json.loads(said(record["record_id"], "--dataset", "v1_20261031", "--json", *locations))["datasets"]
    user = house.user_of(record["subject_id"])
    assert token(house.key, "user", user) == record["subject_id"]
    assert said("--user-id", user, "--json", *locations) == said("--subject", record["subject_id"], "--json", *locations)
    assert "no location holds data of this person" in said("--subject", "user_nobody", *locations)
    assert "name either a record id, or a person" in said(*locations, code=2)
    assert "for an id of the product give --user-id" in said("--subject", user, *locations, code=2)
    trail = (house.root / "audit/trail.jsonl").read_text()
    assert "trace.subject" in trail
    assert record["subject_id"] not in trail


def test_lineage_names_what_was_read_and_no_place_or_time(house: House) -> None:
    lineage = json.loads((house.root / "work/dedupe/lineage.json").read_bytes())
    assert lineage["inputs"] == {"inputs": [storage.sha256_file(str(house.root / "data/_shards.json"))]}
    assert str(house.root) not in json.dumps(lineage)
    again = house.root.parent / "again"
    run_step.run("dedupe", {"inputs": [str(house.root / "data")]}, str(again), Params())
    assert (again / "lineage.json").read_bytes() == (house.root / "work/dedupe/lineage.json").read_bytes()


def test_the_locations_file_is_checked(tmp_path: Path) -> None:
    (tmp_path / "data_locations.yaml").write_text("locations: [data]\n")
    with pytest.raises(UsageError, match="must hold `locations:`"):
        load_locations(str(tmp_path / "data_locations.yaml"))
    (tmp_path / "data_locations.yaml").write_text("locations: {work: work, cache: work/llm}\n")
    with pytest.raises(UsageError, match=r"cache \(work/llm\) is inside work"):
        load_locations(str(tmp_path / "data_locations.yaml"))
    with pytest.raises(UsageError, match="no such file"):
        load_locations(str(tmp_path / "absent.yaml"))
    (tmp_path / "places.yaml").write_text("places: {work: work}\n")
    with pytest.raises(UsageError, match=r"absent\.yaml: no such file; rename .*places\.yaml to it"):
        load_locations(str(tmp_path / "absent.yaml"))
