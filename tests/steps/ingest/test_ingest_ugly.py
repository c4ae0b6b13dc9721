"""Files as people have them: every row comes out, or its place and what to do about it; nothing ends in a traceback."""

from __future__ import annotations

import bz2
import gzip
import json
import os
import time
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import yaml
from product_sample import KEY, rows_of

from attune.config.params import IngestParams, RedactParams, RunParams
from attune.errors import UsageError
from attune.reporting.report import Report
from attune.runtime.step import Context
from attune.steps.ingest.families import Family
from attune.steps.ingest.listing import list_objects
from attune.steps.ingest.loaders import Broken, Loaded, load
from attune.steps.ingest.loaders.speaker_labels import turn_of
from attune.steps.ingest.mapping import raw_row
from attune.steps.ingest.step import ingest

QUESTIONS = {"question": "q", "answer": "a"}
PAIR = {"q": "Why?", "a": "So."}
LINE = json.dumps(PAIR).encode() + b"\n"


def family(loader: str, columns: Any = QUESTIONS, **more: Any) -> Family:
    return Family.model_validate({"family": "f", "pattern": "*", "loader": loader, "columns": columns, **more})


def read(path: Path, content: bytes, entry: Family) -> list[Loaded | Broken]:
    path.write_bytes(content)
    return list(load(str(path), entry))


def mapped(fields: dict[str, Any], **columns: Any) -> dict[str, Any]:
    return raw_row(family("jsonl", {**QUESTIONS, **columns}), "key", Loaded("line 1", fields), KEY)


def take(root: Path | str, tmp_path: Path, **entry: Any) -> Report:
    values = {"family": "mine", "pattern": "*", "loader": "jsonl", "columns": QUESTIONS, "license": "MIT", **entry}
    (tmp_path / "map.yaml").write_text(yaml.safe_dump({"families": [values]}))
    params = IngestParams(families=str(tmp_path / "map.yaml"))
    run = RunParams(quarantine_limit=1.0)
    return ingest([str(root)], str(tmp_path / "out"), params, Context(subject_key=KEY), redact=RedactParams(), run=run)


def zstd(content: bytes) -> bytes:
    return pa.Codec("zstd").compress(content, asbytes=True)  # type: ignore[no-any-return]


@pytest.mark.parametrize(
    "content",
    [
        zstd(LINE) + zstd(LINE),
        b"\x50\x2a\x4d\x18\x04\x00\x00\x00note" + zstd(LINE + LINE),
        gzip.compress(LINE) + gzip.compress(LINE) + b"\x00" * 512,
        (LINE + LINE).replace(b"\n", b"\r"),
        (LINE + LINE).replace(b"\n", b"\r\n"),
    ],
)
def test_frames_members_padding_and_line_ends_of_all_kinds_are_read_through(tmp_path: Path, content: bytes) -> None:
    rows = read(tmp_path / "x", content, family("jsonl"))
    assert [row.fields for row in rows if isinstance(row, Loaded)] == [PAIR, PAIR]
    assert len(rows) == 2


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (bz2.compress(LINE), "packed with bzip2"),
        (b"\xfd7zXZ\x00" + b"\x00" * 40, "packed with xz"),
        (b"PK\x03\x04" + b"\x00" * 40, "a zip archive"),
        (gzip.compress(gzip.compress(LINE)), "packed with gzip twice"),
        (b"PAR1" + b"\x00" * 40, "a Parquet file"),
    ],
)
def test_a_file_packed_in_a_way_that_nobody_reads_is_named_once(tmp_path: Path, content: bytes, said: str) -> None:
    for loader in ("jsonl", "csv", "json"):
        (row,) = read(tmp_path / "x", content, family(loader))
        assert isinstance(row, Broken)
        assert (row.place, said in row.reason) == ("whole file", True)


@pytest.mark.parametrize("text", ["\n\nq, a\nWhy?,So.\n", "sep=,\nq,a\nWhy?,So.\n", "q ,a,z\n\nWhy?,So.,1\n"])
def test_what_spreadsheets_put_before_and_around_a_header_is_no_header(tmp_path: Path, text: str) -> None:
    (row,) = read(tmp_path / "x", text.encode(), family("csv"))
    assert isinstance(row, Loaded)
    assert {name: row.fields[name] for name in PAIR} == PAIR


def test_a_csv_parted_by_other_signs_says_which_to_set(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"its fields seem to be separated by ';': set `delimiter` of its entry"):
        read(tmp_path / "x", b"q;a\nWhy?;So.\n", family("csv"))


@pytest.mark.parametrize(
    ("text", "rows", "said"),
    [
        ('{"version": "1", "data": [%s, %s]}', 2, ""),
        ('{"train": [%s], "tags": ["x"], "test": [%s]}', 2, ""),
        ("[%s, %s] and more", 2, "has something after its end"),
        ("[%s][%s]", 1, "has something after its end"),
        ('{"data": [%s, %s]}{"data": []}', 2, "has something after its end"),
        ('[%s, {"q": "cut', 1, "what follows is lost"),
        ('{"data": [%s, %s', 2, "what follows is lost"),
    ],
)
def test_every_array_of_a_json_file_is_read_and_what_stands_behind_is_named(
    tmp_path: Path, text: str, rows: int, said: str
) -> None:
    filled = text.replace("%s", json.dumps(PAIR))
    found = read(tmp_path / "x", filled.encode(), family("json"))
    loaded = [row for row in found if isinstance(row, Loaded) and row.fields == PAIR]
    broken = [row.reason for row in found if isinstance(row, Broken) and "is not a JSON object" not in row.reason]
    assert len(loaded) == rows
    assert len({row.place for row in found}) == len(found)
    assert [said in reason for reason in broken] == ([True] if said else [])


def test_a_single_object_may_hold_lists_beside_what_the_map_needs(tmp_path: Path) -> None:
    row = {"tags": [], "scores": [1, 2.5], **PAIR, "more": {"x": [1]}}
    assert read(tmp_path / "x", json.dumps(row).encode(), family("json")) == [Loaded("item 1", row)]


def test_numbers_and_texts_that_lie_across_the_edges_of_what_is_held_are_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from attune.steps.ingest.loaders import json_rows

    monkeypatch.setattr(json_rows, "_CHUNK", 3)
    items = [{**PAIR, "n": 12345.678, "t": '[{"q": 1}]'}, {**PAIR, "n": -7}]
    for text in (json.dumps(items), json.dumps({"v": 12345, "data": items})):
        assert [row.fields for row in read(tmp_path / "x", text.encode(), family("json")) if isinstance(row, Loaded)] == items


def test_the_speakerless_beginning_of_a_transcript_is_one_finding(tmp_path: Path) -> None:
    entry = family("transcript", None, roles={"Coach": "assistant", "*": "user"})
    rows = read(tmp_path / "x", b"recorded in spring\nall rights\n\nCoach: Hi.\nS2>> odd\nSpeaker 2: Hello.\n", entry)
    assert [type(row) for row in rows] == [Broken, Loaded]
    assert isinstance(rows[1], Loaded)
    assert [turn["role"] for turn in rows[1].fields["messages"]] == ["assistant", "user"]
    prose = read(tmp_path / "x", b"no speaker here\n" * 500, entry)
    assert [row.place for row in prose] == ["line 1"]


def test_zero_is_an_id_like_any_other() -> None:
    first, second = (mapped({**PAIR, "g": 0, "u": 0, "n": n}, group="g", subject="u") for n in (1, 2))
    assert first["conversation_id"] == second["conversation_id"] != mapped({**PAIR, "g": 1}, group="g")["conversation_id"]
    assert first["subject_id"] is not None


@pytest.mark.parametrize(
    ("given", "moment"),
    [
        (1_700_000_000, "2023-11-14T22:13:20+00:00"),
        (1_700_000_000_000, "2023-11-14T22:13:20+00:00"),
        ("2026-01-31", "2026-01-31T00:00:00+00:00"),
        ("", None),
        (None, None),
    ],
)
def test_moments_are_dates_or_seconds_since_1970(given: Any, moment: str | None) -> None:
    row = mapped({**PAIR, "t": given}, created_at="t")
    assert row["problem"] is None
    assert (row["created_at"] and row["created_at"].isoformat()) == moment


@pytest.mark.parametrize("given", ["yesterday", -5, 1e30, True, "2026-13-01", float("inf")])
def test_what_is_no_moment_is_quarantined_and_says_how_to_write_one(given: Any) -> None:
    assert "t is not a timestamp; write it as 2026-01-31T10:00:00Z" in mapped({**PAIR, "t": given}, created_at="t")["problem"]


@pytest.mark.parametrize(("given", "language"), [("en-US", "en"), ("DE", "de"), ("pt_BR", "pt"), ("German", None), ("", None)])
def test_a_language_is_taken_from_its_code_and_never_from_the_first_letters_of_a_name(given: str, language: str | None) -> None:
    assert mapped({**PAIR, "l": given}, language="l")["language"] == language


def test_a_pair_without_its_rejected_answer_is_no_preference() -> None:
    for rejected in (None, "", " "):
        problem = mapped({**PAIR, "r": rejected}, rejected="r")["problem"]
        assert problem == "key: r is empty, and a preference needs both answers"


def test_names_of_files_are_taken_as_they_are(tmp_path: Path) -> None:
    names = [
        "sp ace",
        "ünï/日本",
        "new\nline",
        "per%41cent+",
        "#hash?",
        "{a,b}[c]*",
        "::x",
        "a::b",
        "file:x",
        "-dash",
        "a.b/.c.d",
    ]
    for name in [*names, ".hidden", "a/.b/c"]:
        (tmp_path / "in" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "in" / f"{name}.jsonl").write_bytes(LINE)
    report = take(tmp_path / "in", tmp_path)
    read_names = {row["provenance"]["origin"].removesuffix(".jsonl") for row in rows_of(tmp_path / "out")}
    assert read_names == set(names) - {"a.b/.c.d"}
    assert report.numbers["coverage"]["mine"]["objects"] == len(names) - 1


def test_links_inside_the_root_are_followed_and_never_in_circles_and_others_are_refused(tmp_path: Path) -> None:
    root, elsewhere = tmp_path / "in", tmp_path / "elsewhere"
    for folder in (root / "deep", elsewhere):
        folder.mkdir(parents=True)
        (folder / "x.jsonl").write_bytes(LINE)
    (root / "linked").symlink_to(root / "deep")
    (root / "deep" / "loop").symlink_to(root)
    os.mkfifo(root / "pipe.jsonl")
    assert [key for key, _ in list_objects(str(root))] == ["deep/x.jsonl", "linked/x.jsonl"]
    for name, target in (("out", elsewhere), ("deep/out.jsonl", elsewhere / "x.jsonl")):
        (root / name).symlink_to(target)
        with pytest.raises(UsageError, match=rf"{name}: is a link that leads out of"):
            list(list_objects(str(root)))
        (root / name).unlink()


@pytest.mark.parametrize("target", ["nowhere", "x.jsonl"])
def test_a_link_to_nothing_or_to_itself_is_named_and_not_passed_over(tmp_path: Path, target: str) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "x.jsonl").symlink_to(target)
    (tmp_path / "in" / ".#lock").symlink_to("nobody@nowhere")  # as editors leave them
    with pytest.raises(UsageError, match=r"in/x\.jsonl: (no such file, or a broken link|cannot be read)"):
        take(tmp_path / "in", tmp_path)


def test_a_name_that_is_no_utf8_is_named_with_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    Path(os.fsdecode(os.fsencode(tmp_path / "in") + b"/b\xff.jsonl")).write_bytes(LINE)
    with pytest.raises(UsageError, match=r"b\ufffd\.jsonl: its name is not UTF-8; rename it"):
        take(tmp_path / "in", tmp_path)


def test_parquet_columns_of_other_kinds_are_read_or_named(tmp_path: Path) -> None:
    turns = [{"content": "Why?", "name": None, "role": "user"}, {"content": "So.", "name": "x", "role": "assistant"}]
    table = pa.table({"z": [1], "messages": [turns], "q": pa.array(["Why?"]).dictionary_encode(), "b": [b"\xff"]})
    sink = pa.BufferOutputStream()
    pq.write_table(table, sink)
    content = sink.getvalue().to_pybytes()
    for columns, problem in (
        ("messages", None),
        ({"question": "q", "answer": "q"}, None),
        ({"question": "q", "answer": "b"}, "key: b is not text"),
    ):
        entry = family("parquet", columns)
        (row,) = read(tmp_path / "x", content, entry)
        assert raw_row(entry, "key", row, KEY)["problem"] == problem


def test_thousands_of_tiny_files_are_read_with_few_files_open(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    for number in range(3_000):
        (tmp_path / "in" / f"{number:05}.jsonl").write_bytes(LINE)
    entry = family("jsonl")
    before = len(list(Path("/proc/self/fd").iterdir()))
    rows = sum(1 for key, _ in list_objects(str(tmp_path / "in")) for _ in load(str(tmp_path / "in" / key), entry))
    assert rows == 3_000
    assert len(list(Path("/proc/self/fd").iterdir())) <= before + 1


@pytest.mark.parametrize("label", ["Speaker 2", "SPEAKER_01", "speaker 3", "Unknown Speaker", "Client", "Participant 12"])
def test_a_label_of_a_speaker_is_a_turn_or_named_and_never_put_into_the_mouth_of_another(tmp_path: Path, label: str) -> None:
    text = f"Coach: Hi.\n[00:05] {label}: I am sad.\nHe said: no.\nCoach: Tell me.\n".encode()
    open_roles = family("transcript", None, roles={"Coach": "assistant", "*": "user"}, known={"user": ["speakers"]})
    (row,) = read(tmp_path / "x", text, open_roles)
    assert isinstance(row, Loaded)
    assert [turn["role"] for turn in row.fields["messages"]] == ["assistant", "user", "assistant"]
    assert row.fields["messages"][1]["content"] == "I am sad.\nHe said: no."
    assert row.fields["speakers"] == []
    (broken,) = read(tmp_path / "x", text, family("transcript", None, roles={"Coach": "assistant"}))
    assert isinstance(broken, Broken)
    assert "speaker label that `roles`" in broken.reason


WAYS_TO_NAME = [
    "{name}: {text}",
    "{name} : {text}",
    "{name}： {text}",
    "[00:01:23] {name}: {text}",
    "00:01:23, {name}: {text}",
    "{name} (00:01:23): {text}",
    "{name} [01:23]: {text}",
    "{name} 00:01:23: {text}",
    "{name}: [00:01:23] {text}",
    "{name} (01:23):\n{text}\n",
    "{name} (01:23)\n{text}\n",
    "{name}  1:23\n{text}\n",
    "00:01:23 {name}\n{text}\n",
    "**{name}:** {text}\n",
    "**{name}**: {text}\n",
    ">> {name}: {text}",
    "12 {name}: {text}",
    "3. {name}: {text}",
    "- {name}: {text}",
]


@pytest.mark.parametrize("way", WAYS_TO_NAME)
@pytest.mark.parametrize(
    ("one", "other"), [("Therapist", "Ann"), ("Therapist", "Client"), ("Therapist 1", "Ann Kowalski"), ("T1", "C1")]
)
def test_who_speaks_is_known_in_every_way_in_which_transcripts_name_people(
    tmp_path: Path, way: str, one: str, other: str
) -> None:
    said = [(one, "What brings you here?"), (other, "I met him at 10:30 and he said: no."), (one, "Tell me more.")]
    text = "\n".join(way.format(name=name, text=words) for name, words in said)
    roles = {"Therapist": "assistant", "T": "assistant", "C": "user", "*": "user"}
    (row,) = read(tmp_path / "x", text.encode(), family("transcript", None, roles=roles, known={"user": ["speakers"]}))
    assert isinstance(row, Loaded)
    turns = [(turn["role"], turn["content"]) for turn in row.fields["messages"]]
    assert turns == [("assistant", said[0][1]), ("user", said[1][1]), ("assistant", said[2][1])]
    assert row.fields["speakers"] == ([other] if other.startswith("Ann") else [])


@pytest.mark.parametrize(
    "line",
    [
        "Ann: I am sad.",
        "C: I am sad.",
        "Ann (00:02): I am sad.",
        ">> I am sad.",
        "[00:05] >> I am sad.",
        "Patient 0:03",
        "- Ann: Sad.",
    ],
)
def test_words_of_somebody_whom_the_map_does_not_know_are_never_the_assistants(tmp_path: Path, line: str) -> None:
    text = f"Coach: Hi.\n{line}\nCoach: Tell me.\n".encode()
    (row,) = read(tmp_path / "x", text, family("transcript", None, roles={"Coach": "assistant"}))
    assert isinstance(row, Broken)
    assert "speaker" in row.reason


def test_two_dashes_in_a_cue_are_two_people(tmp_path: Path) -> None:
    text = "WEBVTT\n\n00:01.000 --> 00:02.000\nCoach: Hi.\n\n00:03.000 --> 00:04.000\n- Are you well?\n- I am sad.\n"
    (row,) = read(tmp_path / "x", text.encode(), family("transcript", None, roles={"Coach": "assistant", "*": "user"}))
    assert isinstance(row, Broken)
    assert "without a name" in row.reason


@pytest.mark.parametrize(
    "line", ["Monday 10:30 works.", "He said: no.", "The thing is: I hate it.", "Remember: breathe.", "1. Sleep", "- walk"]
)
def test_a_line_that_names_nobody_goes_on_with_the_turn(tmp_path: Path, line: str) -> None:
    text = f"Coach: Hi.\nAnn: Well.\n{line}\n".encode()
    (row,) = read(tmp_path / "x", text, family("transcript", None, roles={"Coach": "assistant", "*": "user"}))
    assert isinstance(row, Loaded)
    assert row.fields["messages"][-1] == {"role": "user", "content": f"Well.\n{line}"}


@pytest.mark.parametrize(
    "line", ["A" + " " * 10**6 + "x", "A " * 10**6, "**" + "a" * 10**6, "A (" * 10**5, "[00:01" + " " * 10**6 + "x"]
)
def test_a_line_that_goes_on_and_on_costs_no_more_than_its_length(line: str) -> None:
    before = time.process_time()
    turn_of(line)
    assert time.process_time() - before < 2


def test_days_decimals_and_absent_numbers_of_parquet_are_moments_or_nothing(tmp_path: Path) -> None:
    second = 1_735_689_600
    for column in (
        pa.array([date(2025, 1, 1)]),
        pa.array([Decimal(second)]),
        pa.array([float(second)]),
        pa.array([float("nan")]),
    ):
        pq.write_table(pa.table({"q": ["Why?"], "a": ["So."], "at": column}), tmp_path / "x.parquet")
        (row,) = load(str(tmp_path / "x.parquet"), family("parquet", {**QUESTIONS, "created_at": "at"}))
        assert isinstance(row, Loaded)
        moment = mapped(row.fields, created_at="at")["created_at"]
        assert moment == (
            None if pa.types.is_floating(column.type) and column.to_pylist()[0] != second else datetime(2025, 1, 1, tzinfo=UTC)
        )


def test_keys_that_begin_with_a_slash_or_hold_signs_are_read_from_a_store_by_their_very_names(
    s3_bucket: str, tmp_path: Path
) -> None:
    import boto3

    keys = ["in/a::b.jsonl", "in//c.jsonl", "in/d+e f%20g.jsonl", "in/h#i?j=k.jsonl", "in/*[l].jsonl"]
    for key in keys:
        boto3.client("s3").put_object(Bucket=s3_bucket.removeprefix("s3://"), Key=key, Body=LINE)
    report = take(f"{s3_bucket}/in", tmp_path)
    assert report.numbers["coverage"]["mine"]["records"] == len(keys)
