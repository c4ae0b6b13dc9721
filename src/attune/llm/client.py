"""Chat client: answers from the cache, else from the providers in order, with retries and within the budget.

Providers' own clients know one endpoint; the fallback between them, the cache and the budget that is never exceeded are here.

The status of an answer:

- ``answered``: JSON of the prompt's schema;
- ``refused``: the model refused, or a filter of the provider stopped it;
- ``invalid``: ``invalid_attempts`` responses in a row did not match the schema;
- ``unanswered``: no provider gave an answer.

The first three are kept in the ledger and never asked for again; the next run retries the last. No status is ever replaced by
a default value.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Literal

import httpx

from attune.config.llm import LlmParams, ProviderParams
from attune.errors import RunError, UsageError
from attune.llm.ledger import BudgetSpent, Ledger, Stored
from attune.llm.protocol import MISCONFIGURED, ChatRequest, Failure, Reply, Shape, api_key, cost, is_local, send
from attune.llm.schema import InvalidAnswer, parse

Status = Literal["answered", "refused", "invalid", "unanswered"]
STATUSES: tuple[Status, ...] = ("answered", "refused", "invalid", "unanswered")

_REST_AFTER = 3  # failed requests in a row, after which a provider is skipped for a while
_GIVE_UP_AFTER = 20  # requests in a row without any answer, after which the run stops
_MINUTE = 60.0


@dataclass(frozen=True)
class Answer:
    """The outcome of one request; ``cached`` if nothing was sent for it."""

    status: Status
    value: Any = None
    provider: str = ""
    model: str = ""
    cached: bool = False
    why: str = ""


@dataclass
class _Provider:
    """A provider and its state in this run."""

    params: ProviderParams
    http: httpx.AsyncClient
    key: str | None = None
    shape: frozenset[Shape] = frozenset()
    not_before: float = 0.0  # of the event loop's clock: rate limits and Retry-After hold for all requests
    failed: int = 0
    rests_until: float = 0.0  # after failures; requests go past it meanwhile
    broken: Failure | None = None  # a key or an address that is wrong stays wrong


@dataclass
class ChatClient:
    """A client over ``params.providers``; use it as ``async with``, or through :func:`ask_all`.

    Args:
        params: providers, patience, cache and budget.
        purpose: what the ledger writes beside each cost, such as ``score``.
    """

    params: LlmParams
    purpose: str
    ledger: Ledger = field(init=False)

    def __post_init__(self) -> None:
        if not self.params.providers:
            raise UsageError("llm.providers: name at least one OpenAI-compatible endpoint with base_url and model")
        self.ledger = Ledger(self.params.cache, self.params.max_cost, self.params.max_requests)
        self._slots = asyncio.Semaphore(self.params.concurrency)
        self._settled = asyncio.Condition()
        self._in_flight = 0
        self._keys_read = False
        self._asking: dict[str, asyncio.Task[Answer]] = {}
        limits = httpx.Limits(max_connections=self.params.concurrency)
        self._providers = [
            # send() has its own timeout, over the whole answer
            _Provider(provider, httpx.AsyncClient(timeout=None, limits=limits, trust_env=not is_local(provider)))  # noqa: S113
            for provider in self.params.providers
        ]

    async def __aenter__(self) -> ChatClient:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for task in self._asking.values():
            task.cancel()
        await asyncio.gather(*self._asking.values(), return_exceptions=True)
        for provider in self._providers:
            await provider.http.aclose()
        self.ledger.close()

    async def ask(self, request: ChatRequest) -> Answer:
        """The answer to one request; equal requests under way at the same time are sent once.

        Raises:
            BudgetSpent: it could cost more than is left.
            UsageError: every provider says that the key or the address is wrong.
        """
        kept = find_kept(self.ledger, self.params, [request])[0]
        if kept is not None:
            return kept
        key = request.key(self.params.providers[0])
        task = self._asking.get(key)
        if task is None:
            task = asyncio.ensure_future(self._ask_in_order(request))
            self._asking[key] = task
            task.add_done_callback(lambda _: self._asking.pop(key, None))
        return await asyncio.shield(task)

    def _read_keys(self) -> None:
        """Read the keys before the first request; a run that finds every answer in the cache needs none."""
        if not self._keys_read:
            for provider in self._providers:
                provider.key = api_key(provider.params)
            self._keys_read = True

    async def _ask_in_order(self, request: ChatRequest) -> Answer:
        self._read_keys()
        failures: list[tuple[_Provider, Failure]] = []
        for provider in self._providers:
            now = asyncio.get_running_loop().time()
            if provider.broken is not None:
                failures.append((provider, provider.broken))
                continue
            if now < provider.rests_until:
                failures.append((provider, Failure("resting after failures")))
                continue
            outcome = await self._ask_provider(provider, request)
            if isinstance(outcome, Answer):
                provider.failed = 0
                return outcome
            failures.append((provider, outcome))
            if outcome.status in MISCONFIGURED:
                provider.broken = outcome
            elif outcome.retried:
                provider.failed += 1
                if provider.failed >= _REST_AFTER:
                    provider.rests_until = asyncio.get_running_loop().time() + self.params.max_backoff_seconds
        why = ", ".join(f"{provider.params.name}: {failure.what}" for provider, failure in failures)
        if all(provider.broken for provider in self._providers):
            raise UsageError(f"llm.providers: none can be asked ({why}); check base_url, model and the key")
        return Answer("unanswered", why=why)

    async def _ask_provider(self, provider: _Provider, request: ChatRequest) -> Answer | Failure:
        """Ask one provider until it answers, or its attempts are used up."""
        invalid = 0
        attempt = 0
        while True:
            shape = provider.shape
            outcome = await self._send(provider, request, shape, last=invalid + 1 >= self.params.invalid_attempts)
            if isinstance(outcome, Answer):
                return outcome
            if outcome.what == _INVALID:
                invalid += 1
                continue
            if self._adapt(provider, shape, outcome):
                continue
            attempt += 1
            if not outcome.retried or attempt >= self.params.attempts:
                return outcome
            if outcome.retry_after is not None:
                if outcome.retry_after > self.params.max_backoff_seconds:
                    return outcome
                self._hold(provider, outcome.retry_after)
            await asyncio.sleep(self._pause(attempt))

    def _pause(self, attempt: int) -> float:
        """Exponential backoff with full jitter: anything up to a bound that doubles."""
        bound = min(self.params.max_backoff_seconds, self.params.backoff_seconds * 2 ** (attempt - 1))
        return random.uniform(0, bound)  # noqa: S311  # spreads load, no secret

    async def _send(
        self, provider: _Provider, request: ChatRequest, shape: frozenset[Shape], *, last: bool
    ) -> Answer | Failure:
        """One request: reserved, sent, settled. An invalid answer is kept only when it is the ``last`` one allowed."""
        bound = request.most_tokens()
        async with self._slots:
            await self._wait_turn(provider, sum(bound))
            entry = await self._reserve(provider, cost(provider.params, *bound))
            body = request.body(provider.params.model, shape)
            try:
                reply = await send(provider.http, provider.params, provider.key, body, self.params.timeout_seconds)
                return self._settle(provider, request, entry, reply, last=last)
            finally:
                async with self._settled:
                    self._in_flight -= 1
                    self._settled.notify_all()

    def _settle(
        self, provider: _Provider, request: ChatRequest, entry: int, reply: Reply | Failure, *, last: bool
    ) -> Answer | Failure:
        bound = request.most_tokens()
        if isinstance(reply, Failure):
            self.ledger.settle(entry, cost(provider.params, *bound) if reply.billed else 0)
            return reply
        counted = zip(bound, (reply.input_tokens, reply.output_tokens), strict=True)
        used = [most if count is None else count for most, count in counted]
        spent = cost(provider.params, *used)
        status, value = read_answer(reply, request)
        if status == "invalid" and not last:
            self.ledger.settle(entry, spent)
            return Failure(_INVALID)
        model = reply.model or provider.params.model
        stored = Stored(status, value, provider.params.name, model, reply.input_tokens, reply.output_tokens)
        kept = self.ledger.settle(entry, spent, request.key(provider.params), stored)
        assert kept is not None
        return _answer(kept, cached=False)

    async def _reserve(self, provider: _Provider, nano: int) -> int:
        """Reserve; where the money is only set aside for requests under way, wait for one of them to be settled."""
        async with self._settled:
            while True:
                try:
                    entry = self.ledger.reserve(self.purpose, provider.params.name, nano)
                except BudgetSpent:
                    if not self._in_flight:
                        raise
                    await self._settled.wait()
                else:
                    self._in_flight += 1
                    return entry

    async def _wait_turn(self, provider: _Provider, tokens: int) -> None:
        """Wait until the provider's limits allow one more request, and take its turn."""
        clock = asyncio.get_running_loop().time
        while (wait := provider.not_before - clock()) > 0:
            await asyncio.sleep(wait)
        limits = (
            _MINUTE / provider.params.requests_per_minute if provider.params.requests_per_minute else 0.0,
            _MINUTE * tokens / provider.params.tokens_per_minute if provider.params.tokens_per_minute else 0.0,
        )
        self._hold(provider, max(limits))

    @staticmethod
    def _hold(provider: _Provider, seconds: float) -> None:
        provider.not_before = max(provider.not_before, asyncio.get_running_loop().time() + seconds)

    @staticmethod
    def _adapt(provider: _Provider, sent: frozenset[Shape], failure: Failure) -> bool:
        """Whether the request may be accepted in another shape, learnt from this refusal or, meanwhile, from another's."""
        if failure.status not in (400, 422):
            return False
        if provider.shape != sent:
            return True
        found: Shape
        if "max_completion_tokens" in failure.about and "completion_tokens" not in sent:
            found = "completion_tokens"
        elif "temperature" in failure.about and "without_temperature" not in sent:
            found = "without_temperature"
        elif "response_format" in failure.about and "without_schema" not in sent:
            found = "without_schema"
        else:
            return False
        provider.shape = sent | {found}
        return True


_INVALID = "an answer that does not match the schema"


def read_answer(reply: Reply, request: ChatRequest) -> tuple[Status, Any]:
    """The status of a reply and, if it is ``answered``, its value."""
    if reply.refused:
        return "refused", None
    if reply.cut_off:
        return "invalid", None
    try:
        return "answered", parse(reply.content, request.output)
    except InvalidAnswer:
        return "invalid", None


def find_kept(ledger: Ledger, params: LlmParams, requests: list[ChatRequest]) -> list[Answer | None]:
    """The answers that the ledger has, one for each request; of several providers' the first in order."""
    keys = [[request.key(provider) for provider in params.providers] for request in requests]
    found = ledger.find([key for some in keys for key in some])
    answers: list[Answer | None] = []
    for some in keys:
        first = next((found[key] for key in some if key in found), None)
        answers.append(None if first is None else _answer(first, cached=True))
    return answers


def ask_all(client: ChatClient, requests: Iterable[ChatRequest], on_answer: Callable[[ChatRequest, Answer], None]) -> None:
    """Ask all requests of a stream, ``params.concurrency`` at a time, from code that is not asynchronous.

    Memory does not grow with the stream. ``on_answer`` is called for each, in the order in which they are answered.

    Raises:
        RunError: the budget is spent, or too many in a row had no answer; what was answered is kept.
        UsageError: no provider can be asked at all.
    """
    asyncio.run(_ask_all(client, requests, on_answer))


async def _ask_all(
    client: ChatClient, requests: Iterable[ChatRequest], on_answer: Callable[[ChatRequest, Answer], None]
) -> None:
    waiting = iter(requests)
    in_a_row = 0

    async def work() -> None:
        nonlocal in_a_row
        for request in waiting:
            answer = await client.ask(request)
            in_a_row = in_a_row + 1 if answer.status == "unanswered" else 0
            if in_a_row >= _GIVE_UP_AFTER:
                raise RunError(
                    f"{client.purpose}: no model answered {in_a_row} requests in a row ({answer.why}); "
                    f"what was answered is kept in {client.params.cache}, run again to go on"
                )
            on_answer(request, answer)

    async with client:
        try:
            async with asyncio.TaskGroup() as group:
                for _ in range(client.params.concurrency):
                    group.create_task(work())
        except BaseExceptionGroup as errors:
            raise errors.exceptions[0] from None


def _answer(stored: Stored, *, cached: bool) -> Answer:
    status: Status = next(status for status in STATUSES if status == stored.status)
    return Answer(status, stored.value, stored.provider, stored.model, cached)
