"""Contamination: records outside of test with text of a held-out record that they are not similar to.

Groups keep similar conversations out of two splits (``groups``). What is left are copies of another length or in another place:

- **parts**: of two conversations of ``compile.part_words`` words or more, ``compile.part_share`` of the runs of 13 words of one
  are in the other; the same with the rejected answer as the end of the conversation;
- **rejected endings**: the conversation with the rejected answer as its end is similar to a held-out one;
- **hidden copies**: system prompts and the rejected answer together hold ``compile.hidden_share`` of a held-out conversation.

The leakage gate of verify has the same rules with narrower limits. Only held-out records are indexed
(``similarity/containment.py``), and every pair is found. Nearly all records share too few runs of 13 words with all held-out
ones together to be compared with any of them.

Memory: 40 B for each word of the held-out records while they are indexed; the index is in files that workers share.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from attune.config.params import CompileParams
from attune.config.vocabulary import PART_NGRAM_WORDS
from attune.records.record import MESSAGES_TYPE
from attune.runtime.progress import Progress
from attune.runtime.workers import Workers
from attune.similarity.catalog import Catalog, ShardSource, read_rows
from attune.similarity.containment import Flags, Index, build_index
from attune.similarity.minhash import distinct, sorted_unique
from attune.similarity.shingles import I64, U64, Shingles, shingle
from attune.similarity.token_sets import gather_sets

MAX_SOURCES = 32  # held-out records that are noted for one record: with so many it is left out
MAX_COPIES = 20  # a held-out record that stands in more others is left out itself

_ROWS_AT_A_TIME = 1_024
_CANDIDATES_AT_A_TIME = 64
_EPSILON = 1e-9


@dataclass(frozen=True)
class ContaminationRules:
    """What counts as contamination; the fields are those of the section ``compile``."""

    shingle_words: int
    min_words: int
    group_threshold: float
    part_share: float
    part_words: int
    hidden_share: float
    hidden_words: int

    @classmethod
    def of(cls, params: CompileParams) -> ContaminationRules:
        """The rules of the parameters."""
        return cls(**{field.name: getattr(params, field.name) for field in fields(cls)})

    @property
    def part_ngrams(self) -> int:
        """Runs of 13 words that a part must have."""
        return max(self.part_words - PART_NGRAM_WORDS + 1, 1)

    @property
    def part_bytes(self) -> int:
        """Bytes of the shortest text with so many words as a part."""
        return 2 * self.part_words - 1


@dataclass(frozen=True)
class Contamination:
    """Contaminated rows, and the held-out rows whose text they have: all of them, or :data:`MAX_SOURCES`."""

    rows: I64
    held: I64

    def inseparable(self, frozen: Flags) -> Flags:
        """Rows that cannot form a group with the rows whose text they share: those are too many, or frozen.

        Args:
            frozen: rows of frozen test sets, which are never left out and in no split.
        """
        out = np.bincount(self.rows, minlength=len(frozen)) >= MAX_SOURCES
        out[self.rows[frozen[self.held]]] = True
        found = np.bincount(self.held[~out[self.rows]], minlength=len(frozen))
        inseparable: Flags = out | ((found > MAX_COPIES) & ~frozen)
        return inseparable

    def left_out(self, frozen: Flags, first: Flags) -> Flags:
        """Rows to leave out so that no pair is left: :meth:`inseparable` ones, then every row that still has text of another.

        Args:
            frozen: rows of frozen test sets, which are never left out.
            first: rows to leave out first, because others may have text of them.
        """
        out = self.inseparable(frozen)
        for own in (first, ~first):
            pairs = own[self.rows] & ~out[self.rows] & ~out[self.held]
            out[self.rows[pairs]] = True
        return out

    def links(self, among: Flags) -> tuple[I64, I64]:
        """The pairs with both ends ``among`` some rows."""
        both = among[self.rows] & among[self.held]
        return self.rows[both], self.held[both]


def find_contamination(
    catalog: Catalog,
    held: tuple[I64, I64],
    queries: tuple[I64, I64],
    rules: ContaminationRules,
    workers: Workers,
    progress: Progress,
) -> Contamination:
    """Every row that has text of a held-out one.

    Args:
        catalog: knows where the rows stand; its column ``hidden`` is true of rows with text that is no turn.
        held: rows of validation, and rows of test and frozen test sets, each in the order in which they are reported.
        queries: rows of train, which must have no text of either, and of validation, which must have none of test.
        rules: what counts as contamination.
        workers: the processes that compare.
        progress: gets the number of rows that are done.
    """
    has_hidden = catalog.table.column("hidden").to_numpy()
    numbered = np.concatenate(held)
    rows = np.sort(np.concatenate(queries))
    rows = rows[has_hidden[rows] | (catalog.lengths[rows] >= rules.part_bytes)]
    if not len(numbered) or not len(rows):
        return Contamination(np.zeros(0, np.int64), np.zeros(0, np.int64))
    first = np.zeros(catalog.rows, np.int64)
    first[queries[1]] = len(held[0])
    found: list[tuple[I64, I64]] = [(np.zeros(0, np.int64), np.zeros(0, np.int64))]
    with tempfile.TemporaryDirectory() as folder:
        _save_indexes(catalog, numbered, folder, rules, bool(has_hidden[rows].any()), workers)
        tasks = (_SearchTask(source, own, first[own + source.first], folder, rules) for source, own in catalog.pieces(rows))
        done = 0
        for (source, own), (places, numbers) in zip(catalog.pieces(rows), workers.map(_search_shard, tasks), strict=True):
            found.append((own[places] + source.first, numbered[numbers]))
            done += len(own)
            progress.update(done, len(rows), "searching for text of held-out records")
    return Contamination(*(np.concatenate(part) for part in zip(*found, strict=True)))


def _save_indexes(
    catalog: Catalog, numbered: I64, folder: str, rules: ContaminationRules, with_ngrams: bool, workers: Workers
) -> None:
    """Index the conversations of the rows ``numbered`` by runs of 13 words and, where needed, by n-grams."""
    order = np.argsort(numbered)  # row in the order of the shards -> its number
    kinds = [("long", PART_NGRAM_WORDS, rules.part_words, rules.part_ngrams, rules.part_share)]
    if with_ngrams:
        share = min(rules.hidden_share, rules.group_threshold)
        kinds.append(("short", rules.shingle_words, rules.min_words, 1, share))
    for name, length, words, least, share in kinds:
        pieces = catalog.pieces(numbered[order])
        sets = workers.map(_shard_sets, ((source, rows, length, words, least) for source, rows in pieces))
        parts = [(np.zeros(0, np.uint64), np.zeros(0, np.int64)), *sets]
        sizes = np.concatenate([part[1] for part in parts])
        values = np.concatenate([part[0] for part in parts])
        del parts
        values, sizes = _reordered(values, sizes, np.argsort(order, kind="stable"))
        build_index(values, sizes, share).save(Path(folder) / name)


def _reordered(values: U64, sizes: I64, places: I64) -> tuple[U64, I64]:
    """The sets at ``places``, in that order."""
    offsets = np.concatenate([np.zeros(1, np.int64), np.cumsum(sizes)])
    found = np.empty_like(values)
    done = 0
    for first in range(0, len(places), _ROWS_AT_A_TIME):
        some, _ = gather_sets(values, offsets, places[first : first + _ROWS_AT_A_TIME])
        found[done : done + len(some)] = some
        done += len(some)
    return found, sizes[places]


def _shard_sets(task: tuple[ShardSource, I64, int, int, int]) -> tuple[U64, I64]:
    """The n-grams of some rows of a shard; none of rows with fewer words or n-grams than asked for."""
    source, rows, length, words, least = task
    shingles = shingle(read_rows(source, ["messages"]).column("messages").take(pa.array(rows)), length)
    values, offsets = distinct(shingles)
    sizes = np.diff(offsets)
    keep = (shingles.words >= words) & (sizes >= least)
    return values[np.repeat(keep, sizes)], np.where(keep, sizes, 0)


@dataclass(frozen=True)
class _SearchTask:
    """Rows of a shard, and the number of the first held-out record whose text each must not have."""

    source: ShardSource
    rows: I64
    first: I64
    folder: str
    rules: ContaminationRules


def _search_shard(task: _SearchTask) -> tuple[I64, I64]:
    """The places of contaminated rows and the numbers of the held-out records whose text they have, pair by pair."""
    table = read_rows(task.source, ["messages", "rejected_response"]).take(pa.array(task.rows))
    pairs: list[tuple[int, int]] = []
    for start in range(0, len(task.rows), _ROWS_AT_A_TIME):
        some = table.slice(start, _ROWS_AT_A_TIME)
        found = _search_rows(some, task.first[start : start + _ROWS_AT_A_TIME], task.folder, task.rules)
        pairs += [
            (start + place, number) for place, numbers in sorted(found.items()) for number in sorted(numbers)[:MAX_SOURCES]
        ]
    places, numbers = zip(*pairs, strict=True) if pairs else ((), ())
    return np.array(places, np.int64), np.array(numbers, np.int64)


def _search_rows(table: pa.Table, first: I64, folder: str, rules: ContaminationRules) -> dict[int, set[int]]:
    """Row -> numbers of the held-out records whose text it has."""
    found: dict[int, set[int]] = {}
    long = Index.load(f"{folder}/long")
    _search_parts(long, shingle(table.column("messages"), PART_NGRAM_WORDS), range(table.num_rows), first, rules, found)
    endings, hidden = _hidden_texts(table)
    if endings:
        read = pa.array(list(endings.values()), MESSAGES_TYPE)
        owners = [[place] for place in endings]
        _search_parts(long, shingle(read, PART_NGRAM_WORDS), list(endings), first, rules, found)
        shingles = shingle(read, rules.shingle_words)
        _search_sets(Index.load(f"{folder}/short"), shingles, owners, first, found, _similar(rules))
    if hidden:
        shingles = shingle(pa.array([_answer(text) for text in hidden], MESSAGES_TYPE), rules.shingle_words)
        _search_sets(Index.load(f"{folder}/short"), shingles, list(hidden.values()), first, found, _is_acceptable(rules))
    return found


def has_hidden_text(table: pa.Table) -> Flags:
    """Which records have text that is no turn of the conversation: a system prompt or a rejected answer."""
    messages = table.column("messages").combine_chunks()
    system = pc.equal(pc.struct_field(messages.flatten(), "role"), "system").to_numpy(zero_copy_only=False).astype(bool)
    found = np.zeros(len(messages), bool)
    found[pc.list_parent_indices(messages).to_numpy()[system]] = True
    lengths = pc.fill_null(pc.binary_length(table.column("rejected_response")), 0)
    found |= lengths.to_numpy() > 0
    return found


def _hidden_texts(table: pa.Table) -> tuple[dict[int, list[dict[str, str]]], dict[str, list[int]]]:
    """Conversations with the rejected answer as their end, by row; and the rows of each text that is no turn."""
    places = np.flatnonzero(has_hidden_text(table))
    rows = table.take(pa.array(places)).to_pylist()
    endings: dict[int, list[dict[str, str]]] = {}
    hidden: dict[str, list[int]] = {}
    for place, row in zip(places.tolist(), rows, strict=True):
        parts = [message["content"] for message in row["messages"] if message["role"] == "system"]
        if row["rejected_response"]:
            parts.append(row["rejected_response"])
            endings[place] = row["messages"][:-1] + _answer(row["rejected_response"])
        hidden.setdefault("\n".join(parts), []).append(place)
    return endings, hidden


def _answer(text: str) -> list[dict[str, str]]:
    return [{"role": "assistant", "content": text}]


Condition = Callable[[I64, I64, I64], Flags]  # from n-grams in common, those of the text and those of held-out records


def _part(rules: ContaminationRules) -> Condition:
    return lambda common, own, their: common >= rules.part_share * np.minimum(own, their) - _EPSILON


def _similar(rules: ContaminationRules) -> Condition:
    return lambda common, own, their: common >= rules.group_threshold * (own + their - common) - _EPSILON


def _is_acceptable(rules: ContaminationRules) -> Condition:
    least = rules.hidden_words - rules.shingle_words + 1
    return lambda common, own, their: (np.minimum(own, their) >= least) & (common >= rules.hidden_share * their - _EPSILON)


def _search_parts(
    index: Index,
    shingles: Shingles,
    owners: Sequence[int],
    first: I64,
    rules: ContaminationRules,
    found: dict[int, set[int]],
) -> None:
    """Note which texts are a part of a held-out record, or have one as a part."""
    share, least = rules.part_share, rules.part_ngrams
    known = np.concatenate([np.zeros(1, np.int64), np.cumsum(index.known(shingles.values))])
    hits = known[shingles.offsets[1:]] - known[shingles.offsets[:-1]]
    for place in np.flatnonzero((hits >= share * least - _EPSILON) & (shingles.words >= rules.part_words)).tolist():
        own = sorted_unique(shingles.values[shingles.offsets[place] : shingles.offsets[place + 1]])
        if len(own) >= least:
            candidates = np.concatenate([index.held_by(own), index.holding(own, share)])
            _note(index, own, sorted_unique(candidates), [owners[place]], first, found, _part(rules))


def _search_sets(
    index: Index,
    shingles: Shingles,
    owners: Sequence[Sequence[int]],
    first: I64,
    found: dict[int, set[int]],
    condition: Condition,
) -> None:
    """Note which held-out records the texts meet a condition with."""
    values, offsets = distinct(shingles)
    for place, candidates in index.all_held_by(values, offsets):
        _note(index, values[offsets[place] : offsets[place + 1]], candidates, owners[place], first, found, condition)


def _note(
    index: Index, own: U64, candidates: I64, owners: Sequence[int], first: I64, found: dict[int, set[int]], condition: Condition
) -> None:
    """Note for all owners of the n-grams ``own`` which of the candidates (sorted) meet the condition."""
    size = np.array(len(own))
    for least in sorted({int(first[owner]) for owner in owners}):
        matches: list[int] = []
        waiting = candidates[candidates >= least]
        for start in range(0, len(waiting), _CANDIDATES_AT_A_TIME):
            some = waiting[start : start + _CANDIDATES_AT_A_TIME]
            common, their = index.common(own, some)
            matches += some[condition(common, size, their)].tolist()
            if len(matches) >= MAX_SOURCES:
                break
        if matches:
            for owner in owners:
                if first[owner] == least:
                    found.setdefault(owner, set()).update(matches)
