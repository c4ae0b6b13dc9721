"""Child processes that do not outlive the step: their own process group, offline, ended however the step ends."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from attune.runtime.watchdog import end_group

_LOG_LINES = 12
_NOISE = ("torch/distributed/", "[Gloo]", "OMP_NUM_THREADS", "<frozen runpy>")
_TORCHRUN_VERDICT = re.compile(r"E\d{4} .*failed \(exitcode: (?P<code>-?\d+)\)")


@contextlib.contextmanager
def process_group(command: Sequence[str], environment: Mapping[str, str], log: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Start a command in its own process group, both outputs going to ``log``; leave none of it behind."""
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("wb") as output:
        process = subprocess.Popen(  # noqa: S603 - this interpreter with our own modules
            list(command),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=dict(environment),
            start_new_session=True,
        )
        try:
            yield process
        finally:
            end_group(process)


def offline_environment(threads: int) -> dict[str, str]:
    """This process's environment without network for model libraries, with a fixed hash seed and thread count."""
    return {
        **os.environ,
        "HF_HUB_OFFLINE": "1",
        "TRANSFORMERS_OFFLINE": "1",
        "HF_DATASETS_OFFLINE": "1",
        "HF_HUB_DISABLE_TELEMETRY": "1",
        "HF_HUB_DISABLE_PROGRESS_BARS": "1",
        "TRANSFORMERS_VERBOSITY": "error",
        "TOKENIZERS_PARALLELISM": "false",
        "OMP_NUM_THREADS": str(threads),
        "OMP_WAIT_POLICY": "PASSIVE",  # threads that spin while they wait make a busy machine several times slower
        "PYTHONHASHSEED": "0",
        "PYTHONUNBUFFERED": "1",
    }


def failure(log: Path, exit_code: int) -> str:
    """How a process ended, and the end of its log without what torchrun adds of its own."""
    lines = log.read_text(encoding="utf-8", errors="replace").splitlines()
    ends = [(index, found) for index, line in enumerate(lines) if (found := _TORCHRUN_VERDICT.match(line))]
    if ends:
        lines, exit_code = lines[: ends[0][0]], int(ends[0][1]["code"])
    said = [line for line in lines if line.strip() and not any(noise in line for noise in _NOISE)]
    how = f"was ended by signal {-exit_code}" if exit_code < 0 else f"failed with exit code {exit_code}"
    if exit_code == -signal.SIGKILL:
        how += " (often: out of memory)"
    return f"{how}; its last log lines:\n" + ("\n".join(f"  {line}" for line in said[-_LOG_LINES:]) or "  (none)")
