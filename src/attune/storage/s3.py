"""What S3 can do and fsspec cannot: old versions of objects, lifecycle rules, and a client of its own."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from attune import storage
from attune.errors import RunError, UsageError

_STANDS = ("PreconditionFailed", "ConditionalRequestConflict", "412", "409")
_UNKNOWN = ("NotImplemented", "501")
_AT_ONCE = 1_000  # the most that S3 deletes in one request


def bucket_and_prefix(uri: str) -> tuple[str, str]:
    """The bucket of an ``s3://`` URI and the prefix in it, without slashes around it.

    Raises:
        UsageError: the URI names no bucket.
    """
    bucket, _, prefix = uri.removeprefix("s3://").partition("/")
    if not uri.startswith("s3://") or not bucket:
        raise UsageError(f"{uri}: names no bucket; it must look like s3://bucket/prefix")
    return bucket, prefix.strip("/")


def client(endpoint: str | None = None, attempts: int | None = None) -> Any:
    """A client of an S3 store.

    Args:
        endpoint: address of the store; None: ``AWS_ENDPOINT_URL`` decides.
        attempts: how often a request is tried; None: as often as the client does by itself.

    Raises:
        UsageError: boto3 is not installed, or the endpoint is not an address.
    """
    try:
        import boto3
        from botocore.config import Config
    except ImportError:
        raise UsageError("s3:// needs boto3; install attune[s3]") from None
    config = Config(retries={"mode": "standard", "max_attempts": attempts}) if attempts else None
    try:
        return boto3.client("s3", endpoint_url=endpoint, config=config)
    except ValueError:
        given = endpoint or os.environ.get("AWS_ENDPOINT_URL", "")
        raise UsageError(
            f"endpoint {given} is not an address; write it as https://… in the parameter endpoint_url or in AWS_ENDPOINT_URL"
        ) from None


def put_if_absent(uri: str, content: bytes) -> bool:
    """Write an object unless one stands there; whether it was written. A store without conditional writes is asked first."""
    from botocore.exceptions import ClientError

    bucket, key = bucket_and_prefix(uri)
    store = client()
    try:
        store.put_object(Bucket=bucket, Key=key, Body=content, IfNoneMatch="*")
    except ClientError as error:
        code = str(error.response.get("Error", {}).get("Code"))
        if code in _STANDS:
            return False
        if code not in _UNKNOWN or storage.exists(uri):
            raise
        store.put_object(Bucket=bucket, Key=key, Body=content)
    return True


def versions(uri: str) -> Iterator[tuple[str, bytes, datetime]]:
    """All versions of the objects whose key begins so, or the objects alone where the bucket keeps no versions.

    Yields:
        The URI with the version, the content, and when the store took it.
    """
    bucket_and_prefix(uri)
    bucket, _, prefix = uri.removeprefix("s3://").partition("/")
    with storage.explained(uri):
        store = client()
        for page in store.get_paginator("list_object_versions").paginate(Bucket=bucket, Prefix=prefix):
            for item in page.get("Versions", ()):
                about = {"VersionId": item["VersionId"]} if item["VersionId"] not in {None, "null"} else {}
                answer = store.get_object(Bucket=bucket, Key=item["Key"], **about)
                version = f"?versionId={about['VersionId']}" if about else ""
                yield f"s3://{bucket}/{item['Key']}{version}", answer["Body"].read(), item["LastModified"]


def remove_old_versions(uri: str, *, dry_run: bool = False) -> int:
    """Remove noncurrent versions and delete markers below an ``s3://`` URI; returns how many there are.

    Raises:
        UsageError: the URI names no bucket.
        RunError: the store refused to remove one, for instance because an object lock holds it.
    """
    bucket_and_prefix(uri)
    bucket, _, prefix = uri.removeprefix("s3://").partition("/")
    found = 0
    with storage.explained(uri):
        store = client()
        for page in store.get_paginator("list_object_versions").paginate(Bucket=bucket, Prefix=prefix):
            old = [item for item in page.get("Versions", ()) if not item["IsLatest"]] + page.get("DeleteMarkers", [])
            keys = [{"Key": item["Key"], "VersionId": item["VersionId"]} for item in old]
            found += len(keys)
            for first in range(0, 0 if dry_run else len(keys), _AT_ONCE):
                answer = store.delete_objects(Bucket=bucket, Delete={"Objects": keys[first : first + _AT_ONCE], "Quiet": True})
                for error in answer.get("Errors", ()):
                    raise RunError(f"s3://{bucket}/{error['Key']}: an old version was not removed ({error.get('Code')}); "
                                   "lift its lock or hold, then run again")  # fmt: skip
    return found


def set_lifecycle(bucket: str, rules: Mapping[str, Any]) -> None:
    """Replace the lifecycle configuration of a bucket."""
    with storage.explained(f"s3://{bucket}"):
        client().put_bucket_lifecycle_configuration(Bucket=bucket, LifecycleConfiguration=dict(rules))
