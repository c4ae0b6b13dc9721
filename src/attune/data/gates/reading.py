"""Reads a dataset version for its verification: what the manifest claims, and what all shards say together."""

from __future__ import annotations

import hashlib
import pickle
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from attune.core import storage
from attune.core.parallel import Workers
from attune.core.params import VerifyParams
from attune.core.progress import Progress
from attune.data.gates.claims import (
    MANIFEST,
    SHARD_LIST,
    SPLITS,
    WORDS,
    Claims,
    check_claims,
    is_of_the_format,
    read_claims,
    shard_list,
)
from attune.data.gates.evidence import Violations
from attune.data.gates.examine import COUNTED, KEYS, LINES, SUMS, Facts, Part, examine, examine_against
from attune.data.gates.frozen import FROZEN, Frozen, read_frozen
from attune.data.gates.identifiers import found_beside
from attune.data.gates.likeness import Index, Numbers, build_index

_CHUNK = 1 << 20


@dataclass
class Evidence:
    """Everything that the gates judge by.

    Attributes:
        uri: the dataset's folder.
        claims: what its manifest says.
        violations: of checks on single records and files.
        sums: split -> totals.
        counts: split -> field -> value -> records.
        keys: key -> hashes of all records, in the order train, validation, test.
        made_by: what records say that made them -> records.
        ids: ids of all records in that order.
        splits: index into ``SPLITS`` of all records.
        near: near duplicates across splits: (id, split, other id, other split, similarity).
        frozen: the frozen test sets that nothing in train and validation may be like.
    """

    uri: str
    claims: Claims
    violations: Violations = field(default_factory=Violations)
    sums: dict[str, dict[str, float]] = field(default_factory=lambda: {split: dict.fromkeys(SUMS, 0) for split in SPLITS})
    counts: dict[str, dict[str, dict[str, int]]] = field(
        default_factory=lambda: {split: {name: {} for name in (*COUNTED, "quality")} for split in SPLITS}
    )
    keys: dict[str, Numbers] = field(default_factory=dict)
    made_by: dict[str, int] = field(default_factory=dict)
    ids: list[str] = field(default_factory=list)
    splits: np.ndarray[Any, np.dtype[np.int64]] = field(default_factory=lambda: np.zeros(0, np.int64))
    near: list[tuple[str, str, str, str, float]] = field(default_factory=list)
    frozen: list[Frozen] = field(default_factory=list)

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

    def lines(self, name: str) -> Iterator[bytes]:
        """Lines of a file of the dataset; none where it is missing."""
        uri = storage.join(self.uri, name)
        if not storage.exists(uri):
            return
        rest = b""
        for chunk in _chunks(uri):
            *lines, rest = (rest + chunk).split(b"\n")
            yield from lines
        if rest:
            yield rest


def gather_evidence(uri: str, params: VerifyParams, workers: Workers, progress: Progress) -> Evidence:
    """Read every file of a dataset version."""
    claims, content = read_claims(uri)
    evidence = Evidence(uri, claims)
    check_claims(uri, claims, content, evidence.violations)
    _check_files(evidence)
    _check_words(evidence, params.canary_markers)
    evidence.frozen = [read_frozen(item, params, workers, evidence.violations) for item in params.test_sets]
    parts = {split: _parts(evidence, split, params) for split in SPLITS}
    held_out = [part for split in SPLITS[1:] for part in parts[split]]
    facts: dict[str, list[Facts]] = {split: [] for split in SPLITS}
    total, done = claims.rows, 0
    for found in workers.map(examine, held_out):
        facts[found.split].append(found)
        done += len(found.ids)
        progress.update(done, total)
    indexed = [found for split in SPLITS[1:] for found in facts[split]]
    frozen = [found for item in evidence.frozen for found in item.facts]
    index = build_index([item for found in [*indexed, *frozen] for item in found.sets], params.near_duplicate_threshold)
    owners = [(name, found.split) for found in indexed for name in found.ids]
    owners += [(name, FROZEN) for found in frozen for name in found.ids]
    evidence.near += _between_held_out(facts["validation"], index, owners)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "index"
        path.write_bytes(pickle.dumps(index))
        tasks = ((part, str(path)) for part in parts["train"])
        for found in workers.map(examine_against, tasks):
            facts["train"].append(found)
            done += len(found.ids)
            evidence.near += [(name, "train", *owners[other], value) for name, other, value in found.matches]
            progress.update(done, total)
    _add_up(evidence, facts)
    return evidence


def _between_held_out(
    validation: list[Facts], index: Index, owners: list[tuple[str, str]]
) -> list[tuple[str, str, str, str, float]]:
    """Near duplicates between validation and what must be unlike it."""
    found = []
    for facts in validation:
        for query, other, value in index.search(facts.sets):
            if owners[other][1] in {"test", FROZEN}:
                found.append((facts.ids[query], "validation", *owners[other], value))
    return found


def _parts(evidence: Evidence, split: str, params: VerifyParams) -> list[Part]:
    """The shards of a split that the manifest lists."""
    return [
        Part(
            uri=storage.join(evidence.uri, name),
            name=name,
            split=split,
            sha256=evidence.claims.files[name].sha256,
            rows=evidence.claims.files[name].rows or 0,
            shingle_words=params.shingle_words,
            min_words=params.min_words,
            canaries=params.canary_markers,
        )
        for name in evidence.claims.shards(split)
    ]


def _check_files(evidence: Evidence) -> None:
    """Compare the files with the manifest, and the lists of shards, by which others read them, too."""
    for name, entry in sorted(evidence.claims.files.items()):
        uri = storage.join(evidence.uri, name)
        if not is_of_the_format(name):
            continue
        if not storage.exists(uri):
            if not name.endswith(".parquet"):  # shards are named when they are examined
                evidence.violations.add("file is missing", name)
            continue
        digest, size = hashlib.sha256(), 0
        for chunk in _chunks(uri):
            digest.update(chunk)
            size += len(chunk)
        if size != entry.bytes:
            evidence.violations.add("size differs from the manifest", name, f"{size} bytes")
        if digest.hexdigest() != entry.sha256 and not name.endswith(".parquet"):
            evidence.violations.add("file differs from the manifest", name)
    for split in SPLITS:
        _check_shard_list(evidence, split)


def _check_words(evidence: Evidence, canaries: Sequence[str]) -> None:
    """Look for identifiers of people in the small files, which describe records and must not speak of anybody."""
    for name in (MANIFEST, *WORDS):
        uri = storage.join(evidence.uri, name)
        if storage.exists(uri):
            text = storage.read_bytes(uri).decode("utf-8", "replace")
            for check in sorted(found_beside(text, canaries)):
                evidence.violations.add(check, name)


def _check_shard_list(evidence: Evidence, split: str) -> None:
    name = f"{split}/{SHARD_LIST}"
    uri = storage.join(evidence.uri, name)
    if not storage.exists(uri):
        return
    files = evidence.claims.files
    stated = {item.split("/")[1]: (files[item].rows or 0, files[item].sha256) for item in evidence.claims.shards(split)}
    listed = shard_list(storage.read_bytes(uri))
    if listed != stated:
        differing = sorted(set(listed.items()) ^ set(stated.items()))[0][0] if listed is not None else "cannot be read"
        evidence.violations.add("list of shards differs from the manifest", name, differing)


def _add_up(evidence: Evidence, facts: dict[str, list[Facts]]) -> None:
    """Join what was found in all shards, in the order train, validation, test."""
    arrays: dict[str, list[Numbers]] = {name: [np.zeros(0, np.uint64)] for name in (*KEYS, *LINES)}
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
            for name, counts in found.counts.items():
                for key, count in counts.items():
                    evidence.counts[split][name][key] = evidence.counts[split][name].get(key, 0) + count
    evidence.keys = {name: np.concatenate(values) for name, values in arrays.items()}
    evidence.splits = np.concatenate(splits)


def _chunks(uri: str) -> Iterator[bytes]:
    """The bytes of a file in pieces."""
    if storage.is_remote(uri):
        import fsspec

        with fsspec.open(uri, "rb") as handle:
            yield from iter(lambda: handle.read(_CHUNK), b"")
        return
    with storage.local_path(uri).open("rb") as handle:
        yield from iter(lambda: handle.read(_CHUNK), b"")
