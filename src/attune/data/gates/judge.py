"""The eight gates of D3, judged by evidence that was read from the files."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from attune.core import storage
from attune.core.params import CompileParams, VerifyParams
from attune.data.gates.evidence import EXAMPLES, Gate, Violations, gate
from attune.data.gates.examine import canonical, hash64
from attune.data.gates.likeness import Numbers
from attune.data.gates.reading import MANIFEST, SPLITS, Evidence

GATES = ("coverage", "leakage", "distribution", "pii", "provenance", "hash", "split", "statistics")

_FILE_CHECKS = (
    "file is missing", "file differs from the manifest", "size differs from the manifest", "file is not in the manifest",
    "file cannot be read", "file lacks a column", "content address does not follow from the files",
)  # fmt: skip
_PII_CHECKS = (
    "pii_status is not clean or redacted", "canary survived", "e-mail address in the text", "phone number in the text",
    "payment card number in the text", "social security number in the text",
)  # fmt: skip
_STATISTIC_SUMS = ("records", "messages", "words", "characters", "preference_pairs")


def targets(manifest: Mapping[str, Any]) -> CompileParams:
    """What the version was compiled to meet, as its manifest says; the defaults where it does not say."""
    known = {name: value for name, value in (manifest.get("params") or {}).items() if name in CompileParams.model_fields}
    return CompileParams.model_validate(known)


def judge(evidence: Evidence, params: VerifyParams) -> list[Gate]:
    """All eight gates, in their order."""
    aims = targets(evidence.manifest)
    return [
        _coverage(evidence, params),
        _leakage(evidence, params),
        _distribution(evidence, aims, params),
        _pii(evidence),
        _provenance(evidence),
        _hash(evidence),
        _split(evidence, aims, params),
        _statistics(evidence),
    ]


def _coverage(evidence: Evidence, params: VerifyParams) -> Gate:
    violations = Violations()
    families = evidence.total("family")
    for name, least in params.required_families.items():
        if families.get(name, 0) < least:
            violations.add("required family has too few records", name, f"{families.get(name, 0)} of at least {least}")
    for split in SPLITS:
        if evidence.records and not evidence.sums[split]["records"]:
            violations.add("split is empty", split)
    if not evidence.records:
        violations.add("no record can be read", MANIFEST)
    checks = ("required family has too few records", "split is empty", "no record can be read")
    return gate("coverage", violations, checks, f"{len(families)} families, {len(params.required_families)} of them required")


def _leakage(evidence: Evidence, params: VerifyParams) -> Gate:
    violations = Violations()
    _across_splits(evidence, "content", "same content in two splits", violations)
    for name, split, other, home, similarity in sorted(evidence.near, key=lambda item: (-item[4], item[0], item[2])):
        violations.add("near duplicate in two splits", name, f"{split}, like {other} in {home}: {similarity:.3f}")
    looked = f"{evidence.records:,} records compared across splits at a similarity of {params.near_duplicate_threshold:g}"
    return gate("leakage", violations, ("same content in two splits", "near duplicate in two splits"), looked)


def _distribution(evidence: Evidence, aims: CompileParams, params: VerifyParams) -> Gate:
    violations = Violations()
    ordinary = {
        split: sum(n for name, n in evidence.counts[split]["family"].items() if name not in aims.holdout_families)
        for split in SPLITS
    }
    total = sum(ordinary.values())
    wanted = {"train": aims.train_share, "validation": aims.validation_share, "test": aims.test_share}
    for split in SPLITS:
        share = ordinary[split] / total if total else wanted[split]
        if abs(share - wanted[split]) > max(params.split_tolerance, 1.5 / max(total, 1)):
            violations.add("share of a split is off", split, f"{share:.3f} instead of {wanted[split]:.3f}")
        records, synthetic = evidence.sums[split]["records"], evidence.counts[split]["source"].get("synthetic", 0)
        if synthetic > aims.max_synthetic_share * records + 1e-9:
            violations.add("too much is synthetic", split, f"{synthetic / records:.3f} of at most {aims.max_synthetic_share:g}")
    categories = evidence.total("category")
    for name, target in aims.category_mix.items():
        share = categories.get(name, 0) / evidence.records if evidence.records else target
        if abs(share - target) > params.category_tolerance:
            violations.add("share of a category is off", name, f"{share:.3f} instead of {target:.3f}")
    for name in sorted(set(categories) - set(aims.category_mix)):
        violations.add("category is unknown", name, f"{categories[name]} records")
    checks = ("share of a split is off", "too much is synthetic", "share of a category is off", "category is unknown")
    shares = "/".join(f"{100 * ordinary[split] / total:.1f}" if total else "–" for split in SPLITS)
    return gate("distribution", violations, checks, f"{shares} percent of {total:,} records outside of held-out families")


def _pii(evidence: Evidence) -> Gate:
    return gate("pii", evidence.violations, _PII_CHECKS, f"{evidence.records:,} texts scanned again")


def _provenance(evidence: Evidence) -> Gate:
    violations = evidence.violations
    _compare_lines(evidence, "provenance.jsonl", "origin", "provenance line", violations)
    if not evidence.manifest.get("parents"):
        violations.add("manifest names no parents", MANIFEST)
    if not evidence.manifest.get("code"):
        violations.add("manifest names no code version", MANIFEST)
    checks = (
        "provenance is missing", "provenance id does not follow from its parts", "provenance line is wrong or missing",
        "provenance line too many", "manifest names no parents", "manifest names no code version",
    )  # fmt: skip
    return gate("provenance", violations, checks, f"{evidence.records:,} records traced to their origin")


def _hash(evidence: Evidence) -> Gate:
    _compare_lines(evidence, "compiled.jsonl", "line", "export line", evidence.violations)
    checks = (
        "content_hash is wrong", "message without role or content", "export line is wrong or missing", "export line too many",
        *_FILE_CHECKS,
    )  # fmt: skip
    files = len(evidence.manifest["files"])
    return gate("hash", evidence.violations, checks, f"{evidence.records:,} content hashes and {files} files recomputed")


def _split(evidence: Evidence, aims: CompileParams, params: VerifyParams) -> Gate:
    violations = evidence.violations
    held = {name: share for name, share in aims.holdout_families.items() if share > 0}
    for name, share in held.items():
        counts = {split: evidence.counts[split]["family"].get(name, 0) for split in SPLITS}
        total = sum(counts.values())
        outside = total - counts["test"]
        if share == 1 and outside:
            violations.add("held-out family outside of test", name, f"{outside} of {total} records")
        elif share < 1 and counts["test"] < (share - params.split_tolerance) * total - 1:
            violations.add("too little of a family is held out", name, f"{counts['test']} of {total} records are in test")
    for key, what in (("subject_id", "person"), ("conversation_id", "conversation"), ("cluster_id", "duplicate cluster")):
        _across_splits(evidence, key, f"{what} in two splits", violations)
    _repeated_ids(evidence, violations)
    checks = (
        "split differs from its folder", "held-out family outside of test", "too little of a family is held out",
        "person in two splits", "conversation in two splits", "duplicate cluster in two splits", "record_id is not unique",
    )  # fmt: skip
    people = len(np.unique(evidence.keys["subject_id"]))
    return gate("split", violations, checks, f"{len(held)} held-out families, {people:,} people, {evidence.records:,} records")


def _statistics(evidence: Evidence) -> Gate:
    violations = Violations()
    uri = storage.join(evidence.uri, "statistics.json")
    claimed: dict[str, Any] = {}
    try:
        claimed = json.loads(storage.read_bytes(uri)) if storage.exists(uri) else {}
    except ValueError:
        violations.add("statistics are missing", "statistics.json", "no valid JSON")
    if not claimed:
        violations.add("statistics are missing", "statistics.json")
    else:
        for split in SPLITS:
            own = _counted(evidence.sums[split], evidence.counts[split])
            _compare(f"splits.{split}", own, claimed.get("splits", {}).get(split), violations)
        sums = {name: sum(evidence.sums[split][name] for split in SPLITS) for name in evidence.sums["train"]}
        counts = {name: evidence.total(name) for name in evidence.counts["train"]}
        _compare("total", _counted(sums, counts), claimed.get("total"), violations)
    stated = evidence.manifest.get("counts", {})
    _compare("manifest.counts.records", evidence.records, stated.get("records"), violations)
    own_splits = {split: int(evidence.sums[split]["records"]) for split in SPLITS}
    _compare("manifest.counts.splits", own_splits, stated.get("splits"), violations)
    return gate("statistics", violations, ("statistics are missing", "statistic is wrong"), "every number counted again")


def _counted(sums: Mapping[str, float], counts: Mapping[str, Mapping[str, int]]) -> dict[str, Any]:
    own: dict[str, Any] = {name: int(sums[name]) for name in _STATISTIC_SUMS}
    own |= {name: dict(values) for name, values in counts.items()}
    own["mean_quality"] = sums["quality"] / sums["records"] if sums["records"] else None
    return own


def _compare(path: str, own: Any, claimed: Any, violations: Violations) -> None:
    """Note every place where ``claimed`` differs from ``own``; a mean may differ by the rounding of three digits."""
    if isinstance(own, dict) and isinstance(claimed, dict):
        for key in sorted({*own, *claimed}):
            _compare(f"{path}.{key}", own.get(key), claimed.get(key), violations)
    elif isinstance(own, float) and isinstance(claimed, int | float):
        if abs(own - claimed) > 0.0015:
            violations.add("statistic is wrong", path, f"{claimed} instead of {own:.4f}")
    elif own != claimed:
        shown = "a table" if isinstance(own, dict) else own
        violations.add("statistic is wrong", path, f"{'nothing' if claimed is None else claimed} instead of {shown}")


def _across_splits(evidence: Evidence, key: str, check: str, violations: Violations) -> None:
    """Note every value of a key that stands in more than one split."""
    for records in _groups(evidence.keys[key]):
        homes = evidence.splits[records]
        if homes.min() != homes.max():
            first, other = int(records[homes.argmin()]), int(records[homes.argmax()])
            both = f"{evidence.ids[first]} in {SPLITS[homes.min()]} and {evidence.ids[other]} in {SPLITS[homes.max()]}"
            violations.add(check, evidence.ids[first], both)


def _repeated_ids(evidence: Evidence, violations: Violations) -> None:
    for records in _groups(evidence.keys["record_id"]):
        violations.add("record_id is not unique", evidence.ids[int(records[0])], f"{len(records)} records")


def _groups(values: Numbers) -> Iterator[np.ndarray[Any, np.dtype[np.int64]]]:
    """Records that share a value other than null, for every value that at least two share."""
    order = np.argsort(values, kind="stable")
    order = order[values[order] != 0]
    ordered = values[order]
    starts = np.flatnonzero(np.append(True, ordered[1:] != ordered[:-1])) if len(ordered) else np.zeros(0, np.int64)
    ends = np.append(starts, len(ordered))[1:]
    for start, end in zip(starts[ends - starts > 1], ends[ends - starts > 1], strict=True):
        yield order[start:end]


def _compare_lines(evidence: Evidence, name: str, key: str, what: str, violations: Violations) -> None:
    """Compare a file of JSON lines with what the shards say, line by line."""
    expected = evidence.keys[key]
    number = -1
    for number, line in enumerate(evidence.lines(name)):
        if number >= len(expected):
            violations.add(f"{what} too many", name, f"line {number + 1}")
            continue
        if _line_hash(line) != int(expected[number]):
            violations.add(f"{what} is wrong or missing", evidence.ids[number], f"line {number + 1} of {name}")
    for missing in range(number + 1, min(len(expected), number + 1 + EXAMPLES)):
        violations.add(f"{what} is wrong or missing", evidence.ids[missing], f"{name} ends before it")


def _line_hash(line: bytes) -> int:
    try:
        return hash64(canonical(json.loads(line)))
    except ValueError:
        return 0
