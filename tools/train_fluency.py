"""Trains the table of :mod:`attune.steps.score.fluency`.

    python tools/train_fluency.py counselchat-data.csv

The training texts are the questions and answers of the counsel-chat data (MIT license) whose question id hashes to an even
number; the odd half is used to measure the scorer. The table holds counts of pairs of word classes and a list of words. The
result is deterministic and takes seconds.
"""

from __future__ import annotations

import base64
import csv
import json
import math
import re
import sys
import zlib
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from attune.steps.score.conversation_columns import columns_from_lists
from attune.steps.score.fluency import FILE, RARE_STEM, SCALE, class_of, classes
from attune.text.markup import html_to_text

_COMMON = 240
_KNOWN_COUNT = 2
_SMOOTHING = 30.0
_LOWER_CASE = re.compile(r"(?<!\w)[a-z]+(?:'[a-z]+)*")


def rows(file: Path, half: int) -> list[dict[str, str]]:
    """The answers of one half of the questions (0: even, for training; 1: odd, for measuring), without markup."""
    csv.field_size_limit(1 << 28)
    with file.open(encoding="utf-8", newline="") as handle:
        found = [row for row in csv.DictReader(handle) if zlib.crc32(row["questionID"].encode()) % 2 == half]
    for row in found:
        row["question"] = f"{row['questionTitle']} {row['questionText']}".strip()
        row["answer"] = html_to_text(row["answerText"]).strip()
    return [row for row in found if row["answer"] and row["question"] and len(row["answer"]) < 20_000]


def train(texts: Sequence[str]) -> dict[str, str]:
    """The table, as it is saved, trained on texts."""
    columns = columns_from_lists([[{"role": "user", "content": text}] for text in texts])
    spoken = Counter([columns.vocabulary[code] for code in columns.word.tolist()])
    ordered = sorted(spoken, key=lambda word: (-spoken[word], word))
    common = {word: index for index, word in enumerate([word for word in ordered if "zz" not in word][:_COMMON])}
    lower = set(_LOWER_CASE.findall(" ".join(texts).replace("’", "'")))  # names are never in lower case, so they are not kept
    known = sorted(word for word, count in spoken.items() if count >= _KNOWN_COUNT and word in lower)
    size = classes(len(common))
    codes = columns.of_word(lambda word: class_of(word, common, frozenset(known)))
    first = np.flatnonzero(columns.message[1:] == columns.message[:-1])
    pairs = np.bincount(codes[first] * size + codes[first + 1], minlength=size * size).reshape(size, size).astype(np.float64)
    share = (pairs.sum(axis=0) + 0.5) / (pairs.sum() + 0.5 * size)
    given = (pairs + _SMOOTHING * share) / (pairs.sum(axis=1, keepdims=True) + _SMOOTHING)
    scores = np.clip(np.round(np.log2(given / share) * SCALE), -127, 127).astype(np.int8)
    return {
        "common": " ".join(common),
        "known": base64.b64encode(zlib.compress(" ".join(known).encode(), 9)).decode(),
        "stems": " ".join(f"{stem}:{weight}" for stem, weight in _stems(texts)),
        "scores": base64.b64encode(zlib.compress(scores.tobytes(), 9)).decode(),
    }


def _stems(texts: Sequence[str]) -> list[tuple[str, int]]:
    """Stems that at least one text in ninety uses, with their inverse document frequency."""
    documents = Counter(
        stem for text in texts for stem in {word[:5] for word in _LOWER_CASE.findall(text.lower())} if len(stem) > 2
    )
    weights = {stem: math.log((len(texts) + 1) / (count + 1)) for stem, count in documents.items()}
    return sorted((stem, round(weight * SCALE)) for stem, weight in weights.items() if weight < RARE_STEM)


def main() -> None:
    """Write the table."""
    found = rows(Path(sys.argv[1]), 0)
    questions = sorted({row["question"] for row in found})
    FILE.write_text(json.dumps(train(questions + [row["answer"] for row in found]), indent=0) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
