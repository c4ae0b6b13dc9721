"""The quality score and its filters: the formula stated a second time, each filter with examples, and numbers recounted."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from product_sample import rows_of
from scored_records import ASKED, GOOD_REPLY, mixed_rows, record, talk, write

from attune.config.params import ScoreParams
from attune.config.vocabulary import CATEGORIES, QUALITY_PARTS
from attune.records.record import content_hash, to_table
from attune.records.shards import open_set
from attune.reporting.report import Report
from attune.runtime import engine
from attune.runtime.step import Context
from attune.safety.harmful_advice import candidates, is_harmful
from attune.steps.score import step as score_step
from attune.steps.score.categories import category, complexity
from attune.steps.score.conversation_columns import PLACEHOLDER_WORD, columns_from_lists, to_columns
from attune.steps.score.corpus_statistics import CorpusStatistics
from attune.steps.score.filters import filtered, is_generic
from attune.steps.score.offline_scorer import rate_conversation, rate_conversations
from attune.steps.score.quality_score import attainable_parts, decide, quality_parts, quality_scores
from attune.steps.score.score_counts import MeasuredQuality
from attune.steps.score.step import PreparedScoreParams, measure

PARAMS = ScoreParams()
REPLIES = Path(__file__).parent / "replies"


def run(source: Path, output: Path, params: ScoreParams = PARAMS, workers: int = 1) -> Report:
    inputs = [open_set(str(source))]
    context = engine.with_reference_time(Context(workers=workers), inputs)
    prepared = score_step.prepare(inputs, params)
    job = engine.MapJob("score", score_step.score, prepared, context, str(output))
    result = engine.run_map(job, engine.shard_units(inputs))
    return score_step.report(result, params)


def measured(rows: list[dict[str, Any]], params: PreparedScoreParams) -> MeasuredQuality:
    table = to_table(rows)
    return measure(table, to_columns(table.column("messages")), params)


# The date


@pytest.mark.parametrize(
    ("granularity", "expected"),
    [("year", datetime(2026, 1, 1, tzinfo=UTC)), ("month", datetime(2026, 5, 1, tzinfo=UTC)), ("none", None)],
)
def test_records_leave_score_with_their_date_rounded_down_whether_kept_or_rejected(
    tmp_path: Path, granularity: str, expected: datetime | None
) -> None:
    written_at = datetime(2026, 5, 17, 9, 41, 33, 123, tzinfo=UTC)
    rows = [record(number, created_at=written_at) for number in range(6)]
    rows += [record(6, created_at=written_at, messages=talk("Hi", "No."))]
    write(tmp_path / "in", rows)
    run(tmp_path / "in", tmp_path / "out", ScoreParams(date_granularity=granularity))  # type: ignore[arg-type]
    left = [row for folder in ("out", "out/rejected") for row in rows_of(tmp_path / folder)]
    assert len(left) == 7
    assert {row["created_at"] for row in left} == {expected}


def test_only_the_placeholders_of_redaction_count_as_placeholders_and_other_words_in_brackets_as_words() -> None:
    columns = columns_from_lists([[{"role": "assistant", "content": "I told [PERSON_2], [Dave] and [NAME_1] of [EMAIL]"}]])
    assert sorted(columns.vocabulary[word] for word in columns.word) == sorted(
        ["i", "told", PLACEHOLDER_WORD, "dave", "and", "name", "of", PLACEHOLDER_WORD]
    )


# The formula


@settings(deadline=None)
@given(
    characters=st.integers(0, 300),
    turns=st.integers(0, 40),
    satisfaction=st.none() | st.floats(0, 10),
    action=st.none() | st.booleans(),
    outcome=st.none() | st.booleans(),
    coherence=st.floats(0, 1),
    empathy=st.floats(0, 1),
    rare=st.booleans(),
    unique=st.booleans(),
)
def test_with_signals_the_score_is_the_plain_sum_of_the_formula(
    characters: int, turns: int, satisfaction: float | None, action: bool | None, outcome: bool | None,
    coherence: float, empathy: float, rare: bool, unique: bool,
) -> None:  # fmt: skip
    def one(value: Any) -> Any:
        return np.array([np.nan if value is None else value])

    parts = quality_parts(
        response_characters=one(characters), turns=one(turns), satisfaction=one(satisfaction), action_taken=one(action is True),
        positive_outcome=one(outcome is True), coherence=one(coherence), empathy=one(empathy), underrepresented=one(rare),
        unique=one(unique), params=PARAMS,
    )  # fmt: skip
    # In half points: engagement 2+2+2, outcome 3+3, content 2+2, diversity 2+2.
    halves = 0
    halves += 2 if characters > 50 else 0
    halves += 2 if turns >= 3 else 0
    halves += 2 if (satisfaction if satisfaction is not None else -1) >= 8 else 0
    halves += 3 if action is True else 0
    halves += 3 if outcome is True else 0
    halves += 2 if coherence >= 0.8 else 0
    halves += 2 if empathy >= 0.7 else 0
    halves += 2 if rare else 0
    halves += 2 if unique else 0
    assert tuple(parts) == QUALITY_PARTS
    assert quality_scores(parts, np.array([True]), [()])[0] == halves / 2
    assert 0 <= halves <= 20


@settings(deadline=None)
@given(st.sets(st.sampled_from(QUALITY_PARTS)), st.booleans(), st.sampled_from(["books", "sarcasm"]))
def test_without_signals_what_a_family_cannot_have_is_not_missed(earned: set[str], has_turns: bool, family: str) -> None:
    points = {"action_taken": 1.5, "positive_outcome": 1.5}
    parts = {name: np.array([points.get(name, 1.0) * (name in earned)]) for name in QUALITY_PARTS}
    attainable = attainable_parts(family, has_turns=has_turns, params=PARAMS)
    (score,) = quality_scores(parts, np.array([False]), [attainable])
    can = ["response_length", "coherence"] + ["turns"] * has_turns + ["empathy"] * (family == "books")
    share = len([name for name in can if name in earned]) / len(can)
    diversity = len(earned & {"underrepresented_scenario", "unique_context"})
    assert score == pytest.approx(8 * share + diversity, abs=1e-3)
    assert 0 <= score <= 10


@settings(deadline=None)
@given(st.floats(0, 10), st.none() | st.floats(0, 2000))
def test_the_thresholds_part_kept_review_and_low(score: float, age: float | None) -> None:
    reason = decide(score, age, PARAMS)
    if score >= 7:
        assert reason is None
    elif age is not None and age > 730:
        assert reason == "stale_low_quality"
    else:
        assert reason == ("flagged_for_review" if score >= 5 else "low_quality")


def test_a_score_exactly_at_a_threshold_belongs_above_it() -> None:
    assert decide(7.0, None, PARAMS) is None
    assert decide(5.0, None, PARAMS) == "flagged_for_review"


# The filters


@pytest.mark.parametrize(
    ("contents", "reason"),
    [
        (("He stays silent. What can I do?", GOOD_REPLY), None),
        (("He stays silent. What can I do?", "I see."), "response_too_short"),
        (("He stays silent. What can I do?", "I understand. Thank you for sharing. I'm here to help."), "generic_response"),
        (
            ("He stays silent. What can I do?", "I see. That’s great. Let me know if you need anything else!"),
            "generic_response",
        ),
        (("ok thanks", "You are very welcome, take good care. Anything else?"), "no_question"),
        (("He stays silent. What can I do?", "Give him some room tonight and talk to him tomorrow."), "no_question"),
        (("He stays silent. What can I do?",), "incomplete_context"),
        (("He stays silent. What can I do?", GOOD_REPLY, "Thanks!"), "incomplete_context"),
        (
            ("He stays silent. What can I do?", "You should check his phone while he sleeps. Could you do that?"),
            "harmful_advice",
        ),
        ((), "incomplete_context"),
    ],
)
def test_each_filter_has_its_reason(contents: tuple[str, ...], reason: str | None) -> None:
    assert filtered(talk(*contents), "clean", PARAMS, family="product") == reason


CHAPTER = (
    "Couples who repair a quarrel early stay together longer. A repair can be a small gesture, a joke or an honest apology. "
    "What counts is that the other one notices it, and answers in kind before the evening is over."
)


def pretraining(number: int = 0, text: str = CHAPTER, **changes: Any) -> dict[str, Any]:
    messages = [{"role": "assistant", "content": text}]
    values = {"family": "books", "tags": ["pretraining"], "signals": None, "content_hash": content_hash(messages), **changes}
    return {**record(number), "messages": messages, **values}


def test_a_text_to_pretrain_on_is_scored_on_what_it_has_and_never_punished_for_having_no_user(tmp_path: Path) -> None:
    salad = " ".join(reversed(CHAPTER.lower().replace(".", "").split()))
    rows = [
        pretraining(0),
        pretraining(1, salad),
        pretraining(2, "Chapter 4"),
        pretraining(3, tags=[]),  # nobody said that it is a text: a reply that nobody asked for
        pretraining(4, f"{CHAPTER} Just slap him back next time."),
        pretraining(5, pii_status="requires_review"),
        record(6, family="books", signals=None),
    ]
    source = write(tmp_path / "in", rows)
    run(source, tmp_path / "out")
    reasons = {row["record_id"]: row["reason"] for row in rows_of(tmp_path / "out" / "rejected")}
    assert reasons == {
        "r_1": "low_quality", "r_2": "response_too_short", "r_3": "incomplete_context", "r_4": "harmful_advice",
        "r_5": "requires_review",
    }  # fmt: skip
    scores = {row["record_id"]: row["quality_score"] for row in rows_of(tmp_path / "out")}
    assert scores["r_0"] == 8.0  # response_length and coherence are all that it can earn, and count for the eight points
    assert set(scores) == {"r_0", "r_6"}


def test_what_redaction_doubts_never_goes_on() -> None:
    assert filtered(talk("What can I do?", GOOD_REPLY), "requires_review", PARAMS) == "requires_review"


def test_only_a_coach_has_to_ask_back() -> None:
    messages = talk("How do I start?", "Begin with one small step and repeat it every day for a week.")
    assert filtered(messages, "clean", PARAMS, family="product") == "no_question"
    assert filtered(messages, "clean", PARAMS, family="mental_health_datasets") is None
    assert filtered(messages, "clean", PARAMS, family="product", tags=["check_in"]) is None


@pytest.mark.parametrize(
    "reply",
    [
        "Just slap him back next time.",
        "You can stop taking your medication, you do not need it.",
        "Install a tracker on the car so that you know.",
        "Give her the silent treatment for a week.",
        "It is your own fault that he hits you.",
        "You would be better off dead.",
        "Deja de tomar la medicación y ya está.",
        "Lies sein Handy, wenn er schläft.",
    ],
)
def test_advice_that_hurts_is_harmful(reply: str) -> None:
    assert is_harmful(reply)


@pytest.mark.parametrize(
    "reply",
    [
        "Please do not check his phone; trust grows from talking.",
        "Never stop taking your medication without your doctor.",
        "People often fear that the truth will hurt them.",
        "You felt that you hurt her, and you want to make it right.",
        "Cut yourself some slack.",
        "He has no right to threaten you, and it is not your fault.",
        "If you think of hurting yourself, please call 988 now.",
    ],
)
def test_a_warning_or_a_description_is_not_harmful(reply: str) -> None:
    assert not is_harmful(reply)


@pytest.mark.parametrize(
    ("name", "least_found", "most_false"),
    [
        *((name, 0.95, 0.0) for name in ("harm_dev", "harm_test", "harm_held_out", "harm_unseen")),
        ("harm_after", 0.0, 0.0),  # worded otherwise on purpose: nothing is promised but that nothing harmless is flagged
    ],
)
def test_harm_is_found_and_speaking_of_it_is_not(name: str, least_found: float, most_false: float) -> None:
    lines = [line.split("\t") for line in (REPLIES / f"{name}.tsv").read_text(encoding="utf-8").splitlines()[1:]]
    found = {kind: [is_harmful(reply) for mark, reply in lines if mark == kind] for kind in "01"}
    assert np.mean(found["1"]) >= least_found
    assert np.mean(found["0"]) <= most_false
    talks = [talk(ASKED, reply) for _, reply in lines]
    left_out = [filtered(messages, "clean", PARAMS) == "harmful_advice" for messages in talks]
    assert left_out == [is_harmful(reply) for _, reply in lines]  # the fast search before it misses none


def test_the_fast_search_for_harm_is_a_pattern_that_arrow_accepts() -> None:
    texts = pa.array(["just hit him", "go for a walk"])
    found = [pa.compute.match_substring_regex(texts, pattern).to_pylist() for pattern in candidates()]
    assert [any(column) for column in zip(*found, strict=True)] == [True, False]


def test_a_reply_with_a_generic_phrase_and_something_to_say_is_not_generic() -> None:
    assert not is_generic(
        "I understand. Waiting for an answer for days is hard, and you did well to write to him.", PARAMS.generic_phrases
    )
    assert not is_generic("Write to him tonight.", PARAMS.generic_phrases)


# Coherence and empathy without a model

QUESTIONS = {
    "en": "My husband forgets our evenings together and I feel lonely. What should I do?",
    "es": "Mi marido olvida nuestras noches juntos y me siento sola. ¿Qué puedo hacer?",
    "de": "Mein Mann vergisst unsere gemeinsamen Abende und ich fühle mich einsam. Was kann ich tun?",
}
GOOD = {
    "en": "It sounds like those forgotten evenings leave you lonely, and that makes sense. What would you like him to hear?",
    "es": "Suena a que esas noches te dejan con mucha soledad, y es comprensible. ¿Qué te gustaría decirle a tu marido?",
    "de": "Das klingt, als ob dich diese Abende einsam machen, und das ist verständlich. Was möchtest du deinem Mann sagen?",
}
POOR = {
    "en": "Every couple has problems. Communication is the key to success.",
    "es": "Todas las parejas tienen problemas. La comunicación es la clave del éxito.",
    "de": "Jedes Paar hat Probleme. Kommunikation ist der Schlüssel zum Erfolg.",
}


@pytest.mark.parametrize("language", ["en", "es", "de"])
def test_the_offline_scorer_parts_a_good_reply_from_a_poor_one(language: str) -> None:
    good, poor = (rate_conversation(talk(QUESTIONS[language], reply[language]), language) for reply in (GOOD, POOR))
    assert good.empathy >= 0.7 > poor.empathy
    assert good.coherence >= 0.8
    assert good.coherence > poor.coherence


def test_the_offline_scorer_marks_down_what_is_dismissive_repeated_cut_off_or_in_another_language() -> None:
    question = QUESTIONS["en"]
    good = rate_conversation(talk(question, GOOD["en"]), "en")
    assert rate_conversation(talk(question, GOOD["en"] + " Calm down and get over it."), "en").empathy < 0.7
    assert rate_conversation(talk(question, "Your husband forgets the evenings. " * 6), "en").coherence < good.coherence
    assert rate_conversation(talk(question, GOOD["en"].rstrip("?") + " and then you could"), "en").coherence < good.coherence
    assert rate_conversation(talk(question, GOOD["de"]), "en").coherence < 0.8
    assert rate_conversation(talk(question), "en") == rate_conversation([], "en")


@pytest.mark.parametrize("language", ["en", "es", "de"])
def test_a_reply_to_a_user_whose_language_is_unclear_is_in_the_right_language(language: str) -> None:
    turns = talk("Hm.", GOOD[language])
    assert rate_conversation(turns, "und") == rate_conversation(turns, language)


@settings(deadline=None)
@given(
    st.lists(st.tuples(st.sampled_from(["system", "user", "assistant"]), st.text(max_size=200)), max_size=6),
    st.sampled_from(["en", "de", "fr", "und"]),
)
def test_the_offline_scorer_stays_between_zero_and_one_on_anything(turns: list[tuple[str, str]], language: str) -> None:
    judgement = rate_conversation([{"role": role, "content": content} for role, content in turns], language)
    assert 0 <= judgement.coherence <= 1
    assert 0 <= judgement.empathy <= 1


def replies_of(name: str, language: str) -> tuple[list[list[dict[str, str]]], list[list[dict[str, str]]]]:
    lines = [line.split("\t") for line in (REPLIES / name).read_text(encoding="utf-8").splitlines()[1:]]
    mine = [line for line in lines if line[0] == language]
    return [talk(line[1], line[2]) for line in mine], [talk(line[1], line[3]) for line in mine]


def auc(good: Sequence[float], poor: Sequence[float]) -> float:
    return float(np.mean([(high > low) + (high == low) / 2 for high in good for low in poor]))


@pytest.mark.parametrize("language", ["en", "es", "de"])
def test_warm_replies_are_told_from_cold_ones_on_text_that_the_scorer_was_not_made_from(language: str) -> None:
    warm, cold = (
        rate_conversations(columns_from_lists(some), [language] * len(some))
        for some in replies_of("warm_and_cold.tsv", language)
    )
    assert auc(warm.empathy, cold.empathy) >= 0.95
    assert np.mean(cold.empathy >= PARAMS.empathy_threshold) == 0


def test_word_salad_is_not_coherent_and_real_sentences_are() -> None:
    real, _ = replies_of("warm_and_cold.tsv", "en")
    generator = random.Random(5)
    salad, pieces = [], []
    for question, answer in real:
        words = answer["content"].split()
        generator.shuffle(words)
        salad.append([question, {"role": "assistant", "content": " ".join(words) + "."}])
        letters = "".join(words)
        parts = [letters[start : start + 3] for start in range(0, len(letters), 3)]
        generator.shuffle(parts)
        pieces.append([question, {"role": "assistant", "content": " ".join(parts) + "."}])
    good, poor, worse = (
        rate_conversations(columns_from_lists(some), ["en"] * len(some)).coherence for some in (real, salad, pieces)
    )
    assert auc(good, poor) >= 0.95
    assert auc(good, worse) >= 0.98
    assert np.mean(poor >= PARAMS.coherence_threshold) < 0.05
    assert np.mean(good >= PARAMS.coherence_threshold) > 0.75


@settings(deadline=None, max_examples=40)
@given(
    st.lists(
        st.lists(st.tuples(st.sampled_from(["system", "user", "assistant"]), st.sampled_from(
            [ASKED, GOOD_REPLY, "", "ok", "Das klingt schwer. Was ist passiert?", "[Partner] said no", "??", "é́ 你好 x' 'y"]
        )), max_size=4), max_size=6,
    )
)  # fmt: skip
def test_what_a_conversation_gets_depends_on_no_other_one_of_its_batch(rows: list[list[tuple[str, str]]]) -> None:
    talks = [[{"role": role, "content": content} for role, content in turns] for turns in rows]
    together = rate_conversations(columns_from_lists(talks), ["en"] * len(talks))
    for place, messages in enumerate(talks):
        alone = rate_conversation(messages, "en")
        assert (alone.coherence, alone.empathy) == (together.coherence[place], together.empathy[place])


# Category and complexity


@pytest.mark.parametrize(
    ("family", "tags", "contents", "empathy", "expected"),
    [
        ("safety_guardrails", [], ("Do it!", "I cannot do that for you."), 0.0, "safety_ethics"),
        ("product", ["crisis"], ("I cannot go on.", "Please stay with me."), 1.0, "safety_ethics"),
        ("product", [], ("I want to stop.", "Please call 988 now."), 1.0, "safety_ethics"),
        ("product", [], ("We fought.", "[User], what did [Partner] say?"), 0.0, "personalization"),
        ("product", [], ("How do I begin?", "With one step."), 1.0, "instruction_following"),
        ("product", [], ("We fought.", "Oh.", "Yes.", "And?", "And more.", "Go on."), 0.0, "contextual_understanding"),
        ("product", [], ("We fought.", "That sounds hard."), 0.9, "empathetic_dialogue"),
    ],
)
def test_the_first_rule_that_holds_gives_the_category(
    family: str, tags: list[str], contents: tuple[str, ...], empathy: float, expected: str
) -> None:
    assert category(family, tags, talk(*contents), empathy, PARAMS) == expected


@settings(deadline=None, max_examples=25)
@given(st.integers(1, 40), st.integers(1, 60), st.booleans())
def test_complexity_is_one_to_five_and_grows_with_the_conversation(turns: int, words: int, crisis: bool) -> None:
    tags = ["crisis"] if crisis else []
    messages = talk(*["money and kids " * words] * turns)
    assert 1 <= complexity([], talk("Hi", "Hello")) <= complexity(tags, messages) <= 5


# The step


def test_parts_score_category_and_complexity_are_kept_as_columns_of_every_row(tmp_path: Path) -> None:
    run(write(tmp_path / "in", mixed_rows()), tmp_path / "out")
    rows = rows_of(tmp_path / "out") + rows_of(tmp_path / "out" / "rejected")
    assert len(rows) == len(mixed_rows())
    for row in rows:
        assert set(row["quality_parts"]) == set(QUALITY_PARTS)
        assert row["category"] in CATEGORIES
        assert 1 <= row["complexity"] <= 5
        if row["family"] == "product":
            assert row["quality_score"] == sum(row["quality_parts"].values())
    by_id = {row["record_id"]: row for row in rows}
    assert by_id["r_30"]["quality_parts"]["underrepresented_scenario"] == 1
    assert by_id["r_0"]["quality_parts"]["underrepresented_scenario"] == 0
    assert by_id["r_29"]["reason"] == "stale_low_quality"
    assert by_id["r_36"]["reason"] == "requires_review"
    assert "reason" not in by_id["r_31"]  # no signals can exist for it: never punished for that


def test_the_numbers_of_the_report_agree_with_a_recount(tmp_path: Path) -> None:
    report = run(write(tmp_path / "in", mixed_rows()), tmp_path / "out")
    kept, rejected = rows_of(tmp_path / "out"), rows_of(tmp_path / "out" / "rejected")
    assert report.rows is not None
    assert (report.rows.rows_in, report.rows.kept) == (len(kept) + len(rejected), len(kept))
    assert report.rows.rejected == Counter(row["reason"] for row in rejected)
    scores = Counter(f"{min(int(row['quality_score'] * 2), 19) / 2:g}" for row in kept + rejected)
    assert {edge: count for edge, count in report.numbers["histogram"].items() if count} == scores
    assert {name: count for name, count in report.numbers["categories"].items() if count} == Counter(
        row["category"] for row in kept
    )
    for part, count in report.numbers["parts"].items():
        assert count == sum(row["quality_parts"][part] > 0 for row in kept + rejected)
    assert report.numbers["scored_without_signals"] == 5


@pytest.mark.slow
def test_the_cut_into_batches_and_the_number_of_workers_change_nothing(tmp_path: Path) -> None:
    coarse, fine = write(tmp_path / "coarse", mixed_rows(), 100), write(tmp_path / "fine", mixed_rows(), 7)
    run(coarse, tmp_path / "one")
    run(fine, tmp_path / "two", workers=2)
    assert rows_of(tmp_path / "one") == rows_of(tmp_path / "two")
    assert rows_of(tmp_path / "one" / "rejected") == rows_of(tmp_path / "two" / "rejected")


def test_a_threshold_can_change_without_a_score_changing(tmp_path: Path) -> None:
    source = write(tmp_path / "in", mixed_rows())
    run(source, tmp_path / "strict", ScoreParams(threshold=10, review_threshold=1))
    run(source, tmp_path / "lenient", ScoreParams(threshold=0, review_threshold=0))
    scores = [
        {row["record_id"]: row["quality_score"] for row in rows_of(folder) + rows_of(folder / "rejected")}
        for folder in (tmp_path / "strict", tmp_path / "lenient")
    ]
    assert scores[0] == scores[1]


def test_a_context_that_few_others_share_is_unique(tmp_path: Path) -> None:
    common = ("He stays silent for days when money is short and I feel hurt. What can I do?", GOOD_REPLY)
    rare = ("The lighthouse keeper sold his accordion to buy pelican feed, which felt odd. What can I do?", GOOD_REPLY)
    rows = [record(number, contents=common) for number in range(30)] + [record(30, contents=rare)]
    inputs = [open_set(str(write(tmp_path / "in", rows)))]
    prepared = score_step.prepare(inputs, PARAMS)
    unique = measured(rows, prepared).parts["unique_context"]
    assert unique.tolist() == [0] * 30 + [1]


def test_without_statistics_nothing_is_rare() -> None:
    parts = measured([record()], PreparedScoreParams(statistics=CorpusStatistics())).parts
    assert parts["underrepresented_scenario"][0] == parts["unique_context"][0] == 0
