"""Models and training jobs in the locations: which dataset version each was made from."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from attune import storage
from attune.errors import RunError
from attune.governance.data_locations import REGISTRY, TRAINING, LocationInventory
from attune.modeling.model_registry import RETRAINING

ANY = "*"  # stands for whatever model learned from a version, where none is known


@dataclass(frozen=True)
class TrainedModel:
    """A model in a registry, or the outcome of a training job that no registry holds.

    Attributes:
        name: its name in the registry; of a job its folder.
        uri: the registry's database, or the job's ``training.json``.
        registered: whether a registry holds it.
        dataset: name, version and address of the dataset version that it was trained on.
        code: version of the training code; empty for a job.
        decision: what release decided; empty for a job.
        stages: names of the trained stages.
        retrain: erasures for which it must be trained anew.
    """

    name: str
    uri: str
    registered: bool
    dataset: dict[str, str]
    code: str
    decision: str
    stages: tuple[str, ...]
    retrain: tuple[str, ...] = ()


def models_in(inventory: LocationInventory) -> list[TrainedModel]:
    """All models and jobs in the locations, registered ones first."""
    registered = [model for uri in inventory.named(REGISTRY) for model in _registered(uri)]
    folders = [str(Path(uri).parent) for uri in inventory.named(REGISTRY)]
    jobs = [_job(uri) for uri in inventory.named(TRAINING) if not any(uri.startswith(f"{folder}/") for folder in folders)]
    return [*registered, *(job for job in jobs if job is not None)]


def require_retraining(
    registry: str, models: Sequence[TrainedModel], addresses: Iterable[str], erasure: str, reason: str
) -> None:
    """Note in a registry that models must be trained anew, and why; noting it again changes nothing.

    Models that it does not hold yet are noted too, and the versions themselves: a job elsewhere may be learning from one of
    them, and release, which would enter its model, looks here first.

    Args:
        registry: its database.
        models: that learned from the person.
        addresses: of the versions that held something to learn from.
        erasure: its name.
        reason: of the erasure.
    """
    with _database(registry) as database, database:
        database.execute(RETRAINING)
        rows = [(model.name, model.dataset["address"], erasure, reason) for model in models]
        known = {model.dataset["address"] for model in models}
        rows += [(ANY, address, erasure, reason) for address in sorted(set(addresses) - known)]
        database.executemany("INSERT OR IGNORE INTO retraining VALUES (?, ?, ?, ?)", rows)


@contextlib.contextmanager
def _database(uri: str) -> Iterator[sqlite3.Connection]:
    if storage.is_remote(uri):
        raise RunError(f"{uri}: a model registry is read from a local folder; mount or copy it, and name that location")
    try:
        with contextlib.closing(sqlite3.connect(storage.local_path(uri), timeout=60)) as database:
            yield database
    except sqlite3.Error as error:
        raise RunError(f"{uri}: the model registry cannot be read or written ({error})") from None


def _registered(uri: str) -> list[TrainedModel]:
    with _database(uri) as database:
        columns = "name, dataset_name, dataset_version, dataset_address, code_version, decision"
        rows = database.execute(f"SELECT {columns} FROM models ORDER BY project, version").fetchall()  # noqa: S608 - constant
        stages = database.execute("SELECT model, stage FROM jobs WHERE state = 'trained' ORDER BY model, position").fetchall()
        known = database.execute("SELECT name FROM sqlite_master WHERE name = 'retraining'").fetchone()
        retrain = database.execute("SELECT model, erasure FROM retraining ORDER BY model, erasure").fetchall() if known else []
    return [
        TrainedModel(
            name, uri, True, {"name": dataset, "version": version, "address": address}, code, decision,
            tuple(stage for model, stage in stages if model == name),
            tuple(dict.fromkeys(erasure for model, erasure in retrain if model == name)),
        )
        for name, dataset, version, address, code, decision in rows
    ]  # fmt: skip


def _job(uri: str) -> TrainedModel | None:
    try:
        value: dict[str, Any] = storage.parse_json(storage.read_bytes(uri))
        dataset = {name: str(value["dataset"][name]) for name in ("name", "version", "address")}
        stages = tuple(stage["stage"] for stage in value["stages"] if stage["state"] == "trained")
    except (ValueError, KeyError, TypeError):
        return None  # another file of the same name
    return TrainedModel(uri.rsplit("/", 2)[-2], uri, False, dataset, "", "", stages)
