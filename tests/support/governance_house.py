"""A small house to trace, erase and retain in: a snapshot, the steps' outputs, a dataset version, a registry, caches."""

from __future__ import annotations

import gzip
import json
import random
import shutil
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from record_factory import AS_OF, make_record, random_text, rows

from attune.config.params import Params
from attune.governance.data_locations import LocationInventory, load_locations, take_inventory
from attune.modeling.model_registry import RegistryEntry, register
from attune.records.dataset import open_dataset
from attune.records.record import provenance, record_id, to_table
from attune.records.shards import ShardSetWriter, open_set
from attune.records.tokens import token
from attune.runtime import run_step

KEY = b"7f3a9c1e5b8d2046a1c7e9f03b5d8264c0e1a9b7d3f5826149ec7b0d5a3f8e12"
PEOPLE = 40
ORIGIN = "product/conversations"


@dataclass(frozen=True)
class House:
    """Its root, and what tests ask of it."""

    root: Path
    key: bytes = KEY

    @property
    def locations_file(self) -> str:
        return str(self.root / "data_locations.yaml")

    def inventory(self) -> LocationInventory:
        return take_inventory(load_locations(self.locations_file))

    def with_locations(self) -> House:
        locations = {
            name: str(self.root / name) for name in ("data", "work", "registry", "datasets", "cache", "archive", "logs")
        }
        lines = "".join(f"  {name}: {uri}\n" for name, uri in locations.items())
        (self.root / "data_locations.yaml").write_text(f"locations:\n{lines}")
        return self

    def copy(self, root: Path) -> House:
        shutil.copytree(self.root, root, dirs_exist_ok=True)
        return House(root, self.key).with_locations()

    def split(self, split: str) -> list[dict[str, Any]]:
        return rows(open_set(str(self.root / "work/compile" / split)))

    def kept_record(self, split: str) -> dict[str, Any]:
        return self.split(split)[0]

    def user_of(self, subject: str) -> str:
        return next(f"user-{number}" for number in range(PEOPLE) if token(self.key, "user", f"user-{number}") == subject)


def person_records(user: int, generator: random.Random) -> list[dict[str, Any]]:
    """Three conversations of one person, with a text that nobody else says."""
    records = []
    for number in range(3):
        locator = token(KEY, "row", f"user-{user}\0{number}")
        text = f"marker{user}x{number} {random_text(generator, 60)}"
        records.append(
            make_record(
                user * 3 + number,
                [f"here is what happened to me on day {user} {number}: {random_text(generator, 12)}", text],
                record_id=record_id(ORIGIN, locator),
                subject_id=token(KEY, "user", f"user-{user}"),
                conversation_id=token(KEY, "conversation", f"{user}-{number}"),
                provenance=provenance(ORIGIN, locator, "extract"),
            )
        )
    return records


def make_house(root: Path) -> House:
    """Make one; with 40 people, of whom one said the same twice."""
    generator = random.Random(5)
    records = [record for user in range(PEOPLE) for record in person_records(user, generator)]
    copied = {"messages": records[-1]["messages"], "content_hash": records[-1]["content_hash"]}
    again = token(KEY, "row", "again")
    records.append(
        {**records[-2], **copied, "record_id": record_id(ORIGIN, again), "provenance": provenance(ORIGIN, again, "extract")}
    )
    root.mkdir(parents=True, exist_ok=True)
    with ShardSetWriter(str(root / "data"), "extract", to_table([]).schema, 50, AS_OF) as writer:
        writer.write(to_table(records))
    params = Params()
    run_step.run("dedupe", {"inputs": [str(root / "data")]}, str(root / "work/dedupe"), params)
    run_step.run("compile", {"inputs": [str(root / "work/dedupe")]}, str(root / "work/compile"), params)
    dataset = open_dataset(str(root / "work/compile"))
    about = {"name": dataset.name, "version": dataset.version, "address": dataset.address}
    stage = {"index": 1, "stage": "foundation", "phase": "sft", "state": "trained"}
    register(
        root / "registry",
        RegistryEntry("attune", "20261031", "tiny", "a" * 64, about, "c", "promote", 9.0, [stage]),
        registered,
    )
    return House(root).with_locations()


def fill(house: House, person: str) -> dict[str, Path]:
    """Put what other files may hold of a person, and of somebody else, beside the data; returns the files by what they are."""
    root = house.root
    mine = [row for row in rows(open_set(str(root / "data"))) if row["subject_id"] == person]
    others = [row for row in rows(open_set(str(root / "data"))) if row["subject_id"] != person][:5]
    said, other_said = mine[0]["messages"][0]["content"], others[0]["messages"][0]["content"]
    files = {
        "queue": root / "cache/review.jsonl",
        "packed": root / "archive/2026-09/kept.jsonl.gz",
        "database": root / "cache/answers.sqlite",
        "page": root / "work/dedupe/pairs.html",
        "listing": root / "work/dedupe/named.json",
        "table": root / "archive/old.parquet",
        "weights": root / "registry/model.safetensors",
        "other": root / "cache/other.txt",
    }
    for file in files.values():
        file.parent.mkdir(parents=True, exist_ok=True)
    lines = "".join(json.dumps({"record_id": row["record_id"], "text": row["messages"]}) + "\n" for row in [*mine, *others])
    files["queue"].write_text(lines)
    with gzip.open(files["packed"], "wb") as packed:
        packed.write(lines.encode())
    files["packed"].chmod(0o444)
    with closing(sqlite3.connect(files["database"])) as database, database:
        database.execute("CREATE TABLE answers (key TEXT PRIMARY KEY, value TEXT) WITHOUT ROWID")
        database.executemany("INSERT INTO answers VALUES (?, ?)", [("a", json.dumps({"why": said})), ("b", other_said)])
    files["page"].write_text(f"<p>{said}</p>")
    files["listing"].write_text(json.dumps({"worst": [mine[0]["record_id"], others[0]["record_id"]]}))
    pq.write_table(pa.table({"removed_id": [mine[1]["record_id"], "r_other"], "kept_id": ["r_a", "r_b"]}), files["table"])
    files["weights"].write_bytes(person.encode())
    files["other"].write_text(other_said)
    return files


def registered(folder: Path, name: str) -> None:
    """Write the files of a registered model."""
    (folder / "README.md").write_text(name)
