"""Parameters of talking to language models: who is asked, how patiently, and what it may cost."""

from __future__ import annotations

import ipaddress
import re
from typing import Annotated, Self
from urllib.parse import urlsplit

from pydantic import Field, field_validator, model_validator

from attune.config.section import Positive, Section, Share

Amount = Annotated[float, Field(ge=0)]
Seconds = Annotated[float, Field(gt=0)]


# Only variables that are meant for language models: parameters must not be able to send other secrets to an endpoint.
KEY_PREFIX = "ATTUNE_LLM_"
_PLAIN_URL = re.compile(r"https?://(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9.-]+)(:[0-9]{1,5})?(/[A-Za-z0-9._~!$&'()*+,;=:%/-]*)?")


def is_loopback(url: str) -> bool:
    """Whether an endpoint is on this machine: localhost, 127.0.0.0/8 or ::1."""
    host = urlsplit(url).hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


class ProviderParams(Section):
    """One OpenAI-compatible endpoint; its key comes from the environment or a mounted file, never from here."""

    name: str = Field(pattern=r"^[a-z0-9][a-z0-9_-]*$")
    base_url: str = Field(description="What `/chat/completions` is appended to, such as https://api.openai.com/v1.")
    model: str = Field(min_length=1)
    api_key_env: str | None = Field(
        default=None,
        pattern=rf"^{KEY_PREFIX}[A-Z0-9_]+$",
        description="Environment variable with the key, ATTUNE_LLM_…; with _FILE appended, one that names a file; null: none.",
    )
    input_price: Amount = Field(default=0.0, description="US dollars per million tokens of a request.")
    output_price: Amount = Field(default=0.0, description="US dollars per million tokens of an answer.")
    requests_per_minute: Positive | None = None
    tokens_per_minute: Positive | None = None

    @field_validator("base_url")
    @classmethod
    def _is_http(cls, value: str) -> str:
        if not value.startswith(("http://", "https://")):
            raise ValueError("must start with https://, or with http:// and an address of this machine")
        if "@" in value:
            raise ValueError("must hold no user name or key; name a variable with api_key_env")
        if not _PLAIN_URL.fullmatch(value):
            raise ValueError("must be a plain address such as https://api.example.com/v1, without ?, #, blanks or backslashes")
        if value.startswith("http://") and not is_loopback(value):
            raise ValueError(
                "must start with https://, because conversations and the key would travel in clear; http:// is for an endpoint "
                "on this machine, such as http://127.0.0.1:8000/v1"
            )
        return value.rstrip("/")


class LlmParams(Section):
    """Language models that judge or write: providers in order of preference, patience and budget (C2)."""

    providers: tuple[ProviderParams, ...] = Field(
        default=(), description="Asked in this order; the next one is asked when one does not answer."
    )
    prompts: str | None = Field(default=None, description="Folder of prompt files; null: those that Attune brings.")
    cache: str = Field(
        default="work/llm",
        description="Local folder of the answers so far and what they cost; with it a rerun is free.",
    )
    max_cost: Amount = Field(default=5.0, description="US dollars that all answers in the cache together may ever cost.")
    max_requests: Positive | None = Field(
        default=None, description="Requests that may ever be sent for this cache, retries included; null: any number."
    )
    concurrency: Positive = Field(default=8, description="Requests under way at the same time.")
    timeout_seconds: Seconds = Field(default=60.0, description="For one whole answer, however slowly it drips in.")
    attempts: Positive = Field(default=5, description="Times that one provider is asked when it fails or is busy.")
    backoff_seconds: Seconds = Field(
        default=0.5, description="Longest pause before the second attempt; it doubles, and the pause is drawn below it."
    )
    max_backoff_seconds: Seconds = Field(
        default=60.0, description="Longest pause; a provider that asks for a longer one is passed over."
    )
    invalid_attempts: Positive = Field(
        default=2, description="Answers that are no valid JSON of the schema, after which there is none."
    )
    max_unanswered: Share = Field(
        default=0.05, description="Share of requests that may stay without any answer before the run stops."
    )

    @model_validator(mode="after")
    def _names_differ(self) -> Self:
        names = [provider.name for provider in self.providers]
        if len(set(names)) < len(names):
            raise ValueError(f"providers must have different names, found {', '.join(names)}")
        return self
