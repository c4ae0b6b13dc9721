"""What a dataset version is, as far as its own files say, and whether it was verified."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from attune import storage
from attune.config.params import CompileParams
from attune.errors import UsageError
from attune.records.dataset import STATISTICS, Dataset, open_dataset
from attune.records.record import SPLITS
from attune.steps.compile.category_mix import gaps


def describe(version: str, verification: str | None = None) -> dict[str, Any]:
    """A version as JSON values.

    Args:
        version: its URI.
        verification: folder that ``attune verify`` wrote; None: ``verify`` beside the version, if it is there.
    """
    dataset = open_dataset(version)
    manifest = dataset.manifest
    statistics = json.loads(storage.read_bytes(storage.join(version, STATISTICS)))
    known = {name: value for name, value in manifest["params"].items() if name in CompileParams.model_fields}
    mix = gaps(statistics["total"]["category"], CompileParams.model_validate(known).category_mix)
    return {
        "name": dataset.name,
        "version": dataset.version,
        "address": dataset.address,
        "signature": dataset.signature.value,
        "as_of": manifest.get("as_of"),
        "bytes": sum(entry["bytes"] for entry in manifest["files"].values()),
        "files": len(manifest["files"]),
        "splits": {
            split: {
                "records": statistics["splits"][split]["records"],
                "words": statistics["splits"][split]["words"],
                "synthetic": statistics["splits"][split]["source"].get("synthetic", 0),
                "mean_quality": statistics["splits"][split]["mean_quality"],
            }
            for split in SPLITS
        },
        "families": {
            name: {split: statistics["splits"][split]["family"].get(name, 0) for split in SPLITS}
            for name in statistics["total"]["family"]
        },
        "categories": {
            item.category: {"records": item.records, "share": round(item.share, 4), "target": item.target, "add": item.add}
            for item in mix
        },
        "licenses": manifest.get("licenses", {}),
        "left_out": {folder: entry["counts"] for folder, entry in manifest.get("left_out", {}).items()},
        "test_sets": manifest.get("test_sets", []),
        "lineage": {name: manifest.get(name) for name in ("parents", "made_by", "code", "seed", "prompts")},
        "gates": _gates(dataset, verification),
    }


def _gates(dataset: Dataset, verification: str | None) -> Mapping[str, bool] | None:
    """Gate -> passed, of a verification of this very version; None where there is none."""
    folder = verification or storage.join(dataset.uri.rstrip("/").rpartition("/")[0] or ".", "verify")
    path = storage.join(folder, "report.json")
    if not storage.exists(path):
        if verification:
            raise UsageError(f"{verification}: holds no verification (report.json is missing); run attune verify first")
        return None
    numbers = json.loads(storage.read_bytes(path)).get("numbers", {})
    if numbers.get("address") != dataset.address:
        if verification:
            raise UsageError(f"{verification}: verified another version; run attune verify {dataset.uri}")
        return None
    return {name: bool(gate["passed"]) for name, gate in numbers["gates"].items()}


def lines(shown: Mapping[str, Any]) -> Iterator[str]:
    """The description as lines of text."""
    records = sum(split["records"] for split in shown["splits"].values())
    yield f"{shown['name']} {shown['version']}"
    yield f"content address {shown['address']}"
    yield f"manifest: {shown['signature']}"
    yield f"{records:,} records, {shown['files']} files, {shown['bytes']:,} bytes, as of {shown['as_of'] or 'nobody knows'}"
    yield ""
    columns = ("split", "records", "share", "words", "synthetic", "mean quality")
    yield from _table(
        columns,
        [
            (
                name,
                f"{s['records']:,}",
                _share(s["records"], records),
                f"{s['words']:,}",
                f"{s['synthetic']:,}",
                s["mean_quality"],
            )
            for name, s in shown["splits"].items()
        ],
    )
    yield ""
    families = [(name, *(f"{own[split]:,}" for split in SPLITS)) for name, own in shown["families"].items()]
    yield from _table(("family", *SPLITS), families)
    yield ""
    categories = [
        (name, f"{own['records']:,}", f"{own['share']:.1%}", f"{own['target']:.1%}", f"{own['add']:,}")
        for name, own in shown["categories"].items()
    ]
    yield from _table(("category", "records", "share", "target", "to add"), categories)
    yield ""
    for folder, counts in shown["left_out"].items():
        yield f"{folder}: " + (", ".join(f"{count:,} {reason}" for reason, count in counts.items()) or "nothing")
    for name, families_of in shown["licenses"].items():
        yield f"license {name}: {sum(families_of.values()):,} records of {', '.join(families_of)}"
    yield from _lineage(shown)


def _lineage(shown: Mapping[str, Any]) -> Iterator[str]:
    lineage = shown["lineage"]
    for parent in lineage["parents"] or ():
        yield "made from " + ", ".join(f"{name} {value}" for name, value in parent.items() if value is not None)
    yield f"made by code {lineage['code']}, seed {lineage['seed']}"
    for prompt in lineage["prompts"] or ():
        label = f"{prompt['name']} {prompt['version']} (sha256 {prompt['sha256']})"
        yield f"prompt {label}: {prompt['records']:,} records"
    for item in shown["test_sets"]:
        yield f"kept apart from {item['records']:,} records of frozen test sets {item['address']}"
    gates = shown["gates"]
    if gates is None:
        yield "gates: not verified; run attune verify"
    else:
        failed = [name for name, passed in gates.items() if not passed]
        yield f"gates: {'failed ' + ', '.join(failed) if failed else f'all {len(gates)} passed'}"


def _share(part: int, whole: int) -> str:
    return f"{part / whole:.1%}" if whole else "–"


def _table(columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> Iterator[str]:
    cells = [list(columns), *([str("–" if cell is None else cell) for cell in row] for row in rows)]
    widths = [max(len(row[place]) for row in cells) for place in range(len(columns))]
    for row in cells:
        first, *others = row
        padded = (cell.rjust(width) for cell, width in zip(others, widths[1:], strict=True))
        yield "  ".join([first.ljust(widths[0]), *padded]).rstrip()
