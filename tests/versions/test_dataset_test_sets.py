"""Frozen test sets over three versions: once a record is in one, no version trains on it or on anything like it."""

from __future__ import annotations

import json
import random
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from compiled_version import compile_records
from dataset_forger import change, say, split_rows, violations
from hypothesis import given
from hypothesis import strategies as st
from record_factory import edited, make_record, people, random_text, rows, shingles, similarity

from attune.config.params import FreezeParams, VerifyParams
from attune.errors import RunError, UsageError
from attune.records.dataset import open_dataset
from attune.records.shards import open_set
from attune.records.test_sets import draw, freeze, open_test_sets
from attune.reporting.report import Report
from attune.runtime.step import Context
from attune.steps.verify.step import verify

SIZES = FreezeParams(general=20, personalization=10, safety=5, empathy=10)
Row = dict[str, Any]


def compiled(folder: Path, records: list[Row], *test_sets: Path, **params: Any) -> tuple[Report, Path]:
    return compile_records(folder, records, name="version", shard_rows=300, test_sets=tuple(map(str, test_sets)), **params)


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> tuple[list[Row], Path, Path]:
    folder = tmp_path_factory.mktemp("first")
    records = people(600, 2, 1, 60)
    _, version = compiled(folder, records, test_share=0.1, train_share=0.85)
    freeze(str(version), str(folder / "frozen"), SIZES, seed=17)
    return records, version, folder / "frozen"


def frozen_rows(frozen: Path) -> list[Row]:
    return [row for item in open_test_sets(str(frozen)).sets for row in rows(item)]


def test_the_sets_have_their_sizes_and_kinds_and_share_no_record(first: tuple[list[Row], Path, Path]) -> None:
    _, version, frozen = first
    manifest = json.loads((frozen / "manifest.json").read_bytes())
    assert {name: entry["records"] for name, entry in manifest["sets"].items()} == SIZES.model_dump()
    ids = [row["record_id"] for row in frozen_rows(frozen)]
    assert len(set(ids)) == len(ids) == 45
    assert set(ids) <= {row["record_id"] for row in split_rows(version, "test")}
    sets = open_test_sets(str(frozen))
    assert {example.metadata.category for example in sets.examples("safety")} == {"safety_ethics"}
    assert {example.metadata.category for example in sets.examples("empathy")} == {"empathetic_dialogue"}
    assert manifest["dataset"]["address"] == open_dataset(str(version)).address


def test_freezing_again_gives_the_same_bytes_and_other_records_are_refused(first: tuple[list[Row], Path, Path]) -> None:
    _, version, frozen = first
    before = {path: path.read_bytes() for path in sorted(frozen.rglob("*")) if path.is_file()}
    freeze(str(version), str(frozen), SIZES, seed=17)
    assert {path: path.read_bytes() for path in sorted(frozen.rglob("*")) if path.is_file()} == before
    with pytest.raises(UsageError, match="those never change"):
        freeze(str(version), str(frozen), SIZES, seed=18)
    assert {path: path.read_bytes() for path in sorted(frozen.rglob("*")) if path.is_file()} == before


def test_too_few_records_are_refused_with_numbers_or_frozen_on_request(
    first: tuple[list[Row], Path, Path], tmp_path: Path
) -> None:
    _, version, _ = first
    with pytest.raises(UsageError, match=r"safety: \d+ of 100.*general: \d+ of 500"):
        freeze(str(version), str(tmp_path / "frozen"), FreezeParams(), seed=17)
    assert not (tmp_path / "frozen").exists()
    manifest = freeze(str(version), str(tmp_path / "frozen"), FreezeParams(), seed=17, short=True)
    assert manifest["sets"]["safety"]["records"] < manifest["sets"]["safety"]["wanted"] == 100


def test_no_later_version_trains_on_a_frozen_record_or_on_anything_like_it(
    first: tuple[list[Row], Path, Path], tmp_path: Path
) -> None:
    records, _, frozen = first
    held = frozen_rows(frozen)
    generator = random.Random(2)
    returned = []
    for number, row in enumerate(held):
        question, text = row["messages"][0]["content"], row["messages"][1]["content"]
        other = {"record_id": f"r_back_{number}", "subject_id": f"back_{number}", "conversation_id": f"c_back_{number}"}
        returned.append(make_record(number, [question, edited(generator, text, 1)], **other))  # similarity about 0.9
    same_people = [
        make_record(number, ["hello", random_text(generator, 50)], record_id=f"r_more_{number}", subject_id=row["subject_id"])
        for number, row in enumerate(held[:10])
    ]
    second, version2 = compiled(tmp_path / "2", [*records, *returned, *same_people], frozen)
    third, version3 = compiled(tmp_path / "3", [*returned, *people(300, 2, 3, 60)], frozen)
    assert second.rows is not None
    assert third.rows is not None
    assert second.rows.rows_in == len(records) + len(returned) + len(same_people)
    assert second.rows.rejected["frozen_test_set"] >= 45 + len(same_people)
    assert third.rows.rejected == {"frozen_test_set": len(returned)}
    known = [shingles(row) for row in held]
    known_people = {row["subject_id"] for row in held}
    for version in (version2, version3):
        trained = [row for split in ("train", "validation") for row in split_rows(version, split)]
        assert not known_people & {row["subject_id"] for row in trained}
        assert max(similarity(shingles(row), one) for row in trained for one in known) < 0.8
        report = verify(str(version), "unused", VerifyParams(test_sets=(str(frozen),)), Context())
        assert report.failed_gates == []
        manifest = json.loads((version / "manifest.json").read_bytes())
        assert manifest["test_sets"] == [{"address": open_test_sets(str(frozen)).address, "records": 45}]
        assert str(frozen) not in json.dumps(manifest)
    left_out = Counter(row["reason"] for row in rows(open_set(f"{version2}/rejected")))
    assert left_out == second.rows.rejected


def test_the_leakage_gate_finds_frozen_records_that_came_back(first: tuple[list[Row], Path, Path], tmp_path: Path) -> None:
    _, _, frozen = first
    held = frozen_rows(frozen)
    _, version = compiled(tmp_path, people(200, 2, 4, 60))
    change(version, "train", lambda own: own[0].update(messages=held[0]["messages"]))
    change(version, "train", lambda own: say(own[1], held[1]["messages"][1]["content"].replace("a", "A") + " yes"))
    change(version, "validation", lambda own: own[0].update(subject_id=held[2]["subject_id"]))
    change(version, "test", lambda own: own[0].update(messages=held[3]["messages"]))  # there it may be
    report = verify(str(version), "unused", VerifyParams(test_sets=(str(frozen),)), Context())
    found = report.numbers["gates"]["leakage"]["violations"]
    assert found["record of a frozen test set"] == 1
    assert found["near duplicate of a frozen test set"] == 2
    assert found["person or conversation of a frozen test set"] == 1
    assert violations(verify(str(version), "unused", VerifyParams(), Context())).keys() == {"statistic is wrong"}


def test_frozen_test_sets_that_were_altered_are_named(first: tuple[list[Row], Path, Path], tmp_path: Path) -> None:
    _, version, _ = first
    frozen = tmp_path / "frozen"
    freeze(str(version), str(frozen), SIZES, seed=17)
    path = frozen / "safety" / "_shards.json"
    path.write_bytes(path.read_bytes() + b" ")
    with pytest.raises(RunError, match=r"safety/_shards.json is not what was frozen"):
        open_test_sets(str(frozen))
    with pytest.raises(UsageError, match="attune dataset freeze makes them"):
        open_test_sets(str(tmp_path))


@given(
    counts=st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 30)), min_size=1, max_size=8),
    size=st.integers(0, 60),
    seed=st.integers(0, 5),
)
def test_sets_are_drawn_in_proportion_whatever_the_order(counts: list[tuple[str, int]], size: int, seed: int) -> None:
    table = [
        {"record_id": f"{place}-{n}", "family": family, "category": "safety_ethics", "language": "en", "complexity": 1, "source": "x"}  # noqa: E501
        for place, (family, count) in enumerate(counts)
        for n in range(count)
    ]  # fmt: skip
    sizes = {"safety": size, "personalization": 0, "empathy": 0, "general": 0}
    chosen = draw(table, sizes, seed)["safety"]
    assert chosen == draw(table[::-1], sizes, seed)["safety"]
    assert len(chosen) == min(size, len(table))
    family_of = {row["record_id"]: row["family"] for row in table}
    totals, taken = Counter(family_of.values()), Counter(family_of[record] for record in chosen)
    for family, total in totals.items():
        assert abs(taken[family] - len(chosen) * total / len(table)) < 1
