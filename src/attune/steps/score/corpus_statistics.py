"""Statistics over all records of the inputs: shares of scenarios, which families have signals, and word frequencies.

A score must not depend on how records are divided into batches, so these are computed in one pass before the step and passed to
it with its parameters. Memory: the counts below, whatever the number of records.
"""

from __future__ import annotations

import base64
import functools
import zlib
from collections import Counter
from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pydantic import BaseModel, ConfigDict

from attune.config.params import ScoreParams
from attune.records.shards import ShardSet
from attune.steps.score.conversation_columns import (
    PLACEHOLDER_WORD,
    PRETRAINING,
    USER,
    ConversationColumns,
    Flags,
    Numbers,
    distinct,
    to_columns,
)
from attune.steps.score.cue_words import all_stop_words
from attune.steps.score.quality_score import SIGNALS

_BUCKETS = 1 << 16
_LARGEST_COUNT = 0xFFFF
_LEAST_WORDS = 4
_LEAST_LETTERS = 3


class CorpusStatistics(BaseModel):
    """Statistics over all records of the inputs."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    records: int = 0
    scenario_shares: dict[str, float] = {}
    groups_with_signals: tuple[str, ...] = ()
    groups_with_turns: tuple[str, ...] = ()
    sampled: int = 0
    word_counts: str = (
        ""  # number of sampled records that use a word, by hash bucket: zlib and base64 of 65,536 little-endian uint16
    )


def signal_group(family: str, tags: Sequence[str] | None) -> str:
    """The group of a record for which it is known whether records have signals and turns.

    It is the family; texts to pretrain on and reflections, which users never rate, are groups of their own.
    """
    for form in (PRETRAINING, "reflection"):
        if tags and form in tags:
            return f"{family}/{form}"
    return family


def gather_statistics(inputs: Sequence[ShardSet], params: ScoreParams) -> CorpusStatistics:
    """Read the inputs once, shard by shard, and count.

    Scenarios and signals are counted over all records, words over at most about ``params.statistics_records`` of them: every
    n-th, so that the choice depends only on the order of the records.
    """
    total = sum(item.rows for item in inputs)
    step = max(1, -(-total // params.statistics_records))
    scenarios: Counter[str] = Counter()
    with_signals: set[str] = set()
    with_turns: set[str] = set()
    buckets = np.zeros(_BUCKETS, np.int64)
    sampled = position = 0
    for item in inputs:
        for table in item.tables(["family", "scenario", "signals", "tags", "messages"]):
            for entry in table.column("scenario").value_counts().to_pylist():
                scenarios[entry["values"] or ""] += entry["counts"]
            group = np.array(signal_groups(table), np.str_)
            with_signals.update(np.unique(group[has_signal(table)]).tolist())
            messages = table.column("messages").combine_chunks()
            with_turns.update(np.unique(group[_turns(messages) >= params.engaged_turns]).tolist())
            chosen = np.arange(-position % step, table.num_rows, step)
            if len(chosen):
                sampled += len(chosen)
                _, bucket = _context_buckets(to_columns(messages.take(pa.array(chosen))))
                buckets += np.bincount(bucket, minlength=_BUCKETS)
            position += table.num_rows
    scale = max(1, -(-int(buckets.max()) // _LARGEST_COUNT))
    packed = zlib.compress((-(-buckets // scale)).astype("<u2").tobytes(), 6)
    return CorpusStatistics(
        records=total,
        scenario_shares={name: count / total for name, count in sorted(scenarios.items()) if name},
        groups_with_signals=tuple(sorted(with_signals)),
        groups_with_turns=tuple(sorted(with_turns)),
        sampled=-(-sampled // scale),
        word_counts=base64.b64encode(packed).decode(),
    )


def signal_groups(table: pa.Table) -> list[str]:
    """The signal group of each row."""
    pairs = zip(table.column("family").to_pylist(), table.column("tags").to_pylist(), strict=True)
    return [signal_group(family, tags) for family, tags in pairs]


def has_signal(table: pa.Table) -> Flags:
    """Whether each row has a product signal that the score uses."""
    signals = table.column("signals").combine_chunks()
    found = np.zeros(table.num_rows, np.bool_)
    for name in SIGNALS:
        found |= pc.is_valid(pc.struct_field(signals, name)).to_numpy(zero_copy_only=False)
    return found


def unique_contexts(columns: ConversationColumns, statistics: CorpusStatistics, params: ScoreParams) -> Flags:
    """Whether at least ``params.unique_context_share`` of the content words of each user are rare.

    A word is rare when at most ``params.rare_word_share`` of the records (and at least one) use it.
    """
    if not statistics.sampled:
        return np.zeros(columns.rows, np.bool_)
    record, bucket = _context_buckets(columns)
    limit = max(1.0, params.rare_word_share * statistics.sampled)
    words = np.bincount(record, minlength=columns.rows)
    rare = np.bincount(record, _counts(statistics.word_counts)[bucket] <= limit, columns.rows)
    return np.asarray((words >= _LEAST_WORDS) & (rare >= params.unique_context_share * words))


def _context_buckets(columns: ConversationColumns) -> tuple[Numbers, Numbers]:
    """Record and bucket of each content word of the user messages, each word of a record once."""
    buckets = columns.of_word(_bucket)
    kept = (columns.role[columns.message] == USER) & (buckets >= 0)
    pairs = distinct(columns.record[columns.message[kept]] * _BUCKETS + buckets[kept])
    record, bucket = np.divmod(pairs, _BUCKETS)
    return record, bucket


def _turns(messages: pa.Array) -> Numbers:
    """User and assistant messages of each row."""
    spoken = pc.not_equal(messages.flatten().field("role"), "system").to_numpy(zero_copy_only=False)
    lengths = pc.fill_null(pc.list_value_length(messages), 0).to_numpy(zero_copy_only=False)
    return np.bincount(np.repeat(np.arange(len(messages)), lengths), spoken, len(messages)).astype(np.int64)


@functools.lru_cache(maxsize=1 << 17)
def _bucket(word: str) -> int:
    """The bucket of a content word; -1 for a stop word, a placeholder or a short word."""
    if len(word) < _LEAST_LETTERS or word == PLACEHOLDER_WORD or word in all_stop_words():
        return -1
    return zlib.crc32(word.encode("utf-8", "surrogatepass")) % _BUCKETS


@functools.lru_cache(maxsize=2)
def _counts(packed: str) -> Numbers:
    return np.frombuffer(zlib.decompress(base64.b64decode(packed)), "<u2").astype(np.int64)
