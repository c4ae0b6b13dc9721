"""OpenAI-compatible model servers as child processes, and the router's web server.

A model server is ``transformers serve`` on a model folder, offline, bound to 127.0.0.1. It runs under the parent-death watchdog
(:mod:`attune.runtime.watchdog`), so it ends when this process ends for whatever reason.
"""

from __future__ import annotations

import atexit
import math
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
from attune.modeling.model_digest import model_digest, require_digest
from attune.runtime.processes import offline_environment, start_process
from attune.runtime.watchdog import end_group, watched_command

if TYPE_CHECKING:
    from types import TracebackType

    import uvicorn
    from starlette.applications import Starlette

_POLL_SECONDS = 0.1
_STOP_SECONDS = 5.0
_LOG_TAIL_LINES = 15
_PROMPT_TOKENS = 512  # used to size the cache; longer prompts fit too, but other requests wait
_BLOCK_TOKENS = 256  # per block of the cache, the default of transformers


@dataclass(frozen=True)
class Batching:
    """Continuous batching: concurrent requests share each forward pass, which takes a third of the CPU time.

    Attributes:
        requests: maximum number of concurrent requests.
        max_tokens: maximum length of a reply, in tokens.
    """

    requests: int
    max_tokens: int

    @property
    def flags(self) -> tuple[str, ...]:
        """Options of ``transformers serve``. They limit the cache, which would otherwise take most of the memory."""
        blocks = self.requests * math.ceil((_PROMPT_TOKENS + self.max_tokens) / _BLOCK_TOKENS)
        return ("--continuous-batching", "--cb-num-blocks", str(blocks), "--cb-max-batch-tokens", str(_PROMPT_TOKENS))


class ModelServer:
    """One ``transformers serve`` process.

    Args:
        folder: the model, with tokenizer and chat template.
        log: file for the server's output, which has no prompts and no replies.
        threads: CPU threads.
        batching: continuous batching; None answers one request after the other.
        digest: of the model's files; None takes that of the files as they are at the first start.
    """

    def __init__(
        self, folder: Path, log: Path, *, threads: int = 1, batching: Batching | None = None, digest: str | None = None
    ) -> None:
        self._folder = folder.resolve()
        self._digest = digest
        self._log = log
        self._threads = threads
        self._flags = batching.flags if batching else ()
        self._port = free_port()
        self._process: subprocess.Popen[bytes] | None = None
        self.starts = 0

    @property
    def url(self) -> str:
        """The server's address, which restarts do not change."""
        return f"http://127.0.0.1:{self._port}"

    @property
    def model(self) -> str:
        """The model name for requests; relative, so that no reply contains a path of this machine."""
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
        """Start the process without waiting; does nothing while it runs.

        Raises:
            GateError: the model's files are not those that it was released with.
        """
        if self.alive:
            return
        self._check_files()
        serve = [
            "serve",
            self.model,
            "--no-trust-remote-code",
            "--device",
            "cpu",
            "--host",
            "127.0.0.1",
            "--port",
            str(self._port),
            *self._flags,
        ]
        self._process = start_guarded(
            "transformers.cli.transformers", serve, folder=self._folder.parent, log=self._log, threads=self._threads
        )
        atexit.register(self.stop)
        self.starts += 1

    def wait_until_ready(self, timeout: float) -> None:
        """Wait until the model is loaded.

        Raises:
            RunError: the process ended or took too long; the message has the last lines of its output.
            GateError: the model's files were changed while it was loaded.
        """
        deadline = time.monotonic() + timeout
        while time.monotonic() < deadline:
            if self.ready():
                self._check_files()
                return
            if not self.alive:
                raise RunError(f"the model server of {self._folder.name} ended while starting; its last lines:\n{self._tail()}")
            time.sleep(_POLL_SECONDS)
        raise RunError(
            f"the model server of {self._folder.name} was not ready after {timeout:g} s; raise rollout.server_start_seconds; "
            f"its last lines:\n{self._tail()}"
        )

    def _check_files(self) -> None:
        if self._folder.is_dir():
            self._digest = require_digest(self._folder, self._digest or model_digest(self._folder), "decision.json")

    def ready(self) -> bool:
        """Whether the server answers, which it does once the model is loaded."""
        try:
            return httpx.get(f"{self.url}/health", timeout=2, trust_env=False).status_code == httpx.codes.OK
        except httpx.HTTPError:
            return False

    def stop(self) -> None:
        """End the process and its children."""
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
    """Model servers by folder: each is started once, and all end with the pool.

    Args:
        logs: folder for the servers' logs.
        threads: CPU threads of each server.
        timeout: seconds to wait for a server to be ready.
        batching: continuous batching; None answers one request after the other.
    """

    def __init__(self, logs: Path, *, threads: int, timeout: float, batching: Batching | None = None) -> None:
        self._logs = logs
        self._threads = threads
        self._timeout = timeout
        self._batching = batching
        self._servers: dict[Path, ModelServer] = {}

    def start(self, folder: Path, digest: str | None = None) -> None:
        """Start the server of a model folder without waiting; ``digest`` is what its files must give, now and at a restart."""
        if folder not in self._servers:
            log = self._logs / f"{folder.name}.log"
            server = ModelServer(folder, log, threads=self._threads, batching=self._batching, digest=digest)
            server.start()
            self._servers[folder] = server

    def ready(self, folder: Path) -> ModelServer:
        """The server of a model folder, when it is ready. Raises RunError when it does not start."""
        self.start(folder)
        self._servers[folder].wait_until_ready(self._timeout)
        return self._servers[folder]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        for server in self._servers.values():
            server.stop()


def start_guarded(module: str, arguments: Sequence[str], *, folder: Path, log: Path, threads: int) -> subprocess.Popen[bytes]:
    """Run a Python module in its own process group, which ends when this process ends."""
    return start_process(watched_command(module, arguments), offline_environment(threads), log, folder=folder)


class AppServer:
    """An ASGI application under uvicorn in a thread of this process, on a free port of 127.0.0.1."""

    def __init__(self, app: Starlette) -> None:
        self._app = app
        # With the protocol given, asyncio sets TCP_NODELAY, which saves 40 ms per request.
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        self._socket.bind(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        self._server: uvicorn.Server | None = None
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Start and wait until it listens. Raises RunError when it does not start."""
        import uvicorn

        # No access log: requests must leave no trace.
        config = uvicorn.Config(self._app, log_level="error", access_log=False, timeout_graceful_shutdown=int(_STOP_SECONDS))
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run, args=([self._socket],), name="router", daemon=True)
        self._thread.start()
        while not self._server.started:
            if not self._thread.is_alive():
                raise RunError("the router did not start; check that 127.0.0.1 has a free port")
            time.sleep(0.01)

    def stop(self) -> None:
        """Finish the requests in progress and stop."""
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
    """A free port of 127.0.0.1."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
