"""What an erasure writes: a journal, from which it continues after a kill, and a signed record with the manual follow-ups."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from attune import storage
from attune.errors import UsageError
from attune.governance.data_locations import LocationInventory
from attune.governance.models import TrainedModel
from attune.governance.person import PersonIdentifiers
from attune.governance.residual_data import ERASED, SearchTerms, is_searched
from attune.governance.sealed_notes import open_note, seal_note
from attune.records import shards
from attune.records.erased import RECORD_NAME
from attune.runtime import audit_trail

FORMAT = "attune-erasure"
_JOURNAL = "journal"
_RECORD = RECORD_NAME
_SHOWN = 20  # names under one manual follow-up; the record holds all of them under `not_searched`

Sign = Callable[[Mapping[str, Any]], bytes]


@dataclass
class ErasurePlan:
    """What an erasure found, and must remember until it is done.

    Attributes:
        identifiers: by what the person's records are known.
        units: rows of theirs by location, kind and name, before anything was done.
        holding: splits of dataset versions that held something, by content address.
        files: names of other files that hold something, by location.
        absent: locations that do not exist.
        linked: names of files that hold something and have another name on the same disk (hard links), by location.
    """

    identifiers: PersonIdentifiers
    units: list[dict[str, Any]] = field(default_factory=list)
    holding: dict[str, set[str]] = field(default_factory=dict)
    files: dict[str, list[str]] = field(default_factory=dict)
    absent: list[str] = field(default_factory=list)
    linked: dict[str, list[str]] = field(default_factory=dict)

    @property
    def rows(self) -> int:
        """RowMasks of all units together."""
        return sum(int(unit["removed"]) for unit in self.units)


@dataclass(frozen=True)
class Unsearched:
    """Something that a search could not look into.

    Attributes:
        location: where it is.
        name: relative to the location, without ids of the people.
        why: as the rest of a sentence.
    """

    location: str
    name: str
    why: str


@dataclass(frozen=True)
class ErasureFolder:
    """The files of one erasure, in the folder of the signed records.

    Attributes:
        folder: the folder or URI.
        name: of the erasure.
    """

    folder: str
    name: str

    @property
    def journal_uri(self) -> str:
        """Where the journal is while the erasure is under way."""
        return storage.join(self.folder, f"{self.name}.{_JOURNAL}.json")

    def read_journal(self) -> ErasurePlan | None:
        """The plan of an erasure that was interrupted; None where there is none.

        Raises:
            UsageError: another version of Attune wrote it, or it was not written under this subject key.
        """
        if not storage.exists(self.journal_uri):
            return None
        value = open_note(storage.read_bytes(self.journal_uri), self.journal_uri, f"{_JOURNAL} {self.name}")
        try:
            return _from_journal(value, self.journal_uri)
        except (KeyError, TypeError, AttributeError):
            raise UsageError(
                f"{self.journal_uri}: another version of Attune began this erasure; finish it with that version, or remove the "
                "file and erase anew"
            ) from None

    def write_journal(self, plan: ErasurePlan) -> None:
        """Write the plan, before anything is erased."""
        storage.write_bytes(self.journal_uri, seal_note(_to_journal(plan), f"{_JOURNAL} {self.name}"))

    def last_record(self, sign: Sign) -> dict[str, Any] | None:
        """The newest record that ``sign`` signed; None where there is none, or while the erasure is under way.

        Ed25519 signs a document always in the same way, so signing it again shows whether the signature is right.
        """
        records = self._records()
        if storage.exists(self.journal_uri) or not records:
            return None
        content = storage.read_bytes(storage.join(self.folder, records[-1]))
        try:
            found: dict[str, Any] = storage.parse_json(content)
            unsigned = {name: value for name, value in found.items() if name not in {"public_key", "signature"}}
            return found if sign(unsigned) == content else None
        except (ValueError, TypeError, AttributeError):
            return None

    def write_record(self, content: bytes) -> str:
        """Write a signed record under the next number and remove the journal; returns the record's path."""
        number = 1 + max((int(name.split(".")[1]) for name in self._records()), default=0)
        path = storage.join(self.folder, f"{self.name}.{number}.json")
        storage.write_bytes(path, content)
        storage.remove(self.journal_uri)
        return path

    def _records(self) -> list[str]:
        names = storage.list_files(self.folder)
        own = [name for name in names if _RECORD.fullmatch(name) and name.split(".")[0] == self.name]
        return sorted(own, key=lambda name: int(name.split(".")[1]))


def erasure_record(
    plan: ErasurePlan,
    locations: Mapping[str, str],
    inventory: LocationInventory,
    retrain: Sequence[TrainedModel],
    unsearched: Sequence[Unsearched],
) -> dict[str, Any]:
    """What the record says was done and what is left to do.

    Args:
        plan: of the erasure.
        locations: by name.
        inventory: what the locations hold after it.
        retrain: models that learned from the people.
        unsearched: what could not be searched.
    """
    trail = audit_trail.configured()
    return {
        "rows_removed": plan.rows,
        "units": [_after(unit, locations) for unit in plan.units],
        "files": {name: _file_counts(locations[name], names) for name, names in sorted(plan.files.items())},
        "versions": _replacements(inventory, plan),
        "retrain": [{"model": model.name, "registered": model.registered, "dataset": model.dataset} for model in retrain],
        "absent_locations": plan.absent,
        "not_searched": [vars(item) for item in unsearched],
        "hard_links": {name: len(names) for name, names in sorted(plan.linked.items())},
        "manual_followups": manual_followups(locations, inventory, bool(retrain), unsearched, plan.linked),
        "audit_head": "{}:{}".format(*trail.head()) if trail else None,
    }


def _after(unit: Mapping[str, Any], locations: Mapping[str, str]) -> dict[str, Any]:
    """A unit with its state now; null where a version was replaced under another name."""
    uri = storage.join(locations[unit["location"]], unit["name"]) if unit["name"] else locations[unit["location"]]
    path = storage.join(uri, shards.DESCRIPTION)
    there = storage.exists(path)
    rows = shards.open_set(uri, sealed=False).rows if there else None
    return {**unit, "rows_after": rows, "sha256_after": storage.sha256_file(path) if there else None}


def _file_counts(location: str, names: Sequence[str]) -> dict[str, int]:
    """How many files that held something were rewritten, and how many were removed. No names: a name may hold an id."""
    there = sum(storage.exists(storage.join(location, name)) for name in names)
    return {"held": len(names), "rewritten": there, "removed": len(names) - there}


def _replacements(inventory: LocationInventory, plan: ErasurePlan) -> list[dict[str, Any]]:
    """Which versions were made in the place of which."""
    found = [
        {"what": f"{item.dataset.name} {old['version']}", "location": item.location, "before": old["address"],
         "version": item.dataset.version, "after": item.dataset.address}
        for item in inventory.datasets
        for old in item.dataset.manifest.get("supersedes", ())[-1:]
        if old["address"] in plan.holding
    ]  # fmt: skip
    found += [
        {
            "what": "frozen test sets",
            "location": item.location,
            "before": old["address"],
            "version": None,
            "after": item.tests.address,
        }
        for item in inventory.frozen
        for old in item.tests.manifest.get("supersedes", ())[-1:]
        if old["address"] in plan.holding
    ]
    return sorted(found, key=lambda item: (item["location"], item["what"], item["after"]))


def unsearched_in(
    locations: Mapping[str, str], inventory: LocationInventory, unread: Mapping[str, Iterable[str]], terms: SearchTerms
) -> list[Unsearched]:
    """What in the locations could not be searched.

    Args:
        locations: by name.
        inventory: what lies in them.
        unread: URI of a file -> why parts of it could not be read.
        terms: ids of the people, which the names in the record must not hold.
    """
    found = [(location, name, f"is a {kind}, which is not followed") for location, name, kind in inventory.special]
    found += [
        (location, name, f"is a folder that is not searched ({count:,} files)") for location, name, count in inventory.skipped
    ]
    for uri, reasons in unread.items():
        location = next(name for name, root in locations.items() if uri.startswith(root.rstrip("/") + "/"))
        found += [(location, relative(locations[location], uri), why) for why in reasons]
    found += [
        (
            item.location,
            relative(locations[item.location], item.uri),
            "is a shard set without a seal: files may be missing in its list",
        )
        for item in inventory.sets
        if not item.shard_set.sealed
    ]
    return [Unsearched(location, without_ids(name, terms), why) for location, name, why in sorted(found)]


def relative(location: str, uri: str) -> str:
    """The name of what stands at ``uri``, relative to its location; empty for the location itself."""
    return uri.removeprefix(location.rstrip("/")).lstrip("/")


def without_ids(name: str, terms: SearchTerms) -> str:
    """A file's name with the ids of the people in it replaced."""
    for found in terms.named(name.encode("utf-8", "surrogateescape")):
        name = name.replace(found.decode("utf-8", "replace"), ERASED.decode())
    return name.encode("utf-8", "replace").decode()


def manual_followups(
    locations: Mapping[str, str],
    inventory: LocationInventory,
    retrain: bool,
    unsearched: Sequence[Unsearched] = (),
    linked: Mapping[str, Sequence[str]] | None = None,
) -> list[dict[str, str]]:
    """What is left to do after an erasure of these locations, and why.

    Args:
        locations: by name.
        inventory: what lies in them.
        retrain: whether models learned from the person.
        unsearched: what could not be searched.
        linked: files that held something and have another name, by location.
    """
    found = [("the product's database and the objects that ingest reads", "they are only read; erase the person there too")]
    if retrain:
        found.append(("the models under `retrain`", "weights hold what was learned; train them anew, then delete the old ones"))
    weights = sum(not is_searched(uri) for _, uri in inventory.files)
    if weights:
        found.append((f"{weights:,} files of weights", "no text can be found in them; delete those of models under `retrain`"))
    by_reason: dict[str, list[str]] = defaultdict(list)
    for item in unsearched:
        by_reason[item.why].append(f"{item.location}/{item.name}")
    found += [(_listed(names), f"each {why}; look yourself") for why, names in sorted(by_reason.items())]
    if linked:
        count = sum(map(len, linked.values()))
        found.append(
            (f"other names of {count:,} files", "they had hard links, which may still hold the old content; find them")
        )
    if any(_under_dvc(uri) for uri in locations.values()):
        found.append(("the DVC cache, its remote, and other clones", "they keep old versions; dvc add, dvc push, dvc gc"))
    found += [
        (f"old versions of objects under {uri}", "a bucket with versions keeps them; attune erasure purge-versions")
        for uri in locations.values()
        if uri.startswith("s3://")
    ]
    made = [item.dataset.manifest for item in inventory.datasets if item.dataset.manifest.get("supersedes")]
    if made:
        number = max(int(manifest["params"]["version"]) for manifest in made)
        found.append(("compile.version", f"set it to {number} or more, or the next version is called as one that was replaced"))
    found += [(f"the location {name}", "it was not there and was not searched") for name in inventory.absent]
    return [{"what": what, "why": why} for what, why in found]


def _listed(names: Sequence[str]) -> str:
    more = len(names) - _SHOWN
    return ", ".join(names[:_SHOWN]) + (f" and {more:,} more (under `not_searched`)" if more > 0 else "")


def _under_dvc(uri: str) -> bool:
    if storage.is_remote(uri):
        return False
    path = storage.local_path(uri).resolve()
    return any((folder / ".dvc").is_dir() for folder in (path, *path.parents))


def _to_journal(plan: ErasurePlan) -> dict[str, Any]:
    identifiers = {name: sorted(value) for name, value in vars(plan.identifiers).items()}
    holding = {address: sorted(splits) for address, splits in plan.holding.items()}
    return {"identifiers": identifiers, "units": plan.units, "holding": holding, "files": plan.files, "linked": plan.linked}


def _from_journal(value: Mapping[str, Any], where: str) -> ErasurePlan:
    for name in [unit["name"] for unit in value["units"]]:
        if name:  # empty: the location itself
            storage.checked_name(name, where)
    for names in value["files"].values():
        for name in names:
            storage.checked_name(name, where)
    identifiers = PersonIdentifiers(**{name: set(ids) for name, ids in value["identifiers"].items()})
    holding = {address: set(splits) for address, splits in value["holding"].items()}
    return ErasurePlan(
        identifiers,
        list(value["units"]),
        holding,
        {location: list(names) for location, names in value["files"].items()},
        linked={location: list(names) for location, names in value["linked"].items()},
    )
