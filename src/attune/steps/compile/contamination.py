"""Records with text of a held-out one that are not like it: an earlier part, a longer form, a rejected answer, a prompt.

Groups keep what was said alike out of two splits (``groups``). What is left are copies of another size or in another place:

- of two conversations of 140 words or more, 93 % of one stands in the other in runs of 13 words (:data:`PART_SHARE`); so it is
  with the rejected answer as the end of the conversation, too;
- the conversation with the rejected answer as its end is similar to a held-out one;
- system prompts and the rejected answer together hold 75 % of a held-out conversation (:data:`BESIDE_SHARE`).

These are the rules of the leakage gate, a little wider, in code of their own: what both count differently must not stop an
honest version.

Only held-out records are indexed (``similarity/containment.py``), and every pair is found. Nearly all others share too few runs
of 13 words with all of them together to be looked at any closer.

Memory: some 40 B for each word of the held-out records while they are indexed; the index stands in files that workers share.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from attune.records.record import MESSAGES_TYPE
from attune.runtime.progress import Progress
from attune.runtime.workers import Workers
from attune.similarity.catalog import Catalog, Source, read_rows
from attune.similarity.containment import Flags, Index, build_index
from attune.similarity.minhash import distinct, sorted_unique
from attune.similarity.shingles import I64, U64, Shingles, shingle
from attune.similarity.token_sets import gather_sets

RUN_WORDS, PART_WORDS, PART_SHARE = 13, 140, 0.93
BESIDE_WORDS, BESIDE_SHARE = 12, 0.75
MOST = 32  # held-out records that are named for one record: it goes, whatever else it has
CROWD = 20  # a held-out record that stands in more others goes itself

_SHORTEST = 2 * PART_WORDS - 1  # bytes of that many words
_LEAST_RUNS = PART_WORDS - RUN_WORDS + 1
_ROWS_AT_A_TIME = 1_024
_CANDIDATES_AT_A_TIME = 64
_EPSILON = 1e-9


@dataclass(frozen=True)
class Rules:
    """How texts are compared that are not parts of each other; see ``CompileParams``."""

    shingle_words: int
    min_words: int
    threshold: float


@dataclass(frozen=True)
class Copies:
    """Rows, and the held-out rows of which they have something: all of them, or :data:`MOST`."""

    rows: I64
    held: I64

    def crowded(self, lasting: Flags) -> Flags:
        """Rows that cannot be put in one group with what they have something of: that is too many others, or a lasting row.

        Args:
            lasting: the rows that are never left out, and in no split.
        """
        out = np.bincount(self.rows, minlength=len(lasting)) >= MOST
        out[self.rows[lasting[self.held]]] = True
        found = np.bincount(self.held[~out[self.rows]], minlength=len(lasting))
        crowd: Flags = out | ((found > CROWD) & ~lasting)
        return crowd

    def left_out(self, lasting: Flags, first: Flags) -> Flags:
        """Rows to leave out so that no pair is left: those of :meth:`crowded`, and what has something of others then.

        Args:
            lasting: the rows that are never left out.
            first: rows that go first, because others may have something of them.
        """
        out = self.crowded(lasting)
        for own in (first, ~first):
            pairs = own[self.rows] & ~out[self.rows] & ~out[self.held]
            out[self.rows[pairs]] = True
        return out

    def links(self, among: Flags) -> tuple[I64, I64]:
        """The pairs of which both are ``among`` some rows."""
        both = among[self.rows] & among[self.held]
        return self.rows[both], self.held[both]


def find_copies(
    catalog: Catalog, held: tuple[I64, I64], queries: tuple[I64, I64], rules: Rules, workers: Workers, progress: Progress
) -> Copies:
    """Every row that has something of a held-out one.

    Args:
        catalog: knows where the rows stand; its table has a column ``beside``, true of rows with text that is no turn.
        held: rows that validation holds, and rows that test or a frozen test set holds; what is named first is named first.
        queries: rows of train, which must have nothing of both, and of validation, which must have nothing of test.
        rules: how texts are compared.
        workers: who does it.
        progress: told how far it is.
    """
    beside = catalog.table.column("beside").to_numpy()
    numbered = np.concatenate(held)
    rows = np.sort(np.concatenate(queries))
    rows = rows[beside[rows] | (catalog.lengths[rows] >= _SHORTEST)]
    if not len(numbered) or not len(rows):
        return Copies(np.zeros(0, np.int64), np.zeros(0, np.int64))
    first = np.zeros(catalog.rows, np.int64)
    first[queries[1]] = len(held[0])
    found: list[tuple[I64, I64]] = [(np.zeros(0, np.int64), np.zeros(0, np.int64))]
    with tempfile.TemporaryDirectory() as folder:
        _save_indexes(catalog, numbered, folder, rules, bool(beside[rows].any()), workers)
        tasks = (Task(source, own, first[own + source.first], folder, rules) for source, own in catalog.pieces(rows))
        done = 0
        for (source, own), (places, numbers) in zip(catalog.pieces(rows), workers.map(_search_shard, tasks), strict=True):
            found.append((own[places] + source.first, numbered[numbers]))
            done += len(own)
            progress.update(done, len(rows), "looking for copies of what is held out")
    return Copies(*(np.concatenate(part) for part in zip(*found, strict=True)))


def _save_indexes(catalog: Catalog, numbered: I64, folder: str, rules: Rules, beside: bool, workers: Workers) -> None:
    """Index what was said in the rows ``numbered``, by runs of words and, where it is needed, by n-grams."""
    order = np.argsort(numbered)  # rows as they stand in the shards -> their number
    kinds = [("long", RUN_WORDS, PART_WORDS, _LEAST_RUNS, PART_SHARE)]
    if beside:
        share = min(BESIDE_SHARE, rules.threshold)
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


def _shard_sets(task: tuple[Source, I64, int, int, int]) -> tuple[U64, I64]:
    """The n-grams of some rows of a shard; none of those that have fewer words, or fewer n-grams, than is asked for."""
    source, rows, length, words, least = task
    shingles = shingle(read_rows(source, ["messages"]).column("messages").take(pa.array(rows)), length)
    values, offsets = distinct(shingles)
    sizes = np.diff(offsets)
    keep = (shingles.words >= words) & (sizes >= least)
    return values[np.repeat(keep, sizes)], np.where(keep, sizes, 0)


@dataclass(frozen=True)
class Task:
    """Rows of a shard, and the number of the first held-out record that each must have nothing of."""

    source: Source
    rows: I64
    first: I64
    folder: str
    rules: Rules


def _search_shard(task: Task) -> tuple[I64, I64]:
    """Which of the rows have something of which held-out records, by their places and numbers."""
    table = read_rows(task.source, ["messages", "rejected_response"]).take(pa.array(task.rows))
    pairs: list[tuple[int, int]] = []
    for start in range(0, len(task.rows), _ROWS_AT_A_TIME):
        some = table.slice(start, _ROWS_AT_A_TIME)
        found = _search_rows(some, task.first[start : start + _ROWS_AT_A_TIME], task.folder, task.rules)
        pairs += [(start + place, number) for place, numbers in sorted(found.items()) for number in sorted(numbers)[:MOST]]
    places, numbers = zip(*pairs, strict=True) if pairs else ((), ())
    return np.array(places, np.int64), np.array(numbers, np.int64)


def _search_rows(table: pa.Table, first: I64, folder: str, rules: Rules) -> dict[int, set[int]]:
    """Row -> numbers of the held-out records that it has something of."""
    found: dict[int, set[int]] = {}
    long = Index.load(f"{folder}/long")
    _search_parts(long, shingle(table.column("messages"), RUN_WORDS), range(table.num_rows), first, found)
    readings, beside = _beside(table)
    if readings:
        read = pa.array(list(readings.values()), MESSAGES_TYPE)
        owners = [[place] for place in readings]
        _search_parts(long, shingle(read, RUN_WORDS), list(readings), first, found)
        shingles = shingle(read, rules.shingle_words)
        _search_sets(Index.load(f"{folder}/short"), shingles, owners, first, found, _similar(rules))
    if beside:
        shingles = shingle(pa.array([_alone(text) for text in beside], MESSAGES_TYPE), rules.shingle_words)
        _search_sets(Index.load(f"{folder}/short"), shingles, list(beside.values()), first, found, _holds(rules))
    return found


def has_text_beside(table: pa.Table) -> Flags:
    """Which records have text that is no turn of the conversation: a system prompt or a rejected answer."""
    messages = table.column("messages").combine_chunks()
    system = pc.equal(pc.struct_field(messages.flatten(), "role"), "system").to_numpy(zero_copy_only=False).astype(bool)
    found = np.zeros(len(messages), bool)
    found[pc.list_parent_indices(messages).to_numpy()[system]] = True
    lengths = pc.fill_null(pc.binary_length(table.column("rejected_response")), 0)
    found |= lengths.to_numpy() > 0
    return found


def _beside(table: pa.Table) -> tuple[dict[int, list[dict[str, str]]], dict[str, list[int]]]:
    """Conversations with the rejected answer as their end, by row; and the rows of each text that is no turn."""
    places = np.flatnonzero(has_text_beside(table))
    rows = table.take(pa.array(places)).to_pylist()
    readings: dict[int, list[dict[str, str]]] = {}
    beside: dict[str, list[int]] = {}
    for place, row in zip(places.tolist(), rows, strict=True):
        parts = [message["content"] for message in row["messages"] if message["role"] == "system"]
        if row["rejected_response"]:
            parts.append(row["rejected_response"])
            readings[place] = row["messages"][:-1] + _alone(row["rejected_response"])
        beside.setdefault("\n".join(parts), []).append(place)
    return readings, beside


def _alone(text: str) -> list[dict[str, str]]:
    return [{"role": "assistant", "content": text}]


Rule = Callable[[I64, I64, I64], Flags]  # from the n-grams in common, those of the text and those of the held-out records


def _part(common: I64, own: I64, their: I64) -> Flags:
    found: Flags = common >= PART_SHARE * np.minimum(own, their) - _EPSILON
    return found


def _similar(rules: Rules) -> Rule:
    return lambda common, own, their: common >= rules.threshold * (own + their - common) - _EPSILON


def _holds(rules: Rules) -> Rule:
    least = BESIDE_WORDS - rules.shingle_words + 1
    return lambda common, own, their: (np.minimum(own, their) >= least) & (common >= BESIDE_SHARE * their - _EPSILON)


def _search_parts(index: Index, shingles: Shingles, owners: Sequence[int], first: I64, found: dict[int, set[int]]) -> None:
    """Note which texts are a part of a held-out record, or have one as a part."""
    known = np.concatenate([np.zeros(1, np.int64), np.cumsum(index.known(shingles.values))])
    hits = known[shingles.offsets[1:]] - known[shingles.offsets[:-1]]
    for place in np.flatnonzero((hits >= PART_SHARE * _LEAST_RUNS - _EPSILON) & (shingles.words >= PART_WORDS)).tolist():
        own = sorted_unique(shingles.values[shingles.offsets[place] : shingles.offsets[place + 1]])
        if len(own) >= _LEAST_RUNS:
            candidates = np.concatenate([index.held_by(own), index.holding(own, PART_SHARE)])
            _note(index, own, sorted_unique(candidates), [owners[place]], first, found, _part)


def _search_sets(
    index: Index, shingles: Shingles, owners: Sequence[Sequence[int]], first: I64, found: dict[int, set[int]], rule: Rule
) -> None:
    """Note which held-out records the texts are like, or hold."""
    values, offsets = distinct(shingles)
    for place, candidates in index.all_held_by(values, offsets):
        _note(index, values[offsets[place] : offsets[place + 1]], candidates, owners[place], first, found, rule)


def _note(
    index: Index, own: U64, candidates: I64, owners: Sequence[int], first: I64, found: dict[int, set[int]], rule: Rule
) -> None:
    """Note for all owners of the n-grams ``own`` which of the candidates, sorted, the rule is true of."""
    size = np.array(len(own))
    for least in sorted({int(first[owner]) for owner in owners}):
        matches: list[int] = []
        waiting = candidates[candidates >= least]
        for start in range(0, len(waiting), _CANDIDATES_AT_A_TIME):
            some = waiting[start : start + _CANDIDATES_AT_A_TIME]
            common, their = index.common(own, some)
            matches += some[rule(common, size, their)].tolist()
            if len(matches) >= MOST:
                break
        if matches:
            for owner in owners:
                if first[owner] == least:
                    found.setdefault(owner, set()).update(matches)
