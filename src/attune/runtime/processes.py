"""Child processes: each in its own process group, without network for model libraries, and ended when the parent ends."""

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


def start_process(
    command: Sequence[str], environment: Mapping[str, str], log: Path, *, folder: Path | None = None
) -> subprocess.Popen[bytes]:
    """Start a command in its own process group, without input; standard output and error are appended to ``log``."""
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as output:
        return subprocess.Popen(  # noqa: S603 - this interpreter with our own modules
            list(command),
            cwd=folder,
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )


@contextlib.contextmanager
def process_group(command: Sequence[str], environment: Mapping[str, str], log: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Run a command in its own process group, with a new ``log``; the whole group has ended when the block is left."""
    log.unlink(missing_ok=True)
    process = start_process(command, environment, log)
    try:
        yield process
    finally:
        end_group(process)


def offline_environment(threads: int) -> dict[str, str]:
    """This process's environment, with model libraries offline, a fixed hash seed, and ``threads`` CPU threads."""
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


def failure_message(log: Path, exit_code: int) -> str:
    """How a process ended, and the last lines of its log without those that torchrun adds."""
    lines = log.read_text(encoding="utf-8", errors="replace").splitlines()
    verdicts = [(index, found) for index, line in enumerate(lines) if (found := _TORCHRUN_VERDICT.match(line))]
    if verdicts:
        lines, exit_code = lines[: verdicts[0][0]], int(verdicts[0][1]["code"])
    relevant = [line for line in lines if line.strip() and not any(noise in line for noise in _NOISE)]
    how = f"was ended by signal {-exit_code}" if exit_code < 0 else f"failed with exit code {exit_code}"
    if exit_code == -signal.SIGKILL:
        how += " (often: out of memory)"
    return f"{how}; its last log lines:\n" + ("\n".join(f"  {line}" for line in relevant[-_LOG_LINES:]) or "  (none)")
