"""Containment: a name that was read from a file may only lead to a regular file below the folder that the file describes.

Every name that a description, a manifest, a note or an archive gives passes :func:`checked_name` before it is joined to a
folder. :func:`member` also looks at what stands there: a symbolic link or a device would lead out of the folder.
"""

from __future__ import annotations

import os
import re
import stat
import unicodedata
from collections.abc import Iterable, Iterator
from pathlib import Path

from attune.errors import UsageError
from attune.storage.files import explained, is_file, is_remote, join, local_path

_LONGEST, _LONGEST_PART = 1_024, 255  # bytes: what S3 and common file systems take
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_SHA256 = re.compile(r"[0-9a-f]{64}")
_KINDS = (
    (stat.S_ISLNK, "symbolic link"), (stat.S_ISFIFO, "named pipe"), (stat.S_ISSOCK, "socket"),
    (stat.S_ISBLK, "device"), (stat.S_ISCHR, "device"),
)  # fmt: skip


class UnsafeNameError(UsageError):
    """A file names something that does not lie below its folder, or that is no plain file."""


def checked_name(name: object, where: str, *, plain: bool = False) -> str:
    """``name``, if it is a relative name that cannot lead out of a folder.

    Args:
        name: what the file gives as a name.
        where: the file, and the field in it, for the message.
        plain: whether it must be the name of something directly in the folder, without a slash.

    Raises:
        UnsafeNameError: it is not a text, empty, absolute or too long, or has ``..``, a backslash or a control character.
    """
    if not isinstance(name, str):
        raise UnsafeNameError(f"{where}: a name is {type(name).__name__}, it must be a text")
    if fault := _fault(name, plain):
        raise UnsafeNameError(f"{where}: names {_shown(name)}, which {fault}; allowed are names of files below its own folder")
    return name


def checked_names(names: Iterable[object], where: str, *, plain: bool = False) -> list[str]:
    """The names, each as :func:`checked_name` allows it, and no two that some file systems take for one.

    Raises:
        UnsafeNameError: a name is not allowed, or two differ in case or in Unicode form alone.
    """
    seen: dict[str, str] = {}
    for name in names:
        checked = checked_name(name, where, plain=plain)
        folded = unicodedata.normalize("NFC", checked).casefold()
        if folded in seen:
            raise UnsafeNameError(
                f"{where}: names both {_shown(seen[folded])} and {_shown(checked)}; names must differ in more than case"
            )
        seen[folded] = checked
    return list(seen.values())


def checked_sha256(value: object, where: str) -> str:
    """``value``, if it is a SHA-256 in 64 lower-case hexadecimal digits. Raises UnsafeNameError for anything else."""
    if not isinstance(value, str) or not _SHA256.fullmatch(value):
        raise UnsafeNameError(f"{where}: a sha256 is {_shown(value)}, it must be 64 hexadecimal digits")
    return value


def member(folder: str, name: object, where: str, *, plain: bool = False) -> str:
    """The URI of ``name`` in ``folder``, if neither its name nor what stands there leads out of the folder.

    Raises:
        UnsafeNameError: as of :func:`checked_name`, or a part of the way is a link, or it is no regular file or folder.
    """
    uri = join(folder, checked_name(name, where, plain=plain))
    if not is_remote(folder):
        path = local_path(folder)
        for part in str(name).split("/"):
            path = path / part
            if kind := kind_of(path):
                raise UnsafeNameError(f"{path}: is a {kind}; {where} must name a regular file ({_HOW})")
    return uri


_HOW = "replace a link by a copy of its target; under DVC: dvc config cache.type copy, then dvc checkout --relink"


def kind_of(path: Path) -> str:
    """What stands at a local path, where that is neither a regular file nor a folder; empty for those, and for nothing."""
    with explained(str(path)):
        try:
            mode = path.lstat().st_mode
        except (FileNotFoundError, NotADirectoryError):
            return ""
    return next((kind for test, kind in _KINDS if test(mode)), "")


def is_plain_file(uri: str) -> bool:
    """Whether a regular file stands at ``uri``, and neither a link nor anything else."""
    if not is_remote(uri) and kind_of(local_path(uri)):
        return False
    return is_file(uri)


def has_hard_links(uri: str) -> bool:
    """Whether a local file has more than one name on its disk, so that rewriting it leaves its old content under the other."""
    if is_remote(uri):
        return False
    with explained(uri):
        try:
            state = local_path(uri).lstat()
        except FileNotFoundError:
            return False
    return stat.S_ISREG(state.st_mode) and state.st_nlink > 1


def special_entries(uri: str) -> Iterator[tuple[str, str]]:
    """Links, pipes, sockets and devices in and below a local folder, as (relative name, kind); links are not followed.

    The folder itself may be a link: whoever named it chose it. Object stores have none of these.
    """
    if is_remote(uri):
        return
    root = local_path(uri)
    for folder, folders, names in os.walk(root):
        for name in sorted([*folders, *names]):
            path = Path(folder, name)
            if kind := kind_of(path):
                yield path.relative_to(root).as_posix(), kind


def refuse_special_entries(uri: str, what: str) -> None:
    """Raise UnsafeNameError when a local folder, or anything below it, is a link or a device.

    Args:
        uri: the folder; nothing is checked where none stands.
        what: what the message calls it.
    """
    if is_remote(uri):
        return
    if kind := kind_of(local_path(uri.rstrip("/"))):
        raise UnsafeNameError(f"{uri}: is a {kind}; {what} must be a folder of its own ({_HOW})")
    for name, kind in special_entries(uri):
        raise UnsafeNameError(f"{join(uri, name)}: is a {kind}; {what} must hold regular files alone ({_HOW})")


def _fault(name: str, plain: bool) -> str:
    """Why a name is not allowed; empty when it is."""
    try:
        size = len(name.encode())
    except UnicodeEncodeError:
        return "is not valid Unicode"
    parts = name.split("/")
    if not name:
        return "is empty"
    if size > _LONGEST or any(len(part.encode()) > _LONGEST_PART for part in parts):
        return f"is longer than {_LONGEST} bytes, or a part of it than {_LONGEST_PART}"
    if _CONTROL.search(name) or "\\" in name:
        return "has a control character or a backslash"
    if name.startswith("/"):
        return "is absolute"
    if any(part in {"", ".", ".."} for part in parts):
        return "has an empty part, . or .."
    if plain and len(parts) > 1:
        return "has a slash"
    return ""


def _shown(value: object) -> str:
    """A value from a hostile file, short and without control characters."""
    text = ascii(value)
    return text if len(text) <= 80 else f"{text[:76]}…'"
