"""Real input: 1,482 therapist answers with HTML, phone numbers, links and signatures.

The file is found through ATTUNE_COUNSEL_CHAT (the file or its folder) or beside the repository in shared/data/counsel-chat.
"""

from __future__ import annotations

import csv
import re
from collections import Counter
from pathlib import Path

import pytest
from counsel_chat import counsel_chat_file
from product_sample import KEY, REPOSITORY, all_text, rows_of

from attune.config.params import IngestParams, RedactParams, RunParams, ScoreParams
from attune.records.shards import open_set
from attune.redaction.help_lines import help_lines
from attune.reporting.report import Report
from attune.runtime import engine
from attune.runtime.step import Context
from attune.steps.ingest.step import ingest
from attune.steps.score import step as score_step

TAGS = re.compile(r"</?(?:p|br|div|span|font|ul|li|a|b|i)\b[^>]*>")
E_MAIL = re.compile(r"[\w.+-]+@[\w-]+\.(?:com|org|net)")
PHONE = re.compile(r"(?<![\d-])\(?\d{3}\)?[-. ]\d{3}[-. ]\d{4}(?!\d)")

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def file() -> Path:
    return counsel_chat_file()


@pytest.fixture(scope="module")
def source(file: Path) -> list[dict[str, str]]:
    csv.field_size_limit(1 << 28)
    with file.open(encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle))


@pytest.fixture(scope="module")
def ingested(file: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Report]:
    output = tmp_path_factory.mktemp("ingested")
    params = IngestParams(families=str(REPOSITORY / "sources" / "families.yaml"))
    context = Context(subject_key=KEY, workers=2)
    return output, ingest([str(file)], str(output), params, context, redact=RedactParams(), run=RunParams(shard_rows=400))


def test_every_answer_is_accounted_for_with_a_reason(source: list[dict[str, str]], ingested: tuple[Path, Report]) -> None:
    output, report = ingested
    kept, rejected = rows_of(output), rows_of(output / "rejected")
    assert len(kept) + len(rejected) == len(source) == 1_482
    assert report.rows is not None
    assert report.rows.rejected == Counter(row["reason"] for row in rejected)
    nobody_asked = [row for row in source if not (row["questionTitle"] + row["questionText"]).strip()]
    assert report.rows.rejected["empty_question"] == len(nobody_asked) == 2


def test_the_text_is_what_a_reader_would_see(ingested: tuple[Path, Report]) -> None:
    output, _ = ingested
    for row in rows_of(output):
        for message in row["messages"]:
            assert not TAGS.search(message["content"])
            assert "&nbsp;" not in message["content"]
            assert "base64" not in message["content"]


def test_no_therapist_signs_with_a_name_and_no_contact_but_help_lines_is_left(
    source: list[dict[str, str]], ingested: tuple[Path, Report]
) -> None:
    output, _ = ingested
    everything = "\n".join(all_text(output))
    names = {row["therapistName"].split(",")[0].strip() for row in source}
    assert [name for name in names if " " in name and re.search(rf"\b{re.escape(name)}\b", everything, re.IGNORECASE)] == []
    assert not E_MAIL.search(everything)
    texts = [message["content"] for row in rows_of(output) for message in row["messages"]]
    for text in texts:
        contacts = [match.span() for match in (*PHONE.finditer(text), *re.finditer(r"https?\S*\w", text))]
        kept = help_lines().places(text) if contacts else []  # public crisis services stay
        assert all(any(first <= start and end <= last for first, last in kept) for start, end in contacts)


def test_answers_to_one_question_are_one_conversation(source: list[dict[str, str]], ingested: tuple[Path, Report]) -> None:
    output, _ = ingested
    rows = rows_of(output) + rows_of(output / "rejected")
    assert len({row["conversation_id"] for row in rows}) == len({row["questionID"] for row in source})
    assert {row["license"] for row in rows} == {"MIT"}
    assert {row["subject_id"] for row in rows} == {None}


def test_the_scores_keep_a_good_part_and_say_why_the_others_are_left_out(ingested: tuple[Path, Report], tmp_path: Path) -> None:
    inputs = [open_set(str(ingested[0]))]
    prepared = score_step.prepare(inputs, ScoreParams())
    context = engine.with_reference_time(Context(workers=2), inputs)
    job = engine.MapJob("score", score_step.score, prepared, context, str(tmp_path))
    result = engine.run_map(job, engine.shard_units(inputs))
    assert 0.3 < result.kept / result.rows_in < 0.9
    assert result.rejected["flagged_for_review"] > sum(result.rejected.values()) / 2
    assert "stale_low_quality" not in result.rejected  # the file has no dates
    assert result.quarantined == {}
