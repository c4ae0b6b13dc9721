"""Encoding of conversations as tokens, with a loss mask; packing and blocks."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from attune.errors import RunError

_OPEN_ROWS = 16
# How a model folder is loaded: its weights without its code, and only from a format that cannot hold any.
WEIGHTS_ALONE: Mapping[str, bool] = {"trust_remote_code": False, "use_safetensors": True}


@dataclass(frozen=True)
class Encoded:
    """Tokens of one sequence. ``learned`` is the loss mask; ``starts`` are the positions where packed texts begin."""

    tokens: list[int]
    learned: list[bool]
    starts: tuple[int, ...] = (0,)

    @property
    def weight(self) -> int:
        """Number of tokens in the loss; the first token is never predicted."""
        return sum(self.learned[1:])


def reply_spans(tokenizer: Any, messages: Sequence[Mapping[str, str]]) -> tuple[str, list[tuple[int, int]]]:
    """A conversation rendered with the tokenizer's chat template, and the character spans of the assistant's replies.

    A reply spans from the end of the generation prompt to the end of its turn, end token included: what the model has to
    generate.

    Raises:
        RunError: the template changes earlier turns when later ones are added (a few templates strip them).
    """
    text: str = tokenizer.apply_chat_template(messages, tokenize=False)
    spans = []
    for position, message in enumerate(messages):
        if message["role"] != "assistant" or position == 0:
            continue
        before: str = tokenizer.apply_chat_template(messages[:position], tokenize=False, add_generation_prompt=True)
        through: str = tokenizer.apply_chat_template(messages[: position + 1], tokenize=False)
        if not (text.startswith(through) and through.startswith(before)):
            raise RunError(
                f"the chat template of the base model changes earlier turns at turn {position + 1}, so replies cannot be "
                "located; set train.base_model to a model whose template only appends turns"
            )
        spans.append((len(before), len(through)))
    return text, spans


def encode_conversation(tokenizer: Any, messages: Sequence[Mapping[str, str]], context: Collection[int] = ()) -> Encoded:
    """A conversation as tokens; only the assistant's are in the loss, without the messages at the positions ``context``."""
    text, spans = reply_spans(tokenizer, messages)
    replies = [place for place, message in enumerate(messages) if message["role"] == "assistant" and place > 0]
    spans = [span for place, span in zip(replies, spans, strict=True) if place not in context]
    encoded = tokenizer(text, add_special_tokens=False, return_offsets_mapping=True, verbose=False)
    learned = [False] * len(encoded["input_ids"])
    for position, (start, end) in enumerate(encoded["offset_mapping"]):
        learned[position] = any(low <= start and end <= high for low, high in spans)
    return Encoded(list(encoded["input_ids"]), learned)


def cut(encoded: Encoded, length: int) -> list[Encoded]:
    """Windows of at most ``length`` tokens, in order; those without a token in the loss are dropped."""
    windows = [
        Encoded(encoded.tokens[start : start + length], encoded.learned[start : start + length])
        for start in range(0, len(encoded.tokens), length)
    ]
    return [window for window in windows if window.weight]


def pack(sequences: Iterable[Encoded], length: int) -> list[Encoded]:
    """Pack sequences into rows of at most ``length`` tokens; ``starts`` marks where each begins, for the attention mask.

    First fit among the 16 newest rows, so the work is linear in the number of sequences.
    The first token of a packed sequence is not in the loss, because the text before it is unrelated.
    """
    rows: list[Encoded] = []
    for sequence in sequences:
        newest = range(max(0, len(rows) - _OPEN_ROWS), len(rows))
        fitting = next((index for index in newest if len(rows[index].tokens) + len(sequence.tokens) <= length), None)
        if fitting is None:
            rows.append(sequence)
            continue
        row = rows[fitting]
        learned = [False, *sequence.learned[1:]]
        rows[fitting] = Encoded(row.tokens + sequence.tokens, row.learned + learned, (*row.starts, len(row.tokens)))
    return rows


def blocks(texts: Iterable[Sequence[int]], length: int, count: int) -> list[Encoded]:
    """At most ``count`` blocks of ``length`` tokens cut from the concatenated texts; every token is in the loss.

    If the texts do not fill one block, the result is one short block.
    """
    made: list[Encoded] = []
    pending: list[int] = []
    for tokens in texts:
        pending.extend(tokens)
        while len(pending) >= length and len(made) < count:
            made.append(Encoded(pending[:length], [True] * length))
            del pending[:length]
        if len(made) >= count:
            return made
    if not made and len(pending) > 1:
        made.append(Encoded(pending, [True] * len(pending)))
    return made


def encode_pair(
    tokenizer: Any, messages: Sequence[Mapping[str, str]], rejected: str, length: int
) -> tuple[Encoded, Encoded] | None:
    """The chosen and the rejected last reply after the same prompt; None when the conversation does not end with a reply.

    Only the last reply is in the loss. Sequences longer than ``length`` tokens are truncated from the left.
    """
    if not messages or messages[-1]["role"] != "assistant" or len(messages) < 2:
        return None
    both = []
    for reply in (messages[-1]["content"], rejected):
        conversation = [*messages[:-1], {"role": "assistant", "content": reply}]
        text, spans = reply_spans(tokenizer, conversation)
        start = spans[-1][0]
        encoded = tokenizer(text, add_special_tokens=False, return_offsets_mapping=True, verbose=False)
        learned = [low >= start for low, _ in encoded["offset_mapping"]]
        both.append(Encoded(list(encoded["input_ids"])[-length:], learned[-length:]))
    return both[0], both[1]
