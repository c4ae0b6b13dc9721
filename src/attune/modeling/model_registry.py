"""The model registry: a folder per model, and ``registry.db`` with all models and their training jobs."""

from __future__ import annotations

import contextlib
import re
import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from attune import storage
from attune.errors import RunError

DATABASE = "registry.db"
_SCHEMA = """
CREATE TABLE IF NOT EXISTS models (
  name TEXT PRIMARY KEY, project TEXT NOT NULL, version INTEGER NOT NULL, date TEXT NOT NULL, base_model TEXT NOT NULL,
  content TEXT NOT NULL, dataset_name TEXT NOT NULL, dataset_version TEXT NOT NULL, dataset_address TEXT NOT NULL,
  code_version TEXT NOT NULL, decision TEXT NOT NULL, perplexity REAL, UNIQUE (project, version), UNIQUE (project, content)
);
CREATE TABLE IF NOT EXISTS jobs (
  model TEXT NOT NULL REFERENCES models (name), position INTEGER NOT NULL, stage TEXT NOT NULL, phase TEXT NOT NULL,
  state TEXT NOT NULL, records INTEGER, steps INTEGER, tokens INTEGER, first_loss REAL, last_loss REAL, validation_loss REAL,
  PRIMARY KEY (model, position)
);
"""
# Written by an erasure: models trained on a dataset version that contained the erased person.
RETRAINING = """
CREATE TABLE IF NOT EXISTS retraining (
  model TEXT NOT NULL, dataset_address TEXT NOT NULL, erasure TEXT NOT NULL, reason TEXT NOT NULL,
  PRIMARY KEY (model, dataset_address, erasure)
)
"""


@dataclass(frozen=True)
class RegistryEntry:
    """A model's entry in the registry."""

    project: str
    date: str  # YYYYMMDD
    base_model: str
    content: str
    dataset: Mapping[str, str]
    code_version: str
    decision: str
    perplexity: float
    jobs: Sequence[Mapping[str, Any]]


def model_name(project: str, version: int, date: str, base_model: str) -> str:
    """``{project}-llm-v{version}-{date}-{base_model}``; of a base model's path or hub name, the last part is used."""
    last = base_model.rstrip("/").rsplit("/", 1)[-1].lower()
    slug = re.sub(r"[^a-z0-9.]+", "-", last).strip("-.") or "model"
    return f"{project}-llm-v{version}-{date}-{slug}"


def register(registry: Path, entry: RegistryEntry, write: Callable[[Path, str], None]) -> str:
    """Enter a model and return its name. The same content in the same project keeps its name; its files are rewritten.

    Args:
        registry: folder of the registry, created when missing.
        entry: the model's entry.
        write: writes the model's files into a folder, given its name.

    Raises:
        RunError: the registry cannot be written or its database is damaged.
    """
    try:
        registry.mkdir(parents=True, exist_ok=True)
        with _transaction(registry / DATABASE) as database:
            name, version = _name(database, entry)
            with storage.atomic_folder(registry / name) as folder:
                write(folder, name)
            _store(database, name, version, entry)
            return name
    except (OSError, sqlite3.Error) as error:
        raise RunError(
            f"{registry}: the model registry cannot be written ({error}); check the folder's permissions and run again"
        ) from None


def erasures_of(registry: Path, dataset_address: str) -> list[str]:
    """The erasures that affect models trained on this dataset version; none without a registry.

    Raises:
        RunError: the registry's database is damaged.
    """
    if not (registry / DATABASE).exists():
        return []
    try:
        with contextlib.closing(sqlite3.connect(registry / DATABASE, timeout=60)) as database:
            if not database.execute("SELECT name FROM sqlite_master WHERE name = 'retraining'").fetchone():
                return []
            query = "SELECT DISTINCT erasure FROM retraining WHERE dataset_address = ? ORDER BY erasure"
            return [str(erasure) for (erasure,) in database.execute(query, (dataset_address,))]
    except sqlite3.Error as error:
        raise RunError(
            f"{registry / DATABASE}: the model registry cannot be read ({error}); restore it from a backup"
        ) from None


@contextlib.contextmanager
def _transaction(path: Path) -> Iterator[sqlite3.Connection]:
    """One writer at a time: the write lock is taken before the next version is read."""
    with contextlib.closing(sqlite3.connect(path, isolation_level=None, timeout=60)) as database:
        database.executescript(_SCHEMA)
        database.execute("BEGIN IMMEDIATE")
        try:
            yield database
        except BaseException:
            database.execute("ROLLBACK")
            raise
        database.execute("COMMIT")


def _name(database: sqlite3.Connection, entry: RegistryEntry) -> tuple[str, int]:
    known = database.execute(
        "SELECT name, version FROM models WHERE project = ? AND content = ?", (entry.project, entry.content)
    )
    found = known.fetchone()
    if found:
        return str(found[0]), int(found[1])
    (highest,) = database.execute("SELECT coalesce(max(version), 0) FROM models WHERE project = ?", (entry.project,)).fetchone()
    return model_name(entry.project, highest + 1, entry.date, entry.base_model), highest + 1


def _store(database: sqlite3.Connection, name: str, version: int, entry: RegistryEntry) -> None:
    database.execute("DELETE FROM jobs WHERE model = ?", (name,))
    database.execute("DELETE FROM models WHERE name = ?", (name,))
    dataset = entry.dataset
    date = name.removeprefix(f"{entry.project}-llm-v{version}-")[:8]  # keeps the date of its first entry
    values = (name, entry.project, version, date, entry.base_model, entry.content, dataset["name"], dataset["version"])
    more = (dataset["address"], entry.code_version, entry.decision, entry.perplexity)
    database.execute(f"INSERT INTO models VALUES ({', '.join('?' * 12)})", (*values, *more))  # noqa: S608 - only marks
    for job in entry.jobs:
        fields = ("index", "stage", "phase", "state", "records", "steps", "tokens", "first_loss", "last_loss")
        row = (name, *(job.get(field) for field in fields), job.get("best_validation_loss"))
        database.execute(f"INSERT INTO jobs VALUES ({', '.join('?' * 11)})", row)  # noqa: S608 - only marks
