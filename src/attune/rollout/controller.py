"""The loop that looks at the evidence, decides, records and acts; it can be killed at any moment and started again.

Order of every turn: observe, decide, append the decision to ``decisions.jsonl`` (fsynced), apply the share. The log is the only
memory: a restarted controller takes its state from the last line, applies that share once more (applying is idempotent) and
goes on. A turn that was not recorded did not happen.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal, Protocol

from attune import storage
from attune.records.shards import json_bytes
from attune.rollout import control
from attune.rollout.control import Command
from attune.rollout.evidence import Arm, Evidence, Interval
from attune.rollout.policy import Decision, Policy, decide
from attune.storage.json_lines import Journal

LOG = "decisions.jsonl"
STATE = "state.json"
Status = Literal["running", "paused", "done", "rolled_back"]


class Adapter(Protocol):
    """Where a rollout happens: what shifts the traffic and brings the evidence."""

    def apply(self, share: float) -> None:
        """Give the candidate this share of the users. Called again with the same share it changes nothing."""

    def observe(self, stage: int, turn: int, *, paused: bool) -> Evidence:
        """The evidence of a stage so far. Called again for the same turn, after a kill, it brings the same."""


@dataclass(frozen=True)
class State:
    """Where a rollout stands."""

    status: Status
    stage: int
    share: float
    turns: int = 0  # looks at the evidence so far
    commands: int = 0  # commands handled so far
    reason: str = ""

    @property
    def finished(self) -> bool:
        """Whether nothing will change any more."""
        return self.status in ("done", "rolled_back")


Watcher = Callable[[Mapping[str, Any]], None]


class Controller:
    """Runs one rollout in ``folder``.

    Args:
        folder: where ``decisions.jsonl``, ``state.json`` and ``commands.jsonl`` stand.
        policy: what is allowed.
        key: hash of everything that makes this rollout this one (models, parameters); another key starts anew.
        code: version of the code; a rollout that other code finished starts anew, an unfinished one goes on.
        watcher: is told every record of the log.
    """

    def __init__(self, folder: Path, policy: Policy, *, key: str, code: str, watcher: Watcher | None = None) -> None:
        self._folder = folder
        self._policy = policy
        self._code = code
        self._watcher = watcher
        self._log = Journal(folder / LOG)
        if self._is_other(key):
            self._log.clear()
            (folder / control.FILE).unlink(missing_ok=True)
            self._append({"event": "start", "key": key, "policy": asdict(policy)}, self.state)

    @property
    def state(self) -> State:
        """Where the rollout stands, from the log alone."""
        return replay(self._log.records, self._policy)

    @property
    def identity(self) -> str:
        """Names this very rollout: what belongs to an earlier one in the same folder has another identity."""
        return storage.sha256_bytes(json_bytes(self._log.records[0]))

    @property
    def records(self) -> list[dict[str, Any]]:
        """All lines of the log."""
        return list(self._log.records)

    def run(self, adapter: Adapter) -> State:
        """Go on until the candidate has everybody or nobody. Raises what the adapter raises; then run again."""
        adapter.apply(self.state.share)
        while not self.state.finished:
            self._handle_commands(adapter)
            state = self.state
            if state.finished:
                break
            paused = state.status == "paused"
            evidence = adapter.observe(state.stage, state.turns, paused=paused)
            decision = decide(self._policy, state.stage, evidence, paused=paused)
            self._append(_decision_record(state, decision, evidence), after(self._policy, state, decision))
            adapter.apply(self.state.share)
        return self.state

    def close(self) -> None:
        """Release the folder."""
        self._log.close()

    def _handle_commands(self, adapter: Adapter) -> None:
        for command in control.read(self._folder)[self.state.commands :]:
            before = self.state
            then = commanded(self._policy, before, command)
            self._append({"event": "command", "command": asdict(command), "share": before.share, "reason": then.reason}, then)
            adapter.apply(then.share)

    def _append(self, record: Mapping[str, Any], then: State) -> None:
        origin = {"code": self._code, "recorded_at": datetime.now(UTC).isoformat()}
        line = {"sequence": len(self._log.records), **record, "then": asdict(then), **origin}
        self._log.append(line)
        storage.write_bytes(str(self._folder / STATE), json_bytes(asdict(then)))
        if self._watcher:
            self._watcher(line)

    def _is_other(self, key: str) -> bool:
        if not self._log.records:
            return True
        first, last = self._log.records[0], self._log.records[-1]
        return first.get("key") != key or (self.state.finished and last.get("code") != self._code)


def replay(records: list[dict[str, Any]], policy: Policy) -> State:
    """The state that a log leads to; before the first line, the first stage."""
    return State(**records[-1]["then"]) if records else State("running", 0, policy.stages[0])


def after(policy: Policy, state: State, decision: Decision) -> State:
    """The state after a decision."""
    turns = state.turns + 1
    match decision.action:
        case "rollback":
            return State("rolled_back", state.stage, 0.0, turns, state.commands, decision.reason)
        case "done":
            return State("done", state.stage, 1.0, turns, state.commands, decision.reason)
        case "advance":
            stage = state.stage + 1
            return State("running", stage, policy.stages[stage], turns, state.commands, decision.reason)
        case "wait":
            return State(state.status, state.stage, state.share, turns, state.commands, decision.reason)


def commanded(policy: Policy, state: State, command: Command) -> State:
    """The state after a command by hand; one that does not fit changes nothing but is counted."""
    handled = state.commands + 1
    last = len(policy.stages) - 1
    match command.name, state.status:
        case "pause", "running":
            return State("paused", state.stage, state.share, state.turns, handled, "paused_by_hand")
        case "resume", "paused":
            return State("running", state.stage, state.share, state.turns, handled, "resumed_by_hand")
        case "promote", "running" | "paused":
            return State("done", last, 1.0, state.turns, handled, "promoted_by_hand")
        case "abort", "running" | "paused":
            return State("rolled_back", state.stage, 0.0, state.turns, handled, "aborted_by_hand")
        case _:
            return State(state.status, state.stage, state.share, state.turns, handled, "ignored")


def _decision_record(state: State, decision: Decision, evidence: Evidence) -> dict[str, Any]:
    return {
        "event": "decision",
        "turn": state.turns,
        "stage": state.stage,
        "share": state.share,
        "action": decision.action,
        "reason": decision.reason,
        "why": decision.why,
        "evidence": {
            "days": evidence.days,
            "control_period": evidence.control_period,
            "candidate": _arm(evidence.candidate),
            "control": _arm(evidence.control),
            "satisfaction_difference": _interval(decision.satisfaction),
            "error_rate_difference": _interval(decision.errors),
        },
    }


def _arm(arm: Arm) -> dict[str, Any]:
    return {**asdict(arm), "mean": arm.mean, "error_rate": arm.error_rate}


def _interval(interval: Interval) -> dict[str, float | None]:
    bounds = {"estimate": interval.estimate, "low": interval.low, "high": interval.high}
    return {name: value if value is not None and math.isfinite(value) else None for name, value in bounds.items()}
