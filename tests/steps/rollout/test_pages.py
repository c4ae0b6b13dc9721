"""What people read of a rollout: the page, the end of a run, the run's page."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from plain_server import BAD, GOOD
from plain_trial import PARAMS, play

from attune.reporting.page import render_page
from attune.reporting.report import Lines, report_json
from attune.rollout.policy import GATE, ReleaseResult
from attune.steps.rollout.report import build_report, not_started

RELEASE = ReleaseResult("promote", "attune-llm-v1-20260101-tiny", ("perplexity is lower",))
STRICT = PARAMS.model_copy(update={"require_all_users": True})


def test_a_candidate_that_went_back_is_told_with_the_share_and_the_reason(tmp_path: Path) -> None:
    result = play(tmp_path, BAD)
    report = build_report(RELEASE, [result], PARAMS)
    numbers = json.loads(report_json(report))["numbers"]
    why = result.records[-1]["why"]
    assert numbers["ending"] == "rolled back at 10%"
    assert numbers["notice"] == (
        f"{RELEASE.name} did not reach all users: it was rolled back at 10% of the users (satisfaction): {why}. "
        "All users are back on production."
    )
    assert why in report.lead
    assert numbers["candidate"]["why"] == why
    assert report.failed_gates == (), "a rollback is a result"
    assert build_report(RELEASE, [result], STRICT).failed_gates == (GATE,), "unless somebody asked for more"


def test_a_candidate_that_reached_all_users_gives_no_notice_and_its_page_shows_the_evidence_of_each_stage(
    tmp_path: Path,
) -> None:
    result = play(tmp_path, GOOD)
    report = build_report(RELEASE, [result], STRICT)
    assert (report.numbers["ending"], report.numbers["notice"]) == ("all users", "")
    assert report.failed_gates == ()
    chart = next(block for block in report.blocks if isinstance(block, Lines))
    assert chart.title == "The candidate: evidence by stage"
    assert [line.name for line in chart.lines] == ["at 10%", "at 25%", "at 50%", "at 100%"]
    assert chart.marks["limit"] == -0.5
    for stage, line in enumerate(chart.lines):
        last = [r for r in result.records if r["event"] == "decision" and r["stage"] == stage][-1]
        assert last["action"] in ("advance", "done")
        assert line.y[-1] == pytest.approx(last["evidence"]["satisfaction_difference"]["estimate"])
        assert line.low[-1] > -0.5, "it went on because the whole band was above the limit"
    ends, begins = [line.x[-1] for line in chart.lines], list(chart.events.values())
    assert begins[0] == 0
    assert begins[1:] == pytest.approx(ends[:-1]), "a stage begins where the one before has ended"
    assert "evidence by stage" in render_page(report)


@pytest.mark.parametrize("decision", ["hold", "reject"])
def test_a_model_that_was_not_promoted_is_told_with_the_reasons_of_its_release(decision: str) -> None:
    release = ReleaseResult(decision, "attune-llm-v1", ("perplexity is higher", "too few conversations"))
    report = not_started(release, PARAMS)
    assert report.numbers["ending"] == f"not started: {decision}"
    assert "perplexity is higher; too few conversations. No user was given the candidate." in str(report.numbers["notice"])
    assert report.failed_gates == ()
    assert not_started(release, STRICT).failed_gates == (GATE,)


def test_asking_for_all_users_starts_no_rollout_anew(tmp_path: Path) -> None:
    before = play(tmp_path, GOOD)
    again = play(tmp_path, GOOD, params=STRICT)
    assert again.records == before.records
