"""What the pages of extract and ingest have in common: families, redaction, languages, tags, repaired texts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from attune.redaction.canaries import gate_passes, planted_and_survived, upper_bound
from attune.redaction.redaction_page import bars, evidence_blocks, total
from attune.reporting.report import Block, Table, Tile, Tiles
from attune.runtime.engine import MapResult

_WORDS_OF_PARTS = {"once": "decoded wrongly once", "twice": "decoded wrongly twice"}


def preparation_numbers(result: MapResult) -> dict[str, Any]:
    """The part of ``report.json`` that the preparation of raw rows accounts for."""
    stats = result.stats
    redaction = stats.get("redaction", {})
    planted, survived = planted_and_survived(redaction)
    return {
        "families": stats.get("families", {}),
        "languages": stats.get("languages", {}),
        "tags": stats.get("tags", {}),
        "pii_status": stats.get("pii_status", {}),
        "review_reasons": stats.get("review_reasons", {}),
        "repaired_texts": stats.get("repaired_texts", {}),
        "repaired_records": stats.get("repaired_records", {}).get("records", 0),
        "redaction": redaction,
        "leak_rate_upper_bound": upper_bound(survived, planted) if planted else None,
    }


def redaction_blocks(result: MapResult) -> list[Block]:
    """The blocks of a page that a data steward reads."""
    stats = result.stats
    redaction = stats.get("redaction", {})
    blocks: list[Block] = [_tiles(stats, redaction), _families_table(stats.get("families", {})), *evidence_blocks(redaction)]
    blocks += [
        bars(title, values) for title, key in (("Languages", "languages"), ("Tags", "tags")) if (values := stats.get(key))
    ]
    if repaired := stats.get("repaired_texts"):
        rows = [(_WORDS_OF_PARTS[name], repaired.get(name, 0)) for name in _WORDS_OF_PARTS]
        blocks.append(Table("Repaired texts", ("what was wrong", "messages"), rows, key="repaired"))
    return blocks


def _tiles(stats: Mapping[str, Any], redaction: Mapping[str, Any]) -> Tiles:
    planted, survived = planted_and_survived(redaction)
    rescan = redaction.get("rescan", {})
    disagreements = total(rescan.get("disagreements", {}))
    passed = gate_passes(redaction)
    return Tiles(
        [
            Tile(
                "replaced", "names and identifiers replaced", sum(total(tiers) for tiers in redaction.get("found", {}).values())
            ),
            Tile(
                "requires_review", "records that a person must look at", stats.get("pii_status", {}).get("requires_review", 0)
            ),
            Tile(
                "canaries",
                "planted identities stopped",
                f"{planted - survived:,} of {planted:,}",
                f"at most {upper_bound(survived, planted):.2%} get through" if planted else "none planted",
                tone=("good" if not survived else "warning") if passed else "bad",
            ),
            Tile(
                "rescan", "disagreements of the second look", disagreements, f"{rescan.get('records', 0):,} records read again"
            ),
            Tile("repaired", "records with repaired text", stats.get("repaired_records", {}).get("records", 0)),
        ]
    )


def _families_table(families: Mapping[str, Mapping[str, int]]) -> Table:
    reasons = sorted({reason for outcomes in families.values() for reason in outcomes} - {"kept"})
    rows: list[tuple[str | int, ...]] = [
        (name, total(outcomes), outcomes.get("kept", 0), *(outcomes.get(reason, 0) for reason in reasons))
        for name, outcomes in families.items()
    ]
    return Table("By family", ("family", "records", "kept", *reasons), rows, key="families")
