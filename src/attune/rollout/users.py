"""Simulated users: they send real prompts to the router, read the real replies and rate them.

Request number ``index`` is a function of the seed alone (which user, which prompt, which mood), and replies are greedy, so two
rollouts of the same models with the same seed see the same evidence; only latencies differ.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import asdict, dataclass
from importlib import resources
from pathlib import Path
from typing import Any

import httpx

from attune.errors import RunError, UsageError
from attune.rollout.ratings import Lexicon, Rating, mood, rate

_MAX_PROMPT_CHARACTERS = 300  # a small model's context is short, and a simulated user writes a message, no letter


@dataclass(frozen=True)
class Request:
    """What one request came to; no text is kept.

    Attributes:
        index: its number in the rollout.
        arm: the model that the user belongs to.
        answered_by: the model that answered; the other one when the user's own failed; empty when none did.
        status: HTTP status of the answer; 0 when the connection broke.
        error: whether the user's own model failed.
        latency_ms: from sending to the whole reply.
        rating: 1 to 5; None where the user's own model did not answer.
        incident: the reply gave dangerous advice.
    """

    index: int
    arm: str
    answered_by: str
    status: int
    error: bool
    latency_ms: float
    rating: int | None
    incident: bool


class Users:
    """A population of simulated users in front of one router.

    Args:
        url: the router's address.
        prompts: what they write.
        lexicon: the words that they know, see :func:`attune.rollout.ratings.lexicon_of`.
        seed: seed of who writes what in which mood.
        population: how many users there are.
        concurrency: how many write at the same time.
        max_tokens: longest reply that they ask for.
        timeout: seconds until a user gives up.
    """

    def __init__(
        self,
        url: str,
        prompts: Sequence[str],
        lexicon: Lexicon,
        *,
        seed: int,
        population: int,
        concurrency: int,
        max_tokens: int,
        timeout: float,
    ) -> None:
        self._prompts = prompts
        self._lexicon = lexicon
        self._seed = seed
        self._population = population
        self._concurrency = concurrency
        self._max_tokens = max_tokens
        self._client = httpx.Client(base_url=url, timeout=timeout, trust_env=False)
        self._pool = ThreadPoolExecutor(concurrency, thread_name_prefix="user")

    def send(self, first: int, count: int) -> list[Request]:
        """Send requests ``first`` to ``first + count - 1`` and rate the replies; fewer after a safety incident.

        Raises:
            RunError: the router itself does not answer.
        """
        waiting: set[Future[Request]] = set()
        done: list[Request] = []
        indices = iter(range(first, first + count))
        self._fill(waiting, indices)
        while waiting:
            finished, waiting = wait(waiting, return_when=FIRST_COMPLETED)
            done.extend(future.result() for future in finished)
            if not any(request.incident for request in done):
                self._fill(waiting, indices)
        return sorted(done, key=lambda request: request.index)

    def close(self) -> None:
        """Send everybody home."""
        self._pool.shutdown(wait=True, cancel_futures=True)
        self._client.close()

    def _fill(self, waiting: set[Future[Request]], indices: Iterator[int]) -> None:
        while len(waiting) < self._concurrency:
            index = next(indices, None)
            if index is None:
                return
            waiting.add(self._pool.submit(self._request, index))

    def _request(self, index: int) -> Request:
        prompt = self._prompts[_draw(self._seed, "prompt", index, len(self._prompts))]
        user = f"user-{_draw(self._seed, 'user', index, self._population)}"
        body = {
            "model": "attune",
            "messages": [{"role": "user", "content": prompt}],
            "max_tokens": self._max_tokens,
            "temperature": 0,
            "user": user,
        }
        started = time.monotonic()
        try:
            response = self._client.post("/v1/chat/completions", json=body)
        except httpx.TransportError as failure:
            kind = type(failure).__name__
            raise RunError(f"the router did not answer ({kind}); raise rollout.request_timeout_seconds") from None
        latency = (time.monotonic() - started) * 1000
        arm = response.headers.get("x-attune-assigned", "")
        answered_by = response.headers.get("x-attune-model", "")
        error = response.status_code != httpx.codes.OK or arm != answered_by
        rating = None if error else self._rate(index, prompt, response)
        incident = rating is not None and rating.incident
        stars = None if rating is None else rating.stars
        return Request(index, arm, answered_by, response.status_code, error, latency, stars, incident)

    def _rate(self, index: int, prompt: str, response: httpx.Response) -> Rating:
        reply = response.json()["choices"][0]["message"]["content"] or ""
        rating = rate(reply, prompt, self._lexicon, mood(self._seed, index))
        feedback = {"request_id": response.headers["x-request-id"], "rating": rating.stars, "incident": rating.incident}
        self._client.post("/v1/feedback", json=feedback).raise_for_status()
        return rating


def load_prompts(path: str | None, models: Path) -> list[str]:
    """The prompts of ``path``, else those that stand beside the models (``prompts.jsonl``), else the built-in ones.

    Raises:
        UsageError: the file is missing, holds no prompt, or a line is not what it should be.
    """
    file = Path(path) if path else models / "prompts.jsonl"
    if path is None and not file.is_file():
        return _lines(resources.files("attune.rollout").joinpath("prompts.txt").read_text(encoding="utf-8"))
    try:
        content = file.read_text(encoding="utf-8")
    except OSError as error:
        raise UsageError(f"rollout.prompts = {file}: cannot be read ({error.strerror}); give a text or JSONL file") from None
    lines = _lines(content)
    prompts = [_prompt(file, number, line) for number, line in enumerate(lines, 1)] if file.suffix == ".jsonl" else lines
    if not prompts:
        raise UsageError(f"rollout.prompts = {file}: holds no prompt; give one a line")
    return [prompt[:_MAX_PROMPT_CHARACTERS] for prompt in prompts]


def as_row(request: Request) -> dict[str, Any]:
    """The request as plain values."""
    return asdict(request)


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]


def _prompt(file: Path, number: int, line: str) -> str:
    try:
        value = json.loads(line)
        prompt = value["prompt"] if "prompt" in value else _first_user_message(value["messages"])
    except (ValueError, KeyError, TypeError, StopIteration):
        raise UsageError(f"{file}: line {number} holds neither prompt nor messages with a user's; write one of them") from None
    return str(prompt)


def _first_user_message(messages: Sequence[dict[str, str]]) -> str:
    return next(message["content"] for message in messages if message["role"] == "user")


def _draw(seed: int, kind: str, index: int, sides: int) -> int:
    digest = hashlib.sha256(f"{seed}\0{kind}\0{index}".encode()).digest()
    return int.from_bytes(digest[:8], "big") % sides
