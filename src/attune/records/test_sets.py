"""Test sets that are frozen (D5): taken once from the test split of a version, kept forever, never trained on.

::

    manifest.json           hashes of everything below, which version it came from, and a content address; written last
    general/ …              one shard set for each test set, in the columns of the contract
    general.jsonl …         the same as lines of the published schema

A folder of frozen test sets never changes: freezing into it again is refused unless it would give the same bytes. ``compile``
leaves out what is in it or like it (``compile.test_sets``), and the leakage gate looks for it (``verify.test_sets``).
"""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from attune import storage
from attune.config.test_sets import FreezeParams
from attune.errors import RunError, UsageError
from attune.records import dataset as versions
from attune.records import shards
from attune.records.record import RECORD_SCHEMA, Example
from attune.records.shards import ShardSet

FORMAT = "attune-test-sets"

# Which category each set is drawn from; None: from all. Drawn in this order, so that the scarce kinds are not spent on general.
CATEGORY_OF = {
    "safety": "safety_ethics",
    "personalization": "personalization",
    "empathy": "empathetic_dialogue",
    "general": None,
}
_COLUMNS = ("record_id", "family", "category", "language", "complexity", "source")


@dataclass(frozen=True)
class TestSets:
    """Frozen test sets that can be read.

    Attributes:
        uri: their folder.
        manifest: what ``manifest.json`` says.
        sets: one shard set for each of them.
    """

    __test__ = False  # this is no test case, whatever its name

    uri: str
    manifest: Mapping[str, Any]
    sets: tuple[ShardSet, ...]

    @property
    def address(self) -> str:
        """Their content address."""
        return str(self.manifest["address"])

    @property
    def rows(self) -> int:
        """Records in all sets together."""
        return sum(item.rows for item in self.sets)

    def examples(self, name: str) -> Iterator[Example]:
        """The examples of a set. Raises UsageError when there is no such set."""
        if name not in self.manifest["sets"]:
            raise UsageError(f"{self.uri}: has no test set {name}; there are {', '.join(sorted(self.manifest['sets']))}")
        for table in shards.open_set(storage.join(self.uri, name), sealed=False).tables():
            for row in table.to_pylist():
                yield Example.model_validate(versions.example(row))


def open_test_sets(uri: str) -> TestSets:
    """Open the frozen test sets in the folder ``uri``; shards are checked against their hashes when they are read.

    Raises:
        UsageError: there are none.
        RunError: they are not what was frozen.
    """
    path = storage.join(uri, versions.MANIFEST)
    if not storage.exists(path):
        raise UsageError(f"{uri}: holds no frozen test sets ({versions.MANIFEST} is missing); attune dataset freeze makes them")
    try:
        manifest = storage.parse_json(storage.read_bytes(path))
        known, names = manifest["format"], sorted(manifest["sets"])
        storage.checked_names(names, f"{path}: sets", plain=True)
        hashes = {
            storage.checked_name(name, f"{path}: files"): storage.checked_sha256(entry["sha256"], f"{path}: files")
            for name, entry in manifest["files"].items()
        }
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise UsageError(f"{path}: is no manifest of frozen test sets ({type(error).__name__})") from None
    if known != FORMAT:
        raise UsageError(f"{path}: is {known}, not {FORMAT}; name a folder that attune dataset freeze wrote")
    if versions.content_address(hashes) != manifest["address"]:
        raise RunError(f"{path}: its content address does not follow from its files; fetch the frozen test sets again")
    for name in storage.checked_names(hashes, f"{path}: files"):
        storage.member(uri, name, f"{path}: files")
    sets = []
    for name in names:
        description = f"{name}/{shards.DESCRIPTION}"
        if storage.sha256_file(storage.join(uri, description)) != hashes.get(description):
            raise RunError(f"{uri}: {description} is not what was frozen; fetch the frozen test sets again")
        sets.append(shards.open_set(storage.join(uri, name), sealed=False))  # its hash stands in the manifest
    return TestSets(uri, manifest, tuple(sets))


def freeze(dataset: str, output: str, params: FreezeParams, *, seed: int, short: bool = False) -> Mapping[str, Any]:
    """Freeze test sets out of the test split of a version; returns their manifest.

    Records are drawn in proportion to their family, language and complexity, by a hash of the seed and their id; none is in two
    sets, and none is synthetic.

    Args:
        dataset: URI of the version.
        output: URI of the folder to write.
        params: how many records each set has.
        seed: of the draw.
        short: freeze what there is where there are too few records.

    Raises:
        UsageError: there are too few records and ``short`` does not allow it, or ``output`` holds other frozen test sets.
    """
    version = versions.open_dataset(dataset)
    version.check()
    sizes = {name: getattr(params, name) for name in CATEGORY_OF}
    tables = [table.select(_COLUMNS) for table in version.tables("test")]
    rows = pa.concat_tables(tables).to_pylist() if tables else []
    chosen = draw(rows, sizes, seed)
    missing = [f"{name}: {len(chosen[name])} of {size}" for name, size in sizes.items() if len(chosen[name]) < size]
    if missing and not short:
        raise UsageError(
            f"{dataset}: its test split has too few records for the test sets ({'; '.join(missing)}); raise "
            "compile.test_share, lower freeze.* or give --short to freeze what there is"
        )
    if not any(chosen.values()):
        raise UsageError(f"{dataset}: its test split has no record that could be frozen")
    return _write(version, output, chosen, sizes, seed)


def draw(rows: Sequence[Mapping[str, Any]], sizes: Mapping[str, int], seed: int) -> dict[str, list[str]]:
    """Ids of the records of each set, sorted."""
    free = {row["record_id"]: row for row in rows if row["source"] != "synthetic"}
    chosen: dict[str, list[str]] = {}
    for name, category in CATEGORY_OF.items():
        strata: dict[tuple[str, ...], list[str]] = defaultdict(list)
        for record, row in free.items():
            if category in {None, row["category"]}:
                strata[tuple(str(row[key]) for key in ("family", "language", "complexity"))].append(record)
        taken = _stratified(strata, sizes[name], f"{seed}\0{name}")
        chosen[name] = sorted(taken)
        for record in taken:
            del free[record]
    return chosen


def _stratified(strata: Mapping[tuple[str, ...], list[str]], size: int, salt: str) -> list[str]:
    """``size`` records in proportion to the strata, by the method of largest remainders."""
    total = sum(map(len, strata.values()))
    wanted = min(size, total)
    if not wanted:
        return []
    quotas = {key: wanted * len(strata[key]) / total for key in sorted(strata)}
    seats = {key: int(quota) for key, quota in quotas.items()}
    by_remainder = sorted(quotas, key=lambda key: (seats[key] - quotas[key], key))
    for key in by_remainder[: wanted - sum(seats.values())]:
        seats[key] += 1
    taken: list[str] = []
    for key, count in seats.items():
        ranked = sorted(strata[key], key=lambda record: hashlib.sha256(f"{salt}\0{record}".encode()).digest())
        taken.extend(ranked[:count])
    return taken


def _write(
    version: versions.Dataset, output: str, chosen: Mapping[str, list[str]], sizes: Mapping[str, int], seed: int
) -> Mapping[str, Any]:
    contents = {name: _contents(version, records) for name, records in chosen.items()}
    files: dict[str, dict[str, Any]] = {}
    written: dict[str, bytes] = {}
    path = storage.join(output, versions.MANIFEST)
    for name, table in contents.items():
        lines = b"".join(versions.json_line(versions.example(row)) for row in table.to_pylist())
        written[f"{name}.jsonl"] = lines
        files[f"{name}.jsonl"] = {"sha256": storage.sha256_bytes(lines), "bytes": len(lines), "rows": table.num_rows}
    # What stands there is looked at before anything is written: frozen is frozen.
    lines_before = _lines_of(path)
    if lines_before is not None and lines_before != {name: entry["sha256"] for name, entry in files.items()}:
        raise UsageError(f"{output}: holds other frozen test sets, and those never change; freeze into another folder")
    for name, content in written.items():
        storage.write_bytes(storage.join(output, name), content)
    for name, table in contents.items():
        uri = storage.join(output, name)
        parts = [shards.write_shard(storage.join(uri, shards.part_name(0)), table)]
        shards.describe(uri, "freeze", parts, None, keyed=False)
        for file, count in ((f"{name}/{parts[0].name}", table.num_rows), (f"{name}/{shards.DESCRIPTION}", None)):
            target = storage.join(output, file)
            files[file] = {"sha256": storage.sha256_file(target), "bytes": storage.size(target)}
            files[file] |= {} if count is None else {"rows": count}
    manifest = {
        "format": FORMAT,
        "address": versions.content_address({name: entry["sha256"] for name, entry in files.items()}),
        "dataset": {"name": version.name, "version": version.version, "address": version.address},
        "sets": {name: {"records": len(records), "wanted": sizes[name]} for name, records in chosen.items()},
        "seed": seed,
        "files": files,
    }
    storage.write_bytes(path, shards.json_bytes(manifest))
    return manifest


def _lines_of(path: str) -> dict[str, str] | None:
    """Hashes of the JSON Lines that stand frozen; None where nothing is."""
    if not storage.exists(path):
        return None
    files = json.loads(storage.read_bytes(path)).get("files", {})
    return {name: entry["sha256"] for name, entry in files.items() if name.endswith(".jsonl")}


def _contents(version: versions.Dataset, records: Sequence[str]) -> pa.Table:
    wanted = pa.array(records, pa.string())
    found = [table.filter(pc.is_in(table["record_id"], value_set=wanted)) for table in version.tables("test")]
    return pa.concat_tables([RECORD_SCHEMA.empty_table(), *found]).combine_chunks()
