"""The lineage of a run's records: counts from the reports of the steps, and a named problem where they disagree."""

from __future__ import annotations

import copy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from page_reader import read_page

from attune.config.params import Params
from attune.reporting.page import write_report
from attune.reporting.record_lineage import record_lineage
from attune.reporting.report import Report, Rows
from attune.reporting.run_page import StepRow, render_run_page
from attune.reporting.sankey import lineage_section
from attune.runtime.run_folder import RunFolder

Reports = dict[str, dict[str, Any]]


def report(rows_in: int, kept: int, rejected: dict[str, int], quarantined: dict[str, int], **numbers: Any) -> dict[str, Any]:
    rows = {"rows_in": rows_in, "kept": kept, "rejected": rejected, "quarantined": quarantined}
    return {"rows": rows, "numbers": numbers}


def a_run() -> Reports:
    refused = {"opted_out": {"users": 2, "conversations": 12}, "erasure_requested": {"users": 1, "conversations": 3}}
    splits = {"test": 10, "train": 130, "validation": 10}
    return {
        "extract": report(
            100, 90, {"health_information": 8}, {"a message has no content": 2},
            consenting_conversations=104, refused=refused, without_user=1, filtered={"min_satisfaction": 4},
        ),
        "ingest": report(100, 99, {}, {"chats.jsonl: is not valid JSON": 1}, filtered={}),
        "score": report(189, 160, {"low_quality": 20, "no_question": 9}, {}),
        "dedupe": report(160, 155, {"near_duplicate": 5}, {}),
        "compile": report(155, 150, {"synthetic_share": 5}, {}, splits=splits),
        "verify": {"rows": None, "numbers": {"splits": splits}},
    }  # fmt: skip


def test_every_record_of_the_database_and_the_files_is_accounted_for() -> None:
    lineage = record_lineage(a_run())
    assert lineage is not None
    assert lineage.problems == ()
    assert lineage.offered == 104 + 12 + 3 + 1 + 100
    assert lineage.offered == sum(lineage.splits.values()) + lineage.left_out
    assert list(lineage.splits) == ["train", "validation", "test"]
    assert lineage.sentence().startswith("220 records came in: 150 are in the dataset version, 70 were left out")


def lose_in_extract(reports: Reports) -> None:
    reports["extract"]["rows"]["rows_in"] = 99
    reports["extract"]["rows"]["kept"] = 89
    reports["score"]["rows"].update(rows_in=188, kept=159)
    reports["dedupe"]["rows"].update(rows_in=159, kept=154)
    reports["compile"]["rows"].update(rows_in=154, kept=149)
    for step in ("compile", "verify"):
        reports[step]["numbers"]["splits"] = {"test": 10, "train": 129, "validation": 10}


def lose_between_steps(reports: Reports) -> None:
    reports["score"]["rows"].update(rows_in=188, kept=159)


def lose_in_a_step(reports: Reports) -> None:
    reports["dedupe"]["rows"]["rejected"] = {"near_duplicate": 4}


def lose_in_the_splits(reports: Reports) -> None:
    reports["compile"]["numbers"]["splits"] = {"test": 10, "train": 129, "validation": 10}


def lose_in_the_files(reports: Reports) -> None:
    reports["verify"]["numbers"]["splits"] = {"test": 9, "train": 130, "validation": 10}


@pytest.mark.parametrize(
    ("lose", "told"),
    [
        (lose_in_extract, "extract had 120 records to take in, kept 89 and left out 30"),
        (lose_between_steps, "score took in 188 records, but extract and ingest kept 189"),
        (lose_in_a_step, "dedupe had 160 records to take in, kept 155 and left out 4"),
        (lose_in_the_splits, "compile kept 150 records, but its splits have 149"),
        (lose_in_the_files, "verify found test 9, train 130, validation 10 in the files, but compile wrote"),
    ],
)
def test_a_record_that_vanishes_is_told_with_the_place(lose: Callable[[Reports], None], told: str) -> None:
    reports = a_run()
    lose(reports)
    lineage = record_lineage(reports)
    assert lineage is not None
    assert any(problem.startswith(told) for problem in lineage.problems), lineage.problems
    assert lineage.sentence().startswith("The record counts do not add up: ")
    assert "It does not add up" in read_page(lineage_section(lineage)).text


def test_a_run_that_stopped_early_shows_how_far_records_came() -> None:
    reports = {name: value for name, value in a_run().items() if name in {"extract", "ingest", "score"}}
    lineage = record_lineage(reports)
    assert lineage is not None
    assert not lineage.problems
    assert not lineage.complete
    assert "did not get as far as a dataset version" in lineage.sentence()
    assert record_lineage({"train": {"rows": None, "numbers": {}}}) is None


def test_a_run_without_a_database_is_followed_from_its_files_alone() -> None:
    reports = a_run()
    del reports["extract"]
    reports["score"]["rows"].update(rows_in=99, kept=70)
    reports["dedupe"]["rows"].update(rows_in=70, kept=65)
    splits = {"test": 5, "train": 50, "validation": 5}
    reports["compile"] = report(65, 60, {"synthetic_share": 5}, {}, splits=splits)
    reports["verify"]["numbers"]["splits"] = splits
    lineage = record_lineage(reports)
    assert lineage is not None
    assert lineage.problems == ()
    assert lineage.offered == 100 == sum(lineage.splits.values()) + lineage.left_out
    page = read_page(lineage_section(lineage)).text
    assert "It adds up." in page
    assert "product database" not in page


def test_an_extract_that_ran_and_is_not_told_of_is_no_run_without_a_database() -> None:
    reports = a_run()
    del reports["extract"]
    lineage = record_lineage(reports)
    assert lineage is not None
    assert lineage.problems == ("score took in 189 records, but ingest kept 99",)
    unreadable = record_lineage({**reports, "extract": {}})
    assert unreadable is not None
    assert [step.step for step in unreadable.steps] == ["ingest"]


counts = st.dictionaries(st.sampled_from(["a_reason", "b_reason", "c_reason"]), st.integers(0, 10_000_000))


@given(st.integers(0, 10_000_000), st.lists(counts, min_size=5, max_size=5), counts)
def test_the_page_shows_every_count_whatever_its_size(
    kept: int, rejected: list[dict[str, int]], quarantined: dict[str, int]
) -> None:
    reports: Reports = {}
    rows_in = kept
    for step, lost in zip(("compile", "dedupe", "score"), rejected[2:], strict=True):
        kept_here = rows_in
        rows_in += sum(lost.values())
        reports[step] = report(rows_in, kept_here, lost, {})
    reports["compile"]["numbers"]["splits"] = {"train": kept, "validation": 0, "test": 0}
    reports["extract"] = report(rows_in + sum(rejected[0].values()), rows_in, rejected[0], {})
    broken = sum(quarantined.values())
    reports["ingest"] = report(sum(rejected[1].values()) + broken, 0, rejected[1], quarantined)
    lineage = record_lineage(reports)
    assert lineage is not None
    assert lineage.problems == ()
    page = read_page(lineage_section(lineage))
    shown = sum(int(values[0]) for key, values in page.values.items() if len(key.split("/")) == 4 and not key.endswith("share"))
    assert shown == lineage.left_out


def test_the_index_of_a_run_shows_the_lineage_of_its_records(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path / "run")
    folder.write_run(Params(), {}, "A run")
    folder.begin()
    reports = copy.deepcopy(a_run())
    for step, values in reports.items():
        rows = values["rows"] and Rows(**values["rows"])
        write_report(str(folder.path / "steps" / step), Report(step, step, "l", rows, values["numbers"]))
        folder.record_step(StepRow(step, step, None, None, None, None, 1.0, 1, "done", f"steps/{step}/report.html"))
    page = read_page(render_run_page(folder.summary()))
    assert page.number("lineage/extract/offered") == 120
    assert page.number("lineage/extract/skipped/opted_out") == 12
    assert page.number("lineage/score/rejected/low_quality") == 20
    assert page.number("lineage/ingest/quarantined/could_not_be_processed") == 1
    assert page.number("lineage/splits/train") == 130
    assert page.values["lineage/adds_up"] == ["true"]
