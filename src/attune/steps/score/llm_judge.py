"""The LLM judge: a language model rates coherence and empathy instead of the offline scorer.

Rating is separate from scoring. Before the step, :func:`ask` requests a rating for every record that no filter leaves out and
stores the answers in the ledger (:mod:`attune.llm.ledger`). The step only looks them up, so its workers need neither network
nor keys, its result depends only on the ledger, and a threshold can change without new requests. Only redacted text is sent;
records whose redaction awaits a review are not sent.
"""

from __future__ import annotations

import functools
import hashlib
import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from attune.config.params import LlmParams, ScoreParams
from attune.errors import RunError, UsageError
from attune.llm.client import Answer, ChatClient, ask_all, find_kept
from attune.llm.ledger import Ledger
from attune.llm.prompts import Prompt, load_prompt
from attune.llm.protocol import ChatRequest
from attune.records.record import provenance
from attune.records.shards import ShardSet
from attune.runtime.progress import Progress
from attune.steps.score.conversation_columns import Floats, to_columns
from attune.steps.score.filters import filters

COLUMNS = ("messages", "pii_status", "family", "tags")
_SCALE = 10  # the prompt rates from 0 to 10
_RATED = ("coherence", "empathy")
_SHOWN_EVERY = 20
_BITS = 256


def ask(inputs: Sequence[ShardSet], params: ScoreParams, llm: LlmParams, progress: Progress | None = None) -> str:
    """Request a rating for every record that no filter leaves out and that has none yet.

    Returns:
        A digest of all ratings; it changes when any rating changes.

    Raises:
        RunError: the budget is spent, or too many requests were not answered; received answers are kept.
        UsageError: the prompt, a provider or its key is wrong.
    """
    prompt = judge_prompt(params, llm)
    client = ChatClient(llm, "score")
    total = sum(item.rows for item in inputs)
    counts: Counter[str] = Counter()
    digest = 0

    def note(request: ChatRequest, answer: Answer) -> None:
        nonlocal digest
        counts[answer.status] += 1
        said = json.dumps([request.key(llm.providers[0]), answer.status, answer.value, answer.model], sort_keys=True)
        digest += int.from_bytes(hashlib.sha256(said.encode()).digest())  # a sum, because answers arrive in any order
        if progress and counts.total() % _SHOWN_EVERY == 0:
            progress.update(counts.total(), total, "rated by the judge")

    def unknown() -> Iterator[ChatRequest]:
        for table in (table for item in inputs for table in item.tables(COLUMNS)):
            reasons = filters_of(table, params)
            requests = [request_of(prompt, messages) for messages in _unfiltered(table, reasons)]
            for request, answer in zip(requests, find_kept(client.ledger, llm, requests), strict=True):
                if answer is None:
                    yield request
                else:
                    note(request, answer)

    ask_all(client, unknown(), note)
    if counts["unanswered"] > llm.max_unanswered * counts.total():
        raise RunError(
            f"score: the judge did not answer {counts['unanswered']} of {counts.total()} requests, more than "
            f"llm.max_unanswered = {llm.max_unanswered:g}; the answers are kept in {llm.cache}, run again to continue"
        )
    return f"{digest % (1 << _BITS):064x}"


def filters_of(table: pa.Table, params: ScoreParams) -> list[str | None]:
    """The filter that leaves out each row of a table, or None."""
    columns = to_columns(table.column("messages"))
    statuses, families, tags = (table.column(name).to_pylist() for name in ("pii_status", "family", "tags"))
    return filters(columns, statuses, families, tags, params)


class JudgeRatings:
    """The judge's ratings of a batch, from the ledger.

    Attributes:
        coherence: coherence of each row, 0 to 1; NaN where there is no rating.
        empathy: empathy of each row, 0 to 1; NaN where there is no rating.
        statuses: ``answered``, ``refused``, ``invalid``, ``unanswered``, or ``not_asked`` (a filter leaves the row out).
        made_by: prompt and model of each rated row; None for the others.
    """

    def __init__(self, table: pa.Table, reasons: Sequence[str | None], params: ScoreParams, llm: LlmParams) -> None:
        prompt = judge_prompt(params, llm)
        requests = [request_of(prompt, messages) for messages in _unfiltered(table, reasons)]
        ledger = Ledger(llm.cache)
        try:
            found = iter(find_kept(ledger, llm, requests))
        finally:
            ledger.close()
        answers = [None if reason else next(found) or Answer("unanswered") for reason in reasons]
        self.coherence = _ratings(answers, "coherence")
        self.empathy = _ratings(answers, "empathy")
        self.statuses = ["not_asked" if answer is None else answer.status for answer in answers]
        self.made_by = [
            f"judged by {prompt.label} with {answer.model}" if answer and answer.status == "answered" else None
            for answer in answers
        ]

    def with_provenance(self, column: pa.ChunkedArray) -> pa.Array:
        """The provenance of the rows, with prompt and model where the judge made a part of the score."""
        rows = [
            provenance(row["origin"], row["locator"], f"{row['made_by']}; {made_by}") if made_by else row
            for row, made_by in zip(column.to_pylist(), self.made_by, strict=True)
        ]
        return pa.array(rows, column.type)


def request_of(prompt: Prompt, messages: Sequence[Mapping[str, str]]) -> ChatRequest:
    """The request for one conversation: its turns as JSON, so that no text can end its own quotation."""
    turns = [{"role": message["role"], "content": message["content"]} for message in messages if message["role"] != "system"]
    conversation = json.dumps({"turns": turns}, ensure_ascii=False)
    return ChatRequest(
        tuple(prompt.messages(conversation=conversation)),
        prompt.name,
        prompt.output,
        prompt.parameters.temperature,
        prompt.parameters.max_tokens,
    )


def judge_prompt(params: ScoreParams, llm: LlmParams) -> Prompt:
    """The judge's prompt.

    Raises:
        UsageError: the prompt does not exist, or rates something else or on another scale.
    """
    prompt = load_prompt(params.judge_prompt, llm.prompts)
    properties = prompt.output.get("properties", {})
    for name in _RATED:
        rated = properties.get(name, {})
        if rated.get("type") not in ("integer", "number") or (rated.get("minimum"), rated.get("maximum")) != (0, _SCALE):
            raise UsageError(
                f"score.judge_prompt = {params.judge_prompt}: its output must rate {' and '.join(_RATED)}, each a number with "
                f"minimum 0 and maximum {_SCALE}; {name} is not"
            )
    return prompt


@functools.lru_cache(maxsize=8)
def prompt_label(name: str, folder: str | None) -> str:
    """Name, version and hash of a prompt."""
    return load_prompt(name, folder).label


def _unfiltered(table: pa.Table, reasons: Sequence[str | None]) -> list[list[dict[str, Any]]]:
    kept = pa.array([reason is None for reason in reasons], pa.bool_())
    return list(table.column("messages").filter(kept).to_pylist())


def _ratings(answers: Sequence[Answer | None], name: str) -> Floats:
    return np.array(
        [answer.value[name] / _SCALE if answer and answer.status == "answered" else np.nan for answer in answers], np.float64
    )
