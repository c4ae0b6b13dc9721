"""Versions that a careless or dishonest author could ship, gate by gate; all hashes in them are updated."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from compiled_version import compile_records
from dataset_forger import Row, change, check, seal, split_rows, violations
from foreign_version import make_splits, write_version
from record_factory import make_record, random_text

from attune.records.record import provenance


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sound")
    generator = random.Random(4)
    records = [
        make_record(n, [random_text(generator, 30) for _ in range(8)], subject_id=f"user_{n // 2}", conversation_id=f"c_{n}")
        for n in range(400)
    ]
    return compile_records(folder, records)[1]


def found(dataset: Path) -> set[str]:
    """Violations other than those of the statistics, which change with every text."""
    return violations(check(dataset)).keys() - {"statistic is wrong"}


def told(row: Row) -> str:
    return "\n".join(f"{message['role']}: {message['content']}" for message in row["messages"])


HIDDEN = "conversation of another split in a system prompt or rejected answer"
PART = "part of a conversation of another split"
NEAR = "near duplicate in two splits"


def _in_system(row: Row, test: Row) -> None:
    row["messages"].insert(0, {"role": "system", "content": "You are kind. Answer as in this example.\n" + told(test)})


def _in_rejected(row: Row, test: Row) -> None:
    row["rejected_response"] = told(test)


def _as_rejected(row: Row, test: Row) -> None:
    other = random_text(random.Random(5), 120)
    row["rejected_response"] = test["messages"][-1]["content"]
    row["messages"] = [*test["messages"][:-1], {"role": "assistant", "content": other}]


def _inside(row: Row, test: Row) -> None:
    row["messages"] = [*row["messages"], *test["messages"], *row["messages"][:2]]


def _beginning(row: Row, test: Row) -> None:
    row["messages"] = test["messages"][:6]


def _reordered(row: Row, test: Row) -> None:
    row["messages"] = [
        {**test["messages"][place], "role": ("user", "assistant")[place % 2]} for place in (4, 5, 2, 3, 0, 1, 6, 7)
    ]


def _swapped(row: Row, test: Row) -> None:
    other = {"user": "assistant", "assistant": "user"}
    row["messages"] = [{**message, "role": other[message["role"]]} for message in test["messages"]]


@pytest.mark.parametrize(
    ("forge", "expected"),
    [
        (_in_system, HIDDEN),
        (_in_rejected, HIDDEN),
        (_as_rejected, NEAR),
        (_inside, PART),
        (_beginning, PART),
        (_reordered, NEAR),
        (_swapped, NEAR),
    ],
)
def test_a_test_conversation_is_found_wherever_training_hides_it(
    dataset: Path, forge: Callable[[Row, Row], None], expected: str
) -> None:
    test = split_rows(dataset, "test")[3]
    change(dataset, "train", lambda rows: forge(rows[7], test))
    report = check(dataset)
    assert violations(report)[expected] == 1
    train = next(row for row in split_rows(dataset, "train")[7:8])
    example = next(item for item in report.numbers["gates"]["leakage"]["examples"] if item[0] == expected)
    assert example[1] == train["record_id"]
    assert test["record_id"] in example[2]


def test_a_validation_record_that_hides_a_test_conversation_is_found_too(dataset: Path) -> None:
    test = split_rows(dataset, "test")[0]
    change(dataset, "validation", lambda rows: _in_rejected(rows[0], test))
    assert found(dataset) == {HIDDEN}


def test_system_prompts_and_rejected_answers_of_their_own_are_no_leak(dataset: Path) -> None:
    def own(rows: list[Row]) -> None:
        generator = random.Random(6)
        for row in rows:
            row["messages"].insert(0, {"role": "system", "content": "You are a kind coach. Listen first. Ask one question."})
            row["rejected_response"] = random_text(generator, 60)

    for split in ("train", "validation", "test"):
        change(dataset, split, own)
    assert found(dataset) == set()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("scenario", "my husband left me last year in March"),
        ("relationship_stage", "they broke up. She told him that it was over"),
        ("language", "the user speaks English"),
        ("family", "Product"),
        ("family", "product "),
        ("conversation_id", "they talked about the flat"),
        ("license", "MIT\nand what she said was"),
    ],
)
def test_a_sentence_in_a_field_for_a_word_is_found(dataset: Path, name: str, value: str) -> None:
    change(dataset, "train", lambda rows: rows[0].update({name: value}))
    assert "field is missing or not of the contract" in found(dataset)


@pytest.mark.parametrize("value", ["money", "Family Conflict", "long_distance", "Depression, Anxiety", "in-laws & money", None])
def test_a_scenario_may_have_a_few_words(dataset: Path, value: str | None) -> None:
    change(dataset, "train", lambda rows: rows[0].update(scenario=value))
    assert found(dataset) == set()


@pytest.mark.parametrize(
    "subject",
    [
        "4711",
        "jo.doe@mail.example.org",
        "9b2d0c1e-5f3a-4c7b-8d6e-1a2b3c4d5e6f",
        "Jane Doe",
        "jane.doe",
        "+49 171 5550132",
        "jane",
    ],
)
def test_the_id_of_a_person_must_be_a_token(dataset: Path, subject: str) -> None:
    change(dataset, "train", lambda rows: rows[0].update(subject_id=subject))
    report = check(dataset)
    assert violations(report)["subject_id is no keyed token"] == 1
    assert "pii" in report.failed_gates
    assert subject not in json.dumps(report.numbers)


@pytest.mark.parametrize(
    "parents", [[{}], [None], ["somewhere"], [{"sha256": "short"}], [{"sha256": None}], [{"name": " "}], [{"rows": 5}]]
)
def test_a_parent_must_be_identified(dataset: Path, parents: list[Any]) -> None:
    seal(dataset, parents=parents)
    assert violations(check(dataset)) == {"parent is not named": 1}


@pytest.mark.parametrize("name", ["subject_id", "conversation_id", "cluster_id"])
def test_the_same_person_under_another_case_of_letters_is_the_same(dataset: Path, name: str) -> None:
    change(dataset, "test", lambda rows: rows[0].update({name: "user_Abc"}))
    change(dataset, "train", lambda rows: rows[0].update({name: "USER_aBC"}))
    assert {"person in two splits", "conversation in two splits", "duplicate cluster in two splits"} & found(dataset)


def test_copies_of_one_text_do_not_cover_a_family(dataset: Path) -> None:
    def copy(rows: list[Row]) -> None:
        for row in rows[:120]:
            row.update(family="cptsd", messages=rows[0]["messages"])

    change(dataset, "train", copy)
    report = check(dataset, required_families={"cptsd": 100})
    assert violations(report)["required family has too few records"] == 1
    assert "1 of at least 100" in json.dumps(report.numbers["gates"]["coverage"])


def test_a_record_without_text_is_found(dataset: Path) -> None:
    change(dataset, "train", lambda rows: rows[0].update(messages=[{"role": "user", "content": " …"}]))
    assert "field is missing or not of the contract" in found(dataset)


def test_a_generated_record_under_another_source_is_found(dataset: Path) -> None:
    made = "synthesize with synthetic_generator 1.0.0 (sha256 0123456789ab)"
    change(dataset, "train", lambda rows: rows[0].update(provenance=provenance("synthesize", "1", made)))
    report = check(dataset)
    assert violations(report)["synthetic record under another source"] == 1
    assert "distribution" in report.failed_gates


def test_one_synthetic_record_more_than_the_share_is_too_many(dataset: Path) -> None:
    def some(rows: list[Row], count: int) -> None:
        for row in rows[:count]:
            row["source"] = "synthetic"

    change(dataset, "test", lambda rows: some(rows, 6))
    assert len(split_rows(dataset, "test")) == 20
    assert found(dataset) == set()
    change(dataset, "test", lambda rows: some(rows, 7))
    assert found(dataset) == {"too much is synthetic"}


def test_a_record_from_the_future_is_found(dataset: Path) -> None:
    change(dataset, "train", lambda rows: rows[0].update(created_at=datetime(2031, 1, 1, tzinfo=UTC)))
    assert found(dataset) == {"field is missing or not of the contract"}


@pytest.mark.parametrize("value", [float("nan"), True, None, "7.5", [7.5]])
def test_a_statistic_that_is_no_number_is_wrong(dataset: Path, value: Any) -> None:
    path = dataset / "statistics.json"
    statistics = json.loads(path.read_bytes())
    statistics["total"]["mean_quality"] = value
    path.write_text(json.dumps(statistics))
    seal(dataset)
    assert violations(check(dataset)) == {"statistic is wrong": 1}


def test_numbers_that_agree_in_sum_but_not_by_family_are_wrong(dataset: Path) -> None:
    path = dataset / "statistics.json"
    statistics = json.loads(path.read_bytes())
    statistics["splits"]["train"]["records"] -= 5
    statistics["splits"]["test"]["records"] += 5
    path.write_text(json.dumps(statistics))
    seal(dataset)
    assert violations(check(dataset)) == {"statistic is wrong": 2}


@pytest.mark.parametrize("name", ["manifest.json", "statistics.json", "croissant.json"])
def test_a_key_that_a_file_holds_twice_is_found(dataset: Path, name: str) -> None:
    path = dataset / name
    text = path.read_text("utf-8")
    if name == "manifest.json":
        text = text.replace('  "name":', '  "name": "another",\n  "name":', 1)
    else:
        first = next(iter(json.loads(text)))
        text = text.replace("{", "{" + json.dumps(first) + ": 1,", 1)
    path.write_text(text, "utf-8")
    if name != "manifest.json":
        seal(dataset)
    assert "key is there twice" in found(dataset)


def test_a_croissant_description_of_another_version_is_found(dataset: Path) -> None:
    path = dataset / "croissant.json"
    described = json.loads(path.read_bytes())
    shard = next(entry for entry in described["distribution"] if entry.get("sha256"))
    shard["sha256"] = "0" * 64
    path.write_text(json.dumps(described | {"alternateName": "v9_20200101"}))
    seal(dataset)
    assert violations(check(dataset)) == {"Croissant description is of other files": 2}


def test_a_manifest_of_another_format_is_found(dataset: Path) -> None:
    seal(dataset, schema_version="99")
    assert violations(check(dataset)) == {"format is another one": 1}


def test_a_shard_with_invalid_utf_8_is_a_violation_and_not_an_error(dataset: Path) -> None:
    path = dataset / "train" / "part-00000.parquet"
    table = pq.read_table(path)
    raw = pa.array([b"\xff\xfe"] * len(table), pa.binary())
    bad = pa.Array.from_buffers(pa.string(), len(raw), raw.buffers())
    place = table.column_names.index("scenario")
    pq.write_table(table.set_column(place, "scenario", bad), path)
    seal(dataset)
    assert "file cannot be read" in found(dataset)


def test_a_version_without_records_and_one_with_a_single_record_fail(dataset: Path, tmp_path: Path) -> None:
    write_version(tmp_path / "single", make_splits(1, 0, 0))
    assert "coverage" in check(tmp_path / "single").failed_gates
    for part in dataset.glob("*/*.parquet"):
        part.unlink()
    manifest = json.loads((dataset / "manifest.json").read_bytes())
    seal(dataset, files={name: entry for name, entry in manifest["files"].items() if not name.endswith(".parquet")})
    assert violations(check(dataset))["no record can be read"] == 1


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("write to jo at mail dot example dot com", "e-mail address in the text"),
        ("ring 415 555 0132 tonight", "phone number in the text"),
    ],
)
def test_identifiers_that_are_spelt_out_are_found(dataset: Path, text: str, expected: str) -> None:
    change(dataset, "train", lambda rows: rows[0]["messages"][0].update(content=text))
    assert found(dataset) == {expected}
