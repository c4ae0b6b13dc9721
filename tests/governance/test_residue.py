"""What other files hold is found wherever it stands in them, and nothing else goes with it."""

from __future__ import annotations

import bz2
import gzip
import html
import io
import json
import lzma
import pickle
import random
import sqlite3
import tarfile
import zipfile
from contextlib import closing
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyarrow import feather

from attune.governance import contents, residual_data
from attune.governance.person import PersonIdentifiers
from attune.governance.residual_data import SearchTerms, holds, scrub, search_terms

WHO = PersonIdentifiers({"user_a"}, {"r_1"}, {"conversation_1"})
SAID = "and then I told my brother that I would never go there again"
WORDS = st.lists(
    st.sampled_from(["I", "was", "there", "again", "don't", "well-being", "mine_too", "never,", "so.", "é"]), max_size=9
)


def sought(*more: str) -> SearchTerms:
    return search_terms(WHO, [SAID, *more])


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


@given(texts=st.lists(WORDS, min_size=residual_data._MANY, max_size=60), content=WORDS, chosen=st.integers(0, 59))
@settings(max_examples=200, deadline=None)
def test_many_texts_are_found_as_each_of_them_would_be(texts: list[list[str]], content: list[str], chosen: int) -> None:
    messages = [f"{' '.join(words)} and what I said about all that yesterday {number}" for number, words in enumerate(texts)]
    terms = search_terms(WHO, messages)
    told = json.dumps(
        {"text": f"He said: {' '.join(content)}\n{messages[chosen % len(messages)]}?"}, ensure_ascii=False
    ).encode()
    for piece in (told, told[: len(told) // 2]):
        assert terms.quoted(piece) == any(text in piece for text in terms.texts)


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


def packings(content: bytes, table: pa.Table) -> dict[str, bytes]:
    """The same words in every packing that people use, also one in another."""

    def zipped(name: str, inner: bytes) -> bytes:
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr(name, inner)
        return buffer.getvalue()

    def tarred(name: str, inner: bytes, mode: Any = "w") -> bytes:
        buffer = io.BytesIO()
        with tarfile.open(fileobj=buffer, mode=mode) as archive:
            member = tarfile.TarInfo(name)
            member.size = len(inner)
            archive.addfile(member, io.BytesIO(inner))
        return buffer.getvalue()

    def arrow(compression: str | None) -> bytes:
        buffer = io.BytesIO()
        options = pa.ipc.IpcWriteOptions(compression=compression)
        with pa.ipc.new_stream(buffer, table.schema, options=options) as stream:
            stream.write_table(table)
        return buffer.getvalue()

    parquet, frame = io.BytesIO(), io.BytesIO()
    pq.write_table(table, parquet, compression="zstd")
    feather.write_feather(table, frame, compression="lz4")
    with closing(sqlite3.connect(":memory:")) as database:
        database.execute("CREATE TABLE said (what TEXT)")
        database.executemany("INSERT INTO said VALUES (?)", [(cell,) for cell in table["said"].to_pylist()])
        database.commit()
        rows = database.serialize()
    return {
        "plain": content,
        "a.bz2": bz2.compress(content),
        "a.xz": lzma.compress(content),
        "two.gz": gzip.compress(content[:10]) + gzip.compress(content[10:]),
        "without-an-ending": gzip.compress(content),
        "a.tar": tarred("inside.gz", gzip.compress(content)),
        "a.tgz": tarred("part-00000.parquet", parquet.getvalue(), "w:gz"),
        "a.tar.xz": tarred("part-00000.parquet", parquet.getvalue(), "w:xz"),
        "a.zip": zipped("train/part-00000.parquet", parquet.getvalue()),
        "outer.zip": zipped("inner.zip", zipped("rows.sqlite", rows)),
        "rows.sqlite.gz": gzip.compress(rows),
        "part.parquet.gz": gzip.compress(parquet.getvalue()),
        "frame.feather": frame.getvalue(),
        "cache.arrow": arrow(None),
        "packed.arrow": arrow("zstd"),
    }


@pytest.mark.parametrize("name", list(packings(b"0123456789-", pa.table({"said": ["a"]}))))
@pytest.mark.parametrize("told", ["here user_a is", f"He said: {SAID}", "это моя история, и никто её не знает 'кроме' тебя"])
def test_no_packing_hides_anything(tmp_path: Path, name: str, told: str) -> None:
    terms = sought("это моя история, и никто её не знает")
    file = tmp_path / name
    file.write_bytes(packings(told.encode(), pa.table({"said": ["before", told]}))[name])
    assert holds(str(file), terms)
    assert scrub(str(file), WHO, terms) in {"removed", "rewritten"}
    assert not file.exists() or not holds(str(file), terms)
    file.write_bytes(packings(b"user_ab said nothing of the kind", pa.table({"said": ["user_ab"]}))[name])
    assert not holds(str(file), terms)
    assert scrub(str(file), WHO, terms) is None
    assert file.exists()


@pytest.mark.parametrize(
    "said",
    [
        "I don't know what's wrong, it's me or he's just tired",
        "Ich weiß nicht, wie ich es meiner Schwester erzählen soll",
        "Не знаю, что мне теперь делать с этим письмом",
        "我不知道怎么跟他说这件事，因为他一直很忙",
        "हम दोनों बहुत दिनों से एक दूसरे से बात नहीं करते",
    ],
)
@pytest.mark.parametrize("written", ["json", "readable json", "html", "text", "csv"])
def test_every_language_is_found_in_every_spelling(tmp_path: Path, said: str, written: str) -> None:
    terms = search_terms(WHO, [f"\N{GRINNING FACE}\n{said}\n…"])
    file = tmp_path / "page"
    file.write_text({
        "json": json.dumps({"text": f"\n{said}\n"}),
        "readable json": json.dumps([said], ensure_ascii=False),
        "html": f"<p>{html.escape(said)}</p>",
        "text": f"User: {said}\n",
        "csv": f'1,"{said}"\n',
    }[written])  # fmt: skip
    assert scrub(str(file), WHO, terms) == "removed"


@pytest.mark.parametrize("pack", [gzip.compress, bz2.compress, lzma.compress])
def test_of_a_packed_file_that_was_cut_off_what_there_is_is_read(tmp_path: Path, pack: Any) -> None:
    lines = b"user_a said this\n" + random.Random(1).randbytes(2_000_000).hex().encode()
    file = tmp_path / "cut.log"
    file.write_bytes(pack(lines)[:1_200_000])
    assert scrub(str(file), WHO, sought()) == "removed"


def test_depth_hides_nothing(tmp_path: Path) -> None:
    content = b"user_a"
    for number in range(20):
        content = packings(content, pa.table({"said": ["a"]}))["a.tar"] if number % 2 else gzip.compress(content)
    file = tmp_path / "deep"
    file.write_bytes(content)
    assert scrub(str(file), WHO, sought()) == "removed"


def test_a_binary_file_is_removed_and_not_bent(tmp_path: Path) -> None:
    file = tmp_path / "seen.pickle"
    file.write_bytes(pickle.dumps({"seen": ["r_1", "r_2"], "count": 2}))
    assert scrub(str(file), WHO, sought()) == "removed"
    assert not file.exists()


def test_what_cannot_be_looked_into_is_told(tmp_path: Path) -> None:
    sealed = tmp_path / "kept.7z"
    sealed.write_bytes(b"7z\xbc\xaf\x27\x1c and more")
    (tmp_path / "open.zip").write_bytes(packings(b"nothing", pa.table({"said": ["a"]}))["a.zip"])
    for file in tmp_path.iterdir():
        unread: set[str] = set()
        assert not holds(str(file), sought(), unread)
        assert (file == sealed) == bool(unread)


def test_a_zstd_file_that_begins_with_an_empty_frame_is_searched(tmp_path: Path) -> None:
    frame = b"\x50\x2a\x4d\x18" + (4).to_bytes(4, "little") + b"\0" * 4
    content = pa.compress(SAID.encode() * 50, codec="zstd", asbytes=True)
    (tmp_path / "x.bin").write_bytes(frame + content)
    assert holds(str(tmp_path / "x.bin"), sought())
