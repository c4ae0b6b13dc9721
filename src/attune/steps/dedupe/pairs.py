"""The tables ``duplicates.parquet`` (each removed record and its representative) and ``pairs.parquet`` (each compared pair)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from attune.config.params import DedupeParams
from attune.similarity.band_index import Entries
from attune.similarity.catalog import Catalog
from attune.similarity.shingles import I64
from attune.steps.dedupe.decisions import Decisions

EXACT, NEAR = "exact_duplicate", "near_duplicate"
OTHER_REPRESENTATIVE, BOTH_GONE, CHAIN, BELOW = "other_representative", "both_removed", "chain", "below_threshold"
MEANINGS = {
    EXACT: "identical after normalization: the worse record is removed",
    NEAR: "near duplicate: the worse record is removed, and the better one represents it",
    OTHER_REPRESENTATIVE: "near duplicate, but another record, more similar to the worse one, represents it",
    BOTH_GONE: "near duplicate, and other records represent both",
    CHAIN: "near duplicate, but the better record is itself removed, so the worse one stays: representatives do not chain",
    BELOW: "compared and below the threshold: neither removes the other",
}

F64 = npt.NDArray[np.float64]

DUPLICATES, PAIRS = "duplicates.parquet", "pairs.parquet"
DUPLICATES_SCHEMA = pa.schema(
    [
        pa.field("removed_id", pa.string(), nullable=False),
        pa.field("kept_id", pa.string(), nullable=False),
        pa.field("reason", pa.string(), nullable=False),
        pa.field("similarity", pa.float64(), nullable=False),  # exact Jaccard similarity of the two; 1 for exact duplicates
        pa.field("decision", pa.string(), nullable=False),  # why the kept one was preferred
    ]
)
PAIRS_SCHEMA = pa.schema(
    [
        pa.field("better_id", pa.string(), nullable=False),
        pa.field("worse_id", pa.string(), nullable=False),
        pa.field("similarity", pa.float64(), nullable=False),
        pa.field("outcome", pa.string(), nullable=False),  # a key of MEANINGS
        pa.field("decision", pa.string(), nullable=False),  # the same in words
    ]
)


@dataclass(frozen=True)
class Pairs:
    """Pairs of rows with their outcomes; ``outcomes`` are indices into ``MEANINGS``."""

    better: I64
    worse: I64
    similarity: F64
    outcomes: I64

    def take(self, indices: I64) -> Pairs:
        """The pairs at ``indices``."""
        return Pairs(self.better[indices], self.worse[indices], self.similarity[indices], self.outcomes[indices])


@dataclass(frozen=True)
class Names:
    """Ids, scores and lengths of the rows of a batch, followed by those of the records of earlier batches.

    Attributes:
        ids: record ids.
        scores: quality scores.
        lengths: bytes of text.
        rows: number of rows of the batch; from this index on the records are from earlier batches.
    """

    ids: pa.ChunkedArray
    scores: pa.ChunkedArray
    lengths: I64
    rows: int

    @classmethod
    def of(cls, catalog: Catalog, entries: Entries) -> Names:
        """Those of a batch and of the earlier records that it was compared with."""
        return cls(
            pa.chunked_array(
                [*catalog.table.column("record_id").chunks, *entries.table.column("record_id").chunks], pa.string()
            ),
            pa.chunked_array(
                [*catalog.table.column("quality_score").chunks, *entries.table.column("quality_score").chunks], pa.float64()
            ),
            np.concatenate([catalog.lengths, entries.table.column("length").to_numpy()]),
            catalog.rows,
        )

    def reasons(self, keep: str, better: I64, worse: I64) -> list[str]:
        """For each pair, why the better record is preferred, in words."""
        return [
            _why(keep, earlier, *values)
            for earlier, *values in zip(
                (better >= self.rows).tolist(),
                self.scores.take(pa.array(better)).to_pylist(),
                self.scores.take(pa.array(worse)).to_pylist(),
                self.lengths[better].tolist(),
                self.lengths[worse].tolist(),
                strict=True,
            )
        ]


def duplicates_table(decisions: Decisions, names: Names, params: DedupeParams) -> pa.Table:
    """One row for each removed record."""
    removed = decisions.removed
    kept = decisions.keeper[removed]
    columns = [
        names.ids.take(pa.array(removed)),
        names.ids.take(pa.array(kept)),
        pa.array(np.where(decisions.exact[removed], EXACT, NEAR), pa.string()),
        pa.array(decisions.similarity[removed]),
        pa.array(names.reasons(params.keep, kept, removed), pa.string()),
    ]
    return pa.Table.from_arrays(columns, schema=DUPLICATES_SCHEMA)


def pairs_of(decisions: Decisions, threshold: float) -> Pairs:
    """All verified pairs, each once, sorted by the rank of the worse record, then by that of the better one."""
    keeper, rank, links = decisions.keeper, decisions.rank, decisions.links
    removed = decisions.removed
    left_is_better = rank[links.left] < rank[links.right]
    better = np.concatenate([keeper[removed], np.where(left_is_better, links.left, links.right)])
    worse = np.concatenate([removed, np.where(left_is_better, links.right, links.left)])
    similarity = np.concatenate([decisions.similarity[removed], links.similarity])
    decided = keeper[worse] == better
    outcomes = np.select(
        [
            decided & decisions.exact[worse],
            decided,
            similarity < threshold,
            keeper[better] == better,
            keeper[worse] != worse,
        ],
        [_index(EXACT), _index(NEAR), _index(BELOW), _index(OTHER_REPRESENTATIVE), _index(BOTH_GONE)],
        _index(CHAIN),
    )
    order = np.lexsort((rank[better], rank[worse]))
    first = np.ones(len(order), bool)
    first[1:] = (better[order][1:] != better[order][:-1]) | (worse[order][1:] != worse[order][:-1])
    order = order[first]
    return Pairs(better[order], worse[order], similarity[order], outcomes[order])


def pairs_table(pairs: Pairs, names: Names) -> pa.Table:
    """The table of ``pairs.parquet``."""
    outcomes = pa.array(list(MEANINGS), pa.string())
    meanings = pa.array(list(MEANINGS.values()), pa.string())
    columns = [
        names.ids.take(pa.array(pairs.better)),
        names.ids.take(pa.array(pairs.worse)),
        pa.array(pairs.similarity),
        outcomes.take(pa.array(pairs.outcomes)),
        meanings.take(pa.array(pairs.outcomes)),
    ]
    return pa.Table.from_arrays(columns, schema=PAIRS_SCHEMA)


def closest(outcomes: I64, similarity: F64, threshold: float, quotas: Sequence[tuple[str, int]]) -> I64:
    """Indices of the pairs to show: for each outcome those closest to the threshold, up to its quota.

    Args:
        outcomes: outcome of each pair, as an index into ``MEANINGS``.
        similarity: similarity of each pair.
        threshold: the similarity from which on records are near duplicates.
        quotas: (outcome, maximum number of pairs) in the order to show them.
    """
    chosen = []
    for outcome, most in quotas:
        own = np.flatnonzero(outcomes == _index(outcome))
        distance = np.abs(similarity[own] - threshold)
        chosen.append(own[np.argsort(distance, kind="stable")][:most])
    return np.concatenate(chosen)


def _index(outcome: str) -> int:
    return list(MEANINGS).index(outcome)


def _why(
    keep: str, earlier: bool, kept_score: float | None, removed_score: float | None, kept_length: int, removed_length: int
) -> str:
    """Why the kept record was preferred, in words."""
    if earlier:
        return "an earlier batch has it"
    if keep == "keep_first":
        return "kept the first"
    better = kept_score != removed_score
    quality = f"kept the better one ({_number(kept_score)} over {_number(removed_score)})" if better else ""
    length = f"kept the longer one ({kept_length:,} over {removed_length:,} bytes)" if kept_length != removed_length else ""
    first, second = (quality, length) if keep == "keep_best_quality" else (length, quality)
    return first or second or "equal: kept the smaller id"


def _number(score: float | None) -> str:
    return "no score" if score is None else f"{score:g}"
