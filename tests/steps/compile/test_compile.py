from __future__ import annotations

import hashlib
import json
import random
from collections import Counter, defaultdict
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from jsonschema import Draft202012Validator
from record_factory import (
    AS_OF,
    edited,
    files,
    make_record,
    people,
    random_text,
    record_lists,
    record_stream,
    rows,
    shingles,
    similarity,
    write_set,
)

from attune.config.params import CompileParams, RunParams
from attune.errors import RunError, UsageError
from attune.records.dataset import open_dataset
from attune.records.record import SPLITS, content_hash, to_table
from attune.records.record import provenance as origin_of
from attune.records.shards import QUARANTINED, REJECTED, ShardSetWriter, open_set
from attune.reporting.report import Report, report_json
from attune.runtime.step import Context
from attune.steps.compile.step import compile as compile_dataset
from attune.text.normalization import NORMALIZATION_VERSION

RUN = RunParams(shard_rows=150)


def run_compile(
    folder: Path, records: list[dict[str, Any]], *, shard_rows: int = 100, seed: int = 17, **params: Any
) -> tuple[Report, str]:
    inputs = write_set(folder / "in", records, shard_rows)
    output = str(folder / "out")
    return compile_dataset([inputs], output, CompileParams(**params), Context(seed=seed), run=RUN), output


def by_split(output: str) -> dict[str, list[dict[str, Any]]]:
    return {split: rows(open_set(f"{output}/{split}")) for split in SPLITS}


def rejected(output: str) -> list[dict[str, Any]]:
    return rows(open_set(f"{output}/{REJECTED}"))


def lines(output: str, name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (Path(output) / name).read_text("utf-8").splitlines()]


def test_the_shares_are_met_as_closely_as_groups_allow(tmp_path: Path) -> None:
    report, output = run_compile(tmp_path, people(400, 3))
    assert report.numbers["splits"] == {"train": 1080, "validation": 60, "test": 60}
    assert report.numbers["groups"] == 400
    assert {split: len(found) for split, found in by_split(output).items()} == report.numbers["splits"]


def test_compile_says_so_where_no_record_has_a_date_to_name_the_version_for(tmp_path: Path) -> None:
    records = people(20, 1, created_at=None)
    with ShardSetWriter(str(tmp_path / "in"), "ingest", to_table([]).schema, 100, None) as writer:
        writer.write(to_table(records))
    for as_of, version in ((None, "v1_19700101"), (AS_OF, "v1_20261031")):
        context = Context(seed=17, as_of=as_of)
        report = compile_dataset([str(tmp_path / "in")], str(tmp_path / version), CompileParams(), context, run=RUN)
        assert report.numbers["version"] == version
        assert ("set run.as_of to the day of the data" in report.lead) == (as_of is None)


def test_every_family_has_its_share_in_every_split(tmp_path: Path) -> None:
    records = (
        people(300, 2, 1, family="product")
        + people(200, 1, 2, family="mental_health_datasets")
        + people(97, 1, 3, family="roleplay_simulator")
    )
    _, output = run_compile(tmp_path, records)
    counts = {split: Counter(row["family"] for row in found) for split, found in by_split(output).items()}
    for family, total in Counter(record["family"] for record in records).items():
        for split in ("validation", "test"):
            assert counts[split][family] == pytest.approx(0.05 * total, abs=2.5)


def test_a_held_out_family_is_in_test_only(tmp_path: Path) -> None:
    records = people(300, 2, 1) + people(40, 1, 2, family="sarcasm") + people(100, 1, 3, family="voice_persona")
    _, output = run_compile(tmp_path, records)
    families = {split: Counter(row["family"] for row in found) for split, found in by_split(output).items()}
    assert families["train"]["sarcasm"] == families["validation"]["sarcasm"] == 0
    assert families["test"]["sarcasm"] == 40
    assert 20 <= families["test"]["voice_persona"] <= 30  # 20 % held out, and 5 % of the rest by lot
    assert families["train"]["voice_persona"] > 60


def test_users_with_one_long_session_do_not_all_leave_training(tmp_path: Path) -> None:
    records = people(200, 5)
    for number in range(0, len(records), 5):
        records[number]["family"] = "long_running_therapy"
    report, output = run_compile(tmp_path, records)
    splits = by_split(output)
    assert len(splits["train"]) >= 0.85 * sum(record["family"] == "product" for record in records)
    assert {row["family"] for row in splits["train"]} == {"product"}
    held_out = Counter(row["reason"] for row in rejected(output))["holdout_outside_test"]
    in_test = sum(row["family"] == "long_running_therapy" for row in splits["test"])
    assert in_test > 0
    assert held_out + in_test == 200
    assert report.rows is not None
    assert report.rows.rejected["holdout_outside_test"] == held_out


def test_near_duplicates_in_other_families_are_removed_and_similar_records_share_a_split(tmp_path: Path) -> None:
    generator = random.Random(4)
    records = []
    for number in range(150):
        text = random_text(generator, 200)
        records.append(make_record(3 * number, ["hi", text], quality_score=9.0))
        records.append(
            make_record(3 * number + 1, ["hi", edited(generator, text, 1)], family="mental_health_datasets")
        )  # J about 0.97
        records.append(make_record(3 * number + 2, ["hi", edited(generator, text, 4)]))  # J about 0.89
    report, output = run_compile(tmp_path, records)
    assert report.rows is not None
    assert dict(report.rows.rejected) == {"near_duplicate": 150}
    assert report.numbers["groups"] == 150
    split_of = {row["record_id"]: split for split, found in by_split(output).items() for row in found}
    for number in range(150):
        assert split_of[records[3 * number]["record_id"]] == split_of[records[3 * number + 2]["record_id"]]


def test_no_split_is_empty_where_most_of_the_input_is_synthetic(tmp_path: Path) -> None:
    report, output = run_compile(tmp_path, people(100, 1, 1) + people(2_500, 1, 2, source="synthetic"))
    sizes = {split: len(found) for split, found in by_split(output).items()}
    assert sum(sizes.values()) == pytest.approx(142, abs=4)  # 100 real ones, and 3 synthetic ones to 7 of these
    assert min(sizes.values()) >= 5
    assert sum(report.numbers["synthetic"].values()) <= 42


def test_no_split_has_more_synthetic_records_than_allowed(tmp_path: Path) -> None:
    records = people(200, 1, 1) + people(300, 1, 2, source="synthetic")
    report, output = run_compile(tmp_path, records)
    for found in by_split(output).values():
        share = sum(row["source"] == "synthetic" for row in found) / len(found)
        assert 0.2 < share <= 0.3
    reasons = Counter(row["reason"] for row in rejected(output))
    assert reasons == {"synthetic_share": 300 - sum(report.numbers["synthetic"].values())}
    kept = [row["quality_score"] for row in by_split(output)["train"] if row["source"] == "synthetic"]
    gone = [row["quality_score"] for row in rejected(output)]
    assert sum(kept) / len(kept) > sum(gone) / len(gone)


def test_records_that_require_review_are_left_out(tmp_path: Path) -> None:
    records = people(100, 1)
    for record in records[:5]:
        record["pii_status"] = "requires_review"
    # An exact copy of one of them is clean: it stays, because nobody stands for it.
    records.append({**records[0], "record_id": "r_copy", "pii_status": "clean"})
    _, output = run_compile(tmp_path, records)
    assert Counter(row["reason"] for row in rejected(output)) == {"requires_review": 5}
    assert "r_copy" in {row["record_id"] for found in by_split(output).values() for row in found}


def test_the_same_set_given_twice_adds_nothing(tmp_path: Path) -> None:
    inputs = write_set(tmp_path / "in", people(50, 2))
    report = compile_dataset([inputs, inputs], str(tmp_path / "out"), CompileParams(), Context(), run=RUN)
    assert report.rows is not None
    assert report.rows.kept == 100
    assert dict(report.rows.rejected) == {"repeated_record_id": 100}


def test_a_record_that_was_not_scored_is_quarantined_and_the_field_is_named(tmp_path: Path) -> None:
    records = people(200, 1)
    records[3]["category"] = None
    records[7]["complexity"] = 9
    _, output = run_compile(tmp_path, records)
    errors = {row["record_id"]: row["error"] for row in rows(open_set(f"{output}/{QUARANTINED}"))}
    assert errors.keys() == {records[3]["record_id"], records[7]["record_id"]}
    assert errors[records[3]["record_id"]].startswith("category is missing")
    assert errors[records[7]["record_id"]].startswith("complexity is missing")


def test_a_record_that_violates_the_contract_is_quarantined_and_the_violation_is_named(tmp_path: Path) -> None:
    faults: dict[str, dict[str, Any]] = {
        "subject_id is no keyed token": {"subject_id": "ann.lee"},
        "family is not of the contract": {"family": "Some Family"},
        "content_hash is not that of the messages": {"content_hash": "a" * 64},
        "provenance is missing or does not follow from its parts": {
            "provenance": {"id": "p_1", "origin": "tests", "locator": "1", "made_by": "extract"}
        },
        "a generator made it, but source is not synthetic": {"provenance": origin_of("tests", "x", "synthesize 1")},
        "scenario is not of the contract": {"scenario": "a sentence that tells of somebody and goes on and on"},
        "tags holds what is no tag": {"tags": ["a tag with words"]},
        "nothing is said in it": {"messages": [{"role": "user", "content": "…"}, {"role": "assistant", "content": "😅"}]},
        "a message has no known role or says nothing": {
            "messages": [{"role": "user", "content": "help"}, {"role": "assistant", "content": " "}]
        },
        "created_at is after the day that the version is of (run.as_of)": {"created_at": AS_OF + timedelta(days=3)},
    }
    records = people(60, 1)
    wrong = [make_record(1_000 + number, "some words", **changes) for number, changes in enumerate(faults.values())]
    inputs = write_set(tmp_path / "in", records + wrong)
    run = RunParams(quarantine_limit=0.5)
    report = compile_dataset([inputs], str(tmp_path / "out"), CompileParams(), Context(), run=run)
    assert report.rows is not None
    assert report.rows.quarantined == dict.fromkeys(sorted(faults), 1)
    assert report.rows.kept == 60


@pytest.mark.parametrize(
    ("params", "said"),
    [
        ({"max_synthetic_share": 0.5}, r"compile.max_synthetic_share is 0.5: at most 0.3 of any split"),
        ({"validation_share": 0, "test_share": 0.1}, r"compile.validation_share is 0: no split may be empty"),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
def test_a_version_that_could_not_pass_verify_is_refused(params: dict[str, Any], said: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=said):
        run_compile(tmp_path, people(60, 1), **params)


def test_records_that_were_never_scored_fail_the_step_with_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(RunError, match=r"20 of 20 rows.*run score first"):
        run_compile(tmp_path, people(20, 1, category=None))
    with pytest.raises(UsageError, match=r"manifest.json is missing"):
        open_dataset(str(tmp_path / "out"))


def test_the_manifest_can_be_checked_with_sha256sum_alone(tmp_path: Path) -> None:
    _, output = run_compile(tmp_path, people(100, 2))
    manifest = json.loads((Path(output) / "manifest.json").read_bytes())
    listed = ""
    for name, entry in sorted(manifest["files"].items()):
        content = (Path(output) / name).read_bytes()
        assert (entry["sha256"], entry["bytes"]) == (hashlib.sha256(content).hexdigest(), len(content))
        listed += f"{entry['sha256']}  {name}\n"
    assert manifest["address"] == hashlib.sha256(listed.encode()).hexdigest()
    on_disk = {name for name in files(output) if name.split("/")[0] not in {REJECTED, QUARANTINED, "manifest.json"}}
    assert on_disk == set(manifest["files"])
    assert manifest["version"] == "v1_20261031"
    assert manifest["text_normalization"] == NORMALIZATION_VERSION
    assert str(tmp_path) not in json.dumps(manifest)


def test_the_export_follows_its_schema_and_agrees_with_the_shards(tmp_path: Path) -> None:
    _, output = run_compile(tmp_path, people(60, 2, created_at=None) + people(20, 1, 9, license="CC0"))
    validator = Draft202012Validator(json.loads((Path(output) / "schema.json").read_bytes()))
    examples, provenances = lines(output, "compiled.jsonl"), lines(output, "provenance.jsonl")
    shard_rows = [row for split in SPLITS for row in by_split(output)[split]]
    assert len(examples) == len(provenances) == len(shard_rows) == 140
    for example, provenance, row in zip(examples, provenances, shard_rows, strict=True):
        validator.validate(example)
        assert example["messages"] == row["messages"]
        assert example["metadata"]["content_hash"] == content_hash(row["messages"])
        assert example["metadata"]["split"] == row["split"] == provenance["split"]
        assert provenance["provenance"] == row["provenance"]
        assert example["metadata"]["record_id"] == row["record_id"] == provenance["record_id"]
    dataset = open_dataset(output)
    dataset.check()
    assert [item.metadata.record_id for split in SPLITS for item in dataset.examples(split)] == [
        row["record_id"] for row in shard_rows
    ]


def test_statistics_agree_with_a_recount(tmp_path: Path) -> None:
    report, output = run_compile(tmp_path, people(80, 2) + people(30, 1, 5, family="sarcasm"))
    statistics = json.loads((Path(output) / "statistics.json").read_bytes())
    for split, found in by_split(output).items():
        own = statistics["splits"][split]
        assert own["records"] == len(found) == report.numbers["splits"][split]
        assert own["family"] == dict(Counter(row["family"] for row in found))
        assert own["category"] == dict(Counter(row["category"] for row in found))
        assert own["words"] == sum(len(m["content"].split()) for row in found for m in row["messages"])
        assert own["mean_quality"] == pytest.approx(sum(row["quality_score"] for row in found) / len(found), abs=1e-3)
    assert statistics["total"]["records"] == report.rows.kept if report.rows else False


def test_reading_a_changed_shard_names_the_shard(tmp_path: Path) -> None:
    _, output = run_compile(tmp_path, people(60, 2))
    part = Path(output) / "train" / "part-00000.parquet"
    part.write_bytes(part.read_bytes()[:-1] + b"!")
    with pytest.raises(RunError, match=r"train/part-00000.parquet: its bytes"):
        open_dataset(output).check()


@given(records=record_lists(60))
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture])
def test_no_row_is_lost_no_group_is_split_and_the_shard_size_of_the_input_does_not_matter(
    records: list[dict[str, Any]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    for record in records:
        record["quality_score"] = record["quality_score"] or 7.0
    outputs = []
    for shard_rows in (9, 1_000):
        try:
            report, output = run_compile(tmp_path_factory.mktemp("compile"), records, shard_rows=shard_rows)
        except UsageError:
            assert not outputs  # too few groups are too few, however the input is cut
            return
        outputs.append((files(output), report_json(report)))
    # The inputs' own hash is part of the manifest, and so of its seal; nothing else may differ.
    for content, _ in outputs:
        lines_left = (line for line in content["manifest.json"].splitlines() if b"sha256" not in line and b'"seal"' not in line)
        content["manifest.json"] = b"".join(lines_left)
    assert outputs[0] == outputs[1]
    splits = by_split(output)
    everyone = [row for found in splits.values() for row in found]
    assert Counter(row["record_id"] for row in [*everyone, *rejected(output)]) == Counter(
        record["record_id"] for record in records
    )
    homes: dict[tuple[str, str], set[str]] = defaultdict(set)
    for row in everyone:
        for key in ("subject_id", "conversation_id", "cluster_id"):
            if row[key] is not None:
                homes[key, row[key]].add(row["split"])
    assert all(len(found) == 1 for found in homes.values())
    assert all(row["split"] == "test" for row in everyone if row["family"] == "sarcasm")
    for found in splits.values():
        synthetic = sum(row["source"] == "synthetic" for row in found)
        assert synthetic <= 0.3 * len(found)
    sets = [(row["split"], shingles(row)) for row in everyone if len(row["messages"][-1]["content"].split()) > 8]
    for place, (split, own) in enumerate(sets):
        assert all(similarity(own, other) < 0.85 for home, other in sets[:place] if home != split)


@pytest.mark.slow
def test_the_number_of_workers_does_not_matter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("attune.steps.compile.step._POOL_ROWS", 100)
    inputs = write_set(tmp_path / "in", record_stream(900, seed=3), 130)
    written = []
    for workers in (1, 2):
        output = str(tmp_path / f"out-{workers}")
        report = compile_dataset([inputs], output, CompileParams(), Context(workers=workers), run=RUN)
        written.append((files(output), report_json(report)))
    assert written[0] == written[1]


@pytest.mark.parametrize(
    ("records", "said"),
    [
        ([], r"^compile: no record is left for a version; bring records of more people"),
        (people(40, 1, source="synthetic"), r"^compile: no record .*40 synthetic_share\); at most 30% .* bring more .* not$"),
        (people(2, 30), r"^compile: 60 records, .* 2 groups .* are too few for train, validation and test: .* more people"),
        (people(30, 1, family="sarcasm"), r"^compile: 30 records, .* 0 groups outside of held-out families are too few"),
    ],
    ids=["nothing", "all synthetic", "two people", "held-out families only"],
)
def test_input_that_cannot_fill_three_splits_is_refused_in_one_line(
    records: list[dict[str, Any]], said: str, tmp_path: Path
) -> None:
    with pytest.raises(UsageError, match=said) as refused:
        run_compile(tmp_path, records)
    assert "\n" not in str(refused.value)
    assert not (tmp_path / "out" / "manifest.json").exists()


def test_another_seed_assigns_groups_differently(tmp_path: Path) -> None:
    drawn = []
    for seed in (1, 2):
        _, output = run_compile(tmp_path / str(seed), people(200, 1), seed=seed)
        drawn.append({row["record_id"] for row in by_split(output)["test"]})
    assert drawn[0] != drawn[1]
