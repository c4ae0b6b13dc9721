r"""Writes a dataset version in the formats that others train from.

==============  =====================================================================================  =======================
format          a line                                                                                 what it cannot hold
==============  =====================================================================================  =======================
``openai``      ``{"messages": [...]}``, OpenAI's fine-tuning format, its limits checked               rejected answers
``chatml``      ``{"text": "<|im_start|>user\\n…<|im_end|>\\n…"}``                                       texts with such marks
``alpaca``      ``{"instruction", "input", "output"}``, and ``system`` where there is one              more than one exchange
``preference``  ``{"prompt", "chosen", "rejected"}``, texts, or messages with ``conversational``       records without a pair
``text``        ``{"text"}``, one plain text for pretraining                                           who spoke, for sure
``parquet``     the columns of the contract, in files that ``datasets.load_dataset(folder)`` reads     nothing
==============  =====================================================================================  =======================

What a format cannot hold is left out and counted. The test split is exported only when it is asked for: what is exported is
meant to be trained on.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from attune import storage
from attune.errors import RunError, UsageError
from attune.records import shards
from attune.records.dataset import Dataset, json_line, open_dataset, weighted_messages
from attune.records.record import SPLITS, context_turns
from attune.storage.stream import StreamWriter
from attune.versions.openai_limits import OpenAiLimits, example_fault

FORMATS = ("openai", "chatml", "alpaca", "preference", "text", "parquet")
DESCRIPTION = "export.json"

_START, _END = "<|im_start|>", "<|im_end|>"
Row = Mapping[str, Any]
Line = dict[str, Any]


class _Unfit(Exception):  # noqa: N818 - a finding, caught here
    """The format cannot hold the record; says why, without its text."""


@dataclass(frozen=True)
class Options:
    """How to export.

    Attributes:
        splits: which splits.
        families: only these; empty: all.
        conversational: preference pairs as lists of messages.
        limits: of OpenAI's fine-tuning.
    """

    splits: tuple[str, ...] = ("train", "validation")
    families: tuple[str, ...] = ()
    conversational: bool = False
    limits: OpenAiLimits = field(default_factory=OpenAiLimits)


def export(version: str, output: str, form: str, options: Options | None = None) -> dict[str, Any]:
    """Export a version; returns what ``export.json`` beside the files says: format, version, files, what was left out.

    Raises:
        UsageError: no such format, split or family.
        RunError: a limit of the format is broken by the export as a whole.
    """
    options = options or Options()
    if form not in FORMATS:
        raise UsageError(f"{form}: no such format; there are {', '.join(FORMATS)}")
    for split in options.splits:
        if split not in SPLITS:
            raise UsageError(f"{split}: no such split; there are {', '.join(SPLITS)}")
    dataset = open_dataset(version)
    known = dataset.manifest["counts"].get("families")
    for family in options.families if known is not None else ():
        if family not in known:
            raise UsageError(f"{family}: {version} has no such family; there are {', '.join(sorted(known))}")
    storage.remove(storage.join(output, DESCRIPTION))
    files: dict[str, dict[str, Any]] = {}
    left_out: dict[str, dict[str, int]] = {}
    for split in options.splits:
        write = _write_parquet if form == "parquet" else _write_lines
        made, reasons = write(dataset, split, output, form, options)
        files |= made
        left_out[split] = dict(sorted(reasons.items()))
    described = {
        "format": form,
        "dataset": {"name": dataset.name, "version": dataset.version, "address": dataset.address},
        "files": files,
        "left_out": left_out,
    }
    storage.write_bytes(storage.join(output, DESCRIPTION), shards.json_bytes(described))
    return described


def _write_lines(
    dataset: Dataset, split: str, output: str, form: str, options: Options
) -> tuple[dict[str, dict[str, Any]], Counter[str]]:
    name = f"{split}.jsonl"
    rows, left_out = 0, Counter[str]()
    with StreamWriter(storage.join(output, name)) as writer:
        for table in dataset.tables(split):
            for row in table.to_pylist():
                try:
                    line = _line(row, form, options)
                except _Unfit as unfit:
                    left_out[str(unfit)] += 1
                    continue
                writer.write(json_line(line))
                rows += 1
        if form == "openai":
            _check_whole(split, rows, writer.size, options.limits)
    return {name: {"rows": rows, "bytes": writer.size, "sha256": writer.sha256}}, left_out


def _check_whole(split: str, rows: int, size: int, limits: OpenAiLimits) -> None:
    if split == "train" and rows < limits.least_examples:
        raise RunError(f"openai: {rows} examples in {split}; OpenAI asks for at least {limits.least_examples}")
    if size > limits.most_bytes:
        raise RunError(
            f"openai: {split} would have {size:,} bytes, OpenAI takes files of at most {limits.most_bytes:,}; "
            "export some families at a time (--family)"
        )


def _write_parquet(
    dataset: Dataset, split: str, output: str, form: str, options: Options
) -> tuple[dict[str, dict[str, Any]], Counter[str]]:
    del form
    shard_set = dataset.split(split)
    files, left_out = {}, Counter[str]()
    for number, shard in enumerate(shard_set.shards):
        table = shard_set.read(shard)
        if options.families:
            taken = table.filter(pc.is_in(table["family"], value_set=pa.array(options.families)))
            left_out["another family"] += len(table) - len(taken)
            table = taken
        # The names by which `datasets` finds the splits.
        name = f"{split}-{number:05d}-of-{len(shard_set.shards):05d}.parquet"
        written = shards.write_shard(storage.join(output, name), table)
        files[name] = {"rows": len(table), "sha256": written.sha256, "bytes": storage.size(storage.join(output, name))}
    return files, +left_out


def _line(row: Row, form: str, options: Options) -> Line:
    if options.families and row["family"] not in options.families:
        raise _Unfit("another family")
    messages = [{"role": message["role"], "content": message["content"]} for message in row["messages"]]
    if form == "preference":
        return _preference(messages, row["rejected_response"], conversational=options.conversational)
    if form == "openai":
        fault = example_fault(messages, options.limits)
        if fault:
            raise _Unfit(fault)
        return {"messages": weighted_messages(row)}
    if context_turns(row.get("tags")):
        raise _Unfit("an answer in it is only context, which the format cannot say")
    return _FORMS[form](messages)


def _chatml(messages: list[dict[str, str]]) -> Line:
    if any(mark in message["content"] for message in messages for mark in (_START, _END)):
        raise _Unfit("the text holds a mark of ChatML")
    return {"text": "".join(f"{_START}{message['role']}\n{message['content']}{_END}\n" for message in messages)}


def _alpaca(messages: list[dict[str, str]]) -> Line:
    system, question, answer = _exchange(messages)
    return {"instruction": question, "input": "", "output": answer} | ({"system": system} if system else {})


def _exchange(messages: Sequence[Mapping[str, str]]) -> tuple[str, str, str]:
    """System prompt, question and answer of a conversation that is one exchange."""
    system = [message["content"] for message in messages if message["role"] == "system"]
    rest = [message for message in messages if message["role"] != "system"]
    if [message["role"] for message in rest] != ["user", "assistant"] or len(system) > 1:
        raise _Unfit("is not one question and one answer")
    return (system[0] if system else ""), rest[0]["content"], rest[1]["content"]


def _preference(messages: list[dict[str, str]], rejected: str | None, *, conversational: bool) -> Line:
    if rejected is None:
        raise _Unfit("has no rejected answer")
    if messages[-1]["role"] != "assistant":
        raise _Unfit("does not end with an answer")
    if conversational:
        answers = [[{"role": "assistant", "content": text}] for text in (messages[-1]["content"], rejected)]
        return {"prompt": messages[:-1], "chosen": answers[0], "rejected": answers[1]}
    system, question, answer = _exchange(messages)
    return {"prompt": question, "chosen": answer, "rejected": rejected} | ({"system": system} if system else {})


def _plain(messages: list[dict[str, str]]) -> Line:
    """A text that was said by nobody stays as it is; of a conversation every turn begins with who speaks."""
    if len(messages) == 1:
        return {"text": messages[0]["content"]}
    return {"text": "\n\n".join(f"{message['role'].capitalize()}: {message['content']}" for message in messages)}


_FORMS: Mapping[str, Callable[[list[dict[str, str]]], Line]] = {"chatml": _chatml, "alpaca": _alpaca, "text": _plain}
