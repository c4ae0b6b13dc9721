"""The losses, against their definitions and against trl."""

from __future__ import annotations

import math
from types import SimpleNamespace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from attune.config.train import PreferenceParams
from attune.modeling.encoding import Encoded, pack
from attune.steps.train.loop import schedule
from attune.steps.train.objectives import (
    NextToken,
    Preference,
    dpo_loss,
    kto_loss,
    orpo_loss,
    simpo_loss,
    token_log_probabilities,
)

torch = pytest.importorskip("torch")
negative = st.floats(-8, -0.01)


@pytest.fixture(scope="module")
def model():
    from transformers import LlamaConfig, LlamaForCausalLM

    torch.manual_seed(3)
    shape = {"vocab_size": 40, "hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 2, "num_attention_heads": 2}
    return LlamaForCausalLM(LlamaConfig(**shape)).eval()


def sequence(*tokens: int, learned: int) -> Encoded:
    return Encoded(list(tokens), [False] * (len(tokens) - learned) + [True] * learned)


FIRST, SECOND, THIRD = sequence(5, 6, 7, 8, learned=2), sequence(9, 10, 11, learned=1), sequence(1, 2, 3, 4, 5, 6, learned=4)


def by_hand(model, item: Encoded) -> float:
    """Sum of log-probabilities of the learned tokens, one token at a time."""
    total = 0.0
    with torch.no_grad():
        for place in range(1, len(item.tokens)):
            if item.learned[place]:
                logits = model(torch.tensor([item.tokens[:place]])).logits[0, -1]
                total += float(torch.log_softmax(logits, -1)[item.tokens[place]])
    return total


def test_the_loss_is_minus_the_log_probability_of_the_learned_tokens(model):
    items = [FIRST, SECOND, THIRD]
    expected = -sum(by_hand(model, item) for item in items)
    assert float(NextToken(pad=0).loss(model, items).detach()) == pytest.approx(expected, rel=1e-5)
    assert NextToken(pad=0).weight(items) == 7


def test_packed_texts_do_not_see_each_other(model):
    (row,) = pack([FIRST, SECOND, THIRD], 20)
    assert float(NextToken(0).loss(model, [row]).detach()) == pytest.approx(
        float(NextToken(0).loss(model, [FIRST, SECOND, THIRD]).detach()), rel=1e-5
    )


def test_padding_changes_nothing(model):
    alone, _ = token_log_probabilities(model, [SECOND], 0)
    padded, counts = token_log_probabilities(model, [SECOND, THIRD], 0)
    assert torch.allclose(alone[0], padded[0, :2], atol=1e-5)
    assert counts[0].tolist() == [False, True, False, False, False]


@settings(deadline=None)
@given(negative, negative, st.floats(0.05, 3), st.floats(0, 2))
def test_preference_losses_are_their_formulas(chosen, rejected, beta, margin):
    left, right = torch.tensor([chosen], dtype=torch.float64), torch.tensor([rejected], dtype=torch.float64)

    def minus_log_sigmoid(value: float) -> float:
        return math.log1p(math.exp(-value)) if value > -30 else -value

    def odds(value: float) -> float:
        return value - math.log(-math.expm1(value))

    assert float(orpo_loss(left, right, beta)) == pytest.approx(
        beta * minus_log_sigmoid(odds(chosen) - odds(rejected)), rel=1e-6
    )
    assert float(simpo_loss(left, right, beta, margin)) == pytest.approx(minus_log_sigmoid(beta * (chosen - rejected) - margin))
    assert float(dpo_loss(left, right, beta)) == pytest.approx(minus_log_sigmoid(beta * (chosen - rejected)))


@pytest.mark.slow
def test_the_odds_ratio_and_simpo_losses_agree_with_trl():
    pytest.importorskip("trl")
    from trl.experimental.cpo import CPOTrainer
    from trl.experimental.orpo import ORPOTrainer

    torch.manual_seed(5)
    chosen, rejected = -3 * torch.rand(6), -3 * torch.rand(6)
    accelerator = SimpleNamespace(gather_for_metrics=lambda value: value, device="cpu")
    like = SimpleNamespace(beta=0.3, accelerator=accelerator, aux_loss_enabled=False)
    losses, *_ = ORPOTrainer.odds_ratio_loss(like, chosen, rejected)
    assert torch.allclose(-losses, orpo_loss(chosen, rejected, 0.3), atol=1e-5)
    like = SimpleNamespace(beta=2.0, simpo_gamma=0.5, label_smoothing=0, loss_type="simpo", alpha=0.0, accelerator=accelerator)
    losses, *_ = CPOTrainer.cpo_loss(like, chosen, rejected)
    assert torch.allclose(losses, simpo_loss(chosen, rejected, 2.0, 0.5), atol=1e-5)


@settings(deadline=None)
@given(st.lists(st.tuples(negative, negative, st.floats(-3, 3)), min_size=1, max_size=5), st.floats(0.05, 2))
def test_the_kto_loss_is_its_formula(ratios, beta):
    def sigmoid(value: float) -> float:
        return 1 / (1 + math.exp(-value))

    point = max(0.0, sum(other for *_, other in ratios) / len(ratios))
    expected = [(2 - sigmoid(beta * (good - point)) - sigmoid(beta * (point - bad))) / 2 for good, bad, _ in ratios]
    columns = (torch.tensor(column, dtype=torch.float64) for column in zip(*ratios, strict=True))
    assert kto_loss(*columns, beta).tolist() == pytest.approx(expected)


@pytest.mark.parametrize("method", ["orpo", "simpo", "dpo", "kto"])
def test_every_preference_method_makes_the_chosen_reply_likelier_than_the_rejected_one(model, method):
    import copy

    model = copy.deepcopy(model)
    pairs = [(sequence(1, 2, number, 4, learned=2), sequence(1, 2, 7, number, learned=2)) for number in range(10, 14)]
    objective = Preference(0, PreferenceParams(method=method, beta=0.5))
    objective.prepare(model, pairs)

    def margin() -> float:
        return sum(by_hand(model, chosen) - by_hand(model, rejected) for chosen, rejected in pairs)

    before = margin()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    for _ in range(10):
        optimizer.zero_grad()
        (objective.loss(model, pairs) / objective.weight(pairs)).backward()
        optimizer.step()
    assert margin() > before + 0.1


@settings(deadline=None)
@given(st.integers(1, 200), st.floats(0, 1))
def test_the_learning_rate_stays_between_a_tenth_of_its_peak_and_the_peak(steps, warmup):
    rates = [schedule(step, steps, warmup) for step in range(steps)]
    assert all(0 < rate <= 1 for rate in rates)
    assert all(rate >= 0.1 for rate in rates[round(steps * warmup) :])
