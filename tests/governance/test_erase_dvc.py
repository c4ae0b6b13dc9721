"""After an erasure neither the DVC cache nor its remote holds a byte of the person: docs/erase-a-person.md, as it says."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from governance_house import KEY, House, make_house
from programs import needs
from record_factory import rows

from attune.records.shards import open_set

DOC = Path(__file__).parents[2] / "docs/erase-a-person.md"


def run(*command: str, cwd: Path, **environment: str) -> str:
    bin_folder = Path(sys.executable).parent
    path = f"{bin_folder}{os.pathsep}{os.environ['PATH']}"
    ended = subprocess.run(
        command,
        cwd=cwd,
        capture_output=True,
        text=True,
        env={**os.environ, "PATH": path, "DVC_NO_ANALYTICS": "1", **environment},
    )
    assert ended.returncode == 0, f"{command}: {ended.stdout}{ended.stderr}"
    return ended.stdout


def read_out(content: bytes) -> bytes:
    return (
        json.dumps(pq.read_table(io.BytesIO(content)).to_pylist(), default=str).encode() if content[:4] == b"PAR1" else content
    )


def commands_of(section: str) -> list[str]:
    """The commands of a section of the page, in order."""
    text = DOC.read_text().split(f"## {section}\n", 1)[1].split("\n## ", 1)[0]
    blocks = text.split("```console\n")[1:]
    return [line for block in blocks for line in block.split("```", 1)[0].splitlines() if line]


@pytest.mark.slow
def test_no_byte_of_the_person_is_left_in_the_dvc_cache_and_remote(tmp_path: Path, s3_bucket: str) -> None:
    import boto3

    needs("git", "openssl")
    bucket = s3_bucket.removeprefix("s3://")
    client: Any = boto3.client("s3")
    client.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    root = tmp_path / "repository"
    house: House = make_house(root)
    for command in (
        ("git", "init", "-q"),
        ("dvc", "init", "-q"),
        ("dvc", "remote", "add", "--default", "store", f"{s3_bucket}/dvc"),
        ("dvc", "remote", "modify", "store", "endpointurl", os.environ["AWS_ENDPOINT_URL"]),
        ("dvc", "add", "-q", "data", "work/compile"),
        ("dvc", "push", "-q"),
    ):
        run(*command, cwd=root)
    person = house.kept_record("train")["subject_id"]
    mine = [row for row in rows(open_set(str(root / "data"))) if row["subject_id"] == person]
    identifiers = [person, *(row["record_id"] for row in mine), *(row["messages"][1]["content"] for row in mine)]

    def in_cache() -> list[str]:
        content = b"".join(read_out(file.read_bytes()) for file in (root / ".dvc/cache").rglob("*") if file.is_file())
        return [trace for trace in identifiers if trace.encode() in content]

    def in_store() -> list[str]:
        content = b""
        for page in client.get_paginator("list_object_versions").paginate(Bucket=bucket):
            for item in page.get("Versions", ()):
                found = client.get_object(Bucket=bucket, Key=item["Key"], VersionId=item["VersionId"])
                content += read_out(found["Body"].read())
        return [trace for trace in identifiers if trace.encode() in content]

    assert in_cache() == in_store() == identifiers
    key = tmp_path / "signing.pem"
    run("openssl", "genpkey", "-algorithm", "ed25519", "-out", str(key), cwd=tmp_path)
    secrets = {"ATTUNE_SUBJECT_KEY": KEY.decode(), "ATTUNE_SIGNING_KEY_FILE": str(key)}
    locations = ["--locations", house.locations_file, "--records", str(tmp_path / "erasures")]
    run("attune", "erase", "--subject", person, "--reason", "asked for it", *locations, cwd=root, **secrets)
    assert in_cache() == in_store() == identifiers  # a cache does not forget by itself
    commands = commands_of("The DVC cache and remote")
    assert any(command.startswith("dvc gc") for command in commands)
    for command in commands:
        words = command.replace("s3://my-bucket/attune", f"{s3_bucket}/dvc").replace("data.dvc", "data.dvc work/compile.dvc")
        words = words.replace("dvc add data", "dvc add data work/compile")
        run("bash", "-c", words, cwd=root, GIT_AUTHOR_NAME="a", GIT_AUTHOR_EMAIL="a@example.org", GIT_COMMITTER_NAME="a",
            GIT_COMMITTER_EMAIL="a@example.org")  # fmt: skip
    assert in_cache() == []
    assert in_store() == []
    run("dvc", "status", "--cloud", cwd=root)
    assert rows(open_set(str(root / "data")))


def test_current_objects_stay_when_old_versions_go(s3_bucket: str) -> None:
    import boto3

    from attune.storage.s3 import remove_old_versions

    bucket = s3_bucket.removeprefix("s3://")
    client: Any = boto3.client("s3")
    client.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    for body in (b"old", b"new"):
        client.put_object(Bucket=bucket, Key="kept/one", Body=body)
    client.put_object(Bucket=bucket, Key="kept/two", Body=b"gone")
    client.delete_object(Bucket=bucket, Key="kept/two")
    client.put_object(Bucket=bucket, Key="elsewhere", Body=b"old")
    client.put_object(Bucket=bucket, Key="elsewhere", Body=b"new")
    assert remove_old_versions(f"{s3_bucket}/kept", dry_run=True) == 3
    assert remove_old_versions(f"{s3_bucket}/kept") == 3
    assert remove_old_versions(f"{s3_bucket}/kept") == 0
    assert client.get_object(Bucket=bucket, Key="kept/one")["Body"].read() == b"new"
    assert len(client.list_object_versions(Bucket=bucket, Prefix="elsewhere")["Versions"]) == 2
