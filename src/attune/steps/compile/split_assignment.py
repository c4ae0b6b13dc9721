"""Split assignment with everything that follows from it, repeated until the version holds what it promises.

A version must have no empty split, shares as near as whole groups allow, no contamination, and no split with too many
synthetic records. What is left out after the assignment (contaminated, synthetic and held-out records) changes the shares.
Where it changes them by more than a little, it stays left out, groups are formed anew of what remains, and splits are assigned
again. Each round leaves out at least one record, so the rounds end; nearly always the first one is the last.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from attune.config.params import CompileParams
from attune.errors import UsageError
from attune.records.record import SPLITS
from attune.runtime.step import Context
from attune.runtime.workers import Workers
from attune.similarity.catalog import Catalog
from attune.similarity.shingles import I64
from attune.steps.compile.contamination import Contamination, ContaminationRules, find_contamination
from attune.steps.compile.groups import codes, components
from attune.steps.compile.row_outcomes import CONTAMINATED, HOLDOUT, SYNTHETIC, Flags, RowOutcomes
from attune.steps.compile.split_balance import is_balanced
from attune.steps.compile.splits import (
    LEFT_OUT,
    TEST,
    TRAIN,
    VALIDATION,
    Grouped,
    Shares,
    assign,
    assignment_order,
    overrepresented,
    parts_of,
)
from attune.text.normalization import letters, normalize

_MAX_ASSIGNMENTS = 6  # as long as too many records are contaminated
_FEW_CONTAMINATED = 0.005  # share of all records that is left out without another assignment
_CLOSE = 0.02  # shares no further off need not be the best that groups allow; verify.split_tolerance is 0.03

GROUP_KEYS = ("subject_id", "conversation_id", "cluster_id", "record_id")


@dataclass(frozen=True)
class SplitInputs:
    """What the split assignment works on.

    Attributes:
        catalog: all rows.
        frozen: rows of frozen test sets, which are in no split.
        rank: place of each row, 0 the best.
        params: shares and thresholds.
    """

    catalog: Catalog
    frozen: Flags
    rank: I64
    params: CompileParams

    @property
    def shares(self) -> Shares:
        """The share of each split."""
        return Shares(self.params.validation_share, self.params.test_share, self.params.holdout_families)

    def equal(self, column: str, value: str) -> Flags:
        """Rows with a value in a column."""
        equal = pc.equal(self.catalog.table.column(column).cast(pa.string()), value)
        found: Flags = pc.fill_null(equal, False).to_numpy()
        return found

    def of_families(self, least: float, most: float = 1) -> dict[str, Flags]:
        """The rows of each family of which such a share is held out."""
        held = self.params.holdout_families
        column = self.catalog.table.column("family")
        names = [letters(name) for name in column.combine_chunks().dictionary.to_pylist()]
        spelt = np.array(names, object)[codes(column)]
        return {name: spelt == letters(name) for name in sorted(held) if held[name] > 0 and least <= held[name] <= most}


def group(catalog: Catalog, outcomes: RowOutcomes, rows: I64, left: I64, right: I64) -> None:
    """Number the groups of ``rows`` (sorted): connected by a key, or by a link of which both ends are there."""
    keys = [_in_one_case(catalog.table.column(name).take(pa.array(rows))) for name in GROUP_KEYS]  # one copy at a time
    keys.append(codes(catalog.table.column("letters").take(pa.array(rows))))
    there = np.zeros(catalog.rows, bool)
    there[rows] = True
    both = there[left] & there[right]
    left, right = np.searchsorted(rows, left[both]), np.searchsorted(rows, right[both])
    outcomes.group[:] = -1
    outcomes.group[rows] = components(len(rows), keys, left, right)


def _in_one_case(column: pa.ChunkedArray) -> I64:
    """A number for each id; the same for ids that are equal after normalization."""
    lowered = pc.utf8_lower(column)
    strange = pc.invert(pc.fill_null(pc.string_is_ascii(column), True))
    if pc.any(strange, min_count=0).as_py():
        read = pa.array(map(normalize, column.filter(strange).to_pylist()), pa.string())
        lowered = pc.replace_with_mask(lowered, strange, read)
    return codes(lowered)


def assign_splits(
    inputs: SplitInputs, outcomes: RowOutcomes, active: Flags, links: tuple[I64, I64], workers: Workers, context: Context
) -> RowOutcomes:
    """Assign splits until the version holds what it promises.

    A few contaminated records are left out. Where there are many, those that can form a group with the records whose text they
    share do so, and splits are assigned again: otherwise a product that saves several snapshots of each conversation would lose
    most of its records.

    Args:
        inputs: the rows.
        outcomes: what is decided so far; what is left out for good is added.
        active: the rows that groups were made of, with ``links``.
        links: pairs of rows that are in one group.
        workers: the processes that compare texts.
        context: the run's context.

    Raises:
        UsageError: what is left cannot fill three splits.
    """
    catalog, frozen = inputs.catalog, inputs.frozen
    attempts_left = _MAX_ASSIGNMENTS - 1
    while True:
        rows = np.flatnonzero(outcomes.undecided & ~frozen & active)
        group(catalog, outcomes, rows, *links)
        assigned = outcomes.copy()
        _assign(inputs, assigned, rows, context)
        if assigned.empty_split:
            raise too_few(inputs, assigned)
        contaminated = _find_contamination(inputs, assigned, workers, context)
        out = contaminated.left_out(frozen, assigned.split == VALIDATION)
        if attempts_left and out.sum() > _FEW_CONTAMINATED * len(rows):
            attempts_left -= 1
            outcomes.reject(contaminated.inseparable(frozen), CONTAMINATED)
            more = contaminated.links(outcomes.undecided & ~frozen)
            links = np.concatenate([links[0], more[0]]), np.concatenate([links[1], more[1]])
            continue
        assigned.reject(out, CONTAMINATED)
        _trim(inputs, assigned)
        if _is_acceptable(inputs, assigned, links):
            return assigned
        outcomes.reason[:] = assigned.reason


def too_few(inputs: SplitInputs, outcomes: RowOutcomes) -> UsageError:
    """The error for a version with an empty split."""
    rows = np.flatnonzero(outcomes.undecided & (outcomes.group >= 0) & ~inputs.frozen)
    held = np.logical_or.reduce([np.zeros(len(outcomes.split), bool), *inputs.of_families(1).values()])
    groups = len(np.unique(outcomes.group[rows[~held[rows]]]))
    found = outcomes.reasons()
    reasons = f" (left out: {', '.join(f'{count} {reason}' for reason, count in found.items())})" if found else ""
    advice = "bring records of more people and conversations"
    if next(iter(found), "") == SYNTHETIC:
        share = inputs.params.max_synthetic_share
        advice = f"at most {share:.0%} of a version may be synthetic: bring more records that are not"
    elif len(rows) and not groups:
        advice = "bring records of families that are not held out (compile.holdout_families)"
    if not len(rows):
        return UsageError(f"compile: no record is left for a version{reasons}; {advice}")
    return UsageError(
        f"compile: {len(rows)} record{'s' * (len(rows) != 1)}, which is what is left{reasons}, and {groups} "
        f"group{'s' * (groups != 1)} outside of held-out families are too few for train, validation and test: each needs a "
        f"group, and none is cut; {advice}"
    )


def _assign(inputs: SplitInputs, outcomes: RowOutcomes, rows: I64, context: Context) -> None:
    """Give each group of ``rows`` a split."""
    split = assign(_grouped(inputs, outcomes.group, rows, context.seed), inputs.shares)
    left_out = np.zeros(len(outcomes.split), bool)
    left_out[rows[split == LEFT_OUT]] = True
    outcomes.split[rows] = split
    outcomes.reject(left_out, HOLDOUT)


def _grouped(inputs: SplitInputs, groups: I64, rows: I64, seed: int | None) -> Grouped:
    """The groups of ``rows``, in the order of the seed; without one in their own order."""
    taken = inputs.catalog.table.select(["record_id", "family"]).take(pa.array(rows))
    _, own = np.unique(groups[rows], return_inverse=True)
    count = int(own.max(initial=-1)) + 1
    family = taken.column("family").combine_chunks()
    order = np.arange(count)
    if seed is not None:
        ids = taken.column("record_id").combine_chunks()
        by_id = pc.sort_indices(ids).to_numpy()
        place = np.empty(len(rows), np.int64)
        place[by_id] = np.arange(len(rows))
        first = np.full(count, len(rows))
        np.minimum.at(first, own, place)
        order = assignment_order(seed, ids.take(pa.array(by_id[first])).to_pylist())
    names = family.dictionary.to_pylist()
    by_name = np.argsort(np.argsort(np.array(names, object)))
    numbers = codes(taken.column("family"))
    kind = 2 * by_name[numbers] + inputs.equal("source", "synthetic")[rows]
    return Grouped(own, numbers, names, kind, order)


def _find_contamination(inputs: SplitInputs, outcomes: RowOutcomes, workers: Workers, context: Context) -> Contamination:
    def best_first(rows: Flags) -> I64:
        found = np.flatnonzero(rows)
        return found[np.argsort(inputs.rank[found])]

    validation = best_first(outcomes.split == VALIDATION)
    test = best_first((outcomes.split == TEST) | inputs.frozen)
    queries = np.flatnonzero(outcomes.split == TRAIN), np.sort(validation)
    rules = ContaminationRules.of(inputs.params)
    return find_contamination(inputs.catalog, (validation, test), queries, rules, workers, context.progress)


def _trim(inputs: SplitInputs, outcomes: RowOutcomes) -> None:
    """Leave out synthetic records over the limit, and records of partly held-out families that test has too few of."""
    before = -1
    while before != (before := int(outcomes.undecided.sum())):
        limit_synthetic(inputs, outcomes, [outcomes.split == number for number in range(len(SPLITS))])
        for name, own in inputs.of_families(0, 1 - 1e-9).items():
            outside = np.flatnonzero(own & ((outcomes.split == TRAIN) | (outcomes.split == VALIDATION)))
            surplus = overrepresented(outcomes.split, own, inputs.params.holdout_families[name])
            out = np.zeros(len(own), bool)
            out[outside[np.argsort(inputs.rank[outside])][len(outside) - surplus :]] = True
            outcomes.reject(out, HOLDOUT)


def limit_synthetic(inputs: SplitInputs, outcomes: RowOutcomes, parts: list[Flags]) -> None:
    """Leave out the worst synthetic records of each part until ``compile.max_synthetic_share`` of it is not exceeded."""
    most = inputs.params.max_synthetic_share
    synthetic = inputs.equal("source", "synthetic")
    for part in parts:
        own = np.flatnonzero(part & synthetic)
        others = int(part.sum()) - len(own)
        allowed = int(others * most / (1 - most) + 1e-9)
        surplus = np.zeros(len(part), bool)
        surplus[own[np.argsort(inputs.rank[own])][allowed:]] = True
        outcomes.reject(surplus, SYNTHETIC)


def _is_acceptable(inputs: SplitInputs, outcomes: RowOutcomes, links: tuple[I64, I64]) -> bool:
    """Whether no split is empty, and each has its share as nearly as the remaining groups allow."""
    if outcomes.empty_split:
        return False
    rows = np.flatnonzero(outcomes.split >= 0)
    remaining = outcomes.copy()
    group(inputs.catalog, remaining, rows, *links)
    grouped = _grouped(inputs, remaining.group, rows, None)
    parts = parts_of(grouped, inputs.shares)
    split = np.zeros(len(grouped.order), np.int64)
    split[grouped.group] = outcomes.split[rows]
    off = np.abs(parts.surplus(split)) / max(int(parts.sizes.sum()), 1)
    return bool(off.max() <= _CLOSE) or is_balanced(parts, split)
