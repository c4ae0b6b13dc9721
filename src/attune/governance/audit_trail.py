"""Checks an audit trail: every entry that was changed, removed, inserted, moved or cut off is found and named by its line."""

from __future__ import annotations

import hmac
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from attune import storage
from attune.errors import RunError, UsageError
from attune.runtime import audit_trail

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


def verify(trail: audit_trail.AuditTrail, expected_head: tuple[int, str] | None = None) -> TrailCheck:
    """Read the whole trail and hold it against its chain, its key, its heads, and a head that was noted elsewhere.

    Args:
        trail: the trail; with a key, entries must carry the HMAC of that key from the first that has one on.
        expected_head: number and hash of an entry, as ``attune audit-trail head`` printed them at some time.

    Raises:
        UsageError: there is no trail, and no head says that there was one.
    """
    if not trail.path.exists():
        gone = _heads(trail, [audit_trail.FIRST], expected_head)
        if not gone:
            raise UsageError(f"{trail.path}: no such audit trail; set {audit_trail.FOLDER_VARIABLE} to its folder")
        return TrailCheck(0, 0, audit_trail.FIRST, tuple(gone))
    findings: list[TrailFinding] = []
    hashes = [audit_trail.FIRST]
    keyed = 0
    previous = audit_trail.FIRST
    for number, content in _lines(trail):
        if not content.endswith(b"\n"):
            findings.append(TrailFinding(number, "is incomplete: its writer was killed, or it was cut by hand"))
            break
        entry = _parsed(content)
        if entry is None:
            findings.append(TrailFinding(number, "is no entry"))
            previous = ""
            hashes.append("")
            continue
        problem = _problem(entry, content, number, previous, trail.key, must_be_keyed=keyed > 0)
        if problem:
            findings.append(TrailFinding(number, problem))
        keyed += "mac" in entry
        previous = str(entry["hash"])
        hashes.append(previous)
    if trail.key and len(hashes) > 1 and not keyed:
        findings.append(
            TrailFinding(0, "no entry carries an HMAC although there is a key: the trail was written without it, or anew")
        )
    findings += _heads(trail, hashes, expected_head)
    return TrailCheck(len(hashes) - 1, keyed if trail.key else 0, hashes[-1], tuple(findings))


def _lines(trail: audit_trail.AuditTrail) -> Iterator[tuple[int, bytes]]:
    with trail.path.open("rb") as handle:
        yield from enumerate(handle, 1)


def _parsed(content: bytes) -> dict[str, Any] | None:
    try:
        entry = json.loads(content)
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
        details = entry["details"]
        return f"says that the trail reached only entry {details.get('found')} when its head was at {details.get('head')}"
    return None


def _heads(trail: audit_trail.AuditTrail, hashes: list[str], expected: tuple[int, str] | None) -> list[TrailFinding]:
    """Hold the trail against the heads: each must name an entry that is there."""
    findings = []
    places = [str(trail.folder / audit_trail.HEAD), *([storage.join(trail.anchor, audit_trail.HEAD)] if trail.anchor else [])]
    heads = [(f"{place} names", *_read_head(place, trail.key)) for place in places]
    if len(hashes) > 2:  # between the first entry and its head a kill may have come
        findings += [
            TrailFinding(0, f"{place.removesuffix(' names')}: is missing") for place, number, _ in heads if number == 0
        ]
    if expected:
        heads.append(("the head that was given is", *expected))
    for said, number, digest in heads:
        if number < 0:
            findings.append(TrailFinding(0, f"{said.removesuffix(' names')}: {digest}"))
        elif number >= len(hashes):
            findings.append(
                TrailFinding(len(hashes), f"is missing: {said} entry {number}, the trail ends at {len(hashes) - 1}")
            )
        elif number and hashes[number] != digest:
            findings.append(TrailFinding(number, f"is another one than {said} it: the trail was rewritten from here or before"))
    return findings


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
