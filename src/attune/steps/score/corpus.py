"""What scoring must know of all records before it sees one: shares of scenarios, what families have, how rare words are.

A batch cannot know these, and a score must not depend on how records were cut into batches; so they are taken in one pass
before the step, and travel to it with its parameters. Memory: the counts below, whatever the number of records.
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
from attune.steps.score.conversations import (
    PLACEHOLDER_WORD,
    PRETRAINING,
    USER,
    Conversations,
    Flags,
    Numbers,
    conversations,
    distinct,
)
from attune.steps.score.formula import SIGNALS
from attune.steps.score.quality_words import all_stop_words

_BUCKETS = 1 << 16
_LARGEST_COUNT = 0xFFFF
_LEAST_WORDS = 4
_LEAST_LETTERS = 3


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
    """What shares a form: the family, and apart from it what nobody rates: texts to pretrain on, check-ins answered once."""
    for form in (PRETRAINING, "reflection"):
        if tags and form in tags:
            return f"{family}/{form}"
    return family


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
    buckets = np.zeros(_BUCKETS, np.int64)
    sampled = position = 0
    for item in inputs:
        for table in item.tables(["family", "scenario", "signals", "tags", "messages"]):
            for entry in table.column("scenario").value_counts().to_pylist():
                scenarios[entry["values"] or ""] += entry["counts"]
            shapes = np.array(groups(table), np.str_)
            with_signals.update(np.unique(shapes[has_signal(table)]).tolist())
            messages = table.column("messages").combine_chunks()
            with_turns.update(np.unique(shapes[_turns(messages) >= params.engaged_turns]).tolist())
            chosen = np.arange(-position % step, table.num_rows, step)
            if len(chosen):
                sampled += len(chosen)
                _, bucket = _context_buckets(conversations(messages.take(pa.array(chosen))))
                buckets += np.bincount(bucket, minlength=_BUCKETS)
            position += table.num_rows
    scale = max(1, -(-int(buckets.max()) // _LARGEST_COUNT))
    packed = zlib.compress((-(-buckets // scale)).astype("<u2").tobytes(), 6)
    return Statistics(
        records=total,
        scenario_shares={name: count / total for name, count in sorted(scenarios.items()) if name},
        groups_with_signals=tuple(sorted(with_signals)),
        groups_with_turns=tuple(sorted(with_turns)),
        sampled=-(-sampled // scale),
        word_counts=base64.b64encode(packed).decode(),
    )


def groups(table: pa.Table) -> list[str]:
    """The group of each row."""
    pairs = zip(table.column("family").to_pylist(), table.column("tags").to_pylist(), strict=True)
    return [group(family, tags) for family, tags in pairs]


def has_signal(table: pa.Table) -> Flags:
    """Whether the product measured what the formula can use, of each row."""
    signals = table.column("signals").combine_chunks()
    found = np.zeros(table.num_rows, np.bool_)
    for name in SIGNALS:
        found |= pc.is_valid(pc.struct_field(signals, name)).to_numpy(zero_copy_only=False)
    return found


def unique_contexts(talk: Conversations, statistics: Statistics, params: ScoreParams) -> Flags:
    """Whether enough of the content words of each user are used by few other records.

    A word is rare when at most ``params.rare_word_share`` of the records, itself included and one at least, use it.
    """
    if not statistics.sampled:
        return np.zeros(talk.rows, np.bool_)
    record, bucket = _context_buckets(talk)
    limit = max(1.0, params.rare_word_share * statistics.sampled)
    words = np.bincount(record, minlength=talk.rows)
    rare = np.bincount(record, _counts(statistics.word_counts)[bucket] <= limit, talk.rows)
    return np.asarray((words >= _LEAST_WORDS) & (rare >= params.unique_context_share * words))


def _context_buckets(talk: Conversations) -> tuple[Numbers, Numbers]:
    """Record and bucket of each content word of what users say, each word of a record once."""
    buckets = talk.of_word(_bucket)
    kept = (talk.role[talk.message] == USER) & (buckets >= 0)
    pairs = distinct(talk.record[talk.message[kept]] * _BUCKETS + buckets[kept])
    record, bucket = np.divmod(pairs, _BUCKETS)
    return record, bucket


def _turns(messages: pa.Array) -> Numbers:
    """User and assistant messages of each row."""
    spoken = pc.not_equal(messages.flatten().field("role"), "system").to_numpy(zero_copy_only=False)
    lengths = pc.fill_null(pc.list_value_length(messages), 0).to_numpy(zero_copy_only=False)
    return np.bincount(np.repeat(np.arange(len(messages)), lengths), spoken, len(messages)).astype(np.int64)


@functools.lru_cache(maxsize=1 << 17)
def _bucket(word: str) -> int:
    """The bucket of a content word; -1 for a word that says nothing of what somebody speaks of."""
    if len(word) < _LEAST_LETTERS or word == PLACEHOLDER_WORD or word in all_stop_words():
        return -1
    return zlib.crc32(word.encode("utf-8", "surrogatepass")) % _BUCKETS


@functools.lru_cache(maxsize=2)
def _counts(packed: str) -> Numbers:
    return np.frombuffer(zlib.decompress(base64.b64decode(packed)), "<u2").astype(np.int64)
