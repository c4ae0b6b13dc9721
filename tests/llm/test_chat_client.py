"""The chat client against a real server that breaks in every way that servers break."""

from __future__ import annotations

import asyncio
import contextlib
import json
import multiprocessing
import os
import signal
import sqlite3
import time
from pathlib import Path
from typing import Any

import pytest
from chat_server import (
    Behaviour,
    ChatServer,
    busy_until,
    drips,
    fails,
    hangs,
    raw,
    resets,
    says,
    serving,
    slow,
    truncated,
)
from processes import PATIENCE_SECONDS, wait_until

from attune.config.params import LlmParams, ProviderParams
from attune.errors import RunError, UsageError
from attune.llm.client import Answer, ChatClient, ask_all
from attune.llm.ledger import BudgetSpent, Ledger
from attune.llm.protocol import ChatRequest, retry_after

SCHEMA = {
    "type": "object",
    "properties": {"mark": {"type": "integer", "minimum": 0, "maximum": 10}},
    "required": ["mark"],
    "additionalProperties": False,
}
GOOD = says('{"mark": 7}')


def request(text: str = "hello") -> ChatRequest:
    return ChatRequest(({"role": "user", "content": text},), "mark", SCHEMA, 0.0, 50)


def provider(chat: ChatServer, name: str = "first", **changes: Any) -> ProviderParams:
    return ProviderParams(name=name, base_url=chat.url, model="judge", **changes)


def params(folder: Path, *chats: ChatServer, prices: dict[str, float] | None = None, **changes: Any) -> LlmParams:
    providers = tuple(provider(chat, f"p{number}", **(prices or {})) for number, chat in enumerate(chats))
    quick = {"backoff_seconds": 0.01, "timeout_seconds": 60.0, "attempts": 4, "max_backoff_seconds": 3.0}
    return LlmParams(providers=providers, cache=str(folder), **{**quick, **changes})


def ask(settings: LlmParams, *requests: ChatRequest) -> list[Answer]:
    answers: list[Answer] = []
    ask_all(ChatClient(settings, "test"), requests or (request(),), lambda _, answer: answers.append(answer))
    return answers


def test_the_request_is_what_the_protocol_says_and_the_key_goes_in_the_header(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "key").write_text("sk-secret\n")
    (tmp_path / "key").chmod(0o600)
    monkeypatch.setenv("JUDGE_KEY_FILE", str(tmp_path / "key"))
    with serving(GOOD) as chat:
        settings = params(tmp_path, chat, prices={"api_key_env": "JUDGE_KEY"})  # type: ignore[dict-item]
        (answer,) = ask(settings)
    assert (answer.status, answer.value, answer.model, answer.cached) == ("answered", {"mark": 7}, "judge-2026-01", False)
    (seen,) = chat.seen
    assert seen.headers["Authorization"] == "Bearer sk-secret"
    assert seen.body["messages"] == [{"role": "user", "content": "hello"}]
    assert seen.body["response_format"]["json_schema"]["schema"] == SCHEMA
    assert (seen.body["model"], seen.body["temperature"], seen.body["max_tokens"]) == ("judge", 0.0, 50)
    assert b"sk-secret" not in (tmp_path / "ledger.sqlite").read_bytes()


def test_a_missing_key_is_said_before_anything_is_sent(tmp_path: Path) -> None:
    with serving(GOOD) as chat:
        with pytest.raises(UsageError, match="ABSENT_KEY"):
            ask(params(tmp_path, chat, prices={"api_key_env": "ABSENT_KEY"}))  # type: ignore[dict-item]
        assert chat.seen == []


@pytest.mark.parametrize(
    "fault",
    [*map(fails, (408, 429, 500, 502, 503, 504)), truncated, resets, raw(b'{"choices": ['), raw(b"[]"), raw(b"null")],
)
def test_a_passing_fault_is_asked_again(tmp_path: Path, fault: Behaviour) -> None:
    with serving(fault, fault, GOOD) as chat:
        (answer,) = ask(params(tmp_path, chat))
        assert (answer.status, answer.value) == ("answered", {"mark": 7})
        assert len(chat.seen) == 3


@pytest.mark.parametrize("fault", [hangs, drips])
def test_an_answer_that_never_ends_is_given_up_in_time(tmp_path: Path, fault: Behaviour) -> None:
    with serving(fault, GOOD) as chat:
        (answer,) = ask(params(tmp_path, chat, timeout_seconds=1.0))
        assert answer.value == {"mark": 7}


@pytest.mark.parametrize("status", [400, 401, 403, 404, 413])
def test_a_fault_that_will_stay_is_not_asked_again(tmp_path: Path, status: int) -> None:
    with serving(fails(status)) as first, serving(GOOD) as second:
        (answer,) = ask(params(tmp_path, first, second))
        assert (answer.status, answer.provider) == ("answered", "p1")
        assert len(first.seen) == 1


def test_retry_after_in_seconds_and_as_a_date_is_waited_for(tmp_path: Path) -> None:
    with serving(fails(429, Retry_After="1"), busy_until(2), GOOD) as chat:
        (answer,) = ask(params(tmp_path, chat))
        assert answer.status == "answered"
        first, second, third = (seen.at for seen in chat.seen)
        assert 1.0 <= second - first < 60
        assert 0.9 <= third - second < 60  # a date has whole seconds


def test_a_longer_wait_than_allowed_goes_to_the_next_provider(tmp_path: Path) -> None:
    with serving(fails(429, Retry_After="3600")) as first, serving(GOOD) as second:
        (answer,) = ask(params(tmp_path, first, second))
        assert answer.provider == "p1"
        assert len(first.seen) == 1


def test_retry_after_that_is_no_time_is_as_if_it_were_not_there() -> None:
    assert [retry_after(value) for value in (None, "", "soon", "nan", "-5", "inf")] == [None, None, None, None, 0.0, None]
    assert retry_after("Wed, 21 Oct 2015 07:28:00 GMT") == 0.0


def test_retry_after_holds_for_every_request_to_that_provider(tmp_path: Path) -> None:
    with serving(fails(429, Retry_After="1"), GOOD) as chat:
        ask(params(tmp_path, chat, concurrency=1), request("a"), request("b"))
        assert all(seen.at - chat.seen[0].at >= 1.0 for seen in chat.seen[1:])


def test_when_every_provider_fails_the_answer_is_absent_and_asked_again_by_the_next_run(tmp_path: Path) -> None:
    with serving(fails(500), fails(500), fails(500), fails(500), GOOD) as chat:
        settings = params(tmp_path, chat)
        (answer,) = ask(settings)
        assert (answer.status, answer.value) == ("unanswered", None)
        assert "500" in answer.why
        assert ask(settings)[0].status == "answered"


@pytest.mark.parametrize(
    ("content", "status"),
    [
        ("I think it is a 7.", "invalid"),
        ('{"mark": 7', "invalid"),
        ('{"mark": 11}', "invalid"),
        ('{"mark": "7"}', "invalid"),
        ('{"mark": 7, "other": 1}', "invalid"),
        ('{"mark": NaN}', "invalid"),
        ('{"mark": true}', "invalid"),
        ("[7]", "invalid"),
        ("", "invalid"),
        ('```json\n{"mark": 7}\n```', "answered"),
    ],
)
def test_only_json_of_the_schema_is_an_answer_and_nothing_takes_its_place(tmp_path: Path, content: str, status: str) -> None:
    with serving(says(content)) as chat:
        settings = params(tmp_path, chat)
        (answer,) = ask(settings)
        assert answer.status == status
        assert answer.value == (None if status == "invalid" else {"mark": 7})
        sent = len(chat.seen)
        assert sent == (2 if status == "invalid" else 1)
        assert ask(settings)[0].cached
        assert len(chat.seen) == sent


def test_a_second_try_may_mend_broken_json(tmp_path: Path) -> None:
    with serving(says('{"mark"'), GOOD) as chat:
        assert ask(params(tmp_path, chat))[0].value == {"mark": 7}


@pytest.mark.parametrize(
    "refusal",
    [says(None, refusal="I cannot rate this."), says('{"mark": 1}', finish="content_filter"), says(None, "content_filter")],
)
def test_a_refusal_is_no_answer_even_when_json_came_with_it(tmp_path: Path, refusal: Behaviour) -> None:
    with serving(refusal) as chat:
        (answer,) = ask(params(tmp_path, chat))
        assert (answer.status, answer.value) == ("refused", None)
        assert len(chat.seen) == 1


def test_an_answer_that_was_cut_off_is_invalid(tmp_path: Path) -> None:
    with serving(says('{"mark": 7}', finish="length")) as chat:
        assert ask(params(tmp_path, chat))[0].status == "invalid"


def test_a_provider_without_structured_output_is_asked_without_from_then_on(tmp_path: Path) -> None:
    def strict(handler: Any, body: dict[str, Any]) -> None:
        if "response_format" in body:
            fails(400, "response_format json_schema is not supported")(handler, body)
        elif "max_tokens" in body:
            fails(400, "Unsupported parameter, use 'max_completion_tokens' instead")(handler, body)
        else:
            GOOD(handler, body)

    with serving(strict) as chat:
        answers = ask(params(tmp_path, chat, concurrency=4), *(request(str(number)) for number in range(20)))
        assert [answer.status for answer in answers] == ["answered"] * 20
        assert len(chat.seen) <= 20 + 2 * 4  # the first of each worker had to learn it


def test_wrong_keys_everywhere_stop_the_run_at_once(tmp_path: Path) -> None:
    with serving(fails(401)) as first, serving(fails(404)) as second:
        with pytest.raises(UsageError, match=r"p0: HTTP 401, p1: HTTP 404"):
            ask(params(tmp_path, first, second, concurrency=2), *(request(str(number)) for number in range(50)))
        assert len(first.seen) <= 2


def test_an_outage_stops_the_run_instead_of_going_through_all_records(tmp_path: Path) -> None:
    with serving(fails(503)) as chat:
        settings = params(tmp_path, chat, attempts=1, concurrency=2, max_backoff_seconds=0.01)
        with pytest.raises(RunError, match="in a row"):
            ask(settings, *(request(str(number)) for number in range(500)))
        assert len(chat.seen) < 100


def test_a_provider_that_failed_three_requests_rests_while_the_next_one_answers(tmp_path: Path) -> None:
    with serving(fails(503)) as first, serving(GOOD) as second:
        settings = params(tmp_path, first, second, attempts=2, concurrency=1, max_backoff_seconds=600.0)
        started = time.monotonic()
        answers = ask(settings, *(request(str(number)) for number in range(30)))
        assert [answer.provider for answer in answers] == ["p1"] * 30
        assert len(first.seen) == 3 * 2
        assert time.monotonic() - started < settings.max_backoff_seconds


def test_no_more_requests_are_under_way_than_allowed_and_equal_ones_are_sent_once(tmp_path: Path) -> None:
    with serving(slow(0.05, GOOD)) as chat:
        requests = [request(str(number % 12)) for number in range(24)]
        answers = ask(params(tmp_path, chat, concurrency=3), *requests)
        assert len(answers) == 24
        assert len(chat.seen) == 12
        assert chat.most_at_once <= 3


def test_a_rate_limit_spaces_the_requests(tmp_path: Path) -> None:
    with serving(GOOD) as chat:
        limited = provider(chat, requests_per_minute=600)
        settings = LlmParams(providers=(limited,), cache=str(tmp_path))
        ask(settings, *(request(str(number)) for number in range(8)))
        times = sorted(seen.at for seen in chat.seen)
        assert times[-1] - times[0] >= 7 * 0.1 - 0.02


# The cache


def test_a_rerun_sends_nothing_and_any_change_of_the_request_sends_again(tmp_path: Path) -> None:
    with serving(GOOD) as chat:
        settings = params(tmp_path, chat)
        ask(settings)
        assert ask(settings)[0] == Answer("answered", {"mark": 7}, "p0", "judge-2026-01", cached=True)
        assert len(chat.seen) == 1
        base = request()
        changes = [
            ChatRequest(base.messages, base.name, base.output, 0.5, 50),
            ChatRequest(base.messages, base.name, base.output, 0.0, 51),
            ChatRequest(base.messages, base.name, {**SCHEMA, "description": "x"}, 0.0, 50),
            ChatRequest(({"role": "system", "content": "hello"},), base.name, base.output, 0.0, 50),
        ]
        for change in changes:
            ask(settings, change)
        assert len(chat.seen) == 1 + len(changes)


def test_what_the_second_provider_answered_is_found_while_the_first_is_back(tmp_path: Path) -> None:
    with serving(fails(400), GOOD) as first, serving(says('{"mark": 3}')) as second:
        settings = params(tmp_path, first, second)
        ask(settings)
        assert ask(settings)[0].value == {"mark": 3}
        assert len(first.seen) == 1


def test_no_text_is_a_key_of_the_cache_nor_in_an_error(tmp_path: Path) -> None:
    with serving(fails(400, "the words GREEN HERON are not allowed")) as chat:
        (answer,) = ask(params(tmp_path, chat), request("GREEN HERON"))
        assert "HERON" not in answer.why
    assert b"HERON" not in b"".join(file.read_bytes() for file in tmp_path.glob("ledger*"))


# The budget


PRICES = {"input_price": 1_000_000.0, "output_price": 0.0}  # one dollar a token: easy to count


def test_the_budget_is_never_exceeded_and_the_server_counts_the_requests(tmp_path: Path) -> None:
    one = request("000")
    bound = one.most_tokens()[0]
    with serving(slow(0.01, says('{"mark": 7}', usage=(bound, 10)))) as chat:
        settings = params(tmp_path, chat, prices=PRICES, max_cost=10.5 * bound, concurrency=8)
        with pytest.raises(BudgetSpent, match="max_cost"):
            ask(settings, *(request(f"{number:03}") for number in range(100)))
        assert len(chat.seen) == 10
    ledger = Ledger(str(tmp_path))
    assert ledger.totals().cost == 10 * bound
    assert ledger.totals().answers == 10


def test_money_that_was_only_set_aside_is_waited_for_and_used(tmp_path: Path) -> None:
    bound = request("000").most_tokens()[0]
    with serving(slow(0.02, says('{"mark": 7}', usage=(1, 0)))) as chat:
        settings = params(tmp_path, chat, prices=PRICES, max_cost=bound + 60, concurrency=8)
        answers = ask(settings, *(request(f"{number:03}") for number in range(40)))
        assert len(answers) == len(chat.seen) == 40
    assert Ledger(str(tmp_path)).totals().cost == 40


def test_an_answer_without_usage_costs_what_was_reserved_and_a_clear_failure_nothing(tmp_path: Path) -> None:
    bound = request().most_tokens()[0]
    with serving(fails(500), says('{"mark": 7}', usage=None)) as chat:
        ask(params(tmp_path, chat, prices=PRICES, max_cost=10_000_000))
    assert Ledger(str(tmp_path)).totals().cost == bound


def test_what_may_have_been_billed_counts_as_spent(tmp_path: Path) -> None:
    bound = request().most_tokens()[0]
    with serving(hangs, GOOD) as chat:
        ask(params(tmp_path, chat, prices=PRICES, max_cost=10_000_000, timeout_seconds=2.0))
    assert Ledger(str(tmp_path)).totals().cost == bound + 100


def test_a_limit_of_requests_counts_retries(tmp_path: Path) -> None:
    with serving(fails(500), fails(500), GOOD) as chat:
        with pytest.raises(BudgetSpent, match="max_requests"):
            ask(params(tmp_path, chat, max_requests=5, concurrency=1), *(request(str(number)) for number in range(9)))
        assert len(chat.seen) == 5


def spend(settings: LlmParams, first: int) -> None:
    with contextlib.suppress(BudgetSpent):
        ask(settings, *(request(f"{number:03}") for number in range(first, first + 30)))


def test_processes_share_one_budget(tmp_path: Path) -> None:
    bound = request("000").most_tokens()[0]
    with serving(slow(0.01, says('{"mark": 7}', usage=(bound, 0)))) as chat:
        settings = params(tmp_path, chat, prices=PRICES, max_cost=12.9 * bound, concurrency=4)
        context = multiprocessing.get_context("fork")
        workers = [context.Process(target=spend, args=(settings, 100 * number)) for number in range(3)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join(PATIENCE_SECONDS)
            assert worker.exitcode == 0
        assert len(chat.seen) == 12


def test_a_killed_process_costs_nothing_twice_and_what_was_under_way_counts_as_spent(tmp_path: Path) -> None:
    bound = request("000").most_tokens()[0]
    with serving(slow(0.03, says('{"mark": 7}', usage=(bound, 0)))) as chat:
        settings = params(tmp_path, chat, prices=PRICES, max_cost=1e6 * bound, concurrency=2)
        process = multiprocessing.get_context("fork").Process(target=spend, args=(settings, 100))
        process.start()
        wait_until(lambda: len(chat.seen) >= 9)
        assert process.pid is not None
        os.kill(process.pid, signal.SIGKILL)
        process.join()
        before = -1
        while before < len(chat.seen):  # what was on its way may still arrive
            before = len(chat.seen)
            time.sleep(0.5)
        kept = Ledger(str(tmp_path)).totals()
        assert kept.answers >= before - 2
        assert kept.cost >= before * bound  # nothing that arrived is missing from the ledger
        ask(settings, *(request(f"{number:03}") for number in range(100, 130)))
        assert len(chat.seen) - before == 30 - kept.answers


def test_the_ledger_adds_up(tmp_path: Path) -> None:
    with serving(GOOD) as chat:
        ask(params(tmp_path, chat, prices={"input_price": 2.5, "output_price": 10.0}), request("a"), request("b"))
    with sqlite3.connect(tmp_path / "ledger.sqlite") as connection:
        (spent,) = connection.execute("SELECT SUM(spent) FROM requests").fetchone()
        (total,) = connection.execute("SELECT cost FROM totals").fetchone()
    assert spent == total == 2 * (100 * 2500 + 10 * 10_000)


def test_a_local_model_without_a_price_needs_no_budget(tmp_path: Path) -> None:
    with serving(GOOD) as chat:
        assert ask(params(tmp_path, chat, max_cost=0))[0].status == "answered"


def test_the_client_can_be_used_from_asynchronous_code(tmp_path: Path) -> None:
    async def main() -> list[Answer]:
        async with ChatClient(params(tmp_path, chat), "test") as client:
            return list(await asyncio.gather(client.ask(request("a")), client.ask(request("a"))))

    with serving(slow(0.05, GOOD)) as chat:
        assert [answer.value for answer in asyncio.run(main())] == [{"mark": 7}] * 2
        assert len(chat.seen) == 1
        assert json.loads(json.dumps(chat.seen[0].body)) == chat.seen[0].body
