"""Draws the splits of a version until they hold: none empty, shares as groups allow, no copies, not too synthetic.

What is left out of the splits after the draw (copies, too much of synthetic origin, held-out records that test has no room
for) changes their shares. Where that is more than a little, it stays left out, groups are formed anew of what remains, and the
splits are drawn again. Each round leaves out at least one record, so there is an end to it; nearly always the first one holds.
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
from attune.steps.compile.contamination import Copies, Rules, find_copies
from attune.steps.compile.groups import codes, components
from attune.steps.compile.row_outcomes import COPY, HOLDOUT, SYNTHETIC, Fates, Flags
from attune.steps.compile.split_balance import is_balanced
from attune.steps.compile.splits import (
    LEFT_OUT,
    TEST,
    TRAIN,
    VALIDATION,
    Grouped,
    Shares,
    assign,
    draw,
    overrepresented,
    parts_of,
)
from attune.text.normalization import letters, plain

_DRAWS = 6  # as long as too many records have text of a held-out one
_FEW_COPIES = 0.005  # of all records: no reason to read all texts once more
_CLOSE = 0.02  # shares that are not further off need not be the best that groups allow; verify allows 0.03

GROUP_KEYS = ("subject_id", "conversation_id", "cluster_id", "record_id")


@dataclass(frozen=True)
class Material:
    """What splits are drawn of.

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
        """What each split shall have."""
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


def group(catalog: Catalog, fates: Fates, rows: I64, left: I64, right: I64) -> None:
    """Number the groups of ``rows`` (sorted): connected by a key, or by a link of which both ends are there."""
    keys = [_in_one_case(catalog.table.column(name).take(pa.array(rows))) for name in GROUP_KEYS]  # one copy at a time
    keys.append(codes(catalog.table.column("letters").take(pa.array(rows))))
    there = np.zeros(catalog.rows, bool)
    there[rows] = True
    both = there[left] & there[right]
    left, right = np.searchsorted(rows, left[both]), np.searchsorted(rows, right[both])
    fates.group[:] = -1
    fates.group[rows] = components(len(rows), keys, left, right)


def _in_one_case(column: pa.ChunkedArray) -> I64:
    """Numbers of ids: the same for those that a reader would take for one."""
    lowered = pc.utf8_lower(column)
    strange = pc.invert(pc.fill_null(pc.string_is_ascii(column), True))
    if pc.any(strange, min_count=0).as_py():
        read = pa.array(map(plain, column.filter(strange).to_pylist()), pa.string())
        lowered = pc.replace_with_mask(lowered, strange, read)
    return codes(lowered)


def draw_splits(
    material: Material, fates: Fates, active: Flags, links: tuple[I64, I64], workers: Workers, context: Context
) -> Fates:
    """Assign splits such that all holds that is said of them.

    Of the records that have text of a held-out one few are left out. Of many, those that form no crowd become one group with
    what they have text of, and splits are drawn anew: otherwise a product with several snapshots of each conversation would
    lose most of its records.

    Args:
        material: the rows.
        fates: what is decided so far.
        active: the rows that groups were made of, with ``links``.
        links: pairs of rows that are in one group.
        workers: who reads the texts.
        context: the run's context.

    Raises:
        UsageError: what is left cannot fill three splits.
    """
    catalog, frozen = material.catalog, material.frozen
    chances = _DRAWS - 1
    while True:
        rows = np.flatnonzero(fates.undecided & ~frozen & active)
        group(catalog, fates, rows, *links)
        drawn = fates.copy()
        _assign(material, drawn, rows, context)
        if drawn.empty_split:
            raise too_few(material, drawn)
        copies = _find_copies(material, drawn, workers, context)
        out = copies.left_out(frozen, drawn.split == VALIDATION)
        if chances and out.sum() > _FEW_COPIES * len(rows):
            chances -= 1
            fates.reject(copies.crowded(frozen), COPY)
            more = copies.links(fates.undecided & ~frozen)
            links = np.concatenate([links[0], more[0]]), np.concatenate([links[1], more[1]])
            continue
        drawn.reject(out, COPY)
        _trim(material, drawn)
        if _holds(material, drawn, links):
            return drawn
        fates.reason[:] = drawn.reason


def too_few(material: Material, fates: Fates) -> UsageError:
    """What to say where a split would be empty."""
    rows = np.flatnonzero(fates.undecided & (fates.group >= 0) & ~material.frozen)
    held = np.logical_or.reduce([np.zeros(len(fates.split), bool), *material.of_families(1).values()])
    groups = len(np.unique(fates.group[rows[~held[rows]]]))
    found = fates.reasons()
    reasons = f" (left out: {', '.join(f'{count} {reason}' for reason, count in found.items())})" if found else ""
    advice = "bring records of more people and conversations"
    if next(iter(found), "") == SYNTHETIC:
        share = material.params.max_synthetic_share
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


def _assign(material: Material, fates: Fates, rows: I64, context: Context) -> None:
    """Give each group of ``rows`` a split."""
    split = assign(_grouped(material, fates.group, rows, context.seed), material.shares)
    left_out = np.zeros(len(fates.split), bool)
    left_out[rows[split == LEFT_OUT]] = True
    fates.split[rows] = split
    fates.reject(left_out, HOLDOUT)


def _grouped(material: Material, groups: I64, rows: I64, seed: int | None) -> Grouped:
    """The groups of ``rows``; without a seed those that are drawn first come first."""
    taken = material.catalog.table.select(["record_id", "family"]).take(pa.array(rows))
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
        order = draw(seed, ids.take(pa.array(by_id[first])).to_pylist())
    names = family.dictionary.to_pylist()
    by_name = np.argsort(np.argsort(np.array(names, object)))
    numbers = codes(taken.column("family"))
    kind = 2 * by_name[numbers] + material.equal("source", "synthetic")[rows]
    return Grouped(own, numbers, names, kind, order)


def _find_copies(material: Material, fates: Fates, workers: Workers, context: Context) -> Copies:
    def best_first(rows: Flags) -> I64:
        found = np.flatnonzero(rows)
        return found[np.argsort(material.rank[found])]

    params = material.params
    validation = best_first(fates.split == VALIDATION)
    test = best_first((fates.split == TEST) | material.frozen)
    rules = Rules(params.shingle_words, params.min_words, params.group_threshold)
    queries = np.flatnonzero(fates.split == TRAIN), np.sort(validation)
    return find_copies(material.catalog, (validation, test), queries, rules, workers, context.progress)


def _trim(material: Material, fates: Fates) -> None:
    """Leave out what is too synthetic in a split, and what train and validation have too much of a family held out in part."""
    before = -1
    while before != (before := int(fates.undecided.sum())):
        limit_synthetic(material, fates, [fates.split == number for number in range(len(SPLITS))])
        for name, own in material.of_families(0, 1 - 1e-9).items():
            outside = np.flatnonzero(own & ((fates.split == TRAIN) | (fates.split == VALIDATION)))
            surplus = overrepresented(fates.split, own, material.params.holdout_families[name])
            out = np.zeros(len(own), bool)
            out[outside[np.argsort(material.rank[outside])][len(outside) - surplus :]] = True
            fates.reject(out, HOLDOUT)


def limit_synthetic(material: Material, fates: Fates, parts: list[Flags]) -> None:
    """Leave out the worst synthetic records of each part until they are no more than their share of it."""
    most = material.params.max_synthetic_share
    synthetic = material.equal("source", "synthetic")
    for part in parts:
        own = np.flatnonzero(part & synthetic)
        others = int(part.sum()) - len(own)
        allowed = int(others * most / (1 - most) + 1e-9)
        surplus = np.zeros(len(part), bool)
        surplus[own[np.argsort(material.rank[own])][allowed:]] = True
        fates.reject(surplus, SYNTHETIC)


def _holds(material: Material, fates: Fates, links: tuple[I64, I64]) -> bool:
    """Whether no split is empty, and each has its share as nearly as the groups of what is left allow."""
    if fates.empty_split:
        return False
    rows = np.flatnonzero(fates.split >= 0)
    remaining = fates.copy()
    group(material.catalog, remaining, rows, *links)
    grouped = _grouped(material, remaining.group, rows, None)
    parts = parts_of(grouped, material.shares)
    split = np.zeros(len(grouped.order), np.int64)
    split[grouped.group] = fates.split[rows]
    off = np.abs(parts.surplus(split)) / max(int(parts.sizes.sum()), 1)
    return bool(off.max() <= _CLOSE) or is_balanced(parts, split)
