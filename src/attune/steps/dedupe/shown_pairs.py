"""The pairs that ``pairs.html`` shows, with their texts, which are read again from the input shards."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from attune.config.params import DedupeParams
from attune.records import shards
from attune.similarity.catalog import Catalog, read_rows, shard_sources
from attune.similarity.shingles import I64
from attune.steps.dedupe.pairs import (
    BELOW,
    BOTH_GONE,
    CHAIN,
    EXACT,
    MEANINGS,
    NEAR,
    OTHER_REPRESENTATIVE,
    PAIRS,
    Names,
    Pairs,
    closest,
    pairs_table,
)
from attune.steps.dedupe.pairs_page import ShownPair, render_pairs

_MOST_SHOWN = ((NEAR, 24), (BELOW, 12), (CHAIN, 12), (OTHER_REPRESENTATIVE, 6), (BOTH_GONE, 4), (EXACT, 6))

Messages = list[dict[str, Any]]


def first_page(catalog: Catalog, names: Names, pairs: Pairs, params: DedupeParams) -> str:
    """The page, while the step knows the row of each record."""
    chosen = closest(pairs.outcomes, pairs.similarity, params.threshold, _MOST_SHOWN)
    shown = pairs.take(chosen)
    rows = np.unique(np.concatenate([shown.better, shown.worse]))
    texts = _texts_by_row(catalog, rows[rows < catalog.rows])
    return _page(
        pairs_table(shown, names).to_pylist(),
        names.reasons(params.keep, shown.better, shown.worse),
        [(texts.get(better), texts.get(worse)) for better, worse in zip(shown.better, shown.worse, strict=True)],
        len(pairs.better),
        params,
    )


def page_again(inputs: Sequence[str], duplicates: pa.Table, pairs: pa.Table, params: DedupeParams) -> str | None:
    """The same page for a finished output, where only ids are known.

    Args:
        inputs: URIs of the shard sets that the step read.
        duplicates: the table of ``duplicates.parquet``.
        pairs: the table of ``pairs.parquet``.
        params: as in the run that wrote them.

    Returns:
        The page; None if different texts have the same id, so that the texts of a pair are not known.
    """
    outcomes = pc.index_in(pairs.column("outcome"), pa.array(list(MEANINGS), pa.string())).to_numpy()
    chosen = closest(outcomes, pairs.column("similarity").to_numpy(), params.threshold, _MOST_SHOWN)
    shown = pairs.take(pa.array(chosen)).to_pylist()
    texts = _texts_by_id(inputs, {pair[name] for pair in shown for name in ("better_id", "worse_id")})
    if texts is None:
        return None
    some = duplicates.filter(
        pc.is_in(duplicates.column("removed_id"), pa.array([pair["worse_id"] for pair in shown], pa.string()))
    )
    decisions = {row["removed_id"]: row["decision"] for row in some.to_pylist()}
    return _page(
        shown,
        [decisions.get(pair["worse_id"], "") for pair in shown],
        [(texts.get(pair["better_id"]), texts.get(pair["worse_id"])) for pair in shown],
        pairs.num_rows,
        params,
    )


def _page(
    shown: Sequence[Mapping[str, Any]],
    decisions: Sequence[str],
    texts: Sequence[tuple[Messages | None, Messages | None]],
    total: int,
    params: DedupeParams,
) -> str:
    """Render the pairs; ``decisions`` count only for pairs in which the better record removes the worse one."""
    pairs = [
        ShownPair(
            pair["better_id"],
            pair["worse_id"],
            pair["similarity"],
            pair["outcome"],
            decision if pair["outcome"] in {EXACT, NEAR} else "",
            better,
            worse,
        )
        for pair, decision, (better, worse) in zip(shown, decisions, texts, strict=True)
    ]
    meanings = {outcome: MEANINGS[outcome] for outcome, _ in _MOST_SHOWN}
    return render_pairs(pairs, meanings, total, params.threshold, PAIRS)


def _texts_by_row(catalog: Catalog, rows: I64) -> dict[int, Messages]:
    found: dict[int, Messages] = {}
    for source, own in catalog.pieces(rows):
        messages = read_rows(source, ["messages"]).column("messages").take(pa.array(own)).to_pylist()
        found.update(zip((own + source.first).tolist(), messages, strict=True))
    return found


def _texts_by_id(inputs: Sequence[str], wanted: set[str]) -> dict[str, Messages] | None:
    """Messages of input records by id; None if two texts have the same id. Records of earlier batches are not found."""
    ids = pa.array(sorted(wanted), pa.string())
    found: dict[str, Messages] = {}
    for source in shard_sources([shards.open_set(uri) for uri in inputs]):
        rows = np.flatnonzero(pc.is_in(read_rows(source, ["record_id"]).column("record_id"), ids).to_numpy())
        if not len(rows):
            continue
        for row in read_rows(source, ["record_id", "messages"]).take(pa.array(rows)).to_pylist():
            if found.setdefault(row["record_id"], row["messages"]) != row["messages"]:
                return None
    return found
