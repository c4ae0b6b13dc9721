"""Child processes of the steps that train and score."""

from __future__ import annotations

import sys
import time

import pytest
from processes import is_running, wait_until

from attune.runtime.processes import failure_message, offline_environment, process_group


def test_a_failure_says_how_a_job_ended_without_what_torchrun_adds(tmp_path):
    log = tmp_path / "log"
    log.write_text(
        "loading\nerror: no such layer\n"
        "E1121 03:57:38.764000 173 x/distributed/elastic/multiprocessing/api.py:1002] failed (exitcode: 2) local_rank: 0\n"
        "Traceback (most recent call last):\n    main()\n"
    )
    assert failure_message(log, 1) == "failed with exit code 2; its last log lines:\n  loading\n  error: no such layer"
    log.write_text("step 3\nE1121 03:57:38.764000 173 x/api.py:1002] failed (exitcode: -9) local_rank: 0\n")
    assert failure_message(log, 1) == "was ended by signal 9 (often: out of memory); its last log lines:\n  step 3"


def test_a_failure_without_a_word_says_so(tmp_path):
    (tmp_path / "log").write_text("")
    assert failure_message(tmp_path / "log", 3) == "failed with exit code 3; its last log lines:\n  (none)"


def test_an_interrupted_step_leaves_no_process_behind(tmp_path):
    program = "import subprocess, sys, time; child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)'])\n"
    program += "print(child.pid, flush=True); time.sleep(600)"
    log = tmp_path / "log"
    started = []

    def interrupted_step():
        with process_group([sys.executable, "-c", program], offline_environment(1), log) as process:
            started.append(process)
            while not log.read_text().strip():
                time.sleep(0.05)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted_step()
    assert started[0].returncode is not None
    grandchild = int(log.read_text())
    wait_until(lambda: not is_running(grandchild), 50)  # by itself it would end after 600


def test_children_have_no_network_for_models_and_a_fixed_hash_seed():
    environment = offline_environment(3)
    assert environment["HF_HUB_OFFLINE"] == "1"
    assert environment["PYTHONHASHSEED"] == "0"
    assert environment["OMP_NUM_THREADS"] == "3"
