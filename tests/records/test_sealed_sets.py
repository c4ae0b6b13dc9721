"""A list of shards that was edited, by hand or with care, is found by whoever reads the set."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from attune import storage
from attune.errors import AttuneError, RunError, UsageError
from attune.records import seal, shards
from attune.records.dataset import open_dataset
from attune.records.shards import ShardSetWriter, open_set
from attune.records.test_sets import open_test_sets
from attune.runtime import engine
from attune.similarity.index_store import open_index

KEY = "3c9f7e1b5a08d264e7f1c93b0a5d8264f0e1a9b7d3f5826149ec7b0d5a3f8e12"
OTHER = "a81f6a0b97e3525d8c1ea7f4b06392e8157ad0c3b9f64e21d7a05b8c9f36e4c4"
SCHEMA = pa.schema([("n", pa.int64())])


def write(folder: Path, rows: int = 25) -> Path:
    with ShardSetWriter(str(folder), "make", SCHEMA, 10, datetime(2026, 10, 31, tzinfo=UTC)) as writer:
        writer.write(pa.table({"n": list(range(rows))}))
    return folder


def edit(folder: Path, change: Callable[[dict[str, Any]], Any], *, sealed: bool = False) -> None:
    path = folder / shards.DESCRIPTION
    value = json.loads(path.read_bytes())
    change(value)
    if sealed:
        value["seal"] = seal.seal_of(value, shards.json_bytes)
    path.write_bytes(shards.json_bytes(value))


def drop(value: dict[str, Any]) -> None:
    value["rows"] -= value["shards"].pop()["rows"]


EDITS: dict[str, Callable[[dict[str, Any]], Any]] = {
    "a dropped shard": drop,
    "an added shard": lambda value: value["shards"].append({"name": "part-00009.parquet", "rows": 0, "sha256": "0" * 64}),
    "another order": lambda value: value["shards"].reverse(),
    "another step": lambda value: value.update(step="score"),
    "another time": lambda value: value.update(as_of="2020-01-01T00:00:00+00:00"),
    "a failed gate that is forgotten": lambda value: value.update(failed_gates=[]),
    "another seal": lambda value: value.update(seal="0" * 64),
    "no seal": lambda value: value.pop("seal"),
}


@pytest.mark.parametrize("name", EDITS)
def test_an_edited_description_is_refused(tmp_path: Path, name: str) -> None:
    edit(write(tmp_path / "set"), EDITS[name])
    with pytest.raises(RunError, match=r"_shards\.json: (was edited|has no seal)"):
        open_set(str(tmp_path / "set"))


def test_a_description_that_was_sealed_anew_is_found_with_the_subject_key(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ATTUNE_SUBJECT_KEY", KEY)
    edit(write(tmp_path / "set"), drop, sealed=True)
    with pytest.raises(RunError, match="was not sealed with this subject key"):
        open_set(str(tmp_path / "set"))
    write(tmp_path / "set")
    assert open_set(str(tmp_path / "set")).rows == 25
    monkeypatch.setenv("ATTUNE_SUBJECT_KEY", OTHER)
    with pytest.raises(RunError, match="written under another key"):
        open_set(str(tmp_path / "set"))
    monkeypatch.delenv("ATTUNE_SUBJECT_KEY")
    assert open_set(str(tmp_path / "set")).rows == 25
    write(tmp_path / "set")  # without the key: a seal of the earlier set would be wrong
    assert not (tmp_path / "set" / seal.SEAL_FILE).exists()


def test_the_bytes_of_the_description_do_not_depend_on_the_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plain = (write(tmp_path / "plain") / shards.DESCRIPTION).read_bytes()
    monkeypatch.setenv("ATTUNE_SUBJECT_KEY", KEY)
    assert (write(tmp_path / "keyed") / shards.DESCRIPTION).read_bytes() == plain


def test_a_set_that_is_rewritten_in_place_is_right_before_and_after_a_kill(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ATTUNE_SUBJECT_KEY", KEY)
    opened = open_set(str(write(tmp_path / "set")))
    written = storage.write_bytes
    for killed_at in range(3):
        shutil.rmtree(tmp_path / "copy", ignore_errors=True)
        shutil.copytree(tmp_path / "set", tmp_path / "copy")
        left = [killed_at]

        def write_or_die(uri: str, content: bytes, left: list[int] = left) -> None:
            left[0] -= 1
            if left[0] < 0:
                raise KeyboardInterrupt
            written(uri, content)

        with monkeypatch.context() as patch:
            patch.setattr(storage, "write_bytes", write_or_die)
            with pytest.raises(KeyboardInterrupt):
                shards.describe(str(tmp_path / "copy"), "make", opened.shards[:2], opened.as_of)
        assert open_set(str(tmp_path / "copy")).rows == (25 if killed_at < 2 else 20)
        shards.describe(str(tmp_path / "copy"), "make", opened.shards[:2], opened.as_of)
        assert open_set(str(tmp_path / "copy")).rows == 20
        assert len((tmp_path / "copy" / seal.SEAL_FILE).read_text().split()) == 1


@pytest.mark.parametrize(
    "entry",
    [
        {"name": "../part-00000.parquet"}, {"name": "/etc/passwd"}, {"name": "sub/part-00000.parquet"}, {"name": "x.parquet"},
        {"name": "part-00000.parquet\0"}, {"name": None}, {"name": ["part-00000.parquet"]}, {"name": "part-00001.parquet"},
        {"sha256": None}, {"sha256": ""}, {"sha256": "0" * 63}, {"sha256": 0}, {"rows": -1}, {"rows": "10"}, {"rows": True},
        {"rows": None}, {"more": 1},
    ],
)  # fmt: skip
def test_a_shard_with_a_hostile_name_hash_or_count_is_refused(tmp_path: Path, entry: dict[str, Any]) -> None:
    edit(write(tmp_path / "set"), lambda value: value["shards"][0].update(entry), sealed=True)
    with pytest.raises(AttuneError, match=r"_shards\.json"):
        open_set(str(tmp_path / "set"))


def test_counts_that_are_wrong_together_are_found_when_the_shard_is_read(tmp_path: Path) -> None:
    def move_a_row(value: dict[str, Any]) -> None:
        value["shards"][0]["rows"] += 1
        value["shards"][1]["rows"] -= 1

    edit(write(tmp_path / "set"), move_a_row, sealed=True)
    opened = open_set(str(tmp_path / "set"))
    with pytest.raises(RunError, match=r"has 10 rows, but _shards\.json promises 11"):
        opened.read(opened.shards[0])
    with pytest.raises(RunError, match="promises 11"):
        engine.shard_units([opened])[0].load()
    edit(write(tmp_path / "set"), lambda value: value.update(rows=26), sealed=True)
    with pytest.raises(RunError, match="are not the sum"):
        open_set(str(tmp_path / "set"))


def test_a_shard_that_is_a_link_is_refused(tmp_path: Path) -> None:
    folder = write(tmp_path / "set")
    for name in ("part-00001.parquet", shards.DESCRIPTION):
        (folder / name).rename(tmp_path / name)
        (folder / name).symlink_to(tmp_path / name)
        with pytest.raises(UsageError, match="is a symbolic link"):
            open_set(str(folder))
        (folder / name).unlink()
        (tmp_path / name).rename(folder / name)


@pytest.mark.parametrize(
    "content", [b"[" * 200_000, b'{"schema_version": "1", "schema_version": "1"}', b'{"format": []}', b"null"]
)
def test_descriptions_that_are_hostile_json_are_one_clear_error(tmp_path: Path, content: bytes) -> None:
    for name, read in ((shards.DESCRIPTION, open_set), ("manifest.json", open_dataset), ("manifest.json", open_test_sets),
                       ("_index.json", open_index)):  # fmt: skip
        (tmp_path / name).write_bytes(content)
        with pytest.raises(UsageError, match=name):
            read(str(tmp_path))


@pytest.mark.parametrize("name", ["../x", "/etc/passwd", "a\\b", "", "train/../../x", "x\0"])
def test_manifests_that_name_files_elsewhere_are_refused(tmp_path: Path, name: str) -> None:
    digest = "0" * 64
    base = {
        "format": "attune-dataset", "schema_version": "1", "name": "a", "version": "v1_20261031", "address": digest,
        "counts": {"splits": {"train": 1}}, "files": {"train/part-00000.parquet": {"sha256": digest}},
    }  # fmt: skip
    changes: list[dict[str, Any]] = [
        {"files": {name: {"sha256": digest}}}, {"counts": {"splits": {name: 1}}}, {"version": name},
        {"files": {"a": {"sha256": None}}},
    ]  # fmt: skip
    for change in changes:
        (tmp_path / "manifest.json").write_text(json.dumps({**base, **change}))
        with pytest.raises(UsageError, match=r"manifest\.json: (files|counts\.splits|version)"):
            open_dataset(str(tmp_path))
    frozen = {"format": "attune-test-sets", "address": digest, "sets": {name: {}}, "files": {}}
    for value in (frozen, {**frozen, "sets": {}, "files": {name: {"sha256": digest}}}):
        (tmp_path / "manifest.json").write_text(json.dumps(value))
        with pytest.raises(UsageError, match=r"manifest\.json: (sets|files)"):
            open_test_sets(str(tmp_path))
    segment = {"batch": "b", "files": [{"name": name, "rows": 1, "sha256": digest}]}
    index = {"format": "attune-band-index", "version": 2, "settings": {}, "segments": [segment]}
    (tmp_path / "_index.json").write_text(json.dumps(index))
    with pytest.raises(UsageError, match=r"_index\.json"):
        open_index(str(tmp_path))
