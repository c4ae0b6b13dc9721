"""Measures redaction on labelled text: what is masked, found under its own type, flagged wrongly; and how fast."""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from attune.config.params import RedactParams
from attune.errors import UsageError
from attune.redaction.gold_types import canonical, is_claimed
from attune.redaction.redactor import redactor_of
from attune.redaction.types import Finding, Known


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
    """Labelled texts from JSON Lines (text, spans of start, end, type) or from the JSON of presidio-research (full_text, …).

    Raises:
        UsageError: the file is missing, holds neither form, or a span does not lie in its text.
    """
    try:
        content = file.read_text(encoding="utf-8-sig")
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
    at = 1
    try:
        if content.lstrip().startswith("["):
            return list(json.loads(content))
        rows = []
        # lines end where JSON Lines say they do: a text may hold other characters that Python takes for line ends
        for line in content.split("\n"):
            if line.strip():
                rows.append(json.loads(line))
            at += 1
    except json.JSONDecodeError as error:
        raise UsageError(f"{file}, line {max(at, error.lineno)}: is neither JSON Lines nor a JSON list ({error.msg})") from None
    return rows


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
    combines recall and precision, recall counting twice. A record leaks when a labelled span of a type that redaction claims
    (``gold_types``) is not masked; ages, titles, nationalities and dates are counted as the others, but are no leak.
    """
    redactor = redactor_of(params, seed)
    redactor.redact([{"role": "user", "content": "Warm the tables up, Xanadra."}])
    started = time.perf_counter()
    results = redactor.redact_many([([{"role": "user", "content": case.text}], Known()) for case in cases])
    seconds = max(time.perf_counter() - started, 1e-9)
    support, masked, recalled = Counter[str](), Counter[str](), Counter[str]()
    flagged, right = Counter[str](), Counter[str]()
    leaks = wrong = words = 0
    for case, result in zip(cases, results, strict=True):
        findings = result.findings
        words += len(case.text.split())
        leaked = False
        for gold in case.spans:
            hits = [finding for finding in findings if _overlap(gold, finding)]
            support[gold.type] += 1
            masked[gold.type] += bool(hits)
            recalled[gold.type] += any(finding.type == canonical(gold.type) for finding in hits)
            leaked |= not hits and is_claimed(gold.type)
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
    ours = canonical(kind)
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
    labelled = {canonical(kind) for kind in support}
    return sorted(support | Counter({kind: 1 for kind in flagged if kind not in labelled}))


def _overlap(gold: Gold, finding: Finding) -> bool:
    return finding.start < gold.end and gold.start < finding.end
