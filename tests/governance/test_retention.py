"""Snapshots are archived and logs removed when their time has come, nothing else is touched, and a kill loses nothing."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from governance_house import KEY, House, make_house
from processes import kill_at_work
from record_factory import AS_OF, rows

from attune.cli import main
from attune.config.params import RetentionParams
from attune.config.test_sets import FreezeParams
from attune.errors import RunError, UsageError
from attune.governance.data_locations import load_locations
from attune.governance.erase import Erasure
from attune.governance.retention import apply, lifecycle, plan, retrieve
from attune.records.dataset import open_dataset
from attune.records.shards import open_set
from attune.records.test_sets import freeze, open_test_sets

PARAMS = RetentionParams(raw_locations=("data",))
DAY = timedelta(days=1)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> House:
    house = make_house(tmp_path_factory.mktemp("house"))
    freeze(str(house.root / "work/compile"), str(house.root / "datasets/frozen"), FreezeParams(), seed=1, short=True)
    (house.root / "work/evaluate").mkdir()
    (house.root / "work/evaluate/evaluation.json").write_text("{}")
    return house


@pytest.fixture
def house(made: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> House:
    monkeypatch.setenv("ATTUNE_AUDIT_TRAIL", str(tmp_path / "audit"))
    return made.copy(tmp_path / "house")


def log(house: House, name: str, age: float, now: datetime) -> Path:
    file = house.root / "logs" / name
    file.parent.mkdir(exist_ok=True)
    file.write_text("step done\n")
    stamp = (now - age * DAY).timestamp()
    os.utime(file, (stamp, stamp))
    return file


def files(root: Path) -> dict[str, bytes]:
    return {file.relative_to(root).as_posix(): file.read_bytes() for file in sorted(root.rglob("*")) if file.is_file()}


@pytest.mark.parametrize(("age", "archived"), [(0, False), (90, False), (91, True), (400, True)])
def test_a_snapshot_goes_to_the_archive_when_its_newest_row_is_too_old(house: House, age: int, archived: bool) -> None:
    before = rows(open_set(str(house.root / "data")))
    done = apply(load_locations(house.locations_file), PARAMS, AS_OF + age * DAY)
    assert [item.kind for item in done] == (["snapshot"] if archived else [])
    assert (house.root / "data").exists() is not archived
    if archived:
        (item,) = (house.root / "archive").iterdir()
        assert rows(open_set(str(item))) == before
        assert {file.stat().st_mode & 0o777 for file in item.rglob("*") if file.is_file()} == {0o400}
        about = json.loads((item / "archived.json").read_bytes())
        assert about["reason"] == f"its newest row is {age} days old, snapshots are kept for 90"


def test_the_archive_is_smaller_than_what_was_archived(house: House) -> None:
    before = sum(len(content) for name, content in files(house.root / "data").items() if name.endswith(".parquet"))
    apply(load_locations(house.locations_file), PARAMS, AS_OF + 91 * DAY)
    after = sum(len(content) for name, content in files(house.root / "archive").items() if name.endswith(".parquet"))
    assert after < before


def test_what_was_archived_too_long_ago_goes_for_good(house: House) -> None:
    locations = load_locations(house.locations_file)
    now = AS_OF + 91 * DAY
    apply(locations, PARAMS, now)
    assert apply(locations, PARAMS, now + 731 * DAY) == []  # 24 months, one of them with a leap day
    assert [item.action for item in apply(locations, PARAMS, now + 732 * DAY)] == ["remove"]
    assert list((house.root / "archive").iterdir()) == []


@pytest.mark.parametrize(
    ("archived", "months", "last_day"),
    [
        ("2026-03-01", 24, "2028-03-01"),  # over a leap day: 731 days
        ("2024-02-29", 24, "2026-02-28"),
        ("2026-12-31", 2, "2027-02-28"),
        ("2026-01-31", 1, "2026-02-28"),
        ("2026-10-31", 2, "2026-12-31"),
    ],
)
def test_months_are_those_of_the_calendar(house: House, archived: str, months: int, last_day: str) -> None:
    item = house.root / "archive/extract-20260101-0123456789ab"
    item.mkdir(parents=True)
    (item / "archived.json").write_text(json.dumps({"archived": f"{archived}T10:00:00+00:00", "item": item.name}))
    locations, params = load_locations(house.locations_file), RetentionParams(raw_locations=("data",), archive_months=months)
    kept_until = datetime.fromisoformat(f"{last_day}T10:00:00+00:00")
    for after, action in ((0, "keep"), (23.9, "keep"), (24, "remove")):
        items = plan(locations, params, kept_until + timedelta(hours=after)).items
        assert next(found for found in items if found.kind == "archived snapshot").action == action


def test_what_was_damaged_in_the_archive_is_not_handed_out(house: House, tmp_path: Path) -> None:
    apply(load_locations(house.locations_file), PARAMS, AS_OF + 400 * DAY)
    (item,) = (house.root / "archive").iterdir()
    shard = next(item.glob("part-*.parquet"))
    shard.chmod(0o644)
    shard.write_bytes(shard.read_bytes()[:-1] + b"?")
    with pytest.raises(RunError, match="is not what was archived"):
        retrieve(str(house.root / "archive"), item.name, "an audit", str(tmp_path / "back"))
    assert not (tmp_path / "back").exists()


def test_old_logs_go_and_newer_ones_stay(house: House) -> None:
    now = datetime.now(UTC)
    old, newer = log(house, "old.log", 91.5, now), log(house, "new.log", 90, now)
    done = apply(load_locations(house.locations_file), RetentionParams(raw_locations=("data",), raw_days=9_999), now)
    assert [item.name for item in done] == [str(old)]
    assert newer.exists()
    of_a_run = house.root / "work/run/logs/data/2026-01-01.jsonl"
    of_a_run.parent.mkdir(parents=True)
    of_a_run.write_text("{}")
    os.utime(of_a_run, (now.timestamp() - 8e6,) * 2)
    done = apply(load_locations(house.locations_file), RetentionParams(raw_locations=("data",), raw_days=9_999), now)
    assert [item.name for item in done] == [str(of_a_run)]


def test_versions_test_sets_and_evaluations_stay_for_ever(house: House) -> None:
    before = {
        name: content for name, content in files(house.root).items() if name.startswith(("work/", "datasets/", "registry/"))
    }
    locations = load_locations(house.locations_file)
    for years in (1, 3, 50):
        apply(locations, PARAMS, AS_OF + 365 * years * DAY)
    assert {name: content for name, content in files(house.root).items() if name in before} == before
    open_dataset(str(house.root / "work/compile")).check()
    assert open_test_sets(str(house.root / "datasets/frozen")).rows
    assert plan(locations, PARAMS, AS_OF).forever == 3


def test_the_plan_changes_nothing_and_says_what_apply_does(house: House) -> None:
    locations, now = load_locations(house.locations_file), AS_OF + 100 * DAY
    before = files(house.root)
    due = plan(locations, PARAMS, now).due
    assert files(house.root) == before
    assert apply(locations, PARAMS, now) == due
    assert plan(locations, PARAMS, now).due == []


def test_what_leaves_the_archive_leaves_a_reason_in_the_trail(house: House, tmp_path: Path) -> None:
    before = rows(open_set(str(house.root / "data")))
    apply(load_locations(house.locations_file), PARAMS, AS_OF + 91 * DAY)
    archive = str(house.root / "archive")
    (item,) = (house.root / "archive").iterdir()
    with pytest.raises(UsageError, match="say why"):
        retrieve(archive, item.name, " ", str(tmp_path / "back"))
    with pytest.raises(UsageError, match="no such item"):
        retrieve(archive, "raw-none", "an audit", str(tmp_path / "back"))
    assert not (tmp_path / "back").exists()
    assert retrieve(archive, item.name, "an audit", str(tmp_path / "back")) == len(before)
    assert rows(open_set(str(tmp_path / "back"))) == before
    last = json.loads((tmp_path / "audit/trail.jsonl").read_text().splitlines()[-1])
    assert (last["action"], last["object"], last["reason"]) == ("retention.retrieve", item.name, "an audit")


def test_nothing_leaves_the_archive_unrecorded(house: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    apply(load_locations(house.locations_file), PARAMS, AS_OF + 91 * DAY)
    (item,) = (house.root / "archive").iterdir()
    monkeypatch.delenv("ATTUNE_AUDIT_TRAIL")
    with pytest.raises(UsageError, match="must be recorded"):
        retrieve(str(house.root / "archive"), item.name, "an audit", str(tmp_path / "back"))


def test_a_person_is_erased_from_the_archive_and_it_stays_read_only(
    house: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    apply(load_locations(house.locations_file), PARAMS, AS_OF + 91 * DAY)
    (item,) = (house.root / "archive").iterdir()
    person = rows(open_set(str(item)))[0]["subject_id"]
    monkeypatch.setenv("ATTUNE_SUBJECT_KEY", KEY.decode())
    task = Erasure(load_locations(house.locations_file), frozenset({person}), "asked", str(tmp_path / "erasures"))
    task.run(lambda value: json.dumps(value).encode())
    assert person not in {row["subject_id"] for row in rows(open_set(str(item)))}
    assert {file.stat().st_mode & 0o777 for file in item.rglob("*") if file.is_file()} == {0o400}


def test_places_that_are_missing_or_shared_are_named(house: House) -> None:
    locations = load_locations(house.locations_file)
    with pytest.raises(UsageError, match="no data location snapshot"):
        plan(locations, RetentionParams(), AS_OF)
    with pytest.raises(UsageError, match=r"logs .* holds data"):
        plan({**locations, "logs": str(house.root)}, PARAMS, AS_OF)


@pytest.mark.slow
def test_a_kill_at_any_moment_loses_no_row(made: House, tmp_path: Path) -> None:
    expected = rows(open_set(str(made.root / "data")))
    generator = random.Random(1)
    for number in range(2):
        house = made.copy(tmp_path / f"house{number}")
        log(house, "old.log", 4_000, AS_OF)
        command = [sys.executable, "-m", "attune.cli", "retention", "apply", "--locations", house.locations_file,
                   "--as-of", "2027-06-01", "--set", "retention.raw_locations=[data]"]  # fmt: skip
        for _ in range(3):
            process = subprocess.Popen(command, cwd=house.root, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            kill_at_work(process, house.root, generator.random() * 0.3)
        ended = subprocess.run(command, cwd=house.root, capture_output=True, text=True)
        assert ended.returncode == 0, ended.stderr
        assert not (house.root / "data").exists()
        (item,) = (house.root / "archive").iterdir()
        assert rows(open_set(str(item))) == expected


def test_a_store_gets_rules_from_the_same_parameters_and_takes_them(s3_bucket: str) -> None:
    import boto3

    bucket = s3_bucket.removeprefix("s3://")
    locations = {name: f"{s3_bucket}/{name}" for name in ("snapshot", "archive", "logs", "datasets")}
    rules = lifecycle(locations, RetentionParams(), bucket)
    client: Any = boto3.client("s3")
    client.put_bucket_lifecycle_configuration(Bucket=bucket, LifecycleConfiguration=rules)
    kept = {rule["ID"]: rule for rule in client.get_bucket_lifecycle_configuration(Bucket=bucket)["Rules"]}
    assert kept["attune-snapshot"]["Expiration"]["Days"] == 104
    assert kept["attune-logs"]["Expiration"]["Days"] == 90
    assert kept["attune-archive"]["Expiration"]["Days"] == 731  # 24 months that hold a leap day: the store is never earlier
    assert kept["attune-logs"]["Filter"]["Prefix"] == "logs/"
    assert not any("datasets" in str(rule) for rule in kept.values())
    with pytest.raises(UsageError, match="which must stay"):
        lifecycle({**locations, "snapshot": s3_bucket}, RetentionParams(), bucket)
    with pytest.raises(UsageError, match="holds none of the locations"):
        lifecycle(locations, RetentionParams(), "another")


def test_the_command_asks_for_the_reason(house: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, s3_bucket: str) -> None:
    options = ["--locations", house.locations_file, "--set", "retention.raw_locations=[data]"]

    def said(*arguments: str, given: str = "") -> str:
        command = [sys.executable, "-m", "attune.cli", "retention", *arguments, *options]
        return subprocess.run(command, cwd=tmp_path, input=given, capture_output=True, text=True, check=True).stdout

    assert "1 of 1 items are due; 3 evaluations, test sets and versions stay" in said("plan", "--as-of", "2027-02-15")
    assert json.loads(said("plan", "--json", "--as-of", "2026-11-01"))["items"][0]["action"] == "keep"
    assert "1 items done" in said("apply", "--as-of", "2027-02-15")
    (item,) = (house.root / "archive").iterdir()
    assert "Why is it needed" in said("retrieve", item.name, "--output", str(tmp_path / "back"), given="an audit\n")
    assert (tmp_path / "back/_shards.json").exists()
    locations = tmp_path / "store.yaml"
    names = ("snapshot", "archive", "logs")
    locations.write_text("locations:\n" + "".join(f"  {name}: {s3_bucket}/{name}\n" for name in names))
    options = ["--locations", str(locations)]
    bucket = s3_bucket.removeprefix("s3://")
    assert json.loads(said("lifecycle", "--bucket", bucket))["Rules"][0]["ID"] == "attune-snapshot"
    assert "4 rules" in said("lifecycle", "--bucket", bucket, "--apply")
    with pytest.raises(SystemExit):
        main.main(["retention", "plan", "--as-of", "soon", *options])
