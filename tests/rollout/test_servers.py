from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest
from processes import is_running, wait_until

from attune.errors import RunError
from attune.rollout.router import Backend, TrafficRouter
from attune.rollout.servers import AppServer, Batching, ModelServer, ServerPool

BODY = {"messages": [{"role": "user", "content": "We argued about money."}], "max_tokens": 12, "temperature": 0}


@pytest.mark.slow
def test_real_servers_answer_every_request_while_shares_change_and_one_is_killed(models: Path, tmp_path: Path) -> None:
    with ServerPool(tmp_path, threads=1, timeout=600, batching=Batching(8, 12)) as pool:
        for name in ("base", "merged"):
            pool.start(models / name)
        servers = {"production": pool.ready(models / "base"), "candidate": pool.ready(models / "merged")}
        router = TrafficRouter({name: Backend(server.url, server.model) for name, server in servers.items()}, share=0.5)
        with AppServer(router.app) as door, httpx.Client(base_url=door.url, timeout=60) as client:
            _stream_is_a_stream(client)
            statuses = _load_while_a_server_is_killed(router, client, servers["candidate"])
            router.set_share(1.0)
            after = client.post("/v1/chat/completions", json={**BODY, "user": "u"})
            metrics = client.get("/metrics").text
    assert set(statuses) == {200}
    assert statuses[200] > 20
    assert after.headers["x-attune-model"] == "candidate", "the restarted server answers again"
    assert "/" not in after.json()["model"].removeprefix("./"), "no path of this machine is told"
    assert 'attune_router_errors_total{kind="connection",model="candidate"} 0.0' not in metrics, "the failures count"
    assert not any(server.alive for server in servers.values())


@pytest.mark.slow
def test_requests_that_share_a_forward_pass_get_the_replies_that_they_get_alone(models: Path, tmp_path: Path) -> None:
    bodies = [
        {"messages": [{"role": "user", "content": f"{ask} {number}"}], "max_tokens": 8 + number, "temperature": 0}
        for number in range(8)
        for ask in ("We argued about money.", "He forgot our anniversary again, and I do not know what to say.")
    ]
    replies = []
    for batching, together in ((None, 1), (Batching(8, 16), 8)):
        server = ModelServer(models / "base", tmp_path / "log", batching=batching)
        with server, httpx.Client(base_url=server.url, timeout=60) as client, ThreadPoolExecutor(together) as pool:
            server.wait_until_ready(600)
            asked = [pool.submit(client.post, "/v1/chat/completions", json={**body, "model": server.model}) for body in bodies]
            replies.append([request.result().json()["choices"][0]["message"]["content"] for request in asked])
    assert replies[0] == replies[1]
    assert len(set(replies[0])) > 2


def test_the_cache_of_a_batching_server_holds_what_is_under_way_and_no_more() -> None:
    flags = Batching(8, 24).flags
    blocks = int(flags[flags.index("--cb-num-blocks") + 1])
    assert 8 * (512 + 24) <= 256 * blocks <= 2 * 8 * (512 + 24)


def _stream_is_a_stream(client: httpx.Client) -> None:
    with client.stream("POST", "/v1/chat/completions", json={**BODY, "user": "u", "stream": True}) as response:
        pieces = [line for line in response.iter_lines() if line.startswith("data: {")]
    assert len(pieces) > 5
    assert all('"object":"chat.completion.chunk"' in piece for piece in pieces)


def _load_while_a_server_is_killed(router: TrafficRouter, client: httpx.Client, server: ModelServer) -> Counter[int]:
    stop = threading.Event()

    def keep_asking(number: int) -> list[int]:
        statuses = []
        while not stop.is_set():
            router.set_share((0.1, 0.25, 0.5, 1.0)[len(statuses) % 4])
            response = client.post("/v1/chat/completions", json={**BODY, "user": f"user-{number}-{len(statuses)}"})
            assert response.json()["choices"][0]["message"]["content"]
            statuses.append(response.status_code)
            time.sleep(0.02)
        return statuses

    with ThreadPoolExecutor(3) as pool:
        users = [pool.submit(keep_asking, number) for number in range(3)]
        try:
            time.sleep(0.5)
            assert server.pid
            os.killpg(server.pid, signal.SIGKILL)
            while server.alive:
                time.sleep(0.01)
            time.sleep(0.5)
            server.start()
            server.wait_until_ready(600)
            time.sleep(0.3)
        finally:
            stop.set()
        return Counter(status for user in users for status in user.result())


def test_a_server_that_cannot_start_says_why(tmp_path: Path) -> None:
    server = ModelServer(tmp_path / "no-model", tmp_path / "log")
    server._process = subprocess.Popen([sys.executable, "-c", "import sys; sys.exit('no such model')"], stderr=_log(tmp_path))
    with pytest.raises(RunError, match="no such model"):
        server.wait_until_ready(60)


def test_a_server_that_takes_too_long_is_not_waited_for(tmp_path: Path) -> None:
    server = ModelServer(tmp_path, tmp_path / "log")
    server._process = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"], start_new_session=True)
    with pytest.raises(RunError, match="server_start_seconds"):
        server.wait_until_ready(0.3)
    server.stop()
    assert not server.alive


def test_a_guarded_process_and_its_children_die_with_their_parent(tmp_path: Path) -> None:
    """The parent is killed with SIGKILL; the module under guard has started a child of its own."""
    (tmp_path / "sleeper.py").write_text(
        "import os, subprocess, sys, time\n"
        "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)'])\n"
        "open('pids', 'w').write(f'{os.getpid()} {child.pid}\\n')\n"
        "time.sleep(600)\n"
    )
    parent = subprocess.Popen(
        [
            sys.executable,
            "-c",
            "import time\nfrom pathlib import Path\nfrom attune.rollout.servers import start_guarded\n"
            "start_guarded('sleeper', [], folder=Path('.'), log=Path('log'), threads=1)\ntime.sleep(600)",
        ],
        cwd=tmp_path,
    )
    pids = tmp_path / "pids"
    wait_until(lambda: pids.exists() and pids.read_text().endswith("\n"))
    running = [int(pid) for pid in pids.read_text().split()]
    assert all(is_running(pid) for pid in running)
    parent.kill()
    parent.wait()
    wait_until(lambda: not any(is_running(pid) for pid in running))


def _log(folder: Path) -> int:
    return os.open(folder / "log", os.O_WRONLY | os.O_CREAT)
