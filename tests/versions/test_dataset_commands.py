"""attune dataset: what a version is, what came and went, what others train from; on the command line as a user would."""

from __future__ import annotations

import json
import random
from collections import Counter
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from compiled_version import compile_records
from dataset_forger import read_lines, split_rows
from hypothesis import given
from hypothesis import strategies as st
from record_factory import make_record, random_text, to_table
from typer.testing import CliRunner

from attune.cli.dataset import app
from attune.config.params import VerifyParams
from attune.config.train import StageParams
from attune.errors import RunError, UsageError
from attune.modeling.curriculum import select
from attune.records.dataset import View, json_line, open_dataset
from attune.reporting.page import write_report
from attune.runtime.step import Context
from attune.steps.ingest.families import PRESETS, Family
from attune.steps.ingest.loaders import Loaded, load
from attune.steps.ingest.mapping import raw_row
from attune.steps.verify.step import verify
from attune.versions.compare import compare, difference_report
from attune.versions.export import Options, export
from attune.versions.openai_limits import OpenAiLimits, example_fault
from attune.versions.views import stage_view

Row = dict[str, Any]


def talk(*contents: str, system: str | None = None) -> list[dict[str, str]]:
    turns = [{"role": ("user", "assistant")[place % 2], "content": text} for place, text in enumerate(contents)]
    return [{"role": "system", "content": system}, *turns] if system else turns


def some_records() -> list[Row]:
    generator = random.Random(11)
    records = []
    for number in range(240):
        contents = [random_text(generator, 12) for _ in range((2, 4)[number % 2])]
        changes: Row = {"family": ("product", "cptsd", "sarcasm")[number % 3], "license": (None, "MIT")[number % 2]}
        if number % 4 == 0:
            changes["rejected_response"] = random_text(generator, 9)
        if number % 5 == 0:
            changes["tags"] = ["high_engagement"]
        records.append(make_record(number, contents, **changes))
    records[0]["messages"] = talk("a “quoted” ünïcode\nquestion\twith 🙂", "and \\ its { } answer", system="be kind")
    records[4]["messages"] = talk("what is <|im_start|> for", "a mark, I think it is one of ChatML")
    for record in (records[0], records[4]):
        record.update(content_hash=make_record(0, "x", messages=record["messages"])["content_hash"])
    return records


def compiled(folder: Path, records: list[Row], **params: Any) -> Path:
    return compile_records(folder, records, name="compile", shard_rows=90, **params)[1]


@pytest.fixture(scope="module")
def version(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return compiled(tmp_path_factory.mktemp("version"), some_records())


def run(*arguments: str) -> str:
    result = CliRunner().invoke(app, list(arguments), catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.stdout


def records_of(version: Path, *splits: str) -> list[Row]:
    return [row for split in splits or ("train", "validation") for row in split_rows(version, split)]


# What a version is.


def test_show_says_what_stands_in_the_files(version: Path) -> None:
    shown = json.loads(run("show", str(version), "--json"))
    manifest = json.loads((version / "manifest.json").read_bytes())
    assert shown["address"] == manifest["address"]
    for split, own in shown["splits"].items():
        assert own["records"] == len(split_rows(version, split))
    assert shown["families"]["sarcasm"] == {"train": 0, "validation": 0, "test": 80}
    assert shown["licenses"] == {"MIT": {"cptsd": 40, "product": 40, "sarcasm": 40}, "unknown": {"cptsd": 40, "product": 40, "sarcasm": 40}}  # fmt: skip  # noqa: E501
    assert shown["lineage"]["made_by"] == {"extract": 240}
    assert shown["gates"] is None
    text = run("show", str(version))
    assert "gates: not verified; run attune verify" in text
    assert "240 records" in text


def test_show_takes_the_gates_of_this_version_only(version: Path, tmp_path: Path) -> None:
    report = verify(str(version), "unused", VerifyParams(required_families={"cptsd": 100}), Context())
    write_report(str(tmp_path / "verify"), report)
    assert "gates: failed coverage" in run("show", str(version), "--verification", str(tmp_path / "verify"))
    other = compiled(tmp_path, some_records()[:200])
    assert "not verified" in run("show", str(other))
    with pytest.raises(UsageError, match="verified another version"):
        CliRunner().invoke(app, ["show", str(other), "--verification", str(tmp_path / "verify")], catch_exceptions=False)


# What came and went.


def test_a_version_does_not_differ_from_itself(version: Path) -> None:
    found = compare(str(version), str(version))
    assert set(found.as_json()["counts"].values()) == {0}
    assert found.statistics == found.made_with == {}
    assert "same bytes" in difference_report(found).lead


def test_diff_names_what_came_went_changed_and_moved_with_reasons(version: Path, tmp_path: Path) -> None:
    records = some_records()
    gone, doubtful, changed, relabelled = (records[number] for number in (3, 6, 9, 12))
    doubtful["pii_status"] = "requires_review"
    changed["messages"][-1]["content"] += " and more of it than there was before"
    changed["content_hash"] = make_record(0, "x", messages=changed["messages"])["content_hash"]
    relabelled["category"] = "safety_ethics"
    new = make_record(900, ["hi", random_text(random.Random(4), 20)], family="addiction")
    other = compiled(tmp_path, [*(record for record in records if record is not gone), new], version=2)
    found = compare(str(version), str(other))
    assert [(item[0], item[1]) for item in found.came] == [(new["record_id"], "addiction")]
    assert {item[0]: item[3] for item in found.went} == {
        gone["record_id"]: "not in the input",
        doubtful["record_id"]: "requires_review",
    }
    assert [item[0] for item in found.changed] == [changed["record_id"]]
    assert (relabelled["record_id"], "category", "empathetic_dialogue", "safety_ethics") in found.relabelled
    before = {row["record_id"]: row["split"] for row in records_of(version, "train", "validation", "test")}
    after = {row["record_id"]: row["split"] for row in records_of(other, "train", "validation", "test")}
    assert {item[0] for item in found.moved} == {key for key in before.keys() & after.keys() if before[key] != after[key]}
    assert found.statistics["total.records"] == (240, 239)
    assert found.made_with["params.version"] == (1, 2)
    assert found.families["addiction"] == {"came": 1, "went": 0, "changed": 0, "moved": 0}
    printed = json.loads(run("diff", str(version), str(other), "--json", "--output", str(tmp_path / "page")))
    assert printed["counts"]["came"] == 1
    assert (tmp_path / "page" / "report.html").stat().st_size > 1000
    assert "went, requires_review: 1" in run("diff", str(version), str(other))


def test_every_line_is_one_line_for_every_reader() -> None:
    said = "first\u2028second\u2029third\u0085fourth\nfifth\r\n\x0bsixth\x0c"
    line = json_line({"text": said}).decode()
    assert line.splitlines(keepends=True) == [line]
    assert json.loads(line) == {"text": said}


# Views.


@given(
    rows=st.lists(
        st.tuples(
            st.sampled_from(["product", "cptsd", "sarcasm"]),
            st.lists(st.sampled_from(["a", "b"]), max_size=2),
            st.sampled_from(["safety_ethics", "personalization"]),
            st.sampled_from(["redacted", "requires_review"]),
            st.sampled_from([None, "no"]),
        ),
        max_size=12,
    ),
    stage=st.builds(
        StageParams,
        phase=st.sampled_from(["sft", "preference"]),
        families=st.sampled_from([(), ("cptsd",), ("product", "sarcasm")]),
        tags=st.sampled_from([(), ("a",)]),
        categories=st.sampled_from([(), ("safety_ethics",)]),
    ),
)
def test_a_view_holds_what_the_stage_trains_on(rows: list[tuple[Any, ...]], stage: StageParams) -> None:
    names = ("family", "tags", "category", "pii_status", "rejected_response")
    table = to_table([make_record(n, ["a", "b"], **dict(zip(names, row, strict=True))) for n, row in enumerate(rows)])
    assert stage_view(stage).takes(table).to_pylist() == select(table, stage).to_pylist()


def test_views_are_read_and_counted_by_split(version: Path) -> None:
    dataset = open_dataset(str(version))
    taken = pa.concat_tables(dataset.view("train", View(families=("cptsd",)), ["record_id", "family"]))
    expected = [row["record_id"] for row in split_rows(version, "train") if row["family"] == "cptsd"]
    assert taken["record_id"].to_pylist() == expected
    counted = json.loads(run("views", str(version), "--json"))
    assert counted["specialized_domains"]["splits"]["train"] == len(expected)
    assert counted["specialized_domains"]["families"] == {"cptsd": len(expected)}


# What others train from.


def read_back(path: Path, shape: str, loader: str = "jsonl") -> list[list[dict[str, str]]]:
    """What the loaders of ``attune ingest`` make of an exported file."""
    family = Family(family="back", pattern="*", loader=loader, columns=PRESETS[shape])
    found = []
    for row in load(str(path), family):
        assert isinstance(row, Loaded), row
        found.append([{"role": m["role"], "content": m["content"]} for m in raw_row(family, "key", row, b"secret")["messages"]])
    return found


def test_openai_files_are_what_openai_takes_and_are_read_back(version: Path, tmp_path: Path) -> None:
    described = export(str(version), str(tmp_path), "openai")
    rows = records_of(version, "train")
    lines = read_lines(tmp_path / "train.jsonl")
    assert len(lines) == described["files"]["train.jsonl"]["rows"] == len(rows) >= 10
    for line in lines:
        assert set(line) == {"messages"}
        roles = [message["role"] for message in line["messages"]]
        assert roles[-1] == "assistant"
        assert "user" in roles
        assert set(roles) <= {"system", "user", "assistant"}
    assert read_back(tmp_path / "train.jsonl", "messages") == [row["messages"] for row in rows]
    assert not (tmp_path / "test.jsonl").exists()


@pytest.mark.parametrize(
    ("messages", "fault"),
    [
        (talk("hi", "hello"), None),
        (talk("hi"), "does not end with an answer"),
        ([], "does not end with an answer"),
        (talk("hi", " "), "has an empty message"),
        ([{"role": "assistant", "content": "hello"}], "has no question"),
        ([{"role": "tool", "content": "x"}, *talk("hi", "hello")], "has a role that OpenAI does not know"),
        ([*talk("hi"), {"role": "assistant", "content": "hello", "weight": 2}], "has a weight that is not 0 or 1 on an answer"),
        ([*talk("hi"), {"role": "assistant", "content": "hello", "weight": 0}], "has no answer to learn from"),
        (talk("hi", "word " * 60_000), "is longer than OpenAI's limit of tokens"),
    ],
)
def test_what_openai_would_refuse_is_found_before(messages: list[Row], fault: str | None) -> None:
    assert example_fault(messages, OpenAiLimits()) == fault


def test_too_few_examples_and_too_large_a_file_stop_the_export(version: Path, tmp_path: Path) -> None:
    with pytest.raises(RunError, match=r"OpenAI asks for at least 1000"):
        export(str(version), str(tmp_path), "openai", Options(limits=OpenAiLimits(least_examples=1000)))
    with pytest.raises(RunError, match=r"OpenAI takes files of at most 5,000"):
        export(str(version), str(tmp_path), "openai", Options(limits=OpenAiLimits(most_bytes=5000)))
    assert list(tmp_path.iterdir()) == []


def test_chatml_is_read_back_and_texts_with_its_marks_are_counted(version: Path, tmp_path: Path) -> None:
    described = export(str(version), str(tmp_path), "chatml", Options(splits=("train", "validation", "test")))
    rows = [row for row in records_of(version, "train") if "<|im" not in row["messages"][0]["content"]]
    assert read_back(tmp_path / "train.jsonl", "chatml") == [row["messages"] for row in rows]
    assert sum(sum(reasons.values()) for reasons in described["left_out"].values()) == 1


def test_alpaca_holds_single_exchanges_and_is_read_back(version: Path, tmp_path: Path) -> None:
    described = export(str(version), str(tmp_path), "alpaca", Options(splits=("train",)))
    single = [row for row in records_of(version, "train") if sum(m["role"] != "system" for m in row["messages"]) == 2]
    assert described["left_out"]["train"] == {
        "is not one question and one answer": len(records_of(version, "train")) - len(single)
    }
    columns = {**PRESETS["alpaca"]}
    found = read_back(tmp_path / "train.jsonl", "alpaca")
    assert columns["answer"] == "output"
    assert found == [[m for m in row["messages"] if m["role"] != "system"] for row in single]
    systems = [line["system"] for line in read_lines(tmp_path / "train.jsonl") if "system" in line]
    assert systems == [m["content"] for row in single for m in row["messages"] if m["role"] == "system"]


def test_preference_pairs_are_read_back_or_written_as_conversations(version: Path, tmp_path: Path) -> None:
    pairs = [row for row in records_of(version, "train") if row["rejected_response"]]
    described = export(str(version), str(tmp_path / "a"), "preference", Options(splits=("train",)))
    lines = read_lines(tmp_path / "a" / "train.jsonl")
    single = [row for row in pairs if [m["role"] for m in row["messages"] if m["role"] != "system"] == ["user", "assistant"]]
    assert [(line["chosen"], line["rejected"]) for line in lines] == [
        (row["messages"][-1]["content"], row["rejected_response"]) for row in single
    ]
    assert described["left_out"]["train"]["has no rejected answer"] == len(records_of(version, "train")) - len(pairs)
    assert len(read_back(tmp_path / "a" / "train.jsonl", "preference")) == len(single)
    export(str(version), str(tmp_path / "b"), "preference", Options(splits=("train",), conversational=True))
    lines = read_lines(tmp_path / "b" / "train.jsonl")
    assert [[*line["prompt"], *line["chosen"]] for line in lines] == [row["messages"] for row in pairs]


def test_pretraining_text_says_who_spoke(version: Path, tmp_path: Path) -> None:
    export(str(version), str(tmp_path), "text", Options(splits=("validation",), families=("product",)))
    rows = [row for row in records_of(version, "validation") if row["family"] == "product"]
    lines = read_lines(tmp_path / "validation.jsonl")
    assert len(lines) == len(rows)
    for line, row in zip(lines, rows, strict=True):
        assert line["text"] == "\n\n".join(f"{m['role'].title()}: {m['content']}" for m in row["messages"])


def test_parquet_is_loaded_by_datasets_and_read_back(version: Path, tmp_path: Path) -> None:
    datasets = pytest.importorskip("datasets")
    run("export", str(version), "--format", "parquet", "--output", str(tmp_path / "parquet"))
    loaded = datasets.load_dataset(str(tmp_path / "parquet"), cache_dir=str(tmp_path / "cache"))
    assert {split: len(loaded[split]) for split in loaded} == {
        split: len(split_rows(version, split)) for split in ("train", "validation")
    }
    first = split_rows(version, "train")[0]
    assert loaded["train"][0]["messages"] == first["messages"]
    back = read_back(next((tmp_path / "parquet").glob("validation*.parquet")), "messages", "parquet")
    assert back == [row["messages"] for row in split_rows(version, "validation")]


def test_the_version_itself_is_loaded_by_datasets_through_its_card(version: Path, tmp_path: Path) -> None:
    datasets = pytest.importorskip("datasets")
    loaded = datasets.load_dataset(str(version), cache_dir=str(tmp_path))
    assert Counter({split: len(loaded[split]) for split in loaded}) == Counter(
        row["split"] for row in records_of(version, "train", "validation", "test")
    )


def test_an_unknown_format_or_split_names_those_there_are(version: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="there are openai, chatml"):
        export(str(version), str(tmp_path), "xml")
    with pytest.raises(UsageError, match="there are train, validation, test"):
        export(str(version), str(tmp_path), "text", Options(splits=("dev",)))


def test_an_unknown_family_is_no_empty_export(version: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"saarcasm: .* has no such family; there are cptsd, product, sarcasm"):
        export(str(version), str(tmp_path / "out"), "text", Options(families=("saarcasm",)))


def test_the_audit_trail_says_where_records_went(version: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ATTUNE_AUDIT_TRAIL", str(tmp_path / "audit"))
    for command in (["push", str(version), "out"], ["export", str(version), "--format", "text", "--output", "out"]):
        target = str(tmp_path / command[0])
        assert CliRunner().invoke(app, [part if part != "out" else target for part in command]).exit_code == 0
    entries = read_lines(tmp_path / "audit/trail.jsonl")
    assert [(entry["action"], entry["object"]) for entry in entries] == [
        ("dataset.push", str(tmp_path / "push")),
        ("dataset.export", str(tmp_path / "export")),
    ]
    assert entries[1]["details"]["version"] == str(version)


def test_the_same_version_is_exported_to_the_same_bytes(version: Path, tmp_path: Path) -> None:
    first, second = (export(str(version), str(tmp_path / name), "openai") for name in ("a", "b"))
    assert first == second


# Croissant.


def test_croissant_is_valid_and_gives_the_records(version: Path) -> None:
    mlcroissant = pytest.importorskip("mlcroissant")
    described = mlcroissant.Dataset(jsonld=str(version / "croissant.json"))
    assert not described.metadata.ctx.issues.errors
    assert list(described.metadata.conforms_to) == ["http://mlcommons.org/croissant/1.1"]
    found = list(described.records(record_set="validation"))
    assert [item["validation/record_id"].decode() for item in found] == [
        row["record_id"] for row in split_rows(version, "validation")
    ]
    told = [[turn["validation/messages/content"].decode() for turn in item["validation/messages"]] for item in found]
    assert told == [[turn["content"] for turn in row["messages"]] for row in split_rows(version, "validation")]


def test_croissant_names_every_file_with_its_hash(version: Path) -> None:
    described = json.loads((version / "croissant.json").read_bytes())
    manifest = json.loads((version / "manifest.json").read_bytes())
    objects = {item["contentUrl"]: item["sha256"] for item in described["distribution"] if item["@type"] == "cr:FileObject"}
    assert objects == {name: entry["sha256"] for name, entry in manifest["files"].items() if name != "croissant.json"}
    assert described["conformsTo"] == "http://mlcommons.org/croissant/1.1"
    assert described["license"] == ["LicenseRef-proprietary", "MIT"]
