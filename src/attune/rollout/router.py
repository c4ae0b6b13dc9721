"""A weighted reverse proxy for two OpenAI-compatible servers, production and candidate, with Prometheus metrics.

- A user is assigned to the candidate if a hash of the user's name is below the share. The hash does not change, so users of the
  candidate at 10 % keep it at 25 %, and nobody changes models while the share stays the same.
- The share and the backends can be changed at any time. A request finishes on the model that it started on.
- If a model fails before any of its reply was sent, the other model answers. The failure counts against the model that failed,
  and the reply's headers name both.
- Replies are streamed.

The user is taken from the header ``x-user-id``, else from ``user`` in the body (OpenAI), else the body is hashed. Neither users
nor texts are written anywhere.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import time
import uuid
from collections import OrderedDict
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import httpx
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

PRODUCTION = "production"
CANDIDATE = "candidate"
_MAX_BODY_BYTES = 1 << 20
_REMEMBERED_REQUESTS = 10_000  # newest replies, which can still be rated
_FORWARDED = ("content-type", "cache-control")
_SERVER_ERROR = 500
_LATENCY_SECONDS = (0.025, 0.05, 0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 6.4, 12.8, 25.6, 60.0)
_STARS = (1.0, 2.0, 3.0, 4.0, 5.0)


@dataclass(frozen=True)
class Backend:
    """An OpenAI-compatible server: its address and the name of its model."""

    url: str
    model: str


@dataclass(frozen=True)
class Routes:
    """Backends and share; replaced as a whole, so that every request sees a consistent state."""

    backends: Mapping[str, Backend]
    share: float = 0.0
    salt: str = field(default="attune")

    def assign(self, user: str) -> str:
        """The model that this user is assigned to."""
        return CANDIDATE if position(user, self.salt) < self.share else PRODUCTION


def position(user: str, salt: str = "attune") -> float:
    """A user's position in [0, 1): 53 bits of a SHA-256 over salt and user; uniformly distributed and stable."""
    digest = hashlib.sha256(f"{salt}\0{user}".encode()).digest()
    return (int.from_bytes(digest[:8], "big") >> 11) / (1 << 53)


class RouterMetrics:
    """The metrics of one router, in their own registry.

    Args:
        models: values of the label ``model``; all series exist from the start, so that rates over them are never absent.
    """

    def __init__(self, models: Sequence[str]) -> None:
        registry = CollectorRegistry()
        self._registry = registry
        self.requests = Counter(
            "attune_router_requests", "Requests by the status of the reply.", ["model", "code"], registry=registry
        )
        self.seconds = Histogram(
            "attune_router_request_seconds",
            "Seconds until the end of a reply.",
            ["model"],
            buckets=_LATENCY_SECONDS,
            registry=registry,
        )
        self.errors = Counter("attune_router_errors", "Requests that failed, by model.", ["model", "kind"], registry=registry)
        self.in_flight = Gauge("attune_router_in_flight", "Requests in progress.", ["model"], registry=registry)
        self.ratings = Histogram("attune_ratings", "Users' ratings from 1 to 5.", ["model"], buckets=_STARS, registry=registry)
        self.incidents = Counter("attune_safety_incidents", "Replies with dangerous advice.", ["model"], registry=registry)
        self.share = Gauge("attune_router_candidate_share", "The candidate's share of the users.", registry=registry)
        for model in models:
            self.requests.labels(model, "200")
            self.seconds.labels(model)
            self.in_flight.labels(model)
            self.ratings.labels(model)
            self.incidents.labels(model)
            for kind in ("connection", "status", "timeout"):
                self.errors.labels(model, kind)

    def answered(self, model: str, code: str, seconds: float, error: str) -> None:
        """Count one request; ``error`` is the kind of error, or empty."""
        self.requests.labels(model, code).inc()
        self.seconds.labels(model).observe(seconds)
        if error:
            self.errors.labels(model, error).inc()

    def rated(self, model: str, rating: float, *, incident: bool) -> None:
        """Count one rating."""
        self.ratings.labels(model).observe(rating)
        if incident:
            self.incidents.labels(model).inc()

    def exposition(self) -> tuple[bytes, str]:
        """The metrics in the Prometheus text format, and their content type."""
        return generate_latest(self._registry), CONTENT_TYPE_LATEST


class TrafficRouter:
    """The proxy's state and handlers; :attr:`app` is the ASGI application.

    Args:
        backends: the servers by name, :data:`PRODUCTION` and :data:`CANDIDATE`.
        share: the candidate's share of the users.
        salt: makes the assignments of different rollouts independent.
        timeout: seconds without data from a server until it counts as failed.
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
        """Set the candidate's share of the users, from the next request on. Thread-safe."""
        if not 0 <= share <= 1:
            raise ValueError(f"share {share} must be from 0 to 1")
        self._routes = replace(self._routes, share=share)
        self.metrics.share.set(share)

    def set_backend(self, name: str, backend: Backend) -> None:
        """Send the next requests for ``name`` to another server. Thread-safe."""
        self._routes = replace(self._routes, backends={**self._routes.backends, name: backend})

    def in_flight(self, name: str) -> int:
        """Number of requests that ``name`` is answering now."""
        return self._in_flight[name]

    def drain(self, name: str, timeout: float) -> bool:
        """Wait until ``name`` has no requests in progress; set its share to 0 first. Call from another thread.

        Returns:
            Whether that happened within ``timeout`` seconds.
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
            return Response(status_code=_SERVER_ERROR)  # the client is gone
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
        """Send a request to one server. None if it failed before any of its reply was sent."""
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
        assert self._client is not None, "the application has not started"
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
            return _error(404, "request_id: unknown, or its reply is too old to be rated", "invalid_request_error")
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
        # The servers are local, so proxies of the environment do not apply.
        async with httpx.AsyncClient(timeout=self._timeout, limits=limits, trust_env=False) as client:
            self._client = client
            yield


class _Attempt:
    """One request to one server, counted as in progress until it ends."""

    def __init__(self, router: TrafficRouter, name: str) -> None:
        self._router = router
        self._name = name
        self._started = time.monotonic()
        self._ended = False
        self._router._in_flight[name] += 1
        self._router.metrics.in_flight.labels(name).inc()

    def end(self, code: str, *, error: str = "") -> None:
        """End the attempt; ``error`` is the kind of error, or empty. Only the first call has an effect."""
        if self._ended:
            return
        self._ended = True
        self._router._in_flight[self._name] -= 1
        self._router.metrics.in_flight.labels(self._name).dec()
        self._router.metrics.answered(self._name, code, time.monotonic() - self._started, error)


class _TrackedStream(StreamingResponse):
    """A streamed reply that ends its attempt, even if the client disconnects."""

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
            yield b'data: {"error": {"message": "the model stopped before the end of its reply", "type": "server_error"}}\n\n'


class _BadRequestError(Exception):
    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


async def _read_body(request: Request) -> dict[str, Any]:
    content = bytearray()
    async for chunk in request.stream():
        content += chunk
        if len(content) > _MAX_BODY_BYTES:
            raise _BadRequestError(413, f"the body is larger than {_MAX_BODY_BYTES} bytes; send a shorter conversation")
    try:
        body = json.loads(bytes(content))
    except ValueError:
        raise _BadRequestError(400, "the body is not valid JSON") from None
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
