"""What somebody planted in a location is refused or named: nothing outside is touched, and no record claims too much."""

from __future__ import annotations

import gzip
import io
import json
import os
import shutil
import subprocess
import tarfile
import zipfile
from pathlib import Path
from typing import Any

import pytest
from governance_house import KEY, House, make_house
from programs import needs
from record_factory import rows

from attune import storage
from attune.cli import main
from attune.errors import NothingFoundError, RunError, UsageError
from attune.governance import rewrite, signing
from attune.governance.data_locations import load_locations, take_inventory
from attune.governance.erase import Erasure
from attune.governance.retention import RetentionParams, apply, protect, retrieve
from attune.records.erased import LIST, load_erased
from attune.records.shards import open_set
from attune.runtime.progress import Progress
from attune.storage import archive_search
from attune.versions.transfer import transfer

REASON = "asked for it"
PLANTED = (
    "../outside",
    "../../outside",
    "/tmp/outside",
    "a/../../outside",
    "..\\outside",
    "out\0side",
    "",
    ".",
    "..",
    "o" * 5_000,
)


@pytest.fixture(scope="module")
def pem(tmp_path_factory: pytest.TempPathFactory) -> Path:
    needs("openssl")
    file = tmp_path_factory.mktemp("keys") / "signing.pem"
    subprocess.run(["openssl", "genpkey", "-algorithm", "ed25519", "-out", str(file)], check=True)
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


def erase(house: House, person: str) -> dict[str, Any]:
    key = signing.signing_key()
    papers = str(house.root.parent / "erasures")
    whole = Erasure(load_locations(house.locations_file), frozenset({person}), REASON, papers)
    return whole.run(lambda value: signing.sign(value, key))


def followups(record: dict[str, Any]) -> str:
    return json.dumps(record["manual_followups"])


def outside(tmp_path: Path) -> Path:
    folder = tmp_path / "outside"
    folder.mkdir()
    (folder / "precious.txt").write_text("not Attune's")
    return folder


def untouched(folder: Path) -> bool:
    return [(file.name, file.read_text()) for file in folder.iterdir()] == [("precious.txt", "not Attune's")]


def planted_stage(house: House, **note: Any) -> Path:
    """A stage as an interrupted erasure leaves one, with a note that somebody else wrote."""
    stage = house.root / "datasets/.v1.erasing"
    (stage / "version").mkdir(parents=True)
    (stage / "version/manifest.json").write_text("{}")
    (stage / rewrite.NOTE).write_text(json.dumps({"target": "v1", "replaces": "v1", "files": [], **note}))
    return stage


def test_a_planted_note_of_an_interrupted_erasure_is_not_obeyed(house: House, tmp_path: Path) -> None:
    precious = outside(tmp_path)
    person = house.kept_record("train")["subject_id"]
    for name in (*PLANTED, "v1"):
        for field in ("target", "replaces"):
            stage = planted_stage(house, **{field: name})
            with pytest.raises(UsageError, match=r"was not written under this subject key|no sealed note"):
                erase(house, person)
            shutil.rmtree(stage)
    assert untouched(precious)


def test_a_note_under_the_right_key_still_leads_nowhere_else(house: House, tmp_path: Path) -> None:
    precious = outside(tmp_path)
    for field in ("target", "replaces"):
        for name in PLANTED:
            stage = planted_stage(house)
            note = {"target": "v1", "replaces": "v1", "files": [], field: name}
            (stage / rewrite.NOTE).write_bytes(rewrite.seal_note(note, rewrite.NOTE))
            with pytest.raises(UsageError):
                rewrite.complete(str(stage), str(stage.parent))
            shutil.rmtree(stage)
    for name in PLANTED:
        stage = planted_stage(house)
        note = {"target": "v1", "replaces": "v1", "files": [name]}
        (stage / rewrite.NOTE).write_bytes(rewrite.seal_note(note, rewrite.NOTE))
        with pytest.raises(UsageError):
            rewrite.complete(str(stage), str(stage.parent))
        shutil.rmtree(stage)
    (house.root / "datasets/v1").symlink_to(precious)
    stage = planted_stage(house)
    (stage / rewrite.NOTE).write_bytes(rewrite.seal_note({"target": "v1", "replaces": "v1", "files": []}, rewrite.NOTE))
    with pytest.raises(UsageError, match="is a symbolic link"):
        rewrite.complete(str(stage), str(stage.parent))
    assert untouched(precious)


def test_a_stage_that_is_a_link_is_not_cleared(house: House, tmp_path: Path) -> None:
    precious = outside(tmp_path)
    (tmp_path / "house/.data.erasing").symlink_to(precious)
    with pytest.raises(UsageError, match="is a symbolic link"):
        erase(house, house.kept_record("train")["subject_id"])
    assert untouched(precious)


def test_a_planted_journal_has_nobody_elses_records_erased(house: House, tmp_path: Path) -> None:
    person, other = house.kept_record("train")["subject_id"], house.kept_record("test")["subject_id"]
    papers = tmp_path / "erasures"
    erase(house, "user_nobody")
    whole = Erasure(load_locations(house.locations_file), frozenset({person}), REASON, str(papers))
    journal = {
        "identifiers": {"subjects": [person, other], "records": [], "conversations": [], "hashes": []},
        "units": [], "holding": {}, "files": {"data": ["../../outside/x"]}, "linked": {},
    }  # fmt: skip
    (papers / f"{whole.name}.journal.json").write_text(json.dumps(journal))
    with pytest.raises(UsageError, match="no sealed note of an erasure"):
        erase(house, person)
    assert other in {row["subject_id"] for row in rows(open_set(str(house.root / "data")))}


def test_links_pipes_and_skipped_folders_are_named_in_the_record_and_left_alone(house: House, tmp_path: Path) -> None:
    person = house.kept_record("train")["subject_id"]
    precious = outside(tmp_path)
    (precious / "precious.txt").write_text(f"not Attune's: {person}")
    (house.root / "work/linked").symlink_to(precious)
    (house.root / "work/file.txt").symlink_to(precious / "precious.txt")
    (house.root / "work/nothing").symlink_to("nowhere")
    (house.root / f"work/{person}.link").symlink_to(precious / "precious.txt")
    os.mkfifo(house.root / "work/pipe")
    for folder in (".git", ".venv", "sub/__pycache__", ".dvc/cache"):
        (house.root / "work" / folder).mkdir(parents=True)
        (house.root / "work" / folder / "copy.jsonl").write_text(json.dumps({"subject_id": person}))
    (house.root / "work/.attune-lock.json").mkdir()
    (house.root / "work/.attune-lock.json/copy.jsonl").write_text(json.dumps({"subject_id": person}) + "\n")
    (house.root / "work/notes-journal").write_text(f"about {person}")
    record = erase(house, person)
    found = {f"{item['location']}/{item['name']}" for item in record["not_searched"]}
    folders = {"work/.git", "work/.venv", "work/sub/__pycache__", "work/.dvc"}
    assert found == {"work/linked", "work/file.txt", "work/nothing", "work/pipe", *folders}
    assert all(name in followups(record) for name in found)
    assert person not in json.dumps(record)
    assert (precious / "precious.txt").read_text() == f"not Attune's: {person}"
    assert (house.root / "work/file.txt").is_symlink()
    assert not (house.root / f"work/{person}.link").is_symlink()
    assert (house.root / "work/.attune-lock.json/copy.jsonl").read_text() == ""
    assert person not in (house.root / "work/notes-journal").read_text()


def test_other_names_of_a_rewritten_file_are_told(house: House, tmp_path: Path) -> None:
    person = house.kept_record("train")["subject_id"]
    (house.root / "cache").mkdir()
    (house.root / "cache/queue.jsonl").write_text(json.dumps({"subject_id": person}) + "\n")
    os.link(house.root / "cache/queue.jsonl", tmp_path / "another-name")
    record = erase(house, person)
    assert record["hard_links"] == {"cache": 1}
    assert "other names of 1 files" in followups(record)


def bombs(folder: Path) -> dict[str, bytes]:
    """Archives that unpack to a hundred times more than a reading allows, or that nothing can unpack."""
    zeros = bytes(1 << 20)
    inner, whole = io.BytesIO(), io.BytesIO()
    with zipfile.ZipFile(inner, "w", zipfile.ZIP_DEFLATED) as archive:
        for number in range(64):
            archive.writestr(f"../../{number}", zeros)
    with zipfile.ZipFile(whole, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("inner.zip", inner.getvalue())
    taped = io.BytesIO()
    with tarfile.open(fileobj=taped, mode="w") as tar:
        for kind, name in ((tarfile.SYMTYPE, "../../link"), (tarfile.LNKTYPE, "/etc/passwd"), (tarfile.CHRTYPE, "/dev/zero")):
            member = tarfile.TarInfo(name)
            member.type, member.linkname = kind, "/etc/passwd"
            tar.addfile(member)
        member = tarfile.TarInfo("inner.gz")
        packed = gzip.compress(zeros * 64)
        member.size = len(packed)
        tar.addfile(member, io.BytesIO(packed))
    return {
        "bomb.gz": gzip.compress(zeros * 64), "bomb.jsonl.gz": gzip.compress(zeros * 64), "bomb.zip": whole.getvalue(),
        "bomb.tar": taped.getvalue(), "cut.zip": whole.getvalue()[:-30], "cut.gz": gzip.compress(b"a")[:10] + b"\x07" * 9,
        "damaged.parquet": b"PAR1 and no more", "damaged.arrow": b"ARROW1 and no more",
        "kept.7z": b"7z\xbc\xaf\x27\x1c and more", "text.txt": "in UTF-16".encode("utf-16"),
    }  # fmt: skip


def test_what_unpacks_to_too_much_or_not_at_all_is_named_instead_of_ending_the_erasure(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(archive_search, "ALWAYS_BYTES", 1 << 20)
    person = house.kept_record("train")["subject_id"]
    (house.root / "cache").mkdir()
    written = bombs(house.root)
    for name, content in written.items():
        (house.root / "cache" / name).write_bytes(content)
    record = erase(house, person)
    assert {item["name"] for item in record["not_searched"]} == set(written)
    assert all(f"cache/{name}" in followups(record) for name in written)
    assert all((house.root / "cache" / name).read_bytes() == content for name, content in written.items())


def test_a_bomb_with_data_of_theirs_in_front_is_removed(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive_search, "ALWAYS_BYTES", 1 << 20)
    person = house.kept_record("train")["subject_id"]
    (house.root / "cache").mkdir()
    (house.root / "cache/x.jsonl.gz").write_bytes(gzip.compress(json.dumps({"subject_id": person}).encode() + bytes(64 << 20)))
    erase(house, person)
    assert not (house.root / "cache/x.jsonl.gz").exists()


def test_members_of_one_name_comments_and_what_stands_behind_the_end_of_an_archive_are_searched(house: House) -> None:
    person = house.kept_record("train")["subject_id"]
    cache = house.root / "cache"
    cache.mkdir()
    with zipfile.ZipFile(cache / "twice.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.txt", f"about {person}")
        with pytest.warns(UserWarning, match="Duplicate"):
            archive.writestr("a.txt", "nothing")
    with zipfile.ZipFile(cache / "comment.zip", "w") as archive:
        archive.writestr("a.txt", "nothing")
        archive.comment = person.encode()
    tapes = b""
    for name, content in (("a", b"nothing"), ("b", gzip.compress(person.encode()))):
        taped = io.BytesIO()
        with tarfile.open(fileobj=taped, mode="w") as tar:
            member = tarfile.TarInfo(name)
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
        tapes += taped.getvalue()
    (cache / "two.tar").write_bytes(tapes)
    erase(house, person)
    assert list(cache.iterdir()) == []


def test_a_record_that_somebody_wrote_by_hand_does_not_stand_for_an_erasure(house: House, tmp_path: Path) -> None:
    erase(house, "user_nobody")
    (signed,) = (tmp_path / "erasures").glob("e_*.1.json")
    forged = {**json.loads(signed.read_text()), "rows_removed": 4711, "units": [{"location": "data"}]}
    signed.write_text(json.dumps(forged))
    assert erase(house, "user_nobody")["rows_removed"] == 0
    assert (tmp_path / "erasures" / signed.name.replace(".1.", ".2.")).is_file()


def test_a_list_that_is_missing_or_cut_short_stops_every_step_and_every_erasure(house: House, tmp_path: Path) -> None:
    papers = tmp_path / "erasures"
    first, second = house.kept_record("train")["subject_id"], house.kept_record("test")["subject_id"]
    erase(house, first)
    whole = json.loads((papers / LIST).read_text())
    assert load_erased(str(papers)).holds(first)
    for cut in ({**whole, "people": []}, {**whole, "conversations": whole["conversations"][1:]}, None):
        if cut is None:
            (papers / LIST).unlink()
        else:
            (papers / LIST).write_text(json.dumps(cut))
        with pytest.raises(RunError, match=r"is missing, but records|lacks people whom the signed record"):
            load_erased(str(papers))
        with pytest.raises(RunError):
            erase(house, second)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("locations:\n  data: {root}/data\n  data: {root}/work\n", "the key data is given twice"),
        ("locations:\n  data: {root}/data\nlocations:\n  work: {root}/work\n", "the key locations is given twice"),
        ("locations:\n  data: {root}/data\nplaces:\n  work: {root}/work\n", "has the key places"),
        ("locations:\n  all: {root}\n  data: {root}/work/../data\n", "is inside all"),
        ("locations:\n  all: {root}\n  data: {root}/linked\n", "is inside all"),
        ("locations:\n  1: {root}/data\n  '1': {root}/work\n", "two locations have one name"),
        ("locations: {{a: [[[[", "is not valid YAML"),
    ],
)
def test_a_file_of_locations_that_says_two_things_is_refused(house: House, text: str, said: str) -> None:
    (house.root / "linked").symlink_to(house.root / "data")
    Path(house.locations_file).write_text(text.format(root=house.root))
    with pytest.raises(UsageError, match=said):
        load_locations(house.locations_file)


def test_an_unknown_person_is_told_by_the_exit_code(house: House, capsys: pytest.CaptureFixture[str]) -> None:
    papers = str(house.root.parent / "erasures")
    where = ["--reason", REASON, "--locations", house.locations_file, "--records", papers, "--set", f"run.erased={papers}"]
    for more in (["--dry-run"], [], []):
        with pytest.raises(SystemExit) as ended:
            main.main(["erase", "--subject", "user_nobody", *where, *more])
        assert ended.value.code == NothingFoundError.exit_code == 4
        assert "no location holds data under this token" in capsys.readouterr().err
    assert load_erased(papers).holds("user_nobody")


def test_the_archive_is_no_way_out_either(house: House, tmp_path: Path) -> None:
    precious = outside(tmp_path)
    archive = house.root / "archive"
    archive.mkdir()
    (archive / "archived.json").write_text(json.dumps({"archived": "1999-01-01T00:00:00+00:00"}))
    (archive / "linked").symlink_to(precious)
    item = archive / "item"
    shutil.copytree(house.root / "data", item)
    (item / "archived.json").write_text(json.dumps({"archived": "2026-10-01T00:00:00+00:00"}))
    (item / "report.html").symlink_to(precious / "precious.txt")
    locations = load_locations(house.locations_file)
    before = (precious / "precious.txt").stat().st_mode
    protect(take_inventory(locations))
    assert (precious / "precious.txt").stat().st_mode == before
    apply(locations, RetentionParams(raw_locations=("data",), raw_days=9_999), rows_moment())
    assert item.exists()
    for name in ("..", "../data", "linked", "/", "it\0em"):
        with pytest.raises(UsageError):
            retrieve(str(archive), name, "why", str(tmp_path / "back"))
    with pytest.raises(UsageError, match="is a symbolic link"):
        retrieve(str(archive), "item", "why", str(tmp_path / "back"))
    shutil.rmtree(house.root / "data/rejected", ignore_errors=True)
    (house.root / "data/rejected").symlink_to(precious)
    storage.remove_tree(str(house.root / "data/rejected"))
    assert untouched(precious)


def test_a_version_is_not_pulled_through_a_link(house: House, tmp_path: Path) -> None:
    precious = outside(tmp_path)
    version, target = str(house.root / "work/compile"), tmp_path / "pulled"
    target.mkdir()
    for name in ("train", "README.md"):
        (target / name).symlink_to(precious if name == "train" else precious / "precious.txt")
        with pytest.raises(UsageError, match="is a symbolic link"):
            transfer(version, str(target), Progress("pull"), replace=True)
        (target / name).unlink()
    (target.parent / "linked").symlink_to(precious)
    with pytest.raises(UsageError, match="is a symbolic link"):
        transfer(version, str(tmp_path / "linked"), Progress("pull"), replace=True)
    assert untouched(precious)
    transfer(version, str(target), Progress("pull"))


def rows_moment() -> Any:
    from record_factory import AS_OF

    return AS_OF
