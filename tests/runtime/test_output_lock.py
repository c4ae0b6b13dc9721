"""One run at a time in one output, whatever a run writes is for its owner alone, and no link leads a step astray."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from processes import PATIENCE_SECONDS
from record_factory import make_record, write_set

from attune import storage
from attune.config.params import Params
from attune.errors import RunError, UsageError
from attune.governance import audit_trail as trails
from attune.llm.ledger import Ledger
from attune.runtime import audit_trail, output_lock, run_step
from attune.storage import locks

_HOLDER = """
import sys
from attune.runtime.output_lock import output_lock
with output_lock(sys.argv[1], ".commits", "dedupe"):
    print("held", flush=True)
    sys.stdin.read()
"""


def records(tmp_path: Path) -> dict[str, list[str]]:
    return {"inputs": [write_set(tmp_path / "in", [make_record(number, f"an answer {number}") for number in range(3)])]}


def test_a_second_run_into_one_output_is_refused_until_the_first_one_ends_or_dies(tmp_path: Path) -> None:
    inputs, output = records(tmp_path), str(tmp_path / "out")
    holder = subprocess.Popen([sys.executable, "-c", _HOLDER, output], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert holder.stdout is not None
    assert holder.stdout.readline() == b"held\n"
    with pytest.raises(RunError, match=r"out: another run writes here; nothing was done, run dedupe again"):
        run_step.run("dedupe", inputs, output, Params())
    assert not storage.exists(f"{output}/_shards.json")
    run_step.run("dedupe", inputs, str(tmp_path / "another"), Params())
    holder.kill()
    holder.wait(PATIENCE_SECONDS)
    run_step.run("dedupe", inputs, output, Params())


def test_a_second_run_into_one_prefix_of_a_store_is_refused_too(s3_bucket: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(output_lock, "_PATIENCE_SECONDS", 0.0)
    output = f"{s3_bucket}/out"
    with output_lock.output_lock(output, ".commits", "score"):
        with pytest.raises(locks.BusyError, match="another score is at work here"), \
                output_lock.output_lock(output, ".commits", "score"):  # fmt: skip
            pass
        with output_lock.output_lock(f"{s3_bucket}/other", ".commits", "score"):
            pass
    with output_lock.output_lock(output, ".commits", "score"):
        pass
    assert storage.walk(output, hidden=True) == []


def test_everything_that_a_step_writes_is_for_its_owner_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(audit_trail.FOLDER_VARIABLE, str(tmp_path / "trail"))
    output = tmp_path / "made" / "out"
    for again in range(2):
        run_step.run("dedupe", records(tmp_path), str(output), Params())
        found = {path: path.stat().st_mode & 0o777 for path in (*output.parent.rglob("*"), *(tmp_path / "trail").rglob("*"))}
        assert {mode for path, mode in found.items() if path.is_dir()} == {0o700}, again
        assert {mode for path, mode in found.items() if path.is_file()} == {0o600}, again
        output.chmod(0o755)  # as an earlier version made it
    Ledger(str(tmp_path / "cache")).close()
    assert {path.stat().st_mode & 0o777 for path in (tmp_path / "cache").iterdir()} == {0o600}


def test_a_step_does_not_write_to_where_a_link_in_its_output_leads(tmp_path: Path) -> None:
    (tmp_path / "outside").mkdir()
    (tmp_path / "out").mkdir()
    for name in ("rejected", ".commits"):
        (tmp_path / "out" / name).symlink_to(tmp_path / "outside")
        with pytest.raises(UsageError, match=rf"{name}: is a link to a folder"):
            run_step.run("dedupe", records(tmp_path), str(tmp_path / "out"), Params())
        (tmp_path / "out" / name).unlink()
    assert list((tmp_path / "outside").iterdir()) == []
    assert (tmp_path / "out").stat().st_mode & 0o777 == 0o755  # a folder that is none of a step's is left as it is


def test_the_trail_holds_the_hash_of_what_a_step_wrote(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(audit_trail.FOLDER_VARIABLE, str(tmp_path / "trail"))
    run_step.run("dedupe", records(tmp_path), str(tmp_path / "out"), Params())
    last = list(trails.read(audit_trail.AuditTrail(tmp_path / "trail")))[-1]
    assert last["details"]["described"] == "_shards.json"
    assert last["details"]["sha256"] == storage.sha256_file(str(tmp_path / "out/_shards.json"))
