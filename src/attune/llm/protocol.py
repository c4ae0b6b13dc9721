"""The chat protocol: sends one request to one OpenAI-compatible endpoint and interprets the response."""

from __future__ import annotations

import asyncio
import email.utils
import hashlib
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

import httpx

from attune.config.llm import ProviderParams, is_loopback
from attune.errors import UsageError
from attune.llm.ledger import NANO
from attune.storage.secrets import read_secret

RETRIED = frozenset({408, 429, 500, 502, 503, 504, 529})
MISCONFIGURED = frozenset({401, 403, 404})
_MOST_BYTES = 8 << 20
_TEMPLATE_TOKENS = 16  # upper bound of the tokens that a chat template adds to a message
_PER_MILLION = 1_000_000

Shape = Literal["without_schema", "completion_tokens", "without_temperature"]


@dataclass(frozen=True)
class ChatRequest:
    """A chat request, independent of the provider."""

    messages: tuple[Mapping[str, str], ...]
    name: str
    output: Mapping[str, Any]
    temperature: float
    max_tokens: int

    def body(self, model: str, shape: frozenset[Shape] = frozenset()) -> dict[str, Any]:
        """The JSON body; ``shape`` names the ways in which the endpoint deviates from the protocol."""
        body: dict[str, Any] = {"model": model, "messages": list(self.messages)}
        body["max_completion_tokens" if "completion_tokens" in shape else "max_tokens"] = self.max_tokens
        if "without_temperature" not in shape:
            body["temperature"] = self.temperature
        if "without_schema" not in shape:
            schema = {"name": self.name, "strict": True, "schema": self.output}
            body["response_format"] = {"type": "json_schema", "json_schema": schema}
        return body

    def key(self, provider: ProviderParams) -> str:
        """Hash of the whole request and the provider's name; the address of the endpoint may change."""
        content = [provider.name, self.body(provider.model)]
        canonical = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(canonical.encode("utf-8", "surrogatepass")).hexdigest()

    def most_tokens(self) -> tuple[int, int]:
        """Upper bounds of input and output tokens: no tokenizer produces more tokens than bytes."""
        sent = len(json.dumps(self.body(""), ensure_ascii=False).encode("utf-8", "surrogatepass"))
        return sent + _TEMPLATE_TOKENS * len(self.messages), self.max_tokens


@dataclass(frozen=True)
class Reply:
    """A well-formed response."""

    content: str
    refused: bool
    cut_off: bool
    model: str
    input_tokens: int | None
    output_tokens: int | None


@dataclass(frozen=True)
class Failure:
    """A request that failed.

    Attributes:
        what: the reason, without any text of the request or the response.
        status: HTTP status; None without a response.
        retry_after: seconds to wait, if the endpoint asks for it.
        billed: whether the provider may charge for the request nevertheless.
        about: parameters that the endpoint rejected, for status 400 and 422.
    """

    what: str
    status: int | None = None
    retry_after: float | None = None
    billed: bool = False
    about: frozenset[str] = frozenset()

    @property
    def retried(self) -> bool:
        """Whether another attempt may succeed."""
        return self.status is None or self.status in RETRIED


def cost(provider: ProviderParams, input_tokens: int, output_tokens: int) -> int:
    """Cost in nano-dollars, rounded up."""
    dollars = input_tokens * provider.input_price + output_tokens * provider.output_price
    return math.ceil(dollars * (NANO // _PER_MILLION))


def api_key(provider: ProviderParams) -> str | None:
    """The provider's API key, from the file that ``<api_key_env>_FILE`` names or from ``api_key_env`` itself.

    Raises:
        UsageError: neither is set, or the file cannot be read.
    """
    if provider.api_key_env is None:
        return None
    key = read_secret(provider.api_key_env).decode("utf-8", "replace")
    if not key or not key.isascii() or not key.isprintable():
        raise UsageError(
            f"llm.providers: {provider.name} needs a key: set {provider.api_key_env}, or {provider.api_key_env}_FILE to a file "
            "that holds it"
        )
    return key


def is_local(provider: ProviderParams) -> bool:
    """Whether the endpoint is on this machine, so that a proxy from the environment does not apply."""
    return is_loopback(provider.base_url)


async def send(
    http: httpx.AsyncClient, provider: ProviderParams, key: str | None, body: Mapping[str, Any], timeout: float
) -> Reply | Failure:
    """Send one request; ``timeout`` covers the whole response, so one that arrives slowly times out, too."""
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    content = json.dumps(body, ensure_ascii=False).encode("utf-8", "replace")
    headers["Content-Type"] = "application/json"
    try:
        async with asyncio.timeout(timeout):
            async with http.stream(
                "POST", f"{provider.base_url}/chat/completions", content=content, headers=headers
            ) as response:
                received = bytearray()
                async for chunk in response.aiter_bytes():
                    received += chunk
                    if len(received) > _MOST_BYTES:
                        return Failure("an answer of more than 8 MiB", response.status_code, billed=True)
    except (httpx.ConnectError, httpx.ConnectTimeout) as error:
        return Failure(f"no connection ({type(error).__name__})")
    except (TimeoutError, httpx.TimeoutException):
        return Failure(f"no whole answer within {timeout:g} s", billed=True)
    except (httpx.TransportError, httpx.DecodingError) as error:
        return Failure(f"a broken answer ({type(error).__name__})", billed=True)
    if response.status_code != httpx.codes.OK:
        about = _about(bytes(received)) if response.status_code in (400, 422) else frozenset()
        return Failure(
            f"HTTP {response.status_code}", response.status_code, retry_after(response.headers.get("retry-after")), about=about
        )
    return _read(bytes(received))


def retry_after(value: str | None) -> float | None:
    """Seconds to wait by a Retry-After header, which holds seconds or an HTTP date; None if missing or malformed."""
    if value is None:
        return None
    try:
        seconds = float(value)
        return max(0.0, seconds) if math.isfinite(seconds) else None
    except ValueError:
        pass
    try:
        moment = email.utils.parsedate_to_datetime(value)
    except ValueError:
        return None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return max(0.0, (moment - datetime.now(UTC)).total_seconds())


def _read(received: bytes) -> Reply | Failure:
    broken = Failure("an answer that is not of the protocol", billed=True)
    try:
        data = json.loads(received)
        choice = data["choices"][0]
        message = choice["message"]
        content, refusal = message.get("content"), message.get("refusal")
        usage = data.get("usage") or {}
        model = str(data.get("model") or "")
    except (ValueError, RecursionError, LookupError, TypeError, AttributeError):
        return broken
    finish = choice.get("finish_reason")
    refused = bool(refusal) or finish == "content_filter"
    if not isinstance(content, str) and not refused:
        return broken
    return Reply(
        content=content if isinstance(content, str) else "",
        refused=refused,
        cut_off=finish == "length",
        model=model,
        input_tokens=_count(usage, "prompt_tokens"),
        output_tokens=_count(usage, "completion_tokens"),
    )


def _count(usage: Any, name: str) -> int | None:
    value = usage.get(name) if isinstance(usage, Mapping) else None
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None


def _about(received: bytes) -> frozenset[str]:
    """The parameters that the body of an error mentions, of those that some endpoints do not support."""
    text = received[:10_000].decode("utf-8", "replace")
    words = {
        "max_completion_tokens": ("max_completion_tokens",),
        "temperature": ("temperature",),
        "response_format": ("response_format", "json_schema", "guided", "structured"),
    }
    return frozenset(name for name, signs in words.items() if any(sign in text for sign in signs))
