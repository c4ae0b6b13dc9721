"""The held-out conversations to score, and how long replies are split to fit into a model's context."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from attune.errors import RunError
from attune.modeling.curriculum import load_records, shuffled
from attune.modeling.encoding import reply_spans
from attune.records.dataset import open_dataset

Messages = list[dict[str, str]]


@dataclass(frozen=True)
class Document:
    """A held-out conversation. ``group`` is its person where known, else the conversation; groups are resampled."""

    record_id: str
    family: str
    group: str
    messages: Messages


@dataclass(frozen=True)
class ReplyPiece:
    """A reply, or a part of one too long for the context; ``tokens`` are those of the evaluated model's tokenizer."""

    document: int
    reply_index: int
    context: str
    reply: str
    tokens: int


def sample_documents(dataset: str, count: int, seed: int) -> list[Document]:
    """At most ``count`` conversations with a reply from the test split, chosen by a hash of seed and record id.

    Raises:
        RunError: the test split has no conversation with a reply.
    """
    ids: list[str] = []
    for table in open_dataset(dataset).tables("test", ["record_id", "messages"]):
        rows = zip(table["record_id"].to_pylist(), table["messages"].to_pylist(), strict=True)
        ids.extend(name for name, messages in rows if _has_reply(messages))
    chosen = shuffled(ids, seed, "evaluate")[:count]
    if not chosen:
        raise RunError(
            f"{dataset}: the test split has no conversation with a reply; compile the dataset with a larger compile.test_share"
        )
    records: list[dict[str, Any]] = load_records(dataset, "test", chosen, ["family", "subject_id", "messages"])
    return [
        Document(row["record_id"], row["family"], row["subject_id"] or row["record_id"], row["messages"]) for row in records
    ]


def pieces(tokenizer: Any, documents: Sequence[Document], replies: int, context_length: int) -> list[ReplyPiece]:
    """The last ``replies`` replies of each document (0: all), split where they are longer than half the context.

    A piece's context is everything before it; lm-eval truncates it from the left where it does not fit.
    """
    made = []
    for index, document in enumerate(documents):
        text, spans = reply_spans(tokenizer, document.messages)
        for number, (start, end) in list(enumerate(spans))[-replies if replies else 0 :]:
            start = len(text[:start].rstrip())  # as lm-eval does: white space before a reply belongs to it
            for low, high in _spans(tokenizer, text, start, end, context_length // 2):
                made.append(
                    ReplyPiece(index, number, text[:low], text[low:high], _count(tokenizer, text[:low], text[low:high]))
                )
    return made


def _spans(tokenizer: Any, text: str, start: int, end: int, limit: int) -> list[tuple[int, int]]:
    """Split text[start:end] into spans of at most ``limit`` tokens, at a space where there is one."""
    offsets = tokenizer(text[start:end], add_special_tokens=False, return_offsets_mapping=True, verbose=False)["offset_mapping"]
    found = []
    while len(offsets) > limit:
        reach = start + offsets[limit - 1][0]
        space = text.rfind(" ", start + 1, reach)
        middle = space if space > start else reach
        found.append((start, middle))
        start = middle
        part = tokenizer(text[start:end], add_special_tokens=False, return_offsets_mapping=True, verbose=False)
        offsets = part["offset_mapping"]
    return [*found, (start, end)]


def _count(tokenizer: Any, context: str, reply: str) -> int:
    whole = tokenizer(context + reply, add_special_tokens=False, verbose=False)["input_ids"]
    return len(whole) - len(tokenizer(context, add_special_tokens=False, verbose=False)["input_ids"])


def _has_reply(messages: Messages) -> bool:
    return any(message["role"] == "assistant" for message in messages[1:])
