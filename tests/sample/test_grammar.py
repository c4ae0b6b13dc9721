"""The phrase grammar, and the marks that carry planted values through every change of a text."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sample.grammar import Grammar, expand, with_capitals
from sample.span_markers import Kind, around, mark, take_out
from sample.texts import SCENARIOS, language
from sample.writing import STYLES, misdecode, type_out

ordinary = st.text(st.characters(exclude_categories=("Co", "Cs")), max_size=40)


def write(sections: dict[str, list[str]], name: str, context: dict[str, object], seed: int = 0) -> str:
    grammar = Grammar(sections, frozenset(context))
    node = random.Random(seed).choice(grammar.sections[name].nodes)
    return expand(node, random.Random(seed).random, with_capitals(dict(context)))


def test_a_slot_at_the_start_of_a_sentence_gets_a_capital() -> None:
    sections = {"a": ["{P} left. {when} {he} came back, {when}."], "when": ["last night"]}
    assert write(sections, "a", {"P": ("my wife",), "he": "she"}) == "My wife left. Last night she came back, last night."


def test_alternatives_nest_and_percent_signs_stay() -> None:
    sections = {"a": ["{100 % {sure|certain}|maybe}"]}
    written = {write(sections, "a", {}, seed) for seed in range(40)}
    assert written == {"100 % sure", "100 % certain", "Maybe"}


@pytest.mark.parametrize(("template", "fault"), [("{nobody} came", "unknown slot"), ("{a|b", "unbalanced")])
def test_a_template_that_cannot_be_written_is_refused_when_it_is_loaded(template: str, fault: str) -> None:
    with pytest.raises(ValueError, match=fault):
        Grammar({"a": [template]}, frozenset())


@pytest.mark.parametrize("code", ["en", "es", "de"])
def test_every_language_can_write_each_of_its_scenarios(code: str) -> None:
    known = language(code)
    assert set(known.scenarios) <= set(SCENARIOS)
    assert len(known.scenarios) >= 7
    if code == "en":
        assert set(known.scenarios) == set(SCENARIOS)
    for part in ("detail", "more", "reflect", "ask", "suggest"):
        for scenario in known.scenarios:
            assert f"{scenario}.{part}" in known.grammar.sections or part in known.grammar.sections


@given(ordinary, ordinary, ordinary)
def test_marks_give_back_the_text_and_the_place_of_its_values(before: str, value: str, after: str) -> None:
    kind = Kind("PERSON", "third")
    text, spans = take_out(before + mark(value, kind) + after)
    assert text == before + value + after
    assert [(span.start, span.end, span.text, span.kind) for span in spans] == [
        (len(before), len(before) + len(value), value, kind)
    ]


@given(ordinary, st.sampled_from(STYLES), st.integers(0, 1000))
def test_no_style_changes_a_planted_value_but_to_lower_case(words: str, style: str, seed: int) -> None:
    lowers, stays = Kind("PERSON", "third", lowers=True), Kind("IBAN")
    typed = type_out(
        f"{words} {mark('Ann Lee', lowers)}. And {mark('DE12 X', stays)}", style, random.Random(seed).random, ("😀",)
    )
    text, spans = take_out(typed)
    assert [span.text for span in spans] == ["ann lee" if style == "lower" else "Ann Lee", "DE12 X"]
    assert all(text[span.start : span.end] == span.text for span in spans)


def test_a_change_reaches_only_what_stands_around_a_value() -> None:
    assert take_out(around(f"a {mark('a', Kind('EMAIL'))} a", lambda piece: piece.replace("a", "b")))[0] == "b a b"


@given(st.text(st.characters(exclude_categories=("Cs",)), max_size=60))
def test_text_read_with_the_wrong_table_can_be_read_back(text: str) -> None:
    wrong, table = misdecode(text)
    assert wrong.encode(table).decode() == text
