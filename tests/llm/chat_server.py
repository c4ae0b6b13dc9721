"""A real HTTP server that speaks the chat protocol, with faults to order; it writes down what arrived and when."""

from __future__ import annotations

import email.utils
import json
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Seen:
    """One request that arrived."""

    at: float
    body: dict[str, Any]
    headers: dict[str, str]


Behaviour = Callable[["Handler", dict[str, Any]], None]


@dataclass
class ChatServer:
    """What a test orders and reads: the n-th request gets the n-th behaviour, later ones the last."""

    behaviours: list[Behaviour]
    seen: list[Seen] = field(default_factory=list)
    closing: threading.Event = field(default_factory=threading.Event)
    url: str = ""
    most_at_once: int = 0
    _at_once: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def enter(self, seen: Seen) -> Behaviour:
        with self._lock:
            self.seen.append(seen)
            self._at_once += 1
            self.most_at_once = max(self.most_at_once, self._at_once)
            return self.behaviours[min(len(self.seen), len(self.behaviours)) - 1]

    def leave(self) -> None:
        with self._lock:
            self._at_once -= 1


class Handler(BaseHTTPRequestHandler):
    """Answers POST /v1/chat/completions as ordered."""

    protocol_version = "HTTP/1.1"
    chat: ChatServer

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        assert self.path == "/v1/chat/completions"
        behaviour = self.chat.enter(Seen(time.monotonic(), body, dict(self.headers)))
        try:
            behaviour(self, body)
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True
        finally:
            self.chat.leave()

    def reply(self, status: int, content: bytes, headers: dict[str, str] | None = None, length: int | None = None) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content) if length is None else length))
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: Any) -> None:
        pass


class _Quiet(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64

    def handle_error(self, *_: Any) -> None:
        pass  # a connection that a test broke


@contextmanager
def serving(*behaviours: Behaviour) -> Iterator[ChatServer]:
    """The server on a free port of this machine."""
    chat = ChatServer(list(behaviours))
    handler = type("BoundHandler", (Handler,), {"chat": chat})
    server = _Quiet(("127.0.0.1", 0), handler)
    chat.url = f"http://127.0.0.1:{server.server_port}/v1"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield chat
    finally:
        chat.closing.set()
        server.shutdown()
        server.server_close()


def completion(content: str | None, finish: str = "stop", usage: tuple[int, int] | None = (100, 10), **message: Any) -> bytes:
    """A well-formed completion."""
    value: dict[str, Any] = {
        "id": "x", "object": "chat.completion", "model": "judge-2026-01",
        "choices": [{"index": 0, "finish_reason": finish, "message": {"role": "assistant", "content": content, **message}}],
    }  # fmt: skip
    if usage:
        value["usage"] = {"prompt_tokens": usage[0], "completion_tokens": usage[1], "total_tokens": sum(usage)}
    return json.dumps(value).encode()


def says(content: str | None, finish: str = "stop", usage: tuple[int, int] | None = (100, 10), **message: Any) -> Behaviour:
    return lambda handler, _: handler.reply(200, completion(content, finish, usage, **message))


def fails(status: int, text: str = "no", **headers: str) -> Behaviour:
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda handler, _: handler.reply(status, json.dumps({"error": {"message": text}}).encode(), names)


def busy_until(seconds: float) -> Behaviour:
    """429 with Retry-After as an HTTP date."""

    def behave(handler: Handler, _: dict[str, Any]) -> None:
        handler.reply(429, b"{}", {"Retry-After": email.utils.formatdate(time.time() + seconds, usegmt=True)})

    return behave


def hangs(handler: Handler, _: dict[str, Any]) -> None:
    """No answer until the server closes."""
    handler.chat.closing.wait()
    handler.close_connection = True


def slow(seconds: float, behaviour: Behaviour) -> Behaviour:
    def behave(handler: Handler, body: dict[str, Any]) -> None:
        time.sleep(seconds)
        behaviour(handler, body)

    return behave


def drips(handler: Handler, _: dict[str, Any]) -> None:
    """A byte every 50 ms until the server closes: no single read ever times out."""
    handler.reply(200, b"", length=1_000_000)
    while not handler.chat.closing.wait(0.05):
        handler.wfile.write(b" ")
        handler.wfile.flush()
    handler.close_connection = True


def truncated(handler: Handler, _: dict[str, Any]) -> None:
    whole = completion("{}")
    handler.reply(200, whole[: len(whole) // 2], length=len(whole))
    handler.close_connection = True


def raw(content: bytes) -> Behaviour:
    return lambda handler, _: handler.reply(200, content)


def resets(handler: Handler, _: dict[str, Any]) -> None:
    handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    handler.connection.close()
    handler.close_connection = True
