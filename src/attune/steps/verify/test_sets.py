"""Reads frozen test sets (docs/test-sets.md) for the leakage gate: no trained record may have text of theirs."""

from __future__ import annotations

import json
from dataclasses import dataclass

from attune import storage
from attune.config.params import VerifyParams
from attune.errors import UsageError
from attune.runtime.workers import Workers
from attune.steps.verify.evidence import Violations
from attune.steps.verify.leakage_search import LeakageRules
from attune.steps.verify.record_checks import ShardFacts, VersionShard, examine

FROZEN = "a frozen test set"

_FILE_CHECKS = {"file is missing", "file differs from the manifest", "file cannot be read", "file lacks a column"}


@dataclass(frozen=True)
class Frozen:
    """What the gate needs of one folder of frozen test sets."""

    address: str
    facts: list[ShardFacts]

    @property
    def records(self) -> int:
        """How many records are frozen."""
        return sum(len(found.ids) for found in self.facts)


def read_frozen(uri: str, params: VerifyParams, workers: Workers, violations: Violations) -> Frozen:
    """Read the frozen test sets in the folder ``uri``.

    Raises:
        UsageError: there are none that can be read.
    """
    path = storage.join(uri, "manifest.json")
    if not storage.exists(path):
        raise UsageError(f"verify.test_sets: {uri}: holds no frozen test sets ({path} is missing)")
    try:
        manifest = json.loads(storage.read_bytes(path))
        address = str(manifest["address"])
        shards = {name: entry for name, entry in sorted(manifest["files"].items()) if name.endswith(".parquet")}
        parts = [
            VersionShard(
                uri=storage.join(uri, name),
                name=name,
                split="test",
                sha256=str(entry["sha256"]),
                rows=int(entry["rows"]),
                rules=LeakageRules.of(params),
                canaries=params.canary_markers,
            )
            for name, entry in shards.items()
            if ".." not in name.split("/") and not name.startswith("/")
        ]
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise UsageError(f"verify.test_sets: {path}: is no manifest of frozen test sets ({type(error).__name__})") from None
    facts = list(workers.map(examine, parts))
    for found in facts:
        for check in _FILE_CHECKS & found.violations.counts.keys():
            for what, detail in found.violations.examples[check]:
                violations.add(check, f"{FROZEN}: {what}", detail)
    return Frozen(address, facts)
