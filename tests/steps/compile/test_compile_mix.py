from __future__ import annotations

import random
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from record_factory import make_record, random_text, rows, write_set

from attune.config.params import CompileParams, RunParams
from attune.records.shards import open_set
from attune.runtime.step import Context
from attune.steps.compile.category_mix import gaps, surplus
from attune.steps.compile.step import compile as compile_dataset

TARGETS = {0: 0.4, 1: 0.25, 2: 0.2, 3: 0.1, 4: 0.05}


@given(counts=st.lists(st.integers(0, 200), min_size=5, max_size=5), tolerance=st.sampled_from([0.0, 0.02, 0.05, 0.2]))
def test_no_category_keeps_more_than_its_target_and_only_the_worst_are_removed(counts: list[int], tolerance: float) -> None:
    categories = np.repeat(np.arange(5), counts)
    rank = np.random.default_rng(1).permutation(len(categories))
    out = surplus(categories, rank, TARGETS, tolerance)
    kept = Counter(categories[~out].tolist())
    there = [category for category in TARGETS if counts[category]]
    scale = max(1.0, 1 / sum(TARGETS[category] + tolerance for category in there)) if there else 1.0
    for category in there:
        assert kept[category] <= (TARGETS[category] + tolerance) * scale * kept.total() + 1
        gone, left = rank[out & (categories == category)], rank[~out & (categories == category)]
        assert not len(gone) or not len(left) or left.max() < gone.min()
    # Of a mix within its limits nothing goes.
    if there and all(counts[c] <= (TARGETS[c] + tolerance) * sum(counts) for c in there):
        assert not out.any()


@given(counts=st.lists(st.integers(0, 500), min_size=5, max_size=5))
def test_adding_the_stated_numbers_of_records_meets_the_targets(counts: list[int]) -> None:
    found = gaps({str(c): n for c, n in enumerate(counts)}, {str(c): share for c, share in TARGETS.items()})
    whole = sum(item.records + item.add for item in found)
    for item in found:
        assert abs(item.records + item.add - item.target * whole) <= 5
    assert not sum(counts) or min(item.add for item in found) == 0


def test_enforcing_the_mix_leaves_out_the_worst_records_of_a_category_above_its_target(tmp_path: Path) -> None:
    generator = random.Random(1)
    records = []
    for number in range(1000):
        category = "safety_ethics" if number < 500 else ("instruction_following", "contextual_understanding")[number % 2]
        records.append(make_record(number, ["hi", random_text(generator, 40)], category=category))
    inputs = write_set(tmp_path / "in", records)
    reports = {}
    for enforce in (False, True):
        params = CompileParams(enforce_category_mix=enforce)
        reports[enforce] = compile_dataset([inputs], str(tmp_path / str(enforce)), params, Context(), run=RunParams())
    left_out = rows(open_set(f"{tmp_path}/True/rejected"))
    assert {row["reason"] for row in left_out} == {"over_category_target"}
    assert {row["category"] for row in left_out} == {"safety_ethics", "contextual_understanding"}
    mix = reports[True].numbers["category_mix"]
    # Targets and tolerance of the three that are there (0.45, 0.30, 0.10) fill the whole: 0.53, 0.35, 0.12.
    assert mix["instruction_following"]["share"] == pytest.approx(0.45 / 0.85, abs=0.005)
    assert mix["safety_ethics"]["share"] == pytest.approx(0.10 / 0.85, abs=0.005)
    assert mix["empathetic_dialogue"]["add"] > 0
    assert reports[False].rows is not None
    assert not reports[False].rows.rejected
    gone = {row["record_id"]: row["quality_score"] for row in left_out if row["category"] == "safety_ethics"}
    kept = [row for row in records if row["category"] == "safety_ethics" and row["record_id"] not in gone]
    assert min(row["quality_score"] for row in kept) >= max(gone.values())


def test_short_texts_that_are_identical_after_normalization_share_a_split(tmp_path: Path) -> None:
    generator = random.Random(1)
    records = [make_record(n, ["hi", random_text(generator, 40)]) for n in range(300)]
    for number in range(60):
        for place, text in enumerate((f"Thank you {number}", f"THANK  you, {number}!")):
            records.append(make_record(1000 + 2 * number + place, [text, "Any time."]))
    inputs = write_set(tmp_path / "in", records)
    compile_dataset([inputs], str(tmp_path / "out"), CompileParams(), Context(), run=RunParams())
    split_of = {row["record_id"]: s for s in ("train", "validation", "test") for row in rows(open_set(f"{tmp_path}/out/{s}"))}
    for number in range(60):
        assert split_of[records[300 + 2 * number]["record_id"]] == split_of[records[301 + 2 * number]["record_id"]]
