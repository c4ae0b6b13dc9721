"""The page that teams deliver by says what the family map says, and its examples are read by it."""

from __future__ import annotations

import re
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from product_sample import KEY, REPOSITORY

from attune.config.params import CompileParams, VerifyParams
from attune.steps.ingest.families import Family, differences, load_families
from attune.steps.ingest.loaders import Loaded, load
from attune.steps.ingest.mapping import raw_row

MAP = load_families(str(REPOSITORY / "sources" / "families.yaml"))
PAGE = (REPOSITORY / "docs" / "families.md").read_text(encoding="utf-8")
EXAMPLES = dict(re.findall(r"^\*\*(\w+)\*\* [^\n]*\n\n```\n(.*?)```", PAGE, re.MULTILINE | re.DOTALL))
WANTED = (
    "edge_case_generator edge_case_resulting_chats edge_case_synthetic mental_health_datasets video_transcripts voice_persona "
    "safety_guardrails addiction experimental dpo_preference sarcasm roleplay_simulator long_running_therapy cptsd"
)


def fields(entry: Family) -> str:
    """The fields of an entry, as the table names them."""
    if entry.columns is None:
        return "speakers: " + ", ".join(f"{name} is the {role}" for name, role in entry.roles.items())
    return ", ".join(f"`{name}`" for name in dict.fromkeys(entry.needed()))


def line(name: str) -> str:
    """The line of the table that a family has."""
    expected = MAP.expected[name]
    entries = [entry for entry in MAP.families if entry.family == name]
    formats = ", ".join(dict.fromkeys(str(entry.loader) for entry in entries)) or "none"
    shown = " or ".join(dict.fromkeys(fields(entry) for entry in entries)) or "none"
    return f"| {name} | {expected.origin} | {expected.minimum_records} | {expected.holdout:.0%} | {formats} | {shown} |"


def test_the_table_says_what_the_map_says() -> None:
    table = [text for text in PAGE.splitlines() if text.startswith("| ") and text.split(" | ")[0][2:] in MAP.expected]
    assert table == [line(name) for name in MAP.expected]


def test_all_fourteen_families_are_expected_with_everything_that_a_team_needs_to_know() -> None:
    assert [name for name in WANTED.split() if name not in MAP.expected] == []
    for name, expected in MAP.expected.items():
        assert expected.about, name
        assert expected.judged_by, name
        assert (expected.origin == "objects") == MAP.readable(name), name


def test_the_defaults_of_a_run_are_those_of_the_map() -> None:
    assert differences(MAP, CompileParams().holdout_families, VerifyParams().required_families) == []


@pytest.mark.parametrize("name", [name for name, expected in MAP.expected.items() if expected.origin == "objects"])
def test_the_example_of_every_family_is_read_by_its_entry(tmp_path: Path, name: str) -> None:
    entry = next(entry for entry in MAP.families if entry.family == name)
    path = tmp_path / "object"
    if entry.loader == "parquet":
        import json

        pq.write_table(pa.Table.from_pylist([json.loads(EXAMPLES[name])]), path)
    else:
        path.write_text(EXAMPLES[name])
    rows = list(load(str(path), entry))
    assert rows
    assert all(isinstance(row, Loaded) for row in rows)
    assert [raw_row(entry, "key", row, KEY)["problem"] for row in rows] == [None] * len(rows)
