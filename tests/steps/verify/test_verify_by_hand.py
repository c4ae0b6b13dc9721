"""A version made from docs/dataset-format.md alone, without attune, passes; faults in one are found and named."""

from __future__ import annotations

import base64
import copy
import html
import json
import os
import random
import re
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from dataset_forger import check, violations
from foreign_version import SCHEMA, Row, Splits, make_splits, provenance, sha256, words, write_manifest, write_version

from attune.errors import UsageError
from attune.reporting.report import Report
from attune.steps.verify.record_validation import COLUMNS, schema_faults
from attune.text.normalization import NORMALIZATION_VERSION

DOCUMENT = Path(__file__).parents[3] / "docs" / "dataset-format.md"
CANARY = "canary_7f3a9c"
SECRET = "Marigold Featherstone told us"


def made(folder: Path, plant: Callable[[Splits], Any] = len, **claims: Any) -> Report:
    splits = make_splits()
    plant(splits)
    return check(write_version(folder / "dataset", splits, **claims))


def first(splits: Splits) -> Row:
    return splits["train"][0]


def setting(**fields: Any) -> Callable[[Splits], None]:
    return lambda splits: first(splits).update(fields)


def adding(text: str) -> Callable[[Splits], None]:
    def plant(splits: Splits) -> None:
        first(splits)["messages"][1]["content"] += text

    return plant


def said(row: Row) -> str:
    return " ".join(message["content"] for message in row["messages"] if message["role"] != "system")


def test_a_version_made_from_the_document_alone_passes_all_gates(tmp_path: Path) -> None:
    report = made(tmp_path)
    assert (violations(report), report.failed_gates) == ({}, [])
    assert report.numbers["splits"] == {"train": 360, "validation": 20, "test": 20}


def test_the_report_states_the_text_normalization_by_which_texts_were_compared(tmp_path: Path) -> None:
    silent, stated = made(tmp_path / "silent"), made(tmp_path / "stated", text_normalization=NORMALIZATION_VERSION)
    assert f"with text normalization {NORMALIZATION_VERSION} (the manifest names none)" in str(silent.blocks)
    assert f"with text normalization {NORMALIZATION_VERSION};" in str(stated.blocks)
    assert violations(stated) == {}
    assert silent.numbers["leakage_search"] == {"records": 380, "compared_without_index": 380, "missed": 0, "missed_share": 0.0}


def test_the_document_names_every_column_of_a_shard_with_its_type() -> None:
    table = DOCUMENT.read_text("utf-8").split("### Columns of a shard")[1].split("\n#")[0]
    rows = re.findall(r"^\| (`.+?`) \| (.+?) \|", table, re.MULTILINE)
    types = {name: kind for names, kind in rows for name in re.findall(r"`(\w+)`", names)}
    assert set(types) == set(COLUMNS)
    spoken = {pa.string(): "text", pa.int64(): "whole number", pa.float64(): "number"}
    for field in SCHEMA:
        if field.type in spoken:
            assert types[field.name].startswith(spoken[field.type]), field.name
        for inner in field.type if pa.types.is_struct(field.type) else ():
            assert f"`{inner.name}`" in table, inner.name


@pytest.mark.parametrize("name", ["signals", "tags", "review_reasons", "quality_parts", "scenario", "license"])
def test_a_column_of_nothing_but_nulls_may_have_the_type_of_nulls(name: str) -> None:
    """Pandas and others write the type of nulls for a column without values."""
    place = SCHEMA.get_field_index(name)
    assert list(schema_faults(SCHEMA.set(place, pa.field(name, pa.null())))) == []


@pytest.mark.parametrize(("replaced", "leaks"), [(7, True), (8, False)])
def test_the_threshold_of_a_near_duplicate_is_the_one_computed_by_hand(tmp_path: Path, replaced: int, leaks: bool) -> None:
    text = words(random.Random(9), 100).split()
    other = text[:-replaced] + [f"other{number}" for number in range(replaced)]
    one, two = ({tuple(own[at : at + 3]) for at in range(98)} for own in (text, other))
    assert (len(one & two) / len(one | two) >= 0.85) is leaks

    def plant(splits: Splits) -> None:
        splits["test"][0]["messages"] = [{"role": "user", "content": " ".join(text)}]
        splits["train"][0]["messages"] = [{"role": "assistant", "content": " ".join(other)}]

    assert ("leakage" in made(tmp_path, plant).failed_gates) is leaks


@pytest.mark.parametrize(
    "place",
    [
        lambda row, text: row["messages"][0].update(content=f"Answer like this: {text}"),
        lambda row, text: row.update(rejected_response=text),
        lambda row, text: row.update(messages=[{"role": "assistant", "content": text}]),
    ],
)
@pytest.mark.parametrize(("home", "split"), [("test", "train"), ("validation", "train"), ("test", "validation")])
def test_held_out_text_is_found_in_every_field_of_a_record(
    tmp_path: Path, place: Callable[[Row, str], None], home: str, split: str
) -> None:
    report = made(tmp_path, lambda splits: place(splits[split][2], said(splits[home][3])))
    assert report.failed_gates == ["leakage"]
    assert len(set(re.findall("elsewhere-[0-9]+", str(report.numbers["gates"]["leakage"]["examples"])))) == 2


@pytest.mark.parametrize(
    "disguise",
    [
        lambda text: text.replace("a", "&#97;"),
        lambda text: text.replace(" ", "&nbsp;"),
        lambda text: " ".join(f"<b>{word}</b>" for word in text.split()),
        lambda text: text.replace(" ", '<br/> <span class="x">'),
        lambda text: text.replace(" ", "\u3164 "),
    ],
)
def test_a_copy_with_markup_of_a_web_page_is_a_copy(tmp_path: Path, disguise: Callable[[str], str]) -> None:
    def plant(splits: Splits) -> None:
        first(splits)["messages"] = copy.deepcopy(splits["test"][0]["messages"])
        for message in first(splits)["messages"]:
            message["content"] = disguise(message["content"])

    assert made(tmp_path, plant).failed_gates == ["leakage"]


def test_a_short_conversation_in_one_turn_of_a_long_one_is_found_when_it_is_asked_for(tmp_path: Path) -> None:
    splits = make_splits()
    text = words(random.Random(4), 20)
    turns = [text, said(splits["test"][0]), text[::-1]]
    first(splits)["messages"] = [{"role": "user", "content": turn} for turn in turns]
    dataset = write_version(tmp_path / "dataset", splits)
    assert violations(check(dataset)) == {}
    assert violations(check(dataset, part_words=40)) == {"part of a conversation of another split": 1}


@pytest.mark.parametrize(
    ("plant", "check_name"),
    [
        (setting(provenance=None), "provenance is missing"),
        (setting(provenance=provenance(" ", " ", " ")), "provenance is missing"),
        (
            setting(provenance=provenance("a", "b", "c") | {"id": "p_" + 24 * "0"}),
            "provenance id does not follow from its parts",
        ),
        (setting(created_at=datetime(2027, 1, 1, tzinfo=UTC)), "field is missing or not of the contract"),
        (setting(record_id="elsewhere-00399\u200b"), "field is missing or not of the contract"),
        (setting(record_id="elsewhere-00399"), "record_id is not unique"),
        (setting(conversation_id="TALK-00399"), "conversation in two splits"),
        (setting(conversation_id="talk\u200b-00399"), "conversation in two splits"),
        (setting(subject_id="Person_00399X"), "person in two splits"),
        (setting(quality_parts={"turns": 99.0}), "field is missing or not of the contract"),
        (setting(complexity=2**62), "field is missing or not of the contract"),
        (setting(messages=[]), "message without role or content"),
        (setting(messages=[{"role": "system", "content": "Only this."}]), "field is missing or not of the contract"),
        (
            setting(messages=[{"role": "user", "content": "hello you"}, {"role": "assistant", "content": " "}]),
            "field is missing or not of the contract",
        ),
        (setting(family="sarcasm"), "held-out family outside of test"),
        (setting(family="long-running-therapy"), "held-out family outside of test"),
        (setting(family="edgecasecrisis"), "held-out family outside of test"),
        (setting(source="Synthetic"), "field is missing or not of the contract"),
        (setting(provenance=provenance("a", "b", "Synthesize 2")), "synthetic record under another source"),
        (setting(category="chat"), "category is unknown"),
        (setting(tags=[CANARY]), "canary survived"),
        (setting(provenance=provenance("a", CANARY, "b")), "canary survived"),
        (adding(f" {CANARY.upper()}"), "canary survived"),
        (adding(f" {' '.join(CANARY)}"), "canary survived"),
        (adding(f" {CANARY[::-1]}"), "canary survived"),
        (adding(" " + base64.b64encode(CANARY.encode()).decode()), "canary survived"),
        (adding(" " + CANARY.replace("a", "а")), "canary survived"),  # Cyrillic
        (adding(" canary_\n7f3a9c"), "canary survived"),
        (adding(" canary&#95;7f3a9c"), "canary survived"),
        (adding(" ann.smith&#64;mail.example.com"), "e-mail address in the text"),
        (lambda splits: [row.update(source="synthetic") for row in splits["validation"][:7]], "too much is synthetic"),
        (
            lambda splits: [row.update(family="voice_persona") for row in splits["train"][:20]],
            "too little of a family is held out",
        ),
    ],
)
def test_a_planted_fault_of_a_record_is_found(tmp_path: Path, plant: Callable[[Splits], Any], check_name: str) -> None:
    report = made(tmp_path, plant)
    assert check_name in violations(report)
    gate = next(gate for gate in report.numbers["gates"].values() if gate["violations"].get(check_name))
    assert [example for example in gate["examples"] if example[0] == check_name and example[1]]


def test_the_bird_and_dashes_are_not_taken_for_canaries(tmp_path: Path) -> None:
    assert violations(made(tmp_path, adding(" I have a canary - yellow, and a c a n a r i o too. yranac"))) == {}


def _unreadable(splits: Splits) -> None:
    for row, (name, value) in zip(
        splits["train"],
        [
            ("pii_status", SECRET), ("source", SECRET), ("family", SECRET), ("category", SECRET), ("language", SECRET),
            ("relationship_stage", SECRET), ("license", SECRET), ("split", SECRET), ("record_id", SECRET), ("scenario", SECRET),
            ("conversation_id", SECRET), ("subject_id", SECRET), ("tags", [SECRET]), ("cluster_id", SECRET),
            ("provenance", provenance(SECRET, SECRET, SECRET)),
        ],
        strict=False,
    ):  # fmt: skip
        row[name] = value
    splits["test"][0] |= {"record_id": f"{SECRET}!", "messages": copy.deepcopy(splits["train"][20]["messages"])}


def test_no_report_repeats_a_text_that_is_in_a_field_for_a_word(tmp_path: Path) -> None:
    claims = {"version": SECRET, "format": SECRET, "made_by": {SECRET: 3}, "licenses": {SECRET: {SECRET: 1}}}
    report = made(tmp_path, _unreadable, **claims, counts={"records": 1, "splits": {SECRET: 2}, "families": {SECRET: SECRET}})
    assert len(violations(report)) > 10
    gates = json.dumps(report.numbers["gates"], ensure_ascii=False) + str(report.blocks)
    assert SECRET not in gates.replace("\\n", "\n")


def _rewrite(dataset: Path, name: str, content: bytes) -> None:
    """Change a file and update every hash of it."""
    (dataset / name).write_bytes(content)
    manifest = json.loads((dataset / "manifest.json").read_bytes())
    described = json.loads((dataset / "croissant.json").read_bytes()) if name != "croissant.json" else None
    for changed in (name, "croissant.json"):
        if described and changed == "croissant.json":
            for entry in described["distribution"]:
                entry["sha256"] = manifest["files"][entry["contentUrl"]]["sha256"]
            (dataset / changed).write_text(json.dumps(described))
        content = (dataset / changed).read_bytes()
        manifest["files"][changed] |= {"sha256": sha256(content), "bytes": len(content)}
    write_manifest(dataset, {key: value for key, value in manifest.items() if key not in {"seal", "address"}})


@pytest.mark.parametrize(
    ("name", "edit", "gate"),
    [
        ("compiled.jsonl", lambda old: b"\xef\xbb\xbf" + old, "hash"),
        ("compiled.jsonl", lambda old: old.replace(b"7.25", b"NaN", 1), "hash"),
        ("compiled.jsonl", lambda old: old.replace(b"elsewhere-00003", b"elsewhere-\xff0003", 1), "hash"),
        ("compiled.jsonl", lambda old: b"[" * 10_000 + b"\n" + old, "hash"),
        ("provenance.jsonl", lambda old: old.split(b"\n")[0] + b"\n" + old, "provenance"),
        ("statistics.json", lambda old: b"\xef\xbb\xbf" + old, "hash"),
        ("statistics.json", lambda old: old.decode().encode("utf-16"), "hash"),
        ("statistics.json", lambda old: 10_000 * b"[" + old, "statistics"),
        ("statistics.json", lambda old: old.replace(b"7.25", b"1e400"), "statistics"),
        ("statistics.json", lambda old: old.replace(b'"records": 400', b'"records": ' + b"9" * 5_000), "statistics"),
        ("statistics.json", lambda old: old.replace(b'"splits": {', b'"splits": {"dev": {}, ', 1), "statistics"),
        ("test/_shards.json", lambda old: old.replace(b'"rows": 20', b'"rows": 1e999'), "hash"),
        ("test/_shards.json", lambda old: json.dumps({"shards": 2 * json.loads(old)["shards"]}).encode(), "hash"),
        ("test/_shards.json", lambda old: old.replace(b'{"shards"', b'{"shards": [], "shards"'), "hash"),
        ("schema.json", lambda old: old[1:-1], "hash"),
        ("croissant.json", lambda old: b"{}" + old[:0], "hash"),
        ("README.md", lambda old: old + b"\xff", "hash"),
    ],
)
def test_a_file_that_two_readers_could_read_in_two_ways_is_named(
    tmp_path: Path, name: str, edit: Callable[[bytes], bytes], gate: str
) -> None:
    dataset = write_version(tmp_path / "dataset", make_splits())
    _rewrite(dataset, name, edit((dataset / name).read_bytes()))
    report = check(dataset)
    assert gate in report.failed_gates
    assert gate == "statistics" or name in str(report.numbers["gates"][gate]["examples"])


@pytest.mark.parametrize(
    ("edit", "said"),
    [
        (lambda manifest: manifest["files"]["README.md"].update(bytes="29"), "files.README.md.bytes"),
        (lambda manifest: manifest["counts"].update(records=True), "counts.records"),
        (lambda manifest: manifest.update(name="x" * 1_000), "name"),
        (lambda manifest: manifest.update(name="red\x1b[31m"), "name"),
        (lambda manifest: manifest.update(name="\ud800"), "is not valid JSON"),
        (lambda manifest: manifest["files"].update({"train/\ud800": {"sha256": 64 * "0", "bytes": 1}}), "is not valid JSON"),
    ],
)
def test_a_manifest_with_a_claim_of_the_wrong_kind_is_one_clear_error(
    tmp_path: Path, edit: Callable[[dict[str, Any]], Any], said: str
) -> None:
    dataset = write_version(tmp_path / "dataset", make_splits(90, 5, 5))
    manifest = json.loads((dataset / "manifest.json").read_bytes())
    edit(manifest)
    (dataset / "manifest.json").write_text(json.dumps(manifest))
    with pytest.raises(UsageError, match=re.escape(said)) as caught:
        check(dataset)
    assert len(str(caught.value).splitlines()) == 1


@pytest.mark.parametrize(
    ("claims", "check_name"),
    [
        ({"as_of": "2026-99-99", "version": "v3_20269999"}, "version name does not follow from the manifest"),
        ({"licenses": {"CC-BY-4.0": {"sarcasm": 400}}}, "statistic is wrong"),
        ({"made_by": {"their exporter 2.1": 399}}, "statistic is wrong"),
        ({"parents": [{"sha256": "their product"}]}, "parent is not named"),
        ({"text_normalization": "0"}, "text normalization is unknown"),
        ({"params": {"version": 3, "holdout_families": {"product": 1.0}}}, "held-out family outside of test"),
    ],
)
def test_a_claim_that_is_sealed_but_wrong_is_found(tmp_path: Path, claims: dict[str, Any], check_name: str) -> None:
    assert check_name in violations(made(tmp_path, **claims))


@pytest.mark.parametrize(
    "odd",
    [
        lambda dataset: (dataset / "train" / "part-00009.parquet").symlink_to("/nowhere/part-00000.parquet"),
        lambda dataset: (dataset / "train" / "more").symlink_to(dataset / "test", target_is_directory=True),
        lambda dataset: os.mkfifo(dataset / "test" / "part-00001.parquet"),
    ],
)
def test_an_entry_beside_the_shards_that_is_not_a_file_is_named_and_never_followed(
    tmp_path: Path, odd: Callable[[Path], Any]
) -> None:
    dataset = write_version(tmp_path / "dataset", make_splits())
    odd(dataset)
    assert violations(check(dataset)) == {"file is not in the manifest": 1}


def test_counts_and_examples_agree_with_a_recount(tmp_path: Path) -> None:
    report = made(tmp_path, lambda splits: [row.update(pii_status="requires_review") for row in splits["train"][:33]])
    rows = [row for part in sorted(tmp_path.glob("dataset/*/*.parquet")) for row in pq.read_table(part).to_pylist()]
    doubtful = sorted(row["record_id"] for row in rows if row["pii_status"] not in {"clean", "redacted"})
    gate = report.numbers["gates"]["pii"]
    assert gate["violations"]["pii_status is not clean or redacted"] == len(doubtful) == 33
    assert [example[1] for example in gate["examples"]] == doubtful[:20]
    assert report.numbers["records"] == len(rows)
    assert html.escape(doubtful[0]) in str(report.blocks)
