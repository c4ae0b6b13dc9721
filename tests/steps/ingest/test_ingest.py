"""Ingesting families: every loader, broken rows, unmapped objects, and the sample's families against their truth."""

from __future__ import annotations

import gzip
import json
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq
import pytest
import yaml
from product_sample import KEY, REPOSITORY, all_text, bytes_of, rows_of, token, truth_of, whole_word
from sample import generate

from attune.config.params import IngestParams, RedactParams, RunParams
from attune.errors import UsageError
from attune.reporting.page import write_report
from attune.reporting.report import Report
from attune.runtime.step import Context
from attune.steps.ingest.families import load_families
from attune.steps.ingest.key_masking import KeyMask, object_name
from attune.steps.ingest.step import ingest

MAP = REPOSITORY / "sources" / "families.yaml"
LENIENT = RunParams(shard_rows=100, quarantine_limit=0.5)


def run_ingest(roots: list[Path], output: Path, families: Path = MAP, workers: int = 1, **params: Any) -> Report:
    context = Context(subject_key=KEY, workers=workers)
    values = IngestParams(families=str(families), **params)
    report = ingest([str(root) for root in roots], str(output), values, context, redact=RedactParams(), run=LENIENT)
    write_report(str(output), report)
    return report


def family_map(folder: Path, **entry: Any) -> Path:
    values = {"family": "mine", "pattern": "*", "loader": "jsonl", "columns": {"question": "q", "answer": "a"}, **entry}
    path = folder / "families.yaml"
    path.write_text(yaml.safe_dump({"families": [{key: value for key, value in values.items() if value is not None}]}))
    return path


def contents(folder: Path) -> list[list[str]]:
    return [[message["content"] for message in row["messages"]] for row in rows_of(folder)]


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sample")
    generate(folder, 20, 17)
    return folder


@pytest.fixture(scope="module")
def ingested(sample: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Report]:
    output = tmp_path_factory.mktemp("ingested")
    return output, run_ingest([sample / "families"], output)


def test_every_record_of_every_family_of_the_sample_is_accounted_for(sample: Path, ingested: tuple[Path, Report]) -> None:
    output, report = ingested
    folder = sample / "families"
    written = Counter({
        "edge_case_crisis": len((folder / "edge_case_crisis/crisis_chats.jsonl").read_text().splitlines()),
        "sarcasm": len(json.loads((folder / "sarcasm/sarcasm.json").read_text())),
        "voice_persona": len(list((folder / "voice_persona").glob("*.txt"))),
        "safety_guardrails": pa_csv.read_csv(folder / "safety_guardrails/guardrails.csv").num_rows,
        "mental_health_datasets": len((folder / "mental_health_datasets/expert_curated.jsonl").read_text().splitlines()),
        "roleplay_simulator": pq.read_table(folder / "roleplay_simulator/sessions.parquet").num_rows,
    })  # fmt: skip
    rows = rows_of(output) + rows_of(output / "rejected")
    found = Counter(row["provenance"]["origin"].split("/")[0] for row in rows)
    found["edge_case_crisis"] += len(rows_of(output / "quarantined"))
    assert found == written
    filed = Counter(row["family"] for row in rows) + Counter({"edge_case_crisis": len(rows_of(output / "quarantined"))})
    assert {name: found["records"] for name, found in report.numbers["coverage"].items() if found["records"]} == filed
    long_ones = [row for row in rows if row["messages"] and sum(turn["role"] != "system" for turn in row["messages"]) > 20]
    assert {row["family"] for row in long_ones} == {"long_running_therapy"}
    assert len(long_ones) == sum(report.numbers["derived"]["long_running_therapy"].values()) > 0
    assert report.rows is not None
    assert report.rows.rows_in == sum(written.values())
    assert report.numbers["unmapped"] == 0


def test_a_broken_line_is_quarantined_with_its_file_and_line(sample: Path, ingested: tuple[Path, Report]) -> None:
    output, _ = ingested
    (broken,) = [line for line in truth_of(sample) if line["kind"] == "broken" and "file" in line]
    (row,) = rows_of(output / "quarantined")
    assert row["origin"].endswith(broken["file"])
    assert row["locator"] == f"line {broken['line']}"
    assert "is not valid JSON" in row["error"]


def test_no_structured_identifier_that_was_planted_in_a_family_survives(sample: Path, ingested: tuple[Path, Report]) -> None:
    output, _ = ingested
    everything = "\n".join(all_text(output))
    planted = {
        line["text"] for line in truth_of(sample)
        if line["kind"] == "pii" and "file" in line and line["type"] in {"EMAIL", "PHONE", "IBAN", "CARD", "SSN"}
    }  # fmt: skip
    assert len(planted) > 10
    assert [text for text in planted if text in everything] == []


def test_the_speakers_of_a_transcript_are_redacted_wherever_they_are_named(sample: Path, ingested: tuple[Path, Report]) -> None:
    output, _ = ingested
    speakers: dict[str, set[str]] = {}
    mask = KeyMask(load_families(str(MAP)))
    for file in (sample / "families/voice_persona").glob("*.txt"):
        names = {line.split(":")[0] for line in file.read_text().splitlines() if ":" in line} - {"Coach"}
        speakers[object_name(f"voice_persona/{file.name}", mask, KEY)] = names
    rows = [row for row in rows_of(output) if row["family"] == "voice_persona"]
    assert rows
    for row in rows:
        text = " ".join(message["content"] for message in row["messages"])
        assert not [name for name in speakers[row["provenance"]["origin"]] if whole_word(name).search(text)]
        assert {message["role"] for message in row["messages"]} == {"user", "assistant"}


def test_two_workers_write_the_same_bytes_as_one(sample: Path, ingested: tuple[Path, Report], tmp_path: Path) -> None:
    output, _ = ingested
    run_ingest([sample / "families"], tmp_path / "out", workers=2)
    assert bytes_of(tmp_path / "out") == bytes_of(output)


def test_records_of_one_group_are_one_conversation(tmp_path: Path) -> None:
    rows = [{"q": f"How do I do this, part {number}?", "a": "Slowly.", "g": number % 2} for number in range(4)]
    (tmp_path / "in.jsonl").write_text("\n".join(json.dumps(row) for row in rows))
    families = family_map(tmp_path, columns={"question": "q", "answer": "a", "group": "g"}, pattern="in.jsonl")
    run_ingest([tmp_path / "in.jsonl"], tmp_path / "out", families)
    found = [row["conversation_id"] for row in rows_of(tmp_path / "out")]
    assert found[1] == found[3] == token("conversation", "mine\0001")
    assert len(set(found)) > 1


def test_title_and_text_of_a_question_are_joined_and_not_said_twice(tmp_path: Path) -> None:
    rows = [
        {"t": "What now?", "q": "I am lost.", "a": "Rest."},
        {"t": "What now", "q": "What now? I am lost.", "a": "Rest."},
        {"t": "What now?", "q": "", "a": "Rest."},
    ]
    (tmp_path / "in.jsonl").write_text("\n".join(json.dumps(row) for row in rows))
    run_ingest([tmp_path / "in.jsonl"], tmp_path / "out", family_map(tmp_path, columns={"question": ["t", "q"], "answer": "a"}))
    assert [texts[0] for texts in contents(tmp_path / "out")] == [
        "What now?\n\nI am lost.",
        "What now? I am lost.",
        "What now?",
    ]


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ({"q": " ", "a": "An answer."}, "empty_question"),
        ({"q": "A question?", "a": "<p>&nbsp;</p>"}, "empty_answer"),
        ({"q": "A question?", "a": "word " * 100}, "too_long"),
        ({"q": "I was diagnosed with bipolar disorder last week, what now?", "a": "Take care."}, "health_information"),
    ],
)
def test_a_record_that_cannot_serve_is_rejected_with_its_reason(tmp_path: Path, row: dict[str, str], reason: str) -> None:
    (tmp_path / "in.jsonl").write_text(json.dumps(row))
    run_ingest([tmp_path / "in.jsonl"], tmp_path / "out", family_map(tmp_path, html=True), max_characters=300)
    (rejected,) = rows_of(tmp_path / "out" / "rejected")
    assert rejected["reason"] == reason
    assert (rejected["messages"] == []) == (reason in {"too_long", "health_information"})


def test_published_text_may_speak_of_health(tmp_path: Path) -> None:
    (tmp_path / "in.jsonl").write_text(json.dumps({"q": "I was diagnosed with bipolar disorder, what now?", "a": "Take care."}))
    run_ingest([tmp_path / "in.jsonl"], tmp_path / "out", family_map(tmp_path, published=True))
    assert len(rows_of(tmp_path / "out")) == 1


@pytest.mark.parametrize(
    ("question", "answer", "language", "reasons"),
    [
        ("No.", "I am glad to hear that you slept well.", "en", []),
        ("No.", "ok", "und", []),
        ("Llevo semanas sin dormir bien y no sé qué hacer.", "Lo siento mucho.", "es", []),
        ("Seit dem Umzug streiten wir fast jeden Abend.", "Das klingt anstrengend.", "de", []),
        ("Sinds de verhuizing maken we bijna elke avond ruzie.", "Dat klinkt zwaar.", "nl", ["other_language"]),
        ("搬家以后我们几乎每天晚上都吵架。", "听起来很辛苦。", "zh", ["other_language"]),
        ("She keeps asking me what this sentence means.", "搬家以后我们几乎每天晚上都吵架。", "en", ["other_language"]),
    ],
)
def test_the_language_is_the_users_and_what_redaction_cannot_read_is_held_for_review(
    tmp_path: Path, question: str, answer: str, language: str, reasons: list[str]
) -> None:
    (tmp_path / "in.jsonl").write_text(json.dumps({"q": question, "a": answer}))
    run_ingest([tmp_path / "in.jsonl"], tmp_path / "out", family_map(tmp_path))
    (row,) = rows_of(tmp_path / "out")
    assert row["language"] == language
    assert row["review_reasons"] == reasons
    assert (row["pii_status"] == "requires_review") == bool(reasons)


@pytest.mark.parametrize(
    ("loader", "name", "text", "broken", "kept"),
    [
        (
            "jsonl",
            "x.jsonl",
            '{"q": "Why?", "a": "So."}\n{"q": "Wh\n[1]\n{"q": "no answer"}\n',
            ["line 2", "line 3", "line 4"],
            1,
        ),
        (
            "json",
            "x.json",
            '[{"q": "Why?", "a": "So."}, 3, {"q": "Why not?", "a": "So."}, {"q": ',
            ["item 2", "after item 3"],
            2,
        ),
        ("json", "x.json", '{"rows": [{"q": "Why?", "a": "So."}]}', [], 1),
        ("csv", "x.csv", 'q,a\n"Why,\nreally?",So.\nWhy?\nWhy not?,So.,so\nAnd?,So.\n', ["line 4", "line 5"], 2),
        ("csv", "x.csv", "\ufeffq,a\r\nWhy?,So.\r\n\r\n", [], 1),
    ],
)
def test_a_broken_row_of_a_file_is_named_by_its_place(
    tmp_path: Path, loader: str, name: str, text: str, broken: list[str], kept: int
) -> None:
    (tmp_path / name).write_text(text, newline="")
    run_ingest_lenient(tmp_path / name, tmp_path / "out", family_map(tmp_path, loader=loader))
    assert [row["locator"] for row in rows_of(tmp_path / "out" / "quarantined")] == broken
    assert len(rows_of(tmp_path / "out")) == kept


def run_ingest_lenient(root: Path, output: Path, families: Path) -> None:
    run = RunParams(quarantine_limit=1.0)
    context = Context(subject_key=KEY)
    ingest([str(root)], str(output), IngestParams(families=str(families)), context, redact=RedactParams(), run=run)


def test_bytes_that_are_no_utf8_spoil_their_own_row_only(tmp_path: Path) -> None:
    (tmp_path / "x.jsonl").write_bytes(b'{"q": "Why?", "a": "So."}\n{"q": "Wh\xff?", "a": "So."}\n')
    run_ingest_lenient(tmp_path / "x.jsonl", tmp_path / "out", family_map(tmp_path))
    (row,) = rows_of(tmp_path / "out" / "quarantined")
    assert row["locator"] == "line 2"
    assert row["error"].startswith("x.jsonl: q is not valid UTF-8; set `encoding`")


@pytest.mark.parametrize(
    ("turns", "error"),
    [
        (
            [{"role": "narrator", "content": "Once."}],
            "a message has an unknown role; say under `roles` of its entry in families.yaml what it is",
        ),
        ([{"role": "user", "content": None}], "a message has no content"),
        ([], "messages is no list of turns"),
        ("[{", "messages is not valid JSON"),
    ],
)
def test_turns_that_cannot_be_read_go_to_quarantine(tmp_path: Path, turns: Any, error: str) -> None:
    (tmp_path / "x.jsonl").write_text(json.dumps({"messages": turns}))
    run_ingest_lenient(tmp_path / "x.jsonl", tmp_path / "out", family_map(tmp_path, columns={"messages": "messages"}))
    assert [row["error"] for row in rows_of(tmp_path / "out" / "quarantined")] == [f"x.jsonl: {error}"]


def test_turns_of_other_shapes_and_names_are_read(tmp_path: Path) -> None:
    turns = [{"from": "human", "value": "Why?"}, {"from": "gpt", "value": "So."}]
    (tmp_path / "x.jsonl").write_text(json.dumps({"data": {"turns": turns}}))
    roles = {"human": "user", "gpt": "assistant"}
    run_ingest([tmp_path / "x.jsonl"], tmp_path / "out", family_map(tmp_path, columns={"messages": "data.turns"}, roles=roles))
    assert contents(tmp_path / "out") == [["Why?", "So."]]


def test_preference_pairs_keep_the_rejected_answer_redacted(tmp_path: Path) -> None:
    row = {"q": "My wife Ann left. What now?", "a": "Ann may need time.", "r": "Forget Ann, write to ann.lee@example.org."}
    (tmp_path / "x.jsonl").write_text(json.dumps(row))
    run_ingest(
        [tmp_path / "x.jsonl"],
        tmp_path / "out",
        family_map(tmp_path, columns={"question": "q", "answer": "a", "rejected": "r"}),
    )
    (record,) = rows_of(tmp_path / "out")
    assert len(record["messages"]) == 2
    assert "Ann" not in json.dumps(record["messages"]) + record["rejected_response"]
    assert "ann.lee" not in record["rejected_response"]


def test_objects_of_no_family_are_named_and_counted(tmp_path: Path) -> None:
    root = tmp_path / "root"
    (root / "deep").mkdir(parents=True)
    (root / "deep" / "x.jsonl").write_text(json.dumps({"q": "Why?", "a": "So."}))
    (root / "notes.xyz").write_text("what is this")
    report = run_ingest([root], tmp_path / "out", family_map(tmp_path, pattern="*.jsonl"))
    assert report.numbers["unmapped_keys"] == ["notes.xyz"]
    assert report.numbers["coverage"]["mine"]["records"] == 1
    assert "notes.xyz" in (tmp_path / "out" / "report.html").read_text()


@pytest.mark.parametrize(("loader", "name"), [("csv", "x.csv"), ("parquet", "x.parquet")])
def test_a_missing_column_is_named_with_its_file_and_the_position_of_those_that_are_there(
    tmp_path: Path, loader: str, name: str
) -> None:
    if loader == "csv":
        (tmp_path / name).write_text("question,a\nWhy?,So.\n")
    else:
        pq.write_table(pa.table({"question": ["Why?"], "a": ["So."]}), tmp_path / name)
    with pytest.raises(
        UsageError, match=rf"{name}: has no column q, which family mine needs; .* has a \(2\) among its 2"
    ) as raised:
        run_ingest([tmp_path / name], tmp_path / "out", family_map(tmp_path, loader=loader))
    assert "question" not in str(raised.value)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"loader": "xml"}, "families.0.loader (mine): Input should be"),
        ({"roles": {"gpt": "asistant"}}, "families.0.roles.gpt (mine): Input should be 'system', 'user' or 'assistant'"),
        ({"pattern": ""}, "families.0.pattern (mine): String should have at least 1 character"),
        ({"family": "My Own"}, "families.0.family: 'My Own' is not a valid family name; use lower-case letters"),
        ({"published": "perhaps"}, "unable to interpret input, found 'perhaps'"),
        ({"columns": {"question": "q", "answer": "a", "anser": "b"}}, "allowed are messages, text, question"),
        ({"columns": {"question": "q"}}, "name the field `messages`, or both `question` and `answer`"),
        ({"known": {"names": ["x"]}}, "known: names is none of user, partner"),
        ({"colour": "red"}, "families.0.colour (mine): is not a known key; allowed are family, pattern, loader"),
    ],
)
def test_a_wrong_map_is_a_usage_error_that_names_the_entry(tmp_path: Path, changes: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError) as caught:
        run_ingest([tmp_path], tmp_path / "out", family_map(tmp_path, **changes))
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("expected:\n  mine: {holdout: 0.5}\n  mine: {}\n", "the key mine is given twice; remove one"),
        ("    pattern: other\n", "the key pattern is given twice; remove one"),
        ("expected:\n  Mine: {}\n", "expected.Mine: 'Mine' is not a valid family name"),
        ("expected:\n  mine: {minimum_records: many}\n", "expected.mine.minimum_records: Input should be a valid integer"),
    ],
)
def test_what_a_map_says_twice_or_wrongly_is_named_and_never_half_read(tmp_path: Path, text: str, said: str) -> None:
    entry = "families:\n  - family: mine\n    loader: jsonl\n    columns: messages\n    pattern: x\n"
    (tmp_path / "map.yaml").write_text(entry + text)
    with pytest.raises(UsageError) as caught:
        load_families(str(tmp_path / "map.yaml"))
    assert said in str(caught.value)


def test_an_entry_may_say_anew_what_it_takes_over_from_another() -> None:
    families = load_families(str(REPOSITORY / "sources" / "families.yaml"))
    assert len({entry.pattern for entry in families.families if entry.family == "video_transcripts"}) == 3


def test_a_missing_root_and_a_missing_map_are_usage_errors(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no such folder or file"):
        run_ingest([tmp_path / "nowhere"], tmp_path / "out")
    with pytest.raises(UsageError, match="no such file"):
        run_ingest([tmp_path], tmp_path / "out", tmp_path / "none.yaml")


def test_two_roots_with_the_same_key_are_refused(tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "x.jsonl").write_text(json.dumps({"q": "Why?", "a": "So."}))
    with pytest.raises(UsageError, match=r"another root holds an object x\.jsonl too"):
        run_ingest([tmp_path / "one", tmp_path / "two"], tmp_path / "out", family_map(tmp_path))


def test_a_run_from_store_to_store_writes_what_a_run_between_folders_does(
    sample: Path, ingested: tuple[Path, Report], s3_bucket: str
) -> None:
    import boto3

    client, bucket = boto3.client("s3"), s3_bucket.removeprefix("s3://")
    for file in sorted((sample / "families").rglob("*")):
        if file.is_file():
            client.put_object(Bucket=bucket, Key=f"in/{file.relative_to(sample / 'families')}", Body=file.read_bytes())
    client.put_object(Bucket=bucket, Key="in/folder/", Body=b"")
    params = IngestParams(families=str(MAP))
    context = Context(subject_key=KEY)
    report = ingest([f"{s3_bucket}/in"], f"{s3_bucket}/out", params, context, redact=RedactParams(), run=LENIENT)
    output, local = ingested
    assert report.numbers == local.numbers
    listed = client.list_objects_v2(Bucket=bucket, Prefix="out/")["Contents"]
    written = {item["Key"].removeprefix("out/"): item["Key"] for item in listed if ".commits" not in item["Key"]}
    expected = {name: content for name, content in bytes_of(output).items() if not name.startswith("report.")}
    assert {name: client.get_object(Bucket=bucket, Key=key)["Body"].read() for name, key in written.items()} == expected


def test_a_single_object_of_a_store_is_a_root_too(s3_bucket: str, tmp_path: Path) -> None:
    import boto3

    line = json.dumps({"q": "Why?", "a": "So."}).encode()
    boto3.client("s3").put_object(Bucket=s3_bucket.removeprefix("s3://"), Key="deep/x.jsonl.gz", Body=gzip.compress(line))
    context = Context(subject_key=KEY)
    params = IngestParams(families=str(family_map(tmp_path, pattern="*.jsonl")))
    report = ingest(
        [f"{s3_bucket}/deep/x.jsonl.gz"], str(tmp_path / "out"), params, context, redact=RedactParams(), run=LENIENT
    )
    assert report.rows is not None
    assert report.rows.kept == 1


def test_damaged_and_empty_objects_and_families_without_a_loader_are_named_and_the_rest_is_read(tmp_path: Path) -> None:
    root = tmp_path / "root"
    root.mkdir()
    lines = "\n".join(json.dumps({"q": f"Why {number}?", "a": "So."}) for number in range(50))
    (root / "good.jsonl").write_text(lines)
    (root / "cut.jsonl.gz").write_bytes(gzip.compress(lines.encode())[:-20])
    (root / "empty.jsonl").write_bytes(b"")
    (root / "sound.wav").write_bytes(b"RIFF")
    entry = {"family": "mine", "pattern": "*.jsonl", "loader": "jsonl", "columns": {"question": "q", "answer": "a"}}
    sound = {"family": "sound", "pattern": "*.wav", "loader": None}
    (tmp_path / "map.yaml").write_text(
        yaml.safe_dump({"families": [entry, sound], "expected": {"mine": {"minimum_records": 500}}})
    )
    report = run_ingest([root], tmp_path / "out", tmp_path / "map.yaml")
    assert (report.numbers["damaged"], report.numbers["empty"], report.numbers["without_loader"]) == (1, 1, ["sound"])
    assert {name: found["state"] for name, found in report.numbers["coverage"].items()} == {
        "mine": "partial",
        "sound": "missing",
    }
    for said in ("1 objects are damaged", "1 objects are empty", "these families have no loader"):
        assert said in report.lead
    (broken,) = rows_of(tmp_path / "out" / "quarantined")
    assert broken["origin"] == object_name("cut.jsonl.gz", KeyMask(load_families(str(tmp_path / "map.yaml"))), KEY)
    assert "ends early" in broken["error"]


@pytest.mark.parametrize("name", ["sleep_diaries", "2024-sleep-diaries"])
def test_a_scaffolded_loader_and_its_test_work_as_written_and_are_never_overwritten(tmp_path: Path, name: str) -> None:
    def attune(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "attune.cli", "ingest", *arguments]
        key = {**os.environ, "ATTUNE_SUBJECT_KEY": KEY.decode()}
        return subprocess.run(command, cwd=tmp_path, env=key, capture_output=True, text=True, timeout=120)

    written = attune("scaffold", name)
    assert written.returncode == 0, written.stderr
    tests = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", f"my_loaders/test_{name.replace('-', '_')}.py"]
    tested = subprocess.run(tests, cwd=tmp_path, capture_output=True, text=True, timeout=120)
    assert tested.returncode == 0, tested.stdout
    again = attune("scaffold", name)
    assert again.returncode == 2
    assert "exists already" in again.stderr
    assert attune("scaffold", "../x").returncode == 2

    entry = written.stdout.split("families.yaml:\n\n")[1].split("\n\nthen run")[0]
    (tmp_path / "map.yaml").write_text(f"families:\n{entry}\n")
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / f"{name}.txt").write_text("How do I fall asleep again?\tGet up and read something dull.\n")
    arguments = ("--root", "in", "--output", "out", "--set", "ingest.families=map.yaml")
    refused = attune(*arguments)
    assert refused.returncode == 2
    assert "runs only from a folder that you name on the command line" in refused.stderr
    run = attune(*arguments, "--loaders", "my_loaders")
    assert run.returncode == 0, run.stderr
    assert contents(tmp_path / "out") == [["How do I fall asleep again?", "Get up and read something dull."]]


@pytest.mark.parametrize(
    ("entry", "row", "named"),
    [
        ({}, {}, None),
        ({"license": "MIT"}, {}, "MIT"),
        ({"license": "MIT", "columns": {"question": "q", "answer": "a", "license": "l"}}, {"l": "CC-BY-4.0"}, "CC-BY-4.0"),
        ({"license": "MIT", "columns": {"question": "q", "answer": "a", "license": "l"}}, {"l": " "}, "MIT"),
    ],
)
def test_a_record_has_the_license_of_its_row_or_family_and_one_without_is_named(
    tmp_path: Path, entry: dict[str, Any], row: dict[str, str], named: str | None
) -> None:
    (tmp_path / "in.jsonl").write_text(json.dumps({"q": "Why?", "a": "So.", **row}))
    report = run_ingest([tmp_path / "in.jsonl"], tmp_path / "out", family_map(tmp_path, **entry))
    assert [found["license"] for found in rows_of(tmp_path / "out")] == [named]
    assert report.numbers["without_license"] == ({} if named else {"mine": 1})
    assert ("Records of mine (1) have no license" in report.lead) is (named is None)


def test_every_record_of_the_sample_families_has_a_license(ingested: tuple[Path, Report]) -> None:
    output, report = ingested
    assert report.numbers["without_license"] == {}
    by_family = {(row["family"], row["license"]) for row in rows_of(output)}
    assert ("mental_health_datasets", "CC-BY-4.0") in by_family
    assert all(named for _, named in by_family)


def test_a_transcript_names_its_license_in_its_head(tmp_path: Path) -> None:
    (tmp_path / "x.txt").write_text("# license: CC-BY-SA-4.0\nCoach: What now?\nAnn: A walk.\n")
    families = family_map(
        tmp_path, pattern="*.txt", loader="transcript", columns=None, roles={"Coach": "assistant", "*": "user"}
    )
    run_ingest([tmp_path / "x.txt"], tmp_path / "out", families)
    assert [row["license"] for row in rows_of(tmp_path / "out")] == ["CC-BY-SA-4.0"]
