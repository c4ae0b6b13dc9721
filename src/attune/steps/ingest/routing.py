"""Which pattern of the family map an object key belongs to, for millions of keys.

A batch of keys is held against all patterns at once by one automaton (RE2), and what matched is halved until one pattern is
left: n patterns cost log2(n) passes over a key instead of n.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

import pyarrow as pa
import pyarrow.compute as pc

from attune.errors import UsageError
from attune.steps.ingest.families import Family, FamilyMap

# Hidden files and folders are no data anywhere.
_HIDDEN = (".*", "*/.*")
_COMPRESSED = r"(?:\.(?:gz|zst))?"
_CLASS = re.compile(r"\[(!?)(\]?[^\]]*)\]")


def to_regex(pattern: str) -> str:
    r"""A shell pattern (``*``, ``?``, ``[a-z]``, ``[!a-z]``) as an RE2 expression for a whole key.

    Objects that were compressed afterwards match as well: ``*.jsonl`` is also for ``x.jsonl.gz`` and ``x.jsonl.zst``.
    """
    written: list[str] = []
    place = 0
    while place < len(pattern):
        character = pattern[place]
        found = _CLASS.match(pattern, place) if character == "[" else None
        if found:
            members = found[2].replace("\\", r"\\").replace("]", r"\]").replace("[", r"\[").replace("^", r"\^")
            written.append(f"[{'^' if found[1] else ''}{members}]")
            place = found.end()
            continue
        if character == "*":
            if not written or written[-1] != ".*":
                written.append(".*")
        else:
            written.append("." if character == "?" else re.escape(character))
        place += 1
    return "".join(written)


class Router:
    """Splits batches of keys by the first pattern that matches.

    Args:
        patterns: in the order of their precedence.

    Raises:
        UsageError: a pattern holds a class of characters that is none.
    """

    def __init__(self, patterns: Sequence[str]) -> None:
        self._expressions = [to_regex(pattern) for pattern in patterns]
        self._joined: dict[tuple[int, int], str] = {}
        for pattern, expression in zip(patterns, self._expressions, strict=True):
            try:
                pc.match_substring_regex(pa.array([""]), expression)
            except pa.ArrowInvalid:
                raise UsageError(f"pattern {pattern}: is not readable; write [a-z] with the lower end first") from None

    def split(self, batch: pa.RecordBatch) -> Iterator[tuple[int | None, pa.RecordBatch]]:
        """Parts of ``batch`` (which has a column ``key``) with the index of their first pattern; None: no pattern matches.

        Every row is in exactly one part; parts come in the order of the patterns, what matches nothing last.
        """
        count = len(self._expressions)
        matched = self._matches(batch, 0, count)
        yield from self._halve(batch.filter(matched), 0, count)
        rest = batch.filter(pc.invert(matched))
        if rest.num_rows:
            yield None, rest

    def others(self, batch: pa.RecordBatch, after: int) -> Iterator[tuple[int, pa.RecordBatch]]:
        """Which later patterns the keys of ``batch`` match as well, with the keys; ``after`` is their first pattern."""
        count = len(self._expressions)
        if after + 1 >= count:
            return
        for index, part in self._halve(batch.filter(self._matches(batch, after + 1, count)), after + 1, count):
            yield index, part
            yield from self.others(part, index)

    def _halve(self, batch: pa.RecordBatch, low: int, high: int) -> Iterator[tuple[int, pa.RecordBatch]]:
        """Parts of a batch all of whose keys match a pattern from ``low`` to before ``high``."""
        if not batch.num_rows:
            return
        if high - low == 1:
            yield low, batch
            return
        middle = (low + high) // 2
        first_half = self._matches(batch, low, middle)
        yield from self._halve(batch.filter(first_half), low, middle)
        yield from self._halve(batch.filter(pc.invert(first_half)), middle, high)

    def _matches(self, batch: pa.RecordBatch, low: int, high: int) -> pa.Array:
        if low >= high:
            return pa.repeat(pa.scalar(False), batch.num_rows)
        if (low, high) not in self._joined:
            self._joined[low, high] = f"^(?s:{'|'.join(self._expressions[low:high])}){_COMPRESSED}$"
        return pc.match_substring_regex(batch.column("key"), self._joined[low, high])


class FamilyRouter:
    """The router of a family map: ``ignore`` first, then the entries in their order."""

    def __init__(self, families: FamilyMap) -> None:
        self._ignored = len(_HIDDEN) + len(families.ignore)
        self._entries = families.families
        self._router = Router([*_HIDDEN, *families.ignore, *(entry.pattern for entry in families.families)])

    def split(self, batch: pa.RecordBatch) -> Iterator[tuple[int | None, pa.RecordBatch]]:
        """Parts of a batch by entry of the map (its index), with None for what is of no family; what is ignored is left out."""
        for index, part in self._router.split(batch):
            if index is None:
                yield None, part
            elif index >= self._ignored:
                yield index - self._ignored, part

    def others(self, batch: pa.RecordBatch, entry: int) -> Iterator[tuple[int, pa.RecordBatch]]:
        """Later entries whose patterns match keys of ``batch``, which belong to ``entry``, as well."""
        for index, part in self._router.others(batch, entry + self._ignored):
            yield index - self._ignored, part

    def entry(self, index: int) -> Family:
        """An entry by its index."""
        return self._entries[index]
