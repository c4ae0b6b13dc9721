"""Promote, hold or reject: the table of what leads to what."""

from __future__ import annotations

import copy

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from attune.config.release import ReleaseParams
from attune.steps.release.decision import decide


def evidence(low=0.90, estimate=0.93, high=0.96, documents=100, production=None, **targets):
    def comparison(against, bounds):
        return {"model": "tuned", "against": against, "ratio": dict(zip(("low", "estimate", "high"), bounds, strict=True))}

    comparisons = [comparison("before", (low, estimate, high))]
    if production:
        comparisons.append(comparison("production", production))
    measured = {"perplexity": True, "bleu": True, "rouge_l": True, "bertscore": None, **targets}
    return {
        "model": {"content": "m" * 64, "base_model": "tiny"},
        "dataset": {"address": "d" * 64},
        "documents": documents,
        "comparisons": comparisons,
        "targets": [
            {"name": name, "relation": "above", "target": 0.4, "value": None if met is None else 0.5, "met": met}
            for name, met in measured.items()
        ],
    }


def decision(evaluation, content="m" * 64, trained_on="d" * 64, dataset="d" * 64, **params):
    return decide(evaluation, content, trained_on, dataset, ReleaseParams(**params))


@pytest.mark.parametrize(
    ("evaluation", "params", "outcome", "reason"),
    [
        (evidence(), {}, "promote", "entirely below 1"),
        (evidence(high=1.0), {}, "hold", "no sufficient improvement"),
        (evidence(low=0.98, estimate=1.0, high=1.02), {}, "hold", "no sufficient improvement"),
        (evidence(low=1.01, estimate=1.1, high=1.2), {}, "reject", "training made it worse"),
        (evidence(), {"min_improvement": 0.03}, "promote", "entirely below 0.97"),
        (evidence(), {"min_improvement": 0.05}, "hold", "not entirely below 0.95"),
        (evidence(documents=29), {}, "hold", "29 held-out conversations"),
        (evidence(production=(0.95, 0.98, 1.005)), {}, "promote", "production model"),
        (evidence(production=(0.99, 1.01, 1.03)), {}, "hold", "may be worse than production"),
        (evidence(production=(1.02, 1.05, 1.08)), {}, "reject", "production is better"),
        (evidence(production=(1.02, 1.05, 1.08)), {"require_no_loss_to_production": False}, "promote", "entirely below 1"),
        (evidence(perplexity=False, bleu=False), {}, "promote", "entirely below 1"),
        (evidence(perplexity=False), {"required_targets": ("perplexity",)}, "reject", "perplexity above 0.4: missed"),
        (evidence(), {"required_targets": ("perplexity", "bleu")}, "promote", "entirely below 1"),
        (evidence(), {"required_targets": ("bertscore",)}, "hold", "bertscore above 0.4: not measured"),
    ],
)
def test_the_evidence_leads_to_the_outcome_with_its_reason(evaluation, params, outcome, reason):
    decided = decision(evaluation, **params)
    assert decided.outcome == outcome
    assert any(reason in said for said in decided.reasons), decided.reasons


@pytest.mark.parametrize("changed", ["content", "trained_on", "dataset"])
def test_evidence_of_another_model_or_dataset_rejects(changed):
    decided = decision(evidence(), **{changed: "x" * 64})
    assert decided.outcome == "reject"
    assert any("for another model or dataset version" in reason for reason in decided.reasons)


def test_a_model_whose_comparison_is_missing_is_held():
    evaluation = evidence()
    evaluation["comparisons"] = []
    assert decision(evaluation).outcome == "hold"


bounds = st.lists(st.floats(0.5, 2), min_size=3, max_size=3).map(sorted)


@settings(deadline=None)
@given(
    bounds, st.none() | bounds, st.integers(0, 100), st.lists(st.sampled_from(["perplexity", "bleu"]), unique=True), st.data()
)
def test_a_promotion_always_has_its_whole_interval_on_the_good_side(ratio, production, documents, required, data):
    results = {name: data.draw(st.sampled_from([True, False, None])) for name in ("perplexity", "bleu")}
    evaluation = evidence(*ratio, documents=documents, production=production, **results)
    before = copy.deepcopy(evaluation)
    decided = decision(evaluation, required_targets=tuple(required))
    assert evaluation == before
    assert decided == decision(evaluation, required_targets=tuple(required))
    assert decided.reasons
    if decided.outcome == "promote":
        assert ratio[2] < 1
        assert documents >= 30
        assert production is None or production[2] <= 1.01
        assert all(results[name] for name in required)


def test_a_model_that_learned_from_people_who_were_erased_is_rejected_however_good_it_is():
    decided = decide(evidence(), "m" * 64, "d" * 64, "d" * 64, ReleaseParams(), ["e_0123"])
    assert decided.outcome == "reject"
    assert any("erased since, by 1 erasures (e_0123)" in reason for reason in decided.reasons)
