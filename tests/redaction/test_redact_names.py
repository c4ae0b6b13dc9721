"""The recognizer on names and wording that it was not made from, against the floors that the project states."""

from __future__ import annotations

import random
import re
from typing import Any

import heldout_names as heldout
import pytest
import unseen_names as unseen
from hypothesis import given
from hypothesis import strategies as st

from attune.config.params import RedactParams
from attune.redaction.crf import padded
from attune.redaction.evaluate import Case, Gold, evaluate
from attune.redaction.features import TOKEN, sequence_features, tokens_of
from attune.redaction.lexicon import fold, lexicon
from attune.redaction.name_model import name_model, suspicion
from attune.redaction.redactor import Redactor


def measured(cases: list[dict[str, Any]]) -> dict[str, Any]:
    return evaluate([Case(one["text"], tuple(Gold(**span) for span in one["spans"])) for one in cases], RedactParams())


def without_names(text: str) -> str:
    return Redactor(RedactParams()).redact([{"role": "user", "content": text}]).messages[0]["content"]


def masked(figures: dict[str, Any]) -> float:
    rows = figures["types"].values()
    return sum(row["masked"] * row["support"] for row in rows) / sum(row["support"] for row in rows)


def test_the_held_out_names_are_in_no_list_and_the_wording_is_not_the_training_wording() -> None:
    pytest.importorskip("faker")
    from tools.train_names import ordinary, templates

    lists = lexicon()
    assert not [name for name in heldout.NEW_FIRST + heldout.NEW_LAST if lists.is_name(fold(name))]
    trained = set((templates.PERSON + templates.NEGATIVE + ordinary.ORDINARY).split("\n"))
    assert not trained & set(heldout.PERSON + heldout.ORDINARY)


@pytest.mark.parametrize(("lower", "floor"), [(False, 0.98), (True, 0.96)])
def test_unknown_names_are_masked(lower: bool, floor: float) -> None:
    figures = measured(heldout.cases(lower=lower, new_names=True))
    assert masked(figures) >= floor
    assert figures["types"]["PERSON"]["precision"] >= 0.95


@pytest.mark.parametrize("lower", [False, True])
def test_usual_names_are_masked(lower: bool) -> None:
    assert masked(measured(heldout.cases(lower=lower, new_names=False))) >= 0.99


@pytest.mark.parametrize("lower", [False, True])
def test_structured_identifiers_and_addresses_are_masked(lower: bool) -> None:
    pytest.importorskip("faker")
    assert masked(measured(heldout.identifiers(lower=lower))) >= 0.99
    assert masked(measured(heldout.addresses(lower=lower))) >= 0.95


def test_the_tables_of_the_decoder_add_up_to_the_features_of_the_training() -> None:
    crf, maker = name_model().crf, name_model().maker
    draw = random.Random(4)
    for case in draw.sample(heldout.cases(), 20):
        tokens = [token.text for token in tokens_of(case["text"])]
        scores = crf.scores([("m", padded(tokens, 0, len(tokens)))])
        for row, names in zip(scores, sequence_features([maker.of(token, "m") for token in tokens]), strict=True):
            expected = [0.0] * len(crf.labels)
            for name in names:
                for label, weight in crf.weights.get(name, ()):
                    expected[int(label)] += weight
            assert row.tolist() == pytest.approx(expected, abs=1e-9)


def test_marginals_are_those_of_a_brute_force_sum_over_all_label_sequences() -> None:
    import itertools

    import numpy as np

    crf = name_model().crf
    scores = np.random.default_rng(3).normal(size=(3, len(crf.labels)))
    total = np.zeros_like(scores)
    for path in itertools.product(range(len(crf.labels)), repeat=3):
        weight = np.exp(sum(scores[at, label] for at, label in enumerate(path)))
        for left, right in itertools.pairwise(path):
            weight *= crf.transitions[left, right]
        for at, label in enumerate(path):
            total[at, label] += weight
    expected = total / total.sum(axis=1, keepdims=True)
    assert crf.marginals(scores) == pytest.approx(expected, abs=1e-5)


def test_a_window_is_decoded_alike_alone_and_among_windows_of_other_lengths() -> None:
    crf = name_model().crf
    texts = [case["text"] for case in heldout.cases()[:60]]
    tokens = [[token.text for token in tokens_of(text)] for text in texts]
    windows = [("m", padded(words, 0, len(words))) for words in tokens]
    assert crf.decode(windows, 0.1) == [crf.decode([window], 0.1)[0] for window in windows]


def test_ordinary_words_raise_no_suspicion_and_unknown_ones_do() -> None:
    suspicious = suspicion(lexicon())
    words = [token.text for token in tokens_of("I don't think my wife's boss met Thandolwethu")]
    assert [word for word in words if suspicious(word)] == ["Thandolwethu"]


@given(st.text(alphabet="abc ABC'’s.,[]_1\n-é\u0300²", max_size=60))
def test_tokens_lie_where_they_are_written(text: str) -> None:
    tokens = tokens_of(text)
    assert [(one.start, one.text) for one in tokens] == [(match.start(), match.group()) for match in TOKEN.finditer(text)]
    assert all(text[one.start : one.end] in (one.text, one.text[:-2]) for one in tokens)


def test_the_unseen_names_are_in_no_list() -> None:
    parts = [part for name in unseen.FIRST + unseen.LAST for part in re.split("['-]", fold(name)) if len(part) > 3]
    assert not [part for part in parts if lexicon().is_name(part)]


@pytest.mark.parametrize(("lower", "floor"), [(False, 0.98), (True, 0.96)])
def test_unseen_names_are_masked_in_chat_letters_forms_and_tables(lower: bool, floor: float) -> None:
    figures = measured(unseen.persons(lower=lower))
    assert masked(figures) >= floor
    assert figures["types"]["PERSON"]["precision"] >= 0.95
    assert masked(measured(unseen.persons(lower=lower, usual=True))) >= floor


def test_names_in_capitals_dictated_or_misspelt_and_names_that_are_words_are_masked() -> None:
    assert masked(measured(unseen.dressed())) >= 0.95
    assert masked(measured(unseen.words())) >= 0.8


def test_surnames_after_titles_and_initials_are_whole() -> None:
    redactor = Redactor(RedactParams())
    for text in ("j.r. young sold it", "ask mr. young", "The Khans came", "dr. brown said"):
        assert redactor.redact([{"role": "user", "content": text}]).findings, text


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("hi, i'm orison and i need some advice", "orison"),
        ("told garron about it and it went ok", "garron"),
        ("ok that's all, bye\n-selaratrice", "selaratrice"),
        ("Hey there! its quinolin from the group", "quinolin"),
    ],
)
def test_a_rare_word_is_a_name_where_only_a_name_can_stand(text: str, name: str) -> None:
    assert name not in without_names(text)


@pytest.mark.parametrize("text", ["hi, i'm exhausted and need advice", "told people about it", "that is all\n- thanks"])
def test_an_ordinary_word_in_such_a_place_stays(text: str) -> None:
    assert without_names(text) == text
