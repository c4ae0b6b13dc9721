"""Each gate fails on a planted violation of its kind; the version without it passes all gates."""

from __future__ import annotations

import json
import random
import shutil
from pathlib import Path

import pytest
from compiled_version import compile_records
from dataset_forger import Row, change, check, read_lines, say, seal, split_rows, violations, write_lines
from record_factory import edited, make_record, random_text, shingles, similarity, write_set

from attune.config.params import CompileParams, RunParams, VerifyParams
from attune.errors import UsageError
from attune.records.dataset import open_dataset
from attune.records.record import provenance
from attune.reporting.page import render_page
from attune.reporting.report import report_json
from attune.runtime.step import Context
from attune.steps.compile.step import compile as compile_dataset
from attune.steps.verify.gate_evaluation import GATES
from attune.steps.verify.step import verify


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sound")
    generator = random.Random(1)
    records = [make_record(n, ["hello", random_text(generator, 40)], subject_id=f"user_{n // 2}") for n in range(600)]
    records += [make_record(n, ["hi", random_text(generator, 30)], family="sarcasm", subject_id=None) for n in range(600, 630)]
    records += [
        make_record(n, ["hi", random_text(generator, 30)], family="voice_persona", source="synthetic", subject_id=None)
        for n in range(630, 690)
    ]
    return compile_records(folder, records, shard_rows=200)[1]


def test_a_valid_version_passes_all_eight_gates(sound: Path) -> None:
    report = check(sound)
    assert violations(report) == {}
    assert report.failed_gates == []
    assert tuple(report.numbers["gates"]) == GATES
    assert report.numbers["records"] == sum(report.numbers["splits"].values()) > 600


def test_records_without_a_subject_do_not_count_as_a_person(sound: Path) -> None:
    assert "people: 300, records: 690" in render_page(check(sound))


def test_the_report_is_the_same_every_time_and_holds_no_path(sound: Path) -> None:
    first, second = report_json(check(sound)), report_json(check(sound))
    assert first == second
    assert str(sound).encode() not in first


def test_coverage_fails_when_a_required_family_is_missing(sound: Path) -> None:
    report = check(sound, required_families={"product": 100, "cptsd": 1, "sarcasm": 31})
    assert report.failed_gates == ["coverage"]
    assert violations(report) == {"required family has too few records": 2}
    assert ["required family has too few records", "cptsd", "0 of at least 1"] in report.numbers["gates"]["coverage"][
        "examples"
    ]


def test_leakage_fails_on_the_same_content_in_two_splits(dataset: Path) -> None:
    stolen = split_rows(dataset, "test")[0]["messages"]
    change(dataset, "train", lambda rows: rows[0].update(messages=stolen))
    report = check(dataset)
    assert {"same content in two splits", "near duplicate in two splits"} <= violations(report).keys()
    assert "leakage" in report.failed_gates


@pytest.mark.parametrize(("edits", "caught"), [(3, True), (10, False)])
def test_leakage_fails_on_a_near_duplicate_with_edits_up_to_the_threshold(dataset: Path, edits: int, caught: bool) -> None:
    generator = random.Random(7)
    text = random_text(generator, 150)
    change(dataset, "validation", lambda rows: say(rows[1], text))
    near = edited(generator, text, edits)
    change(dataset, "train", lambda rows: say(rows[3], near))
    exact = similarity(*(shingles({"messages": [{"role": "user", "content": item}]}) for item in (text, near)))
    assert (exact >= 0.85) is caught
    report = check(dataset)
    assert ("leakage" in report.failed_gates) is caught
    assert violations(report).get("near duplicate in two splits", 0) == caught


def test_leakage_fails_on_a_near_duplicate_between_validation_and_test(dataset: Path) -> None:
    text = random_text(random.Random(8), 60)
    change(dataset, "validation", lambda rows: say(rows[0], text))
    change(dataset, "test", lambda rows: say(rows[0], text.upper()))
    assert violations(check(dataset))["near duplicate in two splits"] == 1


def test_distribution_fails_when_a_share_is_off(dataset: Path) -> None:
    assert "distribution" not in check(dataset).failed_gates
    report = check(dataset, category_tolerance=0.05)
    assert report.failed_gates == ["distribution"]
    assert violations(report)["share of a category is off"] >= 1
    params = json.loads((dataset / "manifest.json").read_bytes())["params"]
    seal(dataset, params=params | {"train_share": 0.8, "validation_share": 0.1, "test_share": 0.1})
    assert violations(check(dataset))["share of a split is off"] == 3


def test_distribution_fails_when_too_much_is_synthetic(dataset: Path) -> None:
    change(dataset, "train", lambda rows: [row.update(source="synthetic") for row in rows])
    assert violations(check(dataset))["too much is synthetic"] == 1


@pytest.mark.parametrize(
    ("text", "check_name"),
    [
        ("the code was CANARY-7f3a9c so we went on", "canary survived"),
        ("write to jo.doe@mail.example.org if you can", "e-mail address in the text"),
        ("call me at 415-555-0132 tonight", "phone number in the text"),
        ("ruf mich an, +49 171 5550132, bitte", "phone number in the text"),
        ("my card is 4111 1111 1111 1111 they said", "payment card number in the text"),
        ("his number 123-45-6789 was on it", "social security number in the text"),
    ],
)
def test_pii_fails_on_what_a_second_scan_finds(dataset: Path, text: str, check_name: str) -> None:
    change(dataset, "train", lambda rows: say(rows[5], text))
    report = check(dataset)
    assert violations(report)[check_name] == 1
    assert "pii" in report.failed_gates
    assert text not in report_json(report).decode()


def test_pii_passes_with_help_lines_ratings_and_years(dataset: Path) -> None:
    text = "call 988 or 1-800-273-8255, since 2019-2020 it was 10 out of 10, 3.5 hours, room 1234 5678"
    change(dataset, "train", lambda rows: say(rows[5], text))
    assert "pii" not in check(dataset).failed_gates


def test_pii_fails_on_a_record_that_a_person_must_review(dataset: Path) -> None:
    change(dataset, "test", lambda rows: rows[0].update(pii_status="requires_review"))
    assert violations(check(dataset))["pii_status is not clean or redacted"] == 1


def test_provenance_fails_without_and_with_a_forged_origin(dataset: Path) -> None:
    def forge(rows: list[Row]) -> None:
        rows[0]["provenance"] = {"id": None, "origin": "", "locator": "", "made_by": ""}
        rows[1]["provenance"] = {**provenance("elsewhere", "1", "extract"), "origin": "here"}

    change(dataset, "train", forge)
    found = violations(check(dataset))
    assert found["provenance is missing"] == found["provenance id does not follow from its parts"] == 1


def test_provenance_fails_when_the_list_of_prompts_differs_from_the_records(dataset: Path) -> None:
    label = "extract; judged by quality_evaluator 1.2.0 (sha256 0123456789ab) with some-model"

    def judge(rows: list[Row]) -> None:
        for row in rows[:3]:
            row["provenance"] = provenance(row["provenance"]["origin"], row["provenance"]["locator"], label)

    change(dataset, "train", judge)
    seal(dataset, made_by={})
    assert violations(check(dataset)) == {"list of prompts differs from the records": 1}
    honest = [{"name": "quality_evaluator", "version": "1.2.0", "sha256": "0123456789ab", "records": 3}]
    seal(dataset, prompts=honest)
    assert violations(check(dataset)) == {}
    for wrong in (
        [{**honest[0], "records": 4}],
        [{**honest[0], "version": "1.2.1"}],
        [*honest, {**honest[0], "name": "other"}],
    ):
        seal(dataset, prompts=wrong)
        assert "list of prompts differs from the records" in violations(check(dataset))


def test_provenance_fails_on_a_line_that_is_wrong_or_missing(dataset: Path) -> None:
    lines = read_lines(dataset / "provenance.jsonl")
    lines[2]["provenance"]["locator"] = "another"
    write_lines(dataset / "provenance.jsonl", lines[:-2])
    seal(dataset)
    report = check(dataset)
    assert report.failed_gates == ["provenance"]
    assert violations(report)["provenance line is wrong or missing"] == 3


@pytest.mark.parametrize("name", ["train/part-00000.parquet", "compiled.jsonl", "README.md", "validation/_shards.json"])
def test_hash_fails_on_one_changed_byte_and_names_the_file(dataset: Path, name: str) -> None:
    path = dataset / name
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(bytes(content))
    report = check(dataset)
    assert "hash" in report.failed_gates
    assert any(name == example[1] for example in report.numbers["gates"]["hash"]["examples"])


def test_hash_fails_on_a_missing_a_truncated_and_an_added_file(dataset: Path) -> None:
    (dataset / "schema.json").unlink()
    shard = dataset / "train" / "part-00001.parquet"
    shard.write_bytes(shard.read_bytes()[:1000])
    shutil.copy(dataset / "test" / "part-00000.parquet", dataset / "test" / "part-00009.parquet")
    found = violations(check(dataset))
    for name in ("file is missing", "size differs from the manifest", "file cannot be read", "file is not in the manifest"):
        assert found[name] == 1


def test_hash_fails_on_a_wrong_content_hash_and_a_wrong_export_line(dataset: Path) -> None:
    change(dataset, "train", lambda rows: rows[4].update(content_hash="0" * 64), rehash=False)
    lines = read_lines(dataset / "compiled.jsonl")
    lines[9]["messages"][-1]["content"] += " indeed"
    write_lines(dataset / "compiled.jsonl", lines)
    seal(dataset)
    report = check(dataset)
    assert report.failed_gates == ["hash"]
    assert violations(report) == {"content_hash is wrong": 1, "export line is wrong or missing": 1}


def test_split_fails_on_a_held_out_family_in_train(dataset: Path) -> None:
    change(dataset, "train", lambda rows: rows[0].update(family="sarcasm"))
    report = check(dataset)
    assert "split" in report.failed_gates
    assert violations(report)["held-out family outside of test"] == 1


def test_split_fails_when_too_little_of_a_family_is_held_out(dataset: Path) -> None:
    change(dataset, "train", lambda rows: [row.update(family="voice_persona") for row in rows[:150]])
    assert violations(check(dataset))["too little of a family is held out"] == 1


@pytest.mark.parametrize(
    ("key", "check_name"),
    [
        ("subject_id", "person in two splits"),
        ("conversation_id", "conversation in two splits"),
        ("cluster_id", "duplicate cluster in two splits"),
        ("record_id", "record_id is not unique"),
    ],
)
def test_split_fails_when_a_group_is_in_two_splits(dataset: Path, key: str, check_name: str) -> None:
    change(dataset, "test", lambda rows: rows[0].update({key: "shared"}))
    change(dataset, "train", lambda rows: rows[0].update({key: "shared"}))
    report = check(dataset)
    assert violations(report)[check_name] == 1
    assert "split" in report.failed_gates


def test_split_fails_on_a_record_in_the_wrong_folder(dataset: Path) -> None:
    change(dataset, "validation", lambda rows: rows[0].update(split="train"))
    assert violations(check(dataset))["split differs from its folder"] == 1


def test_statistics_fail_on_one_wrong_number(dataset: Path) -> None:
    path = dataset / "statistics.json"
    statistics = json.loads(path.read_bytes())
    statistics["splits"]["test"]["family"]["sarcasm"] += 1
    statistics["total"]["mean_quality"] += 0.01
    path.write_text(json.dumps(statistics))
    seal(dataset)
    report = check(dataset)
    assert report.failed_gates == ["statistics"]
    places = [example[1] for example in report.numbers["gates"]["statistics"]["examples"]]
    assert places == ["splits.test.family.sarcasm", "total.mean_quality"]


def test_statistics_fail_when_they_are_missing(dataset: Path) -> None:
    (dataset / "statistics.json").write_text("{")
    seal(dataset)
    assert check(dataset).failed_gates == ["hash", "statistics"]


def test_a_folder_without_a_manifest_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"manifest.json is missing"):
        check(tmp_path)
    (tmp_path / "manifest.json").write_text("[]")
    with pytest.raises(UsageError, match="lists no files"):
        check(tmp_path)


def test_a_version_is_written_to_and_verified_in_an_object_store(tmp_path: Path) -> None:
    generator = random.Random(1)
    records = [make_record(n, ["hello", random_text(generator, 40)]) for n in range(300)]
    inputs = write_set(tmp_path / "in", records)
    store = "memory://bucket/final_dataset"
    for output in (store, str(tmp_path / "local")):
        compile_dataset([inputs], output, CompileParams(), Context(), run=RunParams(shard_rows=200))
    report = verify(store, "unused", VerifyParams(), Context())
    assert report.failed_gates == []
    assert open_dataset(store).manifest == open_dataset(str(tmp_path / "local")).manifest


@pytest.mark.slow
def test_the_number_of_workers_does_not_matter(sound: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("attune.steps.verify.step._POOL_ROWS", 100)
    reports = [verify(str(sound), "unused", VerifyParams(), Context(workers=workers)) for workers in (1, 2)]
    assert report_json(reports[0]) == report_json(reports[1])
