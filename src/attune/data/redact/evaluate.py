# ruff: noqa: E501 - expressions and word lists stay on the line where they can be read as one
"""Measures redaction on labelled text: what is masked, found under its own type, flagged wrongly; and how fast."""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from attune.core.errors import UsageError
from attune.core.params import RedactParams
from attune.data.redact.redactor import redactor_of
from attune.data.redact.types import Finding

# What other sets call our types; a type not listed here is compared by its own name.
_SAME = {
    "PER": "PERSON", "NAME": "PERSON", "FIRST_NAME": "PERSON", "LAST_NAME": "PERSON", "FULL_NAME": "PERSON", "USERNAME": "SOCIAL_HANDLE",
    "EMAIL": "EMAIL_ADDRESS", "PHONE": "PHONE_NUMBER", "TELEPHONE": "PHONE_NUMBER", "ADDRESS": "STREET_ADDRESS", "ZIP_CODE": "STREET_ADDRESS",
    "POSTAL_ADDRESS": "STREET_ADDRESS", "ZIPCODE": "STREET_ADDRESS", "STREET": "STREET_ADDRESS", "GPE": "LOCATION", "LOC": "LOCATION",
    "CITY": "LOCATION", "ORG": "ORGANIZATION", "COMPANY": "ORGANIZATION", "EMPLOYER": "ORGANIZATION", "WORKPLACE": "ORGANIZATION",
    "IBAN": "IBAN_CODE", "CARD": "CREDIT_CARD", "CREDIT_CARD_NUMBER": "CREDIT_CARD", "SSN": "US_SSN", "IP": "IP_ADDRESS", "IPV4": "IP_ADDRESS",
    "IPV6": "IP_ADDRESS", "MAC": "MAC_ADDRESS", "DOMAIN_NAME": "URL", "DOMAIN": "URL", "LINK": "URL", "HANDLE": "SOCIAL_HANDLE",
    "SOCIAL_MEDIA": "SOCIAL_HANDLE", "DOB": "DATE_OF_BIRTH", "BIRTH_DATE": "DATE_OF_BIRTH", "COORDINATES": "GEO_COORDINATES", "GEO": "GEO_COORDINATES",
    "US_PASSPORT": "PASSPORT", "PASSPORT_NUMBER": "PASSPORT", "PLATE": "LICENSE_PLATE", "SECRET": "API_KEY", "TOKEN": "API_KEY",
    "DRIVER_LICENSE": "US_DRIVER_LICENSE", "US_BANK_NUMBER": "ACCOUNT_NUMBER", "BANK_ACCOUNT": "ACCOUNT_NUMBER", "RECORD_NUMBER": "ACCOUNT_NUMBER",
    "ID_NUMBER": "NATIONAL_ID", "US_ITIN": "US_SSN", "UK_NINO": "NATIONAL_ID", "UK_NHS": "NATIONAL_ID", "ES_NIF": "NATIONAL_ID", "ES_NIE": "NATIONAL_ID",
}  # fmt: skip


@dataclass(frozen=True)
class Gold:
    """A labelled span."""

    start: int
    end: int
    type: str


@dataclass(frozen=True)
class Case:
    """A labelled text."""

    text: str
    spans: tuple[Gold, ...]


def read_cases(file: Path) -> list[Case]:
    """Labelled texts from JSON Lines (text, spans of start, end, type) or from presidio-research's JSON (a list of full_text, …).

    Raises:
        UsageError: the file is missing, holds neither form, or a span does not lie in its text.
    """
    try:
        content = file.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise UsageError(f"{file}: no such dataset; give an existing file with --dataset") from None
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{file}: cannot be read as UTF-8 text ({type(error).__name__})") from None
    rows = _rows(content, file)
    cases = [_case(row, f"{file}, record {number}") for number, row in enumerate(rows, start=1)]
    if not cases:
        raise UsageError(f"{file}: holds no records")
    return cases


def _rows(content: str, file: Path) -> list[Any]:
    try:
        if content.lstrip().startswith("["):
            return list(json.loads(content))
        return [json.loads(line) for line in content.splitlines() if line.strip()]
    except json.JSONDecodeError as error:
        raise UsageError(f"{file}, line {error.lineno}: is neither JSON Lines nor a JSON list ({error.msg})") from None


def _case(row: Any, where: str) -> Case:
    if not isinstance(row, dict):
        raise UsageError(f"{where}: must be an object with text and spans, found {type(row).__name__}")
    text = row.get("text", row.get("full_text"))
    spans = row.get("spans")
    if not isinstance(text, str) or not isinstance(spans, list):
        raise UsageError(
            f"{where}: needs `text` (or `full_text`) and a list `spans`; it has {', '.join(sorted(row)) or 'no keys'}"
        )
    return Case(text, tuple(_gold(span, len(text), where) for span in spans))


def _gold(span: Any, length: int, where: str) -> Gold:
    if not isinstance(span, dict):
        raise UsageError(f"{where}: a span must be an object, found {type(span).__name__}")
    start, end = (span.get(name, span.get(f"{name}_position")) for name in ("start", "end"))
    kind = span.get("type", span.get("entity_type"))
    if not isinstance(start, int) or not isinstance(end, int) or not isinstance(kind, str):
        raise UsageError(f"{where}: a span needs start, end and type (or start_position, end_position and entity_type)")
    if not 0 <= start < end <= length:
        raise UsageError(f"{where}: span {start} to {end} does not lie in a text of {length} characters")
    return Gold(start, end, kind)


def evaluate(cases: Sequence[Case], params: RedactParams, seed: int = 17) -> dict[str, Any]:
    """Redact each text by itself, knowing nothing of its people, and compare with its labels.

    Per type: ``masked`` is the share of labelled spans that any redaction overlaps (what protects a person), ``recall`` by a
    redaction of the same type; ``precision`` is the share of redactions of that type that overlap any labelled span; ``f2``
    combines recall and precision, recall counting twice. A record leaks when one of its labelled spans is not masked.
    """
    redactor = redactor_of(params, seed)
    redactor.redact([{"role": "user", "content": "Warm the tables up, Xanadra."}])
    started = time.perf_counter()
    found = [redactor.redact([{"role": "user", "content": case.text}]).findings for case in cases]
    seconds = max(time.perf_counter() - started, 1e-9)
    support, masked, recalled = Counter[str](), Counter[str](), Counter[str]()
    flagged, right = Counter[str](), Counter[str]()
    leaks = wrong = words = 0
    for case, findings in zip(cases, found, strict=True):
        words += len(case.text.split())
        leaked = False
        for gold in case.spans:
            hits = [finding for finding in findings if _overlap(gold, finding)]
            support[gold.type] += 1
            masked[gold.type] += bool(hits)
            recalled[gold.type] += any(finding.type == _canonical(gold.type) for finding in hits)
            leaked |= not hits
        leaks += leaked
        for finding in findings:
            hit = any(_overlap(gold, finding) for gold in case.spans)
            flagged[finding.type] += 1
            right[finding.type] += hit
            wrong += not hit
    return {
        "types": {kind: _figures(kind, support, masked, recalled, flagged, right) for kind in _kinds(support, flagged)},
        "records": len(cases),
        "records_with_leak_per_1000": round(1000 * leaks / len(cases), 3),
        "false_flags_per_1000_words": round(1000 * wrong / max(words, 1), 3),
        "records_per_second": round(len(cases) / seconds, 1),
    }


def _figures(
    kind: str, support: Counter[str], masked: Counter[str], recalled: Counter[str], flagged: Counter[str], right: Counter[str]
) -> dict[str, float]:
    ours = _canonical(kind)
    count = support[kind]
    recall = recalled[kind] / count if count else 0.0
    precision = right[ours] / flagged[ours] if flagged[ours] else 0.0
    return {
        "support": count,
        "masked": round(masked[kind] / count, 4) if count else 0.0,
        "recall": round(recall, 4),
        "precision": round(precision, 4),
        "f2": round(5 * precision * recall / (4 * precision + recall), 4) if recall else 0.0,
    }


def _kinds(support: Counter[str], flagged: Counter[str]) -> Iterable[str]:
    """The types of the labels, and those of ours that were flagged and that no label stands for."""
    labelled = {_canonical(kind) for kind in support}
    return sorted(support | Counter({kind: 1 for kind in flagged if kind not in labelled}))


def _canonical(kind: str) -> str:
    return _SAME.get(kind.upper(), kind.upper())


def _overlap(gold: Gold, finding: Finding) -> bool:
    return finding.start < gold.end and gold.start < finding.end
