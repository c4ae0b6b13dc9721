"""The decisions of the step ``dedupe``: the representative of each record, and the pairs behind them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from attune.config.params import DedupeParams
from attune.runtime.progress import Progress
from attune.runtime.workers import Workers
from attune.similarity.band_index import Entries, entry_rows
from attune.similarity.catalog import Catalog, first_of_digest, preference, read_sets
from attune.similarity.minhash import candidates
from attune.similarity.representatives import Representatives, SimilarityLinks, remove_near, verify_pairs
from attune.similarity.shingles import I64

NEAR_MISS = 0.05  # pairs this much below the threshold are reported, too


@dataclass(frozen=True)
class Decisions:
    """The decision on each row. Numbers from ``rows`` on are records of earlier batches, from the index.

    Attributes:
        keeper: the representative of each row, then of each earlier record; a kept row is its own.
        similarity: similarity to the representative.
        exact: whether the content is that of the representative.
        broken: rows to quarantine.
        known: rows that an earlier batch contained unchanged; they are kept and are already in the index.
        links: verified pairs, including those slightly below the threshold.
        rank: rank of each in the order of preference, 0 the best.
        candidate_pairs: number of pairs that were compared exactly.
        oversized: number of buckets too large to compare all their pairs.
        too_short: number of rows that were compared by content hash only.
    """

    keeper: I64
    similarity: npt.NDArray[np.float64]
    exact: npt.NDArray[np.bool_]
    broken: npt.NDArray[np.bool_]
    known: npt.NDArray[np.bool_]
    links: SimilarityLinks
    rank: I64
    candidate_pairs: int
    oversized: int
    too_short: int

    @property
    def rows(self) -> int:
        """Number of rows of the batch."""
        return len(self.broken)

    @property
    def removed(self) -> I64:
        """Removed rows, in order."""
        return np.flatnonzero(self.keeper[: self.rows] != np.arange(self.rows))

    @property
    def kept(self) -> I64:
        """Kept rows, in order."""
        return np.flatnonzero((self.keeper[: self.rows] == np.arange(self.rows)) & ~self.broken)

    @property
    def new(self) -> I64:
        """Kept rows that no earlier batch contained."""
        return self.kept[~self.known[self.kept]]


def decide(
    catalog: Catalog, entries: Entries, params: DedupeParams, workers: Workers, progress: Progress
) -> tuple[Decisions, Entries]:
    """Compare the rows of a batch with each other and with the records of earlier batches in the index.

    An earlier record counts as an additional row of the best rank that is always kept. If the batch contains it again, it is
    not compared with itself: unchanged, it is kept; changed, it is treated like any other record.
    """
    again = entry_rows(catalog, entries)
    known = np.zeros(catalog.rows, bool)
    same = again >= 0
    same[same] = (catalog.digests[:, again[same]] == entries.digests[:, same]).all(axis=0)
    known[again[same]] = True
    entries = entries.take(np.flatnonzero(again < 0)) if (again >= 0).any() else entries
    rows, total = catalog.rows, catalog.rows + entries.count
    own_rank = rank_of(catalog, params)
    rank = np.concatenate([np.where(known, own_rank, own_rank + rows) + entries.count, np.arange(entries.count)])
    fixed = np.concatenate([known, np.ones(entries.count, bool)])
    broken = catalog.broken
    best_copy = first_of_digest(np.concatenate([catalog.digests, entries.digests], axis=1), rank)
    best_copy[:rows][known] = np.flatnonzero(known)
    alone = best_copy == np.arange(total)
    alone[:rows] &= ~broken
    bands = (np.concatenate(both) for both in zip(catalog.bands, entries.bands, strict=True))
    found = candidates(bands, np.flatnonzero(alone))
    members = found.members()
    sets = read_sets(catalog, members, workers, progress, entries.pieces(members[members >= rows] - rows))
    links = verify_pairs(found, sets, max(params.threshold - NEAR_MISS, 0.0)).touching(~fixed)
    near: Representatives = remove_near(total, rank, links, found.oversized, sets, params.threshold, fixed)
    keeper = near.keeper[best_copy]
    decided = Decisions(
        keeper=keeper,
        similarity=near.similarity[best_copy],
        exact=keeper == best_copy,
        broken=broken,
        known=known,
        links=links,
        rank=rank,
        candidate_pairs=sets.compared,
        oversized=len(found.oversized),
        too_short=catalog.bands.empty,
    )
    return decided, entries


def rank_of(catalog: Catalog, params: DedupeParams) -> I64:
    """Rank of each row in the order of preference, 0 the best."""
    if params.keep == "keep_first":
        return np.arange(catalog.rows)
    return preference(catalog, ("quality", "length") if params.keep == "keep_best_quality" else ("length", "quality"))
