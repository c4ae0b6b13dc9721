"""Records for tests of the dataset steps: made by hand, by Hypothesis, or by the thousand."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
from hypothesis import strategies as st

from attune.config.vocabulary import CATEGORIES, QUALITY_PARTS
from attune.records.record import content_hash, provenance, record_id, to_table
from attune.records.shards import ShardSet, ShardSetWriter

AS_OF = datetime(2026, 10, 31, 12, tzinfo=UTC)
WORDS = [
    f"{first}{second}"
    for first in [
        "ba",
        "be",
        "bi",
        "bo",
        "bu",
        "da",
        "de",
        "di",
        "do",
        "du",
        "ka",
        "ke",
        "ki",
        "ko",
        "ku",
        "la",
        "le",
        "li",
        "lo",
        "lu",
    ]
    for second in [
        "ban",
        "ben",
        "bin",
        "bon",
        "bun",
        "dan",
        "den",
        "din",
        "don",
        "dun",
        "kan",
        "ken",
        "kin",
        "kon",
        "kun",
        "lan",
        "len",
        "lin",
        "lon",
        "lun",
        "man",
        "men",
        "min",
        "mon",
        "mun",
    ]
]


def make_record(number: int, text: str | Sequence[str], **changes: Any) -> dict[str, Any]:
    """A scored record; ``text`` is one exchange's answer, or all contents in turn."""
    contents = [f"question {number}", text] if isinstance(text, str) else list(text)
    messages = [{"role": ("user", "assistant")[place % 2], "content": content} for place, content in enumerate(contents)]
    record = {
        "record_id": record_id("tests", str(number)),
        "messages": messages,
        "rejected_response": None,
        "family": "product",
        "category": CATEGORIES[number % len(CATEGORIES)],
        "source": "user_generated",
        "subject_id": f"user_{number}",
        "conversation_id": f"conversation_{number}",
        "scenario": "communication",
        "relationship_stage": "dating",
        "complexity": 1 + number % 5,
        "language": "en",
        "created_at": AS_OF - timedelta(hours=number),
        "signals": None,
        "tags": [],
        "pii_status": "redacted",
        "review_reasons": [],
        "quality_score": 7.0 + number % 4 * 0.5,
        "quality_parts": dict.fromkeys(QUALITY_PARTS, 0.5),
        "cluster_id": None,
        "split": None,
        "license": "LicenseRef-proprietary",
        "provenance": provenance("tests", str(number), "extract"),
    }
    record.update(changes)
    record.setdefault("content_hash", content_hash(record["messages"]))
    return record


def random_text(generator: random.Random, words: int) -> str:
    """Text of ``words`` words drawn from 500."""
    return " ".join(generator.choices(WORDS, k=words))


def edited(generator: random.Random, text: str, edits: int) -> str:
    """``text`` with ``edits`` words replaced."""
    words = text.split()
    for place in generator.sample(range(len(words)), min(edits, len(words))):
        words[place] = generator.choice(WORDS)
    return " ".join(words)


def record_stream(
    count: int, seed: int = 0, words: tuple[int, int] = (40, 160), duplicates: float = 0.15
) -> list[dict[str, Any]]:
    """``count`` records, of which a share are exact or edited copies of earlier ones."""
    generator = random.Random(seed)
    texts: list[str] = []
    records = []
    for number in range(count):
        if texts and generator.random() < duplicates:
            text = edited(generator, generator.choice(texts), generator.choice((0, 1, 1, 2, 3, 4, 6, 9)))
        else:
            text = random_text(generator, generator.randint(*words))
        texts.append(text)
        records.append(make_record(number, ["what now", text], subject_id=f"user_{number // 3}"))
    return records


def people(count: int, each: int, seed: int = 0, words: int = 40, **changes: Any) -> list[dict[str, Any]]:
    """``each`` conversations of each of ``count`` people, with random replies; another seed gives other people."""
    generator = random.Random(seed)
    return [
        make_record(
            number,
            ["hello", random_text(generator, words)],
            subject_id=f"user_{seed}_{number // each}",
            conversation_id=f"conversation_{seed}_{number}",
            record_id=f"r_{seed}_{number}",
            **changes,
        )
        for number in range(count * each)
    ]


def write_set(folder: Path, records: Sequence[dict[str, Any]], shard_rows: int = 500) -> str:
    """Write records as a shard set and return its URI."""
    with ShardSetWriter(str(folder), "score", to_table([]).schema, shard_rows, AS_OF) as writer:
        for first in range(0, len(records), shard_rows):
            writer.write(to_table(list(records[first : first + shard_rows])))
    return str(folder)


def rows(shard_set: ShardSet) -> list[dict[str, Any]]:
    """All rows of a shard set."""
    tables = list(shard_set.tables())
    return pa.concat_tables(tables).to_pylist() if tables else []


def files(folder: Path | str) -> dict[str, bytes]:
    """Every file below a folder by its path in it."""
    root = Path(folder)
    return {file.relative_to(root).as_posix(): file.read_bytes() for file in sorted(root.rglob("*")) if file.is_file()}


def shingles(record: dict[str, Any], length: int = 3) -> frozenset[tuple[str, ...]]:
    """Word n-grams of what was said, by the plainest code: an oracle for texts of lower-case ASCII words."""
    words = " ".join(message["content"] for message in record["messages"] if message["role"] != "system").split()
    return frozenset(zip(*(words[place:] for place in range(length)), strict=False))


def similarity(left: frozenset[tuple[str, ...]], right: frozenset[tuple[str, ...]]) -> float:
    """Jaccard similarity."""
    return len(left & right) / len(left | right) if left or right else 0.0


@st.composite
def record_lists(draw: st.DrawFn, most: int = 40) -> list[dict[str, Any]]:
    """Some records with exact copies, edited copies, short texts, missing scores and shared people."""
    generator = random.Random(draw(st.integers(0, 2**32)))
    records: list[dict[str, Any]] = []
    for number in range(draw(st.integers(0, most))):
        kind = draw(st.sampled_from(["new", "new", "copy", "edit", "short"])) if records else "new"
        if kind in {"new", "short"}:
            text = random_text(generator, 3 if kind == "short" else generator.randint(20, 60))
        else:
            text = draw(st.sampled_from(records))["messages"][-1]["content"]
            text = edited(generator, text, draw(st.integers(1, 6))) if kind == "edit" else text
        records.append(
            make_record(
                number,
                ["what now", text],
                quality_score=draw(st.sampled_from([None, 7.0, 7.5, 9.0])),
                subject_id=draw(st.sampled_from([None, "user_a", "user_b", "user_c", "user_d"])),
                family=draw(st.sampled_from(["product", "sarcasm", "voice_persona"])),
                source=draw(st.sampled_from(["user_generated", "synthetic", "expert_curated"])),
            )
        )
    return records
