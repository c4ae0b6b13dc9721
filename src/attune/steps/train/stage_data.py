"""Training and validation data of a stage: selected records, encoded, at most as many as its steps can use."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from attune.config.train import StageParams
from attune.modeling.curriculum import load_records, selected_ids, shuffled
from attune.modeling.encoding import Encoded, blocks, cut, encode_conversation, encode_pair, pack
from attune.records.record import context_turns
from attune.steps.train.job import TrainingJob

_SHORT_TEXT = 32  # tokens; few texts are shorter, so this bounds how many texts fill a row
Messages = list[dict[str, str]]
Conversation = tuple[Messages, str | None, frozenset[int]]  # messages, the rejected answer, positions of context turns


@dataclass(frozen=True)
class StageData:
    """Encoded items of a stage. ``records`` counts the records read; ``notes`` go into the report."""

    train: list[Any]
    validation: list[Any]
    records: int
    notes: tuple[str, ...]

    def batch(self, step: int, size: int, seed: int) -> list[Any]:
        """The items of an optimizer step; they depend on its number alone, so a resumed run sees the same ones."""
        items = []
        for place in range(step * size, (step + 1) * size):
            epoch, index = divmod(place, len(self.train))
            items.append(self.train[_order(len(self.train), seed, epoch)[index]])
        return items


def read_stage_data(job: TrainingJob, tokenizer: Any) -> StageData:
    """Select, read and encode the records of a stage."""
    needed = job.stage.steps * job.params.batch_size
    texts_per_row = max(1, job.params.context_length // _SHORT_TEXT)
    limit = needed * (texts_per_row if job.stage.phase == "pretraining" or job.params.packing else 1)
    ids = shuffled(selected_ids(job.dataset, "train", job.stage), job.seed, job.name)[:limit]
    train = _encode(job, tokenizer, _conversations(job, "train", ids), needed)
    stage, notes = job.stage, []
    validation_ids = selected_ids(job.dataset, "validation", stage)
    if not validation_ids and stage.phase != "preference":
        stage = StageParams(phase=stage.phase)
        validation_ids = selected_ids(job.dataset, "validation", stage)
        if validation_ids:
            notes.append("The validation split has no record that this stage selects; the validation loss is over all records")
    chosen = shuffled(validation_ids, job.seed, "validation")[: job.params.validation_records]
    validation = _encode(job, tokenizer, _conversations(job, "validation", chosen), job.params.validation_records)
    if not validation:
        notes.append("There is no validation record; the last checkpoint is used as the best one")
    return StageData(train, validation, len(ids), tuple(notes))


def training_texts(dataset: str, seed: int, count: int) -> Iterator[str]:
    """Messages of at most ``count`` training records, for training a tokenizer."""
    ids = shuffled(selected_ids(dataset, "train", StageParams(phase="pretraining")), seed, "tokenizer")[:count]
    for record in load_records(dataset, "train", ids, ["messages"]):
        for message in record["messages"]:  # type: ignore[attr-defined]
            yield message["content"]


def _conversations(job: TrainingJob, split: str, ids: Sequence[str]) -> list[Conversation]:
    records = load_records(job.dataset, split, ids, ["messages", "rejected_response", "tags"])
    return [
        (record["messages"], record["rejected_response"], context_turns(record["tags"]))  # type: ignore[misc, arg-type]
        for record in records
    ]


def _encode(job: TrainingJob, tokenizer: Any, conversations: list[Conversation], count: int) -> list[Any]:
    length = job.params.context_length
    if job.stage.phase == "preference":
        pairs = (encode_pair(tokenizer, messages, str(rejected), length) for messages, rejected, _ in conversations)
        return [pair for pair in pairs if pair is not None][:count]
    if job.stage.phase == "pretraining":
        # Every token of a block is learned, so a conversation with an answer that must not be is left out.
        return blocks((_templated(tokenizer, messages) for messages, _, context in conversations if not context), length, count)
    windows: list[Encoded] = []
    for messages, _, context in conversations:
        windows.extend(cut(encode_conversation(tokenizer, messages, context), length))
    return (pack(windows, length) if job.params.packing else windows)[:count]


def _templated(tokenizer: Any, messages: Messages) -> list[int]:
    """A conversation in the model's chat template, as tokens, with an end token appended where it is missing."""
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
