"""Real OpenAI-compatible servers as child processes: started, watched, restarted, and gone when this process is.

A model server is ``transformers serve`` on a model folder, offline, bound to 127.0.0.1. It runs under
:mod:`attune.runtime.watchdog`, which ends it when this process dies in whatever way.
"""

from __future__ import annotations

import atexit
import math
import os
import socket
import subprocess
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Self

import httpx

from attune.errors import RunError
from attune.runtime.watchdog import end_group, watched_command

if TYPE_CHECKING:
    from types import TracebackType

    import uvicorn
    from starlette.applications import Starlette

_POLL_SECONDS = 0.1
_STOP_SECONDS = 5.0
_LOG_TAIL_LINES = 15
_PROMPT_TOKENS = 512  # planned for in the cache; a longer prompt fits, others wait for it
_BLOCK_TOKENS = 256  # of one block of the cache, as transformers has it by default


@dataclass(frozen=True)
class Batching:
    """Continuous batching: requests that are under way together share each forward pass, which costs a third of the time.

    Attributes:
        requests: how many may be under way together.
        max_tokens: longest reply.
    """

    requests: int
    max_tokens: int

    @property
    def flags(self) -> tuple[str, ...]:
        """What ``transformers serve`` is told. The cache's size is given, else it would take most of this machine's memory."""
        blocks = self.requests * math.ceil((_PROMPT_TOKENS + self.max_tokens) / _BLOCK_TOKENS)
        return ("--continuous-batching", "--cb-num-blocks", str(blocks), "--cb-max-batch-tokens", str(_PROMPT_TOKENS))


class ModelServer:
    """One ``transformers serve`` process.

    Args:
        folder: the model, with tokenizer and chat template.
        log: file for the server's output; it holds no prompt and no reply.
        threads: CPU threads that it computes with.
        batching: how it answers several requests at once; None for one after the other.
    """

    def __init__(self, folder: Path, log: Path, *, threads: int = 1, batching: Batching | None = None) -> None:
        self._folder = folder.resolve()
        self._log = log
        self._threads = threads
        self._flags = batching.flags if batching else ()
        self._port = free_port()
        self._process: subprocess.Popen[bytes] | None = None
        self.starts = 0

    @property
    def url(self) -> str:
        """The server's address; it stays the same over restarts."""
        return f"http://127.0.0.1:{self._port}"

    @property
    def model(self) -> str:
        """The model name that requests must give; relative, so that no reply tells a path of this machine."""
        return f"./{self._folder.name}"

    @property
    def pid(self) -> int | None:
        """The process id; None before the first start."""
        return self._process.pid if self._process else None

    @property
    def alive(self) -> bool:
        """Whether the process runs; it may still be loading."""
        return self._process is not None and self._process.poll() is None

    def start(self) -> None:
        """Start the process and return at once; does nothing while it runs."""
        if self.alive:
            return
        serve = ["serve", self.model, "--device", "cpu", "--host", "127.0.0.1", "--port", str(self._port), *self._flags]
        self._log.parent.mkdir(parents=True, exist_ok=True)
        with self._log.open("ab") as log:
            self._process = start_guarded(
                "transformers.cli.transformers", serve, cwd=self._folder.parent, log=log.fileno(), threads=self._threads
            )
        atexit.register(self.stop)
        self.starts += 1

    def wait_until_ready(self, timeout: float) -> None:
        """Wait until the model is loaded.

        Raises:
            RunError: the process ended, or took too long; with the last lines of its output.
        """
        deadline = time.monotonic() + timeout
        while time.monotonic() < deadline:
            if self.ready():
                return
            if not self.alive:
                raise RunError(f"the model server of {self._folder.name} ended while starting; its last lines:\n{self._tail()}")
            time.sleep(_POLL_SECONDS)
        raise RunError(
            f"the model server of {self._folder.name} was not ready after {timeout:g} s; raise rollout.server_start_seconds; "
            f"its last lines:\n{self._tail()}"
        )

    def ready(self) -> bool:
        """Whether the server answers; it does not listen before the model is loaded."""
        try:
            return httpx.get(f"{self.url}/health", timeout=2, trust_env=False).status_code == httpx.codes.OK
        except httpx.HTTPError:
            return False

    def stop(self) -> None:
        """End the process and all that it started."""
        if self._process is not None:
            end_group(self._process)
        atexit.unregister(self.stop)

    def _tail(self) -> str:
        lines = self._log.read_text(encoding="utf-8", errors="replace").splitlines() if self._log.is_file() else []
        return "\n".join(lines[-_LOG_TAIL_LINES:])

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.stop()


class ServerPool:
    """Model servers by folder: each is started once, however often it is asked for, and all end with the pool.

    Args:
        logs: folder for the servers' outputs.
        threads: CPU threads of each.
        timeout: longest wait for one to be ready, in seconds.
        batching: how each answers several requests at once; None for one after the other.
    """

    def __init__(self, logs: Path, *, threads: int, timeout: float, batching: Batching | None = None) -> None:
        self._logs = logs
        self._threads = threads
        self._timeout = timeout
        self._batching = batching
        self._servers: dict[Path, ModelServer] = {}

    def start(self, folder: Path) -> None:
        """Start the server of a model folder and return at once."""
        if folder not in self._servers:
            log = self._logs / f"{folder.name}.log"
            self._servers[folder] = ModelServer(folder, log, threads=self._threads, batching=self._batching)
            self._servers[folder].start()

    def ready(self, folder: Path) -> ModelServer:
        """The server of a model folder, ready. Raises RunError when it cannot be had."""
        self.start(folder)
        self._servers[folder].wait_until_ready(self._timeout)
        return self._servers[folder]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        for server in self._servers.values():
            server.stop()


def start_guarded(module: str, arguments: Sequence[str], *, cwd: Path, log: int, threads: int) -> subprocess.Popen[bytes]:
    """Run a Python module in a process group of its own that dies with this process."""
    environment = {
        **os.environ,
        "HF_HUB_OFFLINE": "1",
        "HF_HUB_DISABLE_TELEMETRY": "1",
        "TOKENIZERS_PARALLELISM": "false",
        "OMP_NUM_THREADS": str(threads),
        "OMP_WAIT_POLICY": "PASSIVE",  # two servers share the cores: threads that spin while they wait starve each other
    }
    return subprocess.Popen(  # noqa: S603  # our own interpreter on our own module
        watched_command(module, arguments),
        cwd=cwd,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=log,
        stderr=log,
        start_new_session=True,
    )


class AppServer:
    """An ASGI application under uvicorn in a thread of this process, on a free port of 127.0.0.1."""

    def __init__(self, app: Starlette) -> None:
        self._app = app
        # The protocol is named because asyncio switches delayed sending off for such sockets only: 40 ms a request.
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        self._socket.bind(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        self._server: uvicorn.Server | None = None
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Start, and return when it listens. Raises RunError when it does not."""
        import uvicorn

        # No access log: it would be the only place where a request leaves a trace.
        config = uvicorn.Config(self._app, log_level="error", access_log=False, timeout_graceful_shutdown=int(_STOP_SECONDS))
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run, args=([self._socket],), name="router", daemon=True)
        self._thread.start()
        while not self._server.started:
            if not self._thread.is_alive():
                raise RunError("the router could not be started; is a local address free?")
            time.sleep(0.01)

    def stop(self) -> None:
        """Finish what is under way and stop."""
        if self._server and self._thread:
            self._server.should_exit = True
            self._thread.join(_STOP_SECONDS * 2)
        self._socket.close()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.stop()


def free_port() -> int:
    """A port of 127.0.0.1 that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
