"""Used by every loader: opens an object as a stream, and the rows that loaders yield.

A stream is decompressed (gzip, zstd), decoded by its byte order mark and cut into lines of bounded length.
"""

from __future__ import annotations

import codecs
import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO, Any, TextIO, cast

from attune import storage
from attune.errors import UsageError
from attune.steps.ingest.families import Family
from attune.storage.archives import DamagedArchiveError, checked_stream

# Characters. Longer lines are reported and skipped, so that a file without line ends does not fill the memory.
LONGEST_LINE = 1 << 24
TOO_LONG = f"is longer than {LONGEST_LINE >> 20} million characters"
WHOLE = "whole file"

_GZIP, _ZSTD = b"\x1f\x8b", b"\x28\xb5\x2f\xfd"
# Text never begins with these bytes.
_NO_TEXT = {
    b"BZh": "packed with bzip2", b"\xfd7zX": "packed with xz", b"PK\x03\x04": "a zip archive", b"7z\xbc\xaf": "a 7z archive",
    _GZIP: "packed with gzip twice", _ZSTD: "packed twice", b"PAR1": "a Parquet file",
}  # fmt: skip
_BUFFER = 1 << 18
# Longer marks first: the mark of UTF-32 begins with that of UTF-16.
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


@dataclass(frozen=True)
class Loaded:
    """One row of an object. ``place`` is its position, such as ``line 12``."""

    place: str
    fields: dict[str, Any]


@dataclass(frozen=True)
class Broken:
    """A row that cannot be read, with the reason, which holds no text of the row."""

    place: str
    reason: str


LoaderRow = Loaded | Broken


class DamagedObject(DamagedArchiveError):  # noqa: N818 - caught by `load`
    """The rest of an object cannot be read; the message says why, without any of its text."""


def fitting(place: str, value: Any, family: Family) -> LoaderRow:
    """A row of named fields, or a broken row that names the missing field."""
    if not isinstance(value, dict):
        return Broken(place, "is not a JSON object")
    missing = [name for name in family.needed() if name.split(".")[0] not in value]
    return Broken(place, f"lacks the field {missing[0]}") if missing else Loaded(place, value)


@contextmanager
def open_bytes(uri: str) -> Iterator[IO[bytes]]:
    """An object's bytes, decompressed when they are gzip or zstd, whatever the object's name.

    Raises:
        UsageError: the object may not be read, or does not exist.
        RunError: the connection to the store failed.
    """
    if not storage.is_remote(uri) and not storage.local_path(uri).exists():
        why = "its name is not UTF-8; rename it" if "\ufffd" in uri else "no such file, or a broken link; fix or remove it"
        raise UsageError(f"{uri}: {why}")
    with storage.open_file(uri) as raw:
        yield checked_stream(raw)


@contextmanager
def open_text(uri: str, encoding: str = "utf-8") -> Iterator[TextIO]:
    """An object's text; line ends stay as they are.

    A byte order mark decides the encoding, then NUL bytes (UTF-16 without a mark), then ``encoding``. A byte that is not UTF-8
    becomes a lone surrogate, so that it breaks only its own row, which the mapping rejects.
    """
    with open_bytes(uri) as binary:
        buffered = binary if isinstance(binary, io.BufferedReader) else io.BufferedReader(cast("io.RawIOBase", binary), _BUFFER)
        head = buffered.peek(4)[:4]
        for mark, kind in _NO_TEXT.items():
            if head.startswith(mark):
                raise DamagedObject(f"is {kind}; gzip and zstd are read, and Parquet with its own loader")
        found = _encoding(head, encoding)
        errors = "surrogateescape" if found.startswith("utf-8") else "strict"
        text = io.TextIOWrapper(buffered, encoding=found, errors=errors, newline="")
        try:
            yield text
        except UnicodeError:
            raise DamagedObject(
                f"is not {found}; what follows is lost (set `encoding` of its entry in families.yaml)"
            ) from None
        finally:
            text.detach()


def _encoding(head: bytes, given: str) -> str:
    for mark, encoding in _MARKS:
        if head.startswith(mark):
            return encoding
    if len(head) == 4 and given == "utf-8":
        zeros = [byte == 0 for byte in head]
        if zeros == [False, True, False, True]:
            return "utf-16-le"
        if zeros == [True, False, True, False]:
            return "utf-16-be"
    return given


def lines(handle: TextIO) -> Iterator[tuple[int, str | None]]:
    """Lines with their numbers from 1; None in place of a line longer than :data:`LONGEST_LINE`."""
    number = 0
    while line := handle.readline(LONGEST_LINE):
        number += 1
        if len(line) < LONGEST_LINE or line.endswith(("\n", "\r")):
            yield number, line
            continue
        while (rest := handle.readline(LONGEST_LINE)) and not rest.endswith(("\n", "\r")):
            pass
        yield number, None
