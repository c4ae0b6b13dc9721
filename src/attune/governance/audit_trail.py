"""Checks an audit trail: every entry that was changed, removed, inserted, moved or cut off is found and named by its line."""

from __future__ import annotations

import hmac
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from attune import storage
from attune.errors import RunError, UsageError
from attune.records.erased import RECORD_NAME
from attune.runtime import audit_trail

_CLOCKS_DIFFER = timedelta(minutes=5)  # between machines that write to one trail
_STORE_DIFFERS = timedelta(hours=1)  # between the writer's clock and the store's
_BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)
_FIELDS = {"sequence", "time", "actor", "action", "object", "reason", "details", "previous", "hash"}


@dataclass(frozen=True)
class TrailFinding:
    """Something that is wrong with a trail. ``line`` counts from 1; 0 means the trail as a whole."""

    line: int
    problem: str

    def __str__(self) -> str:
        return f"line {self.line}: {self.problem}" if self.line else self.problem


@dataclass(frozen=True)
class TrailCheck:
    """A trail that was read from its first entry to its last.

    Attributes:
        entries: how many entries there are.
        keyed: how many of them carry an HMAC that was checked.
        head: the hash of the last one.
        findings: what is wrong; empty when nothing is.
    """

    entries: int
    keyed: int
    head: str
    findings: tuple[TrailFinding, ...]


def read(trail: audit_trail.AuditTrail) -> Iterator[dict[str, Any]]:
    """The entries in order; lines that are none are passed over (:func:`verify` names them)."""
    for _, content in _lines(trail):
        entry = _parsed(content)
        if entry is not None:
            yield entry


def verify(trail: audit_trail.AuditTrail, expected_head: tuple[int, str] | None = None, records: str = "") -> TrailCheck:
    """Read the whole trail and hold it against its chain, its key, its heads, and heads that were noted elsewhere.

    Args:
        trail: the trail; with a key, entries must carry the HMAC of that key from the first that has one on.
        expected_head: number and hash of an entry, as ``attune audit-trail head`` printed them at some time.
        records: folder of signed records of erasures, each of which names the head of its time; empty: none.

    Raises:
        UsageError: there is no trail, and no head says that there was one.
    """
    if not trail.path.exists():
        gone = _heads(trail, [audit_trail.FIRST], [], expected_head, records)
        if not gone:
            raise UsageError(f"{trail.path}: no such audit trail; set {audit_trail.FOLDER_VARIABLE} to its folder")
        return TrailCheck(0, 0, audit_trail.FIRST, tuple(gone))
    findings: list[TrailFinding] = []
    hashes = [audit_trail.FIRST]
    keyed = 0
    previous = audit_trail.FIRST
    times: list[datetime] = []
    for number, content in _lines(trail):
        if not content.endswith(b"\n"):
            findings.append(TrailFinding(number, "is incomplete: its writer was killed, or it was cut by hand"))
            break
        entry = _parsed(content)
        if entry is None:
            findings.append(TrailFinding(number, "is no entry"))
            previous = ""
            hashes.append("")
            times.append(times[-1] if times else _BEGINNING)
            continue
        problem = _problem(entry, content, number, previous, trail.key, must_be_keyed=keyed > 0)
        if problem:
            findings.append(TrailFinding(number, problem))
        if late := _backdated(entry, times):
            findings.append(TrailFinding(number, late))
        keyed += "mac" in entry
        previous = str(entry["hash"])
        hashes.append(previous)
    if trail.key and len(hashes) > 1 and not keyed:
        findings.append(
            TrailFinding(0, "no entry carries an HMAC although there is a key: the trail was written without it, or anew")
        )
    findings += _heads(trail, hashes, times, expected_head, records)
    return TrailCheck(len(hashes) - 1, keyed if trail.key else 0, hashes[-1], tuple(findings))


def _lines(trail: audit_trail.AuditTrail) -> Iterator[tuple[int, bytes]]:
    with trail.path.open("rb") as handle:
        yield from enumerate(handle, 1)


def _parsed(content: bytes) -> dict[str, Any] | None:
    try:
        entry = storage.parse_json(content)
        if isinstance(entry, dict) and entry.keys() - {"mac"} == _FIELDS and isinstance(entry["details"], dict):
            audit_trail.line(entry)  # what cannot be written again was never written
            return entry
    except ValueError:
        return None
    return None


def _problem(
    entry: dict[str, Any], content: bytes, number: int, previous: str, key: bytes, *, must_be_keyed: bool
) -> str | None:
    """What is wrong with an entry, or None."""
    sealed = audit_trail.seal(entry, key)
    if entry["hash"] != sealed["hash"]:
        return "was changed: its hash is not that of its content"
    if audit_trail.line(entry) != content:
        return "was changed: it is not written as entries are"
    if entry["sequence"] != number:
        return f"has number {entry['sequence']}: an entry is missing, inserted or moved before it"
    if entry["previous"] != previous:
        return "does not follow the entry before it: one was changed, removed, inserted or moved"
    if must_be_keyed and "mac" not in entry:
        return "has no HMAC although entries before it have one"
    if key and "mac" in entry and not hmac.compare_digest(str(entry["mac"]), sealed["mac"]):
        return "was not written with this key"
    if entry["action"] == audit_trail.GAP:
        head, found = entry["details"].get("head"), entry["details"].get("found")
        if isinstance(head, int) and isinstance(found, int) and head <= found:
            return f"says that entry {head} was not the one which its head named: the trail was replaced"
        return f"says that the trail reached only entry {found} when its head was at {head}"
    return None


def _backdated(entry: dict[str, Any], times: list[datetime]) -> str | None:
    """What is wrong with the time of an entry, which is added to ``times``; None where nothing is."""
    try:
        moment = datetime.fromisoformat(entry["time"])
        if moment.tzinfo is None:
            raise ValueError
    except (ValueError, TypeError):
        times.append(times[-1] if times else _BEGINNING)
        return "has no time with a zone"
    newest = max(times[-1:], default=moment)
    times.append(max(moment, newest))
    if newest - moment > _CLOCKS_DIFFER:
        return f"is dated {newest - moment} before an entry that stands before it: it was backdated, or a clock was set back"
    return None


@dataclass(frozen=True)
class _Head:
    """A head that some place holds: what messages say of it, what it names, and when a store took it."""

    said: str
    number: int
    digest: str
    stored: datetime | None = None


def _heads(
    trail: audit_trail.AuditTrail,
    hashes: list[str],
    times: list[datetime],
    expected: tuple[int, str] | None,
    records: str,
) -> list[TrailFinding]:
    """Hold the trail against the heads: each must name an entry that is there."""
    own = _read_head(str(trail.folder / audit_trail.HEAD), trail.key)
    heads, findings = [_Head(f"{trail.folder / audit_trail.HEAD} names", *own)], []
    anchored = list(_anchored_heads(trail))
    missing = [heads[0]] if own[0] == 0 else []
    if trail.anchor and not anchored:
        missing.append(_Head(f"{storage.join(trail.anchor, audit_trail.HEAD)} names", 0, ""))
    if len(hashes) > 2:  # between the first entry and its head a kill may have come
        findings += [TrailFinding(0, f"{head.said.removesuffix(' names')}: is missing") for head in missing]
    heads += anchored
    if expected:
        heads.append(_Head("the head that was given is", *expected))
    heads += _heads_in_records(records) if records else []
    for head in heads:
        findings += _held_against(head, hashes, times)
    return findings


def _held_against(head: _Head, hashes: list[str], times: list[datetime]) -> Iterator[TrailFinding]:
    said, number = head.said, head.number
    if number < 0:
        yield TrailFinding(0, f"{said.removesuffix(' names')}: {head.digest}")
    elif number >= len(hashes):
        yield TrailFinding(len(hashes), f"is missing: {said} entry {number}, the trail ends at {len(hashes) - 1}")
    elif number and hashes[number] != head.digest:
        yield TrailFinding(number, f"is another one than {said} it: the trail was rewritten from here or before")
    elif number and head.stored and abs(head.stored - times[number - 1]) > _STORE_DIFFERS:
        yield TrailFinding(
            number, f"was backdated, or its clock was wrong: it says {times[number - 1]:%Y-%m-%d %H:%M}, and the store took "
            f"{said.removesuffix(' names')} at {head.stored:%Y-%m-%d %H:%M}"
        )  # fmt: skip


def _anchored_heads(trail: audit_trail.AuditTrail) -> Iterator[_Head]:
    """The heads at the anchor. One that cannot be read is a finding, unless nobody named the anchor and it is not there."""
    anchor = trail.anchored
    try:
        found = list(anchor.heads()) if anchor else []
    except (RunError, UsageError) as error:
        if anchor and anchor.own:
            yield _Head(f"{anchor.uri} names", -1, f"cannot be read ({error})")
        return
    for noted in found:
        try:
            number, digest = audit_trail.parse_head_file(noted.content, noted.place, trail.key)
            yield _Head(f"{noted.place} names", number, digest, noted.stored)
        except RunError as error:
            yield _Head(f"{noted.place} names", -1, str(error).removeprefix(f"{noted.place}: "))


def _heads_in_records(folder: str) -> list[_Head]:
    """The heads in the signed records of erasures; whether these are signed is for ``attune erasure verify``."""
    found = []
    for name in storage.list_files(folder):
        if not RECORD_NAME.fullmatch(name):
            continue
        path = storage.join(folder, name)
        try:
            head = storage.parse_json(storage.read_bytes(path)).get("audit_head")
            if head is not None:
                found.append(_Head(f"{path} names", *parse_head(str(head))))
        except (ValueError, AttributeError, UsageError):
            found.append(_Head(f"{path} names", -1, "is no signed record of an erasure"))
    return found


def _read_head(place: str, key: bytes) -> tuple[int, str]:
    try:
        return audit_trail.read_head(place, key)
    except RunError as error:
        return -1, str(error).removeprefix(f"{place}: ")


def parse_head(text: str) -> tuple[int, str]:
    """A head as ``attune audit-trail head`` prints it: ``12:3fa9…``. Raises UsageError when it is none."""
    number, _, digest = text.partition(":")
    if not number.isdigit() or len(digest) != len(audit_trail.FIRST):
        raise UsageError(f"--head {text}: must look like 12:<64 hexadecimal digits>, as `attune audit-trail head` prints it")
    return int(number), digest


def describe(entry: dict[str, Any]) -> str:
    """An entry as one line for people."""
    moment = datetime.fromisoformat(entry["time"])
    reason = f" ({entry['reason']})" if entry["reason"] else ""
    details = " ".join(f"{name}={value}" for name, value in entry["details"].items() if isinstance(value, str | int | bool))
    said = f"{entry['sequence']:>6}  {moment:%Y-%m-%d %H:%M:%S}  {entry['actor']}  {entry['action']}  {entry['object']}{reason}"
    return f"{said}  {details}".rstrip()
