"""What scoring must know of all records before it sees one: shares of scenarios, what families have, how rare words are.

A batch cannot know these, and a score must not depend on how records were cut into batches; so they are taken in one pass
before the step, and travel to it with its parameters. Memory: the counts below, whatever the number of records.
"""

from __future__ import annotations

import base64
import functools
import re
import sys
import zlib
from array import array
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import BaseModel, ConfigDict

from attune.core.params import ScoreParams
from attune.core.shards import ShardSet
from attune.data.formula import SIGNALS
from attune.data.quality_words import all_stop_words

_BUCKETS = 1 << 16
_LARGEST_COUNT = 0xFFFF
_LEAST_WORDS = 4
_MOST_WORDS = 400
_WORD = re.compile(r"[^\W\d_]{3,}")
_PLACEHOLDER = re.compile(r"\[[A-Z][A-Za-z]*(?:_[A-Z]+)*(?:_?\d+)?\]")


class Statistics(BaseModel):
    """Counts over all records of the inputs."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    records: int = 0
    scenario_shares: dict[str, float] = {}
    groups_with_signals: tuple[str, ...] = ()
    groups_with_turns: tuple[str, ...] = ()
    sampled: int = 0
    word_counts: str = ""  # records that use a word, by hash bucket: zlib and base64 of 65,536 little-endian uint16


def group(family: str, tags: Sequence[str] | None) -> str:
    """What shares a form: the family, and its reflections apart (a check-in that was answered once: nobody rates those)."""
    return f"{family}/reflection" if tags and "reflection" in tags else family


def gather(inputs: Sequence[ShardSet], params: ScoreParams) -> Statistics:
    """Read the inputs once, shard by shard, and count.

    Scenarios and signals are counted over all records, words over at most about ``params.statistics_records`` of them: every
    n-th, so that the choice depends on the order of the records alone.
    """
    total = sum(item.rows for item in inputs)
    step = max(1, -(-total // params.statistics_records))
    scenarios: Counter[str] = Counter()
    with_signals: set[str] = set()
    with_turns: set[str] = set()
    buckets = array("L", bytes(array("L").itemsize * _BUCKETS))
    sampled = position = 0
    for item in inputs:
        for table in item.tables(["family", "scenario", "signals", "tags", "messages"]):
            rows = table.drop_columns(["messages"]).to_pylist()
            messages = table.column("messages").combine_chunks()
            for index, row in enumerate(rows):
                scenarios[row["scenario"] or ""] += 1
                shape = group(row["family"], row["tags"])
                if shape not in with_signals and has_signal(row["signals"]):
                    with_signals.add(shape)
                if shape not in with_turns and _turns(messages[index].as_py()) >= params.engaged_turns:
                    with_turns.add(shape)
            for index in range(-position % step, table.num_rows, step):
                sampled += 1
                for bucket in {_bucket(word) for word in context_words(messages[index].as_py())}:
                    buckets[bucket] += 1
            position += table.num_rows
    scale = max(1, -(-max(buckets) // _LARGEST_COUNT))
    packed = zlib.compress(_little_endian(array("H", (-(-count // scale) for count in buckets))), 6)
    return Statistics(
        records=total,
        scenario_shares={name: count / total for name, count in sorted(scenarios.items()) if name},
        groups_with_signals=tuple(sorted(with_signals)),
        groups_with_turns=tuple(sorted(with_turns)),
        sampled=-(-sampled // scale),
        word_counts=base64.b64encode(packed).decode(),
    )


def has_signal(signals: Mapping[str, Any] | None) -> bool:
    """Whether the product measured what the formula can use."""
    return signals is not None and any(signals.get(name) is not None for name in SIGNALS)


def is_unique_context(messages: Sequence[Mapping[str, str]], statistics: Statistics, params: ScoreParams) -> bool:
    """Whether enough of a user's content words are used by few other records.

    A word is rare when at most ``params.rare_word_share`` of the records, itself included and one at least, use it.
    """
    words = context_words(messages)
    if len(words) < _LEAST_WORDS or not statistics.sampled:
        return False
    counts = _counts(statistics.word_counts)
    limit = max(1.0, params.rare_word_share * statistics.sampled)
    rare = sum(counts[_bucket(word)] <= limit for word in words)
    return rare / len(words) >= params.unique_context_share


def context_words(messages: Sequence[Mapping[str, str]]) -> set[str]:
    """The content words of what the user says."""
    said = " ".join(message["content"] for message in messages if message["role"] == "user")
    words = (word.lower() for word in _WORD.findall(_PLACEHOLDER.sub(" ", said))[:_MOST_WORDS])
    stop_words = all_stop_words()
    return {word for word in words if word not in stop_words}


def _turns(messages: Sequence[Mapping[str, str]]) -> int:
    return sum(message["role"] != "system" for message in messages)


@functools.lru_cache(maxsize=1 << 17)
def _bucket(word: str) -> int:
    return zlib.crc32(word.encode()) % _BUCKETS


@functools.lru_cache(maxsize=2)
def _counts(packed: str) -> array[int]:
    counts = array("H")
    counts.frombytes(zlib.decompress(base64.b64decode(packed)))
    return counts if _is_little_endian() else _swapped(counts)


def _little_endian(counts: array[int]) -> bytes:
    return (counts if _is_little_endian() else _swapped(counts)).tobytes()


def _is_little_endian() -> bool:
    return sys.byteorder == "little"


def _swapped(counts: array[int]) -> array[int]:
    swapped = array("H", counts)
    swapped.byteswap()
    return swapped
