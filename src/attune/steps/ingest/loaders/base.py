"""Used by every loader: opens an object as a stream, and the rows that loaders yield.

A stream is decompressed (gzip, zstd), decoded by its byte order mark and cut into lines of bounded length.
"""

from __future__ import annotations

import codecs
import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import IO, Any, TextIO, cast

from attune import storage
from attune.config.ingest import IngestLimits
from attune.errors import UsageError
from attune.steps.ingest.families import Family
from attune.steps.ingest.fields import has_field
from attune.storage.archives import DamagedArchiveError, checked_stream

WHOLE = "whole file"
# A small packed file may unpack to many times its size; only a large result is suspicious.
_ALWAYS_UNPACKED = 1 << 26

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


class Unreadable:
    """A value that cannot be read; only a row whose mapping needs it is broken."""


UNREADABLE = Unreadable()


@dataclass(frozen=True)
class ObjectSource:
    """An object to load.

    Attributes:
        uri: where it is.
        family: entry of its family in the map.
        limits: limits on what is read.
        shown: how messages name it; empty: by its position only, since its name may hold a person's name.
    """

    uri: str
    family: Family
    limits: IngestLimits = field(default_factory=IngestLimits)
    shown: str = ""

    @property
    def label(self) -> str:
        """What messages call the object."""
        return self.shown or "the object"

    @property
    def too_long(self) -> str:
        """The reason for a row that is longer than the limit."""
        return f"is longer than {self.limits.row_characters:,} characters (ingest.limits.row_characters)"


@dataclass(frozen=True)
class Utterance:
    """What one speaker says in a chat.

    Attributes:
        speakers: names, ids and kinds of the speaker; the first one that `roles` of the map names decides.
        names: those of them that may be names of people.
        text: the text, or whatever stands in its place.
        at: when it was said, if that is known.
        role: the role of such a speaker where the map does not name it; empty: none.
        weight: the weight that an answer has in training, as it is written; None: it has none.
    """

    speakers: tuple[str, ...]
    text: Any
    at: datetime | None = None
    role: str = ""
    weight: Any = None
    names: tuple[str, ...] = ()


@dataclass(frozen=True)
class Loaded:
    """One row of an object.

    Attributes:
        place: its position, such as ``line 12``.
        fields: its fields by name.
        whole: position of the chat that the row is a part of; empty: it is whole. Parts of a chat stay in one split.
        turns: what was said, where the loader knows; None: the mapping finds it in the fields.
    """

    place: str
    fields: dict[str, Any]
    whole: str = ""
    turns: tuple[Utterance, ...] | None = None


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
    missing = [name for name in family.needed() if not has_field(value, name)]
    return Broken(place, f"lacks the field {missing[0]}") if missing else Loaded(place, value)


class _MeasuredStream(io.RawIOBase):
    """An unpacked stream that ends with DamagedObject when it unpacks to more than the limits allow."""

    def __init__(self, stream: io.BufferedReader, packed: IO[bytes], limits: IngestLimits) -> None:
        self._stream, self._packed, self._limits = stream, packed, limits
        self._size = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        taken = self._stream.read1(len(buffer))
        buffer[: len(taken)] = taken
        self._size += len(taken)
        if self._size > self._limits.unpacked_bytes:
            raise DamagedObject(
                f"unpacks to more than {self._limits.unpacked_bytes:,} bytes (ingest.limits.unpacked_bytes); "
                "what follows is lost"
            )
        if self._size > _ALWAYS_UNPACKED and self._size > self._packed.tell() * self._limits.unpacked_ratio:
            raise DamagedObject(
                f"unpacks to more than {self._limits.unpacked_ratio:,} times its size (ingest.limits.unpacked_ratio); "
                "what follows is lost"
            )
        return len(taken)


@contextmanager
def open_bytes(source: ObjectSource) -> Iterator[IO[bytes]]:
    """An object's bytes, decompressed when they are gzip or zstd, whatever the object's name.

    Raises:
        UsageError: the object may not be read, or does not exist.
        RunError: the connection to the store failed.
    """
    uri = source.uri
    if not storage.is_remote(uri) and not storage.local_path(uri).exists():
        why = "its name is not UTF-8; rename it" if "\ufffd" in uri else "no such file, or a broken link; fix or remove it"
        raise UsageError(f"{source.label}: {why}")
    with storage.open_file(uri) as raw:
        stream = checked_stream(raw)
        if stream is raw or not isinstance(stream, io.BufferedReader):
            yield stream
        else:
            yield io.BufferedReader(_MeasuredStream(stream, raw, source.limits), _BUFFER)


@contextmanager
def open_text(source: ObjectSource) -> Iterator[TextIO]:
    """An object's text; line ends stay as they are.

    A byte order mark decides the encoding, then NUL bytes (UTF-16 without a mark), then ``encoding`` of the family. A byte that
    is not UTF-8 becomes a lone surrogate, so that it breaks only its own row, which the mapping rejects.
    """
    with open_bytes(source) as binary:
        buffered = binary if isinstance(binary, io.BufferedReader) else io.BufferedReader(cast("io.RawIOBase", binary), _BUFFER)
        head = buffered.peek(4)[:4]
        for mark, kind in _NO_TEXT.items():
            if head.startswith(mark):
                raise DamagedObject(f"is {kind}; gzip and zstd are read, and Parquet with its own loader")
        found = _encoding(head, source.family.encoding)
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


def lines(handle: TextIO, longest: int) -> Iterator[tuple[int, str | None]]:
    """Lines with their numbers from 1; None in place of a line longer than ``longest`` characters."""
    number = 0
    while line := handle.readline(longest):
        number += 1
        if len(line) < longest or line.endswith(("\n", "\r")):
            yield number, line
            continue
        while (rest := handle.readline(longest)) and not rest.endswith(("\n", "\r")):
            pass
        yield number, None
