"""The evidence of redaction on a page: every number of it can be found, and its words follow from the numbers."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from attune.config.params import RedactParams
from attune.redaction.canaries import failed_redaction_gates, upper_bound
from attune.redaction.redactor import redact_conversations
from attune.redaction.report import preparation_numbers, redaction_blocks
from attune.redaction.types import Known
from attune.reporting.page import write_report
from attune.reporting.report import Report
from attune.runtime.engine import MapResult
from attune.runtime.step import Stats, merge_stats

TEXTS = [
    "we argued again",
    "told Priyanka about it",
    "call me at 415-555-0132",
    "my boss at Harlow Systems is kind",
    "it was a long day",
]


@pytest.fixture(scope="module")
def stats() -> Stats:
    rows = [(f"r{at}", [{"role": "user", "content": TEXTS[at % 5]}], Known()) for at in range(300)]
    params = RedactParams(canary_rate=1.0, rescan_rate=0.2)
    return redact_conversations(rows, params, 17)[1]


def result_of(redaction: Stats) -> MapResult:
    stats: Stats = {"redaction": redaction, "families": {"chat": {"kept": 300}}, "pii_status": redaction.get("statuses", {})}
    return MapResult(300, 300, {}, {}, stats, 1, 0, None)


def page(redaction: Stats, folder: Path) -> dict[str, str]:
    """What stands on the page, by the keys that scripts find it by."""
    result = result_of(redaction)
    report = Report("extract", "Extraction", "300 records.", None, preparation_numbers(result), redaction_blocks(result))
    write_report(str(folder), report)
    content = (folder / "report.html").read_text(encoding="utf-8")
    found: dict[str, str] = {}
    for tag in re.findall(r"<[^>]*data-key=[^>]*>", content):
        key, value = (re.search(rf'data-{name}="([^"]*)"', tag) for name in ("key", "value"))
        if key and value:
            found[key.group(1)] = value.group(1)
    return found


def with_outcomes(stats: Stats, *, survived: int, held: int, limit: str) -> dict[str, Any]:
    """The same run, in which some planted signatures were not replaced."""
    name = "PERSON/signature"
    planted = {**stats["canaries"]["planted"], name: 10_000}
    found = {**planted, name: 10_000 - survived - held}
    empty = dict.fromkeys(planted, 0)
    canaries = {
        "planted": planted,
        "found": found,
        "held": {**empty, name: held},
        "survived": {**empty, name: survived},
        "limit": {limit: 300},
    }
    return {**stats, "canaries": canaries}


def test_the_page_accounts_for_every_planted_identity_by_kind(stats: Stats, tmp_path: Path) -> None:
    found = page(stats, tmp_path)
    kinds = {name.split("/")[0] for name in stats["canaries"]["planted"]}
    assert {key.split("/")[1] for key in found if key.startswith("canaries/")} == {*kinds, "all kinds"}
    for kind in (*kinds, "all kinds"):
        numbers = [int(found[f"canaries/{kind}/{column}"]) for column in ("planted", "gone", "held", "survived")]
        assert numbers[0] == sum(numbers[1:])
    assert int(found["canaries/all kinds/planted"]) == 300


def test_the_page_says_who_looked_what_was_found_and_how_much_was_read_again(stats: Stats, tmp_path: Path) -> None:
    found = page(stats, tmp_path)
    assert found["recognizers/name model/records"] == "300"
    assert found["recognizers/NER/records"] == "0"
    assert int(found["found/all types/all"]) == sum(sum(tiers.values()) for tiers in stats["found"].values())
    assert found["found/PHONE_NUMBER/pattern"] == "60"


def test_a_survivor_fails_by_default_and_is_listed_by_its_way_of_writing(stats: Stats, tmp_path: Path) -> None:
    redaction = with_outcomes(stats, survived=1, held=2, limit="0.0")
    assert failed_redaction_gates(result_of(redaction)) == ["canaries"]
    found = page(redaction, tmp_path)
    assert (found["not_gone/PERSON/signature/held"], found["not_gone/PERSON/signature/survived"]) == ("2", "1")


def test_with_a_limit_the_bound_decides_and_what_is_held_does_not_count(stats: Stats) -> None:
    assert failed_redaction_gates(result_of(with_outcomes(stats, survived=1, held=500, limit="0.001"))) == []
    assert failed_redaction_gates(result_of(with_outcomes(stats, survived=9, held=0, limit="0.001"))) == ["canaries"]
    bound = preparation_numbers(result_of(with_outcomes(stats, survived=1, held=500, limit="0.001")))["leak_rate_upper_bound"]
    planted = sum(stats["canaries"]["planted"].values()) - stats["canaries"]["planted"]["PERSON/signature"] + 10_000
    assert bound == upper_bound(1, planted)


def test_the_strictest_limit_holds_where_parts_of_a_run_differ(stats: Stats) -> None:
    loose, strict = (with_outcomes(stats, survived=1, held=0, limit=limit) for limit in ("0.5", "0.0"))
    assert failed_redaction_gates(result_of(merge_stats(loose, strict))) == ["canaries"]


def test_a_run_that_measured_nothing_says_so(stats: Stats, tmp_path: Path) -> None:
    redaction = {**stats, "canaries": {}, "rescan": {"records": 0, "disagreements": {}}, "review": {}}
    page(redaction, tmp_path)
    content = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert "the leak rate is not known" in content
    assert "No record was scanned again" in content
    assert failed_redaction_gates(result_of({})) == []


def test_the_page_tells_by_language_what_is_kept_held_and_replaced(tmp_path: Path) -> None:
    counts = {
        "en": {"records": 90, "rejected": 5, "held": 5, "persons": 4, "words": 8000},
        "tl": {"records": 10, "rejected": 0, "held": 10, "persons": 0, "words": 0},
    }
    result = result_of({})
    result.stats["by_language"] = counts
    report = Report("extract", "Extraction", "100 records.", None, preparation_numbers(result), redaction_blocks(result))
    assert report.numbers["by_language"] == counts
    write_report(str(tmp_path), report)
    content = (tmp_path / "report.html").read_text(encoding="utf-8")
    table = content[content.index("Redaction by language") :]
    row = [re.sub(r"<[^>]+>", "", cell) for cell in re.findall(r"<t[dh][^>]*>.*?</t[dh]>", table)]
    at = row.index("en")
    assert row[at : at + 7] == ["en", "90", "80", "5", "5.6%", "8,000", "0.5"]
    at = row.index("tl")
    assert row[at : at + 7] == ["tl", "10", "0", "10", "100.0%", "0", "0.0"]
