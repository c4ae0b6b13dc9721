"""The numbers on every page of the dataset pipeline agree with a recount without Attune: by DuckDB and html.parser."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import duckdb
import pytest

ROOT = Path(__file__).parents[2]
STEPS = ("extract", "ingest", "score", "dedupe", "compile")
OVERLAY = "verify: {required_families: {product: 20}, split_tolerance: 0.2, category_tolerance: 1.0}\n"

pytestmark = pytest.mark.slow


class Values(HTMLParser):
    """The machine values on a page by their ``data-key``."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.values: dict[str, str] = {}
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        if found.get("data-key"):
            self.values[str(found["data-key"])] = str(found.get("data-value"))


@pytest.fixture(scope="module")
def steps_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The steps of one run of the dataset pipeline on a small sample product."""
    folder = tmp_path_factory.mktemp("recount")
    (folder / "overlay.yaml").write_text(OVERLAY)
    command = [
        sys.executable,
        "-m",
        "attune.cli",
        "run",
        "--sample",
        "--pipeline",
        "dataset",
        "--conversations",
        "600",
        "--seed",
        "5",
    ]
    command += ["--samples", str(folder / "sample"), "--runs", str(folder / "runs"), "--params", str(folder / "overlay.yaml")]
    result = subprocess.run(command, cwd=ROOT, env=dict(os.environ), capture_output=True, text=True, timeout=1800)
    assert result.returncode == 0, result.stdout + result.stderr
    return next((folder / "runs").glob("demo-*/steps"))


def count(folder: Path) -> int:
    files = sorted(str(path) for path in folder.glob("part-*.parquet"))
    return duckdb.read_parquet(files).aggregate("count(*)").fetchall()[0][0] if files else 0


def tally(folder: Path, column: str) -> dict[str, int]:
    files = sorted(str(path) for path in folder.glob("part-*.parquet"))
    if not files:
        return {}
    rows = duckdb.sql(f"select {column}, count(*) from read_parquet({files}) group by 1").fetchall()
    return dict(rows)


@pytest.mark.parametrize("step", STEPS)
def test_where_the_rows_went_is_what_the_files_hold(steps_folder: Path, step: str) -> None:
    folder = steps_folder / step
    rows = json.loads((folder / "report.json").read_text())["rows"]
    kept = sum(count(folder / split) for split in ("train", "validation", "test")) if step == "compile" else count(folder)
    assert rows["kept"] == kept
    assert rows["rejected"] == tally(folder / "rejected", "reason")
    assert sum(rows["quarantined"].values()) == count(folder / "quarantined")
    assert rows["rows_in"] == kept + sum(rows["rejected"].values()) + sum(rows["quarantined"].values())


def test_each_step_takes_in_what_the_step_before_kept(steps_folder: Path) -> None:
    def rows(step: str) -> dict[str, int]:
        return json.loads((steps_folder / step / "report.json").read_text())["rows"]

    assert rows("score")["rows_in"] == rows("extract")["kept"] + rows("ingest")["kept"]
    assert rows("dedupe")["rows_in"] == rows("score")["kept"]
    assert rows("compile")["rows_in"] == rows("dedupe")["kept"]


@pytest.mark.parametrize("step", STEPS)
def test_the_page_shows_the_numbers_of_the_report(steps_folder: Path, step: str) -> None:
    shown = Values((steps_folder / step / "report.html").read_text()).values
    rows = json.loads((steps_folder / step / "report.json").read_text())["rows"]
    assert shown["rows/rows_in"] == str(rows["rows_in"])
    assert shown["rows/kept"] == str(rows["kept"])
    for reason, number in rows["rejected"].items():
        assert shown[f"rows/rejected/{reason}"] == str(number)


def test_scores_are_where_the_parts_add_up_to(steps_folder: Path) -> None:
    files = sorted(str(path) for path in (steps_folder / "score").glob("part-*.parquet"))
    lowest, rows = duckdb.sql(f"select min(quality_score), count(*) from read_parquet({files})").fetchall()[0]
    assert rows > 0
    assert lowest >= 7.0


def test_the_index_links_every_report_and_every_link_leads_somewhere(steps_folder: Path) -> None:
    class Addresses(HTMLParser):
        def __init__(self) -> None:
            super().__init__()
            self.found: set[str] = set()

        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            if tag == "a":
                self.found.add(dict(attrs).get("href") or "")

    parser = Addresses()
    parser.feed((steps_folder.parent / "index.html").read_text())
    reports = {address for address in parser.found if address.endswith("report.html")}
    assert reports == {f"steps/{step}/report.html" for step in (*STEPS, "verify")}
    for address in reports:
        assert (steps_folder.parent / address).exists()
