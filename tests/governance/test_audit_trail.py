"""The audit trail: any single edit is found and named; processes may share it and be killed; no entry is lost in silence."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from processes import PATIENCE_SECONDS, kill_at_work
from record_factory import make_record, write_set

from attune.cli import main
from attune.config.params import Params
from attune.errors import RunError, UsageError
from attune.governance import audit_trail as trails
from attune.runtime import audit_trail, run_step

KEY = b"7f3a9c1e5b8d2046a1c7e9f03b5d8264c0e1a9b7d3f5826149ec7b0d5a3f8e12"


def trail_of(folder: Path, entries: int, key: bytes = KEY, anchor: str = "") -> audit_trail.AuditTrail:
    trail = audit_trail.AuditTrail(folder, key, anchor)
    for number in range(entries):
        trail.record("test.made", f"object {number}", reason="to have one", number=number)
    return trail


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> audit_trail.AuditTrail:
    return trail_of(tmp_path_factory.mktemp("trail"), 6)


@pytest.fixture(scope="module", params=[KEY, b""], ids=["with a key", "without a key"])
def either(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> audit_trail.AuditTrail:
    return trail_of(tmp_path_factory.mktemp("trail"), 6, request.param)


def copy_of(trail: audit_trail.AuditTrail, folder: Path, content: bytes) -> audit_trail.AuditTrail:
    folder.mkdir(exist_ok=True)
    (folder / audit_trail.HEAD).write_bytes((trail.folder / audit_trail.HEAD).read_bytes())
    (folder / audit_trail.TRAIL).write_bytes(content)
    return audit_trail.AuditTrail(folder, trail.key)


def test_an_honest_trail_is_intact(written: audit_trail.AuditTrail) -> None:
    checked = trails.verify(written)
    assert (checked.entries, checked.keyed, checked.findings) == (6, 6, ())
    assert written.head() == (6, checked.head)


@settings(max_examples=80, deadline=None)
@given(data=st.data())
def test_any_single_changed_inserted_or_removed_byte_is_found(
    either: audit_trail.AuditTrail, tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    content = either.path.read_bytes()
    place = data.draw(st.integers(0, len(content) - 1))
    byte = data.draw(st.integers(0, 255))
    kind = data.draw(st.sampled_from(["change", "insert", "remove"]))
    edited = content[:place] + (b"" if kind == "remove" else bytes([byte])) + content[place + (kind != "insert") :]
    if edited == content:
        return
    trail = copy_of(either, tmp_path_factory.getbasetemp() / "edited", edited)
    found = trails.verify(trail).findings
    assert found
    line = content[:place].count(b"\n") + 1
    assert min(finding.line for finding in found if finding.line) in {line, line + 1}


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_removed_repeated_moved_and_cut_off_entries_are_found(
    either: audit_trail.AuditTrail, tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    lines = either.path.read_bytes().splitlines(keepends=True)
    order = data.draw(st.lists(st.integers(0, len(lines) - 1), max_size=len(lines) + 2))
    edited = [lines[number] for number in order]
    if edited == lines:
        return
    trail = copy_of(either, tmp_path_factory.getbasetemp() / "moved", b"".join(edited))
    assert trails.verify(trail).findings


@settings(max_examples=60, deadline=None)
@given(place=st.integers(0, 5), field=st.sampled_from(["actor", "action", "object", "reason", "time"]))
def test_whoever_lacks_the_key_cannot_rewrite_the_end_of_the_trail(
    written: audit_trail.AuditTrail, tmp_path_factory: pytest.TempPathFactory, place: int, field: str
) -> None:
    entries = [json.loads(line) for line in written.path.read_bytes().splitlines()]
    entries[place][field] = "2026-01-01T00:00:00+00:00" if field == "time" else "something else"
    for number in range(place, len(entries)):
        entries[number]["previous"] = entries[number - 1]["hash"] if number else audit_trail.FIRST
        entries[number] = audit_trail.seal(entries[number], b"")
    trail = copy_of(written, tmp_path_factory.getbasetemp() / "rewritten", b"".join(map(audit_trail.line, entries)))
    head = {"sequence": len(entries), "hash": entries[-1]["hash"]}
    (trail.folder / audit_trail.HEAD).write_bytes(audit_trail.line(head))
    assert trails.verify(trail).findings
    forged = [audit_trail.seal(entry, b"another key of theirs") for entry in entries]
    trail.path.write_bytes(b"".join(map(audit_trail.line, forged)))
    (trail.folder / audit_trail.HEAD).write_bytes(audit_trail.line({**head, "hash": forged[-1]["hash"]}))
    assert trails.verify(trail).findings


def test_a_rewrite_without_a_key_is_found_by_the_head_that_stands_elsewhere(tmp_path: Path) -> None:
    trail = trail_of(tmp_path / "trail", 4, b"", str(tmp_path / "elsewhere"))
    noted = trail.head()
    (tmp_path / "trail").rename(tmp_path / "old")
    anew = trail_of(tmp_path / "trail", 4, b"")  # as long, but not the same
    assert trails.verify(anew).findings == ()
    assert "is another one" in str(
        trails.verify(audit_trail.AuditTrail(anew.folder, b"", str(tmp_path / "elsewhere"))).findings[0]
    )
    assert "is another one" in str(trails.verify(anew, noted).findings[0])


@pytest.mark.parametrize("left", [audit_trail.HEAD, "the anchor", "a noted head"])
def test_a_trail_that_was_removed_is_missed_as_long_as_any_head_stands(tmp_path: Path, left: str) -> None:
    trail = trail_of(tmp_path / "trail", 3, KEY, str(tmp_path / "elsewhere"))
    noted = trail.head()
    trail.path.unlink()
    for other, file in (
        (audit_trail.HEAD, trail.folder / audit_trail.HEAD),
        ("the anchor", tmp_path / "elsewhere" / audit_trail.HEAD),
    ):
        if left != other:
            file.unlink()
    found = trails.verify(trail, noted if left == "a noted head" else None).findings
    assert found[0].problem.startswith("is missing")
    if left == audit_trail.HEAD:
        shutil.rmtree(tmp_path / "elsewhere")
        (trail.folder / audit_trail.HEAD).unlink()
        with pytest.raises(UsageError, match="no such audit trail"):
            trails.verify(trail)


def test_an_older_copy_with_its_head_is_found_by_the_anchor_and_not_by_the_key(tmp_path: Path) -> None:
    trail = trail_of(tmp_path / "trail", 3, KEY, str(tmp_path / "elsewhere"))
    older = {file: file.read_bytes() for file in trail.folder.iterdir()}
    trail.record("erase.end", "e_1")
    for file, content in older.items():
        file.write_bytes(content)
    assert trails.verify(audit_trail.AuditTrail(trail.folder, KEY)).findings == ()
    assert "is missing" in str(trails.verify(trail).findings[0])


def test_the_anchor_may_be_an_object_store(tmp_path: Path, s3_bucket: str) -> None:
    trail = trail_of(tmp_path, 3, KEY, f"{s3_bucket}/anchor")
    assert trails.verify(trail).findings == ()
    trail.path.write_bytes(b"".join(trail.path.read_bytes().splitlines(keepends=True)[:2]))
    (tmp_path / audit_trail.HEAD).unlink()
    assert "line 3: is missing" in [str(finding)[:18] for finding in trails.verify(trail).findings]


def test_a_torn_last_line_is_named_and_the_next_writer_says_that_it_cut_it_off(tmp_path: Path) -> None:
    trail = trail_of(tmp_path, 3)
    with trail.path.open("ab") as handle:
        handle.write(b'{"action":"test.ma')
    assert [finding.line for finding in trails.verify(trail).findings] == [4]
    trail.record("test.made", "the next one")
    assert [entry["action"] for entry in trails.read(trail)] == ["test.made"] * 3 + [audit_trail.CUT, "test.made"]
    assert trails.verify(trail).findings == ()


def test_the_next_writer_after_a_truncation_says_so_for_ever(tmp_path: Path) -> None:
    trail = trail_of(tmp_path, 5)
    trail.path.write_bytes(b"".join(trail.path.read_bytes().splitlines(keepends=True)[:3]))
    trail.record("test.made", "another")
    found = trails.verify(trail).findings
    assert "reached only entry 3 when its head was at 5" in str(found[0])


def test_half_an_entry_cut_off_by_hand_is_not_taken_for_a_kill(tmp_path: Path) -> None:
    trail = trail_of(tmp_path, 5)
    trail.path.write_bytes(trail.path.read_bytes()[:-20])
    trail.record("test.made", "another")
    assert "reached only entry 4 when its head was at 5" in str(trails.verify(trail).findings[0])


def test_a_kill_between_an_entry_and_its_head_is_no_finding(tmp_path: Path) -> None:
    trail = trail_of(tmp_path, 2)
    before = (tmp_path / audit_trail.HEAD).read_bytes()
    trail.record("test.made", "one more")
    (tmp_path / audit_trail.HEAD).write_bytes(before)
    assert trails.verify(trail).findings == ()


_WRITER = """
import sys
from pathlib import Path
from attune.runtime import audit_trail as audit
trail = audit.AuditTrail(Path(sys.argv[1]), b"7f3a9c1e5b8d2046a1c7e9f03b5d8264c0e1a9b7d3f5826149ec7b0d5a3f8e12")
for number in range(int(sys.argv[2])):
    trail.record("test.made", f"object {number}")
"""


def test_several_processes_write_one_chain(tmp_path: Path) -> None:
    writers = [subprocess.Popen([sys.executable, "-c", _WRITER, str(tmp_path), "40"]) for _ in range(4)]
    assert [writer.wait(PATIENCE_SECONDS) for writer in writers] == [0] * 4
    checked = trails.verify(audit_trail.AuditTrail(tmp_path, KEY))
    assert (checked.entries, checked.findings) == (160, ())


def test_writers_killed_at_any_moment_leave_a_chain_that_goes_on(tmp_path: Path) -> None:
    trail = audit_trail.AuditTrail(tmp_path, KEY)
    for wait in (0.0, 0.03, 0.07, 0.12, 0.18, 0.25):
        writer = subprocess.Popen([sys.executable, "-c", _WRITER, str(tmp_path), "100000"])
        kill_at_work(writer, tmp_path, wait)
        assert writer.returncode == -signal.SIGKILL
        trail.record("test.after", "a kill")
    checked = trails.verify(trail)
    assert checked.findings == ()
    assert sum(entry["action"] == "test.after" for entry in trails.read(trail)) == 6


def test_every_run_of_a_step_is_in_the_trail_without_passwords(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(audit_trail.FOLDER_VARIABLE, str(tmp_path / "trail"))
    monkeypatch.setenv(audit_trail.ACTOR_VARIABLE, "pipeline")
    monkeypatch.setenv("ATTUNE_SUBJECT_KEY", "7f3a9c1e5b8d2046a1c7e9f03b5d8264c0e1a9b7d3f5826149ec7b0d5a3f8e12")
    records = write_set(tmp_path / "in", [make_record(number, f"an answer {number}") for number in range(3)])
    run_step.run("dedupe", {"inputs": [records]}, str(tmp_path / "out"), Params())
    with pytest.raises((UsageError, RunError)):
        run_step.run("extract", {"database": "postgresql://me:secret@127.0.0.1:1/none"}, str(tmp_path / "no"), Params())
    entries = list(trails.read(audit_trail.AuditTrail(tmp_path / "trail")))
    assert [entry["action"] for entry in entries] == ["step.start", "step.end", "step.start", "step.failed"]
    assert {entry["actor"] for entry in entries} == {"pipeline"}
    assert entries[0]["details"]["inputs"] == {"inputs": [records]}
    assert "secret" not in (tmp_path / "trail" / audit_trail.TRAIL).read_text()


def test_a_step_does_not_run_unseen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv(audit_trail.FOLDER_VARIABLE, str(tmp_path / "file" / "trail"))
    records = write_set(tmp_path / "in", [make_record(1, "an answer")])
    with pytest.raises(RunError, match="audit trail cannot be written"):
        run_step.run("dedupe", {"inputs": [records]}, str(tmp_path / "out"), Params())
    assert not (tmp_path / "out").exists()


def test_the_command_line_shows_checks_and_notes_the_head(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv(audit_trail.FOLDER_VARIABLE, str(tmp_path))
    monkeypatch.setenv(audit_trail.KEY_VARIABLE, KEY.decode())

    def said(*arguments: str, code: int = 0) -> str:
        with pytest.raises(SystemExit) as ended:
            main.main(["audit-trail", *arguments])
        assert ended.value.code == code
        captured = capsys.readouterr()
        return captured.out + captured.err

    assert "no such audit trail" in said("verify", code=2)
    trail = trail_of(tmp_path, 3)
    head = said("head").strip()
    assert "3 entries are intact, 3 of them by key" in said("verify", "--head", head)
    assert said("show", "--last", "2").count("test.made") == 2
    assert "to have one" in said("show")
    assert json.loads(said("verify", "--json"))["findings"] == []
    trail.path.write_bytes(trail.path.read_bytes().replace(b"object 1", b"object 7"))
    assert "line 2: was changed" in said("verify", code=3)
    assert "must look like" in said("verify", "--head", "12", code=2)


def test_a_trail_cannot_stand_in_an_object_store(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(audit_trail.FOLDER_VARIABLE, "s3://bucket/trail")
    with pytest.raises(UsageError, match="name a folder"):
        audit_trail.configured()
