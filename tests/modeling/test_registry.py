"""Names, versions and entries of the model registry."""

from __future__ import annotations

import sqlite3
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from attune.errors import RunError
from attune.modeling.model_registry import DATABASE, RegistryEntry, model_name, register

DATASET = {"name": "small", "version": "v1_20261031", "address": "d" * 64}
JOBS = [
    {"index": 1, "stage": "foundation", "phase": "sft", "state": "trained", "steps": 4, "first_loss": 3.0, "last_loss": 2.0}
]


def entry(content: str, project: str = "attune", date: str = "20261031", decision: str = "promote") -> RegistryEntry:
    return RegistryEntry(project, date, "meta-llama/Llama-3.2-1B", content, DATASET, "c0de", decision, 12.5, JOBS)


def put(registry: Path, item: RegistryEntry) -> str:
    return register(registry, item, lambda folder, name: (folder / "card").write_text(f"{name} {item.decision}"))


def test_a_name_has_project_version_date_and_base_model():
    assert model_name("attune", 3, "20261031", "meta-llama/Llama-3.2-1B") == "attune-llm-v3-20261031-llama-3.2-1b"
    assert model_name("attune", 1, "20261031", "/models/My Model/") == "attune-llm-v1-20261031-my-model"


@given(st.text(min_size=1))
def test_a_name_is_always_a_file_name(base_model):
    name = model_name("attune", 1, "20261031", base_model)
    assert not set(name) - set("abcdefghijklmnopqrstuvwxyz0123456789.-")


def test_versions_count_up_within_a_project_and_the_same_model_keeps_its_own(tmp_path):
    first = put(tmp_path, entry("a" * 64))
    second = put(tmp_path, entry("b" * 64))
    other = put(tmp_path, entry("a" * 64, project="coach"))
    again = put(tmp_path, entry("a" * 64, date="20270101", decision="hold"))
    assert first == again == "attune-llm-v1-20261031-llama-3.2-1b"
    assert second == "attune-llm-v2-20261031-llama-3.2-1b"
    assert other == "coach-llm-v1-20261031-llama-3.2-1b"
    assert (tmp_path / first / "card").read_text() == f"{first} hold"
    with sqlite3.connect(tmp_path / DATABASE) as database:
        rows = database.execute("SELECT name, date, decision FROM models ORDER BY name").fetchall()
        assert rows == [(first, "20261031", "hold"), (second, "20261031", "promote"), (other, "20261031", "promote")]
        assert database.execute("SELECT count(*), max(steps) FROM jobs").fetchone() == (3, 4)


def test_models_that_come_at_the_same_time_get_different_versions(tmp_path):
    with ThreadPoolExecutor(6) as pool:
        names = list(pool.map(lambda number: put(tmp_path, entry(f"{number:064x}")), range(12)))
    assert len(set(names)) == 12
    assert {name.split("-")[2] for name in names} == {f"v{number}" for number in range(1, 13)}


def test_an_entry_whose_files_could_not_be_written_is_not_in_the_registry(tmp_path):
    def fail(folder: Path, name: str) -> None:
        (folder / "half").write_text("half")
        raise OSError(28, "No space left on device")

    with pytest.raises(RunError, match="No space left"):
        register(tmp_path, entry("a" * 64), fail)
    assert not [path for path in tmp_path.iterdir() if path.is_dir() and path.name[0] != "."]
    assert put(tmp_path, entry("b" * 64)).startswith("attune-llm-v1-")
