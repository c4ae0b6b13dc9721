"""Child processes that do not outlive the step: their own process group, offline, ended however the step ends."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

_STOP_SECONDS = 5.0
_LOG_LINES = 12
_NOISE = ("torch.distributed.elastic", "torch/distributed/", "[Gloo]", "OMP_NUM_THREADS", "<frozen runpy>")


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
            _end(process)


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
        "PYTHONHASHSEED": "0",
        "PYTHONUNBUFFERED": "1",
    }


def last_lines(log: Path) -> str:
    """The end of a log without what torchrun adds of its own."""
    lines = log.read_text(encoding="utf-8", errors="replace").splitlines()
    said = [line for line in lines if line.strip() and not any(noise in line for noise in _NOISE)]
    own = next((index for index, line in enumerate(said) if line.startswith("=====")), len(said))  # torchrun's summary
    return "\n".join(f"  {line}" for line in said[:own][-_LOG_LINES:])


def _end(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        _signal(process, signal.SIGTERM)
        try:
            process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            _signal(process, signal.SIGKILL)
            process.wait()


def _signal(process: subprocess.Popen[bytes], number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, number)
