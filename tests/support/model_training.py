"""A small dataset version, and one real training and evaluation of it that the tests of several rooms share."""

from __future__ import annotations

import random
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from record_factory import make_record, write_set

from attune import storage
from attune.config.evaluate import EvaluateParams
from attune.config.train import StageParams, TinyParams, TrainParams
from attune.records.dataset import FORMAT, MANIFEST, content_address
from attune.records.record import SCHEMA_VERSION
from attune.records.shards import json_bytes
from attune.runtime.step import Context

TINY = TinyParams(vocabulary=400, hidden=64, layers=2, heads=2, steps=30, learning_rate=5e-3)
PARAMS = TrainParams(
    tiny=TINY,
    stages=("continued_pretraining", "foundation", "long_running"),
    curriculum={
        "continued_pretraining": {"steps": 6, "phase": "pretraining", "weights": "full", "learning_rate": 1e-3},
        "foundation": {"steps": 30, "learning_rate": 5e-3},
    },
    context_length=96,
    save_interval=6,
    tokenizer_records=80,
    validation_records=12,
    threads=1,
)
EVALUATE = EvaluateParams(documents=24, generated_replies=4, max_new_tokens=12, context_length=96, resamples=500)

_WHO = ["my partner", "my wife", "my husband", "our son", "his mother", "her best friend"]
_WHAT = ["never listens", "forgets our plans", "wants more space", "works too late", "is angry about money"]
_FEELING = ["sad", "lonely", "tired", "hopeful", "confused"]
_ADVICE = ["ask one open question tonight", "take a walk together", "write down what you need", "set a small shared goal"]


def conversation(generator: random.Random) -> list[dict[str, str]]:
    """A short conversation from a few parts, so that a tiny model finds something to learn in seconds."""
    messages = []
    for _ in range(generator.randint(1, 3)):
        who, what, feeling = generator.choice(_WHO), generator.choice(_WHAT), generator.choice(_FEELING)
        messages.append({"role": "user", "content": f"{who} {what} and I feel {feeling}. What can I do?"})
        reply = f"You feel {feeling} because {who} {what}. You could {generator.choice(_ADVICE)}."
        messages.append({"role": "assistant", "content": reply})
    return messages


def make_records(count: int, first: int = 0, **changes: Any) -> list[dict[str, Any]]:
    """Records with conversations that follow from their numbers."""
    return [
        make_record(number, [message["content"] for message in conversation(random.Random(number))], **changes)
        for number in range(first, first + count)
    ]


def write_dataset(folder: Path, splits: dict[str, Iterable[dict[str, Any]]]) -> str:
    """A dataset version as far as training and evaluation read it."""
    files: dict[str, str] = {}
    rows = {}
    for split in ("train", "validation", "test"):
        records = [{**record, "split": split} for record in splits.get(split, ())]
        write_set(folder / split, records)
        rows[split] = len(records)
        files[f"{split}/_shards.json"] = storage.sha256_file(str(folder / split / "_shards.json"))
    manifest = {
        "format": FORMAT,
        "schema_version": SCHEMA_VERSION,
        "name": "small",
        "version": "v1_20261031",
        "address": content_address(files),
        "files": {name: {"sha256": sha256} for name, sha256 in files.items()},
        "counts": {"splits": rows},
    }
    storage.write_bytes(str(folder / MANIFEST), json_bytes(manifest))
    return str(folder)


def small_splits() -> dict[str, list[dict[str, Any]]]:
    """Product conversations in all splits, sarcasm in the test split alone."""
    return {
        "train": make_records(80),
        "validation": make_records(14, first=1_000),
        "test": [*make_records(24, first=2_000), *make_records(6, first=3_000, family="sarcasm", subject_id=None)],
    }


def stage(**values: Any) -> StageParams:
    """A stage with the given settings."""
    return StageParams(**values)


@pytest.fixture(scope="session")
def small_dataset(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The small dataset version."""
    return write_dataset(tmp_path_factory.mktemp("dataset"), small_splits())


@pytest.fixture(scope="session")
def trained(small_dataset: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What ``train`` wrote for the small dataset, through torchrun."""
    from attune.reporting.page import write_report
    from attune.steps.train.step import train

    output = tmp_path_factory.mktemp("trained")
    write_report(str(output), train(small_dataset, str(output), PARAMS, Context()))
    return output


@pytest.fixture(scope="session")
def evaluated(small_dataset: str, trained: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What ``evaluate`` wrote for the trained model, through lm-eval."""
    from attune.reporting.page import write_report
    from attune.steps.evaluate.step import evaluate

    output = tmp_path_factory.mktemp("evaluated")
    write_report(str(output), evaluate(small_dataset, str(trained), str(output), EVALUATE, Context()))
    return output
