"""How a run says that a candidate did not reach the users: in its table, in its last line and on its page."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from pipelines.local import LocalRun, step_rows
from pipelines.summary import print_summary
from pydantic import BaseModel

from attune.reporting.run_page import RunCost
from attune.runtime.engine import COMMITS
from attune.runtime.run_folder import RunFolder
from attune.runtime.run_step import RESULT_FILE

NOTICE = "attune-llm-v1 did not reach all users: it was taken back at 10% of the users (undecided): the rating may be lower."


class _NoParams(BaseModel):
    pass


def _outcome(run: LocalRun, step: str, numbers: dict) -> None:
    report = {"title": step.title(), "rows": None, "numbers": numbers, "failed_gates": [], "lead": "", "step": step}
    outcome = {"resumed": False, "seconds": 1.0, "cpu_seconds": 1.0, "peak_bytes": 1, "report": report}
    folder = run.store / step / COMMITS
    folder.mkdir(parents=True)
    (folder / RESULT_FILE).write_text(json.dumps(outcome))
    (run.store / step / "report.html").write_text("<html></html>")


@pytest.mark.parametrize(("ending", "notice"), [("taken back at 10%", NOTICE), ("all users", "")])
def test_the_row_the_last_line_and_the_page_say_how_the_rollout_ended(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], ending: str, notice: str
) -> None:
    run = LocalRun(tmp_path, "attune", {})
    _outcome(run, "release", {"decision": "promote"})
    _outcome(run, "rollout", {"ending": ending, "notice": notice})
    folder = RunFolder(tmp_path)
    folder.write_run(_NoParams(), {}, "The demo")
    rows = step_rows(run)
    for row in rows:
        folder.record_step(row)
    page = folder.write_index()
    print_summary(folder.steps(), None, RunCost(1.0, 1.0, 1), page)

    lines = capsys.readouterr().out.strip().splitlines()
    table = " ".join(" ".join(lines).replace("│", " ").split())  # a long cell is broken into two lines
    assert "done: promote" in table
    assert f"done: {ending}" in table
    assert (NOTICE in page.read_text()) == bool(notice)
    assert f"{'!' if notice else '✓'} done: {ending}" in page.read_text()
    if notice:
        assert lines[-1] == f"rollout: {NOTICE} Look at {tmp_path / 'steps' / 'rollout' / 'report.html'}"
    else:
        assert lines[-1].endswith(str(page))
