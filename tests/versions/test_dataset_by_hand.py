"""A dataset version is checked without Attune: the commands of docs/dataset-format.md are run as they stand there."""

from __future__ import annotations

import random
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from compiled_version import compile_records
from dataset_forger import change, say, split_rows
from programs import needs
from record_factory import make_record, random_text

DOCUMENT = Path(__file__).parents[2] / "docs" / "dataset-format.md"
BY_HAND = DOCUMENT.read_text("utf-8").split("## By hand")[1].split("## Reading it in Python")[0]
COMMANDS = [
    line for block in re.findall(r"```console\n(.*?)```", BY_HAND, re.DOTALL) for line in block.splitlines() if line[0] != "#"
]
QUERIES = [
    query.strip()
    for block in re.findall(r"```sql\n(.*?)```", BY_HAND, re.DOTALL)
    for query in re.sub(r"^--.*\n", "", block, flags=re.MULTILINE).split(";\n")
    if query.strip()
]


@pytest.fixture
def version(tmp_path: Path) -> Path:
    generator = random.Random(3)
    records = [make_record(n, ["hello", random_text(generator, 40)], subject_id=f"user_{n // 2}") for n in range(300)]
    records += [
        make_record(n, ["hi", random_text(generator, 30)], family="sarcasm", source="synthetic") for n in range(300, 305)
    ]
    return compile_records(tmp_path, records, name="version")[1]


def failing_commands(version: Path) -> list[int]:
    needs("jq", "sha256sum")
    return [n for n, command in enumerate(COMMANDS) if subprocess.run(["bash", "-c", command], cwd=version).returncode]


def failing_queries(version: Path, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    duckdb = pytest.importorskip("duckdb")
    monkeypatch.chdir(version)
    connection = duckdb.connect()
    return [number for number, query in enumerate(QUERIES) if connection.execute(query).fetchall()]


def test_the_document_has_commands_for_everything() -> None:
    assert len(COMMANDS) >= 9
    assert len(QUERIES) >= 13


def test_a_sound_version_agrees_with_sha256sum_and_jq(version: Path) -> None:
    assert failing_commands(version) == []


def test_a_sound_version_agrees_with_duckdb(version: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert failing_queries(version, monkeypatch) == []


@pytest.mark.parametrize("name", ["train/part-00000.parquet", "manifest.json", "compiled.jsonl"])
def test_one_changed_byte_shows(version: Path, name: str) -> None:
    content = bytearray((version / name).read_bytes())
    content[content.index(b"1", len(content) // 2)] ^= 1
    (version / name).write_bytes(bytes(content))
    assert failing_commands(version) != []


def test_an_added_shard_and_an_address_in_a_text_show(version: Path) -> None:
    shutil.copy(version / "test" / "part-00000.parquet", version / "test" / "part-00009.parquet")
    assert failing_commands(version) == [3]
    (version / "test" / "part-00009.parquet").unlink()
    change(version, "train", lambda rows: say(rows[0], "write to jo@mail.example"))
    assert failing_commands(version)[:1] == [8]  # and the statistics, which were not made anew


def test_a_cut_group_and_a_held_out_family_show(version: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    change(version, "train", lambda rows: rows[0].update(subject_id="one", conversation_id="two", cluster_id="three"))
    change(version, "test", lambda rows: rows[0].update(subject_id="one", conversation_id="two", cluster_id="three"))
    change(version, "train", lambda rows: rows[1].update(family="sarcasm", pii_status="requires_review"))
    assert failing_queries(version, monkeypatch) == [1, 2, 3, 6, 7]


def test_a_near_duplicate_and_forged_hashes_show(version: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    told = split_rows(version, "train")[3]["messages"][1]["content"]
    change(version, "test", lambda rows: say(rows[2], told.replace(told.split()[20], "another")))
    assert failing_queries(version, monkeypatch) == [len(QUERIES) - 1]
    change(version, "train", lambda rows: rows[5].update(content_hash="0" * 64), rehash=False)
    change(version, "validation", lambda rows: rows[1]["provenance"].update(id="p_" + "0" * 24), rehash=False)
    assert failing_queries(version, monkeypatch) == [len(QUERIES) - 3, len(QUERIES) - 2, len(QUERIES) - 1]


def test_a_wrong_number_in_statistics_manifest_or_card_shows(version: Path) -> None:
    for name, was, now in (
        ("statistics.json", b'"personalization": ', b'"personalization": 1'),
        ("manifest.json", b'"extract": ', b'"extract": 1'),
        ("README.md", b"| product | ", b"| product | 1"),
    ):
        before = (version / name).read_bytes()
        (version / name).write_bytes(before.replace(was, now))
        found = failing_commands(version)
        (version / name).write_bytes(before)
        assert any(number > 8 for number in found), name
