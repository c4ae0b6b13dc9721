"""A throwaway PostgreSQL server for tests: started on a free port of loopback, in a folder of its own, and gone afterwards.

It ends with the process that started it, though that is killed; see ``janitor.py``.

Name the fixture as an argument (``tests/conftest.py`` loads it), or use the context manager::

    def test_something(postgres_url: str) -> None: ...

Every use of the fixture gets a fresh, empty database on the same server. Where no server is installed the test is skipped
with the reason (Debian: ``apt-get install postgresql``).
"""

from __future__ import annotations

import contextlib
import itertools
import os
import pwd
import random
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from janitor import Janitor, swept

_START_SECONDS = 180
_numbers = itertools.count(1)


def server_binaries() -> Path | None:
    """The folder with ``initdb`` and ``postgres`` of the newest installed server, or None."""
    folders = [Path(found).resolve().parent for name in ("initdb", "postgres") if (found := shutil.which(name))]
    folders += sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda folder: float(folder.parent.name), reverse=True)
    return next((folder for folder in folders if (folder / "initdb").exists() and (folder / "postgres").exists()), None)


class Server:
    """One server in a folder of its own, that may be stopped and started again.

    Attributes:
        home: its folder; the log is in it.
    """

    def __init__(self, binaries: Path, home: Path, login: dict[str, Any], settings: dict[str, Any], janitor: Janitor) -> None:
        self.home = home
        self._janitor = janitor
        self._binaries = binaries
        self._login = login
        self._port = _free_port()
        self._settings = {
            "listen_addresses": "127.0.0.1", "unix_socket_directories": "", "fsync": "off", "full_page_writes": "off",
            "synchronous_commit": "off", "max_connections": 30, "shared_buffers": "64MB",
            **settings,
        }  # fmt: skip
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """The address of its database ``postgres``."""
        return f"postgresql://postgres@127.0.0.1:{self._port}/postgres"

    def start_on_a_free_port(self) -> None:
        """Start it for the first time: another process may take a port between the look for it and the start."""
        for tries_left in range(4, -1, -1):
            try:
                self.start()
            except RuntimeError as error:
                if "Address already in use" not in str(error) or not tries_left:
                    raise
                self._port = _free_port()
            else:
                return

    def start(self, *, wait: bool = True) -> None:
        """Start it, and wait until it answers."""
        arguments = [text for key, value in self._settings.items() for text in ("-c", f"{key}={value}")]
        with (self.home / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [self._binaries / "postgres", "-D", self.home / "data", "-p", str(self._port), *arguments],
                stdout=log, stderr=log, cwd=self.home, **self._login,
            )  # fmt: skip
        self._janitor.watch(self._process.pid)
        if wait:
            self._wait_until_it_answers()

    def _wait_until_it_answers(self) -> None:
        """Wait for what it says in its own folder: on its port another server may answer."""
        assert self._process is not None
        status, deadline = self.home / "data" / "postmaster.pid", time.monotonic() + _START_SECONDS
        while self._process.poll() is None and time.monotonic() < deadline:
            with contextlib.suppress(FileNotFoundError):
                words = status.read_text().split()
                if words[:1] == [str(self._process.pid)] and words[-1] == "ready":
                    return
            time.sleep(0.05)
        log = (self.home / "log").read_text(errors="replace")
        raise RuntimeError(f"PostgreSQL did not start:\n{log[-2000:]}")

    def stop(self) -> None:
        """Fast shutdown: open sessions are cut off."""
        if self._process is None:
            return
        self._process.send_signal(signal.SIGINT)
        try:
            self._process.wait(60)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._janitor.watch(None)
        self._process = None


@contextmanager
def postgres_server() -> Iterator[str]:
    """Start a server; yields the URL of its database ``postgres`` (trusted login, no password)."""
    with controlled_server() as server:
        yield server.url


@contextmanager
def controlled_server(
    files: dict[str, bytes] | None = None, settings: dict[str, Any] | None = None, hba: str = ""
) -> Iterator[Server]:
    """Start a server that the caller may stop and start again.

    Args:
        files: written into its data folder, readable by the server alone: certificates and keys.
        settings: of the server, beside those that make it fast.
        hba: lines for ``pg_hba.conf``, instead of trusting everybody.
    """
    binaries = server_binaries()
    if binaries is None:
        pytest.skip("no PostgreSQL server is installed (initdb and postgres were not found)")
    home = Path(tempfile.mkdtemp(prefix="attune-postgres-"))
    with swept(home) as janitor:
        login = _unprivileged_login(home)
        server = Server(binaries, home, login, settings or {}, janitor)
        _make_cluster(binaries, home, login, files or {}, hba)
        try:
            server.start()
            yield server
        finally:
            server.stop()


def _make_cluster(binaries: Path, home: Path, login: dict[str, Any], files: dict[str, bytes], hba: str) -> None:
    data = home / "data"
    subprocess.run(
        [binaries / "initdb", "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync"],
        check=True, capture_output=True, cwd=home, **login,
    )  # fmt: skip
    for name, content in files.items():
        (data / name).write_bytes(content)
        (data / name).chmod(0o600)
        if login:
            os.chown(data / name, login["user"], login["group"])
    if hba:
        (data / "pg_hba.conf").write_text(f"host all postgres 127.0.0.1/32 trust\n{hba}\n")


@contextmanager
def fresh_database(server_url: str) -> Iterator[str]:
    """An empty database on a running server; yields its URL and drops it afterwards."""
    import psycopg

    name = f"test_{os.getpid()}_{next(_numbers)}"
    with psycopg.connect(server_url, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')  # type: ignore[call-overload]
    try:
        yield server_url.rsplit("/", 1)[0] + f"/{name}"
    finally:
        with psycopg.connect(server_url, autocommit=True) as connection:
            connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')  # type: ignore[call-overload]


@pytest.fixture(scope="session")
def postgres_server_url() -> Iterator[str]:
    with postgres_server() as url:
        yield url


@pytest.fixture
def postgres_url(postgres_server_url: str) -> Iterator[str]:
    with fresh_database(postgres_server_url) as url:
        yield url


def _unprivileged_login(home: Path) -> dict[str, Any]:
    """Arguments for subprocess that leave root behind: the server refuses to run as root."""
    if os.geteuid() != 0:
        return {}
    for name in ("postgres", "nobody"):
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        os.chown(home, entry.pw_uid, entry.pw_gid)
        return {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}
    pytest.skip("PostgreSQL does not run as root, and this machine has no user `postgres` or `nobody`")


def _free_port() -> int:
    """A free port below those that the system hands out by itself: none of its own connections takes it later."""
    while True:
        port = random.SystemRandom().randrange(15_000, 32_000)
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
