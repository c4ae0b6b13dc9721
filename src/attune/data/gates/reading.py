"""Reads a dataset version for its verification: what the manifest claims, and what all shards say together."""

from __future__ import annotations

import hashlib
import json
import pickle
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from attune.core import storage
from attune.core.errors import UsageError
from attune.core.parallel import Workers
from attune.core.params import VerifyParams
from attune.core.progress import Progress
from attune.data.gates.evidence import Violations
from attune.data.gates.examine import COUNTED, KEYS, LINES, SUMS, Facts, Part, examine, examine_against
from attune.data.gates.likeness import Numbers, build_index

SPLITS = ("train", "validation", "test")
MANIFEST = "manifest.json"
_CHUNK = 1 << 20


@dataclass
class Evidence:
    """Everything that the gates judge by.

    Attributes:
        uri: the dataset's folder.
        manifest: what it claims.
        violations: of checks on single records and files.
        sums: split -> totals.
        counts: split -> field -> value -> records.
        keys: key -> hashes of all records, in the order train, validation, test.
        ids: ids of all records in that order.
        splits: index into ``SPLITS`` of all records.
        near: near duplicates across splits: (id, split, other id, other split, similarity).
    """

    uri: str
    manifest: Mapping[str, Any]
    violations: Violations = field(default_factory=Violations)
    sums: dict[str, dict[str, float]] = field(default_factory=lambda: {split: dict.fromkeys(SUMS, 0) for split in SPLITS})
    counts: dict[str, dict[str, dict[str, int]]] = field(
        default_factory=lambda: {split: {name: {} for name in (*COUNTED, "quality")} for split in SPLITS}
    )
    keys: dict[str, Numbers] = field(default_factory=dict)
    ids: list[str] = field(default_factory=list)
    splits: np.ndarray[Any, np.dtype[np.int64]] = field(default_factory=lambda: np.zeros(0, np.int64))
    near: list[tuple[str, str, str, str, float]] = field(default_factory=list)

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


def read_manifest(uri: str) -> Mapping[str, Any]:
    """The manifest of the dataset in the folder ``uri``. Raises UsageError when there is none that can be read."""
    path = storage.join(uri, MANIFEST)
    if not storage.exists(path):
        raise UsageError(f"{uri}: holds no dataset version ({MANIFEST} is missing); give the folder that attune compile wrote")
    try:
        manifest = json.loads(storage.read_bytes(path))
    except ValueError:
        raise UsageError(f"{path}: is not valid JSON; download the dataset again") from None
    if not isinstance(manifest, dict) or not isinstance(manifest.get("files"), dict):
        raise UsageError(f"{path}: is no manifest of a dataset version (it lists no files); see docs/dataset-format.md")
    return manifest


def stated_rows(manifest: Mapping[str, Any]) -> int:
    """Rows of all shards, as the manifest says."""
    return sum(int(entry.get("rows") or 0) for name, entry in manifest["files"].items() if name.endswith(".parquet"))


def gather_evidence(uri: str, params: VerifyParams, workers: Workers, progress: Progress) -> Evidence:
    """Read every file of a dataset version."""
    evidence = Evidence(uri, read_manifest(uri))
    _check_files(evidence)
    parts = {split: _parts(evidence, split, params) for split in SPLITS}
    held_out = [part for split in SPLITS[1:] for part in parts[split]]
    facts: dict[str, list[Facts]] = {split: [] for split in SPLITS}
    total, done = stated_rows(evidence.manifest), 0
    for found in workers.map(examine, held_out):
        facts[found.split].append(found)
        done += len(found.ids)
        progress.update(done, total)
    indexed = [found for split in SPLITS[1:] for found in facts[split]]
    index = build_index([item for found in indexed for item in found.sets], params.near_duplicate_threshold)
    owners = [(name, found.split) for found in indexed for name in found.ids]
    evidence.near += _between_held_out(facts["validation"], index.search, owners)
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


def _between_held_out(validation: list[Facts], search: Any, owners: list[tuple[str, str]]) -> list[Any]:
    """Near duplicates between validation and test."""
    found = []
    for facts in validation:
        for query, other, value in search(facts.sets):
            if owners[other][1] == "test":
                found.append((facts.ids[query], "validation", *owners[other], value))
    return found


def _parts(evidence: Evidence, split: str, params: VerifyParams) -> list[Part]:
    """The shards of a split that the manifest lists."""
    names = [name for name in sorted(evidence.manifest["files"]) if name.startswith(f"{split}/") and name.endswith(".parquet")]
    return [
        Part(
            uri=storage.join(evidence.uri, name),
            name=name,
            split=split,
            sha256=str(evidence.manifest["files"][name].get("sha256")),
            shingle_words=params.shingle_words,
            min_words=params.min_words,
            canaries=params.canary_markers,
        )
        for name in names
    ]


def _check_files(evidence: Evidence) -> None:
    """Compare the files that are not shards with the manifest, and the manifest with its own address."""
    entries: Mapping[str, Any] = evidence.manifest["files"]
    for name, entry in sorted(entries.items()):
        uri = storage.join(evidence.uri, name)
        if not storage.exists(uri):
            if not name.endswith(".parquet"):  # shards are named when they are examined
                evidence.violations.add("file is missing", name)
            continue
        digest, size = hashlib.sha256(), 0
        for chunk in _chunks(uri):
            digest.update(chunk)
            size += len(chunk)
        if size != entry.get("bytes"):
            evidence.violations.add("size differs from the manifest", name, f"{size} bytes")
        if digest.hexdigest() != entry.get("sha256") and not name.endswith(".parquet"):
            evidence.violations.add("file differs from the manifest", name)
    for split in SPLITS:
        for name in storage.list_files(storage.join(evidence.uri, split)):
            if name.endswith(".parquet") and f"{split}/{name}" not in entries:
                evidence.violations.add("file is not in the manifest", f"{split}/{name}")
    listed = "".join(f"{entry.get('sha256')}  {name}\n" for name, entry in sorted(entries.items()))
    if hashlib.sha256(listed.encode()).hexdigest() != evidence.manifest.get("address"):
        evidence.violations.add("content address does not follow from the files", MANIFEST)


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
