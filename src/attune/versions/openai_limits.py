"""OpenAI's limits on fine-tuning files, so that what is exported is not refused after the upload.

From the guide to supervised fine-tuning and the reference of the Files API: at least 10 examples, files of at most 512 MB,
roles system, user and assistant, an answer of the assistant at the end to learn from, ``weight`` 0 or 1 on answers, and at most
65,536 tokens an example (the training context of the smaller models; others have other ones, so it can be set).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

_ROLES = {"system", "user", "assistant"}
_BYTES_A_TOKEN = 3  # English has about four bytes a token, other languages two and a half to four: this counts too many, if any
_TOKENS_A_MESSAGE = 4


@dataclass(frozen=True)
class OpenAiLimits:
    """What OpenAI takes."""

    least_examples: int = 10
    most_bytes: int = 512 * 1000 * 1000
    most_tokens: int = 65_536


def tokens_at_most(messages: Sequence[Mapping[str, Any]]) -> int:
    """A number of tokens that a conversation in ordinary language will hardly exceed, without a tokenizer."""
    return sum(_TOKENS_A_MESSAGE + -(-len(message["content"].encode()) // _BYTES_A_TOKEN) for message in messages)


def example_fault(messages: Sequence[Mapping[str, Any]], limits: OpenAiLimits) -> str | None:
    """Why OpenAI would not take an example, in words without its text; None where it would."""
    for message in messages:
        if message.get("role") not in _ROLES:
            return "has a role that OpenAI does not know"
        if not isinstance(message.get("content"), str) or not message["content"].strip():
            return "has an empty message"
        if message.get("weight", 1) not in {0, 1} or ("weight" in message and message["role"] != "assistant"):
            return "has a weight that is not 0 or 1 on an answer"
    if not messages or messages[-1]["role"] != "assistant":
        return "does not end with an answer"
    if not any(message["role"] == "user" for message in messages):
        return "has no question"
    if not any(message["role"] == "assistant" and message.get("weight", 1) for message in messages):
        return "has no answer to learn from"
    if tokens_at_most(messages) > limits.most_tokens:
        return "is longer than OpenAI's limit of tokens"
    return None
