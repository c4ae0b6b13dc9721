"""The data locations of ``data_locations.yaml``, which may hold data of a person, and an inventory of what each holds."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import yaml

from attune import storage
from attune.config.yaml_file import load_yaml
from attune.errors import UsageError
from attune.governance.survey import survey
from attune.records import shards
from attune.records.dataset import FORMAT, MANIFEST, Dataset, open_dataset
from attune.records.lineage import Lineage, read_lineage
from attune.records.shards import ShardSet
from attune.records.test_sets import FORMAT as TESTS_FORMAT
from attune.records.test_sets import TestSets, open_test_sets
from attune.similarity.index_store import DESCRIPTION as INDEX

DEFAULT = "sources/data_locations.yaml"
REGISTRY = "registry.db"
TRAINING = "training.json"
FROZEN = "frozen test set"


@dataclass(frozen=True)
class SetFound:
    """A shard set in a location, and what it was made from."""

    location: str
    shard_set: ShardSet
    lineage: Lineage | None

    @property
    def uri(self) -> str:
        """Its folder."""
        return self.shard_set.uri

    @property
    def fate(self) -> str:
        """What being in it means for a record: ``kept``, ``rejected`` or ``quarantined``."""
        last = self.uri.rstrip("/").rsplit("/", 1)[-1]
        return last if last in {shards.REJECTED, shards.QUARANTINED} else "kept"

    @property
    def output(self) -> str:
        """The folder of the step's whole output, of which this may be what was rejected or quarantined."""
        return self.uri.rstrip("/").removesuffix(f"/{self.fate}")


@dataclass(frozen=True)
class DatasetFound:
    """A dataset version in a location."""

    location: str
    dataset: Dataset

    @property
    def uri(self) -> str:
        """Its folder."""
        return self.dataset.uri

    @property
    def title(self) -> str:
        """Its name and version."""
        return f"{self.dataset.name} {self.dataset.version}"

    def sets(self) -> Iterator[tuple[str, ShardSet]]:
        """Its shard sets by what being in them means: a split, ``rejected`` or ``quarantined``."""
        for name in (*self.dataset.manifest["counts"]["splits"], shards.REJECTED, shards.QUARANTINED):
            if storage.exists(storage.join(self.uri, name, shards.DESCRIPTION)):
                yield name, shards.open_set(storage.join(self.uri, name), sealed=False)


@dataclass(frozen=True)
class FrozenFound:
    """A folder of frozen test sets in a location."""

    location: str
    tests: TestSets

    @property
    def uri(self) -> str:
        """Its folder."""
        return self.tests.uri


@dataclass(frozen=True)
class LocationInventory:
    """What the data locations hold.

    Attributes:
        sets: shard sets that are no part of a dataset version.
        datasets: dataset versions.
        files: everything else, as (location, URI).
        frozen: frozen test sets.
        indexes: band indexes of earlier batches, as (location, URI).
        absent: names of locations that do not exist.
        special: links, pipes, sockets and devices, which are not followed, as (location, name, kind).
        skipped: folders that are not searched, such as ``.git``, as (location, name, files in it).
    """

    sets: Sequence[SetFound]
    datasets: Sequence[DatasetFound]
    files: Sequence[tuple[str, str]]
    frozen: Sequence[FrozenFound] = field(default=())
    indexes: Sequence[tuple[str, str]] = field(default=())
    absent: Sequence[str] = field(default=())
    special: Sequence[tuple[str, str, str]] = field(default=())
    skipped: Sequence[tuple[str, str, int]] = field(default=())

    def named(self, name: str) -> list[str]:
        """URIs of the files of this name."""
        return [uri for _, uri in self.files if uri.rsplit("/", 1)[-1] == name]

    def __iter__(self) -> Iterator[tuple[SetFound | DatasetFound | FrozenFound, str, ShardSet]]:
        """Every shard set, those of dataset versions too, with what it belongs to and what being in it means."""
        for found in self.sets:
            yield found, found.fate, found.shard_set
        for version in self.datasets:
            for fate, shard_set in version.sets():
                yield version, fate, shard_set
        for item in self.frozen:
            for shard_set in item.tests.sets:
                yield item, FROZEN, shard_set


def load_locations(file: str) -> dict[str, str]:
    """The locations that a file names.

    Raises:
        UsageError: it is missing, is not valid, has a key twice or one that is not known, or a location is inside another.
    """
    old = storage.join(file.rpartition("/")[0] or ".", "places.yaml")
    if not storage.exists(file) and storage.exists(old):
        raise UsageError(f"{file}: no such file; rename {old} to it, and in it `places:` to `locations:`")
    try:
        values = load_yaml(storage.read_bytes(file))
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise UsageError(f"{file}: is not valid YAML ({' '.join(str(error).split())})") from None
    locations = values.get("locations") if isinstance(values, dict) else None
    if not isinstance(locations, dict) or not locations or not all(isinstance(uri, str) and uri for uri in locations.values()):
        raise UsageError(f"{file}: must hold `locations:` (before: `places:`), a folder or s3:// URI by name; see {DEFAULT}")
    if unknown := sorted(str(key) for key in values if key != "locations"):
        raise UsageError(f"{file}: has the key {unknown[0]}, which nothing reads; only `locations:` is allowed")
    named = {str(name): uri for name, uri in locations.items()}
    if len(named) != len(locations):
        raise UsageError(f"{file}: two locations have one name; give each a name of its own")
    real = {name: _real(uri) for name, uri in named.items()}
    for name, uri in named.items():
        for other, around in named.items():
            if name != other and real[name].startswith(real[other]):
                raise UsageError(f"{file}: {name} ({uri}) is inside {other} ({around}); name only the outer one")
    return named


def _real(uri: str) -> str:
    """Where a location really is, with a slash at its end: two ways of writing it, and links to it, are one place."""
    return f"{uri if storage.is_remote(uri) else os.path.realpath(storage.local_path(uri))}".rstrip("/") + "/"


def take_inventory(locations: Mapping[str, str]) -> LocationInventory:
    """List what all locations hold.

    Raises:
        UsageError: a shard set or a dataset version cannot be read.
    """
    sets: list[SetFound] = []
    datasets: list[DatasetFound] = []
    files: list[tuple[str, str]] = []
    frozen: list[FrozenFound] = []
    indexes: list[tuple[str, str]] = []
    special: list[tuple[str, str, str]] = []
    skipped: list[tuple[str, str, int]] = []
    absent = []
    for location, root in locations.items():
        if not storage.exists(root):
            absent.append(location)
            continue
        surveyed = survey(root)
        names = surveyed.names
        special += [(location, name, kind) for name, kind in surveyed.special]
        skipped += [(location, name, count) for name, count in surveyed.skipped]
        formats = {folder: _format(_at(root, folder)) for folder in _folders_with(names, MANIFEST)}
        versions = [folder for folder, found in formats.items() if found in {FORMAT, TESTS_FORMAT}]
        described = [name for name in _folders_with(names, shards.DESCRIPTION) if not _inside(name, versions)]
        datasets += [
            DatasetFound(location, open_dataset(_at(root, folder))) for folder in versions if formats[folder] == FORMAT
        ]
        tests = [_at(root, folder) for folder in versions if formats[folder] == TESTS_FORMAT]
        frozen += [FrozenFound(location, open_test_sets(folder)) for folder in tests]
        known: set[str] = set()
        for folder in described:
            shard_set = shards.open_set(_at(root, folder), sealed=False)
            sets.append(SetFound(location, shard_set, _lineage(root, folder)))
            known.update(f"{folder}/{name}".lstrip("/") for name in (shards.DESCRIPTION, *(s.name for s in shard_set.shards)))
        own = _folders_with(names, INDEX)
        indexes += [(location, _at(root, folder)) for folder in own]
        whole = [*versions, *own]
        files += [(location, storage.join(root, name)) for name in names if name not in known and not _inside(name, whole)]
    return LocationInventory(sets, datasets, files, frozen, indexes, absent, special, skipped)


def _folders_with(names: Sequence[str], file: str) -> list[str]:
    return [name.removesuffix(file).rstrip("/") for name in names if name == file or name.endswith(f"/{file}")]


def _inside(name: str, folders: Sequence[str]) -> bool:
    return any(not folder or name == folder or name.startswith(f"{folder}/") for folder in folders)


def _at(root: str, folder: str) -> str:
    return storage.join(root, folder) if folder else root.rstrip("/")


def _format(folder: str) -> str:
    """What kind of thing a manifest says that it stands for."""
    try:
        value: Any = storage.parse_json(storage.read_bytes(storage.join(folder, MANIFEST)))
    except ValueError:
        return ""
    return str(value.get("format")) if isinstance(value, dict) else ""


def _lineage(root: str, folder: str) -> Lineage | None:
    last = folder.rsplit("/", 1)[-1]
    outer = folder[: -len(last)].rstrip("/") if last in {shards.REJECTED, shards.QUARANTINED} else folder
    return read_lineage(_at(root, outer))
