"""A person is erased from every location, everybody else stays, and a kill at any moment changes nothing in the end."""

from __future__ import annotations

import gzip
import json
import os
import random
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from governance_house import KEY, House, fill, make_house
from processes import kill_at_work
from programs import needs
from record_factory import AS_OF, make_record, rows
from rights import as_somebody_without_rights

from attune import storage
from attune.cli import main
from attune.config.params import Params, load_params
from attune.config.retention import RetentionParams
from attune.config.test_sets import FreezeParams
from attune.errors import NothingFoundError, RunError, UsageError
from attune.governance import signing
from attune.governance.data_locations import load_locations
from attune.governance.erase import Erasure
from attune.governance.models import models_in
from attune.governance.person import returned_people
from attune.governance.residual_data import answer_keys
from attune.governance.retention import apply
from attune.governance.trace import trace_record, trace_subject
from attune.llm.ledger import Ledger, Stored
from attune.modeling.model_registry import erasures_of
from attune.records.dataset import open_dataset
from attune.records.erased import erased_people, keyed_digest
from attune.records.record import MESSAGES_TYPE, to_table
from attune.records.shards import ShardSetWriter, open_set
from attune.records.test_sets import freeze, open_test_sets
from attune.runtime import run_step
from attune.similarity import band_index

REASON = "asked for it on 2026-11-02"


@pytest.fixture(scope="module")
def pem(tmp_path_factory: pytest.TempPathFactory) -> Path:
    needs("openssl")
    file = tmp_path_factory.mktemp("keys") / "signing.pem"
    subprocess.run(["openssl", "genpkey", "-algorithm", "ed25519", "-out", str(file)], check=True)
    subprocess.run(["openssl", "pkey", "-in", str(file), "-pubout", "-out", str(file.with_suffix(".pub"))], check=True)
    return file


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> House:
    return make_house(tmp_path_factory.mktemp("house"))


@pytest.fixture
def house(made: House, tmp_path: Path, pem: Path, monkeypatch: pytest.MonkeyPatch) -> House:
    monkeypatch.setenv("ATTUNE_SUBJECT_KEY", KEY.decode())
    monkeypatch.setenv(signing.KEY_FILE_VARIABLE, str(pem))
    monkeypatch.setenv("ATTUNE_AUDIT_TRAIL", str(tmp_path / "audit"))
    return made.copy(tmp_path / "house")


def erasure(house: House, person: str) -> Erasure:
    return Erasure(load_locations(house.locations_file), frozenset({person}), REASON, str(house.root.parent / "erasures"))


def erase(house: House, person: str) -> dict[str, Any]:
    key = signing.signing_key()
    return erasure(house, person).run(lambda value: signing.sign(value, key))


def contents(house: House) -> dict[str, bytes]:
    """What stands in the locations by name, with Parquet, gzip and SQLite read out."""
    found = {}
    for file in sorted(house.root.rglob("*")):
        if not file.is_file() or file.suffix == ".safetensors":
            continue
        if file.suffix == ".parquet":
            content = json.dumps(pq.read_table(file).to_pylist(), default=str).encode()
        elif file.suffix == ".gz":
            content = gzip.decompress(file.read_bytes())
        elif file.suffix == ".sqlite":  # how often it was written stands in its header
            with closing(sqlite3.connect(file)) as database:
                content = "\n".join(database.iterdump()).encode()
        else:
            content = file.read_bytes()
        found[file.relative_to(house.root).as_posix()] = content.replace(str(house.root).encode(), b"")
    return found


def everything(house: House) -> bytes:
    """All of that in one piece."""
    return b"\n".join(name.encode() + content for name, content in contents(house).items())


def traces_of(house: House, person: str) -> list[bytes]:
    mine = [row for row in rows(open_set(str(house.root / "data"))) if row["subject_id"] == person]
    said = [message["content"] for row in mine for message in row["messages"]]
    return [person.encode(), *(row[name].encode() for row in mine for name in ("record_id", "conversation_id")),
            *(text.encode() for text in said)]  # fmt: skip


def test_nothing_of_the_person_is_left_anywhere_and_all_others_stay(house: House) -> None:
    person = house.kept_record("train")["subject_id"]
    files = fill(house, person)
    identifiers = traces_of(house, person)
    before = {name: rows(open_set(str(house.root / name))) for name in ("data", "work/dedupe", "work/compile/train")}
    assert all(trace in everything(house) for trace in identifiers)
    record = erase(house, person)
    left = everything(house)
    assert [trace for trace in identifiers if trace in left] == []
    for name, table in before.items():
        stay = [row["record_id"] for row in table if row["subject_id"] != person]
        assert sorted(row["record_id"] for row in rows(open_set(str(house.root / name)))) == sorted(stay)
    assert not files["page"].exists()
    assert len(files["queue"].read_text().splitlines()) == 5
    assert len(gzip.decompress(files["packed"].read_bytes()).splitlines()) == 5
    with closing(sqlite3.connect(files["database"])) as database:
        assert [key for (key,) in database.execute("SELECT key FROM answers")] == ["b"]
    assert json.loads(files["listing"].read_bytes())["worst"][0] == "erased"
    assert pq.read_table(files["table"]).num_rows == 1
    assert files["other"].exists()
    assert record["rows_removed"] == sum(unit["removed"] for unit in record["units"]) > 3
    assert trace_subject(house.inventory(), person)["snapshots"] == []


def test_the_new_version_is_a_major_one_that_passes_the_gates_and_names_what_it_replaces(house: House) -> None:
    person = house.kept_record("train")["subject_id"]
    old = open_dataset(str(house.root / "work/compile"))
    splits = {row["record_id"]: split for split in ("train", "validation", "test") for row in house.split(split)}
    erase(house, person)
    new = open_dataset(str(house.root / "work/compile"))
    new.check()
    assert (old.version, new.version) == ("v1_20261031", "v2_20261031")
    assert new.manifest["supersedes"] == [{"version": old.version, "address": old.address}]
    assert json.loads((house.root / "work/compile/croissant.json").read_bytes())["version"].split(".")[0] == "2"
    for split in ("train", "validation", "test"):
        assert {splits[row["record_id"]] for row in house.split(split)} <= {split}
    assert new.manifest["counts"]["records"] == old.manifest["counts"]["records"] - 3
    report = run_step.run(
        "verify", {"dataset": str(house.root / "work/compile")}, str(house.root / "verify"), _lenient()
    ).report
    assert report.failed_gates == []


def _lenient() -> Params:
    verify = Params().verify.model_copy(update={"required_families": {}, "split_tolerance": 1.0, "category_tolerance": 1.0})
    return Params().model_copy(update={"verify": verify})


def test_a_version_that_stands_under_its_name_gets_a_sibling_and_goes(house: House) -> None:
    kept = house.root / "datasets/v1_20261031"
    shutil.copytree(house.root / "work/compile", kept)
    person = house.kept_record("train")["subject_id"]
    erase(house, person)
    assert not kept.exists()
    new = open_dataset(str(house.root / "datasets/v2_20261031"))
    assert new.address == open_dataset(str(house.root / "work/compile")).address


def test_models_that_learned_from_the_person_must_be_trained_anew_and_later_erasures_reach_them_too(house: House) -> None:
    first = house.kept_record("train")["subject_id"]
    second = next(row["subject_id"] for row in house.split("train") if row["subject_id"] != first)
    record = erase(house, first)
    assert [item["model"] for item in record["retrain"]] == ["attune-llm-v1-20261031-tiny"]
    # The version that the model saw is gone, but its successor says that it held what the successor holds.
    assert [model["name"] for model in trace_subject(house.inventory(), second)["models"]] == ["attune-llm-v1-20261031-tiny"]
    assert len(erase(house, second)["retrain"]) == 1
    (model,) = models_in(house.inventory())
    assert len(model.retrain) == 2
    # A release of it, or of a model that was trained beside it and never released, finds that before it decides.
    assert len(erasures_of(house.root / "registry", model.dataset["address"])) == 2
    assert erasures_of(house.root / "registry", "0" * 64) == []


def test_a_model_that_still_learns_elsewhere_from_a_version_that_held_the_person_is_known_to_release(house: House) -> None:
    other = house.root / "datasets/other"
    run_step.run(
        "compile",
        {"inputs": [str(house.root / "work/dedupe")]},
        str(other),
        load_params([], ["compile.name=other", 'run.erased=""']),
    )
    address = open_dataset(str(other)).address
    splits = {row["subject_id"]: split for split in ("train", "test") for row in rows(open_set(str(other / split)))}
    tested = next(subject for subject, split in splits.items() if split == "test")
    erase(house, tested)
    assert erasures_of(house.root / "registry", address) == []
    address = open_dataset(str(other)).address
    learned = next(subject for subject, split in splits.items() if split == "train")
    document = erase(house, learned)
    assert erasures_of(house.root / "registry", address) == [document["erasure"]]


def test_a_model_that_was_only_measured_on_the_person_need_not_be_trained_anew(house: House) -> None:
    assert erase(house, house.kept_record("test")["subject_id"])["retrain"] == []


def test_the_record_holds_no_person_is_signed_and_shows_a_change(house: House, pem: Path) -> None:
    person = house.kept_record("train")["subject_id"]
    identifiers = traces_of(house, person)
    document = erase(house, person)
    papers = house.root.parent / "erasures"
    (record,) = papers.glob("e_*.json")
    assert document["people"] == [keyed_digest(KEY, person)] == sorted(erased_people(str(papers)))
    assert [trace for trace in identifiers for file in papers.iterdir() if trace in file.read_bytes()] == []
    assert signing.check_signature(record.read_bytes(), str(pem.with_suffix(".pub")))["erasure"] == document["erasure"]
    for change in (record.read_bytes().replace(b"asked", b"urged"), record.read_bytes() + b" "):
        with pytest.raises(ValueError, match=r"changed after|not written"):
            signing.check_signature(change, str(pem.with_suffix(".pub")))
    trail = (house.root.parent / "audit/trail.jsonl").read_text()
    assert "erase.start" in trail
    assert "erase.end" in trail
    assert person not in trail


def test_erasing_again_changes_nothing(house: House) -> None:
    person = house.kept_record("train")["subject_id"]
    fill(house, person)
    first = erase(house, person)
    before = everything(house)
    assert erase(house, person) == first
    assert everything(house) == before


def test_two_runs_at_once_do_not_meddle_with_each_other(house: House) -> None:
    person = house.kept_record("train")["subject_id"]
    holder = (
        "import sys; from attune.storage.locks import exclusive\n"
        "with exclusive({'work': sys.argv[1]}):\n    print('held', flush=True)\n    sys.stdin.read()\n"
    )
    command = [sys.executable, "-c", holder, str(house.root / "work")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == b"held\n"
        before = contents(house)
        with pytest.raises(RunError, match=r"location work .*another erasure or retention run is at work"):
            erase(house, person)
        with pytest.raises(RunError, match="another erasure or retention run is at work"):
            apply(load_locations(house.locations_file), RetentionParams(), AS_OF)
        assert contents(house) == before
        other.kill()  # a dead process holds nothing
    assert erase(house, person)["rows_removed"] > 0


def test_what_stays_can_still_be_traced_back_to_its_source(house: House) -> None:
    person = house.kept_record("train")["subject_id"]
    other = next(row["record_id"] for row in house.split("train") if row["subject_id"] != person)
    erase(house, person)
    found = trace_record(house.inventory(), other)
    assert [item["follows"] for item in (*found["steps"], *found["datasets"])] == [None, True, True]


def test_a_person_who_is_nowhere_gets_a_record_that_says_so(house: House) -> None:
    document = erase(house, "user_nobody")
    assert (document["rows_removed"], document["units"]) == (0, [])


def test_frozen_test_sets_lose_the_person_too(house: House) -> None:
    frozen = str(house.root / "datasets/frozen")
    freeze(str(house.root / "work/compile"), frozen, FreezeParams(), seed=1, short=True)
    before = open_test_sets(frozen)
    held = [row for name in before.manifest["sets"] for row in rows(open_set(f"{frozen}/{name}"))]
    erase(house, held[0]["subject_id"])
    after = open_test_sets(frozen)
    assert after.address != before.address
    assert after.manifest["supersedes"] == [{"address": before.address}]
    assert after.rows == len([row for row in held if row["subject_id"] != held[0]["subject_id"]])
    assert sum(1 for name in after.manifest["sets"] for _ in after.examples(name)) == after.rows


def test_the_band_index_of_earlier_batches_forgets_the_person(house: House) -> None:
    index = str(house.root / "cache/bands")
    table = pa.concat_tables(open_set(str(house.root / "work/dedupe")).tables())
    band_index.add(index, "first", table, Params().dedupe)
    person = house.kept_record("train")["subject_id"]
    texts = {row["subject_id"]: row["messages"] for row in table.to_pylist()}
    asked = pa.array([texts[person]], MESSAGES_TYPE)
    assert band_index.find(index, asked)
    erase(house, person)
    assert band_index.find(index, asked) == []
    assert band_index.find(index, pa.array([texts[house.kept_record("test")["subject_id"]]], MESSAGES_TYPE))


def test_the_answers_of_the_judge_on_the_person_go_and_the_others_stay(house: House) -> None:
    provider = {"name": "local", "base_url": "http://127.0.0.1:1/v1", "model": "judge"}
    params = load_params([], [f"llm.providers=[{json.dumps(provider)}]"])
    keys_of = answer_keys(params)
    person, other = (house.kept_record(split) for split in ("train", "test"))
    ledger = Ledger(str(house.root / "cache/llm"))
    for row in (person, other):
        entry = ledger.reserve("score", "local", 1)
        ledger.settle(entry, 1, keys_of(row["messages"])[0], Stored("answered", {"empathy": 7}, "local", "judge"))
    task = erasure(house, person["subject_id"])
    key = signing.signing_key()
    replace(task, cache_keys=keys_of).run(lambda value: signing.sign(value, key))
    assert ledger.find(keys_of(person["messages"])) == {}
    assert len(ledger.find(keys_of(other["messages"]))) == 1
    ledger.close()


def test_what_hangs_on_the_person_goes_and_what_is_anothers_stays(house: House) -> None:
    person = house.kept_record("train")["subject_id"]
    mine = next(row for row in rows(open_set(str(house.root / "data"))) if row["subject_id"] == person)
    extra = [
        make_record(900, "said in the same room", subject_id="user_partner", conversation_id=mine["conversation_id"]),
        make_record(901, "nobody's, of the same conversation", subject_id=None, conversation_id=mine["conversation_id"]),
        make_record(902, mine["messages"][1]["content"], subject_id=None, messages=mine["messages"]),
        make_record(903, mine["messages"][1]["content"], subject_id="user_other", messages=mine["messages"]),
        make_record(904, "made from it", subject_id=None, provenance={"id": "p", "origin": "synthesize",
                    "locator": mine["record_id"], "made_by": "synthesize"}),
        make_record(905, "a neighbour in its cluster", subject_id="user_other", cluster_id=mine["record_id"]),
    ]  # fmt: skip
    with ShardSetWriter(str(house.root / "work/more"), "ingest", to_table([]).schema, 50, AS_OF) as writer:
        writer.write(to_table(extra))
    record = erase(house, person)
    left = rows(open_set(str(house.root / "work/more")))
    assert [row["record_id"] for row in left] == [extra[3]["record_id"], extra[5]["record_id"]]
    assert left[1]["cluster_id"] not in {None, mine["record_id"]}
    unit = next(unit for unit in record["units"] if unit["name"] == "more")
    assert (unit["removed"], unit["shared"]) == (4, 1)


def test_who_comes_back_with_a_backup_is_erased_again_by_reapply(house: House, tmp_path: Path) -> None:
    person = house.kept_record("train")["subject_id"]
    shutil.copytree(house.root / "data", tmp_path / "backup")
    erase(house, person)
    records = str(house.root.parent / "erasures")
    locations = load_locations(house.locations_file)
    assert returned_people(locations, records) == set()
    shutil.rmtree(house.root / "data")
    shutil.copytree(tmp_path / "backup", house.root / "data")
    assert returned_people(locations, records) == {person}
    erase(house, person)
    assert returned_people(locations, records) == set()
    assert len(list(Path(records).glob("e_*.json"))) == 2


def test_an_interrupted_extraction_must_be_finished_first(house: House) -> None:
    plan = house.root / "data/.incremental/plan.json"
    plan.parent.mkdir()
    plan.write_text("{}")
    with pytest.raises(UsageError, match="run it again to its end, then erase"):
        erase(house, "user_a")


def test_nothing_is_signed_while_something_is_left(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    person = house.kept_record("train")["subject_id"]
    fill(house, person)
    from attune.governance import residual_data

    scrub = residual_data.scrub
    monkeypatch.setattr(residual_data, "scrub", lambda uri, *rest: None if uri.endswith("review.jsonl") else scrub(uri, *rest))
    with pytest.raises(RunError, match=r"1 files still hold data of theirs, the first is .*review\.jsonl"):
        erase(house, person)
    assert list((house.root.parent / "erasures").glob("e_*.[0-9]*.json")) == []


@pytest.mark.slow
def test_a_kill_at_any_moment_and_a_rerun_end_in_the_same_state(
    made: House, pem: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ATTUNE_SUBJECT_KEY", KEY.decode())
    monkeypatch.setenv(signing.KEY_FILE_VARIABLE, str(pem))
    whole = made.copy(tmp_path / "whole/house")
    person = whole.kept_record("train")["subject_id"]
    fill(whole, person)
    shutil.copytree(whole.root / "work/compile", whole.root / "datasets/v1_20261031")
    pristine = whole.copy(tmp_path / "pristine/house")
    expected_record = erase(whole, person)
    expected = contents(whole)
    generator = random.Random(3)
    for number in range(3):
        house = pristine.copy(tmp_path / f"killed{number}/house")
        command = [sys.executable, "-m", "attune.cli", "erase", "--subject", person, "--reason", REASON,
                   "--locations", house.locations_file, "--records", str(house.root.parent / "erasures")]  # fmt: skip
        for _ in range(2):
            process = subprocess.Popen(command, cwd=house.root, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
            kill_at_work(process, house.root.parent, generator.random())
        ended = subprocess.run(command, cwd=house.root, capture_output=True, text=True)
        assert ended.returncode == 0, ended.stderr
        shutil.rmtree(house.root / "audit-trail")
        ended_as = contents(house)
        assert ended_as.keys() == expected.keys()
        assert [name for name, content in ended_as.items() if content != expected[name]] == []
        (record,) = (house.root.parent / "erasures").glob("e_*.[0-9]*.json")
        document = json.loads(record.read_bytes())
        for name in ("people", "rows_removed", "units", "retrain", "versions"):
            assert document[name] == expected_record[name], name
        assert list((house.root.parent / "erasures").glob("*journal*")) == []


def test_on_an_object_store(house: House, s3_bucket: str) -> None:
    person = house.kept_record("train")["subject_id"]
    files = fill(house, person)
    identifiers = traces_of(house, person)
    for name in storage.walk(str(house.root), hidden=True):
        if not name.startswith("registry"):
            storage.write_bytes(f"{s3_bucket}/house/{name}", (house.root / name).read_bytes())
    locations = {name: f"{s3_bucket}/house/{name}" for name in ("data", "work", "cache", "archive")}
    key = signing.signing_key()
    task = Erasure(locations, frozenset({person}), REASON, f"{s3_bucket}/erasures")
    task.run(lambda value: signing.sign(value, key))
    shutil.rmtree(house.root)
    for name in storage.walk(f"{s3_bucket}/house", hidden=True):
        path = house.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(storage.read_bytes(f"{s3_bucket}/house/{name}"))
    left = everything(house)
    assert [trace for trace in identifiers if trace in left] == []
    assert open_dataset(str(house.root / "work/compile")).version == "v2_20261031"
    assert not files["page"].exists()


def test_the_command_says_first_what_it_would_do(
    house: House, pem: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    person = house.kept_record("train")["subject_id"]
    fill(house, person)
    before = everything(house)
    papers = str(house.root.parent / "erasures")
    where = ["--locations", house.locations_file, "--records", papers]

    def said(*arguments: str, code: int = 0) -> str:
        with pytest.raises(SystemExit) as ended:
            main.main(list(arguments))
        assert ended.value.code == code
        captured = capsys.readouterr()
        return captured.out + captured.err

    dry = said("erase", "--subject", person, "--reason", REASON, "--dry-run", *where)
    assert "rows would be removed; nothing was done" in dry
    assert "no step reads it; set run.erased" in dry
    assert "no step reads it" not in said(
        "erase", "--subject", person, "--reason", REASON, "--dry-run", *where, "--set", f"run.erased={papers}"
    )
    assert "cache/review.jsonl: holds data of theirs" in dry
    assert everything(house) == before
    assert not Path(papers).exists()
    assert "say why" in said("erase", "--subject", person, "--reason", " ", *where, code=2)
    user = house.user_of(person)
    done = said("erase", "--user-id", user, "--reason", REASON, *where)
    assert "models to train anew: attune-llm-v1-20261031-tiny" in done
    (record,) = Path(papers).glob("e_*.json")
    assert "the signature is valid" in said("erasure", "verify", str(record), "--public-key", str(pem.with_suffix(".pub")))
    record.write_bytes(record.read_bytes().replace(b"asked", b"urged"))
    verify = ["erasure", "verify", str(record), "--public-key", str(pem.with_suffix(".pub"))]
    assert "changed after it was signed" in said(*verify, code=3)
    assert "no location holds data of a person who was erased before" in said("erase", "--reapply", "--reason", REASON, *where)
    monkeypatch.delenv(signing.KEY_FILE_VARIABLE)
    assert "openssl genpkey" in said("erase", "--subject", person, "--reason", REASON, *where, code=2)


def test_every_place_that_an_erasure_clears_is_named_by_a_trace_before_and_by_none_after(house: House, tmp_path: Path) -> None:
    frozen = str(house.root / "datasets/frozen")
    freeze(str(house.root / "work/compile"), frozen, FreezeParams(), seed=1, short=True)
    held = [row for name in open_test_sets(frozen).manifest["sets"] for row in rows(open_set(f"{frozen}/{name}"))]
    person = held[0]["subject_id"]
    files = fill(house, person)
    mine = next(row for row in rows(open_set(str(house.root / "data"))) if row["subject_id"] == person)
    said = mine["messages"][0]["content"]
    more = {
        "export": ("datasets/export/train.jsonl", json.dumps({"messages": mine["messages"]}) + "\n"),
        "spreadsheet": ("datasets/export/train.csv", f'user,assistant\n"{said}",x\n'),
        "evaluation": ("work/evaluate/evaluation.json", json.dumps({"worst": [{"prompt": said, "answer": "x"}]})),
        "report": ("work/score/report.html", f"<li>{mine['record_id']}</li>"),
        "log": ("logs/run/logs/score/2026-11-02.jsonl", json.dumps({"event": "failed", "record": mine["record_id"]}) + "\n"),
    }
    for name, (path, content) in more.items():
        files[name] = house.root / path
        files[name].parent.mkdir(parents=True, exist_ok=True)
        files[name].write_text(content)
    found = trace_subject(house.inventory(), person)
    named = {item["uri"] for item in found["files"]}
    expected = {str(file) for what, file in files.items() if what not in {"weights", "other"}}
    assert expected <= named
    assert [tests["uri"] for tests in found["test_sets"]] == [frozen]
    record = erase(house, person)
    told = {item["what"]: item["why"] for item in record["manual_followups"]}
    assert any("weights" in what for what in told)
    assert "the location archive" not in told
    after = trace_subject(house.inventory(), person)
    assert [after[name] for name in ("snapshots", "datasets", "test_sets", "files")] == [[], [], [], []]
    left = everything(house)
    assert [text for text in (person, said, mine["record_id"], mine["conversation_id"]) if text.encode() in left] == []


def test_a_conversation_of_short_words_is_told_by_what_was_answered(house: House) -> None:
    person = house.kept_record("train")["subject_id"]
    answer = "It makes sense that mornings are hard after such a week of nights"
    messages = [{"role": "user", "content": "I can't."}, {"role": "assistant", "content": answer}]
    record = make_record(950, "x", subject_id=person, messages=messages)
    with ShardSetWriter(str(house.root / "work/short"), "ingest", to_table([]).schema, 50, AS_OF) as writer:
        writer.write(to_table([record]))
    export = house.root / "datasets/export.jsonl"
    export.parent.mkdir(exist_ok=True)
    export.write_text(json.dumps({"messages": messages}) + "\n" + json.dumps({"messages": messages[:1]}) + "\n")
    erase(house, person)
    assert export.read_text() == json.dumps({"messages": messages[:1]}) + "\n"


def test_errors_are_one_line_with_the_right_code(
    house: House, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    papers = str(house.root.parent / "erasures")
    where = ["--reason", REASON, "--locations", house.locations_file, "--records", papers, "--set", f"run.erased={papers}"]

    def said(*arguments: str) -> tuple[int, str]:
        with pytest.raises(SystemExit) as ended:
            main.main(["erase", *arguments, *where])
        captured = capsys.readouterr()
        assert "Traceback" not in captured.err
        return int(str(ended.value.code or 0)), captured.out + captured.err

    assert said("--subject", "4711") == (
        2,
        "attune: --subject: a token looks like user_…; for an id of the product give --user-id\n",
    )
    assert said()[0] == 2
    code, text = said("--subject", "user_unknown")
    assert (code, "no location holds data under this token" in text) == (NothingFoundError.exit_code, True)
    assert "the record of" in said("--subject", "user_unknown")[1]
    person = house.kept_record("train")["subject_id"]
    monkeypatch.delenv("ATTUNE_SUBJECT_KEY")
    code, text = said("--subject", person)
    assert (code, text.count("\n")) == (2, 1)
    assert "ATTUNE_SUBJECT_KEY" in text


def test_a_folder_that_cannot_be_written_is_named_before_anything_is_done(
    house: House, open_folder: Path, pem: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    house = house.copy(open_folder / "house")
    key = Path(shutil.copy(pem, open_folder))
    monkeypatch.setenv(signing.KEY_FILE_VARIABLE, str(key))
    person = house.kept_record("train")["subject_id"]
    before = contents(house)
    papers = open_folder / "erasures"
    papers.mkdir()
    for path in (open_folder, *open_folder.rglob("*")):
        path.chmod(0o755 if path.is_dir() else 0o644)
    papers.chmod(0o777)
    key.chmod(0o600)
    where = ["--reason", REASON, "--locations", house.locations_file, "--records", str(papers), "--set", f"run.erased={papers}"]
    with pytest.raises(SystemExit):
        main.main(["erase", "--subject", person, "--dry-run", *where])  # everything is imported now
    shutil.rmtree(papers / "trail", ignore_errors=True)
    if os.getuid():
        (house.root / "data").chmod(0o555)
    monkeypatch.setenv("ATTUNE_AUDIT_TRAIL", str(papers / "trail"))
    if not os.getuid():
        os.chown(key, 65534, -1)  # who runs the command below
    capsys.readouterr()
    with as_somebody_without_rights(), pytest.raises(SystemExit) as ended:
        main.main(["erase", "--subject", person, *where])
    said = capsys.readouterr().err
    assert ended.value.code == RunError.exit_code, said
    assert said.count("\n") == 1
    assert "cannot be written, nothing was done" in said
    assert contents(house) == before
    assert not list(papers.glob("e*.json"))


def test_what_extract_counted_of_a_person_of_whom_it_kept_nothing_is_read_anew(house: House) -> None:
    record = make_record(960, "said once and left out", subject_id="user_left_out", conversation_id="conversation_left_out")
    table = to_table([record]).append_column("reason", pa.array(["health_information"]))
    with ShardSetWriter(str(house.root / "data/rejected"), "extract", table.schema, 50, AS_OF) as writer:
        writer.write(table)
    watermark = house.root / "data/incremental/watermark.json"
    watermark.parent.mkdir()
    watermark.write_text("{}")
    erase(house, "user_left_out")
    assert rows(open_set(str(house.root / "data/rejected"))) == []
    assert not watermark.exists()
