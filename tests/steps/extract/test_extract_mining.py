"""Signals, analytics score and tags are what docs/mining.md says: stated here a second time, in fractions and in SQL."""

from __future__ import annotations

import re
import sqlite3
from collections import Counter
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from product_sample import REPOSITORY, rows_of, run_extract, token
from sample import generate

from attune.config.params import ExtractParams, RunParams
from attune.redaction import conversation_words
from attune.redaction.conversations import tenth_of
from attune.reporting.report import Report
from attune.steps.extract.mining import MEASURED_TAGS, SPOKEN_TAGS, ConversationSize, signals, tags

PARAMS = ExtractParams()
maybe = st.none() | st.floats(-0.5, 1.5)
measures = st.lists(
    st.fixed_dictionaries({"engagement": maybe, "sentiment": st.none() | st.floats(-1.5, 1.5), "follow_up_quality": maybe}),
    max_size=3,
)
activities = st.lists(st.fixed_dictionaries({"satisfaction": st.none() | st.floats(-1, 11)}), max_size=2)
votes = st.lists(
    st.fixed_dictionaries(
        {
            "rating": st.none() | st.integers(0, 6),
            "helpful": st.sampled_from([None, True, False, 0, 1]),
            "action_taken": st.sampled_from([None, True, False]),
            "outcome": st.sampled_from([None, "improved", "unchanged", "worse"]),
        }
    ),
    max_size=3,
)
sizes = st.builds(
    ConversationSize, st.integers(0, 30), st.integers(0, 15), st.integers(0, 2_000), st.integers(1, 5), st.booleans()
)


def mean(values: list[Fraction]) -> Fraction | None:
    return sum(values, Fraction(0)) / len(values) if values else None


def measured(rows: list[dict[str, Any]], name: str, low: int, high: int) -> list[Fraction]:
    return [Fraction(row[name]) for row in rows if row[name] is not None and low <= row[name] <= high]


@given(st.sampled_from(["coaching", "check_in", "reflection"]), activities, measures, votes, sizes)
def test_every_definition_of_the_page_holds(
    kind: str, done: list[dict[str, Any]], seen: list[dict[str, Any]], said: list[dict[str, Any]], size: ConversationSize
) -> None:
    conversation = {"kind": kind, "scenario": "trust", "completed": None}
    found = signals(conversation, done, seen, said, size.turns, PARAMS)
    satisfaction = mean(
        measured(done, "satisfaction", 0, 10) + [(r - 1) * Fraction(5, 2) for r in measured(said, "rating", 1, 5)]
    )
    engagement, follow_up = mean(measured(seen, "engagement", 0, 1)), mean(measured(seen, "follow_up_quality", 0, 1))
    sentiment = mean(measured(seen, "sentiment", -1, 1))
    votes_cast = [bool(row["helpful"]) for row in said if row["helpful"] is not None]
    helpfulness = mean([Fraction(vote) for vote in votes_cast])
    outcomes = [row["outcome"] for row in said if row["outcome"]]
    parts = [engagement, None if sentiment is None else (sentiment + 1) / 2, follow_up]
    known = [part for part in parts if part is not None]
    score = mean([min(Fraction(1), Fraction(size.turns, 12)), *known]) if known else None
    close = lambda value: None if value is None else pytest.approx(float(value), abs=1e-12)  # noqa: E731
    assert found == {
        "satisfaction": close(satisfaction),
        "helpfulness": close(helpfulness),
        "completed": None,
        "action_taken": any(row["action_taken"] for row in said)
        if any(row["action_taken"] is not None for row in said)
        else None,
        "positive_outcome": (outcomes[-1] == "improved") if outcomes else None,
        "engagement": close(engagement),
        "length": close(min(Fraction(1), Fraction(size.turns, 12))),
        "sentiment": close(sentiment),
        "follow_up_quality": close(follow_up),
        "analytics_score": close(score),
    }
    expected = set()
    if found["analytics_score"] is not None and found["analytics_score"] > 0.8:
        expected.add("training_candidate")
    wrote_much = size.user_characters >= 80 * max(1, size.user_messages)
    if size.turns >= 6 and (found["engagement"] >= 0.7 if found["engagement"] is not None else wrote_much):
        expected.add("high_engagement")
    liked = found["satisfaction"] is not None and found["satisfaction"] >= 8
    if liked or 2 * sum(votes_cast) > len(votes_cast) or outcomes[-1:] == ["improved"]:
        expected.add("positive_feedback")
    if size.same_scenario >= 3:
        expected.add("recurring_theme")
    if size.assessed:
        expected.add("assessed")
    if kind != "coaching":
        expected.add("check_in")
    if kind == "reflection":
        expected.add("reflection")
    assert tags(conversation, found, size, PARAMS) == sorted(expected)


def test_the_example_of_the_page_is_right() -> None:
    row = {"engagement": 0.9, "sentiment": 0.5, "follow_up_quality": None}
    for turns, candidate in ((9, False), (10, True)):
        found = signals({}, [], [row], [], turns, PARAMS)
        size = ConversationSize(turns, 5, 100, 1, False)
        assert ("training_candidate" in tags({}, found, size, PARAMS)) is candidate
    assert signals({}, [], [row], [], 9, PARAMS)["analytics_score"] == pytest.approx(0.8)


def test_the_page_names_every_tag_and_signal() -> None:
    page = (REPOSITORY / "docs" / "mining.md").read_text(encoding="utf-8")
    named = set(re.findall(r"^\| `(\w+)` \|", page, re.MULTILINE))
    assert named == {*MEASURED_TAGS, *SPOKEN_TAGS, *signals({}, [], [], [], 1, PARAMS)}


@pytest.mark.parametrize("pattern", [conversation_words.CRISIS, conversation_words.GOAL])
def test_looking_for_words_first_finds_what_the_expression_finds(pattern: re.Pattern[str]) -> None:
    heard = """I want to die. | i don't want to be here | he hit me | She threatens me | me pega | Quiero morirme
        no quiero seguir viviendo | Er schlägt mich | ich will mich umbringen | cutting my self | end my life | SUICIDAL
        selbstmordgedanken | better off without me | scared for my life | My goal is peace | I'd like to talk | we decided to
        mein Ziel | ich nehme mir vor | quiero aprender | I am trying to | nothing of it | the plan failed | self-harming
        choked me | I'm afraid of what he might do | hacerme daño | no reason to live | will er sich das Leben nehmen"""
    texts = [text.strip() for text in re.split(r"\||\n", heard)]
    exact = re.compile(pattern.pattern, re.IGNORECASE)
    assert [conversation_words.mentions(pattern, text) for text in texts] == [bool(exact.search(text)) for text in texts]
    assert any(conversation_words.mentions(pattern, text) for text in texts)


@pytest.fixture(scope="module")
def extracted(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path, Report]:
    folder = tmp_path_factory.mktemp("mining")
    generate(folder, 200, 23)
    database, output = folder / "product.db", folder / "out"
    return database, output, run_extract(str(database), output, run=RunParams(quarantine_limit=0.5))


BY_SQL = """
WITH turns AS (SELECT conversation_id, SUM(role <> 'system') AS n FROM messages GROUP BY 1),
     seen AS (SELECT conversation_id, AVG(engagement) AS e, AVG((sentiment + 1) / 2) AS s, AVG(follow_up_quality) AS f
              FROM analytics GROUP BY 1),
     theme AS (SELECT user_id, scenario, COUNT(*) AS n FROM conversations GROUP BY 1, 2)
SELECT c.conversation_id, (MIN(1.0, turns.n / 12.0) + e + s + f) / 4, e >= 0.7 AND turns.n >= 6, COALESCE(theme.n >= 3, 0)
FROM conversations c JOIN turns USING (conversation_id) LEFT JOIN seen USING (conversation_id)
LEFT JOIN theme ON theme.user_id = c.user_id AND theme.scenario = c.scenario
"""


def test_sql_over_the_sample_product_finds_the_same_scores_and_tags(extracted: tuple[Path, Path, Report]) -> None:
    database, output, _ = extracted
    records = {row["conversation_id"]: row for row in rows_of(output)}
    checked = 0
    with sqlite3.connect(database) as connection:
        for name, score, engaged, recurring in connection.execute(BY_SQL):
            record = records.get(token("conversation", name))
            if record is None or score is None:
                continue
            checked += 1
            assert record["signals"]["analytics_score"] == pytest.approx(score)
            assert ("training_candidate" in record["tags"]) == (score > 0.8)
            assert ("high_engagement" in record["tags"]) == bool(engaged)
            assert ("recurring_theme" in record["tags"]) == bool(recurring)
    assert checked > 80


def test_the_report_counts_every_tag_and_draws_the_scores(extracted: tuple[Path, Path, Report]) -> None:
    _, output, report = extracted
    rows = rows_of(output)
    assert report.numbers["tags"] == Counter(tag for row in rows for tag in row["tags"])
    assert report.numbers["analytics_scores"] == Counter(tenth_of(row["signals"]["analytics_score"]) for row in rows)
    page = (output / "report.html").read_text(encoding="utf-8")
    for tenth in range(10):
        counted = report.numbers["analytics_scores"].get(f"0.{tenth}", 0)
        assert f'data-key="numbers/analytics_scores/0.{tenth}"' in page or not counted
    assert "Analytics score" in page
