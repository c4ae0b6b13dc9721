"""Old versions of objects: what a versioned bucket keeps of objects that were deleted or overwritten."""

from __future__ import annotations

from typing import Any

from attune import storage
from attune.errors import RunError, UsageError

_AT_ONCE = 1_000  # the most that S3 deletes in one request


def remove_old_versions(uri: str, *, dry_run: bool = False) -> int:
    """Remove noncurrent versions and delete markers below an ``s3://`` URI; returns how many there are.

    Raises:
        UsageError: the URI names no bucket.
        RunError: the store refused one, for instance because a lock holds it.
    """
    if not uri.startswith("s3://") or not uri.removeprefix("s3://").strip("/"):
        raise UsageError(f"{uri}: must look like s3://bucket/prefix")
    import boto3

    bucket, _, prefix = uri.removeprefix("s3://").partition("/")
    client: Any = boto3.client("s3")
    found = 0
    with storage.explained(uri):
        for page in client.get_paginator("list_object_versions").paginate(Bucket=bucket, Prefix=prefix):
            old = [item for item in page.get("Versions", ()) if not item["IsLatest"]] + page.get("DeleteMarkers", [])
            keys = [{"Key": item["Key"], "VersionId": item["VersionId"]} for item in old]
            found += len(keys)
            for first in range(0, 0 if dry_run else len(keys), _AT_ONCE):
                answer = client.delete_objects(Bucket=bucket, Delete={"Objects": keys[first : first + _AT_ONCE], "Quiet": True})
                for error in answer.get("Errors", ()):
                    raise RunError(f"s3://{bucket}/{error['Key']}: an old version was not removed ({error.get('Code')}); "
                                   "lift its lock or hold, then run again")  # fmt: skip
    return found
