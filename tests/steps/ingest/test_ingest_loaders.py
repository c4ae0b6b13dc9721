"""Loaders: every format in every packing gives the same rows, and what is badly made is named in its place and counted."""

from __future__ import annotations

import codecs
import gzip
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from product_sample import KEY

from attune.config.ingest import IngestLimits
from attune.errors import UsageError
from attune.steps.ingest.families import Family
from attune.steps.ingest.loaders import Broken, Loaded, load
from attune.steps.ingest.loaders.texts import parse_chatml
from attune.steps.ingest.mapping import raw_row

QUESTIONS = {"question": "q", "answer": "a"}
PAIR = {"q": "Why é?", "a": "So 😀."}
TURNS = [{"role": "user", "content": "Why?"}, {"role": "assistant", "content": "So."}]


def family(loader: str, columns: Any = None, **more: Any) -> Family:
    return Family.model_validate({"family": "f", "pattern": "*", "loader": loader, "columns": columns, **more})


def zstd(content: bytes) -> bytes:
    return pa.Codec("zstd").compress(content, asbytes=True)  # type: ignore[no-any-return]


def read(path: Path, content: bytes, entry: Family) -> list[Loaded | Broken]:
    path.write_bytes(content)
    return list(load(str(path), entry))


def mapped(entry: Family, fields: dict[str, Any]) -> dict[str, Any]:
    return raw_row(entry, "key", Loaded("line 1", fields), KEY)


def parquet_bytes(rows: list[dict[str, Any]]) -> bytes:
    sink = pa.BufferOutputStream()
    pq.write_table(pa.Table.from_pylist(rows), sink)
    return sink.getvalue().to_pybytes()  # type: ignore[no-any-return]


CHATML = (
    "<|im_start|>system\nBe kind.<|im_end|>\n<|im_start|>user\nWhy?<|im_end|>\n<|im_start|>assistant\nSo.\nAnd so.<|im_end|>\n"
)
FORMATS = {
    "jsonl": (json.dumps(PAIR).encode() + b"\n", QUESTIONS),
    "json": (json.dumps([PAIR]).encode(), QUESTIONS),
    "csv": ("q,a\r\nWhy é?,So 😀.\r\n".encode(), QUESTIONS),
    "parquet": (parquet_bytes([PAIR]), QUESTIONS),
    "transcript": (b"[00:00:01] user: Why?\nassistant: So.\n", None),
    "chatml": (CHATML.encode(), None),
    "text": ("A text é.\n\nOf two paragraphs.\n".encode(), None),
}


@pytest.mark.parametrize("loader", FORMATS)
@pytest.mark.parametrize("pack", [gzip.compress, zstd, lambda content: gzip.compress(content[:9]) + gzip.compress(content[9:])])
def test_every_format_reads_the_same_when_it_is_compressed(tmp_path: Path, loader: str, pack: Callable[[bytes], bytes]) -> None:
    content, columns = FORMATS[loader]
    entry = family(loader, columns)
    plain = read(tmp_path / "plain", content, entry)
    assert [type(row) for row in plain] == [Loaded]
    assert read(tmp_path / "packed.gz", pack(content), entry) == plain


@pytest.mark.parametrize("loader", FORMATS)
def test_an_empty_object_has_no_rows_and_raises_nothing(tmp_path: Path, loader: str) -> None:
    entry = family(loader, FORMATS[loader][1])
    assert read(tmp_path / "empty", b"", entry) == []
    assert read(tmp_path / "empty.gz", gzip.compress(b""), entry) == []


@pytest.mark.parametrize("loader", ["jsonl", "json", "csv"])
@pytest.mark.parametrize(
    ("mark", "encoding"),
    [(codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"), (b"", "utf-16-le"),
     (codecs.BOM_UTF32_LE, "utf-32-le")],
)  # fmt: skip
def test_the_byte_order_mark_decides_the_encoding(tmp_path: Path, loader: str, mark: bytes, encoding: str) -> None:
    text = FORMATS[loader][0].decode()
    (row,) = read(tmp_path / "x", mark + text.encode(encoding), family(loader, QUESTIONS))
    assert isinstance(row, Loaded)
    assert row.fields == PAIR


def test_another_encoding_is_read_where_the_map_says_so(tmp_path: Path) -> None:
    content = '{"q": "Why é?", "a": "So."}\n{"q": "Plain?", "a": "So."}\n'.encode("cp1252")
    entry = family("jsonl", QUESTIONS)
    problems = [raw_row(entry, "k", row, KEY)["problem"] for row in read(tmp_path / "x", content, entry)]
    assert problems == ["k: q is not valid UTF-8; set `encoding` of its entry in families.yaml if the file has another", None]
    rows = read(tmp_path / "x", content, family("jsonl", QUESTIONS, encoding="cp1252"))
    assert [row.fields["q"] for row in rows if isinstance(row, Loaded)] == ["Why é?", "Plain?"]


LINES = b"".join(
    json.dumps({"q": f"Why {number}? {number * 7919 % 1000003}", "a": "So."}).encode() + b"\n" for number in range(5000)
)


@pytest.mark.parametrize("pack", [gzip.compress, zstd])
def test_of_a_truncated_file_what_stands_before_is_kept_and_the_rest_is_named(
    tmp_path: Path, pack: Callable[[bytes], bytes]
) -> None:
    packed = pack(LINES)
    rows = read(tmp_path / "x", packed[: len(packed) * 3 // 4], family("jsonl", QUESTIONS))
    *before, last = rows
    assert isinstance(last, Broken)
    assert (last.place, "ends early" in last.reason) == (f"after line {len(before)}" if before else "whole file", True)
    assert all(isinstance(row, Loaded) for row in before)
    if pack is gzip.compress:
        assert len(before) > 1_000


@pytest.mark.parametrize("cut", [3, 40, -1, -9])
def test_a_truncated_parquet_file_is_one_broken_row(tmp_path: Path, cut: int) -> None:
    rows = read(tmp_path / "x", parquet_bytes([PAIR])[:cut], family("parquet", QUESTIONS))
    assert rows == [Broken("whole file", "is not a readable Parquet file; copy it again")]


@settings(deadline=None, max_examples=60)
@given(data=st.data(), loader=st.sampled_from(sorted(FORMATS)))
def test_no_damage_to_a_file_is_more_than_rows_or_a_usage_error(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject, loader: str
) -> None:
    content = bytearray(
        data.draw(st.sampled_from([FORMATS[loader][0], gzip.compress(FORMATS[loader][0]), zstd(FORMATS[loader][0])]))
    )
    for _ in range(data.draw(st.integers(1, 4))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    path = tmp_path_factory.getbasetemp() / "damaged"
    try:
        rows = read(path, bytes(content), family(loader, FORMATS[loader][1]))
    except UsageError:
        return
    reasons = " ".join(row.reason for row in rows if isinstance(row, Broken))
    assert not any(word in reasons for word in ("é", "paragraphs", "Why"))


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ('{"q": "a", "q": "b", "a": "c"}', "names a field twice"),
        ('{"q": {"x": 1, "x": 2}, "a": "c"}', "names a field twice"),
        ("[" * 100_000, "is nested too deeply (ingest.limits.nesting)"),
        ("3", "is not a JSON object"),
        ("null", "is not a JSON object"),
        ('{"q": "a"}', "lacks the field a"),
        ('{"q": "a", "a": "b"', "is not valid JSON"),
    ],
)
def test_a_bad_json_line_is_named_and_the_next_one_read(tmp_path: Path, text: str, reason: str) -> None:
    rows = read(tmp_path / "x", f"{text}\n{json.dumps(PAIR)}\n".encode(), family("jsonl", QUESTIONS))
    assert rows == [Broken("line 1", reason), Loaded("line 2", PAIR)]


def test_a_line_that_would_fill_the_memory_is_passed_over(tmp_path: Path) -> None:
    limits = IngestLimits(row_characters=100)
    too_long = "is longer than 100 characters (ingest.limits.row_characters)"
    huge = json.dumps({"q": "x" * 1_000, "a": "b"})
    path = tmp_path / "x"
    path.write_text(f"{huge}\n{json.dumps(PAIR)}\n{huge}")
    rows = list(load(str(path), family("jsonl", QUESTIONS), limits))
    assert rows == [Broken("line 1", too_long), Loaded("line 2", PAIR), Broken("line 3", too_long)]
    path.write_text(f"q,a\n{'x' * 1000},b\nWhy?,So.\n")
    rows = list(load(str(path), family("csv", QUESTIONS), limits))
    assert rows == [Broken("line 2", too_long), Loaded("line 3", {"q": "Why?", "a": "So."})]


@pytest.mark.parametrize(
    ("text", "fields"),
    [
        ('{"messages": [{"role": "user", "content": "Hi"}]}', {"messages": [{"role": "user", "content": "Hi"}]}),
        ('{"id": 1, "messages": []}', {"id": 1, "messages": []}),
        ('{"data": [{"messages": []}]}', {"messages": []}),
        ('[{"messages": []}]', {"messages": []}),
    ],
)
def test_a_json_file_is_an_array_or_holds_one_or_is_the_row_itself(tmp_path: Path, text: str, fields: dict[str, Any]) -> None:
    assert read(tmp_path / "x", text.encode(), family("json", "messages")) == [Loaded("item 1", fields)]


def test_json_lines_given_as_json_are_named_as_such(tmp_path: Path) -> None:
    (row,) = read(tmp_path / "x", f"{json.dumps(PAIR)}\n{json.dumps(PAIR)}\n".encode(), family("json", QUESTIONS))
    assert isinstance(row, Broken)
    assert "JSON Lines need loader: jsonl" in row.reason


def test_a_quote_that_is_never_closed_does_not_pass_for_a_field(tmp_path: Path) -> None:
    rows = read(tmp_path / "x", b'q,a\nOne?,So.\nTwo?,"So.\nThree?,So.\n', family("csv", QUESTIONS))
    assert [row.place for row in rows] == ["line 2", "line 3"]
    assert rows[1] == Broken("line 3", "opens a quote that is never closed; what follows it could not be read")


def test_a_column_that_stands_there_twice_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="has the column q twice"):
        read(tmp_path / "x", b"q,a,q\n1,2,3\n", family("csv", QUESTIONS))


def test_tabs_and_semicolons_part_fields_where_the_map_says_so(tmp_path: Path) -> None:
    for delimiter in "\t;":
        (row,) = read(
            tmp_path / "x", f"q{delimiter}a\nWhy, then?{delimiter}So.\n".encode(), family("csv", QUESTIONS, delimiter=delimiter)
        )
        assert row == Loaded("line 2", {"q": "Why, then?", "a": "So."})


VTT = """WEBVTT - a session

STYLE
::cue { color: white }

NOTE not said by anybody

1
00:00:01.000 --> 00:00:04.000 align:start
<v Dr. Ames>How was <i>your</i> week?</v>

00:00:04.000 --> 00:00:06.000
<v Ann>Long &amp; hard.

00:00:06.000 --> 00:00:08.000
<v Ann>I slept badly.
"""
SRT = """1
00:00:01,000 --> 00:00:04,000
Dr. Ames: How was
your week?

2
00:00:04,000 --> 00:00:06,000
- Ann: Long & hard.

3
00:00:06,000 --> 00:00:08,000
I slept badly.
"""
PLAIN = """[00:00:01] Dr. Ames: How was your week?
00:00:04 Ann: Long & hard.
[00:00:06 --> 00:00:08]
I slept badly.
"""


@pytest.mark.parametrize("text", [VTT, SRT, PLAIN, VTT.replace("\n", "\r\n"), SRT.replace("\n", "\r\n"), "\ufeff" + SRT])
def test_subtitles_and_plain_transcripts_of_a_session_are_the_same_turns(tmp_path: Path, text: str) -> None:
    entry = family("transcript", roles={"Dr. Ames": "assistant", "*": "user"}, known={"user": ["speakers"]})
    (row,) = read(tmp_path / "x", text.encode(), entry)
    assert isinstance(row, Loaded)
    said = [(turn["role"], turn["content"].split()) for turn in row.fields["messages"]]
    assert said == [("assistant", ["How", "was", "your", "week?"]), ("user", ["Long", "&", "hard.", "I", "slept", "badly."])]
    assert mapped(entry, row.fields)["known"] == {"user": ["Ann"]}


def test_a_text_without_names_has_the_speaker_that_the_map_gives_it(tmp_path: Path) -> None:
    text = "1\n00:00:01,000 --> 00:00:02,000\nWelcome back.\n\n2\n00:00:02,000 --> 00:00:03,000\nWelcome back.\nToday: shame.\n"
    (row,) = read(tmp_path / "x", text.encode(), family("transcript", roles={"unnamed": "assistant"}))
    assert isinstance(row, Loaded)
    assert row.fields["messages"] == [{"role": "assistant", "content": "Welcome back.\nToday: shame."}]
    broken = read(tmp_path / "x", text.encode(), family("transcript", roles={"Coach": "assistant"}))
    assert {type(row) for row in broken} == {Broken}
    assert {row.reason for row in broken if isinstance(row, Broken)} == {
        "begins with text of no speaker that `roles` of its entry in families.yaml names"
    }


def test_chatml_holds_any_number_of_conversations(tmp_path: Path) -> None:
    two = CHATML + "<|im_start|>user\nMore?<|im_end|>\n" + CHATML + "<|endoftext|><|im_start|>user\nHm?<|im_end|>\n---\n"
    rows = read(tmp_path / "x", two.encode(), family("chatml"))
    assert [len(row.fields["messages"]) for row in rows if isinstance(row, Loaded)] == [4, 3, 1]
    assert len({row.place for row in rows}) == 3
    first = rows[0]
    assert isinstance(first, Loaded)
    assert first.fields["messages"][2] == {"role": "assistant", "content": "So.\nAnd so."}


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("<|im_start|>user\nWhy?", "has a turn that does not end with <|im_end|>"),
        ("Why?\n<|im_start|>user\nWhy?<|im_end|>", "has text outside of a turn"),
        ("<|im_end|>", "ends a turn that never began"),
    ],
)
def test_broken_chatml_says_what_is_wrong(tmp_path: Path, text: str, reason: str) -> None:
    assert read(tmp_path / "x", text.encode(), family("chatml")) == [Broken("conversation 1", reason)]
    with pytest.raises(ValueError, match=reason.replace("|", r"\|")):
        parse_chatml(text)


@settings(deadline=None)
@given(
    st.lists(
        st.tuples(st.sampled_from(["user", "assistant"]), st.text(alphabet="ab \n.:-é", max_size=20)), min_size=1, max_size=6
    )
)
def test_chatml_gives_back_the_turns_that_were_written(turns: list[tuple[str, str]]) -> None:
    written = "".join(f"<|im_start|>{role}\n{content}<|im_end|>\n" for role, content in turns)
    assert parse_chatml(written) == [{"role": role, "content": content.strip()} for role, content in turns]


@settings(deadline=None, max_examples=50)
@given(st.lists(st.text(alphabet="abc .\n", max_size=9_000), max_size=5))
def test_no_word_of_a_text_is_lost_between_its_pieces(tmp_path_factory: pytest.TempPathFactory, paragraphs: list[str]) -> None:
    text = "\n\n".join(paragraphs)
    rows = read(tmp_path_factory.getbasetemp() / "text", text.encode(), family("text"))
    pieces = [row.fields["text"] for row in rows if isinstance(row, Loaded)]
    assert "".join("".join(pieces).split()) == "".join(text.split())
    assert all(len(piece) <= 8_000 for piece in pieces)
    assert len({row.place for row in rows}) == len(rows)


def test_the_pieces_of_a_text_are_one_conversation_for_the_splits(tmp_path: Path) -> None:
    entry = family("text")
    rows = read(tmp_path / "x", ("word " * 10_000).encode(), entry)
    found = [raw_row(entry, "book.txt", row, KEY) for row in rows]
    assert len(found) > 5
    assert len({row["conversation_id"] for row in found}) == 1
    assert len({row["record_id"] for row in found}) == len(found)
    assert {tuple(row["tags"]) for row in found} == {("pretraining",)}


@pytest.mark.parametrize(
    ("columns", "fields"),
    [
        ("messages", {"messages": TURNS}),
        ("messages", {"messages": [{"role": "user", "content": [{"type": "text", "text": "Why?"}]}, TURNS[1]]}),
        ("sharegpt", {"conversations": [{"from": "human", "value": "Why?"}, {"from": "gpt", "value": "So."}]}),
        ("chatml", {"text": "<|im_start|>user\nWhy?<|im_end|>\n<|im_start|>assistant\nSo.<|im_end|>"}),
        ("alpaca", {"instruction": "Why?", "input": "", "output": "So."}),
        ("alpaca", {"instruction": "Why?", "output": "So."}),
        ("preference", {"prompt": "Why?", "chosen": "So.", "rejected": "No."}),
        ("preference", {"prompt": TURNS[:1], "chosen": TURNS[1:], "rejected": [{"role": "assistant", "content": "No."}]}),
        ("preference", {"prompt": "Why?", "chosen": TURNS, "rejected": [TURNS[0], {"role": "assistant", "content": "No."}]}),
        ("preference", {"prompt": "\n\nHuman: Why?\n\nAssistant:", "chosen": " So.", "rejected": " No."}),
        ("preference_turns", {"chosen": TURNS, "rejected": [TURNS[0], {"role": "assistant", "content": "No."}]}),
        (
            "preference_turns",
            {"chosen": "\n\nHuman: Why?\n\nAssistant: So.", "rejected": "\n\nHuman: Why?\n\nAssistant: No."},
        ),
    ],
)
def test_shapes_that_everybody_knows_are_one_conversation(columns: str, fields: dict[str, Any]) -> None:
    row = mapped(family("jsonl", columns), fields)
    assert row["problem"] is None
    assert [{**turn, "content": turn["content"].strip()} for turn in row["messages"]] == TURNS
    assert (row["rejected_response"] or "").strip() == ("No." if columns.startswith("preference") else "")


def test_two_dialogues_that_part_before_the_last_answer_are_no_preference() -> None:
    pair = {"chosen": "\n\nHuman: Why?\n\nAssistant: So.", "rejected": "\n\nHuman: What?\n\nAssistant: No."}
    problem = mapped(family("jsonl", "preference_turns"), pair)["problem"]
    assert problem == "key: the chosen and the rejected answer follow different conversations"


def test_a_text_that_speaks_of_a_human_is_no_dialogue() -> None:
    row = mapped(family("jsonl", "preference"), {"prompt": "Human: am I one?", "chosen": "So.", "rejected": "No."})
    assert row["messages"][0] == {"role": "user", "content": "Human: am I one?"}


def test_the_input_of_an_instruction_stands_below_it() -> None:
    row = mapped(family("jsonl", "alpaca"), {"instruction": "Sum up.", "input": "A text.", "output": "So."})
    assert row["messages"][0]["content"] == "Sum up.\n\nA text."


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"prompt": "Why?", "chosen": "So.", "rejected": "So."}, "the chosen and the rejected answer are the same"),
        (
            {"prompt": "Why?", "chosen": TURNS, "rejected": [{"role": "user", "content": "What?"}, TURNS[1]]},
            "the chosen and the rejected answer follow different conversations",
        ),
        ({"prompt": "Why?", "chosen": ["So."], "rejected": "No."}, "chosen is no list of turns"),
        ({"prompt": None, "chosen": [None], "rejected": None}, "chosen is no list of turns"),
    ],
)
def test_a_pair_that_teaches_no_preference_is_quarantined(fields: dict[str, Any], reason: str) -> None:
    assert mapped(family("jsonl", "preference"), fields)["problem"] == f"key: {reason}"


@pytest.mark.parametrize(
    ("turn", "reason"),
    [
        (None, "messages is no list of turns"),
        (
            {"role": None, "content": None},
            "a message has an unknown role; say under `roles` of its entry in families.yaml what it is",
        ),
        ({"role": "user", "content": [None]}, "a message has parts that are no text"),
        ({"role": "user", "content": [{"type": "image_url"}]}, "a message has parts that are no text"),
        ({"role": "user", "content": {"x": 1}}, "a message has no content"),
        (
            {"role": "tool", "content": "42"},
            "a message has an unknown role; say under `roles` of its entry in families.yaml what it is",
        ),
        ({"role": "user", "content": "\ud800"}, "a message is not valid UTF-8"),
    ],
)
def test_nested_nulls_and_strange_turns_are_quarantined(turn: Any, reason: str) -> None:
    assert mapped(family("jsonl", "messages"), {"messages": [turn]})["problem"] == f"key: {reason}"


def test_a_loader_of_ones_own_reads_and_its_failures_name_the_object_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ATTUNE_LOADERS", str(tmp_path))
    (tmp_path / "mine.py").write_text(
        "def load(stream):\n    for line in stream:\n        user, answer = line.decode().split('|')\n"
        "        yield {'messages': [{'role': 'user', 'content': user}, {'role': 'assistant', 'content': answer.strip()}]}\n"
    )
    entry = family("mine.py:load")
    rows = read(tmp_path / "x", gzip.compress(b"Why?|So.\nsecret text without a bar\n"), entry)
    assert rows == [
        Loaded("record 1", {"messages": TURNS}),
        Broken("after record 1", "its loader raised ValueError; what follows is lost"),
    ]
    for named, message in (
        ("none.py:load", "no such file"),
        ("mine.py:other", "has no function other"),
    ):
        with pytest.raises(UsageError, match=message):
            list(load(str(tmp_path / "x"), family(named)))
