"""Hostile, damaged and private files: limits hold before memory is used, a bad cell costs a row, and no name gets out."""

from __future__ import annotations

import gzip
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from product_sample import KEY, all_text, rows_of

from attune.config.ingest import IngestLimits
from attune.config.params import IngestParams, RedactParams, RunParams
from attune.errors import UsageError
from attune.reporting.page import write_report
from attune.runtime.step import Context
from attune.steps.ingest.families import Family, FamilyMap
from attune.steps.ingest.key_masking import KeyMask, object_name
from attune.steps.ingest.loaders import Broken, Loaded, load
from attune.steps.ingest.mapping import raw_row
from attune.steps.ingest.object_search import find_object
from attune.steps.ingest.step import ingest
from attune.steps.ingest.timestamps import timestamp

PAIR = {"question": "q", "answer": "a"}
ROW = {"q": ["Why?"] * 3, "a": ["So."] * 3}
SECRETS = ("Priya", "Raghunathan", "Rivers", "Winter", "170 1234567", "priya@example.org")


def read(path: Path, loader: str, columns: Any = PAIR, limits: IngestLimits | None = None, **entry: Any) -> list[Any]:
    family = Family.model_validate({"family": "f", "pattern": "*", "loader": loader, "columns": columns, **entry})
    return [(row, raw_row(family, "key", row, KEY)) for row in load(str(path), family, limits)]


def problems(path: Path, table: dict[str, Any], columns: Any = PAIR) -> list[str | None]:
    pq.write_table(pa.table(table), path)
    return [raw["problem"] for _, raw in read(path, "parquet", columns)]


BEYOND_9999 = pa.array([253_402_300_800_000_001, 0, 0], pa.timestamp("us"))
UNKNOWN_ZONE = pa.array([1_634_225_770_000_000] * 3, pa.timestamp("us", tz="Mars/Phobos"))
BAD_TEXT = pa.array([b"\xff", b"b", b"c"]).view(pa.string())


def test_a_cell_that_cannot_be_read_costs_its_row_where_it_is_mapped_and_nothing_elsewhere(tmp_path: Path) -> None:
    path = tmp_path / "x"
    assert problems(path, {**ROW, "t": BEYOND_9999, "z": UNKNOWN_ZONE, "b": BAD_TEXT}) == [None] * 3
    dated = {**PAIR, "created_at": "t"}
    assert [bool(problem) for problem in problems(path, {**ROW, "t": BEYOND_9999}, dated)] == [True, False, False]
    assert problems(path, {**ROW, "t": UNKNOWN_ZONE}, dated) == [None] * 3
    assert problems(path, {**ROW, "q": BAD_TEXT}) == ["key: q cannot be read", None, None]


BOMBS = """
import sys, pyarrow as pa, pyarrow.parquet as pq
big, few = "x" * (10 << 20), pa.array([0] * 1_000, pa.int32())
repeated = pa.DictionaryArray.from_arrays(few, pa.array([big]))
flat = {"q": repeated, "a": repeated}
nested = {"m": pa.ListArray.from_arrays(pa.array([0, 1_000], pa.int32()), repeated)}
for name, table in (("flat", flat), ("nested", nested)):
    pq.write_table(pa.table(table), f"{sys.argv[1]}/{name}", compression="zstd")
"""
READ = """
import resource, sys
from attune.steps.ingest.families import Family
from attune.steps.ingest.loaders import Broken, load
columns = {"question": "q", "answer": "a"} if sys.argv[2] == "flat" else {"messages": "m"}
family = Family.model_validate({"family": "f", "pattern": "*", "loader": "parquet", "columns": columns})
start = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
assert all(isinstance(row, Broken) for row in load(f"{sys.argv[1]}/{sys.argv[2]}", family))
print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - start) >> 10)
"""


def test_a_parquet_file_of_two_kilobytes_cannot_fill_the_memory(tmp_path: Path) -> None:
    subprocess.run([sys.executable, "-c", BOMBS, str(tmp_path)], check=True)
    for name in ("flat", "nested"):
        assert (tmp_path / name).stat().st_size < 5_000
        grown = subprocess.run(
            [sys.executable, "-c", READ, str(tmp_path), name], check=True, capture_output=True, text=True, env={**os.environ}
        )
        assert int(grown.stdout) < 300, f"{name} took {grown.stdout} MiB"


def test_what_is_beyond_a_limit_is_named_with_the_limit_and_the_rest_is_read(tmp_path: Path) -> None:
    path = tmp_path / "x"
    line = json.dumps({"q": "Why?", "a": "So."}) + "\n"
    path.write_bytes(gzip.compress((line * 50_000).encode()))
    rows = read(path, "jsonl", limits=IngestLimits(unpacked_bytes=1 << 20))
    assert isinstance(rows[-1][0], Broken)
    assert "ingest.limits.unpacked_bytes" in rows[-1][1]["problem"]
    assert len(rows) > 20_000
    path.write_bytes(gzip.compress((b" " * (1 << 20) + b"\n") * 80))
    (row,) = read(path, "jsonl", limits=IngestLimits(unpacked_ratio=100))
    assert "ingest.limits.unpacked_ratio" in row[1]["problem"]
    pq.write_table(pa.table({"q": ["Why?"] * 200, "a": ["So."] * 200}), path)
    (row,) = read(path, "parquet", limits=IngestLimits(row_group_values=100))
    assert "ingest.limits.row_group_values" in row[1]["problem"]
    deep = '{"q": "Why?", "a": "So.", "x": ' + "[" * 50 + "]" * 50 + "}\n"
    path.write_text(deep + line)
    rows = read(path, "jsonl", limits=IngestLimits(nesting=20))
    assert ["ingest.limits.nesting" in (raw["problem"] or "") for _, raw in rows] == [True, False]
    path.write_text("[" + json.dumps({"q": "x" * 5_000, "a": "b"}) + "," + line + "]")
    rows = read(path, "json", limits=IngestLimits(row_characters=1_000))
    assert ["ingest.limits.row_characters" in (raw["problem"] or "") for _, raw in rows] == [True, False]


@pytest.mark.parametrize(
    ("given_", "moment"),
    [
        ("1611062211500", "2021-01-19T13:16:51.500000+00:00"),
        ("1611062211", "2021-01-19T13:16:51+00:00"),
        ("1611062211.000200", "2021-01-19T13:16:51.000200+00:00"),
        (1611062211500000, "2021-01-19T13:16:51.500000+00:00"),
        ("20210119", "2021-01-19T00:00:00+00:00"),
        ("20210119131651", "2021-01-19T13:16:51+00:00"),
        ("2021-01-19 13:16:51 UTC", "2021-01-19T13:16:51+00:00"),
        ("Tue, 19 Jan 2021 13:16:51 +0000", "2021-01-19T13:16:51+00:00"),
        ("202101191316", None), ("16110622", None), ("10000-01-01", None), ("9" * 5_000, None), ("1611-06", None),
        ("19/01/2021", None),
    ],
)  # fmt: skip
def test_digits_are_the_moment_that_they_mean_or_none(given_: Any, moment: str | None) -> None:
    found = timestamp(given_)
    assert (found and found.isoformat()) == moment


@given(
    st.one_of(st.text(max_size=30), st.integers(), st.floats(), st.none(), st.booleans(), st.lists(st.integers(), max_size=2))
)
def test_no_value_makes_a_timestamp_fail(value: Any) -> None:
    found = timestamp(value)
    assert found is None or 1 <= found.year <= 9999
    assert timestamp(10**5_000) is None


def test_an_id_of_thousands_of_digits_from_a_loader_of_ones_own_is_quarantined() -> None:
    family = Family.model_validate({"family": "f", "pattern": "*", "loader": "jsonl", "columns": {**PAIR, "group": "g"}})
    problem = raw_row(family, "key", Loaded("line 1", {"q": "Why?", "a": "So.", "g": 10**5_000}), KEY)["problem"]
    assert problem == "key: g cannot be read"


@pytest.mark.parametrize("field", ["q", "g", "u", "n"])
def test_half_a_character_sends_its_row_to_quarantine_wherever_it_is_mapped(tmp_path: Path, field: str) -> None:
    columns = {**PAIR, "group": "g", "subject": "u"}
    good = {"q": "Why?", "a": "So.", "g": "1", "u": "2", "n": "Ann"}
    path = tmp_path / "x"
    path.write_text(json.dumps({**good, field: "\ud83d"}) + "\n" + json.dumps(good) + "\n")
    rows = read(path, "jsonl", columns, known={"others": ["n"]})
    assert [raw["problem"] is None for _, raw in rows] == [False, True]


KEYS = [
    "WhatsApp Chat with Priya Raghunathan.txt",
    "Priya Raghunathan/Session with Winter Rivers 01.txt",
    "chats/priya@example.org +49 170 1234567.txt",
]


def test_no_name_of_a_file_and_no_first_row_of_a_table_gets_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = tmp_path / "in"
    for number, key in enumerate(KEYS):
        (root / key).parent.mkdir(parents=True, exist_ok=True)
        words = f"14/10/21, 15:36 - Ann: I slept {number} hours.\n14/10/21, 15:37 - Coach: Since when?\n"
        (root / key).write_text(words if number else words + "---\nno label\n")
    entries = [
        {"family": "chats", "pattern": "*.txt", "loader": "transcript", "roles": {"Coach": "assistant", "*": "user"}},
        {"family": "tables", "pattern": "*.csv", "loader": "csv", "columns": PAIR},
    ]
    (tmp_path / "map.yaml").write_text(yaml.safe_dump({"families": entries}))
    params = IngestParams(families=str(tmp_path / "map.yaml"))
    context, run = Context(subject_key=KEY), RunParams(quarantine_limit=1.0)
    report = ingest([str(root)], str(tmp_path / "out"), params, context, redact=RedactParams(), run=run)
    write_report(str(tmp_path / "out"), report)
    rows = [*rows_of(tmp_path / "out"), *rows_of(tmp_path / "out" / "quarantined")]
    assert len(rows) >= len(KEYS)
    written = " ".join([*all_text(tmp_path / "out"), json.dumps(rows, default=str), json.dumps(report.numbers, default=str)])
    written += (tmp_path / "out" / "report.html").read_text()
    assert not [secret for secret in SECRETS if secret.lower() in written.lower()]
    origins = {row["provenance"]["origin"] for row in rows_of(tmp_path / "out")}
    assert {address for origin in origins for address in find_object(origin, [str(root)], KEY)} == {
        str(root / key) for key in KEYS
    }
    (root / "Winter Rivers.csv").write_text("Priya Raghunathan,+49 170 1234567,priya@example.org\n")
    with pytest.raises(UsageError, match="has no column q, a") as raised:
        ingest([str(root)], str(tmp_path / "out"), params, context, redact=RedactParams(), run=run)
    assert not [secret for secret in SECRETS if secret in str(raised.value)]


def test_the_name_of_a_single_file_that_is_a_root_is_not_recorded(tmp_path: Path) -> None:
    (tmp_path / KEYS[0]).write_text("14/10/21, 15:36 - Ann: I slept well.\n14/10/21, 15:37 - Coach: Since when?\n")
    entry = {"family": "chats", "pattern": "*.txt", "loader": "transcript", "roles": {"Coach": "assistant", "*": "user"}}
    (tmp_path / "map.yaml").write_text(yaml.safe_dump({"families": [entry]}))
    environment = {**os.environ, "ATTUNE_SUBJECT_KEY": KEY.decode(), "ATTUNE_LOGS": "logs", "ATTUNE_AUDIT_TRAIL": "audit"}
    command = [
        sys.executable,
        "-m",
        "attune.cli",
        "ingest",
        "--root",
        KEYS[0],
        "--output",
        "out",
        "--set",
        "ingest.families=map.yaml",
    ]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    files = [file for name in ("out", "logs", "audit") for file in (tmp_path / name).rglob("*") if file.is_file()]
    assert any(file.name == "origin.json" for file in files)
    written = done.stdout + done.stderr + " ".join(file.read_bytes().decode("utf-8", "replace") for file in files)
    assert not [secret for secret in SECRETS if secret in written]


@given(st.text(st.characters(codec="utf-8", exclude_characters="\0/"), min_size=1, max_size=40))
def test_a_mask_shows_no_word_but_those_of_the_map_and_of_folders(name: str) -> None:
    mask = KeyMask(FamilyMap.model_validate({"families": [{"family": "chats", "pattern": "*.txt", "loader": None}]}))
    key = f"chats/Xyqz {name} Wqvx.txt"
    shown = mask(key)
    assert "Xyqz" not in shown
    assert "Wqvx" not in shown
    assert not any(sign.isdecimal() for sign in shown)
    assert object_name(key, mask, KEY) != object_name(f"{key} ", mask, KEY)
