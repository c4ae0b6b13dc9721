"""The rollout controller: a loop of observing, deciding, recording and acting that can be killed and restarted at any time.

Each turn observes, decides, appends the decision to ``decisions.jsonl`` (fsynced), and applies the share. The log is the only
state: a restarted controller reads the last line, applies its share again (which is idempotent) and continues. A turn that was
not recorded is repeated.
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
from attune.rollout.evidence import Arm, Interval, StageEvidence
from attune.rollout.policy import RolloutDecision, RolloutPolicy, decide
from attune.storage.json_lines import Journal

LOG = "decisions.jsonl"
STATE = "state.json"
Status = Literal["running", "paused", "done", "rolled_back"]


class RolloutAdapter(Protocol):
    """Connects a controller to a place where models are served: shifts the traffic and collects the evidence."""

    def apply(self, share: float) -> None:
        """Set the candidate's share of the users. Idempotent."""

    def observe(self, stage: int, turn: int, *, paused: bool) -> StageEvidence:
        """The evidence of a stage so far. Called again for the same turn, it returns the same."""


@dataclass(frozen=True)
class RolloutState:
    """The state of a rollout."""

    status: Status
    stage: int
    share: float
    turns: int = 0  # decisions so far
    commands: int = 0  # commands handled so far
    reason: str = ""

    @property
    def finished(self) -> bool:
        """Whether the state is final."""
        return self.status in ("done", "rolled_back")


Watcher = Callable[[Mapping[str, Any]], None]


class Controller:
    """Runs one rollout in ``folder``.

    Args:
        folder: folder of ``decisions.jsonl``, ``state.json`` and ``commands.jsonl``.
        policy: the limits.
        key: hash of what identifies this rollout (models, parameters); a different key starts a new rollout.
        code: version of the code; a rollout that other code finished starts again, an unfinished one continues.
        watcher: called with every new record of the log.
    """

    def __init__(self, folder: Path, policy: RolloutPolicy, *, key: str, code: str, watcher: Watcher | None = None) -> None:
        self._folder = folder
        self._policy = policy
        self._code = code
        self._watcher = watcher
        self._log = Journal(folder / LOG)
        if self._is_new(key):
            self._log.clear()
            (folder / control.FILE).unlink(missing_ok=True)
            self._append({"event": "start", "key": key, "policy": asdict(policy)}, self.state)

    @property
    def state(self) -> RolloutState:
        """The state, computed from the log."""
        return replay(self._log.records, self._policy)

    @property
    def identity(self) -> str:
        """A hash that differs from that of an earlier rollout in the same folder."""
        return storage.sha256_bytes(json_bytes(self._log.records[0]))

    @property
    def records(self) -> list[dict[str, Any]]:
        """All lines of the log."""
        return list(self._log.records)

    def run(self, adapter: RolloutAdapter) -> RolloutState:
        """Run until the candidate has all users or none. Raises what the adapter raises; call it again to continue."""
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

    def _handle_commands(self, adapter: RolloutAdapter) -> None:
        for command in control.read_commands(self._folder)[self.state.commands :]:
            before = self.state
            then = after_command(self._policy, before, command)
            self._append({"event": "command", "command": asdict(command), "share": before.share, "reason": then.reason}, then)
            adapter.apply(then.share)

    def _append(self, record: Mapping[str, Any], then: RolloutState) -> None:
        origin = {"code": self._code, "recorded_at": datetime.now(UTC).isoformat()}
        line = {"sequence": len(self._log.records), **record, "then": asdict(then), **origin}
        self._log.append(line)
        storage.write_bytes(str(self._folder / STATE), json_bytes(asdict(then)))
        if self._watcher:
            self._watcher(line)

    def _is_new(self, key: str) -> bool:
        if not self._log.records:
            return True
        first, last = self._log.records[0], self._log.records[-1]
        return first.get("key") != key or (self.state.finished and last.get("code") != self._code)


def replay(records: list[dict[str, Any]], policy: RolloutPolicy) -> RolloutState:
    """The state after the last record of a log; without records, the first stage."""
    return RolloutState(**records[-1]["then"]) if records else RolloutState("running", 0, policy.stages[0])


def after(policy: RolloutPolicy, state: RolloutState, decision: RolloutDecision) -> RolloutState:
    """The state after a decision."""
    turns = state.turns + 1
    match decision.action:
        case "rollback":
            return RolloutState("rolled_back", state.stage, 0.0, turns, state.commands, decision.reason)
        case "done":
            return RolloutState("done", state.stage, 1.0, turns, state.commands, decision.reason)
        case "advance":
            stage = state.stage + 1
            return RolloutState("running", stage, policy.stages[stage], turns, state.commands, decision.reason)
        case "wait":
            return RolloutState(state.status, state.stage, state.share, turns, state.commands, decision.reason)


def after_command(policy: RolloutPolicy, state: RolloutState, command: Command) -> RolloutState:
    """The state after a manual command; a command that does not apply is counted and changes nothing else."""
    handled = state.commands + 1
    last = len(policy.stages) - 1
    match command.name, state.status:
        case "pause", "running":
            return RolloutState("paused", state.stage, state.share, state.turns, handled, "paused_by_hand")
        case "resume", "paused":
            return RolloutState("running", state.stage, state.share, state.turns, handled, "resumed_by_hand")
        case "promote", "running" | "paused":
            return RolloutState("done", last, 1.0, state.turns, handled, "promoted_by_hand")
        case "abort", "running" | "paused":
            return RolloutState("rolled_back", state.stage, 0.0, state.turns, handled, "aborted_by_hand")
        case _:
            return RolloutState(state.status, state.stage, state.share, state.turns, handled, "ignored")


def _decision_record(state: RolloutState, decision: RolloutDecision, evidence: StageEvidence) -> dict[str, Any]:
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
