"""The page of a report: well-formed, self-contained, complete and safe, whatever a step hands to it."""

from __future__ import annotations

import json
import math
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
from hypothesis import HealthCheck, example, given, settings
from page_reader import Page, read_page
from page_samples import FULL
from report_strategies import reports

from attune.reporting import report as blocks
from attune.reporting.markup import machine_value, text
from attune.reporting.page import render_page, rewrite_page, write_report
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
    report_from_json,
    report_json,
)

ROOT = Path(__file__).parents[2]
TEMPLATES = ROOT / "src" / "attune" / "reporting" / "templates"


def test_a_page_is_well_formed_html_with_one_main_heading_and_no_level_left_out() -> None:
    page = read_page(render_page(FULL))
    assert page.headings[0] == 1
    assert page.headings.count(1) == 1
    assert set(page.headings) == {1, 2}
    assert len(page.ids) == len(set(page.ids))
    for tag in ("header", "main", "footer", "title"):
        assert page.tags.count(tag) >= 1


def test_a_page_refers_to_nothing_outside_itself() -> None:
    html = render_page(FULL)
    page = read_page(html)
    assert not {"script", "link", "img", "iframe", "object", "embed", "base"} & set(page.tags)
    outside = [item for item in page.attributes if item[1] in {"src", "href", "srcset", "data", "action", "xlink:href"}]
    assert outside == [("a", "href", "../dedupe/report.html")]
    assert not re.search(r"url\(|@import|https?://", html)
    assert not [name for _, name, _ in page.attributes if name.startswith("on")]


def test_every_number_of_a_report_stands_on_the_page_under_its_documented_key() -> None:
    page = read_page(render_page(FULL))
    expected = {
        "rows/rows_in": 1482,
        "rows/kept": 1200,
        "rows/rejected": 280,
        "rows/rejected/too_short": 200,
        "rows/rejected/generic_phrase": 80,
        "rows/quarantined": 2,
        "rows/quarantined/KeyError at steps/score/step.py:10": 2,
        "mean": 7.25,
        "parts/turns/given": 1_204_000,
        "parts/turns/points": 1.0,
        "parts/turns #2/points": 1.5,
        "Families/product": 900,
        "Families/sarcasm": 582,
        "Families/product/target": 0.5,
        "Scores/2.5..5": 200,
        "Scores/7.5..10": 372,
        "Scores/mark/threshold": 7.0,
        "Loss/train/0": 3.0,
        "Loss/train/2": 1.5,
        "Loss/train/2/low": 1.4,
        "Loss/train/2/high": 1.6,
        "Loss/mark/goal": 1.0,
        "Loss/event/stage B": 1,
        "Gap/women/low": -0.25,
        "Gap/women/estimate": 0.01,
        "Gap/women/high": 0.27,
        "numbers/threshold": 7.0,
        "numbers/families/product": 900,
    }
    assert {key: page.number(key) for key in expected} == expected
    assert page.values["Gates/leakage"] == ["true"]
    assert page.values["Gates/pii"] == ["false"]
    assert page.values["version"] == ["v1_20261031"]
    assert page.values["parts/turns #2/given"] == [""]


def test_the_shares_of_the_flow_sum_to_one() -> None:
    page = read_page(render_page(FULL))
    assert math.isclose(sum(page.number(f"rows/{kind}/share") for kind in ("kept", "rejected", "quarantined")), 1)


def test_every_chart_has_a_name_a_description_and_a_table_of_its_numbers() -> None:
    html = render_page(FULL)
    charts = re.findall(r'<svg class="plot" role="img" aria-labelledby="(\S+) (\S+)".*?</svg></div>', html)
    assert len(charts) == 5  # the flow, bars, histogram, lines, intervals
    for title, description in charts:
        assert re.search(f'<title id="{title}">[^<]+</title><desc id="{description}">[^<]+</desc>', html)
    assert html.count("<summary>The numbers</summary>") == 4
    assert html.count("<caption") == html.count("<table")
    assert html.count("<th scope=") == html.count("<th") - html.count("<thead")


def test_failed_gates_are_named_at_the_top() -> None:
    html = render_page(FULL)
    assert html.index("One gate failed:") < html.index("<main>")
    assert "The pipeline stops here." not in render_page(Report("score", "t", "l"))


def test_equal_reports_give_equal_bytes() -> None:
    assert render_page(FULL) == render_page(FULL)


def test_links_that_a_browser_could_execute_lead_nowhere() -> None:
    for address in ("javascript:alert(1)", " JavaScript:alert(1)", "data:text/html,x", "vbscript:x"):
        page = read_page(render_page(Report("s", "t", "l", blocks=[Links("x", [(address, "label", "")])])))
        assert ("a", "href", "#") in page.attributes


def test_an_empty_step_says_so_instead_of_drawing_nothing() -> None:
    empty = [
        Bars("b", {}),
        Histogram("h", [], []),
        Lines("l", [], "x", "y"),
        Intervals("i", {}, "x"),
        Table("t", ["a"], []),
        Checks("c", []),
    ]
    html = render_page(Report("s", "t", "l", Rows(0, 0), blocks=empty))
    assert "No rows came in." in html
    assert html.count('class="empty"') == 7
    assert '<svg class="plot"' not in html


def test_long_numbers_lists_are_cut_on_the_page_and_it_says_how_many() -> None:
    html = render_page(Report("s", "t", "l", numbers={"many": list(range(1_500))}))
    assert "500 more are in report.json." in html
    assert "1,500 values" in html


def _keys(report: Report) -> set[str]:
    """Keys that the page must have, worked out from the documentation in report.py and not from the page's code."""
    keys: set[str] = set()
    for block in report.blocks:
        match block:
            case blocks.Tiles():
                keys |= {tile.key for tile in block.tiles}
            case blocks.Bars():
                keys |= {f"{block.title}/{name}" for name in block.values}
            case blocks.Intervals():
                keys |= {f"{block.title}/{name}/{part}" for name in block.values for part in ("low", "estimate", "high")}
            case blocks.Checks():
                keys |= {f"{block.title}/{name}" for name, _, _ in block.checks}
            case blocks.Lines():
                keys |= {f"{block.title}/{line.name}/{machine_value(x)}" for line in block.lines for x in line.x}
    return keys


def _decoded(key: str) -> str:
    """``key`` as it looks after an HTML parser read it: forbidden characters replaced, line ends as they are."""
    return read_page(f'<p data-key="{text(key)}" data-value=""></p>').values.popitem()[0]


@settings(max_examples=120, deadline=None, suppress_health_check=list(HealthCheck))
@given(reports)
@example(
    Report(
        "s",
        "t",
        "l",
        blocks=[Bars("b", {"a": 5e-324, "b": 1e308}), Lines("l", [Line("n", [1e17, 1e17 + 16], [0, -0.0])], "x", "y")],
    )
)
@example(
    Report(
        "s",
        "t",
        "l",
        blocks=[Histogram("h", [0, math.inf], [3]), Histogram("h", [-math.inf, 0, 0, 1], [1, 2, 3], marks={"m": 0})],
    )
)
def test_whatever_a_step_hands_over_the_page_is_whole_and_holds_nothing_executable(report: Report) -> None:
    html = render_page(report)
    html.encode()
    page: Page = read_page(html)
    assert "script" not in page.tags
    assert "img" not in page.tags
    assert not [name for _, name, _ in page.attributes if name.startswith("on")]
    assert not re.search("[\x00-\x08\x0b\x0c\x0e-\x1f]", html)
    for svg in re.findall(r"<svg.*?</svg>", html, re.DOTALL):
        shapes = re.sub(r">[^<]*<", "><", svg)
        assert not re.search(r"\b(nan|inf)\b|NaN|Infinity", shapes), shapes
    missing = {_decoded(key) for key in _keys(report)} - set(page.values)
    assert not missing


@settings(max_examples=120, deadline=None, suppress_health_check=list(HealthCheck))
@given(reports)
@example(replace(FULL, blocks=[Bars("b", {"z": math.inf, "a": math.nan}), Intervals("i", {"x": (-math.inf, 0, 1)}, "a")]))
def test_a_report_is_the_same_after_it_was_written_and_read(report: Report) -> None:
    content = report_json(report)
    again = report_from_json(content)
    assert report_json(again) == content
    ordered = replace(report, numbers=again.numbers)  # JSON keeps no order of names, and numbers are listed by name
    assert render_page(again) == render_page(ordered)


def test_blocks_in_report_json_are_plain_json_whatever_numbers_they_hold() -> None:
    blocks = [
        Bars("b", {"a": math.nan}),
        Lines("l", [Line("n", np.arange(2), [np.float32(0.5), -math.inf])], "x", "y"),  # type: ignore[arg-type]
    ]

    def refuse(name: str) -> None:
        raise AssertionError(name)

    content = report_json(Report("s", "t", "l", blocks=blocks))
    json.loads(content, parse_constant=refuse)
    bars, lines = report_from_json(content).blocks
    assert isinstance(bars, Bars)
    assert math.isnan(bars.values["a"])
    assert lines == Lines("l", [Line("n", [0, 1], [0.5, -math.inf], [], [])], "x", "y")


def test_a_page_is_rendered_again_from_report_json_alone(tmp_path: Path) -> None:
    write_report(str(tmp_path), FULL)
    page = tmp_path / "report.html"
    before = page.read_bytes()
    page.write_text("an older page")
    rewrite_page(str(tmp_path))
    assert page.read_bytes() == before
    written = page.stat().st_mtime_ns
    rewrite_page(str(tmp_path))
    assert page.stat().st_mtime_ns == written


def test_a_page_may_load_nothing_and_run_no_script() -> None:
    page = read_page(render_page(FULL))
    assert ("meta", "content", "default-src 'none'; style-src 'unsafe-inline'") in page.attributes


def test_every_page_has_the_policy_before_anything_that_it_could_load() -> None:
    templates = {file.name: file.read_text() for file in TEMPLATES.glob("*.html")}
    pages = {name for name, text in templates.items() if text.startswith('{% extends "base.html" %}')}
    assert pages >= {"report.html", "run.html", "pairs.html"}
    for name in templates.keys() - pages - {"base.html"}:
        assert not re.search(r"<(html|head|body)", templates[name]), f"{name} is a part of a page, and no page without a policy"
    head = templates["base.html"].split("<head>")[1]
    assert head.index("Content-Security-Policy") < min(head.index(tag) for tag in ("<title", "<style"))
    for root in ("src", "pipelines", "components", "tools", "sample"):
        for file in (ROOT / root).rglob("*.py"):
            assert not re.search(r"<(!doctype|html|head)\b", file.read_text().lower()), f"{file} writes a page of its own"


def test_the_checks_of_this_file_see_what_a_page_must_not_hold() -> None:
    page: Page = read_page("<p onclick='x'><script></script></p>")
    assert "script" in page.tags
    assert [name for _, name, _ in page.attributes if name.startswith("on")]
