"""The step ``compile``: makes one dataset version out of any number of record sets.

0. Records of erased people are left out, and only counted.
1. Records that cannot be published are left out. Those that lack a field of the contract go to ``quarantined/``; those that a
   person must review, that repeat an id, or that are exact or near duplicates (0.95, across all families) go to ``rejected/``.
2. Records of one person, conversation or duplicate cluster, of similar texts, or of texts with the same letters form a group
   (``groups``). A group with a record of a frozen test set is left out as a whole.
3. With ``enforce_category_mix``, the worst records of categories over their target are left out (``mix``).
4. Synthetic records over the limit are left out, the lowest quality first; whole groups are assigned to splits (``splits``).
5. Records that have text of a held-out record without being similar to it (``contamination``) are left out where they are few;
   where they are many they form a group with it, and splits are assigned again.
6. Shards, export, provenance, statistics, schema and card are written, and last the manifest.

In the catalog, the rows of frozen test sets follow those of the inputs: they take part in every comparison and are never
written.

Memory: 200 B for bands and 250 B for ids a record; the texts of one shard for each worker; 40 B for each word of the held-out
    records.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import UTC, timedelta

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from attune import storage
from attune.config.params import CompileParams, RunParams
from attune.errors import RunError, UsageError
from attune.records import dataset, shards
from attune.records.record import RECORD_SCHEMA, SPLITS
from attune.records.signature import SUFFIX
from attune.records.test_sets import open_test_sets
from attune.reporting.report import Report
from attune.runtime import engine
from attune.runtime.step import Context
from attune.runtime.workers import Workers
from attune.similarity.catalog import BROKEN_HASH, Catalog, exact_groups, preference, read_sets, scan
from attune.similarity.minhash import Banding, candidates
from attune.similarity.oversized_buckets import oversized_bucket_links
from attune.similarity.representatives import join_links, remove_near, verify_pairs
from attune.similarity.shingles import I64
from attune.steps.compile.category_mix import surplus
from attune.steps.compile.contamination import has_hidden_text
from attune.steps.compile.groups import codes
from attune.steps.compile.publish import publish
from attune.steps.compile.report import compile_report
from attune.steps.compile.row_outcomes import (
    EXACT,
    FROZEN,
    NEAR,
    OVER_TARGET,
    REASONS,
    REPEATED,
    REVIEW,
    Flags,
    Outcome,
    RowOutcomes,
)
from attune.steps.compile.schema_validation import COLUMNS, validation_errors
from attune.steps.compile.split_assignment import SplitInputs, assign_splits, group, limit_synthetic
from attune.text.normalization import conversation_text, letters_of

_PERMUTATIONS_SEED = 1_000  # not that of dedupe: a pair that one misses by bad luck is not missed by the other
_POOL_ROWS = 20_000
_MOST_SYNTHETIC = 0.30  # of any split: verify allows no more, even if the parameters do
_READ = (*COLUMNS, "pii_status", "created_at", "rejected_response")

_MOMENT = RECORD_SCHEMA.field("created_at").type


def compile(  # noqa: A001 - the step's name
    inputs: Sequence[str], output: str, params: CompileParams, context: Context, *, run: RunParams
) -> Report:
    """Compile record sets into a dataset version.

    Args:
        inputs: URIs of scored shard sets.
        output: URI of the folder to write; see ``records/dataset.py`` for what is in it.
        params: shares, thresholds, holdouts.
        context: the run's context.
        run: how many rows make a shard, and how many may be quarantined.

    Raises:
        RunError: too many rows lack a field of the contract.
    """
    params = params.model_copy(update={"name": params.name or run.project})
    _check(params)
    opened = [shards.open_set(uri) for uri in inputs]
    _open_for_writing(output)
    context = engine.with_reference_time(context, opened)
    banding = Banding(params.permutations, params.bands, _PERMUTATIONS_SEED)
    frozen = [open_test_sets(uri) for uri in params.test_sets]
    count = sum(item.rows for item in opened)
    with Workers("compile", context.workers if count > _POOL_ROWS else 1) as workers:
        known = [*opened, *(item for sets in frozen for item in sets.sets)]
        catalog = scan(known, _READ, _remember, banding, params.shingle_words, params.min_words, workers, context.progress)
        erased = context.erased.rows(catalog.table.slice(0, count)).to_numpy(zero_copy_only=False)
        errors = [None if gone else error for gone, error in zip(erased, _errors(catalog, count, run, context), strict=True)]
        valid = np.array([error is None for error in errors], bool) & ~erased
        outcomes = _decide(catalog, valid, params, workers, context)
        outcome = Outcome(
            rows_in=count,
            splits={name: np.flatnonzero(outcomes.split == number) for number, name in enumerate(SPLITS)},
            rejected=np.flatnonzero(outcomes.reason >= 0),
            reasons=[REASONS[number] for number in outcomes.reason[outcomes.reason >= 0]],
            quarantined=np.flatnonzero([error is not None for error in errors]),
            errors=[error for error in errors if error is not None],
            groups=len(np.unique(outcomes.group[outcomes.split >= 0])),
            erased=int(erased.sum()),
            largest_group=int(np.bincount(outcomes.group[outcomes.split >= 0], minlength=1).max()),
        )
        frozen_names = [{"address": item.address, "records": item.rows} for item in frozen]
        manifest, counted = publish(catalog, outcome, opened, frozen_names, output, params, run, context, workers)
    return compile_report(outcome, manifest, counted, params)


def _check(params: CompileParams) -> None:
    """Refuse parameters with which no version could pass verify."""
    if params.max_synthetic_share > _MOST_SYNTHETIC:
        raise UsageError(
            f"compile.max_synthetic_share is {params.max_synthetic_share:g}: at most {_MOST_SYNTHETIC:g} of any split may be "
            "synthetic; lower it and bring more records that are not"
        )
    for name in ("train_share", "validation_share", "test_share"):
        if getattr(params, name) <= 0:
            raise UsageError(f"compile.{name} is 0: no split may be empty; give each a share over 0")


def _open_for_writing(output: str) -> None:
    """Remove what makes the folder a complete version: from here on it is none until the manifest is written."""
    for name in (dataset.MANIFEST, dataset.MANIFEST + SUFFIX):
        storage.remove(storage.join(output, name))
    for name in (*SPLITS, shards.REJECTED, shards.QUARANTINED):
        storage.remove(storage.join(output, name, shards.DESCRIPTION))


def _remember(table: pa.Table) -> pa.Table:
    """What compile keeps in memory of each row: ids, a few small columns, and what is wrong with it."""
    conversations = table.column("messages").to_pylist()
    read = _said(conversations)
    error = validation_errors(table, conversations)
    silent = pa.array([number is None for number in read], pa.bool_())
    error = pc.if_else(pc.and_(pc.is_null(error), silent), "nothing is said in it", error)
    kept = table.select(["record_id", "subject_id", "conversation_id", "cluster_id", "quality_score", "created_at"])
    kept = kept.append_column("hidden", pa.array(has_hidden_text(table)))
    kept = kept.append_column("letters", pa.array(read, pa.uint64()))
    for name in ("family", "source", "pii_status", "category"):
        kept = kept.append_column(name, pc.dictionary_encode(table.column(name)))
    return kept.append_column("error", pc.dictionary_encode(error))


def _said(conversations: Sequence[Sequence[Mapping[str, str]]]) -> list[int | None]:
    """A hash of the letters and digits of each conversation, normalized; None where there are none.

    Conversations with the same hash must share a split, even short ones.
    """
    found: list[int | None] = []
    for messages in conversations:
        said = letters_of(conversation_text(messages or ())).encode("utf-8", "surrogatepass")
        found.append(int.from_bytes(hashlib.blake2b(said, digest_size=8).digest(), "big") if said else None)
    return found


def _errors(catalog: Catalog, count: int, run: RunParams, context: Context) -> list[str | None]:
    """What is wrong with each of the first ``count`` rows, None where nothing is."""
    errors: list[str | None] = catalog.table.column("error").slice(0, count).to_pylist()
    for row in np.flatnonzero(catalog.broken[:count]).tolist():
        errors[row] = BROKEN_HASH
    if context.as_of is not None:
        day = context.as_of.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
        end = pa.scalar(day + timedelta(days=1), _MOMENT)
        late = pc.greater_equal(catalog.table.column("created_at").slice(0, count), end)
        for row in np.flatnonzero(pc.fill_null(late, False).to_numpy()).tolist():
            errors[row] = errors[row] or "created_at is after the day that the version is of (run.as_of)"
    broken = sum(error is not None for error in errors)
    if broken > run.quarantine_limit * count:
        first = next(error for error in errors if error)
        raise RunError(
            f"compile: {broken} of {count} rows cannot be published ({first}); "
            f"that is more than run.quarantine_limit allows ({run.quarantine_limit:.1%})"
        )
    return errors


def _decide(catalog: Catalog, valid: Flags, params: CompileParams, workers: Workers, context: Context) -> RowOutcomes:
    """The outcome of every row; ``valid`` has a value for each row of the inputs, and the rows after them are frozen."""
    outcomes = RowOutcomes.open(catalog.rows)
    frozen = np.arange(catalog.rows) >= len(valid)
    valid = np.append(valid, np.zeros(int(frozen.sum()), bool))
    rank = preference(catalog, ("quality", "length"))
    split_inputs = SplitInputs(catalog, frozen, rank, params)
    outcomes.reject(valid & split_inputs.equal("pii_status", "requires_review"), REVIEW)
    outcomes.reject(_repeated(catalog, rank, valid & outcomes.undecided) & valid, REPEATED)
    outcomes.reject(_exact_copies(catalog, rank, valid & outcomes.undecided) & valid, EXACT)
    found = candidates(catalog.bands, np.flatnonzero((valid & outcomes.undecided) | frozen))
    sets = read_sets(catalog, found.members(), workers, context.progress)
    links = verify_pairs(found, sets, params.group_threshold)
    own_oversized = [members[~frozen[members]] for members in found.oversized]
    near = remove_near(catalog.rows, rank, links.within(~frozen), own_oversized, sets, params.near_duplicate_threshold)
    outcomes.reject((near.keeper != np.arange(catalog.rows)) & valid, NEAR)
    active = (valid & outcomes.undecided) | frozen
    oversized = [members[active[members]] for members in found.oversized]
    together = join_links([links.within(active), oversized_bucket_links(catalog.rows, oversized, sets, params.group_threshold)])
    group(catalog, outcomes, np.flatnonzero(active), together.left, together.right)
    outcomes.reject(np.isin(outcomes.group, outcomes.group[frozen]) & valid & (outcomes.group >= 0), FROZEN)
    if params.enforce_category_mix:
        outcomes.reject(_over_target(catalog, np.flatnonzero(valid & outcomes.undecided), rank, params), OVER_TARGET)
    # Before the splits, whose shares are of what stays outside of held-out families; in each of them it is done once more.
    held = np.logical_or.reduce([np.zeros(catalog.rows, bool), *split_inputs.of_families(1).values()])
    limit_synthetic(split_inputs, outcomes, [valid & outcomes.undecided & ~held])
    return assign_splits(split_inputs, outcomes, active, (together.left, together.right), workers, context)


def _over_target(catalog: Catalog, rows: I64, rank: I64, params: CompileParams) -> Flags:
    """Which of ``rows`` are the worst of a category that has too many."""
    categories = codes(catalog.table.column("category"))
    names = catalog.table.column("category").combine_chunks().dictionary.to_pylist()
    targets = {number: params.category_mix[name] for number, name in enumerate(names) if name in params.category_mix}
    too_many = np.zeros(catalog.rows, bool)
    too_many[rows[surplus(categories[rows], rank[rows], targets, params.category_tolerance)]] = True
    return too_many


def _not_first(numbers: I64, rank: I64, among: Flags) -> Flags:
    """Of the rows ``among``, those that are not the best of their number."""
    rows = np.flatnonzero(among)
    order = rows[np.lexsort((rank[rows], numbers[rows]))]
    repeated = np.zeros(len(numbers), bool)
    repeated[order[1:]] = numbers[order[1:]] == numbers[order[:-1]]
    return repeated


def _repeated(catalog: Catalog, rank: I64, among: Flags) -> Flags:
    return _not_first(codes(catalog.table.column("record_id")), rank, among)


def _exact_copies(catalog: Catalog, rank: I64, among: Flags) -> Flags:
    first = exact_groups(catalog, np.where(among, rank, rank + catalog.rows))  # a removed row represents no other
    copies: Flags = among & (first != np.arange(catalog.rows))
    return copies
