"""The audit trail: who did what to which data, when and why, in a file that shows when it was tampered with (J5).

``trail.jsonl`` has one entry a line, in canonical JSON. Each entry holds the hash of the entry before it and its own; with a
key (``ATTUNE_AUDIT_KEY`` or ``ATTUNE_AUDIT_KEY_FILE``) it also holds an HMAC, so that nobody without the key can rewrite the
end of the trail. ``HEAD`` beside it names the last entry, so that entries cut off the end are missed; copies of it go to an
anchor elsewhere (:mod:`attune.runtime.audit_anchor`), so that a trail that was put back or removed with its ``HEAD`` is missed.

Any number of processes may write; a kill at any moment leaves whole entries and at most one incomplete last line, which the
next writer cuts off and says so in an entry of its own. No entry ever holds a user's text.
"""

from __future__ import annotations

import getpass
import hashlib
import hmac
import json
import os
import re
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from attune import storage
from attune.errors import RunError, UsageError
from attune.records import key_files
from attune.runtime.audit_anchor import HEAD as HEAD
from attune.runtime.audit_anchor import Anchor, default_anchor
from attune.storage.json_lines import LockedLines

FOLDER_VARIABLE = "ATTUNE_AUDIT_TRAIL"
ANCHOR_VARIABLE = "ATTUNE_AUDIT_ANCHOR"
ACTOR_VARIABLE = "ATTUNE_ACTOR"
KEY_VARIABLE = "ATTUNE_AUDIT_KEY"
KEY_FILE_VARIABLE = f"{KEY_VARIABLE}_FILE"

TRAIL = "trail.jsonl"
FIRST = "0" * 64  # what stands as the previous hash of the first entry

CUT = "trail.cut"  # the writer of this entry found an incomplete last line and cut it off
GAP = "trail.gap"  # the writer of this entry found that a head named an entry which the trail does not hold

_USER_INFO = re.compile(r"(?<=://)[^/@]*@")

AuditEntry = dict[str, Any]


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True)
class AuditTrail:
    """An audit trail in a local folder.

    Attributes:
        folder: where ``trail.jsonl`` and ``HEAD`` stand.
        key: HMAC key of the entries; empty: entries are hashed only.
        anchor: a folder or ``s3://`` URI that gets copies of the head; empty: none does, or ``fallback`` does.
        fallback: the anchor where none was named, on a best-effort basis.
        clock: what says the time of an entry.
    """

    folder: Path
    key: bytes = b""
    anchor: str = ""
    clock: Callable[[], datetime] = _now
    fallback: Anchor | None = None

    @property
    def path(self) -> Path:
        """The file of the entries."""
        return self.folder / TRAIL

    def record(self, action: str, what: str, reason: str = "", **details: Any) -> AuditEntry:
        """Append an entry durably and return it.

        Args:
            action: what was done, such as ``step.run``.
            what: the object that it was done to: an address or an id, never a text of a user.
            reason: why, where somebody was asked.
            details: more of the same kind, as plain JSON values.

        Raises:
            RunError: the trail cannot be written, or its last entry is no entry.
        """
        try:
            with LockedLines(self.path, wait=True) as lines:
                last = self._recover(lines)
                return self._append(lines, last, action, what, reason, details)
        except OSError as error:
            raise RunError(
                f"{self.path}: the audit trail cannot be written ({error.strerror}); nothing goes on unseen"
            ) from None

    @property
    def anchored(self) -> Anchor | None:
        """Where copies of the head go; None: nowhere."""
        return Anchor(self.anchor) if self.anchor else self.fallback

    def head(self) -> tuple[int, str]:
        """Number and hash of the last entry that ``HEAD`` names; (0, zeros) when there is none."""
        return read_head(str(self.folder / HEAD), self.key)

    def _recover(self, lines: LockedLines) -> AuditEntry | None:
        """The last complete entry, after recording in the trail what is wrong with its end: a kill, or tampering."""
        last = _last_entry(lines)
        if torn := lines.cut_tail():
            found = {"bytes": len(torn), "sha256": hashlib.sha256(torn).hexdigest()}
            last = self._append(lines, last, CUT, TRAIL, "an incomplete last line was cut off", found, move_head=False)
        own = int(last["sequence"]) if last else 0
        whole = own - 1 if torn else own
        number, hash_ = self.head()
        last = self._check_head(lines, last, whole, (number, hash_), str(self.folder / HEAD))
        return self._check_anchor(lines, last, whole)

    def _check_head(
        self, lines: LockedLines, last: AuditEntry | None, whole: int, head: tuple[int, str], place: str
    ) -> AuditEntry | None:
        """The last entry, after one that says so where the trail does not hold the entry that a head names."""
        number, digest = head
        if number <= whole and _hash_at(lines, last, number) == digest:
            return last
        print(  # noqa: T201 - whoever runs the command must see it
            f"attune: {self.path}: does not hold the entry that {place} names: entries were removed or replaced; see "
            "`attune audit-trail verify`",
            file=sys.stderr,
            flush=True,
        )
        found = {"head": number, "head_hash": digest, "found": whole, "place": without_password(place)}
        return self._append(
            lines, last, GAP, TRAIL, "the trail does not hold the entry that its head names", found, move_head=False
        )

    def _check_anchor(self, lines: LockedLines, last: AuditEntry | None, whole: int) -> AuditEntry | None:
        """Read the anchor before anything is written over it; a head that the trail does not hold is kept there."""
        anchor = self.anchored
        content = _read_anchor(anchor) if anchor else b""
        if anchor is None or not content:
            return last
        try:
            head = parse_head_file(content, anchor.head_uri, self.key)
        except RunError:
            if anchor.own:
                raise
            head = -1, ""  # another trail stood at this path, under another key
        now = self._check_head(lines, last, whole, head, anchor.head_uri)
        if now is not last:
            anchor.displace(content, *head)
        return now

    def _append(
        self, lines: LockedLines, last: AuditEntry | None, action: str, what: str, reason: str, details: Mapping[str, Any],
        *, move_head: bool = True,
    ) -> AuditEntry:  # fmt: skip
        entry: AuditEntry = {
            "sequence": (int(last["sequence"]) if last else 0) + 1,
            "time": self.clock().isoformat(timespec="milliseconds"),
            "actor": actor(),
            "action": action,
            "object": without_password(what),
            "reason": reason,
            "details": dict(details),
            "previous": last["hash"] if last else FIRST,
        }
        sealed = seal(entry, self.key)
        lines.append(line(sealed))
        if move_head:
            head = line({"sequence": sealed["sequence"], "hash": sealed["hash"]} | _mac(sealed["hash"], self.key, "head"))
            storage.write_bytes(str(self.folder / HEAD), head)
            if self.anchored:
                self.anchored.write(head, str(sealed["time"])[:10])
        return sealed


def configured() -> AuditTrail | None:
    """The trail that the environment names; None where ``ATTUNE_AUDIT_TRAIL`` is not set."""
    folder = os.environ.get(FOLDER_VARIABLE)
    return open_trail(folder) if folder else None


def open_trail(folder: str, anchor: str | None = None) -> AuditTrail:
    """The trail in ``folder``, with the key from the environment. Raises UsageError when it cannot be used.

    Args:
        folder: the trail's.
        anchor: folder or ``s3://`` URI of the anchor; None: the one that the environment names.
    """
    if storage.is_remote(folder):
        raise UsageError(
            f"{FOLDER_VARIABLE}={folder}: a trail grows line by line, which no object store does; name a folder (a mounted "
            f"volume on a cluster), and send a copy of its head to the store with {ANCHOR_VARIABLE}"
        )
    path, named = storage.local_path(folder), os.environ.get(ANCHOR_VARIABLE, "") if anchor is None else anchor
    return AuditTrail(path, audit_key(), named, fallback=None if named else default_anchor(path))


@contextmanager
def default_folder(folder: str) -> Iterator[None]:
    """While the block lasts, the trail stands in ``folder`` unless the environment names another one."""
    if FOLDER_VARIABLE in os.environ or not os.access(Path(folder).parent, os.W_OK):
        yield
        return
    os.environ[FOLDER_VARIABLE] = folder
    try:
        yield
    finally:
        os.environ.pop(FOLDER_VARIABLE, None)


def record(action: str, what: str, reason: str = "", **details: Any) -> None:
    """Append an entry to the trail that the environment names, if it names one; see :meth:`AuditTrail.record`."""
    trail = configured()
    if trail is not None:
        trail.record(action, what, reason, **details)


def audit_key() -> bytes:
    """The HMAC key of the trail; empty where none is set.

    Raises:
        UsageError: its file cannot be read or is open to others, or the key is short or guessable.
    """
    return key_files.secret(KEY_VARIABLE, "the key of the audit trail")


def actor() -> str:
    """Who acts: ``ATTUNE_ACTOR``, or the user of the operating system."""
    named = os.environ.get(ACTOR_VARIABLE)
    if named:
        return named
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container may run as a number that no user has
        return f"uid {os.getuid()}"


def digest(identifier: str) -> str:
    """What stands for a person's token in the trail: the same for the same token, and no way back without knowing it."""
    return f"sha256:{hashlib.sha256(identifier.encode()).hexdigest()[:32]}"


def without_password(address: str) -> str:
    """An address without the user and password in it."""
    return _USER_INFO.sub("", address)


def seal(entry: Mapping[str, Any], key: bytes) -> AuditEntry:
    """``entry`` with its hash, and its HMAC where there is a key."""
    content = {name: value for name, value in entry.items() if name not in {"hash", "mac"}}
    digest = hashlib.sha256(line(content)).hexdigest()
    return {**content, "hash": digest, **_mac(digest, key, "entry")}


def _mac(digest: str, key: bytes, purpose: str) -> dict[str, str]:
    return {"mac": hmac.new(key, f"{purpose}\0{digest}".encode(), hashlib.sha256).hexdigest()} if key else {}


def line(value: Mapping[str, Any]) -> bytes:
    """``value`` as the one line of JSON that stands for it."""
    return (json.dumps(value, sort_keys=True, ensure_ascii=True, separators=(",", ":"), allow_nan=False) + "\n").encode()


def read_head(uri: str, key: bytes) -> tuple[int, str]:
    """Number and hash that a ``HEAD`` file names; (0, zeros) when there is none.

    Raises:
        RunError: the file is no head, or its HMAC is not that of the key.
    """
    return parse_head_file(storage.read_bytes(uri), uri, key) if storage.exists(uri) else (0, FIRST)


def parse_head_file(content: bytes, uri: str, key: bytes) -> tuple[int, str]:
    """Number and hash in the content of a head file; see :func:`read_head`."""
    try:
        value = storage.parse_json(content)
        number, digest = int(value["sequence"]), str(value["hash"])
    except (ValueError, KeyError, TypeError):
        raise RunError(f"{uri}: is no head of an audit trail; restore it from its copy (attune audit-trail verify)") from None
    if key and value.get("mac") != _mac(digest, key, "head")["mac"]:
        raise RunError(f"{uri}: was not written with this key; restore it from its copy (attune audit-trail verify)")
    return number, digest


def _read_anchor(anchor: Anchor) -> bytes:
    try:
        return anchor.read()
    except (RunError, UsageError):
        if anchor.own:
            raise
        return b""


def _hash_at(lines: LockedLines, last: AuditEntry | None, number: int) -> str:
    """The hash of an entry; that of no entry where the trail does not hold it."""
    if number == 0:
        return FIRST
    if last is None or number < 0:
        return ""
    if number == last["sequence"]:
        return str(last["hash"])
    if number == last["sequence"] - 1:
        return str(last["previous"])
    for content in lines.read().splitlines():  # a head lags so far behind only where another machine wrote in between
        try:
            entry = json.loads(content)
            if entry["sequence"] == number:
                return str(entry["hash"])
        except (ValueError, KeyError, TypeError, RecursionError):
            continue
    return ""


def _last_entry(lines: LockedLines) -> AuditEntry | None:
    last, _ = lines.tail()
    if not last:
        return None
    try:
        entry: AuditEntry = storage.parse_json(last)
        int(entry["sequence"]), str(entry["hash"])
    except (ValueError, KeyError, TypeError):
        raise RunError(
            f"{lines.path}: its last line is not an entry; find out who changed it (attune audit-trail verify)"
        ) from None
    return entry
