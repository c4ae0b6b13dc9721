"""The wire: one chat request to one OpenAI-compatible endpoint, and what its answer means."""

from __future__ import annotations

import asyncio
import email.utils
import hashlib
import json
import math
import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

import httpx

from attune.config.llm import ProviderParams, is_loopback
from attune.errors import UsageError
from attune.llm.ledger import NANO

RETRIED = frozenset({408, 429, 500, 502, 503, 504, 529})
MISCONFIGURED = frozenset({401, 403, 404})
_MOST_BYTES = 8 << 20
_TEMPLATE_TOKENS = 16  # of a chat template around one message, more than any in use
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
        """The JSON to send; ``shape`` is how this endpoint differs from the protocol."""
        body: dict[str, Any] = {"model": model, "messages": list(self.messages)}
        body["max_completion_tokens" if "completion_tokens" in shape else "max_tokens"] = self.max_tokens
        if "without_temperature" not in shape:
            body["temperature"] = self.temperature
        if "without_schema" not in shape:
            schema = {"name": self.name, "strict": True, "schema": self.output}
            body["response_format"] = {"type": "json_schema", "json_schema": schema}
        return body

    def key(self, provider: ProviderParams) -> str:
        """Hash of the whole request and who answers it; the endpoint's address may change, its name stands for it."""
        content = [provider.name, self.body(provider.model)]
        canonical = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(canonical.encode("utf-8", "surrogatepass")).hexdigest()

    def most_tokens(self) -> tuple[int, int]:
        """Upper bounds of the tokens in and out: no tokenizer makes more tokens than there are bytes."""
        sent = len(json.dumps(self.body(""), ensure_ascii=False).encode("utf-8", "surrogatepass"))
        return sent + _TEMPLATE_TOKENS * len(self.messages), self.max_tokens


@dataclass(frozen=True)
class Reply:
    """A well-formed answer of the endpoint."""

    content: str
    refused: bool
    cut_off: bool
    model: str
    input_tokens: int | None
    output_tokens: int | None


@dataclass(frozen=True)
class Failure:
    """Why there is no answer.

    Attributes:
        what: in words, without anything of what was sent or came.
        status: of HTTP; None when none came.
        retry_after: seconds that the endpoint asks for.
        billed: whether the endpoint may have worked on it all the same.
        about: parameters that a 400 complains of.
    """

    what: str
    status: int | None = None
    retry_after: float | None = None
    billed: bool = False
    about: frozenset[str] = frozenset()

    @property
    def retried(self) -> bool:
        """Whether asking again may help."""
        return self.status is None or self.status in RETRIED


def cost(provider: ProviderParams, input_tokens: int, output_tokens: int) -> int:
    """Nano-dollars, rounded up."""
    dollars = input_tokens * provider.input_price + output_tokens * provider.output_price
    return math.ceil(dollars * (NANO // _PER_MILLION))


def api_key(provider: ProviderParams) -> str | None:
    """The key from the file that ``<api_key_env>_FILE`` names, or from ``api_key_env`` itself.

    Raises:
        UsageError: neither is set, or the file cannot be read.
    """
    if provider.api_key_env is None:
        return None
    variable = f"{provider.api_key_env}_FILE"
    file = os.environ.get(variable)
    if file:
        try:
            key = Path(file).read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise UsageError(f"{variable}={file}: cannot be read ({type(error).__name__}); mount the secret there") from None
    else:
        key = os.environ.get(provider.api_key_env, "").strip()
    if not key or not key.isascii() or not key.isprintable():
        raise UsageError(
            f"llm.providers: {provider.name} needs a key: set {provider.api_key_env}, or {variable} to a file that holds it"
        )
    return key


def is_local(provider: ProviderParams) -> bool:
    """Whether the endpoint is on this machine; a proxy from the environment is then not for it."""
    return is_loopback(provider.base_url)


async def send(
    http: httpx.AsyncClient, provider: ProviderParams, key: str | None, body: Mapping[str, Any], timeout: float
) -> Reply | Failure:
    """Send one request; ``timeout`` is for the whole answer, so one that drips in slowly ends too."""
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
    """Seconds of a Retry-After header, which holds seconds or an HTTP date; None without one that can be read."""
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
    """Which of the parameters that endpoints differ in an error speaks of."""
    text = received[:10_000].decode("utf-8", "replace")
    words = {
        "max_completion_tokens": ("max_completion_tokens",),
        "temperature": ("temperature",),
        "response_format": ("response_format", "json_schema", "guided", "structured"),
    }
    return frozenset(name for name, signs in words.items() if any(sign in text for sign in signs))
