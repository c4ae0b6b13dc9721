"""The pages in a real Chromium: no sideways scrolling, no overlapping labels, accessible in light and dark."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from page_samples import FULL, make_run, make_run_with_records, pairs_page

from attune.reporting.page import render_page
from attune.reporting.report import Bars, Intervals, Report, Rows, Table

pytestmark = [pytest.mark.browser, pytest.mark.slow]

LONG = Report(
    "ingest",
    "Names_that_do_not_break_" * 6,
    "W" * 300,
    Rows(
        10**12,
        10**12 - 90,
        {f"reason_number_{number}_with_a_long_name_that_goes_on_and_on": number for number in range(1, 13)},
        {"Error": 12},
    ),
    {"key" * 30: "value" * 60},
    [
        Table("t" * 80, [f"column {number}" for number in range(14)], [[f"{'x' * 60}"] + [10**9] * 13]),
        Bars("Forty", {f"family_with_a_long_name_{number}": number * 1_000_003 for number in range(40)}),
        Intervals(
            "Estimates", {f"model number {number} after all its stages": (0.1, 0.2, 0.3) for number in range(3)}, "score"
        ),
    ],
    ["gate" * 20],
)


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """Chromium, the system's or Playwright's own."""
    api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    system = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    with api.sync_playwright() as playwright:
        path = system or playwright.chromium.executable_path
        if not Path(path).exists():
            pytest.skip("there is no Chromium on this machine")
        started = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield started
        started.close()


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    folder = tmp_path_factory.mktemp("pages")
    (folder / "full.html").write_text(render_page(FULL), encoding="utf-8")
    (folder / "long.html").write_text(render_page(LONG), encoding="utf-8")
    (folder / "pairs.html").write_text(pairs_page(), encoding="utf-8")
    indexes = {"run": make_run(folder).write_index(), "records": make_run_with_records(folder).write_index()}
    pages = {name: folder / f"{name}.html" for name in ("full", "long", "pairs")} | indexes
    return {name: path.as_uri() for name, path in pages.items()}


def open_page(browser: Any, address: str, width: int, scheme: str = "light") -> Any:
    context = browser.new_context(viewport={"width": width, "height": 800}, color_scheme=scheme, java_script_enabled=True)
    page = context.new_page()
    page.goto(address)
    return page


@pytest.mark.parametrize("name", ["full", "long", "pairs", "records", "run"])
@pytest.mark.parametrize("width", [360, 760, 1280])
def test_a_page_never_scrolls_sideways_and_no_label_leaves_it(
    browser: Any, pages: dict[str, str], name: str, width: int
) -> None:
    page = open_page(browser, pages[name], width)
    page.evaluate("document.querySelectorAll('details').forEach(element => element.open = true)")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    outside = page.evaluate(
        """width => [...document.querySelectorAll('.plot text')].filter(text => {
            const box = text.getBoundingClientRect();
            return box.width && (box.left < -1 || box.right > width + 1);
        }).map(text => text.textContent)""",
        width,
    )
    assert outside == []
    page.context.close()


@pytest.mark.parametrize("name", ["full", "long", "records"])
@pytest.mark.parametrize("width", [360, 1280])
def test_no_two_labels_of_a_chart_overlap(browser: Any, pages: dict[str, str], name: str, width: int) -> None:
    page = open_page(browser, pages[name], width)
    overlapping = page.evaluate(
        """() => [...document.querySelectorAll('.plot')].flatMap(plot => {
            const shown = [...plot.querySelectorAll('text')].map(text => [text.textContent, text.getBoundingClientRect()])
                .filter(([, box]) => box.width);
            return shown.flatMap(([name, a], index) => shown.slice(index + 1).filter(([, b]) =>
                Math.min(a.right, b.right) - Math.max(a.left, b.left) > 1 &&
                Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > 4
            ).map(([other]) => [name, other]));
        })"""
    )
    assert overlapping == []
    page.context.close()


@pytest.mark.parametrize("name", ["full", "long", "pairs", "records", "run"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1280])
def test_axe_finds_nothing_serious(browser: Any, pages: dict[str, str], name: str, scheme: str, width: int) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe-playwright-python is not installed").Axe()
    page = open_page(browser, pages[name], width, scheme)
    page.evaluate("document.querySelectorAll('details').forEach(element => element.open = true)")
    found = axe.run(page).response["violations"]
    assert [(item["id"], item["impact"], item["nodes"][0]["html"][:200]) for item in found] == []
    page.context.close()


def test_the_dark_page_is_dark(browser: Any, pages: dict[str, str]) -> None:
    colours = set()
    for scheme in ("light", "dark"):
        page = open_page(browser, pages["full"], 1280, scheme)
        colours.add(page.evaluate("getComputedStyle(document.body).backgroundColor"))
        page.context.close()
    assert len(colours) == 2


@pytest.mark.parametrize("name", ["full", "pairs", "records"])
def test_a_page_shows_its_style_and_runs_no_script_that_somebody_put_into_it(
    browser: Any, pages: dict[str, str], name: str, tmp_path: Path
) -> None:
    source = Path(pages[name].removeprefix("file://")).read_text(encoding="utf-8")
    attacked = tmp_path / "attacked.html"
    outside = tmp_path / "outside.html"
    script = "<script>document.title = 'hacked'</script><img src=x onerror=\"document.title = 'hacked'\">"
    attacked.write_text(source.replace("<main>", f"<main>{script}<iframe src='{outside.as_uri()}'></iframe>"), encoding="utf-8")
    for address, refusals in ((pages[name], 0), (attacked.as_uri(), 3)):
        context = browser.new_context()
        page = context.new_page()
        refused: list[str] = []
        page.on("console", lambda message, refused=refused: refused.append(message.text))
        page.goto(address)
        assert page.title() != "hacked"
        assert page.evaluate("getComputedStyle(document.body).maxWidth") == "1144px"
        assert len([text for text in refused if "Content Security Policy" in text]) >= refusals, refused
        assert refusals or not refused
        context.close()
