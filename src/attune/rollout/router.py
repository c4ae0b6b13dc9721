"""A weighted reverse proxy in front of two OpenAI-compatible servers: production and candidate.

- A user belongs to the candidate when a hash of the user's name falls below the share. The hash does not change, so whoever is
  in at 10 % is still in at 25 %, and nobody changes models while the share stays.
- The share and the backends can be changed while requests run. A request finishes on the model it started on.
- A model that fails costs no user an answer: as long as nothing of the reply was sent, the other model answers. The failure
  still counts against the model that failed, and the reply's headers say both names.
- Replies stream through as they come.

Who asks is known from the ``x-user-id`` header, else from ``user`` in the body (OpenAI), else from the body itself. Neither
users nor texts are written anywhere.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import time
import uuid
from collections import OrderedDict
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import httpx
from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from attune.rollout.metrics import RouterMetrics

PRODUCTION = "production"
CANDIDATE = "candidate"
_MAX_BODY_BYTES = 1 << 20
_REMEMBERED_REQUESTS = 10_000  # replies that can still be rated
_FORWARDED = ("content-type", "cache-control")
_SERVER_ERROR = 500


@dataclass(frozen=True)
class Backend:
    """An OpenAI-compatible server: its address and the model name that it answers to."""

    url: str
    model: str


@dataclass(frozen=True)
class Routes:
    """Where requests go; replaced as a whole, so that every request sees one consistent state."""

    backends: Mapping[str, Backend]
    share: float = 0.0
    salt: str = field(default="attune")

    def assign(self, user: str) -> str:
        """The model that this user belongs to."""
        return CANDIDATE if position(user, self.salt) < self.share else PRODUCTION


def position(user: str, salt: str = "attune") -> float:
    """Where a user stands in [0, 1): 53 bits of a SHA-256 over the salt and the user. Uniform, and the same forever."""
    digest = hashlib.sha256(f"{salt}\0{user}".encode()).digest()
    return (int.from_bytes(digest[:8], "big") >> 11) / (1 << 53)


class Router:
    """The proxy's state and handlers; :attr:`app` is the ASGI application.

    Args:
        backends: the servers by name, :data:`PRODUCTION` and :data:`CANDIDATE`.
        share: the candidate's share of the users.
        salt: makes the users of one rollout independent of those of another.
        timeout: seconds without a byte from a server until it counts as failed.
    """

    def __init__(
        self, backends: Mapping[str, Backend], *, share: float = 0.0, salt: str = "attune", timeout: float = 60
    ) -> None:
        self._routes = Routes(dict(backends), share, salt)
        self._timeout = timeout
        self._in_flight = dict.fromkeys((PRODUCTION, CANDIDATE), 0)
        self._answered: OrderedDict[str, str] = OrderedDict()
        self._client: httpx.AsyncClient | None = None
        self.metrics = RouterMetrics((PRODUCTION, CANDIDATE))
        self.metrics.share.set(share)
        self.app = Starlette(
            routes=[
                Route("/v1/chat/completions", self._proxy, methods=["POST"]),
                Route("/v1/completions", self._proxy, methods=["POST"]),
                Route("/v1/models", self._models),
                Route("/v1/feedback", self._feedback, methods=["POST"]),
                Route("/health", self._health),
                Route("/metrics", self._metrics),
            ],
            lifespan=self._lifespan,
        )

    @property
    def share(self) -> float:
        """The candidate's share of the users."""
        return self._routes.share

    def set_share(self, share: float) -> None:
        """Give the candidate this share of the users, from the next request on. Safe from any thread."""
        if not 0 <= share <= 1:
            raise ValueError(f"share {share} must be from 0 to 1")
        self._routes = replace(self._routes, share=share)
        self.metrics.share.set(share)

    def set_backend(self, name: str, backend: Backend) -> None:
        """Send what comes next for ``name`` to another server. Safe from any thread."""
        self._routes = replace(self._routes, backends={**self._routes.backends, name: backend})

    def in_flight(self, name: str) -> int:
        """Requests that ``name`` is answering now."""
        return self._in_flight[name]

    def drain(self, name: str, timeout: float) -> bool:
        """Wait until ``name`` answers nothing any more; take its share away first. Call from another thread.

        Returns:
            Whether it came to rest in time.
        """
        deadline = time.monotonic() + timeout
        while self._in_flight[name] and time.monotonic() < deadline:
            time.sleep(0.02)
        return not self._in_flight[name]

    async def _proxy(self, request: Request) -> Response:
        try:
            body = await _read_body(request)
        except _BadRequestError as error:
            return _error(error.status, str(error), "invalid_request_error")
        except ClientDisconnect:
            return Response(status_code=_SERVER_ERROR)  # nobody is there to read it
        routes = self._routes
        assigned = routes.assign(_user(request, body))
        request_id = uuid.uuid4().hex
        headers = {"x-request-id": request_id, "x-attune-assigned": assigned}
        for name in (assigned, CANDIDATE if assigned == PRODUCTION else PRODUCTION):
            response = await self._attempt(name, routes.backends[name], request.url.path, body, headers)
            if response is not None:
                self._remember(request_id, name)
                return response
        response = _error(502, "no model answered; try again", "server_error")
        response.headers.update(headers)
        return response

    async def _attempt(
        self, name: str, backend: Backend, path: str, body: Mapping[str, Any], headers: Mapping[str, str]
    ) -> Response | None:
        """Ask one server. None: it failed before anything was sent, so that another one can be asked."""
        attempt = _Attempt(self, name)
        try:
            upstream = await self._send(backend, path, body)
            if upstream.status_code >= _SERVER_ERROR:
                await upstream.aclose()
                attempt.end(str(upstream.status_code), error="status")
                return None
            kept = {key: upstream.headers[key] for key in _FORWARDED if key in upstream.headers}
            kept |= {**headers, "x-attune-model": name}
            if not body.get("stream"):
                content = await upstream.aread()
                await upstream.aclose()
                attempt.end(str(upstream.status_code))
                return Response(content, upstream.status_code, kept)
            chunks = upstream.aiter_raw()
            first = await anext(chunks, b"")
        except httpx.HTTPError as error:
            attempt.end("none", error=_kind(error))
            return None
        except asyncio.CancelledError:
            attempt.end("none")
            raise
        return _TrackedStream(attempt, upstream, first, chunks, kept)

    async def _send(self, backend: Backend, path: str, body: Mapping[str, Any]) -> httpx.Response:
        assert self._client is not None, "the application's lifespan has not begun"
        request = self._client.build_request(
            "POST", backend.url + path, json={**body, "model": backend.model}, headers={"accept-encoding": "identity"}
        )
        return await self._client.send(request, stream=True)

    def _remember(self, request_id: str, name: str) -> None:
        self._answered[request_id] = name
        while len(self._answered) > _REMEMBERED_REQUESTS:
            self._answered.popitem(last=False)

    async def _feedback(self, request: Request) -> Response:
        """A user's rating of a reply: ``request_id`` (from the reply's header), ``rating`` 1 to 5, ``incident``."""
        try:
            body = await _read_body(request)
        except _BadRequestError as error:
            return _error(error.status, str(error), "invalid_request_error")
        name = self._answered.get(str(body.get("request_id", "")))
        if name is None:
            return _error(404, "request_id: no such reply, or too long ago", "invalid_request_error")
        rating = body.get("rating")
        if not isinstance(rating, int | float) or isinstance(rating, bool) or not 1 <= rating <= 5:
            return _error(400, "rating: must be a number from 1 to 5", "invalid_request_error")
        self.metrics.rated(name, float(rating), incident=body.get("incident") is True)
        return JSONResponse({"model": name})

    async def _models(self, request: Request) -> Response:  # noqa: ARG002  # handlers take the request
        return JSONResponse({"object": "list", "data": [{"id": "attune", "object": "model", "owned_by": "attune"}]})

    async def _health(self, request: Request) -> Response:  # noqa: ARG002
        return JSONResponse({"status": "ok", "share": self.share})

    async def _metrics(self, request: Request) -> Response:  # noqa: ARG002
        content, kind = self.metrics.exposition()
        return Response(content, media_type=kind)

    @asynccontextmanager
    async def _lifespan(self, app: Starlette) -> AsyncIterator[None]:  # noqa: ARG002  # Starlette's signature
        limits = httpx.Limits(max_connections=None, max_keepalive_connections=32)
        # Environment proxies are not for servers that stand beside this one.
        async with httpx.AsyncClient(timeout=self._timeout, limits=limits, trust_env=False) as client:
            self._client = client
            yield


class _Attempt:
    """One request to one server: counted as under way until it ends, once."""

    def __init__(self, router: Router, name: str) -> None:
        self._router = router
        self._name = name
        self._started = time.monotonic()
        self._ended = False
        self._router._in_flight[name] += 1
        self._router.metrics.in_flight.labels(name).inc()

    def end(self, code: str, *, error: str = "") -> None:
        """The server is done with it; ``error`` is what failed. Only the first call counts."""
        if self._ended:
            return
        self._ended = True
        self._router._in_flight[self._name] -= 1
        self._router.metrics.in_flight.labels(self._name).dec()
        self._router.metrics.answered(self._name, code, time.monotonic() - self._started, error)


class _TrackedStream(StreamingResponse):
    """A reply that streams through, and whose attempt ends with it, also when the user leaves half-way."""

    def __init__(
        self, attempt: _Attempt, upstream: httpx.Response, first: bytes, rest: AsyncIterator[bytes], headers: Mapping[str, str]
    ) -> None:
        super().__init__(self._chunks(first, rest), upstream.status_code, headers)
        self._attempt = attempt
        self._upstream = upstream
        self._error = ""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await super().__call__(scope, receive, send)
        finally:
            self._attempt.end(str(self._upstream.status_code), error=self._error)
            await self._upstream.aclose()

    async def _chunks(self, first: bytes, rest: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
        try:
            yield first
            async for chunk in rest:
                yield chunk
        except httpx.HTTPError as failure:
            self._error = _kind(failure)
            yield b'data: {"error": {"message": "the model broke off", "type": "server_error"}}\n\n'


class _BadRequestError(Exception):
    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


async def _read_body(request: Request) -> dict[str, Any]:
    content = bytearray()
    async for chunk in request.stream():
        content += chunk
        if len(content) > _MAX_BODY_BYTES:
            raise _BadRequestError(413, f"the body is over {_MAX_BODY_BYTES} bytes; send a shorter conversation")
    try:
        body = json.loads(bytes(content))
    except ValueError:
        raise _BadRequestError(400, "the body is no JSON") from None
    if not isinstance(body, dict):
        raise _BadRequestError(400, "the body must be a JSON object")
    return body


def _user(request: Request, body: Mapping[str, Any]) -> str:
    named = request.headers.get("x-user-id") or body.get("user")
    return str(named) if named else hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()


def _kind(error: httpx.HTTPError) -> str:
    if isinstance(error, httpx.TimeoutException):
        return "timeout"
    return "connection"


def _error(status: int, message: str, kind: str) -> JSONResponse:
    return JSONResponse({"error": {"message": message, "type": kind}}, status)
