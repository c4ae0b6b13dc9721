"""Reads the documents of ``attune redact`` piece by piece; each piece knows how to write itself once it is redacted.

A piece is redacted as a whole, so that a person has one placeholder in it: a text (or a stretch of a long
one), a line of JSON Lines, an element of a JSON list, a row of CSV. At most one piece is in memory at a time.
"""

from __future__ import annotations

import csv
import gzip
import io
import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Literal, cast

from attune.errors import UsageError

Format = Literal["text", "jsonl", "json", "csv", "tsv"]

_FORMATS: dict[str, Format] = {".jsonl": "jsonl", ".ndjson": "jsonl", ".json": "json", ".csv": "csv", ".tsv": "tsv"}
# A text of up to this many characters is one piece; a longer one is cut at blank lines, else at line ends.
_WHOLE_TEXT, _PIECE = 1 << 18, 1 << 16
_CHUNK = 1 << 16
# Values that say who speaks or what an object is; anything else under these keys is redacted.
_ROLES = frozenset(
    """system developer user assistant tool function human gpt bot chatbot model ai agent operator customer client
    patient therapist counselor counsellor coach doctor message text input_text output_text image_url tool_call
    tool_result note comment""".split()  # noqa: SIM905
)
_ROLE_KEYS = frozenset({"role", "type", "from", "speaker", "author"})
_TIME_KEY = re.compile(
    r"(?:\b|_)(?:ts|time|timestamp|date|epoch|at|when|created|updated|sent)\Z|[a-z](?:At|Time|Date|Ts)\Z", re.I
)
_EPOCHS = ((1e9, 2e9), (1e12, 2e12))  # seconds and milliseconds since 1970, from 2001 to 2033
_ID = re.compile(r"[A-Za-z]{0,12}[_-]?\d{1,6}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9a-f]{16,64}")


@dataclass(frozen=True)
class Field:
    """One text of a piece.

    Attributes:
        label: the key or column that it stands under; empty: none.
        text: the text, or the digits of a number.
        role: who says it.
        is_key: the text is itself a key of an object or the header of a column.
    """

    label: str
    text: str
    role: str = "user"
    is_key: bool = False


@dataclass(frozen=True)
class Piece:
    """Texts that are redacted together, and a function from the redacted texts to what is written."""

    where: str
    fields: tuple[Field, ...]
    written: Callable[[Sequence[str]], str]


def format_of(name: str) -> Format:
    """The format of a file by its name, with or without ``.gz``; text by default."""
    path = Path(name.removesuffix(".gz"))
    return _FORMATS.get(path.suffix.lower(), "text")


def open_document(file: Path) -> IO[str]:
    """A file as UTF-8 text, unpacked where its name ends in ``.gz``.

    Raises:
        UsageError: it is missing or cannot be opened.
    """
    try:
        raw = cast("IO[bytes]", gzip.GzipFile(file)) if file.suffix == ".gz" else file.open("rb")
    except FileNotFoundError:
        raise UsageError(f"{file}: no such file") from None
    except OSError as error:
        raise UsageError(f"{file}: cannot be opened ({type(error).__name__})") from None
    return io.TextIOWrapper(raw, encoding="utf-8-sig", newline="")


def pieces(stream: IO[str], kind: Format, name: str) -> Iterator[Piece]:
    """The pieces of an open document, in order.

    Raises:
        UsageError: it does not match its format; the message has the line number and no text.
    """
    readers: dict[Format, Callable[[IO[str], str], Iterator[Piece]]] = {
        "text": _texts,
        "jsonl": _json_lines,
        "json": _json,
        "csv": lambda stream, name: _rows(stream, name, ","),
        "tsv": lambda stream, name: _rows(stream, name, "\t"),
    }
    try:
        yield from readers[kind](stream, name)
    except UnicodeDecodeError as error:
        raise UsageError(f"{name}: is not UTF-8 text (byte {error.start} of a block: {error.reason})") from None
    except (gzip.BadGzipFile, EOFError, OSError) as error:
        raise UsageError(f"{name}: cannot be read ({type(error).__name__})") from None


def _texts(stream: IO[str], name: str) -> Iterator[Piece]:
    held, line = stream.read(_WHOLE_TEXT), 1
    if len(held) < _WHOLE_TEXT:
        if held:
            yield _text(held, name)
        return
    while held:
        end = len(held) if len(held) <= _PIECE else _cut(held)
        yield _text(held[:end], f"{name}, line {line}")
        line += held.count("\n", 0, end)
        held = held[end:]
        if len(held) <= _PIECE:
            held += stream.read(_PIECE)


def _cut(text: str) -> int:
    for mark in ("\n\n", "\n", " "):
        at = text.rfind(mark, 0, _PIECE)
        if at > 0:
            return at + len(mark)
    return _PIECE


def _text(text: str, where: str) -> Piece:
    return Piece(where, (Field("", text),), lambda texts: texts[0])


def _json_lines(stream: IO[str], name: str) -> Iterator[Piece]:
    for number, line in enumerate(stream, start=1):
        where = f"{name}, line {number}"
        if not line.strip():
            continue
        try:
            record = json.loads(line)
        except json.JSONDecodeError:
            raise UsageError(f"{where}: is no JSON; use --format text for plain text") from None
        if not isinstance(record, dict):
            raise UsageError(f"{where}: must be an object, found {type(record).__name__}")
        yield _record(record, where, "\n")


def _json(stream: IO[str], name: str) -> Iterator[Piece]:
    """A list element by element, anything else whole."""
    decoder, held = json.JSONDecoder(), stream.read(_CHUNK).lstrip()
    if not held.startswith("["):
        held += stream.read()
        try:
            yield _record(json.loads(held), name, "\n")
        except json.JSONDecodeError as error:
            raise UsageError(f"{name}, line {error.lineno}: is no JSON ({error.msg})") from None
        return
    held, number, opening = held[1:].lstrip(), 0, "[\n"
    while True:
        held = held.lstrip()
        if held in ("", ","):
            more = stream.read(_CHUNK)
            if not more:
                raise UsageError(f"{name}, element {number + 1}: the list is not closed")
            held += more
            continue
        if held[0] == "]":
            yield Piece(name, (), lambda _, start=opening: "[]\n" if start == "[\n" else "\n]\n")  # type: ignore[misc]
            return
        if number and held[0] != ",":
            raise UsageError(f"{name}, element {number + 1}: a comma is missing before it")
        held = held[1:].lstrip() if number else held
        element, held = _element(decoder, held, stream, f"{name}, element {number + 1}")
        number += 1
        yield _record(element, f"{name}, element {number}", "", opening)
        opening = ",\n"


def _element(decoder: json.JSONDecoder, held: str, stream: IO[str], where: str) -> tuple[Any, str]:
    while True:
        try:
            element, end = decoder.raw_decode(held)
            if end < len(held):  # a number at the end of a block may go on in the next
                return element, held[end:]
        except json.JSONDecodeError as error:
            problem = error.msg
        else:
            problem = "the list is not closed"
        more = stream.read(max(_CHUNK, len(held)))
        if not more:
            raise UsageError(f"{where}: is no JSON ({problem})")
        held += more


def _record(value: Any, where: str, after: str, before: str = "") -> Piece:
    """All keys, texts and numbers of a JSON value; roles, types and plain ids stay."""
    fields: list[Field] = []
    _collect(value, "", fields)

    def written(texts: Sequence[str]) -> str:
        return before + json.dumps(_filled(value, "", iter(texts)), ensure_ascii=False) + after

    return Piece(where, tuple(fields), written)


def _collect(value: Any, key: str, fields: list[Field], role: str = "user") -> None:
    if isinstance(value, dict):
        said_by = value.get("role")
        for name, part in value.items():
            fields.append(Field("", name, is_key=True))
            _collect(part, name, fields, said_by if isinstance(said_by, str) and said_by.lower() in _ROLES else role)
    elif isinstance(value, list):
        for part in value:
            _collect(part, key, fields, role)
    elif _may_identify(value, key):
        text = value if isinstance(value, str) else repr(value)
        fields.append(Field("" if key in ("text", "content", "messages") else key, text, role))


def _may_identify(value: Any, key: str) -> bool:
    """Whether a text or a number has to be redacted."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return False
    if key in _ROLE_KEYS and isinstance(value, str) and value.lower() in _ROLES:
        return False
    if key == "id" and _ID.fullmatch(str(value)):
        return False
    return isinstance(value, str) or not (_TIME_KEY.search(key) and any(low <= value < high for low, high in _EPOCHS))


def _filled(value: Any, key: str, texts: Iterator[str]) -> Any:
    """The value with the redacted texts in place, in the order in which ``_collect`` found them."""
    if isinstance(value, dict):
        filled: dict[str, Any] = {}
        for name, part in value.items():
            free = _free_key(next(texts), filled)
            filled[free] = _filled(part, name, texts)
        return filled
    if isinstance(value, list):
        return [_filled(part, key, texts) for part in value]
    if not _may_identify(value, key):
        return value
    text = next(texts)
    return value if not isinstance(value, str) and text == repr(value) else text


def _free_key(key: str, taken: Mapping[str, Any]) -> str:
    """``key``, numbered where another key was redacted to the same text, so that no value is lost."""
    free, number = key, 2
    while free in taken:
        free, number = f"{key} ({number})", number + 1
    return free


def _rows(stream: IO[str], name: str, delimiter: str) -> Iterator[Piece]:
    """A table row by row; the first row names the columns, and a name of a person in it is redacted."""
    reader = csv.reader(stream, delimiter=delimiter, strict=True)
    try:
        header = next(reader, None)
        if header is None:
            return
        # A table without a header starts with the data of a person.
        names = tuple(Field("", column, is_key=True) for column in header)
        yield Piece(f"{name}, line 1", names, lambda texts: _line(texts, delimiter))
        for row in reader:
            where = f"{name}, line {reader.line_num}"
            if row and len(row) != len(header):
                raise UsageError(f"{where}: has {len(row)} cells where the header has {len(header)}")
            fields = tuple(Field(column, cell) for column, cell in zip(header, row, strict=False))
            yield Piece(where, fields, lambda texts: _line(texts, delimiter))
    except csv.Error as error:
        raise UsageError(f"{name}, line {reader.line_num}: is no CSV ({error})") from None


def _line(cells: Sequence[str], delimiter: str) -> str:
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter, lineterminator="\n").writerow(cells)
    return out.getvalue()
