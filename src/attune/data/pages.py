"""What the pages of extract and ingest have in common: families, redaction, canaries, the second look, repaired texts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from attune.core.engine import MapResult
from attune.core.report import Bars, Block, Checks, Table, Tile, Tiles
from attune.data.redact.canaries import upper_bound

_CANARY_GATE = "canaries"
_WORDS_OF_PARTS = {"once": "decoded wrongly once", "twice": "decoded wrongly twice"}


def preparation_numbers(result: MapResult) -> dict[str, Any]:
    """The part of ``report.json`` that the preparation of raw rows accounts for."""
    stats = result.stats
    redaction = stats.get("redaction", {})
    planted, survived = _planted(redaction)
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
    found = redaction.get("found", {})
    planted, survived = _planted(redaction)
    rescan = redaction.get("rescan", {})
    blocks: list[Block] = [
        Tiles(
            [
                Tile("replaced", "names and identifiers replaced", sum(_total(tiers) for tiers in found.values())),
                Tile(
                    "requires_review",
                    "records that a person must look at",
                    stats.get("pii_status", {}).get("requires_review", 0),
                ),
                Tile("canaries", "planted identities stopped", f"{planted - survived:,} of {planted:,}", tone=_tone(survived)),
                Tile("repaired", "records with repaired text", stats.get("repaired_records", {}).get("records", 0)),
            ]
        ),
        _families_table(stats.get("families", {})),
        _found_table(found),
    ]
    if planted:
        blocks.append(_canaries_table(redaction["canaries"]))
        evidence = (
            f"{planted:,} synthetic identities were planted before redaction, {survived:,} got through: with 95 % confidence "
            f"at most {upper_bound(survived, planted):.2%} of such identities get through"
        )
        blocks.append(Checks("Planted identities", [("no planted identity gets through", survived == 0, evidence)]))
    if rescan.get("records"):
        blocks.append(
            Table(
                "A second look", ("what the independent detector saw", "times"), _sorted(rescan.get("disagreements", {})),
                f"{rescan['records']:,} redacted records were read by a detector that shares no code with the first pass. What"
                " it reports is a question, not always a leak.", "rescan",
            )
        )  # fmt: skip
    for title, key in (("Why a person must look", "review_reasons"), ("Languages", "languages"), ("Tags", "tags")):
        if values := stats.get(key):
            blocks.append(Bars(title, {name: float(count) for name, count in _sorted(values)}, "records"))
    if repaired := stats.get("repaired_texts"):
        rows = [(_WORDS_OF_PARTS[name], repaired.get(name, 0)) for name in _WORDS_OF_PARTS]
        blocks.append(Table("Repaired texts", ("what was wrong", "messages"), rows, key="repaired"))
    return blocks


def failed_redaction_gates(result: MapResult) -> list[str]:
    """The gates that redaction failed: a planted identity that survived."""
    return [_CANARY_GATE] if _planted(result.stats.get("redaction", {}))[1] else []


def _planted(redaction: Mapping[str, Any]) -> tuple[int, int]:
    """Synthetic identities planted, and those that survived."""
    canaries = redaction.get("canaries", {})
    return _total(canaries.get("planted", {})), _total(canaries.get("survived", {}))


def _families_table(families: Mapping[str, Mapping[str, int]]) -> Table:
    reasons = sorted({reason for outcomes in families.values() for reason in outcomes} - {"kept"})
    rows: list[tuple[str | int, ...]] = [
        (name, _total(outcomes), outcomes.get("kept", 0), *(outcomes.get(reason, 0) for reason in reasons))
        for name, outcomes in families.items()
    ]
    return Table("By family", ("family", "records", "kept", *reasons), rows, key="families")


def _found_table(found: Mapping[str, Mapping[str, int]]) -> Table:
    tiers = sorted({tier for counts in found.values() for tier in counts})
    rows: list[tuple[str | int, ...]] = [
        (kind, *(counts.get(tier, 0) for tier in tiers), _total(counts)) for kind, counts in sorted(found.items())
    ]
    note = "By the tier that found it: what the database knew, patterns, cues, word lists, a model, or the same name before."
    return Table("What was replaced", ("type", *tiers, "all"), rows, note, "found")


def _canaries_table(canaries: Mapping[str, Mapping[str, int]]) -> Table:
    outcomes = ("planted", "found", "held", "survived")
    rows: list[list[str | int]] = [
        [kind, *(canaries[outcome][kind] for outcome in outcomes)] for kind in sorted(canaries["planted"])
    ]
    note = "Found: replaced. Held: still there, but the conversation goes to review and into no training set."
    return Table("Planted identities by kind", ("kind", *outcomes), rows, note, key="canaries")


def _sorted(values: Mapping[str, int]) -> list[tuple[str, int]]:
    return sorted(values.items(), key=lambda item: (-item[1], item[0]))


def _total(counts: Mapping[str, int]) -> int:
    return sum(counts.values())


def _tone(survived: int) -> Any:
    return "bad" if survived else "good"
