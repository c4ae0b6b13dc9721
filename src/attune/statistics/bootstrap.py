"""Confidence intervals by the paired cluster bootstrap (Efron and Tibshirani 1993, chapters 13 and 16).

People, not conversations, are resampled with replacement, because conversations of one person are not independent. All models
share the same resamples, so that a difficult conversation is difficult for each of them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy

Statistic = Callable[[Any], Any]
BootstrapInterval = tuple[float, float, float]
_BLOCK = 256  # resamples drawn together; memory is this many numbers per group


def bootstrap(
    columns: Sequence[Sequence[float]],
    groups: Sequence[str],
    statistic: Statistic,
    *,
    resamples: int,
    confidence: float,
    seed: int,
) -> BootstrapInterval:
    """The percentile interval of a statistic that is computed from sums.

    Args:
        columns: one sequence per summed quantity, with one value per observation.
        groups: the group of each observation; groups are resampled as a whole.
        statistic: maps sums of shape (resamples, quantities) to values of shape (resamples,).
        resamples: number of resamples.
        confidence: confidence level, such as 0.95.
        seed: seed of the resampling.

    Returns:
        Lower bound, estimate from the data, upper bound.
    """
    import numpy

    names = sorted(set(groups))
    place = {name: index for index, name in enumerate(names)}
    totals = numpy.zeros((len(names), len(columns)))
    for quantity, values in enumerate(columns):
        numpy.add.at(totals[:, quantity], [place[group] for group in groups], values)
    generator = numpy.random.default_rng(seed)
    drawn: list[numpy.ndarray[Any, Any]] = []
    for start in range(0, resamples, _BLOCK):
        size = min(_BLOCK, resamples - start)
        counts = generator.multinomial(len(names), numpy.full(len(names), 1 / len(names)), size=size)
        drawn.append(statistic(counts @ totals))
    tail = (1 - confidence) / 2
    low, high = numpy.quantile(numpy.concatenate(drawn), [tail, 1 - tail])
    (estimate,) = statistic(totals.sum(axis=0, keepdims=True))
    return float(low), float(estimate), float(high)


def perplexity(sums: Any) -> Any:
    """exp(-sum of log-likelihoods / sum of tokens); for differences of log-likelihoods, the ratio of perplexities."""
    import numpy

    return numpy.exp(-sums[:, 0] / sums[:, 1])


def mean(sums: Any) -> Any:
    """Sum of values divided by their number."""
    return sums[:, 0] / sums[:, 1]


def bleu(sums: Any) -> Any:
    """Corpus BLEU (0 to 1) from matches and totals of 1- to 4-grams and both lengths, as sacrebleu computes it."""
    import numpy
    from sacrebleu.metrics.bleu import BLEU

    scores = [
        BLEU.compute_bleu([int(n) for n in row[:4]], [int(n) for n in row[4:8]], int(row[8]), int(row[9])).score / 100
        for row in sums
    ]
    return numpy.array(scores)
