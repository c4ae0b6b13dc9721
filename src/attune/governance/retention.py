"""Retention (J3): snapshots go to the archive, logs and old archives are removed, evaluations and test sets stay.

Retention touches only shard sets that extract or ingest wrote, files in log locations, and items of the archive. An archive
item is a shard set, packed tightly, with ``archived.json`` beside it, which is written last; all its files are read-only. A
snapshot is removed only after its item is complete, so a kill at any moment loses nothing.
"""

from __future__ import annotations

import calendar
import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

import pyarrow.parquet as pq

from attune import storage
from attune.config.params import RetentionParams
from attune.errors import RunError, UsageError
from attune.governance.data_locations import LocationInventory, SetFound, take_inventory
from attune.records import shards
from attune.records.lineage import LINEAGE
from attune.records.seal import SEAL_FILE
from attune.records.shards import Shard, json_bytes
from attune.reporting.metrics import METRICS, PLOTS
from attune.runtime import audit_trail
from attune.storage.locks import exclusive

ARCHIVED = "archived.json"
RAW_STEPS = ("extract", "ingest")
_DAY_LOG = re.compile(r"/logs/[a-z]+/\d{4}-\d\d-\d\d\.jsonl$")  # what a step logs in its run's folder
_READ_ONLY = 0o400  # for its owner alone: snapshots hold conversations
_OWN = ("report.json", "report.html", METRICS, LINEAGE)
_OWN_FOLDERS = ("incremental", ".incremental", ".commits", PLOTS)

RetentionAction = Literal["archive", "remove", "keep"]


@dataclass(frozen=True)
class RetentionItem:
    """Something that retention looks at.

    Attributes:
        name: what it is called in the archive, or its address.
        kind: ``snapshot``, ``log``, ``archived snapshot``, or that of an entry which retention never touches, such as a link.
        uri: where it stands.
        age_days: how old it is; of a snapshot, how old its newest row is.
        action: what is to be done with it now.
        why: in words.
    """

    name: str
    kind: str
    uri: str
    age_days: int
    action: RetentionAction
    why: str


@dataclass(frozen=True)
class RetentionPlan:
    """What there is, and how many evaluations, test sets and versions were seen that no rule touches."""

    items: Sequence[RetentionItem]
    forever: int

    @property
    def due(self) -> list[RetentionItem]:
        """What is to be done now."""
        return [item for item in self.items if item.action != "keep"]


def plan(locations: Mapping[str, str], params: RetentionParams, now: datetime) -> RetentionPlan:
    """What is to be done at ``now``; changes nothing.

    Raises:
        UsageError: a location of the parameters is not named in the locations, or two kinds of things share one.
    """
    _check_locations(locations, params)
    inventory = take_inventory(locations)
    items = [_snapshot(found, params, now) for found in _snapshots(inventory, params)]
    logs = [uri for location, uri in inventory.files if location in params.log_locations or _DAY_LOG.search(uri)]
    items += [_log(uri, params, now) for uri in logs]
    items += [_archived(uri, params, now) for uri in _archive(inventory, locations, params)]
    items += [
        RetentionItem(
            f"{location}/{name}", kind, storage.join(locations[location], name), 0, "keep", "it is not followed; look yourself"
        )
        for location, name, kind in inventory.special
    ]
    evaluations = sum(uri.rsplit("/", 1)[-1] == "evaluation.json" for _, uri in inventory.files)
    return RetentionPlan(items, evaluations + len(inventory.datasets) + len(inventory.frozen))


def apply(locations: Mapping[str, str], params: RetentionParams, now: datetime) -> list[RetentionItem]:
    """Do what :func:`plan` says; returns what was done. Doing it again, also after a kill, does the rest.

    Raises:
        UsageError: as of :func:`plan`.
        RunError: an erasure or another retention run is at work.
    """
    with exclusive(locations, holder=audit_trail.actor(), work="erasure or retention run"):
        return _apply(locations, params, now)


def _apply(locations: Mapping[str, str], params: RetentionParams, now: datetime) -> list[RetentionItem]:
    done = []
    for item in plan(locations, params, now).due:
        audit_trail.record(f"retention.{item.action}", item.uri, item.why, item=item.name)
        if item.action == "archive":
            _put_away(item, storage.join(locations[params.archive_location], item.name), now)
        elif item.kind == "log":
            storage.remove(item.uri)
        else:
            storage.remove(storage.join(item.uri, ARCHIVED))  # without it, it is no item any more
            storage.remove_tree(item.uri)
        done.append(item)
    if params.archive_location in locations:
        protect(take_inventory({params.archive_location: locations[params.archive_location]}))
    return done


def retrieve(archive: str, name: str, reason: str, output: str) -> int:
    """Copy an item out of the archive, after the reason was recorded in the audit trail; returns its rows.

    Raises:
        UsageError: there is no such item, no reason, no audit trail, or something stands at ``output``.
        RunError: the item was damaged in the archive.
    """
    if not reason.strip():
        raise UsageError("--reason: say why; nothing leaves the archive without it")
    uri = storage.join(archive, name)
    if _fault(name) or not storage.exists(storage.join(uri, ARCHIVED)):
        raise UsageError(f"{name}: no such item in {archive}; `attune retention plan` lists them")
    if storage.exists(output):
        raise UsageError(f"--output {output}: stands already; name a new folder")
    if audit_trail.configured() is None:
        raise UsageError(f"{audit_trail.FOLDER_VARIABLE} is not set: a retrieval must be recorded")
    audit_trail.record("retention.retrieve", name, reason, output=output)
    storage.refuse_special_entries(uri, "an item of the archive")
    _check_item(uri)
    names = storage.walk(uri, hidden=True)
    for file in sorted(names, key=lambda file: file.endswith(shards.DESCRIPTION)):  # complete when it says so
        if file != ARCHIVED:
            storage.write_bytes(storage.join(output, file), storage.read_bytes(storage.join(uri, file)))
    return shards.open_set(output, sealed=False).rows


def _fault(name: str) -> bool:
    """Whether a name cannot be that of an item."""
    try:
        storage.checked_name(name, "--item", plain=True)
    except storage.UnsafeNameError:
        return True
    return False


def _check_item(uri: str) -> None:
    """Raise RunError when a shard of an archived item is not the one that was packed."""
    for kind in ("", *(kind for kind in (shards.REJECTED, shards.QUARANTINED) if _is_set(uri, kind))):
        found = shards.open_set(storage.join(uri, kind) if kind else uri, sealed=False)
        for shard in found.shards:
            path = found.shard_uri(shard)
            if not storage.exists(path) or storage.sha256_file(path) != shard.sha256:
                raise RunError(f"{path}: is not what was archived; take the file from a copy, nothing was retrieved")


def protect(inventory: LocationInventory) -> None:
    """Make every file of the archive's items read-only."""
    for _, uri in inventory.files:
        if uri.rsplit("/", 1)[-1] == ARCHIVED and not storage.is_remote(uri):
            folder = storage.local_path(uri).parent
            for name in storage.walk(str(folder), hidden=True):
                file = folder / name
                if storage.is_plain_file(str(file)) and file.stat().st_mode & 0o777 != _READ_ONLY:
                    file.chmod(_READ_ONLY)


def _check_locations(locations: Mapping[str, str], params: RetentionParams) -> None:
    for name in (params.archive_location, *params.raw_locations, *params.log_locations):
        if name not in locations:
            raise UsageError(
                f"retention: there is no data location {name}; add it to the file of data locations, or change the parameter"
            )
    for name in params.log_locations:
        for other, uri in locations.items():
            if other != name and _within(uri, locations[name]):
                raise UsageError(
                    f"retention.log_locations: {name} ({locations[name]}) holds {other} ({uri}) too, which is no log"
                )


def _within(uri: str, folder: str) -> bool:
    return f"{uri.rstrip('/')}/".startswith(f"{folder.rstrip('/')}/")


def _snapshots(inventory: LocationInventory, params: RetentionParams) -> list[SetFound]:
    return [
        found
        for found in inventory.sets
        if found.location != params.archive_location and found.fate == "kept" and found.shard_set.step in RAW_STEPS
    ]


def _archive(inventory: LocationInventory, locations: Mapping[str, str], params: RetentionParams) -> list[str]:
    """The items of the archive: folders directly in it. A note anywhere else may not have a whole tree removed."""
    root, suffix = locations[params.archive_location].rstrip("/"), f"/{ARCHIVED}"
    found = [
        uri.removesuffix(suffix)
        for location, uri in inventory.files
        if location == params.archive_location and uri.endswith(suffix)
    ]
    return [uri for uri in found if uri.rpartition("/")[0] == root]


def _snapshot(found: SetFound, params: RetentionParams, now: datetime) -> RetentionItem:
    moment = found.shard_set.as_of
    digest = storage.sha256_file(storage.join(found.uri, shards.DESCRIPTION))[:12]
    day = f"{moment:%Y%m%d}" if moment else "undated"
    name = f"{found.shard_set.step}-{day}-{digest}"
    if moment is None:
        return RetentionItem(name, "snapshot", found.uri, 0, "keep", "nothing in it says how old it is")
    age = (now - moment).days
    limit = f"its newest row is {age} days old, snapshots are kept for {params.raw_days}"
    return RetentionItem(name, "snapshot", found.uri, age, "archive" if age > params.raw_days else "keep", limit)


def _log(uri: str, params: RetentionParams, now: datetime) -> RetentionItem:
    age = (now - storage.modified(uri)).days
    why = f"it was last written {age} days ago, logs are kept for {params.log_days}"
    return RetentionItem(uri, "log", uri, age, "remove" if age > params.log_days else "keep", why)


def _archived(uri: str, params: RetentionParams, now: datetime) -> RetentionItem:
    path = storage.join(uri, ARCHIVED)
    try:
        archived = datetime.fromisoformat(storage.parse_json(storage.read_bytes(path))["archived"])
        age = (now - archived).days
        over = (now - _months_later(archived, params.archive_months)).days > 0  # longer by a day, as with snapshots
    except (ValueError, KeyError, TypeError, OverflowError):
        raise UsageError(f"{path}: names no time with a zone in `archived`; restore the file from a copy") from None
    why = f"it was archived {age} days ago, the archive is kept for {params.archive_months} months"
    return RetentionItem(uri.rsplit("/", 1)[-1], "archived snapshot", uri, age, "remove" if over else "keep", why)


def _months_later(moment: datetime, months: int) -> datetime:
    """The same day of the month so many months later, or the last day of a month that has no such day."""
    year, month = divmod(moment.year * 12 + moment.month - 1 + months, 12)
    return moment.replace(year=year, month=month + 1, day=min(moment.day, calendar.monthrange(year, month + 1)[1]))


def _most_days(months: int) -> int:
    """The days that so many months can have, wherever in the calendar they begin."""
    starts = [datetime(2024 + start // 12, start % 12 + 1, 1, tzinfo=UTC) for start in range(48)]  # a leap year among four
    return max((_months_later(start, months) - start).days for start in starts)


def _put_away(item: RetentionItem, target: str, now: datetime) -> None:
    """Pack a snapshot into the archive, then remove it."""
    if not storage.exists(storage.join(target, ARCHIVED)):
        storage.remove_tree(target)  # what a kill left
        storage.refuse_special_entries(item.uri, "a snapshot")
        folders = ["", *(kind for kind in (shards.REJECTED, shards.QUARANTINED) if _is_set(item.uri, kind))]
        rows = {}
        for kind in folders:
            found = shards.open_set(storage.join(item.uri, kind) if kind else item.uri, sealed=False)
            uri = storage.join(target, kind) if kind else target
            packed = [_pack(found.shard_uri(shard), shard, storage.join(uri, shard.name)) for shard in found.shards]
            shards.describe(uri, found.step, packed, found.as_of, found.failed_gates, found.supersedes)
            rows[kind or "kept"] = found.rows
        for name in _OWN:
            if storage.exists(storage.join(item.uri, name)):
                storage.write_bytes(storage.join(target, name), storage.read_bytes(storage.join(item.uri, name)))
        about = {"item": item.name, "kind": item.kind, "reason": item.why, "archived": now.isoformat(), "rows": rows}
        storage.write_bytes(storage.join(target, ARCHIVED), json_bytes(about))
    _remove_set(item.uri)


def _is_set(uri: str, kind: str) -> bool:
    return storage.exists(storage.join(uri, kind, shards.DESCRIPTION))


def _pack(source: str, shard: Shard, target: str) -> Shard:
    """A shard with the tightest compression, that still reads as Parquet: what is archived can be erased and traced."""
    buffer = io.BytesIO()
    pq.write_table(shards.read_shard(source, shard.sha256, rows=shard.rows), buffer, compression="zstd", compression_level=19)
    storage.write_bytes(target, buffer.getvalue())
    return Shard(shard.name, shard.rows, storage.sha256_bytes(buffer.getvalue()))


def _remove_set(uri: str) -> None:
    """Remove the files of a step's output and nothing else that may stand in its folder."""
    for kind in (shards.QUARANTINED, shards.REJECTED):
        storage.remove_tree(storage.join(uri, kind))
    for folder in _OWN_FOLDERS:
        storage.remove_tree(storage.join(uri, folder))
    names = [shard.name for shard in shards.open_set(uri, sealed=False).shards]
    for name in (
        *_OWN,
        *names,
        SEAL_FILE,
        shards.DESCRIPTION,
    ):  # the description last: a rerun still knows what there is to remove
        storage.remove(storage.join(uri, name))
    storage.remove_empty_folders(uri)


def lifecycle(locations: Mapping[str, str], params: RetentionParams, bucket: str) -> dict[str, Any]:
    """The lifecycle configuration of a bucket, as S3 takes it: the same times, as a safety net for what nobody removed.

    Raises:
        UsageError: a rule would also affected a location that must stay, or the bucket holds none of the locations.
    """
    _check_locations(locations, params)
    days = dict.fromkeys(params.raw_locations, params.raw_days + params.grace_days)
    days |= dict.fromkeys(params.log_locations, params.log_days)
    days[params.archive_location] = _most_days(params.archive_months)
    rules = []
    for name, count in days.items():
        uri = locations[name]
        if uri != f"s3://{bucket}" and not uri.startswith(f"s3://{bucket}/"):
            continue
        for other, kept in locations.items():
            if other not in days and _within(kept, uri):
                raise UsageError(f"{name} ({uri}) holds {other} ({kept}) too, which must stay; give it a prefix of its own")
        prefix = uri.removeprefix(f"s3://{bucket}").strip("/")
        rules.append(_rule(f"attune-{name}", f"{prefix}/" if prefix else "", count))
    if not rules:
        raise UsageError(f"--bucket {bucket}: holds none of the locations that expire ({', '.join(days)})")
    unfinished = {"AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 7}}
    rules.append({"ID": "attune-unfinished-uploads", "Status": "Enabled", "Filter": {"Prefix": ""}, **unfinished})
    return {"Rules": rules}


def _rule(name: str, prefix: str, days: int) -> dict[str, Any]:
    return {
        "ID": name,
        "Status": "Enabled",
        "Filter": {"Prefix": prefix},
        "Expiration": {"Days": days},
        "NoncurrentVersionExpiration": {"NoncurrentDays": 1},
    }
