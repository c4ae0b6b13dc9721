"""What a stage learns from and is measured on: records of the dataset as encoded items, no more than its steps can use."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from attune.config.train import StageParams
from attune.modeling.curriculum import load_records, selected_ids, shuffled
from attune.modeling.encoding import Encoded, blocks, cut, encode_conversation, encode_pair, pack
from attune.steps.train.job import Job

_SHORT_TEXT = 32  # tokens; texts are rarely shorter, so this many a text are enough to know how many to read
Messages = list[dict[str, str]]


@dataclass(frozen=True)
class Material:
    """Items of a stage. ``records`` counts what was read, ``notes`` says what a person should know of it."""

    train: list[Any]
    validation: list[Any]
    records: int
    notes: tuple[str, ...]

    def batch(self, step: int, size: int, seed: int) -> list[Any]:
        """The items of an optimizer step: a function of its number, so a resumed run sees the same ones."""
        items = []
        for place in range(step * size, (step + 1) * size):
            epoch, index = divmod(place, len(self.train))
            items.append(self.train[_order(len(self.train), seed, epoch)[index]])
        return items


def read_material(job: Job, tokenizer: Any) -> Material:
    """Choose, read and encode the records of a stage."""
    needed = job.stage.steps * job.params.batch_size
    texts_a_row = max(1, job.params.context_length // _SHORT_TEXT)
    limit = needed * (texts_a_row if job.stage.phase == "pretraining" or job.params.packing else 1)
    ids = shuffled(selected_ids(job.dataset, "train", job.stage), job.seed, job.name)[:limit]
    train = _encode(job, tokenizer, _conversations(job, "train", ids), needed)
    stage, notes = job.stage, []
    validation_ids = selected_ids(job.dataset, "validation", stage)
    if not validation_ids and stage.phase != "preference":
        stage = StageParams(phase=stage.phase)
        validation_ids = selected_ids(job.dataset, "validation", stage)
        if validation_ids:
            notes.append("No validation record is of this stage's kind: validation loss is over all kinds")
    chosen = shuffled(validation_ids, job.seed, "validation")[: job.params.validation_records]
    validation = _encode(job, tokenizer, _conversations(job, "validation", chosen), job.params.validation_records)
    if not validation:
        notes.append("Nothing to validate on: the last checkpoint counts as the best")
    return Material(train, validation, len(ids), tuple(notes))


def training_texts(dataset: str, seed: int, count: int) -> Iterator[str]:
    """Contents of at most ``count`` training records, message by message: what a tokenizer is made from."""
    ids = shuffled(selected_ids(dataset, "train", StageParams(phase="pretraining")), seed, "tokenizer")[:count]
    for record in load_records(dataset, "train", ids, ["messages"]):
        for message in record["messages"]:  # type: ignore[attr-defined]
            yield message["content"]


def _conversations(job: Job, split: str, ids: Sequence[str]) -> list[tuple[Messages, str | None]]:
    records = load_records(job.dataset, split, ids, ["messages", "rejected_response"])
    return [(record["messages"], record["rejected_response"]) for record in records]  # type: ignore[misc]


def _encode(job: Job, tokenizer: Any, conversations: list[tuple[Messages, str | None]], count: int) -> list[Any]:
    length = job.params.context_length
    if job.stage.phase == "preference":
        pairs = (encode_pair(tokenizer, messages, str(rejected), length) for messages, rejected in conversations)
        return [pair for pair in pairs if pair is not None][:count]
    if job.stage.phase == "pretraining":
        return blocks((_plain(tokenizer, messages) for messages, _ in conversations), length, count)
    windows: list[Encoded] = []
    for messages, _ in conversations:
        windows.extend(cut(encode_conversation(tokenizer, messages), length))
    return (pack(windows, length) if job.params.packing else windows)[:count]


def _plain(tokenizer: Any, messages: Messages) -> list[int]:
    """A conversation as the model will meet it, in its chat template, with an end mark after texts that lack one."""
    text = tokenizer.apply_chat_template(messages, tokenize=False)
    tokens: list[int] = tokenizer(text, add_special_tokens=False, verbose=False)["input_ids"]
    if tokens and tokens[-1] != tokenizer.eos_token_id:
        tokens = [*tokens, tokenizer.eos_token_id]
    return tokens


@functools.lru_cache(maxsize=4)
def _order(size: int, seed: int, epoch: int) -> list[int]:
    import torch

    generator = torch.Generator().manual_seed(seed * 1_000_003 + epoch)
    order: list[int] = torch.randperm(size, generator=generator).tolist()
    return order
