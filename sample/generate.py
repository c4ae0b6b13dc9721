"""Writes the whole sample: database, families, truth and key, each complete or not at all."""

from __future__ import annotations

import gc
import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TextIO

from attune import storage
from attune.errors import UsageError
from attune.runtime.progress import Progress
from sample.database import copy_to_postgres, write_sqlite, written_whole
from sample.families import write_families
from sample.rows import UserRows, all_users

DATABASE, FAMILIES, TRUTH, KEY = "product.db", "families", "truth.jsonl", "subject.key"
DEFAULT_CONVERSATIONS, DEFAULT_SEED = 4_000, 17


@dataclass
class SampleSummary:
    """What was written.

    Attributes:
        rows: rows by table of the product database.
        families: records by family.
        planted: lines of truth by kind.
    """

    rows: Counter[str] = field(default_factory=Counter)
    families: Counter[str] = field(default_factory=Counter)
    planted: Counter[str] = field(default_factory=Counter)

    @property
    def conversations(self) -> int:
        """Conversations in the product database."""
        return self.rows["conversations"]


def generate(
    output: Path, conversations: int = DEFAULT_CONVERSATIONS, seed: int = DEFAULT_SEED, progress: Progress | None = None
) -> SampleSummary:
    """Write the sample product into a folder; the same arguments give the same bytes.

    Args:
        output: folder, made when it is missing; files of an earlier sample are replaced.
        conversations: how many conversations the product database gets.
        seed: another seed gives other people and other texts.
        progress: told of the conversations written.

    Raises:
        UsageError: ``conversations`` is not positive.
        RunError: the folder cannot be written.
    """
    _check(conversations)
    output = Path(output)
    summary = SampleSummary()
    with (
        _no_search_for_cycles(),
        written_whole(output / TRUTH) as truth_path,
        truth_path.open("w", encoding="utf-8", newline="\n") as truth,
    ):
        users = _counted(all_users(conversations, seed), conversations, summary, progress, truth)
        write_sqlite(output / DATABASE, users)
        for family, lines in write_families(output / FAMILIES, seed):
            summary.families[family] += lines.records
            _write_truth(truth, lines.truth, summary)
    storage.write_bytes(str(output / KEY), demo_key(seed))
    return summary


def write_postgres(
    url: str, conversations: int = DEFAULT_CONVERSATIONS, seed: int = DEFAULT_SEED, progress: Progress | None = None
) -> SampleSummary:
    """Write the rows that `generate` would write into an empty PostgreSQL database.

    Raises:
        UsageError: ``conversations`` is not positive, the server does not answer, or the tables exist already.
        RunError: the server stopped the load; nothing of it was kept.
    """
    _check(conversations)
    summary = SampleSummary()
    with _no_search_for_cycles():
        copy_to_postgres(url, _counted(all_users(conversations, seed), conversations, summary, progress, None))
    return summary


def demo_key(seed: int) -> bytes:
    """The key for subject tokens of the demo: derived from the seed, so good for nothing but the sample."""
    return hashlib.sha256(f"attune sample subject key {seed}".encode()).hexdigest().encode() + b"\n"


@contextmanager
def _no_search_for_cycles() -> Iterator[None]:
    """Millions of rows hold no reference cycle; looking for one would take a seventh of the time."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def _counted(
    users: Iterable[UserRows], total: int, summary: SampleSummary, progress: Progress | None, truth: TextIO | None
) -> Iterator[UserRows]:
    for user in users:
        for table, rows in user.tables.items():
            if rows:
                summary.rows[table] += len(rows)
        if truth is not None:
            _write_truth(truth, user.truth, summary)
        yield user
        if progress is not None:
            progress.update(summary.conversations, total)
    if progress is not None:
        progress.update(summary.conversations, total, finished=True)


def _write_truth(truth: TextIO, lines: Iterable[dict[str, Any]], summary: SampleSummary) -> None:
    for line in lines:
        summary.planted[line["kind"]] += 1
        truth.write(json.dumps(line, ensure_ascii=False) + "\n")


def _check(conversations: int) -> None:
    if conversations < 1:
        raise UsageError(f"--conversations {conversations}: must be at least 1")
