"""A version goes to a store and back: resumed after a kill, read back, and nothing altered passes."""

from __future__ import annotations

import hashlib
import json
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from compiled_version import compile_records
from dataset_forger import violations
from processes import wait_until
from record_factory import make_record, random_text

from attune.config.params import VerifyParams
from attune.errors import RunError, UsageError
from attune.records.dataset import sealed
from attune.runtime.progress import Progress
from attune.runtime.step import Context
from attune.steps.verify.step import verify
from attune.versions.transfer import transfer

QUIET = Progress("push", unit="bytes")


def compiled(folder: Path, seed: int = 1) -> Path:
    generator = random.Random(seed)
    records = [make_record(n, ["hello", random_text(generator, 40)], record_id=f"r_{seed}_{n}") for n in range(300)]
    return compile_records(folder, records, name="version", shard_rows=20)[1]


@pytest.fixture(scope="module")
def version(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return compiled(tmp_path_factory.mktemp("version"))


def contents(folder: Path) -> dict[str, str]:
    names = json.loads((folder / "manifest.json").read_bytes())["files"]
    return {name: hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in [*names, "manifest.json"]}


def test_what_was_pushed_is_pulled_again_byte_for_byte_and_passes_its_gates(
    version: Path, s3_bucket: str, tmp_path: Path
) -> None:
    target = f"{s3_bucket}/final_dataset"
    sent = transfer(str(version), target, QUIET)
    assert (sent.copied, sent.kept) == (len(contents(version)) - 1, 0)
    again = transfer(str(version), target, QUIET)
    assert (again.copied, again.kept, again.bytes) == (0, sent.copied, 0)
    assert verify(target, "unused", VerifyParams(), Context()).failed_gates == []
    transfer(target, str(tmp_path / "back"), QUIET)
    assert contents(tmp_path / "back") == contents(version)
    assert not (tmp_path / "back" / "rejected").exists()  # what was left out is no part of the version


def test_a_large_file_goes_in_parts_and_comes_back_whole(s3_bucket: str, tmp_path: Path) -> None:
    """Sixty megabytes: more than one part of a multipart upload."""
    version = compiled(tmp_path)
    path = version / "compiled.jsonl"
    path.write_bytes(random.Random(1).randbytes(60_000_000))
    manifest = json.loads((version / "manifest.json").read_bytes())
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    manifest["files"]["compiled.jsonl"] |= {"sha256": digest, "bytes": 60_000_000}
    (version / "manifest.json").write_bytes(sealed(manifest))
    transfer(str(version), f"{s3_bucket}/large", QUIET)
    transfer(f"{s3_bucket}/large", str(tmp_path / "back"), QUIET)
    assert hashlib.sha256((tmp_path / "back" / "compiled.jsonl").read_bytes()).hexdigest() == digest


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda content: content[:-5], r"part-00001.parquet: has \d+ bytes instead of \d+; it was cut off"),
        (lambda content: content[:-5] + b"12345", r"part-00001.parquet: its bytes are not those"),
        (lambda _: None, r"part-00001.parquet: is missing"),
    ],
)
def test_a_file_that_is_cut_off_altered_or_missing_is_named(version: Path, s3_bucket: str, tmp_path: Path, spoil, said) -> None:  # type: ignore[no-untyped-def]
    import fsspec

    source, name = f"{s3_bucket}/spoilt", f"{s3_bucket}/spoilt/train/part-00001.parquet"
    transfer(str(version), source, QUIET)
    store = fsspec.filesystem("s3")
    content = spoil(store.cat_file(name))
    store.rm_file(name) if content is None else store.pipe_file(name, content)
    with pytest.raises(RunError, match=said):
        transfer(source, str(tmp_path / "back"), QUIET)
    assert not (tmp_path / "back" / "manifest.json").exists()
    assert not list((tmp_path / "back").rglob("part-00001.parquet"))[1:]
    # Pushing the sound version again mends the store, and pulling goes on from what came.
    mended = transfer(str(version), source, QUIET)
    assert mended.copied == 1
    assert transfer(source, str(tmp_path / "back"), QUIET).kept > 0
    assert contents(tmp_path / "back") == contents(version)


def test_an_altered_manifest_is_not_believed(version: Path, tmp_path: Path) -> None:
    transfer(str(version), str(tmp_path / "copy"), QUIET)
    path = tmp_path / "copy" / "manifest.json"
    path.write_bytes(path.read_bytes().replace(b'"seed": 17', b'"seed": 18'))
    with pytest.raises(RunError, match="its seal does not fit"):
        transfer(str(tmp_path / "copy"), str(tmp_path / "other"), QUIET)


def test_a_manifest_that_names_a_file_elsewhere_is_refused(version: Path, tmp_path: Path) -> None:
    transfer(str(version), str(tmp_path / "copy"), QUIET)
    path = tmp_path / "copy" / "manifest.json"
    manifest = json.loads(path.read_bytes())
    manifest["files"]["../secret"] = {"sha256": "0" * 64, "bytes": 1}
    path.write_bytes(sealed(manifest))
    with pytest.raises(RunError, match="names the file"):
        transfer(str(tmp_path / "copy"), str(tmp_path / "x" / "other"), QUIET)


def test_another_version_or_other_files_stay_unless_they_may_go(version: Path, tmp_path: Path) -> None:
    other, target = compiled(tmp_path, seed=2), str(tmp_path / "target")
    transfer(str(other), target, QUIET)
    with pytest.raises(UsageError, match=r"holds another version.*v1_20261031.*--replace"):
        transfer(str(version), target, QUIET)
    (tmp_path / "target" / "notes.txt").write_text("mine")
    with pytest.raises(UsageError, match=r"holds notes.txt"):
        transfer(str(other), target, QUIET)
    transfer(str(version), target, QUIET, replace=True)
    assert contents(tmp_path / "target") == contents(version)
    assert violations(verify(target, "unused", VerifyParams(), Context())) == {}


@pytest.mark.parametrize("spelled", ["{}", "{}/", "{}/../copy", "file://{}"])
def test_a_version_is_not_sent_to_where_it_stands(version: Path, tmp_path: Path, spelled: str) -> None:
    source = str(shutil.copytree(version, tmp_path / "copy"))
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(UsageError, match="is where the version stands already"):
        transfer(source, spelled.format(source), QUIET, replace=True)
    assert sorted(tmp_path.rglob("*")) == before  # its reports and what it left out would have gone


def test_killed_at_random_moments_a_push_never_looks_complete_and_goes_on(version: Path, s3_bucket: str) -> None:
    import fsspec

    target = f"{s3_bucket}/killed"
    command = [sys.executable, "-m", "attune.cli", "dataset", "push", str(version), target]
    store = fsspec.filesystem("s3", use_listings_cache=False)
    kills = 0
    for moment in (0.05, 0.25, 0.5, *[0.0] * 20):
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        least = 2 + 10 * kills
        wait_until(lambda: process.poll() is not None or len(store.find(target)) >= least)  # noqa: B023 - called at once
        time.sleep(moment)
        if process.poll() is None:
            process.send_signal(signal.SIGKILL)
            kills += 1
        process.wait()
        if kills == 3 or (kills and store.exists(f"{target}/manifest.json")):
            break
        if store.exists(f"{target}/manifest.json"):  # it was done before the first kill: once more from the start
            store.rm(target, recursive=True)
    done = transfer(str(version), target, QUIET)
    assert kills >= 1
    assert done.kept >= 1
    assert done.kept + done.copied == len(contents(version)) - 1
    assert verify(target, "unused", VerifyParams(), Context()).failed_gates == []
