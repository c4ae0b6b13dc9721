"""What the page of an evaluation says at first glance."""

from __future__ import annotations

import pytest

from attune.steps.evaluate.report import verdict


def evaluation(low, estimate, high, family=(0.9, 0.95, 0.99), met=True):
    def named(bounds):
        return dict(zip(("low", "estimate", "high"), bounds, strict=True))

    return {
        "comparisons": [{"model": "tuned", "against": "before", "ratio": named((low, estimate, high))}],
        "families": [{"family": "sarcasm", "ratio": named(family)}, {"family": "product", "ratio": named((None, 2.0, None))}],
        "targets": [{"name": "perplexity", "met": met}, {"name": "bertscore", "met": None}],
    }


@pytest.mark.parametrize(
    ("values", "said"),
    [
        (evaluation(0.90, 0.93, 0.96), "lowered the perplexity of held-out replies by 7.0%"),
        (evaluation(1.01, 1.05, 1.08), "raised the perplexity of held-out replies by 5.0%"),
        (evaluation(0.98, 1.0, 1.02), "No significant difference"),
        (evaluation(0.90, 0.93, 0.96, family=(1.01, 1.1, 1.2)), "it is significantly worse on sarcasm."),
        (evaluation(0.90, 0.93, 0.96, met=False), "Absolute targets missed: perplexity."),
        (evaluation(0.90, 0.93, 0.96), "Absolute targets missed: none."),
    ],
)
def test_the_lead_says_what_the_interval_allows_and_where_it_got_worse(values, said):
    assert said in verdict(values)
