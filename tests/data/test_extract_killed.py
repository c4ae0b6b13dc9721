"""Kill -9 at random moments, run again: the same bytes as if nothing had happened."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from product_sample import KEY, SOURCES, bytes_of

from attune.sample import generate

PROGRAM = """
import sys
from attune.core.params import ExtractParams, RedactParams, RunParams
from attune.core.report import write_report
from attune.core.step import Context
from attune.data.extract import extract

if __name__ == "__main__":
    database, output, sources, key = sys.argv[1:]
    context = Context(subject_key=key.encode(), workers=2)
    run = RunParams(shard_rows=10, quarantine_limit=0.5)
    write_report(output, extract(database, output, ExtractParams(sources=sources), context, redact=RedactParams(), run=run))
"""


@pytest.mark.slow
def test_an_extraction_that_is_killed_twice_ends_with_the_same_bytes(tmp_path: Path) -> None:
    generate(tmp_path / "sample", 60, 17)
    program = tmp_path / "extract.py"
    program.write_text(PROGRAM)

    def start(output: Path) -> subprocess.Popen[bytes]:
        arguments = [str(tmp_path / "sample" / "product.db"), str(output), str(SOURCES), KEY.decode()]
        return subprocess.Popen([sys.executable, str(program), *arguments], start_new_session=True)

    undisturbed = start(tmp_path / "undisturbed")
    started = time.monotonic()
    assert undisturbed.wait(300) == 0
    takes = time.monotonic() - started
    moments = random.Random(5)
    for _ in range(2):
        process = start(tmp_path / "killed")
        time.sleep(takes * moments.uniform(0.4, 0.95))
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    assert start(tmp_path / "killed").wait(300) == 0
    assert bytes_of(tmp_path / "killed") == bytes_of(tmp_path / "undisturbed")
