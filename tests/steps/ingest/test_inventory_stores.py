"""Listings of stores on bad days: versions, delete markers, refusals, throttling, and answers of something else."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from product_sample import REPOSITORY

from attune.errors import RunError, UsageError
from attune.steps.ingest.families import load_families
from attune.steps.ingest.inventory import inventory
from attune.steps.ingest.listing import list_objects
from attune.steps.ingest.s3_inventory import read_manifest

Answer = tuple[int, str]

PAGE = """<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Name>bucket</Name><Prefix>x/</Prefix>
<KeyCount>1</KeyCount><MaxKeys>1000</MaxKeys><IsTruncated>{more}</IsTruncated>{token}
<Contents><Key>x/{key}</Key><Size>3</Size><ETag>"e"</ETag><StorageClass>STANDARD</StorageClass></Contents></ListBucketResult>"""
LAST = (200, PAGE.format(more="false", token="", key="crisis/2.jsonl"))
FIRST = (
    200,
    PAGE.format(more="true", token="<NextContinuationToken>t</NextContinuationToken>", key="crisis/1.jsonl"),
)


def refusal(status: int, code: str) -> Answer:
    return status, f"<Error><Code>{code}</Code><Message>no</Message></Error>"


@contextmanager
def store(answers: Callable[[int], Answer]) -> Iterator[str]:
    """A server that answers request by request; its address."""
    asked = iter(range(1_000))

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, body = answers(next(asked))
            self.send_response(status)
            self.send_header("Content-Type", "application/xml")
            self.send_header("Content-Length", str(len(body.encode())))
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, *arguments: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()


@pytest.fixture(autouse=True)
def credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")


def test_the_endpoint_that_is_given_is_asked_and_throttling_is_waited_out_page_by_page() -> None:
    answers = [FIRST, refusal(503, "SlowDown"), refusal(503, "SlowDown"), LAST]
    with store(lambda number: answers[number]) as address:
        listed = list(list_objects("s3://bucket/x", endpoint=address))
    assert listed == [("crisis/1.jsonl", 3), ("crisis/2.jsonl", 3)]


@pytest.mark.parametrize("code", ["AccessDenied", "InvalidAccessKeyId", "SignatureDoesNotMatch"])
def test_a_store_that_refuses_is_one_error_that_names_credentials_and_policy(code: str) -> None:
    with (
        store(lambda _: refusal(403, code)) as address,
        pytest.raises(UsageError, match=rf"permission denied \({code}\); check"),
    ):
        list(list_objects("s3://bucket/x", endpoint=address))


def test_a_listing_that_breaks_off_in_the_middle_is_an_error_and_never_a_shorter_listing(tmp_path: Path) -> None:
    families = load_families(str(REPOSITORY / "sources" / "families.yaml"))
    answers = [FIRST, refusal(403, "AccessDenied")]
    with store(lambda number: answers[number]) as address, pytest.raises(UsageError, match="permission denied"):
        inventory(["s3://bucket/x"], str(tmp_path), families, endpoint=address)
    assert not (tmp_path / "coverage.json").exists()


def test_what_is_no_object_store_at_all_is_one_error() -> None:
    page = (200, "<html>Welcome to nginx</html>")
    with store(lambda _: page) as address, pytest.raises((RunError, UsageError), match="s3://bucket/x: "):
        list(list_objects("s3://bucket/x", endpoint=address))
    with pytest.raises(UsageError, match="names no bucket"):
        list(list_objects("s3:///x"))


def test_an_address_that_is_none_is_one_error() -> None:
    with pytest.raises(UsageError, match=r"endpoint not-a-url is not an address; write it as https://…"):
        list(list_objects("s3://bucket/x", endpoint="not-a-url"))


def test_of_a_versioned_bucket_what_is_there_now_is_listed(s3_bucket: str) -> None:
    import boto3

    client, bucket = boto3.client("s3"), s3_bucket.removeprefix("s3://")
    client.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    for key, body in (("kept", b"one"), ("kept", b"longer"), ("deleted", b"gone")):
        client.put_object(Bucket=bucket, Key=f"x/{key}.jsonl", Body=body)
    client.delete_object(Bucket=bucket, Key="x/deleted.jsonl")
    assert list(list_objects(f"{s3_bucket}/x")) == [("kept.jsonl", 6)]


def test_keys_of_a_bucket_are_taken_as_they_are(s3_bucket: str) -> None:
    import boto3

    from attune.steps.ingest.families import Family
    from attune.steps.ingest.loaders import Loaded, load

    names = ["sp ace", "ünï", "per%41cent+", "#hash?x=1", "[c]*{a}", "a//b"]
    for name in names:
        body = b'{"q": "Why?", "a": "So."}'
        boto3.client("s3").put_object(Bucket=s3_bucket.removeprefix("s3://"), Key=f"in/{name}.jsonl", Body=body)
    listed = [key for key, _ in list_objects(f"{s3_bucket}/in")]
    assert sorted(listed) == sorted(f"{name}.jsonl" for name in names)
    entry = Family.model_validate(
        {"family": "f", "pattern": "*", "loader": "jsonl", "columns": {"question": "q", "answer": "a"}}
    )
    for key in listed:
        assert [type(row) for row in load(f"{s3_bucket}/in/{key}", entry)] == [Loaded], key


def test_a_manifest_whose_part_is_gone_from_the_bucket_says_which(s3_bucket: str) -> None:
    import boto3

    manifest = {
        "sourceBucket": "b",
        "destinationBucket": f"arn:aws:s3:::{s3_bucket.removeprefix('s3://')}",
        "fileFormat": "CSV",
        "fileSchema": "Bucket, Key, Size",
        "files": [{"key": "reports/data/one.csv.gz", "MD5checksum": "00"}],
    }
    text = json.dumps(manifest)
    boto3.client("s3").put_object(Bucket=s3_bucket.removeprefix("s3://"), Key="reports/manifest.json", Body=text.encode())
    with pytest.raises(UsageError, match=r"manifest\.json: names reports/data/one\.csv\.gz, which is not there"):
        read_manifest(f"{s3_bucket}/reports/manifest.json")
