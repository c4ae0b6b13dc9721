"""The anchor of an audit trail: copies of its head where who can change the trail cannot change them too.

::

    HEAD                             names the newest entry; written after every entry
    heads/2026-11-29.json            names the first entry of that day (UTC); never written again
    heads/displaced-<n>-<hash>.json  a head whose entry the trail did not hold any more when the next writer came

The writer of an entry reads ``HEAD`` before it writes over it. Where the trail does not hold the entry that is named there, the
trail was cut, rolled back or replaced: the old head is kept as displaced, and the trail gets an entry that says so.

In an object store with versions, every version of these objects counts (:meth:`Anchor.heads`), so an object lock on the bucket
keeps what an attacker with the writer's credentials would overwrite.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from attune import storage
from attune.errors import AttuneError
from attune.storage import s3

HEAD = "HEAD"
_FOLDER = "heads"
_STATE_VARIABLE = "XDG_STATE_HOME"
_written: set[str] = set()  # daily heads that stand for certain, so that a store is not asked again for every entry


@dataclass(frozen=True)
class NotedHead:
    """A head at an anchor.

    Attributes:
        place: where it stands.
        content: its bytes.
        stored: when a store took it, by the store's own clock; None in a folder, whose times anybody can set.
    """

    place: str
    content: bytes
    stored: datetime | None = None


@dataclass(frozen=True)
class Anchor:
    """Where copies of a trail's head go.

    Attributes:
        uri: a folder or ``s3://`` URI.
        own: whether somebody named it; the one that Attune chooses itself may be missing, and need not be writable.
    """

    uri: str
    own: bool = True

    @property
    def head_uri(self) -> str:
        """Where the newest head stands."""
        return storage.join(self.uri, HEAD)

    def write(self, head: bytes, day: str) -> None:
        """Write the newest head, and the first of its day.

        Raises:
            AttuneError: an anchor that was named cannot be written.
        """
        try:
            storage.write_bytes(self.head_uri, head)
            daily = storage.join(self.uri, _FOLDER, f"{day}.json")
            if daily not in _written:
                _write_once(daily, head)
                _written.add(daily)
        except AttuneError:
            if self.own:
                raise

    def displace(self, head: bytes, number: int, digest: str) -> None:
        """Keep a head that is about to be written over although the trail does not hold its entry."""
        name = f"displaced-{max(number, 0)}-{storage.sha256_bytes(head + digest.encode())[:12]}.json"
        try:
            _write_once(storage.join(self.uri, _FOLDER, name), head)
        except AttuneError:
            if self.own:
                raise

    def read(self) -> bytes:
        """The newest head; empty where none stands."""
        return storage.read_bytes(self.head_uri) if storage.exists(self.head_uri) else b""

    def heads(self) -> Iterator[NotedHead]:
        """All heads that stand there, in a store with all their versions."""
        if self.uri.startswith("s3://"):
            for name in (HEAD, f"{_FOLDER}/"):
                for place, content, stored in s3.versions(storage.join(self.uri, name) + "/" * name.endswith("/")):
                    yield NotedHead(place, content, stored)
            return
        names = [HEAD] if storage.exists(self.head_uri) else []
        folder = storage.join(self.uri, _FOLDER)
        names += [f"{_FOLDER}/{name}" for name in storage.list_files(folder) if name.endswith(".json")]
        for name in names:
            place = storage.join(self.uri, name)
            yield NotedHead(place, storage.read_bytes(place))


def default_anchor(folder: Path) -> Anchor | None:
    """The anchor of a trail for which none was named: a folder of this user, away from the trail; None without a home.

    It is in ``$XDG_STATE_HOME/attune/anchors`` (``~/.local/state`` where that is not set), under a hash of the trail's path.
    """
    try:
        state = Path(os.environ.get(_STATE_VARIABLE) or Path.home() / ".local" / "state")
    except RuntimeError:  # a container may run as a user without a home
        return None
    name = storage.sha256_bytes(os.fsencode(folder.resolve()))[:16]
    return Anchor(str(state / "attune" / "anchors" / name), own=False)


def _write_once(uri: str, content: bytes) -> None:
    """Write a file that nobody writes again; one that stands stays as it is."""
    if uri.startswith("s3://"):
        with storage.explained(uri):
            s3.put_if_absent(uri, content)
    elif not storage.exists(uri):
        storage.write_bytes(uri, content)
