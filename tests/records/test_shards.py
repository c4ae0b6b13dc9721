"""Shard sets: complete or refused, every byte accounted for, the cut depends on rows alone."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from attune import storage
from attune.errors import RunError, UsageError
from attune.records import shards
from attune.records.shards import ShardSetWriter, open_set

SCHEMA = pa.schema([pa.field("id", pa.int64()), pa.field("text", pa.string()), pa.field("tags", pa.list_(pa.string()))])


def table(numbers: list[int]) -> pa.Table:
    rows = [{"id": n, "text": f"text {n}" if n % 3 else None, "tags": ["a"] * (n % 4)} for n in numbers]
    return pa.Table.from_pylist(rows, schema=SCHEMA)


def write(folder: Path, rows: int = 25, shard_rows: int = 10) -> Path:
    with ShardSetWriter(str(folder), "make", SCHEMA, shard_rows, datetime(2026, 10, 31, tzinfo=UTC)) as writer:
        writer.write(table(list(range(rows))))
    return folder


def test_what_was_written_is_read_back_in_order(tmp_path: Path) -> None:
    opened = open_set(str(write(tmp_path)))
    assert [shard.rows for shard in opened.shards] == [10, 10, 5]
    assert opened.rows == 25
    assert opened.step == "make"
    assert opened.as_of == datetime(2026, 10, 31, tzinfo=UTC)
    assert pa.concat_tables(opened.tables()).equals(table(list(range(25))))
    assert next(opened.tables(columns=["id"])).column_names == ["id"]


def test_the_description_names_and_hashes_every_file(tmp_path: Path) -> None:
    write(tmp_path)
    description = json.loads((tmp_path / "_shards.json").read_bytes())
    assert description["rows"] == 25
    for shard in description["shards"]:
        assert storage.sha256_bytes((tmp_path / shard["name"]).read_bytes()) == shard["sha256"]
    assert {shard["name"] for shard in description["shards"]} == {path.name for path in tmp_path.glob("*.parquet")}


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(st.integers(0, 12), max_size=6), st.integers(1, 15))
def test_the_same_rows_give_the_same_bytes_however_they_came(
    tmp_path_factory: pytest.TempPathFactory, sizes: list[int], shard_rows: int
) -> None:
    folder, rows = tmp_path_factory.mktemp("set"), table(list(range(sum(sizes))))
    for name, pieces in (("whole", [rows.num_rows]), ("pieces", sizes)):
        with ShardSetWriter(str(folder / name), "make", SCHEMA, shard_rows, None) as writer:
            at = 0
            for size in pieces:
                writer.write(rows.slice(at, size))
                at += size
    whole, pieces_ = ({file.name: file.read_bytes() for file in (folder / name).iterdir()} for name in ("whole", "pieces"))
    assert whole == pieces_


def test_a_changed_byte_is_found_and_the_file_is_named(tmp_path: Path) -> None:
    file = write(tmp_path) / "part-00001.parquet"
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)
    opened = open_set(str(tmp_path))
    assert opened.read(opened.shards[0]).num_rows == 10
    with pytest.raises(RunError, match=r"part-00001\.parquet: its bytes are not those that _shards\.json promises"):
        opened.read(opened.shards[1])


def test_a_missing_shard_is_named_with_who_promised_it(tmp_path: Path) -> None:
    (write(tmp_path) / "part-00002.parquet").unlink()
    with pytest.raises(RunError, match=r"part-00002\.parquet: no such file.*_shards\.json promises this shard"):
        list(open_set(str(tmp_path)).tables())


def test_a_file_that_is_no_parquet_is_said_to_be_none(tmp_path: Path) -> None:
    (tmp_path / "x.parquet").write_bytes(b"PAR1 but nothing else PAR1")
    with pytest.raises(RunError, match=r"x\.parquet: is not a readable Parquet file"):
        shards.read_shard(str(tmp_path / "x.parquet"))


def test_a_set_without_description_is_refused(tmp_path: Path) -> None:
    (write(tmp_path) / "_shards.json").unlink()
    with pytest.raises(UsageError, match=r"holds no complete shard set .*run the step that writes it first"):
        open_set(str(tmp_path))


def test_a_writer_that_fails_leaves_no_complete_set_not_even_the_old_one(tmp_path: Path) -> None:
    write(tmp_path)
    with pytest.raises(pa.ArrowInvalid), ShardSetWriter(str(tmp_path), "make", SCHEMA, 10, None) as writer:
        writer.write(table([1]).set_column(0, "id", pa.array(["no number"])))
    with pytest.raises(UsageError, match="holds no complete shard set"):
        open_set(str(tmp_path))


def test_a_smaller_set_leaves_no_files_of_the_larger_one(tmp_path: Path) -> None:
    write(tmp_path, rows=45)
    (tmp_path / ".part-00000.parquet.1-aa.tmp").write_bytes(b"half")
    write(tmp_path, rows=5)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["_shards.json", "part-00000.parquet"]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"{", "is not a shard set description"),
        (b"[]", "is not a shard set description"),
        (b'{"schema_version": "1"}', "is not a shard set description"),
        (b'{"schema_version": "0", "shards": [{"other": 1}]}', "has schema version 0, this Attune reads 1"),
        (b"\xff\xfe", "is not a shard set description"),
    ],
)
def test_a_broken_description_is_a_clear_error(tmp_path: Path, content: bytes, message: str) -> None:
    (tmp_path / "_shards.json").write_bytes(content)
    with pytest.raises(UsageError, match=message):
        open_set(str(tmp_path))


def test_an_empty_set_is_complete(tmp_path: Path) -> None:
    assert open_set(str(write(tmp_path, rows=0))).shards == ()


def test_reading_parquet_starts_no_thread_that_could_abort_the_process(tmp_path: Path) -> None:
    shard = shards.write_shard(str(tmp_path / "part-00000.parquet"), pa.table({"a": range(100_000), "b": ["x"] * 100_000}))
    program = (
        "import os, sys\n"
        "from attune.storage import parquet\n"
        "content = open(sys.argv[1], 'rb').read()\n"
        "before = len(os.listdir('/proc/self/task'))\n"
        "assert parquet.read_table(content, ['b', 'a']).column_names == ['b', 'a']\n"
        "assert sum(batch.num_rows for batch in parquet.batches(parquet.open_parquet(content), 1_000)) == 100_000\n"
        "assert len(os.listdir('/proc/self/task')) == before\n"
    )
    subprocess.run([sys.executable, "-c", program, str(tmp_path / shard.name)], check=True, timeout=60)


def test_parquet_is_read_in_one_place_alone() -> None:
    package = Path(shards.__file__).parents[1]
    sources = {path.relative_to(package).as_posix(): path.read_text(encoding="utf-8") for path in package.rglob("*.py")}
    assert [name for name, text in sources.items() if re.search(r"\bpq\.(read_|ParquetFile\()", text)] == ["storage/parquet.py"]
