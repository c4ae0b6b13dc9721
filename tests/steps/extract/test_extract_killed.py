"""Kill -9 at random moments, run again: the same bytes as if nothing had happened."""

from __future__ import annotations

import random
import subprocess
import sys
from pathlib import Path

import pytest
from processes import PATIENCE_SECONDS, kill_at_work
from product_sample import KEY, SOURCES, bytes_of
from sample import generate

PROGRAM = """
import sys
from attune.config.params import ExtractParams, RedactParams, RunParams
from attune.reporting.page import write_report
from attune.runtime.step import Context
from attune.steps.extract.step import extract

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
    assert undisturbed.wait(PATIENCE_SECONDS) == 0
    moments = random.Random(5)
    for _ in range(2):
        kill_at_work(start(tmp_path / "killed"), tmp_path / "killed", moments.uniform(0, 1.5))
    assert start(tmp_path / "killed").wait(PATIENCE_SECONDS) == 0
    assert bytes_of(tmp_path / "killed") == bytes_of(tmp_path / "undisturbed")
