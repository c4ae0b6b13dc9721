"""Erases people from every place, makes the versions without them, and leaves a signed record of what was done (J2).

The order makes a kill at any moment harmless: (1) the person is put on the list of the erased, by a keyed digest; (2) a journal
notes the ids by which their records are known, since these cannot be found again once the records are gone; (3) files, shard
sets, frozen test sets and dataset versions are rewritten, each whole or not at all; (4) models are named for retraining;
(5) everything is searched again, and only when nothing is found is the record signed and the journal removed. The same command
after a kill goes on where it was and ends in the same state.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pyarrow.compute as pc

from attune import storage
from attune.errors import RunError, UsageError
from attune.governance import residual_data, rewrite
from attune.governance.data_locations import REGISTRY, DatasetFound, Inventory, SetFound, take_inventory
from attune.governance.exports import describe_anew
from attune.governance.files import remove_tree
from attune.governance.manual_followups import left_to_do
from attune.governance.models import Model, require_retraining
from attune.governance.person import IDENTITY, Messages, Traces, columns_of, conversations_of, find_traces, rows_of
from attune.governance.retention import protect
from attune.governance.trace import LEARNED_FROM, reach_of
from attune.records import shards
from attune.records.erased import keyed_digest, remember
from attune.records.shards import json_bytes
from attune.records.tokens import subject_key
from attune.runtime import audit_trail
from attune.similarity.band_index import remove
from attune.storage.locks import exclusive

FORMAT = "attune-erasure"
_JOURNAL = "journal"
_WATERMARK = "incremental"
_UPDATE_PLAN = ".incremental/plan.json"

Say = Callable[[str], None]


@dataclass
class Plan:
    """What an erasure found, and must remember until it is done.

    Attributes:
        traces: by what the person's records are known.
        units: rows of theirs by place, kind and name, before anything was done.
        holding: splits of dataset versions that held something, by content address.
        files: names of other files that hold something, by place.
        absent: places that do not exist.
    """

    traces: Traces
    units: list[dict[str, Any]] = field(default_factory=list)
    holding: dict[str, set[str]] = field(default_factory=dict)
    files: dict[str, list[str]] = field(default_factory=dict)
    absent: list[str] = field(default_factory=list)

    @property
    def rows(self) -> int:
        """Rows of all units together."""
        return sum(int(unit["removed"]) for unit in self.units)


@dataclass(frozen=True)
class Erasure:
    """One erasure: who, where, why, and where its papers go.

    Attributes:
        places: every place that may hold something, by name.
        subjects: tokens of the people.
        reason: why, for the record.
        records: folder or URI of the signed records and of the list of the erased.
        cache_keys: keys under which caches hold something made from a conversation.
        say: told what happens, for a person who watches.
    """

    places: Mapping[str, str]
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
        """What stands for the people in every paper."""
        return sorted(keyed_digest(subject_key(), subject) for subject in self.subjects)

    def plan(self) -> Plan:
        """What there is to do; changes nothing.

        Raises:
            UsageError: an extraction or an erasure was interrupted here and must be finished first.
        """
        for stage, _, _ in rewrite.pending(self.places):
            raise UsageError(f"{stage}: an erasure was interrupted here; run it again without --dry-run")
        return self._plan(take_inventory(self.places), self._journal())

    def run(self, sign: Callable[[Mapping[str, Any]], bytes]) -> dict[str, Any]:
        """Erase, and return the signed record; of people who are nowhere the record says so.

        Args:
            sign: signs a document; see :mod:`attune.governance.signing`.

        Raises:
            UsageError: an extraction was interrupted in a place and must be finished first.
            RunError: something could not be removed; nothing was signed, and the same command goes on. Or another erasure or
                retention run is at work.
        """
        with exclusive(self.places):
            return self._run(sign)

    def _run(self, sign: Callable[[Mapping[str, Any]], bytes]) -> dict[str, Any]:
        started = _now()
        for stage, here, noted in rewrite.pending(self.places):
            (rewrite.complete(stage, here) if noted else rewrite.clear(stage))
        inventory = take_inventory(self.places)
        plan = self._plan(inventory, self._journal())
        if not plan.units and not plan.files and (done := self._last_record()) is not None:
            self.say(f"nothing of theirs is left; the record of {done['finished'][:10]} stands")
            return done
        self._refuse_unwritable(plan)
        theirs = (keyed_digest(subject_key(), name) for name in plan.traces.conversations)
        remember(self.records, self.digests, theirs)
        storage.write_bytes(self._journal_uri, json_bytes(_to_journal(plan)))
        audit_trail.record("erase.start", self.name, self.reason, rows=plan.rows, people=len(self.subjects))
        looked_for = self._needles(inventory, plan.traces)
        self._scrub_files(inventory, plan, looked_for)
        self._rewrite(inventory, plan.traces)
        self._empty_indexes(inventory, plan.traces)
        protect(take_inventory(self.places))
        retrain = self._retrain(inventory, plan)
        self._make_sure(plan, looked_for)
        return self._finish(plan, started, retrain, sign)

    # What there is to do.

    def _plan(self, inventory: Inventory, journal: Plan | None) -> Plan:
        _refuse_unfinished(inventory)
        traces = journal.traces if journal else Traces(set(self.subjects))
        plan = Plan(find_traces(inventory, self.subjects, traces), absent=list(inventory.absent))
        for owner, fate, shard_set in inventory:
            own, shared = _count(shard_set, plan.traces)
            if own + shared:
                plan.units.append(self._unit(owner, fate, shard_set, own, shared))
                if not isinstance(owner, SetFound):
                    address = owner.dataset.address if isinstance(owner, DatasetFound) else owner.tests.address
                    plan.holding.setdefault(address, set()).add(fate)
        looked_for = self._needles(inventory, plan.traces)
        for place, uri in residual_data.files_with(inventory, looked_for):
            plan.files.setdefault(place, []).append(self._relative(place, uri))
        if journal:
            known = {(unit["place"], unit["name"]) for unit in journal.units}
            plan.units = [*journal.units, *(unit for unit in plan.units if (unit["place"], unit["name"]) not in known)]
            for address, splits in journal.holding.items():
                plan.holding.setdefault(address, set()).update(splits)
            for place, names in journal.files.items():
                plan.files[place] = sorted({*names, *plan.files.get(place, ())})
        return plan

    def _needles(self, inventory: Inventory, traces: Traces) -> residual_data.Needles:
        return residual_data.needles_of(conversations_of(inventory, traces), traces, self.cache_keys)

    def _unit(self, owner: Any, fate: str, shard_set: shards.ShardSet, own: int, shared: int) -> dict[str, Any]:
        return {
            "place": owner.place,
            "name": self._relative(owner.place, shard_set.uri),
            "kind": fate if isinstance(owner, SetFound) else f"{type(owner).__name__.removesuffix('Found').lower()}: {fate}",
            "rows_before": shard_set.rows,
            "removed": own + shared,
            "shared": shared,
            "sha256_before": storage.sha256_file(storage.join(shard_set.uri, shards.DESCRIPTION)),
        }

    def _refuse_unwritable(self, plan: Plan) -> None:
        """Say before anything is changed that it cannot be."""
        held = [storage.join(self.places[unit["place"]], unit["name"]) for unit in plan.units]
        held += [
            storage.join(self.places[place], name).rpartition("/")[0] for place, names in plan.files.items() for name in names
        ]
        for folder in dict.fromkeys(held):
            if not storage.is_remote(folder) and storage.exists(folder) and not os.access(storage.local_path(folder), os.W_OK):
                raise RunError(f"{folder}: cannot be written, nothing was done; make it writable for this user, then run again")

    def _relative(self, place: str, uri: str) -> str:
        return uri.removeprefix(self.places[place].rstrip("/")).lstrip("/")

    # Doing it.

    def _scrub_files(self, inventory: Inventory, plan: Plan, looked_for: residual_data.Needles) -> None:
        for _, uri in inventory.files:
            if residual_data.is_searched(uri) and (found := residual_data.scrub(uri, plan.traces, looked_for)):
                self.say(f"{uri}: {found}")
        describe_anew(storage.join(self.places[place], name) for place, names in plan.files.items() for name in names)

    def _rewrite(self, inventory: Inventory, traces: Traces) -> None:
        for item in inventory.sets:
            if any(_count(item.shard_set, traces)):
                remove_tree(storage.join(item.output, _WATERMARK))  # it counts the users that an extraction read: read anew
            removed = rewrite.rewrite_set(item.shard_set, traces)
            if removed:
                self.say(f"{item.uri}: {removed:,} records removed")
        for frozen in inventory.frozen:
            if any(sum(_count(found, traces)) for found in frozen.tests.sets):
                manifest = rewrite.refreeze(frozen.uri, traces)
                self.say(f"{frozen.uri}: frozen anew without them, {manifest['address'][:16]}…")
        versions = list(inventory.datasets)
        for version in sorted(versions, key=lambda item: (item.dataset.version, item.dataset.address, item.uri)):
            if any(sum(_count(found, traces)) for _, found in version.sets()):
                number = rewrite.successor(version, take_inventory(self.places).datasets)
                manifest = rewrite.republish(version, traces, number)
                self.say(f"{version.uri}: {version.title} is now {manifest['version']}, {manifest['address'][:16]}…")

    def _empty_indexes(self, inventory: Inventory, traces: Traces) -> None:
        for _, uri in inventory.indexes:
            removed = remove(uri, traces.records)
            if removed:
                self.say(f"{uri}: {removed:,} records removed from the band index")

    def _retrain(self, inventory: Inventory, plan: Plan) -> list[Model]:
        learned = list(reach_of(inventory, plan.holding).learned)
        for registry in inventory.named(REGISTRY):
            addresses = [address for address, splits in plan.holding.items() if splits & set(LEARNED_FROM)]
            if learned or addresses:
                require_retraining(registry, learned, addresses, self.name, self.reason)
        for model in learned:
            self.say(f"{model.name}: learned from it and must be trained anew")
        return learned

    def _make_sure(self, plan: Plan, looked_for: residual_data.Needles) -> None:
        """Search everything again, by code that took no part in removing."""
        inventory = take_inventory(self.places)
        left = [shard_set.uri for _, _, shard_set in inventory if sum(_count(shard_set, plan.traces))]
        names = [uri for _, uri in inventory.files if residual_data.is_searched(uri)]
        names += [uri for _, uri in residual_data.index_files(inventory)]
        versions = [item.uri for item in inventory.datasets] + [item.uri for item in inventory.frozen]
        names += [storage.join(uri, name) for uri in versions for name in storage.walk(uri, hidden=True)]
        names += [shard_set.shard_uri(shard) for _, _, shard_set in inventory for shard in shard_set.shards]
        ids = residual_data.Needles(looked_for.ids, ())  # texts of theirs may rightly be said by others too
        left += [uri for uri in dict.fromkeys(names) if residual_data.holds(uri, ids)]
        if left:
            raise RunError(
                f"{len(left)} files still hold something of theirs, the first is {left[0]}; nothing was signed: remove what "
                "writes there, then run the same command again"
            )

    # Its papers.

    @property
    def _journal_uri(self) -> str:
        return storage.join(self.records, f"{self.name}.{_JOURNAL}.json")

    def _journal(self) -> Plan | None:
        return _from_journal(json.loads(storage.read_bytes(self._journal_uri))) if storage.exists(self._journal_uri) else None

    def _records(self) -> list[str]:
        names = storage.list_files(self.records)
        own = [name for name in names if name.split(".")[0] in {self.name} and _JOURNAL not in name and name.endswith(".json")]
        return sorted(own, key=lambda name: int(name.split(".")[1]))

    def _last_record(self) -> dict[str, Any] | None:
        if storage.exists(self._journal_uri) or not self._records():
            return None
        found: dict[str, Any] = json.loads(storage.read_bytes(storage.join(self.records, self._records()[-1])))
        return found

    def _finish(
        self, plan: Plan, started: datetime, retrain: Sequence[Model], sign: Callable[[Mapping[str, Any]], bytes]
    ) -> dict[str, Any]:
        trail = audit_trail.configured()
        document = {
            "format": FORMAT,
            "erasure": self.name,
            "people": self.digests,
            "reason": self.reason,
            "actor": audit_trail.actor(),
            "started": started.isoformat(timespec="seconds"),
            "finished": _now().isoformat(timespec="seconds"),
            "rows_removed": plan.rows,
            "units": [self._after(unit) for unit in plan.units],
            "files": {place: self._states(place, names) for place, names in sorted(plan.files.items())},
            "versions": _replacements(take_inventory(self.places), plan),
            "retrain": [{"model": model.name, "registered": model.registered, "dataset": model.dataset} for model in retrain],
            "absent_places": plan.absent,
            "by_hand": left_to_do(self.places, take_inventory(self.places), bool(retrain)),
            "audit_head": "{}:{}".format(*trail.head()) if trail else None,
        }
        content = sign(document)
        number = 1 + max((int(name.split(".")[1]) for name in self._records()), default=0)
        path = storage.join(self.records, f"{self.name}.{number}.json")
        storage.write_bytes(path, content)
        storage.remove(self._journal_uri)
        audit_trail.record("erase.end", self.name, self.reason, rows=plan.rows, record=storage.sha256_bytes(content))
        self.say(f"{path}: the signed record")
        signed: dict[str, Any] = json.loads(content)
        return signed

    def _after(self, unit: Mapping[str, Any]) -> dict[str, Any]:
        """A unit with what stands there now; null where a version was replaced under another name."""
        uri = storage.join(self.places[unit["place"]], unit["name"]) if unit["name"] else self.places[unit["place"]]
        path = storage.join(uri, shards.DESCRIPTION)
        there = storage.exists(path)
        rows = shards.open_set(uri).rows if there else None
        return {**unit, "rows_after": rows, "sha256_after": storage.sha256_file(path) if there else None}

    def _states(self, place: str, names: Sequence[str]) -> dict[str, int]:
        """How many files that held something were rewritten, and how many were removed. No names: a name may hold an id."""
        there = sum(storage.exists(storage.join(self.places[place], name)) for name in names)
        return {"held": len(names), "rewritten": there, "removed": len(names) - there}


def _now() -> datetime:
    return datetime.now(UTC)


def _refuse_unfinished(inventory: Inventory) -> None:
    for _, uri in inventory.files:
        if uri.endswith(_UPDATE_PLAN):
            raise UsageError(f"{uri}: an extraction was interrupted here; run it again to its end, then erase")


def _count(shard_set: shards.ShardSet, traces: Traces) -> tuple[int, int]:
    own = shared = 0
    for table in columns_of(shard_set, IDENTITY):
        rows = rows_of(table, traces)
        own += int(pc.sum(rows.own).as_py() or 0)
        shared += int(pc.sum(rows.shared).as_py() or 0)
    return own, shared


def _replacements(inventory: Inventory, plan: Plan) -> list[dict[str, Any]]:
    """Which versions were made in the place of which."""
    found = [
        {"what": f"{item.dataset.name} {old['version']}", "place": item.place, "before": old["address"],
         "version": item.dataset.version, "after": item.dataset.address}
        for item in inventory.datasets
        for old in item.dataset.manifest.get("supersedes", ())[-1:]
        if old["address"] in plan.holding
    ]  # fmt: skip
    found += [
        {
            "what": "frozen test sets",
            "place": item.place,
            "before": old["address"],
            "version": None,
            "after": item.tests.address,
        }
        for item in inventory.frozen
        for old in item.tests.manifest.get("supersedes", ())[-1:]
        if old["address"] in plan.holding
    ]
    return sorted(found, key=lambda item: (item["place"], item["what"], item["after"]))


def _to_journal(plan: Plan) -> dict[str, Any]:
    traces = {name: sorted(value) for name, value in vars(plan.traces).items()}
    holding = {address: sorted(splits) for address, splits in plan.holding.items()}
    return {"traces": traces, "units": plan.units, "holding": holding, "files": plan.files}


def _from_journal(value: Mapping[str, Any]) -> Plan:
    traces = Traces(**{name: set(ids) for name, ids in value["traces"].items()})
    holding = {address: set(splits) for address, splits in value["holding"].items()}
    return Plan(traces, list(value["units"]), holding, {place: list(names) for place, names in value["files"].items()})
