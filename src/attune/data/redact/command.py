"""Redacts files and streams of text line by line, for ``attune redact``."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from attune.core.errors import UsageError
from attune.core.params import RedactParams
from attune.data.redact.redactor import redactor_of
from attune.data.redact.types import Finding, Result


@dataclass(frozen=True)
class Redacted:
    """One redacted unit: a text or a conversation, as it came and as it goes."""

    before: list[str]
    output: str
    result: Result


def redact_file(file: Path, params: RedactParams, seed: int = 17) -> Iterator[Redacted]:
    """Redact a file: JSON Lines with ``messages``, ``text`` or ``content`` record by record, anything else as one text.

    Raises:
        UsageError: the file is missing or no UTF-8, or a line of a ``.jsonl`` file is no JSON object.
    """
    try:
        text = file.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise UsageError(f"{file}: no such file") from None
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{file}: cannot be read as UTF-8 text ({type(error).__name__})") from None
    if file.suffix in {".jsonl", ".ndjson"}:
        yield from redact_lines(text.splitlines(), params, seed, str(file))
    else:
        yield redact_text(text, params, seed)


def redact_text(text: str, params: RedactParams, seed: int = 17) -> Redacted:
    """Redact one text as what a user wrote."""
    result = redactor_of(params, seed).redact([{"role": "user", "content": text}])
    return Redacted([text], result.messages[0]["content"], result)


def redact_lines(lines: Iterable[str], params: RedactParams, seed: int, where: str) -> Iterator[Redacted]:
    """Redact JSON Lines; each line keeps its other keys as they are."""
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            record = json.loads(line)
        except json.JSONDecodeError:
            raise UsageError(f"{where}, line {number}: is no JSON object; use a .txt name for plain text") from None
        yield _redact_record(record, params, seed, f"{where}, line {number}")


def _redact_record(record: Any, params: RedactParams, seed: int, where: str) -> Redacted:
    redactor = redactor_of(params, seed)
    if isinstance(record, dict) and isinstance(record.get("messages"), list):
        messages = [{"role": str(one["role"]), "content": str(one["content"])} for one in record["messages"]]
        result = redactor.redact(messages)
        before = [message["content"] for message in messages]
        return Redacted(before, json.dumps({**record, "messages": result.messages}, ensure_ascii=False), result)
    key = next((key for key in ("text", "content") if isinstance(record, dict) and isinstance(record.get(key), str)), None)
    if key is None:
        raise UsageError(f"{where}: needs `messages`, `text` or `content`")
    result = redactor.redact([{"role": "user", "content": record[key]}])
    return Redacted([record[key]], json.dumps({**record, key: result.messages[0]["content"]}, ensure_ascii=False), result)


def explanations(redacted: Redacted) -> Iterator[tuple[Finding, str]]:
    """Each finding with the text that it replaced: for the terminal of the person who holds the text, never for a log."""
    for finding in redacted.result.findings:
        yield finding, redacted.before[finding.message][finding.start : finding.end]
