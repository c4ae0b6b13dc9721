"""Rows stream: a pure function of the seed and the user's number, one user in memory at a time."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from processes import wait_until
from sample import generate
from sample.rows import all_users, user_rows


@given(seed=st.integers(0, 2**32), index=st.integers(0, 10**7), most=st.integers(1, 9))
@settings(max_examples=25, deadline=None)
def test_a_user_is_a_pure_function_of_seed_and_number(seed: int, index: int, most: int) -> None:
    rows = user_rows(seed, index, most)
    again = user_rows(seed, index, most)
    assert rows.tables == again.tables
    assert rows.truth == again.truth
    assert 1 <= len(rows.tables["conversations"]) <= most


_MEASURE = """
import gc, tracemalloc
from itertools import islice
from sample.rows import all_users

users = all_users(10**9, 17)
list(islice(users, 800))  # languages and sentences are cached, as many as there are
tracemalloc.start()
for _ in islice(users, 100):
    pass
gc.collect()
before, _ = tracemalloc.get_traced_memory()
for _ in islice(users, 500):
    pass
gc.collect()
after, peak = tracemalloc.get_traced_memory()
print(after - before, peak - before)
"""


def test_users_come_one_by_one_and_nothing_of_them_stays() -> None:
    """In a process of its own: what other tests left behind would be measured too."""
    measured = subprocess.run([sys.executable, "-c", _MEASURE], capture_output=True, text=True, check=True)
    stays, most = map(int, measured.stdout.split())
    assert stays < 400_000
    assert most < 2_000_000


@pytest.mark.slow
def test_twenty_thousand_conversations_hold_well_over_fifty_thousand_different_messages() -> None:
    different = {hash(row[4]) for rows in all_users(20_000, 17) for row in rows.tables["messages"]}
    assert len(different) > 70_000


def test_a_killed_run_leaves_no_half_written_file(tmp_path: Path) -> None:
    code = f"from pathlib import Path; from sample import generate; generate(Path({str(tmp_path)!r}), 200000, 1)"
    process = subprocess.Popen([sys.executable, "-c", code])
    wait_until(lambda: list(tmp_path.glob(".product.db*")))
    time.sleep(0.3)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    assert not [path.name for path in tmp_path.iterdir() if not path.name.startswith(".")]
    generate(tmp_path, 30, 1)  # the next run removes what the killed one left behind
    assert sorted(path.name for path in tmp_path.iterdir()) == ["families", "product.db", "subject.key", "truth.jsonl"]
