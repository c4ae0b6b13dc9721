"""A small sample product, its truth, and what the steps wrote of it, read back without the code under test."""

from __future__ import annotations

import hashlib
import hmac
import json
import re
import sqlite3
from base64 import b32encode
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from attune.config.params import ExtractParams, RedactParams, RunParams
from attune.reporting.page import write_report
from attune.reporting.report import Report
from attune.runtime.step import Context
from attune.steps.extract.step import extract

REPOSITORY = Path(__file__).parents[2]
SOURCES = REPOSITORY / "sources"
KEY = b"c4d81f6a0b97e3525d8c1ea7f4b06392e8157ad0c3b9f64e21d7a05b8c9f36e4"
RUN = RunParams(shard_rows=100)


def token(kind: str, identifier: str) -> str:
    """HMAC-SHA-256, first 120 bits in base32: stated a second time."""
    digest = hmac.new(KEY, f"{kind}\0{identifier}".encode(), hashlib.sha256).digest()
    return f"{kind}_{b32encode(digest[:15]).decode().lower()}"


def run_extract(database: str, output: Path, workers: int = 1, run: RunParams = RUN, **params: Any) -> Report:
    """Extract with the repository's SQL files and write the report, as the runner does."""
    redact = params.pop("redact", RedactParams())
    values = {"sources": str(SOURCES), **params}
    context = Context(subject_key=KEY, workers=workers)
    report = extract(database, str(output), ExtractParams(**values), context, redact=redact, run=run)
    write_report(str(output), report)
    return report


def rows_of(folder: Path) -> list[dict[str, Any]]:
    """Every row of the Parquet files directly in a folder."""
    return [row for part in sorted(folder.glob("part-*.parquet")) for row in pq.read_table(part).to_pylist()]


def bytes_of(folder: Path) -> dict[str, bytes]:
    """Every file below a folder but the engine's own notes."""
    files = (file for file in sorted(folder.rglob("*")) if file.is_file())
    return {str(file.relative_to(folder)): file.read_bytes() for file in files if ".commits" not in file.parts}


def all_text(folder: Path) -> Iterator[str]:
    """Everything that any file of an output holds, compressed Parquet pages opened."""
    for file in folder.rglob("*"):
        if not file.is_file():
            continue
        if file.suffix == ".parquet":
            yield json.dumps(pq.read_table(file).to_pylist(), ensure_ascii=False, default=str)
        else:
            yield file.read_text(encoding="utf-8", errors="replace")


def truth_of(folder: Path) -> list[dict[str, Any]]:
    """The planted truth."""
    return [json.loads(line) for line in (folder / "truth.jsonl").read_text(encoding="utf-8").splitlines()]


def refused_users(database: Path) -> set[str]:
    """Who must never be read."""
    with sqlite3.connect(database) as connection:
        return {user for (user,) in connection.execute("SELECT user_id FROM users WHERE consent != 'granted'")}


def conversations_of(database: Path) -> dict[str, tuple[str, list[tuple[str, str | None]]]]:
    """Conversation or answered check-in -> user, and the messages in order."""
    found: dict[str, tuple[str, list[tuple[str, str | None]]]] = {}
    messages: dict[str, list[tuple[str, str | None]]] = defaultdict(list)
    with sqlite3.connect(database) as connection:
        for conversation, role, content in connection.execute(
            "SELECT conversation_id, role, content FROM messages ORDER BY conversation_id, position"
        ):
            messages[conversation].append((role, content))
        for conversation, user in connection.execute("SELECT conversation_id, user_id FROM conversations"):
            found[conversation] = (user, messages[conversation])
        for check_in, user, *texts in connection.execute(
            "SELECT check_in_id, user_id, prompt, reflection, reply FROM check_ins WHERE reply IS NOT NULL"
        ):
            found[check_in] = (user, list(zip(("assistant", "user", "assistant"), texts, strict=True)))
    return found


@cache
def whole_word(text: str) -> re.Pattern[str]:
    """``text`` as a word of its own, in any case."""
    return re.compile(rf"(?<!\w){re.escape(text)}(?!\w)", re.IGNORECASE)
