"""The dataset card: what someone must know who gets a dataset version in hand (``README.md`` in its folder)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from attune.config.params import CompileParams
from attune.config.vocabulary import CATEGORIES
from attune.records.record import SPLITS

_FRONT = """---
pretty_name: {name} {version}
configs:
- config_name: default
  data_files:
  - split: train
    path: train/*.parquet
  - split: validation
    path: validation/*.parquet
  - split: test
    path: test/*.parquet
---
# {name} {version}

{records:,} conversations for fine-tuning an assistant, with names and identifiers replaced.
"""

_HOW = """
## How it was made

Conversations were redacted in memory before anything was written, scored, and deduplicated exactly and by the Jaccard
similarity of word {words}-grams ({near:g} across all families). Records of one person, one conversation or similar texts
({group:g} and more) are never in two splits. Families held out for test: {holdouts}. No split has more than {synthetic:.0%} of
synthetic records.

## How to check it

`attune verify` recomputes every claim from these files. Without it: `manifest.json` has the SHA-256 of every file, and its
`address` is the SHA-256 over the lines `<sha256>  <path>` of those files, sorted by path; `croissant.json` describes them for
other tools. Each line of `compiled.jsonl` follows
`schema.json`; `provenance.jsonl` says where each record came from.

## Limits

Redaction is measured, not perfect: do not try to identify anyone. The texts are no medical advice.
"""


def dataset_card(
    params: CompileParams, version: str, statistics: Mapping[str, Any], by_license: Mapping[str, Mapping[str, int]]
) -> str:
    """The card in Markdown."""
    splits, total = statistics["splits"], statistics["total"]
    rows: list[list[Any]] = [["all", *(splits[split]["records"] for split in SPLITS), total["records"]]]
    for family, count in total["family"].items():
        rows.append([family, *(splits[split]["family"].get(family, 0) for split in SPLITS), count])
    holdouts = ", ".join(f"{name} ({share:.0%})" for name, share in sorted(params.holdout_families.items())) or "none"
    licenses = [
        [name if name != "unknown" else f"{params.license} (the source names none)", family, count]
        for name, families in by_license.items()
        for family, count in families.items()
    ]
    categories = [
        [name, total["category"].get(name, 0), _share(total["category"].get(name, 0), total["records"])] for name in CATEGORIES
    ]
    return (
        _FRONT.format(name=params.name, version=version, records=total["records"])
        + "\n## Families and splits\n\n"
        + _table(["family", *SPLITS, "total"], rows)
        + "\n## Categories\n\n"
        + _table(["category", "records", "share"], categories)
        + "\n## Licenses\n\n"
        + _table(["license", "family", "records"], licenses)
        + _HOW.format(
            words=params.shingle_words,
            near=params.near_duplicate_threshold,
            group=params.group_threshold,
            holdouts=holdouts,
            synthetic=params.max_synthetic_share,
        )
    )


def _share(part: int, whole: int) -> str:
    return f"{part / whole:.1%}" if whole else "–"


def _table(columns: list[str], rows: list[list[Any]]) -> str:
    lines = [columns, ["---"] + ["---:"] * (len(columns) - 1), *rows]
    return "".join(
        "| " + " | ".join(f"{cell:,}" if isinstance(cell, int) else str(cell) for cell in line) + " |\n" for line in lines
    )
