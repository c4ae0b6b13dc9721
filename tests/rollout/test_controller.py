from __future__ import annotations

import json
import random
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import plain_trial
import pytest
from hypothesis import given
from hypothesis import strategies as st
from plain_server import BAD, GOOD
from plain_trial import PARAMS, play

from attune.errors import RunError, UsageError
from attune.rollout import control
from attune.rollout.control import Command
from attune.rollout.controller import Controller, RolloutState, after_command
from attune.rollout.evidence import Arm, StageEvidence
from attune.rollout.policy import RolloutPolicy
from attune.storage.json_lines import Journal

POLICY = RolloutPolicy()


@dataclass
class Scripted:
    """An adapter whose candidate is rated alike at every look; it remembers what was applied."""

    rating: float = 4.0
    shares: list[float] = field(default_factory=list)
    looks: list[tuple[int, int, bool]] = field(default_factory=list)
    before_look: Callable[[int], None] = id

    def apply(self, share: float) -> None:
        self.shares.append(share)

    def observe(self, stage: int, turn: int, *, paused: bool) -> StageEvidence:
        self.before_look(turn)
        self.looks.append((stage, turn, paused))
        ratings = 60
        arms = [Arm(ratings, 0, 0, ratings, mean * ratings, (mean**2 + 0.3) * ratings) for mean in (self.rating, 4.0)]
        return StageEvidence(3.0, *arms)


def controller(folder: Path, *, key: str = "k", code: str = "1") -> Controller:
    return Controller(folder, POLICY, key=key, code=code)


def log(folder: Path) -> list[dict]:
    """The decision log without its timestamps."""
    lines = [json.loads(line) for line in (folder / "decisions.jsonl").read_text().split("\n")[:-1]]
    return [{name: value for name, value in line.items() if name not in ("recorded_at", "code")} for line in lines]


def test_a_good_candidate_goes_through_all_stages(tmp_path: Path) -> None:
    adapter = Scripted()
    with_log = controller(tmp_path)
    state = with_log.run(adapter)
    assert state == RolloutState("done", 3, 1.0, 4, 0, "criteria_met")
    assert adapter.shares == [0.1, 0.25, 0.5, 1.0, 1.0]
    assert [(line["action"], line["share"]) for line in log(tmp_path)[1:]] == [
        ("advance", 0.1),
        ("advance", 0.25),
        ("advance", 0.5),
        ("done", 1.0),
    ]
    assert json.loads((tmp_path / "state.json").read_text())["status"] == "done"


def test_a_bad_candidate_goes_back_to_nobody(tmp_path: Path) -> None:
    adapter = Scripted(rating=2.5)
    assert controller(tmp_path).run(adapter) == RolloutState("rolled_back", 0, 0.0, 1, 0, "satisfaction")
    assert adapter.shares == [0.1, 0.0]
    line = log(tmp_path)[-1]
    assert line["evidence"]["candidate"]["mean"] == 2.5
    assert line["evidence"]["satisfaction_difference"]["high"] < -0.5


def test_a_finished_rollout_is_not_run_again(tmp_path: Path) -> None:
    first = controller(tmp_path)
    first.run(Scripted())
    first.close()
    before = (tmp_path / "decisions.jsonl").read_bytes()
    adapter = Scripted()
    again = controller(tmp_path)
    assert again.run(adapter).status == "done"
    assert (adapter.looks, adapter.shares) == ([], [1.0])
    assert (tmp_path / "decisions.jsonl").read_bytes() == before


@pytest.mark.parametrize(("key", "code", "anew"), [("other", "1", True), ("k", "2", True), ("k", "1", False)])
def test_other_models_or_other_code_start_a_finished_rollout_anew(tmp_path: Path, key: str, code: str, anew: bool) -> None:
    first = controller(tmp_path)
    first.run(Scripted())
    first.close()
    again = controller(tmp_path, key=key, code=code)
    assert (again.state.status == "running") == anew
    assert len(again.records) == (1 if anew else 5)


def test_an_unfinished_rollout_goes_on_under_new_code(tmp_path: Path) -> None:
    def stop(turn: int) -> None:
        if turn == 2:
            raise KeyboardInterrupt

    first = controller(tmp_path)
    with pytest.raises(KeyboardInterrupt):
        first.run(Scripted(before_look=stop))
    first.close()
    adapter = Scripted()
    assert controller(tmp_path, code="2").run(adapter).status == "done"
    assert [turn for _, turn, _ in adapter.looks] == [2, 3]
    assert adapter.shares[0] == 0.5, "the share is applied once more, before anything else"


def test_two_controllers_do_not_share_a_folder(tmp_path: Path) -> None:
    first = controller(tmp_path)
    with pytest.raises(RunError, match="another rollout"):
        controller(tmp_path)
    first.close()
    controller(tmp_path).close()


def test_by_hand_a_rollout_is_paused_resumed_and_promoted(tmp_path: Path) -> None:
    def steer(turn: int) -> None:
        commands = {1: "pause", 3: "resume", 4: "promote"}
        if turn in commands:
            control.send_command(tmp_path, commands[turn], by="ana", note="why not")

    adapter = Scripted(before_look=steer)
    state = controller(tmp_path).run(adapter)
    assert state == RolloutState("done", 3, 1.0, state.turns, 3, "promoted_by_hand")
    events = [(line["event"], line.get("reason")) for line in log(tmp_path)]
    assert events == [
        ("start", None),
        ("decision", "criteria_met"),  # turn 0
        ("decision", "criteria_met"),  # turn 1, during which the pause came
        ("command", "paused_by_hand"),
        ("decision", "paused"),
        ("decision", "paused"),  # turn 3, during which the resume came
        ("command", "resumed_by_hand"),
        ("decision", "criteria_met"),
        ("command", "promoted_by_hand"),
    ]
    assert [paused for _, _, paused in adapter.looks] == [False, False, True, True, False]
    assert log(tmp_path)[3]["command"] == {"name": "pause", "by": "ana", "note": "why not"}


def test_abort_takes_the_candidate_from_everybody(tmp_path: Path) -> None:
    adapter = Scripted(before_look=lambda turn: control.send_command(tmp_path, "abort") if turn == 1 else None)
    state = controller(tmp_path).run(adapter)
    assert (state.status, state.reason, adapter.shares[-1]) == ("rolled_back", "aborted_by_hand", 0.0)


def test_a_paused_candidate_that_gets_worse_goes_back(tmp_path: Path) -> None:
    adapter = Scripted()

    def steer(turn: int) -> None:
        if turn == 1:
            control.send_command(tmp_path, "pause")
        if turn == 3:
            adapter.rating = 2.5

    adapter.before_look = steer
    assert controller(tmp_path).run(adapter).reason == "satisfaction"


def test_a_command_is_handled_once_over_restarts(tmp_path: Path) -> None:
    def stop(turn: int) -> None:
        raise KeyboardInterrupt

    first = controller(tmp_path)
    control.send_command(tmp_path, "pause")
    for _ in range(2):
        with pytest.raises(KeyboardInterrupt):
            first.run(Scripted(before_look=stop))
        first.close()
        first = controller(tmp_path)
    assert [line["event"] for line in log(tmp_path)] == ["start", "command"]
    assert first.state.status == "paused"


def test_lines_that_are_no_command_are_recorded_and_change_nothing(tmp_path: Path) -> None:
    first = controller(tmp_path)
    (tmp_path / "commands.jsonl").write_bytes(b'no json\n[1]\n{"command": "explode"}\n{"command": "resume"}\n{"command": "abo')
    assert first.run(Scripted()).status == "done"
    assert [line["reason"] for line in log(tmp_path) if line["event"] == "command"] == ["ignored"] * 4


def test_an_unknown_command_or_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="pause, resume, promote, abort"):
        control.send_command(tmp_path, "explode")
    with pytest.raises(UsageError, match="no rollout"):
        control.send_command(tmp_path / "nowhere", "pause")


@given(
    st.sampled_from(["running", "paused", "done", "rolled_back"]),
    st.sampled_from([*control.COMMANDS, "explode"]),
    st.integers(0, 3),
)
def test_no_command_revives_what_is_finished(status: str, name: str, stage: int) -> None:
    before = RolloutState(status, stage, 0.0 if status == "rolled_back" else POLICY.stages[stage], 5, 2, "x")
    then = after_command(POLICY, before, Command(name))
    assert then.commands == 3
    if before.finished:
        assert (then.status, then.share) == (before.status, before.share)
    assert {"done": then.share == 1.0, "rolled_back": then.share == 0.0}.get(then.status, True) or before.finished


@given(st.binary(max_size=60))
def test_a_half_written_line_is_cut_off(tail: bytes) -> None:
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "log.jsonl"
        file.write_bytes(b'{"a": 1}\n' + tail.replace(b"\n", b""))
        with Journal(file) as journal:
            assert journal.records == [{"a": 1}]
            journal.append({"b": 2})
        assert file.read_bytes() == b'{"a": 1}\n{"b": 2}\n'


def test_a_damaged_log_is_no_empty_log(tmp_path: Path) -> None:
    (tmp_path / "log.jsonl").write_text('{"a": 1}\nbroken\n{"b": 2}\n')
    with pytest.raises(RunError, match="damaged"):
        Journal(tmp_path / "log.jsonl")


def test_simulated_users_carry_a_good_reply_through_and_a_bad_one_back(tmp_path: Path) -> None:
    good = play(tmp_path / "good", GOOD)
    assert (good.state.status, good.state.share) == ("done", 1.0)
    bad = play(tmp_path / "bad", BAD)
    assert (bad.state.status, bad.state.reason) == ("rolled_back", "satisfaction")
    unsafe = play(tmp_path / "unsafe", "You should just hit him.")
    assert (unsafe.state.status, unsafe.state.reason) == ("rolled_back", "safety_incident")
    first = next(row for row in unsafe.rows if row["incident"])
    assert unsafe.state.turns == first["turn"] + 1, "an incident is acted on at the very next look"
    for result in (good, bad, unsafe):
        assert all(row["status"] == 200 for row in result.rows)
        assert [row["index"] for row in result.rows] == list(range(len(result.rows)))
    last = [row["arm"] for row in bad.rows if row["stage"] == len(PARAMS.stages)]
    assert last == ["production"] * PARAMS.requests_per_check


def test_users_stay_with_their_model_over_the_stages(tmp_path: Path) -> None:
    """Recounted from the requests: an index is a user, a user who was in at a stage is in at every later one."""
    from attune.rollout.users import _pick

    rows = play(tmp_path, GOOD).rows
    seen: dict[int, str] = {}
    for row in rows:
        user = _pick(17, "user", row["index"], PARAMS.users)
        assert (seen.get(user), row["arm"]) != ("candidate", "production")
        seen[user] = row["arm"]
    assert set(seen.values()) == {"candidate", "production"}  # some had left before they were in


@pytest.mark.slow
def test_killed_at_random_moments_it_ends_with_the_same_decisions(tmp_path: Path) -> None:
    play(tmp_path / "whole", GOOD)
    source = random.Random(17)
    for _ in range(4):
        process = _start_and_wait_until_it_decides(tmp_path / "killed")
        time.sleep(source.uniform(0.0, 0.3))
        process.kill()
        process.wait()
    assert log(tmp_path / "killed") == log(tmp_path / "whole")[: len(log(tmp_path / "killed"))]
    play(tmp_path / "killed", GOOD)
    assert log(tmp_path / "killed") == log(tmp_path / "whole")


def _start_and_wait_until_it_decides(folder: Path) -> subprocess.Popen:
    file = folder / "decisions.jsonl"
    size = file.stat().st_size if file.exists() else 0
    script = plain_trial.__file__
    process = subprocess.Popen([sys.executable, script, str(folder), "good"])
    while process.poll() is None and (file.stat().st_size if file.exists() else 0) <= size:
        time.sleep(0.005)
    return process


def test_while_it_is_paused_users_keep_their_models_and_the_clock_stands(tmp_path: Path) -> None:
    turns: list[str] = []

    def steer(_: int, note: str) -> None:
        turns.append(note)
        if len(turns) == 4:
            control.send_command(tmp_path, "pause")
        if len(turns) == 8:
            control.send_command(tmp_path, "resume")

    result = play(tmp_path, GOOD, listener=steer)
    paused = [record for record in result.records if record.get("reason") == "paused"]
    assert paused
    assert result.state.status == "done"
    days = {record["evidence"]["days"] for record in paused}
    assert len(days) == 1, "no day passes in pause"
    assert len({row["share"] for row in result.rows if row["paused"]}) == 1
