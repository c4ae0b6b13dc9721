"""Simulated users, who send real prompts to the router and rate the replies.

User, prompt and mood of request ``index`` depend on the seed only, and decoding is greedy, so two rollouts of the same models
with the same seed produce the same evidence; only latencies differ.
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
from attune.rollout.ratings import Rating, RatingLexicon, mood, rate

_MAX_PROMPT_CHARACTERS = 300  # a small model's context is short


@dataclass(frozen=True)
class SimulatedRequest:
    """The result of one request, without any text.

    Attributes:
        index: number of the request in the rollout.
        arm: the model that the user is assigned to.
        answered_by: the model that answered: ``arm``, or the other one if that failed; empty if both failed.
        status: HTTP status of the reply.
        error: whether the assigned model failed.
        latency_ms: time from sending to the end of the reply, in milliseconds.
        rating: 1 to 5; None if the assigned model did not answer.
        incident: whether the reply gave dangerous advice.
    """

    index: int
    arm: str
    answered_by: str
    status: int
    error: bool
    latency_ms: float
    rating: int | None
    incident: bool


class SimulatedUsers:
    """A population of simulated users of one router.

    Args:
        url: the router's address.
        prompts: their prompts.
        lexicon: their vocabulary, see :func:`attune.rollout.ratings.lexicon_of`.
        seed: seed of users, prompts and moods.
        population: number of users.
        concurrency: number of concurrent requests.
        max_tokens: maximum length of a reply, in tokens.
        timeout: timeout of a request, in seconds.
    """

    def __init__(
        self,
        url: str,
        prompts: Sequence[str],
        lexicon: RatingLexicon,
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

    def send(self, first: int, count: int) -> list[SimulatedRequest]:
        """Send requests ``first`` to ``first + count - 1`` and rate the replies; stops early after a safety incident.

        Raises:
            RunError: the router does not answer.
        """
        waiting: set[Future[SimulatedRequest]] = set()
        done: list[SimulatedRequest] = []
        indices = iter(range(first, first + count))
        self._fill(waiting, indices)
        while waiting:
            finished, waiting = wait(waiting, return_when=FIRST_COMPLETED)
            done.extend(future.result() for future in finished)
            if not any(request.incident for request in done):
                self._fill(waiting, indices)
        return sorted(done, key=lambda request: request.index)

    def close(self) -> None:
        """Cancel waiting requests and close the connections."""
        self._pool.shutdown(wait=True, cancel_futures=True)
        self._client.close()

    def _fill(self, waiting: set[Future[SimulatedRequest]], indices: Iterator[int]) -> None:
        while len(waiting) < self._concurrency:
            index = next(indices, None)
            if index is None:
                return
            waiting.add(self._pool.submit(self._request, index))

    def _request(self, index: int) -> SimulatedRequest:
        prompt = self._prompts[_pick(self._seed, "prompt", index, len(self._prompts))]
        user = f"user-{_pick(self._seed, 'user', index, self._population)}"
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
            raise RunError(
                f"the router did not answer ({kind}); if the models are slow, raise rollout.request_timeout_seconds"
            ) from None
        latency = (time.monotonic() - started) * 1000
        arm = response.headers.get("x-attune-assigned", "")
        answered_by = response.headers.get("x-attune-model", "")
        error = response.status_code != httpx.codes.OK or arm != answered_by
        rating = None if error else self._rate(index, prompt, response)
        incident = rating is not None and rating.incident
        stars = None if rating is None else rating.stars
        return SimulatedRequest(index, arm, answered_by, response.status_code, error, latency, stars, incident)

    def _rate(self, index: int, prompt: str, response: httpx.Response) -> Rating:
        reply = response.json()["choices"][0]["message"]["content"] or ""
        rating = rate(reply, prompt, self._lexicon, mood(self._seed, index))
        feedback = {"request_id": response.headers["x-request-id"], "rating": rating.stars, "incident": rating.incident}
        self._client.post("/v1/feedback", json=feedback).raise_for_status()
        return rating


def load_prompts(path: str | None, models: Path) -> list[str]:
    """The prompts in ``path``, else in ``prompts.jsonl`` in the models' folder, else the built-in ones.

    Raises:
        UsageError: the file is missing or empty, or a line is invalid.
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
        raise UsageError(f"rollout.prompts = {file}: has no prompt; write one per line")
    return [prompt[:_MAX_PROMPT_CHARACTERS] for prompt in prompts]


def as_row(request: SimulatedRequest) -> dict[str, Any]:
    """The request as a dictionary."""
    return asdict(request)


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]


def _prompt(file: Path, number: int, line: str) -> str:
    try:
        value = json.loads(line)
        prompt = value["prompt"] if "prompt" in value else _first_user_message(value["messages"])
    except (ValueError, KeyError, TypeError, StopIteration):
        raise UsageError(f"{file}: line {number} needs a field prompt, or messages with one from the user") from None
    return str(prompt)


def _first_user_message(messages: Sequence[dict[str, str]]) -> str:
    return next(message["content"] for message in messages if message["role"] == "user")


def _pick(seed: int, kind: str, index: int, count: int) -> int:
    digest = hashlib.sha256(f"{seed}\0{kind}\0{index}".encode()).digest()
    return int.from_bytes(digest[:8], "big") % count
