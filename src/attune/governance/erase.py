"""Erases people from every data location, makes dataset versions without them, and writes a signed record (J2).

The order makes a kill at any moment harmless: (1) the person is put on the list of erased people, by a keyed digest; (2) a
journal notes the identifiers of their records, which cannot be found again once the records are gone; (3) files, shard sets,
frozen test sets and dataset versions are rewritten, each whole or not at all; (4) models are marked for retraining; (5) all
locations are searched again, and only when nothing is found is the record signed and the journal removed. The same command
continues after a kill and ends in the same state.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pyarrow.compute as pc

from attune import storage
from attune.errors import RunError, UsageError
from attune.governance import residual_data, rewrite
from attune.governance.data_locations import REGISTRY, DatasetFound, LocationInventory, SetFound, take_inventory
from attune.governance.erasure_record import FORMAT, ErasureFolder, ErasurePlan, Sign, erasure_record, relative, unsearched_in
from attune.governance.models import TrainedModel, require_retraining
from attune.governance.person import (
    IDENTITY,
    Messages,
    PersonIdentifiers,
    columns_of,
    conversations_of,
    find_identifiers,
    rows_of,
)
from attune.governance.retention import protect
from attune.governance.trace import LEARNED_FROM, affected_models
from attune.records import shards
from attune.records.erased import erased_people, keyed_digest, remember
from attune.records.tokens import subject_key
from attune.runtime import audit_trail
from attune.similarity.band_index import remove
from attune.storage.locks import exclusive

_WATERMARK = "incremental"
_UPDATE_PLAN = ".incremental/plan.json"

Say = Callable[[str], None]


@dataclass(frozen=True)
class Erasure:
    """One erasure: who, where, why, and where its record is written.

    Attributes:
        locations: every location that may hold something, by name.
        subjects: tokens of the people.
        reason: why, for the record.
        records: folder or URI of the signed records and of the list of the erased.
        cache_keys: keys under which caches hold something made from a conversation.
        say: told what happens, for a person who watches.
    """

    locations: Mapping[str, str]
    subjects: frozenset[str]
    reason: str
    records: str
    cache_keys: Callable[[Messages], Iterable[str]] = lambda _: ()
    say: Say = lambda _: None

    @property
    def name(self) -> str:
        """The erasure's name: it follows from the people, so that a rerun finds its journal."""
        return f"e_{hashlib.sha256(chr(10).join(self.digests).encode()).hexdigest()[:16]}"

    @property
    def digests(self) -> list[str]:
        """Keyed digests of the people, which stand for them in the journal and the record."""
        return sorted(keyed_digest(subject_key(), subject) for subject in self.subjects)

    @property
    def _files(self) -> ErasureFolder:
        return ErasureFolder(self.records, self.name)

    def plan(self) -> ErasurePlan:
        """What the erasure would do; changes nothing.

        Raises:
            UsageError: an extraction or an erasure was interrupted here and must be finished first.
        """
        for stage, _, _ in rewrite.pending(self.locations):
            raise UsageError(f"{stage}: an erasure was interrupted here; run it again without --dry-run")
        return self._plan(take_inventory(self.locations), self._files.read_journal())

    def run(self, sign: Sign) -> dict[str, Any]:
        """Erase, and return the signed record; of people who are nowhere the record says so.

        Args:
            sign: signs a document; see :mod:`attune.governance.signing`.

        Raises:
            UsageError: an extraction was interrupted in a location and must be finished first.
            RunError: something could not be removed; nothing was signed, and the same command goes on. Or another erasure or
                retention run is at work, or the list of erased people lacks somebody whom a signed record names.
        """
        with exclusive(self._locked(), holder=audit_trail.actor(), work="erasure or retention run"):
            erased_people(self.records)  # a list that was cut short is found before it is written anew
            return self._run(sign)

    def _locked(self) -> dict[str, str]:
        """What nobody else may work in meanwhile: the locations, and the folder of the list and the records."""
        if storage.is_remote(self.records):
            return {**self.locations, "of the records": self.records}
        storage.make_folder(storage.local_path(self.records))
        inside = [uri for uri in self.locations.values() if not storage.is_remote(uri) and storage.exists(uri)]
        same = any(storage.local_path(uri).samefile(storage.local_path(self.records)) for uri in inside)
        return dict(self.locations) if same else {**self.locations, "of the records": self.records}

    def _run(self, sign: Sign) -> dict[str, Any]:
        started = _now()
        for stage, here, noted in rewrite.pending(self.locations):
            (rewrite.complete(stage, here) if noted else rewrite.clear(stage))
        inventory = take_inventory(self.locations)
        plan = self._plan(inventory, self._files.read_journal())
        if not plan.units and not plan.files and (done := self._files.last_record(sign)) is not None:
            self.say(f"nothing of theirs is left; the record of {done['finished'][:10]} stands")
            return done
        self._refuse_unwritable(plan)
        theirs = (keyed_digest(subject_key(), name) for name in plan.identifiers.conversations)
        remember(self.records, self.digests, theirs)
        self._files.write_journal(plan)
        audit_trail.record("erase.start", self.name, self.reason, rows=plan.rows, people=len(self.subjects))
        terms = self._search_terms(inventory, plan.identifiers)
        self._scrub_files(inventory, plan, terms)
        self._rewrite(inventory, plan.identifiers)
        self._empty_indexes(inventory, plan.identifiers)
        protect(take_inventory(self.locations))
        retrain = self._retrain(inventory, plan)
        unread = self._make_sure(plan, terms)
        return self._finish(plan, started, retrain, unread, terms, sign)

    def _plan(self, inventory: LocationInventory, journal: ErasurePlan | None) -> ErasurePlan:
        _refuse_unfinished(inventory)
        identifiers = journal.identifiers if journal else PersonIdentifiers(set(self.subjects))
        plan = ErasurePlan(find_identifiers(inventory, self.subjects, identifiers), absent=list(inventory.absent))
        for owner, fate, shard_set in inventory:
            own, shared = _count(shard_set, plan.identifiers)
            if own + shared:
                plan.units.append(self._unit(owner, fate, shard_set, own, shared))
                if not isinstance(owner, SetFound):
                    address = owner.dataset.address if isinstance(owner, DatasetFound) else owner.tests.address
                    plan.holding.setdefault(address, set()).add(fate)
        terms = self._search_terms(inventory, plan.identifiers)
        for location, uri in residual_data.files_with(inventory, terms):
            plan.files.setdefault(location, []).append(self._relative(location, uri))
        plan.linked = self._hard_links(plan)
        if journal:
            self._refuse_unknown_locations(journal)
            known = {(unit["location"], unit["name"]) for unit in journal.units}
            plan.units = [*journal.units, *(unit for unit in plan.units if (unit["location"], unit["name"]) not in known)]
            for address, splits in journal.holding.items():
                plan.holding.setdefault(address, set()).update(splits)
            for location, names in journal.files.items():
                plan.files[location] = sorted({*names, *plan.files.get(location, ())})
            for location, names in journal.linked.items():
                plan.linked[location] = sorted({*names, *plan.linked.get(location, ())})
        return plan

    def _refuse_unknown_locations(self, journal: ErasurePlan) -> None:
        for name in (*(str(unit["location"]) for unit in journal.units), *journal.files, *journal.linked):
            if name not in self.locations:
                raise UsageError(
                    f"{self._files.journal_uri}: this erasure was begun with a location {name}, which is not named any more; "
                    "name it again, then run the same command"
                )

    def _hard_links(self, plan: ErasurePlan) -> dict[str, list[str]]:
        """Files with data of theirs that have another name on the same disk: rewriting them leaves that as it is."""
        found: dict[str, list[str]] = {}
        for unit in plan.units:
            uri = storage.join(self.locations[unit["location"]], unit["name"])
            names = [name for name in storage.list_files(uri) if name.endswith(".parquet")]
            found.setdefault(unit["location"], []).extend(relative("", f"{unit['name']}/{name}") for name in names)
        for location, names in plan.files.items():
            found.setdefault(location, []).extend(names)
        linked = {
            location: sorted(
                name for name in set(names) if storage.has_hard_links(storage.join(self.locations[location], name))
            )
            for location, names in found.items()
        }
        return {location: names for location, names in linked.items() if names}

    def _search_terms(self, inventory: LocationInventory, identifiers: PersonIdentifiers) -> residual_data.SearchTerms:
        return residual_data.search_terms_of(conversations_of(inventory, identifiers), identifiers, self.cache_keys)

    def _unit(self, owner: Any, fate: str, shard_set: shards.ShardSet, own: int, shared: int) -> dict[str, Any]:
        return {
            "location": owner.location,
            "name": self._relative(owner.location, shard_set.uri),
            "kind": fate
            if isinstance(owner, SetFound)
            else f"{'dataset' if isinstance(owner, DatasetFound) else 'frozen'}: {fate}",
            "rows_before": shard_set.rows,
            "removed": own + shared,
            "shared": shared,
            "sha256_before": storage.sha256_file(storage.join(shard_set.uri, shards.DESCRIPTION)),
        }

    def _refuse_unwritable(self, plan: ErasurePlan) -> None:
        """Say before anything is changed that it cannot be."""
        held = [storage.join(self.locations[unit["location"]], unit["name"]) for unit in plan.units]
        held += [
            storage.join(self.locations[location], name).rpartition("/")[0]
            for location, names in plan.files.items()
            for name in names
        ]
        for folder in dict.fromkeys(held):
            if not storage.is_remote(folder) and storage.exists(folder) and not os.access(storage.local_path(folder), os.W_OK):
                raise RunError(f"{folder}: cannot be written, nothing was done; make it writable for this user, then run again")

    def _relative(self, location: str, uri: str) -> str:
        return relative(self.locations[location], uri)

    def _scrub_files(self, inventory: LocationInventory, plan: ErasurePlan, terms: residual_data.SearchTerms) -> None:
        for location, name, kind in inventory.special:
            if terms.named(name.encode("utf-8", "surrogateescape")):  # its name holds an id; what it leads to is not touched
                storage.remove(storage.join(self.locations[location], name))
                self.say(f"{location}: a {kind} removed")
        for _, uri in inventory.files:
            if residual_data.is_searched(uri) and (found := residual_data.scrub(uri, plan.identifiers, terms)):
                self.say(f"{uri}: {found}")
        rewrite.update_export_descriptions(
            storage.join(self.locations[location], name) for location, names in plan.files.items() for name in names
        )

    def _rewrite(self, inventory: LocationInventory, identifiers: PersonIdentifiers) -> None:
        for item in inventory.sets:
            if any(_count(item.shard_set, identifiers)):
                storage.remove_tree(
                    storage.join(item.output, _WATERMARK)
                )  # it counts the users that an extraction read: read anew
            removed = rewrite.rewrite_set(item.shard_set, identifiers)
            if removed:
                self.say(f"{item.uri}: {removed:,} records removed")
        for frozen in inventory.frozen:
            if any(sum(_count(found, identifiers)) for found in frozen.tests.sets):
                manifest = rewrite.refreeze(frozen.uri, identifiers)
                self.say(f"{frozen.uri}: frozen anew without them, {manifest['address'][:16]}…")
        versions = list(inventory.datasets)
        for version in sorted(versions, key=lambda item: (item.dataset.version, item.dataset.address, item.uri)):
            if any(sum(_count(found, identifiers)) for _, found in version.sets()):
                number = rewrite.successor(version, take_inventory(self.locations).datasets)
                manifest = rewrite.republish(version, identifiers, number)
                self.say(f"{version.uri}: {version.title} is now {manifest['version']}, {manifest['address'][:16]}…")

    def _empty_indexes(self, inventory: LocationInventory, identifiers: PersonIdentifiers) -> None:
        for _, uri in inventory.indexes:
            removed = remove(uri, identifiers.records)
            if removed:
                self.say(f"{uri}: {removed:,} records removed from the band index")

    def _retrain(self, inventory: LocationInventory, plan: ErasurePlan) -> list[TrainedModel]:
        learned = list(affected_models(inventory, plan.holding).learned)
        for registry in inventory.named(REGISTRY):
            addresses = [address for address, splits in plan.holding.items() if splits & set(LEARNED_FROM)]
            if learned or addresses:
                require_retraining(registry, learned, addresses, self.name, self.reason)
        for model in learned:
            self.say(f"{model.name}: learned from it and must be trained anew")
        return learned

    def _make_sure(self, plan: ErasurePlan, terms: residual_data.SearchTerms) -> dict[str, set[str]]:
        """Search everything again, by code that took no part in removing; returns why which files could not be read whole."""
        inventory = take_inventory(self.locations)
        left = [shard_set.uri for _, _, shard_set in inventory if sum(_count(shard_set, plan.identifiers))]
        names = [uri for _, uri in inventory.files if residual_data.is_searched(uri)]
        names += [uri for _, uri in residual_data.index_files(inventory)]
        versions = [item.uri for item in inventory.datasets] + [item.uri for item in inventory.frozen]
        names += [storage.join(uri, name) for uri in versions for name in storage.walk(uri, hidden=True)]
        names += [shard_set.shard_uri(shard) for _, _, shard_set in inventory for shard in shard_set.shards]
        ids = residual_data.SearchTerms(terms.ids, ())  # texts of theirs may rightly be said by others too
        unread: dict[str, set[str]] = {}
        for uri in dict.fromkeys(names):
            reasons: set[str] = set()
            if residual_data.holds(uri, ids, reasons):
                left.append(uri)
            elif reasons:
                unread[uri] = reasons
        if left:
            raise RunError(
                f"{len(left)} files still hold data of theirs, the first is {left[0]}; nothing was signed: remove what "
                "writes there, then run the same command again"
            )
        return unread

    def _finish(
        self,
        plan: ErasurePlan,
        started: datetime,
        retrain: Sequence[TrainedModel],
        unread: Mapping[str, set[str]],
        terms: residual_data.SearchTerms,
        sign: Sign,
    ) -> dict[str, Any]:
        inventory = take_inventory(self.locations)
        unsearched = unsearched_in(self.locations, inventory, unread, terms)
        head = {
            "format": FORMAT,
            "erasure": self.name,
            "people": self.digests,
            "conversations": sorted(keyed_digest(subject_key(), name) for name in plan.identifiers.conversations),
            "reason": self.reason,
            "actor": audit_trail.actor(),
            "started": started.isoformat(timespec="seconds"),
            "finished": _now().isoformat(timespec="seconds"),
        }
        content = sign({**head, **erasure_record(plan, self.locations, inventory, retrain, unsearched)})
        path = self._files.write_record(content)
        audit_trail.record("erase.end", self.name, self.reason, rows=plan.rows, record=storage.sha256_bytes(content))
        self.say(f"{path}: the signed record")
        signed: dict[str, Any] = json.loads(content)
        return signed


def _now() -> datetime:
    return datetime.now(UTC)


def _refuse_unfinished(inventory: LocationInventory) -> None:
    for _, uri in inventory.files:
        if uri.endswith(_UPDATE_PLAN):
            raise UsageError(f"{uri}: an extraction was interrupted here; run it again to its end, then erase")


def _count(shard_set: shards.ShardSet, identifiers: PersonIdentifiers) -> tuple[int, int]:
    own = shared = 0
    for table in columns_of(shard_set, IDENTITY):
        rows = rows_of(table, identifiers)
        own += int(pc.sum(rows.own).as_py() or 0)
        shared += int(pc.sum(rows.shared).as_py() or 0)
    return own, shared
