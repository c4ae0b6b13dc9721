"""Many conversations: canaries, the exact bound, the second look; all of it offline and cut anywhere."""

from __future__ import annotations

import json
import random
import socket
from math import comb
from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from attune.config.params import RedactParams
from attune.redaction.canaries import passes, plant, upper_bound
from attune.redaction.canary_styles import STYLES, make
from attune.redaction.redactor import Redactor, redact_conversations
from attune.redaction.rescan import kinds_left, sampled
from attune.redaction.types import TYPES, Known, PiiStatus, Result
from attune.runtime.step import merge_stats


def conversations(count: int) -> list[tuple[str, list[dict[str, str]], Known]]:
    texts = [
        "we argued again about money",
        "told Priyanka about it",
        "call me at 415-555-0132",
        "it was a long day and i cried",
    ]
    return [(f"r{at}", [{"role": "user", "content": texts[at % 4]}], Known()) for at in range(count)]


def test_canaries_of_every_kind_are_planted_few_get_through_and_none_is_in_the_result() -> None:
    results, stats = redact_conversations(conversations(1200), RedactParams(canary_rate=1.0, rescan_rate=0.0), 17)
    counts = stats["canaries"]
    assert set(counts["planted"]) == {f"{kind}/{style}" for kind, style, _, _ in STYLES}
    assert sum(counts["planted"].values()) == 1200
    assert {name for name, count in counts["survived"].items() if count and not name.startswith("PERSON")} == set()
    assert sum(counts["survived"].values()) <= 2
    for name, count in counts["planted"].items():
        assert count == counts["found"][name] + counts["held"][name] + counts["survived"][name]
    assert [len(result.messages[0]["content"]) < 60 for result in results] == [True] * 1200


def test_every_type_that_redaction_knows_has_a_canary() -> None:
    assert {kind for kind, _, _, _ in STYLES} >= set(TYPES)


def test_an_identity_that_stays_in_a_conversation_for_review_is_held_and_one_that_stays_elsewhere_survived() -> None:
    class Blind:
        """A redactor that replaces nothing and is sure of it, or is not."""

        def __init__(self, status: str) -> None:
            self.status = status

        def redact(self, messages: list[dict[str, str]], _: Known) -> Result:
            if not any("\n" in message["content"] for message in messages):  # nothing is planted here
                return Result(messages, (), "clean", ())
            return Result(messages, (), cast("PiiStatus", self.status), ())

        def redact_many(self, conversations: list[tuple[list[dict[str, str]], Known]]) -> list[Result]:
            return [self.redact(*one) for one in conversations]

    for status, outcome, other in (("clean", "survived", "held"), ("requires_review", "held", "survived")):
        stats = plant(conversations(30), RedactParams(canary_rate=1.0), cast("Redactor", Blind(status)), 17)
        labels = {name for name in stats["planted"] if "/label" in name}  # in no message, so no redactor reads them
        planted, sums = sum(stats["planted"].values()), {}
        for kind in (outcome, other, "found"):
            sums[kind] = sum(count for name, count in stats[kind].items() if name not in labels)
        messages = planted - sum(stats["planted"][name] for name in labels)
        assert (planted, sums) == (30, {outcome: messages, other: 0, "found": 0})


def test_a_planted_name_has_not_survived_where_its_letters_stand_anyway(monkeypatch: pytest.MonkeyPatch) -> None:
    from attune.redaction import canaries
    from attune.redaction.canary_styles import Canary

    monkeypatch.setattr(canaries, "make", lambda _: Canary("PERSON", "signature", "Thank you.\n— Ellin", ("Ellin",)))
    rows = [("r1", [{"role": "user", "content": "she kept telling me so"}], Known()), *conversations(1)]
    stats = plant(rows, RedactParams(canary_rate=1.0), Redactor(RedactParams()), 17)
    assert (sum(stats["planted"].values()), sum(stats["found"].values())) == (2, 2)


def test_by_default_one_survivor_fails_and_with_a_limit_the_exact_bound_decides() -> None:
    assert passes(0, 10, 0.0)
    assert not passes(1, 20_000, 0.0)
    assert not passes(1, 4_741, 0.001)
    assert passes(1, 4_743, 0.001)
    assert passes(12, 20_000, 0.001)
    assert not passes(13, 20_000, 0.001)


def test_results_and_sums_do_not_depend_on_where_batches_are_cut() -> None:
    params, rows = RedactParams(canary_rate=0.5, rescan_rate=0.2), conversations(60)
    results, stats = redact_conversations(rows, params, 17)
    first, first_stats = redact_conversations(rows[:23], params, 17)
    rest, rest_stats = redact_conversations(rows[23:], params, 17)
    assert results == first + rest
    assert merge_stats(first_stats, rest_stats) == stats


def test_another_seed_plants_other_canaries() -> None:
    params = RedactParams(canary_rate=0.3, rescan_rate=0.0)
    one, other = (redact_conversations(conversations(80), params, seed)[1]["canaries"]["planted"] for seed in (1, 2))
    assert one != other


def test_every_canary_can_be_made_and_its_secrets_are_in_its_sentence() -> None:
    draw = random.Random(1)
    for _ in range(300):
        canary = make(draw)
        assert all(secret.casefold() in canary.sentence.casefold() for secret in canary.secrets)


@given(st.integers(1, 400), st.floats(0, 1))
def test_the_bound_is_the_rate_at_which_so_few_survivors_would_be_seen_once_in_twenty(planted: int, share: float) -> None:
    survivors = min(int(planted * share), planted - 1)
    bound = upper_bound(survivors, planted)
    seen = sum(comb(planted, k) * bound**k * (1 - bound) ** (planted - k) for k in range(survivors + 1))
    assert seen == pytest.approx(0.05, abs=1e-6)


def test_nothing_planted_proves_nothing() -> None:
    assert upper_bound(0, 0) == 1.0
    assert upper_bound(5, 5) == 1.0
    assert upper_bound(0, 3000) == pytest.approx(1 - 0.05 ** (1 / 3000))


def test_the_second_look_sees_what_the_first_missed_without_any_network(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*arguments: object, **named: object) -> None:
        raise AssertionError("the second look must not open a socket")

    monkeypatch.setattr(socket, "socket", refuse)
    monkeypatch.setattr(socket, "create_connection", refuse)
    assert kinds_left([{"role": "user", "content": "write to ann@somewhere.com"}])[0] == "EMAIL_ADDRESS"
    assert kinds_left([{"role": "user", "content": "write to [EMAIL] or [PHONE], [PERSON_2] said at 10:30"}]) == []


def test_what_the_second_look_sees_goes_to_review_with_its_kind_and_without_its_text() -> None:
    """Of an address with so rare an ending the first pass knows nothing; the second look has the list of all endings."""
    texts = ["look at example.photography", "we argued again about money"] * 2
    rows = [(f"r{at}", [{"role": "user", "content": text}], Known()) for at, text in enumerate(texts)]
    results, stats = redact_conversations(rows, RedactParams(canary_rate=0.0, rescan_rate=1.0), 17)
    assert [result.pii_status for result in results] == ["requires_review", "clean"] * 2
    assert [result.review_reasons for result in results] == [("rescan_url",), ()] * 2
    assert stats["rescan"] == {"records": 4, "disagreements": {"URL": 2}}
    assert stats["review"] == {"rescan_url": 2}
    assert "photography" not in json.dumps(stats)
    _, unread = redact_conversations(rows, RedactParams(canary_rate=0.0, rescan_rate=0.0), 17)
    assert (unread["rescan"], unread["review"]) == ({"records": 0, "disagreements": {}}, {})


def test_a_sample_of_everything_is_everything() -> None:
    assert all(sampled(f"r{at}", 1.0, 17) for at in range(50))
    assert not any(sampled(f"r{at}", 0.0, 17) for at in range(50))
