"""Sends a dataset version to a store and fetches it again; what arrived is read back and held against the manifest.

Both directions are one copy: every file that the manifest names, each only where it does not stand with the right hash
already, and the manifest last. So a killed transfer leaves no version that looks complete, and a second one goes on from there.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from attune import storage
from attune.errors import RunError, UsageError
from attune.runtime.progress import Progress
from attune.steps.verify.manifest_validation import MANIFEST, Manifest, is_of_the_format, read_manifest, seal_of
from attune.storage.stream import StreamWriter

_AT_ONCE = 4  # files under way at the same time; each holds at most one part of a multipart upload in memory
_CHUNK = 1 << 22


@dataclass(frozen=True)
class Transfer:
    """What a transfer did.

    Attributes:
        version: name and version of what was sent.
        address: its content address.
        copied: files that were copied.
        kept: files that stood there already, with the right bytes.
        bytes: bytes copied.
    """

    version: str
    address: str
    copied: int
    kept: int
    bytes: int


def transfer(source: str, target: str, progress: Progress, *, replace: bool = False) -> Transfer:
    """Copy a dataset version from one folder or store to another, and read back what was written.

    Args:
        source: URI of the version.
        target: URI of the folder that it shall stand in.
        progress: told of bytes.
        replace: whether another version that stands there, or files that are none of this one, may go.

    Raises:
        UsageError: there is no version at ``source``, or something else stands at ``target``.
        RunError: a file is missing, truncated or altered; it is named.
        UnsafeNameError: a link stands in the source or in the target, which would lead the copy out of the folder.
    """
    if _same_place(source, target):
        raise UsageError(f"{target}: is where the version stands already; name another folder or URI")
    storage.refuse_special_entries(source, "a dataset version")
    storage.refuse_special_entries(target, "the folder of a dataset version")
    claims, manifest = _trusted(source)
    _make_room(target, claims, manifest, replace=replace)
    total = sum(entry.bytes for entry in claims.files.values())
    copied: list[int] = []
    kept = done = 0
    with ThreadPoolExecutor(_AT_ONCE) as threads:
        names = sorted(claims.files)
        for name, size in zip(names, threads.map(lambda name: _copy(source, target, name, claims), names), strict=True):
            kept += size is None
            copied += [] if size is None else [size]
            done += claims.files[name].bytes
            progress.update(done, total)
    storage.write_bytes(storage.join(target, MANIFEST), manifest)
    if storage.read_bytes(storage.join(target, MANIFEST)) != manifest:
        raise RunError(f"{storage.join(target, MANIFEST)}: is not what was written; run the same command again")
    return Transfer(f"{claims.name} {claims.version}", claims.address, len(copied), kept, sum(copied))


def _same_place(source: str, target: str) -> bool:
    if storage.is_remote(source) or storage.is_remote(target):
        return source.rstrip("/") == target.rstrip("/")
    return storage.local_path(source).resolve() == storage.local_path(target).resolve()


def _trusted(source: str) -> tuple[Manifest, bytes]:
    claims, manifest = read_manifest(source)
    if claims.seal != seal_of(manifest):
        raise RunError(f"{storage.join(source, MANIFEST)}: was altered (its seal does not fit); get the version again")
    for name in claims.files:
        if not is_of_the_format(name):
            raise RunError(f"{storage.join(source, MANIFEST)}: names the file {name}, which no dataset version has")
    return claims, manifest


def _make_room(target: str, claims: Manifest, manifest: bytes, *, replace: bool) -> None:
    """See that nothing else stands at the target; a manifest that stands there goes until everything else has come."""
    standing = storage.join(target, MANIFEST)
    present = storage.walk(target)
    strays = [name for name in present if name not in claims.files and name != MANIFEST]
    if MANIFEST in present and storage.read_bytes(standing) != manifest:
        if not replace:
            raise UsageError(
                f"{target}: holds another version; choose a folder of its own, such as {storage.join(target, claims.version)}, "
                "or give --replace"
            )
        storage.remove(standing)
    if strays and not replace:
        raise UsageError(
            f"{target}: holds {strays[0]}, which is no part of {claims.version}; give --replace to remove such files"
        )
    for name in strays:
        storage.remove(storage.join(target, name))
    for folder in sorted({name.rpartition("/")[0] for name in claims.files}):
        for name in storage.list_files(storage.join(target, folder)):
            if storage.is_temporary(name):  # what a killed transfer left half written
                storage.remove(storage.join(target, folder, name))


def _copy(source: str, target: str, name: str, claims: Manifest) -> int | None:
    """Copy a file and read it back; None when it stood there already."""
    entry = claims.files[name]
    goal = storage.join(target, name)
    if storage.exists(goal) and storage.size(goal) == entry.bytes and storage.sha256_file(goal) == entry.sha256:
        return None
    origin = storage.join(source, name)
    if not storage.exists(origin):
        raise RunError(f"{origin}: is missing, but {MANIFEST} names it; get the version again")
    with StreamWriter(goal) as writer:
        for chunk in storage.read_chunks(origin):
            writer.write(chunk)
        if writer.size != entry.bytes:
            raise RunError(f"{origin}: has {writer.size} bytes instead of {entry.bytes}; it was cut off or altered")
        if writer.sha256 != entry.sha256:
            raise RunError(f"{origin}: its bytes are not those that {MANIFEST} promises; it was altered")
    if storage.sha256_file(goal) != entry.sha256:
        raise RunError(f"{goal}: is not what was written; run the same command again")
    return entry.bytes
