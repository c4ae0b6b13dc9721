"""``attune redact``: formats, columns, packed and broken files, what scripts read, and what a person reads on a terminal."""

from __future__ import annotations

import csv
import gzip
import io
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from attune.cli.redact import app
from attune.config.params import RedactParams
from attune.errors import GateError, UsageError
from attune.redaction.command import redact_document
from attune.redaction.documents import Piece, format_of, open_document, pieces

PARAMS = RedactParams(names="lists")


def redacted(file: Path) -> str:
    return "".join(one.output for one in redact_document(file, PARAMS))


def rewritten(content: str, kind: str) -> str:
    """A document with nothing replaced: what the reader and the writer make of it."""
    found: Iterator[Piece] = pieces(io.StringIO(content), kind, "x")  # type: ignore[arg-type]
    return "".join(piece.written([field.text for field in piece.fields]) for piece in found)


def test_the_format_follows_from_the_name_also_of_packed_files() -> None:
    named = {
        "a.txt": "text",
        "a.md": "text",
        "a": "text",
        "a.JSONL": "jsonl",
        "a.ndjson.gz": "jsonl",
        "a.json.gz": "json",
        "a.csv": "csv",
    }
    assert {name: format_of(name) for name in named} == named


def test_a_table_is_redacted_cell_by_cell_and_its_columns_say_what_they_hold(tmp_path: Path) -> None:
    file = tmp_path / "users.csv"
    file.write_text('id,last_name,phone,note\n7,Wetherbourne,98259791,"met wetherbourne, twice"\n8,Ng,,fine\n')
    rows = list(csv.reader(io.StringIO(redacted(file))))
    assert rows[0] == ["id", "last_name", "phone", "note"]
    assert rows[1] == ["7", "[PERSON_2]", "[PHONE]", "met [PERSON_2], twice"]
    assert rows[2] == ["8", "[PERSON_2]", "", "fine"]


def test_every_text_of_json_is_redacted_but_plain_roles_ids_and_types(tmp_path: Path) -> None:
    file = tmp_path / "talk.json"
    record = {
        "id": "u-1",
        "messages": [{"role": "user", "content": "ask Priyanka"}],
        "n": 3,
        "deep": {"mail": "a.b@mail.example"},
    }
    file.write_text(json.dumps([record, {"text": "fine", "type": "note"}]))
    first, second = json.loads(redacted(file))
    assert first == {
        "id": "u-1",
        "messages": [{"role": "user", "content": "ask [PERSON_2]"}],
        "n": 3,
        "deep": {"mail": "[EMAIL]"},
    }
    assert second == {"text": "fine", "type": "note"}


def test_keys_numbers_ids_and_roles_of_json_that_identify_somebody_are_redacted(tmp_path: Path) -> None:
    file = tmp_path / "talk.jsonl"
    record = {
        "phone": 7911482605, "ssn": 219099921, "age": 34, "ok": True, "createdAt": 1611062211500,
        "Dave Pritchard": {"msg": "Dave hit me", "bram_kestrelby": 1},
        "id": "someone.else@mail.example",
        "messages": [{"role": "Priyanka", "content": "hello"}, {"role": "user", "content": "ok"}],
    }  # fmt: skip
    file.write_text(json.dumps(record))
    found = json.loads(redacted(file))
    assert (found["phone"], found["ssn"], found["id"]) == ("[PHONE]", "[SSN]", "[EMAIL]")
    assert (found["age"], found["ok"], found["createdAt"]) == (34, True, 1611062211500)
    assert [message["role"][:8] for message in found["messages"]] == ["[PERSON_", "user"]
    assert "pritchard" not in json.dumps(found).lower()
    assert "kestrelby" not in json.dumps(found).lower()
    assert len(found) == len(record)


def test_two_keys_that_are_redacted_alike_keep_both_values(tmp_path: Path) -> None:
    file = tmp_path / "talk.json"
    file.write_text(json.dumps({"a.b@mail.example": 1, "c.d@mail.example": 2}))
    assert json.loads(redacted(file)) == {"[EMAIL]": 1, "[EMAIL] (2)": 2}


def test_a_table_without_a_header_does_not_show_its_first_row(tmp_path: Path) -> None:
    file = tmp_path / "rows.csv"
    file.write_text("Priyanka Brenwick,07911 482605,p.b@mail.example,I am sad\nAnn Lee,07911 482606,a.l@mail.example,fine\n")
    rows = list(csv.reader(io.StringIO(redacted(file))))
    assert rows[0] == ["[PERSON_2]", "[PHONE]", "[EMAIL]", "I am sad"]


def test_packed_files_are_read_and_written_beside_their_name(tmp_path: Path) -> None:
    (tmp_path / "note.txt.gz").write_bytes(gzip.compress(b"ask Priyanka\n"))
    result = CliRunner().invoke(app, [str(tmp_path / "note.txt.gz"), "-o", f"{tmp_path}/clean/"])
    assert (result.exit_code, result.stdout) == (0, "")
    assert (tmp_path / "clean" / "note.txt").read_text() == "ask [PERSON_2]\n"
    assert [path.name for path in (tmp_path / "clean").iterdir()] == ["note.txt"]


@given(
    st.lists(
        st.dictionaries(st.text(max_size=5), st.one_of(st.text(max_size=20), st.integers(), st.none()), max_size=3), max_size=6
    )
)
def test_a_json_list_comes_back_equal_however_it_is_laid_out(values: list[dict[str, object]]) -> None:
    for indent in (None, 2):
        assert json.loads(rewritten(json.dumps(values, indent=indent, ensure_ascii=False), "json")) == values


@given(st.text(alphabet=st.characters(codec="utf-8", exclude_characters="\r"), max_size=400))
def test_text_comes_back_character_by_character(text: str) -> None:
    assert rewritten(text, "text") == text


def test_a_long_text_is_cut_between_lines_and_nothing_is_lost() -> None:
    text = "".join(f"line {number} of a long diary\n" for number in range(40_000))
    found = list(pieces(io.StringIO(text), "text", "diary"))
    assert "".join(piece.fields[0].text for piece in found) == text
    assert len(found) > 10
    assert max(len(piece.fields[0].text) for piece in found) <= 1 << 16
    assert all(piece.fields[0].text.endswith("\n") for piece in found)
    assert found[1].where == f"diary, line {found[0].fields[0].text.count(chr(10)) + 1}"


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.jsonl", b'{"text": "x"}\nPriyanka\n', "line 2: is no JSON"),
        ("a.jsonl", b"[1]\n", "line 1: must be an object, found list"),
        ("a.json", b'[{"text": "x"}, {"text": ]', "element 2: is no JSON"),
        ("a.json", b'[{"text": "x"}', "element 1: is no JSON .the list is not closed"),
        ("a.json", b'[{"text": "x"} {"text": "y"}]', "element 2: a comma is missing"),
        ("a.json", b'{"text": ', "line 1: is no JSON"),
        ("a.csv", b"a,b\n1,2\n1,2,3\n", "line 3: has 3 cells where the header has 2"),
        ("a.csv", b'a,b\n1,"2\n', "line 2: is no CSV"),
        ("a.txt", b"caf\xe9", "is not UTF-8 text"),
        ("a.txt.gz", b"no gzip", "cannot be read"),
        ("a.txt.gz", gzip.compress(b"x" * 999)[:-9], "cannot be read"),
    ],
)
def test_broken_input_is_named_with_its_line_and_without_its_text(
    tmp_path: Path, name: str, content: bytes, message: str
) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(UsageError, match=message) as caught:
        redacted(tmp_path / name)
    assert name in str(caught.value)
    assert "Priyanka" not in str(caught.value)


def test_a_missing_file_is_named() -> None:
    with pytest.raises(UsageError, match=r"nowhere\.txt: no such file"):
        open_document(Path("nowhere.txt"))


def test_a_file_that_breaks_half_way_leaves_no_output(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text('{"text": "x"}\nbroken\n')
    result = CliRunner().invoke(app, [str(tmp_path / "a.jsonl"), "-o", str(tmp_path / "clean.jsonl")])
    assert isinstance(result.exception, UsageError)
    assert [path.name for path in tmp_path.iterdir()] == ["a.jsonl"]


def test_output_over_the_input_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("ask Priyanka")
    result = CliRunner().invoke(app, [str(tmp_path / "a.txt"), "-o", str(tmp_path)])
    assert isinstance(result.exception, UsageError)
    assert (tmp_path / "a.txt").read_text() == "ask Priyanka"


def test_json_tells_a_script_what_was_found_and_never_the_text(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text('{"text": "ask Priyanka"}\n{"text": "fine"}\n')
    result = CliRunner().invoke(app, [str(tmp_path / "a.jsonl"), "--json"])
    first, second = map(json.loads, result.stdout.splitlines())
    assert (first["status"], second["status"]) == ("redacted", "clean")
    assert first["where"].endswith("a.jsonl, line 1")
    assert {key: first["findings"][0][key] for key in ("start", "end", "type", "placeholder")} == {
        "start": 4,
        "end": 12,
        "type": "PERSON",
        "placeholder": "[PERSON_2]",
    }
    assert "Priyanka" not in result.stdout


def test_places_in_a_labelled_cell_are_those_of_the_cell(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("ssn\n219099921\n")
    (_, row) = redact_document(tmp_path / "a.csv", PARAMS)
    assert [(one.start, one.end, one.type) for one in row.result.findings] == [(0, 9, "US_SSN")]


def test_doubt_exits_with_three_when_it_is_asked_for() -> None:
    text = "look at example.photography\n"  # what the second look alone takes for an address
    result = CliRunner().invoke(app, ["--rescan", "--fail-on-review"], input=text)
    assert isinstance(result.exception, GateError)
    assert result.exception.exit_code == 3
    assert "rescan_url: 1" in result.stderr
    assert result.stdout == text
    assert CliRunner().invoke(app, ["--rescan"], input=text).exit_code == 0


def test_on_a_terminal_what_was_found_is_coloured_by_its_tier(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("ask Priyanka at a.b@mail.example")
    code = "from attune.cli.redact import app; app()"
    ran = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / "a.txt"), "--explain"],
        capture_output=True, text=True, check=True, env={**os.environ, "FORCE_COLOR": "1", "COLUMNS": "120", "TERM": "xterm"},
    )  # fmt: skip
    assert ran.stdout == "ask [PERSON_2] at [EMAIL]\n"
    assert "\x1b[" in ran.stderr
    assert "pattern" in ran.stderr


def test_help_teaches() -> None:
    shown = CliRunner().invoke(app, ["files", "--help"], env={"COLUMNS": "140"}).stdout
    assert "Exit codes" in shown
    assert "users.csv.gz" in shown


@pytest.mark.slow
def test_a_large_file_is_redacted_in_flat_memory(tmp_path: Path) -> None:
    code = (
        "import re, sys; from pathlib import Path; from attune.config.params import RedactParams;"
        "from attune.redaction.command import redact_document;"
        "size = sum(len(one.output) for one in redact_document(Path(sys.argv[1]), RedactParams(names='lists')));"
        "print(size, re.search(r'VmHWM:\\s+(\\d+)', Path('/proc/self/status').read_text())[1])"  # ru_maxrss is inherited
    )
    line = json.dumps({"text": "we argued about money again and it went nowhere " * 100}) + "\n"
    peaks = []
    for lines in (400, 6_000):  # 2 MB and 29 MB
        file = tmp_path / f"{lines}.jsonl"
        file.write_text(line * lines)
        ran = subprocess.run([sys.executable, "-c", code, str(file)], capture_output=True, text=True, check=True)
        size, peak = map(int, ran.stdout.split())
        assert size == file.stat().st_size
        peaks.append(peak)
    assert peaks[1] < peaks[0] + 24_576  # KiB; how the allocator fares is 16 MiB up or down
