"""The report of the step ``rollout``: the results of the rollout and of the drill, with every decision and its evidence.

The ``numbers`` of every report include ``ending`` (a few words) and ``notice`` (a sentence; empty when the candidate reached
all users), which are shown at the end of a run and on its page. A rollback is a result, not a failure;
``rollout.require_all_users`` makes it a failed gate.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import groupby
from statistics import quantiles
from typing import TYPE_CHECKING, Any

from attune.config.params import RolloutParams
from attune.modeling.integrity import integrity_table
from attune.records.signature import SignatureState
from attune.reporting.report import Block, Checks, Report, Table, Text, Tile, Tiles
from attune.rollout.evidence import Arm, arms
from attune.rollout.policy import ReleaseResult, failed_gates, failed_model_gates
from attune.steps.rollout.charts import ARMS, NAMES, charts

if TYPE_CHECKING:
    from attune.rollout.trial import TrialResult


def not_started(release: ReleaseResult, params: RolloutParams) -> Report:
    """The report of a rollout that did not start because the model was not promoted."""
    lead = f"The rollout of {release.name} did not start: the release decision is {release.decision}, not promote."
    reasons = "; ".join(release.reasons) or "the release gives no reason"
    return Report(
        step="rollout",
        title="Rollout",
        lead=lead,
        numbers={
            "started": False,
            "release": {"decision": release.decision, "name": release.name},
            "ending": f"not started: {release.decision}",
            "notice": f"{lead.removesuffix('.')}: {reasons}. No user was given the candidate.",
        },
        failed_gates=failed_gates(False, params),
        blocks=[
            Tiles([Tile("status", "rollout", "not started", f"release decision: {release.decision}", "warning")]),
            Text("Reasons", list(release.reasons) or ["The release gives no reason."]),
        ],
    )


def held(release: ReleaseResult, differences: Sequence[str]) -> Report:
    """The report of a rollout that did not start because a model to serve is not the one that was released."""
    lead = f"The rollout of {release.name} did not start: a model to serve is not the one that was released."
    return Report(
        step="rollout",
        title="Rollout",
        lead=lead,
        numbers={
            "started": False,
            "release": {"decision": release.decision, "name": release.name},
            "ending": "held: a model was changed after its release",
            "notice": f"{lead.removesuffix('.')}: {'; '.join(differences)}. No user was given the candidate.",
        },
        failed_gates=failed_model_gates(differences),
        blocks=[
            Tiles([Tile("status", "rollout", "held", "a model was changed after its release", "bad")]),
            Text("Differences", list(differences)),
        ],
    )


def build_report(
    release: ReleaseResult,
    results: Sequence[TrialResult],
    params: RolloutParams,
    signature: SignatureState = SignatureState.UNSIGNED,
) -> Report:
    """The report of a rollout and its rollback drill; ``signature`` is that of the release decision."""
    numbers = {result.name: _numbers(result, params) for result in results}
    blocks: list[Block] = [_tiles(results, numbers), _checks(results, numbers, params)]
    for result in results:
        blocks.extend(charts(result, params))
        blocks.append(_log(result))
    digests = {"production (base/)": release.base_content, "candidate (merged/)": release.content}
    blocks.append(integrity_table({"decision.json": signature}, digests))
    blocks.append(_method(params, numbers))
    reached = results[0].state.status == "done"
    return Report(
        step="rollout",
        title="Rollout",
        lead=_lead(release, results),
        numbers={
            "started": True,
            "release": {"decision": release.decision, "name": release.name},
            "clock": {"requests_per_day": params.requests_per_day, "stage_days": params.stage_days},
            "ending": "all users" if reached else f"rolled back at {_largest_share(results[0]):.0%}",
            "notice": "" if reached else _notice(release, results[0]),
            **numbers,
        },
        blocks=blocks,
        failed_gates=failed_gates(reached, params),
    )


def _notice(release: ReleaseResult, result: TrialResult) -> str:
    return f"{release.name} did not reach all users: it {_ending(result)}: {_why(result)}. All users are back on production."


def _lead(release: ReleaseResult, results: Sequence[TrialResult]) -> str:
    drills = [f"In the rollback drill, a degraded copy {_ending(drill)}." for drill in results[1:]]
    why = "" if results[0].state.status == "done" else f": {_why(results[0])}"
    return " ".join([f"{release.name} {_ending(results[0])}{why}.", *drills])


def _ending(result: TrialResult) -> str:
    state = result.state
    if state.status == "done":
        hand = " by hand" if state.reason == "promoted_by_hand" else ""
        return f"was rolled out to all users{hand}"
    return f"was rolled back at {_largest_share(result):.0%} of the users ({state.reason.replace('_', ' ')})"


def _largest_share(result: TrialResult) -> float:
    return max((float(record["share"]) for record in result.records if "share" in record), default=0.0)


def _why(result: TrialResult) -> str:
    """The explanation in the last record of the log."""
    last = result.records[-1]
    if last["event"] == "decision":
        return str(last["why"])
    return "; ".join(str(part) for part in ("by hand", last["command"]["by"], last["command"]["note"]) if part)


def _numbers(result: TrialResult, params: RolloutParams) -> dict[str, Any]:
    sums = arms(result.rows)
    active = sum(not row["paused"] for row in result.rows)
    seconds = result.rows[-1]["seconds"] if result.rows else 0.0
    return {
        "status": result.state.status,
        "reason": result.state.reason,
        "why": _why(result),
        "last_stage": result.state.stage,
        "share": result.state.share,
        "decisions": sum(record["event"] == "decision" for record in result.records),
        "requests": len(result.rows),
        "unanswered": sum(row["answered_by"] == "" for row in result.rows),
        "days": active / params.requests_per_day,
        "seconds": seconds,
        "arms": {name: _arm_numbers(sums.get(name, Arm()), name, result.rows) for name in ARMS},
    }


def _arm_numbers(arm: Arm, name: str, rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    latencies = [row["latency_ms"] for row in rows if row["answered_by"] == name]
    cuts = quantiles(latencies, n=20, method="inclusive") if len(latencies) > 1 else latencies * 19
    return {
        "requests": arm.requests,
        "errors": arm.errors,
        "incidents": arm.incidents,
        "ratings": arm.ratings,
        "satisfaction": arm.mean,
        "latency_ms_median": round(cuts[9], 1) if cuts else None,
        "latency_ms_p95": round(cuts[18], 1) if cuts else None,
    }


def _tiles(results: Sequence[TrialResult], numbers: Mapping[str, Any]) -> Tiles:
    tiles = []
    for result in results:
        done = result.state.status == "done"
        expected = done == (result.name == "candidate")
        label = "candidate" if result.name == "candidate" else "rollback drill"
        value = f"{result.state.share:.0%} of users" if done else "rolled back"
        note = result.state.reason.replace("_", " ")
        tiles.append(Tile(f"{result.name}_status", label, value, note, "good" if expected else "warning"))
    requests = sum(numbers[result.name]["requests"] for result in results)
    unanswered = sum(numbers[result.name]["unanswered"] for result in results)
    tiles.append(Tile("requests", "requests", requests, "from simulated users to real model servers"))
    tiles.append(Tile("unanswered", "unanswered", unanswered, "", "good" if not unanswered else "bad"))
    return Tiles(tiles)


def _checks(results: Sequence[TrialResult], numbers: Mapping[str, Any], params: RolloutParams) -> Checks:
    lines = []
    for result in results:
        facts = numbers[result.name]
        name = NAMES[result.name]
        production, candidate = facts["arms"]["production"], facts["arms"]["candidate"]
        if result.name == "candidate":
            lines.append((f"{name} reached all users", result.state.status == "done", _ending(result)))
        else:
            lines.append((f"{name} was rolled back", result.state.status == "rolled_back", _ending(result)))
        answered = f"{facts['requests'] - facts['unanswered']} of {facts['requests']}"
        lines.append((f"{name}: every request was answered", not facts["unanswered"], f"{answered} requests"))
        after = [row for row in result.rows if row["stage"] == len(params.stages)]
        expected = "candidate" if result.state.status == "done" else "production"
        there = sum(row["arm"] == expected for row in after)
        lines.append(
            (f"{name}: the final decision is in effect", there == len(after), f"{there} of {len(after)} later requests")
        )
        incidents = f"{candidate['incidents']} on the candidate, {production['incidents']} on the control"
        lines.append((f"{name}: safety incidents", not candidate["incidents"] or expected == "production", incidents))
    return Checks("Checks", lines)


def _log(result: TrialResult) -> Table:
    rows: list[list[str | int | float | None]] = []
    for _, group in groupby(result.records[1:], key=_kind):
        records = list(group)
        rows.append(_log_row(records[-1], len(records)))
    return Table(
        f"{NAMES[result.name]}: decisions",
        ["day of stage", "share", "decision", "why", "candidate", "control", "difference", "errors", "requests"],
        rows,
        note="Consecutive equal decisions are one row, with the evidence of the last one; decisions.jsonl has all. "
        "Ratings are means over the stage; errors and requests are candidate / control.",
        key=f"{result.name}_decisions",
    )


def _kind(record: Mapping[str, Any]) -> tuple[object, ...]:
    if record["event"] == "command":
        return ("command", record["sequence"])
    return (record["event"], record["stage"], record["action"], record["reason"])


def _log_row(record: Mapping[str, Any], times: int) -> list[str | int | float | None]:
    if record["event"] == "command":
        command = record["command"]
        by = f" by {command['by']}" if command["by"] else ""
        why = ": ".join(text for text in (record["reason"].replace("_", " "), command["note"]) if text)
        return [None, f"{record['share']:.0%}", f"{command['name']}{by}", why, None, None, None, None, None]
    evidence = record["evidence"]
    candidate, control = evidence["candidate"], evidence["control"]
    difference = evidence["satisfaction_difference"]
    known = difference["estimate"] is not None
    return [
        round(evidence["days"], 2),
        f"{record['share']:.0%}",
        record["action"] + (f" ×{times}" if times > 1 else ""),
        f"{record['reason'].replace('_', ' ')}: {record['why']}",
        None if candidate["mean"] is None else round(candidate["mean"], 2),
        None if control["mean"] is None else round(control["mean"], 2),
        f"{difference['estimate']:+.2f} ({difference['low']:+.2f} to {difference['high']:+.2f})" if known else None,
        f"{candidate['errors']} / {control['errors']}",
        f"{candidate['requests']} / {control['requests']}",
    ]


def _method(params: RolloutParams, numbers: Mapping[str, Any]) -> Text:
    days = sum(facts["days"] for facts in numbers.values())
    seconds = sum(facts["seconds"] for facts in numbers.values())
    pace = f"here, one day took {seconds / days:.1f} s" if days else "no request was sent"
    return Text(
        "Method",
        [
            "Both models ran as real servers behind a router. The clock is compressed: "
            f"{params.requests_per_day} requests count as one day; {pace}. A hash of the user's name assigns the model, so "
            "users who have the candidate at one stage keep it at the next.",
            f"A stage lasts at least {params.stage_days:g} days and {params.min_sample} rated requests of each model. The "
            "candidate is rolled back when, relative to the control in the same period, its rating is significantly more than "
            f"{params.max_satisfaction_drop:g} points lower or its error rate significantly more than "
            f"{params.max_error_rise:.0%} higher, or after one safety incident. It advances when it is significantly not that "
            "much worse. Significant means that the whole confidence sequence is on one side of the limit; each bound holds "
            f"at all decisions of a stage with {params.confidence:.0%} probability. At 100 % the control of the previous stage "
            "is used.",
            "Users are simulated; requests and replies are real. A rating is a formula over the reply (known words, everyday "
            "words, repetition, length, words of the prompt), plus the user's mood.",
        ],
    )
