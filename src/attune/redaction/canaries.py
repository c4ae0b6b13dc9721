"""Canaries: synthetic people planted in copies of records before redaction, to measure how much gets through.

Copies are redacted like the records, checked, and thrown away: none leaves this module. ``canary_styles`` lists what is
planted.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from attune.config.params import RedactParams
from attune.redaction.canary_styles import Canary, make
from attune.redaction.labels import is_plain_label
from attune.redaction.types import Known
from attune.runtime.engine import MapResult
from attune.runtime.step import Stats

if TYPE_CHECKING:
    from attune.redaction.redactor import Redactor

GATE = "canaries"

Conversation = tuple[str, list[dict[str, str]], Known]


def plant(conversations: Sequence[Conversation], params: RedactParams, redactor: Redactor, seed: int) -> Stats:
    """Plant canaries in copies of a sample of the conversations, redact these and count what survives.

    Which records are sampled and what is planted follows from the record's id and the seed alone. An identity that is left in
    a conversation which goes to review is ``held``: it reaches a reviewer and no training set.
    """
    planted: Counter[str] = Counter()
    found: Counter[str] = Counter()
    held: Counter[str] = Counter()
    canaries: list[tuple[Canary, list[dict[str, str]], Known]] = []  # with the conversation as it was without them
    copies: list[tuple[list[dict[str, str]], Known]] = []
    for record_id, messages, known in conversations:
        draw = random.Random(f"canary:{seed}:{record_id}")  # noqa: S311 - a repeatable sample, no secret
        if not messages or draw.random() >= params.canary_rate:
            continue
        canary = make(draw)
        if canary.is_label:
            name = f"{canary.kind}/{canary.style}"
            planted[name] += 1
            found[name] += not is_plain_label(canary.sentence)
            continue
        copy = [dict(message) for message in messages]
        users = [message for message in copy if message["role"] == "user"] or copy
        carrier = draw.choice(users)
        carrier["content"] = f"{carrier['content'].rstrip()}\n{canary.sentence}"
        canaries.append((canary, messages, known))
        copies.append((copy, known))
    results = redactor.redact_many(copies)  # all at once: several times faster
    for (canary, before, known), redacted in zip(canaries, results, strict=True):
        left = _text(redacted.messages)
        name = f"{canary.kind}/{canary.style}"
        planted[name] += 1
        present = [secret.casefold() for secret in canary.secrets if secret.casefold() in left]
        if present:  # "Ellin" stands in "telling" too: what stands there without the canary is none of it
            bare = _text(redactor.redact(before, known).messages)
            present = [secret for secret in present if left.count(secret) > bare.count(secret)]
        gone = not present
        found[name] += gone
        held[name] += not gone and redacted.pii_status == "requires_review"
    survived = {name: planted[name] - found[name] - held[name] for name in sorted(planted)}
    return {
        "planted": dict(sorted(planted.items())),
        "found": {name: found[name] for name in sorted(planted)},
        "held": {name: held[name] for name in sorted(planted)},
        "survived": survived,
        "limit": {str(params.leak_rate_limit): len(conversations)},  # the gate that applied, and to how many records
    }


def _text(messages: Sequence[dict[str, str]]) -> str:
    return "\n".join(message["content"] for message in messages).casefold()


def failed_redaction_gates(result: MapResult) -> list[str]:
    """The gates that redaction failed: more planted identities survived than the run's limit allows (by default: any)."""
    return [] if gate_passes(result.stats.get("redaction", {})) else [GATE]


def gate_passes(redaction: Mapping[str, Any]) -> bool:
    """Whether few enough planted identities got through for the limit that the run was given."""
    planted, survived = planted_and_survived(redaction)
    return passes(survived, planted, canary_limit(redaction.get("canaries", {})))


def planted_and_survived(redaction: Mapping[str, Any]) -> tuple[int, int]:
    """Synthetic identities planted, and those that survived."""
    canaries = redaction.get("canaries", {})
    return sum(canaries.get("planted", {}).values()), sum(canaries.get("survived", {}).values())


def canary_limit(canaries: Mapping[str, Any]) -> float:
    """The highest rate of survivors that passes; the strictest, should parts of a run differ."""
    return min(map(float, canaries.get("limit", {})), default=0.0)


def passes(survivors: int, planted: int, limit: float) -> bool:
    """The gate: nothing planted got through, or the upper bound on the rate at which it does lies within ``limit``.

    With the limit 0 (the default) every survivor fails. With a limit, a small run still fails by its first survivor, because
    so few plants prove nothing: at 0.001 one survivor is allowed from 4,742 planted on, twelve in 20,000.
    """
    return survivors == 0 or upper_bound(survivors, planted) <= limit


def upper_bound(survivors: int, planted: int, confidence: float = 0.95) -> float:
    """Exact one-sided upper bound (Clopper-Pearson) on the rate at which identities get through.

    The largest rate p at which as few as ``survivors`` of ``planted`` would still be seen with probability 1 - ``confidence``;
    found by bisection on the binomial distribution, so that nothing heavy is imported. 1.0 when nothing was planted.
    """
    if planted == 0 or survivors >= planted:
        return 1.0
    low, high = survivors / planted, 1.0
    for _ in range(100):
        middle = (low + high) / 2
        if _at_most(survivors, planted, middle) > 1 - confidence:
            low = middle
        else:
            high = middle
    return high


def _at_most(successes: int, trials: int, rate: float) -> float:
    """The probability of ``successes`` or fewer in ``trials`` at ``rate``, by logarithms so that no term overflows."""
    from math import exp, lgamma, log, log1p

    if rate <= 0:
        return 1.0
    if rate >= 1:
        return 0.0
    total = 0.0
    for count in range(successes + 1):
        ways = lgamma(trials + 1) - lgamma(count + 1) - lgamma(trials - count + 1)
        total += exp(ways + count * log(rate) + (trials - count) * log1p(-rate))
    return min(total, 1.0)
