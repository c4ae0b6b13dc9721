"""Every command in the pages on identifiers, erasures, retention and the audit trail runs as it is written there."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from governance_house import KEY, House, make_house
from programs import needs
from record_factory import AS_OF, rows

from attune.config.params import RetentionParams
from attune.governance.data_locations import load_locations
from attune.governance.retention import apply
from attune.records.shards import open_set

DOCS = Path(__file__).parents[2] / "docs"
PAGES = ("trace.md", "erase-a-person.md", "retention.md", "audit-trail.md")


def commands(page: str) -> Iterator[str]:
    blocks = (DOCS / page).read_text().split("```console\n")[1:]
    for block in blocks:
        yield from (line for line in block.split("```", 1)[0].splitlines() if line)


@pytest.fixture
def house(tmp_path: Path) -> House:
    house = make_house(tmp_path / "house")
    names = ("data", "work", "registry", "datasets", "cache", "archive", "logs")
    locations = {("snapshot" if name == "data" else name): name for name in names}
    (house.root / "sources").mkdir()
    (house.root / "sources/data_locations.yaml").write_text(
        "locations:\n" + "".join(f"  {k}: {v}\n" for k, v in locations.items())
    )
    return house


@pytest.mark.slow
@pytest.mark.parametrize("page", PAGES)
def test_every_command_of_the_page_runs(page: str, house: House, s3_bucket: str, tmp_path: Path) -> None:
    record = house.kept_record("train")
    user = house.user_of(record["subject_id"])
    if page == "retention.md":
        shutil.copytree(house.root / "data", tmp_path / "kept")
        apply(load_locations(house.locations_file), RetentionParams(raw_locations=("data",)), AS_OF.replace(year=2027))
        (item,) = (house.root / "archive").iterdir()
        shutil.copytree(tmp_path / "kept", house.root / "data")
        locations = house.root / "sources/data_locations.yaml"
    values: dict[str, Any] = {
        "r_0123456789abcdef01234567": record["record_id"],
        "user_aaaaaaaaaaaaaaaaaaaaaaaa": record["subject_id"],
        "--user-id 4711": f"--user-id {user}",
        "/run/secrets/subject-key": str(tmp_path / "subject.key"),
        "/run/secrets/signing.pem": str(house.root / "signing.pem"),
        "my-bucket": s3_bucket.removeprefix("s3://"),
    }
    (tmp_path / "subject.key").write_bytes(KEY)
    (tmp_path / "subject.key").chmod(0o600)
    environment = {
        **os.environ,
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "ATTUNE_SUBJECT_KEY_FILE": str(tmp_path / "subject.key"),
        "ATTUNE_SIGNING_KEY_FILE": str(house.root / "signing.pem"),
    }
    if page == "audit-trail.md":
        subprocess.run(
            ["attune", "trace", record["record_id"]], cwd=house.root, env=environment, check=True, capture_output=True
        )
    ran = 0
    for command in commands(page):
        if command.startswith(("dvc", "git")):  # test_erase_dvc runs these
            continue
        if command.startswith("openssl"):
            needs("openssl")
        line = command
        for example, value in values.items():
            line = line.replace(example, value)
        if "erasures/e_" in line:
            (record_file,) = (house.root / "erasures").glob("e_*.1.json")
            line = line.replace("erasures/e_0123456789abcdef.1.json", str(record_file))
        if page == "retention.md":
            line = line.replace("extract-20261031-0123456789ab", item.name)
            if "lifecycle" in line:
                locations.write_text(
                    "locations:\n" + "".join(f"  {name}: {s3_bucket}/{name}\n" for name in ("snapshot", "archive", "logs"))
                )
        ended = subprocess.run(["bash", "-c", line], cwd=house.root, env=environment, capture_output=True, text=True)
        assert ended.returncode == 0, f"{command}: {ended.stdout}{ended.stderr}"
        ran += 1
    assert ran >= 4
    if page == "erase-a-person.md":
        assert record["subject_id"] not in {row["subject_id"] for row in rows(open_set(str(house.root / "data")))}


def test_the_hash_of_an_entry_can_be_made_without_attune(tmp_path: Path) -> None:
    needs("jq")
    from attune.runtime import audit_trail

    entry = audit_trail.AuditTrail(tmp_path / "audit-trail").record("test.made", "something with an é", count=3)
    command = next(line for line in commands("audit-trail.md") if line.startswith("tail"))
    ended = subprocess.run(["bash", "-c", command], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert ended.stdout.split()[0] == entry["hash"]
