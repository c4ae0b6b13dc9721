"""A report with a block of every kind, pairs with differences, and folders of runs: what pages are tried with."""

from __future__ import annotations

from pathlib import Path

from attune.config.params import Params
from attune.reporting.page import write_report
from attune.reporting.report import (
    Bars,
    Checks,
    Histogram,
    Intervals,
    Line,
    Lines,
    Links,
    Report,
    Rows,
    Table,
    Text,
    Tile,
    Tiles,
)
from attune.reporting.run_page import StepRow
from attune.runtime.run_folder import RunFolder
from attune.steps.dedupe.pairs import MEANINGS
from attune.steps.dedupe.pairs_page import ShownPair, render_pairs

FULL = Report(
    "score",
    "Quality of 1,482 answers",
    "Most of them <b>are</b> kept.",
    Rows(1482, 1200, {"too_short": 200, "generic_phrase": 80}, {"KeyError at steps/score/step.py:10": 2}),
    {"threshold": 7.0, "families": {"product": 900, "sarcasm": 582}},
    [
        Tiles([Tile("mean", "mean score", 7.25, "of 10", "good"), Tile("version", "version", "v1_20261031")]),
        Table("Parts", ["part", "points", "given"], [["turns", 1.0, 1_204_000], ["turns", 1.5, None]], key="parts"),
        Bars("Families", {"product": 900, "sarcasm": 582}, "records", target={"product": 0.5}),
        Histogram("Scores", [0, 2.5, 5, 7.5, 10], [10, 200, 900, 372], "score", marks={"threshold": 7.0}),
        Lines(
            "Loss",
            [Line("train", [0, 1, 2], [3.0, 2.0, 1.5], [2.9, 1.9, 1.4], [3.1, 2.1, 1.6])],
            "step",
            "loss",
            "",
            {"goal": 1.0},
            {"stage B": 1},
        ),
        Intervals("Gap", {"women": (-0.25, 0.01, 0.27)}, "points"),
        Checks("Gates", [("leakage", True, "none"), ("pii", False, "3 canaries")]),
        Text("Why", ["Because."]),
        Links("See also", [("../dedupe/report.html", "Duplicates", "next")]),
    ],
    ["pii"],
)


PAIRS = [
    ShownPair(
        "a" * 64,
        "b" * 64,
        0.91,
        "near_duplicate",
        "kept the better one (9 over 8)",
        [{"role": "user", "content": "we argued again " * 40}, {"role": "assistant", "content": "What did you say?"}],
        [{"role": "user", "content": "we argued again " * 40}, {"role": "assistant", "content": "What did she <b>say</b>?"}],
    ),
    ShownPair("c", "d", 0.72, "below_threshold", "", None, [{"role": "user", "content": "x" * 300}]),
]


def make_run(path: Path) -> RunFolder:
    """A run of four steps, two of which say how they ended."""
    folder = RunFolder(path / "demo-1")
    folder.write_run(Params(), {"code": "0f3a", "database": "9c<1>"}, "The demo")
    reports = [
        Report("score", "Score", "l", Rows(100, 80, {"too_short": 15}, {"KeyError": 5})),
        Report("verify", "Verify", "l", failed_gates=["leakage"]),
        Report("release", "Release", "l", numbers={"decision": "promote"}),
        Report("rollout", "Rollout", "l", numbers={"candidate": {"status": "done"}, "drill": {"status": "rolled_back"}}),
    ]
    for report in reports:
        write_report(str(folder.path / "steps" / report.step), report)
        rows = report.rows
        folder.record_step(
            StepRow(
                report.step,
                f"does {report.step}",
                rows.rows_in if rows else None,
                rows.kept if rows else None,
                15 if rows else None,
                5 if rows else None,
                1.25,
                64 * 2**20,
                "done",
                f"steps/{report.step}/report.html",
            )
        )
    return folder


def make_run_with_records(path: Path) -> RunFolder:
    """A run from a database and files to a dataset version."""
    splits = {"train": 130, "validation": 10, "test": 10}
    refused = {"opted_out": {"conversations": 12}, "erasure_requested": {"conversations": 3}}
    steps: dict[str, tuple[Rows | None, dict[str, object]]] = {
        "extract": (
            Rows(100, 90, {"health_information": 8}, {"a message has no content": 2}),
            {"consenting_conversations": 104, "refused": refused, "without_user": 1, "filtered": {"min_satisfaction": 4}},
        ),
        "ingest": (Rows(100, 99, {}, {"chats.jsonl: is not valid JSON": 1}), {}),
        "score": (Rows(189, 160, {"low_quality": 20, "no_question": 9}), {}),
        "dedupe": (Rows(160, 155, {"near_duplicate": 5}), {}),
        "compile": (Rows(155, 150, {"synthetic_share": 5}), {"splits": splits}),
        "verify": (None, {"splits": splits}),
    }
    folder = RunFolder(path / "records-1")
    folder.write_run(Params(), {"code": "0f3a"}, "A run with records")
    for step, (rows, numbers) in steps.items():
        write_report(str(folder.path / "steps" / step), Report(step, step, "l", rows, numbers))
        counts = (rows.rows_in, rows.kept, sum(rows.rejected.values()), sum(rows.quarantined.values())) if rows else (None,) * 4
        folder.record_step(StepRow(step, f"does {step}", *counts, 12.3, 300 * 2**20, "done", f"steps/{step}/report.html"))
    return folder


def pairs_page() -> str:
    """The page of :data:`PAIRS`."""
    return render_pairs(PAIRS, MEANINGS, 1234, 0.85, "pairs.parquet")
