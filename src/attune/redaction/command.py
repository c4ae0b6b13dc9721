"""Redacts documents piece by piece for ``attune redact``, with what the names of columns and keys tell of their values."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from io import TextIOWrapper
from pathlib import Path
from typing import IO, Any

from attune.config.params import RedactParams
from attune.redaction import rescan
from attune.redaction.document_keys import is_plain_key, possible_name, words_of_key
from attune.redaction.documents import Field, Format, Piece, format_of, open_document, pieces
from attune.redaction.redactor import redactor_of
from attune.redaction.types import Finding, Known, Result

# Columns whose name says what their cells hold: field of Known -> names of columns.
_COLUMNS = {
    "others": "name full_name first_name last_name firstname lastname surname given_name family_name nickname contact person",
    "emails": "email e_mail mail email_address",
    "phones": "phone phone_number mobile cell telephone tel fax",
    "addresses": "address street street_address postal_address home_address",
    "employers": "employer company workplace organization organisation",
    "schools": "school university college",
    "cities": "city town hometown",
}  # fmt: skip
_FIELD_OF = {column: field for field, columns in _COLUMNS.items() for column in columns.split()}
_LONGEST_CELL = 200


@dataclass(frozen=True)
class Redacted:
    """One redacted piece: its position in the document, its original texts, what to write, and the result."""

    where: str
    before: tuple[str, ...]
    output: str
    result: Result


def redact_document(
    file: Path | None, params: RedactParams, seed: int = 17, kind: Format | None = None, *, look_again: bool = False
) -> Iterator[Redacted]:
    """Redact a file, or standard input where there is none, piece by piece.

    Args:
        file: text, Markdown, JSON, JSON Lines, CSV or TSV, packed with gzip or not; None: standard input.
        params: how names are found.
        seed: of the run.
        kind: the document's format; None: by the file's name.
        look_again: scan each result with Presidio as well; a piece in which it still finds something requires review.

    Raises:
        UsageError: the file is missing, not UTF-8, or not what its format says.
    """
    name = str(file) if file else "standard input"
    stream = open_document(file) if file else _standard_input()
    try:
        for piece in pieces(stream, kind or format_of(name), name):
            yield _redact(piece, params, seed, look_again=look_again)
    finally:
        if file:
            stream.close()


def _standard_input() -> IO[str]:
    """Standard input as UTF-8, whatever the locale says; what is no UTF-8 is refused."""
    if isinstance(sys.stdin, TextIOWrapper):
        sys.stdin.reconfigure(encoding="utf-8", errors="strict")
    return sys.stdin


def redact_text(text: str, params: RedactParams, seed: int = 17) -> Redacted:
    """Redact one text as what a user wrote."""
    return _redact(Piece("text", (Field("", text),), lambda texts: texts[0]), params, seed, look_again=False)


def _redact(piece: Piece, params: RedactParams, seed: int, *, look_again: bool) -> Redacted:
    kept = [field.is_key and is_plain_key(field.text, params.labels) for field in piece.fields]
    known = _known([field for field, plain in zip(piece.fields, kept, strict=True) if not plain])
    prefixes = [_prefix(field) for field in piece.fields]
    while True:
        contents = [
            "" if plain else prefix + field.text for field, prefix, plain in zip(piece.fields, prefixes, kept, strict=True)
        ]
        messages = [{"role": field.role, "content": text} for field, text in zip(piece.fields, contents, strict=True)]
        result = redactor_of(params, seed).redact(messages, known)
        texts = [message["content"] for message in result.messages]
        intact = [text.startswith(prefix) for text, prefix in zip(texts, prefixes, strict=True)]
        if all(intact):
            break
        # The name of a column was itself redacted: leave it out.
        prefixes = [prefix if whole else "" for prefix, whole in zip(prefixes, intact, strict=True)]
    texts = [
        field.text if plain else text[len(prefix) :]
        for text, prefix, field, plain in zip(texts, prefixes, piece.fields, kept, strict=True)
    ]
    result = replace(result, findings=tuple(_moved(finding, prefixes) for finding in result.findings))
    if look_again and (
        left := rescan.kinds_left([{"role": "user", "content": text} for text in texts], own_help_lines=params.help_lines)
    ):
        reasons = (*result.review_reasons, *(f"rescan_{seen.lower()}" for seen in left))
        result = replace(result, pii_status="requires_review", review_reasons=reasons)
    return Redacted(piece.where, tuple(field.text for field in piece.fields), piece.written(texts), result)


def _moved(finding: Finding, prefixes: list[str]) -> Finding:
    shift = len(prefixes[finding.message])
    return replace(finding, start=max(0, finding.start - shift), end=finding.end - shift)


def _prefix(field: Field) -> str:
    """What a column says before its cell: "ssn: 219099921" is found where the digits alone would not be."""
    short = field.label and field.text.strip() and len(field.text) <= _LONGEST_CELL and "\n" not in field.text
    return f"{words_of_key(field.label)}: " if short and re.search(r"\d|@", field.text) else ""


def _known(fields: Sequence[Field]) -> Known:
    """What the columns, and keys that may be names, say of the people in this piece."""
    values: dict[str, list[str]] = {}
    for field in fields:
        if field.is_key and (name := possible_name(field.text)):
            values.setdefault("others", []).append(name)
        column = _FIELD_OF.get(words_of_key(field.label).replace(" ", "_"))
        if column and field.text.strip() and len(field.text) <= _LONGEST_CELL:
            values.setdefault(column, []).append(field.text.strip())
    named: dict[str, Any] = {column: tuple(texts) for column, texts in values.items()}
    return Known(**named)


def explanations(redacted: Redacted) -> Iterator[tuple[Finding, str]]:
    """Each finding with the text that it replaced: to show to the owner of the text; never write it to a log."""
    for finding in redacted.result.findings:
        yield finding, redacted.before[finding.message][finding.start : finding.end]
