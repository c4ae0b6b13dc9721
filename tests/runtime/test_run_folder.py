"""Run folders: what was run, step by step, and one page that links it all."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from page_reader import read_page
from page_samples import make_run
from report_strategies import words

from attune.config.params import Params
from attune.errors import UsageError
from attune.reporting.run_page import RunCost, StepRow, render_run_page
from attune.runtime.run_folder import RunFolder


def test_the_index_shows_every_step_with_its_numbers_and_a_link_that_works(tmp_path: Path) -> None:
    folder = make_run(tmp_path)
    index = folder.write_index()
    page = read_page(index.read_text())
    expected = {"rows_in": 100, "kept": 80, "rejected": 15, "quarantined": 5, "seconds": 1.25, "peak_bytes": 64 * 2**20}
    assert {name: page.number(f"steps/score/{name}") for name in expected} == expected
    assert page.values["steps/verify/kept"] == [""]
    links = {value for tag, name, value in page.attributes if (tag, name) == ("a", "href")}
    assert len(links) == 4
    for link in links:
        assert (index.parent / link).is_file()
    assert page.headings[0] == 1
    assert page.headings.count(1) == 1


def test_the_index_says_what_was_decided_and_which_gates_failed(tmp_path: Path) -> None:
    page = read_page(render_run_page(make_run(tmp_path).summary()))
    assert page.values["decisions/release/decision"] == ["promote"]
    assert page.values["decisions/rollout/candidate"] == ["done"]
    assert page.values["decisions/rollout/drill"] == ["rolled_back"]
    assert "Gates failed in verify: leakage." in page.text
    assert "✕ gate failed" in page.text


def test_the_index_holds_parameters_and_versions(tmp_path: Path) -> None:
    page = read_page(render_run_page(make_run(tmp_path).summary()))
    assert page.values["params/dedupe.threshold".replace(".", "/")] == ["0.85"]
    assert page.values["versions/database"] == ["9c<1>"]


def test_the_index_needs_nothing_from_elsewhere(tmp_path: Path) -> None:
    html = render_run_page(make_run(tmp_path).summary())
    page = read_page(html)
    assert not {"script", "link", "img", "iframe"} & set(page.tags)
    assert "http" not in html.replace("http-equiv", "")
    assert str(tmp_path) not in html


def test_a_missing_report_is_said_and_not_linked(tmp_path: Path) -> None:
    folder = make_run(tmp_path)
    (folder.path / "steps" / "verify" / "report.html").unlink()
    (folder.path / "steps" / "verify" / "report.json").write_text("{")
    page = read_page(render_run_page(folder.summary()))
    assert "No report was found for verify." in page.text
    assert "report of score" in page.text
    assert "report of verify" not in page.text
    assert "steps/verify/report.html" not in {value for _, name, value in page.attributes if name == "href"}


def test_steps_are_appended_and_the_latest_row_of_a_step_counts(tmp_path: Path) -> None:
    folder = make_run(tmp_path)
    before = (folder.path / "steps.jsonl").read_bytes()
    folder.record_step(StepRow("score", "again", 100, 80, 15, 5, 0.1, 1, "resumed", "steps/score/report.html"))
    assert (folder.path / "steps.jsonl").read_bytes().startswith(before)
    steps = folder.steps()
    assert [step.step for step in steps] == ["score", "verify", "release", "rollout"]
    assert steps[0].status == "resumed"


def test_steps_stand_in_the_order_of_the_pipeline_whichever_was_recorded_first(tmp_path: Path) -> None:
    folder = make_run(tmp_path)
    for name in ("ingest", "extract"):
        folder.record_step(StepRow(name, name, 10, 10, 0, 0, 1.0, 1, "resumed"))
    assert [step.step for step in folder.steps()][:2] == ["extract", "ingest"]


def test_a_line_that_a_kill_cut_is_passed_over_and_the_next_one_is_whole(tmp_path: Path) -> None:
    folder = make_run(tmp_path)
    with (folder.path / "steps.jsonl").open("ab") as handle:
        handle.write(b'{"step": "tr')
    folder.record_step(StepRow("train", "trains", None, None, None, None, 1.0, 1, "failed"))
    assert [step.step for step in folder.steps()] == ["score", "verify", "train", "release", "rollout"]
    assert "The step train failed." in read_page(render_run_page(folder.summary())).text


def test_the_page_of_a_failed_run_says_why(tmp_path: Path) -> None:
    folder = make_run(tmp_path)
    why = "extract: 3 of 9 rows could not be processed; unknown roles: 'bot' (3), <b>; the rows are in runs/x/quarantined"
    folder.record_step(StepRow("extract", "reads", None, None, None, None, 0.0, 0, "failed", message=why))
    page = render_run_page(folder.summary())
    assert f"The step extract failed. {why}." in read_page(page).text
    assert "<b>;" not in page


def test_a_run_without_steps_yet_has_a_page(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path / "empty")
    folder.write_run(Params(), {})
    assert "No step has finished yet." in read_page(render_run_page(folder.summary())).text


def test_a_folder_that_is_no_run_is_a_usage_error(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"run\.json: no such file"):
        render_run_page(RunFolder(tmp_path).summary())


rows = st.builds(
    StepRow,
    words,
    words,
    *[st.one_of(st.none(), st.integers(0, 10**12))] * 4,
    st.floats(0, 1e6),
    st.integers(0, 10**13),
    st.sampled_from(["done", "resumed", "failed"]),
    st.just(""),
)


@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(rows, max_size=5))
def test_any_steps_give_a_whole_page(tmp_path_factory: pytest.TempPathFactory, steps: list[StepRow]) -> None:
    folder = RunFolder(tmp_path_factory.mktemp("runs") / "run")
    folder.write_run(Params(), {})
    for step in steps:
        folder.record_step(step)
    html = render_run_page(folder.summary())
    html.encode()
    page = read_page(html)
    assert "script" not in page.tags
    assert "NaN" not in html


def test_the_run_file_holds_what_was_run(tmp_path: Path) -> None:
    folder = make_run(tmp_path)
    run = json.loads((folder.path / "run.json").read_bytes())
    assert (run["run"], run["what"], run["versions"]["code"]) == ("demo-1", "The demo", "0f3a")
    assert Params.model_validate(run["params"]) == Params()


def test_a_new_execution_tells_nothing_of_the_steps_of_the_last_one(tmp_path: Path) -> None:
    folder = make_run(tmp_path)
    folder.write_cost(RunCost(12.5, 20.25, 3 * 2**30))
    assert "3.0 GiB in all processes together" in read_page(render_run_page(folder.summary())).text
    folder.begin()
    assert folder.steps() == []
    folder.record_step(StepRow("score", "again", 1, 1, 0, 0, 0.1, 1, "resumed", cpu_seconds=2.5))
    folder.write_cost(RunCost(1.0, 0.5, 2**20))
    assert folder.cost() == RunCost(12.5, 20.25, 3 * 2**30), "a rerun that only resumed keeps what the work cost"
    assert [step.step for step in folder.steps()] == ["score"]
    assert read_page(render_run_page(folder.summary())).number("steps/score/cpu_seconds") == 2.5
