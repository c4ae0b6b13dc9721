"""A snapshot is never replaced by that of another database or folder, unless the user says so."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from foreign_product import Product
from product_sample import KEY, bytes_of, rows_of, run_extract

from attune.config.params import IngestParams, RedactParams, RunParams
from attune.errors import UsageError
from attune.runtime.step import Context
from attune.steps.extract.connect import database_address
from attune.steps.extract.step import replace_snapshot
from attune.steps.ingest.step import ingest
from attune.steps.ingest.step import replace_snapshot as replace_families

RUN = RunParams(shard_rows=10, quarantine_limit=0.5)
MAP = "families:\n  - {family: mine, pattern: '*.jsonl', loader: jsonl, columns: messages}\n"
LINE = '{"messages": [{"role": "user", "content": "How do I start?"}, {"role": "assistant", "content": "With one step."}]}\n'


def product(folder: Path, text: str) -> Product:
    made = Product(folder)
    made.talk(0, 0, text)
    return made


def extract(made: Product, output: Path, **params: object) -> None:
    run_extract(str(made.database), output, run=RUN, sources=str(made.sources), **params)


def families(folder: Path, *roots: Path, output: Path) -> None:
    (folder / "map.yaml").write_text(MAP)
    params = IngestParams(families=str(folder / "map.yaml"))
    ingest([str(root) for root in roots], str(output), params, Context(subject_key=KEY), redact=RedactParams(), run=RUN)


def root(folder: Path, name: str) -> Path:
    (folder / name).mkdir()
    (folder / name / f"{name}.jsonl").write_text(LINE)
    return folder / name


@pytest.mark.parametrize("incremental", [False, True])
def test_another_database_does_not_replace_a_snapshot_and_both_are_named(tmp_path: Path, incremental: bool) -> None:
    mine, other = product(tmp_path / "mine", "It went well."), product(tmp_path / "other", "It went badly.")
    extract(mine, tmp_path / "out")
    before = bytes_of(tmp_path / "out")
    with pytest.raises(UsageError, match=r"mine/foreign\.db.*other/foreign\.db.*attune extract --replace"):
        extract(other, tmp_path / "out", incremental=incremental)
    assert bytes_of(tmp_path / "out") == before


@pytest.mark.parametrize("incremental", [False, True])
def test_with_replace_the_other_database_is_read_in_full(tmp_path: Path, incremental: bool) -> None:
    mine, other = product(tmp_path / "mine", "It went well."), product(tmp_path / "other", "It went badly.")
    extract(mine, tmp_path / "out")
    extract(other, tmp_path / "expected")
    replace_snapshot(str(other.database), str(tmp_path / "out"))
    extract(other, tmp_path / "out", incremental=incremental)
    assert rows_of(tmp_path / "out") == rows_of(tmp_path / "expected")
    with pytest.raises(UsageError, match="mine"):
        extract(mine, tmp_path / "out")


def test_the_same_database_under_another_spelling_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mine = product(tmp_path / "mine", "It went well.")
    extract(mine, tmp_path / "out")
    before = rows_of(tmp_path / "out")
    monkeypatch.chdir(tmp_path / "mine")
    for spelling in ("foreign.db", "sqlite:///foreign.db", f"file://{mine.database}"):
        run_extract(spelling, tmp_path / "out", run=RUN, sources=str(mine.sources), incremental=True)
    assert rows_of(tmp_path / "out") == before


def test_a_grown_database_and_a_changed_query_are_no_other_origin(tmp_path: Path) -> None:
    mine = product(tmp_path / "mine", "It went well.")
    extract(mine, tmp_path / "out")
    mine.talk(1, 1, "It went badly.")
    (mine.sources / "quizzes.sql").write_text("SELECT NULL AS user_id, NULL AS created_at WHERE 0")
    extract(mine, tmp_path / "out", incremental=True)
    assert len(rows_of(tmp_path / "out")) == 2


def test_no_file_of_a_snapshot_holds_the_path_of_its_database(tmp_path: Path) -> None:
    for name in ("one", "two"):
        extract(product(tmp_path / name, "It went well."), tmp_path / f"out-{name}")
    assert bytes_of(tmp_path / "out-one") == bytes_of(tmp_path / "out-two")


def test_a_snapshot_without_a_record_is_ours_only_when_our_key_made_it(tmp_path: Path) -> None:
    mine = product(tmp_path / "mine", "It went well.")
    extract(mine, tmp_path / "out")
    shutil.rmtree(tmp_path / "out" / ".commits")  # as after `dvc pull` on another machine
    foreign = shutil.copytree(tmp_path / "out", tmp_path / "foreign")
    extract(mine, tmp_path / "out", incremental=True)
    (foreign / "incremental" / "watermark.json").unlink()
    with pytest.raises(UsageError, match="sources that are not recorded"):
        extract(mine, foreign)


def test_an_address_holds_neither_user_nor_password(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("psycopg")
    for name in ("PGHOST", "PGPORT", "PGDATABASE"):
        monkeypatch.delenv(name, raising=False)
    address = database_address("postgres://ann:secret@db.example.com/product?sslmode=require")
    assert address == "postgresql://db.example.com:5432/product"


def test_ingest_refuses_to_drop_a_root_and_accepts_one_more(tmp_path: Path) -> None:
    first, second = root(tmp_path, "first"), root(tmp_path, "second")
    output = tmp_path / "out"
    families(tmp_path, first, output=output)
    families(tmp_path, second, first, output=output)
    assert len(rows_of(output)) == 2
    with pytest.raises(UsageError, match=r"first, .*second.* this run reads .*second; .*attune ingest --replace"):
        families(tmp_path, second, output=output)
    replace_families([str(second)], str(output))
    families(tmp_path, second, output=output)
    assert len(rows_of(output)) == 1


def test_the_commands_refuse_with_exit_code_2_and_replace_when_told(tmp_path: Path) -> None:
    mine, other = product(tmp_path / "mine", "It went well."), product(tmp_path / "other", "It went badly.")

    def attune(made: Product, *more: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "attune.cli", "extract", "--database", str(made.database), "--output", "out"]
        return subprocess.run(
            [*command, "--set", f"extract.sources={made.sources}", *more],
            cwd=tmp_path,
            env={**os.environ, "ATTUNE_SUBJECT_KEY": KEY.decode()},
            capture_output=True,
            text=True,
            check=False,
        )

    assert attune(mine).returncode == 0
    refused = attune(other)
    assert (refused.returncode, "--replace" in refused.stderr) == (2, True)
    assert attune(other, "--replace").returncode == 0
    assert attune(other).returncode == 0
    with sqlite3.connect(other.database) as connection:
        assert connection.execute("SELECT COUNT(*) FROM chats").fetchone() == (1,)
