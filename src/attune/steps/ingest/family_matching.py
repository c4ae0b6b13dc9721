"""Matches object keys with the patterns of the family map, for millions of keys.

One automaton (RE2) matches a batch of keys with all patterns at once; matching keys are then bisected until one pattern
is left: n patterns cost log2(n) passes over a key instead of n.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

import pyarrow as pa
import pyarrow.compute as pc

from attune.errors import UsageError
from attune.steps.ingest.families import Family, FamilyMap

# Hidden files and folders are never data.
_HIDDEN = (".*", "*/.*")
_COMPRESSED = r"(?:\.(?:gz|zst))?"
_CLASS = re.compile(r"\[(!?)(\]?[^\]]*)\]")


def to_regex(pattern: str) -> str:
    r"""A shell pattern (``*``, ``?``, ``[a-z]``, ``[!a-z]``) as an RE2 expression for a whole key.

    Compressed objects match as well: ``*.jsonl`` also matches ``x.jsonl.gz`` and ``x.jsonl.zst``.
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


class PatternMatcher:
    """Splits batches of keys by the first pattern that matches.

    Args:
        patterns: in the order of their precedence.

    Raises:
        UsageError: a pattern holds an invalid character class.
    """

    def __init__(self, patterns: Sequence[str]) -> None:
        self._expressions = [to_regex(pattern) for pattern in patterns]
        self._joined: dict[tuple[int, int], str] = {}
        for pattern, expression in zip(patterns, self._expressions, strict=True):
            try:
                pc.match_substring_regex(pa.array([""]), expression)
            except pa.ArrowInvalid:
                raise UsageError(
                    f"pattern {pattern}: holds an invalid character class; write [a-z], the lower end first"
                ) from None

    def split(self, batch: pa.RecordBatch) -> Iterator[tuple[int | None, pa.RecordBatch]]:
        """Parts of ``batch`` (which has a column ``key``) with the index of their first pattern; None: no pattern matches.

        Every row is in exactly one part; parts are in the order of the patterns, the rows without a match last.
        """
        count = len(self._expressions)
        matched = self._matches(batch, 0, count)
        yield from self._halve(batch.filter(matched), 0, count)
        rest = batch.filter(pc.invert(matched))
        if rest.num_rows:
            yield None, rest

    def others(self, batch: pa.RecordBatch, after: int) -> Iterator[tuple[int, pa.RecordBatch]]:
        """Later patterns that keys of ``batch`` match as well, with these keys; ``after`` is the first pattern of all keys."""
        count = len(self._expressions)
        if after + 1 >= count:
            return
        for index, part in self._halve(batch.filter(self._matches(batch, after + 1, count)), after + 1, count):
            yield index, part
            yield from self.others(part, index)

    def _halve(self, batch: pa.RecordBatch, low: int, high: int) -> Iterator[tuple[int, pa.RecordBatch]]:
        """Parts of a batch in which every key matches a pattern from ``low`` to ``high`` (exclusive)."""
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


class FamilyMatcher:
    """Matches keys with a family map: ``ignore`` first, then the entries in order."""

    def __init__(self, families: FamilyMap) -> None:
        self._ignored = len(_HIDDEN) + len(families.ignore)
        self._entries = families.families
        self._matcher = PatternMatcher([*_HIDDEN, *families.ignore, *(entry.pattern for entry in families.families)])

    def split(self, batch: pa.RecordBatch) -> Iterator[tuple[int | None, pa.RecordBatch]]:
        """Parts of a batch by entry of the map (its index), and None for keys without a family; ignored keys are left out."""
        for index, part in self._matcher.split(batch):
            if index is None:
                yield None, part
            elif index >= self._ignored:
                yield index - self._ignored, part

    def others(self, batch: pa.RecordBatch, entry: int) -> Iterator[tuple[int, pa.RecordBatch]]:
        """Later entries whose patterns also match keys of ``batch``; all these keys belong to ``entry``."""
        for index, part in self._matcher.others(batch, entry + self._ignored):
            yield index - self._ignored, part

    def entry(self, index: int) -> Family:
        """An entry by its index."""
        return self._entries[index]
