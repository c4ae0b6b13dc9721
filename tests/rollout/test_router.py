from __future__ import annotations

import itertools
import json
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager

import httpx
import plain_server
import pytest
from hypothesis import given
from hypothesis import strategies as st
from plain_server import app
from processes import PATIENCE_SECONDS, wait_until

from attune.rollout.router import Backend, Routes, TrafficRouter, position
from attune.rollout.servers import AppServer, free_port

BODY = {"model": "attune", "messages": [{"role": "user", "content": "hello"}]}


@contextmanager
def routed(share: float = 0.5, timeout: float = 60, production: dict | None = None, candidate: dict | None = None) -> Iterator:
    """A router before two servers: (router, client)."""
    with ExitStack() as stack:
        backends = {}
        for name, settings in (("production", production), ("candidate", candidate)):
            server = stack.enter_context(AppServer(app(name, **(settings or {}))))
            backends[name] = Backend(server.url, name)
        router = TrafficRouter(backends, share=share, timeout=timeout)
        door = stack.enter_context(AppServer(router.app))
        client = stack.enter_context(httpx.Client(base_url=door.url, timeout=120))
        yield router, client


def ask(client: httpx.Client, user: str, **more: object) -> httpx.Response:
    return client.post("/v1/chat/completions", json={**BODY, "user": user, **more})


@given(st.text(), st.text(max_size=5), st.lists(st.floats(0, 1), min_size=2, max_size=6))
def test_who_is_in_at_a_small_share_is_in_at_every_larger_one(user: str, salt: str, shares: list[float]) -> None:
    there = [Routes({}, share, salt).assign(user) for share in sorted(shares)]
    assert there == sorted(there, reverse=True)  # production first, then candidate
    assert Routes({}, 0.0, salt).assign(user) == "production"
    assert Routes({}, 1.0, salt).assign(user) == "candidate"


@pytest.mark.parametrize("salt", ["a", "b", "rollout-17"])
def test_users_are_spread_evenly(salt: str) -> None:
    count, bins = 20_000, 20
    counts = Counter(int(position(f"user-{number}", salt) * bins) for number in range(count))
    chi_square = sum((counts[number] - count / bins) ** 2 / (count / bins) for number in range(bins))
    assert chi_square < 43.8  # the 99.9 % point of chi-square with 19 degrees of freedom


def test_another_rollout_asks_other_users() -> None:
    users = [f"user-{number}" for number in range(5000)]
    first = {user for user in users if position(user, "a") < 0.1}
    both = {user for user in first if position(user, "b") < 0.1}
    assert 0.05 < len(both) / len(first) < 0.15


def test_each_user_gets_their_own_model_and_the_reply_says_which() -> None:
    with routed(share=0.5) as (_, client):
        for number in range(20):
            user = f"user-{number}"
            expected = "candidate" if position(user) < 0.5 else "production"
            for response in (ask(client, user), ask(client, user, temperature=0, max_tokens=3)):
                assert response.status_code == 200
                assert response.json()["model"] == response.headers["x-attune-model"] == expected
            by_header = client.post("/v1/chat/completions", json={**BODY, "user": "other"}, headers={"x-user-id": user})
            assert by_header.headers["x-attune-assigned"] == expected


def test_a_stream_passes_through_piece_by_piece_and_stays_on_its_model_while_the_share_changes() -> None:
    gate = threading.Event()  # it opens when the first piece has arrived: held back, the stream would never end
    with routed(share=0.0, production={"gate": gate}) as (router, client):
        pieces = []
        with client.stream("POST", "/v1/chat/completions", json={**BODY, "user": "u", "stream": True}) as response:
            for line in response.iter_lines():
                if line.startswith("data: {"):
                    pieces.append(json.loads(line[6:]))
                    if not gate.is_set():
                        router.set_share(1.0)
                        assert router.in_flight("production") == 1
                        gate.set()
        assert [piece["chunk"] for piece in pieces] == list(range(10))
        assert {piece["model"] for piece in pieces} == {"production"}
        assert router.drain("production", PATIENCE_SECONDS)
        assert ask(client, "u").headers["x-attune-model"] == "candidate"


def test_draining_waits_for_what_is_under_way() -> None:
    gate = threading.Event()
    with routed(share=1.0, candidate={"gate": gate}) as (router, client), ThreadPoolExecutor(1) as pool:
        running = pool.submit(ask, client, "u")
        wait_until(lambda: router.in_flight("candidate"))
        router.set_share(0.0)
        assert not router.drain("candidate", 0.05)
        gate.set()
        assert router.drain("candidate", PATIENCE_SECONDS)
        assert running.result().headers["x-attune-model"] == "candidate"


@pytest.mark.parametrize("failure", [{"fail": True}, {"delay": 6.0}, None])
def test_a_failing_model_costs_an_error_and_no_answer(failure: dict | None) -> None:
    with routed(share=1.0, timeout=2, candidate=failure) as (router, client):
        if failure is None:
            router.set_backend("candidate", Backend(f"http://127.0.0.1:{free_port()}", "candidate"))
        response = ask(client, "u")
        assert response.status_code == 200
        assert response.headers["x-attune-assigned"] == "candidate"
        assert response.headers["x-attune-model"] == "production"
        errors = [line for line in client.get("/metrics").text.splitlines() if line.startswith("attune_router_errors_total{")]
        assert sum(float(line.split()[-1]) for line in errors if 'model="candidate"' in line) == 1
        assert sum(float(line.split()[-1]) for line in errors if 'model="production"' in line) == 0
        assert router.in_flight("candidate") == router.in_flight("production") == 0


def test_when_both_fail_the_user_is_told_so() -> None:
    with routed(production={"fail": True}, candidate={"fail": True}) as (_, client):
        response = ask(client, "u")
        assert response.status_code == 502
        assert response.json()["error"]["type"] == "server_error"
        assert "x-attune-model" not in response.headers


def test_a_stream_that_breaks_off_ends_with_an_error_and_counts() -> None:
    with routed(share=1.0, candidate={"break_off": True}) as (router, client):
        text = ask(client, "u", stream=True).text
        assert '"error"' in text.strip().splitlines()[-1]
        assert 'attune_router_errors_total{kind="connection",model="candidate"} 1.0' in client.get("/metrics").text
        assert router.drain("candidate", 2)


def test_a_user_who_leaves_half_way_leaves_nothing_behind() -> None:
    with routed(share=1.0, candidate={"delay": 0.2}) as (router, client):
        with client.stream("POST", "/v1/chat/completions", json={**BODY, "user": "u", "stream": True}) as response:
            next(response.iter_lines())
        assert router.drain("candidate", 5)


@pytest.mark.parametrize(
    ("content", "status"), [(b"no json", 400), (b"[1]", 400), (b"\xff\xfe", 400), (b'"' + b"x" * (1 << 20) + b'"', 413)]
)
def test_a_bad_body_is_refused_before_any_model_sees_it(content: bytes, status: int) -> None:
    with routed() as (_, client):
        response = client.post("/v1/chat/completions", content=content)
        assert response.status_code == status
        assert response.json()["error"]["type"] == "invalid_request_error"


def test_ratings_are_counted_for_the_model_that_answered() -> None:
    with routed(share=1.0) as (_, client):
        request = ask(client, "u").headers["x-request-id"]
        feedback = {"request_id": request, "rating": 2, "incident": True}
        assert client.post("/v1/feedback", json=feedback).json() == {"model": "candidate"}
        assert client.post("/v1/feedback", json={"request_id": "nobody's", "rating": 2}).status_code == 404
        for rating in (0, 6, "5", None, True):
            assert client.post("/v1/feedback", json={**feedback, "rating": rating}).status_code == 400
        text = client.get("/metrics").text
        assert 'attune_ratings_sum{model="candidate"} 2.0' in text
        assert 'attune_safety_incidents_total{model="candidate"} 1.0' in text
        assert 'attune_safety_incidents_total{model="production"} 0.0' in text
        assert 'attune_router_request_seconds_count{model="candidate"} 1.0' in text
        assert "attune_router_candidate_share 1.0" in text


def test_metrics_can_be_read_by_prometheus_and_hold_no_user() -> None:
    from prometheus_client.parser import text_string_to_metric_families

    with routed() as (_, client):
        ask(client, "a-very-special-user")
        text = client.get("/metrics").text
        assert {family.name for family in text_string_to_metric_families(text)} >= {"attune_router_requests", "attune_ratings"}
        assert "special" not in text


def test_every_request_is_answered_while_shares_change_and_a_server_is_killed_and_restarted() -> None:
    ports = {name: free_port() for name in ("production", "candidate")}
    processes = {name: _serve(name, port) for name, port in ports.items()}
    backends = {name: Backend(f"http://127.0.0.1:{port}", name) for name, port in ports.items()}
    router = TrafficRouter(backends, share=0.5, timeout=60)
    stop = threading.Event()
    try:
        with (
            AppServer(router.app) as door,
            httpx.Client(base_url=door.url, timeout=120) as client,
            ThreadPoolExecutor(9) as pool,
        ):
            turner = pool.submit(_turn_shares, router, stop)
            answers: list[int] = []
            users = [pool.submit(_keep_asking, client, number, stop, answers) for number in range(6)]
            try:
                _wait_for_more(answers, users, 60)
                processes["candidate"].kill()
                processes["candidate"].wait()
                _wait_for_more(answers, users, 40)
                processes["candidate"] = _serve("candidate", ports["candidate"])
                _wait_for_more(answers, users, 60)
            finally:
                stop.set()
            turner.result()
            for user in users:
                user.result()
            after = ask(client, "u")
        assert set(answers) == {200}, Counter(answers)
        assert after.status_code == 200
    finally:
        for process in processes.values():
            process.kill()
            process.wait()


def _serve(name: str, port: int) -> subprocess.Popen:
    script = plain_server.__file__
    process = subprocess.Popen([sys.executable, str(script), str(port), name])
    wait_until(lambda: _is_healthy(port))
    return process


def _is_healthy(port: int) -> bool:
    try:
        return httpx.get(f"http://127.0.0.1:{port}/health", trust_env=False).status_code == httpx.codes.OK
    except httpx.HTTPError:
        return False


def _wait_for_more(answers: list[int], users: list[Future[None]], count: int) -> None:
    """Wait until so many more requests were answered; a user who gave up shows why."""
    goal = len(answers) + count
    wait_until(lambda: len(answers) >= goal or any(user.done() for user in users))


def _turn_shares(router: TrafficRouter, stop: threading.Event) -> None:
    while not stop.is_set():
        for share in (0.1, 0.25, 0.5, 1.0, 0.0):
            router.set_share(share)
            time.sleep(0.01)


def _keep_asking(client: httpx.Client, number: int, stop: threading.Event, statuses: list[int]) -> None:
    for turn in itertools.count():
        if stop.is_set():
            return
        response = ask(client, f"user-{number}-{turn}")
        assert response.json()["choices"][0]["message"]["content"]
        statuses.append(response.status_code)
