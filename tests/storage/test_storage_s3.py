"""The same promises over a real S3 server that other processes write to as well."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import boto3
import pytest
from steps_of_test import Settings, sort_out, table
from store_behaviour import behaves_like_a_disk

from attune import storage
from attune.errors import RunError, UsageError
from attune.records.shards import ShardSetWriter, open_set
from attune.runtime import engine
from attune.runtime.step import Context


def test_an_object_store_behaves_like_a_disk(s3_bucket: str) -> None:
    behaves_like_a_disk(s3_bucket)


def test_what_another_process_wrote_or_removed_is_seen_at_once(s3_bucket: str) -> None:
    other, name = boto3.client("s3"), s3_bucket.removeprefix("s3://")
    storage.write_bytes(f"{s3_bucket}/folder/mine", b"1")
    assert storage.list_files(f"{s3_bucket}/folder") == ["mine"]
    assert not storage.exists(f"{s3_bucket}/folder/theirs")
    other.put_object(Bucket=name, Key="folder/theirs", Body=b"2")
    assert storage.exists(f"{s3_bucket}/folder/theirs")
    assert storage.list_files(f"{s3_bucket}/folder") == ["mine", "theirs"]
    other.put_object(Bucket=name, Key="folder/theirs", Body=b"changed")
    assert storage.read_bytes(f"{s3_bucket}/folder/theirs") == b"changed"
    assert storage.sha256_file(f"{s3_bucket}/folder/theirs") == storage.sha256_bytes(b"changed")
    other.delete_object(Bucket=name, Key="folder/theirs")
    assert not storage.exists(f"{s3_bucket}/folder/theirs")
    assert storage.walk(f"{s3_bucket}/folder") == ["mine"]


def test_a_step_over_a_bucket_writes_the_bytes_that_it_writes_to_a_disk(s3_bucket: str, tmp_path: Path) -> None:
    for root in (s3_bucket, str(tmp_path)):
        with ShardSetWriter(f"{root}/in", "input", table([]).schema, 10, None) as writer:
            writer.write(table(list(range(30))))
    for root in (s3_bucket, str(tmp_path)):
        units = engine.shard_units([open_set(f"{root}/in")])
        engine.run_map("sort", sort_out, units, f"{root}/out", Settings(bad=(3,)), Context(), quarantine_limit=1)
    names = storage.walk(str(tmp_path))
    assert storage.walk(s3_bucket) == names
    assert len(names) > 10
    for name in names:
        assert storage.read_bytes(f"{s3_bucket}/{name}") == (tmp_path / name).read_bytes(), name
    units = engine.shard_units([open_set(f"{s3_bucket}/in")])
    again = engine.run_map("sort", sort_out, units, f"{s3_bucket}/out", Settings(bad=(3,)), Context(), quarantine_limit=1)
    assert again.reused == 3


def test_a_missing_bucket_and_missing_credentials_are_clear_errors(s3_bucket: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises((UsageError, RunError), match="s3://no-such-bucket-here/x"):
        storage.read_bytes("s3://no-such-bucket-here/x")
    with pytest.raises((UsageError, RunError), match="s3://no-such-bucket-here/x"):
        storage.write_bytes("s3://no-such-bucket-here/x", b"1")
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/nonexistent")
    import s3fs

    s3fs.S3FileSystem.clear_instance_cache()
    with pytest.raises((UsageError, RunError), match=s3_bucket):
        storage.write_bytes(f"{s3_bucket}/x", b"1")


def test_a_store_that_does_not_answer_is_one_clear_error(s3_bucket: str) -> None:
    code = f"from attune import storage; storage.write_bytes({s3_bucket + '/x'!r}, b'1')"
    environment = {
        "AWS_ENDPOINT_URL": "http://127.0.0.1:9",
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_MAX_ATTEMPTS": "1",
    }
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, env=environment)
    assert "RunError: s3://" in done.stderr, done.stderr
    assert "the store did not answer as it should" in done.stderr
