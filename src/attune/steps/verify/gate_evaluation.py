"""Gate evaluation: the results of the eight gates, from the evidence that was read from the files."""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from attune import storage
from attune.config.params import CompileParams, VerifyParams
from attune.steps.verify.evidence import GateResult, Violations, gate, shown
from attune.steps.verify.identifiers import CHECKS as IDENTIFIERS
from attune.steps.verify.leakage_search import HIDDEN, NEAR, PART, ExhaustiveCheck
from attune.steps.verify.manifest_validation import MANIFEST, SPLITS
from attune.steps.verify.ngrams import U64
from attune.steps.verify.record_checks import hash64
from attune.steps.verify.scan import EXPORT, ORIGINS, VersionEvidence
from attune.steps.verify.split_balance import better_split
from attune.steps.verify.test_sets import FROZEN
from attune.text.normalization import NORMALIZATION_VERSION, normalize

GATES = ("coverage", "leakage", "distribution", "pii", "provenance", "hash", "split", "statistics")

_FILE_CHECKS = (
    "file is missing", "file differs from the manifest", "size differs from the manifest", "file is not in the manifest",
    "file is not of the format", "file cannot be read", "file lacks a column", "column is not of the contract",
    "column has another type", "number of rows differs from the manifest", "list of shards differs from the manifest",
    "content address does not follow from the files", "manifest differs from its seal",
    "signature of the manifest does not fit", "manifest has no signature that could be checked",
    "version name does not follow from the manifest",
    "format is another one", "key is there twice", "Croissant description is of other files",
)  # fmt: skip
_PII_CHECKS = (
    "pii_status is not clean or redacted", "subject_id is no keyed token", "created_at is more precise than a day",
    *IDENTIFIERS,
)  # fmt: skip
_LEAKS = {
    NEAR: "near duplicate in two splits",
    PART: "part of a conversation of another split",
    HIDDEN: "conversation of another split in a system prompt or rejected answer",
}
_LIKE = {NEAR: "like", PART: "holds or is a part of", HIDDEN: "hides"}
_TRAINED_ON = 1  # index of the last split in SPLITS that must not contain a frozen record
_DIGEST = re.compile("[0-9a-f]{64}")
_STATISTIC_SUMS = ("records", "messages", "words", "characters", "preference_pairs")


def evaluate_gates(evidence: VersionEvidence, params: VerifyParams) -> list[GateResult]:
    """The results of all eight gates, in the order of ``GATES``."""
    aims = evidence.manifest.aims
    return [
        _coverage(evidence, params),
        _leakage(evidence, params),
        _distribution(evidence, aims, params),
        _pii(evidence),
        _provenance(evidence, params),
        _hash(evidence),
        _split(evidence, aims, params),
        _statistics(evidence),
    ]


def _coverage(evidence: VersionEvidence, params: VerifyParams) -> GateResult:
    violations = Violations()
    families = evidence.total("family")
    for name, least in params.required_families.items():
        own = evidence.keys["letters"][evidence.keys["family"] == np.uint64(hash64(name))]
        count = len(np.unique(own))  # copies of one text count once
        if count < least:
            violations.add("required family has too few records", name, f"{count} of at least {least}")
    for split in SPLITS:
        if evidence.records and not evidence.sums[split]["records"]:
            violations.add("split is empty", split)
    if not evidence.records:
        violations.add("no record can be read", MANIFEST)
    checks = ("required family has too few records", "split is empty", "no record can be read")
    return gate("coverage", violations, checks, f"families: {len(families)}, required: {len(params.required_families)}")


def _leakage(evidence: VersionEvidence, params: VerifyParams) -> GateResult:
    violations = Violations()
    _across_splits(evidence, "content", "same content in two splits", violations)
    _across_splits(evidence, "letters", "identical after normalization in two splits", violations)
    for what, name, split, other, home, value in sorted(evidence.leaks, key=lambda item: (-item[5], item[1], item[3])):
        check = "near duplicate of a frozen test set" if home == FROZEN and what == NEAR else _LEAKS[what]
        violations.add(check, name, f"{split}, {_LIKE[what]} {other} in {home}: {value:.3f}")
    _against_frozen(evidence, violations)
    stated = evidence.manifest.text_normalization
    if stated not in {None, NORMALIZATION_VERSION}:
        found = f"the manifest names {shown(stated)}, this verify knows {NORMALIZATION_VERSION}"
        violations.add("text normalization is unknown", MANIFEST, found)
    looked = f"{evidence.records:,} records compared across splits at a similarity of {params.near_duplicate_threshold:g}"
    looked += f", with text normalization {NORMALIZATION_VERSION}{' (the manifest names none)' if stated is None else ''}"
    if evidence.frozen:
        looked += f" and with {sum(item.records for item in evidence.frozen):,} of frozen test sets"
    elif evidence.manifest.test_sets:
        looked += "; the frozen test sets that the manifest names were not compared (verify.test_sets is empty)"
    looked += _exhaustive(evidence.exhaustive)
    checks = (
        "text normalization is unknown",
        "same content in two splits",
        "identical after normalization in two splits",
        *_LEAKS.values(),
        "record of a frozen test set",
        "person or conversation of a frozen test set",
        "near duplicate of a frozen test set",
    )
    return gate("leakage", violations, checks, looked)


def _exhaustive(check: ExhaustiveCheck) -> str:
    """A sentence on how much of the search for near duplicates was checked without an index."""
    if check.complete:
        return "; all of them without an index, so none is missed"
    return (
        f"; {check.sampled:,} of {check.rows:,} compared without an index: the search missed {check.missed}, so it misses near "
        f"duplicates of at most {check.missed_share:.2%} of the records (95 % confidence)"
    )


def _against_frozen(evidence: VersionEvidence, violations: Violations) -> None:
    """Add violations for what train and validation contain of a frozen test set, whatever its ids."""
    facts = [found for item in evidence.frozen for found in item.facts]
    own = np.flatnonzero(evidence.splits <= _TRAINED_ON)
    for check, keys in (
        ("record of a frozen test set", ("record_id", "content", "letters")),
        ("person or conversation of a frozen test set", ("subject_id", "conversation_id")),
    ):
        hit = np.zeros(len(own), bool)
        for key in keys:
            known = np.concatenate([np.zeros(0, np.uint64), *(values for found in facts for values in found.keys[key])])
            hit |= np.isin(evidence.keys[key][own], known[known != 0])
        for record in own[hit].tolist():
            violations.add(check, evidence.ids[record], SPLITS[evidence.splits[record]])


def _distribution(evidence: VersionEvidence, aims: CompileParams, params: VerifyParams) -> GateResult:
    violations = evidence.violations
    held = {_folded(name) for name in _held_out(aims, params)}
    ordinary = {
        split: sum(n for name, n in evidence.counts[split]["family"].items() if _folded(name) not in held) for split in SPLITS
    }
    total = sum(ordinary.values())
    wanted = {"train": aims.train_share, "validation": aims.validation_share, "test": aims.test_share}
    most_synthetic = min(aims.max_synthetic_share, params.max_synthetic_share)
    found = {split: ordinary[split] / total if total else wanted[split] for split in SPLITS}
    off = [split for split in SPLITS if abs(found[split] - wanted[split]) > max(params.split_tolerance, 1.5 / max(total, 1))]
    families = [name for name in evidence.total("family") if _folded(name) in held]
    better = better_split(evidence.keys, evidence.splits, evidence.parts, aims, families) if off else ""
    for split in off if better else ():
        violations.add("share of a split is off", split, f"{found[split]:.3f} instead of {wanted[split]:.3f}: {better}")
    for split in SPLITS:
        records, synthetic = evidence.sums[split]["records"], evidence.counts[split]["source"].get("synthetic", 0)
        if synthetic > most_synthetic * records + 1e-9:
            violations.add("too much is synthetic", split, f"{synthetic / records:.3f} of at most {most_synthetic:g}")
    categories = evidence.total("category")
    for name, target in aims.category_mix.items():
        share = categories.get(name, 0) / evidence.records if evidence.records else target
        if abs(share - target) > params.category_tolerance:
            violations.add("share of a category is off", name, f"{share:.3f} instead of {target:.3f}")
    for name in sorted(set(categories) - set(aims.category_mix)):
        violations.add("category is unknown", shown(name), f"{categories[name]} records")
    checks = (
        "share of a split is off",
        "too much is synthetic",
        "synthetic record under another source",
        "share of a category is off",
        "category is unknown",
    )
    shares = "/".join(f"{100 * ordinary[split] / total:.1f}" if total else "–" for split in SPLITS)
    looked = f"{shares} percent of {total:,} records outside of held-out families"
    looked += ", as near to the shares as whole groups allow" if off and not better else ""
    return gate("distribution", violations, checks, looked)


def _held_out(aims: CompileParams, params: VerifyParams) -> dict[str, float]:
    """Share of each family that must be held out: the larger one of manifest and parameters."""
    names = sorted({*aims.holdout_families, *params.holdout_families})
    shares = {name: max(aims.holdout_families.get(name, 0.0), params.holdout_families.get(name, 0.0)) for name in names}
    return {name: share for name, share in shares.items() if share > 0}


def _folded(family: str) -> str:
    """A family's name without case and punctuation, so that another spelling cannot bring a held-out family into training."""
    return "".join(filter(str.isalnum, normalize(family)))


def _pii(evidence: VersionEvidence) -> GateResult:
    return gate("pii", evidence.violations, _PII_CHECKS, f"{evidence.records:,} texts scanned again")


def _provenance(evidence: VersionEvidence, params: VerifyParams) -> GateResult:
    violations = evidence.violations
    _count_lines(evidence, ORIGINS, "provenance line", violations)
    if not evidence.manifest.parents:
        violations.add("manifest names no parents", MANIFEST)
    for number, parent in enumerate(evidence.manifest.parents):
        if not _names_something(parent):
            violations.add("parent is not named", MANIFEST, f"parents[{number}]")
    if not evidence.manifest.code:
        violations.add("manifest names no code version", MANIFEST)
    _compare_prompts(evidence, violations)
    unlicensed = evidence.total("license").get("unknown", 0)
    checks: tuple[str, ...] = (
        "provenance is missing", "provenance id does not follow from its parts", "provenance line is wrong or missing",
        "provenance line too many", "manifest names no parents", "parent is not named", "manifest names no code version",
        "list of prompts differs from the records", "field is missing or not of the contract",
    )  # fmt: skip
    checks += ("license is missing",) if params.require_license else ()
    looked = f"{evidence.records:,} records traced to their origin, {unlicensed:,} of them without a license"
    if unlicensed and params.require_license:
        looked += "; name it as `license` of their family in families.yaml, or in a column (verify.require_license)"
    return gate("provenance", violations, checks, looked)


def _names_something(parent: Any) -> bool:
    """Whether a parent is identified: by the hash of its list of shards or, if it was made elsewhere, by a name."""
    if not isinstance(parent, dict):
        return False
    digest, name = parent.get("sha256"), parent.get("name")
    if digest is not None:
        return isinstance(digest, str) and _DIGEST.fullmatch(digest) is not None
    return isinstance(name, str) and bool(name.strip())


def _compare_prompts(evidence: VersionEvidence, violations: Violations) -> None:
    """Compare the prompts in the manifest with those that the provenance of the records names."""
    named: dict[tuple[str, ...], int] = {}
    for made_by, records in evidence.made_by.items():
        for prompt in prompts_in(made_by):
            named[prompt] = named.get(prompt, 0) + records
    stated: dict[tuple[str, ...], int] = {
        (item.name, item.version, item.sha256): item.records for item in evidence.manifest.prompts
    }
    for prompt in sorted({*stated, *named}):
        own, claimed = named.get(prompt, 0), stated.get(prompt, 0)
        if own != claimed:
            found = f"{own} records name it, the manifest says {claimed}"
            violations.add("list of prompts differs from the records", " ".join(map(shown, prompt)), found)


def prompts_in(made_by: str) -> set[tuple[str, ...]]:
    """Name, version and hash of the prompts in a ``made_by``: ``NAME VERSION (sha256 DIGITS)``."""
    found: set[tuple[str, ...]] = set()
    for before, after in itertools.pairwise(made_by.split(" (sha256 ")):
        name, _, version = " ".join(before.split(" ")[-2:]).partition(" ")
        found.add((name, version, after.split(")")[0]))
    return found


def _hash(evidence: VersionEvidence) -> GateResult:
    _count_lines(evidence, EXPORT, "export line", evidence.violations)
    checks = (
        "content_hash is wrong", "message without role or content", "export line is wrong or missing", "export line too many",
        *_FILE_CHECKS,
    )  # fmt: skip
    files = len(evidence.manifest.files)
    return gate("hash", evidence.violations, checks, f"{evidence.records:,} content hashes and {files} files recomputed")


def _split(evidence: VersionEvidence, aims: CompileParams, params: VerifyParams) -> GateResult:
    violations = evidence.violations
    held = _held_out(aims, params)
    for name, share in held.items():
        counts = {
            split: sum(n for own, n in evidence.counts[split]["family"].items() if _folded(own) == _folded(name))
            for split in SPLITS
        }
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
    people = np.count_nonzero(np.unique(evidence.keys["subject_id"]))  # 0: the record has no subject
    return gate(
        "split", violations, checks, f"held-out families: {len(held)}, people: {people:,}, records: {evidence.records:,}"
    )


def _statistics(evidence: VersionEvidence) -> GateResult:
    violations = Violations()
    uri = storage.join(evidence.uri, "statistics.json")
    claimed: dict[str, Any] = {}
    try:
        claimed = json.loads(storage.read_bytes(uri).decode("utf-8")) if storage.exists(uri) else {}
    except (ValueError, RecursionError):
        violations.add("statistics are missing", "statistics.json", "no valid JSON")
    if not claimed:
        violations.add("statistics are missing", "statistics.json")
    else:
        for split in SPLITS:
            own = _counted(evidence.sums[split], evidence.counts[split])
            _compare(f"splits.{split}", own, _at(claimed, "splits", split), violations)
        sums = {name: sum(evidence.sums[split][name] for split in SPLITS) for name in evidence.sums["train"]}
        counts = {name: evidence.total(name) for name in evidence.counts["train"]}
        _compare("total", _counted(sums, counts), _at(claimed, "total"), violations)
        for where, known in ((claimed, {"splits", "total"}), (_at(claimed, "splits"), set(SPLITS))):
            for name in sorted(set(where) - known if isinstance(where, dict) else ()):
                violations.add("statistic is wrong", shown(name), "is no statistic of the format")
    _compare_counts(evidence, violations)
    return gate("statistics", violations, ("statistics are missing", "statistic is wrong"), "every number counted again")


def _compare_counts(evidence: VersionEvidence, violations: Violations) -> None:
    """Compare the counts in the manifest with a recount; optional ones only where the manifest has them."""
    stated: dict[str, Any] = evidence.manifest.counts.model_dump()
    own: dict[str, Any] = {
        "records": evidence.records,
        "splits": {split: int(evidence.sums[split]["records"]) for split in SPLITS},
        "families": evidence.total("family"),
        "categories": evidence.total("category"),
    }
    for name, value in own.items():
        if name in stated:
            _compare(f"manifest.counts.{name}", value, stated[name], violations)
    if evidence.manifest.licenses:
        _compare("manifest.licenses", evidence.licenses, evidence.manifest.licenses, violations)
    if evidence.manifest.made_by:
        _compare("manifest.made_by", evidence.made_by, evidence.manifest.made_by, violations)


def _at(value: Any, *path: str) -> Any:
    """The value at ``path`` in nested objects; None where there is none."""
    for name in path:
        value = value.get(name) if isinstance(value, dict) else None
    return value


def _counted(sums: Mapping[str, float], counts: Mapping[str, Mapping[str, int]]) -> dict[str, Any]:
    own: dict[str, Any] = {name: int(sums[name]) for name in _STATISTIC_SUMS}
    own |= {name: dict(values) for name, values in counts.items()}
    own["mean_quality"] = sums["quality"] / sums["records"] if sums["records"] else None
    return own


def _compare(path: str, own: Any, claimed: Any, violations: Violations) -> None:
    """Add a violation for each value of ``claimed`` that differs from ``own``; means may differ by rounding to three digits."""
    if isinstance(own, dict) and isinstance(claimed, dict):
        for key in sorted({*own, *claimed}):
            _compare(f"{path}.{shown(key)}", own.get(key), claimed.get(key), violations)
    elif isinstance(own, float) and isinstance(claimed, int | float):
        if not abs(own - claimed) <= 0.0015:  # also true for nan
            violations.add("statistic is wrong", path, f"{shown(claimed)} instead of {own:.4f}")
    elif own != claimed or isinstance(own, bool) != isinstance(claimed, bool):
        stated, counted = ("nothing" if value is None else shown(value) for value in (claimed, own))
        counted = "a table" if isinstance(own, dict) else counted
        violations.add("statistic is wrong", path, f"{stated} instead of {counted}")


def _across_splits(evidence: VersionEvidence, key: str, check: str, violations: Violations) -> None:
    """Add a violation for every value of a key that occurs in more than one split."""
    for records in _groups(evidence.keys[key]):
        homes = evidence.splits[records]
        if homes.min() != homes.max():
            first, other = int(records[homes.argmin()]), int(records[homes.argmax()])
            both = f"{evidence.ids[first]} in {SPLITS[homes.min()]} and {evidence.ids[other]} in {SPLITS[homes.max()]}"
            violations.add(check, evidence.ids[first], both)


def _repeated_ids(evidence: VersionEvidence, violations: Violations) -> None:
    for records in _groups(evidence.keys["record_id"]):
        violations.add("record_id is not unique", evidence.ids[int(records[0])], f"{len(records)} records")


def _groups(values: U64) -> Iterator[np.ndarray[Any, np.dtype[np.int64]]]:
    """Groups of at least two records with the same value; null belongs to no group."""
    order = np.argsort(values, kind="stable")
    order = order[values[order] != 0]
    ordered = values[order]
    starts = np.flatnonzero(np.append(True, ordered[1:] != ordered[:-1])) if len(ordered) else np.zeros(0, np.int64)
    ends = np.append(starts, len(ordered))[1:]
    for start, end in zip(starts[ends - starts > 1], ends[ends - starts > 1], strict=True):
        yield order[start:end]


def _count_lines(evidence: VersionEvidence, name: str, what: str, violations: Violations) -> None:
    """Add a violation for every line of a file beyond the number of records."""
    for number in range(evidence.records, evidence.lines[name]):
        violations.add(f"{what} too many", name, f"line {number + 1}")
