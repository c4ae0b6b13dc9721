"""Examples that experts wrote come in from JSON Lines and from CSV, as expert_curated, with names replaced (A8)."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest
from product_sample import KEY, SOURCES, rows_of

from attune.config.params import Params
from attune.runtime.run_step import STEPS
from attune.runtime.step import Context
from attune.steps.ingest.step import ingest

EXAMPLES = [
    {
        "instruction": "My name is Thandolwethu and my partner never listens. What can I say?",
        "response": "Choose a quiet moment, and tell him one thing that you wish for. What would that be?",
        "license": "CC-BY-4.0",
    },
    {
        "instruction": "How do I apologize well?",
        "response": "Name what you did, and how it felt for her.",
        "license": "CC-BY-4.0",
    },
]


def write(folder: Path, kind: str) -> None:
    folder.mkdir()
    file = folder / f"expert_curated_2026.{kind}"
    if kind == "jsonl":
        file.write_text("".join(json.dumps(example) + "\n" for example in EXAMPLES))
        return
    with file.open("w", newline="") as handle:
        writer = csv.DictWriter(handle, list(EXAMPLES[0]))
        writer.writeheader()
        writer.writerows(EXAMPLES)


@pytest.mark.parametrize("kind", ["jsonl", "csv"])
def test_what_experts_wrote_is_imported_with_its_source(kind: str, tmp_path: Path) -> None:
    write(tmp_path / "in", kind)
    params = Params()
    sections = STEPS["ingest"].other_params(params)
    own = params.ingest.model_copy(update={"families": str(SOURCES / "families.yaml")})
    report = ingest([str(tmp_path / "in")], str(tmp_path / "out"), own, Context(subject_key=KEY), **sections)
    rows = sorted(rows_of(tmp_path / "out"), key=lambda row: len(row["messages"][0]["content"]))
    assert report.numbers["unmapped"] == 0
    assert [row["source"] for row in rows] == ["expert_curated"] * 2
    assert [row["license"] for row in rows] == ["CC-BY-4.0"] * 2
    assert rows[0]["messages"] == [
        {"role": "user", "content": EXAMPLES[1]["instruction"]},
        {"role": "assistant", "content": EXAMPLES[1]["response"]},
    ]
    assert "Thandolwethu" not in rows[1]["messages"][0]["content"]
