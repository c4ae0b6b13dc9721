"""A trail that was rolled back, removed or backdated is found by its anchor, also after honest commands went on."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from attune.cli import main
from attune.errors import RunError
from attune.governance import audit_trail as trails
from attune.runtime import audit_trail
from attune.runtime.audit_anchor import Anchor, default_anchor

KEY = b"d08f4a6c1b3e92757fa0c4d61e8b23599a7c05e3f8146db20c9e57a1348bfd60"
START = datetime(2026, 11, 2, 8, tzinfo=UTC)


def trail_in(folder: Path, anchor: str = "", when: datetime | None = None) -> audit_trail.AuditTrail:
    trail = audit_trail.AuditTrail(folder, KEY, anchor)
    return trail if when is None else audit_trail.AuditTrail(folder, KEY, anchor, clock=lambda: when)


def write(trail: audit_trail.AuditTrail, entries: int) -> None:
    for number in range(entries):
        trail.record("test.made", f"object {number}")


def problems(trail: audit_trail.AuditTrail, records: str = "") -> str:
    return "\n".join(map(str, trails.verify(trail, records=records).findings))


def actions(trail: audit_trail.AuditTrail) -> list[str]:
    return [entry["action"] for entry in trails.read(trail)]


@pytest.mark.parametrize("again", [0, 1, 5])
def test_a_rollback_is_found_before_and_after_honest_commands_go_on(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], again: int
) -> None:
    trail = trail_in(tmp_path / "trail", str(tmp_path / "elsewhere"))
    write(trail, 2)
    shutil.copytree(trail.folder, tmp_path / "older")
    write(trail, 3)
    shutil.rmtree(trail.folder)
    shutil.copytree(tmp_path / "older", trail.folder)
    write(trail, again)
    assert ("is another one than" if again == 5 else "names entry 5") in problems(trail)
    if again:
        assert actions(trail)[2] == audit_trail.GAP
        assert "reached only entry 2 when its head was at 5" in problems(trail)
        assert "does not hold the entry that" in capsys.readouterr().err
        assert list((tmp_path / "elsewhere/heads").glob("displaced-5-*.json"))
        shutil.rmtree(trail.folder)  # a second time: what the anchor holds is not lost by it
        shutil.copytree(tmp_path / "older", trail.folder)
        write(trail, 1)
        assert "names entry 5" in problems(trail)


def test_a_trail_that_was_replaced_by_a_longer_one_is_found(tmp_path: Path) -> None:
    write(trail_in(tmp_path / "trail", str(tmp_path / "elsewhere")), 3)
    shutil.rmtree(tmp_path / "trail")
    write(trail_in(tmp_path / "trail"), 6)  # by somebody who has the key
    trail = trail_in(tmp_path / "trail", str(tmp_path / "elsewhere"))
    assert "is another one than" in problems(trail)
    write(trail, 1)
    assert actions(trail)[-2:] == [audit_trail.GAP, "test.made"]
    assert "was not the one which its head named: the trail was replaced" in problems(trail)


def test_an_honest_trail_with_an_anchor_goes_on_without_findings(tmp_path: Path, s3_bucket: str) -> None:
    for anchor in (str(tmp_path / "elsewhere"), f"{s3_bucket}/anchor"):
        folder = tmp_path / anchor[-6:]
        for _ in range(3):
            write(trail_in(folder, anchor), 2)
        before = (folder / audit_trail.HEAD).read_bytes()
        write(trail_in(folder, anchor), 1)
        (folder / audit_trail.HEAD).write_bytes(before)  # killed after the entry, before the head
        write(trail_in(folder, anchor), 1)
        assert problems(trail_in(folder, anchor)) == ""
        assert set(actions(trail_in(folder, anchor))) == {"test.made"}


def test_a_kill_before_the_anchor_was_written_is_no_finding(tmp_path: Path) -> None:
    anchor = tmp_path / "elsewhere"
    trail = trail_in(tmp_path / "trail", str(anchor))
    write(trail, 2)
    for lag in (1, 3):
        before = (anchor / audit_trail.HEAD).read_bytes()
        write(trail, lag)
        (anchor / audit_trail.HEAD).write_bytes(before)
        write(trail, 1)
    assert problems(trail) == ""
    assert set(actions(trail)) == {"test.made"}


def test_an_anchor_that_is_no_head_of_this_key_stops_the_writer(tmp_path: Path) -> None:
    trail = trail_in(tmp_path / "trail", str(tmp_path / "elsewhere"))
    write(trail, 1)
    for content in (b"{", b"[]", json.dumps({"sequence": 1, "hash": "0" * 64}).encode(), b"[" * 100_000):
        (tmp_path / "elsewhere/HEAD").write_bytes(content)
        with pytest.raises(RunError, match=r"is no head of an audit trail|was not written with this key"):
            write(trail, 1)
        assert (tmp_path / "elsewhere/HEAD").read_bytes() == content
        assert problems(trail)


def test_old_versions_in_a_store_count_when_trail_and_anchor_are_rolled_back_together(tmp_path: Path, s3_bucket: str) -> None:
    from attune.storage import s3

    bucket = s3_bucket.removeprefix("s3://")
    s3.client().put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    trail = trail_in(tmp_path / "trail", f"{s3_bucket}/anchor")
    write(trail, 2)
    shutil.copytree(trail.folder, tmp_path / "older")
    head = s3.client().get_object(Bucket=bucket, Key="anchor/HEAD")["Body"].read()
    write(trail, 3)
    assert problems(trail) == ""
    shutil.rmtree(trail.folder)
    shutil.copytree(tmp_path / "older", trail.folder)
    s3.client().put_object(Bucket=bucket, Key="anchor/HEAD", Body=head)
    assert "names entry 5" in problems(trail)


def test_entries_that_are_dated_back_are_found(tmp_path: Path, s3_bucket: str) -> None:
    write(trail_in(tmp_path / "trail", when=START), 2)
    write(trail_in(tmp_path / "trail", when=START - timedelta(minutes=4)), 1)  # another machine's clock
    assert problems(trail_in(tmp_path / "trail")) == ""
    write(trail_in(tmp_path / "trail", when=START - timedelta(days=30)), 1)
    assert "line 4: is dated 30 days" in problems(trail_in(tmp_path / "trail"))
    anchor = f"{s3_bucket}/dated"
    write(trail_in(tmp_path / "alone", anchor, when=START - timedelta(days=9_000)), 2)  # nothing before it to compare with
    assert "was backdated, or its clock was wrong" in problems(trail_in(tmp_path / "alone", anchor))


def test_signed_records_of_erasures_are_heads_too(tmp_path: Path) -> None:
    trail = trail_in(tmp_path / "trail")
    write(trail, 3)
    records = tmp_path / "erasures"
    records.mkdir()
    number, digest = trail.head()
    (records / "e_0123456789abcdef.1.json").write_text(json.dumps({"audit_head": f"{number}:{digest}"}))
    (records / "e_0123456789abcde0.1.json").write_text(json.dumps({"audit_head": None}))
    assert problems(trail, str(records)) == ""
    shutil.rmtree(trail.folder)
    write(trail, 5)
    assert problems(trail) == ""
    assert "line 3: is another one than" in problems(trail, str(records))


def test_a_removed_folder_is_found_where_nobody_named_an_anchor(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setenv(audit_trail.FOLDER_VARIABLE, str(tmp_path / "trail"))
    for number in range(3):
        audit_trail.record("test.made", f"object {number}")
    anchor = default_anchor(tmp_path / "trail")
    assert anchor is not None
    assert Path(anchor.uri).is_relative_to(tmp_path / "state")
    assert (Path(anchor.uri).stat().st_mode & 0o777, Path(anchor.head_uri).stat().st_mode & 0o777) == (0o700, 0o600)
    shutil.rmtree(tmp_path / "trail")
    for again in range(2):
        with pytest.raises(SystemExit) as ended:
            main.main(["audit-trail", "verify"])
        assert ended.value.code == 3
        assert "names entry 3" in capsys.readouterr().out
        if not again:
            audit_trail.record("test.made", "the next one")
    shutil.rmtree(tmp_path / "state")
    (tmp_path / "state").write_text("no folder: the anchor that nobody named is given up, and the work goes on")
    audit_trail.record("test.made", "another")
    with pytest.raises(SystemExit) as ended:
        main.main(["audit-trail", "verify", "--anchor", str(tmp_path / "named")])
    assert ended.value.code == 3
    assert "named/HEAD: is missing" in capsys.readouterr().out


_WRITER = """
import sys
from pathlib import Path
from attune.runtime import audit_trail as audit
trail = audit.AuditTrail(Path(sys.argv[1]), b"", sys.argv[2])
for number in range(20):
    trail.record("test.made", f"object {number}")
"""


def test_several_processes_share_an_anchor(tmp_path: Path) -> None:
    arguments = [sys.executable, "-c", _WRITER, str(tmp_path / "trail"), str(tmp_path / "elsewhere")]
    assert [writer.wait(60) for writer in [subprocess.Popen(arguments) for _ in range(3)]] == [0] * 3
    trail = audit_trail.AuditTrail(tmp_path / "trail", b"", str(tmp_path / "elsewhere"))
    assert (len(actions(trail)), problems(trail)) == (60, "")
    assert [head.place.rsplit("/", 1)[-1] for head in Anchor(trail.anchor).heads()] == [
        "HEAD",
        f"{datetime.now(UTC):%Y-%m-%d}.json",
    ]
