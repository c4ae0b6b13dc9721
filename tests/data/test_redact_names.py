"""The recognizer on names and wording that it was not made from, against the floors that the project states."""

from __future__ import annotations

import random
from typing import Any

import heldout_names as heldout
import pytest

from attune.core.params import RedactParams
from attune.data.redact.evaluate import Case, Gold, evaluate
from attune.data.redact.features import FeatureMaker, sequence_features, tokens_of
from attune.data.redact.lexicon import fold, lexicon
from attune.data.redact.names_model import name_model, suspicion


def measured(cases: list[dict[str, Any]]) -> dict[str, Any]:
    return evaluate([Case(one["text"], tuple(Gold(**span) for span in one["spans"])) for one in cases], RedactParams())


def masked(figures: dict[str, Any]) -> float:
    rows = figures["types"].values()
    return sum(row["masked"] * row["support"] for row in rows) / sum(row["support"] for row in rows)


def test_the_held_out_names_are_in_no_list_and_the_wording_is_not_the_training_wording() -> None:
    pytest.importorskip("faker")
    from attune.data.redact.train_names import ordinary, templates

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
    model, maker = name_model(), FeatureMaker(lexicon(), name_model()._maker._ngrams)
    draw = random.Random(4)
    for case in draw.sample(heldout.cases(), 20):
        tokens = [token.text for token in tokens_of(case["text"])]
        scores = model._scores("m", tokens, [(0, len(tokens))])
        for row, names in zip(scores, sequence_features([maker.of(token, "m") for token in tokens]), strict=True):
            expected = [0.0] * len(model.labels)
            for name in names:
                for label, weight in model._weights.get(name, ()):
                    expected[int(label)] += weight
            assert row.tolist() == pytest.approx(expected, abs=1e-9)


def test_marginals_are_those_of_a_brute_force_sum_over_all_label_sequences() -> None:
    import itertools

    import numpy as np

    model = name_model()
    scores = np.random.default_rng(3).normal(size=(3, len(model.labels)))
    other = np.random.default_rng(4).normal(size=(2, len(model.labels)))
    total = np.zeros_like(scores)
    for path in itertools.product(range(len(model.labels)), repeat=3):
        weight = np.exp(sum(scores[at, label] for at, label in enumerate(path)))
        for left, right in itertools.pairwise(path):
            weight *= model._transitions[left, right]
        for at, label in enumerate(path):
            total[at, label] += weight
    expected = total / total.sum(axis=1, keepdims=True)
    assert model._marginals([scores, other])[0] == pytest.approx(expected, abs=1e-5)


def test_ordinary_words_raise_no_suspicion_and_unknown_ones_do() -> None:
    suspicious = suspicion(lexicon())
    assert [token.text for token in tokens_of("I don't think my wife's boss met Thandolwethu") if suspicious(token)] == [
        "Thandolwethu"
    ]
