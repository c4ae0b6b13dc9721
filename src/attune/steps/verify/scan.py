"""Reads a dataset version for verify: the manifest, the single files and all shards, and searches for leakage between them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from attune import storage
from attune.config.params import VerifyParams
from attune.records.signature import SignatureState
from attune.runtime.progress import Progress
from attune.runtime.workers import Workers
from attune.steps.verify.evidence import Violations
from attune.steps.verify.identifiers import found_beside
from attune.steps.verify.leakage_search import ExhaustiveCheck, HeldOutIndex, LeakageMatch, LeakageRules
from attune.steps.verify.manifest_validation import (
    MANIFEST,
    SHARD_LIST,
    SPLITS,
    WORDS,
    Manifest,
    is_of_the_format,
    other_files,
    read_manifest,
    shard_list,
    validate_manifest,
    validate_signature,
)
from attune.steps.verify.ngrams import U64
from attune.steps.verify.record_checks import COUNTED, KEYS, SUMS, ShardFacts, VersionShard, examine
from attune.steps.verify.test_sets import FROZEN, Frozen, read_frozen
from attune.steps.verify.text_lines import Content, LineRange, read_content, text_faults

Leak = tuple[str, str, str, str, str, float]

EXPORT, ORIGINS, CROISSANT = "compiled.jsonl", "provenance.jsonl", "croissant.json"


@dataclass
class VersionEvidence:
    """Everything that the gates are evaluated on.

    Attributes:
        uri: the dataset's folder.
        manifest: what its manifest says.
        violations: of checks on single records and files.
        sums: split -> totals.
        counts: split -> field -> value -> records.
        keys: key -> hashes of all records, in the order train, validation, test.
        made_by: what records say that made them -> records.
        licenses: license -> family -> records.
        ids: ids of all records in that order.
        splits: index into ``SPLITS`` of all records.
        leaks: text of held-out records in other splits: (what, id, split, other id, other split, value).
        exhaustive: records that were compared with all held-out ones without an index.
        lines: name of a file of lines -> how many it has.
        frozen: the frozen test sets of which train and validation must hold nothing.
        parts: the shards, in the order of the records.
        signature: what is known of the manifest's signature; None where it does not fit.
    """

    uri: str
    manifest: Manifest
    violations: Violations = field(default_factory=Violations)
    sums: dict[str, dict[str, float]] = field(default_factory=lambda: {split: dict.fromkeys(SUMS, 0) for split in SPLITS})
    counts: dict[str, dict[str, dict[str, int]]] = field(
        default_factory=lambda: {split: {name: {} for name in (*COUNTED, "quality")} for split in SPLITS}
    )
    keys: dict[str, U64] = field(default_factory=dict)
    made_by: dict[str, int] = field(default_factory=dict)
    licenses: dict[str, dict[str, int]] = field(default_factory=dict)
    ids: list[str] = field(default_factory=list)
    splits: np.ndarray[Any, np.dtype[np.int64]] = field(default_factory=lambda: np.zeros(0, np.int64))
    leaks: list[Leak] = field(default_factory=list)
    exhaustive: ExhaustiveCheck = field(default_factory=lambda: ExhaustiveCheck(0))
    lines: dict[str, int] = field(default_factory=dict)
    frozen: list[Frozen] = field(default_factory=list)
    parts: list[VersionShard] = field(default_factory=list)
    signature: SignatureState | None = SignatureState.UNSIGNED

    @property
    def records(self) -> int:
        """Records that could be read."""
        return len(self.ids)

    def total(self, name: str) -> dict[str, int]:
        """Counts of a field over all splits."""
        total: dict[str, int] = {}
        for split in SPLITS:
            for value, count in self.counts[split][name].items():
                total[value] = total.get(value, 0) + count
        return total


def gather_evidence(uri: str, params: VerifyParams, workers: Workers, progress: Progress) -> VersionEvidence:
    """Read every file of a dataset version."""
    manifest, content = read_manifest(uri)
    evidence = VersionEvidence(uri, manifest)
    validate_manifest(uri, manifest, content, evidence.violations)
    evidence.signature = validate_signature(uri, content, evidence.violations, required=params.require_signature)
    contents = _read_files(evidence, workers)
    _check_words(evidence, params.canary_markers)
    evidence.frozen = [read_frozen(item, params, workers, evidence.violations) for item in params.test_sets]
    parts = _parts(evidence, params, contents)
    evidence.parts = [part for split in SPLITS for part in parts[split]]
    facts: dict[str, list[ShardFacts]] = {split: [] for split in SPLITS}
    total, done = manifest.rows, 0
    for found in workers.map(examine, [part for split in SPLITS[1:] for part in parts[split]]):
        facts[found.split].append(found)
        done += len(found.ids)
        progress.update(done, total)
    search = LeakageSearch(evidence, facts, LeakageRules.of(params))
    for found in facts["validation"]:
        search.search(found, "validation")
    for found in workers.map(examine, parts["train"]):
        search.search(found, "train")
        facts["train"].append(found)
        done += len(found.ids)
        progress.update(done, total)
    evidence.leaks = search.finish()
    evidence.exhaustive = search.exhaustive
    _add_up(evidence, facts)
    return evidence


class LeakageSearch:
    """Searches shard after shard for text of validation, test and frozen test sets.

    Args:
        evidence: knows the frozen test sets.
        facts: what was found in the shards of validation and test.
        rules: what counts as leakage.
    """

    def __init__(self, evidence: VersionEvidence, facts: dict[str, list[ShardFacts]], rules: LeakageRules) -> None:
        held = [*facts["validation"], *facts["test"], *(found for item in evidence.frozen for found in item.facts)]
        frozen = sum(len(item.facts) for item in evidence.frozen)
        names = [found.split for found in held[: len(held) - frozen]] + [FROZEN] * frozen
        self._owners = [(name, split) for found, split in zip(held, names, strict=True) for name in found.ids]
        self._index = HeldOutIndex([batch for found in held for batch in found.fingerprints], rules)
        self._threshold = rules.threshold
        validation = sum(len(found.ids) for found in facts["validation"])
        self._first = {"validation": validation, "train": 0}  # validation is not compared with itself
        train = sum(evidence.manifest.files[name].rows or 0 for name in evidence.manifest.shards("train"))
        self.exhaustive = ExhaustiveCheck(validation + train)
        self._searched: list[tuple[str, str]] = []  # id and split of each record
        self._leaks: list[Leak] = []

    def search(self, facts: ShardFacts, split: str) -> None:
        """Search the records of a shard, and let go of its fingerprints."""
        self._searched += [(name, split) for name in facts.ids]
        for batch in facts.fingerprints:
            matches = self._index.search(batch, self._first[split])
            start = self.exhaustive.add(batch, self._first[split], matches)
            self._leaks += [self._named(match, start) for match in matches]
        facts.fingerprints.clear()

    def finish(self) -> list[Leak]:
        """Everything that was found, with what only comparing without an index found."""
        missed = self.exhaustive.missed_pairs(self._index.ngrams, self._threshold)
        return self._leaks + [self._named(match, 0) for match in missed]

    def _named(self, match: LeakageMatch, start: int) -> Leak:
        return (match.what, *self._searched[start + match.record], *self._owners[match.other], match.value)


def _parts(evidence: VersionEvidence, params: VerifyParams, contents: dict[str, Content]) -> dict[str, list[VersionShard]]:
    """The shards of every split that the manifest lists, each with its lines in the export and the file of origins."""
    parts: dict[str, list[VersionShard]] = {split: [] for split in SPLITS}
    line = 0
    listed = [(split, name) for split in SPLITS for name in evidence.manifest.shards(split)]
    for number, (home, name) in enumerate(listed):
        entry = evidence.manifest.files[name]

        def span(file: str, number: int = number, line: int = line) -> LineRange:
            starts = contents[file].starts if file in contents else []
            start, stop = starts[number : number + 2] if starts else (0, 0)
            return LineRange(storage.join(evidence.uri, file), file, line, start, stop)

        parts[home].append(
            VersionShard(
                uri=storage.join(evidence.uri, name),
                name=name,
                split=home,
                sha256=entry.sha256,
                rows=entry.rows or 0,
                rules=LeakageRules.of(params),
                canaries=params.canary_markers,
                export=span(EXPORT),
                origins=span(ORIGINS),
                as_of=evidence.manifest.as_of,
            )
        )
        line += entry.rows or 0
    return parts


def _read_files(evidence: VersionEvidence, workers: Workers) -> dict[str, Content]:
    """Compare the files with the manifest, and the lists of shards, by which others read them, too."""
    manifest, violations = evidence.manifest, evidence.violations
    shards = [name for split in SPLITS for name in manifest.shards(split)]
    ends = np.cumsum([0, *(manifest.files[name].rows or 0 for name in shards)]).tolist()
    names = []
    for name in sorted(filter(is_of_the_format, manifest.files)):
        uri = storage.join(evidence.uri, name)
        if not storage.exists(uri):
            if name not in shards:  # shards are named when they are examined
                violations.add("file is missing", name)
        elif name in shards:
            if storage.size(uri) != manifest.files[name].bytes:
                violations.add("size differs from the manifest", name, f"{storage.size(uri)} bytes")
        else:
            names.append(name)
    tasks = [(storage.join(evidence.uri, name), ends if name in {EXPORT, ORIGINS} else ()) for name in names]
    contents = dict(zip(names, workers.map(read_content, tasks), strict=True))
    for name, content in contents.items():
        if content.size != manifest.files[name].bytes:
            violations.add("size differs from the manifest", name, f"{content.size} bytes")
        if content.sha256 != manifest.files[name].sha256:
            violations.add("file differs from the manifest", name)
    evidence.lines = {name: contents[name].lines if name in contents else 0 for name in (EXPORT, ORIGINS)}
    for split in SPLITS:
        _check_shard_list(evidence, split)
    return contents


def _check_words(evidence: VersionEvidence, canaries: Sequence[str]) -> None:
    """Look for identifiers of people in the small files, which describe records and must not speak of anybody."""
    for name in (MANIFEST, *WORDS, *(f"{split}/{SHARD_LIST}" for split in SPLITS)):
        uri = storage.join(evidence.uri, name)
        if storage.exists(uri):
            content = storage.read_bytes(uri)
            text = content.decode("utf-8", "replace")
            for fault in text_faults(name, content):
                evidence.violations.add(*fault)
            if name == CROISSANT:
                for what in other_files(content, evidence.manifest):
                    evidence.violations.add("Croissant description is of other files", name, what)
            for check in sorted(found_beside(text, canaries)):
                evidence.violations.add(check, name)


def _check_shard_list(evidence: VersionEvidence, split: str) -> None:
    name = f"{split}/{SHARD_LIST}"
    uri = storage.join(evidence.uri, name)
    if not storage.exists(uri):
        return
    files = evidence.manifest.files
    stated = {item.split("/")[1]: (files[item].rows or 0, files[item].sha256) for item in evidence.manifest.shards(split)}
    listed = shard_list(storage.read_bytes(uri))
    if listed != stated:
        differing = sorted(set(listed.items()) ^ set(stated.items()))[0][0] if listed is not None else "cannot be read"
        evidence.violations.add("list of shards differs from the manifest", name, differing)


def _add_up(evidence: VersionEvidence, facts: dict[str, list[ShardFacts]]) -> None:
    """Join what was found in all shards, in the order train, validation, test."""
    arrays: dict[str, list[U64]] = {name: [np.zeros(0, np.uint64)] for name in KEYS}
    splits = [np.zeros(0, np.int64)]
    for number, split in enumerate(SPLITS):
        for found in facts[split]:
            evidence.violations.merge(found.violations)
            evidence.ids.extend(found.ids)
            splits.append(np.full(len(found.ids), number))
            for name, values in found.keys.items():
                arrays[name].extend(values)
            for name, value in found.sums.items():
                evidence.sums[split][name] += value
            for made_by, count in found.made_by.items():
                evidence.made_by[made_by] = evidence.made_by.get(made_by, 0) + count
            for license_name, families in found.licenses.items():
                own = evidence.licenses.setdefault(license_name, {})
                for family, count in families.items():
                    own[family] = own.get(family, 0) + count
            for name, counts in found.counts.items():
                for key, count in counts.items():
                    evidence.counts[split][name][key] = evidence.counts[split][name].get(key, 0) + count
    evidence.keys = {name: np.concatenate(values) for name, values in arrays.items()}
    evidence.splits = np.concatenate(splits)
