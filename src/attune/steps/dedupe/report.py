"""The report of the step ``dedupe``."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from attune.config.params import DedupeParams
from attune.reporting.report import Bars, Block, Histogram, Links, Report, Rows, Table, Text, Tile, Tiles
from attune.similarity.catalog import BROKEN_HASH
from attune.steps.dedupe.decisions import Decisions
from attune.steps.dedupe.pairs import DUPLICATES, EXACT, MEANINGS, NEAR, PAIRS, Pairs
from attune.steps.dedupe.pairs_page import PAGE

_SHOWN_PAIRS = 50
_HISTOGRAM_BINS = 15
_SIZES = ((2, 2), (3, 3), (4, 5), (6, 10), (11, 50), (51, None))  # clusters by their number of records


def duplicates_report(decisions: Decisions, duplicates: pa.Table, pairs: Pairs, earlier: int, params: DedupeParams) -> Report:
    """The report of the step; ``earlier`` is the number of records that the index held before."""
    removed = decisions.removed
    reasons = {EXACT: int(decisions.exact[removed].sum()), NEAR: int((~decisions.exact[removed]).sum())}
    sizes = np.bincount(decisions.keeper[removed], minlength=1)
    sizes = sizes[sizes > 0] + 1
    by_size = {
        _size_name(low, high): int(((sizes >= low) & (sizes <= (high or sizes.max(initial=0)))).sum()) for low, high in _SIZES
    }
    edges = np.round(np.linspace(params.threshold, 1, _HISTOGRAM_BINS + 1), 6)  # 0.92 and not 0.9199999999999999
    near = duplicates.filter(pc.equal(duplicates.column("reason"), NEAR))
    counts = np.histogram(near.column("similarity").to_numpy(), edges)[0].tolist() if params.threshold < 1 else []
    rows_in, kept = decisions.rows, len(decisions.kept)
    broken = int(decisions.broken.sum())
    rejected = {reason: count for reason, count in reasons.items() if count}
    numbers = {
        "threshold": params.threshold,
        "keep": params.keep,
        "exact_duplicates": reasons[EXACT],
        "near_duplicates": reasons[NEAR],
        "clusters": len(sizes),
        "largest_cluster": int(sizes.max(initial=0)),
        "cluster_sizes": by_size,
        "similarity": {"edges": [round(float(edge), 6) for edge in edges], "counts": counts},
        "compared_pairs": decisions.candidate_pairs,
        "large_buckets": decisions.oversized,
        "too_short_to_compare": decisions.too_short,
        "pairs": dict(zip(MEANINGS, np.bincount(pairs.outcomes, minlength=len(MEANINGS)).tolist(), strict=True)),
    }
    if params.index:
        of_earlier = int((decisions.keeper[removed] >= decisions.rows).sum())
        again = int(decisions.known.sum())
        numbers["index"] = {"earlier_records": earlier, "duplicates_of_earlier": of_earlier, "came_again": again}
    return Report(
        step="dedupe",
        title="Exact and near duplicates",
        lead=(
            f"{len(removed):,} of {rows_in:,} records say what another one says already: {reasons[EXACT]:,} word for word, "
            f"{reasons[NEAR]:,} with a similarity of {params.threshold:g} or more. {kept:,} are kept."
        ),
        rows=Rows(rows_in, kept, rejected, {BROKEN_HASH: broken} if broken else {}),
        numbers=numbers,
        blocks=_blocks(numbers, duplicates, edges, params),
    )


def _size_name(low: int, high: int | None) -> str:
    if high is None:
        return f"{low} and more records"
    return f"{low} records" if low == high else f"{low} to {high} records"


def _blocks(numbers: dict[str, Any], duplicates: pa.Table, edges: npt.NDArray[np.float64], params: DedupeParams) -> list[Block]:
    blocks: list[Block] = [
        Tiles(
            [
                Tile("exact_duplicates", "exact duplicates", numbers["exact_duplicates"], "the same roles and contents"),
                Tile(
                    "near_duplicates", "near duplicates", numbers["near_duplicates"], f"similarity {params.threshold:g} or more"
                ),
                Tile("clusters", "clusters", numbers["clusters"], f"the largest has {numbers['largest_cluster']:,} records"),
                Tile("compared_pairs", "pairs compared", numbers["compared_pairs"], "exactly, after MinHash proposed them"),
                Tile("too_short_to_compare", "short texts", numbers["too_short_to_compare"], "compared as a whole only"),
            ]
        ),
        Bars("Clusters by size", numbers["cluster_sizes"], "clusters"),
    ]
    if numbers["similarity"]["counts"]:
        blocks.insert(
            1,
            Histogram(
                "Similarity of near duplicates to the record that was kept",
                edges.tolist(),
                numbers["similarity"]["counts"],
                f"Jaccard similarity of word {params.shingle_words}-grams",
                marks={"threshold": params.threshold},
            ),
        )
    if "index" in numbers:
        blocks.append(_earlier(numbers["index"]))
    outcomes = Bars("Pairs by outcome", {name.replace("_", " "): count for name, count in numbers["pairs"].items()}, "pairs")
    link = Links("Pairs with their differences", [(PAGE, PAGE, f"some of each outcome; all are in {PAIRS}")])
    return [*blocks, outcomes, link, _pairs(duplicates), _explanation(params)]


def _earlier(numbers: dict[str, int]) -> Tiles:
    return Tiles(
        [
            Tile("earlier_records", "earlier records", numbers["earlier_records"], "in the index, their texts not read"),
            Tile("duplicates_of_earlier", "duplicates of them", numbers["duplicates_of_earlier"], "the earlier batch wins"),
            Tile("came_again", "came again", numbers["came_again"], "unchanged records of an earlier batch: kept"),
        ]
    )


def _pairs(duplicates: pa.Table) -> Table:
    shown = duplicates.slice(0, _SHOWN_PAIRS).to_pylist()
    return Table(
        "Pairs and decisions",
        ["removed", "kept", "reason", "similarity", "decision"],
        [[row["removed_id"], row["kept_id"], row["reason"], round(row["similarity"], 3), row["decision"]] for row in shown],
        note=f"The first {len(shown)} of {duplicates.num_rows:,}; all of them are in {DUPLICATES}.",
        key="pairs",
    )


def _explanation(params: DedupeParams) -> Text:
    return Text(
        "How this was decided",
        [
            f"Records are taken in order of preference ({params.keep}). One is removed only if it is near a record that was "
            "kept before it, so a chain of small changes is not collapsed into one record.",
            "What is compared is what the user and the assistant said; system prompts are not. Texts of fewer than "
            f"{params.min_words} words are compared as a whole only.",
        ],
    )
