"""What other files hold is found wherever it stands in them, and nothing else goes with it."""

from __future__ import annotations

import gzip
import json
import zipfile
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from attune.governance import contents, residue
from attune.governance.person import Traces
from attune.governance.residue import Needles, holds, needles, scrub

WHO = Traces({"user_a"}, {"r_1"}, {"conversation_1"})
SAID = "and then I told my brother that I would never go there again"
WORDS = st.lists(
    st.sampled_from(["I", "was", "there", "again", "don't", "well-being", "mine_too", "never,", "so.", "é"]), max_size=9
)


def sought(*more: str) -> Needles:
    return needles(WHO, [SAID, *more])


@pytest.mark.parametrize("name", ["note.txt", "note.txt.gz", "note.zip", "note.txt.zst"])
@pytest.mark.parametrize("told", [b" user_a ", SAID.encode()])
@pytest.mark.parametrize("around", range(-50, 10, 5))
def test_what_stands_on_the_border_of_two_pieces_is_found(
    tmp_path: Path, name: str, told: bytes, around: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(contents, "_PIECE", 1 << 12)
    before = b"x " * ((1 << 11) + around)
    file = tmp_path / name
    write(file, before + told + b" and more")
    assert holds(str(file), sought())
    write(file, before + b"user_ab and more")
    assert not holds(str(file), sought())


def write(file: Path, content: bytes) -> None:
    if file.suffix == ".gz":
        file.write_bytes(gzip.compress(content, 1))
    elif file.suffix == ".zst":
        with pa.CompressedOutputStream(str(file), "zstd") as stream:
            stream.write(content)
    elif file.suffix == ".zip":
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
            archive.writestr("inside.txt", content)
    else:
        file.write_bytes(content)


@given(texts=st.lists(WORDS, min_size=residue._MANY, max_size=60), content=WORDS, chosen=st.integers(0, 59))
@settings(max_examples=200, deadline=None)
def test_many_texts_are_found_as_each_of_them_would_be(texts: list[list[str]], content: list[str], chosen: int) -> None:
    messages = [f"{' '.join(words)} and what I said about all that yesterday {number}" for number, words in enumerate(texts)]
    looked_for = needles(WHO, messages)
    told = json.dumps(
        {"text": f"He said: {' '.join(content)}\n{messages[chosen % len(messages)]}?"}, ensure_ascii=False
    ).encode()
    for piece in (told, told[: len(told) // 2]):
        assert looked_for.quoted(piece) == any(text in piece for text in looked_for.texts)


def test_of_a_table_only_the_rows_go_that_quote_them(tmp_path: Path) -> None:
    file = tmp_path / "table.parquet"
    cells = [SAID if number % 1_000 == 7 else f"something else {number}" for number in range(5_000)]
    table = pa.table({"note": cells, "nested": [[{"text": cell}] for cell in reversed(cells)]})
    pq.write_table(table, file)
    assert scrub(str(file), WHO, sought()) == "rewritten"
    stay = [row for row in table.to_pylist() if SAID not in str(row)]
    assert pq.read_table(file).to_pylist() == stay
    assert len(stay) == 4_990
    assert scrub(str(file), WHO, sought()) is None


@pytest.mark.parametrize("name", ["queue.jsonl", "queue.jsonl.gz", "queue.jsonl.zst"])
def test_of_lines_only_those_go_that_hold_something(tmp_path: Path, name: str) -> None:
    file = tmp_path / name
    lines = [json.dumps({"number": number, "id": "r_1" if number % 500 == 3 else "r_2"}) + "\n" for number in range(50_000)]
    write(file, "".join(lines).encode() + b'{"the last": "has no end"}')
    assert scrub(str(file), WHO, sought()) == "rewritten"
    stay = [line for line in lines if '"r_1"' not in line]
    assert b"".join(contents.lines(str(file))).decode() == "".join(stay) + '{"the last": "has no end"}'


def test_a_file_that_is_not_what_its_name_says_is_searched_as_it_is(tmp_path: Path) -> None:
    for name in ("broken.gz", "broken.zip", "empty.jsonl", "broken.jsonl.zst"):
        file = tmp_path / name
        file.write_bytes(b"" if name.startswith("empty") else b"PK\x03\x04 no archive, but user_a\n")
        assert holds(str(file), sought()) == bool(file.stat().st_size)
        scrub(str(file), WHO, sought())
        assert not file.exists() or not holds(str(file), sought())
