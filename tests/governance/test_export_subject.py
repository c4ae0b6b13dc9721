"""A person gets everything that is kept of them, in files that can be read and checked, and nothing of anybody else."""

from __future__ import annotations

import gzip
import hashlib
import json
import zipfile
from pathlib import Path

import pytest
from governance_house import KEY, House, fill, make_house
from record_factory import AS_OF, make_record, rows

from attune.cli import main
from attune.governance.portability import collect
from attune.records.record import to_table
from attune.records.shards import ShardSetWriter, open_set


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> House:
    return make_house(tmp_path_factory.mktemp("house"))


def test_it_holds_all_of_the_person_and_nothing_of_others(house: House) -> None:
    person = house.kept_record("train")["subject_id"]
    fill(house, person)
    everybody = rows(open_set(str(house.root / "data")))
    mine = [row for row in everybody if row["subject_id"] == person]
    shared = make_record(950, "a partner's words", subject_id="user_partner", conversation_id=mine[0]["conversation_id"])
    with ShardSetWriter(str(house.root / "work/more"), "ingest", to_table([]).schema, 50, AS_OF) as writer:
        writer.write(to_table([shared]))
    for name, pack in (("notes.jsonl", bytes), ("notes.jsonl.gz", gzip.compress)):
        notes = [{"record_id": row["record_id"], "note": f"of {name}", "said": row["messages"]} for row in (mine[0], shared)]
        content = "".join(json.dumps(note) + "\n" for note in notes).encode()
        (house.root / "cache" / name).write_bytes(pack(content))
    files = collect(house.inventory(), person)
    records = json.loads(files["conversations.json"])
    assert [record["record_id"] for record in records] == sorted(row["record_id"] for row in mine)
    by_id = {row["record_id"]: row for row in mine}
    for record in records:
        assert record["messages"] == by_id[record["record_id"]]["messages"]
        assert {"in": "extract", "as": "kept"} in record["kept_in"]
        assert {"in": "data set assistant v1_20261031", "as": "train"} in record["kept_in"]
    assert (
        len(json.loads(files["notes.json"])) == 3 + 2
    )  # the queue's, which the archive repeats, and one in each file of notes
    everything = b"".join(files.values())
    for row in [*everybody, shared]:
        if row["subject_id"] != person:
            assert row["record_id"].encode() not in everything
            assert str(row["subject_id"]).encode() not in everything
            assert row["messages"][1]["content"].encode() not in everything
    assert str(house.root).encode() not in everything


def test_the_manifest_lets_anybody_check_the_files(house: House) -> None:
    files = collect(house.inventory(), house.kept_record("test")["subject_id"])
    manifest = json.loads(files["manifest.json"])
    listed = {name: entry["sha256"] for name, entry in manifest["files"].items()}
    assert listed == {name: hashlib.sha256(content).hexdigest() for name, content in files.items() if name != "manifest.json"}
    assert "What we keep of you" in files["README.txt"].decode()


def test_the_command_writes_a_zip_or_a_folder_that_only_the_owner_reads(
    house: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("ATTUNE_SUBJECT_KEY", KEY.decode())
    monkeypatch.setenv("ATTUNE_AUDIT_TRAIL", str(tmp_path / "audit"))
    person = house.kept_record("train")["subject_id"]

    def command(*arguments: str, code: int = 0) -> str:
        with pytest.raises(SystemExit) as ended:
            main.main(["export-subject", "--locations", house.locations_file, *arguments])
        assert ended.value.code == code
        captured = capsys.readouterr()
        return captured.out + captured.err

    zipped, folder = tmp_path / "theirs.zip", tmp_path / "theirs"
    command("--user-id", house.user_of(person), "--output", str(zipped))
    command("--subject", person, "--output", str(folder))
    with zipfile.ZipFile(zipped) as archive:
        assert archive.namelist() == sorted(file.name for file in folder.iterdir())
        assert archive.read("conversations.json") == (folder / "conversations.json").read_bytes()
    assert zipped.stat().st_mode & 0o777 == (folder / "notes.json").stat().st_mode & 0o777 == 0o600
    assert "stands already" in command("--subject", person, "--output", str(zipped), code=2)
    trail = (tmp_path / "audit/trail.jsonl").read_text()
    assert trail.count("export.subject") == 3
    assert person not in trail
