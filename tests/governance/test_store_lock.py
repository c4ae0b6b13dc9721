"""One erasure at a time in an object store, whatever machine it runs on, and none is kept out by a run that died."""

from __future__ import annotations

import contextlib
import http.client
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from processes import PATIENCE_SECONDS, wait_until

from attune import storage
from attune.errors import RunError
from attune.governance.data_locations import take_inventory
from attune.storage import store_lock
from attune.storage.locks import exclusive

QUICK = "from attune.storage import store_lock; store_lock.EXPIRY_SECONDS = 5.0; store_lock.BEAT_SECONDS = 0.3\n"
HOLDER = (
    f"{QUICK}import sys, time\nfrom attune.storage.locks import exclusive\n"
    "with exclusive({'work': sys.argv[1]}):\n"
    "    print('held', flush=True)\n"
    "    while True: time.sleep(0.1)\n"
)


@pytest.fixture
def place(s3_bucket: str, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setattr(store_lock, "EXPIRY_SECONDS", 5.0)
    monkeypatch.setattr(store_lock, "BEAT_SECONDS", 0.3)
    storage.write_bytes(f"{s3_bucket}/work/note.txt", b"something")
    return f"{s3_bucket}/work"


@contextmanager
def holder(place: str) -> Iterator[subprocess.Popen[bytes]]:
    with subprocess.Popen([sys.executable, "-c", HOLDER, place], stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"held\n"
        try:
            yield process
        finally:
            process.kill()


def take_over(place: str) -> None:
    """Try until the lock is had."""

    def had() -> bool:
        try:
            with exclusive({"work": place}):
                return True
        except RunError:
            return False

    wait_until(had)


def test_a_second_machine_is_kept_out_as_long_as_the_first_is_alive_and_let_in_after_it_died(place: str) -> None:
    with holder(place) as process:
        until = time.monotonic() + 6.5  # longer than the lock lasts without a beat
        while time.monotonic() < until:
            with pytest.raises(RunError, match=rf"at work here \(process {process.pid} on"), exclusive({"work": place}):
                pass
            time.sleep(0.5)
        process.kill()
        take_over(place)
    assert storage.walk(place, hidden=True) == ["note.txt"]  # let go of means gone


def test_a_run_that_slept_while_another_took_its_place_stops_at_once(place: str) -> None:
    with holder(place) as process:
        process.send_signal(signal.SIGSTOP)
        take_over(place)
        with exclusive({"work": place}):
            process.send_signal(signal.SIGCONT)
            assert process.stderr is not None
            assert b"the lock was lost" in process.stderr.read()
            assert process.wait(PATIENCE_SECONDS) == 1
            with pytest.raises(RunError, match="another erasure"), exclusive({"work": place}):
                pass  # the one that slept did not remove the lock of the other


def test_of_many_that_come_at_once_one_gets_it(place: str) -> None:
    script = (
        f"{QUICK}import sys\nfrom attune.errors import RunError\nfrom attune.storage.locks import exclusive\n"
        "try:\n    with exclusive({'work': sys.argv[1]}):\n        print('held', flush=True)\n        sys.stdin.read()\n"
        "except RunError:\n    print('kept out', flush=True)\n"
    )
    with contextlib.ExitStack() as stack:
        command = [sys.executable, "-c", script, place]
        started = [
            stack.enter_context(subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)) for _ in range(3)
        ]
        said = sorted(process.stdout.readline().strip() for process in started if process.stdout)
    assert said == [b"held", b"kept out", b"kept out"]  # the one let go of it when all three had spoken


def test_the_lock_is_no_data_and_a_place_that_is_not_there_is_not_made(place: str, s3_bucket: str) -> None:
    with exclusive({"work": place, "absent": f"{s3_bucket}/absent"}):
        assert [uri for _, uri in take_inventory({"work": place}).files] == [f"{place}/note.txt"]
        assert not storage.exists(f"{s3_bucket}/absent")


def test_a_store_that_takes_no_notice_of_conditions_is_refused(
    place: str, s3_server_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with careless_store(s3_server_url) as url:
        monkeypatch.setenv("AWS_ENDPOINT_URL", url)
        with pytest.raises(RunError, match="takes no notice of conditional writes"), exclusive({"work": place}):
            pass


@contextmanager
def careless_store(url: str) -> Iterator[str]:
    """The address of a store before that of ``url``: the same, but that it passes over the conditions of a request."""

    class Careless(BaseHTTPRequestHandler):
        def answer(self) -> None:
            kept = {name: value for name, value in self.headers.items() if name.lower() not in {"if-match", "if-none-match"}}
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            store = http.client.HTTPConnection(url.removeprefix("http://"))
            store.request(self.command, self.path, body, kept)
            response = store.getresponse()
            content = response.read()
            self.send_response(response.status)
            for name, value in response.getheaders():
                if name.lower() not in {"content-length", "transfer-encoding", "connection", "date", "server"}:
                    self.send_header(name, value)
            length = response.getheader("Content-Length", "0") if self.command == "HEAD" else str(len(content))
            self.send_header("Content-Length", length)
            self.end_headers()
            self.wfile.write(content)
            store.close()

        do_GET = do_HEAD = do_PUT = do_POST = do_DELETE = answer  # noqa: N815 - the names that the library asks for

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Careless) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()
