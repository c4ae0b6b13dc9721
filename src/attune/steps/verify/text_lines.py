"""Holds the lines of ``compiled.jsonl`` and ``provenance.jsonl`` against the rows of the shards that they must repeat."""

from __future__ import annotations

import codecs
import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import IO, Any

import numpy as np

from attune import storage
from attune.steps.verify.evidence import Violations

_CHUNK = 1 << 20
_PLAIN = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False)
_CANONICAL = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False)


@dataclass(frozen=True)
class LineRange:
    """Lines of a file that belong to one shard: from byte ``start`` to ``stop``, the first of them with this ``number``."""

    uri: str
    name: str
    number: int
    start: int
    stop: int


@dataclass(frozen=True)
class Content:
    """What reading a file from end to end told.

    Attributes:
        sha256: of its bytes.
        size: how many there are.
        lines: lines, one without an end too.
        starts: the byte at which each of the lines that were asked for begins, the end of the file for those it lacks.
    """

    sha256: str
    size: int
    lines: int
    starts: list[int]


def read_content(task: tuple[str, Sequence[int]]) -> Content:
    """Read a file; which lines are asked for (from 0 on) must be in order. Memory: a megabyte."""
    uri, asked = task
    digest, size, lines, last = hashlib.sha256(), 0, 0, b"\n"
    starts: list[int] = []
    with storage.open_file(uri) as handle:
        while chunk := handle.read(_CHUNK):
            digest.update(chunk)
            more = chunk.count(b"\n")
            if len(starts) < len(asked) and asked[len(starts)] <= lines + more:
                ends = np.flatnonzero(np.frombuffer(chunk, np.uint8) == ord("\n"))
                while len(starts) < len(asked) and asked[len(starts)] <= lines + more:
                    place = asked[len(starts)] - lines
                    starts.append(size + int(ends[place - 1]) + 1 if place > 0 else size)
            lines, size, last = lines + more, size + len(chunk), chunk[-1:]
    starts += [size] * (len(asked) - len(starts))
    return Content(digest.hexdigest(), size, lines + (last != b"\n"), starts)


class LineReader:
    """Compares the lines of a span, one after the other, with what they must say.

    Args:
        span: the lines; with None nothing is compared.
        what: what such a line is called in a violation.
    """

    def __init__(self, span: LineRange | None, what: str) -> None:
        self._span = span
        self._what = what
        self._read = 0
        self._place = span.start if span else 0
        self._handle: IO[bytes] | None = None

    def __enter__(self) -> LineReader:
        if self._span is not None and self._span.stop > self._span.start:
            self._handle = storage.open_file(self._span.uri)
            self._handle.seek(self._span.start)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self._handle is not None:
            self._handle.close()

    def compare(self, expected: Mapping[str, Any], record: str, violations: Violations) -> None:
        """Note it when the next line does not say what is expected."""
        if self._span is None:
            return
        line = b""
        if self._handle is not None and self._place < self._span.stop:
            line = self._handle.readline()
            self._place += len(line)
        if not line:
            violations.add(f"{self._what} is wrong or missing", record, f"{self._span.name} ends before it")
        elif not says(line, expected):
            where = f"line {self._span.number + self._read + 1} of {self._span.name}"
            violations.add(f"{self._what} is wrong or missing", record, where)
        self._read += 1


def says(line: bytes, expected: Mapping[str, Any]) -> bool:
    """Whether a line of JSON has the expected value; key order and white space do not count."""
    if line.removesuffix(b"\n") == _PLAIN.encode(expected).encode("utf-8", "surrogatepass"):
        return True
    try:
        return _CANONICAL.encode(
            json.loads(line.decode("utf-8", "surrogatepass"), object_pairs_hook=_once)
        ) == _CANONICAL.encode(expected)
    except (ValueError, RecursionError):
        return False


def text_faults(name: str, content: bytes) -> Iterator[tuple[str, str, str]]:
    """(check, file, detail) of what is wrong with a small file: no plain UTF-8, no JSON object, a key that is there twice."""
    if content.startswith(codecs.BOM_UTF8):
        yield "file cannot be read", name, "it starts with a byte order mark"
    try:
        text = content.decode("utf-8")
        value = json.loads(text, object_pairs_hook=_once) if name.endswith(".json") else {}
    except _KeyTwiceError:
        yield "key is there twice", name, ""
    except UnicodeDecodeError:
        yield "file cannot be read", name, "no UTF-8"
    except (ValueError, RecursionError):
        yield "file cannot be read", name, "no valid JSON"
    else:
        if not isinstance(value, dict):
            yield "file cannot be read", name, "no JSON object"


class _KeyTwiceError(ValueError):
    """A key stands in an object twice."""


def _once(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    """An object whose keys stand there once: of two readers one would see the first value and one the last."""
    found = dict(pairs)
    if len(found) != len(pairs):
        raise _KeyTwiceError
    return found
