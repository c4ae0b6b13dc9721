"""Training objectives: next-token cross-entropy, and preference losses over pairs of replies.

An objective returns the *sum* of the losses of some items and their weight, so that the mean does not depend on how a batch
is split into micro-batches and processes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from attune.config.train import PreferenceParams
from attune.modeling.encoding import Encoded

if TYPE_CHECKING:
    import torch

Pair = tuple[Encoded, Encoded]


class Objective(Protocol):
    """Loss and weight of items; the type of an item depends on the stage."""

    def prepare(self, model: Any, items: Sequence[Any]) -> None:
        """Called with the initial model, before the first step."""

    def weight(self, items: Sequence[Any]) -> float:
        """The divisor of the summed loss."""

    def loss(self, model: Any, items: Sequence[Any]) -> torch.Tensor:
        """Sum of the losses of the items."""


def token_log_probabilities(model: Any, sequences: Sequence[Encoded], pad: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Log-probability of every token given those before it, and the loss mask; both of shape (rows, longest - 1).

    Rows are padded on the right, which a causal model's earlier tokens cannot attend to. In packed rows, positions restart
    with each text; transformers derives the attention mask between texts from that.
    """
    import torch

    longest = max(len(sequence.tokens) for sequence in sequences)
    tokens = torch.full((len(sequences), longest), pad)
    counts = torch.zeros((len(sequences), longest), dtype=torch.bool)
    positions = torch.zeros((len(sequences), longest), dtype=torch.long)
    for row, sequence in enumerate(sequences):
        size = len(sequence.tokens)
        tokens[row, :size] = torch.tensor(sequence.tokens)
        counts[row, :size] = torch.tensor(sequence.learned)
        for start, end in zip(sequence.starts, (*sequence.starts[1:], size), strict=True):
            positions[row, start:end] = torch.arange(end - start)
    device = next(model.parameters()).device
    packed = any(len(sequence.starts) > 1 for sequence in sequences)
    extra = {"position_ids": positions.to(device)} if packed else {}
    logits = model(input_ids=tokens.to(device), use_cache=False, **extra).logits[:, :-1].float()
    targets = tokens[:, 1:].to(device)
    losses = torch.nn.functional.cross_entropy(logits.flatten(0, 1), targets.flatten(), reduction="none")
    return -losses.view(targets.shape), counts[:, 1:].to(device)


@dataclass
class NextToken:
    """Cross-entropy over the tokens in the loss mask, for continued pretraining and supervised fine-tuning."""

    pad: int

    def prepare(self, model: Any, items: Sequence[Encoded]) -> None:
        """Does nothing."""

    def weight(self, items: Sequence[Encoded]) -> float:
        """Number of tokens in the loss."""
        return float(sum(item.weight for item in items))

    def loss(self, model: Any, items: Sequence[Encoded]) -> torch.Tensor:
        """Sum over tokens of -log p."""
        logs, counts = token_log_probabilities(model, items, self.pad)
        total: torch.Tensor = -(logs * counts).sum()
        return total


@dataclass
class Preference:
    """Losses over pairs of a chosen and a rejected reply.

    ORPO (Hong et al. 2024), SimPO (Meng et al. 2024), DPO (Rafailov et al. 2023), KTO (Ethayarajh et al. 2024); the last two
    compare with a reference, the stage's initial model, whose log-probabilities are computed once in ``prepare``.
    """

    pad: int
    params: PreferenceParams
    _reference: dict[int, tuple[float, float, float]] = field(default_factory=dict)
    _mismatched: dict[int, Encoded] = field(default_factory=dict)

    def prepare(self, model: Any, items: Sequence[Pair]) -> None:
        """Compute the reference log-probabilities of every pair (DPO, KTO)."""
        import torch

        if self.params.method == "kto":
            self._mismatched.update(
                (id(pair), _mismatch(pair, other)) for pair, other in zip(items, rotated(items), strict=True)
            )
        if self.params.method in ("dpo", "kto"):
            with torch.no_grad():
                for pair in items:
                    sums = self._sums(model, [pair])[0]
                    self._reference[id(pair)] = tuple(float(part[0]) for part in sums)  # type: ignore[assignment]

    def weight(self, items: Sequence[Pair]) -> float:
        """Number of pairs."""
        return float(len(items))

    def loss(self, model: Any, items: Sequence[Pair]) -> torch.Tensor:
        """Sum over pairs of the method's loss."""
        import torch

        (chosen, rejected, mismatched), (chosen_mean, rejected_mean) = self._sums(model, items)
        if self.params.method == "orpo":
            negative_log_likelihood: torch.Tensor = -chosen_mean
            return (negative_log_likelihood + orpo_loss(chosen_mean, rejected_mean, self.params.beta)).sum()
        if self.params.method == "simpo":
            return simpo_loss(chosen_mean, rejected_mean, self.params.beta, self.params.simpo_margin).sum()
        reference = torch.tensor([self._reference[id(pair)] for pair in items], device=chosen.device)
        chosen_ratio, rejected_ratio = chosen - reference[:, 0], rejected - reference[:, 1]
        if self.params.method == "dpo":
            return dpo_loss(chosen_ratio, rejected_ratio, self.params.beta).sum()
        return kto_loss(chosen_ratio, rejected_ratio, mismatched - reference[:, 2], self.params.beta).sum()

    def _sums(self, model: Any, items: Sequence[Pair]) -> tuple[tuple[Any, Any, Any], tuple[Any, Any]]:
        """Summed log-probabilities of chosen, rejected and (KTO) mismatched replies, and means of the first two."""
        sequences = [pair[0] for pair in items] + [pair[1] for pair in items]
        if self.params.method == "kto":
            sequences += [self._mismatched[id(pair)] for pair in items]
        logs, counts = token_log_probabilities(model, sequences, self.pad)
        sums, lengths = (logs * counts).sum(1), counts.sum(1).clamp(min=1)
        size = len(items)
        chosen, rejected = sums[:size], sums[size : 2 * size]
        mismatched = sums[2 * size :] if self.params.method == "kto" else chosen
        return (chosen, rejected, mismatched), (chosen / lengths[:size], rejected / lengths[size : 2 * size])


def orpo_loss(chosen_mean: torch.Tensor, rejected_mean: torch.Tensor, beta: float) -> torch.Tensor:
    """The odds-ratio term of ORPO, from mean log-probabilities per token: -beta log sigmoid(log odds ratio)."""
    import torch

    odds = (chosen_mean - rejected_mean) - (_log1mexp(chosen_mean) - _log1mexp(rejected_mean))
    return -beta * torch.nn.functional.logsigmoid(odds)


def simpo_loss(chosen_mean: torch.Tensor, rejected_mean: torch.Tensor, beta: float, margin: float) -> torch.Tensor:
    """SimPO from mean log-probabilities per token: -log sigmoid(beta (chosen - rejected) - margin)."""
    import torch

    return -torch.nn.functional.logsigmoid(beta * (chosen_mean - rejected_mean) - margin)


def dpo_loss(chosen_ratio: torch.Tensor, rejected_ratio: torch.Tensor, beta: float) -> torch.Tensor:
    """DPO from log-ratios to the reference: -log sigmoid(beta (chosen - rejected))."""
    import torch

    return -torch.nn.functional.logsigmoid(beta * (chosen_ratio - rejected_ratio))


def kto_loss(
    chosen_ratio: torch.Tensor, rejected_ratio: torch.Tensor, mismatched_ratio: torch.Tensor, beta: float
) -> torch.Tensor:
    """KTO with each reply of a pair as its own example, mean of the two.

    The reference point is the batch's mean log-ratio of replies to mismatched prompts, at least 0, without gradient.
    """
    import torch

    point = mismatched_ratio.mean().clamp(min=0).detach()
    desirable = 1 - torch.sigmoid(beta * (chosen_ratio - point))
    undesirable = 1 - torch.sigmoid(beta * (point - rejected_ratio))
    return (desirable + undesirable) / 2


def rotated(items: Sequence[Pair]) -> list[Pair]:
    """The pairs shifted by one, to mismatch prompts and replies."""
    return [*items[1:], *items[:1]]


def _mismatch(pair: Pair, other: Pair) -> Encoded:
    """The prompt of one pair with the chosen reply of another, no longer than the longer of the two."""
    first, second = pair[0], other[0]
    prompt = [token for token, learned in zip(first.tokens, first.learned, strict=True) if not learned]
    reply = [token for token, learned in zip(second.tokens, second.learned, strict=True) if learned]
    length = max(len(first.tokens), len(second.tokens))
    return Encoded((prompt + reply)[-length:], ([False] * len(prompt) + [True] * len(reply))[-length:])


def _log1mexp(value: torch.Tensor) -> torch.Tensor:
    """log(1 - exp(value)) for value < 0, numerically stable near 0."""
    import torch

    bounded = value.clamp(max=-1e-7)
    near, far = torch.log(-torch.expm1(bounded)), torch.log1p(-torch.exp(bounded))
    return torch.where(bounded > -0.6931, near, far)
